-- Conversion between units of one dimension, and between the energies physicists equate.

local parser = require "matinf.units.parse"
local constants = require "matinf.units.constants"
local e = require "matinf.error"

local M = {}

-- value * coefficient * 10^power; dividing by the positive power of ten rounds once.
local function scale(value, coefficient, power)
  if coefficient ~= 1 then value = value * coefficient end
  if power > 0 then return value * 10.0 ^ power end
  if power < 0 then return value / 10.0 ^ -power end
  return value
end

local function check(value, called)
  if type(value) ~= "number" and not e.is_a(value, "matinf.array") then
    e.argument("value", called, "number or array", value)
  end
end

local function pair(value, from, to, called)
  check(value, called)
  from, to = parser.parse(from, called), parser.parse(to, called)
  if not parser.same_dimension(from, to) then
    e.fail("argument", "%s: %s is %s, %s is %s", called, from.text, parser.dimension_name(from),
      to.text, parser.dimension_name(to))
  end
  return from, to
end

--- A difference (an uncertainty, a width) in another unit: zero stays zero.
function M.difference(value, from, to, called)
  from, to = pair(value, from, to, called)
  return scale(value, from.coefficient / to.coefficient, from.power - to.power)
end

--- A value in another unit; °C and °F move their zero.
function M.value(value, from, to, called)
  from, to = pair(value, from, to, called)
  if from.offset == to.offset then
    return scale(value, from.coefficient / to.coefficient, from.power - to.power)
  end
  local kelvin = scale(value, from.coefficient, from.power) + from.offset
  return scale(kelvin - to.offset, 1 / to.coefficient, -to.power)
end

-- ---- energy equivalents -------------------------------------------------------------------------

local c, h = constants.c.value, constants.h.value
local function times(factor)
  return {
    to = function(x) return x * factor end,
    from = function(energy) return energy / factor end,
  }
end
local function over(factor)
  local f = function(x) return factor / x end
  return { to = f, from = f }
end

-- Dimension of x -> the energy it stands for: E = kT, hν, ħω, hc/λ, mc², E/N_A.
local energies = {
  ["kg m^2 s^-2"] = times(1.0),
  ["kg m^2 s^-2 atom^-1"] = times(1.0),
  ["kg m^2 s^-2 mol^-1"] = times(1 / constants.NA.value),
  ["K"] = times(constants.k.value),
  ["s^-1"] = times(h),
  ["s^-1 rad"] = times(constants.hbar.value),
  ["m^-1"] = times(h * c),
  ["m"] = over(h * c),
  ["kg"] = times(c ^ 2),
}

local function energy_of(unit, called)
  local law = energies[parser.base_units(unit.dimension)]
  if law then return law end
  e.fail("argument", "%s: %s is %s; an energy, temperature, frequency, wavenumber, wavelength, "
    .. "mass or molar energy expected", called, unit.text, parser.dimension_name(unit))
end

--- A value as another quantity of the same energy: 0.0257 eV is 298 K.
function M.equivalent(value, from, to)
  local called = "units.equivalent"
  check(value, called)
  from, to = parser.parse(from, called), parser.parse(to, called)
  local there, back = energy_of(from, called), energy_of(to, called)
  local x = scale(value, from.coefficient, from.power) + from.offset
  return scale(back.from(there.to(x)) - to.offset, 1 / to.coefficient, -to.power)
end

return M
