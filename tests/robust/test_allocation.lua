-- Memory that runs out: the k-th allocation fails, for every k until all succeed. What must come is an
-- error that says so; then the same state goes on working. Leaks are found by `make sanitize`.
--
-- Twice: in each function of C alone, on the quickest of the calls that the documented examples make
-- of it; and in the whole example of every exported function. Examples whose Lua half takes long (a
-- gnuplot, a fit or a training each) see every 97th k only. The short form, without MATINF_SOAK=1, is
-- the second alone; it begins with every 7th k and takes steps that grow by a third.
--
-- Counted are Lua's allocator and that of core, see probe.c.
local m = require "matinf"
local build = os.getenv "BUILD" or "build"
local soak = os.getenv "MATINF_SOAK"

-- ---- in a process with the probe: one part ----------------------------------------------------

local stride_of = {}
for _, name in ipairs { "plot", "spectra", "gmm", "circuit", "nnp", "md", "analysis",
  "descriptors" } do
  stride_of[name] = 97
end
local usual_stride = soak and 1 or 7

local function empty_folder()
  collectgarbage() -- files that a failure left open
  for _, name in ipairs(m.sys.list ".") do m.sys.remove_tree(name) end
end

io.stdout:setvbuf "line" -- what stands last in the output is what ran when a process is lost

local function runs_out_of_memory(err)
  return type(err) == "table" and err.kind == "memory" or tostring(err):find "not enough memory"
end

-- Prints "NAME: count of failures" and what went wrong in f, whose memory runs out at every
-- stride-th k; `more` failures follow the first. An example that shows how an error looks takes
-- this one for it, and its assertion fails.
local function starve(name, f, stride, more, shows_error)
  local probe = require "probe"
  local k, counted, wrong = 1, 0, {}
  local function complain(text) wrong[#wrong + 1] = ("  k = %d: %s"):format(k, tostring(text)) end
  while true do
    empty_folder()
    local failed, fine, err = probe.with_failure(k, more, f)
    if not failed then
      if not fine then complain(err) end -- the state was to work afterwards
      break
    end
    local mistaken = shows_error and tostring(err):find "assertion failed"
    if not fine and not runs_out_of_memory(err) and not mistaken then complain(err) end
    k, counted = k + stride, counted + 1
    if not soak then stride = stride + stride // 3 end
  end
  print(("%s: %d"):format(name, counted))
  if #wrong > 0 then print(table.concat(wrong, "\n", 1, math.min(#wrong, 50))) end
end

local function example_of(entry)
  local environment = setmetatable({ m = m }, { __index = _G })
  return assert(load(entry.example, "=" .. entry.name, "t", environment))
end

-- Once with the single failure, which Lua sees twice, once with no memory at all from k on.
local function starve_example(entry, stride)
  local f = example_of(entry)
  f() -- modules load
  local shows_error = entry.example:find "try" ~= nil
  for _, more in ipairs { 1, math.maxinteger // 2 } do
    starve(entry.name, f, stride, more, shows_error)
  end
end

-- ---- the functions of C alone -------------------------------------------------------------------

local watched = {} -- the names of all functions that are timed
local calls -- while examples run: name -> the quickest call, { f =, seconds =, n =, arguments ... }

local function timed(name, f)
  watched[#watched + 1] = name
  return function(...)
    if not calls then return f(...) end
    local began = os.clock()
    local results = table.pack(f(...))
    local seconds, known = os.clock() - began, calls[name]
    if not known or seconds < known.seconds then
      calls[name] = { f = f, seconds = seconds, n = select("#", ...), ... }
    end
    return table.unpack(results, 1, results.n)
  end
end

-- Puts a clock around the functions of a table that are made in C.
local function watch(functions, prefix)
  for name, f in pairs(functions) do
    if type(f) == "function" and debug.getinfo(f, "S").what == "C" then
      functions[name] = timed(prefix .. name, f)
    end
  end
end

-- Calls of functions of C that no documented example makes, by module.
local more_examples = {
  atoms = [[
m.sys.write_atomic("POSCAR", "Si\n1.0\n5 0 0\n0 5 0\n0 0 5\nSi\n1\nDirect\n0 0 0\n")
local s = m.atoms.read "POSCAR"[1]
s.forces = m.array.zeros(1, 3)
m.atoms.write("a.xyz", { s })
m.sys.write_atomic("b.xyz", "1\nProperties=species:S:1:pos:R:3:forces:R:3\nSi 0 0 0 nan 0 0\n")
assert(not m.try(m.atoms.read, "b.xyz"))
m.sys.write_atomic("input.data", "begin\natom 0 0 0 Si 0 0 nan 0 0\nenergy 0\ncharge 0\nend\n")
assert(not m.try(m.atoms.read, "input.data", { length = "bohr", energy = "hartree" }))]],
  hdf5 = [[
local file <close> = m.hdf5.open("a.h5", "w")
file:close()
m.hdf5.open("a.h5"):close()
local c = require "matinf.c.hdf5"
c.rank(m.array.zeros(2))
c.commit("a.h5", "b.h5")]],
  md = [[
local si = m.atoms.bulk("Si", "diamond", { a = 5.43 })
local o = { potential = m.potentials.stillinger_weber(), steps = 2, checkpoint = "md.h5",
  checkpoint_every = 1 }
m.md.run(si, o)]],
  nnp = [[
local sw, list = m.potentials.stillinger_weber(), {}
for i = 1, 4 do list[i] = sw:label(m.atoms.bulk("Si", "diamond", { a = 5.3 + 0.05 * i })) end
local set = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4, radial = 2,
  angular = 0 }
local o = { descriptors = set, hidden = { 2 }, iterations = 1, method = "kalman",
  validation = 0.25, checkpoint = "k", kalman = { force_fraction = 0.1 } }
m.nnp.train(list, o)
o.iterations = 2
m.nnp.train(list, o)
m.nnp.train_kernel(list, { descriptors = set, points = 3, validation = 0.25, model = "gp" })]],
  table = [[
m.sys.write_atomic("a.csv", "x,y\n1,2\n2,no\n")
assert(not m.try(m.spectra.read, "a.csv"))
require "matinf.c.table".number(0.1)]],
  yaml = "m.yaml.dump { 1.5 }",
}

-- Watches the binding of a module, before its Lua half is loaded, and its handles.
local function watch_module(module)
  if not package.searchpath("matinf.c." .. module, package.cpath) then return end
  watch(require("matinf.c." .. module), "c." .. module .. ".")
  for key, metatable in pairs(debug.getregistry()) do
    local handle = type(key) == "string" and key:match "^matinf%.(.*)$"
    local methods = handle and type(metatable) == "table" and rawget(metatable, "__index")
    if type(methods) == "table" then watch(methods, "c." .. handle .. ":") end
  end
end

-- They change the process.
local lasting = { ["c.sys.durable"] = true, ["c.sys.limits"] = true,
  ["c.sys.end_with_parent"] = true }

-- The calls that the examples of a module make, sorted by name; there must be one of each function.
local function recorded(module, entries)
  calls = {}
  for _, entry in ipairs(entries) do
    empty_folder()
    example_of(entry)()
  end
  if more_examples[module] then
    empty_folder()
    example_of { name = module, example = more_examples[module] }()
  end
  local names, found = {}, calls
  calls = nil
  for name in pairs(found) do names[#names + 1] = name end
  for _, name in ipairs(watched) do
    if not found[name] and not lasting[name] and name:find("c." .. module, 1, true) == 1 then
      print(("  k = -: no example calls %s"):format(name))
    end
  end
  table.sort(names)
  return names, found
end

-- A call that cannot be made again (its handle is closed, its file is gone) is left to the example.
local function starve_functions(module, entries)
  watch_module(module)
  local names, found = recorded(module, entries)
  for _, name in ipairs(names) do
    local call = found[name]
    local function again() call.f(table.unpack(call, 1, call.n)) end
    if not lasting[name] and m.try(function() again() return true end) then
      for _, more in ipairs { 1, math.maxinteger // 2 } do starve(name, again, usual_stride, more) end
    end
  end
end

-- ---- the parts ----------------------------------------------------------------------------------

local doc, parts = require "matinf.doc", {}

for _, module in ipairs(m.modules) do
  parts[module] = doc.module(module) and function()
    local entries = doc.module(module).functions
    if soak then starve_functions(module, entries) end
    for _, entry in ipairs(entries) do
      empty_folder()
      starve_example(entry, stride_of[module] or usual_stride)
    end
  end
end

-- A state of its own that loads every module.
function parts.load()
  local names = table.concat(m.modules, " ")
  local code = ("for name in ('%s'):gmatch '%%a+' do local _ = require 'matinf'[name] end"):format(names)
  starve("load", function() require "probe".in_new_state(package.path, package.cpath, code) end,
    97, 1)
end

-- The line editor, in a terminal where somebody types a line with a TAB after each READY.
local typist = [[
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
try:
    while True:
        shown = os.read(terminal, 4096)
        sys.stdout.buffer.write(shown)
        os.write(terminal, b"co\t\n" * shown.count(b"READY"))
except OSError:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
]]

function parts.edit()
  local edit = require "matinf.c.edit"
  local function complete() return 1, { "completion", "completes" } end
  starve("edit", function()
    local editor = edit.open { history = "history", complete = complete }
    io.stdout:write "READY\n"
    editor:read "> "
    editor:add "x = 1"
    editor:close()
  end, 1, 1)
end

-- A study run whole.
function parts.recipe()
  local load, run = require "matinf.recipe.load", require "matinf.recipe.run"
  local recipe = os.getenv "MATINF_RECIPE"
  starve("recipe", function() run.execute(load.open(recipe, {}), { out = "r", quiet = true }) end,
    97, 1)
end

if arg[1] == "--part" then
  parts[arg[2]]()
  empty_folder()
  os.exit(0) -- the state stays open: OpenMP's library leaks when it is unloaded
end

-- ---- the tests: a process and an empty folder for each part --------------------------------------

local lu = require "luaunit"
local host = m.sys.realpath(os.getenv "MATINF" or "./matinf")
local here = m.sys.realpath "tests/robust/test_allocation.lua"
local libraries = m.sys.realpath "tests/robust/libraries.lsan"
local probe = m.sys.realpath(build) .. "/tests"

local function run_part(part)
  local folder = m.sys.tempdir()
  local argv = { "env", "LD_PRELOAD=" .. probe .. "/probe.so",
    "ASAN_OPTIONS=verify_asan_link_order=0:" .. (os.getenv "ASAN_OPTIONS" or ""),
    "LSAN_OPTIONS=print_suppressions=0:suppressions=" .. libraries,
    "LUA_CPATH=" .. probe .. "/?.so;;",
    "MATINF_RECIPE=" .. m.sys.realpath "tests/data/recipes/tiny",
    host, here, "--part", part }
  if part == "edit" then
    argv = table.move(argv, 1, #argv, 4, { "/usr/bin/python3", "-c", typist })
  end
  argv.folder, argv.timeout = folder, soak and 3600 or 600
  local result = m.sys.spawn(argv)
  m.sys.remove_tree(folder)
  local output = result.stdout .. result.stderr
  lu.assertEquals(result.code, 0, output)
  lu.assertStrContains(output, ": ")
  lu.assertNil(("\n" .. output):match "\n  k = .*", output)
end

TestAllocation = {}
for part in pairs(parts) do
  TestAllocation["test_" .. part] = function() run_part(part) end
end

os.exit(lu.LuaUnit.run())
