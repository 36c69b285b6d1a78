-- Fits and selection of circuits: five cases from impedance.py's starts on one thread, the coin
-- cell as a batch, the exhaustive search. Baseline: impedance.py on the same machine where
-- IMPEDANCE_PY_MS holds its five times in ms; otherwise those measured on a Zen 5, one thread.
local m = require "matinf"

local folder = "../shared/data/impedance/"
if not m.sys.exists(folder .. "exampleData.csv") then
  print "circuits: no data"
  os.exit(0)
end

local function rows(path)
  local list = {}
  for line in io.lines(path) do
    local row = {}
    for x in line:gmatch "[^,%s]+" do row[#row + 1] = tonumber(x) end
    if #row >= 3 then list[#list + 1] = row end
  end
  return list
end

local function spectrum(list, f, wanted)
  local frequency, z = {}, {}
  for _, row in ipairs(list) do
    if wanted(row) then
      frequency[#frequency + 1] = row[f]
      z[#z + 1] = m.array.complex(row[f + 1], row[f + 2])
    end
  end
  return { frequency = m.array(frequency), impedance = m.array(z) }
end

local example = spectrum(rows(folder .. "exampleData.csv"), 1, function(r) return r[3] < 0 end)
local cells = rows(folder .. "coin_cell_cycles.csv")
local function cell(cycle) return spectrum(cells, 2, function(r) return r[1] == cycle end) end

local function best(f, rounds)
  local least = math.huge
  for _ = 1, rounds do
    local start = os.clock()
    f()
    least = math.min(least, os.clock() - start)
  end
  return least
end

m.sys.threads(1)
local coin = "R0-CPE0-p(R1,CPE1)-p(R2,CPE2)"
local cases = {
  { "7 parameters, unit", "R0-p(R1,C1)-p(R2-Wo1,C2)", example, "unit",
    { .01, .01, 100, .01, .05, 100, 1 }, 1.94275004371e-05, 69.8 },
  { "7 parameters, modulus", "R0-p(R1,C1)-p(R2-Wo1,C2)", example, "modulus",
    { .01, .01, 100, .01, .05, 100, 1 }, 0.0200216029095, 160.2 },
  { "5 parameters, unit", "R0-p(R1-Wo1,C1)", example, "unit", { .01, .01, .05, 100, 1 },
    0.000120502642386, 47.0 },
  { "9 parameters, coin cell 0", coin, cell(0), "modulus", { .1, 10, .8, 1, .1, .8, .3, .1, .9 },
    0.0060887216415, 157.1 },
  { "9 parameters, coin cell 60", coin, cell(60), "modulus", { .1, 10, .8, 1, .1, .8, .3, .1, .9 },
    0.00228286995016, 116.3 },
}
local measured = {}
for x in (os.getenv "IMPEDANCE_PY_MS" or ""):gmatch "[%d.]+" do
  measured[#measured + 1] = tonumber(x)
end
local product = 1
for i, case in ipairs(cases) do
  local name, circuit, data, weight, start, ssr, peer = table.unpack(case)
  circuit, peer = m.circuit.parse(circuit), measured[i] or peer
  local fit
  local seconds = best(function()
    for _ = 1, 20 do fit = m.circuit.fit(circuit, data, { weight = weight, start = start }) end
  end, 20) / 20
  product = product * peer * 1e-3 / seconds
  print(("%-28s %8.1f us  %8.0f x faster than impedance.py (%.0f ms)  SSR %.12g, %.1e off"):format(
    name, seconds * 1e6, peer * 1e-3 / seconds, peer, fit.ssr, fit.ssr / ssr - 1))
end
print(("geometric mean %.0f x"):format(product ^ (1 / #cases)))

local batch = {}
for cycle = 0, 125, 5 do batch[#batch + 1] = cell(cycle) end
local parsed = m.circuit.parse(coin)
local seconds = best(function()
  local start = { .1, 10, .8, 1, .1, .8, .3, .1, .9 }
  for _, one in ipairs(batch) do start = m.circuit.fit(parsed, one, { start = start }).values end
end, 10)
print(("%d spectra of the coin cell, each from the last: %.2f ms"):format(#batch, seconds * 1e3))

m.sys.threads(2)
for most = 4, 5 do
  local from = m.sys.time()
  local s = m.circuit.select(example, { elements = { "R", "C", "L", "CPE", "W" },
    max_elements = most })
  print(("%d circuits of up to %d elements, 10 starts, 2 threads: %.2f s"):format(s.compared, most,
    m.sys.time() - from))
end
