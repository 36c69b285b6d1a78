-- recipes/eis_select, eis_cycles and eis_benchmark end to end.
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

local runs = 0

local function run(recipe, arguments, threads)
  runs = runs + 1
  local folder = ("%s/run%d"):format(top, runs)
  return support.run_recipe(recipe, folder, arguments, threads), folder
end

local function bytes(folder, name) return m.sys.read(folder .. "/" .. name) end

TestSelect = {}

-- What a report on these data has to say: the best circuits still misfit, by how much, the rivals.
TestSelect.test_example_data = test(function()
  local result, folder = run("eis_select", {})
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "No candidate explains these data: the best, "
    .. "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3, misses them by 5.6 times the noise")
  lu.assertStrContains(result.stdout, "its rivals are R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)")
  lu.assertStrContains(result.stdout, "Kramers-Kronig test: passed")
  local report = bytes(folder, "report.html")
  for _, words in ipairs { "Re Z", "Kramers-Kronig", "Time constant", "CPE3", "weight" } do
    lu.assertStrContains(report, words)
  end
  lu.assertStrContains(result.stdout, "Prior: C") -- said with what it is worth
  lu.assertAlmostEquals(m.table.read(folder .. "/tables/evidence.csv"):column "probability":sum(), 1,
    1e-9)
  local list = m.table.read(folder .. "/tables/candidates.csv")
  lu.assertEquals(#list, 16)
  local row = list:column "circuit"
  local bic = list:column "BIC"
  for i = 1, #list do -- reference optimum of the getting-started circuit
    if row[i] == "R0-p(R1,C1)-p(R2-Wo1,C2)" then lu.assertTrue(bic[i] < -1400) end
  end
end)

-- Data from a circuit: the circuit is found and explains them.
TestSelect.test_a_circuit_that_explains = test(function()
  local normal = m.random.generator { seed = 5 }:normal(100)
  local f, z = {}, {}
  local circuit = m.circuit.parse "R0-p(R1,CPE1)"
  for i = 1, 50 do f[i] = 10 ^ (5 - 0.14 * (i - 1)) end
  local exact = circuit:evaluate({ 20, 500, 2e-5, 0.85 }, f)
  for i = 1, 50 do
    local size = 2e-3 * exact[i]:abs()
    z[i] = exact[i] + m.array.complex(size * normal[2 * i - 1], size * normal[2 * i])
  end
  m.circuit.write(top .. "/a.csv", m.circuit.spectrum(f, z))
  local result = run("eis_select", { "sample.file=" .. top .. "/a.csv" })
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "R0-p(R1,CPE1) explains the data")
end)

TestSelect.test_two_threads_give_the_same_bytes = test(function()
  local few = { 'model.circuits=["R0-p(R1,CPE1)","R0-p(R1-W1,CPE1)"]' }
  local _, one = run("eis_select", few)
  local _, two = run("eis_select", few, 2)
  for _, stage in ipairs { "describe", "model", "predict", "analyse" } do
    lu.assertTrue(bytes(one, stage .. ".h5") == bytes(two, stage .. ".h5"), stage)
  end
end)

TestSelect.test_several_spectra_need_a_choice = test(function()
  local file = "sample.file=recipes/eis_cycles/data/coin_cell_cycles.csv"
  local result = run("eis_select", { file })
  lu.assertNotEquals(result.code, 0)
  lu.assertStrContains(result.stderr, "the file holds 26 spectra, say which")
end)

TestCycles = {}

-- The reference optimum: R0 from 0.11613 to 0.14916, one arc from 1.1675 to 1.0328, one from 0.4072 to
-- 1.1055 ohm.
TestCycles.test_coin_cell = test(function()
  local result, folder = run("eis_cycles",
    { 'model.circuits=["R0-CPE0-p(R1,CPE1)-p(R2,CPE2)","R0-p(R1,CPE1)-CPE2"]' })
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "R0-CPE0-p(R1,CPE1)-p(R2,CPE2), by the joint BIC of all 26")
  lu.assertStrContains(result.stdout, "R0 rises: 0.1161 to 0.1492 ohm")
  lu.assertStrContains(result.stdout, " rises: 0.4072 to 1.105 ohm")
  local values = m.table.read(folder .. "/tables/values.csv")
  lu.assertEquals(#values, 26)
  lu.assertEquals(values:column "cycle"[26], 125)
end)

-- ---- the labelled set --------------------------------------------------------------------------

TestBenchmark = {}

TestBenchmark.test_scores_of_a_few = test(function()
  local result, folder = run("eis_benchmark", { "sample.every=36", "model.starts=60" })
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "accuracy")
  lu.assertEquals(#m.table.read(folder .. "/tables/spectra.csv"), 2)
end)

os.exit(lu.LuaUnit.run())
