-- Evidence of seven circuits at 60 points, one thread: ln evidence by importance sampling, and what
-- exchange Monte Carlo (stepping stones, thermodynamic integration) and, where it holds, Laplace's
-- approximation differ from it (nat), with stated errors and CPU time. The bar: 0.3 nat, within the
-- errors, at 1 s a circuit. The first argument is the number of spectra a circuit (3).
local m = require "matinf"
local A = m.array

local cases = {
  { "R0-p(R1,C1)", { 10, 100, 1e-5 }, .01 },
  { "R0-p(R1,CPE1)", { 10, 100, 2e-5, .85 }, .01 },
  { "R0-p(R1-Wo1,C1)", { 5, 80, 50, 1, 2e-5 }, .01 },
  { "L1-R1-p(R2,CPE1)", { 1e-7, 5, 100, 1e-5, .8 }, .01 },
  { "R0-p(R1,CPE1)-p(R2,CPE2)", { 10, 60, 1e-6, .9, 150, 1e-3, .8 }, .005 },
  { "R0-p(R1,C1)-p(R2-Wo1,C2)", { 10, 60, 1e-6, 100, 80, 2, 1e-4 }, .01 },
  { "R0-p(R1,CPE1)-p(R2-Wo1,CPE2)", { 10, 60, 1e-6, .9, 100, 80, 2, 1e-4, .9 }, .01 },
}

local f = A.logspace(5, -2, 60)

local function noisy(text, truth, noise, seed)
  local z = m.circuit.parse(text):evaluate(truth, f)
  local generator = m.random.generator { seed = seed }
  local off = generator:normal(60) + generator:normal(60) * A.complex(0, 1)
  return { frequency = f, impedance = z + off * (z:abs() * noise) }
end

m.sys.threads(1)
print(("%-30s %17s %15s %15s %8s %6s %6s"):format("circuit", "importance", "exchange", "integrated",
  "Laplace", "s imp.", "s exch."))
local worst, beyond, all, slowest = 0, 0, 0, 0
for _, case in ipairs(cases) do
  local text, truth, noise = table.unpack(case)
  for seed = 1, tonumber(arg and arg[1] or 3) do
    local data = noisy(text, truth, noise, seed)
    local from = os.clock()
    local one = m.circuit.evidence(text, data, { noise = noise, exchange = false, seed = seed })
    local middle = os.clock()
    local two = m.circuit.evidence(text, data, { noise = noise, draws = 0, seed = seed })
    local to = os.clock()
    local base = one.log_evidence
    local off, err = two.exchange - base, math.sqrt(two.exchange_error ^ 2
      + one.log_evidence_error ^ 2)
    worst, slowest = math.max(worst, math.abs(off)), math.max(slowest, to - middle)
    all, beyond = all + 1, beyond + (math.abs(off) > 2 * err and 1 or 0)
    print(("%-30s %9.3f +- %.3f %6.3f +- %.3f %6.3f +- %.3f %8s %6.2f %6.2f"):format(text, base,
      one.log_evidence_error, off, two.exchange_error, two.integrated - base,
      two.integrated_error, one.laplace_fault and "-" or ("%.3f"):format(one.laplace - base),
      middle - from, to - middle))
  end
end
print(("exchange: at most %.2f nat off, %d of %d beyond 2 standard errors, at most %.2f s"):format(
  worst, beyond, all, slowest))
