-- Paths of least energy and saddles: elastic bands between two minima, dimers from one.

local c = require "matinf.c.md"
local e = require "matinf.error"
local store = require "matinf.store"
local relax = require "matinf.md.relax"
local arguments = require "matinf.arguments"

local M = {}

-- ---- elastic bands ------------------------------------------------------------------------------

local Band = store.class("md.Band", {
  nxdata = { signal = "energies", axes = { "distances" },
    units = { energies = "eV", distances = "angstrom", slopes = "eV/angstrom" } } })

-- The images [images x n x 3] of a list of structures.
local function path_of(list)
  if list == nil then return nil end
  if type(list) ~= "table" or #list == 0 then
    e.argument("path", "md.neb", "list of structures", list)
  end
  local rows = {}
  for i, structure in ipairs(list) do
    arguments.structure(structure, "path", "md.neb")
    rows[i] = structure.positions:reshape(1, #structure, 3)
  end
  return require "matinf".array.concatenate(rows)
end

--- The path of least energy from one minimum to another, and the saddle on it.
function M.neb(first, last, options)
  local given = e.options(options, "md.neb", { "potential", "images", "spring", "tangent", "climb",
    "climb_at", "idpp", "force", "iterations", "path" })
  local path = path_of(given.path)
  local images = path and path.shape[1] or given.images
  local result = c.neb(first, last, given.potential, { images = images, spring = given.spring,
    tangent = given.tangent, climb = given.climb, climb_at = given.climb_at, idpp = given.idpp,
    force = given.force, iterations = given.iterations }, path)
  local positions, list = result.positions, {}
  for k = 1, positions.shape[1] do
    list[k] = relax.moved(first, positions[k]:copy(), nil, result.energies[k])
  end
  result.positions, result.images = nil, list
  result.saddle = list[result.highest]
  result.barrier = result.energies[result.highest] - result.energies[1]
  result.barrier_back = result.energies[result.highest] - result.energies[-1]
  return setmetatable(result, Band)
end

-- The cubic between two images with their energies and slopes, at the share u of the way.
local function hermite(self, k, u)
  local width = self.distances[k + 1] - self.distances[k]
  local a, b = self.energies[k], self.energies[k + 1]
  local p, q = self.slopes[k] * width, self.slopes[k + 1] * width
  return a + u * (p + u * (3 * (b - a) - 2 * p - q + u * (2 * (a - b) + p + q)))
end

--- Energies along the path: cubics through the images with their slopes.
function Band:curve(points)
  local x, y = {}, {}
  points = arguments.positive_integer(points, "points", "md.Band:curve", 20)
  for k = 1, #self.images - 1 do
    for t = 0, points - 1 do
      local u = t / points
      x[#x + 1] = self.distances[k] + u * (self.distances[k + 1] - self.distances[k])
      y[#y + 1] = hermite(self, k, u)
    end
  end
  x[#x + 1], y[#y + 1] = self.distances[-1], self.energies[-1]
  local array = require "matinf".array
  return array(x), array(y)
end

--- A table.Table: one row an image.
function Band:table()
  local array = require "matinf".array
  return require "matinf".table.new {
    { name = "image", values = array.arange(#self.images) },
    { name = "distance", unit = "Å", values = self.distances },
    { name = "energy", unit = "eV", values = self.energies - self.energies[1] },
    { name = "slope", unit = "eV/Å", values = self.slopes } }
end

--- A figure of the energy along the path.
function Band:plot()
  local figure = require "matinf".plot.figure {
    x = { label = "Distance along the path", unit = "Å" }, y = { label = "Energy", unit = "eV" } }
  local x, y = self:curve()
  figure:line(x, y - self.energies[1])
  figure:points(self.distances, self.energies - self.energies[1], { label = "images" })
  return figure
end

function Band:__tostring()
  local head = "%s after %d iterations (%d evaluations), largest force %.2g eV/Å\n"
    .. "  barrier %.6f eV, back %.6f eV, at image %d of %d"
  return head:format(self.converged and "converged" or "not converged", self.iterations,
    self.evaluations, self.force, self.barrier, self.barrier_back, self.highest, #self.images)
end

-- ---- dimers -------------------------------------------------------------------------------------

local Saddle = store.class("md.Saddle", {})

-- A random direction of one atom and, less, of its surroundings, or of all atoms.
local function random_mode(structure, given)
  local m = require "matinf"
  local generator = m.random.generator { seed = given.seed or 1 }
  local mode = generator:normal { #structure, 3 }
  if not given.atom then return mode end
  local i = given.atom
  if math.type(i) ~= "integer" or i < 1 or i > #structure then
    e.argument("atom", "md.dimer", ("atom from 1 to %d"):format(#structure), i)
  end
  local radius = arguments.number(given.radius, "radius", "md.dimer", 4)
  local neighbours = structure:neighbours { cutoff = radius }
  local weight = m.array.zeros(#structure, 1)
  weight[{ i, 1 }] = 1
  for k = neighbours.first[i], neighbours.first[i + 1] - 1 do
    weight[{ neighbours.index[k], 1 }] = math.exp(-(neighbours.distances[k] / 2) ^ 2)
  end
  return mode * weight
end

local function mode_of(value, n)
  local mode = e.attempt(require "matinf".array.from, value, { dtype = "f64" })
  if not mode or mode.ndim ~= 2 or mode.shape[1] ~= n or mode.shape[2] ~= 3 then
    e.argument("mode", "md.dimer", ("array [%d x 3]"):format(n), value)
  end
  return mode
end

--- A saddle of first order near the structure, found by the dimer method.
function M.dimer(structure, options)
  local given = e.options(options, "md.dimer", { "potential", "mode", "atom", "radius", "push",
    "seed", "separation", "force", "iterations" })
  arguments.structure(structure, "structure", "md.dimer")
  local mode = given.mode ~= nil and mode_of(given.mode, #structure)
    or random_mode(structure, given)
  local push = arguments.number(given.push, "push", "md.dimer", 0.3)
  local length = (mode * mode):sum() ^ 0.5
  local start = relax.moved(structure, structure.positions + mode * (push / length))
  local result = c.dimer(start, given.potential, { separation = given.separation,
    force = given.force, iterations = given.iterations }, mode)
  result.structure = relax.moved(structure, result.positions, nil, result.energy)
  result.positions = nil
  return setmetatable(result, Saddle)
end

function Saddle:__tostring()
  local head = "saddle, %s after %d iterations (%d evaluations): energy %.8g eV, "
    .. "curvature %.4g eV/Å^2, largest force %.2g eV/Å"
  return head:format(self.converged and "converged" or "not converged", self.iterations,
    self.evaluations, self.energy, self.curvature, self.force)
end

M.Band, M.Saddle = Band, Saddle
return M
