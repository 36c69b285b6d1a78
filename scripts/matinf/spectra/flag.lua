-- What is doubtful about the peaks of a fit, and which of them are satellites.
--
--   twin     closer to a neighbour than 0.6 of their mean width: line shape, not chemistry
--   narrow   as narrow as allowed          broad   as broad as allowed
--   edge     within half a width of an end of the data
--   weak     less than 1 % of the area, or of an area below three standard errors that can be left
--            out without raising BIC
--
-- A satellite (minor peak, 5 eV and more above the main line) may be broad; a width that was fixed
-- is neither narrow nor broad. The further lines of a doublet or multiplet follow its first: they
-- have the role "line" and no flags.

local fit_of = require "matinf.spectra.fit"

local M = {}

local RESOLVED = 0.6         -- of the mean FWHM of two neighbours
local SATELLITE_FROM = 5     -- eV above the main line
local SATELLITE_SHARE = 0.15 -- of the area, at most
local LEAST_SHARE = 0.01
local STEPS, PROMISE = 30, 0.1 -- of the fit without a peak

local function at(value, bound) return math.abs(value - bound) < 1e-3 * bound end

--- Whether a position lies where satellites of a main line are.
function M.beyond_main(spectrum, position, main)
  if spectrum.x_unit ~= "eV" then return false end
  local sign = spectrum.energy == "kinetic" and -1 or 1
  return sign * (position - main) > SATELLITE_FROM
end

local function is_satellite(fit, i, main)
  return M.beyond_main(fit.spectrum, fit.position[i], fit.position[main])
    and fit.share[i] < SATELLITE_SHARE and (fit.names[i] or "") == ""
end

local function twins(fit, i, j)
  return math.abs(fit.position[i] - fit.position[j])
    < RESOLVED * (fit.width[i] + fit.width[j]) / 2
end

-- The neighbour that peak i cannot be told from, or nil.
local function twin_of(fit, i)
  for _, j in ipairs { i - 1, i + 1 } do
    local other = j >= 1 and j <= fit.k and not fit_of.same_component(fit, i, j)
    if other and twins(fit, i, j) then return j end
  end
end

-- Whether BIC does not rise when peak i is left out and the others are fitted again.
local function can_go(fit, i)
  local peaks = fit_of.start(fit)
  table.remove(peaks, i)
  for _, p in ipairs(peaks) do
    if p.tie then return true end -- a tie to the missing peak says nothing
  end
  if #peaks == 0 then return true end
  local raw = fit_of.raw(fit.spectrum, fit.spectrum.y, peaks, fit, STEPS, PROMISE)
  return raw.deviance + raw.parameters * math.log(#fit.spectrum.x) < fit.bic
end

local function is_weak(fit, i)
  if fit.share[i] < LEAST_SHARE then return true end
  return not (fit.area[i] > 3 * fit.errors.area[i]) and can_go(fit, i)
end

--- The number of peaks with twins counted as one.
function M.distinct(fit)
  local count = fit.k
  for i = 1, fit.k - 1 do
    if not fit_of.same_component(fit, i, i + 1) and twins(fit, i, i + 1) then count = count - 1 end
  end
  return count
end

local function flags_of(fit, i)
  local flags, low, high = {}, fit.spectrum.x:min(), fit.spectrum.x:max()
  local function flag(name, condition) if condition then flags[#flags + 1] = name end end
  local free = fit.limits[i].low < fit.limits[i].high
  flag("twin", twin_of(fit, i))
  flag("narrow", free and at(fit.width[i], fit.limits[i].low))
  flag("broad", free and at(fit.width[i], fit.limits[i].high))
  flag("edge", math.min(fit.position[i] - low, high - fit.position[i]) < fit.width[i] / 2)
  flag("weak", is_weak(fit, i))
  return flags
end

--- Sets flags and roles; returns how many kinds of defect the states and satellites show.
function M.set(fit)
  local main, kinds, count = fit_of.main_peak(fit), {}, 0
  for i = 1, fit.k do
    local line = fit.limits[i].line
    fit.roles[i] = line and "line" or is_satellite(fit, i, main) and "satellite" or "state"
    fit.flags[i] = line and {} or flags_of(fit, i)
    for _, name in ipairs(fit.flags[i]) do
      if not (name == "broad" and fit.roles[i] == "satellite") then kinds[name] = true end
    end
  end
  for _ in pairs(kinds) do count = count + 1 end
  return count
end

--- Whether any peak bears one of the flags.
function M.has(fit, ...)
  for i = 1, fit.k do
    local flags = table.concat(fit.flags[i], " ")
    for _, name in ipairs { ... } do
      local forgiven = name == "broad" and fit.roles[i] == "satellite"
      if not forgiven and flags:find(name, 1, true) then return true end
    end
  end
  return false
end

--- What is wrong with the peaks of a fit, in words; "" if nothing. At most `most` defects are told.
function M.text(fit, most)
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

--- Words of M.text for energies that are shifted.
function M.moved(text, shift)
  local function move(number) return ("%.2f"):format(tonumber(number) + shift) end
  text = text:gsub("(%a at )(%-?%d+%.%d%d)", function(a, x) return a .. move(x) end)
  return (text:gsub("(twins at %-?%d+%.%d%d and )(%-?%d+%.%d%d)", function(a, x)
    return a .. move(x)
  end))
end

return M
