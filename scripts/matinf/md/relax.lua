-- Relaxation of positions and cell, and the elastic constants that relaxed strained cells show.

local c = require "matinf.c.md"
local potentials = require "matinf.c.potentials"
local e = require "matinf.error"
local store = require "matinf.store"
local arguments = require "matinf.arguments"

local M = {}
local GPA = 160.2176634 -- of 1 eV/Å^3

-- A copy of the structure with other positions, cell and what belongs to them.
local function moved(structure, positions, cell, energy)
  local copy = structure:copy()
  copy.positions, copy.cell, copy.energy = positions, cell or copy.cell, energy
  copy.forces, copy.stress, copy.velocities = nil, nil, nil
  return copy
end
M.moved = moved

-- The array of 1 (fixed) and 0 from a list of atoms.
local function fixed_atoms(list, n, called)
  if list == nil then return nil end
  local fixed = require "matinf".array.zeros(n)
  if type(list) ~= "table" then e.argument("fixed", called, "list of atoms", list) end
  for _, i in ipairs(list) do
    if math.type(i) ~= "integer" or i < 1 or i > n then
      e.argument("fixed", called, ("atoms from 1 to %d"):format(n), i)
    end
    fixed[i] = 1
  end
  return fixed
end

-- ---- relaxation ---------------------------------------------------------------------------------

local Relaxed = store.class("md.Relaxed", {})

local function cell_option(value)
  if value == true then return "triclinic" end
  return value or "fixed"
end

--- A local minimum of the energy, or of the enthalpy when the cell relaxes too.
function M.relax(structure, options)
  local given = e.options(options, "md.relax", { "potential", "cell", "pressure", "method", "force",
    "stress", "iterations", "fixed" })
  arguments.structure(structure, "structure", "md.relax")
  local pressure = arguments.number(given.pressure, "pressure", "md.relax", 0)
  local stress = arguments.number(given.stress, "stress", "md.relax", 1.6e-4)
  local result = c.relax(structure, given.potential, {
    cell = cell_option(given.cell), pressure = pressure / GPA, stress = stress / GPA,
    method = given.method, force = given.force, iterations = given.iterations,
    fixed = fixed_atoms(given.fixed, #structure, "md.relax") })
  result.structure = moved(structure, result.positions, result.cell, result.energy)
  result.positions, result.cell = nil, nil
  result.stress = result.stress * GPA
  return setmetatable(result, Relaxed)
end

function Relaxed:__tostring()
  local head = "%s after %d iterations (%d evaluations): energy %.8g eV, largest force %.2g eV/Å"
  local text = head:format(self.converged and "converged" or "not converged", self.iterations,
    self.evaluations, self.energy, self.force)
  if self.stress > 0 then text = text .. (", stress left %.2g GPa"):format(self.stress) end
  return text .. "\n" .. tostring(self.structure)
end

M.Relaxed = Relaxed

-- ---- elastic constants --------------------------------------------------------------------------

local Elastic = store.class("md.Elastic", {})

-- The symmetric strains of Voigt's notation, xx yy zz yz xz xy; shears are e_ij = e_ji = size / 2.
local voigt = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 2, 3 }, { 1, 3 }, { 1, 2 } }

local function strained(structure, k, size)
  local m = require "matinf"
  local i, j = voigt[k][1], voigt[k][2]
  local f = m.array.diag { 1, 1, 1 }
  if i == j then f[{ i, i }] = 1 + size
  else f[{ i, j }], f[{ j, i }] = size / 2, size / 2 end
  return moved(structure, m.linalg.matmul(structure.positions, f),
    m.linalg.matmul(structure.cell, f))
end

-- Stress (GPa) in Voigt's order of the relaxed strained structure.
local function stress_of(structure, k, size, given)
  local there = strained(structure, k, size)
  if given.relax ~= false then
    there = M.relax(there, { potential = given.potential, force = given.force }).structure
  end
  local _, _, virial = potentials.evaluate(given.potential, there)
  local stress = virial * (-GPA / there:volume())
  local list = {}
  for v, pair in ipairs(voigt) do list[v] = stress[{ pair[1], pair[2] }] end
  return list
end

-- Of a matrix in Voigt's notation: trace and sum of the block of stretches, trace of the shears'.
local function invariants(a)
  local trace, sum, shear = 0, 0, 0
  for i = 1, 3 do
    trace, shear = trace + a[{ i, i }], shear + a[{ i + 3, i + 3 }]
    for j = 1, 3 do sum = sum + a[{ i, j }] end
  end
  return trace, sum, shear
end

--- The elastic constants [6 x 6] of a relaxed structure by stresses of small strains.
function M.elastic(structure, options)
  local given = e.options(options, "md.elastic", { "potential", "strain", "relax", "force" })
  local size = arguments.number(given.strain, "strain", "md.elastic", 1e-3)
  if not (size > 0 and size < 0.1) then
    e.argument("strain", "md.elastic", "positive number below 0.1", size)
  end
  if type(given.potential) ~= "table" then
    e.argument("potential", "md.elastic", "potential", given.potential)
  end
  arguments.structure(structure, "structure", "md.elastic")
  given.force = given.force or 1e-7
  local constants = require "matinf".array.zeros(6, 6)
  for k = 1, 6 do
    local up, down = stress_of(structure, k, size, given), stress_of(structure, k, -size, given)
    for v = 1, 6 do constants[{ v, k }] = (up[v] - down[v]) / (2 * size) end
  end
  constants = (constants + constants:transpose()) / 2
  local inverse = require "matinf".linalg.inverse(constants)
  local trace, whole, shear = invariants(constants)
  local itrace, iwhole, ishear = invariants(inverse)
  local bulk_voigt, bulk_reuss = whole / 9, 1 / iwhole
  local shear_voigt = (trace - (whole - trace) / 2 + 3 * shear) / 15
  local shear_reuss = 15 / (4 * itrace - 2 * (iwhole - itrace) + 3 * ishear)
  return setmetatable({ constants = constants, bulk = (bulk_voigt + bulk_reuss) / 2,
    shear = (shear_voigt + shear_reuss) / 2 }, Elastic)
end

function Elastic:__tostring()
  local lines = { "elastic constants in GPa (Voigt: xx yy zz yz xz xy)" }
  for i = 1, 6 do
    local row = {}
    for j = 1, 6 do row[j] = ("%10.3f"):format(self.constants[{ i, j }]) end
    lines[#lines + 1] = table.concat(row)
  end
  lines[#lines + 1] = ("bulk modulus %.3f, shear modulus %.3f (Hill)"):format(self.bulk, self.shear)
  return table.concat(lines, "\n")
end

M.Elastic = Elastic
return M
