-- Errors by parametric bootstrap, beside those of the observed information: spectra drawn from the
-- fitted model with the noise of the data are fitted from the fitted values, with the same limits,
-- and the values found scatter as those of new measurements would. They need no quadratic
-- likelihood, so they are right at bounds and for weak peaks; but they believe the model as much.

local e = require "matinf.error"
local fit_of = require "matinf.spectra.fit"

local M = {}

local VALUES = { "area", "position", "width", "mix", "skew" }

-- Intensities of this mean: counts times the noise, which gives variance noise * mean.
local function drawn(model, noise, rng)
  return rng:poisson(nil, { mean = model / noise }):astype "f64" * noise
end

local function check(value, name, otherwise, least)
  if value == nil then return otherwise end
  if math.type(value) ~= "integer" or value < least then
    e.argument(name, "spectra.Fit:bootstrap", ("integer >= %d"):format(least), value)
  end
  return value
end

-- Quantile q of a sorted list.
local function quantile(list, q)
  local at = 1 + q * (#list - 1)
  local low = math.floor(at)
  local high = math.min(low + 1, #list)
  return list[low] + (at - low) * (list[high] - list[low])
end

-- Standard deviation and the interval of 68 % of every peak's value.
local function summary(values, k)
  local array = require "matinf".array
  local errors, low, high = {}, {}, {}
  for i = 1, k do
    local list = {}
    for b, one in ipairs(values) do list[b] = one[i] end
    table.sort(list)
    errors[i] = array.array(list, { dtype = "f64" }):std()
    low[i], high[i] = quantile(list, 0.158655), quantile(list, 0.841345)
  end
  local function vector(v) return array.array(v, { dtype = "f64" }) end
  return vector(errors), vector(low), vector(high)
end

-- Positions on the scale of a charge reference: distances from its peak.
local function on_scale_of(fit, position)
  local r = fit.reference
  if not r then return position end
  for i, name in ipairs(fit_of.peak_names(fit)) do
    if name == r.peak then return position + (r.energy - position[i]) end
  end
end

--- See the documentation of spectra.Fit:bootstrap.
function M.run(fit, options)
  local o = e.options(options, "spectra.Fit:bootstrap", { "samples", "seed" })
  local samples, seed = check(o.samples, "samples", 200, 2), check(o.seed, "seed", fit.seed or 1, 0)
  local model = fit:evaluate():sum(2):clip(0, math.huge)
  local start, found = fit_of.start(fit), { share = {} }
  for _, name in ipairs(VALUES) do found[name] = {} end
  for b = 1, samples do
    local rng = require "matinf".random.generator { seed = seed, stage = "spectra.bootstrap",
      item = b }
    local raw = fit_of.raw(fit.spectrum, drawn(model, fit.noise, rng), start, fit, 100, 1e-4)
    raw.position = on_scale_of(fit, raw.position)
    for name, list in pairs(found) do list[b] = raw[name] end
  end
  local result = { samples = samples, errors = {}, low = {}, high = {} }
  for name, list in pairs(found) do
    result.errors[name], result.low[name], result.high[name] = summary(list, fit.k)
  end
  return result
end

return M
