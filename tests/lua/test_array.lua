-- The array type: making, indexing, views, elementwise functions, reductions, text.
local lu = require "luaunit"
local m = require "matinf"
local A = m.array

local message = require "tests.support".message

TestIndex = {}

function TestIndex.test_elements_and_rows()
  local a = A { { 1, 2, 3 }, { 4, 5, 6 } }
  lu.assertEquals(a.shape, { 2, 3 })
  lu.assertEquals({ a.ndim, a.size, a.dtype, #a }, { 2, 6, "f64", 2 })
  lu.assertEquals(a[2]:totable(), { 4, 5, 6 })
  lu.assertEquals({ a[2][3], a[{ 2, 3 }], a:get(2, 3), a[-1][-1] }, { 6, 6, 6, 6 })
end

function TestIndex.test_views_share_memory()
  local a = A.zeros(3, 4)
  a[2][3] = 7
  a[{ {}, 1 }] = A { 1, 2, 3 }
  a[{ { 1, 2 }, { 4, 4 } }] = -1
  lu.assertEquals(a:totable(), { { 1, 0, 0, -1 }, { 2, 0, 7, -1 }, { 3, 0, 0, 0 } })
  lu.assertEquals(a[{ { -1, 1, -2 }, 1 }]:totable(), { 3, 1 })
end

function TestIndex.test_out_of_range_names_index_and_length()
  lu.assertEquals(message(function() return A { 1, 2 }[3] end), "index 3 is outside 1..2")
  lu.assertEquals(message(function() return A { 1, 2 }[0] end), "index 0 is outside 1..2")
  lu.assertEquals(message(function() return A.zeros(2, 3)[{ 1, 4 }] end),
    "index 4 is outside 1..3 of dimension 2")
end

TestMath = {}

function TestMath.test_dtypes_meet()
  local i = A.array({ 7, -7 }, { dtype = "i32" })
  lu.assertEquals({ (i + 1).dtype, (i + 1.0).dtype, (i / 2).dtype, (i % 4).dtype, A.lt(i, 0).dtype },
    { "i32", "f64", "f64", "i32", "u8" })
  lu.assertEquals((i % 4):totable(), { 3, 1 })
  lu.assertEquals((i // 4):totable(), { 1, -2 })
  lu.assertEquals((A.array({ 1 }, { dtype = "f32" }) * 2.5).dtype, "f32")
end

function TestMath.test_broadcasting()
  local a = A { { 1 }, { 2 } } + A { 10, 20, 30 }
  lu.assertEquals(a:totable(), { { 11, 21, 31 }, { 12, 22, 32 } })
  lu.assertStrContains(message(function() return A { 1, 2 } + A { 1, 2, 3 } end), "do not broadcast")
end

TestReduce = {}

function TestReduce.test_axes()
  local a = A { { 1, 2, 3 }, { 4, 5, 6 } }
  lu.assertEquals(a:sum(), 21)
  lu.assertEquals(a:sum(1):totable(), { 5, 7, 9 })
  lu.assertEquals(a:mean(-1):totable(), { 2, 5 })
  lu.assertEquals(a:max(2, { keep = true }):totable(), { { 3 }, { 6 } })
  lu.assertEquals({ a:argmax(), a:argmin() }, { 6, 1 })
end

function TestReduce.test_nan()
  local a = A { 1, 0 / 0, 3 }
  lu.assertNotEquals(a:min(), a:min())
  lu.assertEquals(a:argmax(), 2)
  lu.assertEquals(a:mean { skip_nan = true }, 2)
end

os.exit(lu.LuaUnit.run())
