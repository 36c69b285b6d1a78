-- matinf why and matinf rerun, and loops that wait for the laboratory.
-- Studies: tests/data/recipes/tiny and search.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

local host = support.host
local in_folder, matinf = support.in_folder, support.matinf
local recipes = m.sys.realpath "tests/data/recipes"

TestWhy = {}

TestWhy.test_old_and_new_values = in_folder(function(folder)
  matinf(folder, "run", recipes .. "/tiny", "--out", "r")
  local code, out = matinf(folder, "why", "r")
  lu.assertEquals(code, 0)
  lu.assertEquals(out:gsub(" +", " "),
    "sample unchanged\nprepare unchanged\nmodel unchanged\nanalyse unchanged\n")
  _, out = matinf(folder, "why", "r", "model.n=5", "prepare.step=2 Å")
  lu.assertEquals(out:gsub(" +", " "), [[
sample unchanged
prepare runs: prepare.step: 0.1 -> 0.2
model runs: model.n: 4 -> 5; prepare runs before
analyse runs: model runs before
]])
  lu.assertEquals((matinf(folder, "why", recipes .. "/tiny")), 2)
end)

TestRerun = {}

TestRerun.test_equal_and_different = in_folder(function(folder)
  matinf(folder, "run", recipes .. "/tiny", "--out", "r")
  local code, out = matinf(folder, "rerun", "r")
  lu.assertEquals(code, 0)
  lu.assertStrContains(out, "all 8 files are equal\n")
  local table_file = folder .. "/r/tables/points.csv"
  m.sys.write_atomic(table_file, m.sys.read(table_file):gsub("1.21", "1.22"))
  m.sys.write_atomic(folder .. "/r/tables/mine.csv", "x\n1\n")
  code, out = matinf(folder, "rerun", "r")
  lu.assertEquals(code, 1)
  lu.assertStrMatches(out, ".*\ntables/points.csv +different\n.*")
  lu.assertStrMatches(out, ".*\ntables/mine.csv +only in the run\n.*")
  m.sys.remove_tree(out:match "the second run is in (%S+)")
  lu.assertEquals((matinf(folder, "rerun", ".")), 2)
end)

TestLoop = {}

-- Fills in what the laboratory of this test measures.
local function measure(folder)
  for _, name in ipairs(m.sys.list(folder .. "/r/laboratory")) do
    local path = folder .. "/r/laboratory/" .. name
    m.sys.write_atomic(path, (m.sys.read(path):gsub("([%d.]+),(\r?\n)", function(x, line_end)
      return ("%s,%.3f%s"):format(x, 100 - (x - 3) ^ 2, line_end)
    end)))
  end
end

-- Runs until the laboratory has nothing left to do; the number of starts and the last output.
local function search(folder, ...)
  local starts, code, out = 0, nil, nil
  repeat
    starts = starts + 1
    code, out = matinf(folder, "run", recipes .. "/search", "--out", "r", ...)
    measure(folder)
  until code ~= 3 or starts > 9
  lu.assertEquals(code, 0)
  return starts, out
end

TestLoop.test_waits_and_goes_on = in_folder(function(folder)
  local code, _, err = matinf(folder, "run", recipes .. "/search", "--out", "r")
  lu.assertEquals(code, 3)
  lu.assertStrContains(err, "fill in r/laboratory/predict-round-001.csv (2 candidates), then: "
    .. "matinf run r")
  lu.assertEquals(m.yaml.read(folder .. "/r/provenance.yaml").status, "waiting")
  code, _, err = matinf(folder, "run", "r")
  lu.assertEquals(code, 3)
  lu.assertStrContains(err, "row 1 of column 'yield' is empty")
  measure(folder)
  local starts, out = search(folder)
  lu.assertStrContains(out, "The yield is highest at 3.")
  lu.assertTrue(starts > 1)
  local _, why = matinf(folder, "why", "r")
  lu.assertNil(why:find "runs")
  lu.assertStrMatches(why, ".*predict, round 2 +unchanged\n.*")
  lu.assertEquals((matinf(folder, "rerun", "r")), 0)
end)

TestLoop.test_a_corrected_result_runs_what_depends_on_it = in_folder(function(folder)
  search(folder)
  local path = folder .. "/r/laboratory/predict-round-001.csv"
  m.sys.write_atomic(path, (m.sys.read(path):gsub(",(%d+)", ",1%1", 1)))
  local _, why = matinf(folder, "why", "r")
  lu.assertStrContains(why, "the results in laboratory/predict-round-001.csv have changed")
  lu.assertStrContains(why, "model, round 1     unchanged")
end)

TestLoop.test_results_of_other_candidates_are_not_taken = in_folder(function(folder)
  matinf(folder, "run", recipes .. "/search", "--out", "r")
  measure(folder)
  local code, _, err = matinf(folder, "run", "r", "model.batch=3")
  lu.assertEquals(code, 2)
  lu.assertStrContains(err, "holds results for other candidates")
end)

os.exit(lu.LuaUnit.run())
