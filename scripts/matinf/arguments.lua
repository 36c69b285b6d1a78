-- Arguments that the Lua half of a module itself counts or calculates with.

local e = require "matinf.error"

local M = {}
local MOST = 1000000000

--- A whole number from 1 to a thousand million.
function M.positive_integer(value, name, called, default)
  if value == nil then return default end
  local whole = math.type(value) == "integer" or math.type(value) == "float" and value % 1 == 0
  if not whole or value < 1 or value > MOST then
    e.argument(name, called, "positive integer", value)
  end
  return math.tointeger(value)
end

--- A finite number.
function M.number(value, name, called, default)
  if value == nil then return default end
  if type(value) ~= "number" or value ~= value or value == math.huge or value == -math.huge then
    e.argument(name, called, "finite number", value)
  end
  return value
end

--- A finite number above 0.
function M.positive(value, name, called, default)
  value = M.number(value, name, called, default)
  if value ~= nil and not (value > 0) then e.argument(name, called, "positive number", value) end
  return value
end

--- A structure.
function M.structure(value, name, called)
  if getmetatable(value) ~= require "matinf".atoms.Structure then
    e.argument(name, called, "structure", value)
  end
  return value
end

--- Three whole numbers, or one that stands for three.
function M.three(value, name, called, default)
  if value == nil then value = default end
  if type(value) == "number" then value = { value, value, value } end
  if type(value) ~= "table" or #value ~= 3 then
    e.argument(name, called, "positive integer or three of them", value)
  end
  local three = {}
  for k = 1, 3 do three[k] = M.positive_integer(value[k], name, called) end
  return three
end

return M
