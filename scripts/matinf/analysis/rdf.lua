-- The class analysis.Rdf: radial distribution functions g(r) of pairs of elements.
--
-- Fields: r (middles of the shells, Å), r_max, density (atoms/Å^3), total (g of all atoms), partial
-- (map "Si-O" -> g), coordination (map "Si-O" -> mean number of O around Si up to the end of each
-- shell), fractions (map element -> share), symbols, frames.

local c = require "matinf.c.analysis"
local arguments = require "matinf.arguments"
local e = require "matinf.error"
local frames_of = require "matinf.analysis.frames"
local kinds_of = require "matinf.analysis.kinds"
local store = require "matinf.store"

local M = {}
local Rdf = store.class("analysis.Rdf", {
  nxdata = { signal = "total", axes = { "r" }, units = { r = "Å" } } })

local options_of_rdf = { "r_max", "bins" }

local function volume_of(structure, called)
  local v = structure:volume()
  for k = 1, 3 do
    if not structure.periodic[k] then v = nil end
  end
  if v then return v end
  e.argument("structures", called, "structures periodic along a, b and c (g(r) needs a density)",
    structure)
end

-- Histograms of all frames, added up, with the mean density.
local function accumulate(list, known, r_max, bins, called)
  local sum, density = nil, 0
  for _, structure in ipairs(list) do
    local h = c.pair_histogram(structure, known.of, #known.symbols, r_max, bins)
    sum = sum and sum + h or h
    density = density + #structure / volume_of(structure, called) / #list
  end
  return sum, density
end

local function shares(known)
  local counts, n = known.of:astype("i64"):add(1):bincount(#known.symbols), #known.of
  local list, map = {}, {}
  for k, symbol in ipairs(known.symbols) do
    list[k] = counts[k]
    map[symbol] = counts[k] / n
  end
  return list, map
end

-- The volumes of the shells between bins + 1 radii.
local function shell_volumes(r_max, bins)
  local edge = require "matinf".array.linspace(0, r_max, bins + 1)
  return (edge ^ 3):diff() * (4 * math.pi / 3)
end

--- g(r) of one structure or the mean over several.
function M.of(structures, options)
  local m, called = require "matinf", "analysis.rdf"
  local given = e.options(options, called, options_of_rdf)
  local r_max = arguments.positive(given.r_max, "r_max", called, 10)
  local bins = arguments.positive_integer(given.bins, "bins", called, 200)
  local list = frames_of.of_same_atoms(structures, called)
  local known = kinds_of.of(list[1], called)
  local histogram, density = accumulate(list, known, r_max, bins, called)
  local counts, fractions = shares(known)
  local n, volumes = #list[1], shell_volumes(r_max, bins)
  local self = { r_max = r_max, r = m.array.linspace(0, r_max, bins + 1)[{ { 1, bins } }]
    + 0.5 * r_max / bins, density = density, partial = {}, coordination = {},
    fractions = fractions, symbols = known.symbols, frames = #list }
  local all = m.array.zeros(bins)
  for a, first in ipairs(known.symbols) do
    for b, second in ipairs(known.symbols) do
      local each = histogram[{ a, b }]:astype "f64" / (counts[a] * #list)
      all = all + each * (counts[a] / n)
      self.coordination[first .. "-" .. second] = each:cumsum()
      if b >= a then
        self.partial[first .. "-" .. second] = each / (volumes * (density * counts[b] / n))
      end
    end
  end
  self.total = all / (volumes * density)
  return setmetatable(self, Rdf)
end

--- Position (Å) and height of the highest maximum of a pair: the vertex of the parabola through it.
function Rdf:peak(name)
  local g = name and self.partial[name] or self.total
  local at = g:argmax()
  if at == 1 or at == #g then return self.r[at], g[at] end
  local p, q, s = g[at - 1], g[at], g[at + 1]
  local bend, step = p - 2 * q + s, self.r[2] - self.r[1]
  local shift = bend ~= 0 and 0.5 * (p - s) / bend or 0
  return self.r[at] + shift * step, q - 0.25 * (p - s) * shift
end

-- Å for each pair in alphabetical order.
local function names(self)
  local list = {}
  for name in pairs(self.partial) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The scattering length of each element, 1 where none is given.
local function scattering_lengths(self, given, called)
  if given ~= nil and type(given) ~= "table" then
    e.argument("weights", called, "map from element to scattering length", given)
  end
  local lengths = {}
  for _, symbol in ipairs(self.symbols) do
    lengths[symbol] = arguments.number(given and given[symbol], "weights." .. symbol, called, 1)
  end
  return lengths
end

--- Faber-Ziman structure factors: { q =, total =, partial = map }; the total is weighted by
--- fractions and by options.weights (map element -> scattering length; 1 for all).
function Rdf:structure_factor(options)
  local m, called = require "matinf", "analysis.Rdf:structure_factor"
  local given = e.options(options, called, { "q_max", "points", "window", "weights" })
  local window = given.window or "lorch"
  if window ~= "lorch" and window ~= "none" then
    e.argument("window", called, '"lorch" or "none"', window)
  end
  local points = arguments.positive_integer(given.points, "points", called, 300)
  local q_max = arguments.positive(given.q_max, "q_max", called, 15)
  local q = m.array.linspace(q_max / points, q_max, points)
  local result = { q = q, partial = {}, window = window }
  local weights = scattering_lengths(self, given.weights, called)
  local mean, total = 0, m.array.zeros(points)
  for _, a in ipairs(self.symbols) do mean = mean + self.fractions[a] * weights[a] end
  if mean == 0 then e.argument("weights", called, "lengths whose mean is not 0", mean) end
  for i, a in ipairs(self.symbols) do
    for j = i, #self.symbols do
      local b = self.symbols[j]
      local s = c.structure_factor(self.partial[a .. "-" .. b], self.r_max, self.density, q,
        window == "lorch")
      local weight = (i == j and 1 or 2) * self.fractions[a] * self.fractions[b]
        * weights[a] * weights[b] / mean ^ 2
      result.partial[a .. "-" .. b] = s
      total = total + (s - 1) * weight
    end
  end
  result.total = total + 1
  return result
end

--- g(r) of every pair of elements, and of all atoms.
function Rdf:plot()
  local m = require "matinf"
  local figure = m.plot.figure { x = { label = "r", unit = "Å" }, y = { label = "g(r)" } }
  for _, name in ipairs(names(self)) do
    figure:line(self.r, self.partial[name], { label = name })
  end
  if #self.symbols > 1 then figure:line(self.r, self.total, { label = "all", style = "dashed" }) end
  return figure
end

function Rdf:__tostring()
  local lines = { ("g(r) up to %.4g Å, %d frame%s, %.5g atoms/Å^3"):format(self.r_max, self.frames,
    self.frames == 1 and "" or "s", self.density) }
  for _, name in ipairs(names(self)) do
    lines[#lines + 1] = ("  %-8s highest at %.4f Å (%.4g)"):format(name, self:peak(name))
  end
  return table.concat(lines, "\n")
end

M.Rdf = Rdf
return M
