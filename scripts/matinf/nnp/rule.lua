-- Symmetry functions for structures by rule: nothing in it depends on the elements but through the
-- distances of their atoms.
--
--   cutoff    the radius within which an atom of these structures has NEIGHBOURS others on average:
--             what a potential can see, and what it costs, is then alike for all substances
--   nearest   the grid of distances starts at a part of the closest distance of two atoms, so that
--             closer ones, which a simulation will meet, are still seen

local e = require "matinf.error"

local M = {}

local called = "nnp.descriptors"
local NEIGHBOURS, FARTHEST, CLOSER = 32, 7.0, 0.75
local LOOKED_AT = 20 -- structures, at most, for the cutoff

-- Distances of all neighbours in some of the structures, rising, and the number of atoms there.
local function distances_of(structures, cutoff, step)
  local list, atoms = {}, 0
  for i = 1, #structures, step do
    local distances = structures[i]:neighbours { cutoff = cutoff }.distances
    if #distances > 0 then list[#list + 1] = distances end
    atoms = atoms + #structures[i]
  end
  if #list == 0 then
    e.fail("data", "%s: no two atoms are within %g Å of each other", called, cutoff)
  end
  return require "matinf".array.concatenate(list):sort(), atoms
end

local function cutoff_of(structures)
  local distances, atoms =
    distances_of(structures, FARTHEST, math.max(1, #structures // LOOKED_AT))
  local place = NEIGHBOURS * atoms
  local cutoff = place < #distances and distances[place] or FARTHEST
  return math.floor(10 * cutoff + 0.5) / 10
end

local function symbols_of(structures)
  local symbols, seen = {}, {}
  for _, s in ipairs(structures) do
    for _, symbol in ipairs(s:symbols()) do
      if not seen[symbol] then symbols[#symbols + 1] = symbol end
      seen[symbol] = true
    end
  end
  return symbols
end

-- Functions of one scheme.
local function part(o, scheme, radial, angular)
  return require "matinf".descriptors.symmetry_functions { elements = o.elements,
    cutoff = o.cutoff, nearest = o.nearest, scheme = scheme, radial = radial, angular = angular,
    angular_type = 9, zeta = { 1, 2, 4, 16 } }
end

--- The set for the elements of the structures and their distances.
function M.descriptors(structures, options)
  local m = require "matinf"
  local o = e.options(options, called, { "cutoff", "radial", "angular", "centered" })
  require "matinf.nnp.data".check_list(structures, called, 1)
  local cutoff = o.cutoff or cutoff_of(structures)
  if type(cutoff) ~= "number" or not (cutoff > 0 and cutoff <= 100) then
    e.argument("cutoff", called, "number of Å up to 100", cutoff)
  end
  local nearest = math.min(CLOSER * distances_of(structures, cutoff, 1)[1], 0.5 * cutoff)
  local own = { elements = symbols_of(structures), cutoff = cutoff, nearest = nearest }
  local shells = part(own, "shells", o.radial or 10, o.angular or 48)
  if (o.centered or 0) == 0 then return shells end
  local list = shells:list()
  for _, f in ipairs(part(own, "centered", 0, o.centered):list()) do list[#list + 1] = f end
  return m.descriptors.symmetry_functions { elements = own.elements, functions = list }
end

return M
