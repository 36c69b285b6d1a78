-- A map of spectra as a few curves times scores, for looking: principal components, and factors
-- that are nowhere negative. Neither knows peaks; how many there are, and what they mean, is for
-- spectra.fit.
--
--   pca   y = mean + scores loadings: the orthonormal curves along which spectra vary most, found
--         from the eigenvectors of the smaller of y y' and y' y. With scale = "counts" points and
--         spectra are divided by the root of their mean first, so that Poisson noise is the same
--         everywhere (Keenan and Kotula, Surf. Interface Anal. 36, 203 (2004)): noise alone then
--         has variances up to about (1 + sqrt(n / m))^2, the field `edge` (Marchenko and Pastur).
--   nmf   y = scores loadings, all >= 0, of least squares, by hierarchical alternating least
--         squares (Cichocki and Phan, IEICE Trans. E92-A, 708 (2009)) from random curves.

local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Factors = store.class("spectra.Factors", {})

local TINY, ROUNDING = 1e-300, 2 ^ -50

local function matrix_of(y, called)
  local array = require "matinf".array.from(y, { dtype = "f64" })
  if #array.shape ~= 2 or array.shape[1] < 2 or array.shape[2] < 2 then
    e.argument("y", called, "array [m x n] of m >= 2 spectra of n >= 2 points", y)
  end
  if not (array:abs():max() < math.huge) then e.argument("y", called, "finite intensities", y) end
  return array
end

local function count_of(value, y, called)
  local most = math.min(y.shape[1], y.shape[2])
  if math.type(value) ~= "integer" or value < 1 or value > most then
    e.argument("components", called, ("integer from 1 to %d"):format(most), value)
  end
  return value
end

-- ---- principal components -----------------------------------------------------------------------

-- Roots of the mean of each row and column; 1 where there is nothing to divide by.
local function weights_of(y, scale)
  local m = require "matinf"
  if scale == nil then return m.array.ones(y.shape[1]), m.array.ones(y.shape[2]) end
  if scale ~= "counts" then e.argument("scale", "spectra.pca", '"counts"', scale) end
  if y:min() < 0 then
    e.argument("y", "spectra.pca", 'intensities >= 0 for scale = "counts"', y:min())
  end
  local rows, columns, mean = y:mean(2), y:mean(1), math.max(y:mean(), TINY)
  local function root(v) return m.array.where(v:gt(0), (v / math.sqrt(mean)), 1):sqrt() end
  return root(rows), root(columns)
end

-- Loadings [r x n] of unit length, 0 where only rounding is left to describe; the largest value of
-- each is positive.
local function loadings_of(y, r)
  local m = require "matinf"
  local wide = y.shape[1] < y.shape[2]
  local square = wide and m.linalg.matmul(y, y:T()) or m.linalg.matmul(y:T(), y)
  local values, vectors = m.linalg.eigh(square)
  local n = #values
  local loadings = vectors[{ {}, { n - r + 1, n } }]:flip(2)
  if wide then loadings = m.linalg.matmul(y:T(), loadings) end
  loadings = loadings:T():copy()
  for k = 1, r do
    local row = loadings[k]
    local sign = row[row:abs():argmax()] < 0 and -1 or 1
    if values[n + 1 - k] < n * ROUNDING * values[n] then sign = 0 end
    loadings[k] = row * (sign / math.max(math.sqrt((row * row):sum()), TINY))
  end
  return loadings, values:flip(1)[{ { 1, r } }] / (y.shape[1] - 1), values:sum() / (y.shape[1] - 1)
end

--- Principal components of a map y [m x n] of spectra.
function M.pca(y, options)
  local called, m = "spectra.pca", require "matinf"
  local o = e.options(options, called, { "components", "scale" })
  y = matrix_of(y, called)
  local r = count_of(o.components or math.min(6, y.shape[1], y.shape[2]), y, called)
  local rows, columns = weights_of(y, o.scale)
  local scaled = y / rows:reshape { #rows, 1 } / columns:reshape { 1, #columns }
  local mean = scaled:mean(1)
  local rest = scaled - mean:reshape { 1, #mean }
  local loadings, variance, total = loadings_of(rest, r)
  local scores = m.linalg.matmul(rest, loadings:T())
  return setmetatable({ kind = "pca", components = r, scale = o.scale, mean = mean * columns,
    scores = scores * rows:reshape { #rows, 1 }, rows = rows,
    loadings = loadings * columns:reshape { 1, #columns },
    variance = variance, edge = o.scale and (1 + math.sqrt(y.shape[2] / y.shape[1])) ^ 2 or nil,
    share = variance / math.max(total, TINY) }, Factors)
end

-- ---- factors that are not negative --------------------------------------------------------------

-- One round of updates of the columns of w for y = w h, from a = y h' and b = h h'.
local function update(w, a, b)
  local m = require "matinf"
  for k = 1, w.shape[2] do
    local column = w[{ {}, k }]
    local left = a[{ {}, k }] - m.linalg.matmul(w, b[{ {}, k }]:copy())
    local step = left / math.max(b[{ k, k }], TINY)
    w[{ {}, k }] = (column + step):clip(0, math.huge)
  end
end

local function climb(y, w, h, iterations, tolerance)
  local m = require "matinf"
  local mul = m.linalg.matmul
  local whole, before = (y * y):sum(), math.huge
  for i = 1, iterations do
    update(w, mul(y, h), mul(h:T(), h))
    local a, b = mul(y:T(), w), mul(w:T(), w)
    update(h, a, b)
    local left = whole - 2 * (a * h):sum() + (b * mul(h:T(), h)):sum()
    if before - left <= tolerance * math.max(whole, TINY) then return left / whole, i, true end
    before = left
  end
  return before / whole, iterations, false
end

-- Loadings of sum 1, so that scores are intensities; the strongest first.
local function in_order(w, h)
  local m = require "matinf"
  local sums = h:sum(1):clip(TINY, math.huge)
  h, w = h / sums:reshape { 1, #sums }, w * sums:reshape { 1, #sums }
  local order = (w:sum(1) * -1):argsort()
  return w:select(order, 2), h:select(order, 2):T():copy()
end

--- Non-negative factors of a map y [m x n] of spectra.
function M.nmf(y, options)
  local called, m = "spectra.nmf", require "matinf"
  local o = e.options(options, called, { "components", "seed", "iterations", "tolerance" })
  y = matrix_of(y, called)
  if y:min() < 0 or y:max() == 0 then
    e.argument("y", called, "intensities >= 0, not all 0", y:min())
  end
  local r = count_of(o.components or 2, y, called)
  local function integer(name, otherwise, least)
    local value = o[name] == nil and otherwise or o[name]
    if math.type(value) ~= "integer" or value < least then
      e.argument(name, called, ("integer >= %d"):format(least), value)
    end
    return value
  end
  local seed, iterations = integer("seed", 1, 0), integer("iterations", 500, 1)
  local tolerance = o.tolerance or 1e-7
  if type(tolerance) ~= "number" or not (tolerance >= 0) then
    e.argument("tolerance", called, "number >= 0", tolerance)
  end
  local rng = m.random.generator { seed = seed, stage = called }
  local w = rng:uniform { y.shape[1], r }
  local h = rng:uniform { y.shape[2], r } * y:mean(1):reshape { y.shape[2], 1 }
  local left, used, converged = climb(y, w, h, iterations, tolerance)
  local scores, loadings = in_order(w, h)
  return setmetatable({ kind = "nmf", components = r, seed = seed, scores = scores,
    loadings = loadings, residual = math.sqrt(math.max(left, 0)), iterations = used,
    converged = converged }, Factors)
end

-- ---- the class ----------------------------------------------------------------------------------

--- The map [m x n] that the factors describe.
function Factors:reconstruct()
  local product = require "matinf".linalg.matmul(self.scores, self.loadings)
  if not self.mean then return product end
  return product + require "matinf".linalg.matmul(self.rows:reshape { #self.rows, 1 },
    self.mean:reshape { 1, #self.mean })
end

--- The loadings as curves over energies x (an array, or a spectrum that has them); saved when a path
--- is given.
function Factors:plot(x, path)
  local m = require "matinf"
  local axis = { label = "Energy" }
  if getmetatable(x) == m.spectra.Spectrum then x, axis = x.x, x:axis() end
  x = m.array.from(x, { dtype = "f64" })
  if #x ~= self.loadings.shape[2] then
    e.argument("x", "spectra.Factors:plot", ("%d energies"):format(self.loadings.shape[2]), x)
  end
  local figure = m.plot.figure { x = axis, y = { label = "Loading" } }
  for k = 1, self.components do
    local label = self.share and ("%d (%.3g %%)"):format(k, 100 * self.share[k]) or tostring(k)
    figure:line(x, self.loadings[k]:copy(), { label = label })
  end
  if path then figure:save(path) end
  return figure
end

function Factors:__tostring()
  local shape = ("%d x %d"):format(self.scores.shape[1], self.loadings.shape[2])
  if self.kind == "nmf" then
    local text = "%d non-negative factors of a map %s, relative residual %.3g, %s after %d rounds"
    return text:format(self.components, shape, self.residual,
      self.converged and "converged" or "stopped", self.iterations)
  end
  local words = {}
  for k = 1, self.components do words[k] = ("%.3g"):format(100 * self.share[k]) end
  return ("%d principal components of a map %s: %s %% of the variance"):format(self.components,
    shape, table.concat(words, ", "))
end

M.Factors = Factors
return M
