-- Fits of a circuit to a spectrum: the class Fit.
--
-- The likelihood is that of independent normal errors sigma_i = s / w_i of the 2 n real numbers, w
-- the weights: with s estimated (s^2 = SSR / 2 n),
--   -2 log L = 2 n (log(2 pi s^2) + 1) - 2 sum log w,
-- with sigma measured s = 1. Criteria count the parameters that vary, and s where it is estimated.
-- Standard errors are those of the linearised model, scaled by SSR / (2 n - k) unless sigma is
-- measured.

local c = require "matinf.c.circuit"
local e = require "matinf.error"
local problems = require "matinf.circuit.problem"
local store = require "matinf.store"
local tree = require "matinf.circuit.tree"

local M = {}
local Fit = store.class("circuit.Fit", {})

local LOG_TWO_PI = math.log(2 * math.pi)

-- ---- the spectrum ------------------------------------------------------------------------------

-- frequency, impedance and sigma of what was given, without masked points
local function unpack_spectrum(z, called)
  if type(z) ~= "table" or z.frequency == nil or z.impedance == nil then
    e.argument("spectrum", called, "circuit.Spectrum, or a table with frequency and impedance", z)
  end
  local array = require "matinf".array
  local f, impedance, sigma = z.frequency, z.impedance, z.sigma
  if type(f) == "table" then f = array.from(f, { dtype = "f64" }) end
  if type(impedance) == "table" then impedance = array.from(impedance, { dtype = "c128" }) end
  if z.masked then
    local kept = array.eq(z.masked, 0)
    f, impedance = f:select(kept), impedance:select(kept)
    sigma = sigma and sigma:select(kept)
  end
  return f, impedance, sigma
end
M.unpack = unpack_spectrum

-- ---- the result --------------------------------------------------------------------------------

local function likelihood(fit)
  local n = 2 * fit.n
  local s2 = fit.weight == "sigma" and 1 or fit.ssr / n
  fit.log_likelihood = -0.5 * (n * (LOG_TWO_PI + math.log(s2)) + fit.ssr / s2) + fit.log_weights
  local k = fit.k + (fit.weight == "sigma" and 0 or 1)
  fit.aic = -2 * fit.log_likelihood + 2 * k
  fit.aicc = n - k - 1 > 0 and fit.aic + 2 * k * (k + 1) / (n - k - 1) or math.huge
  fit.bic = -2 * fit.log_likelihood + k * math.log(n)
end

-- By variable, the bound that it rests on: "lower" or "upper". Its variance is then not known, but
-- for exponents, whose bounds are those of the element.
local function bounds_met(fit, circuit, problem)
  local met = {}
  fit.at_bound = {}
  for v, k in ipairs(problem.variables) do
    met[v] = fit.theta[v] <= problem.lower[v] and "lower"
      or fit.theta[v] >= problem.upper[v] and "upper" or nil
    if met[v] then
      fit.at_bound[#fit.at_bound + 1] = circuit.names[k]
      if not circuit.exponents[k] then fit.covariance:set(v, v, math.huge) end
    end
  end
  return met
end

-- Standard error in natural units (NaN where none is known), and what is to be said of the value.
local function error_of(fit, circuit, k, v, bound)
  if v == 0 then return 0, "fixed" end
  if bound then return 0 / 0, ("at its %s bound"):format(bound) end
  local variance = fit.covariance[{ v, v }]
  local spread = variance < math.huge and math.sqrt(variance) or 0 / 0
  local open = not (circuit.exponents[k] or spread < 1)
  return spread * (circuit.exponents[k] and 1 or fit.values[k]),
    (open or spread ~= spread) and "not determined" or ""
end

local function set_errors(fit, circuit, problem)
  local free = 2 * fit.n - fit.k
  fit.scale = fit.weight == "sigma" and 1 or free > 0 and fit.ssr / free or 0 / 0
  fit.covariance = fit.covariance * fit.scale
  local met, errors = bounds_met(fit, circuit, problem), {}
  fit.remarks = {}
  for k = 1, #circuit.names do
    local v = problem.map[k]
    errors[k], fit.remarks[k] = error_of(fit, circuit, k, v, met[v])
  end
  fit.errors = require "matinf".array(errors)
end

local own = { "fixed", "bounds", "tied", "start" }
local kernel = { "weight", "admittance", "starts", "seed" }
local valid = { table.unpack(own) }
for _, name in ipairs(kernel) do valid[#valid + 1] = name end
M.valid = valid

local function kernel_options(options, problem, sigma)
  local o = { map = problem.map, offset = problem.offset, lower = problem.lower,
    upper = problem.upper }
  for _, name in ipairs(kernel) do o[name] = options[name] end
  if options.weight == "sigma" then
    if not sigma then e.argument("weight", "circuit.fit", "a spectrum with sigma", "sigma") end
    local parts = sigma.dtype == "c128" and { sigma:real(), sigma:imag() } or { sigma, sigma }
    o.sigma = require "matinf".array.concatenate(parts)
  end
  return o
end

-- Values the string or the option start states; nil when some variable has none.
local function start_of(circuit, problem, options)
  local values = options.start
  if values == nil then
    values = circuit:_stated "values"
    for _, k in ipairs(problem.variables) do
      if not values[k] then return nil end
    end
  else
    values = circuit:_parameters(values, "circuit.fit")
    if type(values) == "userdata" and #values ~= #circuit.names or #values ~= #circuit.names then
      e.argument("start", "circuit.fit", ("%d values"):format(#circuit.names), values)
    end
  end
  return problems.start(circuit, problem, values)
end

--- Fits a circuit to a spectrum.
function M.fit(circuit, spectrum, options)
  options = e.options(options, "circuit.fit", valid)
  circuit = tree.circuit(circuit, "circuit", "circuit.fit")
  local f, z, sigma = unpack_spectrum(spectrum, "circuit.fit")
  local problem = problems.make(circuit, options)
  local o = kernel_options(options, problem, sigma)
  o.start = start_of(circuit, problem, options)
  if options.start ~= nil and o.starts == nil then o.starts = 0 end
  local fit = c.fit(circuit.code, f, z, o)
  for k, value in pairs(problem.fixed) do fit.values[k] = value end
  fit.circuit, fit.names, fit.units = circuit, circuit.names, circuit.units
  fit.weight, fit.admittance = options.weight or "modulus", options.admittance or false
  fit.n, fit.k = #f, #problem.variables
  fit.variables = problem.map
  fit.options = { fixed = options.fixed, bounds = options.bounds, tied = options.tied }
  likelihood(fit)
  set_errors(fit, circuit, problem)
  fit.converged = fit.reason == "converged" or fit.reason == "exact"
  return setmetatable(fit, Fit)
end

--- Impedance of the fitted circuit.
function Fit:evaluate(frequency) return self.circuit:evaluate(self.values, frequency) end

local function index_of(fit, name, called)
  local k = type(name) == "string" and fit.circuit:_index(name)
  return k or e.argument("name", called, table.concat(fit.names, ", "), name)
end

--- The value of a parameter, its standard error, and what is to be said of it.
function Fit:get(name)
  local k = index_of(self, name, "circuit.Fit:get")
  return self.values[k], self.errors[k], self.remarks[k]
end

--- A parameter in words: "R1 = 100.20 ± 0.31 ohm", "R1 at its upper bound (1e+24 ohm)".
function Fit:text(name)
  local k = index_of(self, name, "circuit.Fit:text")
  local unit, remark = self.units[k] ~= "" and " " .. self.units[k] or "", self.remarks[k]
  local value = require "matinf.table_text".value(self.values[k], self.errors[k]) .. unit
  if remark == "" then return ("%s = %s"):format(self.names[k], value) end
  if remark == "fixed" then return ("%s = %s (fixed)"):format(self.names[k], value) end
  return ("%s %s (%.3g%s)"):format(self.names[k], remark, self.values[k], unit)
end

--- Correlation of the parameters that vary [k x k].
function Fit:correlation()
  local array = require "matinf".array
  local sd = {}
  for v = 1, self.k do sd[v] = math.sqrt(self.covariance[{ v, v }]) end
  local rows = array.zeros(self.k, self.k)
  for i = 1, self.k do
    for j = 1, self.k do
      local known = sd[i] > 0 and sd[j] > 0 and sd[i] < math.huge and sd[j] < math.huge
      rows:set(i, j, known and self.covariance[{ i, j }] / (sd[i] * sd[j]) or 0 / 0)
    end
  end
  return rows
end

--- A table.Table: one row a parameter.
function Fit:table()
  local m = require "matinf"
  local text = {}
  for k, name in ipairs(self.names) do text[k] = name end
  return m.table.new { { name = "parameter", values = text },
    { name = "value", values = self.values, error = "error" },
    { name = "error", values = self.errors }, { name = "unit", values = self.units },
    { name = "remark", values = self.remarks } }
end

function Fit:__tostring()
  local lines = { ("%s: SSR %.6g (%s weight), %d points, %d parameters, BIC %.3f, %s"):format(
    tostring(self.circuit), self.ssr, self.weight, self.n, self.k, self.bic,
    self.converged and "converged" or self.reason) }
  for k, name in ipairs(self.names) do
    local known = self.errors[k] > 0 and ("+- %-10.3g"):format(self.errors[k]) or (" "):rep(13)
    lines[#lines + 1] = ("  %-10s %14.6g %s %-4s %s"):format(name, self.values[k], known,
      self.units[k], self.remarks[k]):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

M.Fit = Fit
return M
