-- HDF5: types there and back, slices, attributes, handles, damaged files.
local lu = require "luaunit"
local m = require "matinf"

local folder = m.sys.tempdir()
local path = folder .. "/t.h5"

local function fresh() return m.hdf5.open(path, "w") end

local function message(f, ...)
  local value, err = m.try(f, ...)
  lu.assertNil(value)
  return (tostring(err):gsub(folder:gsub("%p", "%%%0") .. "/", "")), err.kind
end

TestHdf5 = {}

function TestHdf5.test_arrays_of_every_dtype_and_rank()
  local f <close> = fresh()
  for _, dtype in ipairs { "f64", "f32", "i64", "i32", "u8" } do
    local a = m.array.array({ { 1, 2, 3 }, { 4, 5, 6 } }, { dtype = dtype })
    f:write(dtype, a)
    f:write(dtype .. "t", a:transpose())
    local back = f:read(dtype)
    lu.assertEquals({ back.dtype, back.shape[1], back.shape[2] }, { dtype, 2, 3 })
    lu.assertEquals(back:totable(), a:totable())
    lu.assertEquals(f:read(dtype .. "t"):totable(), a:transpose():totable())
  end
  local z = m.array { 1, 2 } + m.array.complex(0, 1) * m.array { -3, 0.5 }
  f:write("z", z)
  lu.assertEquals(f:read "z".dtype, "c128")
  lu.assertEquals(f:read "z":imag():totable(), { -3, 0.5 })
  f:write("empty", m.array.zeros(0))
  lu.assertEquals(#f:read "empty", 0)
end

function TestHdf5.test_scalars_and_lists()
  local f <close> = fresh()
  local nan, values = 0 / 0, { i = 2 ^ 53 // 1 | 0, f = 3.0, s = "Å ok", e = "", b = true, n = false, z = -0.0 }
  for name, value in pairs(values) do f:write(name, value) end
  for name, value in pairs(values) do
    lu.assertEquals(f:read(name), value)
    lu.assertEquals(math.type(f:read(name)), math.type(value))
  end
  f:write("nan", nan)
  lu.assertTrue(f:read "nan" ~= f:read "nan")
  f:write("strings", { "a", "", "é" })
  lu.assertEquals(f:read "strings", { "a", "", "é" })
  f:write("booleans", { true, false })
  lu.assertEquals(f:read("booleans", nil, { as = "list" }), { true, false })
  f:write("integers", { 1, 2 })
  lu.assertEquals(f:read("integers", nil, { as = "list" }), { 1, 2 })
  f:write("bytes", "a\0\255", { bytes = true })
  lu.assertEquals(f:read("bytes", nil, { as = "bytes" }), "a\0\255")
  lu.assertStrContains(message(f.write, f, "zero", "a\0b"), "zero bytes")
  lu.assertStrContains(message(f.write, f, "f", print), "a function")
  lu.assertStrContains(message(f.write, f, "mixed", { 1, "a" }), "number expected")
end

function TestHdf5.test_slices_agree_with_those_of_arrays()
  local f <close> = fresh()
  local a = m.array.arange(60):reshape(3, 4, 5)
  f:write("a", a)
  for _, slice in ipairs { { 2 }, { {}, { 2, 3 } }, { { 1, 3, 2 }, {}, { -2, -1 } }, { {}, 4, { 1, 5, 3 } } } do
    lu.assertEquals(f:read("a", slice):totable(), a[slice]:totable())
  end
  lu.assertEquals(f:read("a", { 3, 4, 5 }), 60)
  lu.assertEquals(f:read("a", { { 3, 2 } }).shape[1], 0)
  for _, bad in ipairs { { 4 }, { 0 }, { 1, 1, 1, 1 }, { { 1, 9 } }, { { 1 } }, { { 1, 2, 0 } }, { "x" } } do
    local _, kind = message(f.read, f, "a", bad)
    lu.assertEquals(kind, "argument")
  end
  lu.assertEquals((message(f.read, f, "a", { 4 })),
    "bad slice to 'hdf5.File:read': dimension 1 of /a has length 3, got index 4")
end

function TestHdf5.test_storage_scales_and_attributes()
  local f <close> = fresh()
  f:write("x", m.array.arange(300), { units = "eV" })
  f:write("g/y", m.array.zeros(200, 300), { compress = 4, chunks = { 10, 300 }, scales = { false, "x" },
    attributes = { b = true, a = "text", list = { "p", "q" } } })
  local info = f:info "g/y"
  lu.assertEquals({ info.chunks, info.compressed, info.dtype, info.shape },
    { { 10, 300 }, true, "f64", { 200, 300 } })
  lu.assertEquals(f:attributes "g/y".list, { "p", "q" })
  lu.assertEquals(f:attribute("g/y", "DIMENSION_LABELS"), { "", "x" })
  f:attribute("x", "units", "J")
  lu.assertEquals(f:attribute("x", "units"), "J")
  for i = 1, 20 do f:attribute("x", "key" .. i, i) end
  for i = 1, 20 do f:attribute("x", "key" .. i, i + 1) end
  lu.assertEquals(f:attribute("x", "key7"), 8)
  lu.assertStrContains(message(f.write, f, "q", 1, { unit = "eV" }), "did you mean 'units'?")
  lu.assertStrContains(message(f.write, f, "w", { 1, 2 }, { scales = { "none" } }), "no such object")
end

function TestHdf5.test_groups_names_and_what_is_missing()
  local f <close> = fresh()
  f:write("z", 1) f:write("b/c", 2) f:group "a"
  lu.assertEquals(f:list(), { "z", "b", "a" })
  lu.assertEquals({ f:exists "b", f:exists "/b/c/", f:exists "b/c/d" }, { "group", "dataset" })
  lu.assertEquals((message(f.read, f, "b/x")), "cannot read 't.h5': /b/x: there is no such object")
  lu.assertEquals((message(f.read, f, "b")), "cannot read 't.h5': /b: it is no dataset")
  lu.assertEquals((message(f.write, f, "z", 1)), "cannot write 't.h5': /z: it is there already")
  lu.assertEquals((message(f.write, f, "z/y", 1)), "cannot write 't.h5': /z/y: '/z' is no group")
  f:remove "b"
  lu.assertNil(f:exists "b/c")
end

function TestHdf5.test_handles()
  local f = fresh()
  f:close() f:close()
  lu.assertStrContains((message(f.read, f, "x")), "is closed")
  lu.assertStrContains(tostring(f), "closed")
  f = m.hdf5.open(path)
  lu.assertEquals((message(f.write, f, "x", 1)), "cannot write 't.h5': it was opened for reading")
  f = nil
  for _ = 1, 300 do m.hdf5.open(path):list() end 
  collectgarbage() -- closes them
  local a <close> = m.hdf5.open(path, "a")
  a:write("more", 1)
  lu.assertEquals(a:read "more", 1)
end

function TestHdf5.test_files_that_are_none()
  for _, case in ipairs { { "none.h5", "No such file" }, { "", "Is a directory" } } do
    lu.assertStrContains((message(m.hdf5.open, folder .. "/" .. case[1])), case[2])
  end
  m.sys.write_atomic(path, "")
  lu.assertEquals((message(m.hdf5.open, path)), "cannot open 't.h5': the file is empty")
  m.sys.write_atomic(path, "text")
  lu.assertEquals((message(m.hdf5.open, path)), "cannot open 't.h5': it is no HDF5 file")
  lu.assertStrContains((message(m.hdf5.open, folder .. "/no/t.h5", "w")), "No such file")
end

local SEAL = 48 -- bytes of the checksum at the end of a file of ours

-- The file that `write` fills, as somebody else would have written it; its bytes.
local function foreign(write)
  local f = fresh()
  write(f)
  f:close()
  local bytes = m.sys.read(path):sub(1, -1 - SEAL)
  m.sys.write_atomic(path, bytes)
  return bytes
end

local function one_of_each(f)
  for _, dtype in ipairs { "f64", "f32", "i64", "i32", "u8" } do
    f:write("arrays/" .. dtype, m.array.array({ { 1, 2, 3 }, { 4, 5, 6 } }, { dtype = dtype }))
  end
  f:write("z", m.array { 1, 2 } * m.array.complex(0, 1), { units = "ohm" })
  f:write("texts", { "a", "", "é" }, { attributes = { list = { "p", "q" }, n = 3, b = true } })
  f:write("number", 1.5)
  f:write("empty", m.array.zeros(0))
end

local function everything(f)
  local all = { f:list(), f:list "arrays", f:attributes "texts", f:attribute("z", "units"),
    f:exists "arrays", f:info "z", f:read "texts", f:read "number", #f:read "empty",
    f:read("arrays/f64", { 2, { 1, 2 } }):totable(), f:read "z":imag():totable() }
  for _, name in ipairs(f:list "arrays") do
    local a = f:read("arrays/" .. name)
    all[#all + 1] = { a.dtype, a:totable() }
  end
  return all
end

function TestHdf5.test_truncated_files_are_refused()
  local bytes = foreign(function(f)
    f:write("x", m.array.arange(1000))
    f:write("s", { "a", "b" })
  end)
  for cut = 100, #bytes - 1, #bytes // 7 do
    m.sys.write_atomic(path, bytes:sub(1, cut))
    local text, kind = message(m.hdf5.open, path)
    lu.assertEquals(kind, "io")
    lu.assertEquals(text, ("cannot open 't.h5': the file is truncated: %d of %d bytes"):format(cut, #bytes))
  end
end

function TestHdf5.test_a_foreign_file_reads_as_ours_does()
  foreign(one_of_each)
  local theirs <close> = m.hdf5.open(path)
  lu.assertEquals(tostring(theirs), ("hdf5.File '%s' (reading)"):format(path))
  local read = everything(theirs)
  lu.assertEquals((message(theirs.read, theirs, "no")), "cannot read 't.h5': /no: there is no such object")
  lu.assertStrContains((message(theirs.read, theirs, "z", { 5 })), "bad slice to 'hdf5.File:read'")
  lu.assertStrContains((message(theirs.read, theirs, print)), "got a function")
  lu.assertStrContains((message(theirs.read)), "bad argument 'self' to 'hdf5.File:read'")
  theirs:close() theirs:close()
  lu.assertStrContains((message(theirs.read, theirs, "z")), "is closed")
  local ours <close> = fresh()
  one_of_each(ours)
  lu.assertEquals(read, everything(ours))
end

function TestHdf5.test_a_foreign_file_can_be_added_to_and_stays_foreign()
  foreign(one_of_each)
  do
    local f <close> = m.hdf5.open(path, "a")
    m.hdf5.nxdata(f, "new", { signal = { name = "y", values = m.array { 1, 2 } + m.array.complex(0, 1) } })
    f:write("c", { m.array.complex(1, 2) })
  end
  lu.assertNil(m.sys.read(path):find("BLAKE2b", 1, true))
  local f <close> = m.hdf5.open(path)
  lu.assertEquals(f:read "new/y":imag():totable(), { 1, 1 })
  lu.assertEquals(f:read "c":imag():totable(), { 2 })
  lu.assertStrContains((message(f.write, f, "d", 1)), "opened for reading")
end

function TestHdf5.test_ours_is_sealed_again_when_it_is_changed()
  fresh():close()
  for value = 1, 2 do
    local f <close> = m.hdf5.open(path, "a")
    f:write("x" .. value, value)
    lu.assertNil(m.sys.read(path):find("BLAKE2b", 1, true)) -- killed now, it would not be trusted
  end
  local _, count = m.sys.read(path):gsub("matinf BLAKE2b", "")
  lu.assertEquals(count, 1)
  local f <close> = m.hdf5.open(path)
  lu.assertEquals(f:list(), { "x1", "x2" })
end

function TestHdf5.test_every_damaged_byte_of_ours_is_noticed()
  local f = fresh()
  f:write("x", m.array.arange(100))
  f:close()
  local bytes = m.sys.read(path)
  for at = 9, #bytes - SEAL, #bytes // 40 do -- behind the signature
    local other = string.char(bytes:byte(at) ~ 16)
    m.sys.write_atomic(path, bytes:sub(1, at - 1) .. other .. bytes:sub(at + 1))
    lu.assertStrContains((message(m.hdf5.open, path)), "not those that were written (checksum)")
  end
end

-- Texts of variable length are where HDF5 1.10 crashes (a wrong address) and hangs (a wrong size).
function TestHdf5.test_a_file_that_kills_the_library_is_an_error()
  local bytes = foreign(function(f)
    f:write("s", { "alpha", "beta", "gamma" })
    f:write("x", m.array.arange(50))
  end)
  local heap = bytes:find("GCOL", 1, true)
  for _, damage in ipairs { { -19, "\xCD" }, { 48, "\xCE" } } do
    local at = heap + damage[1]
    m.sys.write_atomic(path, bytes:sub(1, at - 1) .. damage[2] .. bytes:sub(at + 1))
    local f <close> = m.hdf5.open(path, "r", { patience = 0.3 })
    local text, kind = message(f.read, f, "s")
    lu.assertEquals(kind, "io")
    lu.assertStrMatches(text, "cannot read 't.h5': s: .*it is probably damaged; get it anew.*")
    lu.assertEquals(f:read "x":sum(), 1275) -- the rest can be read
  end
  lu.assertStrContains((message(m.hdf5.open, path, "r", { patience = 0 })), "positive number")
end

function TestHdf5.test_equal_contents_are_equal_bytes()
  local bytes = {}
  for i = 1, 2 do
    local f = fresh()
    f:write("x", m.array.arange(10), { units = "eV", attributes = { c = "1", a = 2, b = true } })
    f:write("g/y", m.array.zeros(10), { scales = { "x" }, compress = 4 })
    f:close()
    bytes[i] = m.sys.read(path)
  end
  lu.assertTrue(bytes[1] == bytes[2])
end

local code = lu.LuaUnit.run()
m.sys.remove_tree(folder)
os.exit(code)
