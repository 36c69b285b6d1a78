-- TAB in the session: what can follow the text before the cursor.
local lu = require "luaunit"
local m = require "matinf"
local complete = require "matinf.repl.complete"

for _, name in ipairs { "spectra", "array", "hdf5" } do _G[name] = m[name] end -- as in the session

local function candidates(text)
  local start, list = complete(text)
  return table.concat(list, " "), start
end

TestComplete = {}

function TestComplete.test_names()
  lu.assertEquals(candidates "spectra.fi", "spectra.fit")
  lu.assertEquals(select(2, candidates "x = spectra.fi"), 5)
  lu.assertEquals(candidates "?spectra.fi", "spectra.fit")
  lu.assertStrContains(candidates "linsp", "linspace")
  _G.mine = 1
  local all = candidates ""
  lu.assertStrContains(all, "mine")
  lu.assertStrContains(all, "spectra")
  lu.assertNil(all:find "linspace") -- not all there is
end

function TestComplete.test_methods_of_values()
  _G.x = m.array { 1, 2 }
  lu.assertStrContains(candidates "x:cums", "x:cumsum")
  _G.s = m.spectra.new({ 1, 2, 3 }, { 4, 5, 6 })
  lu.assertEquals(candidates "s:en", "")
  lu.assertEquals(candidates "s.en", "s.energy")
  lu.assertNil(candidates("s."):find "__", 1, true)
end

function TestComplete.test_options()
  lu.assertEquals(candidates "spectra.fit(s, { sh", "shape = ")
  lu.assertEquals(candidates "spectra.fit(s:cut(281, 294), {sh", "shape = ")
  lu.assertEquals(candidates "f = m.spectra.fit(s, { shape = 'gauss', backg", "background = ")
  lu.assertEquals(candidates "hdf5.open('x.h5', 'r', {", "patience = ")
  lu.assertNil(candidates("spectra.fit(s, { shape = sh"):find "shape = ", 1, true)
  _G.file = m.hdf5.open(m.sys.tempdir() .. "/x.h5", "w")
  lu.assertStrContains(candidates "file:write('x', 1, { un", "units = ")
end

function TestComplete.test_choices_of_options()
  lu.assertEquals(candidates "spectra.fit(s, { shape = 'ps", "pseudo-voigt")
  lu.assertEquals(candidates "spectra.fit(s, { peaks = 2, background = \"shir", "shirley shirley + linear")
  lu.assertEquals(candidates "spectra.read('x', { x = 'recipes/xps_p", "recipes/xps_peaks/")
end

function TestComplete.test_files_in_strings()
  lu.assertEquals(candidates "spectra.read('recipes/xps_p", "recipes/xps_peaks/")
  lu.assertEquals(candidates [[print("it's", 'recipes/xps_p]], "recipes/xps_peaks/")
end

function TestComplete.test_recipes_and_their_keys()
  lu.assertStrContains(candidates "run('xps_p", "xps_peaks")
  lu.assertStrContains(candidates "run('recipes/xps_peaks', 'model.", "model.shape=")
  lu.assertEquals(candidates "run('recipes/xps_peaks', 'seed=1', 'model.shape=vo", "model.shape=voigt")
  lu.assertEquals(candidates "run('no such recipe', 'mod", "")
end

os.exit(lu.LuaUnit.run())
