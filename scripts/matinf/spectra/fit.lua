-- The class spectra.Fit: peaks on an active background, with errors, misfit and flags.
--
-- Fields: spectrum, k, shape, background, arrays area, position, width (FWHM), mix (Lorentzian
-- part), share (of the sum of areas), errors (the same names), base and slope (of the background,
-- core/spectra/peaks.h), noise (variance over mean) and noise_source, chi2, misfit (chi^2 per
-- degree
-- of freedom), deviance, bic, parameters, converged, flags (list of texts for each peak), roles
-- ("state" or "satellite"), names (of peaks that were given), limits (from, to: of the position;
-- low, high: of the width; of each peak), bounds ({low, high}: usual limits of the width), seed,
-- candidates and verdict (how k was chosen, spectra/select.lua).
--
-- Errors are those of the noise, times sqrt(misfit) where the misfit exceeds 1.

local c = require "matinf.c.spectra"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Fit = store.class("spectra.Fit", {})

local function is_rising(spectrum) return spectrum.energy ~= "kinetic" end

-- ---- making -------------------------------------------------------------------------------------

-- Rows (area, position, width, mix) of the start and its bounds, from a list of peaks
-- { position, area, width, mix, from, to, low, high } (bounds of position and width).
local function rows(peaks)
  local start, low, high = {}, {}, {}
  for i, p in ipairs(peaks) do
    start[i] = { p.area, p.position, p.width, p.mix }
    low[i] = { 0, p.from, p.low, 0 }
    high[i] = { math.huge, p.to, p.high, 1 }
  end
  return start, low, high
end

--- The kernel's fit of intensities y at the spectrum's energies, as a plain table. Its `limits`
--- are those of the peaks.
function M.raw(spectrum, y, peaks, model, iterations)
  local start, low, high = rows(peaks)
  local raw = c.fit_peaks(spectrum.x, y, { shape = model.shape, background = model.background,
    rising = is_rising(spectrum), noise = model.noise, iterations = iterations }, start, low, high)
  raw.limits = {}
  for i, p in ipairs(peaks) do
    raw.limits[i] = { from = p.from, to = p.to, low = p.low, high = p.high }
  end
  return raw
end

--- The peaks of a fit as a start, with their limits.
function M.start(fit)
  local peaks = {}
  for i = 1, fit.k do
    local limits = fit.limits[i]
    peaks[i] = { position = fit.position[i], area = fit.area[i], width = fit.width[i],
      mix = fit.mix[i], from = limits.from, to = limits.to, low = limits.low, high = limits.high }
  end
  return peaks
end

-- Puts the peaks in the order of rising position.
local function order(raw)
  local index = {}
  for i = 1, raw.k do index[i] = i end
  table.sort(index, function(a, b) return raw.position[a] < raw.position[b] end)
  local array = require "matinf".array
  for _, fields in ipairs { raw, raw.errors } do
    for _, name in ipairs { "area", "position", "width", "mix", "share" } do
      local values = {}
      for i, from in ipairs(index) do values[i] = fields[name][from] end
      fields[name] = array.array(values, { dtype = "f64" })
    end
  end
  return index
end

-- What the misfit adds to the errors of the noise.
local function inflate(raw)
  local factor = math.sqrt(math.max(1, raw.misfit))
  for name, value in pairs(raw.errors) do raw.errors[name] = value * factor end
end

--- A Fit from the kernel's table. model: shape, background, noise, noise_source, bounds, seed.
function M.new(spectrum, raw, model, names)
  local n = #spectrum.x
  local index = order(raw)
  raw.misfit = raw.chi2 / math.max(1, n - raw.parameters)
  raw.bic = raw.deviance + raw.parameters * math.log(n)
  inflate(raw)
  raw.spectrum = spectrum
  for _, name in ipairs { "shape", "background", "noise", "noise_source", "bounds", "seed" } do
    raw[name] = model[name]
  end
  local limits = raw.limits
  raw.names, raw.flags, raw.roles, raw.limits = {}, {}, {}, {}
  for i, from in ipairs(index) do
    raw.limits[i] = limits[from]
    raw.names[i], raw.flags[i], raw.roles[i] = names and names[from] or "", {}, "state"
  end
  return setmetatable(raw, Fit)
end

-- ---- the model ----------------------------------------------------------------------------------

--- The model at x: column 1 is the background, then one column a peak.
function Fit:evaluate(x)
  local peaks, s = {}, self.spectrum
  local low, high = s.x:min(), s.x:max()
  for i = 1, self.k do peaks[i] = { self.area[i], self.position[i], self.width[i], self.mix[i] } end
  local model = { shape = self.shape, background = self.background, rising = is_rising(s),
    noise = self.noise }
  return c.evaluate_peaks(x or s.x, model, peaks, self.base, self.slope,
    is_rising(s) and low or high, (low + high) / 2)
end

--- Data minus model, in units of the noise of each point.
function Fit:residual()
  local model = self:evaluate():sum(2)
  return (self.spectrum.y - model) / (model:clip(self.noise, math.huge) * self.noise):sqrt()
end

-- ---- held-out counts ----------------------------------------------------------------------------

-- log-likelihood (up to a constant of the data) and chi^2 of intensities under a model
local function judge(y, model, noise)
  model = model:clip(1e-6 * noise, math.huge)
  local off = y - model
  return (y * model:log() - model):sum() / noise,
    (off * off / (model:clip(noise, math.huge) * noise)):sum()
end

-- Fits one half of the counts and is judged by the other.
local function half_score(self, train, test)
  local s = self.spectrum
  local raw = M.raw(s, train, M.start(self), self, 100)
  raw.spectrum, raw.shape, raw.background, raw.noise = s, self.shape, self.background, self.noise
  return judge(test, setmetatable(raw, Fit):evaluate():sum(2), self.noise)
end

--- Thins the counts into two independent halves, fits each and judges it by the other.
function Fit:held_out_score()
  local one, two = c.thin(self.spectrum.y, 0.5, self.noise, self.seed)
  local l1, chi1 = half_score(self, one, two)
  local l2, chi2 = half_score(self, two, one)
  return { log_likelihood = l1 + l2, misfit = (chi1 + chi2) / (2 * #one), points = #one }
end

-- ---- showing ------------------------------------------------------------------------------------

--- Shares of the states alone (in their order, nil for satellites), with errors.
function Fit:state_shares()
  local total, shares, errors = 0, {}, {}
  for i = 1, self.k do
    if self.roles[i] == "state" then total = total + self.share[i] end
  end
  for i = 1, self.k do
    if self.roles[i] == "state" and total > 0 then
      shares[i], errors[i] = self.share[i] / total, self.errors.share[i] / total
    end
  end
  return shares, errors
end

local function peak_names(self)
  local names, states, satellites = {}, 0, 0
  for i = 1, self.k do
    if self.names[i] ~= "" then
      names[i] = self.names[i]
    elseif self.roles[i] == "state" then
      states = states + 1
      names[i] = "state " .. states
    else
      satellites = satellites + 1
      names[i] = "satellite " .. satellites
    end
  end
  return names
end

-- The state of the largest area, from which offsets count.
local function main_peak(self)
  local best = 1
  for i = 2, self.k do
    if self.area[i] > self.area[best] then best = i end
  end
  return best
end

M.main_peak, M.peak_names = main_peak, peak_names

-- 0 and infinity are no standard errors: a value at its bound, one that nothing determines.
local function known(errors)
  local list = {}
  for i = 1, #errors do list[i] = errors[i] > 0 and errors[i] < math.huge and errors[i] or 0 / 0 end
  return list
end

local function percent(self)
  local shares, errors = self:state_shares()
  local values, spread = {}, {}
  for i = 1, self.k do
    values[i], spread[i] = shares[i] and 100 * shares[i] or 0 / 0, errors[i] and 100 * errors[i]
      or 0 / 0
  end
  return values, spread
end

--- A table.Table of the peaks with standard errors; shares are among the states.
function Fit:table()
  local columns, s = { { name = "peak", values = peak_names(self) } }, self.spectrum
  local function add(name, unit, values, errors)
    columns[#columns + 1] = { name = name, unit = unit, values = values, error = name .. " error" }
    columns[#columns + 1] = { name = name .. " error", unit = unit, values = known(errors) }
  end
  add("position", s.x_unit, self.position, self.errors.position)
  local main = main_peak(self)
  local offset_error = (self.errors.position ^ 2 + self.errors.position[main] ^ 2):sqrt()
  offset_error[main] = 0
  add("offset", s.x_unit, self.position - self.position[main], offset_error)
  add("FWHM", s.x_unit, self.width, self.errors.width)
  if self.shape == "pseudo-voigt" then add("Lorentz part", nil, self.mix, self.errors.mix) end
  add("area", s.y_unit ~= "" and s.y_unit .. " " .. s.x_unit or nil, self.area, self.errors.area)
  add("share", "%", percent(self))
  local flags = {}
  for i = 1, self.k do flags[i] = table.concat(self.flags[i], ", ") end
  columns[#columns + 1] = { name = "flags", values = flags }
  return require "matinf".table.new(columns)
end

local function data_panel(self, parts, model)
  local s = self.spectrum
  local figure = require "matinf".plot.figure { x = s:axis(), y = s:intensity_axis() }
  local base = parts[{ {}, 1 }]
  local names = peak_names(self)
  for i = 1, self.k do
    figure:fill(s.x, base, base + parts[{ {}, i + 1 }],
      { label = ("%s, %.2f %s"):format(names[i], self.position[i], s.x_unit) })
  end
  figure:points(s.x, s.y, { label = "data", color = "black", shape = "open-circle", size = 0.45 })
  if self.background ~= "none" then
    figure:line(s.x, base, { label = "background", color = "black", style = "dashed", width = 1 })
  end
  figure:line(s.x, model, { label = "sum", color = "vermillion", width = 1.4 })
  return figure
end

local function residual_panel(self)
  local s, residual = self.spectrum, self:residual()
  local reach = math.max(4, math.ceil(residual:abs():max())) + 0.5 -- no label at the border
  local figure = require "matinf".plot.figure { x = s:axis(),
    y = { label = "Residual", unit = "σ", range = { -reach, reach } } }
  figure:fill(s.x, s.x * 0 - 2, s.x * 0 + 2, { color = "grey", opacity = 0.2 })
  figure:hline(0, { style = "solid", width = 0.8 })
  figure:line(s.x, residual, { color = "black", width = 0.9 })
  return figure
end

--- Data, peaks, their sum and the background over the residual in units of the noise. Saved when a
--- path is given.
function Fit:plot(path)
  local parts = self:evaluate()
  local both = require "matinf".plot.panels { data_panel(self, parts, parts:sum(2)),
    residual_panel(self),
    share_x = true, heights = { 3, 1 }, size = { 15, 13 } }
  if path then both:save(path) end
  return both
end

function Fit:__tostring()
  local head = "%d %s peaks on a %s background; chi^2 per degree of freedom %.2f"
  local lines = { head:format(
    self.k, self.shape, self.background, self.misfit), tostring(self:table()) }
  if self.verdict then lines[#lines + 1] = self.verdict end
  return table.concat(lines, "\n")
end

M.Fit = Fit
return M
