-- BLAKE2b against the reference implementation (as in Python's hashlib), and what trees are equal.
local lu = require "luaunit"
local m = require "matinf"
local hash = m.hash

-- Sums of 32 bytes by hashlib.blake2b(text, digest_size=32).
local bytes = {}
for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
local vectors = {
  { "", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8" },
  { "abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319" },
  { "The quick brown fox jumps over the lazy dog",
    "01718cec35cd3d796dd00020e0bfecb473ad23457d063b75eff29c0ffa2e58a9" },
  { table.concat(bytes), "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835" },
  { ("a"):rep(1000000), "0741850f36cba4259628355d1073e24ddb9ca0e1bfac36fd39ae5dc2101e23a4" },
}

TestHash = {}

function TestHash.test_vectors()
  local d = m.sys.tempdir()
  for _, vector in ipairs(vectors) do
    lu.assertEquals(hash.blake2b(vector[1]), vector[2])
    m.sys.write_atomic(d .. "/x", vector[1])
    lu.assertEquals(hash.file(d .. "/x"), vector[2])
  end
  local text = ("0123456789"):rep(350001) -- several pieces of a file
  m.sys.write_atomic(d .. "/x", text)
  lu.assertEquals(hash.file(d .. "/x"), hash.blake2b(text))
  m.sys.remove_tree(d)
end

function TestHash.test_files_that_cannot_be_read()
  for path, reason in pairs { ["/nonesuch"] = "No such file or directory",
    ["/"] = "Is a directory" } do
    local _, err = m.try(hash.file, path)
    lu.assertEquals({ err.kind, err.message },
      { "io", ("cannot read '%s': %s"):format(path, reason) })
  end
end

function TestHash.test_equal_trees()
  local function same(a, b) lu.assertEquals(hash.tree(a), hash.tree(b)) end
  same({ a = 1, b = 2, c = 3 }, { c = 3, b = 2, a = 1 })
  same(1, 1.0)
  same(0.0, -0.0)
  same(0 / 0, -(0 / 0))
  same({ 1, 2, 3 }, { [3] = 3, [2] = 2, [1] = 1 })
  same(m.yaml.load "{x: [1, ~, {}], y: No}", { y = "No", x = { 1, m.yaml.null, {} } })
  local grown = {}
  for i = 1, 100 do grown["k" .. i] = i end
  for i = 11, 100 do grown["k" .. i] = nil end
  local small = {}
  for i = 10, 1, -1 do small["k" .. i] = i end
  same(grown, small)
end

function TestHash.test_different_trees()
  local values = { 1, "1", true, false, m.yaml.null, 1.5, 2 ^ 63, math.huge, 0 / 0, "", "n", "t",
    {}, { {} }, { { {} } },
    { 1 }, { "1" }, { 1, 2 }, { 12 }, { a = 1 }, { a = "1" }, { "a" }, { ab = "c" }, { a = "bc" },
      { a = {}, b = 1 },
    { a = { b = 1 } }, { ["1"] = 1 }, { ["a\0"] = 1 }, { [-1] = 1 }, { [2] = 1 }, "a\0",
      m.array { 1 }, m.array { 1, 2 },
    m.array { { 1, 2 } }, m.array { { 1 }, { 2 } }, m.array({ 1, 2 }, { dtype = "f32" }),
    m.array({ 1, 2 }, { dtype = "i64" }), m.array { 2, 1 }, m.array { 0 }, m.array { -0.0 } }
  local seen = {}
  for i, value in ipairs(values) do
    local sum = hash.tree(value)
    lu.assertEquals(#sum, 64)
    lu.assertNil(seen[sum], ("values %d and %s"):format(i, seen[sum]))
    seen[sum] = i
  end
end

function TestHash.test_strides_do_not_count()
  local a = m.array { { 1, 2, 3 }, { 4, 5, 6 } }
  lu.assertEquals(hash.tree(a:T()), hash.tree(m.array { { 1, 4 }, { 2, 5 }, { 3, 6 } }))
  lu.assertEquals(hash.tree { x = a[2] }, hash.tree { x = m.array { 4, 5, 6 } })
end

function TestHash.test_refuses()
  local cycle = {}
  cycle.a = cycle
  for part, value in pairs { ["a cycle?"] = cycle, ["tree of tables"] = print,
    ["as a key, got a boolean"] = { [true] = 1 },
    ["as a key, got a number"] = { [1.5] = 1 } } do
    local _, err = m.try(hash.tree, value)
    lu.assertEquals(err.kind, "argument")
    lu.assertStrContains(err.message, part)
  end
  lu.assertEquals(select(2, m.try(hash.tree)).kind, "argument")
end

os.exit(lu.LuaUnit.run())
