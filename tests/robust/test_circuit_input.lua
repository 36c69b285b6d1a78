-- circuit.read with broken files: one clear message or spectra of finite numbers, never a crash.
--
-- Mutations of a small file of each format (tests/fuzz/corpus/impedance); MATINF_SOAK=1 makes many.
local lu = require "luaunit"
local m = require "matinf"

local corpus = "tests/fuzz/corpus/impedance/"
local count = os.getenv "MATINF_SOAK" and 50000 or 600
local path = os.tmpname()

local function read(text)
  local file <close> = assert(io.open(path, "wb")) -- plainly: without the fsync of an atomic write
  file:write(text)
  file:flush()
  return m.try(m.circuit.read, path)
end

local bytes = { "\0", "\n", "\r", ",", ".", "-", "1", "9", "e", "\255", " ", "\t", "nan", "0", ";",
  "99999999999" }

local mutate = {
  function(text, at) return text:sub(1, at - 1) end,
  function(text, at, byte) return text:sub(1, at - 1) .. byte .. text:sub(at + 1) end,
  function(text, at, byte) return text:sub(1, at - 1) .. byte .. text:sub(at) end,
  function(text, at, byte) return text:sub(1, at - 1) .. text:sub(at + 1 + #byte * 7) end,
  function(text, at, byte) -- a whole line replaced
    local from = text:sub(1, at):match ".*()\n" or 0
    return text:sub(1, from) .. byte .. text:sub(text:find("\n", from + 1, true) or #text)
  end,
}

local function is_sound(s)
  for i = 1, #s do
    local f, z = s.frequency[i], s.impedance[i]
    if not (f > 0 and f < math.huge and z:abs() > 0 and z:abs() < math.huge) then return false end
  end
  return #s > 0
end

local function check(text, what)
  local value, err = read(text)
  if not value then
    lu.assertNotEquals(err.kind, "internal", what .. ": " .. tostring(err))
    lu.assertTrue(#err.message > 5 and not err.message:find "\n", what .. ": " .. tostring(err))
    return
  end
  for _, one in ipairs(value.frequency and { value } or value) do
    lu.assertTrue(is_sound(one), what)
    local test, refused = m.try(m.circuit.kk, one)
    lu.assertTrue(test ~= nil or refused.kind ~= "internal", what .. ": " .. tostring(refused))
  end
end

TestMutations = {}

for _, name in ipairs(m.sys.list(corpus)) do
  TestMutations["test_" .. name:gsub("%W", "_")] = function()
    local text = m.sys.read(corpus .. name)
    local rng = m.random.generator { seed = 1, stage = name }
    lu.assertNotNil(read(text))
    for i = 1, count do
      local broken = text
      for _ = 1, 1 + i % 3 do
        local at = rng:integer(nil, { low = 1, high = math.max(1, #broken) })
        local byte = bytes[rng:integer(nil, { low = 1, high = #bytes })]
        broken = mutate[rng:integer(nil, { low = 1, high = #mutate })](broken, at, byte)
      end
      check(broken, ("%s, mutation %d"):format(name, i))
    end
  end
end

os.exit(lu.LuaUnit.run())
