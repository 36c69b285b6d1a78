-- Elements against published values; formulas, their order, masses and mistakes.
local lu = require "luaunit"
local m = require "matinf"
local elements = m.elements

local message = require "tests.support".message

TestTable = {}

-- CIAAW abridged standard atomic weights 2021 (5 digits).
local abridged = { H = 1.0080, Li = 6.94, C = 12.011, N = 14.007, O = 15.999, F = 18.998,
  Na = 22.990,
  Al = 26.982, Si = 28.085, P = 30.974, S = 32.06, Cl = 35.45, Ar = 39.95, K = 39.098, Ti = 47.867,
  Mn = 54.938, Fe = 55.845, Co = 58.933, Ni = 58.693, Cu = 63.546, Zn = 65.38, Se = 78.971,
  Br = 79.904, Ag = 107.87, I = 126.90, La = 138.91, Yb = 173.05, W = 183.84, Pt = 195.08,
  Au = 196.97,
  Tl = 204.38, Pb = 207.2, Bi = 208.98, Th = 232.04, U = 238.03 }

function TestTable.test_masses_round_to_the_abridged_ones()
  for symbol, mass in pairs(abridged) do
    local digits = math.max(0, 4 - math.floor(math.log(mass, 10)))
    lu.assertTrue(math.abs(elements[symbol].mass - mass) <= 0.5001 * 10.0 ^ -math.min(digits, 3),
      symbol)
  end
end

-- Cordero 2008, Alvarez 2013, Pauling: values as printed.
function TestTable.test_radii_and_electronegativities()
  for symbol, row in pairs { C = { 0.76, 1.77, 2.55 }, O = { 0.66, 1.50, 3.44 },
    Si = { 1.11, 2.19, 1.90 }, Fe = { 1.32, 2.44, 1.83 }, Cs = { 2.44, 3.48, 0.79 },
    Au = { 1.36, 2.32, 2.54 }, F = { 0.57, 1.46, 3.98 } } do
    local element = elements[symbol]
    lu.assertEquals({ element.covalent_radius, element.vdw_radius, element.electronegativity }, row)
  end
end

function TestTable.test_groups_and_periods()
  for symbol, place in pairs { H = { 1, 1 }, He = { 18, 1 }, C = { 14, 2 }, Sc = { 3, 4 },
    Zn = { 12, 4 },
    Ga = { 13, 4 }, Xe = { 18, 5 }, Cs = { 1, 6 }, Lu = { 3, 6 }, Hf = { 4, 6 }, Rn = { 18, 6 },
    Lr = { 3, 7 }, Og = { 18, 7 } } do
    lu.assertEquals({ elements[symbol].group, elements[symbol].period }, place)
  end
  lu.assertNil(elements.La.group)
  lu.assertNil(elements.U.group)
end

function TestTable.test_what_is_not_known_is_nil()
  lu.assertNil(elements.Tc.mass)
  lu.assertNil(elements.He.electronegativity)
  lu.assertNil(elements.Pm.vdw_radius)
  lu.assertNil(elements.Og.covalent_radius)
end

function TestTable.test_list_is_complete_and_masses_are_plausible()
  local list = elements.list()
  lu.assertEquals(#list, 118)
  for number, element in ipairs(list) do
    lu.assertEquals(element.number, number)
    lu.assertEquals(elements.get(element.name), element)
    if element.mass then
      lu.assertTrue(element.mass > 0.99 * number and element.mass < 2.7 * number, element.symbol)
    end
  end
end

function TestTable.test_get()
  lu.assertEquals(elements.get(26), elements.Fe)
  lu.assertEquals(elements.get "sulphur", elements.S)
  lu.assertEquals(elements.D.number, 1)
  lu.assertEquals(tostring(elements.Fe), "Fe (iron, Z = 26)")
  lu.assertEquals(message(elements.get, "fe"), "no element is called 'fe': did you mean 'Fe'?")
  lu.assertEquals(message(elements.get, "irn"), "no element is called 'irn': did you mean 'iron'?")
  lu.assertEquals(message(elements.get, 119), "no element is called '119'")
  lu.assertEquals(message(elements.get), "no element is called 'nil'")
end

TestFormula = {}

function TestFormula.test_hill_order()
  for text, hill in pairs { ["Fe2O3"] = "Fe2O3", ["Ca(OH)2"] = "CaH2O2",
    ["CuSO4·5H2O"] = "CuH10O9S",
    ["CuSO4*5H2O"] = "CuH10O9S", ["Li0.5CoO2"] = "CoLi0.5O2", ["CH3CH2OH"] = "C2H6O",
    ["SO4^2-"] = "O4S^2-",
    ["[Fe(CN)6]^4-"] = "C6FeN6^4-", ["NH4+"] = "H4N^+", ["NO3-"] = "NO3^-",
    ["((CH3)3Si)2O"] = "C6H18OSi2",
    ["Fe₂O₃"] = "Fe2O3", ["SO₄²⁻"] = "O4S^2-", ["Na⁺"] = "Na^+", ["D2O"] = "D2O", ["No"] = "No",
    ["NO"] = "NO",
    ["2H2O"] = "H4O2", ["(C2H4)1.5"] = "C3H6", ["CD3OH"] = "CHD3O" } do
    lu.assertEquals(tostring(elements.formula(text)), hill)
  end
end

function TestFormula.test_hill_reads_back()
  for _, text in ipairs { "CuSO4·5H2O", "Li0.5CoO2", "[Fe(CN)6]^4-", "C12H22O11" } do
    local f = elements.formula(text)
    lu.assertEquals(elements.formula(f:hill()), f)
  end
end

-- Sums of the abridged weights, by hand.
function TestFormula.test_molar_masses()
  for text, mass in pairs { H2O = 18.015, Fe2O3 = 159.687, ["CuSO4·5H2O"] = 249.677,
    C8H10N4O2 = 194.194,
    LiCoO2 = 97.871, ["SO4^2-"] = 96.056, D2O = 20.0272 } do
    lu.assertAlmostEquals(elements.formula(text):molar_mass(), mass, 0.002)
  end
  local f = elements.formula "Tc2O7"
  lu.assertEquals(message(f.molar_mass, f), "Tc has no standard atomic weight")
end

function TestFormula.test_fractions()
  local f = elements.formula "Fe2O3"
  lu.assertEquals(f:atomic_fractions(), { Fe = 0.4, O = 0.6 })
  local parts = f:mass_fractions()
  lu.assertAlmostEquals(parts.Fe, 2 * 55.845 / 159.687, 1e-6)
  lu.assertAlmostEquals(parts.Fe + parts.O, 1, 1e-15)
end

function TestFormula.test_mistakes_give_their_position()
  for text, expected in pairs {
    [""] = "position 1: element expected, got the end",
    ["fe2O3"] = "position 1: element expected, got 'fe': did you mean 'Fe'?",
    ["Fe2o3"] = "position 4: element expected, got 'o': did you mean 'O'?",
    ["Xx2"] = "position 1: element expected, got 'Xx'",
    ["Ob2"] = "position 1: no element is called 'Ob'",
    ["Ca(OH"] = "position 6: closing bracket for position 3 expected, got the end",
    ["CaOH)2"] = "position 5: unexpected ')'",
    ["Ca()2"] = "position 4: element expected, got ')'",
    ["H0"] = "position 2: number from above 0 to 1e9 expected, got 0",
    ["H1.2.3"] = "position 2: number from above 0 to 1e9 expected, got 1.2.3",
    ["Li1-xCoO2"] = "position 4: is the number a count or a charge? Write Li^1-",
    ["Fe3+"] = "position 4: is the number a count or a charge? Write Fe^3+",
    ["SO4^2"] = "position 6: '+' or '-' expected, got the end",
    ["SO₄²⁻x"] = "position 6: unexpected 'x'",
    ["·H2O"] = "position 1: element expected, got '·'",
  } do
    lu.assertEquals(message(elements.formula, text), ("bad formula '%s', %s"):format(text,
      expected))
  end
  lu.assertStrContains(message(elements.formula, ("("):rep(100000)), "nested too deeply")
  lu.assertStrContains(message(elements.formula, "H\255"), "not UTF-8")
  lu.assertStrContains(message(elements.formula, 5), "bad argument 'text' to 'elements.formula'")
end

os.exit(lu.LuaUnit.run())
