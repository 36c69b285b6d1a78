-- What a swept parameter runs through, from its text on the command line:
--
--   key=1,2,3   choice(a, b)   range([start,] stop[, step])   linspace(a, b, n)   logspace(a, b, n)
--   glob(pattern)              a list of values
--   interval(a, b[, log])      everything between: for the samplers that draw points
--
-- As in Hydra a range ends before `stop`; logspace runs from 10^a to 10^b, as m.array.logspace.
-- Numbers may carry a unit, `linspace(4 Å, 6 Å, 5)`. An axis is { key =, prefix = what stands
-- before a value, values = texts } or { key =, prefix =, low =, high =, log =, unit = }.

local m = require "matinf"
local e = require "matinf.error"
local split = require "matinf.recipe.commas"

local M = {}

local MOST_VALUES = 1000000

-- ---- texts --------------------------------------------------------------------------------------

local function fail(key, format, ...) e.fail("usage", "%s: %s", key, format:format(...)) end

-- A number and its unit ("" without one).
local function number_and_unit(text)
  if tonumber(text) then return tonumber(text), "" end
  local number, unit = text:match "^([+-]?[%d.]+[eE]?[+-]?%d*)%s+(%S.*)$"
  if not number then number, unit = text:match "^([+-]?[%d.]+)([^%d%s.eE+-].*)$" end
  return tonumber(number), unit
end

-- The numbers of a form and their common unit.
local function numbers(key, form, arguments, least, most)
  if #arguments < least or #arguments > most then
    fail(key, "%s takes %s numbers, got %d", form,
      least == most and least or ("%d to %d"):format(least, most), #arguments)
  end
  local values, common = {}, nil
  for i, text in ipairs(arguments) do
    local number, unit = number_and_unit(text)
    if not number or number ~= number or math.abs(number) == math.huge then
      fail(key, "%s: number expected, got '%s'", form, text)
    end
    values[i] = number
    if unit ~= "" then
      if common and common ~= unit then
        fail(key, "%s: one unit expected, got %s and %s", form, common, unit)
      end
      common = unit
    end
  end
  return values, common
end

--- A number as it stands in a configuration; 15 digits hide what rounding left behind.
function M.text(number, unit)
  return ("%.15g%s"):format(number, unit and " " .. unit or "")
end

-- ---- forms --------------------------------------------------------------------------------------

local forms = {}

local function spaced(count, key, unit, value)
  if count < 1 then fail(key, "no value is left") end
  if count > MOST_VALUES then fail(key, "%.0f values are too many", count) end
  local texts = {}
  for i = 1, math.tointeger(count) do texts[i] = M.text(value(i - 1), unit) end
  return { values = texts }
end

function forms.range(key, arguments)
  local values, unit = numbers(key, "range", arguments, 1, 3)
  local start, stop, step = table.unpack(values)
  if not stop then start, stop = 0, start end
  step = step or 1
  if step == 0 then fail(key, "range: step other than 0 expected") end
  local count = math.ceil((stop - start) / step - 1e-9)
  return spaced(count, key, unit, function(i) return start + i * step end)
end

-- linspace and logspace: a count without a unit comes last.
local function between(key, form, arguments, value)
  local count = math.tointeger(tonumber(arguments[3]))
  if #arguments ~= 3 or not count then fail(key, "%s(first, last, count) expected", form) end
  local ends, unit = numbers(key, form, { arguments[1], arguments[2] }, 2, 2)
  local width = ends[2] - ends[1]
  return spaced(count, key, unit,
    function(i) return value(ends[1] + width * (count > 1 and i / (count - 1) or 0)) end)
end

function forms.linspace(key, arguments)
  return between(key, "linspace", arguments, function(x) return x end)
end

function forms.logspace(key, arguments)
  return between(key, "logspace", arguments, function(x) return 10.0 ^ x end)
end

function forms.choice(_, arguments) return { values = arguments } end

function forms.interval(key, arguments)
  local log = #arguments == 3 and table.remove(arguments)
  if log and log ~= "log" then
    fail(key, "interval(low, high) or interval(low, high, log) expected")
  end
  local ends, unit = numbers(key, "interval", arguments, 2, 2)
  if ends[1] >= ends[2] then fail(key, "interval: low < high expected") end
  if log and ends[1] <= 0 then fail(key, "interval: low > 0 expected with log") end
  return { low = ends[1], high = ends[2], log = log and true, unit = unit }
end

local function lua_pattern(glob)
  local pattern = glob:gsub("[%^$()%%.+-]", "%%%0"):gsub("%*", "[^/]*"):gsub("%?", "[^/]")
  return "^" .. pattern:gsub("%[!", "[^") .. "$"
end

-- Appends the files below `folder` ("" or ending in /) that the segments i, i+1, ... match.
local function match_files(folder, segments, i, found)
  local pattern, last = lua_pattern(segments[i]), i == #segments
  for _, name in ipairs(m.sys.list(folder == "" and "." or folder)) do
    local hidden = name:sub(1, 1) == "." and segments[i]:sub(1, 1) ~= "."
    local kind = not hidden and name:find(pattern) and m.sys.exists(folder .. name)
    if last and kind == "file" then found[#found + 1] = folder .. name end
    if not last and kind == "folder" then
      match_files(folder .. name .. "/", segments, i + 1, found)
    end
  end
end

function forms.glob(key, arguments)
  local pattern = table.concat(arguments, ","):gsub("^[\"'](.*)[\"']$", "%1")
  local fixed, rest = pattern:match "^([^*?%[]*/)(.*)$"
  local segments, found = {}, {}
  for segment in (rest or pattern):gmatch "[^/]+" do segments[#segments + 1] = segment end
  if #segments == 0 then fail(key, "glob: pattern such as data/*.csv expected") end
  if not fixed or m.sys.exists(fixed) == "folder" then
    match_files(fixed or "", segments, 1, found)
  end
  if #found == 0 then fail(key, "no file matches '%s'", pattern) end
  for i, path in ipairs(found) do found[i] = '"' .. path:gsub('[\\"]', "\\%0") .. '"' end
  return { values = found }
end

-- ---- an argument --------------------------------------------------------------------------------

--- The axis of an argument `key=values`, or nil when it gives one value or none.
function M.parse(argument)
  local prefix, key, text = argument:match "^(%+*([^=~]+)=)(.*)$"
  if not key then return nil end
  local form, inside = text:match "^%s*(%a+)%s*(%b())%s*$"
  local axis
  if form and forms[form] then
    axis = forms[form](key, split(inside:sub(2, -2)))
  else
    local values = split(text)
    if #values == 1 then return nil end
    axis = { values = values }
  end
  for _, value in ipairs(axis.values or {}) do
    if value == "" then fail(key, "there is an empty value in '%s'", text) end
  end
  axis.key, axis.prefix = key, prefix
  return axis
end

return M
