-- Parses unit expressions: "eV/Å", "mol^-1", "Ω cm²", "J/(mol K)", "cm-1", "V s^(1/2)".
--
--   unit   = factor { [ "*" | "/" ] factor }       a product after "/" needs parentheses
--   factor = ( symbol | "(" unit ")" ) [ exponent ]
--
-- The value is a class units.Unit: text, coefficient * 10^power (the factor to SI), offset (K at
-- zero of a temperature scale), dimension (exponents of base units).

local known = require "matinf.units.table"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}

local Unit = store.class("units.Unit")
function Unit.__tostring(self) return self.text end

-- ---- one spelling for the many of Unicode -------------------------------------------------------

local superscripts = { ["⁻"] = "-", ["⁺"] = "+", ["⁰"] = "0", ["¹"] = "1", ["²"] = "2", ["³"] = "3",
  ["⁴"] = "4", ["⁵"] = "5", ["⁶"] = "6", ["⁷"] = "7", ["⁸"] = "8", ["⁹"] = "9" }
local spellings = { ["µ"] = "μ", ["\u{212B}"] = "Å", ["A\u{030A}"] = "Å", ["\u{2126}"] = "Ω",
  ["·"] = "*", ["⋅"] = "*", ["×"] = "*", ["−"] = "-", ["**"] = "^", ["\u{A0}"] = " ",
  ["\u{2009}"] = " ", ["\u{202F}"] = " " }

local function replace_all(text, from, to) return (text:gsub((from:gsub("%p", "%%%0")), to)) end

--- The text with ASCII operators and one code point for each symbol.
function M.normalise(text)
  for from, to in pairs(spellings) do text = replace_all(text, from, to) end
  for from, to in pairs(superscripts) do text = replace_all(text, from, "\0" .. to) end
  text = text:gsub("%z[%z%d+-]*", function(run) return "^" .. run:gsub("%z", "") end)
  return text
end

-- ---- products of units --------------------------------------------------------------------------

local function one() return { coefficient = 1, power = 0, offset = 0, dimension = {} } end

local function scaled(unit, exponent)
  local whole = math.tointeger(unit.power * exponent)
  local result = one()
  result.coefficient = unit.coefficient ^ exponent * (whole and 1 or 10.0 ^ (unit.power * exponent))
  result.power = whole or 0
  if exponent == 1 then result.coefficient, result.offset = unit.coefficient, unit.offset end
  for base, n in pairs(unit.dimension) do
    if n * exponent ~= 0 then result.dimension[base] = n * exponent end
  end
  return result
end

local function multiply(a, b)
  local result = one()
  result.coefficient, result.power = a.coefficient * b.coefficient, a.power + b.power
  for base, n in pairs(a.dimension) do result.dimension[base] = n end
  for base, n in pairs(b.dimension) do
    local sum = (result.dimension[base] or 0) + n
    result.dimension[base] = sum ~= 0 and sum or nil
  end
  return result
end

-- ---- symbols ------------------------------------------------------------------------------------

local function look_up(symbol)
  if known.units[symbol] then return scaled(known.units[symbol], 1) end
  for prefix, power in pairs(known.prefixes) do
    local unit = symbol:sub(1, #prefix) == prefix and known.units[symbol:sub(#prefix + 1)]
    if unit and unit.prefixed then
      local result = scaled(unit, 1)
      result.power = result.power + power
      return result
    end
  end
end

--- The known symbol nearest to a mistyped one; case counts less than letters.
local function nearest(symbol)
  local spelling, names = {}, {}
  for _, prefix in ipairs { "", "m", "k", "n", "M", "G" } do -- the first spelling wins
    for _, name in ipairs(known.symbols) do
      local full = (prefix .. name):lower()
      if (prefix == "" or known.units[name].prefixed) and not spelling[full] then
        spelling[full] = prefix .. name
        names[#names + 1] = full
      end
    end
  end
  return spelling[e.nearest(symbol:lower(), names)]
end

-- ---- the parser ---------------------------------------------------------------------------------

local function fail(state, format, ...)
  e.fail("argument", "bad unit '%s': %s", state.text, format:format(...))
end

local function skip(state) state.at = state.source:match("^%s*()", state.at) end

local function take(state, pattern)
  local found, after = state.source:match("^(" .. pattern .. ")()", state.at)
  if found then state.at = after end
  return found
end

local function exponent(state)
  local marked = take(state, "%^")
  local inner = marked and take(state, "%b()")
  if inner then
    local over, under = inner:match "^%(%s*([+-]?[%d.]+)%s*/?%s*([%d.]*)%s*%)$"
    local value = tonumber(over) and tonumber(over) / (under == "" and 1 or tonumber(under) or 0)
    if not value or value ~= value or math.abs(value) > 99 then
      fail(state, "number expected as the exponent, got %s", inner)
    end
    return value
  end
  local number = take(state, marked and "[+-]?%d+%.?%d*" or "[+-]?%d+")
  if marked and not number then fail(state, "number expected after '^'") end
  if not number then return 1 end
  if math.abs(tonumber(number)) > 99 then fail(state, "exponent %s is too large", number) end
  return tonumber(number)
end

local function unknown(state, symbol)
  local near = nearest(symbol)
  local hint = near and (": did you mean '%s'?"):format(near) or ""
  if symbol == state.text then e.fail("argument", "unknown unit '%s'%s", symbol, hint) end
  fail(state, "unknown unit '%s'%s", symbol, hint)
end

local function symbol_at(state)
  if take(state, "1%f[^%d.]") then return one() end
  local symbol = take(state, "a0") or take(state, "[%a\128-\255%%]+")
  if symbol then return look_up(symbol) or unknown(state, symbol) end
  local rest = state.source:sub(state.at)
  fail(state, "unit expected%s", rest == "" and " at the end" or (", got '%s'"):format(rest))
end

local product

local function factor(state)
  local base
  if take(state, "%(") then
    base = product(state)
    skip(state)
    if not take(state, "%)") then fail(state, "')' expected") end
  else
    base = symbol_at(state)
  end
  return scaled(base, exponent(state))
end

function product(state)
  state.depth = state.depth + 1
  if state.depth > 16 then fail(state, "parentheses are nested too deeply") end
  skip(state)
  local result, divided = factor(state), false
  while true do
    skip(state)
    if state.at > #state.source or state.source:find("^%)", state.at) then break end
    local divide = take(state, "/")
    if divided and not divide then
      fail(state, "a product after '/' is ambiguous: write parentheses, as in J/(mol K)")
    end
    if not divide then take(state, "%*") end
    skip(state)
    local next_ = factor(state)
    if result.offset ~= 0 or next_.offset ~= 0 then
      fail(state, "a temperature scale cannot stand in a product: use K")
    end
    result = multiply(result, divide and scaled(next_, -1) or next_)
    divided = divided or divide ~= nil
  end
  state.depth = state.depth - 1
  return result
end

local cache = setmetatable({}, { __mode = "v" })

--- The unit that a text describes; a units.Unit is returned as it is.
function M.parse(text, called)
  if getmetatable(text) == Unit then return text end
  if type(text) ~= "string" then e.argument("unit", called, "unit such as \"eV/Å\"", text) end
  if cache[text] then return cache[text] end
  local state = { text = text, source = M.normalise(text), at = 1, depth = 0 }
  local unit = text:match "^%s*$" and one() or product(state)
  if state.at <= #state.source and not text:match "^%s*$" then
    fail(state, "unexpected '%s'", state.source:sub(state.at))
  end
  unit.text = text
  cache[text] = setmetatable(unit, Unit)
  return unit
end

-- ---- dimensions ---------------------------------------------------------------------------------

--- "kg m^2 s^-2": the base units of a dimension, in fixed order.
function M.base_units(dimension)
  local parts = {}
  for _, base in ipairs(known.base_order) do
    local n = dimension[base]
    if n then
      n = math.tointeger(n) or n
      parts[#parts + 1] = n == 1 and base or ("%s^%s"):format(base, n)
    end
  end
  return table.concat(parts, " ")
end

--- "an energy", or "a quantity in kg^2 m" where the field has no word.
function M.dimension_name(unit)
  local text = M.base_units(unit.dimension)
  return known.names[text] or "a quantity in " .. text
end

function M.same_dimension(a, b) return M.base_units(a.dimension) == M.base_units(b.dimension) end

return M
