-- recipes/nnp_distill and recipes/nnp_train end to end, the latter on a few structures.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

local top

-- Each test has a folder of its own.
local function test(f)
  return support.in_folder(function(folder)
    top = folder
    f()
  end)
end

local function run(recipe, folder, arguments, threads)
  return support.run_recipe(recipe, top .. "/" .. folder, arguments, threads)
end

local function bytes(folder, name) return m.sys.read(("%s/%s/%s"):format(top, folder, name)) end

local small = { "sample.every=20", "model.points=100", "model.hidden=[6]", "describe.centered=8",
  "describe.cutoff=4.5 Å", "describe.radial=6", "describe.angular=16" }

local function with(...)
  local list = { table.unpack(small) }
  return table.move({ ... }, 1, select("#", ...), #list + 1, list)
end

TestDistill = {}

TestDistill.test_the_network_learns_its_teacher = test(function()
  local result = run("nnp_distill", "run", {})
  lu.assertEquals(result.code, 0, result.stderr)
  local sheet = require "matinf.store".read(top .. "/run/predict.h5").sheet
  local errors = sheet:errors()
  local forces = sheet.forces[{ {}, 1 }]:copy()
  local scale = math.sqrt(forces:dot(forces) / #forces)
  lu.assertTrue(errors.force < 0.2 * scale, ("force error %g of %g"):format(errors.force, scale))
  lu.assertTrue(errors.energy < 0.01, ("energy error %g"):format(errors.energy))
  local own, taught = sheet.solids[1], sheet.solids[2]
  lu.assertTrue(own.converged)
  lu.assertAlmostEquals(taught.constants[1][1], 151.4, 0.1) -- the potential's published one
  lu.assertAlmostEquals(own.volume / taught.volume, 1, 0.01)
  lu.assertAlmostEquals(taught.optical:max(), 17.83, 0.01)
end)

TestTrain = {}

TestTrain.test_silicon = test(function()
  local result = run("nnp_train", "run", small)
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "On 2 structures that training did not see")
  lu.assertStrContains(result.stdout, "kernel-ridge potential")
  lu.assertStrContains(bytes("run", "tables/errors.csv"), "Vacancy")
  lu.assertStrContains(bytes("run", "report.html"), "Held-out force components")
end)

TestTrain.test_two_threads_give_the_same_bytes = test(function()
  run("nnp_train", "one", small)
  run("nnp_train", "two", small, 2)
  for _, stage in ipairs { "sample", "describe", "model", "predict", "analyse" } do
    lu.assertTrue(bytes("one", stage .. ".h5") == bytes("two", stage .. ".h5"), stage)
  end
end)

TestTrain.test_committee_without_test_set_and_crystal = test(function()
  local result = run("nnp_train", "run", with("model.kind=network", "model.members=2",
    "model.iterations=1", "~sample.test", "~predict.crystal"))
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "On 1 structure that training did not see")
  lu.assertStrContains(result.stdout, "more model.iterations would help")
  lu.assertStrContains(result.stdout, "members of the committee disagree")
end)

TestTrain.test_wrong_name_of_the_stress = test(function()
  local result = run("nnp_train", "run", with("sample.stress={name: virial_kbar}"))
  lu.assertNotEquals(result.code, 0)
  lu.assertStrContains(result.stderr, "virial_kbar")
end)

os.exit(lu.LuaUnit.run())
