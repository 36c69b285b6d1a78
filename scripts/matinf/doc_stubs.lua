-- The reference as LuaCATS annotations (matinf.d.lua): what an editor's Lua language server needs
-- to complete and check calls. The file is read, never run.

local doc = require "matinf.doc"
local names_in = require "matinf.names"

local M = {}

-- ---- types --------------------------------------------------------------------------------------

local plain = { number = "number", integer = "integer", string = "string", boolean = "boolean",
  table = "table", ["function"] = "function", any = "any", list = "any[]", integers = "integer[]",
  ["nil"] = "nil" }

local articles = { array = "array.Array", arrays = "array.Array[]" }

-- One alternative of a documented type: "array [n] c128", "list of strings", "gmm.Fit", '"a"'.
local function one_type(text)
  if text:find '^".*"$' then return text end
  if text:find "^%[" then return nil end -- another shape of the array before it
  if text:find "^{.*}$" then return "number[]" end
  local item = text:match "^list of (.+)$"
  if item then return (one_type(item) or one_type(item:gsub("s$", "")) or "any") .. "[]" end
  local word = text:match "^[%w_.]+" or ""
  return plain[word] or articles[word] or word:match "^%l%w*%.%u%w*$"
    or plain[word:gsub("s$", "")]
end

-- The alternatives in a documented type, which is for people: "number, text or {low, high}".
local function alternatives(text)
  local braces = {}
  text = text:gsub("[{%[].-[}%]]", function(group)
    braces[#braces + 1] = group
    return "\1" .. #braces .. "\1"
  end)
  local list = {}
  for part in (text:gsub(" or ", ", ") .. ", "):gmatch "(.-),%s+" do
    list[#list + 1] = part:gsub("\1(%d+)\1", function(i) return braces[tonumber(i)] end)
  end
  return list
end

--- The LuaCATS type for a type of a doc table.
function M.type(text)
  local seen, list = {}, {}
  for _, part in ipairs(alternatives(text)) do
    local name = one_type(part)
    if not name and not part:find "^%[" then name = "any" end
    if name and not seen[name] then seen[name], list[#list + 1] = true, name end
  end
  return table.concat(list, "|")
end

-- The type of what a function takes: nested lists serve where an array is expected.
local function taken(text) return (M.type(text):gsub("array%.Array%f[|%z]", "array.Like")) end

-- ---- entries ------------------------------------------------------------------------------------

local function add(out, format, ...) out[#out + 1] = format:format(...) end

local function one_line(text) return (text:gsub("%s*\n%s*", " ")) end

local function is_optional(row)
  return row[3]:find "default" or row[3]:find "absent" or row[1] == "options"
end

local function options_class(entry) return entry.name:gsub(":", ".") .. ".options" end

local function add_options(out, entry)
  add(out, "---@class %s", options_class(entry))
  for _, option in ipairs(entry.options) do
    add(out, "---@field %s? %s %s", option[1], taken(option[2]),
      one_line(doc.option_row(option)[3]))
  end
  out[#out + 1] = ""
end

-- The name of an argument as Lua has it: the first word, or "...".
local function argument_name(text) return text:match "^%.%.%.$" or text:match "[%a_][%w_]*" end

local function add_function(out, entry, holder)
  local names, has_options = {}, entry.options and #entry.options > 0
  if has_options then add_options(out, entry) end
  for line in (entry.summary .. "\n"):gmatch "(.-)\n" do add(out, "---%s", line) end
  for _, row in ipairs(entry.arguments or {}) do
    local name = argument_name(row[1])
    if name ~= "options" or not has_options then
      names[#names + 1] = name
      add(out, "---@param %s%s %s %s", name, is_optional(row) and "?" or "", taken(row[2]),
        one_line(row[3]))
    end
  end
  if has_options then
    add(out, "---@param options? %s", options_class(entry))
    names[#names + 1] = "options"
  end
  for _, row in ipairs(entry.returns or {}) do
    add(out, "---@return %s # %s", M.type(row[1]), one_line(row[2]))
  end
  add(out, "function %s(%s) end\n", holder, table.concat(names, ", "))
end

-- ---- the file -----------------------------------------------------------------------------------

-- Arrays: their methods are the functions of the module.
local array = [[
---@alias array.Like array.Array|any[]

---@class array.Array: matinf.array
---@field shape integer[]
---@field ndim integer
---@field size integer
---@field dtype string
---@field [integer] any
---@operator add(any): array.Array
---@operator sub(any): array.Array
---@operator mul(any): array.Array
---@operator div(any): array.Array
---@operator pow(any): array.Array
---@operator unm: array.Array
]]

-- "gmm.Fit" -> "gmm_Fit": a name for a local variable.
local function variable(class) return (class:gsub("%.", "_")) end

-- The classes of a module with their fields: those described, those with methods, those that its
-- functions return.
local function classes_of(module)
  local classes, own = {}, "%f[%w]" .. module.name .. "%.%u%w*"
  local function add_name(name) classes[name] = classes[name] or {} end
  for _, class in ipairs(module.classes or {}) do classes[class.name] = class.fields end
  for _, entry in ipairs(module.functions) do
    local class = entry.name:match "^(.+):"
    if class then add_name(class) end
    for _, row in ipairs(entry.returns or {}) do
      for name in row[1]:gmatch(own) do add_name(name) end
    end
  end
  return classes
end

local function add_class(out, name, fields)
  add(out, "---@class %s", name)
  for _, row in ipairs(fields) do
    add(out, "---@field %s%s %s %s", row[1], row[3]:find "nil" and "?" or "", M.type(row[2]),
      one_line(row[3]))
  end
  add(out, "local %s = {}\n", variable(name))
end

local function add_module(out, module)
  local classes = classes_of(module)
  for _, name in ipairs(names_in(classes)) do add_class(out, name, classes[name]) end
  add(out, "---%s", module.summary)
  add(out, "---@class matinf.%s", module.name)
  if module.name == "array" then
    add(out, "---@overload fun(value: any, options?: array.array.options): array.Array")
  end
  add(out, "local %s = {}\n", module.name)
  for _, entry in ipairs(module.functions) do
    local class, method = entry.name:match "^(.+):(.+)$"
    add_function(out, entry, class and variable(class) .. ":" .. method or entry.name)
  end
end

--- The text of matinf.d.lua.
function M.text()
  local out, modules = { "---@meta matinf", "", array }, doc.modules()
  for _, module in ipairs(modules) do add_module(out, module) end
  add(out, "---@class matinf")
  add(out, "---@field version string")
  for _, module in ipairs(modules) do
    add(out, "---@field %s matinf.%s", module.name, module.name)
  end
  add(out, "local matinf = {}\n")
  add(out, "---Calls f(...): its results, or nil and the error object instead of raising it.")
  add(out, "---@param f function\n---@param ... any\n---@return any ...")
  add(out, "function matinf.try(f, ...) end\n\nreturn matinf")
  return table.concat(out, "\n") .. "\n"
end

return M
