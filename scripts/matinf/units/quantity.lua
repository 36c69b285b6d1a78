-- Quantities as people write them: "5.5 Å", "284.8 +- 0.3 eV", "282..294 eV", "0.1 Hz..100 kHz", "3".
--
-- The value is a class units.Quantity with the unit's text and either value, value and uncertainty,
-- or low and high. A unit at the end of a range holds for both its ends; when each has its own, both
-- are brought to the smaller one.

local parser = require "matinf.units.parse"
local convert = require "matinf.units.convert"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}

local Quantity = store.class("units.Quantity")

local function shown(number) return ("%.10g"):format(number) end

function Quantity.__tostring(self)
  local unit = self.unit and (" " .. self.unit) or ""
  if self.low then return shown(self.low) .. ".." .. shown(self.high) .. unit end
  if self.uncertainty then return shown(self.value) .. " +- " .. shown(self.uncertainty) .. unit end
  return shown(self.value) .. unit
end

--- The same quantity in another unit. An uncertainty is a difference: it has no zero to move.
function Quantity:to(unit)
  local from = self.unit or "1"
  local called = "units.Quantity:to"
  local function moved(x) return x and convert.value(x, from, unit, called) end
  local function stretched(x) return x and convert.difference(x, from, unit, called) end
  return setmetatable({ value = moved(self.value), uncertainty = stretched(self.uncertainty),
    low = moved(self.low), high = moved(self.high), unit = unit }, Quantity)
end

local function fail(text, format, ...)
  e.fail("argument", "bad quantity '%s': %s", text, format:format(...))
end

-- The number at a position: its value and the position after it, or nil.
local function number_at(text, source, at)
  local digits, after = source:match("^([+-]?%d+%.?%d*)()", at)
  if digits and digits:sub(-1) == "." and source:sub(after, after) == "." then -- "282..294"
    digits, after = digits:sub(1, -2), after - 1
  elseif not digits then
    digits, after = source:match("^([+-]?%.%d+)()", at)
  end
  if not digits then return nil end
  local power, beyond = source:match("^([eE][+-]?%d+)()", after)
  local value = tonumber(digits .. (power or "e0")) -- always a float: -0 keeps its sign
  if math.abs(value) == math.huge then fail(text, "the number is too large") end
  return value, beyond or after
end

local function expect_number(text, source, at)
  local value, after = number_at(text, source, source:match("^%s*()", at))
  if not value then
    local rest = source:sub(at):match "^%s*(.*)$"
    fail(text, "number expected%s", rest == "" and "" or (", got '%s'"):format(rest))
  end
  return value, after
end

local function second_number(quantity, text, source, at)
  local after_range = source:match("^%s*%.%.()", at)
  local after_error = source:match("^%s*%+%-()", at) or source:match("^%s*%+/%-()", at)
  if after_range then
    if source:find("^%.", after_range) then fail(text, "two points expected in a range") end
    quantity.low = quantity.value
    quantity.value = nil
    quantity.high, at = expect_number(text, source, after_range)
  elseif after_error then
    quantity.uncertainty, at = expect_number(text, source, after_error)
    if quantity.uncertainty < 0 then fail(text, "the uncertainty is negative") end
  end
  return at
end

-- A known unit, nil for "".
local function unit_of(text, unit)
  if unit == "" then return nil end
  if unit:find "^[%d.+-]" then fail(text, "unit expected, got '%s'", unit) end
  local _, err = e.attempt(parser.parse, unit, "units.quantity")
  if err then fail(text, "%s", err.message) end
  return unit
end

-- Brings the low end, in a unit of its own, and the high one to the smaller of their units, which
-- keeps "0.1 Hz" exact beside "100 kHz".
local function unite(quantity, low_unit, text)
  local unit, called = quantity.unit, "units.quantity"
  if not unit then fail(text, "unit expected after the second number, too") end
  local ratio, err = e.attempt(convert.difference, 1.0, low_unit, unit, called)
  if not ratio then fail(text, "%s", (err.message:gsub("^[%w.]+: ", ""))) end
  if ratio < 1 then
    quantity.high, quantity.unit = convert.value(quantity.high, unit, low_unit, called), low_unit
  else
    quantity.low = convert.value(quantity.low, low_unit, unit, called)
  end
  if math.abs(quantity.low) == math.huge or math.abs(quantity.high) == math.huge then
    fail(text, "the number is too large")
  end
end

--- Parses a quantity; the unit must be known.
function M.parse(text)
  if type(text) == "number" then return setmetatable({ value = text * 1.0 }, Quantity) end
  if type(text) ~= "string" then
    e.argument("text", "units.quantity", "text such as \"5.5 Å\"", text)
  end
  local source = text:gsub("±", "+-"):gsub("−", "-"):gsub("…", "..")
  local quantity, at = setmetatable({}, Quantity), nil
  quantity.value, at = expect_number(text, source, 1)
  local low_unit, dots = source:match("^%s*([^%s%d.+-].-)%s*()%.%.", at)
  at = second_number(quantity, text, source, dots or at)
  quantity.unit = unit_of(text, source:sub(at):match "^%s*(.-)%s*$")
  if low_unit then unite(quantity, unit_of(text, low_unit), text) end
  if quantity.low and quantity.low > quantity.high then
    fail(text, "the range runs backwards: write low..high")
  end
  return quantity
end

return M
