-- The class descriptors.SymmetryFunctions: a set of atom-centred symmetry functions (definitions in
-- core/descriptors/symfun.h), sorted as n2p2 sorts them.
--
-- Fields: elements (symbols by rising atomic number), numbers (those, i32), functions (array
-- [n x 15], one row a function: the columns below; lengths in Å), first (list: the functions of
-- element e are rows first[e] to first[e + 1] - 1), cutoff (the largest rc), messages (list of
-- texts: what was left out, and why; nil when nothing was).

local c = require "matinf.c.descriptors"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local SymmetryFunctions = store.class("descriptors.SymmetryFunctions", {})

M.columns = { "type", "center", "e1", "e2", "eta", "rs", "lambda", "zeta", "rl", "left", "right",
  "rc", "cutoff", "alpha", "core" }
M.cutoffs = { "hard", "cos", "tanhu", "tanh", "exp", "poly1", "poly2", "poly3", "poly4" }
M.cores = { "e", "p1", "p1a", "p2", "p2a", "p3", "p3a", "p4", "p4a" }

local place = {}
for i, name in ipairs(M.columns) do place[name] = i end

-- Names of the fields of each type beside type, center, neighbors and rc.
local gauss, wedge = { "eta", "rs" }, { "rl", "left", "right", "core" }
local behler = { "eta", "rs", "lambda", "zeta" }
local fields_of = { [2] = gauss, [3] = behler, [9] = behler, [12] = gauss, [13] = behler,
  [20] = { "rl", "core" }, [21] = wedge, [22] = wedge, [23] = { "rl", "core" }, [24] = wedge,
  [25] = wedge }
M.fields_of = fields_of

local function symbol_of(number) return require "matinf".elements.get(number).symbol end

-- ---- functions as tables ------------------------------------------------------------------------

local called = "descriptors.symmetry_functions"

local function index_in(list, value, name)
  for i, text in ipairs(list) do
    if value == text or value == i - 1 then return i - 1 end
  end
  e.argument(name, called, "one of " .. table.concat(list, ", "), value)
end

local function number_of(symbol)
  return require "matinf".elements.get(symbol).number
end

local function neighbours_of(f, row)
  local given = f.neighbors or {}
  if type(given) == "string" then given = { given } end
  if type(given) ~= "table" then e.argument("neighbors", called, "list of symbols", given) end
  row[place.e1] = given[1] and number_of(given[1]) or 0
  row[place.e2] = given[2] and number_of(given[2]) or 0
end

local valid = { "type", "center", "neighbors", "rc", "cutoff", "alpha", "eta", "rs", "lambda",
  "zeta", "rl", "left", "right", "core" }

--- The row of a function given as a table such as { type = 2, center = "Si", neighbors = {"Si"},
--- eta = 0.1, rs = 0, rc = 6, cutoff = "cos" }.
function M.row(f)
  if type(f) ~= "table" then e.argument("functions", called, "list of tables", f) end
  f = e.options(f, called, valid)
  local fields = fields_of[f.type]
  if not fields then
    e.argument("type", called, "2, 3, 9, 12, 13 or 20 to 25", f.type)
  end
  local row = {}
  for i = 1, #M.columns do row[i] = 0 end
  row[place.type], row[place.center], row[place.rc] = f.type, number_of(f.center), f.rc
  neighbours_of(f, row)
  for _, name in ipairs(fields) do row[place[name]] = f[name] or (name == "rs" and 0 or nil) end
  if f.type < 20 then
    row[place.cutoff] = index_in(M.cutoffs, f.cutoff or "cos", "cutoff")
    row[place.alpha] = f.alpha or 0
  else
    row[place.core] = index_in(M.cores, f.core, "core")
  end
  for i, name in ipairs(M.columns) do
    if type(row[i]) ~= "number" then e.argument(name, called, "number", row[i]) end
  end
  return row
end

--- The function of a row as such a table.
local function table_of(rows, i)
  local function at(name) return rows[{ i, place[name] }] end
  local kind = math.tointeger(at "type")
  local f = { type = kind, center = symbol_of(math.tointeger(at "center")), rc = at "rc",
    neighbors = {} }
  for _, name in ipairs { "e1", "e2" } do
    local number = math.tointeger(at(name))
    if number > 0 then f.neighbors[#f.neighbors + 1] = symbol_of(number) end
  end
  for _, name in ipairs(fields_of[kind]) do f[name] = at(name) end
  if kind < 20 then
    f.cutoff, f.alpha = M.cutoffs[math.tointeger(at "cutoff") + 1], at "alpha"
  else
    f.core = M.cores[math.tointeger(at "core") + 1]
  end
  return f
end

-- ---- making -------------------------------------------------------------------------------------

--- A set of rows (array or list) for elements (atomic numbers), which are sorted.
function M.from_rows(numbers, rows)
  local self = {}
  self.numbers, self.functions, self.first = c.sort(numbers, rows)
  self.elements = {}
  for i = 1, #self.numbers do self.elements[i] = symbol_of(self.numbers[i]) end
  self.cutoff = self.functions[{ {}, place.rc }]:max()
  return setmetatable(self, SymmetryFunctions)
end

-- ---- using --------------------------------------------------------------------------------------

--- Values [n x most] for the atoms of a structure; 0 where an element has fewer functions.
function SymmetryFunctions:compute(structure)
  return c.compute(self.numbers, self.functions, structure)
end

--- Values and derivatives: a table with values; the sparse d G / d x as rows of centers, atoms,
--- functions, gradients [m x 3]; strain [n x most x 6].
function SymmetryFunctions:differentiate(structure)
  return c.differentiate(self.numbers, self.functions, structure)
end

--- How many functions an element has (all together without one).
function SymmetryFunctions:count(element)
  if element == nil then return #self.functions end
  for i, symbol in ipairs(self.elements) do
    if symbol == element then return self.first[i + 1] - self.first[i] end
  end
  e.argument("element", "descriptors.SymmetryFunctions:count",
    "one of " .. table.concat(self.elements, ", "), element)
end

--- The functions as a list of tables, in their order.
function SymmetryFunctions:list()
  local list = {}
  for i = 1, #self.functions do list[i] = table_of(self.functions, i) end
  return list
end

--- A table.Table with one row a function.
function SymmetryFunctions:table()
  local units = { rs = "Å", rl = "Å", rc = "Å", eta = "1/Å^2", left = "deg", right = "deg" }
  local columns, list = {}, self:list()
  local centers, kinds, neighbours = {}, {}, {}
  for i, f in ipairs(list) do
    centers[i], kinds[i], neighbours[i] = f.center, f.type, table.concat(f.neighbors, " ")
  end
  columns[1] = { name = "center", values = centers }
  columns[2] = { name = "type", values = kinds }
  columns[3] = { name = "neighbors", values = neighbours }
  for _, name in ipairs { "eta", "rs", "lambda", "zeta", "rl", "left", "right", "rc" } do
    columns[#columns + 1] = { name = name, unit = units[name],
      values = self.functions[{ {}, place[name] }]:copy() }
  end
  return require "matinf".table.new(columns)
end

--- The set without the rows for which keep(i) is false.
function M.filtered(self, keep)
  local rows = {}
  for i = 1, #self.functions do
    if keep(i) then rows[#rows + 1] = self.functions[i]:totable() end
  end
  return M.from_rows(self.numbers, rows)
end

--- A smaller set: see descriptors/choose.lua.
function SymmetryFunctions:choose(structures, options)
  return require "matinf.descriptors.choose".choose(self, structures, options)
end

function SymmetryFunctions:__tostring()
  local parts = {}
  for i, symbol in ipairs(self.elements) do
    parts[i] = ("%d of %s"):format(self.first[i + 1] - self.first[i], symbol)
  end
  return ("%d symmetry functions (%s), cutoff %.4g Å"):format(#self.functions,
    table.concat(parts, ", "), self.cutoff)
end

M.SymmetryFunctions = SymmetryFunctions
return M
