-- The arguments of the commands that take a recipe: TARGET, overrides, options; and a command line
-- as a user can type it.

local e = require "matinf.error"

local M = {}

local function is_option(argument) return argument:sub(1, 2) == "--" end

local function contains(list, name)
  for _, other in ipairs(list) do
    if other == name then return true end
  end
  return false
end

local function unknown(argument, command, names)
  e.fail("usage", "%s: unknown option '%s'%s (matinf %s --help)", command, argument,
    e.hint(argument, names), command)
end

local of_runs = { why = true, rerun = true } -- commands that take no recipe

--- { target =, overrides =, FLAG = true, NAME = text }. `flags` are the names of the valid options
--- without a value, `named` of those with one.
function M.parse(arguments, command, flags, named)
  local result, names = { overrides = {} }, {}
  for _, name in ipairs(flags) do names[#names + 1] = "--" .. name end
  for _, name in ipairs(named) do names[#names + 1] = "--" .. name end
  local i = 1
  while i <= #arguments do
    local argument = arguments[i]
    local name, equals, value = argument:match "^%-%-([^=]*)(=?)(.*)$"
    if not is_option(argument) then
      if not result.target then
        result.target = argument
      else
        table.insert(result.overrides, argument)
      end
    elseif contains(flags, name) and equals == "" then
      result[name] = true
    elseif contains(named, name) then
      local behind = equals == ""
      if behind then
        i = i + 1
        value = arguments[i]
      end
      if not value or value == "" or behind and is_option(value) then
        e.fail("usage", "%s: a value expected after --%s", command, name)
      end
      result[name] = value
    else
      unknown(argument, command, names)
    end
    i = i + 1
  end
  if not result.target then
    local what = of_runs[command] and "the folder of a run" or "a recipe"
    e.fail("usage", "%s: %s expected (matinf %s --help)", command, what, command)
  end
  return result
end

--- The words as a shell takes them; quotes stand only where they are needed.
function M.shell(words)
  local list = {}
  for i, word in ipairs(words) do
    local plain = word:find "^[%w_@%%+=:,./-]+$"
    list[i] = plain and word or "'" .. word:gsub("'", "'\\''") .. "'"
  end
  return table.concat(list, " ")
end

return M
