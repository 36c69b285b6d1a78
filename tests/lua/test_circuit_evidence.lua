-- circuit.evidence against values by quadrature, and its three estimates against each other.
local lu = require "luaunit"
local m = require "matinf"
local A = m.array

local f = A.logspace(5, -2, 60)

local function noisy(text, truth, noise, seed)
  local z = m.circuit.parse(text):evaluate(truth, f)
  local generator = m.random.generator { seed = seed or 3 }
  local off = generator:normal(60) + generator:normal(60) * A.complex(0, 1)
  return { frequency = f, impedance = z + off * (z:abs() * noise) }
end

-- ln of the integral of the likelihood (known relative noise s) over uniform theta, by the midpoint
-- rule on n x n points of the prior's box.
local function by_quadrature(text, data, s, box, n)
  local circuit = m.circuit.parse(text)
  local weight = data.impedance:abs() * s
  local constant = -2 * m.array.log(weight * math.sqrt(2 * math.pi)):sum()
  local sum, most, values = 0, -math.huge, {}
  local function theta(k, i) return box[k][1] + (i - 0.5) / n * (box[k][2] - box[k][1]) end
  for i = 1, n do
    for j = 1, n do
      local z = circuit:evaluate({ math.exp(theta(1, i)), math.exp(theta(2, j)) }, f)
      local off = (data.impedance - z):abs() / weight
      local value = constant - 0.5 * (off * off):sum()
      values[#values + 1], most = value, math.max(most, value)
    end
  end
  for _, value in ipairs(values) do sum = sum + math.exp(value - most) end
  return most + math.log(sum / n ^ 2)
end

TestEvidence = {}

function TestEvidence.test_two_parameters_by_quadrature()
  local data = noisy("R0-C1", { 10, 1e-3 }, 0.1)
  local prior = { R0 = { 8, 13 }, C1 = { 7e-4, 1.4e-3 } }
  local box = { { math.log(8), math.log(13) }, { math.log(7e-4), math.log(1.4e-3) } }
  local exact = by_quadrature("R0-C1", data, 0.1, box, 120)
  local found = m.circuit.evidence("R0-C1", data, { noise = 0.1, prior = prior })
  lu.assertAlmostEquals(found.laplace, exact, 0.02)
  lu.assertAlmostEquals(found.log_evidence, exact, 5 * found.log_evidence_error + 1e-3)
  lu.assertAlmostEquals(found.exchange, exact, 4 * found.exchange_error)
  lu.assertTrue(found.log_evidence_error < 0.03 and found.exchange_error < 0.2)
end

-- Two equal resistors: a ridge, cut by the box; far from normal.
function TestEvidence.test_a_ridge_by_quadrature()
  local data = noisy("R0-R1", { 10, 3 }, 0.1)
  local prior = { R = { 0.5, 50 } }
  local box = { { math.log(0.5), math.log(50) }, { math.log(0.5), math.log(50) } }
  local exact = by_quadrature("R0-R1", data, 0.1, box, 300)
  local found = m.circuit.evidence("R0-R1", data, { noise = 0.1, prior = prior, exchange = false })
  lu.assertTrue(found.laplace_fault ~= nil)
  lu.assertAlmostEquals(found.log_evidence, exact, 5 * found.log_evidence_error + 0.02)
end

local cases = {
  { "R0-p(R1,CPE1)", { 10, 100, 2e-5, .85 }, .01 },
  { "R0-p(R1,CPE1)-p(R2,CPE2)", { 10, 60, 1e-6, .9, 150, 1e-3, .8 }, .005 },
  { "R0-p(R1-Wo1,C1)", { 5, 80, 50, 1, 2e-5 }, .01 },
  { "L1-R1-p(R2,CPE1)", { 1e-7, 5, 100, 1e-5, .8 }, .01 }, -- L hardly seen: no normal posterior
  { "R0-p(R1,C1)-p(R2-Wo1,C2)", { 10, 60, 1e-6, 100, 80, 2, 1e-4 }, .01 },
}

-- The estimates agree within 0.3 nat, and within their errors.
function TestEvidence.test_estimates_agree()
  for i = 1, os.getenv "MATINF_SOAK" and #cases or 1 do
    local text, truth, noise = table.unpack(cases[i])
    local found = m.circuit.evidence(text, noisy(text, truth, noise), { noise = noise })
    local both = math.sqrt(found.exchange_error ^ 2 + found.log_evidence_error ^ 2)
    local off = math.abs(found.exchange - found.log_evidence)
    lu.assertTrue(off < 0.3 and off < 4 * both, text .. "\n" .. tostring(found))
    lu.assertTrue(found.effective > 300, text)
    lu.assertTrue(found.exchange_error < 0.25, tostring(found))
    if not found.laplace_fault then
      lu.assertAlmostEquals(found.laplace, found.log_evidence, 0.3)
    end
  end
end

function TestEvidence.test_where_laplace_does_not_hold_it_says_so()
  local text, truth, noise = table.unpack(cases[4])
  local found = m.circuit.evidence(text, noisy(text, truth, noise),
    { noise = noise, exchange = false })
  lu.assertTrue(found.laplace_fault ~= nil)
end

-- A prior a hundred times as wide on one well-determined parameter costs ln of the ratio.
function TestEvidence.test_wider_priors_cost_what_they_should()
  local data = noisy("R0-p(R1,C1)", { 10, 100, 1e-5 }, 0.01)
  local function with(high)
    return m.circuit.evidence("R0-p(R1,C1)", data, { noise = 0.01, exchange = false,
      prior = { R1 = { 1, high } } }).log_evidence
  end
  lu.assertAlmostEquals(with(1e3) - with(1e5), math.log(5 / 3), 0.08)
end

-- Noise known with many degrees of freedom is known.
function TestEvidence.test_freedom()
  local data = noisy("R0-p(R1,C1)", { 10, 100, 1e-5 }, 0.01)
  local function with(freedom)
    return m.circuit.evidence("R0-p(R1,C1)", data, { noise = 0.01, exchange = false,
      freedom = freedom }).log_evidence
  end
  lu.assertAlmostEquals(with(1e7), with(math.huge), 0.05)
end

function TestEvidence.test_equal_branches_are_counted()
  local function symmetries(text)
    return m.circuit.evidence(text, noisy("R0-p(R1,C1)", { 10, 100, 1e-5 }, 0.01),
      { noise = 0.01, exchange = false, draws = 0, starts = 2 }).symmetries
  end
  lu.assertEquals(symmetries "R0-p(R1,C1)-p(R2,C2)-p(R3,C3)", 6)
  lu.assertEquals(symmetries "p(R1,C1)-p(C2,R2)", 2)
  lu.assertEquals(symmetries "p(R1-p(R2,C2),R3-p(R4,C4))-C1", 2)
  lu.assertEquals(symmetries "R0-p(R1,CPE1)-p(R2,C2)", 1)
end

function TestEvidence.test_threads_do_not_matter()
  local data = noisy("R0-p(R1,CPE1)", { 10, 100, 2e-5, .85 }, 0.01)
  local options = { circuits = { "R0-p(R1,CPE1)", "R0-p(R1,C1)", "R0-p(R1-W1,CPE1)" },
    criterion = "importance" }
  m.sys.threads(1)
  local one = m.circuit.select(data, options)
  m.sys.threads(2)
  local two = m.circuit.select(data, options)
  for i, row in ipairs(one.rows) do lu.assertTrue(row.log_evidence == two.rows[i].log_evidence) end
end

-- ---- selection by evidence ---------------------------------------------------------------------

TestSelection = {}

local three = { "R0-p(R1,CPE1)", "R0-p(R1,C1)", "R0-p(R1-W1,CPE1)" }

function TestSelection.test_all_criteria_in_one_table()
  local data = noisy("R0-p(R1,CPE1)", { 10, 100, 2e-5, .85 }, 0.01)
  local s = m.circuit.select(data, { circuits = three, evidence = "exchange", sweeps = 2000 })
  local t = s:table()
  for _, name in ipairs { "aic", "aicc", "bic", "waic", "wbic", "laplace", "importance",
    "exchange" } do
    lu.assertAlmostEquals(t:column("p " .. name):sum(), 1, 1e-12)
    lu.assertEquals(t:column "circuit"[1], three[1])
  end
  lu.assertTrue(s.rows[1].misfit > 0.8 and s.rows[1].misfit < 1.2) -- in units of the Lin-KK noise
  lu.assertStrContains(s:answer(), "Prior: C ")
  local store = require "matinf.store"
  lu.assertEquals(tostring(store.from_store(store.to_store(s))), tostring(s))
end

function TestSelection.test_several_spectra_together()
  local list = {}
  for seed = 1, 3 do
    list[seed] = noisy("R0-p(R1,CPE1)", { 10, 50 * seed, 2e-5, .85 }, 0.01, seed)
  end
  local s = m.circuit.select(list, { circuits = three, criterion = "importance" })
  local sum = 0
  for _, part in ipairs(s.parts) do
    for _, row in ipairs(part.rows) do
      if tostring(row.circuit) == three[1] then sum = sum + row.log_evidence end
    end
  end
  lu.assertAlmostEquals(s.rows[1].log_evidence, sum, 1e-9)
  lu.assertEquals(tostring(s.rows[1].circuit), three[1])
  lu.assertStrContains(s:answer(), "3 spectra")
end

function TestSelection.test_bad_input_names_what_is_wrong()
  local data = noisy("R0-p(R1,CPE1)", { 10, 100, 2e-5, .85 }, 0.01)
  local function message(options)
    local _, err = m.try(m.circuit.evidence, "R0-p(R1,CPE1)", data, options)
    return err.message
  end
  lu.assertStrContains(message { prior = { R9 = { 1, 2 } } }, "no circuit has a parameter or kind")
  lu.assertStrContains(message { prior = { R0 = { 2, 1 } } }, "prior.R0")
  lu.assertStrContains(message { noise = -1 }, "noise")
  lu.assertStrContains(message { weight = "unit" }, "needs the option noise")
  lu.assertStrContains(message { sweeps = 50 }, "sweeps")
end

os.exit(lu.LuaUnit.run())
