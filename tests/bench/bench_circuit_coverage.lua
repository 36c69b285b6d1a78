-- How often 68.27 % intervals (value +- standard error) hold the truth: three circuits, noise
-- relative to |Z|, 0.5 % on either part, 60 points, seed 1. 66.5 to 69.5 % is expected over 10,000 intervals.
local m = require "matinf"

local truths = {
  ["R0-p(R1,C1)-p(R2,C2)"] = { 10, 50, 1e-5, 100, 1e-3 },
  ["R0-p(R1,CPE1)-W1"] = { 5, 80, 2e-5, 0.85, 20 },
  ["R0-p(R1,CPE1)-p(R2,CPE2)"] = { 10, 60, 1e-6, 0.9, 150, 1e-3, 0.8 },
}

local f = m.array.logspace(5, -2, 60)
local i_unit = m.array.complex(0, 1)
local inside, all = 0, 0
for text, truth in pairs(truths) do
  local circuit = m.circuit.parse(text)
  local z, here, count = circuit:evaluate(truth, f), 0, 0
  local generator = m.random.generator { seed = 1, item = #text }
  for _ = 1, 800 do
    local noise = generator:normal(60) + generator:normal(60) * i_unit
    local fit = m.circuit.fit(circuit, { frequency = f, impedance = z + noise * (z:abs() * 5e-3) },
      { start = truth })
    for k = 1, #truth do
      count = count + 1
      if math.abs(fit.values[k] - truth[k]) <= fit.errors[k] then here = here + 1 end
    end
  end
  print(("%-28s %5d intervals cover %.2f %%"):format(text, count, 100 * here / count))
  inside, all = inside + here, all + count
end
print(("all: %d intervals cover %.2f %%"):format(all, 100 * inside / all))
