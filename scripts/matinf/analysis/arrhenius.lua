-- Activation energies: D = D0 exp(-Ea / kB T) as a straight line in 1/T.

local e = require "matinf.error"

local constants = require "matinf.units.constants"

local BOLTZMANN = constants.k.value / constants.e.value -- eV/K

local M = {}

-- An array of finite numbers above 0.
local function positive(list, name, called)
  local array = require "matinf".array.from(list, { dtype = "f64" })
  if array.ndim ~= 1 then e.argument(name, called, "array of one dimension", list) end
  for _, value in pairs(array) do
    if not (value > 0 and value < math.huge) then
      e.argument(name, called, "finite positive numbers", value)
    end
  end
  return array
end

--- Ea (eV) and D0 from diffusion coefficients at temperatures (K), weighted by their errors.
function M.fit(temperatures, values, errors)
  local m, called = require "matinf", "analysis.arrhenius"
  local t = positive(temperatures, "temperatures", called)
  local d = positive(values, "values", called)
  if #t < 2 or #d ~= #t then e.argument("values", called, "one for each of 2 or more T", #d) end
  if t:min() == t:max() then
    e.argument("temperatures", called, "at least two that differ", t:min())
  end
  local given = errors ~= nil and positive(errors, "errors", called) or nil
  if given and #given ~= #t then e.argument("errors", called, "one for each value", #given) end
  local sd = given and given / d or m.array.ones(#t)
  local x, y, w = t ^ -1 / BOLTZMANN, d:log(), sd ^ -2
  local total = w:sum()
  local xm, ym = (w * x):sum() / total, (w * y):sum() / total
  local sxx = (w * (x - xm):square()):sum()
  local b = (w * (x - xm) * (y - ym)):sum() / sxx
  local rest = (w * (y - ym - (x - xm) * b):square()):sum()
  -- Without errors the scatter about the line tells them.
  local scale = errors and 1 or (#t > 2 and rest / (#t - 2) or 0)
  return { energy = -b, energy_error = math.sqrt(scale / sxx), prefactor = math.exp(ym - b * xm),
    log_prefactor_error = math.sqrt(scale * (1 / total + xm * xm / sxx)),
    misfit = errors and #t > 2 and rest / (#t - 2) or nil }
end

return M
