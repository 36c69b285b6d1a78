-- gmm: what a user of the module sees. The numbers of the kernel are in tests/core/test_gmm.c.
local lu = require "luaunit"
local m = require "matinf"

local function peaks(list)
  local x, y = {}, {}
  for i = 1, 301 do
    x[i], y[i] = 0.1 * (i - 1), 0
    for _, p in ipairs(list) do y[i] = y[i] + p[1] * math.exp(-0.5 * ((x[i] - p[2]) / p[3]) ^ 2) end
  end
  return x, y
end

local x, y = peaks { { 4000, 8, 0.9 }, { 1000, 15, 1.5 }, { 2500, 22, 0.7 } }

TestFit = {}

function TestFit.test_finds_separate_peaks_without_a_start()
  local fit = m.gmm.fit(x, y, { k = 3 })
  lu.assertTrue(fit.converged)
  lu.assertEquals(fit.reason, "tolerance")
  for i, value in ipairs { 8, 15, 22 } do lu.assertAlmostEquals(fit.mu[i], value, 1e-6) end
  for i, value in ipairs { 0.9, 1.5, 0.7 } do lu.assertAlmostEquals(fit.sigma[i], value, 1e-5) end
  lu.assertAlmostEquals(fit.pi[1] + fit.pi[2] + fit.pi[3], 1, 1e-12)
end

function TestFit.test_same_seed_same_bits_at_every_number_of_threads()
  local one = m.gmm.fit(x, y, { k = 4, seed = 7 })
  m.sys.threads(2)
  local two = m.gmm.fit(x, y, { k = 4, seed = 7 })
  for i = 1, 4 do lu.assertTrue(one.mu[i] == two.mu[i] and one.sigma[i] == two.sigma[i]) end
end

function TestFit.test_direction_of_x_does_not_matter()
  local xr, yr = {}, {}
  for i = 1, #x do xr[i], yr[i] = x[#x + 1 - i], y[#y + 1 - i] end
  local fit = m.gmm.fit(xr, yr, { k = 3 })
  for i, value in ipairs { 8, 15, 22 } do lu.assertAlmostEquals(fit.mu[i], value, 1e-6) end
end

function TestFit.test_evaluate_gives_intensities()
  for _, shape in ipairs { "gauss", "pseudo-voigt" } do
    local fit = m.gmm.fit(x, y, { k = 3, shape = shape })
    local parts = fit:evaluate(x)
    lu.assertEquals({ parts.shape[1], parts.shape[2] }, { 301, 3 })
    for _, i in ipairs { 40, 81, 151, 221 } do
      local sum = parts[{ i, 1 }] + parts[{ i, 2 }] + parts[{ i, 3 }]
      lu.assertAlmostEquals(sum, y[i], 2)
    end
    lu.assertTrue(fit.misfit < 1e-3)
  end
end

-- Doniach's curve: its slow tail is at low x; the same peak in another unit is the same curve.
function TestFit.test_asymmetric_peaks()
  local fit = m.gmm.fit({ 0, 1 }, { 1, 1 }, { shape = "doniach", steps = 1,
    start = { mu = { 8 }, sigma = { 0.9 }, eta = { 0.6 }, skew = { 0.2 } } })
  lu.assertEquals(fit.parameters, 4)
  local model = m.gmm.fit(x, y, { shape = "doniach", steps = 1,
    start = { mu = { 20 }, sigma = { 0.9 }, eta = { 0.6 }, skew = { 0.2 } } })
  model.mu[1], model.sigma[1], model.eta[1], model.skew[1] = 20, 0.9, 0.6, 0.2
  local skewed = model:evaluate(x):reshape(301)
  lu.assertTrue(skewed[181] > 1.5 * skewed[221])
  local found = m.gmm.fit(x, skewed, { shape = "doniach" })
  for name, value in pairs { mu = 20, sigma = 0.9, eta = 0.6, skew = 0.2 } do
    lu.assertAlmostEquals(found[name][1], value, 1e-4, name)
    lu.assertTrue(found.errors[name][1] > 0)
  end
  lu.assertStrContains(tostring(found:table()), "skew")
  local mV = m.gmm.fit(m.array.from(x) * 1000, skewed, { shape = "doniach" })
  lu.assertAlmostEquals(mV.mu[1], 20000, 1e-1)
  lu.assertAlmostEquals(mV.skew[1], 0.2, 1e-4)
end

function TestFit.test_trace_and_steps()
  local fit = m.gmm.fit(x, y, { start = { mu = { 7, 14, 23 }, sigma = { 1, 1, 1 } }, steps = 5,
    trace = true })
  lu.assertEquals(fit.iterations, 5)
  lu.assertEquals(fit.reason, "steps")
  lu.assertEquals(#fit.trace, 6)
  for i = 2, 6 do lu.assertTrue(fit.trace[i] >= fit.trace[i - 1]) end
end

function TestFit.test_prints_itself()
  lu.assertStrContains(tostring(m.gmm.fit(x, y, { k = 3 })), "3 gauss components")
end

function TestFit.test_scale_of_intensity_changes_errors_only()
  local y100 = {}
  for i = 1, #y do y100[i] = 100 * y[i] end
  local a, b = m.gmm.fit(x, y, { k = 3 }), m.gmm.fit(x, y100, { k = 3 })
  lu.assertAlmostEquals(a.mu[2], b.mu[2], 1e-7)
  lu.assertAlmostEquals(a.errors.mu[2] / b.errors.mu[2], 10, 1e-3)
end

TestMap = {}

-- 130 spectra whose two peaks approach, cross and part: mu = 10 -+ 4 u, widths 0.8 and 1.4.
local function crossing()
  local X = m.array.linspace(0, 20, 201)
  local Y = m.array.zeros(130, 201)
  for i = 1, 130 do
    local u = 4 - 8 * (i - 1) / 129
    local a = (((X - 10 - u) / 0.8) ^ 2 * -0.5):exp() * 3000
    local b = (((X - 10 + u) / 1.4) ^ 2 * -0.5):exp() * 2000
    Y[i] = a + b
  end
  return X, Y
end

function TestMap.test_rows_are_fitted_as_alone()
  local X, Y = crossing()
  local map = m.gmm.map(X, Y, { k = 2, errors = true })
  for _, i in ipairs { 1, 64, 65, 130 } do
    local fit = m.gmm.fit(X, Y[{ i, {} }], { k = 2 })
    for j = 1, 2 do
      lu.assertTrue(map.mu[{ i, j }] == fit.mu[j] and map.sigma[{ i, j }] == fit.sigma[j])
      lu.assertTrue(map.errors.mu[{ i, j }] == fit.errors.mu[j])
      lu.assertTrue(map.scale[{ i, j }] == fit.scale[j])
    end
    lu.assertTrue(map.misfit[i] == fit.misfit and map.log_likelihood[i] == fit.log_likelihood)
  end
end

function TestMap.test_same_bits_on_two_threads()
  local X, Y = crossing()
  local warm = { warm = true, start = { mu = { 6, 14 }, sigma = { 1, 1 } } }
  for _, options in ipairs { { k = 2 }, warm } do
    m.sys.threads(1)
    local one = m.gmm.map(X, Y, options)
    m.sys.threads(2)
    local two = m.gmm.map(X, Y, options)
    lu.assertTrue(m.array.equal(one.mu, two.mu) and m.array.equal(one.sigma, two.sigma))
    lu.assertTrue(m.array.equal(one.iterations, two.iterations))
  end
end

function TestMap.test_labels_follow_peaks_that_cross()
  local X, Y = crossing()
  local map = m.gmm.map(X, Y, { k = 2 }):aligned()
  local narrow = map.sigma[{ 1, 1 }] < 1.1 and 1 or 2
  for i = 1, 130 do lu.assertTrue(map.sigma[{ i, narrow }] < 1.1, tostring(i)) end
  lu.assertAlmostEquals(map.mu[{ 1, narrow }], 14, 1e-5)
  lu.assertAlmostEquals(map.mu[{ 130, narrow }], 6, 1e-5)
  local rows = m.gmm.map(X, Y, { k = 2 }):aligned(13)
  lu.assertAlmostEquals(rows.mu[{ 130, narrow }], 6, 1e-5)
end

function TestMap.test_spectra_that_cannot_be_fitted_are_marked()
  local bad = { { 0, 0, 0, 0, 0 }, { 1, -1, 2, 1, 0 }, { 1, 0 / 0, 2, 1, 0 }, { 3, 3, 3, 3, 3 },
    { 0, 1, 4, 1, 0 } }
  local map = m.gmm.map({ 1, 2, 3, 4, 5 }, bad, { k = 1, warm = true })
  lu.assertEquals(map.usable:totable(), { 0, 0, 0, 1, 1 })
  lu.assertTrue(map.mu[{ 1, 1 }] ~= map.mu[{ 1, 1 }])
  lu.assertAlmostEquals(map.mu[{ 4, 1 }], 3, 1e-9)
  lu.assertAlmostEquals(map.mu[{ 5, 1 }], 3, 1e-9)
  lu.assertStrContains(tostring(map), "map of 5 spectra")
end

function TestMap.test_stores()
  local store = require "matinf.store"
  local X, Y = crossing()
  local map = store.from_store(store.to_store(m.gmm.map(X, Y, { k = 2 })))
  lu.assertEquals(#map:aligned().misfit, 130)
end

function TestMap.test_bad_arguments()
  local function refusal(...)
    local _, err = m.try(m.gmm.map, ...)
    return err.message
  end
  lu.assertStrContains(refusal({ 1, 2, 3 }, { { 1, 2 } }), "spectra as long as x")
  lu.assertStrContains(refusal({ 1, 3, 2 }, { { 1, 2, 1 } }), "must rise (or fall)")
  local start = { mu = { 1 }, sigma = { 0 } }
  lu.assertStrContains(refusal({ 1, 2, 3 }, { { 1, 2, 1 } }, { start = start }), "sigma > 0")
  lu.assertStrContains(refusal({ 1, 2, 3 }, { { 1, 2, 1 } }, { kk = 1 }), "unknown option 'kk'")
end

TestSample = {}

local quick = { burn_in = 500, sweeps = 2000, replicas = 16 }

local function sample(more)
  local options = {}
  for name, value in pairs(quick) do options[name] = value end
  for name, value in pairs(more) do options[name] = value end
  return m.gmm.sample(x, y, options)
end

function TestSample.test_posterior_agrees_with_the_fit()
  local p, fit = sample { k = 3, seed = 4 }:sorted(), m.gmm.fit(x, y, { k = 3 })
  for i = 1, 3 do
    local sd = p.mu[{ {}, i }]:std()
    lu.assertTrue(math.abs(p.mu[{ {}, i }]:mean() - fit.mu[i]) < 3 * fit.errors.mu[i])
    lu.assertTrue(sd > 0.6 * fit.errors.mu[i] and sd < 1.6 * fit.errors.mu[i])
  end
  lu.assertStrContains(tostring(p), "log evidence")
  lu.assertEquals(#p:table(), 3)
  lu.assertTrue(p.log_evidence > sample { k = 2, seed = 4 }.log_evidence + 100)
end

function TestSample.test_same_bits_on_two_threads()
  m.sys.threads(1)
  local one = sample { k = 1, background = true }
  m.sys.threads(2)
  local two = sample { k = 1, background = true }
  lu.assertTrue(m.array.equal(one.mu, two.mu) and one.log_evidence == two.log_evidence)
end

function TestSample.test_normal_noise_is_sampled()
  local p = sample { k = 3, likelihood = "normal", priors = { mu = { "uniform", 5, 25 } } }
  lu.assertEquals(#p.noise, 200)
  lu.assertNil(p.eta)
end

function TestSample.test_refusals()
  local function refusal(options)
    local _, err = m.try(m.gmm.sample, x, y, options)
    return err.message
  end
  lu.assertStrContains(refusal { priors = { mu = { "box", 1, 2 } } }, "priors.mu")
  lu.assertStrContains(refusal { priors = { position = {} } }, "area, mu, sigma")
  lu.assertStrContains(refusal { priors = { mu = { "uniform", 2, 1 } } }, "prior of parameter 2")
  lu.assertStrContains(refusal { sweeps = 150 }, "sweeps: a multiple of 100")
  lu.assertStrContains(refusal { kk = 1 }, "did you mean 'k'")
end

TestBadInput = {}

local function message(...)
  local _, err = m.try(m.gmm.fit, ...)
  return err.message
end

function TestBadInput.test_arguments()
  lu.assertStrContains(message(nil, y), "bad argument 'x' to 'gmm.fit'")
  lu.assertStrContains(message(x, { 1, 2 }), "array as long as x")
  lu.assertStrContains(message({ 1 }, { 1 }), "at least 2 points expected, got 1")
  lu.assertStrContains(message({ 1, 2, 3 }, { 0, 0, 0 }), "all intensities are zero")
  lu.assertStrContains(message({ 1, 2, 3 }, { 1, -1, 0 }),
    "intensity >= 0 expected, got -1 (point 2)")
  lu.assertStrContains(message({ 1, 2, 3 }, { 1, 0 / 0, 0 }), "point 2")
  lu.assertStrContains(message({ 1, 3, 2 }, { 1, 1, 0 }), "must rise (or fall)")
end

function TestBadInput.test_options()
  lu.assertEquals(message(x, y, { kk = 3 }), "unknown option 'kk' to 'gmm.fit': did you mean 'k'?")
  lu.assertStrContains(message(x, y, { k = 0 }), "integer from 1 to 32 expected, got 0")
  lu.assertStrContains(message(x, y, { shape = "box" }), '"lorentz" or "doniach" expected')
  local twisted = { mu = { 1 }, sigma = { 1 }, skew = { 1 } }
  lu.assertStrContains(message(x, y, { shape = "doniach", start = twisted }), "skew from 0 to")
  lu.assertStrContains(message(x, y, { start = { mu = { 1 } } }), "start.sigma")
  lu.assertStrContains(message(x, y, { start = { mu = { 1 }, sigma = { 0 } } }), "sigma > 0")
  lu.assertStrContains(message(x, y, { start = { mu = { 1 }, sigma = { 1 } }, k = 2 }), "'k'")
  lu.assertStrContains(message(x, y, { sigma_min = 2, sigma_max = 1 }), "sigma_max")
end

-- ---- merging and splitting ----------------------------------------------------------------------

TestSelect = {}

-- The data of the published annealing, with `weak` of a fourth peak.
local function three_peaks(weak)
  local x, y = m.array.linspace(0, 100, 201), 0
  for _, p in ipairs { { 35, 1 }, { 50, 1 }, { 65, 1 }, { 82, weak } } do
    y = y + ((x - p[1]) ^ 2 / -18):exp() * (p[2] * 1e4 / 3 / (3 * math.sqrt(2 * math.pi)))
  end
  return x, y
end

local function start_of_six()
  return { mu = m.array.linspace(10, 90, 6), sigma = { 5, 5, 5, 5, 5, 5 } }
end

-- Annealing with a prior ends with twins at 49.56 and 50.44 from this start, or loses a peak.
function TestSelect.test_twins_are_merged()
  local x, y = three_peaks(0)
  local fit = m.gmm.select(x, y, { start = start_of_six() })
  lu.assertEquals(fit.k, 3)
  local places = fit.mu:totable()
  table.sort(places)
  for i, mu in ipairs { 35, 50, 65 } do
    lu.assertAlmostEquals(places[i], mu, 1e-4)
    lu.assertAlmostEquals(fit.pi[i], 1 / 3, 1e-5)
  end
end

-- The values of the published equations (Matsumura et al. 2024) from this start.
function TestSelect.test_annealing_as_published()
  local x, y = three_peaks(0)
  local function anneal(alpha)
    local fit = m.gmm.anneal(x, y, { start = start_of_six(), alpha = alpha, accelerate = false,
      weight = "intensity", tolerance = 0, tolerance_nats = 7.18645e-5 })
    local alive = 0
    for k = 1, 6 do alive = alive + (fit.pi[k] > 0 and 1 or 0) end
    return fit, alive
  end
  local free, six = anneal(1)
  lu.assertEquals(six, 6)
  lu.assertAlmostEquals(free.log_likelihood, -71864.47905067, 2e-4)
  local twins, four = anneal(0)
  lu.assertEquals(four, 4)
  lu.assertAlmostEquals(twins.log_likelihood, -71864.47287095, 2e-4)
  local places = {}
  for k = 1, 6 do if twins.pi[k] > 0 then places[#places + 1] = twins.mu[k] end end
  table.sort(places)
  for i, mu in ipairs { 35.0001, 49.5647, 50.4353, 64.9999 } do
    lu.assertAlmostEquals(places[i], mu, 5e-3)
  end
  local pruned, two = anneal(-100)
  lu.assertEquals(two, 2)
  lu.assertAlmostEquals(pruned.log_likelihood, -77394.16605232, 1e-4)
  local function failure(intensities, options)
    local _, err = m.try(m.gmm.anneal, x, intensities, options)
    return tostring(err)
  end
  lu.assertStrContains(failure(y * 0, { k = 2 }), "all intensities are zero")
  lu.assertStrContains(failure(y, { k = 2, power = 9 }), "log10 of the counts")
  lu.assertStrContains(failure(y, { k = 2, alpha = 0 / 0 }), "alpha")
end

function TestSelect.test_a_weak_peak_stays()
  local x, y = three_peaks(0.005)
  local fit = m.gmm.select(x, y, { start = start_of_six() })
  lu.assertEquals(fit.k, 4)
  local last = fit.mu:argmax()
  lu.assertAlmostEquals(fit.mu[last], 82, 0.1)
  lu.assertAlmostEquals(fit.pi[last], 0.005 / 3.005, 1e-4)
end

function TestSelect.test_one_peak_is_split_into_three()
  local x, y = three_peaks(0)
  lu.assertEquals(m.gmm.select(x, y, { k = 1 }).k, 3)
  lu.assertStrContains(message(x, y, { k = 0 }), "k")
  local _, err = m.try(m.gmm.select, x, y, { most = 0 })
  lu.assertStrContains(tostring(err), "most")
end

-- ---- criteria -----------------------------------------------------------------------------------

TestCriteria = {}

local function two_peaks(seed)
  local x = m.array.linspace(0, 20, 60)
  local function peak(mu, height) return (((x - mu) / 1.2) ^ 2 * -0.5):exp() * height end
  local mean = peak(8, 80) + peak(12, 50) + 6
  return x, m.random.generator { seed = seed }:poisson(nil, { mean = mean }):astype "f64"
end

function TestCriteria.test_formulas()
  local x, y = two_peaks(1)
  for _, case in ipairs { { "gauss", "none", 5 }, { "gauss", "constant", 6 },
    { "pseudo-voigt", "linear", 10 }, { "lorentz", "none", 5 } } do
    local fit = m.gmm.fit(x, y, { k = 2, shape = case[1], background = case[2] })
    local p, ll = case[3], fit.log_likelihood
    lu.assertEquals(fit.parameters, p)
    lu.assertAlmostEquals(fit.aic, 2 * p - 2 * ll, 1e-9)
    lu.assertAlmostEquals(fit.aicc, fit.aic + 2 * p * (p + 1) / (60 - p - 1), 1e-9)
    lu.assertAlmostEquals(fit.bic, p * math.log(60) - 2 * ll, 1e-9)
  end
end

-- WAIC against its definition, sample by sample; its effective number near that of the parameters.
function TestCriteria.test_waic()
  local x, y = two_peaks(2)
  local p = m.gmm.sample(x, y, { k = 2, background = true, replicas = 12, burn_in = 1000,
    sweeps = 2000 })
  local function log_p(s, i)
    local mean = p.base[s]
    for j = 1, 2 do
      local sigma = p.sigma[{ s, j }]
      local t = (x[i] - p.mu[{ s, j }]) / sigma
      mean = mean + p.area[{ s, j }] * math.exp(-0.5 * t * t) / (sigma * math.sqrt(2 * math.pi))
    end
    return y[i] * math.log(mean) - mean
  end
  local total, effective, samples = 0, 0, p.mu.shape[1]
  for i = 1, 60 do
    local sum, first, second = 0, 0, 0
    for s = 1, samples do
      local l = log_p(s, i)
      sum, first, second = sum + math.exp(l - log_p(1, i)), first + l, second + l * l
    end
    local variance = (second - first * first / samples) / (samples - 1)
    total = total + math.log(sum / samples) + log_p(1, i) - variance
    effective = effective + variance
  end
  lu.assertAlmostEquals(p.waic, -2 * total, 2e-2 * effective)
  lu.assertAlmostEquals(p.waic_parameters, effective, 2e-2 * effective)
  lu.assertTrue(p.waic_parameters > 3 and p.waic_parameters < 12)
end

os.exit(lu.LuaUnit.run())
