-- What follows from a fit: profile likelihoods, time constants and capacitances with errors.
--
-- A resistor and a CPE in parallel have the time constant tau = (R Q)^(1/a) and stand for
--   Hsu and Mansfeld   C = Q^(1/a) R^(1/a - 1)                      (a distribution through a film)
--   Brug               C = Q^(1/a) (1/Rs + 1/R)^(1 - 1/a)           (a distribution on a surface)
-- with Rs the resistors in series with it. Errors are propagated linearly from the covariance.

local e = require "matinf.error"
local fits = require "matinf.circuit.fit"
local tree = require "matinf.circuit.tree"

local Fit = fits.Fit
local M = {}

-- ---- derived quantities ------------------------------------------------------------------------

-- Elements by the number of their first parameter.
local function numbered(circuit)
  local first, k = {}, 1
  tree.each(circuit.tree, function(node)
    first[node] = k
    k = k + #tree.by_symbol[node.kind]
  end)
  return first
end

local function child_of_kind(node, kind)
  for _, child in ipairs(node) do
    if child.kind == kind then return child end
  end
end

local formulas = {
  C = function(first, R, C)
    return { { "tau", "s", function(p) return p[first[R]] * p[first[C]] end } }
  end,
  CPE = function(first, R, CPE, Rs)
    local r, q, a, s = first[R], first[CPE], first[CPE] + 1, Rs and first[Rs]
    local list = {
      { "tau", "s", function(p) return (p[r] * p[q]) ^ (1 / p[a]) end },
      { "C Hsu-Mansfeld", "F", function(p) return p[q] ^ (1 / p[a]) * p[r] ^ (1 / p[a] - 1) end },
    }
    if s then
      list[3] = { "C Brug", "F", function(p)
        return p[q] ^ (1 / p[a]) * (1 / p[s] + 1 / p[r]) ^ (1 - 1 / p[a])
      end }
    end
    return list
  end,
}

-- Calls f(parallel node, series resistor or nil) for every parallel part.
local function each_parallel(node, series, f)
  if node.kind == "series" then series = child_of_kind(node, "R") or series end
  if node.kind == "parallel" then f(node, series) end
  if not node.name then
    for _, child in ipairs(node) do each_parallel(child, series, f) end
  end
end

-- Standard error of g(values) by central differences in theta.
local function propagate(fit, g)
  local slopes = {}
  for v = 1, fit.k do
    local function at(step)
      local p = {}
      for k = 1, #fit.names do
        p[k] = fit.values[k]
        if fit.variables[k] == v then
          p[k] = fit.circuit.exponents[k] and p[k] + step or p[k] * math.exp(step)
        end
      end
      return g(p)
    end
    slopes[v] = (at(1e-5) - at(-1e-5)) / 2e-5
  end
  local variance = 0
  for i = 1, fit.k do
    for j = 1, fit.k do
      if slopes[i] ~= 0 and slopes[j] ~= 0 then
        variance = variance + slopes[i] * slopes[j] * fit.covariance[{ i, j }]
      end
    end
  end
  return variance >= 0 and variance < math.huge and math.sqrt(variance) or 0 / 0
end

--- Time constants and capacitances of the parallel parts: list of { of, name, value, error, unit }.
function Fit:derived()
  local first, list = numbered(self.circuit), {}
  each_parallel(self.circuit.tree, nil, function(node, series)
    local R = child_of_kind(node, "R")
    for kind, formula in pairs(formulas) do
      local other = child_of_kind(node, kind)
      for _, quantity in ipairs(R and other and formula(first, R, other, series) or {}) do
        list[#list + 1] = { of = R.name .. " | " .. other.name, name = quantity[1],
          unit = quantity[2], value = quantity[3](self.values),
          error = propagate(self, quantity[3]) }
      end
    end
  end)
  return list
end

-- ---- profile likelihood ------------------------------------------------------------------------

local OPEN = 20 -- an interval that goes on for so long in theta has no end on that side

-- SSR above the optimum as a function of a parameter's theta, the others refitted.
local function excess_of(fit, spectrum, name, exponent)
  local options = { weight = fit.weight, admittance = fit.admittance, bounds = fit.options.bounds,
    tied = fit.options.tied, start = fit.values, fixed = {} }
  for other, value in pairs(fit.options.fixed or {}) do options.fixed[other] = value end
  return function(theta)
    options.fixed[name] = exponent and theta or math.exp(theta)
    local trial = fits.fit(fit.circuit, spectrum, options)
    options.start = trial.values
    return trial.ssr - fit.ssr
  end
end

-- Where excess reaches the target between inside (below) and outside: regula falsi (Illinois).
local function root(excess, target, inside, outside)
  local low, high = excess(inside) - target, excess(outside) - target
  local theta = outside
  for _ = 1, 60 do
    theta = inside - low * (outside - inside) / (high - low)
    local value = excess(theta) - target
    if math.abs(value) < 1e-9 * target or math.abs(outside - inside) < 1e-10 then break end
    if value < 0 then
      inside, low, high = theta, value, high / 2
    else
      outside, high, low = theta, value, low / 2
    end
  end
  return theta
end

local function side(excess, target, center, step, least, most)
  local inside, outside = center, center
  repeat
    inside, outside = outside, math.min(math.max(outside + step, least), most)
    if excess(outside) > target then return root(excess, target, inside, outside) end
    step = 2 * step
  until outside == least or outside == most or math.abs(outside - center) > OPEN
  return step > 0 and math.huge or -math.huge
end

--- The likelihood interval of a parameter: its lower and upper end, infinite (or 0) where open.
function Fit:profile(spectrum, name, options)
  options = e.options(options, "circuit.Fit:profile", { "sigmas" })
  local sigmas = options.sigmas or 1
  if type(sigmas) ~= "number" or not (sigmas > 0 and sigmas < 100) then
    e.argument("sigmas", "circuit.Fit:profile", "positive number", sigmas)
  end
  local _, err = self:get(name)
  local k = self.circuit:_index(name)
  if self.variables[k] == 0 then
    e.argument("name", "circuit.Fit:profile", "a parameter that varies", name)
  end
  local exponent, value = self.circuit.exponents[k], self.values[k]
  local center = exponent and value or math.log(value)
  local step = sigmas * (exponent and err or err / value)
  if not (step > 1e-8 and step < 1) then step = 0.1 end
  local excess, target = excess_of(self, spectrum, name, exponent), sigmas ^ 2 * self.scale
  local function find(direction)
    local theta = side(excess, target, center, direction * step, exponent and 0 or -math.huge,
      exponent and 1 or math.huge)
    return exponent and math.min(math.max(theta, 0), 1) or math.exp(theta)
  end
  return find(-1), find(1)
end

return M
