-- Structures from prototypes and from other structures: what a crystallographer would count.
local lu = require "luaunit"
local m = require "matinf"
local message = require "tests.support".message

-- Distance to and number of the nearest neighbours of the first atom.
local function nearest(s)
  local d = s:minimal_distance()
  return d, s:neighbours { cutoff = d * 1.01 }:count()[1]
end

TestBulk = {}

function TestBulk.test_prototypes()
  local expected = { -- elements, atoms (primitive, cubic), nearest distance over a, how many
    diamond = { "Si", 2, 8, 3 ^ 0.5 / 4, 4 }, fcc = { "Cu", 1, 4, 0.5 ^ 0.5, 12 },
    bcc = { "Fe", 1, 2, 3 ^ 0.5 / 2, 8 }, sc = { "Po", 1, 1, 1, 6 },
    rocksalt = { "NaCl", 2, 8, 0.5, 6 }, zincblende = { "ZnS", 2, 8, 3 ^ 0.5 / 4, 4 },
    fluorite = { "CaF", 3, 12, 3 ^ 0.5 / 4, 8 }, cesiumchloride = { "CsCl", 2, 2, 3 ^ 0.5 / 2, 8 },
    ["beta-cristobalite"] = { "SiO", 6, 24, 3 ^ 0.5 / 8, 4 }, hcp = { "Mg", 2, 2, 1, 12 },
    wurtzite = { "ZnS", 4, 4, 0.375 * (8 / 3) ^ 0.5, 4 }, graphite = { "C", 4, 4, 3 ^ -0.5, 3 },
    perovskite = { "SrTiO", 5, 5, 0.5, 0 },
  }
  for name, e in pairs(expected) do
    for _, cubic in ipairs { false, true } do
      local s = m.atoms.bulk(e[1], name, { a = 4, cubic = cubic })
      local d, count = nearest(s)
      lu.assertEquals(#s, cubic and e[3] or e[2], name)
      lu.assertAlmostEquals(d / 4, e[4], 1e-12, name)
      if count > 0 then lu.assertEquals(count, e[5], name) end
    end
  end
end

function TestBulk.test_quartz_is_that_of_the_data()
  local s = m.atoms.bulk("SiO", "alpha-quartz", { a = 4.9137, c = 5.4047 })
  local data = m.atoms.read "tests/data/atoms/quartz-alpha.extxyz"[1]
  for _, pair in ipairs { { s, data }, { data, s } } do
    local a, b = pair[1]:neighbours { cutoff = 6 }, pair[2]:neighbours { cutoff = 6 }
    lu.assertTrue((a.distances:sort() - b.distances:sort()):abs():max() < 1e-6)
  end
end

function TestBulk.test_bad_ones()
  lu.assertStrContains(message(m.atoms.bulk, "Si", "diamnd", { a = 5 }), "one of alpha-quartz, bcc")
  lu.assertStrContains(message(m.atoms.bulk, "Si", "diamond", {}), "'a'")
  lu.assertStrContains(message(m.atoms.bulk, "SiC", "diamond", { a = 5 }), "1 elements")
end

TestSupercell = {}

local function silicon() return m.atoms.bulk("Si", "diamond", { a = 5.43 }) end

function TestSupercell.test_neighbours_stay_the_same()
  local s = silicon()
  s.arrays.site, s.masses, s.energy = { "a", "b" }, m.array { 28, 29 }, -10
  local shells = s:neighbours { cutoff = 6 }:of(1).distances:sort()
  for _, repeats in ipairs { { 2, 3, 1 }, { { -1, 1, 1 }, { 1, -1, 1 }, { 1, 1, -1 } }, 2,
    { { 2, 1, 0 }, { 0, 1, 3 }, { 1, 0, 1 } } } do
    local big = s:supercell(repeats)
    lu.assertAlmostEquals(big:volume() / #big, s:volume() / 2, 1e-9)
    local near = big:neighbours { cutoff = 6 }:of(#big).distances:sort()
    lu.assertEquals(#near, #shells)
    lu.assertTrue((near - shells):abs():max() < 1e-9)
    lu.assertEquals({ big.arrays.site[2], big.arrays.site[#big], big.masses[#big] },
      { "b", "b", 29 })
    lu.assertNil(big.energy)
  end
end

function TestSupercell.test_bad_repeats()
  local s = silicon()
  for _, bad in ipairs { 0, { 1, 2 }, { 1, 1, 0.5 }, "x", { { 1, 0, 0 }, { 1, 0, 0 }, { 0, 0, 1 } },
    { { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 1 } } } do
    lu.assertStrContains(message(s.supercell, s, bad), "'repeats'")
  end
end

TestDeform = {}

function TestDeform.test_strain()
  local s = silicon()
  lu.assertAlmostEquals(s:strain(0.01):volume() / s:volume(), 1.01 ^ 3, 1e-12)
  local shear = s:strain { 0, 0, 0, 0.02, 0, 0 }
  local expected = m.linalg.matmul(s.positions, m.array { { 1, 0, 0 }, { 0, 1, 0.01 },
    { 0, 0.01, 1 } })
  lu.assertTrue((shear.positions - expected):abs():max() < 1e-15)
  lu.assertTrue((shear:fractional() - s:fractional()):abs():max() < 1e-12)
  lu.assertStrContains(message(s.strain, s, { 1, 2 }), "'strain'")
end

function TestDeform.test_rattle()
  local s = silicon():supercell(6)
  local a, b = s:rattle { sigma = 0.1, seed = 2 }, s:rattle { sigma = 0.1, seed = 2 }
  lu.assertTrue(a.positions:equal(b.positions))
  local moved = a.positions - s.positions
  lu.assertAlmostEquals((moved * moved):mean() ^ 0.5, 0.1, 0.01)
  lu.assertStrContains(message(s.rattle, s, { sigma = -1 }), "'sigma'")
end

function TestDeform.test_standardize_turns_everything()
  local s = silicon():rattle { sigma = 0.1 }
  s.forces, s.stress = s.positions * 2, m.array.eye(3)
  local t = s:standardize()
  lu.assertEquals({ t.cell[1][2], t.cell[1][3], t.cell[2][3] }, { 0, 0, 0 })
  lu.assertTrue((t.forces - t.positions * 2):abs():max() < 1e-12)
  lu.assertTrue((t.stress - m.array.eye(3)):abs():max() < 1e-12)
  lu.assertAlmostEquals(t:minimal_distance(), s:minimal_distance(), 1e-12)
end

function TestDeform.test_minimal_distance()
  local function molecule(x)
    return m.atoms.new { symbols = "H" .. #x, positions = x }
  end
  lu.assertEquals(molecule { { 0, 0, 0 }, { 0, 0, 50 } }:minimal_distance(), 50)
  lu.assertEquals(molecule { { 0, 0, 0 }, { 0, 0, 0 } }:minimal_distance(), 0)
  lu.assertNil(molecule { { 0, 0, 0 } }:minimal_distance())
  lu.assertAlmostEquals(m.atoms.bulk("Cu", "fcc", { a = 4 }):minimal_distance(), 8 ^ 0.5, 1e-12)
end

os.exit(lu.LuaUnit.run())
