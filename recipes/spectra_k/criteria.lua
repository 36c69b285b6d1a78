-- The criteria that are compared. Each gives a score to a number of peaks; the lowest is taken.

local m = require "matinf"

local M = {}

-- Counts split into two halves: each is fitted, and judged by the other.
local function held_out(set, k, options)
  local trials = set.y:astype "i64"
  local first = m.random.generator { seed = options.seed, stage = "held out" }
    :binomial(nil, { trials = trials, p = 0.5 }):astype "f64"
  local halves, total = { first, set.y - first }, 0
  for i = 1, 2 do
    local fit = m.gmm.fit(set.x, halves[i], { k = k, background = "constant", seed = options.seed })
    local mean = (fit:evaluate(set.x):sum(2) + fit:background_at(set.x)):clip(1e-6, math.huge)
    total = total + (halves[3 - i] * mean:log() - mean):sum()
  end
  return -2 * total
end

M.names = { "AIC", "AICc", "BIC", "held-out counts", "WAIC", "WBIC", "free energy" }

--- Scores by name of k peaks for one spectrum { x, y }.
function M.scores(set, k, options)
  local fit = m.gmm.fit(set.x, set.y, { k = k, background = "constant", seed = options.seed })
  local sweeps = options.sweeps
  local posterior = m.gmm.sample(set.x, set.y, { k = k, background = true, seed = options.seed,
    replicas = options.replicas, sweeps = sweeps, burn_in = math.max(100, sweeps // 400 * 100) })
  return { ["AIC"] = fit.aic, ["AICc"] = fit.aicc, ["BIC"] = fit.bic,
    ["held-out counts"] = held_out(set, k, options), ["WAIC"] = posterior.waic,
    ["WBIC"] = 2 * posterior.wbic, ["free energy"] = -2 * posterior.log_evidence }
end

--- The number of peaks that each criterion takes, of 1 to most: a list in the order of the names.
function M.choices(set, most, options)
  local lowest, chosen = {}, {}
  for k = 1, most do
    local scores = M.scores(set, k, options)
    for i, name in ipairs(M.names) do
      if k == 1 or scores[name] < lowest[i] then lowest[i], chosen[i] = scores[name], k end
    end
  end
  return chosen
end

return M
