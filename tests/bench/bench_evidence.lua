-- Exchange Monte Carlo of peaks (gmm.sample): time of 30 replicas and 20,000 sweeps, and how far the
-- evidence of six seeds is from that of a run ten times as long. Problems T(3) and T(6) (400 points, 2e5
-- counts), as counts and with normal noise of unknown deviation. About ten minutes.
local m = require "matinf"

m.sys.threads(1)

local SEEDS = 6

local function problem(k)
  local x, mean = m.array.linspace(0, 20, 400), m.array.zeros(400)
  local sigma = k == 3 and 0.9 or 0.7
  for j = 1, k do
    local mu, weight = 4 + 12 * (j - 1) / (k - 1), 1 + (j - 1) / (k - 1)
    mean = mean + (((x - mu) / sigma) ^ 2 * -0.5):exp() * weight
  end
  return x, m.random.generator { seed = 1, item = k }:poisson(nil, { mean = mean * (2e5 / mean:sum()) })
end

local function run(k, likelihood, options)
  local x, y = problem(k)
  local o = { k = k, likelihood = likelihood }
  for name, value in pairs(options) do o[name] = value end
  local start = m.sys.cpu_time()
  local p = m.gmm.sample(x, y, o)
  return p, m.sys.cpu_time() - start
end

-- Of two estimates, in their standard errors.
local function apart(p)
  return math.abs(p.log_evidence - p.log_evidence_integrated)
    / math.sqrt(p.log_evidence_error ^ 2 + p.log_evidence_integrated_error ^ 2)
end

for _, k in ipairs { 3, 6 } do
  for _, likelihood in ipairs { "poisson", "normal" } do
    local long = run(k, likelihood, { burn_in = 50000, sweeps = 150000, seed = 1001 })
    local worst, worst_ladder, most, least = 0, 0, 0, math.huge
    for seed = 1, SEEDS do
      local p, seconds = run(k, likelihood, { seed = seed })
      worst = math.max(worst, math.abs(p.log_evidence - long.log_evidence))
      worst_ladder = math.max(worst_ladder, math.abs(p.log_evidence_ladder - long.log_evidence))
      most, least = math.max(most, apart(p)), math.min(least, seconds)
    end
    print(("T(%d) %-7s  %5.2f s (bar %.1f)  long run %.2f +- %.2f (temperatures alone %.2f +- %.2f)"):format(
      k, likelihood, least, 0.7 * k, long.log_evidence, long.log_evidence_error,
      long.log_evidence_ladder, long.log_evidence_ladder_error))
    print(("T(%d) %-7s  %d seeds off by at most %.2f nat (bar 0.5; temperatures alone %.2f), estimators "
      .. "at most %.1f of their errors apart"):format(k, likelihood, SEEDS, worst, worst_ladder, most))
  end
end
