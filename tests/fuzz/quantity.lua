-- Quantities: what parses prints as a text that parses to the same; its unit converts to itself.
local m = require "matinf"

local function same(a, b) return a == b or a ~= a and b ~= b end

return function(text)
  local quantity = m.units.quantity(text)
  local again = m.units.quantity(tostring(quantity))
  assert(tostring(again) == tostring(quantity), tostring(quantity))
  for _, name in ipairs { "value", "low", "high", "uncertainty" } do
    local value = quantity[name]
    if value and quantity.unit then m.units.convert(value, quantity.unit, quantity.unit) end
    assert((value == nil) == (again[name] == nil))
    assert(value == nil or same(value, value + 0))
  end
end
