-- Exit codes of the program: which kinds of errors (error.lua) end it with which.

local M = { ok = 0, failed = 1, usage = 2, waiting = 3, interrupted = 130 }

local codes = { usage = M.usage, configuration = M.usage, waiting = M.waiting,
  interrupted = M.interrupted }
local kinds = { [M.usage] = "configuration", [M.waiting] = "waiting",
  [M.interrupted] = "interrupted" }

--- The code that an error of a kind ends the program with.
function M.of(kind) return codes[kind] or M.failed end

--- The kind of error that a program which ended with the code has met.
function M.kind(code) return kinds[code] or "io" end

return M
