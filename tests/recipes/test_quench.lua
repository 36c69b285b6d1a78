-- recipes/si_amorphous and recipes/sio2_quench end to end, as small as they get.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

local top = m.sys.tempdir()

local function run(recipe, folder, arguments)
  return support.run_recipe(recipe, top .. "/" .. folder, arguments)
end

local function file(folder, name) return m.sys.read(("%s/%s/%s"):format(top, folder, name)) end

TestSilicon = {}

-- The known structure is small here, since its vibrations take most of the time.
m.atoms.write(top .. "/known.extxyz",
  m.atoms.bulk("Si", "diamond", { a = 5.431, cubic = true }):rattle { sigma = 0.05, seed = 1 })
local small = { "model.every=10", "model.iterations=3", "model.cutoff=4 Å",
  "sample.known=" .. top .. "/known.extxyz", "predict.repeats=2", "predict.hot=1200 K",
  "predict.rate=1e16 K/s", "predict.melt=20 fs", "predict.hold=40 fs", "predict.vibrate=2 ps",
  "predict.timestep=4 fs" }

function TestSilicon.test_report()
  local result = run("si_amorphous", "si", small)
  lu.assertEquals(result.code, 0, result.stderr)
  for _, words in ipairs { "committee of 2 neural-network potentials", "64 atoms, cooled from 1200",
    "Differences from the known structure", "left the range of the training data" } do
    lu.assertStrContains(result.stdout, words)
  end
  lu.assertStrContains(file("si", "report.html"), "it may not have melted") -- 20 fs do not do it
  local comparison = file("si", "tables/comparison.csv")
  for _, words in ipairs { "density", "mean coordination", "spread of bond angles",
    "rings of 6" } do
    lu.assertStrContains(comparison, words)
  end
end

-- A committee that disagrees ends the quench with one message, and the frame is there.
function TestSilicon.test_disagreement_stops_with_the_frame()
  local arguments = table.move(small, 1, #small, 1, {})
  arguments[#arguments + 1] = "predict.most_deviation=1e-6 eV/Å"
  local result = run("si_amorphous", "si", arguments)
  lu.assertEquals(result.code, 1)
  lu.assertStrContains(result.stderr, "the committee's forces deviate")
  lu.assertEquals(#m.atoms.read(top .. "/si/stopped.extxyz")[1], 64)
end

TestSilica = {}

function TestSilica.test_report()
  local quick = { "predict.repeats=1", "predict.rates=[1e17 K/s, 3e16 K/s]", "predict.melt=50 fs",
    "predict.hold=20 fs" }
  local result = run("sio2_quench", "silica", quick)
  lu.assertEquals(result.code, 0, result.stderr)
  for _, words in ipairs { "No answer", "the crystal has not melted" } do
    lu.assertStrContains(result.stdout, words)
  end
  -- what the reference says of the known glass: 20 Si and 20 O with a bond too few or too many
  lu.assertStrContains(result.stdout, "known 4.004")
  lu.assertStrContains(file("silica", "tables/rings.csv"), "known")
  quick[2] = "predict.rates=[3e16 K/s, 1e17 K/s]"
  lu.assertStrContains(run("sio2_quench", "wrong", quick).stderr, "falling rates expected")
end

local code = lu.LuaUnit.run()
m.sys.remove_tree(top)
os.exit(code)
