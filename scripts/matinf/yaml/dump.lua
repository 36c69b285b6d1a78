-- Writes a value as a YAML 1.2 document that reads back as the same value.
--
-- Block style; arrays and lists of nothing but numbers and booleans are flow lists. Text is plain
-- where plain text reads as the same text, else in double quotes. Keys come in yaml.keys' order.

local c = require "matinf.c.yaml"
local e = require "matinf.error"

local M = require "matinf.yaml.kind"
local is_list, keys_of = M.is_list, M.keys

local MOST_DEPTH = 64  -- what yaml.load accepts
local MOST_KEY = 500   -- libyaml takes no longer key without "? "

local names = { ["\0"] = "\\0", ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r", ['"'] = '\\"',
  ["\\"] = "\\\\" }

-- Characters that are written as they are, also within quotes.
local function is_printable(code)
  if code == 0x2028 or code == 0x2029 or code == 0xFEFF then return false end -- breaks, byte mark
  return code >= 0x20 and code < 0x7F or code >= 0xA0 and code < 0xFFFE or code >= 0x10000
end

local function quoted(text)
  local parts = {}
  for _, code in utf8.codes(text) do
    local char = utf8.char(code)
    local escape = (code < 256 and "\\x%02X" or "\\u%04X"):format(code)
    parts[#parts + 1] = names[char] or is_printable(code) and char or escape
  end
  return '"' .. table.concat(parts) .. '"'
end

-- What YAML gives a meaning to in plain text.
local special = {
  "^[%s,%[%]{}#&*!|>'\"%%@`?:]", "^%-%W", "^%-$", "^%.%.%.", "^<<$", ": ", " #", "[%s:]$",
}

-- True when the text may stand without quotes, as a key or as a value.
local function is_plain(text)
  if not c.means_text(text) then return false end
  for _, pattern in ipairs(special) do
    if text:find(pattern) then return false end
  end
  if not text:find "[^\x20-\x7E]" then return true end
  for _, code in utf8.codes(text) do
    if not is_printable(code) then return false end
  end
  return true
end

local function is_array(value)
  local class = type(value) == "userdata" and getmetatable(value)
  return class and class.__name == "matinf.array"
end

local function text_of(text, where)
  if not utf8.len(text) then e.fail("argument", "yaml.dump: UTF-8 text expected at '%s'", where) end
  return is_plain(text) and text or quoted(text)
end

-- The text of null, a boolean, a number or text.
local function scalar(value, where)
  local kind = math.type(value) or type(value)
  if value == c.null then return "null" end
  if kind == "boolean" or kind == "integer" then return tostring(value) end
  if kind == "float" then return c.float(value) end
  if kind == "string" then return text_of(value, where) end
  e.fail("argument", "yaml.dump: text, number, boolean, list or map expected at '%s', got a %s",
    where, kind)
end

local function check_depth(indent, where)
  if indent < 2 * MOST_DEPTH then return end
  e.fail("argument", "yaml.dump: at most %d levels expected (a cycle?) at '%s'", MOST_DEPTH,
    where:sub(1, 80))
end

-- True for a list, nested or not, of numbers and booleans.
local function has_numbers_only(list, indent, where)
  check_depth(indent, where)
  for i = 1, #list do
    local value = list[i]
    local kind = type(value)
    if kind == "table" then
      if not is_list(value) or not has_numbers_only(value, indent + 2, where) then return false end
    elseif kind ~= "number" and kind ~= "boolean" then
      return false
    end
  end
  return true
end

-- A (nested) list of numbers between brackets.
local function flow(list, where)
  if type(list) ~= "table" then return scalar(list, where) end
  local parts = {}
  for i = 1, #list do parts[i] = flow(list[i], where) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

-- The text of a value that fits on one line, or nil.
local function inline(value, indent, where)
  if is_array(value) then return flow(value:totable(), where) end
  if type(value) ~= "table" or value == c.null then return scalar(value, where) end
  local fits = next(value) == nil or is_list(value) and has_numbers_only(value, indent, where)
  if not fits then return nil end
  return is_list(value) and flow(value, where) or "{}"
end

local lines -- of a map or list

-- Appends "key: value" lines.
local function add_entry(out, key, value, indent, where)
  local space, text = (" "):rep(indent), text_of(key, where)
  where = where == "" and key or where .. "." .. key
  if #text > MOST_KEY then
    out[#out + 1] = space .. "? " .. text .. "\n"
    text = ""
  end
  local value_text = inline(value, indent + 2, where)
  out[#out + 1] = space .. text .. ":" .. (value_text and " " .. value_text or "") .. "\n"
  if not value_text then lines(out, value, indent + 2, where) end
end

-- Appends "- value" lines; the first key or item of a nested value stands on the line of its dash.
local function add_item(out, value, indent, where)
  local lead = (" "):rep(indent) .. "- "
  local text = inline(value, indent + 2, where)
  local at = #out + 1
  if text then
    out[at] = lead .. text .. "\n"
  else
    lines(out, value, indent + 2, where)
    out[at] = lead .. out[at]:sub(#lead + 1)
  end
end

function lines(out, value, indent, where)
  check_depth(indent, where)
  if is_list(value) then
    for i = 1, #value do add_item(out, value[i], indent, ("%s[%d]"):format(where, i)) end
  else
    for _, key in ipairs(keys_of(value)) do add_entry(out, key, value[key], indent, where) end
  end
end

return function(value)
  local text = inline(value, 0, "")
  if text then return text .. "\n" end
  local out = {}
  lines(out, value, 0, "")
  return table.concat(out)
end
