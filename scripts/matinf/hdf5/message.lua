-- Values on a channel (sys.channel): a text that describes the value, behind it the bytes of the
-- arrays that the text names. Numbers, texts, booleans, complex numbers, arrays, tables of them.
--
-- The other process may be out of its mind: what it sends is checked, or raises an error.

local m = require "matinf"
local e = require "matinf.error"

local M = {}

local pack, unpack = string.pack, string.unpack
local MOST_DIMENSIONS = 8

-- ---- to text ------------------------------------------------------------------------------------

local put

local function put_table(out, arrays, value)
  local at, count = #out + 1, 0
  out[at] = ""
  for key, field in pairs(value) do
    put(out, arrays, key)
    put(out, arrays, field)
    count = count + 1
  end
  out[at] = pack("<c1I8", "{", count)
end

local function put_array(out, arrays, value)
  local shape = {}
  for d = 1, value.ndim do shape[d] = pack("<i8", value.shape[d]) end
  out[#out + 1] = pack("<c1s1B", "a", value.dtype, value.ndim) .. table.concat(shape)
  arrays[#arrays + 1] = value
end

function put(out, arrays, value)
  local kind = math.type(value) or type(value)
  local class = kind == "table" and getmetatable(value)
  if kind == "boolean" then out[#out + 1] = value and "t" or "f"
  elseif kind == "integer" then out[#out + 1] = pack("<c1i8", "i", value)
  elseif kind == "float" then out[#out + 1] = pack("<c1d", "d", value)
  elseif kind == "string" then out[#out + 1] = pack("<c1s8", "s", value)
  elseif class and class.__name == "matinf.complex" then
    out[#out + 1] = pack("<c1dd", "c", value.re, value.im)
  elseif kind == "table" then put_table(out, arrays, value)
  elseif e.is_a(value, "matinf.array") then put_array(out, arrays, value)
  else e.fail("argument", "array, number, string, boolean or list expected, got a %s", kind) end
end

--- Sends a value; nil and the reason ("closed", "time-out") when it does not arrive.
function M.send(channel, value, seconds)
  local out, arrays = {}, {}
  put(out, arrays, value)
  local sent, reason = channel:send(pack("<s8", table.concat(out)), seconds)
  for _, array in ipairs(arrays) do
    if sent then sent, reason = channel:send(array, seconds) end
  end
  return sent, reason
end

-- ---- from text ----------------------------------------------------------------------------------

local take

local function take_table(text, at, arrays)
  local value, count, key = {}
  count, at = unpack("<I8", text, at)
  for _ = 1, count do
    key, at = take(text, at, arrays)
    value[key], at = take(text, at, arrays)
  end
  return value, at
end

local function take_array(text, at, arrays)
  local shape, dtype, ndim = {}
  dtype, ndim, at = unpack("<s1B", text, at)
  assert(ndim <= MOST_DIMENSIONS)
  for d = 1, ndim do shape[d], at = unpack("<i8", text, at) end
  arrays[#arrays + 1] = m.array.zeros(shape, { dtype = dtype })
  return arrays[#arrays], at
end

local takers = {
  t = function(_, at) return true, at end,
  f = function(_, at) return false, at end,
  i = function(text, at) return unpack("<i8", text, at) end,
  d = function(text, at) return unpack("<d", text, at) end,
  s = function(text, at) return unpack("<s8", text, at) end,
  c = function(text, at)
    local re, im, after = unpack("<dd", text, at)
    return m.array.complex(re, im), after
  end,
  a = take_array,
  ["{"] = take_table,
}

function take(text, at, arrays) return takers[text:sub(at, at)](text, at + 1, arrays) end

--- Receives a value; nil and the reason ("closed", "time-out") when none comes.
function M.receive(channel, seconds)
  local length, reason = channel:receive(8, seconds)
  if not length then return nil, reason end
  local text
  text, reason = channel:receive(unpack("<i8", length), seconds)
  if not text then return nil, reason end
  local arrays = {}
  local value = take(text, 1, arrays)
  for _, array in ipairs(arrays) do
    local filled
    filled, reason = channel:receive(array, seconds)
    if not filled then return nil, reason end
  end
  return value
end

return M
