-- Profiles along a vector of the cell: density and temperature in slabs, averaged over frames.

local arguments = require "matinf.arguments"
local e = require "matinf.error"
local frames_of = require "matinf.analysis.frames"

local constants = require "matinf.units.constants"

local M = {}

local BOLTZMANN = constants.k.value / constants.e.value        -- eV/K
local KINETIC = constants.u.value / constants.e.value * 1e10   -- u Å^2/fs^2 in eV
local GRAMS = constants.u.value * 1e27                         -- u/Å^3 in g/cm^3

-- Adds one frame to the sums of each slab.
local function add(sums, structure, axis, bins, masses)
  local f = structure:fractional()[{ {}, axis }]
  local v = structure.velocities
  for i = 1, #f do
    local slab = math.floor((f[i] % 1) * bins) % bins + 1
    sums.atoms[slab] = sums.atoms[slab] + 1
    sums.mass[slab] = sums.mass[slab] + masses[i]
    if v then
      local speed = v[{ i, 1 }] ^ 2 + v[{ i, 2 }] ^ 2 + v[{ i, 3 }] ^ 2
      sums.energy[slab] = sums.energy[slab] + 0.5 * masses[i] * speed * KINETIC
    end
  end
end

--- A table: position (fractional), density (g/cm^3), atoms per slab and, with velocities, T (K).
function M.of(structures, options)
  local m, called = require "matinf", "analysis.profile"
  local given = e.options(options, called, { "axis", "bins" })
  local axes = { a = 1, b = 2, c = 3 }
  local bins = arguments.positive_integer(given.bins, "bins", called, 20)
  local axis = axes[given.axis or "c"]
  if not axis then e.argument("axis", called, '"a", "b" or "c"', given.axis) end
  local list = frames_of.of_same_atoms(structures, called)
  local masses = frames_of.masses(list[1])
  local sums = { atoms = m.array.zeros(bins), mass = m.array.zeros(bins),
    energy = m.array.zeros(bins) }
  local volume = 0
  for t, structure in ipairs(list) do
    if not structure.velocities ~= not list[1].velocities then
      e.argument("structures", called, ("velocities in all frames or none (frame %d differs)")
        :format(t), structure)
    end
    local v = structure:volume()
    if not v then e.argument("structures", called, "structures with a cell", structure) end
    volume = volume + v / #list
    add(sums, structure, axis, bins, masses)
  end
  local slab = volume / bins
  local columns = {
    { name = "position", values = (m.array.arange(1, bins) - 0.5) / bins },
    { name = "density", unit = "g/cm^3", values = sums.mass * (GRAMS / slab / #list) },
    { name = "atoms", values = sums.atoms / #list } }
  if list[1].velocities then
    columns[4] = { name = "temperature", unit = "K",
      values = sums.energy / m.array.where(sums.atoms:gt(0), sums.atoms, 0 / 0)
        / (1.5 * BOLTZMANN) }
  end
  return m.table.new(columns)
end

return M
