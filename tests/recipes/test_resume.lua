-- Runs that are continued: what is skipped, what runs again and why, parts of stages, the lock.
-- Studies: tests/data/recipes/tiny and steps.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"
local load = require "matinf.recipe.load"
local run = require "matinf.recipe.run"

local host = support.host
local in_folder, lasting = support.in_folder, support.lasting
local recipes = m.sys.realpath "tests/data/recipes"

local function execute(recipe, folder, ...)
  return run.execute(load.open(recipe, { ... }), { out = folder, quiet = true })
end

-- The stages that the last run of a folder has computed.
local function computed(folder)
  local names = {}
  for _, stage in ipairs(m.yaml.read(folder .. "/provenance.yaml").stages) do
    if not stage.unchanged then names[#names + 1] = stage.name end
  end
  return table.concat(names, " ")
end

local function copy_recipe(name, folder)
  m.sys.mkdir(folder)
  for _, file in ipairs(m.sys.list(recipes .. "/" .. name)) do
    m.sys.write_atomic(folder .. "/" .. file, m.sys.read(recipes .. "/" .. name .. "/" .. file))
  end
  return folder
end

local function edit(path, from, to)
  local text = m.sys.read(path)
  local first, last = text:find(from, 1, true)
  m.sys.write_atomic(path, text:sub(1, first - 1) .. to .. text:sub(last + 1))
end

TestContinue = {}

TestContinue.test_nothing_changed = in_folder(function(folder)
  local out = execute(recipes .. "/tiny", folder .. "/r")
  lu.assertEquals(computed(out), "sample prepare model analyse")
  local before = lasting(out)
  execute(out, out)
  lu.assertEquals(computed(out), "")
  lu.assertEquals(lasting(out), before)
end)

-- The parameters that only the stop rule reads: rounds that are there stay.
TestContinue.test_a_loop_that_stops_later = in_folder(function(folder)
  local out = execute(recipes .. "/rounds", folder .. "/r", "predict.rounds=2")
  lu.assertEquals(computed(out), "model predict model predict analyse")
  execute(out, out, "predict.rounds=3")
  lu.assertEquals(computed(out), "model predict analyse")
end)

TestContinue.test_a_stop_rule_that_fails_says_where = in_folder(function(folder)
  local recipe = copy_recipe("rounds", folder .. "/recipe")
  edit(recipe .. "/recipe.lua", "p.rounds end", "p.round end")
  local _, err = m.try(execute, recipe, folder .. "/r")
  lu.assertStrContains(tostring(err), "'predict' has no parameter 'round': did you mean 'rounds'?")
  lu.assertStrContains(tostring(err), "recipe.lua:12")
end)

TestContinue.test_what_a_parameter_changes = in_folder(function(folder)
  local out = execute(recipes .. "/tiny", folder .. "/r")
  local function after(...)
    execute(recipes .. "/tiny", out, ...)
    return computed(out)
  end
  lu.assertEquals(after "model.n=5", "model analyse")
  lu.assertEquals(after("model.n=5", "model.shape=constant"), "") -- nobody has read it
  lu.assertEquals(after("model.n=5", "seed=7"), "")
  lu.assertEquals(after("model.n=5", "model.noise=0.1", "seed=7"), "model analyse")
  lu.assertEquals(after("model.n=5", "model.noise=0.1", "seed=8"), "model analyse")
  lu.assertEquals(after("model.n=5", "model.noise=0.1", "seed=8", "prepare.step=0.1 nm"), "")
  lu.assertEquals(after("prepare.step=2 Å"), "prepare model analyse")
end)

TestContinue.test_a_continued_run_equals_a_new_one = in_folder(function(folder)
  local out = execute(recipes .. "/tiny", folder .. "/a", "model.noise=0.2")
  execute(recipes .. "/tiny", out, "model.n=6")
  execute(recipes .. "/tiny", folder .. "/b", "model.n=6")
  lu.assertEquals(lasting(folder .. "/a"), lasting(folder .. "/b"))
end)

TestContinue.test_code_and_inputs = in_folder(function(folder)
  local recipe = copy_recipe("tiny", folder .. "/tiny")
  local out = execute(recipe, folder .. "/r")
  local function after()
    execute(recipe, out)
    return computed(out)
  end
  edit(recipe .. "/recipe.lua", "local line", "-- lines\n\n  local line")
  edit(recipe .. "/line.lua", "-- Least squares", "-- The least squares")
  lu.assertEquals(after(), "")
  m.sys.rename(recipe .. "/points.txt", recipe .. "/other.txt")
  edit(recipe .. "/recipe.yaml", "points.txt", "other.txt")
  lu.assertEquals(after(), "")
  edit(recipe .. "/other.txt", "1.21", "1.22")
  lu.assertEquals(after(), "sample prepare model analyse")
  edit(recipe .. "/line.lua", "n * sxy", "n * sxy * 1")
  lu.assertEquals(after(), "sample prepare model analyse")
end)

TestContinue.test_files_that_are_gone_or_broken = in_folder(function(folder)
  local out = execute(recipes .. "/tiny", folder .. "/r")
  local before = lasting(out)
  local function after(change)
    change()
    execute(out, out)
    lu.assertEquals(lasting(out), before)
    return computed(out)
  end
  lu.assertEquals(after(function() m.sys.remove(out .. "/figures/points.svg") end), "analyse")
  lu.assertEquals(after(function() m.sys.remove(out .. "/tables/points.csv") end), "analyse")
  lu.assertEquals(after(function() m.sys.remove(out .. "/prepare.h5") end), "prepare")
  lu.assertEquals(after(function() m.sys.write_atomic(out .. "/model.h5", "x") end), "model")
  lu.assertEquals(after(function() m.sys.write_atomic(out .. "/run.yaml.0a1b2c3d", "x") end), "")
  lu.assertEquals(after(function()
    m.sys.write_atomic(out .. "/model.h5.0a1b.partial", "x")
  end), "")
end)

TestContinue.test_other_runs_and_other_folders = in_folder(function(folder)
  local out = execute(recipes .. "/tiny", folder .. "/r")
  local _, err = m.try(execute, recipes .. "/steps", out)
  lu.assertStrContains(err.message, "holds a run of recipe tiny, not of steps")
  local lock = m.sys.lock(out .. "/.lock")
  _, err = m.try(execute, out, out)
  lu.assertEquals(err.kind, "usage")
  lu.assertStrContains(err.message, "another process is working on run")
  lock:release()
  execute(out, out)
end)

TestContinue.test_another_level_of_the_kernels_computes_again = in_folder(function(folder)
  local out = execute(recipes .. "/tiny", folder .. "/r")
  if m.sys.isa() == "baseline" then return lu.skip "only the baseline here" end
  local result = m.sys.spawn { host, "run", out, environment = { MATINF_ISA = "baseline" },
    timeout = 60 }
  lu.assertEquals(result.code, 0)
  lu.assertEquals(computed(out), "sample prepare model analyse")
  lu.assertStrContains(result.stderr, "the level of the kernels: " .. m.sys.isa() .. " -> baseline")
end)

TestParts = {}

-- Runs the study of many parts; returns what it computed: the lines of the trail, which is outside
-- of the run folder (--trust).
local function trail_of(folder, out, ...)
  local trail = folder .. "/trail"
  m.sys.write_atomic(trail, "")
  local result = m.sys.spawn { host, "run", recipes .. "/steps", "--out", out, "--quiet", "--trust",
    timeout = 60, environment = { MATINF_TEST_TRAIL = trail }, ... }
  lu.assertEquals(result.code, 0, result.stderr)
  return (m.sys.read(trail):gsub("\n", " "))
end

TestParts.test_parts_that_hold_are_not_computed_again = in_folder(function(folder)
  local out = folder .. "/r"
  local items = "item 1 item 2 item 3 item 4 item 5 item 6 "
  lu.assertEquals(trail_of(folder, out), items .. "scaled shifted analyse ")
  lu.assertEquals(trail_of(folder, out), "")
  lu.assertEquals(trail_of(folder, out, "model.shift=1"), "shifted analyse ")
  lu.assertEquals(trail_of(folder, out, "model.scale=3"), "scaled shifted analyse ")
  lu.assertEquals(trail_of(folder, out, "model.scale=3", "sample.count=7"):sub(1, 14),
    "item 1 item 2 ")
  lu.assertEquals(trail_of(folder, out), items .. "scaled shifted analyse ")
  local before = lasting(out)
  for _, name in ipairs { "/sample.h5", "/model.h5", "/steps/sample/each-1/000004.h5" } do
    m.sys.remove(out .. name)
  end
  lu.assertEquals(trail_of(folder, out), "item 3 item 4 ")
  lu.assertEquals(lasting(out), before)
end)

TestParts.test_warnings_of_parts_are_kept = in_folder(function(folder)
  local out = execute(recipes .. "/steps", folder .. "/r", "model.shift=2")
  m.sys.remove(out .. "/model.h5")
  execute(out, out)
  local _, record = run.read_stage(out, "model")
  lu.assertEquals(record.warnings, { "shifted by 2" })
  _, record = run.read_stage(out, "sample")
  lu.assertEquals(record.warnings, { "item 3 failed: recipe.lua:34: this one is bad" })
end)

os.exit(lu.LuaUnit.run())
