-- The loss kernel of Tougaard's background, K(T) = T / ((C - T^2)^2 + D T^2): given, or its C and D
-- from the fit, by a search over their logarithms in ever smaller steps (the strength B is always
-- fitted).

local e = require "matinf.error"
local fit_of = require "matinf.spectra.fit"

local M = {}

local START = { 551, 436, 0 } -- of polymers (S. Tougaard, Surf. Interface Anal. 25, 137 (1997))
local FIRST, LAST = math.log(1.6), math.log(1.0005)
local LEAST, MOST = 1, 1e5    -- eV^2

local function is_number(v) return type(v) == "number" and math.abs(v) < math.huge end

--- The kernel { C, D, T0 } of option tougaard, nil for the default, and whether it is free.
function M.of(option, background)
  if option == nil then return nil, false end
  if not background:find "tougaard" then
    e.argument("tougaard", "spectra.fit", "a Tougaard background with it", option)
  end
  if option == "free" then return { table.unpack(START) }, true end
  if type(option) ~= "table" or not (is_number(option.c) and is_number(option.d or 0)
    and is_number(option.t0 or 0)) or (option.d or 0) < 0 or (option.t0 or 0) < 0 then
    e.argument("tougaard", "spectra.fit", '"free" or { c =, d =, t0 = }, d and t0 >= 0', option)
  end
  return { option.c, option.d or 0, option.t0 or 0 }, false
end

--- The kernel's fit with C and D at their best; they are set in model.kernel.
function M.refine(spectrum, peaks, model)
  local function fit_at(c, d)
    model.kernel = { c, d, 0 }
    return fit_of.raw(spectrum, spectrum.y, peaks, model, 200)
  end
  local best = { math.log(START[1]), math.log(START[2]) }
  local raw, step = fit_at(START[1], START[2]), FIRST
  while step > LAST do
    local moved = false
    for v = 1, 2 do
      for _, sign in ipairs { 1, -1 } do
        local try = { best[1], best[2] }
        try[v] = math.min(math.max(try[v] + sign * step, math.log(LEAST)), math.log(MOST))
        local other = fit_at(math.exp(try[1]), math.exp(try[2]))
        if other.deviance < raw.deviance - 1e-6 then raw, best, moved = other, try, true end
      end
    end
    if not moved then step = step / 2 end
  end
  model.kernel = { math.exp(best[1]), math.exp(best[2]), 0 }
  raw.parameters = raw.parameters + 2
  return raw
end

return M
