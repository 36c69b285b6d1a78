-- The units that are known: symbol, factor to SI, dimension.
--
-- A factor is coefficient * 10^power, kept apart so that conversions between decimal units are
-- correctly rounded (5.5 Å is exactly 0.55 nm). A dimension is a product of base units, written
-- like "kg m^2 s^-2" and kept as exponents { kg = 1, m = 2, s = -2 }. Angle, count and atom are
-- bases of their own: rad/s is not Hz, meV/atom is not meV.

local constants = require "matinf.units.constants"

local M = { units = {}, symbols = {}, prefixes = {}, bases = {} }

M.base_order = { "kg", "m", "s", "A", "K", "mol", "cd", "rad", "count", "atom" }
for _, base in ipairs(M.base_order) do M.bases[base] = true end

local prefixes = [[
Q 30 R 27 Y 24 Z 21 E 18 P 15 T 12 G 9 M 6 k 3 h 2 da 1
d -1 c -2 m -3 μ -6 u -6 n -9 p -12 f -15 a -18 z -21 y -24 r -27 q -30]]
for prefix, power in prefixes:gmatch "(%S+) (%S+)" do M.prefixes[prefix] = math.tointeger(power) end

--- The exponents of a product of base units: "kg m^-1" -> { kg = 1, m = -1 }.
local function dimension(text)
  local exponents = {}
  for base, exponent in text:gmatch "(%a+)%^?(%-?%d*)" do
    exponents[base] = math.tointeger(exponent) or 1
  end
  return exponents
end

-- How a dimension is called in messages, and the unit that stands for it in examples.
M.names = {}
local function called(name, text) M.names[text] = name end
called("a pure number", "")
called("a length", "m")
called("an area", "m^2")
called("a volume", "m^3")
called("a wavenumber", "m^-1")
called("a number density", "m^-3")
called("a mass", "kg")
called("a time", "s")
called("a frequency", "s^-1")
called("an angular frequency", "s^-1 rad")
called("a speed", "m s^-1")
called("an acceleration", "m s^-2")
called("a diffusion coefficient", "m^2 s^-1")
called("an electric current", "A")
called("a current density", "m^-2 A")
called("a temperature", "K")
called("an amount of substance", "mol")
called("a concentration", "m^-3 mol")
called("a luminous intensity", "cd")
called("an angle", "rad")
called("a count", "count")
called("a count rate", "s^-1 count")
called("a number of atoms", "atom")
called("an energy", "kg m^2 s^-2")
called("an energy per atom", "kg m^2 s^-2 atom^-1")
called("a molar energy", "kg m^2 s^-2 mol^-1")
called("an entropy", "kg m^2 s^-2 K^-1")
called("a molar entropy", "kg m^2 s^-2 K^-1 mol^-1")
called("a force", "kg m s^-2")
called("a force constant", "kg s^-2")
called("a pressure", "kg m^-1 s^-2")
called("a power", "kg m^2 s^-3")
called("a thermal conductivity", "kg m s^-3 K^-1")
called("a density", "kg m^-3")
called("a molar mass", "kg mol^-1")
called("a viscosity", "kg m^-1 s^-1")
called("an electric charge", "s A")
called("an electric dipole moment", "m s A")
called("a voltage", "kg m^2 s^-3 A^-1")
called("an electric field", "kg m s^-3 A^-1")
called("a resistance", "kg m^2 s^-3 A^-2")
called("a resistivity", "kg m^3 s^-3 A^-2")
called("an area-specific resistance", "kg m^4 s^-3 A^-2")
called("a conductance", "kg^-1 m^-2 s^3 A^2")
called("a conductivity", "kg^-1 m^-3 s^3 A^2")
called("a capacitance", "kg^-1 m^-2 s^4 A^2")
called("an area-specific capacitance", "kg^-1 m^-4 s^4 A^2")
called("a permittivity", "kg^-1 m^-3 s^4 A^2")
called("an inductance", "kg m^2 s^-2 A^-2")
called("a magnetic flux", "kg m^2 s^-2 A^-1")
called("a magnetic flux density", "kg s^-2 A^-1")

local function add(symbols, coefficient, power, of, options)
  for symbol in symbols:gmatch "%S+" do
    table.insert(M.symbols, symbol)
    M.units[symbol] = { symbol = symbol, coefficient = coefficient, power = power,
      dimension = dimension(of), prefixed = options == "prefixed",
      offset = type(options) == "number" and options or 0 }
  end
end

-- SI
add("m", 1, 0, "m", "prefixed")
add("g", 1, -3, "kg", "prefixed")
add("s", 1, 0, "s", "prefixed")
add("A", 1, 0, "A", "prefixed")
add("K", 1, 0, "K", "prefixed")
add("mol", 1, 0, "mol", "prefixed")
add("cd", 1, 0, "cd", "prefixed")
add("rad", 1, 0, "rad", "prefixed")
add("sr", 1, 0, "rad^2")
add("Hz", 1, 0, "s^-1", "prefixed")
add("N", 1, 0, "kg m s^-2", "prefixed")
add("Pa", 1, 0, "kg m^-1 s^-2", "prefixed")
add("J", 1, 0, "kg m^2 s^-2", "prefixed")
add("W", 1, 0, "kg m^2 s^-3", "prefixed")
add("C", 1, 0, "s A", "prefixed")
add("V", 1, 0, "kg m^2 s^-3 A^-1", "prefixed")
add("F", 1, 0, "kg^-1 m^-2 s^4 A^2", "prefixed")
add("Ω ohm Ohm", 1, 0, "kg m^2 s^-3 A^-2", "prefixed")
add("S", 1, 0, "kg^-1 m^-2 s^3 A^2", "prefixed")
add("Wb", 1, 0, "kg m^2 s^-2 A^-1", "prefixed")
add("T", 1, 0, "kg s^-2 A^-1", "prefixed")
add("H", 1, 0, "kg m^2 s^-2 A^-2", "prefixed")

-- Temperature scales with another zero: K = factor * value + offset.
add("°C degC", 1, 0, "K", 273.15)
add("°F degF", 5 / 9, 0, "K", 273.15 - 32 * 5 / 9)

-- beside the SI
add("min", 60, 0, "s")
add("h", 3600, 0, "s")
add("d", 86400, 0, "s")
add("L l", 1, -3, "m^3", "prefixed")
add("M", 1, 3, "m^-3 mol", "prefixed")
add("t", 1, 3, "kg")
add("° deg", math.pi / 180, 0, "rad")
add("Ah", 3600, 0, "s A", "prefixed")
add("Wh", 3600, 0, "kg m^2 s^-2", "prefixed")
add("bar", 1, 5, "kg m^-1 s^-2", "prefixed")
add("atm", 101325, 0, "kg m^-1 s^-2")
add("Torr", 101325 / 760, 0, "kg m^-1 s^-2", "prefixed")
add("cal", 4.184, 0, "kg m^2 s^-2", "prefixed")
add("erg", 1, -7, "kg m^2 s^-2")
add("dyn", 1, -5, "kg m s^-2", "prefixed")
add("G", 1, -4, "kg s^-2 A^-1", "prefixed")

-- of atoms and electrons
local function constant(symbols, name, power, of, options)
  add(symbols, tonumber(("%.17g"):format(constants[name].value * 10.0 ^ -power)), power, of,
    options)
end
add("Å angstrom Angstrom", 1, -10, "m")
add("eV", 1.602176634, -19, "kg m^2 s^-2", "prefixed")
add("e", 1.602176634, -19, "s A")
add("D", 1 / 2.99792458, -29, "m s A", "prefixed")
constant("u amu", "u", 0, "kg")
constant("Da", "u", 0, "kg", "prefixed")
constant("a0 bohr Bohr", "a0", 0, "m")
constant("Ha Eh hartree Hartree", "Eh", 0, "kg m^2 s^-2", "prefixed")
constant("Ry rydberg Rydberg", "Ry", 0, "kg m^2 s^-2", "prefixed")

-- pure numbers and counts
add("1", 1, 0, "")
add("%", 1, -2, "")
add("‰", 1, -3, "")
add("ppm", 1, -6, "")
add("ppb", 1, -9, "")
add("count counts", 1, 0, "count", "prefixed")
add("cps", 1, 0, "s^-1 count", "prefixed")
add("atom atoms", 1, 0, "atom")

return M
