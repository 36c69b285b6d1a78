-- What several tests need: the error that a call raises, and what a command prints.
local lu = require "luaunit"
local m = require "matinf"

local M = {}

local function raised(f, ...)
  local value, err = m.try(f, ...)
  lu.assertNil(value)
  lu.assertNotNil(err, "an error expected")
  return err
end

--- The message of the error that f(...) must raise.
function M.message(f, ...) return raised(f, ...).message end

--- f(...) must raise an error of the kind whose message contains the text.
function M.fails(kind, text, f, ...)
  local err = raised(f, ...)
  lu.assertEquals(err.kind, kind)
  lu.assertStrContains(err.message, text)
end

--- What a shell command prints, errors included, and its exit code.
function M.shell(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  local _, _, code = pipe:close()
  return text, code
end

return M
