-- The Lua half of the array module: complex numbers, text, and functions made of other functions.
--
-- Methods of arrays are the functions of this module: a:sum() is array.sum(a).

local M = require "matinf.c.array"

require "matinf.array_complex" (M)
require "matinf.array_text" (M)

return setmetatable(M, { __call = function(_, ...) return M.array(...) end })
