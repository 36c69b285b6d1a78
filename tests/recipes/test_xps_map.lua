-- recipes/xps_map end to end: the truth of a small generated map, and a user's own file.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

local function run(folder, name, arguments, threads)
  local out = folder .. "/" .. name
  return support.run_recipe("xps_map", out, arguments, threads), out
end

local small = { "sample.rows=10", "sample.columns=12" }

TestMap = {}

TestMap.test_generated_map = support.in_folder(function(folder)
  local result, out = run(folder, "one", small)
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "120 spectra: C-C lies at 284.6")
  lu.assertStrContains(result.stdout, "its truth known")
  local given = {}
  for _, value in ipairs(require "matinf.store".read(out .. "/analyse.h5", "run").values) do
    given[value.name] = value.value
  end
  -- 8 x 120 values, those of one spectrum not independent
  lu.assertTrue(given.coverage > 60 and given.coverage < 77, given.coverage)
  lu.assertTrue(given.explained > 95, given.explained)
  lu.assertAlmostEquals(given.misfit, 1, 0.1)
  local svg = m.sys.read(out .. "/figures/shift.svg")
  lu.assertStrContains(svg, "C-C: position (eV)")
  lu.assertStrContains(svg, "y (mm)")
  lu.assertStrContains(m.sys.read(out .. "/figures/factors.svg"), "Binding energy (eV)")
  lu.assertStrContains(m.sys.read(out .. "/figures/factor-1.svg"), "Intensity of factor 1")

  local _, again = run(folder, "two", small, 2)
  for _, stage in ipairs { "sample", "prepare", "model", "predict", "analyse" } do
    local name = "/" .. stage .. ".h5"
    lu.assertTrue(m.sys.read(out .. name) == m.sys.read(again .. name), stage)
  end
end)

-- On the scale of C-C nothing is left of the charging, and the other states stand still.
TestMap.test_charge_reference = support.in_folder(function(folder)
  local result = run(folder, "scaled", { "sample.rows=6", "sample.columns=8",
    "prepare.reference=284.8 eV", "prepare.reference_peak=C-C" })
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "48 spectra: C-O lies at 286.3")
  lu.assertStrContains(result.stdout, "Energies refer to C-C at 284.80 eV in every spectrum")
  lu.assertNotStrContains(result.stdout, "Not to be trusted")
  local half = run(folder, "half", { "prepare.reference_peak=C-C" })
  lu.assertStrContains(half.stderr, "both expected, or neither")
end)

TestMap.test_own_file_and_auto = support.in_folder(function(folder)
  local x = m.array.linspace(280, 292, 121)
  local g = ((x - 284.8) * (1 / 1.2)) ^ 2 * -2.7725887222
  local h = (x - 287.3) ^ 2 * -2.7725887222
  local mean = g:exp() * 900 + h:exp() * 400 + 50
  local counts = m.random.generator { seed = 3 }:poisson(nil, { mean = m.array.broadcast(mean,
    { 12, 121 }) })
  do
    local file <close> = m.hdf5.open(folder .. "/mine.h5", "w")
    file:write("scan/energy", x, { units = "eV" })
    file:write("scan/counts", counts, { units = "counts" })
  end
  local result = run(folder, "own", { "sample.file=" .. folder .. "/mine.h5",
    "sample.data=scan/counts", "sample.axis=scan/energy", "model.peaks=auto",
    "model.background=constant", "prepare.range=281..291 eV" })
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "12 spectra: state 1 lies at 284.80 eV")
  lu.assertStrContains(result.stdout, "ask for 2 peaks")
end)

-- A dead pixel, one that is no number and a hot one, also where the witnesses stand; a line of spectra.
TestMap.test_dead_pixels_and_lines = support.in_folder(function(folder)
  local x = m.array.linspace(280, 290, 101)
  local mean = ((x - 284.8) ^ 2 * -2):exp() * 900 + 50
  local counts = m.random.generator { seed = 3 }:poisson(nil, { mean = m.array.broadcast(mean,
    { 12, 101 }) }):astype "f64"
  local square = counts:copy()
  square[1], square[8] = counts[1] * 0, counts[8] * (0 / 0)
  square[{ 5, 30 }] = 1e6
  do
    local file <close> = m.hdf5.open(folder .. "/odd.h5", "w")
    file:write("energy", x, { units = "eV" })
    file:write("square", square:reshape(3, 4, 101), { units = "counts" })
    file:write("line", counts:reshape(12, 1, 101), { units = "counts" })
  end
  local function of(data)
    return run(folder, data, { "sample.file=" .. folder .. "/odd.h5", "sample.data=" .. data,
      "sample.axis=energy", "model.peaks=auto", "model.background=constant", "~prepare.range" })
  end
  local result, out = of "square"
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout .. result.stderr, "2 spectra cannot be used")
  lu.assertStrContains(result.stdout, "spread over the map ask for 1 peak,")
  lu.assertStrContains(m.sys.read(out .. "/figures/factor-1.svg"), "Intensity of factor 1")
  result, out = of "line"
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(m.sys.read(out .. "/figures/shift.svg"), "state 1: position (eV)")
end)

TestMap.test_what_is_missing_is_said = support.in_folder(function(folder)
  do
    local file <close> = m.hdf5.open(folder .. "/odd.h5", "w")
    file:write("y", m.array.zeros(3, 4))
  end
  local result = run(folder, "odd", { "sample.file=" .. folder .. "/odd.h5" })
  lu.assertNotEquals(result.code, 0)
  lu.assertStrContains(result.stderr, "no NXdata is found")
end)

os.exit(lu.LuaUnit.run())
