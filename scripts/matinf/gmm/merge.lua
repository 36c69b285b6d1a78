-- How many peaks, by merging and splitting: from a fit of many, two neighbours are made one, or a
-- peak is left out, or the broadest and worst described are made two, as long as the evidence
-- rises; each try is fitted to the end. The evidence is Laplace's by BIC: -BIC / 2 with n the sum
-- of the weights (counts), so that a split must be worth its three parameters.
--
-- A prior on shares with deterministic annealing (Matsumura et al., STAM-Methods 4, 2373046
-- (2024)) can leave twins, two peaks where one is enough, and can lose weak peaks while it is hot:
-- here twins are merged since that costs no likelihood, and a weak peak stays while its likelihood
-- pays for it.

local M = {}

local GAIN = 1e-6 -- of BIC, that is no rounding

local VALUES = { "mu", "sigma", "pi", "eta", "skew" }

-- The peaks by rising position.
local function rows_of(fit)
  local rows = {}
  for i = 1, fit.k do
    rows[i] = {}
    for _, name in ipairs(VALUES) do rows[i][name] = fit[name][i] end
  end
  table.sort(rows, function(a, b) return a.mu < b.mu end)
  return rows
end

local function start_of(rows, fit)
  local start, total, rest = {}, 0, 0
  for _, name in ipairs(VALUES) do start[name] = {} end
  table.sort(rows, function(a, b) return a.mu < b.mu end)
  if fit.background ~= "none" then
    start.background = fit.background_pi:totable()
    for _, share in ipairs(start.background) do rest = rest + share end
  end
  for _, row in ipairs(rows) do total = total + row.pi end
  for i, row in ipairs(rows) do
    for _, name in ipairs(VALUES) do start[name][i] = row[name] end
    start.pi[i] = total > 0 and row.pi * (1 - rest) / total or (1 - rest) / #rows
  end
  return start
end

-- One peak with the share, mean and variance of two.
local function merged(a, b)
  local pi = a.pi + b.pi
  local wa = pi > 0 and a.pi / pi or 0.5
  local mu = wa * a.mu + (1 - wa) * b.mu
  local variance = wa * (a.sigma ^ 2 + (a.mu - mu) ^ 2) + (1 - wa) * (b.sigma ^ 2 + (b.mu - mu) ^ 2)
  return { pi = pi, mu = mu, sigma = math.sqrt(variance), eta = wa * a.eta + (1 - wa) * b.eta,
    skew = wa * a.skew + (1 - wa) * b.skew }
end

-- Two peaks with the share, mean and variance of one.
local function halves(a)
  local function half(sign)
    return { pi = a.pi / 2, mu = a.mu + sign * 0.7 * a.sigma, sigma = 0.7 * a.sigma, eta = a.eta,
      skew = a.skew }
  end
  return half(-1), half(1)
end

local function without(rows, i, instead)
  local list = {}
  for j, row in ipairs(rows) do
    if j ~= i then list[#list + 1] = row end
  end
  for _, row in ipairs(instead or {}) do list[#list + 1] = row end
  return list
end

-- Every merger of neighbours and every omission; or every split.
local function fewer(rows)
  local list = {}
  for i = 1, #rows do
    if i < #rows then
      list[#list + 1] = without(without(rows, i + 1), i, { merged(rows[i], rows[i + 1]) })
    end
    list[#list + 1] = without(rows, i)
  end
  return list
end

local function more(rows)
  local list = {}
  for i, row in ipairs(rows) do list[i] = without(rows, i, { halves(row) }) end
  return list
end

-- The best of fits from these lists of rows, if it betters the one so far.
local function better(fit, lists, refit, bic)
  local best, lowest = nil, bic(fit) - GAIN
  for _, rows in ipairs(lists) do
    local other = refit(start_of(rows, fit))
    if bic(other) < lowest then best, lowest = other, bic(other) end
  end
  return best
end

--- Merges and splits the peaks of a fit. refit(start) fits from a start.
function M.run(fit, most, refit)
  local function bic(f) return f.parameters * math.log(f.weight) - 2 * f.log_likelihood end
  for _ = 1, 4 * most do
    local next_one = fit.k > 1 and better(fit, fewer(rows_of(fit)), refit, bic)
      or fit.k < most and better(fit, more(rows_of(fit)), refit, bic)
    if not next_one then break end
    fit = next_one
  end
  return fit
end

return M
