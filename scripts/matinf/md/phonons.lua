-- Harmonic vibrations: frequencies at q, along paths, on meshes; densities of states.

local c = require "matinf.c.md"
local e = require "matinf.error"
local store = require "matinf.store"
local arguments = require "matinf.arguments"

local M = {}
local Phonons = store.class("md.Phonons", {})

local factors = { THz = 1, ["cm-1"] = 33.3564095, meV = 4.135667696 }

local function factor_of(unit, called)
  unit = unit or "THz"
  return factors[unit] or e.argument("unit", called, '"THz", "cm-1" or "meV"', unit), unit
end

-- The kernel is made again when a stored instance is used.
local function kernel_of(self)
  local n = self.cells
  self.kernel = self.kernel or c.phonons(self.structure, self.potential,
    { repeat_a = n[1], repeat_b = n[2], repeat_c = n[3], step = self.step })
  return self.kernel
end

--- Force constants of a relaxed structure by finite displacements in a supercell.
function M.phonons(structure, options)
  local given = e.options(options, "md.phonons", { "potential", "repeat", "step" })
  local n = arguments.three(given["repeat"], "repeat", "md.phonons", 1)
  local step = arguments.number(given.step, "step", "md.phonons", 1e-3)
  local kernel, asymmetry = c.phonons(structure, given.potential,
    { repeat_a = n[1], repeat_b = n[2], repeat_c = n[3], step = step })
  return setmetatable({ structure = structure, potential = given.potential, cells = n, step = step,
    asymmetry = asymmetry, kernel = kernel }, Phonons)
end

function Phonons:to_store()
  return { structure = self.structure, potential = self.potential, cells = self.cells,
    step = self.step, asymmetry = self.asymmetry }
end

--- Frequencies [k x 3 n] at the points q [k x 3] (in reciprocal vectors); imaginary ones negative.
function Phonons:frequencies(q, options)
  local given = e.options(options, "md.Phonons:frequencies", { "unit" })
  local factor = factor_of(given.unit, "md.Phonons:frequencies")
  return c.frequencies(kernel_of(self), q) * factor
end

--- Frequencies [3 n] and mass-weighted normal modes [3 n x 3 n] (columns) at q = 0.
function Phonons:modes(options)
  local given = e.options(options, "md.Phonons:modes", { "unit" })
  local frequencies, vectors = c.modes(kernel_of(self))
  return frequencies * factor_of(given.unit, "md.Phonons:modes"), vectors
end

-- Points of a mesh, shifted to be symmetric about q = 0.
local function mesh_points(mesh)
  mesh = arguments.three(mesh, "mesh", "md.Phonons:dos", 8)
  if mesh[1] * mesh[2] * mesh[3] > 1e7 then
    e.argument("mesh", "md.Phonons:dos", "at most 1e7 points", mesh[1] * mesh[2] * mesh[3])
  end
  local function along(i, n) return (2 * i - n - 1) / (2 * n) end
  local list = {}
  for i = 1, mesh[1] do
    for j = 1, mesh[2] do
      for k = 1, mesh[3] do
        list[#list + 1] = { along(i, mesh[1]), along(j, mesh[2]), along(k, mesh[3]) }
      end
    end
  end
  return list
end

--- Density of states on a mesh of q, broadened by Gaussians: frequencies and states per frequency,
--- whose integral is 3 n.
function Phonons:dos(options)
  local given = e.options(options, "md.Phonons:dos", { "mesh", "width", "points", "unit" })
  local factor = factor_of(given.unit, "md.Phonons:dos")
  local array = require "matinf".array
  local points = mesh_points(given.mesh)
  local f = c.frequencies(kernel_of(self), points):reshape(-1) * factor
  local width = arguments.number(given.width, "width", "md.Phonons:dos", 0.1 * factor)
  local count = arguments.positive_integer(given.points, "points", "md.Phonons:dos", 500)
  if width <= 0 then e.argument("width", "md.Phonons:dos", "positive number", width) end
  local x = array.linspace(math.min(0, f:min()) - 5 * width, f:max() + 5 * width, count)
  local y = array.zeros(#x)
  local scale = 1 / (#points * width * math.sqrt(2 * math.pi))
  for _, frequency in pairs(f) do
    y = y + (((x - frequency) / width) ^ 2 * -0.5):exp() * scale
  end
  return x, y
end

local function point_of(value)
  local point = e.attempt(require "matinf".array.from, value, { dtype = "f64" })
  if not point or point.ndim ~= 1 or #point ~= 3 then
    e.argument("points", "md.Phonons:path", "points of three numbers", value)
  end
  return point
end

--- Frequencies along straight lines between points: distances (in 1/Å), frequencies [k x 3 n].
function Phonons:path(points, options)
  local given = e.options(options, "md.Phonons:path", { "each", "unit" })
  local m = require "matinf"
  local each = arguments.positive_integer(given.each, "each", "md.Phonons:path", 50)
  if type(points) ~= "table" or #points < 2 then
    e.argument("points", "md.Phonons:path", "list of 2 or more points", points)
  end
  local reciprocal = m.linalg.inverse(self.structure.cell):transpose() * (2 * math.pi)
  local q, distance, total = {}, {}, 0
  for s = 1, #points - 1 do
    local a, b = point_of(points[s]), point_of(points[s + 1])
    local length = m.linalg.norm(m.linalg.matmul((b - a):reshape(1, 3), reciprocal))
    for t = s == 1 and 0 or 1, each do
      q[#q + 1] = (a + (b - a) * (t / each)):totable()
      distance[#distance + 1] = total + length * t / each
    end
    total = total + length
  end
  return m.array(distance), self:frequencies(q, { unit = given.unit })
end

--- A figure: the bands along a path, or the density of states when there is none.
function Phonons:plot(points, options)
  local plot = require "matinf".plot
  local _, unit = factor_of(type(options) == "table" and options.unit or nil, "md.Phonons:plot")
  if points == nil then
    local figure = plot.figure { x = { label = "Frequency", unit = unit },
      y = { label = "States", unit = "1/" .. unit } }
    return figure:line(self:dos(options)) or figure
  end
  local figure = plot.figure { x = { label = "Wave vector", unit = "1/Å" },
    y = { label = "Frequency", unit = unit } }
  local x, f = self:path(points, options)
  for k = 1, f.shape[2] do figure:line(x, f[{ {}, k }]) end
  return figure
end

function Phonons:__tostring()
  local f = self:frequencies({ { 0, 0, 0 } })[1]
  local imaginary = 0
  for _, value in pairs(f) do imaginary = imaginary + (value < -1e-3 and 1 or 0) end
  local head = "phonons of %s, supercell %d x %d x %d: at Gamma %d modes, %.6g to %.6g THz, "
    .. "%d imaginary"
  return head:format(self.structure:formula(), self.cells[1], self.cells[2], self.cells[3], #f,
    f:min(), f:max(), imaginary)
end

M.Phonons = Phonons
return M
