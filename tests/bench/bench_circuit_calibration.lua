-- Are the probabilities of circuit.select those of the truth? Spectra are drawn from what it
-- assumes: one of seven circuits, each as probable; its parameters from the declared prior; 36
-- frequencies from 10 kHz to 1 mHz; normal noise of 0.1 % or 1 % of |Z| on either part. Then
--
--   log score   mean of ln p(true circuit)
--   coverage    how often the 90 % set holds the true circuit: circuits by falling p until the sum
--               is 0.9, the last one with the probability that makes the sum 0.9 (randomised,
--               since sets that reach 0.9 hold more): 88 to 92 % is asked for
--   error       expected calibration error of the most probable circuit's p, 10 bins of equal width:
--               at most 0.03 is asked for
--
-- Arguments: spectra a level of noise (20), a file to which results are added and from which the
-- run resumes (none), the level to run (both). Seed 2026; spectrum i of a level is the same in any
-- run. The first 60 of either level were looked at while the evidence was mended.
local m = require "matinf"
local A = m.array

local circuits = { "R0-p(R1,C1)", "R0-p(R1,CPE1)", "L1-R0-p(R1,CPE1)", "R0-p(R1-W1,C1)",
  "R0-p(R1-W1,CPE1)", "R0-p(R1,C1)-p(R2,C2)", "R0-p(R1,CPE1)-p(R2,CPE2)" }
local prior = { R = { 1, 1e3 }, C = { 1e-7, 1e-2 }, L = { 1e-7, 1e-4 }, CPE_Q = { 1e-6, 1e-2 },
  CPE_a = { 0.6, 1 }, W = { 1, 1e3 } }
local levels, SEED, LEVEL, DRAWS, STARTS = { 0.001, 0.01 }, 2026, 0.9, 1000, 40
local f = A.logspace(4, -3, 36)

-- ---- one spectrum ------------------------------------------------------------------------------

local function drawn(text, generator)
  local circuit, p = m.circuit.parse(text), {}
  for k, name in ipairs(circuit.names) do
    local key = name:gsub("%d", "")
    local range, u = prior[key], generator:uniform()
    p[k] = key == "CPE_a" and range[1] + u * (range[2] - range[1])
      or range[1] * (range[2] / range[1]) ^ u
  end
  return circuit:evaluate(p, f)
end

-- p of the true circuit and of the most probable one, whether this is true, whether the set holds
-- the true one, and CPU time (s)
local function judge(item, noise)
  local stream = item * #levels + (noise > 0.005 and 1 or 0)
  local generator = m.random.generator { seed = SEED, item = stream }
  local truth = circuits[1 + math.floor(generator:uniform() * #circuits)]
  local z = drawn(truth, generator)
  local off = generator:normal(#f) + generator:normal(#f) * A.complex(0, 1)
  local last, from = generator:uniform(), os.clock()
  local s = m.circuit.select({ frequency = f, impedance = z + off * (z:abs() * noise) },
    { circuits = circuits, criterion = "importance", noise = noise, prior = prior, seed = item,
      draws = DRAWS, thorough_starts = STARTS })
  local seconds, sum, p_true, inside = os.clock() - from, 0, 0, false
  for _, row in ipairs(s.rows) do
    local p, held = row.probability, false
    if sum < LEVEL then held = sum + p <= LEVEL or last < (LEVEL - sum) / p end
    sum = sum + p
    if tostring(row.circuit) == truth then p_true, inside = p, held end
  end
  local best = s.rows[1]
  return { noise, item, p_true, best.probability, tostring(best.circuit) == truth and 1 or 0,
    inside and 1 or 0, seconds }
end

-- ---- all ---------------------------------------------------------------------------------------

-- The calibration error of so many results were all probabilities right: few results have one, too.
local function floor_of(results)
  local generator, total, rounds = m.random.generator { seed = 1 }, 0, 200
  for _ = 1, rounds do
    local off = {}
    for _, r in ipairs(results) do
      local bin = math.min(10, 1 + math.floor(10 * r[4]))
      off[bin] = (off[bin] or 0) + r[4] - (generator:uniform() < r[4] and 1 or 0)
    end
    for _, sum in pairs(off) do total = total + math.abs(sum) / #results / rounds end
  end
  return total
end

local function summary(results)
  local n, score, covered, seconds, bins = #results, 0, 0, 0, {}
  for b = 1, 10 do bins[b] = { n = 0, p = 0, right = 0 } end
  for _, r in ipairs(results) do
    score, covered, seconds = score + math.log(math.max(r[3], 1e-300)), covered + r[6],
      seconds + r[7]
    local bin = bins[math.min(10, 1 + math.floor(10 * r[4]))]
    bin.n, bin.p, bin.right = bin.n + 1, bin.p + r[4], bin.right + r[5]
  end
  local err = 0
  for _, bin in ipairs(bins) do err = err + math.abs(bin.p - bin.right) / n end
  print(("noise %g: %d spectra, log score %.4f, 90 %% sets hold %.2f %% (+- %.2f), calibration "
    .. "error %.4f (%.4f if all were right), %.3f s each"):format(results[1][1], n, score / n, 100 * covered / n,
    100 * math.sqrt(covered / n * (1 - covered / n) / n), err,
    floor_of(results), seconds / n))
  for b, bin in ipairs(bins) do
    if bin.n > 0 then
      print(("  p %.1f to %.1f: %5d spectra, mean p %.3f, right %.3f"):format((b - 1) / 10, b / 10,
        bin.n, bin.p / bin.n, bin.right / bin.n))
    end
  end
end

local wanted, path, only = tonumber(arg and arg[1] or 20), arg and arg[2], tonumber(arg and arg[3])
m.sys.threads(1)
local known = {}
if path and m.sys.exists(path) then
  for line in io.lines(path) do
    local r = {}
    for word in line:gmatch "%S+" do r[#r + 1] = tonumber(word) end
    known[r[1] .. " " .. math.tointeger(r[2])] = r
  end
end
for _, noise in ipairs(levels) do
  local results = {}
  for item = 1, (only == nil or only == noise) and wanted or 0 do
    local r = known[noise .. " " .. item]
    if not r then
      r = judge(item, noise)
      if path then
        local out = assert(io.open(path, "a"))
        out:write(("%g %d %.17g %.17g %d %d %.6f\n"):format(table.unpack(r)))
        out:close()
      end
    end
    results[item] = r
  end
  if #results > 0 then summary(results) end
end
