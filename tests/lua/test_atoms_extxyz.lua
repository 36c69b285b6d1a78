-- Extended XYZ: the grammar, what names mean, exact round trips, and errors that say where.
local lu = require "luaunit"
local m = require "matinf"

local folder = m.sys.tempdir()
local file = folder .. "/a.xyz"

local function read(text, options)
  m.sys.write_atomic(file, text)
  return m.atoms.read(file, options)
end

local function fails(text, options)
  m.sys.write_atomic(file, text)
  local _, err = m.try(m.atoms.read, file, options)
  local at, past = tostring(err):find(file, 1, true)
  return at and "FILE" .. tostring(err):sub(past + 1) or tostring(err)
end

local function frame(comment, lines)
  return ("%d\n%s\n%s\n"):format(#lines, comment, table.concat(lines, "\n"))
end

local one = { "Si 0 0 0" }

TestGrammar = {}

function TestGrammar.test_values()
  local text = [==[Lattice="1 0 0 0 2 0 0 0 3" Properties=species:S:1:pos:R:3 i=-7 r=1.5d-3 ]==]
    .. [==[t=T f=False w=bulk q="two words" e="a \"b\" \\c" iv="1 2 3" rv=[1.5, 2, 3e1] ]==]
    .. [==[m=[[1, 2], [3, 4]] b="T F" s=["x y", z] old={4 5} flag "odd key"=1 config_type=T2]==]
  local info = read(frame(text, one))[1].info
  lu.assertEquals({ info.i, info.r, info.t, info.f, info.w, info.q }, { -7, 1.5e-3, true, false,
    "bulk", "two words" })
  lu.assertEquals(math.type(info.i), "integer")
  lu.assertEquals(info.e, 'a "b" \\c')
  lu.assertEquals({ info.iv.dtype, info.iv:totable() }, { "i64", { 1, 2, 3 } })
  lu.assertEquals({ info.rv.dtype, info.rv:totable() }, { "f64", { 1.5, 2, 30 } })
  lu.assertEquals(info.m:totable(), { { 1, 2 }, { 3, 4 } })
  lu.assertEquals({ info.b, info.s, info.old:totable() }, { { true, false }, { "x y", "z" },
    { 4, 5 } })
  lu.assertEquals({ info.flag, info["odd key"], info.config_type }, { true, 1, "T2" })
end

function TestGrammar.test_columns_of_any_type()
  local s = read(frame("Properties=species:S:1:pos:R:3:tag:I:1:fixed:L:1:site:S:1:u:R:2 pbc=F",
    { "Si 0 0 0 -3 T a .5 1e2", "O 1 1 1 4 F b 2 3" }))[1]
  lu.assertEquals(s.arrays.tag:totable(), { -3, 4 })
  lu.assertEquals({ s.arrays.fixed.dtype, s.arrays.fixed:totable() }, { "u8", { 1, 0 } })
  lu.assertEquals(s.arrays.site, { "a", "b" })
  lu.assertEquals(s.arrays.u:totable(), { { 0.5, 100 }, { 2, 3 } })
  lu.assertEquals({ s:formula(), s.periodic }, { "OSi", { false, false, false } })
end

function TestGrammar.test_plain_xyz()
  local s = read("2\nwater, part\nO 0 0 0 -0.8 extra\nH 0 0 1\n\n")[1]
  lu.assertEquals({ s.info.comment, s.periodic[1], s:volume() }, { "water, part", false, nil })
  local cube = read("1\nCUB 24.5\nSi 0 0 0\n")[1]
  lu.assertEquals({ cube.cell[2][2], cube.periodic[3] }, { 24.5, true })
end

function TestGrammar.test_names_that_are_no_elements_stay()
  local s = read(frame("Properties=species:S:1:pos:R:3", { "OW 0 0 0", "H 1 0 0" }))[1]
  lu.assertEquals(s.numbers:totable(), { 0, 1 })
  lu.assertEquals(s:symbols(), { "OW", "H" })
  m.atoms.write(file, s)
  lu.assertEquals(m.atoms.read(file)[1]:symbols(), { "OW", "H" })
end

function TestGrammar.test_carriage_returns()
  local s = read("1\r\nProperties=species:S:1:pos:R:3 pbc=\"T T F\"\t"
    .. "Lattice=\"2 0 0 0 2 0 0 0 2\"\r\nSi 0 0.5 1\r\n")[1]
  lu.assertEquals({ s.positions[1][3], s.periodic[3] }, { 1, false })
end

TestLabels = {}

local cube = 'Lattice="2 0 0 0 2 0 0 0 2" Properties=species:S:1:pos:R:3'

function TestLabels.test_names()
  for _, name in ipairs { "energy", "REF_energy", "free_energy" } do
    lu.assertEquals(read(frame(cube .. " " .. name .. "=-1.5", one))[1].energy, -1.5)
  end
  for _, name in ipairs { "forces", "force", "REF_forces" } do
    local s = read(frame(cube .. ":" .. name .. ":R:3", { "Si 0 0 0 1 2 3" }))[1]
    lu.assertEquals(s.forces:totable(), { { 1, 2, 3 } })
  end
  local s = read(frame(cube .. " energy=1 free_energy=2", one))[1]
  lu.assertEquals({ s.energy, s.info.free_energy }, { 1, 2 })
  s = read(frame(cube .. " energy=1 free_energy=2", one), { energy = "free_energy" })[1]
  lu.assertEquals({ s.energy, s.info.energy }, { 2, 1 })
end

function TestLabels.test_stress_and_virial()
  local stress = read(frame(cube .. ' stress="1 2 3 4 5 6"', one))[1].stress
  lu.assertEquals(stress:totable(), { { 1, 6, 5 }, { 6, 2, 4 }, { 5, 4, 3 } })
  stress = read(frame(cube .. ' virial="8 0 0 0 16 0 0 0 -8"', one))[1].stress
  lu.assertEquals(stress:diagonal():totable(), { -1, -2, 1 })
  stress = read(frame(cube .. ' p="10 20 30 40 50 60"', one), { stress = { "p", unit = "kbar",
    order = "xx yy zz xy xz yz", positive = "compression" } })[1].stress
  local kbar = 1 / 1602.176634
  lu.assertAlmostEquals(stress[1][1], -10 * kbar, 1e-12)
  lu.assertAlmostEquals(stress[1][2], -40 * kbar, 1e-12)
  lu.assertAlmostEquals(stress[2][3], -60 * kbar, 1e-12)
end

function TestLabels.test_missing_ones_are_refused_on_request()
  local text = frame(cube .. " energy=1", one) .. frame(cube, one)
  lu.assertEquals(#read(text), 2)
  lu.assertStrContains(fails(text, { require = { "energy" } }),
    "FILE:4: frame 2: it has no energy, which was required (looked for: energy, REF_energy")
  lu.assertStrContains(fails(text, { energy = "enrgy" }),
    "FILE:1: frame 1: no energy called 'enrgy': did you mean 'energy'?")
end

TestRoundTrip = {}

local function shaken()
  local g = m.random.generator { seed = 3 }
  local s = m.atoms.new { symbols = "Si3O2", positions = g:normal { 5, 3 } * 1e3,
    cell = { { 10, 0.1, 1 / 3 }, { 0, 9, 0 }, { -1e-7, 0, 2e5 } }, periodic = { true, false, true },
    energy = -1 / 3, forces = g:normal { 5, 3 } * 1e-9, stress = g:normal { 3, 3 },
    velocities = g:normal { 5, 3 }, charges = g:normal(5), masses = g:uniform(5) + 1 }
  s.info = { name = "a \"quoted\" \\ name", n = 3, x = 0.1, whole = 2.0, yes = true,
    list = { "a b", "c" }, v = g:normal(4), grid = m.array({ { 1, 2 }, { 3, 4 } },
      { dtype = "i64" }) }
  s.arrays = { site = { "a", "b", "c", "d", "e" }, tag = m.array({ 1, 2, 3, 4, -5 },
    { dtype = "i64" }), q = g:normal { 5, 2 } }
  return s
end

-- Two trees of arrays and plain values are the same, bit by bit.
local function assert_same(a, b, place)
  if type(a) == "userdata" then
    lu.assertEquals(b.dtype, a.dtype, place)
    lu.assertTrue(a:equal(b), place)
  elseif type(a) == "table" then
    for key, value in pairs(a) do assert_same(value, b[key], place .. "." .. key) end
    for key in pairs(b) do lu.assertTrue(a[key] ~= nil, place .. "." .. key) end
  else
    lu.assertEquals(b, a, place)
    lu.assertEquals(math.type(b), math.type(a), place)
  end
end

function TestRoundTrip.test_everything_comes_back()
  for _, name in ipairs { "/b.xyz", "/b.extxyz.gz" } do
    local s = shaken()
    m.atoms.write(folder .. name, { s, s })
    local back = m.atoms.read(folder .. name)
    lu.assertEquals({ #back, back[2].frame }, { 2, 2 })
    back[1].file, back[1].frame = nil, nil
    assert_same(s, back[1], "structure")
  end
end

function TestRoundTrip.test_decimals()
  local s = shaken()
  m.atoms.write(file, s, { decimals = 3 })
  local line = m.sys.read(file):match "\n(Si [^\n]*)\n"
  lu.assertStrContains(line, ("%.3f"):format(s.positions[1][1]))
  lu.assertTrue((m.atoms.read(file)[1].positions - s.positions):abs():max() <= 0.0005 + 1e-12)
end

function TestRoundTrip.test_frames()
  local text = ""
  for i = 1, 7 do text = text .. frame(cube .. " energy=" .. i, one) end
  local function energies(frames)
    local list = {}
    for i, s in ipairs(read(text, { frames = frames })) do list[i] = s.energy end
    return list
  end
  lu.assertEquals(energies(3), { 3 })
  lu.assertEquals(energies { 2, 4 }, { 2, 3, 4 })
  lu.assertEquals(energies { 1, 7, 3 }, { 1, 4, 7 })
  lu.assertEquals(energies { 6 }, { 6, 7 })
end

TestBadInput = {}

function TestBadInput.test_the_place_is_named()
  local head = "Properties=species:S:1:pos:R:3\n"
  for _, case in ipairs {
    { "x\n\nSi 0 0 0\n", "FILE:1: frame 1: number of atoms expected, got 'x'" },
    { "3\n" .. head .. "Si 0 0 0\nSi 1 1 1\n",
      "FILE:5: frame 1: the file ends after 2 of 3 atoms" },
    { "1\n" .. head .. "Si 0 0\n", "FILE:3:7: frame 1: atom 1: the line ends before column 'pos'" },
    { "1\n" .. head .. "Si 0 0 1x\n", "FILE:3:8: frame 1: atom 1, column 'pos': number expected, "
      .. "got '1x'" },
    { "1\n" .. head .. "Si 0 0 1 2\n", "FILE:3:10: frame 1: atom 1: more columns than Properties" },
    { "2\n" .. head .. "Si 0 0 0\nSi 0 nan 0\n", "frame 1: atom 2: finite position expected" },
    { "1\nLattice=\"1 0 0\nSi 0 0 0\n", "FILE:2:9: frame 1: the quotes are not closed" },
    { "1\nProperties=species:S:1:pos:Q:3\nSi 0 0 0\n", "name:type:width" },
    { "1\nProperties=species:S:1\nSi\n", "FILE:1: frame 1: Properties: a column pos:R:3 expected" },
    { "1\nLattice=\"1 0 0 0 1 0\"\nSi 0 0 0\n", "Lattice: 9 numbers expected" },
    { "1\nLattice=\"1 0 0 0 1 0 0 0 0\"\nSi 0 0 0\n", "frame 1: periodic along c" },
    { "1\npbc=\"T T\"\nSi 0 0 0\n", "pbc: 3 of T and F expected" },
    { "1\nenergy=nan\nSi 0 0 0\n", "energy: finite number expected, got nan" },
    { "1\nenergy=low\nSi 0 0 0\n", "energy: finite number expected, got low" },
    { "1\nProperties=species:S:1:pos:R:3:forces:R:3\nSi 0 0 0 0 nan 0\n",
      "FILE:3: frame 1: atom 1: forces: finite numbers expected" },
    { "1\nProperties=species:S:1:pos:R:3:forces:R:2\nSi 0 0 0 0 0\n", "3 numbers an atom" },
    { "", "no structure was found" }, { "99999999999999\n" .. head,
      "FILE:3: frame 1: the file ends before its 99999999999999 atoms" },
  } do lu.assertStrContains(fails(case[1], { format = "extxyz" }), case[2]) end
end

function TestBadInput.test_files_and_options()
  local function message(...)
    local _, err = m.try(...)
    return tostring(err)
  end
  lu.assertStrContains(message(m.atoms.read, folder .. "/none.xyz"), "No such file")
  lu.assertStrContains(message(m.atoms.read, file, { format = "xyzz" }), "'format'")
  lu.assertStrContains(message(m.atoms.read, file, { frames = 0 }), "'frames'")
  lu.assertStrContains(message(m.atoms.read, file, { require = { "energies" } }), "'require'")
  lu.assertStrContains(message(m.atoms.write, file, {}), "'structures'")
  lu.assertStrContains(message(m.atoms.write, folder .. "/a.what", shaken()), "no known format")
  local s = shaken()
  s.info.f = print
  lu.assertStrContains(message(m.atoms.write, file, s), "info.f: a function cannot be written")
  s = shaken()
  s.info.number = "12"
  lu.assertStrContains(message(m.atoms.write, file, s), "would be read as another type")
end

TestData = {}

function TestData.test_coordination_of_quartz()
  local s = m.atoms.read "tests/data/atoms/quartz-alpha.extxyz"[1]
  local count = s:neighbours { cutoff = 2 }:count():totable()
  for i, symbol in ipairs(s:symbols()) do lu.assertEquals(count[i], symbol == "Si" and 4 or 2) end
end

os.exit(lu.LuaUnit.run())
