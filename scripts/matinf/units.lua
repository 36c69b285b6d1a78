-- Physical units: parsing, conversion with a check of dimensions, quantities, constants.
--
--   units/table.lua      the known units         units/constants.lua   CODATA 2022
--   units/parse.lua      unit expressions        units/convert.lua     conversion, equivalents
--   units/quantity.lua   "284.8 +- 0.3 eV"

local parser = require "matinf.units.parse"
local convert = require "matinf.units.convert"
local quantity = require "matinf.units.quantity"

local M = { constants = require "matinf.units.constants" }

function M.parse(text) return parser.parse(text, "units.parse") end

function M.convert(value, from, to) return convert.value(value, from, to, "units.convert") end

function M.equivalent(value, from, to) return convert.equivalent(value, from, to) end

function M.dimension(unit) return parser.dimension_name(parser.parse(unit, "units.dimension")) end

function M.compatible(a, b)
  local called = "units.compatible"
  return parser.same_dimension(parser.parse(a, called), parser.parse(b, called))
end

function M.quantity(text) return quantity.parse(text) end

return M
