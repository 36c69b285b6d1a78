-- Memory that runs out: the k-th allocation fails, for every k until all succeed, in the documented
-- example of every exported function (each is a smallest input). What must come is an error that
-- says so; then the same state goes on working. Leaks are found by `make sanitize`. The short form,
-- without MATINF_SOAK=1, begins with every 7th k and takes steps that grow by a third.
--
-- Counted are Lua's allocator and that of core, see probe.c. Functions that are Lua all through and
-- take long (a gnuplot, a fit or a training each) see every 97th k only, every 7th with MATINF_SOAK=1.
local m = require "matinf"
local build = os.getenv "BUILD" or "build"
local soak = os.getenv "MATINF_SOAK"

-- ---- in a process with the probe: one part ----------------------------------------------------

local stride_of = {}
for _, name in ipairs { "plot", "spectra", "gmm", "circuit", "nnp", "md", "analysis" } do
  stride_of[name] = soak and 7 or 97
end
local usual_stride = soak and 1 or 7

local function empty_folder()
  collectgarbage() -- files that a failure left open
  for _, name in ipairs(m.sys.list ".") do m.sys.remove_tree(name) end
end

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

-- Once with the single failure, which Lua sees twice, once with no memory at all from k on.
local function starve_example(entry, stride)
  local environment = setmetatable({ m = m }, { __index = _G })
  local f = assert(load(entry.example, "=" .. entry.name, "t", environment))
  f() -- modules load
  local shows_error = entry.example:find "try" ~= nil
  for _, more in ipairs { 1, math.maxinteger // 2 } do
    starve(entry.name, f, stride, more, shows_error)
  end
end

local doc, parts = require "matinf.doc", {}

for _, module in ipairs(m.modules) do
  parts[module] = doc.module(module) and function()
    for _, entry in ipairs(doc.module(module).functions) do
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
    soak and 13 or 97, 1)
end

-- A study run whole.
function parts.recipe()
  local load, run = require "matinf.recipe.load", require "matinf.recipe.run"
  local recipe = os.getenv "MATINF_RECIPE"
  starve("recipe", function() run.execute(load.open(recipe, {}), { out = "r", quiet = true }) end,
    soak and 7 or 97, 1)
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
local probe = m.sys.realpath(build) .. "/tests"

local function run_part(part)
  local folder = m.sys.tempdir()
  local result = m.sys.spawn { "env", "LD_PRELOAD=" .. probe .. "/probe.so",
    "ASAN_OPTIONS=verify_asan_link_order=0:" .. (os.getenv "ASAN_OPTIONS" or ""),
    "LUA_CPATH=" .. probe .. "/?.so;;",
    "MATINF_RECIPE=" .. m.sys.realpath "tests/data/recipes/tiny",
    host, here, "--part", part, folder = folder, timeout = soak and 3600 or 600 }
  m.sys.remove_tree(folder)
  local output = result.stdout .. result.stderr
  lu.assertEquals(result.code, 0, output)
  lu.assertStrContains(output, ": ")
  lu.assertNil(output:match "\n  k = .*", output)
end

TestAllocation = {}
for part in pairs(parts) do
  TestAllocation["test_" .. part] = function() run_part(part) end
end

os.exit(lu.LuaUnit.run())
