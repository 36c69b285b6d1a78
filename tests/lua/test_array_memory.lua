-- Memory of arrays: the collector sees it, and views keep what they look into.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"
local A = m.array

local host = os.getenv "MATINF" or "./matinf"

local function run(code) return (support.shell(("%s -e '%s'"):format(host, code))) end

TestMemory = {}

function TestMemory.test_many_large_arrays_one_alive()
  local peak = run [[
    for i = 1, 1500 do
      local a = m.array.full(524288, i)
      assert(a[-1] == i)
    end
    for line in io.lines "/proc/self/status" do
      local kb = line:match "VmHWM:%s+(%d+)"
      if kb then print(kb) end
    end]]
  lu.skipIf(run "print(package.cpath)":find "sanitize", "the sanitizer keeps freed memory")
  lu.assertNotNil(tonumber(peak), peak)
  lu.assertTrue(tonumber(peak) < 50 * 1024, peak)
end

function TestMemory.test_a_view_keeps_its_memory()
  local view = A.full(100000, 7)[{ { 5, 10 } }]
  for _ = 1, 5 do
    collectgarbage()
    A.full(100000, 1)
  end
  lu.assertEquals(view:sum(), 42)
end

function TestMemory.test_impossible_sizes()
  for _, shape in ipairs { { 1 << 62 }, { 1 << 40, 1 << 40 }, { 1 << 50 } } do
    lu.assertError(A.zeros, shape)
  end
  lu.assertNil((m.try(A.zeros, -1)))
  lu.assertNil((m.try(A.zeros, 1.5)))
end

TestBadInput = {}

function TestBadInput.test_tables()
  lu.assertStrContains(support.message(A.array, { { 1, 2 }, { 3 } }), "rows of one length")
  lu.assertStrContains(support.message(A.array, { 1, "x" }), "number expected, got a string (element 2)")
  lu.assertStrContains(support.message(A.array, { 1.5 }, { dtype = "i32" }), "does not fit the dtype i32")
  lu.assertStrContains(support.message(A.array, { 1 }, { dtyp = "i32" }), "did you mean 'dtype'?")
  lu.assertStrContains(support.message(A.array, { 300 }, { dtype = "u8" }), "u8")
end

function TestBadInput.test_indices()
  local a = A.zeros(2, 3)
  lu.assertStrContains(support.message(function() return a[{ { 1, 9 } }] end), "slice {1, 9} is outside 1..2")
  lu.assertStrContains(support.message(function() return a[{ 1, 1, 1 }] end), "3 indices for an array of 2")
  lu.assertStrContains(support.message(function() return a[1.5] end), "an array has no index 1.5")
  lu.assertStrContains(support.message(function() return a:get(1) end), "1 indices for an array of 2")
  lu.assertStrContains(support.message(function() a.name = 1 end), "no field name to set")
  lu.assertStrContains(support.message(function() return a[A.array({ 1 }, { dtype = "u8" })] end), "mask")
  lu.assertStrContains(support.message(A.select, a, { 3 }), "index 3 is outside 1..2")
  lu.assertEquals(a[{ { 1, 0 } }].shape, { 0, 3 })
  lu.assertNil(a.nothing)
end

function TestBadInput.test_methods_want_arrays()
  for _, name in ipairs { "sum", "exp", "sort", "reshape", "select", "integrate", "get", "put" } do
    lu.assertStrContains(support.message(A[name], "text", 1, 1), "array." .. name)
  end
  lu.assertStrContains(support.message(A.reshape, A.zeros(6), 4, -1), "6 elements")
  lu.assertStrContains(support.message(A.sum, A.zeros(6), 2), "axis")
end

function TestBadInput.test_store_of_numbers_that_do_not_fit()
  local a = A.zeros(3, { dtype = "i32" })
  lu.assertStrContains(support.message(function() a[1] = 0.5 end), "does not fit the dtype i32")
  lu.assertStrContains(support.message(function() a[1] = "x" end), "number")
  lu.assertStrContains(support.message(function() a[1] = A.complex(1, 1) end), "complex")
end

TestText = {}

function TestText.test_printing()
  lu.assertEquals(tostring(A { { 1, 2.5 }, { -3, 1000 } }),
    "array [2 x 2] f64\n[[   1.0    2.5]\n [  -3.0 1000.0]]")
  lu.assertEquals(tostring(A { A.complex(1, -0.5), 2 }), "array [2] c128\n[1.0-0.5i 2.0+0.0i]")
  lu.assertStrContains(tostring(A.zeros(3000)), "[0 0 0 ... 0 0 0]")
  lu.assertStrContains(tostring(A { 1e-9, 1, 0 / 0 }), "nan")
  lu.assertEquals(tostring(A.complex(1, 2) * A.complex(0, 1)), "-2+1i")
end

function TestText.test_pairs()
  local sum = 0
  for i, v in pairs(A { 10, 20, 30 }) do sum = sum + i * v end
  lu.assertEquals(sum, 140)
end

os.exit(lu.LuaUnit.run())
