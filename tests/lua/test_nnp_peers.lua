-- Neural-network potentials of others: the same energies and forces as CP2K gives for a committee
-- for water, and the errors of published networks on their test sets as n2p2 gives them.
local lu = require "luaunit"
local m = require "matinf"

local data = "tests/data/nnp/"

-- ---- a committee --------------------------------------------------------------------------------

TestCommittee = {}

-- CP2K's own bohr (CODATA 2006), and hartree.
local bohr, hartree = 0.52917720859, 27.211386245988

local function water_committee()
  local extra = os.getenv "MATINF_EXTRA_DATA"
  for _, place in ipairs { extra and extra .. "/potentials/" or "", "/usr/share/cp2k/NNP/" } do
    local folder, members = place .. "bulkH2O-jcp2020-cnnp", {}
    if place ~= "" and m.sys.exists(folder) then
      for i = 1, 8 do members[i] = ("%s/nnp-%d"):format(folder, i) end
      return m.nnp.read_n2p2(members, { length = bohr, energy = hartree })
    end
  end
  lu.skip "no bulkH2O-jcp2020-cnnp: install cp2k-data, or set MATINF_EXTRA_DATA"
end

-- The structure, and CP2K's energy, deviation, members, forces and deviations of forces.
local function reference()
  local r, symbols, rows = {}, {}, {}
  for line in io.lines(data .. "water27.txt") do
    local name, rest = line:match "^(%l+) (.+)"
    local symbol, numbers = line:match "^(%u%l*) (.+)"
    local list = {}
    for word in (rest or numbers or ""):gmatch "%S+" do list[#list + 1] = tonumber(word) end
    if name then r[name] = list end
    if symbol then symbols[#symbols + 1], rows[#rows + 1] = symbol, list end
  end
  local all = m.array(rows)
  r.forces, r.deviations = all[{ {}, { 4, 6 } }], all[{ {}, { 7, 9 } }]
  r.structure = m.atoms.new { symbols = symbols, positions = all[{ {}, { 1, 3 } }],
    cell = { 9.3, 9.5, 9.7 } }
  return r
end

-- Without the energies of free atoms, hartree.
local function bare(energy, potential, member)
  local free = potential.members[member or 1].atom_energy
  return energy / hartree - 54 * free.H - 27 * free.O
end

function TestCommittee.test_water_as_in_cp2k()
  local potential, r = water_committee(), reference()
  local energy, forces, _, _, more = potential:evaluate(r.structure, { deviation = true })
  lu.assertAlmostEquals(bare(energy, potential), r.energy[1], 1e-12 * r.energy[1])
  lu.assertAlmostEquals(more.energy_deviation / hartree, r.deviation[1], 1e-9)
  local unit = bohr / hartree
  lu.assertTrue((forces * unit - r.forces):abs():max() < 1e-11)
  lu.assertTrue((more.force_deviation * unit - r.deviations):abs():max() < 1e-9)
end

-- ---- published networks -------------------------------------------------------------------------

TestPublished = {}

-- Root mean squares of the errors of energies (meV/atom) and forces (eV/Å).
local function errors(folder, file)
  local potential = m.nnp.read_n2p2(data .. folder,
    { length = 1 / 1.8897261328, energy = 1 / 0.0367493254 })
  local frames = m.atoms.read(file)
  local energies, forces, components = 0, 0, 0
  for _, s in ipairs(frames) do
    local e, f = potential:evaluate(s)
    local miss = f - s.forces
    energies = energies + ((e - s.energy) / #s) ^ 2
    forces, components = forces + (miss * miss):sum(), components + 3 * #s
  end
  return 1000 * math.sqrt(energies / #frames), math.sqrt(forces / components)
end

function TestPublished.test_silicon()
  local energy, force = errors("nnp_Si", "recipes/nnp_train/data/Si_test.xyz.gz")
  lu.assertAlmostEquals(energy, 6.934, 5e-4)
  lu.assertAlmostEquals(force, 0.1697, 5e-5)
end

function TestPublished.test_copper()
  local energy, force = errors("nnp_Cu", data .. "Cu_test.xyz.gz")
  lu.assertAlmostEquals(energy, 1.681, 5e-4)
  lu.assertAlmostEquals(force, 0.0630, 1e-4)
end

local function silicon(length)
  return m.nnp.read_n2p2(data .. "nnp_Si",
    { length = length or 1 / 1.8897261328, energy = 1 / 0.0367493254 })
end

-- A cutoff of 13.5 Å: 500 neighbours, more triplets than are kept for the forces.
function TestPublished.test_forces_with_many_neighbours()
  local potential = silicon(1.3)
  local s = m.atoms.read("recipes/nnp_train/data/Si_test.xyz.gz")[1]
  local _, forces = potential:evaluate(s)
  local function energy(by)
    local moved = s:copy()
    moved.positions[{ 5, 2 }] = s.positions[{ 5, 2 }] + by
    return (potential:evaluate(moved, { forces = false }))
  end
  local h = 1e-3
  local slope = (8 * (energy(h) - energy(-h)) - (energy(2 * h) - energy(-2 * h))) / (12 * h)
  lu.assertAlmostEquals(forces[{ 5, 2 }], -slope, 1e-7 * (1 + math.abs(slope)))
  lu.assertTrue(forces:sum(1):abs():max() < 1e-9 * (1 + forces:abs():max()))
end

-- More chunks of atoms than threads may be ahead.
function TestPublished.test_bits_on_any_number_of_threads()
  local potential = silicon()
  local s = m.atoms.read("recipes/nnp_train/data/Si_test.xyz.gz")[1]:supercell { 3, 3, 2 }
  local energy, forces, virial
  for _, threads in ipairs { 1, 2, 3, 2 } do
    m.sys.threads(threads)
    local e, f, v = potential:evaluate(s)
    lu.assertEquals(e, energy or e)
    lu.assertTrue(not forces or (f - forces):abs():max() == 0)
    lu.assertTrue(not virial or (v - virial):abs():max() == 0)
    energy, forces, virial = e, f, v
  end
end

os.exit(lu.LuaUnit.run())
