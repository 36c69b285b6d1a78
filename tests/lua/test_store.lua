-- Stored values: exact round trips, equal bytes, refusals that name the field.
local lu = require "luaunit"
local m = require "matinf"
local store = require "matinf.store"

local folder = m.sys.tempdir()
local path = folder .. "/s.h5"

local function round(value)
  store.write(path, value)
  return store.read(path)
end

-- Both of one type, and of one value bit by bit.
local function same(a, b, where)
  lu.assertEquals(math.type(b) or type(b), math.type(a) or type(a), where)
  if type(a) == "table" then
    for key, field in pairs(a) do same(field, b[key], where .. "." .. tostring(key)) end
    for key in pairs(b) do lu.assertNotNil(a[key], where .. "." .. tostring(key)) end
  elseif type(a) == "userdata" then
    lu.assertEquals({ b.dtype, b.ndim, b.shape }, { a.dtype, a.ndim, a.shape }, where)
    if a.dtype == "c128" then
      same(a:real(), b:real(), where)
      same(a:imag(), b:imag(), where)
    elseif a.ndim == 0 then
      lu.assertEquals(b:get(), a:get(), where)
    else
      same(a:totable(), b:totable(), where)
    end
  elseif math.type(a) == "float" then
    lu.assertTrue(a ~= a and b ~= b or string.pack("d", a) == string.pack("d", b), where)
  else
    lu.assertEquals(b, a, where)
  end
end

local Spectrum = store.class("storetest.Spectrum", { nxdata = function()
  return { signal = "y", axes = { "x" }, units = { x = "eV", y = "counts" }, errors = { y = "sigma" } }
end })

local function everything()
  local arrays = { empty = m.array.zeros(0), matrix = m.array { { 1, 2 }, { 3, 4 } },
    z = m.array { 1 } + m.array.complex(0, -2), scalar = m.array.full({}, 2.5) }
  for _, dtype in ipairs { "f64", "f32", "i64", "i32", "u8" } do
    arrays[dtype] = m.array.array({ 1, 2, 3 }, { dtype = dtype })
    arrays["scalar_" .. dtype] = m.array.array({ 7 }, { dtype = dtype }):reshape {}
  end
  return {
    arrays = arrays, empty = {}, nested = { {}, { {} }, { a = {} } },
    numbers = { i = 3, f = 3.0, max = math.maxinteger, min = math.mininteger, tiny = 5e-324, third = 1 / 3,
      nan = 0 / 0, inf = 1 / 0, minus = -1 / 0, zero = -0.0 },
    texts = { unicode = "Å é 中", empty = "", bytes = "a\0\255", lines = "a\nb", long = ("x"):rep(100000) },
    booleans = { yes = true, no = false },
    lists = { ints = { 1, 2 }, floats = { 1.0, -0.0, 0 / 0 }, texts = { "a", "" }, booleans = { true, false },
      mixed = { 1, 1.0, "a", true, { x = 1 }, m.array { 1 } }, binary = { "a\0", "b" }, one = { 5 } },
    keys = { ["a/b"] = 1, ["."] = { 1 }, [".."] = 2, [""] = 3, ["%2F"] = 4, ["é"] = 5, ["a b"] = { 2 },
      signal = "s", NX_class = 1, matinf_type = "list", x_indices = 3, class = "spinel" } }
end

TestStore = {}

function TestStore.test_round_trip_is_exact()
  local value = everything()
  same(value, round(value), "value")
  for _, simple in ipairs { 3, 2.5, "text", true, { 1, 2 } } do same(simple, round(simple), "simple") end
  same(m.array { 1, 2 }, round(m.array { 1, 2 }), "array")
end

function TestStore.test_equal_values_are_equal_files()
  store.write(path, everything())
  local first = m.sys.read(path)
  store.write(path, everything())
  lu.assertTrue(m.sys.read(path) == first)
  store.write(path, store.read(path))
  lu.assertTrue(m.sys.read(path) == first)
end

function TestStore.test_instances_come_back()
  local s = setmetatable({ x = m.array { 1, 2 }, y = m.array { 3, 4 }, sigma = m.array { .1, .2 }, title = "t" }, Spectrum)
  local back = round { list = { s }, spectrum = s }
  lu.assertEquals(getmetatable(back.spectrum), Spectrum)
  same(s, back.spectrum, "spectrum")
  same(s, back.list[1], "list[1]")
  same(s, round(s), "instance")
end

function TestStore.test_refusals_name_the_field()
  local cycle = {}
  cycle.c = cycle
  for _, case in ipairs {
    { { model = { fit = { x = print } } }, "cannot store 'model.fit.x': a function" },
    { { peaks = { { a = 1 }, { b = io.stdout } } }, "cannot store 'peaks[2].b': a userdata" },
    { { a = cycle }, "cannot store 'a.c': it contains itself" },
    { { a = { [3] = 1 } }, "cannot store 'a': key 3: text keys, or 1 to n, expected" },
    { print, "cannot store 'value': a function" } } do
    local _, err = m.try(store.write, path, case[1])
    lu.assertEquals(err.message, case[2])
    lu.assertEquals(err.kind, "argument")
  end
end

function TestStore.test_a_failure_leaves_the_old_file_and_no_other()
  store.write(path, { a = 1 })
  m.try(store.write, path, { a = print })
  lu.assertEquals(store.read(path), { a = 1 })
  lu.assertEquals(m.sys.list(folder), { "s.h5" })
  local _, err = m.try(store.write, folder .. "/no/s.h5", {})
  lu.assertEquals(err.message, ("cannot create '%s/no/s.h5': No such file or directory"):format(folder))
end

function TestStore.test_a_group_in_itself_is_refused()
  store.write(path, { a = { b = { 1, 2 } } })
  local f = m.hdf5.open(path, "a")
  f:link("entry/a", "entry/a/again")
  f:close()
  local _, err = m.try(store.read, path)
  lu.assertStrContains(err.message, "nested endlessly")
end

function TestStore.test_other_hdf5_files_are_refused()
  m.hdf5.open(path, "w"):close()
  local _, err = m.try(store.read, path)
  lu.assertEquals(err.kind, "data")
  lu.assertStrContains(tostring(err), "no stored value")
end

local code = lu.LuaUnit.run()
m.sys.remove_tree(folder)
os.exit(code)
