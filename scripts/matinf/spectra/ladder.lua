-- Fits of 1, 2, 3, ... peaks: where they start, and when there are enough.
--
-- Each k starts from the fit before with one more peak where its residual is largest, from the
-- places of greatest curvature, and from random places. All starts climb a little, the best go on.
-- At the end each fit is tried to be bettered from the one above it, by merging or leaving out a
-- peak.

local c = require "matinf.c.spectra"
local fit_of = require "matinf.spectra.fit"
local flag = require "matinf.spectra.flag"

local M = {}

local RANDOM_STARTS = 3
local BROAD_SATELLITE = 2 -- times the greatest width of a state
-- Steps, and what a step must still promise (in log-likelihood): of all starts, and of the best
-- two.
local FIRST, SECOND = { 12, 1 }, { 60, 1e-2 }
local PATIENCE = 2 -- fits beyond an adequate one whose BIC does not fall

-- ---- starts -------------------------------------------------------------------------------------

local function points_of(spectrum, width)
  local x = spectrum.x
  return width * (#x - 1) / math.abs(x[#x] - x[1])
end

-- Positions (indices) of the highest local maxima, highest first.
local function maxima(values, count)
  local found, list = {}, values:totable()
  for i = 2, #list - 1 do
    if list[i] > list[i - 1] and list[i] >= list[i + 1] then found[#found + 1] = i end
  end
  table.sort(found, function(a, b) return list[a] > list[b] end)
  return { table.unpack(found, 1, count) }
end

-- Where the smoothed data are most convex: peaks and shoulders.
local function curved(spectrum, sd, count)
  local n = #spectrum.x
  local sd_points = points_of(spectrum, sd)
  local y = c.smooth(spectrum.y, math.max(0.3, sd_points))
  local reach = math.min(math.max(1, math.floor(sd_points + 0.5)), n // 2)
  local bend = y * 2
  bend[{ { 1 + reach, n } }] = bend[{ { 1 + reach, n } }] - y[{ { 1, n - reach } }]
  bend[{ { 1, n - reach } }] = bend[{ { 1, n - reach } }] - y[{ { 1 + reach, n } }]
  bend[{ { 1, reach } }] = bend[{ { 1, reach } }] - y[1]
  bend[{ { n - reach + 1, n } }] = bend[{ { n - reach + 1, n } }] - y[n]
  return maxima(bend, count)
end

--- A peak to start with at point i of the spectrum.
function M.peak_at(spectrum, i, height, model)
  local width = (model.bounds[1] + model.bounds[2]) / 2
  return { position = spectrum.x[i], area = math.max(height, 1e-3) * width, width = width,
    mix = 0.2, skew = 0.1, from = spectrum.x:min(), to = spectrum.x:max(), low = model.bounds[1],
    high = model.bounds[2] }
end

-- Far above the main line of the fit so far a new peak may be a broad satellite.
local function new_peak(spectrum, i, height, model, fit)
  local peak = M.peak_at(spectrum, i, height, model)
  local main = fit.position[fit_of.main_peak(fit)]
  if flag.beyond_main(spectrum, peak.position, main) then
    peak.high = BROAD_SATELLITE * peak.high
    peak[spectrum.energy == "kinetic" and "to" or "from"] = main
  end
  return peak
end

-- The fit so far with one more peak where the residual is largest, in several places.
local function extended(spectrum, fit, model)
  local starts = {}
  local sd = points_of(spectrum, (model.bounds[1] + model.bounds[2]) / 4.7)
  local values = fit:evaluate():sum(2)
  local residual = c.smooth(fit_of.residual(fit, values), math.max(0.3, sd))
  for _, i in ipairs(maxima(residual, 3)) do
    local peaks = fit_of.start(fit)
    peaks[#peaks + 1] = new_peak(spectrum, i, spectrum.y[i] - values[i], model, fit)
    starts[#starts + 1] = peaks
  end
  return starts
end

-- k peaks at the places of greatest curvature, as far as there are that many.
local function from_curvature(spectrum, places, k, model)
  if #places < k then return nil end
  local peaks, base = {}, spectrum.y:min()
  for j = 1, k do
    peaks[j] = M.peak_at(spectrum, places[j], spectrum.y[places[j]] - base, model)
  end
  return peaks
end

-- The first point whose share of the intensity so far exceeds the target.
local function reaching(cumulative, target)
  local low, high = 1, #cumulative
  while low < high do
    local middle = (low + high) // 2
    if cumulative[middle] < target then low = middle + 1 else high = middle end
  end
  return low
end

-- k peaks anywhere, more likely where the intensity is.
local function random_start(spectrum, k, model, generator)
  local peaks, base = {}, spectrum.y:min()
  local cumulative = (spectrum.y - base):cumsum()
  for j = 1, k do
    local i = reaching(cumulative, generator:uniform() * cumulative[#cumulative])
    peaks[j] = M.peak_at(spectrum, i, (spectrum.y[i] - base) / 2, model)
  end
  return peaks
end

local function starts_of(spectrum, k, before, places, model)
  local starts = before and extended(spectrum, before, model) or {}
  starts[#starts + 1] = from_curvature(spectrum, places, k, model)
  for item = 1, RANDOM_STARTS do
    local generator = require "matinf".random.generator { seed = model.seed, stage = "spectra.fit",
      item = 100 * k + item }
    starts[#starts + 1] = random_start(spectrum, k, model, generator)
  end
  return starts
end

-- ---- climbing -----------------------------------------------------------------------------------

-- All starts climb a little; the best two go to the end. Also: how many of those agree.
local function best_of(spectrum, starts, model)
  local raws = {}
  for i, start in ipairs(starts) do
    local raw = fit_of.raw(spectrum, spectrum.y, start, model, FIRST[1], FIRST[2])
    raws[i] = { raw = raw, index = i }
  end
  table.sort(raws, function(a, b)
    if a.raw.deviance ~= b.raw.deviance then return a.raw.deviance < b.raw.deviance end
    return a.index < b.index
  end)
  local best
  for i = 1, math.min(2, #raws) do
    local raw = fit_of.raw(spectrum, spectrum.y, fit_of.start(raws[i].raw), model, SECOND[1],
      SECOND[2])
    if not best or raw.deviance < best.deviance then best = raw end
  end
  return best
end

-- ---- from above ---------------------------------------------------------------------------------

-- Peaks without the i-th; its area goes to its nearest neighbour when `merge` is set.
local function without(fit, i, merge)
  local peaks = fit_of.start(fit)
  local gone = table.remove(peaks, i)
  if merge then
    local nearest = peaks[1]
    for _, p in ipairs(peaks) do
      local distance = math.abs(p.position - gone.position)
      if distance < math.abs(nearest.position - gone.position) then nearest = p end
    end
    local total = nearest.area + gone.area
    if total > 0 then
      nearest.position = (nearest.area * nearest.position + gone.area * gone.position) / total
      nearest.area = total
    end
  end
  return peaks
end

-- Places of the peaks that could best be spared: the two least significant, and the closer to its
-- neighbour of all.
local function spared(fit)
  local order, closest, distance = {}, nil, math.huge
  for i = 1, fit.k do
    order[i] = i
    local gap = i > 1 and fit.position[i] - fit.position[i - 1] or math.huge
    if gap < distance then closest, distance = i, gap end
  end
  local function significance(i) return fit.area[i] / math.max(fit.errors.area[i], 1e-300) end
  table.sort(order, function(a, b) return significance(a) < significance(b) end)
  return { order[1], order[2] }, closest
end

-- The fit of k - 1 peaks made from that of k, where it is better than the one found before.
local function improve_below(fits, k, model)
  local spectrum, fit, below = fits[k].spectrum, fits[k], fits[k - 1]
  local least, closest = spared(fit)
  local starts = { without(fit, closest, true) }
  for _, i in ipairs(least) do starts[#starts + 1] = without(fit, i, false) end
  local raw = best_of(spectrum, starts, model)
  if raw.deviance < below.deviance - 0.5 then
    fits[k - 1] = fit_of.new(spectrum, raw, model)
    fits[k - 1].defects = flag.set(fits[k - 1])
  end
end

local function lowest(fits)
  local best = 1
  for k, fit in ipairs(fits) do
    if fit.bic < fits[best].bic - 0.5 then best = k end
  end
  return best
end

--- The number of peaks of lowest BIC; more peaks only where it falls by 0.5 and more.
M.lowest_bic = lowest

local function is_enough(fits)
  local best = lowest(fits)
  return fits[best].adequate and #fits - best >= PATIENCE
end

--- Fits of 1, 2, ..., most peaks. With `stop`, no more once the data are explained and further
--- peaks do not lower BIC.
function M.climb(spectrum, most, model, stop)
  local fits, places = {}, curved(spectrum, model.bounds[1] / 2.355, most)
  for k = 1, most do
    if 4 * k + 2 > #spectrum.x then break end
    local starts = starts_of(spectrum, k, fits[k - 1], places, model)
    fits[k] = fit_of.new(spectrum, best_of(spectrum, starts, model), model)
    fits[k].defects = flag.set(fits[k])
    if stop and is_enough(fits) then break end
  end
  for k = #fits, 2, -1 do improve_below(fits, k, model) end
  return fits
end

return M
