-- Error objects for the Lua half of the modules: the same that bindings raise (bindings/binding.h).
-- Fields: message, kind ("argument", "io", "numeric", "memory", "interrupted", "configuration",
-- "usage", "data", "internal"), where (the calling script's line), argument (the name of a wrong
-- one) and, for data in files, file, line, column, key. tostring(err): "file:line:column: message".

local c = require "matinf.c.error"

local M = { is = c.is, nearest = c.nearest }

local function where(level)
  local info = debug.getinfo(level + 1, "Sl")
  return info and info.currentline > 0 and info.short_src .. ":" .. info.currentline or nil
end

--- Raises an error object with the given fields; `message` is required.
function M.raise(fields)
  fields.kind = fields.kind or "argument"
  fields.where = fields.where or where(3)
  error(c.make(fields), 0)
end

--- Raises an error of a kind, with a formatted message.
function M.fail(kind, format, ...)
  M.raise { kind = kind, message = format:format(...), where = where(3) }
end

--- Raises an error about a file: line and column may be nil.
function M.at(file, line, column, format, ...)
  M.raise { kind = "data", file = file, line = line, column = column,
    message = format:format(...), where = where(3) }
end

--- ": did you mean 'x'?", or the text `otherwise` (none when absent) when no valid name is near.
function M.hint(name, names, otherwise)
  local near = c.nearest(tostring(name), names)
  return near and (": did you mean '%s'?"):format(near) or otherwise or ""
end

local function describe(value)
  if value == nil then return "nothing" end
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) == "table" then return "a table" end
  return (tostring(value):gsub("\n.*", ""))
end

--- Raises "bad argument 'name' to 'module.function': expected ..., got ...".
function M.argument(name, called, expected, got)
  local message = "bad argument '%s' to '%s': %s expected, got %s"
  M.raise { kind = "argument", argument = name, where = where(3),
    message = message:format(name, called, expected, describe(got)) }
end

--- Whether a value is a userdata of a class made in C, such as "matinf.array".
function M.is_a(value, class)
  if type(value) ~= "userdata" then return false end
  local metatable = getmetatable(value)
  return type(metatable) == "table" and metatable.__name == class
end

--- Returns a copy of `options` (or an empty table) after refusing names that are not in the list
--- `valid`. The copy has what pairs() lists: the parameters of a recipe's stage may be given.
function M.options(options, called, valid)
  if options == nil then return {} end
  if type(options) ~= "table" then M.argument("options", called, "table", options) end
  local known, copy = {}, {}
  for _, name in ipairs(valid) do known[name] = true end
  for name, value in pairs(options) do
    copy[name] = value
    if not known[name] then
      local message = "unknown option '%s' to '%s'%s"
      M.raise { kind = "argument", argument = name, where = where(3),
        message = message:format(tostring(name), called, M.hint(name, valid)) }
    end
  end
  return copy
end

-- The error object for whatever was raised: itself, or one that stands for Lua's own text.
local function object(err)
  if c.is(err) then return err end
  local kind = err == "not enough memory" and "memory" or "internal"
  return c.make { kind = kind, message = tostring(err) }
end

--- Calls f(...): returns its results, or nil and the error object instead of raising it.
function M.try(f, ...)
  local function finish(ok, ...)
    if ok then return ... end
    return nil, object((...))
  end
  return finish(pcall(f, ...))
end

--- The same for a caller to whom an error is an answer ("this is no unit"): Ctrl-C and memory that
--- runs out are none, and are raised on.
function M.attempt(f, ...)
  local function finish(ok, ...)
    if ok then return ... end
    local err = object((...))
    if err.kind == "interrupted" or err.kind == "memory" then error(err, 0) end
    return nil, err
  end
  return finish(pcall(f, ...))
end

return M
