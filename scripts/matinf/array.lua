-- The Lua half of the array module.
local M = require "matinf.c.array"

return setmetatable(M, { __call = function(_, ...) return M.array(...) end })
