-- Figures of impedance: Nyquist (equal axes, capacitive arcs up), Bode, residuals, DRT.
--
-- A curve is { spectrum =, fit =, label =, color = }: points, and perhaps the line of a circuit.Fit
-- through those that are not masked. Figures of curves take a spectrum (and its fit), one curve, or
-- a list of curves, spectra and fits, where a fit is that of the spectrum before it.

local arguments = require "matinf.arguments"
local e = require "matinf.error"
local fits = require "matinf.circuit.fit"
local spectrum_of = require "matinf.circuit.spectrum"

local M = {}

local POINTS = 300 -- of the line of a fit

local function is_spectrum(v) return getmetatable(v) == spectrum_of.Spectrum end

local function is_fit(v) return getmetatable(v) == fits.Fit end

local function checked(curve, called)
  e.options(curve, called, { "spectrum", "fit", "label", "color" })
  if not is_spectrum(curve.spectrum) then
    e.argument("spectrum", called, "circuit.Spectrum", curve.spectrum)
  end
  if curve.fit ~= nil and not is_fit(curve.fit) then
    e.argument("fit", called, "circuit.Fit", curve.fit)
  end
  return curve
end

-- Curves of a list, in which fits follow their spectra.
local function listed(list, called)
  local curves = {}
  for i, one in ipairs(list) do
    local last = curves[#curves]
    if is_spectrum(one) then
      curves[#curves + 1] = { spectrum = one }
    elseif is_fit(one) and last and last.fit == nil then
      last.fit = one
    elseif type(one) == "table" and not is_fit(one) then
      local copy = {}
      for name, value in pairs(one) do copy[name] = value end
      curves[#curves + 1] = checked(copy, called)
    else
      e.argument(("curves[%d]"):format(i), called,
        "circuit.Spectrum, the circuit.Fit of the spectrum before it, or a curve", one)
    end
  end
  return curves
end

local function curves_of(data, fit, called)
  if fit ~= nil then return { checked({ spectrum = data, fit = fit }, called) } end
  if is_spectrum(data) then return { { spectrum = data } } end
  if type(data) == "table" and data.spectrum ~= nil then return { checked(data, called) } end
  if type(data) ~= "table" or is_fit(data) or #data == 0 then
    e.argument("curves", called, "circuit.Spectrum, a curve or a list of curves", data)
  end
  return listed(data, called)
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

--- A Nyquist plot.
function M.nyquist(curves, fit)
  curves = curves_of(curves, fit, "circuit.nyquist")
  local unit = symbol(curves[1].spectrum.unit)
  local fig = figure { equal = true, x = { label = "Re Z", unit = unit },
    y = { label = "−Im Z", unit = unit } }
  for _, curve in ipairs(curves) do
    add_curve(fig, curve, function(_, z) return z.re, -z.im end)
  end
  return fig
end

--- Modulus and phase over the frequency.
function M.bode(curves, fit)
  curves = curves_of(curves, fit, "circuit.bode")
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

local function add_residual(fig, frequency, residual, part, options)
  local x, y = values(frequency, residual, by_frequency(frequency), function(f, r)
    return f, 100 * (part == "real" and r.re or r.im)
  end)
  fig:line(x, y, { width = 0.8, color = options.color })
  fig:points(x, y, { label = options.label, color = options.color, shape = options.shape,
    size = 0.5 })
end

local PAIR = { real = { label = "real", color = "blue", shape = "circle" },
  imaginary = { label = "imaginary", color = "vermillion", shape = "square" } }

-- Residuals { frequency, residual (over |Z|), label, color } with the band of twice the noise.
local function residual_figure(list, noise)
  local fig, ends = figure { x = { label = "Frequency", unit = "Hz", log = true },
    y = { label = "Residual", unit = "% of |Z|" }, size = { 15, 7 } }, {}
  for _, one in ipairs(list) do
    ends[1] = math.min(ends[1] or math.huge, one.frequency:min())
    ends[2] = math.max(ends[2] or 0, one.frequency:max())
  end
  if noise then
    fig:fill(ends, { -200 * noise, -200 * noise }, { 200 * noise, 200 * noise },
      { label = "±2 σ", color = "grey" })
  end
  for _, one in ipairs(list) do
    for _, part in ipairs { "real", "imaginary" } do
      local plain = PAIR[part]
      add_residual(fig, one.frequency, one.residual, part, { color = one.color or plain.color,
        shape = plain.shape, label = (one.label and one.label .. ", " or "") .. plain.label })
    end
  end
  return fig:hline(0, { style = "solid" })
end

local COLORS = { "blue", "vermillion", "green", "purple", "orange", "sky" }

--- What fits leave of spectra, relative to |Z|, with the band of twice the noise if known.
function M.residuals(curves, fit, options)
  local called = "circuit.residuals"
  if options == nil and type(fit) == "table" and not getmetatable(fit) then
    fit, options = nil, fit
  end
  options = e.options(options, called, { "noise" })
  arguments.positive(options.noise, "noise", called)
  local list = {}
  curves = curves_of(curves, fit, called)
  for i, curve in ipairs(curves) do
    if not curve.fit then e.argument("fit", called, "a circuit.Fit of each spectrum", curve.fit) end
    local s, several = curve.spectrum:kept(), #curves > 1
    list[i] = { frequency = s.frequency, label = curve.label or several and ("%d"):format(i) or nil,
      residual = (s.impedance - curve.fit:evaluate(s.frequency)) / s.impedance:abs(),
      color = curve.color or several and COLORS[(i - 1) % #COLORS + 1] or nil }
  end
  return residual_figure(list, options.noise)
end

--- Residuals relative to |Z|, in per cent, with the band of twice the noise (a fraction of |Z|).
function M.relative(frequency, residual, noise)
  return residual_figure({ { frequency = frequency, residual = residual } }, noise)
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
