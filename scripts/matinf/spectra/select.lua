-- spectra.fit: fitting given peaks, a given number of them, or as many as the data support.
--
-- How many peaks is not left to a criterion: with the noise of a real spectrum every criterion goes
-- on asking for peaks that mend the line shape. So each k is fitted and shown with what its extra
-- peak buys (misfit, BIC, likelihood of held-out counts), and a k ranks first only when its peaks
-- could be chemical states:
--
--   twin     closer to a neighbour than 0.6 of their mean width: line shape, not chemistry
--   narrow   as narrow as allowed          broad   as broad as allowed
--   edge     within half a width of an end of the data
--   weak     less than 1 % of the area, or than three standard errors
--
-- A satellite (minor peak, 5 eV and more above the main line) may be broad. Among the models with
-- the fewest kinds of defect the one that predicts held-out counts best is taken.

local c = require "matinf.c.spectra"
local e = require "matinf.error"
local fit_of = require "matinf.spectra.fit"
local spectrum_of = require "matinf.spectra.spectrum"

local M = {}

local RESOLVED = 0.6         -- of the mean FWHM of two neighbours
local SATELLITE_FROM = 5     -- eV above the main line
local SATELLITE_SHARE = 0.15 -- of the area, at most
local LEAST_SHARE = 0.01
local MOST_PEAKS = 7       -- that "auto" tries
local ADEQUATE = 1.3         -- chi^2 per degree of freedom up to which a fit explains the data
local NATS = 3               -- held-out gain that an extra peak must exceed

-- ---- flags --------------------------------------------------------------------------------------

local function at(value, bound) return math.abs(value - bound) < 1e-3 * bound end

local function is_satellite(fit, i, main)
  if fit.spectrum.x_unit ~= "eV" then return false end
  local sign = fit.spectrum.energy == "kinetic" and -1 or 1
  return sign * (fit.position[i] - fit.position[main]) > SATELLITE_FROM
    and fit.share[i] < SATELLITE_SHARE
end

-- The neighbour that peak i cannot be told from, or nil.
local function twin_of(fit, i)
  for _, j in ipairs { i - 1, i + 1 } do
    if j >= 1 and j <= fit.k then
      local limit = RESOLVED * (fit.width[i] + fit.width[j]) / 2
      if math.abs(fit.position[i] - fit.position[j]) < limit then return j end
    end
  end
end

local function flags_of(fit, i)
  local flags, low, high = {}, fit.spectrum.x:min(), fit.spectrum.x:max()
  local function flag(name, condition) if condition then flags[#flags + 1] = name end end
  flag("twin", twin_of(fit, i))
  flag("narrow", at(fit.width[i], fit.limits[i].low))
  flag("broad", at(fit.width[i], fit.limits[i].high))
  flag("edge", math.min(fit.position[i] - low, high - fit.position[i]) < fit.width[i] / 2)
  flag("weak", fit.share[i] < LEAST_SHARE or not (fit.area[i] > 3 * fit.errors.area[i]))
  return flags
end

-- Sets flags and roles; returns how many kinds of defect the states and satellites show.
local function flag(fit)
  local main, kinds, count = fit_of.main_peak(fit), {}, 0
  for i = 1, fit.k do
    fit.roles[i] = is_satellite(fit, i, main) and "satellite" or "state"
    fit.flags[i] = flags_of(fit, i)
    for _, name in ipairs(fit.flags[i]) do
      if not (name == "broad" and fit.roles[i] == "satellite") then kinds[name] = true end
    end
  end
  for _ in pairs(kinds) do count = count + 1 end
  return count
end

-- ---- starts -------------------------------------------------------------------------------------

-- Values smoothed with a Gaussian of the given standard deviation in x.
local function smooth(x, values, sd)
  local n, result = #values, {}
  local step = math.abs(x[n] - x[1]) / (n - 1)
  local reach = math.max(1, math.ceil(3 * sd / step))
  local kernel = {}
  for j = -reach, reach do kernel[j] = math.exp(-0.5 * (j * step / sd) ^ 2) end
  for i = 1, n do
    local sum, total = 0, 0
    for j = math.max(1, i - reach), math.min(n, i + reach) do
      sum, total = sum + kernel[j - i] * values[j], total + kernel[j - i]
    end
    result[i] = sum / total
  end
  return result
end

-- Positions (indices) of the highest local maxima, highest first.
local function maxima(values, count)
  local found = {}
  for i = 2, #values - 1 do
    if values[i] > values[i - 1] and values[i] >= values[i + 1] then found[#found + 1] = i end
  end
  table.sort(found, function(a, b) return values[a] > values[b] end)
  return { table.unpack(found, 1, count) }
end

-- Where the smoothed data are most convex: peaks and shoulders.
local function curved(spectrum, sd)
  local x, y = spectrum.x:totable(), smooth(spectrum.x:totable(), spectrum.y:totable(), sd)
  local bend, reach = {}, math.max(1, math.floor(sd * (#x - 1) / math.abs(x[#x] - x[1]) + 0.5))
  for i = 1, #x do
    local a, b = y[math.max(1, i - reach)], y[math.min(#x, i + reach)]
    bend[i] = 2 * y[i] - a - b
  end
  return maxima(bend, MOST_PEAKS)
end

local function peak_at(spectrum, i, height, model)
  local width = (model.bounds[1] + model.bounds[2]) / 2
  return { position = spectrum.x[i], area = math.max(height, 1e-3) * width, width = width,
    mix = 0.2,
    from = spectrum.x:min(), to = spectrum.x:max(), low = model.bounds[1], high = model.bounds[2] }
end

-- The fit so far with one more peak where the residual is largest, in several places.
local function extended(spectrum, fit, model)
  local starts = {}
  local sd = (model.bounds[1] + model.bounds[2]) / 4.7
  local residual = smooth(spectrum.x:totable(), fit:residual():totable(), sd)
  local model_values = fit:evaluate():sum(2)
  for _, i in ipairs(maxima(residual, 3)) do
    local peaks = fit_of.start(fit)
    peaks[#peaks + 1] = peak_at(spectrum, i, spectrum.y[i] - model_values[i], model)
    starts[#starts + 1] = peaks
  end
  return starts
end

-- k peaks at the places of greatest curvature, as far as there are that many.
local function from_curvature(spectrum, places, k, model)
  if #places < k then return nil end
  local peaks, base = {}, spectrum.y:min()
  for j = 1, k do peaks[j] = peak_at(spectrum, places[j], spectrum.y[places[j]] - base, model) end
  return peaks
end

-- k peaks anywhere, more likely where the intensity is.
local function random_start(spectrum, k, model, generator)
  local peaks, base = {}, spectrum.y:min()
  local cumulative = (spectrum.y - base):cumsum()
  local total = cumulative[#cumulative]
  for j = 1, k do
    local target, i = generator:uniform() * total, 1
    while i < #cumulative and cumulative[i] < target do i = i + 1 end
    peaks[j] = peak_at(spectrum, i, (spectrum.y[i] - base) / 2, model)
  end
  return peaks
end

-- ---- fitting k peaks ----------------------------------------------------------------------------

local function starts_of(spectrum, k, before, places, model)
  local starts = before and extended(spectrum, before, model) or {}
  starts[#starts + 1] = from_curvature(spectrum, places, k, model)
  for item = 1, 3 do
    local generator = require "matinf".random.generator { seed = model.seed, stage = "spectra.fit",
      item = 100 * k + item }
    starts[#starts + 1] = random_start(spectrum, k, model, generator)
  end
  return starts
end

-- All starts climb a little; the best two go to the end.
local function best_of(spectrum, starts, model)
  local raws = {}
  for i, start in ipairs(starts) do
    raws[i] = { raw = fit_of.raw(spectrum, spectrum.y, start, model, 15), index = i }
  end
  table.sort(raws, function(a, b)
    if a.raw.deviance ~= b.raw.deviance then return a.raw.deviance < b.raw.deviance end
    return a.index < b.index
  end)
  local best
  for i = 1, math.min(2, #raws) do
    local raw = fit_of.raw(spectrum, spectrum.y, fit_of.start(raws[i].raw), model, 400)
    if not best or raw.deviance < best.deviance then best = raw end
  end
  return best
end

-- Fits 1, 2, ..., most peaks, each from the one before and from starts of its own.
local function ladder(spectrum, most, model)
  local fits, places = {}, curved(spectrum, model.bounds[1] / 2.355)
  for k = 1, most do
    if 4 * k + 2 > #spectrum.x then break end
    local starts = starts_of(spectrum, k, fits[k - 1], places, model)
    fits[k] = fit_of.new(spectrum, best_of(spectrum, starts, model), model)
    fits[k].defects = flag(fits[k])
  end
  return fits
end

-- ---- choosing -----------------------------------------------------------------------------------

-- The better predictor of held-out counts; a larger k must gain more than NATS.
local function preferred(fits, least)
  local best
  for k, fit in ipairs(fits) do
    if fit.defects == least and (not best or fit.held_out > fits[best].held_out + NATS) then
      best = k
    end
  end
  return best
end

local function choose(fits)
  local least = math.huge
  for k, fit in ipairs(fits) do
    fit.held_out = fit:held_out_score().log_likelihood
    least = math.min(least, fit.defects)
  end
  return preferred(fits, least)
end

-- What is wrong with the peaks of a fit, in words; "" if nothing. At most `most` defects are told.
local function defects_text(fit, most)
  local words, unit = {}, fit.spectrum.x_unit
  for i = 1, fit.k do
    for _, name in ipairs(fit.flags[i]) do
      local j = twin_of(fit, i)
      if name == "twin" and j > i then
        words[#words + 1] = ("twins at %.2f and %.2f %s"):format(fit.position[i], fit.position[j],
          unit)
      elseif name ~= "twin" and not (name == "broad" and fit.roles[i] == "satellite") then
        words[#words + 1] = ("%s at %.2f %s"):format(name, fit.position[i], unit)
      end
    end
  end
  local more = most and #words - most or 0
  local text = table.concat(words, "; ", 1, math.min(#words, most or #words))
  return more > 0 and ("%s; %d more"):format(text, more) or text
end

local function candidates_of(fits)
  local list = {}
  for k, fit in ipairs(fits) do
    list[k] = { k = k, misfit = fit.misfit, bic = fit.bic, parameters = fit.parameters,
      gain = k > 1 and fit.held_out - fits[k - 1].held_out or 0 / 0, defects = defects_text(fit) }
  end
  return list
end

local function lowest_bic(fits)
  local best = 1
  for k, fit in ipairs(fits) do
    if fit.bic < fits[best].bic then best = k end
  end
  return best
end

local function has(fit, ...)
  for i = 1, fit.k do
    for _, found in ipairs(fit.flags[i]) do
      for _, name in ipairs { ... } do
        if found == name and not (name == "broad" and fit.roles[i] == "satellite") then
          return true
        end
      end
    end
  end
  return false
end

-- Why not the k that BIC would take; nil when it is the one chosen.
local function against_bic(fits, k)
  local favourite = lowest_bic(fits)
  local fit, other = fits[k], fits[favourite]
  if favourite == k then return nil end
  local text = ("BIC alone would take k = %d (BIC lower by %.0f, misfit %.2f instead of %.2f)")
    :format(favourite, fit.bic - other.bic, other.misfit, fit.misfit)
  if other.defects == 0 then return text .. "; held-out counts do not confirm it." end
  text = ("%s, but with defects: %s"):format(text, defects_text(other, 2))
  local mends = has(other, "twin", "narrow", "weak", "edge")
  return text .. (mends and ": such peaks mend the line shape and are no states." or ".")
end

-- The fewest peaks that would explain the data where those chosen do not; nil when there are none
-- or when BIC's favourite, told already, is the same.
local function rival(fits, k)
  if fits[k].misfit <= ADEQUATE then return nil end
  for other = k + 1, #fits do
    local fit = fits[other]
    if fit.misfit <= ADEQUATE then
      if other == lowest_bic(fits) then return nil end
      return ("%d peaks would explain the data (misfit %.2f), but with defects: %s. A line that is "
        .. "not symmetric, or states closer than can be told apart, look like this."):format(other,
        fit.misfit, defects_text(fit, 2))
    end
  end
end

local broad = "Widths stand at their limit of %g %s: states that overlap more than can be told "
  .. "apart, or lines broader than was allowed."

-- Why k, and what speaks for more.
local function verdict_of(fits, k)
  local fit = fits[k]
  local words = { ("Of 1 to %d peaks, %d predict held-out counts best among those with%s."):format(
    #fits, k, fit.defects == 0 and "out an implausible peak" or " the fewest implausible peaks") }
  words[#words + 1] = rival(fits, k)
  words[#words + 1] = against_bic(fits, k)
  if has(fit, "broad") then
    words[#words + 1] = broad:format(fit.bounds[2], fit.spectrum.x_unit)
  end
  return table.concat(words, " ")
end

-- ---- options ------------------------------------------------------------------------------------

local valid = { "shape", "background", "peaks", "width", "noise", "seed", "max_peaks" }

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

-- A given peak: a position, or { name =, position =, width = {low, high} } where the position is
-- a number or { value =, error = }.
local function given_peak(one, spectrum, model, index)
  if type(one) == "number" then one = { position = one } end
  if type(one) ~= "table" then
    e.argument(("peaks[%d]"):format(index), "spectra.fit", "position or peak", one)
  end
  local position, reach = one.position, 1
  if type(position) == "table" then
    position, reach = position.value, position.error and 3 * position.error or 1
  end
  local low, high = spectrum.x:min(), spectrum.x:max()
  if type(position) ~= "number" or position < low or position > high then
    local expected = ("position from %g to %g"):format(low, high)
    e.argument(("peaks[%d]"):format(index), "spectra.fit", expected, position)
  end
  local bounds = one.width and check_width(one.width) or model.bounds
  local nearest = (spectrum.x - position):abs():argmin()
  local peak = peak_at(spectrum, nearest, spectrum.y[nearest] - spectrum.y:min(), model)
  peak.position = position
  peak.from, peak.to = math.max(low, position - reach), math.min(high, position + reach)
  peak.low, peak.high = bounds[1], bounds[2]
  peak.width = (bounds[1] + bounds[2]) / 2
  return peak, one.name
end

local function fit_given(spectrum, list, model)
  local peaks, names = {}, {}
  for i, one in ipairs(list) do
    local name
    peaks[i], name = given_peak(one, spectrum, model, i)
    names[i] = name or ""
  end
  if #peaks == 0 then
    e.argument("peaks", "spectra.fit", '"auto", a number or a list of peaks', list)
  end
  local fit = fit_of.new(spectrum, fit_of.raw(spectrum, spectrum.y, peaks, model, 500), model,
    names)
  flag(fit)
  return fit
end

local function is_positive(v) return v > 0 end
local function is_seed(v) return math.type(v) == "integer" and v >= 0 end
local function is_count(v) return math.type(v) == "integer" and v >= 1 and v <= 24 end

local function model_of(spectrum, o)
  local noise, source = spectrum:noise()
  if o.noise then
    noise, source = check_number(o.noise, "noise", "number > 0", is_positive), "given"
  end
  return { shape = o.shape or "pseudo-voigt", background = o.background or "shirley",
    noise = noise, noise_source = source, bounds = check_width(o.width),
    seed = check_number(o.seed, "seed", "integer >= 0", is_seed) or 1 }
end

local function fit_auto(spectrum, most, model)
  local fits = ladder(spectrum, most, model)
  if #fits == 0 then
    e.fail("data", "spectra.fit: a peak needs at least 6 points, got %d", #spectrum.x)
  end
  local k = choose(fits)
  fits[k].candidates, fits[k].verdict = candidates_of(fits), verdict_of(fits, k)
  return fits[k]
end

local function fit_count(spectrum, k, model)
  return ladder(spectrum, k, model)[k]
    or e.fail("argument", "spectra.fit: %d peaks need at least %d points, got %d", k, 4 * k + 2,
      #spectrum.x)
end

--- Fits peaks on an active background to a spectrum.
function M.fit(spectrum, options)
  local o = e.options(options, "spectra.fit", valid)
  if getmetatable(spectrum) ~= spectrum_of.Spectrum then
    e.argument("spectrum", "spectra.fit", "spectra.Spectrum", spectrum)
  end
  local model, peaks = model_of(spectrum, o), o.peaks or "auto"
  local most = check_number(o.max_peaks, "max_peaks", "integer from 1 to 24", is_count)
  if peaks == "auto" then return fit_auto(spectrum, most or MOST_PEAKS, model) end
  if type(peaks) == "table" then return fit_given(spectrum, peaks, model) end
  if type(peaks) == "number" and is_count(peaks) then return fit_count(spectrum, peaks, model) end
  e.argument("peaks", "spectra.fit", '"auto", a number from 1 to 24 or a list of peaks', peaks)
end

return M
