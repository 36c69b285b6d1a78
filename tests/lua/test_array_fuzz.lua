-- Arrays against a naive implementation in Lua: random shapes, slices, transposes, broadcasts.
local lu = require "luaunit"
local m = require "matinf"
local A = m.array

math.randomseed(1)
local random = math.random

-- A naive array: shape, and a function from indices (a table) to the element.
local function naive(shape, at) return { shape = shape, at = at } end

local function each_index(shape, visit)
  local index = {}
  local function loop(d)
    if d > #shape then return visit(index) end
    for k = 1, shape[d] do
      index[d] = k
      loop(d + 1)
    end
  end
  loop(1)
end

local function assert_same(a, n)
  lu.assertEquals(a.shape, n.shape)
  each_index(n.shape, function(index)
    local got, expected = a:get(table.unpack(index)), n.at(index)
    if got ~= expected then
      lu.fail(("at %s: %s expected, got %s"):format(table.concat(index, ","), expected, got))
    end
  end)
end

local function random_shape(most)
  local shape = {}
  for d = 1, random(1, most) do shape[d] = random(1, 5) end
  return shape
end

local dtypes = { "f64", "f32", "i64", "i32", "u8" }

local function random_pair(shape)
  local size = 1
  for _, n in ipairs(shape) do size = size * n end
  local flat = {}
  for k = 1, size do flat[k] = random(0, 100) end
  local a = A.array(flat, { dtype = dtypes[random(#dtypes)] }):reshape(shape)
  return a, naive(shape, function(index)
    local place = 0
    for d = 1, #shape do place = place * shape[d] + index[d] - 1 end
    return flat[place + 1]
  end)
end

local function random_slice(a, n)
  local key, shape, map = {}, {}, {}
  for d, length in ipairs(n.shape) do
    local kind = random(3)
    if kind == 1 and #n.shape > 1 and (#shape > 0 or d < #n.shape) then
      local i = random(length)
      key[d] = random(2) == 1 and i or i - length - 1
      map[d] = function() return i end
    elseif kind == 2 then
      local first, last = random(length), random(length)
      local step = (last >= first and 1 or -1) * random(3)
      key[d] = { first, random(2) == 1 and last or last - length - 1, step }
      shape[#shape + 1] = (last - first) // step + 1
      local at = #shape
      map[d] = function(index) return first + (index[at] - 1) * step end
    else
      key[d] = {}
      shape[#shape + 1] = length
      local at = #shape
      map[d] = function(index) return index[at] end
    end
  end
  return a[key], naive(shape, function(index)
    local inner = {}
    for d = 1, #map do inner[d] = map[d](index) end
    return n.at(inner)
  end)
end

local function random_transpose(a, n)
  local axes, shape = {}, {}
  for d = 1, #n.shape do table.insert(axes, random(#axes + 1), d) end
  for k, d in ipairs(axes) do shape[k] = n.shape[d] end
  return a:transpose(axes), naive(shape, function(index)
    local inner = {}
    for k, d in ipairs(axes) do inner[d] = index[k] end
    return n.at(inner)
  end)
end

local function random_view()
  local a, n = random_pair(random_shape(4))
  for _ = 1, random(3) do
    if random(2) == 1 then a, n = random_slice(a, n) else a, n = random_transpose(a, n) end
  end
  return a, n
end

local function sum_of(n)
  local sum, least, greatest = 0, math.huge, -math.huge
  each_index(n.shape, function(index)
    local v = n.at(index)
    sum, least, greatest = sum + v, math.min(least, v), math.max(greatest, v)
  end)
  return sum, least, greatest
end

TestFuzz = {}

function TestFuzz.test_views()
  for _ = 1, 400 do assert_same(random_view()) end
end

function TestFuzz.test_copies_and_reshapes()
  for _ = 1, 200 do
    local a, n = random_view()
    assert_same(a:copy(), n)
    assert_same(a:flatten():reshape(a.shape), n)
    assert_same(A.concatenate({ a, a })[{ { 1, #a } }], n)
  end
end

function TestFuzz.test_broadcast_operations()
  for _ = 1, 300 do
    local a, n = random_view()
    local b, p = a, n
    if random(2) == 1 then -- one element, or the last axis alone
      local row = {}
      for k = 1, #n.shape - 1 do row[k] = 1 end
      b = a[row]
      p = naive(n.shape, function(index)
        local inner = table.move(row, 1, #row, 1, {})
        inner[#n.shape] = index[#n.shape]
        return n.at(inner)
      end)
    end
    assert_same(a + b, naive(n.shape, function(index) return n.at(index) + p.at(index) end))
    assert_same(A.lt(a, b), naive(n.shape, function(index)
      return n.at(index) < p.at(index) and 1 or 0
    end))
    assert_same(A.where(A.lt(a, b), b, 7), naive(n.shape, function(index)
      return n.at(index) < p.at(index) and p.at(index) or 7
    end))
  end
end

function TestFuzz.test_reductions()
  for _ = 1, 200 do
    local a, n = random_view()
    local sum, least, greatest = sum_of(n)
    lu.assertEquals({ a:sum(), a:min(), a:max() }, { sum, least, greatest })
    lu.assertEquals(a:flatten()[a:argmax()], greatest)
    if a.ndim > 1 then
      local d = random(a.ndim)
      local total = 0
      local reduced = a:sum(d)
      each_index(reduced.shape, function(index) total = total + reduced:get(table.unpack(index)) end)
      lu.assertEquals(total, sum)
      lu.assertEquals(a:sum(d, { keep = true }).shape[d], 1)
    end
  end
end

function TestFuzz.test_assignment()
  for _ = 1, 200 do
    local a, n = random_view()
    local target = A.zeros(a.shape)
    local view = target[{ { -1, 1, -1 } }]
    view[{}] = a
    assert_same(view, n)
    assert_same(target:flip(), n)
  end
end

function TestFuzz.test_overlapping_assignment()
  local a = A.arange(1, 6)
  a[{ { 2, 6 } }] = a[{ { 1, 5 } }]
  lu.assertEquals(a:totable(), { 1, 1, 2, 3, 4, 5 })
  a[{ {} }] = a:flip()
  lu.assertEquals(a:totable(), { 5, 4, 3, 2, 1, 1 })
end

function TestFuzz.test_sort_and_select()
  for _ = 1, 60 do
    local size = random(1, 400)
    local list = {}
    for k = 1, size do list[k] = random(-50, 50) * (random(2) == 1 and 1 or 1e-3) end
    local a = A.array(list)
    local by_index = a:select(a:argsort())
    local threshold = random(-50, 50)
    local kept = {}
    for _, v in ipairs(list) do
      if v > threshold then kept[#kept + 1] = v end
    end
    lu.assertEquals(a[a:gt(threshold)]:totable(), kept)
    table.sort(list)
    lu.assertEquals(a:sort():totable(), list)
    lu.assertEquals(by_index:totable(), list)
  end
end

os.exit(lu.LuaUnit.run())
