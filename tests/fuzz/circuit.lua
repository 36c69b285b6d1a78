-- Circuit strings in three notations, written again in each of them.
local m = require "matinf"

return function(text)
  local circuit = m.circuit.parse(text)
  tostring(circuit)
  for _, notation in ipairs { "impedance.py", "cdc", "autoeis" } do
    local written = m.try(circuit.write, circuit, notation)
    if written then m.circuit.parse(written, { notation = notation }) end
  end
end
