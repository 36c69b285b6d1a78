-- Where structures leave the range of values that a potential was trained on: one row a symmetry
-- function, however many atoms and frames it concerns.
--
-- An Extrapolation has structures (how many were looked at), frames (those concerned, by number),
-- atoms (how many atoms of each of these are concerned), rows (array: function, frames, atoms, low,
-- high, the worst frame, its atom, excess in widths of the range), and the potential's functions.

local c = require "matinf.c.nnp"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Extrapolation = store.class("nnp.Extrapolation", {})

-- Adds the rows of one frame to the records by function.
local function note(records, frame, rows)
  for i = 1, #rows do
    local row = rows[i]
    local f = math.tointeger(row[1])
    local r = records[f] or { f, 0, 0, math.huge, -math.huge, 0, 0, -1 }
    records[f] = r
    r[2], r[3] = r[2] + 1, r[3] + row[2]
    r[4], r[5] = math.min(r[4], row[3]), math.max(r[5], row[4])
    if row[6] > r[8] then r[6], r[7], r[8] = frame, row[5], row[6] end
  end
end

local called = "nnp.Potential:extrapolation"

-- What the kernel says of one structure; an error names its place in the list.
local function look(potential, list, i)
  local structure = list[i]
  if getmetatable(structure) ~= require "matinf".atoms.Structure then
    e.argument("structures", called, "list of structures", structure)
  end
  local r, err = e.attempt(c.evaluate, potential.network, structure, false, false, true)
  if r then return r end
  local place = #list > 1 and ("structure %d: "):format(i) or ""
  e.raise { kind = err.kind, file = err.file, line = err.line, message = place .. err.message }
end

--- The report of a potential on structures (one, or a list).
function M.report(potential, structures)
  local m = require "matinf"
  if type(structures) ~= "table" then
    e.argument("structures", called, "list of structures", structures)
  end
  local list = getmetatable(structures) == m.atoms.Structure and { structures } or structures
  local records, frames, atoms, rows = {}, {}, {}, {}
  for i = 1, #list do
    local r = look(potential, list, i)
    note(records, i, r.extrapolation)
    local concerned = r.outside:gt(0):sum()
    if concerned > 0 then
      frames[#frames + 1], atoms[#atoms + 1] = i, math.tointeger(concerned)
    end
  end
  for f = 1, #potential.descriptors.functions do rows[#rows + 1] = records[f] end
  local low, high = potential:range()
  return setmetatable({ structures = #list, frames = frames, atoms = atoms, low = low, high = high,
    rows = #rows > 0 and m.array(rows) or m.array.zeros(0, 8),
    functions = potential.descriptors }, Extrapolation)
end

--- A table.Table: one row a symmetry function.
function Extrapolation:table()
  local list, columns = self.functions:list(), {}
  local function column(name, f)
    local values = {}
    for i = 1, #self.rows do values[i] = f(math.tointeger(self.rows[{ i, 1 }]), i) end
    columns[#columns + 1] = { name = name, values = values }
  end
  local function whole(k) return function(_, i) return math.tointeger(self.rows[{ i, k }]) end end
  local function number(k) return function(_, i) return self.rows[{ i, k }] end end
  column("function", whole(1))
  column("center", function(f) return list[f].center end)
  column("type", function(f) return list[f].type end)
  column("neighbors", function(f) return table.concat(list[f].neighbors, " ") end)
  column("frames", whole(2))
  column("atoms", whole(3))
  column("least", number(4))
  column("most", number(5))
  column("from", function(f) return self.low[f] end)
  column("to", function(f) return self.high[f] end)
  column("worst frame", whole(6))
  column("its atom", whole(7))
  column("excess", number(8))
  return require "matinf".table.new(columns)
end

--- Those of the structures that were looked at which leave the range.
function Extrapolation:extract(structures)
  if type(structures) ~= "table" or (#structures ~= self.structures) then
    e.argument("structures", "nnp.Extrapolation:extract",
      ("the list of %d structures"):format(self.structures), structures)
  end
  local chosen = {}
  for i, frame in ipairs(self.frames) do chosen[i] = structures[frame] end
  return chosen
end

function Extrapolation:__tostring()
  if #self.frames == 0 then
    return ("%d structures, all within the range of the training data"):format(self.structures)
  end
  return ("%d of %d structures leave the range of the training data, in %d of %d symmetry functions\n")
    :format(#self.frames, self.structures, #self.rows, #self.functions.functions)
    .. tostring(self:table())
end

M.Extrapolation = Extrapolation
return M
