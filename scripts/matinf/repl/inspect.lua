-- How the session shows values: arrays and results print themselves, plain tables some levels deep.

local M = {}

local DEPTH, ENTRIES, WIDTH = 3, 30, 90

local function has_own_text(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and meta.__tostring ~= nil
end

local function key_text(key)
  if type(key) == "string" and key:match "^[%a_][%w_]*$" then return key end
  return ("[%s]"):format(type(key) == "string" and ("%q"):format(key) or tostring(key))
end

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do
    local listed = math.type(key) == "integer" and key >= 1 and key <= #value
    if not listed then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and type(a) ~= "table" and type(a) ~= "boolean" then return a < b end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local show

local function entries_of(value, depth, seen)
  local entries = {}
  local function add(text)
    local full = #entries == ENTRIES
    entries[#entries + 1] = full and "..." or text
    return not full
  end
  for _, item in ipairs(value) do
    if not add(show(item, depth + 1, seen)) then return entries end
  end
  for _, key in ipairs(sorted_keys(value)) do
    if not add(key_text(key) .. " = " .. show(value[key], depth + 1, seen)) then return entries end
  end
  return entries
end

-- One line if it fits and holds no line breaks, else one entry a line.
local function join(entries, depth)
  local line = "{ " .. table.concat(entries, ", ") .. " }"
  if #entries == 0 then return "{}" end
  if #line <= WIDTH - 2 * depth and not line:find "\n" then return line end
  local indent = ("  "):rep(depth + 1)
  local text = indent .. table.concat(entries, ",\n" .. indent)
  return "{\n" .. text .. "\n" .. ("  "):rep(depth) .. "}"
end

function show(value, depth, seen)
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") end
  if type(value) ~= "table" then
    local text = tostring(value)
    return depth > 0 and text:gsub("\n.*", " ...") or text
  end
  if has_own_text(value) then
    return depth > 0 and M.brief(value) or tostring(value)
  end
  if seen[value] then return "{ (itself) }" end
  if depth >= DEPTH then return "{ ... }" end
  seen[value] = true
  local text = join(entries_of(value, depth, seen), depth)
  seen[value] = nil
  return text
end

--- The text of a value at the prompt, in colours or not.
function M.value(value, colors)
  if type(value) == "string" then return value end
  local meta = getmetatable(value)
  local class = type(meta) == "table" and type(value) == "table" and meta.__index
  if type(class) == "table" and type(class.terminal) == "function" then
    return value:terminal(nil, nil, { color = colors }) -- a figure
  end
  return (show(value, 0, {}))
end

--- One line about a value, for who().
function M.brief(value)
  local meta = getmetatable(value)
  local kind = type(meta) == "table" and meta.__name
  if type(value) == "table" and not has_own_text(value) then
    local count = 0
    for _ in pairs(value) do count = count + 1 end
    return kind or ("table, %d %s"):format(count, count == 1 and "entry" or "entries")
  end
  local text = tostring(value):match "^[^\n]*"
  if kind and not text:find(kind, 1, true) and type(value) == "table" then
    text = kind .. ": " .. text
  end
  return #text > 70 and text:sub(1, 67) .. "..." or text
end

return M
