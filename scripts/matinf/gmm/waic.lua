-- The widely applicable information criterion of posterior samples (S. Watanabe, J. Mach. Learn.
-- Res. 11, 3571 (2010)), on the scale of -2 log likelihood:
--
--     WAIC = -2 sum_i (log < p(y_i | q) > - Var log p(y_i | q))
--
-- over the posterior of q; the variances are its effective number of parameters. For counts p is
-- without the factor 1 / y!, which no model changes.

local M = {}

local BLOCK = 2 ^ 21 -- numbers held at once

-- Means of the intensities [s x n] at x under each sample.
local function intensities(p, x)
  local m = require "matinf"
  local s, n = p.mu.shape[1], #x
  local total = m.array.zeros(s, n)
  if p.base then total = total + p.base:reshape { s, 1 } end
  local half = math.sqrt(2 * math.log(2)) -- of the Lorentzian, in sigma
  for j = 1, p.k do
    local function column(name) return p[name][{ {}, j }]:copy():reshape { s, 1 } end
    local area, sigma = column "area", column "sigma"
    local t = (x:reshape { 1, n } - column "mu") / sigma
    local gauss = (t * t * -0.5):exp() * (1 / math.sqrt(2 * math.pi))
    if p.eta then
      local lorentz = ((t / half) ^ 2 + 1) ^ -1 * (1 / (math.pi * half))
      gauss = gauss + column "eta" * (lorentz - gauss)
    end
    total = total + area / sigma * gauss
  end
  return total
end

-- log p [s x n] of each point under each sample.
local function pointwise(p, x, y, noise)
  local row = y:reshape { 1, #y }
  local mean = intensities(p, x)
  if p.likelihood == "normal" then
    local sd = p.noise and p.noise:reshape { #p.noise, 1 } or noise
    local off = (row - mean) / sd
    local size = p.noise and sd:log() or math.log(sd)
    return off * off * -0.5 - size - 0.5 * math.log(2 * math.pi)
  end
  mean = mean:clip(1e-6 * noise, math.huge)
  return (row * mean:log() - mean) / noise
end

-- Sum of the criterion over points.
local function sum_over(log_p)
  local m = require "matinf"
  local top = log_p:max(1)
  local predictive = (log_p - top:reshape { 1, #top }):exp():mean(1):log() + top
  local variance = log_p:var(1)
  return predictive:sum(), variance:sum()
end

--- WAIC of a posterior for the data it was sampled from, and its effective number of parameters.
function M.of(p, x, y, noise)
  local block, n = math.max(1, BLOCK // p.mu.shape[1]), #x
  local predictive, effective = 0, 0
  for from = 1, n, block do
    local part = { { from, math.min(n, from + block - 1) } }
    local a, b = sum_over(pointwise(p, x[part]:copy(), y[part]:copy(), noise))
    predictive, effective = predictive + a, effective + b
  end
  return -2 * (predictive - effective), effective
end

return M
