-- The inputs that fuzzing has found worth keeping (tests/fuzz/corpus/TARGET), through the target's
-- function: each is read, or refused by an error object that is not of kind "internal".
local lu = require "luaunit"
local m = require "matinf"
local e = require "matinf.error"

local host = m.sys.realpath(os.getenv "MATINF" or "./matinf")
local corpus = "tests/fuzz/corpus/"

-- In a process of its own, for a crash must not take the others along.
if arg[1] == "--target" then
  local read = dofile(("tests/fuzz/%s.lua"):format(arg[2]))
  for _, name in ipairs(m.sys.list(corpus .. arg[2])) do
    print(name)
    local ok, err = pcall(read, m.sys.read(corpus .. arg[2] .. "/" .. name))
    if not ok and not (e.is(err) and err.kind ~= "internal") then error(err, 0) end
  end
  os.exit(true, true)
end

TestCorpus = {}

for _, target in ipairs(m.sys.list(corpus)) do
  TestCorpus["test_" .. target] = function()
    local result = m.sys.spawn { timeout = 300, environment = { MATINF = host }, host,
      "tests/robust/test_fuzz_corpus.lua", "--target", target }
    lu.assertEquals(result.code, 0, result.stdout:match "([^\n]*)\n$" .. ": " .. result.stderr)
  end
end

os.exit(lu.LuaUnit.run())
