-- Peaks as chemists name them, turned into the peaks of the kernel.
--
-- A component is a position, or a table of
--   name, position       a number, or { value =, error = }: a prior of that standard deviation
--   width, mix, skew     a number that fixes it, { low, high } that bounds it, or the name of
--                        another component whose value it shares
--   shape                its own, such as "LA(1.2,2.5,10)"
--   curve                a measured reference in place of a shape: a spectra.Spectrum net of its
--                        background, or a file of one; it is moved and scaled, its width stays
--   shift                { from = name, by = eV }: another component's position and so much more
--   ratio                { to = name, of = number }: the area is that of another times a number
--   doublet              "p", "d", "f" or a number (area of the second line over the first), with
--                        splitting (eV): a second line of the same width
--   lines                list of { shift =, ratio =, width = }: a multiplet after its first line,
--                        whose widths are those of the first times `width` (1)
-- The lines of a component count as one: their positions, areas and widths are tied to the first.

local e = require "matinf.error"
local fit_of = require "matinf.spectra.fit"
local ladder = require "matinf.spectra.ladder"
local spectrum_of = require "matinf.spectra.spectrum"

local M = {}

local SPIN_ORBIT = { p = 1 / 2, d = 2 / 3, f = 3 / 4 } -- area of the lower total spin over the higher
local known = { "name", "position", "width", "mix", "skew", "shape", "shift", "ratio", "doublet",
  "splitting", "lines", "curve" }

local function refuse(index, field, expected, got)
  local name = ("peaks[%d]%s"):format(index, field and "." .. field or "")
  e.argument(name, "spectra.fit", expected, got)
end

local function is_number(v) return type(v) == "number" and v == v and math.abs(v) < math.huge end

-- ---- one component ------------------------------------------------------------------------------

local function checked(one, index)
  if type(one) == "number" then one = { position = one } end
  if type(one) ~= "table" then refuse(index, nil, "position or peak", one) end
  for name in pairs(one) do
    local valid = false
    for _, other in ipairs(known) do valid = valid or name == other end
    local text = ("peak without the field '%s'"):format(tostring(name))
    if not valid then refuse(index, nil, text, one) end
  end
  return one
end

-- A component whose shape was measured: at its own place unless told otherwise, of its own width.
local function with_curve(one, index)
  local curve, copy = one.curve, {}
  if type(curve) == "string" then curve = require "matinf.spectra.read".read(curve) end
  if getmetatable(curve) ~= spectrum_of.Spectrum or not (curve.y:max() > 0) then
    refuse(index, "curve", "spectra.Spectrum, or a file of one, that rises above 0", one.curve)
  end
  if one.shape or one.width or one.mix or one.skew then
    refuse(index, "curve", "no shape, width, mix or skew beside a curve", one)
  end
  for name, value in pairs(one) do copy[name] = value end
  local area = math.abs(curve.y:integrate(curve.x))
  copy.curve, copy.shape, copy.width = curve, "curve", area / curve.y:max()
  if not (copy.width > 0) then refuse(index, "curve", "curve with an area above 0", one.curve) end
  if not one.shift then copy.position = one.position or fit_of.curve_centre(curve) end
  return copy
end

-- Position with its prior and bounds; of a component that is shifted from another, that place.
local function place(one, index, spectrum, peak, by_name)
  local low, high = spectrum.x:min(), spectrum.x:max()
  local position, reach, prior = one.position, 1, nil
  if one.shift then
    local from = type(one.shift) == "table" and by_name[one.shift.from]
    if not from or not is_number(one.shift.by) then
      refuse(index, "shift", "{ from = name of a peak before, by = eV }", one.shift)
    end
    position = from.position + one.shift.by
  elseif type(position) == "table" then
    position, prior = one.position.value, one.position
    if prior.error and not (is_number(prior.error) and prior.error > 0) then
      refuse(index, "position", "error > 0", prior.error)
    end
    reach = prior.error and 5 * prior.error or 1
  end
  if not is_number(position) or position < low or position > high then
    refuse(index, nil, ("position from %g to %g"):format(low, high), position)
  end
  peak.position, peak.from, peak.to = position, math.max(low, position - reach),
    math.min(high, position + reach)
  if prior and prior.error then
    peak.prior = { position = { value = position, error = prior.error } }
  end
end

-- A value that is fixed, bounded, or shared with another component.
local function constrain(one, index, name, peak, by_name, keys)
  local wish = one[name]
  if wish == nil then return end
  local low, high = wish, wish
  if type(wish) == "table" then low, high = wish[1], wish[2] end
  if type(wish) == "string" and by_name[wish] then
    peak.tie = peak.tie or {}
    peak.tie[name] = { peak = by_name[wish].place, factor = 1, offset = 0 }
    return
  end
  local least = name == "width" and 1e-300 or 0
  if not is_number(low) or not is_number(high) or low > high or low < least then
    refuse(index, name, "number, { low, high } or the name of a peak before", wish)
  end
  peak[keys[1]], peak[keys[2]], peak[name] = low, high, (low + high) / 2
end

local function tie_area_and_place(one, index, peak, by_name)
  if one.shift then
    peak.tie = peak.tie or {}
    local from = by_name[one.shift.from]
    peak.tie.position = { peak = from.place, factor = 1, offset = one.shift.by }
  end
  if not one.ratio then return end
  local to = type(one.ratio) == "table" and by_name[one.ratio.to]
  if not to or not is_number(one.ratio.of) or one.ratio.of <= 0 then
    refuse(index, "ratio", "{ to = name of a peak before, of = number > 0 }", one.ratio)
  end
  peak.tie = peak.tie or {}
  peak.tie.area = { peak = to.place, factor = one.ratio.of, offset = 0 }
end

-- ---- doublets and multiplets --------------------------------------------------------------------

local function lines_of(one, index)
  if one.doublet then
    local ratio = SPIN_ORBIT[one.doublet] or one.doublet
    if not is_number(ratio) or ratio <= 0 then
      refuse(index, "doublet", '"p", "d", "f" or the ratio of areas', one.doublet)
    end
    if not is_number(one.splitting) then refuse(index, "splitting", "eV", one.splitting) end
    return { { shift = one.splitting, ratio = ratio } }
  end
  for _, line in ipairs(one.lines or {}) do
    if type(line) ~= "table" or not is_number(line.shift) or not is_number(line.ratio)
      or line.ratio <= 0 or (line.width and not (is_number(line.width) and line.width > 0)) then
      refuse(index, "lines", "{ shift = eV, ratio = number > 0 }", line)
    end
  end
  return one.lines or {}
end

-- The value that a line shares with the first: with what that one is tied to, if it is.
local function follow(first, at, name, factor, offset)
  local tie = first.tie and first.tie[name]
  if not tie then return { peak = at, factor = factor, offset = offset } end
  return { peak = tie.peak, factor = factor * tie.factor, offset = factor * tie.offset + offset }
end

local function line_after(first, at, line)
  local peak = {}
  for name, value in pairs(first) do peak[name] = value end
  peak.prior, peak.line = nil, true
  peak.position, peak.area = first.position + line.shift, first.area * line.ratio
  peak.from, peak.to = peak.position, peak.position
  peak.tie = { area = follow(first, at, "area", line.ratio, 0),
    position = follow(first, at, "position", 1, line.shift),
    width = follow(first, at, "width", line.width or 1, 0), mix = follow(first, at, "mix", 1, 0),
    skew = follow(first, at, "skew", 1, 0) }
  return peak
end

-- ---- all components -----------------------------------------------------------------------------

-- A tie to a value that is tied itself goes to where that one is tied to.
local function resolve(peaks)
  for _, p in ipairs(peaks) do
    for name, tie in pairs(p.tie or {}) do
      local other = peaks[tie.peak].tie and peaks[tie.peak].tie[name]
      if other then
        p.tie[name] = { peak = other.peak, factor = tie.factor * other.factor,
          offset = tie.factor * other.offset + tie.offset }
      end
    end
  end
end

--- The kernel's peaks of a list of components, and the name of each.
function M.peaks(list, spectrum, model)
  local peaks, names, by_name = {}, {}, {}
  for i, given in ipairs(list) do
    local one = checked(given, i)
    if one.curve then one = with_curve(one, i) end
    local peak = ladder.peak_at(spectrum, 1, 1, model)
    place(one, i, spectrum, peak, by_name)
    local nearest = (spectrum.x - peak.position):abs():argmin()
    peak.area = math.max(spectrum.y[nearest] - spectrum.y:min(), 1e-3) * peak.width
    constrain(one, i, "width", peak, by_name, { "low", "high" })
    constrain(one, i, "mix", peak, by_name, { "mix_low", "mix_high" })
    constrain(one, i, "skew", peak, by_name, { "skew_low", "skew_high" })
    tie_area_and_place(one, i, peak, by_name)
    peak.shape, peak.curve, peak.component = one.shape, one.curve, i
    peaks[#peaks + 1], names[#names + 1] = peak, one.name or ""
    local at = #peaks
    if one.name then by_name[one.name] = { position = peak.position, place = at } end
    for n, line in ipairs(lines_of(one, i)) do
      peaks[#peaks + 1] = line_after(peak, at, line)
      names[#names + 1] = ("%s, line %d"):format(one.name or "peak " .. i, n + 1)
    end
  end
  resolve(peaks)
  return peaks, names
end

return M
