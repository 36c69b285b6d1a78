-- circuit: strings in three notations and the values of the elements.
local lu = require "luaunit"
local m = require "matinf"

local function message(...)
  local _, err = m.try(...)
  return err and err.message
end

-- ---- element values: the test vectors of impedance.py ------------------------------------------

TestElements = {}

-- parameters are the first of 0.1, 0.2, 0.3, 0.4; f = 1e-3, 1, 1e3
local function check(name, f, re, im, tolerance)
  local element = m.circuit.parse(name .. "1")
  local p = {}
  for k = 1, #element.names do p[k] = k / 10 end
  local z = element:evaluate(p, { f })[1]
  lu.assertTrue(math.abs(z.re - re) + math.abs(z.im - im) < tolerance * math.sqrt(re ^ 2 + im ^ 2),
    ("%s: %.17g %.17g"):format(name, z.re, z.im))
end

-- The values as the peer's own tests give them, with the digits they have there.
function TestElements.test_reference_values()
  check("R", 1, 0.1, 0, 1e-15)
  check("C", 1, 0, -1.5915494309189535, 1e-12)
  check("L", 1, 0, 0.628319, 1e-6)
  check("W", 1, 0.03989423, -0.03989423, 1e-7)
  check("Wo", 1e-3, 0.033333332999112786, -79.57747433847442, 1e-12)
  check("Wo", 1, 0.03300437046673635, -0.08232866785870396, 1e-12)
  check("Wo", 1e3, 0.0019947114020071634, -0.0019947114020071634, 1e-12)
  check("Ws", 1, 0.08327519, -0.0333838167, 1e-7)
  check("CPE", 1e-3, 26.216236841407248, -8.51817171087997, 1e-12)
  check("CPE", 1, 6.585220960717244, -2.139667994182814, 1e-12)
  check("La", 1, 0.86664712, 0.28159072, 1e-8)
  check("G", 1, 0.07107755021941357, -0.03427465211788068, 1e-12)
  check("Gs", 1e-3, 0.3432733166533134, -0.00041895248193532704, 1e-12)
  check("Gs", 1, 0.1391819314527732, -0.16248466787637972, 1e-12)
  check("TLMQ", 1, 2.6000937, -1.30789949, 1e-8)
  check("T", 1, 0.0156037, -0.114062, 1e-5)
  check("K", 1, 0.038772663673915, -0.048723166143232, 1e-12)
  check("Zarc", 1, 0.04818879, -0.01198904, 2e-7)
end

-- The definitions themselves, in complex arithmetic that needs no care at these values.
local I = m.array.complex(0, 1)
local function exp(z) return m.array.complex(math.cos(z.im), math.sin(z.im)) * math.exp(z.re) end
local function power(z, a)
  return m.array.complex(math.cos(a * z:arg()), math.sin(a * z:arg())) * z:abs() ^ a
end
local function root(z) return power(z, 0.5) end
local function coth(q) return (exp(q) + exp(-q)) / (exp(q) - exp(-q)) end
local function sinh(q) return (exp(q) - exp(-q)) / 2 end

local definitions = {
  R = function(_, R) return m.array.complex(R, 0) end,
  C = function(s, C) return 1 / (s * C) end,
  L = function(s, L) return s * L end,
  W = function(s, A) return A * (1 - I) / math.sqrt(s.im) end,
  CPE = function(s, Q, a) return 1 / (Q * power(s, a)) end,
  La = function(s, L, a) return power(s * L, a) end,
  Wo = function(s, Z0, tau) return Z0 * coth(root(s * tau)) / root(s * tau) end,
  Ws = function(s, Z0, tau) return Z0 / (coth(root(s * tau)) * root(s * tau)) end,
  Woa = function(s, Z0, tau, a) return Z0 * coth(power(s * tau, a)) / power(s * tau, a) end,
  Wsa = function(s, Z0, tau, a) return Z0 / (coth(power(s * tau, a)) * power(s * tau, a)) end,
  K = function(s, R, tau) return R / (1 + s * tau) end,
  Zarc = function(s, R, tau, g) return R / (1 + power(s * tau, g)) end,
  G = function(s, R, tau) return R / root(1 + s * tau) end,
  Ga = function(s, R, tau, n) return R / power(1 + s * tau, n) end,
  H = function(s, R, tau, a, b) return R / power(1 + power(s * tau, a), b) end,
  Gs = function(s, R, tau, phi) return R * coth(phi * root(1 + s * tau)) / root(1 + s * tau) end,
  TLMQ = function(s, R, Q, g)
    local Zs = 1 / (Q * power(s, g))
    return root(R * Zs) * coth(root(R / Zs))
  end,
  T = function(s, A, B, a, b)
    local q = root(a + s * b)
    return A * coth(q) / q + B / (q * sinh(q))
  end,
}

function TestElements.test_every_element_follows_its_definition()
  for _, element in ipairs(m.circuit.elements()) do
    local p = {}
    for k = 1, #element do p[k] = k / 10 end
    for _, f in ipairs { 1e-3, 1, 1e3 } do
      local s = m.array.complex(0, 2 * math.pi * f)
      local z = definitions[element.symbol](s, table.unpack(p))
      if z:abs() == z:abs() and z:abs() < math.huge then
        check(element.symbol, f, z.re, z.im, 1e-12)
      end
    end
  end
end

function TestElements.test_no_overflow_far_from_the_window()
  local z = m.circuit.parse "Wo1":evaluate({ 1, 1 }, { 1e-6, 1e15 })
  lu.assertAlmostEquals(z[1].re, 1 / 3, 1e-9)
  lu.assertAlmostEquals(z[2].re * math.sqrt(2 * math.pi * 1e15) * math.sqrt(2), 1, 1e-12)
  z = m.circuit.parse "Ws1":evaluate({ 1, 1 }, { 1e-3 })
  lu.assertAlmostEquals(z[1].im, -2 * math.pi * 1e-3 / 3, 1e-7)
end

-- ---- strings -----------------------------------------------------------------------------------

TestStrings = {}

function TestStrings.test_notations_are_told_apart()
  local function read(text) return m.circuit.parse(text):write "cdc":gsub("{[^}]*}", "") end
  lu.assertEquals(read "R0-p(R1,C1)-p(R2-Wo1,C2)", "R(RC)([RWo]C)")
  lu.assertEquals(read "R(RC)([RW]Q)", "R(RC)([RW]Q)")
  lu.assertEquals(read "R1-[C2,R3-[C4,P5]]", "R(C[R(CQ)])")
  lu.assertEquals(read "R0", "R")
  lu.assertEquals(read " R_0 - p( C1 , R1 ) ", "R(CR)")
  lu.assertEquals(read "[R[RC]]", "RRC")
end

function TestStrings.test_values_limits_and_fixed_marks()
  local c = m.circuit.parse "!V=1!R{R=100/50%/1e4}(Q{Y=2e-6f,n=0.9/0.5/1:CPE7}[RW{Y=0.5/0.1/2}])"
  local q = c.tree[2][1]
  lu.assertEquals(c.tree[1].lower, { 50 })
  lu.assertEquals(c.tree[1].upper, { 1e4 })
  lu.assertEquals({ q.name, q.values, q.fixed[1] }, { "CPE7", { 2e-6, 0.9 }, true })
  local w = c.tree[2][2][2]
  lu.assertAlmostEquals(w.values[1], 1 / (math.sqrt(2) * 0.5), 1e-15)
  lu.assertAlmostEquals(w.lower[1], 1 / (math.sqrt(2) * 2), 1e-15)
  lu.assertAlmostEquals(w.upper[1], 1 / (math.sqrt(2) * 0.1), 1e-14)
end

function TestStrings.test_finite_diffusion_of_the_code_has_our_values()
  local Y, B, f = 3e-3, 2, 0.7
  local s = m.array.complex(0, 2 * math.pi * f)
  local z = coth(root(s * B)) / root(s * Y)
  local wo = m.circuit.parse(("Wo{Y=%g,B=%g}"):format(Y, B))
  local got = wo:evaluate(wo.tree.values, { f })[1]
  lu.assertTrue((got - z):abs() < 1e-12 * z:abs())
  local n = 0.4
  z = coth(power(s * B, n)) / power(s * Y, n)
  wo = m.circuit.parse(("Wo{Y=%g,B=%g,n=%g}"):format(Y, B, n))
  got = wo:evaluate(wo.tree.values, { f })[1]
  lu.assertTrue((got - z):abs() < 1e-12 * z:abs())
  z = 1 / (Y * power(5 + s, n))
  local g = m.circuit.parse(("G{Y=%g,k=5,n=%g}"):format(Y, n))
  got = g:evaluate(g.tree.values, { f })[1]
  lu.assertTrue((got - z):abs() < 1e-12 * z:abs())
end

-- A random tree of up to n elements, every second with values.
local function grow(random, symbols, n, kind)
  local tree = require "matinf.circuit.tree"
  if n == 1 then
    local node = tree.element(symbols[random(#symbols)])
    local stated = random(2) == 1 or #tree.by_symbol[node.kind] > 1
    for k, p in ipairs(tree.by_symbol[node.kind]) do
      if stated then
        node.values[k] = p.exponent and 0.3 + 0.7 * random() or 10 ^ (random() * 12 - 6)
        if random(3) == 1 then node.lower[k] = node.values[k] / 2 end
        if random(3) == 1 then node.upper[k] = node.values[k] * 1.5 end
        if random(3) == 1 then node.fixed[k] = true end
      end
    end
    return node
  end
  local first = random(n - 1)
  local other = kind == "series" and "parallel" or "series"
  return tree.connect(kind, { grow(random, symbols, first, other),
    grow(random, symbols, n - first, other) })
end

local function same_value(a, b)
  if a == nil or b == nil then return a == b end
  return a == b or math.abs(a - b) <= 1e-13 * math.abs(a)
end

local function same_tree(a, b)
  if a.kind ~= b.kind or #a ~= #b then return false end
  for i = 1, #a do if not same_tree(a[i], b[i]) then return false end end
  if not a.values then return true end
  for k = 1, 4 do
    if not (same_value(a.values[k], b.values[k]) and same_value(a.lower[k], b.lower[k])
        and same_value(a.upper[k], b.upper[k]) and a.fixed[k] == b.fixed[k]) then return false end
  end
  return a.name == b.name
end

function TestStrings.test_ten_thousand_circuits_survive_the_way_through_the_notations()
  local tree = require "matinf.circuit.tree"
  local generator = m.random.generator { seed = 1 }
  local function random(n)
    local u = generator:uniform()
    return n and 1 + math.floor(u * n) or u
  end
  local all = {}
  for i, element in ipairs(m.circuit.elements()) do all[i] = element.symbol end
  for i = 1, 10000 do
    local symbols = i % 2 == 0 and all or { "R", "C", "L", "CPE" }
    local c = tree.new(grow(random, symbols, random(12), i % 4 < 2 and "series" or "parallel"))
    local python = tostring(c)
    lu.assertEquals(tostring(m.circuit.parse(python)), python)
    lu.assertEquals(m.circuit.parse(python).code, c.code)
    local code = c:write "cdc"
    local back = m.circuit.parse(code, { notation = "cdc" })
    lu.assertTrue(same_tree(back.tree, c.tree), code)
    if symbols ~= all then
      local text = c:write "autoeis"
      lu.assertEquals(m.circuit.parse(text, { notation = "autoeis" }).code, c.code)
      lu.assertEquals(m.circuit.parse(text, { notation = "autoeis" }):write "autoeis", text)
    end
  end
end

function TestStrings.test_wrong_strings_name_the_place()
  local cases = { ["R0-p(R1,X1)"] = "character 9", ["R(RC"] = "character 5: ", ["R0-"] = "character 4",
    ["R1-[C2,R3"] = "character 10", ["R{R=abc}"] = "character 5: a number", ["p(R1)"] = "second branch",
    ["R0-p(R1,C1))"] = "the end expected", ["R{X=1}"] = "one of R", ["()"] = "more elements",
    [""] = "an element", ["R0-R0"] = "two elements called 'R0'" }
  for text, expected in pairs(cases) do
    lu.assertStrContains(message(m.circuit.parse, text), expected)
  end
end

function TestStrings.test_deep_and_large_circuits_are_refused()
  lu.assertStrContains(message(m.circuit.parse, ("("):rep(500)), "at most 64 levels")
  lu.assertStrContains(message(m.circuit.parse, ("R"):rep(5000)), "at most 64 nodes")
end

function TestStrings.test_parameters_by_name()
  local c = m.circuit.parse "R0-CPE1"
  local a, b = c:evaluate({ 1, 2, 0.5 }, { 3 })[1], c:evaluate({ R0 = 1, CPE1_Q = 2, CPE1_a = 0.5 }, { 3 })[1]
  lu.assertTrue(a.re == b.re and a.im == b.im)
  lu.assertStrContains(message(c.evaluate, c, { R0 = 1, CPE1_Q = 2 }, { 3 }), "CPE1_a")
  lu.assertStrContains(message(c.evaluate, c, { R0 = 1, CPE1_Q = 2, CPE1_a = 1, R1 = 1 }, { 3 }), "'R1'")
end

function TestStrings.test_store()
  local store = require "matinf.store"
  local c = m.circuit.parse "R{R=100f}(RQ{Y=1e-6,n=0.9/0.5/1})"
  local back = store.from_store(store.to_store(c))
  lu.assertTrue(same_tree(c.tree, back.tree))
end

os.exit(lu.LuaUnit.run())
