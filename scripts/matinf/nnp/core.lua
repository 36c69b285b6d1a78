-- The core of a neural-network potential: a classical potential, such as the repulsion of nuclei,
-- whose part is taken off the labels before training and added to what the networks give.

local data = require "matinf.nnp.data"
local e = require "matinf.error"

local M = {}

--- Refuses what is no classical potential that can be stored.
function M.check(core, called)
  if getmetatable(core) ~= require "matinf".potentials.Potential then
    e.argument("core", called, "a potential such as potentials.zbl gives", core)
  end
  return core
end

-- A copy whose labels lack the core's part.
local function without(core, s, i, called)
  local result, err = e.attempt(function() return { core:evaluate(s) } end)
  if not result then e.fail("data", "%s: structure %d: %s", called, i, err.message) end
  local energy, forces, virial = table.unpack(result)
  local copy = s:copy()
  copy.energy = s.energy - energy
  if s.forces then copy.forces = s.forces - forces end
  if s.stress then copy.stress = s.stress + virial / s:volume() end
  return copy
end

--- Calls train(structures, options) with what the core leaves of the labels; the potential has the
--- core. `called` is the name of the function with these options.
function M.train(core, structures, options, train, called)
  M.check(core, called)
  data.check(structures, called)
  local rest = {}
  for i, s in ipairs(structures) do rest[i] = without(core, s, i, called) end
  return train(rest, options):with_core(core)
end

return M
