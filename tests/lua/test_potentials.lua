-- potentials: what a user of the module sees. The numbers of the kernels are in
-- tests/core/test_potentials.c, lattices and elastic constants in tests/lua/test_md_relax.lua.
local lu = require "luaunit"
local m = require "matinf"

local function diamond(a, symbols)
  return m.atoms.new { symbols = symbols, fractional = { { 0, 0, 0 }, { 0.25, 0.25, 0.25 } },
    cell = { { 0, a / 2, a / 2 }, { a / 2, 0, a / 2 }, { a / 2, a / 2, 0 } } }
end

local si = diamond(5.431, "Si2")
local folder = m.sys.tempdir()

local function written(name, text)
  local path = folder .. "/" .. name
  m.sys.write_atomic(path, text)
  return path
end

TestModels = {}

function TestModels.test_silicon()
  local e, f, v, atoms = m.potentials.stillinger_weber():evaluate(si)
  lu.assertAlmostEquals(e, 2 * -4.3366, 1e-6)
  lu.assertAlmostEquals(atoms[1] + atoms[2], e, 1e-12)
  lu.assertTrue(f:abs():max() < 1e-12)
  lu.assertAlmostEquals(v[1][1], v[3][3], 1e-12)
  lu.assertAlmostEquals(m.potentials.tersoff("Si(B)"):evaluate(si), 2 * -4.630412, 1e-5)
end

-- The reference table: alpha-quartz at the lattices of each potential, r^-6 cut off at 12 Å.
function TestModels.test_energy_of_quartz()
  local function quartz(a, c)
    local u, x, y, z = 0.4697, 0.4135, 0.2669, -0.1191
    return m.atoms.new { symbols = "Si3O6", cell = { a, a, c, 90, 90, 120 },
      fractional = { { u, 0, 1 / 3 }, { 0, u, 2 / 3 }, { -u, -u, 0 },
        { x, y, z + 1 / 3 }, { -y, x - y, z + 2 / 3 }, { y - x, -x, z },
        { y, x, -z + 2 / 3 }, { x - y, -y, -z + 1 / 3 }, { -x, y - x, -z } } }
  end
  local bks = m.potentials.buckingham { model = "BKS", cutoff = 12, truncation = "cut" }
  local ttam = m.potentials.buckingham { model = "TTAM", cutoff = 12, truncation = "cut" }
  lu.assertAlmostEquals(bks:evaluate(quartz(4.922, 5.439)) / 3, -58.36835, 0.1)
  lu.assertAlmostEquals(ttam:evaluate(quartz(5.0051, 5.5389)) / 3, -53.75269, 0.1)
end

function TestModels.test_parameters_of_ttam_in_eV()
  local models = require "matinf.potentials.models".models.buckingham.TTAM.pairs
  lu.assertAlmostEquals(models["Si-Si"].A / 8.723567e8, 1, 1e-5)
  lu.assertAlmostEquals(models["Si-O"].A / 10721.522, 1, 1e-5)
  lu.assertAlmostEquals(models["O-O"].A / 1756.8711, 1, 1e-5)
  lu.assertAlmostEquals(models["O-O"].C / 214.73631, 1, 1e-5)
end

-- LAMMPS 20220106, pair_style zbl 1.2 2.1 for Si, O, H and Si; metal units.
function TestModels.test_nuclei_as_in_lammps()
  local zbl = m.potentials.zbl { elements = { "Si", "O", "H" }, inner = 1.2, outer = 2.1 }
  local s = m.atoms.new { symbols = { "Si", "O", "H", "Si" },
    positions = { { 0, 0, 0 }, { 0.9, 0.1, -0.2 }, { -0.4, 1.3, 0.5 }, { 0.2, -0.7, 1.4 } } }
  local energy, forces = zbl:evaluate(s)
  lu.assertAlmostEquals(energy, 45.7506514762471, 4e-6)
  local expected = m.array { { -165.29453351494, -13.8471784261149, 17.639761151117 },
    { 164.858771136471, 18.6679152109431, -37.7958815628802 },
    { -1.49029185927009, 4.39452767117398, 1.72559149975876 },
    { 1.92605423773894, -9.2152644560022, 18.4305289120044 } }
  lu.assertTrue((forces - expected):abs():max() < 2e-5) -- its e^2 / 4 pi epsilon_0 has 8 digits
  lu.assertEquals(zbl:cutoff(), 2.1)
end

function TestModels.test_lennard_jones_mixes()
  local p = m.potentials.lennard_jones { elements = { "Ar", "Kr" }, cutoff = 12, truncation = "cut",
    epsilon = { Ar = 0.01, Kr = 0.04 }, sigma = { Ar = 3.4, Kr = 3.6 } }
  local two = m.atoms.new { symbols = "ArKr",
    positions = { { 0, 0, 0 }, { 3.5 * 2 ^ (1 / 6), 0, 0 } } }
  lu.assertAlmostEquals(p:evaluate(two), -0.02, 1e-12)
end

function TestModels.test_sum_and_label_and_store()
  local p = m.potentials.stillinger_weber() + m.potentials.tersoff()
  local path = folder .. "/p.h5"
  require "matinf.store".write(path, p)
  local q = require "matinf.store".read(path)
  lu.assertEquals(q:evaluate(si), p:evaluate(si))
  local labelled = q:label(si)
  local _, _, virial = p:evaluate(si)
  lu.assertAlmostEquals(labelled.stress[1][1], -virial[1][1] / si:volume(), 1e-15)
  lu.assertEquals(labelled.energy, p:evaluate(si))
  lu.assertStrContains(tostring(q), "sum potential")
end

TestFiles = {}

local sw = [[
# comment
Si Si Si 2.1683  2.0951  1.80  21.0  1.20  -0.333333333333
         7.049556277  0.6022245584  4.0  0.0 0.0   # tail
]]

function TestFiles.test_reads_what_lammps_reads()
  local p = m.potentials.stillinger_weber { file = written("Si.sw", sw) }
  lu.assertEquals(p:evaluate(si), m.potentials.stillinger_weber():evaluate(si))
  lu.assertTrue(p:knows "Si")
  lu.assertFalse(p:knows "Ge")
end

local function message(f, ...)
  local _, err = m.try(f, ...)
  return err and tostring(err) or "no error"
end

function TestFiles.test_broken_files()
  local function of(text)
    return message(m.potentials.stillinger_weber, { file = written("bad.sw", text) })
  end
  lu.assertStrContains(of "Si Si Si 1 2 3\n", "bad.sw:1: 3 elements and 11 numbers expected")
  lu.assertStrContains(of(sw:gsub("2.0951", "2,0951")),
    "bad.sw:2: number expected for sigma, got '2,0951'")
  lu.assertStrContains(of "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
    "symbol of an element expected, got 1")
  lu.assertStrContains(of "# nothing\n", "no entry")
  lu.assertStrContains(of(sw:gsub("2.0951", "nan")), "number expected for sigma, got 'nan'")
  lu.assertStrContains(message(m.potentials.stillinger_weber,
    { file = written("Si.sw", sw), elements = { "Si", "Ge" } }), "an entry for Si Si Ge")
end

TestBadInput = {}

function TestBadInput.test_options()
  lu.assertStrContains(message(m.potentials.tersoff, "Si(C)"), '"Si(B)" expected, got "Si(C)"')
  lu.assertStrContains(message(m.potentials.buckingham, {}), '"BKS" or "TTAM" expected')
  lu.assertStrContains(message(m.potentials.buckingham, { model = "BKS", cutof = 3 }),
    "did you mean 'cutoff'?")
  lu.assertStrContains(message(m.potentials.buckingham, { model = "BKS", cutoff = -3 }),
    "positive cutoff expected, got -3")
  lu.assertStrContains(message(m.potentials.lennard_jones, { elements = { "Ar" }, epsilon = 1 }),
    "'sigma'")
  lu.assertStrContains(message(m.potentials.sum, {}), "at least one potential")
  lu.assertStrContains(message(m.potentials.sum, { 3 }), "potential expected, got 3")
end

function TestBadInput.test_structures()
  local sw_si = m.potentials.stillinger_weber()
  lu.assertStrContains(message(sw_si.evaluate, sw_si, diamond(5.4, "SiC")),
    "atom 2: the Stillinger-Weber potential has no parameters for C")
  lu.assertStrContains(message(sw_si.evaluate, sw_si, 3), "structure expected, got 3")
  local molecule = m.atoms.new { symbols = "SiO", positions = { { 0, 0, 0 }, { 1.6, 0, 0 } } }
  local bks = m.potentials.buckingham "BKS"
  lu.assertStrContains(message(bks.evaluate, bks, molecule), "periodic in all directions")
  local overlap = m.atoms.new { symbols = "Si2", positions = { { 0, 0, 0 }, { 0, 0, 0 } } }
  lu.assertStrContains(message(sw_si.evaluate, sw_si, overlap), "overlap")
end

local code = lu.LuaUnit.run()
m.sys.remove_tree(folder)
os.exit(code)
