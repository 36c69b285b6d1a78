-- The class analysis.Bonds: which atoms of a structure are bonded, by distance.
--
-- Fields: first [n + 1], index, images, vectors: the bonds of atom i are the rows first[i] to
-- first[i + 1] - 1; every bond stands with both of its atoms. symbols: the elements present; of:
-- the element of each atom, as its place in symbols from 0; cutoffs: map "Si-O" -> Å.

local c = require "matinf.c.analysis"
local e = require "matinf.error"
local kinds_of = require "matinf.analysis.kinds"
local store = require "matinf.store"

local M = {}
local Bonds = store.class("analysis.Bonds", {})

-- The kinds as kinds.lua makes them, from the fields of bonds.
local function kinds(self)
  local index = {}
  for k, symbol in ipairs(self.symbols) do index[symbol] = k - 1 end
  return { symbols = self.symbols, of = self.of, index = index }
end

-- 1.2 times the sum of covalent radii: what most programs call a bond.
local function usual_cutoff(a, b)
  local elements = require "matinf".elements
  local p, q = elements.get(a).covalent_radius, elements.get(b).covalent_radius
  if not (p and q) then
    e.fail("argument", "analysis.bonds: no covalent radius of %s; give cutoff[\"%s-%s\"] in Å",
      p and b or a, a, b)
  end
  return 1.2 * (p + q)
end

local function given_cutoff(cutoff, a, b)
  local one, other = cutoff[a .. "-" .. b], cutoff[b .. "-" .. a]
  return one or other or 0
end

local function check_names(cutoff, known)
  for name, value in pairs(cutoff) do
    kinds_of.parse(known, name, 2, "analysis.bonds")
    if type(value) ~= "number" or not (value >= 0) then
      e.argument("cutoff of " .. name, "analysis.bonds", "length in Å", value)
    end
  end
end

-- The matrix of cutoffs, and the map by names.
local function cutoffs_of(cutoff, known)
  if type(cutoff) == "table" then check_names(cutoff, known) end
  if cutoff ~= nil and type(cutoff) ~= "table" and type(cutoff) ~= "number" then
    e.argument("cutoff", "analysis.bonds", 'length in Å, or a table such as {["Si-O"] = 2.2}',
      cutoff)
  end
  local matrix, names = {}, {}
  for i, a in ipairs(known.symbols) do
    matrix[i] = {}
    for j, b in ipairs(known.symbols) do
      local value = type(cutoff) == "number" and cutoff
        or cutoff and given_cutoff(cutoff, a, b) or usual_cutoff(a, b)
      matrix[i][j] = value
      if j >= i then names[a .. "-" .. b] = value end
    end
  end
  return require "matinf".array(matrix, { dtype = "f64" }), names
end

--- The bonds of a structure: pairs nearer than options.cutoff.
function M.of(structure, options)
  local called = "analysis.bonds"
  local given = e.options(options, called, { "cutoff" })
  local known = kinds_of.of(structure, called)
  local matrix, names = cutoffs_of(given.cutoff, known)
  local self = c.bonds(structure, known.of, matrix)
  self.symbols, self.of, self.cutoffs = known.symbols, known.of, names
  return setmetatable(self, Bonds)
end

--- How many bonds each atom has: to all, or to atoms of one element.
function Bonds:count(symbol)
  if symbol == nil then return self.first:diff() end
  local wanted = kinds_of.parse(kinds(self), symbol, 1, "analysis.Bonds:count")
  local first, index, of, counts = self.first, self.index, self.of, {}
  for i = 1, #of do
    local count = 0
    for b = first[i], first[i + 1] - 1 do
      if of[index[b]] == wanted then count = count + 1 end
    end
    counts[i] = count
  end
  return require "matinf".array(counts, { dtype = "i64" })
end

--- A table: how many atoms of each element have 0, 1, 2, ... bonds, and the mean.
function Bonds:coordination()
  local m = require "matinf"
  local number, rows = self:count(), {}
  for k, symbol in ipairs(self.symbols) do
    for i = 1, #self.of do
      if self.of[i] == k - 1 then
        local row = rows[number[i]] or {}
        row[symbol] = (row[symbol] or 0) + 1
        rows[number[i]] = row
      end
    end
  end
  local bonds = {}
  for count in pairs(rows) do bonds[#bonds + 1] = count end
  table.sort(bonds)
  local columns = { { name = "bonds", values = bonds } }
  for _, symbol in ipairs(self.symbols) do
    local values = {}
    for i, count in ipairs(bonds) do values[i] = rows[count][symbol] or 0 end
    columns[#columns + 1] = { name = symbol, values = values }
  end
  return m.table.new(columns)
end

-- Of the two directions of a bond between an atom and its own image, one points up.
local function points_up(images, row)
  for k = 1, 3 do
    local step = images[{ row, k }]
    if step ~= 0 then return step > 0 end
  end
end

-- The row of each bond between kinds a and b, once for both of its directions.
local function rows_between(self, a, b)
  local first, index, of, rows = self.first, self.index, self.of, {}
  for i = 1, #of do
    for row = first[i], first[i + 1] - 1 do
      local other = of[index[row]]
      local once = a ~= b or index[row] > i or index[row] == i and points_up(self.images, row)
      if of[i] == a and other == b and once then rows[#rows + 1] = row end
    end
  end
  return rows
end

--- Lengths (Å) of the bonds between two elements, each bond once.
function Bonds:lengths(name)
  local a, b = kinds_of.parse(kinds(self), name, 2, "analysis.Bonds:lengths")
  local rows = rows_between(self, a, b)
  if #rows == 0 then return require "matinf".array.zeros(0) end
  return self.vectors:select(rows):square():sum(2):sqrt()
end

--- Angles (degrees) between bonds: "O-Si-O" are those at silicon.
function Bonds:angles(name)
  local a, b, d = kinds_of.parse(kinds(self), name, 3, "analysis.Bonds:angles")
  return c.angles(self, self.of, a, b, d)
end

--- Rings of the network.
function Bonds:rings(options) return require "matinf.analysis.rings".of(self, options) end

function Bonds:__tostring()
  local lines, names = {}, {}
  for name, cutoff in pairs(self.cutoffs) do
    if cutoff > 0 then names[#names + 1] = ("%s %.4g Å"):format(name, cutoff) end
  end
  table.sort(names)
  lines[1] = ("%d bonds of %d atoms, nearer than %s"):format(#self.index // 2, #self.of,
    table.concat(names, ", "))
  lines[2] = tostring(self:coordination())
  return table.concat(lines, "\n")
end

M.Bonds = Bonds
return M
