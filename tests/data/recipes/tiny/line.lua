-- Least squares through points.
local e = require "matinf.error"

local M = {}

--- A check as kernels make it.
function M.check(n)
  if n < 0 then e.argument("n", "line.check", "integer >= 0", n) end
end

function M.slope(x, y)
  local n, sx, sy, sxx, sxy = #x, 0, 0, 0, 0
  for i = 1, n do sx, sy, sxx, sxy = sx + x[i], sy + y[i], sxx + x[i] ^ 2, sxy + x[i] * y[i] end
  return (n * sxy - sx * sy) / (n * sxx - sx ^ 2)
end

return M
