-- Files of other programs: what they mean in our units and signs, exact round trips of those that
-- we write, unconverged steps refused, errors that say where.
local lu = require "luaunit"
local m = require "matinf"

local folder, data = m.sys.tempdir(), "tests/data/atoms/"
local kbar = m.units.convert(1, "kbar", "eV/Å^3")

local function assert_close(a, b, tolerance)
  lu.assertTrue((m.array.from(a) - m.array.from(b)):abs():max() <= tolerance)
end

local function message(...)
  local _, err = m.try(...)
  return tostring(err)
end

-- A text with one piece replaced, as a file.
local function changed(name, from, to)
  local text = m.sys.read(data .. name)
  local at, past = text:find(from, 1, true)
  m.sys.write_atomic(folder .. "/" .. name, text:sub(1, at - 1) .. to .. text:sub(past + 1))
  return folder .. "/" .. name
end

-- ---- programs -----------------------------------------------------------------------------------

TestVasp = {}

local function check_step(s)
  lu.assertEquals(s.numbers:totable(), { 14, 8, 8 })
  assert_close(s.cell, { { 5, 0, 0 }, { 0, 6, 0 }, { 0.5, 0, 7 } }, 1e-12)
  lu.assertEquals({ s.energy, s.info.free_energy or -20.125 }, { -20.0625, -20.125 })
  assert_close(s.forces, { { 0.1, -0.2, 0.3 }, { -0.1, 0, 0 }, { 0, 0.2, -0.3 } }, 1e-15)
  assert_close(s.stress, m.array { { 1, -4, -6 }, { -4, 2, -5 }, { -6, -5, 3 } } * kbar, 1e-15)
end

function TestVasp.test_outcar()
  local list = m.atoms.read(data .. "OUTCAR")
  check_step(list[1])
  lu.assertEquals({ #list, list[2].energy, list[2].cell[1][1] }, { 2, -20.25, 5.1 })
  lu.assertEquals(m.atoms.read(data .. "OUTCAR", { energy = "free_energy" })[1].energy, -20.125)
end

function TestVasp.test_vasprun()
  local s = m.atoms.read(data .. "vasprun.xml")[1]
  check_step(s)
  assert_close(s.positions[3], { 0.25, 1.5, 3.5 }, 1e-12)
end

function TestVasp.test_ml_ab()
  local s = m.atoms.read(data .. "ML_AB")[1]
  check_step(s)
  lu.assertEquals(s.positions[3][3], -0.1)
end

function TestVasp.test_unconverged_steps_are_refused()
  lu.assertStrContains(message(m.atoms.read, changed("OUTCAR", "NELM   =     60", "NELM   = 7")),
    "frame 1: the electrons did not converge (9 steps)")
  lu.assertStrContains(message(m.atoms.read, changed("OUTCAR", "because EDIFF is reached", "...")),
    "OUTCAR:23: frame 1: the electrons did not converge")
  lu.assertStrContains(message(m.atoms.read, changed("vasprun.xml", 'NELM">    60', 'NELM">  2')),
    "frame 1: the electrons did not converge in 2 steps")
end

TestOthers = {}

function TestOthers.test_quantum_espresso()
  local s = m.atoms.read(data .. "qe-6.7-si8.out")[1]
  lu.assertAlmostEquals(s.energy, m.units.convert(-63.30695045, "Ry", "eV"), 1e-9)
  local expected = m.atoms.read(data .. "si8-rattled.extxyz")[1]
  assert_close(s.positions, expected.positions, 1e-4) -- seven decimals of a parameter in bohr
  lu.assertAlmostEquals(s.forces[8][1], m.units.convert(0.03035109, "Ry/bohr", "eV/Å"), 1e-12)
  lu.assertAlmostEquals(s.stress:diagonal():mean() / kbar, 18.72, 0.02) -- P = -18.72 kbar
  lu.assertStrContains(message(m.atoms.read,
    changed("qe-6.7-si8.out", "convergence has been achieved", "convergence NOT achieved")),
    "did not converge")
end

function TestOthers.test_cp2k()
  local s = m.atoms.read(data .. "cp2k.out")[1]
  lu.assertAlmostEquals(s.energy, -36.125 * m.units.convert(1, "hartree", "eV"), 1e-9)
  lu.assertAlmostEquals(s.forces[3][2], 0.02 * m.units.convert(1, "hartree/bohr", "eV/Å"), 1e-12)
  assert_close(s.stress, m.array { { 1, -0.1, -0.2 }, { -0.1, 2, -0.3 }, { -0.2, -0.3, 3 } }
    * 10 * kbar, 1e-12)
  lu.assertEquals({ s.cell[3][1], s.positions[3][3], s:formula() }, { 0.5, -0.1, "O2Si" })
  lu.assertStrContains(message(m.atoms.read, changed("cp2k.out", "SCF run converged",
    "SCF run NOT converged")), "cp2k.out:15: frame 1: the self-consistent field did not converge")
end

function TestOthers.test_cif()
  local s = m.atoms.read(data .. "quartz.cif")[1]
  lu.assertEquals({ s:formula(), s.info.name }, { "O6Si3", "quartz" })
  local count = s:neighbours { cutoff = 1.7 }:count():totable()
  lu.assertEquals(count, { 4, 4, 4, 2, 2, 2, 2, 2, 2 })
  lu.assertStrContains(message(m.atoms.read, changed("quartz.cif", "0.33333 1.0", "0.33333 0.5")),
    "atom site 1 is occupied to 0.5")
  lu.assertStrContains(message(m.atoms.read, changed("quartz.cif", "z+1/3", "q")),
    "quartz.cif:13: symmetry operation expected, got ' q'")
  m.atoms.write(folder .. "/b.cif", s)
  assert_close(m.atoms.read(folder .. "/b.cif")[1]:fractional(), s:fractional(), 1e-15)
end

-- ---- round trips --------------------------------------------------------------------------------

local function sample(cell)
  local g = m.random.generator { seed = 5 }
  return m.atoms.new { symbols = "Si3OSi", positions = g:normal { 5, 3 } * 4, cell = cell,
    energy = -1 / 3, forces = g:normal { 5, 3 }, charges = g:normal(5),
    velocities = g:normal { 5, 3 } * 1e-2 }
end

-- Writes and reads; the fields come back bit by bit.
local function round_trip(name, s, fields)
  m.atoms.write(folder .. "/" .. name, s)
  local back = m.atoms.read(folder .. "/" .. name)[1]
  lu.assertTrue(back.positions:equal(s.positions), name)
  lu.assertTrue(back.cell:equal(s.cell), name)
  lu.assertTrue(back.numbers:equal(s.numbers), name)
  for field in fields:gmatch "%a+" do
    local same = field == "energy" and back.energy == s.energy
      or field ~= "energy" and back[field]:equal(s[field])
    lu.assertTrue(same, name .. ": " .. field)
  end
  return back
end

TestRoundTrip = {}

local skewed = { { 9, 0, 0 }, { 1 / 3, 8, 0 }, { -0.7, 0.9, 7.5 } }
local general = { { 9, 0.2, -1 }, { 1 / 3, 8, 0.1 }, { -0.7, 0.9, 7.5 } }

function TestRoundTrip.test_formats_that_can()
  round_trip("POSCAR", sample(general), "velocities")
  round_trip("input.data", sample(general), "energy forces charges")
  round_trip("a.h5", sample(general), "energy forces charges velocities")
  round_trip("a.lammpstrj", sample(skewed), "forces charges")
  round_trip("a.data", sample(skewed), "charges")
  round_trip("a.xyz.gz", sample(general), "energy forces charges velocities")
end

function TestRoundTrip.test_lammps_velocities_are_in_angstrom_a_picosecond()
  local s = sample(skewed)
  m.atoms.write(folder .. "/v.lammpstrj", s)
  assert_close(m.atoms.read(folder .. "/v.lammpstrj")[1].velocities, s.velocities, 1e-15)
  local line = m.sys.read(folder .. "/v.lammpstrj"):match "\n(1 Si [^\n]*)"
  lu.assertAlmostEquals(tonumber((line:match "^%S+ %S+ %S+ %S+ %S+ (%S+)")),
    s.velocities[1][1] * 1e3, 1e-9)
end

function TestRoundTrip.test_trajectories()
  local list = {}
  for i = 1, 4 do
    list[i] = sample(skewed)
    list[i].positions = list[i].positions * i
    list[i].energy = -i
  end
  for _, name in ipairs { "t.h5", "t.lammpstrj", "t.xyz", "input.data" } do
    m.atoms.write(folder .. "/" .. name, list)
    local back = m.atoms.read(folder .. "/" .. name, { frames = { 2, 4, 2 } })
    lu.assertEquals({ #back, back[2].frame }, { 2, 4 }, name)
    lu.assertTrue(back[2].positions:equal(list[4].positions), name)
  end
end

function TestRoundTrip.test_selective_dynamics()
  local s = sample(general)
  s.velocities = nil
  s.arrays.selective = m.array({ { 1, 1, 0 }, { 0, 0, 0 }, { 1, 1, 1 }, { 1, 0, 1 }, { 1, 1, 1 } },
    { dtype = "u8" })
  local back = round_trip("CONTCAR", s, "")
  lu.assertTrue(back.arrays.selective:equal(s.arrays.selective))
end

function TestRoundTrip.test_cells_that_lammps_cannot_have_can_be_turned()
  local s = sample(general)
  lu.assertStrContains(message(m.atoms.write, folder .. "/g.data", s), "structure:standardize()")
  local turned = s:standardize()
  m.atoms.write(folder .. "/g.data", turned)
  local a, b = s:neighbours { cutoff = 6 }, m.atoms.read(folder .. "/g.data")[1]:neighbours {
    cutoff = 6 }
  assert_close(a.distances:sort(), b.distances:sort(), 1e-12)
end

-- ---- POSCAR and LAMMPS variants -----------------------------------------------------------------

local function read_text(name, text, options)
  m.sys.write_atomic(folder .. "/" .. name, text)
  return m.atoms.read(folder .. "/" .. name, options)[1]
end

TestVariants = {}

function TestVariants.test_poscar()
  local cell = "1 0 0\n0 2 0\n0 0 4\n"
  local s = read_text("POSCAR", "comment\n2\n" .. cell .. "Si O\n1 1\nDirect\n0 0 0\n0.5 0.5 0.5\n")
  lu.assertEquals({ s.cell[2][2], s.positions[2]:totable() }, { 4, { 1, 2, 4 } })
  s = read_text("POSCAR", "Si O\n-64\n" .. cell .. "1 1\nKart\n0 0 0\n1 0 0\n")
  lu.assertAlmostEquals(s:volume(), 64, 1e-12)
  lu.assertEquals(s:symbols(), { "Si", "O" })
  s = read_text("POSCAR", "x\n1\n" .. cell .. "Si_pv O_s/1a2b\n1 1\nSelective\nCart\n0 0 0 T F T\n"
    .. "1 1 1 F F F\n")
  lu.assertEquals({ s:symbols(), s.arrays.selective:totable() }, { { "Si", "O" },
    { { 1, 0, 1 }, { 0, 0, 0 } } })
  s = read_text("POSCAR", "x\n1\n" .. cell .. "2 1\nCart\n0 0 0\n1 1 1\n0 1 1\n",
    { species = { "Si", "O" } })
  lu.assertEquals(s:formula(), "OSi2")
end

function TestVariants.test_xdatcar()
  local head = "x\n1\n4 0 0\n0 4 0\n0 0 4\nSi O\n1 1\n"
  local text = head .. "Direct configuration=     1\n0 0 0\n.5 .5 .5\n"
    .. "Direct configuration=     2\n0 0 0\n.25 .5 .5\n" .. head:gsub("4 0 0", "5 0 0")
    .. "Direct configuration=     3\n0 0 0\n.25 .5 .5\n"
  m.sys.write_atomic(folder .. "/XDATCAR", text)
  local list = m.atoms.read(folder .. "/XDATCAR")
  lu.assertEquals({ #list, list[2].positions[2][1], list[3].positions[2][1] }, { 3, 1, 1.25 })
end

function TestVariants.test_dump_with_a_tilted_box_in_any_order()
  local s = read_text("a.dump", "ITEM: TIMESTEP\n7\nITEM: NUMBER OF ATOMS\n2\n"
    .. "ITEM: BOX BOUNDS xy xz yz pp pp ff\n-1 10 -1\n0 5 0\n0 6 0\n"
    .. "ITEM: ATOMS id type xs ys zs\n2 1 0.5 0.5 0.5\n1 2 0 0 0\n", { species = { "Si", "O" } })
  lu.assertEquals(s.cell:totable(), { { 10, 0, 0 }, { -1, 5, 0 }, { 0, 0, 6 } })
  lu.assertEquals({ s:symbols(), s.info.timestep, s.periodic }, { { "O", "Si" }, 7,
    { true, true, false } })
  lu.assertEquals(s.positions[2]:totable(), { 4.5, 2.5, 3 })
end

function TestVariants.test_data_by_mass()
  local s = read_text("a.data", "x\n\n2 atoms\n2 atom types\n0 4 xlo xhi\n0 4 ylo yhi\n"
    .. "0 4 zlo zhi\n\nMasses\n\n1 28.0855\n2 15.999\n\nAtoms # full\n\n2 1 2 -0.8 1 1 1 0 0 0\n"
    .. "1 1 1 1.6 0 0 0 0 0 0\n")
  lu.assertEquals({ s:symbols(), s.charges:totable() }, { { "Si", "O" }, { 1.6, -0.8 } })
end

-- ---- errors -------------------------------------------------------------------------------------

TestBadInput = {}

function TestBadInput.test_the_place_is_named()
  for _, case in ipairs {
    { "POSCAR", "x\n1\n1 0 0\n0 1 0\n0 0 1\nSi\n2\nDirect\n0 0 0\n", "POSCAR:10: position" },
    { "POSCAR", "x\n1\n1 0 0\n0 1 0\n0 0 1\nSi O\n2\nDirect\n", "2 names for 1 counts" },
    { "POSCAR", "x\n1\n1 0 0\n0 1 0\n0 0 1\nSi\n999999999\nDirect\n0 0 0\n", "atoms cannot be" },
    { "input.data", "begin\natom 0 0 0 Si 0 0 0 0\nend\n", "input.data:2: atom: 5 numbers" },
    { "input.data", "begin\nlattice 1 0 0\natom 0 0 0 Si 0 0 0 0 0\nend\n", "3 lines of lattice" },
    { "input.data", "begin\natom 0 0 0 Si 0 0 0 0 0\n", "the file ends where end was expected" },
    { "a.dump", "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n"
      .. "0 1\n0 x\n", "a.dump:7: BOX BOUNDS: 2 numbers expected" },
    { "a.data", "x\n\n1 atoms\n1 atom types\n\nAtoms\n\n1 1 0 0 0 0\n", "the style is not known" },
    { "a.cif", "data_a\nloop_\n_atom_site_label\n_atom_site_fract_x\nSi1\n", "a.cif" },
  } do lu.assertStrContains(message(read_text, case[1], case[2]), case[3]) end
end

os.exit(lu.LuaUnit.run())
