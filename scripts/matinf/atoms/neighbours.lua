-- The class atoms.Neighbours: for each atom, all others (and images) closer than a cutoff.
--
-- Fields: cutoff (Å), first [n + 1], index, images, vectors, distances: the neighbours of atom i
-- are the rows first[i] to first[i + 1] - 1. vectors are from i to j, images count the cells
-- between.

local c = require "matinf.c.atoms"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Neighbours = store.class("atoms.Neighbours", {})

function M.of(structure, options)
  if type(options) ~= "table" or type(options.cutoff) ~= "number" then
    e.argument("options", "atoms.Structure:neighbours", "table with cutoff", options)
  end
  return setmetatable(c.neighbours(structure, options), Neighbours)
end

--- How many neighbours each atom has.
function Neighbours:count() return self.first:diff() end

--- The neighbours of atom i: arrays index, images, vectors, distances.
function Neighbours:of(i)
  local n = #self.first - 1
  if math.type(i) ~= "integer" or i < 1 or i > n then
    e.argument("i", "atoms.Neighbours:of", ("atom from 1 to %d"):format(n), i)
  end
  local from, to, found = self.first[i], self.first[i + 1] - 1, {}
  for _, name in ipairs { "index", "images", "vectors", "distances" } do
    local all = self[name]
    found[name] = to >= from and all[{ { from, to } }]:copy()
      or require "matinf".array.zeros { 0, all.shape[2] }:astype(all.dtype)
  end
  return found
end

function Neighbours:__tostring()
  local n = #self.first - 1
  return ("neighbours of %d atoms within %.6g Å: %.4g each, closest %.6g Å"):format(n, self.cutoff,
    #self.index / n, #self.index > 0 and self.distances:min() or math.huge)
end

M.Neighbours = Neighbours
return M
