-- Fundamental constants in SI units: CODATA 2022 (Mohr, Newell, Taylor, Tiesinga, Rev. Mod. Phys.
-- 97, 025002 (2025)). The seven defining constants and what follows from them alone are exact
-- (uncertainty 0; products and ratios of them are computed here, to the precision of a double).

local M = {}

local function constant(symbol, name, value, unit, uncertainty)
  M[symbol] = { name = name, value = value, unit = unit, uncertainty = uncertainty or 0 }
  return value
end

local pi = math.pi
local c = constant("c", "speed of light in vacuum", 299792458.0, "m/s")
local h = constant("h", "Planck constant", 6.62607015e-34, "J s")
local e = constant("e", "elementary charge", 1.602176634e-19, "C")
local k = constant("k", "Boltzmann constant", 1.380649e-23, "J/K")
constant("NA", "Avogadro constant", 6.02214076e23, "mol^-1")

constant("hbar", "reduced Planck constant", h / (2 * pi), "J s")
constant("R", "molar gas constant", 8.31446261815324, "J/(mol K)")
constant("F", "Faraday constant", 96485.3321233100184, "C/mol")
constant("kJ", "Josephson constant", 2 * e / h, "Hz/V")
constant("RK", "von Klitzing constant", h / e ^ 2, "Ω")
constant("G0", "conductance quantum", 2 * e ^ 2 / h, "S")
constant("phi0", "magnetic flux quantum", h / (2 * e), "Wb")
constant("sigma", "Stefan-Boltzmann constant", 2 * pi ^ 5 * k ^ 4 / (15 * h ^ 3 * c ^ 2),
  "W/(m^2 K^4)")
constant("eV", "electron volt", e, "J")
constant("g", "standard acceleration of gravity", 9.80665, "m/s^2")
constant("atm", "standard atmosphere", 101325.0, "Pa")

constant("G", "Newtonian constant of gravitation", 6.67430e-11, "m^3 kg^-1 s^-2", 0.00015e-11)
constant("alpha", "fine-structure constant", 7.2973525643e-3, "1", 0.0000000011e-3)
constant("epsilon0", "vacuum electric permittivity", 8.8541878188e-12, "F/m", 0.0000000014e-12)
constant("mu0", "vacuum magnetic permeability", 1.25663706127e-6, "N/A^2", 0.00000000020e-6)
constant("me", "electron mass", 9.1093837139e-31, "kg", 0.0000000028e-31)
constant("mp", "proton mass", 1.67262192595e-27, "kg", 0.00000000052e-27)
constant("mn", "neutron mass", 1.67492750056e-27, "kg", 0.00000000085e-27)
constant("u", "atomic mass constant", 1.66053906892e-27, "kg", 0.00000000052e-27)
constant("a0", "Bohr radius", 5.29177210544e-11, "m", 0.00000000082e-11)
constant("Eh", "Hartree energy", 4.3597447222060e-18, "J", 0.0000000000048e-18)
constant("Ry", "Rydberg energy", 2.1798723611030e-18, "J", 0.0000000000024e-18)
constant("Rinf", "Rydberg constant", 10973731.568157, "m^-1", 0.000012)
constant("re", "classical electron radius", 2.8179403205e-15, "m", 0.0000000013e-15)
constant("muB", "Bohr magneton", 9.2740100657e-24, "J/T", 0.0000000029e-24)
constant("muN", "nuclear magneton", 5.0507837393e-27, "J/T", 0.0000000016e-27)
constant("ge", "electron g factor", -2.00231930436092, "1", 0.00000000000036)

return setmetatable(M, { __index = function(self, symbol)
  local e, names_in = require "matinf.error", require "matinf.names"
  e.fail("argument", "no constant is called '%s'%s", tostring(symbol),
    e.hint(symbol, names_in(self)))
end })
