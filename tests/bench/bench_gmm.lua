-- Mixtures and peak fits: problems T(3) and T(6) (400 points, 2e5 counts; issue "EM and ECM peak
-- fitting at full strength"), against EMPeaks' equations in numpy on one core (EPYC Zen 4).
local m = require "matinf"

m.sys.threads(1)

local function line(name, seconds, unit, scale, baseline, what)
  print(("%-34s %9.3f %s  %6.1f MB  %8.1f x faster than %s"):format(name, seconds * scale, unit,
    m.sys.memory_peak() / 1e6, baseline / seconds, what))
end

local function problem(k)
  local x, mean, total = m.array.linspace(0, 20, 400), m.array.zeros(400), 0
  local sigma = k == 3 and 0.9 or 0.7
  for j = 1, k do
    local mu, weight = 4 + 12 * (j - 1) / (k - 1), 1 + (j - 1) / (k - 1)
    mean = mean + (((x - mu) / sigma) ^ 2 * -0.5):exp() * weight
  end
  total = mean:sum()
  return x, m.random.generator { seed = 1, item = k }:poisson(nil, { mean = mean * (2e5 / total) })
end

local function best(f, rounds)
  local least = math.huge
  for _ = 1, rounds do
    local start = m.sys.cpu_time()
    f()
    least = math.min(least, m.sys.cpu_time() - start)
  end
  return least
end

local numpy_step = { [3] = 261e-6, [6] = 694e-6 }
local numpy_search = { [3] = 8.7, [6] = 72 }

-- The same spectrum on points that crowd at one end.
local function irregular(k)
  local _, y = problem(k)
  local u = m.array.linspace(0, 1, 400)
  return 20 * u * (0.7 + 0.3 * u), y
end

local function start_of(k)
  local start = { mu = {}, sigma = {} }
  for j = 1, k do start.mu[j], start.sigma[j] = 20 * (j - 0.5) / k, 1 end
  return start
end

-- CPU seconds of one of `count` steps, whatever else a fit takes; options: those of the fit.
local function step_time(x, y, k, count, options)
  local function steps(n)
    local o = { start = start_of(k), steps = n }
    for name, value in pairs(options or {}) do o[name] = value end
    return function() m.gmm.fit(x, y, o) end
  end
  return (best(steps(count + 100), 20) - best(steps(100), 20)) / count
end

-- How many of 200 seeds reach the best likelihood that any of them finds.
local function hits(x, y, k)
  local found, top, count = {}, -math.huge, 0
  for seed = 1, 200 do
    found[seed] = m.gmm.fit(x, y, { k = k, starts = 98, seed = seed }).log_likelihood
    top = math.max(top, found[seed])
  end
  for _, ll in ipairs(found) do if ll > top - 1e-3 then count = count + 1 end end
  return count
end

for _, k in ipairs { 3, 6 } do
  local x, y = problem(k)
  line(("T(%d) one EM step"):format(k), step_time(x, y, k, 2000), "us", 1e6, numpy_step[k], "numpy")
  local xi, yi = irregular(k)
  line(("T(%d) one EM step, irregular x"):format(k), step_time(xi, yi, k, 2000), "us", 1e6,
    numpy_step[k], "numpy")
  local search = best(function() m.gmm.fit(x, y, { k = k, starts = 98 }) end, 20)
  line(("T(%d) optimum from 100 starts"):format(k), search, "ms", 1e3, numpy_search[k], "numpy")
  print(("T(%d) the optimum is reached with %d of 200 seeds"):format(k, hits(x, y, k)))
end

-- Exchange Monte Carlo: 30 replicas, 20,000 sweeps. The baseline is the bar, 0.7 s a peak.
for _, k in ipairs { 3, 6 } do
  local x, y = problem(k)
  local p
  local seconds = best(function() p = m.gmm.sample(x, y, { k = k }) end, 3)
  line(("T(%d) exchange Monte Carlo"):format(k), seconds, "s", 1, 0.7 * k, "0.7 s a peak")
  print(("T(%d) log evidence %.2f +- %.2f, by integration %.2f +- %.2f"):format(k, p.log_evidence,
    p.log_evidence_error, p.log_evidence_integrated, p.log_evidence_integrated_error))
end

-- An exact ECM sweep of pseudo-Voigts on a linear background, from the first steps on (EMpeaksR:
-- 10.4 ms).
do
  local x, y = problem(3)
  local sweep = step_time(x, y + 20 + x, 3, 400, { shape = "pseudo-voigt", background = "linear" })
  line("T(3) pseudo-Voigts, linear background", sweep, "us", 1e6, 10.4e-3, "EMpeaksR")
  sweep = step_time(x, y + 1, 3, 400, { shape = "doniach" })
  line("T(3) Doniach-Sunjic-Gauss", sweep, "us", 1e6, 20e-3, "EMpeaksR")
end

local pet = m.spectra.read "recipes/xps_peaks/data/PET_C1s.csv":cut(281, 294)
local all = best(function() m.spectra.fit(pet) end, 3)
line("PET, peaks = auto, 1 to 7 peaks", all, "ms", 1e3, 13.4, "13.4 s a set (Matsumura 2019)")
