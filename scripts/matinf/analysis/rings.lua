-- The class analysis.Rings: the rings of a network of bonds.
--
-- Fields: criterion, largest, counted (the element whose atoms make the size; nil: all), sizes
-- [rings], first [rings + 1] and atoms: ring i goes through atoms[first[i]] to atoms[first[i+1]-1];
-- nodes: how many atoms of the structure count.

local c = require "matinf.c.analysis"
local e = require "matinf.error"
local kinds_of = require "matinf.analysis.kinds"
local store = require "matinf.store"

local M = {}
local Rings = store.class("analysis.Rings", {})

-- 1 for atoms of the element, and how many they are.
local function mask_of(bonds, symbol)
  if symbol == nil then return nil, #bonds.of end
  local index = {}
  for k, name in ipairs(bonds.symbols) do index[name] = k - 1 end
  local kind = kinds_of.parse({ symbols = bonds.symbols, index = index }, symbol, 1,
    "analysis.Bonds:rings")
  local mask = bonds.of:eq(kind)
  return mask, mask:astype("i64"):sum()
end

function M.of(bonds, options)
  local given = e.options(options, "analysis.Bonds:rings", { "criterion", "largest", "count" })
  local mask, nodes = mask_of(bonds, given.count)
  local self = c.rings(bonds, mask, { criterion = given.criterion, largest = given.largest })
  self.criterion, self.largest = given.criterion or "king", given.largest or 12
  self.counted, self.nodes = given.count, nodes
  return setmetatable(self, Rings)
end

--- How many rings there are of each size: integers [largest].
function Rings:counts() return self.sizes:bincount(self.largest) end

--- A table: size, number of rings, number for each atom that counts.
function Rings:table()
  local m = require "matinf"
  local counts, size, rings, each = self:counts(), {}, {}, {}
  for n = 3, self.largest do
    size[#size + 1], rings[#rings + 1], each[#each + 1] = n, counts[n], counts[n] / self.nodes
  end
  return m.table.new { { name = "size", values = size }, { name = "rings", values = rings },
    { name = "rings per atom", values = m.array(each, { dtype = "f64" }) } }
end

--- Rings per atom over size, as bars.
function Rings:plot()
  local m = require "matinf"
  local rows = self:table()
  local figure = m.plot.figure { x = { label = "Ring size" },
    y = { label = self.counted and "Rings per " .. self.counted or "Rings per atom" } }
  figure:step(rows:column "size", rows:column "rings per atom", { label = self.criterion })
  return figure
end

function Rings:__tostring()
  return ("%d rings (%s) of up to %d %s\n%s"):format(#self.sizes, self.criterion, self.largest,
    self.counted or "atoms", tostring(self:table()))
end

M.Rings = Rings
return M
