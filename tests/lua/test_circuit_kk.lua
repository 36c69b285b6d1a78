-- circuit.kk and circuit.drt: values of impedance.py's Lin-KK and of stable least squares, verdicts,
-- the level of the noise, relaxation times against an independent solution.
local lu = require "luaunit"
local m = require "matinf"

local data = "tests/data/impedance/"

local function message(f, ...)
  local _, err = m.try(f, ...)
  return tostring(err)
end

local function capacitive(file)
  return m.circuit.read(data .. file):mask(function(_, z) return z.im >= 0 end)
end

-- R0-p(R1,C1)-p(R2,CPE) at 51 frequencies, with noise of the given share of |Z|.
local function synthetic(noise, seed)
  local f, z = {}, {}
  local normal = m.random.generator { seed = seed }:normal(102)
  for i = 1, 51 do
    f[i] = 10 ^ (4 - 0.14 * (i - 1))
    local w = 2 * math.pi * f[i]
    local cpe = 1e-3 * w ^ 0.8
    local y = m.array.complex(1 / 50 + cpe * math.cos(0.4 * math.pi), cpe * math.sin(0.4 * math.pi))
    local exact = 10 + 20 / m.array.complex(1, w * 1e-3) + 1 / y
    local size = noise * exact:abs()
    z[i] = exact + m.array.complex(size * normal[2 * i - 1], size * normal[2 * i])
  end
  return m.circuit.spectrum(f, z)
end

-- ---- Lin-KK -------------------------------------------------------------------------------------

TestKramersKronig = {}

function TestKramersKronig.test_schoenlebers_example()
  local t = m.circuit.kk(m.circuit.read(data .. "Circuit3_EIS_1.z"),
    { part = "real", mu = 0.69, capacitor = false })
  lu.assertEquals(t.elements, 10)
  lu.assertAlmostEquals(t.mu, 0.684382111789, 1e-11)
end

-- mu of stable least squares; sums of residuals of the peer, whose normal equations lose digits.
function TestKramersKronig.test_complex_with_capacitor()
  local expected = {
    { m.circuit.read(data .. "Circuit1_EIS_1.z"), 24, 0.47833584, 1.856580471e-4, 1.773575104e-4 },
    { m.circuit.read(data .. "Circuit3_EIS_1.z"), 21, 0.4878043072, 6.53826905e-4, 8.919135449e-4 },
    { capacitive "exampleData.csv", 27, 0.319803825, 1.095078595e-3, 1.126448012e-3 },
  }
  for _, row in ipairs(expected) do
    local t = m.circuit.kk(row[1], { mu = 0.5, most = 100 })
    lu.assertEquals(t.elements, row[2])
    lu.assertAlmostEquals(t.mu, row[3], 1e-8)
    lu.assertAlmostEquals(t.rms_real / row[4], 1, 1e-4)
    lu.assertAlmostEquals(t.rms_imaginary / row[5], 1, 1e-4)
    lu.assertTrue(t.reached)
  end
end

function TestKramersKronig.test_the_order_of_points_does_not_matter()
  local s = synthetic(1e-3, 1)
  local f, z = {}, {}
  for i = 1, #s do f[i], z[i] = s.frequency[#s + 1 - i], s.impedance[#s + 1 - i] end
  local a, b = m.circuit.kk(s), m.circuit.kk(m.circuit.spectrum(f, z))
  lu.assertEquals(a.elements, b.elements)
  lu.assertAlmostEquals(a.noise / b.noise, 1, 1e-9)
end

function TestKramersKronig.test_the_noise_is_found()
  for _, noise in ipairs { 1e-4, 1e-3, 1e-2 } do
    local sum = 0
    for seed = 1, 40 do sum = sum + m.circuit.kk(synthetic(noise, seed)).noise / noise end
    lu.assertAlmostEquals(sum / 40, 1, 0.06)
  end
end

-- A cell that ages while it is measured is none that the relations hold for.
function TestKramersKronig.test_verdicts()
  local passed, failed = 0, 0
  for seed = 1, 40 do
    local s = synthetic(1e-3, seed)
    if m.circuit.kk(s).verdict == "passed" then passed = passed + 1 end
    for i = 1, #s do
      local z, drift = s.impedance[i], 0.4 * ((i - 1) / (#s - 1)) ^ 4
      s.impedance[i] = m.array.complex(z.re * (1 + drift), z.im)
    end
    if m.circuit.kk(s).verdict == "failed" then failed = failed + 1 end
  end
  lu.assertTrue(passed >= 38, passed)
  lu.assertTrue(failed >= 38, failed)
  lu.assertEquals(m.circuit.kk(synthetic(0.1, 1)).verdict, "doubtful")
end

function TestKramersKronig.test_outliers_are_rejected()
  local s = synthetic(1e-3, 3)
  s.impedance[11], s.impedance[30] = 1.1 * s.impedance[11], 0.95 * s.impedance[30]
  lu.assertNotEquals(m.circuit.kk(s).verdict, "passed")
  local clean = m.circuit.reject(s)
  lu.assertEquals({ clean.masked[11], clean.masked[30] }, { 1, 1 })
  lu.assertTrue(#clean:kept() >= 47)
  lu.assertAlmostEquals(m.circuit.kk(clean).noise, 1e-3, 3e-4)
  lu.assertEquals(m.circuit.reject(synthetic(1e-3, 4)).masked, nil)
end

function TestKramersKronig.test_few_points()
  local c = m.array.complex
  lu.assertStrContains(message(m.circuit.kk, m.circuit.spectrum({ 1 }, { c(1, -1) })),
    "1 points are too few")
  local three = m.circuit.spectrum({ 1, 10, 100 }, { c(3, -1), c(2, -1), c(1, -1) })
  lu.assertStrContains(message(m.circuit.kk, three), "3 points are too few")
  lu.assertTrue(m.circuit.kk(three, { elements = 1, part = "real" }).noise >= 0)
end

function TestKramersKronig.test_options()
  local s = synthetic(1e-3, 1)
  lu.assertEquals(m.circuit.kk(s, { elements = 12 }).elements, 12)
  lu.assertFalse(m.circuit.kk(s, { mu = -5, most = 4 }).reached)
  lu.assertStrContains(message(m.circuit.kk, s, { elements = 3, mu = 1 }), "either a fixed number")
  lu.assertStrContains(message(m.circuit.kk, s, { part = "reel" }), "real")
  lu.assertStrContains(message(m.circuit.kk, { 1, 2 }), "circuit.Spectrum expected")
end

function TestKramersKronig.test_store()
  local t = m.circuit.kk(synthetic(1e-3, 1))
  local path = os.tmpname()
  require "matinf.store".write(path, t)
  lu.assertEquals(tostring(require "matinf.store".read(path)), tostring(t))
end

-- ---- relaxation times ---------------------------------------------------------------------------

TestDrt = {}

-- By scipy's nnls on the stacked system, quadrature with 24,001 nodes. pyDRTtools, whose interior
-- point method stops early, gives 0.016230523 and 0.092583827.
function TestDrt.test_independent_solution()
  local s = capacitive "exampleData.csv":kept()
  local options = { tau = 1 / s.frequency, weight = "unit", lambda = 1e-3 }
  local d = m.circuit.drt(s, options)
  lu.assertAlmostEquals(d.resistance, 0.016224771386700663, 1e-9)
  lu.assertAlmostEquals(d.polarisation, 0.09259665977615163, 1e-8)
  lu.assertAlmostEquals(d.squares, 5.609937875833455e-06, 1e-11)
  lu.assertAlmostEquals(d.resistance / 0.016230523, 1, 1e-3)
  lu.assertAlmostEquals(d.polarisation / 0.092583827, 1, 1e-3)
  options.inductor = false
  d = m.circuit.drt(s, options)
  lu.assertAlmostEquals(d.resistance, 0.01630761575720524, 1e-9)
  lu.assertAlmostEquals(d.polarisation, 0.09251091472387327, 1e-8)
end

function TestDrt.test_peaks_are_the_arcs()
  local s = synthetic(1e-4, 1)
  local d = m.circuit.drt(s)
  lu.assertAlmostEquals(d.resistance, 10, 0.3)
  lu.assertAlmostEquals(d.polarisation, 70, 0.7)
  local first = d.peaks[1]
  for _, peak in ipairs(d.peaks) do if peak.height > first.height then first = peak end end
  lu.assertAlmostEquals(math.log(first.tau / 1e-3), 0, 0.2)
  lu.assertTrue(d.gamma:min() >= 0)
end

-- Free, the estimate is linear in the data.
function TestDrt.test_ridge_is_linear()
  local s = synthetic(1e-3, 1)
  local options = { method = "ridge", weight = "unit", lambda = 1e-2, capacitor = true, warburg = true }
  local a = m.circuit.drt(s, options)
  local b = m.circuit.drt(m.circuit.spectrum(s.frequency, 3 * s.impedance), options)
  lu.assertAlmostEquals(b.polarisation / a.polarisation, 3, 1e-6)
end

function TestDrt.test_blocking_and_inductive_parts()
  local s = synthetic(1e-4, 2)
  local z = {}
  for i = 1, #s do
    local w = 2 * math.pi * s.frequency[i]
    z[i] = s.impedance[i] + m.array.complex(0, w * 1e-4 - 1 / (w * 0.05))
  end
  local d = m.circuit.drt(m.circuit.spectrum(s.frequency, z), { capacitor = true })
  lu.assertAlmostEquals(d.inductance, 1e-4, 5e-6)
  lu.assertAlmostEquals(1 / d.elastance, 0.05, 5e-3)
end

function TestDrt.test_bad_arguments()
  local s = synthetic(1e-3, 1)
  lu.assertStrContains(message(m.circuit.drt, s, { lambda = -1 }), "positive number")
  lu.assertStrContains(message(m.circuit.drt, s, { tau = { 1, 2, 2, 3 } }), "rise or fall")
  lu.assertStrContains(message(m.circuit.drt, s, { tau = { 1, 2 } }), "at least 4 time constants")
  lu.assertStrContains(message(m.circuit.drt, s:cut(1, 2)), "at least 4 points")
  lu.assertStrContains(message(m.circuit.drt, s, { methd = 1 }), "did you mean 'method'")
end

os.exit(lu.LuaUnit.run())
