-- Figures of impedance: Nyquist (equal axes, capacitive arcs up), Bode, residuals, DRT.
--
-- A curve is { spectrum =, fit =, label =, color = }: points, and perhaps the line of a circuit.Fit
-- through those that are not masked.

local arguments = require "matinf.arguments"
local e = require "matinf.error"
local fits = require "matinf.circuit.fit"
local spectrum_of = require "matinf.circuit.spectrum"

local M = {}

local POINTS = 300 -- of the line of a fit

local function check(spectrum, fit, called)
  if getmetatable(spectrum) ~= spectrum_of.Spectrum then
    e.argument("spectrum", called, "circuit.Spectrum", spectrum)
  end
  if fit ~= nil and getmetatable(fit) ~= fits.Fit then
    e.argument("fit", called, "circuit.Fit", fit)
  end
end

local function check_curves(curves, called)
  if getmetatable(curves) == spectrum_of.Spectrum then curves = { { spectrum = curves } } end
  if type(curves) ~= "table" or #curves == 0 then
    e.argument("curves", called, "circuit.Spectrum or list of curves", curves)
  end
  for _, curve in ipairs(curves) do
    e.options(curve, called, { "spectrum", "fit", "label", "color" })
    check(curve.spectrum, curve.fit, called)
  end
  return curves
end

local symbols = { ohm = "Ω", ["ohm cm2"] = "Ω cm²" }

local function symbol(unit) return symbols[unit] or unit end

local function figure(options) return require "matinf".plot.figure(options) end

-- The points that are masked (kind 1) or not (kind 0), or nil when there are none.
local function points(spectrum, kind)
  local list = {}
  for i = 1, #spectrum do
    local masked = spectrum.masked and spectrum.masked[i] ~= 0 and 1 or 0
    if masked == kind then list[#list + 1] = i end
  end
  return list[1] and list
end

-- Two lists of what f makes of the frequency and impedance of the points in the list.
local function values(frequency, impedance, list, f)
  local x, y = {}, {}
  for k, i in ipairs(list) do x[k], y[k] = f(frequency[i], impedance[i]) end
  return x, y
end

local function by_frequency(frequency)
  local order = {}
  for i = 1, #frequency do order[i] = i end
  table.sort(order, function(a, b) return frequency[a] < frequency[b] end)
  return order
end

-- Points of a curve, those masked as grey crosses, and the line of its fit.
local function add_curve(fig, curve, f)
  local s, fit = curve.spectrum, curve.fit
  local kept, masked = points(s, 0), points(s, 1)
  local x, y = values(s.frequency, s.impedance, kept, f)
  fig:points(x, y, { label = curve.label, size = #s > 100 and 0.5 or 0.7, color = curve.color })
  if masked then
    x, y = values(s.frequency, s.impedance, masked, f)
    fig:points(x, y, { label = "left out", color = "grey", shape = "cross" })
  end
  if fit then
    local of = s:kept().frequency
    local grid = require "matinf".array.logspace(math.log(of:min(), 10), math.log(of:max(), 10),
      POINTS)
    x, y = values(grid, fit:evaluate(grid), by_frequency(grid), f)
    local label = not curve.label and tostring(fit.circuit) or nil
    fig:line(x, y, { label = label, color = curve.color or "vermillion" })
  end
end

--- A Nyquist plot of a spectrum or of a list of curves.
function M.nyquist(curves)
  curves = check_curves(curves, "circuit.nyquist")
  local unit = symbol(curves[1].spectrum.unit)
  local fig = figure { equal = true, x = { label = "Re Z", unit = unit },
    y = { label = "−Im Z", unit = unit } }
  for _, curve in ipairs(curves) do
    add_curve(fig, curve, function(_, z) return z.re, -z.im end)
  end
  return fig
end

--- Modulus and phase over the frequency, of a spectrum or of a list of curves.
function M.bode(curves)
  curves = check_curves(curves, "circuit.bode")
  local unit = symbol(curves[1].spectrum.unit)
  local x = { label = "Frequency", unit = "Hz", log = true }
  local top = figure { x = x, y = { label = "|Z|", unit = unit, log = true } }
  local bottom = figure { x = x, y = { label = "−Phase", unit = "°" } }
  for _, curve in ipairs(curves) do
    add_curve(top, curve, function(f, z) return f, z:abs() end)
    add_curve(bottom, curve, function(f, z) return f, -z:arg() * 180 / math.pi end)
  end
  return require "matinf".plot.panels { top, bottom, share_x = true }
end

--- What a fit leaves of a spectrum, relative to |Z|, with the band of twice the noise if known.
function M.residuals(spectrum, fit, options)
  local called = "circuit.residuals"
  options = e.options(options, called, { "noise" })
  check(spectrum, fit or false, called)
  arguments.positive(options.noise, "noise", called)
  local s = spectrum:kept()
  local off = (s.impedance - fit:evaluate(s.frequency)) / s.impedance:abs()
  return M.relative(s.frequency, off, options.noise)
end

--- Residuals relative to |Z|, in per cent, with the band of twice the noise (a fraction of |Z|).
function M.relative(frequency, residual, noise)
  local fig = figure { x = { label = "Frequency", unit = "Hz", log = true },
    y = { label = "Residual", unit = "% of |Z|" }, size = { 15, 7 } }
  local order = by_frequency(frequency)
  if noise then
    local low, high = frequency[order[1]], frequency[order[#order]]
    fig:fill({ low, high }, { -200 * noise, -200 * noise }, { 200 * noise, 200 * noise },
      { label = "±2 σ", color = "grey" })
  end
  for _, part in ipairs { "real", "imaginary" } do
    local x, y = values(frequency, residual, order, function(f, r)
      return f, 100 * (part == "real" and r.re or r.im)
    end)
    fig:line(x, y, { width = 0.8, color = part == "real" and "blue" or "vermillion" })
    fig:points(x, y, { label = part, color = part == "real" and "blue" or "vermillion",
      shape = part == "real" and "circle" or "square", size = 0.5 })
  end
  return fig:hline(0, { style = "solid" })
end

--- A distribution of relaxation times over the time constant.
function M.drt(drt)
  local fig = figure { x = { label = "Time constant", unit = "s", log = true },
    y = { label = "γ(ln τ)", unit = symbol(drt.spectrum.unit) }, size = { 15, 7 } }
  fig:line(drt.tau, drt.gamma)
  local top = drt.gamma:max()
  for _, peak in ipairs(drt.peaks) do
    if peak.height > 0.15 * top then
      local tau = peak.tau < 0.1 and ("%.3g ms"):format(1e3 * peak.tau) or ("%.3g s"):format(peak.tau)
      fig:text(peak.tau, peak.height + 0.05 * top, tau, { align = "center" })
    end
  end
  return fig
end

return M
