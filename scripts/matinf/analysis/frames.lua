-- Trajectories as arrays: from a list of structures to [frames x 3 n] series.

local e = require "matinf.error"

local M = {}

--- The list of structures: given as such, or a single one.
function M.list(structures, called)
  local Structure = require "matinf".atoms.Structure
  if getmetatable(structures) == Structure then return { structures } end
  if type(structures) ~= "table" or #structures == 0 then
    e.argument("structures", called, "a structure or a list of them", structures)
  end
  for _, structure in ipairs(structures) do
    if getmetatable(structure) ~= Structure then
      e.argument("structures", called, "a list of structures", structure)
    end
  end
  return structures
end

--- The same list, of frames that have the same atoms at finite positions.
function M.of_same_atoms(structures, called)
  local list = M.list(structures, called)
  for t, structure in ipairs(list) do
    if not structure.numbers:equal(list[1].numbers) then
      e.argument("structures", called, ("the same atoms in every frame (frame %d has others)")
        :format(t), structure)
    end
    if not structure.positions:isfinite():all() then
      e.argument("structures", called, ("finite positions in frame %d"):format(t), structure)
    end
  end
  return list
end

-- The displacement from one frame to the next by the shortest way through periodic boundaries.
local function step(from, to)
  local m = require "matinf"
  local moved = to.positions - from.positions
  if not (to.periodic[1] or to.periodic[2] or to.periodic[3]) then return moved end
  if not to:volume() then return moved end
  local fractional = m.linalg.matmul(moved, m.linalg.inverse(to.cell))
  local cells = fractional:rint()
  for k = 1, 3 do
    if not to.periodic[k] then cells[{ {}, k }] = 0 end
  end
  return moved - m.linalg.matmul(cells, to.cell)
end

--- Positions [frames x n x 3] followed through the periodic boundaries: right as long as no atom
--- moves half a cell between frames.
function M.unwrapped(list)
  local m, at = require "matinf", list[1].positions
  local all = { at }
  for t = 2, #list do
    at = at + step(list[t - 1], list[t])
    all[t] = at
  end
  return m.array.stack(all)
end

--- Velocities [frames x n x 3] in Å/fs.
function M.velocities(list, called)
  local all = {}
  for t, structure in ipairs(list) do
    if not structure.velocities then
      e.argument("structures", called, ("velocities in every frame (frame %d has none)"):format(t),
        structure)
    end
    all[t] = structure.velocities
  end
  return require "matinf".array.stack(all)
end

--- Masses [n] in u: those of the structure, or of its elements.
function M.masses(structure)
  if structure.masses then return structure.masses end
  local m, list = require "matinf", {}
  for i, symbol in ipairs(structure:symbols()) do
    local mass = symbol ~= "X" and m.elements.get(symbol).mass
    if not mass then
      e.fail("argument", "atom %d: no mass of %s is known; give structure.masses", i, symbol)
    end
    list[i] = mass
  end
  return m.array(list, { dtype = "f64" })
end

--- x [frames x n x 3] without the motion of the centre of mass.
function M.without_drift(x, masses)
  local n = x.shape[2]
  local weight = (masses / masses:sum()):reshape(1, n, 1)
  local centre = (x * weight):sum(2)
  return x - centre:reshape(x.shape[1], 1, 3)
end

return M
