-- Activation energies: D = D0 exp(-Ea / kB T) as a straight line in 1/T.

local e = require "matinf.error"

local constants = require "matinf.units.constants"

local BOLTZMANN = constants.k.value / constants.e.value -- eV/K

local M = {}

--- Ea (eV) and D0 from diffusion coefficients at temperatures (K), weighted by their errors.
function M.fit(temperatures, values, errors)
  local m, called = require "matinf", "analysis.arrhenius"
  local t = m.array.from(temperatures, { dtype = "f64" })
  local d = m.array.from(values, { dtype = "f64" })
  if #t < 2 or #d ~= #t then e.argument("values", called, "one for each of 2 or more T", #d) end
  if t:min() <= 0 then e.argument("temperatures", called, "positive temperatures", t:min()) end
  if d:min() <= 0 then e.argument("values", called, "positive numbers", d:min()) end
  local sd = errors and m.array.from(errors, { dtype = "f64" }) / d or m.array.ones(#t)
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
