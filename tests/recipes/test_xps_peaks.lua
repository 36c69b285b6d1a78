-- recipes/xps_peaks end to end: PET, a VAMAS block, a user's own file.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

local recipe = "recipes/xps_peaks/recipe.yaml"

local top

-- Each test has a folder of its own.
local function test(f)
  return support.in_folder(function(folder)
    top = folder
    f()
  end)
end

local runs = 0

local function run(arguments, threads)
  runs = runs + 1
  local folder = ("%s/run%d"):format(top, runs)
  return support.run_recipe("xps_peaks", folder, arguments, threads), folder
end

local function bytes(folder, name) return m.sys.read(folder .. "/" .. name) end

TestRecipe = {}

TestRecipe.test_pet = test(function()
  local result, folder = run {}
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "3 states: 284.61 eV (62.")
  lu.assertStrContains(result.stdout, "286.15 eV (+1.54")
  lu.assertStrContains(result.stdout, "1 satellite apart")
  lu.assertStrContains(result.stdout, "times what the noise gives")
  lu.assertStrContains(result.stdout, "BIC alone would take")
  local scaled = run { "prepare.reference=284.8eV", "prepare.reference_peak=state 1" }
  lu.assertStrContains(scaled.stdout, "3 states: 284.80 eV (62.")
  lu.assertStrContains(scaled.stdout, "shifted by +0.19")
  lu.assertStrContains(run { "prepare.reference_peak=C-C" }.stderr, "prepare.reference: the energy")
  local report = bytes(folder, "report.html")
  lu.assertStrContains(report, "Which chemical states does this spectrum show")
  lu.assertStrContains(report, "Binding energy (eV)")
  lu.assertStrContains(bytes(folder, "tables/candidates.csv"), "twins at")
end)

TestRecipe.test_another_family_names_the_usual_one = test(function()
  local _, folder = run { "model.shape=gauss", "model.background=tougaard" }
  local seen = {}
  for line in bytes(folder, "tables/rivals.csv"):gmatch "[^\n]+" do
    local row = line:match "^[^,]*,[^,]*,[^,]*"
    lu.assertNil(seen[row], row)
    seen[row] = true
    lu.assertNil(line:find "%.%d%d%d", line) -- rounded to what is meant
  end
end)

TestRecipe.test_values_for_a_sweep = test(function()
  local _, folder = run { "model.peaks=4" }
  local given = {}
  local record = require "matinf.store".read(folder .. "/analyse.h5", "run")
  for _, value in ipairs(record.values) do given[value.name] = value end
  lu.assertEquals(given.states.value, 3)
  lu.assertAlmostEquals(given["main-position"].value, 284.61, 0.02)
  lu.assertEquals(given["main-position"].unit, "eV")
  lu.assertTrue(given["main-position-error"].value > 0)
  lu.assertTrue(given["main-share"].value > 60 and given["main-share"].value < 66)
  lu.assertEquals(given["state-1-position"].value, given["main-position"].value)
  lu.assertAlmostEquals(given["state-2-position"].value, 286.15, 0.02)
  lu.assertEquals(given["state-3-share-error"].unit, "%")
  lu.assertNil(given["state-4-share"]) -- a satellite
end)

TestRecipe.test_values_of_named_peaks = test(function()
  local _, folder = run { "model.peaks=[{name: C-C, position: 284.6 eV}, {name: O-C=O, position: "
    .. "288.6 eV}, {name: main, position: 286.1 eV}]" }
  local given = {}
  local record = require "matinf.store".read(folder .. "/analyse.h5", "run")
  for _, value in ipairs(record.values) do given[value.name] = value.value end
  lu.assertAlmostEquals(given["C-C-position"], 284.6, 0.05)
  lu.assertAlmostEquals(given["O-C-O-position"], 288.6, 0.05)
  lu.assertAlmostEquals(given["main-2-position"], 286.1, 0.1)
  lu.assertAlmostEquals(given["C-C-share"] + given["O-C-O-share"] + given["main-2-share"], 100, 1e-9)
end)

TestRecipe.test_a_range_without_data_names_its_key_and_origin = test(function()
  local result = run { "prepare.range=1..2 eV" }
  lu.assertEquals(result.code, 2)
  lu.assertStrContains(result.stderr, "command line: prepare.range: no data from 1 to 2 eV")
  lu.assertStrContains(result.stderr, "PET_C1s.csv")
end)

TestRecipe.test_two_runs_and_two_threads_give_the_same_bytes = test(function()
  local _, one = run {}
  local _, two = run({}, 2)
  for _, stage in ipairs { "sample", "prepare", "model", "predict", "analyse" } do
    lu.assertTrue(bytes(one, stage .. ".h5") == bytes(two, stage .. ".h5"), stage)
  end
end)

TestRecipe.test_vamas_block = test(function()
  local result = run { "sample.file=recipes/xps_peaks/data/kratos_niw_5regions.vms",
    "sample.block=O 1s",
    "prepare.range=524..536 eV", "model.width=0.9..2.5 eV" }
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "528.4")
end)

TestRecipe.test_block_that_is_not_there = test(function()
  local result = run { "sample.file=recipes/xps_peaks/data/kratos_niw_5regions.vms",
    "sample.block=O1s" }
  lu.assertNotEquals(result.code, 0)
  lu.assertStrContains(result.stderr, "did you mean 'O 1s'?")
  result = run { "sample.file=recipes/xps_peaks/data/kratos_niw_5regions.vms" }
  lu.assertStrContains(result.stderr, "wide, Ni 2p, O 1s, C 1s, W 4f")
end)

TestRecipe.test_own_file_and_given_peaks = test(function()
  local file = top .. "/mine.csv"
  local lines = { "BE (eV),counts" }
  for i = 0, 160 do
    local x = 280 + 0.1 * i
    lines[#lines + 1] = ("%.1f,%d"):format(x,
      (200 + 3000 * math.exp(-2.7726 * ((x - 285) / 1.2) ^ 2)
      + 900 * math.exp(-2.7726 * ((x - 287) / 1.1) ^ 2)) // 1)
  end
  m.sys.write_atomic(file, table.concat(lines, "\n") .. "\n")
  local result = run { "sample.file=" .. file, "prepare.range=281..292 eV",
    "model.peaks=[285 eV, 287 +- 0.2 eV]" }
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "2 states: 285.00 eV")
end)

-- The same spectrum over its kinetic energies, with and without a name for them.
TestRecipe.test_kinetic_energies_become_binding_energies = test(function()
  local s = m.spectra.read("recipes/xps_peaks/data/PET_C1s.csv"):cut(280, 295)
  local file, unnamed = top .. "/kinetic.csv", top .. "/unnamed.csv"
  m.table.new { { name = "Kinetic energy", unit = "eV", values = 1486.6 - s.x },
    { name = "counts", values = s.y } }:write(file)
  m.sys.write_atomic(unnamed, (m.sys.read(file):gsub("^[^\n]*\n", "")))
  local result = run { "sample.file=" .. file }
  lu.assertEquals(result.code, 2)
  lu.assertStrContains(result.stderr, "prepare.range: no data from 281 to 294 eV: sample.hv='1486.6 eV' "
    .. "(Al Kα; Mg Kα: 1253.6 eV) makes binding energies of the kinetic ones, 1191.65 to 1206.6 eV")
  result = run { "sample.file=" .. unnamed }
  lu.assertStrContains(result.stderr, "eV: if they are kinetic, sample.energy=kinetic with sample.hv=")
  local hv = "sample.hv=1.4866 keV"
  for _, arguments in ipairs { { "sample.file=" .. file, hv },
    { "sample.file=" .. unnamed, hv, "sample.energy=kinetic" } } do
    arguments[#arguments + 1] = "model.peaks=4"
    result = run(arguments)
    lu.assertEquals(result.code, 0, result.stderr)
    lu.assertStrContains(result.stdout, "3 states: 284.61 eV (62.")
  end
end)

os.exit(lu.LuaUnit.run())
