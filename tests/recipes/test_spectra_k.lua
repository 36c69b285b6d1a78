-- recipes/spectra_k end to end, in a short form: easy spectra, which every criterion should get right.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

TestSpectraK = {}

TestSpectraK.test_easy_spectra = support.in_folder(function(top)
  local folder = top .. "/run"
  local result = support.run_recipe("spectra_k", folder, { "sample.sets=4", "sample.most=2",
    "sample.separation=[2]", "sample.points=60", "model.sweeps=2000", "model.replicas=12" })
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout, "Right number of peaks in 4 spectra:")
  local scores = m.table.read(folder .. "/tables/scores.csv")
  local names, right = scores:column "criterion", scores:column "right"
  lu.assertEquals(#names, 7)
  for i = 1, #scores do
    lu.assertTrue(right[i] >= 0 and right[i] <= 100)
    if names[i] == "BIC" or names[i] == "free energy" then lu.assertTrue(right[i] >= 75, names[i]) end
  end
  local report = m.sys.read(folder .. "/report.html")
  for _, words in ipairs { "Which criterion", "Separation", "Wilson", "free energy" } do
    lu.assertStrContains(report, words)
  end
end)

os.exit(lu.LuaUnit.run())
