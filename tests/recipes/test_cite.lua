-- matinf cite: what it says is what the run has stored; what is not known is not said.
local lu = require "luaunit"
local m = require "matinf"
local cite = require "matinf.cite"
local load = require "matinf.recipe.load"
local run = require "matinf.recipe.run"

local fails = dofile "tests/support.lua".fails

local head = [[
local m, P = require "matinf", require "matinf.recipe.parameter"
return { name = "small", question = "What?", parameters = { shape = P.text { default = "gauss" } },
  stages = { model = function(p)
    local x, y = m.array.linspace(0, 10, 41), m.array.zeros(41)
    for i = 1, 41 do y[i] = 1000 * math.exp(-(x[i] - 5)^2) end
]]

-- What cite says, on one line, about a run of a stage with the given end.
local function cited(stage_end, ...)
  local folder = m.sys.tempdir()
  m.sys.write_atomic(folder .. "/recipe.lua", head .. stage_end .. " end } }\n")
  m.sys.write_atomic(folder .. "/recipe.yaml", "recipe: small\n")
  local ok, text = pcall(function(...)
    run.execute(load.open(folder, { ... }), { out = folder .. "/run", quiet = true })
    return cite.text(folder .. "/run")
  end, ...)
  m.sys.remove_tree(folder)
  if not ok then error(text, 0) end
  return (text:gsub("%s+", " "))
end

TestCite = {}

function TestCite.test_mixtures_by_their_shape()
  local fit = "return { fit = m.gmm.fit(x, y, { shape = p.shape, steps = 2, starts = 0 }) }"
  local gauss, voigt = cited(fit), cited(fit, "shape=pseudo-voigt")
  lu.assertStrContains(gauss, "Gaussians was fitted by expectation maximisation")
  lu.assertStrContains(gauss, "@article{matsumura2019,")
  lu.assertNil(gauss:find("matsumura2021", 1, true))
  lu.assertStrContains(voigt, "@article{matsumura2021,")
  lu.assertNil(voigt:find("matsumura2019", 1, true))
end

function TestCite.test_peaks_and_their_background()
  local fit = 'return { fits = { m.spectra.fit(m.spectra.new(x, y), { background = "%s", '
    .. "peaks = 1, width = { 0.5, 3 }, shape = p.shape }) } }"
  local linear, shirley = cited(fit:format "linear"), cited(fit:format "shirley")
  lu.assertStrContains(linear, "Gaussian peaks on a linear background were fitted by maximising")
  lu.assertNil(linear:find("shirley1972", 1, true))
  lu.assertNil(linear:find("number of peaks", 1, true))
  lu.assertStrContains(shirley, "@article{shirley1972,")
  lu.assertStrContains(shirley, "@misc{matinf,")
end

function TestCite.test_modules_without_a_result_of_theirs()
  local text = cited "return { z = m.linalg.norm(y), n = m.random.generator { seed = 1 }:normal(2) }"
  lu.assertStrContains(text, "Linear algebra rests on LAPACK [lapack1999] and OpenBLAS.")
  lu.assertStrContains(text, "@book{lapack1999,")
  lu.assertStrContains(text, "cite those whose functions the recipe calls")
  lu.assertStrContains(text, "random.latin_hypercube: McKay")
  lu.assertNil(text:find("matsumura", 1, true))
end

function TestCite.test_only_runs_are_cited()
  fails("usage", "'tests' is no run", cite.text, "tests")
end

os.exit(lu.LuaUnit.run())
