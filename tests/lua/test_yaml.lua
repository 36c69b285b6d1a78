-- YAML 1.2: what a document means, what is refused and with which words, and writing.
local lu = require "luaunit"
local m = require "matinf"
local yaml = m.yaml

local function fails(text, place, ...)
  local _, err = m.try(yaml.load, text, { file = "f.yaml" })
  lu.assertNotNil(err, text)
  lu.assertEquals(err.kind, "configuration")
  lu.assertEquals(tostring(err):match "^f.yaml:(%d+:%d+): ", place, tostring(err))
  for _, part in ipairs { ... } do lu.assertStrContains(err.message, part) end
end

TestScalar = {}

function TestScalar.test_text_stays_text()
  for _, text in ipairs { "No", "no", "N", "Y", "y", "on", "Off", "yes", "tRUE", "nULL", "1_000",
    "0b1", "12:30:45",
    "1e", "e1", ".", "+", "-x", "1.2.3", "0o8", "0xg", "+0x1", "0x", "0o", ".infinity", "inf",
      "nan", "+.nan", "1d5",
    "2001-01-01", "=", "1 2", "5.5 Å", "281..294 eV", "1e1.5", "--1", "1-", ".e1", "Infinity" } do
    lu.assertEquals(yaml.load(text), text)
  end
end

function TestScalar.test_numbers()
  local integers = { ["010"] = 10, ["0o10"] = 8, ["0x1F"] = 31, ["-0"] = 0, ["+12"] = 12,
    ["08"] = 8,
    ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
    ["0x7fffffffffffffff"] = math.maxinteger, ["9007199254740993"] = 9007199254740993 }
  for text, value in pairs(integers) do
    lu.assertEquals(math.type(yaml.load(text)), "integer", text)
    lu.assertEquals(yaml.load(text), value)
  end
  local floats = { ["1.0"] = 1, [".5"] = 0.5, ["5."] = 5, ["-1e3"] = -1000, ["1E-3"] = 1e-3,
    ["0.1"] = 0.1,
    [".inf"] = math.huge, ["-.INF"] = -math.huge, ["+.Inf"] = math.huge,
      ["1.7976931348623157e308"] = 0x1.fffffffffffffp1023 }
  for text, value in pairs(floats) do
    lu.assertEquals(math.type(yaml.load(text)), "float", text)
    lu.assertEquals(yaml.load(text), value)
  end
  local nan = yaml.load ".nan"
  lu.assertTrue(nan ~= nan)
end

function TestScalar.test_words()
  for _, text in ipairs { "true", "True", "TRUE" } do lu.assertIsTrue(yaml.load(text)) end
  for _, text in ipairs { "false", "False", "FALSE" } do lu.assertIsFalse(yaml.load(text)) end
  for _, text in ipairs { "~", "null", "Null", "NULL", "", "# nothing", "---" } do
    lu.assertTrue(rawequal(yaml.load(text), yaml.null), text)
  end
  lu.assertEquals(tostring(yaml.null), "null")
  lu.assertEquals(yaml.load "['true', \"1\", '']", { "true", "1", "" })
  lu.assertEquals(yaml.load '"a\\0b"', "a\0b")
end

function TestScalar.test_core_tags()
  lu.assertEquals(yaml.load "!!str 1", "1")
  lu.assertEquals(yaml.load "! 1", "1")
  lu.assertEquals(yaml.load "!!int '7'", 7)
  lu.assertEquals(math.type(yaml.load "!!float 7"), "float")
  lu.assertEquals(yaml.load "!!map {a: !!seq [!!bool 'true', !!null '']}",
    { a = { true, yaml.null } })
  fails("a: !!int x", "1:4", '!!int expected, got "x"')
  fails("a: !!int 1.5", "1:4", "!!int expected")
  fails("!!seq {a: 1}", "1:1", "no tag expected, got !!seq")
  fails("- !lua/function x", "1:3", "no tag expected, got !lua/function")
  fails("!!python/object:os.system {}", "1:1", "got !!python/object:os.system")
  lu.assertEquals(yaml.load("!point {x: !mm 1}", { tags = "ignore" }), { x = 1 })
end

TestCollection = {}

function TestCollection.test_kinds_are_told_apart()
  local v = yaml.load "{a: [], b: {}, c: [1], d: {x: 1}}"
  lu.assertTrue(yaml.is_list(v.a) and yaml.is_list(v.c) and yaml.is_map(v.b) and yaml.is_map(v.d)
    and yaml.is_map(v))
  lu.assertFalse(yaml.is_map(v.a) or yaml.is_list(v.b) or yaml.is_list "x"
    or yaml.is_map(yaml.null))
  lu.assertTrue(yaml.is_list { 1, 2 } and yaml.is_map { 1, x = 2 } and yaml.is_map {})
end

function TestCollection.test_null_makes_no_holes()
  local v = yaml.load "[1, ~, null, 3]\n"
  lu.assertEquals(#v, 4)
  lu.assertTrue(v[2] == yaml.null and v[3] == yaml.null)
  lu.assertTrue(yaml.load "a: ".a == yaml.null)
end

function TestCollection.test_keys_keep_their_order()
  local v = yaml.load "zeta: 1\nalpha: 2\n'1': 3\nmid: 4"
  lu.assertEquals(yaml.keys(v), { "zeta", "alpha", "1", "mid" })
  v.alpha, v.new, v.also = nil, 1, 1
  lu.assertEquals(yaml.keys(v), { "zeta", "1", "mid", "also", "new" })
  lu.assertEquals(yaml.keys { b = 1, a = 1 }, { "a", "b" })
  lu.assertEquals(yaml.keys(yaml.map({ b = 1, a = 1 }, { "b", "a" })), { "b", "a" })
end

function TestCollection.test_an_alias_is_the_same_table()
  local v = yaml.load "a: &x [1]\nb: *x\nc: &y text\nd: *y\n*y : e"
  lu.assertTrue(rawequal(v.a, v.b))
  lu.assertEquals({ v.d, v.text }, { "text", "e" })
  lu.assertEquals(yaml.load "[&a 1, *a, &a 2, *a]", { 1, 1, 2, 2 })
end

function TestCollection.test_places()
  local v, places = yaml.load("a: 1.50\nb:\n  - No\n  - 'q'\n  - &r 2 eV\n  - *r\nc: {d: }\n",
    { places = true })
  lu.assertEquals(places.root, { line = 1, column = 1 })
  lu.assertEquals(places[v].a, { line = 1, column = 4, key_line = 1, key_column = 1,
    text = "1.50" })
  lu.assertEquals(places[v.b][1], { line = 3, column = 5, text = "No" })
  lu.assertEquals(places[v.b][2], { line = 4, column = 5 })
  lu.assertEquals(places[v.b][4], { line = 6, column = 5, text = "2 eV" })
  lu.assertEquals(places[v.c].d.text, "")
  lu.assertEquals(places[v.c].d.key_column, 5)
  local all, at = yaml.load_all("a\n---\n{b: 1}", { places = true })
  lu.assertEquals(at[all][2], { line = 3, column = 1 })
  lu.assertEquals(at[all[2]].b.column, 5)
  lu.assertEquals(select("#", yaml.load "a: 1"), 1)
end

TestRefused = {}

function TestRefused.test_duplicate_keys_name_both_places()
  fails("a: 1\nb: 2\na: 3", "3:1", 'key "a" stands twice', "first at line 1, column 1")
  fails("x: {k: 1, l: 2, 'k': {}}", "1:17", 'key "k"', "line 1, column 5")
  fails("a: {q: {z: 1}, r: {z: 1}, q: 1}", "1:27", 'key "q"', "line 1, column 5")
  lu.assertEquals(yaml.load "a: {z: 1}\nb: {z: 2}", { a = { z = 1 }, b = { z = 2 } })
end

function TestRefused.test_cycles_name_both_places()
  fails("a: 1\nb: &x [1, *x]", "2:11", "alias *x makes a cycle", "&x names at line 2, column 4")
  fails("&a\nk: {l: [*a]}", "2:9", "line 1, column 1")
end

function TestRefused.test_alias_bomb_names_both_places()
  local lines = { "a0: &a0 [x, x, x, x, x, x, x, x, x, x]" }
  for i = 1, 9 do
    lines[#lines + 1] = ("a%d: &a%d [%s]"):format(i, i, ("*a" .. i - 1 .. ","):rep(10))
  end
  fails(table.concat(lines, "\n"), "6:38", "at most 1000000 values expected, aliases expanded",
    "*a4 stands for the 111111 values of &a4 at line 5, column 5")
end

function TestRefused.test_keys_are_text()
  fails("1: x", "1:1", 'text expected as a key, got 1: write "1" in quotes')
  fails("a: {true: x}", "1:5", "got true")
  fails("? [a, b]\n: 1", "1:3", "text expected as a key, got a list")
  fails("{{a: 1}: 1}", "1:2", "got a map")
  fails(": 1", "1:1")
  fails("a: &l [1]\n*l : 1", "2:1", "text expected as a key")
  fails("<<: {a: 1}", "1:1", "merge key", "quotes")
  lu.assertEquals(yaml.load "'<<': 1", { ["<<"] = 1 })
end

function TestRefused.test_numbers_that_do_not_fit()
  fails("a: 9223372036854775808", "1:4", "at most 64 bits expected, got 9223372036854775808")
  fails("-9223372036854775809", "1:1", "64 bits")
  fails("0x8000000000000000", "1:1", "64 bits")
  fails("[1e400]", "1:2", "got 1e400", ".inf")
  fails("a: -1e999", "1:4", "got -1e999")
end

function TestRefused.test_sizes()
  fails(("["):rep(65), "1:65", "at most 64 levels")
  lu.assertEquals(#yaml.load(("["):rep(64) .. ("]"):rep(64)), 1)
  fails(("- "):rep(65) .. "x", "1:129", "at most 64 levels")
  fails(("x"):rep((16 << 20) + 1), "1:1", "at most 16777216 bytes")
  fails("[" .. ("1,"):rep(1000001) .. "]", "1:2000000", "at most 1000000 values")
end

function TestRefused.test_deep_nesting_is_refused_at_once()
  local begin = m.sys.cpu_time()
  fails(("["):rep(200000), "1:65", "at most 64 levels")
  lu.assertTrue(m.sys.cpu_time() - begin < 0.05)
end

function TestRefused.test_a_large_document_loads_fast()
  if (os.getenv "BUILD" or ""):find "sanitize" then lu.skip "sanitizers are slow" end
  local lines = {}
  -- 260,000 nodes, 1.4 MB
  for i = 1, 52000 do lines[i] = ("- {x: %d, label: s%d}\n"):format(i, i) end
  local text, best = table.concat(lines), math.huge
  for _ = 1, 3 do
    local begin = m.sys.cpu_time()
    lu.assertEquals(#yaml.load(text), 52000)
    best = math.min(best, m.sys.cpu_time() - begin)
  end
  lu.assertTrue(best <= 0.25, best .. " s")
end

function TestRefused.test_not_yaml()
  fails("a: [1, 2\nb: 3", "2:2", "expected ',' or ']'", "line 1, column 4")
  fails("a:\n\t- b", "2:1", "spaces expected as indentation, got a tab")
  fails("a: @b", "1:4", "text that begins with '@' is written in quotes")
  fails("ä: {ö: @b}", "1:8", "begins with '@'")
  fails("ä: ü\nü: ü\xff", "2:5", "UTF-8 text expected")
  fails("a: *b", "1:4", "no anchor &b stands before this alias *b")
  fails("a: 1\nb: 'x", "2:6", "unexpected end of stream")
  fails("a: b: c", "1:5", "mapping values are not allowed")
  fails("a: 1\nb: \xff", "2:4", "UTF-8 text expected")
  fails("a: 1\n\0", "2:1", "control characters are not allowed")
  fails("a\n---\nb", "2:1", "one document expected", "yaml.load_all")
  lu.assertEquals(yaml.load_all "a\n---\nb\n", { "a", "b" })
  lu.assertEquals(#yaml.load_all "", 0)
end

function TestRefused.test_arguments()
  local function refused(part, f, ...)
    local _, err = m.try(f, ...)
    lu.assertEquals(err.kind, "argument")
    lu.assertStrContains(err.message, part)
  end
  refused("'text' to 'yaml.load'", yaml.load, 1)
  refused("did you mean 'places'?", yaml.load, "", { place = true })
  refused('"reject" or "ignore"', yaml.load, "", { tags = "x" })
  local _, err = m.try(yaml.read, "/nonesuch.yaml")
  lu.assertEquals({ err.kind, err.message },
    { "io", "cannot read '/nonesuch.yaml': No such file or directory" })
end

function TestRefused.test_read_names_the_file()
  local d = m.sys.tempdir()
  m.sys.write_atomic(d .. "/a.yaml", "\xEF\xBB\xBFa: 1\r\nb: x\r\n")
  lu.assertEquals(yaml.read(d .. "/a.yaml"), { a = 1, b = "x" })
  m.sys.write_atomic(d .. "/a.yaml", "a: 1\na: 2")
  local _, err = m.try(yaml.read, d .. "/a.yaml", { places = true })
  lu.assertEquals({ err.file, err.line, err.column }, { d .. "/a.yaml", 2, 1 })
  m.sys.remove_tree(d)
end

TestDump = {}

function TestDump.test_form()
  local text = [==[
recipe: xps_peaks
sample:
  file: data/PET_C1s.csv
  element: No
  quoted: "true"
  number: "1"
  empty: ""
  nothing: null
  odd: "a: b"
range: 281..294 eV
ratio: [1, 2, [3.0, 4]]
mixed:
  - a
  - x: 1
    y:
      - - b
        - c
      - []
  - {}
"010": [1.0, 1e+300, -0.0, .nan, .inf, -.inf, 0.1, true]
]==]
  lu.assertEquals(yaml.dump(yaml.load(text)), text)
  lu.assertEquals(yaml.dump { b = 1, a = {} }, "a: {}\nb: 1\n")
  lu.assertEquals(yaml.dump(yaml.list {}), "[]\n")
  lu.assertEquals(yaml.dump "No", "No\n")
end

function TestDump.test_arrays_are_flow_lists()
  lu.assertEquals(yaml.dump { x = m.array { { 1, 2.5 }, { 3, 4 } } },
    "x: [[1.0, 2.5], [3.0, 4.0]]\n")
  lu.assertEquals(yaml.dump { m.array({ 1, 2 }, { dtype = "i64" }) }, "- [1, 2]\n")
  lu.assertEquals(yaml.dump { x = m.array.zeros(0) }, "x: []\n")
end

local words = { "", " ", "a", "No", "true", "~", "null", "1", "-1", "1e3", ".5", ".inf", "0x10",
  "- a", "-", "-a", "?", "? a",
  ":", "a:", "a: b", "a:b", "#", "a #b", "a#b", "[a]", "{a}", "a, b", "&a", "*a", "!a", "|", ">",
    "'", '"', "%", "@", "`", "---",
  "--- a", "...", "<<", "=", "a\nb", "\n", "a\n", "\t", "a\tb", " a", "a ", "ü", "5.5 Å",
    "\u{2028}", "\u{FEFF}a", "\u{85}", "\0",
  "\x7f", "😀", "\u{FFFF}", "\r\n", "\\", "a\\n", ("long "):rep(300), ("k"):rep(1500), "1:2",
    "2001-01-01", "key", "x y" }

local function random_value(depth)
  local kind = math.random(depth > 0 and 8 or 6)
  if kind == 1 then return math.random(0) >> math.random(0, 63) end
  if kind == 2 then return (string.unpack("d", string.pack("j", math.random(0)))) end
  if kind == 3 then return math.random(2) == 1 end
  if kind == 4 then return yaml.null end
  if kind <= 6 then return words[math.random(#words)] end
  local t = {}
  for i = 1, math.random(0, 4) do
    t[kind == 7 and i or words[math.random(#words)]] = random_value(depth - 1)
  end
  return kind == 7 and yaml.list(t) or yaml.map(t)
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return math.type(a) == math.type(b) and (a == b or a ~= a and b ~= b)
      and (a ~= 0 or math.type(a) == "integer" or 1 / a == 1 / b)
  end
  if yaml.is_list(a) ~= yaml.is_list(b) then return false end
  for key in pairs(a) do if not same(a[key], b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end

function TestDump.test_round_trip_of_random_values()
  math.randomseed(7, 11)
  for _ = 1, 3000 do
    local value = random_value(4)
    local text = yaml.dump(value)
    local again, err = m.try(yaml.load, text)
    lu.assertTrue(err == nil and same(value, again), text .. "\n" .. tostring(err))
    lu.assertEquals(yaml.dump(again), text)
  end
end

function TestDump.test_round_trip_of_every_text()
  for _, word in ipairs(words) do
    lu.assertEquals(yaml.load(yaml.dump(word)), word)
    lu.assertEquals(yaml.load(yaml.dump { [word] = word }), { [word] = word })
    lu.assertEquals(yaml.load(yaml.dump { { word, { word } } }), { { word, { word } } })
  end
end

function TestDump.test_refuses()
  local cycle, list_cycle = {}, {}
  cycle.a, list_cycle[1] = cycle, list_cycle
  for part, value in pairs { ["'a.b[2]', got a function"] = { a = { b = { "x", print } } },
    ["a cycle?"] = cycle,
    ["(a cycle?)"] = list_cycle, ["UTF-8 text expected at 'k'"] = { k = "\xff" },
      ["map with text keys"] = { 1, x = 1 } } do
    local _, err = m.try(yaml.dump, value)
    lu.assertEquals(err.kind, "argument")
    lu.assertStrContains(err.message, part)
  end
  local deep = "x"
  for _ = 1, 64 do deep = { deep } end
  lu.assertEquals(yaml.load(yaml.dump(deep)), deep)
  lu.assertStrContains(select(2, m.try(yaml.dump, { deep })).message, "at most 64 levels")
end

os.exit(lu.LuaUnit.run())
