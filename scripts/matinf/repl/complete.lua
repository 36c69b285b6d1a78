-- TAB in the session: what the text before the cursor can become.
--
-- Inside a string: file names. After `?`: documented names. After `f{` or `f(..., {`: the option
-- names of a documented function. Else: globals, modules, fields and methods.
-- Returns the position where the completed word starts, and the sorted candidates.

local m = require "matinf"

local function add_keys(set, value)
  if type(value) ~= "table" then return end
  for key in pairs(value) do
    if type(key) == "string" and key:match "^[%a_][%w_]*$" then set[key] = true end
  end
end

-- Fields of a value and of what its metatable adds.
local function fields(value)
  local set = {}
  add_keys(set, value)
  if value == m then
    for _, name in ipairs(m.modules) do set[name] = true end
  end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta ~= getmetatable(_G) then
    add_keys(set, rawget(meta, "__index"))
    if type(value) == "userdata" and value.ndim then add_keys(set, m.array) end
  end
  if type(value) == "string" then add_keys(set, string) end
  return set
end

local function global_names()
  local set = fields(_G)
  for _, name in ipairs(m.modules) do set[name] = true end
  add_keys(set, m.array)
  for _, word in ipairs { "and", "break", "do", "else", "elseif", "end", "false", "for",
      "function", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true",
      "until", "while" } do
    set[word] = true
  end
  return set
end

-- Candidates that begin with `word`, sorted, each with `prefix` before and `suffix(name)` after.
local function matching(set, word, prefix, suffix)
  local list = {}
  for name in pairs(set) do
    if name:sub(1, #word) == word then
      list[#list + 1] = prefix .. name .. (suffix and suffix(name) or "")
    end
  end
  table.sort(list)
  return list
end

local function complete_file(path)
  local folder, word = path:match "^(.*/)([^/]*)$"
  if not folder then folder, word = "", path end
  local entries = m.try(m.sys.list, folder == "" and "." or folder) or {}
  local set = {}
  for _, entry in ipairs(entries) do
    if entry:sub(1, 1) ~= "." or word:sub(1, 1) == "." then set[entry] = true end
  end
  return matching(set, word, folder, function(name)
    return m.sys.exists(folder .. name) == "folder" and "/" or ""
  end)
end

-- The value a dotted path such as "m.gmm" or "fit.table" names, without calling anything.
local function lookup(path)
  local value = _G
  for name in path:gmatch "[%a_][%w_]*" do
    local ok, field = pcall(function() return value[name] end)
    if not ok or field == nil then return nil end
    value = field
  end
  return value
end

local function complete_name(path)
  local owner, separator, word = path:match "^(.-)([.:])([%w_]*)$"
  if not owner then return matching(global_names(), path, "") end
  local value = lookup(owner)
  if value == nil then return {} end
  return matching(fields(value), word, owner .. separator)
end

-- Option names of the innermost call that is open before the cursor, or nil.
local function complete_option(before, word)
  local called = before:match "([%a_][%w_.:]*)%s*%(?[^(){}]*{[^{}]*$"
  if not called or not before:match "[{,]%s*$" then return nil end
  local ok, doc = pcall(function() return require "matinf.doc".find((called:gsub("^m%.", ""))) end)
  if not ok or type(doc) ~= "table" or not doc.options then return nil end
  local set = {}
  for _, option in ipairs(doc.options) do set[option[1]] = true end
  return matching(set, word, "", function() return " = " end)
end

local function documented(word)
  local set = {}
  for _, name in ipairs(m.modules) do
    set[name] = true
    local ok, doc = pcall(require, "matinf.doc." .. name)
    for _, entry in ipairs(ok and doc.functions or {}) do set[entry.name] = true end
  end
  return matching(set, word, "")
end

return function(text)
  local word = text:match "^%s*%?%s*([%w_.:]*)$"
  if word then return #text - #word + 1, documented(word) end

  local quote, path = text:match "([\"'])([^\"']*)$"
  local _, count = text:gsub("[\"']", "")
  if quote and count % 2 == 1 then return #text - #path + 1, complete_file(path) end

  word = text:match "[%a_][%w_.:]*$" or ""
  local start = #text - #word + 1
  local options = complete_option(text:sub(1, start - 1), word)
  if options and #options > 0 then return start, options end
  return start, complete_name(word)
end
