-- Every documented function and method, called as its example calls it but with one argument or
-- option replaced by something hostile: it may work or raise an error object; a plain Lua error
-- ("attempt to index a nil value") or a crash is a bug. One process a module, in an empty folder.
local m = require "matinf"
local e = require "matinf.error"
local doc = require "matinf.doc"
local store = require "matinf.store"

-- ---- hostile values -----------------------------------------------------------------------------

local function closed_file()
  local file = io.tmpfile()
  file:close()
  return file
end

local function cycle()
  local t = {}
  t[1], t.x = t, t
  return t
end

local row = m.array { 1, 2, 3 }
local function as(dtype) return m.array({ 1, 2, 3 }, { dtype = dtype }) end

-- Name, value, name, value, ... since nil is a value. Sizes that could be granted are left out: they cost minutes.
local hostile = table.pack("nil", nil, "true", true, "-1", -1, "0", 0, "0.5", 0.5, "nan", 0 / 0, "inf", 1 / 0,
  "1e308", 1e308, "minint", math.mininteger, "empty text", "", "text", "x", "zero byte", "a\0b",
  "no UTF-8", "\255\254", "format", "%s%n%d", "long", ("x"):rep(5000), "empty", {}, "nested", { {} },
  "mixed", { 1, "x" }, "ragged", { { 1, 2 }, { 3 } }, "huge shape", { 1 << 40, 1 << 40 },
  "map", { a = 1 }, "cycle", cycle(), "function", print, "coroutine", coroutine.create(print),
  "file", io.stdout, "closed file", closed_file(), "scalar", m.array.full({}, 3),
  "no elements", m.array.zeros(0), "no columns", m.array.zeros(3, 0), "cube", m.array.ones(2, 2, 2),
  "transposed", m.array({ { 1, 2 }, { 3, 4 } }):T(), "reversed", row[{ { -1, 1, -1 } }],
  "f32", as "f32", "i64", as "i64", "u8", as "u8", "c128", as "c128",
  "nan array", m.array { 0 / 0, 1, 2 }, "inf array", m.array { 1, 1 / 0, 2 },
  "stride 0", m.array.broadcast(m.array { 1 }, { 4 }), "handle", m.random.generator { seed = 1 },
  "object", m.units.quantity "1 eV")

-- ---- recording the calls of the examples --------------------------------------------------------

local recorded

local function watch(methods, name, full)
  local f = rawget(methods, name)
  if type(f) ~= "function" then return end
  rawset(methods, name, function(...)
    if recorded then recorded[full] = recorded[full] or { f = f, n = select("#", ...), ... } end
    return f(...)
  end)
end

-- The table in which the function or method of that documented name is found.
local function home(name)
  local class = name:match "^(.*):"
  if not class then return m[name:match "^[^.]+"] end
  return store.classes[class] or debug.getregistry()["matinf." .. class].__index
end

local function example_call(entry)
  recorded = {}
  pcall(load(entry.example))
  local call = recorded[entry.name]
  recorded = nil
  return call
end

-- ---- hostile calls ------------------------------------------------------------------------------

local function call_with(call, position, value)
  local arguments = { n = math.max(call.n, position), table.unpack(call, 1, call.n) }
  arguments[position] = value
  io.write "."
  io.flush()
  return pcall(call.f, table.unpack(arguments, 1, arguments.n))
end

local function judge(label, ok, err)
  if ok or e.is(err) and err.kind ~= "internal" then return end
  if tostring(err):find "not enough memory" then return end -- the other suites' subject
  io.write("\nbad ", label, ": ", (tostring(err):gsub("\n.*", "")), "\n")
end

local function options_position(call)
  local last = call[call.n]
  if type(last) == "table" and not getmetatable(last) then return call.n end
  return call.n + 1
end

local function try_options(entry, call, what, value)
  local position = options_position(call)
  for _, option in ipairs(entry.options or {}) do
    local options = {}
    for name, given in pairs(call[position] or {}) do options[name] = given end
    options[option[1]] = value
    judge(("%s{%s = %s}"):format(entry.name, option[1], what), call_with(call, position, options))
  end
end

local function try_entry(entry, call)
  for i = 1, hostile.n, 2 do
    local what, value = hostile[i], hostile[i + 1]
    for position = 1, math.max(call.n, #(entry.arguments or {})) + 1 do
      judge(("%s, argument %d = %s"):format(entry.name, position, what),
        call_with(call, position, value))
    end
    try_options(entry, call, what, value)
  end
end

local function try_module(name)
  local entries = doc.module(name).functions
  for _, entry in ipairs(entries) do watch(home(entry.name), entry.name:match "[^.:]+$", entry.name) end
  for _, entry in ipairs(entries) do
    local call = example_call(entry)
    if call then
      io.write("\n", entry.name, " ")
      try_entry(entry, call)
    end
  end
  print "\nall tried"
end

if arg[1] == "--module" then
  _G.m = m
  io.stdout:setvbuf "full"
  try_module(arg[2])
  os.exit(0)
end

-- ---- the tests ----------------------------------------------------------------------------------

local lu = require "luaunit"
local sys = m.sys

TestHostileArguments = {}

for _, name in ipairs(m.modules) do
  TestHostileArguments["test_" .. name] = function()
    local folder = sys.tempdir()
    local result = sys.spawn { sys.program(), sys.realpath(arg[0]), "--module", name,
      folder = folder, stdin = "", timeout = 400 }
    sys.remove_tree(folder)
    local bad = {}
    for line in result.stdout:gmatch "\nbad ([^\n]*)" do bad[#bad + 1] = line end
    lu.assertEquals(table.concat(bad, "\n"), "")
    local last = result.stdout:match "\n([%w.:]+) %.*$" or result.stderr:sub(1, 400)
    lu.assertNotNil(result.stdout:find "\nall tried\n$", "died in " .. last)
    lu.assertEquals(result.code, 0, name .. ": exit code")
  end
end

os.exit(lu.LuaUnit.run())
