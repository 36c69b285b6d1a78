return {
  name = "units",
  summary =
    "Units with dimensions, conversions, quantities as people write them, CODATA constants.",
  description = [[
A unit is written as in print: "eV/Å", "Ω cm²", "mol^-1", "J/(mol K)", "cm-1", "S s^(1/2)". Every SI
prefix works where it is used. Angle, count and atom are dimensions of their own, so that rad/s is
not Hz and meV/atom is not meV.

units.constants.NAME is { value, unit, uncertainty, name } in SI units, CODATA 2022: c, h, hbar, e,
k, NA, R, F, u, me, mp, mn, a0, Eh, Ry, Rinf, alpha, epsilon0, mu0, muB, muN, ge, re, G, sigma,
phi0, kJ, RK, G0, eV, atm, g.]],
  functions = {
    {
      name = "units.parse",
      summary = "Reads a unit expression.",
      arguments = { { "text", "string", "the unit, such as \"kcal/mol\"" } },
      returns = { { "units.Unit",
        "text, coefficient * 10^power (the factor to SI), offset, dimension" } },
      errors = "when a symbol is not known (the nearest is named) or the expression is ambiguous",
      example = [[
local unit = m.units.parse "meV"
assert(unit.coefficient == 1.602176634 and unit.power == -22 and unit.dimension.kg == 1)]],
    },
    {
      name = "units.convert",
      summary =
        "Converts a value to another unit of the same dimension; °C and °F move their zero.",
      arguments = { { "value", "number or array", "the value" }, { "from", "string", "its unit" },
        { "to", "string", "the unit wanted" } },
      returns = { { "number or array", "the value in that unit" } },
      errors = "when the dimensions differ",
      example = [[
assert(m.units.convert(5.5, "Å", "nm") == 0.55)
assert(m.units.convert(25, "°C", "K") == 298.15)
local _, err = m.try(m.units.convert, 1, "eV", "Å")
assert(tostring(err) == "units.convert: eV is an energy, Å is a length")]],
    },
    {
      name = "units.equivalent",
      summary =
        "Converts between quantities of one energy: E = kT = hν = ħω = hc/λ = mc², and per mole.",
      arguments = { { "value", "number or array", "the value" }, { "from", "string", "its unit" },
        { "to", "string", "the unit wanted" } },
      returns = { { "number or array", "the equivalent value" } },
      errors = "when a unit stands for none of these",
      example = [[
assert(math.abs(m.units.equivalent(1, "eV", "K") - 11604.518) < 1e-3)
assert(math.abs(m.units.equivalent(532, "nm", "eV") - 2.33053) < 1e-5)]],
    },
    {
      name = "units.dimension",
      summary = "Names the dimension of a unit.",
      arguments = { { "unit", "string", "the unit" } },
      returns = { { "string", "\"an energy\", or \"a quantity in ...\" in base units" } },
      example = [[assert(m.units.dimension "Ω cm²" == "an area-specific resistance")]],
    },
    {
      name = "units.compatible",
      summary = "Tells whether two units have the same dimension.",
      arguments = { { "a", "string", "one unit" }, { "b", "string", "the other" } },
      returns = { { "boolean", "true when one converts to the other" } },
      example =
        [[assert(m.units.compatible("GPa", "eV/Å^3") and not m.units.compatible("Hz", "rad/s"))]],
    },
    {
      name = "units.quantity",
      summary =
        "Reads a quantity: a number, a number with its uncertainty, or a range, and a unit.",
      arguments = { { "text", "string",
        "such as \"5.5 Å\", \"284.8 +- 0.3 eV\", \"282..294 eV\", \"0.1 Hz..100 kHz\", \"3\"" } },
      returns = { { "units.Quantity",
        "unit (nil if none) and value, value and uncertainty, or low and high; ends with units of their "
          .. "own are in the smaller one" } },
      errors = "when it is no number, the range runs backwards or the unit is not known",
      example = [[
local q = m.units.quantity "284.8 ± 0.3 eV"
assert(q.value == 284.8 and q.uncertainty == 0.3 and q.unit == "eV")
local r = m.units.quantity "282..294 eV"
assert(r.low == 282 and r.high == 294 and r.value == nil)
assert(tostring(m.units.quantity "0.1 Hz..100 kHz") == "0.1..100000 Hz")]],
    },
    {
      name = "units.Quantity:to",
      summary = "Converts a quantity to another unit, its uncertainty or its ends with it.",
      arguments = { { "unit", "string", "the unit wanted" } },
      returns = { { "units.Quantity", "the same quantity in that unit" } },
      errors = "when the dimensions differ",
      example = [[
local q = m.units.quantity("25 +- 2 °C"):to "K"
assert(q.value == 298.15 and q.uncertainty == 2)]],
    },
  },
}
