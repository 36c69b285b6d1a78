-- Axes: range, ticks and their labels, the axis label with its unit.
--
-- Ticks are chosen here rather than by gnuplot: their labels are then known, so that large numbers
-- share one power of ten in the axis label and stacked panels get the same margin.

local text = require "matinf.plot.text"
local e = require "matinf.error"

local M = {}

local MINUS = "\u{2212}"

local function with_minus(label) return (label:gsub("^%-", MINUS)) end

local function power_of_ten(n)
  return ("10^{%s}"):format(with_minus(tostring(math.tointeger(n))))
end

-- ---- ranges -------------------------------------------------------------------------------------

local function widened(low, high)
  if low < high then return low, high end
  local half = low == 0 and 1 or math.abs(low) * 0.1
  return low - half, high + half
end

local function linear_range(low, high, padding)
  low, high = widened(low, high)
  local margin = (high - low) * padding
  local from_zero, to_zero = low >= 0 and low - margin < 0, high <= 0 and high + margin > 0
  return from_zero and 0 or low - margin, to_zero and 0 or high + margin
end

local function log_range(low, high, padding)
  local a, b = math.log(low, 10), math.log(high, 10)
  if b - a < 1e-12 then a, b = a - 0.5, b + 0.5 end
  local margin = (b - a) * padding
  return 10 ^ (a - margin), 10 ^ (b + margin)
end

--- The range shown: the user's, else that of the data with some padding.
function M.range(axis, low, high, padding)
  if axis.range then return axis.range[1], axis.range[2] end
  if not axis.log then return linear_range(low, high, padding) end
  return log_range(low, high, padding)
end

-- ---- ticks --------------------------------------------------------------------------------------

-- Step 1, 2 or 5 times a power of ten whose number of intervals is nearest to `count`, and the
-- minor intervals in it.
local function nice_step(span, count)
  local power, best, step, minors = math.floor(math.log(span / count, 10)), math.huge, nil, nil
  for _, choice in ipairs { { 1, 5 }, { 2, 4 }, { 5, 5 }, { 10, 5 } } do
    local candidate = power < 0 and choice[1] / 10.0 ^ -power or choice[1] * 10.0 ^ power
    local misfit = math.abs(math.log(span / candidate / count))
    if misfit < best then best, step, minors = misfit, candidate, choice[2] end
  end
  return step, minors
end

-- The power of ten that labels leave out: a multiple of 3, 0 for plain numbers.
local function shared_power(low, high)
  local largest = math.max(math.abs(low), math.abs(high))
  if largest >= 1e-3 and largest < 1e5 then return 0 end
  local power = math.floor(math.log(largest, 10) + 1e-9)
  return power - power % 3
end

-- The same with no step below `least`: 1 between whole numbers, where nothing is.
local function step_from(span, count, least)
  local step, minors = nice_step(span, count)
  if step < least then step, minors = least, 1 end
  if least > 0 and step / minors < least then minors = math.max(step // least | 0, 1) end
  return step, minors
end

local function linear_ticks(low, high, count, least)
  local step, minors = step_from(high - low, count, least or 0)
  local power = shared_power(low, high)
  local decimals = math.max(0, -math.floor(math.log(step, 10) - power + 1e-9))
  local format, ticks = ("%%.%df"):format(math.min(decimals, 12)), {}
  local small = step / minors
  local tolerance = small * 1e-6
  for i = math.ceil((low - tolerance) / small), math.floor((high + tolerance) / small) do
    local value = i * small
    local major = i % minors == 0
    local label = major and with_minus(format:format(i // minors * step / 10.0 ^ power)) or ""
    if label:find("^" .. MINUS .. "[0.]*$") then label = label:sub(#MINUS + 1) end
    ticks[#ticks + 1] = { at = value, label = label, major = major }
  end
  return ticks, power
end

local function decade_ticks(first, last, every)
  local ticks = {}
  for exponent = first, last do
    local labelled = exponent % every == 0
    ticks[#ticks + 1] = { at = 10.0 ^ exponent, label = labelled and power_of_ten(exponent) or "",
      major = labelled }
    for digit = 2, every == 1 and 9 or 0 do
      ticks[#ticks + 1] = { at = digit * 10.0 ^ exponent, label = "", major = false }
    end
  end
  return ticks
end

-- Less than a decade and a half: plain numbers at 1, 2 and 5.
local function short_log_ticks(first, last)
  local ticks = {}
  for exponent = first, last do
    for digit = 1, 9 do
      local major = digit == 1 or digit == 2 or digit == 5
      local value = digit * 10.0 ^ exponent
      local label = major and ("%.6g"):format(value) or ""
      ticks[#ticks + 1] = { at = value, label = label, major = major }
    end
  end
  return ticks
end

local function log_ticks(low, high, count)
  local a, b = math.log(low, 10), math.log(high, 10)
  local first, last = math.floor(a), math.ceil(b)
  local ticks, shown = nil, {}
  if b - a < 1.5 then
    ticks = short_log_ticks(first, last)
  else
    ticks = decade_ticks(first, last, math.max(1, math.ceil((b - a) / (count + 1))))
  end
  for _, tick in ipairs(ticks) do
    local inside = tick.at >= low * (1 - 1e-9) and tick.at <= high * (1 + 1e-9)
    if inside then shown[#shown + 1] = tick end
  end
  return shown, 0
end

-- Characters of labels that an interval between numbers has room for.
local ROOM = 12

-- Names at 1, 2, 3, ...; where they would meet, every second, third, ... of them.
local function named_ticks(names, low, high, count)
  local longest, ticks = 0, {}
  for _, name in ipairs(names) do longest = math.max(longest, text.length(name)) end
  local every = math.max(1, math.ceil((high - low) * (longest + 1) / (ROOM * count)))
  for i, name in ipairs(names) do
    local shown = (i - 1) % every == 0
    if i >= low and i <= high then
      ticks[#ticks + 1] = { at = i, label = shown and text.escaped(name) or "", major = shown }
    end
  end
  return ticks, 0
end

--- Ticks { at, label, major } and the power of ten their labels leave out; none closer than `least`
--- on a linear axis.
function M.ticks(axis, low, high, count, least)
  if axis.names then return named_ticks(axis.names, low, high, count) end
  return (axis.log and log_ticks or linear_ticks)(low, high, count, least)
end

--- The longest tick label, in characters.
function M.label_width(ticks)
  local longest = 0
  for _, tick in ipairs(ticks) do
    longest = math.max(longest, text.length((tick.label:gsub("[%^{}]", ""))))
  end
  return longest
end

-- ---- labels -------------------------------------------------------------------------------------

--- Enhanced text: "Intensity (10^{4} counts)".
function M.label(axis, power)
  local unit = axis.unit and text.escaped(axis.unit) or ""
  if power and power ~= 0 then
    unit = power_of_ten(power) .. (unit ~= "" and " " .. unit or "")
  end
  local label = axis.label and text.escaped(axis.label) or ""
  if unit == "" then return label end
  return label == "" and unit or ("%s (%s)"):format(label, unit)
end

-- ---- the user's axis table ----------------------------------------------------------------------

local function check_range(range, name, called, log)
  if type(range) ~= "table" or type(range[1]) ~= "number" or type(range[2]) ~= "number"
    or not (range[1] < range[2]) or range[2] - range[1] == math.huge or log and range[1] <= 0 then
    e.argument(name, called,
      log and "{low, high} with 0 < low < high" or "{low, high} with low < high", range)
  end
end

local function check_names(names, name, called)
  local good = type(names) == "table" and #names > 0
  for _, one in ipairs(good and names or {}) do good = good and type(one) == "string" end
  if not good then e.argument(name, called, "list of strings", names) end
  return table.move(names, 1, #names, 1, {})
end

--- Checks the options of an axis; `name` is "x" or "y".
function M.check(axis, name, called)
  axis = e.options(axis, called, { "label", "unit", "reverse", "log", "range", "names" })
  for _, option in ipairs { "label", "unit" } do
    if axis[option] ~= nil and type(axis[option]) ~= "string" then
      e.argument(name .. "." .. option, called, "string", axis[option])
    end
  end
  if axis.range then check_range(axis.range, name .. ".range", called, axis.log) end
  local names = axis.names and check_names(axis.names, name .. ".names", called)
  return { label = axis.label, unit = axis.unit, names = names, reverse = axis.reverse or false,
    log = axis.log or false, range = axis.range and { axis.range[1], axis.range[2] } }
end

return M
