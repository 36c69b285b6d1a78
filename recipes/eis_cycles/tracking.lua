-- One circuit over a series of spectra, with arcs that keep their names.
--
-- The first spectrum is fitted by a search; every other from the values of its neighbour, forwards
-- and then backwards, and the better of both is kept. A fit that starts next to its optimum stays
-- with the same arcs, so that R1 of one spectrum is R1 of the next.

local m = require "matinf"

local M = {}

local function better(a, b) return not b or a.ssr < b.ssr end

-- Fits of the circuit to the list of spectra.
function M.track(circuit, spectra, options)
  local fits = {}
  for i, spectrum in ipairs(spectra) do
    fits[i] = m.circuit.fit(circuit, spectrum, { weight = options.weight, seed = options.seed,
      start = fits[i - 1] and fits[i - 1].values })
  end
  for pass = 1, 2 do
    local from, to, step = #spectra - 1, 1, -1
    if pass == 2 then from, to, step = 2, #spectra, 1 end
    for i = from, to, step do
      local again = m.circuit.fit(circuit, spectra[i], { weight = options.weight,
        seed = options.seed, start = fits[i - step].values })
      if better(again, fits[i]) then fits[i] = again end
    end
  end
  return fits
end

-- Median of the changes from one spectrum to the next, in units of their errors.
function M.jump(values, errors)
  local list = {}
  for i = 2, #values do
    local off = math.abs(values[i] - values[i - 1]) / math.sqrt(errors[i] ^ 2 + errors[i - 1] ^ 2)
    if off == off then list[#list + 1] = off end
  end
  table.sort(list)
  return list[(#list + 1) // 2] or 0
end

-- Slope of y over x with its standard error, by least squares weighted with the errors of y; the
-- error is enlarged where the points scatter more than these.
function M.slope(x, y, errors)
  local s, sx, sy, sxx, sxy, n = 0, 0, 0, 0, 0, 0
  for i = 1, #x do
    local w = 1 / errors[i] ^ 2
    if w == w and w < math.huge and y[i] == y[i] then
      s, sx, sy = s + w, sx + w * x[i], sy + w * y[i]
      sxx, sxy, n = sxx + w * x[i] ^ 2, sxy + w * x[i] * y[i], n + 1
    end
  end
  local determinant = s * sxx - sx * sx
  if n < 3 or not (determinant > 0) then return 0 / 0, 0 / 0 end
  local b = (s * sxy - sx * sy) / determinant
  local a, chi2 = (sy - b * sx) / s, 0
  for i = 1, #x do
    local off = (y[i] - a - b * x[i]) / errors[i]
    if off == off then chi2 = chi2 + off * off end
  end
  return b, math.sqrt(s / determinant * math.max(1, chi2 / (n - 2)))
end

return M
