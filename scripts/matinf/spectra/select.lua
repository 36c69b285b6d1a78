-- spectra.fit: fitting given peaks, a given number of them, or as many as the data support.

local choose = require "matinf.spectra.choose"
local component = require "matinf.spectra.component"
local e = require "matinf.error"
local fit_of = require "matinf.spectra.fit"
local flag = require "matinf.spectra.flag"
local kernel = require "matinf.spectra.kernel"
local ladder = require "matinf.spectra.ladder"
local spectrum_of = require "matinf.spectra.spectrum"

local M = {}

local MOST_PEAKS = 8 -- that "auto" tries

local valid = { "shape", "background", "peaks", "width", "noise", "seed", "max_peaks",
  "tougaard", "average" }

-- ---- options ------------------------------------------------------------------------------------

local function check_width(width)
  if width == nil then return { 0.7, 1.4 } end
  local low, high = type(width) == "table" and width[1], type(width) == "table" and width[2]
  if type(low) ~= "number" or type(high) ~= "number" or not (low > 0 and low < high) then
    e.argument("width", "spectra.fit", "two widths, 0 < low < high", width)
  end
  return { low, high }
end

local function check_number(value, name, expected, condition)
  if value ~= nil and (type(value) ~= "number" or not condition(value)) then
    e.argument(name, "spectra.fit", expected, value)
  end
  return value
end

-- Which texts are names the kernel says.
local function check_text(value, name)
  if value ~= nil and type(value) ~= "string" then e.argument(name, "spectra.fit", "text", value) end
  return value
end

local function fit_given(spectrum, list, model, is_free)
  if #list == 0 then
    e.argument("peaks", "spectra.fit", '"auto", a number or a list of peaks', list)
  end
  local peaks, names = component.peaks(list, spectrum, model)
  local raw = is_free and kernel.refine(spectrum, peaks, model)
    or fit_of.raw(spectrum, spectrum.y, peaks, model, 500)
  local fit = fit_of.new(spectrum, raw, model, names)
  flag.set(fit)
  return fit
end

local function is_positive(v) return v > 0 end
local function is_seed(v) return math.type(v) == "integer" and v >= 0 end
local function is_positive_integer(v) return math.type(v) == "integer" and v >= 1 end
local function is_count(v) return math.type(v) == "integer" and v >= 1 and v <= 24 end

local function model_of(spectrum, o)
  local noise, source = spectrum:noise()
  if o.noise then
    noise, source = check_number(o.noise, "noise", "number > 0", is_positive), "given"
  end
  return { shape = check_text(o.shape, "shape") or "pseudo-voigt",
    background = check_text(o.background, "background") or "shirley",
    noise = noise, noise_source = source, bounds = check_width(o.width),
    average = check_number(o.average, "average", "integer >= 1", is_positive_integer),
    seed = check_number(o.seed, "seed", "integer >= 0", is_seed) or 1 }
end

local function fit_auto(spectrum, most, model)
  local fits = ladder.climb(spectrum, most, model, true)
  if #fits == 0 then
    e.fail("data", "spectra.fit: a peak needs at least 6 points, got %d", #spectrum.x)
  end
  return choose.best(fits, model)
end

local function fit_count(spectrum, k, model)
  local fit = ladder.climb(spectrum, k, model, false)[k]
  if not fit then
    e.fail("argument", "spectra.fit: %d peaks need at least %d points, got %d", k, 4 * k + 2,
      #spectrum.x)
  end
  return choose.polished(fit, model)
end

--- Fits peaks on an active background to a spectrum.
function M.fit(spectrum, options)
  local o = e.options(options, "spectra.fit", valid)
  if getmetatable(spectrum) ~= spectrum_of.Spectrum then
    e.argument("spectrum", "spectra.fit", "spectra.Spectrum", spectrum)
  end
  local model, peaks = model_of(spectrum, o), o.peaks or "auto"
  local is_free
  if model.average and not fit_of.HOLDS[model.background] then
    e.argument("average", "spectra.fit", 'a background that it can hold at both ends: "linear", '
      .. '"shirley" or "tougaard"', model.background)
  end
  model.kernel, is_free = kernel.of(o.tougaard, model.background)
  if is_free and type(peaks) ~= "table" then
    e.argument("peaks", "spectra.fit", 'a list of peaks where tougaard = "free"', peaks)
  end
  local most = check_number(o.max_peaks, "max_peaks", "integer from 1 to 24", is_count)
  if peaks == "auto" then return fit_auto(spectrum, most or MOST_PEAKS, model) end
  if type(peaks) == "table" then return fit_given(spectrum, peaks, model, is_free) end
  if type(peaks) == "number" and is_count(peaks) then return fit_count(spectrum, peaks, model) end
  e.argument("peaks", "spectra.fit", '"auto", a number from 1 to 24 or a list of peaks', peaks)
end

return M
