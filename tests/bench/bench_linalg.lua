-- Dense linear algebra: the tiled Cholesky on one and all threads, and matmul, against the rate of
-- OpenBLAS's own matmul on one thread; and the LAPACK wrappers.
local m = require "matinf"
local linalg, sys = m.linalg, m.sys

local function best_of(n, f, ...)
  local best = math.huge
  for _ = 1, n do
    collectgarbage()
    local begin = sys.time()
    f(...)
    best = math.min(best, sys.time() - begin)
  end
  return best
end

local function matrix(n) -- of full rank
  return m.array.sin(m.array.arange(n * n) ^ 2):reshape { n, n }
end

local function report(name, seconds, flops, rate)
  print(("%-28s %8.4f s  %4.0f MB%s"):format(name, seconds, sys.memory_peak() / 1e6, flops and
    ("  %5.1f GFlop/s, %.2f of matmul on one thread"):format(
      flops / seconds / 1e9, flops / seconds / rate) or ""))
end

local all = sys.threads()
local n = 1500
local a = matrix(n)
local spd = linalg.matmul(a, a:transpose()) + m.array.eye(n) * n

sys.threads(1)
local rate = 2 * n ^ 3 / best_of(3, linalg.matmul, a, a)
for _, threads in ipairs { 1, all } do
  sys.threads(threads)
  local on = (", %d thread%s"):format(threads, threads > 1 and "s" or "")
  report("matmul 1500" .. on, best_of(3, linalg.matmul, a, a), 2 * n ^ 3, rate)
  report("cholesky 1500" .. on, best_of(3, linalg.cholesky, spd), n ^ 3 / 3, rate)
end
local small = spd[{ { 1, 16 }, { 1, 16 } }]:copy()
report("cholesky 16 (1000 times)", best_of(3, function()
  for _ = 1, 1000 do linalg.cholesky(small) end
end), 1000 * 16 ^ 3 / 3, rate)
local b = matrix(400)
report("solve 400", best_of(3, linalg.solve, b + m.array.eye(400) * 20, b), 8 / 3 * 400 ^ 3, rate)
report("eigh 400", best_of(3, linalg.eigh, b + b:transpose()))
report("svd 400", best_of(3, linalg.svd, b))
