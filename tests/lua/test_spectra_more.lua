-- Components of CasaXPS as peaks of a fit and back, bootstrap errors, loss kernels from the fit.
local lu = require "luaunit"
local m = require "matinf"

local function message(f, ...)
  local _, err = m.try(f, ...)
  return tostring(err)
end

-- Counts of pseudo-Voigts { area, position, width, mix } on a background.
local function spectrum(peaks, background, terms, seed, kernel)
  local c = require "matinf.c.spectra"
  local x, rows = m.array.linspace(280, 300, 201), {}
  for i, p in ipairs(peaks) do rows[i] = { p[1], p[2], p[3], p[4], 0 } end
  local parts = c.evaluate_peaks(x, { background = background, kernel = kernel }, rows, terms, 290)
  local y = m.random.generator { seed = seed }:poisson(nil, { mean = parts:sum(2) }):astype "f64"
  return m.spectra.new(x, y, { counts_per = 1, y_unit = "counts", hv = 1486.6, block = "C 1s" })
end

local TERMS = { 200, 0, 0.02, 0, 0, 0, 0, 0, 0 }
local two = { { 6000, 285, 1.1, 0.2 }, { 3000, 287.5, 1.1, 0.2 } }

TestCasa = {}

local function lines_of(hv)
  local function comp(name, shape, area, link, width, wlink, be, plink, offset)
    return ("CASA comp (*%s*) (*%s*) Area %g 1e-20 1e6 %d %g MFWHM %g 0.7 1.5 %d 1 Position %.6f "
      .. "%.6f %.6f %d %g RSF 1 MASS 12.011 INDEX -1 (**)"):format(name, shape, area, link,
      link < 0 and 1 or 0.5, width, wlink, hv - be, hv - 300, hv - 280, plink, offset)
  end
  return { "0", "2", comp("O-C=O", "SGL(20)", 3000, 1, 1.1, 1, 287.5, 1, -2.5),
    comp("C-C", "SGL(20)", 6000, -1, 1.1, -1, 285, -1, 1) }
end

function TestCasa.test_components_are_fitted_on_request()
  local s = spectrum(two, "shirley", TERMS, 1)
  local casa = m.spectra.casa(lines_of(1486.6), 1486.6)
  local peaks = casa:peaks()
  lu.assertEquals({ peaks[1].name, peaks[2].name }, { "C-C", "O-C=O" })
  lu.assertAlmostEquals(peaks[2].shift.by, 2.5, 1e-6)
  lu.assertAlmostEquals(peaks[2].ratio.of, 0.5, 1e-12)
  lu.assertEquals(peaks[2].width, "C-C")
  local fit = m.spectra.fit(s, { peaks = peaks })
  lu.assertAlmostEquals(fit.position[1], 285, 0.05)
  lu.assertAlmostEquals(fit.position[2] - fit.position[1], 2.5, 1e-9)
  lu.assertAlmostEquals(fit.area[2] / fit.area[1], 0.5, 1e-9)
  lu.assertAlmostEquals(fit.width[1], fit.width[2], 1e-12)
end

-- What is written reads back as the same components, links among them, and fits the same.
function TestCasa.test_a_fit_is_written_and_read_again()
  local s = spectrum(two, "shirley", TERMS, 1)
  local fit = m.spectra.fit(s, { peaks = m.spectra.casa(lines_of(1486.6), 1486.6):peaks() })
  local casa = fit:casa()
  lu.assertEquals(casa.components[2].position.link, 0)
  local file <close> = setmetatable({ path = os.tmpname() .. ".vms" },
    { __close = function(t) os.remove(t.path) end })
  m.spectra.write_vamas(file.path, m.spectra.new(s.x, s.y, { hv = s.hv, comments = casa:lines() }))
  local again = m.spectra.casa(m.spectra.read(file.path).comments, 1486.6)
  lu.assertEquals(#again.components, 2)
  lu.assertAlmostEquals(again.components[1].position.value, fit.position[1], 1e-4)
  local other = m.spectra.fit(s, { peaks = again:peaks() })
  lu.assertAlmostEquals(other.position[1], fit.position[1], 1e-3)
  lu.assertAlmostEquals(other.area[2] / other.area[1], 0.5, 1e-6)
end

-- A mix of areas becomes CasaXPS's mix of heights, and is the same curve.
function TestCasa.test_mix_of_heights()
  local s = spectrum({ { 6000, 285, 1.1, 0.35 } }, "shirley", TERMS, 3)
  local fit = m.spectra.fit(s, { peaks = { 285 } })
  local name = fit:casa().components[1].shape
  local same = m.spectra.fit(s, { peaks = { { position = fit.position[1], shape = name } } })
  lu.assertAlmostEquals(same.mix[1], fit.mix[1], 1e-3)
end

function TestCasa.test_what_cannot_be_fitted_is_refused()
  local lines = {}
  for line in io.lines "tests/data/spectra/casa_process_comment_lines.txt" do
    lines[#lines + 1] = line
  end
  local casa = m.spectra.casa(lines, 1486.6)
  local refused = message(casa.peaks, casa)
  lu.assertStrContains(refused, "LF(0.9,1.1,50,300,3)")
  lu.assertStrContains(refused, "LA is LF without the damping")
  lu.assertEquals(#casa:peaks "LA(0.9,1.1,3)", 3)
  casa.components[1].width.link = 1
  lu.assertStrContains(message(casa.peaks, casa, "gauss"), "back to itself")
  casa.components[1].width.link = 7
  lu.assertStrContains(message(casa.peaks, casa, "gauss"), "linked to component 8")
  local s = m.spectra.new({ 1, 2, 3, 4, 5, 6, 7 }, { 1, 2, 9, 20, 9, 2, 1 })
  local fit = m.spectra.fit(s, { peaks = { 4 }, width = { 1, 3 } })
  lu.assertStrContains(message(fit.casa, fit), "photon energy")
end

-- Held ends: the background goes through the means of the points there, whatever calls the fit; it
-- is then the static one of these data where the peaks describe them.
TestHeldEnds = {}

local function ends(values, n) return values[{ { 1, n } }]:mean(), values[{ { -n, -1 } }]:mean() end

local function check_held(fit, n)
  local first, last = ends(fit.spectrum.y, n)
  local background = fit:evaluate()[{ {}, 1 }]
  lu.assertAlmostEquals(background[1], first, 1e-9 * first)
  lu.assertAlmostEquals(background[-1], last, 1e-9 * last)
end

function TestHeldEnds.test_background_of_the_fit_is_the_static_one()
  local s = spectrum(two, "shirley", TERMS, 1)
  local fit = m.spectra.fit(s, { average = 8 })
  lu.assertEquals(fit.k, 2)
  check_held(fit, 8)
  local static = s:shirley { average = 8 }
  lu.assertTrue((fit:evaluate()[{ {}, 1 }] - static):abs():max() < 8)
  lu.assertStrContains(tostring(fit), "through the means of 8 points at its ends")
  check_held(fit:refitted(spectrum(two, "shirley", TERMS, 5)), 8)
  lu.assertEquals(fit:casa().regions[1].average, 3)
end

function TestHeldEnds.test_every_background_with_two_ends()
  for _, background in ipairs { "linear", "shirley", "tougaard" } do
    local s = spectrum(two, background, background == "tougaard" and { 200, 0, 0, 900, 0, 0, 0, 0, 0 }
      or TERMS, 1)
    check_held(m.spectra.fit(s, { average = 3, background = background, peaks = { 285, 287.5 } }), 3)
  end
  local s = spectrum(two, "shirley", TERMS, 1)
  for _, background in ipairs { "none", "constant", "ramps", "shirley + linear" } do
    local text = message(m.spectra.fit, s, { average = 3, background = background, peaks = 2 })
    lu.assertStrContains(text, "a background that it can hold at both ends")
  end
  lu.assertStrContains(message(m.spectra.fit, s, { average = 101 }), "1 to 100 points expected, got 101")
  lu.assertStrContains(message(m.spectra.fit, s, { average = 0.5 }), "integer >= 1")
end

function TestHeldEnds.test_maps()
  local fit = m.spectra.fit(spectrum(two, "shirley", TERMS, 1), { average = 4, peaks = { 285, 287.5 } })
  local one = spectrum(two, "shirley", TERMS, 7)
  local stack = m.spectra.stack(one.x, m.array.array { one.y:totable(), fit.spectrum.y:totable() },
    { counts_per = 1 })
  local map = m.spectra.map(stack, fit)
  lu.assertAlmostEquals(map.terms[{ 1, 1 }], (ends(one.y, 4)), 1e-9)
  lu.assertAlmostEquals(map.position[{ 1, 2 }], fit:refitted(one).position[2], 1e-4)
end

TestBinned = {}

-- The means have the noise of means, and the same peaks.
function TestBinned.test_same_peaks_from_means()
  local s = spectrum(two, "shirley", TERMS, 1)
  local one = m.spectra.new(s.x, s.y, { columns = { { label = "t", values = s.x * 2 } } }):binned(3)
  lu.assertEquals({ #one, one.counts_per, (one:noise()) }, { 67, 3, 1 / 3 })
  lu.assertAlmostEquals(one.columns[1].values[2], 2 * one.x[2], 1e-9)
  lu.assertAlmostEquals(one.y[2], s.y[{ { 4, 6 } }]:mean(), 1e-9)
  local fine, coarse = m.spectra.fit(s, { peaks = 2 }), m.spectra.fit(one, { peaks = 2 })
  lu.assertAlmostEquals(coarse.position[2], fine.position[2], 0.02)
  lu.assertAlmostEquals(coarse.area[1] / fine.area[1], 1, 0.03)
  lu.assertStrContains(message(s.binned, s, 101), "integer from 1 to 100 expected, got 101")
end

TestRefused = {}

function TestRefused.test_lf()
  local s = spectrum(two, "shirley", TERMS, 1)
  local text = message(m.spectra.fit, s, { shape = "LF(0.9,1.1,50,300)", peaks = { 285 } })
  lu.assertStrContains(text, "not published, so it is refused; LA(a,b,m)")
end

-- ---- families -----------------------------------------------------------------------------------

TestFamilies = {}

-- A family that was asked for may need more peaks than the usual one: that is among the rivals, the
-- verdict says so, and no rival stands there twice.
function TestFamilies.test_the_usual_family_competes_with_what_was_asked_for()
  local c = require "matinf.c.spectra"
  local x = m.array.linspace(281, 293, 121)
  local rows = { { 3300, 284.8, 1.1, 0.3, 0 }, { 1650, 286.3, 1.1, 0.3, 0 },
    { 990, 288.6, 1.1, 0.3, 0 } }
  local mean = c.evaluate_peaks(x, { background = "shirley" }, rows,
    { 200, 0, 0.06, 0, 0, 0, 0, 0, 0 }, 287):sum(2)
  local s = m.spectra.new(x, m.random.generator { seed = 2 }:poisson(nil, { mean = mean }),
    { counts_per = 1, y_unit = "counts" })
  local usual = m.spectra.fit(s)
  lu.assertEquals({ usual.k, usual.explained }, { 3, true })
  for _, options in ipairs { { shape = "gauss", background = "tougaard" },
    { background = "tougaard" } } do
    local fit, seen = m.spectra.fit(s, options), {}
    lu.assertTrue(fit.k > 3)
    lu.assertFalse(fit.explained)
    for _, one in ipairs(fit.rivals) do
      local name = ("%d %s %s"):format(one.k, one.shape, one.background)
      lu.assertNil(seen[name], name)
      seen[name] = one
    end
    lu.assertNotNil(seen["3 pseudo-voigt shirley"])
    lu.assertStrContains(fit.verdict,
      "3 pseudo-voigt peaks on a shirley background explain the data with fewer peaks")
  end
end

TestBootstrap = {}

function TestBootstrap.test_errors_agree_with_the_information()
  local fit = m.spectra.fit(spectrum(two, "shirley", TERMS, 2), { peaks = { 285, 287.5 } })
  lu.assertTrue(fit.adequate)
  local b = fit:bootstrap { samples = 120, seed = 4 }
  for _, name in ipairs { "area", "position", "width" } do
    for i = 1, 2 do
      local ratio = b.errors[name][i] / fit.errors[name][i]
      lu.assertTrue(ratio > 0.75 and ratio < 1.33, ("%s %d: %g"):format(name, i, ratio))
      lu.assertTrue(b.low[name][i] < fit[name][i] and fit[name][i] < b.high[name][i])
    end
  end
  lu.assertTrue(b.errors.area:equal(fit:bootstrap { samples = 120, seed = 4 }.errors.area))
  lu.assertStrContains(message(fit.bootstrap, fit, { samples = 1 }), "samples")
end

TestTougaard = {}

local LOSS = { 50, 0, 0, 400, 0, 0, 0, 0, 0 }

function TestTougaard.test_a_kernel_is_used_and_kept()
  local s = spectrum({ { 6000, 284, 1.1, 0.2 } }, "tougaard", LOSS, 5, { 90, 60, 0 })
  local function fit(tougaard)
    return m.spectra.fit(s, { peaks = { 284 }, background = "tougaard", tougaard = tougaard })
  end
  local right, other, free = fit { c = 90, d = 60 }, fit { c = 551, d = 436 }, fit "free"
  lu.assertTrue(right.deviance < other.deviance - 20)
  lu.assertAlmostEquals(right.tail, 400, 40)
  local stored = require "matinf.store".from_store(require "matinf.store".to_store(right))
  lu.assertTrue(stored:evaluate():equal(right:evaluate()))
  lu.assertTrue(free.deviance < right.deviance + 0.5)
  lu.assertTrue(free.kernel[1] > 60 and free.kernel[1] < 135)
  lu.assertEquals(free.parameters, right.parameters + 2)
end

function TestTougaard.test_refusals()
  local s = spectrum(two, "shirley", TERMS, 1)
  lu.assertStrContains(message(m.spectra.fit, s, { tougaard = "free" }), "Tougaard background")
  lu.assertStrContains(message(m.spectra.fit, s, { background = "tougaard",
    tougaard = { c = 1, d = -1 } }), "d and t0 >= 0")
  lu.assertStrContains(message(m.spectra.fit, s, { background = "tougaard", tougaard = "free" }),
    "peaks")
end

TestQuantify = {}

-- Errors of every factor, against differences.
function TestQuantify.test_errors_of_all_factors()
  local function shares(change)
    local areas = { { area = 100, rsf = 1, transmission = 0.8, imfp = 2 },
      { area = 150, rsf = 2.9, transmission = 0.9, imfp = 3 } }
    for name, value in pairs(change or {}) do areas[1][name] = value end
    local t = m.spectra.quantify(areas)
    local _, share = t:column "atomic share"
    local _, spread = t:column "atomic share error"
    return share.values[1], spread.values[1]
  end
  for _, name in ipairs { "rsf", "transmission", "imfp" } do
    local value = ({ rsf = 1, transmission = 0.8, imfp = 2 })[name]
    local _, spread = shares { [name .. "_error"] = 0.01 * value }
    local low, high = shares { [name] = 0.995 * value }, shares { [name] = 1.005 * value }
    lu.assertAlmostEquals(spread, math.abs(high - low), 1e-3 * spread)
  end
end

function TestQuantify.test_overlayer_with_two_mean_free_paths()
  for _, d in ipairs { 0.01, 1, 7 } do
    local a, b = 3 * math.cos(math.pi / 6), 2.5 * math.cos(math.pi / 6)
    local ratio = 0.8 * (1 - math.exp(-d / a)) * math.exp(d / b)
    local known = { layer = ratio, substrate = 1, pure_ratio = 0.8, imfp = 3, imfp_substrate = 2.5,
      angle = 30, layer_error = 0.01 * ratio, imfp_error = 0 }
    local found, spread = m.spectra.overlayer(known)
    lu.assertAlmostEquals(found, d, 1e-12 * (1 + d))
    known.layer = 1.005 * ratio
    local high = m.spectra.overlayer(known)
    known.layer = 0.995 * ratio
    lu.assertAlmostEquals(spread, high - m.spectra.overlayer(known), 1e-3 * spread)
  end
  local d, spread = m.spectra.overlayer { layer = 1, substrate = 1, imfp = 3, imfp_error = 0.3 }
  lu.assertAlmostEquals(d, 3 * math.log(2), 1e-12)
  lu.assertAlmostEquals(spread, 0.1 * d, 1e-12)
end

os.exit(lu.LuaUnit.run())
