-- atoms: structures as a user makes and changes them. The neighbour list itself is tested against
-- sums over images in tests/core/test_atoms_neighbours.c.
local lu = require "luaunit"
local m = require "matinf"
local store = require "matinf.store"
local message = require "tests.support".message

local function silicon()
  return m.atoms.new { symbols = "Si2", fractional = { { 0, 0, 0 }, { 0.25, 0.25, 0.25 } },
    cell = { { 0, 2.7, 2.7 }, { 2.7, 0, 2.7 }, { 2.7, 2.7, 0 } } }
end

TestNew = {}

function TestNew.test_cells()
  local function cell(value, periodic)
    return m.atoms.new { symbols = "H", positions = { { 0, 0, 0 } }, cell = value,
      periodic = periodic }
  end
  lu.assertEquals(cell(4).cell:totable(), { { 4, 0, 0 }, { 0, 4, 0 }, { 0, 0, 4 } })
  lu.assertEquals(cell { 4, 5, 6 }.cell:totable(), { { 4, 0, 0 }, { 0, 5, 0 }, { 0, 0, 6 } })
  local parameters = { cell { 4, 5, 6, 70, 80, 100 }:cell_parameters() }
  for i, value in ipairs { 4, 5, 6, 70, 80, 100 } do
    lu.assertAlmostEquals(parameters[i], value, 1e-10)
  end
  lu.assertEquals(cell(4).periodic, { true, true, true })
  lu.assertEquals(cell(nil).periodic, { false, false, false })
  lu.assertEquals(cell(4, { true, true, false }).periodic, { true, true, false })
  lu.assertNil(cell(nil):volume())
end

function TestNew.test_symbols_and_numbers()
  local p = { { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 } }
  for _, given in ipairs { { symbols = "SiO2" }, { symbols = { "Si", "O", "O" } },
    { numbers = { 14, 8, 8 } } } do
    given.positions = p
    local s = m.atoms.new(given)
    lu.assertEquals(s.numbers:totable(), { 14, 8, 8 })
    lu.assertEquals(s.numbers.dtype, "i32")
    lu.assertEquals(s:symbols(), { "Si", "O", "O" })
    lu.assertEquals(s:formula(), "O2Si")
  end
end

function TestNew.test_it_keeps_copies()
  local p = m.array { { 0, 0, 0 } }
  local s = m.atoms.new { symbols = "H", positions = p }
  p[1][1] = 7
  lu.assertEquals(s.positions[1][1], 0)
end

function TestNew.test_prints_itself()
  local text = tostring(silicon())
  lu.assertStrContains(text, "Si2: 2 atoms, a, b, c = 3.8184, 3.8184, 3.8184 Å; 60, 60, 60 degrees")
end

function TestNew.test_stored_and_read_back()
  local folder = m.sys.tempdir()
  local s = silicon()
  s.energy, s.forces, s.info.config = -10.5, m.array.ones(2, 3), "bulk"
  s.arrays.site = { "a", "b" }
  store.write(folder .. "/s.h5", s)
  local back = store.read(folder .. "/s.h5")
  lu.assertTrue(back.positions:equal(s.positions))
  lu.assertEquals(back.numbers.dtype, "i32")
  lu.assertEquals({ back.energy, back.info.config }, { -10.5, "bulk" })
  lu.assertEquals(back.arrays.site, { "a", "b" })
  lu.assertEquals(back:neighbours { cutoff = 5 }:count()[1], 28)
  m.sys.remove_tree(folder)
end

TestNeighbours = {}

function TestNeighbours.test_shells_of_diamond()
  local d = silicon():neighbours { cutoff = 5 }:of(2).distances:sort()
  local a = 5.4
  local shells = { { 4, 3 ^ 0.5 / 4 }, { 12, 0.5 ^ 0.5 }, { 12, 11 ^ 0.5 / 4 } }
  local k = 0
  for _, shell in ipairs(shells) do
    for _ = 1, shell[1] do
      k = k + 1
      lu.assertAlmostEquals(d[k], shell[2] * a, 1e-12)
    end
  end
  lu.assertEquals(k, #d)
end

function TestNeighbours.test_vectors_lead_to_the_image()
  local s = silicon()
  local near = s:neighbours { cutoff = 6 }
  local shift = m.linalg.matmul(near.images:astype "f64", s.cell)
  for i = 1, 2 do
    for p = near.first[i], near.first[i + 1] - 1 do
      local to = s.positions[near.index[p]] + shift[p]
      lu.assertTrue((to - s.positions[i] - near.vectors[p]):abs():max() < 1e-12)
    end
  end
end

function TestNeighbours.test_none()
  local near = m.atoms.new { symbols = "H", positions = { { 0, 0, 0 } } }:neighbours { cutoff = 3 }
  lu.assertEquals(near:count():totable(), { 0 })
  lu.assertEquals(near:of(1).vectors.shape, { 0, 3 })
  lu.assertStrContains(tostring(near), "0 each")
end

TestBadInput = {}

function TestBadInput.test_new()
  local function new(options) return message(m.atoms.new, options) end
  lu.assertStrContains(new { symbols = "Si", positions = { { 0, 0 } } }, "'positions'")
  lu.assertStrContains(new { symbols = "Sj", positions = { { 0, 0, 0 } } }, "is called 'Sj'")
  lu.assertStrContains(new { symbols = "si", positions = { { 0, 0, 0 } } }, "'symbols'")
  lu.assertStrContains(new { positions = { { 0, 0, 0 } } }, "'symbols'")
  lu.assertStrContains(new { symbols = "Si" }, "'positions'")
  lu.assertStrContains(new { symbols = "Si2", positions = { { 0, 0, 0 }, { 0, 0 / 0, 0 } } },
    "atom 2: finite position expected")
  lu.assertStrContains(new { symbols = "Si", positions = { { 0, 0, 0 } }, cell = { 1, 2, 0 } },
    "cell vector is zero")
  lu.assertStrContains(new { symbols = "Si", positions = { { 0, 0, 0 } }, forces = { 1 } },
    "'forces'")
  lu.assertStrContains(new { symbols = "Si", positions = { { 0, 0, 0 } }, colour = 1 }, "colour")
  lu.assertStrContains(new { numbers = { 300 }, positions = { { 0, 0, 0 } } }, "0 to 118")
end

function TestBadInput.test_fields_of_another_kind_are_named()
  local s = silicon()
  s.numbers = m.array { 14, 14 }
  lu.assertStrContains(message(s.wrap, s), "structure.numbers")
  s = silicon()
  s.positions = { { 0, 0, 0 } }
  lu.assertStrContains(message(s.wrap, s), "structure.positions")
  s = silicon()
  s.periodic = true
  lu.assertStrContains(message(s.wrap, s), "list of 3 booleans")
end

function TestBadInput.test_errors_name_file_and_frame()
  local s = m.atoms.new { symbols = "H2", positions = { { 0, 0, 0 }, { 0, 0, 1e-5 } },
    file = "a.xyz", frame = 3 }
  local _, err = m.try(s.neighbours, s, { cutoff = 2 })
  lu.assertEquals(tostring(err), "a.xyz: frame 3: atoms 1 and 2 overlap: they are 1e-05 apart")
  lu.assertEquals(err.kind, "data")
end

os.exit(lu.LuaUnit.run())
