-- The Lua half of the array module: complex numbers, text, and functions made of other functions.
--
-- Methods of arrays are the functions of this module: a:sum() is array.sum(a).

local M = require "matinf.c.array"

require "matinf.array_complex" (M)
require "matinf.array_text" (M)
require "matinf.array_combine" (M)

--- pairs(a) goes through i, a[i]; ipairs would read past the end, which is an error.
debug.getmetatable(M.zeros(0)).__pairs = function(a)
  local n = #a
  return function(_, i)
    if i < n then return i + 1, a[i + 1] end
  end, a, 0
end

return setmetatable(M, { __call = function(_, ...) return M.array(...) end })
