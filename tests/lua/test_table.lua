-- Tables: layouts found out, bad files refused with their line, columns and rows, writing, storing.
local lu = require "luaunit"
local m = require "matinf"
local store = require "matinf.store"

local folder = m.sys.tempdir()
local path = folder .. "/t.csv"

-- The table that the text makes.
local function read(text, options)
  m.sys.write_atomic(path, text)
  return m.table.read(path, options)
end

-- The message about the text, without the folder.
local function message(text, options)
  m.sys.write_atomic(path, text)
  local table, err = m.try(m.table.read, path, options)
  lu.assertNil(table)
  return (tostring(err):gsub(folder:gsub("%p", "%%%0") .. "/", ""))
end

local function values(t, name) return t:column(name):totable() end

TestRead = {}

function TestRead.test_delimiters_and_decimal_signs()
  for _, case in ipairs {
    { "x,y\n1.5,2\n3,4\n", "comma" }, { "x;y\n1,5;2\n3;4\n", "semicolon, decimal comma" },
    { "x\ty\n1.5\t2\n3\t4\n", "tab" }, { "x\ty\n1,5\t2\n3\t4\n", "tab, decimal comma" },
    { "x y\n 1.5   2 \n3\t4\n", "blanks" }, { "x y\n1,5 2,0\n3,0 4,0\n", "blanks, decimal comma" },
    { "x, y\n1.5, 2\n3, 4\n", "comma and blank" }, { "x;y\n1.5;2\n3;4\n", "semicolon, point" },
    { "\xEF\xBB\xBFx,y\r\n1.5,2\r\n3,4\r\n", "BOM and CR LF" }, { "x,y\r1.5,2\r3,4\r", "CR" },
    { "x,y\n1.5,2\n3,4", "no last line end" }, { "x,y\n\n1.5,2\n \n3,4\n\n", "blank lines" },
    { "1st scan\nx,y\n1.5,2\n3,4\n", "preamble" }, { "# x y\n1.5 2\n3 4\n", "names in a comment" },
    { "; note\n% note\n# note\nx,y\n1.5,2\n3,4\n", "comments" },
    { "x,y\n1.5D0,.2e1\n+3,4.\n", "forms of numbers" }, { '"x","y"\n"1.5","2"\n3,4\n', "quotes" },
    { "x,y\n1.5,2\n# end of scan 1\n3,4\n", "comment between rows" },
    { "x,y,\n1.5,2,\n3,4,\n", "delimiter at the line's end" } } do
    local t = read(case[1])
    lu.assertEquals(values(t, "x"), { 1.5, 3 }, case[2])
    lu.assertEquals(values(t, "y"), { 2, 4 }, case[2])
    lu.assertEquals(#t.columns, 2, case[2])
  end
end

function TestRead.test_gzip()
  m.sys.write_atomic(path, "x,y\n1.5,2\n3,4\n")
  local plain = m.sys.read(path)
  m.sys.spawn { "gzip", "-kf", path }
  lu.assertEquals(values(m.table.read(path .. ".gz"), "y"), { 2, 4 })
  local packed = m.sys.read(path .. ".gz")
  lu.assertNotEquals(packed, plain)
  lu.assertStrContains(message(packed:sub(1, -9)), "cut short")
  lu.assertStrContains(message(packed:sub(1, 20) .. "\255\255\255" .. packed:sub(24)), "cannot read")
end

function TestRead.test_units_in_headers()
  for header, expected in pairs {
    ["Energy (eV)"] = { "Energy", "eV" }, ["time/s"] = { "time", "s" }, ["T [K]"] = { "T", "K" },
    ["BE/eV"] = { "BE", "eV" }, ["Z' (ohm)"] = { "Z'", "ohm" }, ["Intensity (counts)"] = { "Intensity", "counts" },
    ["I (a.u.)"] = { "I", "a.u." }, ["V(Xx)"] = { "V(Xx)" }, ["I/I0"] = { "I/I0" },
    ["Counts/s"] = { "Counts", "counts/s" }, ["share (%)"] = { "share", "%" }, ["x"] = { "x" },
    ["sigma (measured) (S/cm)"] = { "sigma (measured)", "S/cm" } } do
    local column = read(header .. "\n1\n2\n").columns[1]
    lu.assertEquals({ column.name, column.unit }, expected)
  end
end

function TestRead.test_empty_cells_are_nan_and_counted()
  local t = read "x,y\n1,\n,NA\n3,--\n4,nan\n"
  local x, y = values(t, "x"), values(t, "y")
  lu.assertTrue(x[2] ~= x[2] and x[3] == 3)
  lu.assertTrue(y[1] ~= y[1] and y[4] ~= y[4])
  lu.assertEquals({ t.columns[1].empty, t.columns[2].empty }, { 1, 3 })
  lu.assertEquals(read("x,y\n1,-\n", { missing = { "-" } }).columns[2].empty, 1)
end

function TestRead.test_text_columns_and_quotes()
  local t = read 'name,n\n"a, ""b""",1\n"two\nlines",2\nGaN,3\n'
  lu.assertEquals(t:column "name", { 'a, "b"', "two\nlines", "GaN" })
  lu.assertEquals(values(t, "n"), { 1, 2, 3 })
  lu.assertEquals(read("id,n\n007,1\n", { text = { "id" } }):column "id", { "007" })
  lu.assertEquals(read("a,b\nx,y\nz,w\n"):column "b", { "y", "w" })
end

function TestRead.test_names_missing_or_twice()
  local t = read "1,2\n3,4\n"
  lu.assertEquals({ t.columns[1].name, t.columns[2].name, #t }, { "column_1", "column_2", 2 })
  t = read "x,x,\n1,2,3\n"
  lu.assertEquals({ t.columns[2].name, t.columns[3].name }, { "x_2", "column_3" })
  t = read("400,500\n1,2\n", { header = 1 })
  lu.assertEquals({ t.columns[2].name, #t }, { "500", 1 })
end

function TestRead.test_notes_are_kept()
  local t = read "# by me\nScan 7\nx,y\n1,2\n"
  lu.assertEquals(t.notes, { "# by me", "Scan 7" })
end

function TestRead.test_bad_files_are_refused_with_their_line()
  for _, case in ipairs {
    { "x,y\n1,2\n3\n", "t.csv:3: 2 columns expected, as in the other rows, found 1" },
    { "x,y\n1,2\n3,4,5,6\n", "t.csv:3: 2 columns expected, as in the other rows, found 4" },
    { "x,y\n1,2\n3,1e400\n", 't.csv:3:3: number expected in column 2 (y), got "1e400"' },
    { "x\n1\n\0\n", "t.csv:3: a zero byte: this is no text file" },
    { "\xFF\xFEx\n", "t.csv: this is UTF-16 text: save it as UTF-8" },
    { "", "t.csv: the file is empty" }, { "\n \n", "t.csv: no rows" }, { "# only\n", "t.csv: no rows" },
    { 'x,y\n1,2\n3,"4\n', "t.csv:3: a quote is not closed, or text follows a closing quote" },
    { 'x,y\n1,2\n"3"4,5\n', "t.csv:3: a quote is not closed, or text follows a closing quote" },
    { "a,b\n526,5,607\n527,5,608\n", "t.csv:2: 3 cells, but the line above names 2 columns: is the "
      .. "comma both decimal sign and delimiter? Part the columns by ; or tabs" },
    { "hello\nworld\n", "t.csv: no numbers and no delimiter: this is no table" } } do
    lu.assertEquals(message(case[1]), case[2])
  end
  local late = "x\n" .. ("1\n"):rep(200) .. "12.x\n"
  lu.assertEquals(message(late), 't.csv:202:1: number expected in column 1 (x), got "12.x"')
  lu.assertEquals(message("x\n1\n", { header = 9 }), "t.csv: no rows after 9 header lines")
  local _, err = m.try(m.table.read, folder .. "/none.csv")
  lu.assertStrContains(err.message, "No such file")
  lu.assertEquals(err.kind, "io")
  lu.assertStrContains(tostring(select(2, m.try(m.table.read, folder))), "Is a directory")
  lu.assertStrContains(message("x\n1\n", { delimter = "comma" }), "did you mean 'delimiter'?")
end

function TestRead.test_any_bytes_give_a_table_or_an_error()
  math.randomseed(7)
  local pieces = { "1", "2.5", ",", ";", "\t", " ", "\n", "\r", '"', "x", "#", "e", "-", "\0", "\xEF\xBB\xBF", "é", "1e9" }
  local tables = 0
  for _ = 1, 1500 do
    local text = {}
    for i = 1, math.random(30) do text[i] = pieces[math.random(#pieces)] end
    m.sys.write_atomic(path, table.concat(text))
    local t, err = m.try(m.table.read, path)
    if t then tables = tables + 1 else lu.assertTrue(err.kind == "data", tostring(err)) end
  end
  lu.assertTrue(tables > 50)
end

function TestRead.test_longer_than_the_limit()
  if not os.getenv "MATINF_SOAK" then lu.skip "reads 1 GB: MATINF_SOAK=1" end
  m.sys.spawn { "truncate", "-s", "2G", path }
  lu.assertStrContains(tostring(select(2, m.try(m.table.read, path))), "longer than the limit of 1024 MB")
  os.remove(path)
end

TestTable = {}

local function peaks()
  return m.table.new { { name = "peak", values = { "C–C", "C–O", "O–C=O" } },
    { name = "position", unit = "eV", values = { 284.8, 286.31, 288.8 }, error = "se" },
    { name = "se", values = { 0.0213, 0.1, 0.05 } }, { name = "n", values = { 3, 1, 3 } } }
end

function TestTable.test_printing_aligns_and_shows_errors()
  lu.assertEquals(tostring(peaks()), table.concat({
    "peak     position (eV)  n",
    "C–C    284.800 ± 0.021  3",
    "C–O      286.31 ± 0.10  1",
    "O–C=O  288.800 ± 0.050  3" }, "\n"))
  local long = m.table.new { { name = "x", values = m.array.arange(100) } }
  lu.assertStrContains(tostring(long), "... 100 rows in all")
end

function TestTable.test_new_refuses()
  for _, case in ipairs {
    { { { name = "x", values = { 1, "a" } } }, 'numbers or texts expected, got "a"' },
    { { { name = "x", values = { 1 } }, { name = "y", values = { 1, 2 } } }, "'y' has 2 rows, 'x' has 1" },
    { { { name = "x", values = { 1 } }, { name = "x", values = { 1 } } }, "two columns are called 'x'" },
    { { { name = "x", values = { 1 }, error = "s" } }, "no column 's'" },
    { { { name = "x", values = m.array.zeros(2, 2) } }, "array of one dimension" },
    { { { values = { 1 } } }, "'name'" }, { { { name = "x", value = { 1 } } }, "did you mean 'values'?" } } do
    local _, err = m.try(m.table.new, case[1])
    lu.assertStrContains(tostring(err), case[2])
  end
end

function TestTable.test_rows_are_selected_three_ways()
  local t = peaks()
  lu.assertEquals(t:select { 3, 1 }:column "peak", { "O–C=O", "C–C" })
  lu.assertEquals(t:select { true, false, true }:column "peak", { "C–C", "O–C=O" })
  lu.assertEquals(t:select(t:column "position":gt(285)):column "peak", { "C–O", "O–C=O" })
  lu.assertEquals(t:select(function(row) return row.n == 1 end):column "peak", { "C–O" })
  lu.assertEquals(#t:select {}, 0)
  for _, bad in ipairs { { 4 }, { 0 }, { 1.5 }, { true }, "x", 3 } do
    lu.assertEquals(select(2, m.try(t.select, t, bad)).kind, "argument")
  end
end

function TestTable.test_sorting_is_stable_and_nan_comes_last()
  local t = peaks()
  lu.assertEquals(t:sort "n":column "peak", { "C–O", "C–C", "O–C=O" })
  lu.assertEquals(t:sort("peak", { descending = true }):column "peak"[1], "O–C=O")
  local nan = 0 / 0
  local s = m.table.new { { name = "x", values = { nan, 2, nan, 1 } }, { name = "i", values = { 1, 2, 3, 4 } } }
  lu.assertEquals(s:sort "x":column "i":totable(), { 4, 2, 1, 3 })
  lu.assertEquals(s:sort("x", { descending = true }):column "i":totable(), { 2, 4, 1, 3 })
end

function TestTable.test_pick_and_join()
  local t = peaks()
  lu.assertNil(t:pick { "position" }.columns[1].error)
  lu.assertEquals(t:pick { "position", "se" }.columns[1].error, "se")
  local both = t:join(t:select { 2 })
  lu.assertEquals(both:column "peak", { "C–C", "C–O", "O–C=O", "C–O" })
  lu.assertEquals(both:column "n".dtype, "i64")
  lu.assertEquals(both.columns[2].unit, "eV")
  local other = m.table.new { { name = "position", unit = "J", values = { 1 } } }
  lu.assertStrContains(tostring(select(2, m.try(t.join, t:pick { "position" }, other))), "another unit")
end

function TestTable.test_written_numbers_read_back_bit_by_bit()
  local nan = 0 / 0
  local numbers = { 0.1, 1 / 3, 1e300, 5e-324, -0.0, 284.8, 2 ^ 53, nan, 1 / 0, -1 / 0 }
  local t = m.table.new { { name = "x, y", unit = "eV", values = numbers },
    { name = "t", values = { 'a"b', "", " c", "d\ne", "#f", "g", "h;i", "1", "k", "l" } } }
  t:write(path)
  local back = m.table.read(path, { text = { "t" } })
  local x = values(back, "x, y")
  for i, number in ipairs(numbers) do
    lu.assertEquals(string.pack("d", math.abs(x[i])) == string.pack("d", math.abs(number)), true)
    lu.assertEquals(tostring(1 / x[i]):gsub("-nan", "nan"), tostring(1 / number):gsub("-nan", "nan"))
  end
  lu.assertEquals(back:column "t", t:column "t")
  lu.assertEquals(m.sys.read(path):match "^[^\r]*\r\n", '"x, y (eV)",t\r\n')
end

function TestTable.test_stored_and_back()
  local t = read "# note\nname,x (eV)\na,1\nb,\n"
  store.write(folder .. "/t.h5", { table = t, peaks = peaks() })
  local back = store.read(folder .. "/t.h5")
  lu.assertEquals(tostring(back.peaks), tostring(peaks()))
  lu.assertEquals(tostring(back.table), tostring(t))
  lu.assertEquals({ back.table.columns[2].empty, back.table.columns[2].unit, back.table.notes[1] },
    { 1, "eV", "# note" })
end

function TestTable.test_missing_column_names_the_nearest()
  local _, err = m.try(peaks().column, peaks(), "positon")
  lu.assertEquals(err.message, "table.Table:column: no column is called 'positon': did you mean 'position'?")
end

local code = lu.LuaUnit.run()
m.sys.remove_tree(folder)
os.exit(code)
