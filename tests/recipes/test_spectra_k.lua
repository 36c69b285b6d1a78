-- recipes/spectra_k end to end, in a short form: easy spectra, which every criterion should get right.
local lu = require "luaunit"
local m = require "matinf"

TestSpectraK = {}

local function run(folder, arguments)
  local argv = { "/usr/bin/env", "MATINF_THREADS=1", m.sys.program(), "run",
    "recipes/spectra_k/recipe.yaml", "--out", folder, timeout = 300 }
  table.move(arguments, 1, #arguments, #argv + 1, argv)
  return m.sys.spawn(argv)
end

function TestSpectraK.test_easy_spectra()
  local top <close> = setmetatable({ path = m.sys.tempdir() },
    { __close = function(t) m.sys.remove_tree(t.path) end })
  local folder = top.path .. "/run"
  local result = run(folder, { "sample.sets=4", "sample.most=2", "sample.separation=[2]",
    "sample.points=60", "model.sweeps=2000", "model.replicas=12" })
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stdout:gsub("%s+", " "), "Right number of peaks in 4 spectra:")
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
end

os.exit(lu.LuaUnit.run())
