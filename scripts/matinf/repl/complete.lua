-- TAB in the session: what the text before the cursor can become.
--
-- Inside a string: the choices of an option, file names, or the recipes and their keys in
-- run("recipe", "key=value"). After `?`: documented names. After `f{` or `f(..., {`: the option names
-- of a documented function. Else: globals, modules, fields and methods; before the first letter only
-- modules and own variables.
-- Returns the position where the completed word starts, and the sorted candidates.

local m = require "matinf"
local documented = require "matinf.repl.documented"

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

-- The modules, and what was set in the session.
local function own_names()
  local set = { run = true, who = true }
  for _, name in ipairs(m.modules) do set[name] = true end
  for name in pairs(_G) do
    if type(name) == "string" and not package.loaded[name] and type(_G[name]) ~= "function"
        and not name:find "^_" and name ~= "arg" then
      set[name] = true
    end
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

-- Whether a name can stand behind a dot or a colon: after the colon only what is called.
local function fits(value, name, separator)
  if name:sub(1, 2) == "__" then return false end
  if separator == "." then return true end
  local ok, field = pcall(function() return value[name] end)
  return ok and type(field) == "function"
end

local function complete_name(path)
  local owner, separator, word = path:match "^(.-)([.:])([%w_]*)$"
  if path == "" then return matching(own_names(), "", "") end
  if not owner then return matching(global_names(), path, "") end
  local value = documented.lookup(owner)
  if value == nil then return {} end
  local set = fields(value)
  for name in pairs(set) do
    if not fits(value, name, separator) then set[name] = nil end
  end
  return matching(set, word, owner .. separator)
end

-- ---- calls --------------------------------------------------------------------------------------

-- The brackets that are open at the end of the text, innermost last, each { bracket, at, called };
-- and where the string begins that the end is in, if it is in one.
local function open_brackets(text)
  local stack, quote, start, i = {}, nil, nil, 1
  while i <= #text do
    local c = text:sub(i, i)
    if quote then
      if c == "\\" then i = i + 1 elseif c == quote then quote = nil end
    elseif c == '"' or c == "'" then
      quote, start = c, i + 1
    elseif c == "(" or c == "{" then
      local called = text:sub(1, i - 1):match "([%a_][%w_.:]*)%s*$"
      stack[#stack + 1] = { bracket = c, at = i, called = called }
    elseif c == ")" or c == "}" then
      stack[#stack] = nil
    end
    i = i + 1
  end
  return stack, quote and start
end

-- The documented options of the call whose table of options the cursor is in; none elsewhere.
local function options_at(stack)
  local inner, outer = stack[#stack], stack[#stack - 1]
  if not inner or inner.bracket ~= "{" then return {} end
  local called = inner.called or outer and outer.bracket == "(" and outer.called
  local doc = called and m.try(require "matinf.doc".find, documented.name(called))
  return type(doc) == "table" and doc.options or {}
end

-- Names of options, before a name.
local function complete_option(stack, before, word)
  if not before:match "[{,]%s*$" then return {} end
  local set = {}
  for _, option in ipairs(options_at(stack)) do set[option[1]] = true end
  return matching(set, word, "", function() return " = " end)
end

-- The texts that an option takes, as its documentation quotes them: in a string behind "name =".
local function complete_choice(stack, before, word)
  local name, set = before:match "([%a_][%w_]*)%s*=%s*$", {}
  for _, option in ipairs(options_at(stack)) do
    local text = option[1] == name and option[2] .. option[3] or ""
    for choice in text:gmatch '"([^"(]+)"' do set[choice] = true end
  end
  return matching(set, word, "")
end

-- ---- recipes: run("xps_peaks", "model.shape=voigt") ---------------------------------------------

local known_keys = {} -- by recipe

local function keys_of(target)
  if not known_keys[target] then
    local described = m.try(require "matinf.recipe.fenced".ask, "matinf.recipe.fenced", "describe",
      { target })
    known_keys[target] = described and described.parameters or {}
  end
  return known_keys[target]
end

local function complete_key(target, word)
  local set, key = {}, word:match "^(.-)="
  for _, entry in ipairs(keys_of(target)) do
    if not key then set[entry.key .. "="] = true end
    for _, choice in ipairs(key == entry.key and entry.choices or {}) do
      set[key .. "=" .. choice] = true
    end
  end
  return matching(set, word, "")
end

local function complete_recipe(word)
  local list = complete_file(word)
  for _, found in ipairs(m.try(require "matinf.recipe.load".available) or {}) do
    if found.name:sub(1, #word) == word then list[#list + 1] = found.name end
  end
  table.sort(list)
  return list
end

-- Inside a string: an argument of run, a choice of an option, or a file.
local function complete_string(stack, text, start)
  local word, inner = text:sub(start), stack[#stack]
  if not inner or inner.called ~= "run" then
    local choices = complete_choice(stack, text:sub(1, start - 2), word)
    return #choices > 0 and choices or complete_file(word)
  end
  local target = text:sub(inner.at + 1, start - 2):match "^%s*[\"']([^\"']+)[\"']%s*,"
  if target then return complete_key(target, word) end
  return complete_recipe(word)
end

local function complete_help(word)
  local set = {}
  for _, name in ipairs(m.modules) do
    set[name] = true
    local ok, doc = pcall(require, "matinf.doc." .. name)
    for _, entry in ipairs(ok and doc.functions or {}) do set[entry.name] = true end
  end
  return matching(set, word, "")
end

return function(text)
  local word = text:match "^%s*?%s*([%w_.:]*)$"
  if word then return #text - #word + 1, complete_help(word) end
  local stack, start = open_brackets(text)
  if start then return start, complete_string(stack, text, start) end

  word = text:match "[%a_][%w_.:]*$" or ""
  start = #text - #word + 1
  local options = complete_option(stack, text:sub(1, start - 1), word)
  if #options > 0 then return start, options end
  return start, complete_name(word)
end
