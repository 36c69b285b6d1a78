-- Units: conversions against exact definitions, spellings, messages; constants against CODATA 2022.
local lu = require "luaunit"
local m = require "matinf"
local units = m.units

local message = require "tests.support".message

local function close(got, expected, relative)
  lu.assertTrue(math.abs(got - expected) <= (relative or 1e-14) * math.abs(expected),
    ("%.17g is not %.17g"):format(got, expected))
end

TestConvert = {}

function TestConvert.test_decimal_conversions_are_correctly_rounded()
  lu.assertEquals(units.convert(5.5, "Å", "nm"), 0.55)
  lu.assertEquals(units.convert(0.1, "nm", "Å"), 1.0)
  lu.assertEquals(units.convert(284.8, "eV", "meV"), 284800.0)
  lu.assertEquals(units.convert(3, "mbar", "Pa"), 300.0)
  lu.assertEquals(units.convert(1.7, "cm^-1", "m^-1"), 170.0)
end

function TestConvert.test_definitions()
  lu.assertEquals(units.convert(1, "kcal/mol", "kJ/mol"), 4.184)
  lu.assertEquals(units.convert(1, "atm", "Pa"), 101325)
  close(units.convert(1, "eV/Å", "nN"), 1.602176634)
  close(units.convert(1, "Ω cm²", "Ω m²"), 1e-4)
  close(units.convert(180, "°", "rad"), math.pi)
  close(units.convert(1, "g/cm^3", "kg/m³"), 1000)
  close(units.convert(1, "mAh/g", "C/g"), 3.6)
  close(units.convert(1, "eV/Å^3", "GPa"), 160.2176634)
  close(units.convert(1, "D", "e Å"), 1e-21 / 299792458 / 1.602176634e-29)
end

-- NIST 2022: Hartree energy in eV, Bohr radius in Å, Rydberg energy in eV.
function TestConvert.test_atomic_units()
  close(units.convert(1, "Ha", "eV"), 27.211386245981, 1e-12)
  close(units.convert(1, "bohr", "Å"), 0.529177210544, 1e-12)
  close(units.convert(1, "Ry", "eV"), 13.605693122990, 1e-12)
end

function TestConvert.test_temperature_scales_move_their_zero()
  lu.assertEquals(units.convert(25, "°C", "K"), 298.15)
  close(units.convert(-40, "°C", "°F"), -40, 1e-12)
  close(units.convert(212, "°F", "°C"), 100, 1e-12)
  lu.assertStrContains(message(units.convert, 1, "J/°C", "J/K"), "use K")
end

function TestConvert.test_one_unit_has_many_spellings()
  for _, pair in ipairs { { "µm", "μm" }, { "um", "μm" }, { "\u{212B}", "Å" }, { "A\u{030A}", "Å" },
    { "\u{2126} cm²", "Ω cm^2" }, { "m s⁻²", "m/s^2" }, { "cm-1", "cm^-1" }, { "cm^-1", "1/cm" },
    { "V·s", "V s" }, { "V*s", "V s" }, { "mol·L⁻¹", "M" }, { "S s^(1/2)", "S s^0.5" },
    { "J/(mol K)", "J mol^-1 K^-1" }, { "eV\u{A0}Å^-1", "eV/Å" } } do
    close(units.convert(1, pair[1], pair[2]), 1)
  end
end

function TestConvert.test_dimensions_are_checked()
  lu.assertEquals(message(units.convert, 1, "eV", "Å"),
    "units.convert: eV is an energy, Å is a length")
  lu.assertEquals(message(units.convert, 1, "rad/s", "Hz"),
    "units.convert: rad/s is an angular frequency, Hz is a frequency")
  lu.assertStrContains(message(units.convert, 1, "kg^2 m", "s"), "kg^2 m is a quantity in kg^2 m")
  lu.assertStrContains(message(units.convert, "1", "m", "m"), "number or array expected")
  lu.assertFalse(units.compatible("meV/atom", "meV"))
  lu.assertTrue(units.compatible("F/cm²", "µF cm-2"))
end

function TestConvert.test_mistakes_name_the_nearest_unit()
  for text, expected in pairs {
    ["ev"] = "unknown unit 'ev': did you mean 'eV'?",
    ["Angstrm"] = "unknown unit 'Angstrm': did you mean 'angstrom'?",
    ["gpa"] = "unknown unit 'gpa': did you mean 'GPa'?",
    ["eV/angstrm"] = "bad unit 'eV/angstrm': unknown unit 'angstrm': did you mean 'angstrom'?",
    ["J/mol K"] =
      "bad unit 'J/mol K': a product after '/' is ambiguous: write parentheses, as in J/(mol K)",
    ["eV/"] = "bad unit 'eV/': unit expected at the end",
    ["10 nm"] = "bad unit '10 nm': unit expected, got '10 nm'",
    ["(eV"] = "bad unit '(eV': ')' expected",
    ["eV)"] = "bad unit 'eV)': unexpected ')'",
    ["eV^"] = "bad unit 'eV^': number expected after '^'",
    ["m^(1/0)"] = "bad unit 'm^(1/0)': number expected as the exponent, got (1/0)",
    ["m^1000"] = "bad unit 'm^1000': exponent 1000 is too large",
  } do
    lu.assertEquals(message(units.parse, text), expected)
  end
  lu.assertStrContains(message(units.parse, ("("):rep(10000) .. "m"), "nested too deeply")
  lu.assertStrContains(message(units.parse, 5), "bad argument 'unit' to 'units.parse'")
end

TestEquivalent = {}

-- NIST 2022 energy conversion factors.
function TestEquivalent.test_nist_factors()
  close(units.equivalent(1, "eV", "K"), 11604.51812155008, 1e-12)
  close(units.equivalent(1, "eV", "cm^-1"), 8065.543937349212, 1e-12)
  close(units.equivalent(1, "eV", "THz"), 241.7989242084918, 1e-12)
  close(units.equivalent(1, "eV", "kJ/mol"), 96.48533212331002, 1e-12)
  close(units.equivalent(1, "u", "MeV"), 931.49410372, 1e-10)
  close(units.equivalent(1, "Ha", "cm-1"), 219474.63136314, 1e-11)
end

function TestEquivalent.test_wavelength_is_reciprocal()
  close(units.equivalent(1486.6, "eV", "Å"), 12398.419843320026 / 1486.6, 1e-12)
  close(units.equivalent(units.equivalent(532, "nm", "eV"), "eV", "nm"), 532, 1e-12)
end

function TestEquivalent.test_celsius_is_absolute()
  close(units.equivalent(25, "°C", "meV"), units.equivalent(298.15, "K", "meV"), 1e-14)
  close(units.equivalent(units.equivalent(25, "°C", "eV"), "eV", "°C"), 25, 1e-12)
end

function TestEquivalent.test_others_are_refused()
  lu.assertStrContains(message(units.equivalent, 1, "V", "eV"), "V is a voltage; an energy,")
end

TestQuantity = {}

function TestQuantity.test_kinds()
  local q = units.quantity "5.5 Å"
  lu.assertEquals({ q.value, q.unit, q.uncertainty, q.low }, { 5.5, "Å" })
  for _, text in ipairs { "284.8 +- 0.3 eV", "284.8±0.3 eV", "284.8 +/- 0.3eV" } do
    q = units.quantity(text)
    lu.assertEquals({ q.value, q.uncertainty, q.unit }, { 284.8, 0.3, "eV" })
  end
  for _, text in ipairs { "282..294 eV", "282 .. 294 eV", "282.0..294. eV", "282…294 eV" } do
    q = units.quantity(text)
    lu.assertEquals({ q.low, q.high, q.unit }, { 282, 294, "eV" })
    lu.assertNil(q.value)
  end
  for text, expected in pairs { ["0.1 Hz..100 kHz"] = { 0.1, 100000, "Hz" },
    ["280 eV..294 eV"] = { 280, 294, "eV" }, ["1 MHz … 2e9 Hz"] = { 1e6, 2e9, "Hz" },
    ["-10 °C..300 K"] = { 263.15, 300, "K" }, ["1mol^-1..2 mol^-1"] = { 1, 2, "mol^-1" } } do
    q = units.quantity(text)
    lu.assertEquals({ q.low, q.high, q.unit }, expected)
  end
  lu.assertEquals(units.quantity("-1.5e3").value, -1500)
  lu.assertNil(units.quantity("3").unit)
  lu.assertEquals(units.quantity(3).value, 3)
end

function TestQuantity.test_printing_reads_back()
  for _, text in ipairs { "5.5 Å", "284.8 +- 0.3 eV", "282..294 eV", "3" } do
    lu.assertEquals(tostring(units.quantity(text)), text)
  end
end

function TestQuantity.test_conversion()
  local q = units.quantity("25 +- 2 °C"):to "K"
  lu.assertEquals({ q.value, q.uncertainty, q.unit }, { 298.15, 2, "K" })
  q = units.quantity("282..294 eV"):to "keV"
  lu.assertEquals({ q.low, q.high }, { 0.282, 0.294 })
  lu.assertStrContains(message(units.quantity("3").to, units.quantity "3", "eV"),
    "1 is a pure number, eV is an energy")
end

function TestQuantity.test_mistakes()
  for text, expected in pairs {
    [""] = "number expected",
    ["abc"] = "number expected, got 'abc'",
    ["5.5 Angstrm"] = "unknown unit 'Angstrm': did you mean 'angstrom'?",
    ["5.5 5"] = "unit expected, got '5'",
    ["294..282 eV"] = "the range runs backwards: write low..high",
    ["1 kHz..100 Hz"] = "the range runs backwards: write low..high",
    ["280 eV..294"] = "unit expected after the second number, too",
    ["1 Hz..3 eV"] = "Hz is a frequency, eV is an energy",
    ["1 Hertzz..3 Hz"] = "unknown unit 'Hertzz': did you mean 'Hz'?",
    ["1 Hz..1e305 MHz"] = "the number is too large",
    ["0...5 eV"] = "two points expected in a range",
    ["1e999 eV"] = "the number is too large",
    ["1 +- -2 eV"] = "the uncertainty is negative",
    ["1.. eV"] = "number expected, got 'eV'",
    ["nan eV"] = "number expected, got 'nan eV'",
  } do
    lu.assertEquals(message(units.quantity, text), ("bad quantity '%s': %s"):format(text, expected))
  end
end

TestConstants = {}

-- NIST complete listing, 2022 adjustment; exact ones rounded as printed there.
function TestConstants.test_values()
  for name, expected in pairs { hbar = 1.054571817e-34, R = 8.314462618, F = 96485.33212,
    kJ = 483597.8484e9, RK = 25812.80745, G0 = 7.748091729e-5, phi0 = 2.067833848e-15,
    sigma = 5.670374419e-8, me = 9.1093837139e-31, u = 1.66053906892e-27 } do
    close(units.constants[name].value, expected, 1e-9)
  end
end

function TestConstants.test_relations_hold_within_the_uncertainty()
  local c = units.constants
  close(c.epsilon0.value * c.mu0.value * c.c.value ^ 2, 1, 5e-10)
  close(c.Ry.value, c.Rinf.value * c.h.value * c.c.value, 1e-11)
  close(c.Eh.value, 2 * c.Ry.value, 1e-12)
  close(c.R.value, c.NA.value * c.k.value, 1e-14)
  close(c.F.value, c.NA.value * c.e.value, 1e-14)
  close(c.a0.value, c.hbar.value / (c.me.value * c.c.value * c.alpha.value), 5e-10)
  close(c.re.value, c.alpha.value ^ 2 * c.a0.value, 1e-9)
  close(c.muB.value, c.e.value * c.hbar.value / (2 * c.me.value), 5e-10)
  close(c.muN.value, c.e.value * c.hbar.value / (2 * c.mp.value), 5e-10)
end

function TestConstants.test_every_unit_is_known()
  for name, constant in pairs(units.constants) do
    lu.assertTrue(units.parse(constant.unit).coefficient > 0, name)
    lu.assertTrue(constant.uncertainty >= 0, name)
  end
  lu.assertStrContains(message(function() return units.constants.hba end), "did you mean 'hbar'?")
end

os.exit(lu.LuaUnit.run())
