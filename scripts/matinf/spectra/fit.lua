-- The class spectra.Fit: peaks on an active background, with errors, misfit and flags.
--
-- Fields: spectrum, k, shape, background, arrays area, position, width (FWHM), mix (Lorentzian
-- part), skew, share (of the sum of areas), errors (the same names), base, slope, step, tail, ramps
-- (terms of the background, core/spectra/peaks.h), noise (variance over mean), noise_source, chi2,
-- misfit (chi^2 per degree of freedom), deviance, bic, parameters, converged, flags (of each peak),
-- roles ("state", "satellite" or "line": a further one of a doublet or multiplet), names (of peaks
-- that were given), limits (from, to: of the position; low, high: of the width; of each peak),
-- bounds ({low, high}: usual limits of the width), average (points whose mean holds the background
-- at either end), seed, candidates and verdict (how k was chosen,
-- spectra/select.lua), reference (peak, energy, shift, error: see referenced).
--
-- Errors are those of the noise, times sqrt(misfit) where the model does not explain the data.

local c = require "matinf.c.spectra"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Fit = store.class("spectra.Fit", {})

-- What NeXus readers plot of a fit alone: areas as sticks at their positions.
function Fit:nxdata()
  local x, y = self.spectrum.x_unit, self.spectrum.y_unit
  local units = { position = x, width = x, area = y ~= "" and y .. " " .. x or nil }
  units.errors = { position = x, width = x, area = units.area }
  return { signal = "area", axes = { "position" }, units = units,
    errors = { area = "errors/area", position = "errors/position", width = "errors/width" } }
end

local function is_rising(spectrum) return spectrum.energy ~= "kinetic" end

-- ---- making -------------------------------------------------------------------------------------

local VALUES = { "area", "position", "width", "mix", "skew" }

local MOST_SKEW = { doniach = 0.35, asymmetric = 1 }

-- Bounds of the five values of a peak { position, area, width, mix, skew, from, to, low, high }:
-- from and to bound the position, low and high the width.
local function bounds(p, shape)
  local skew = MOST_SKEW[p.shape or shape] or 0
  return { 0, p.from, p.low, p.mix_low or 0, p.skew_low or 0 },
    { math.huge, p.to, p.high, p.mix_high or 1, p.skew_high or skew }
end

-- A matrix [k x 5] of what f(peak, name of the value) gives.
local function matrix(peaks, f)
  local result = {}
  for i, p in ipairs(peaks) do
    result[i] = {}
    for v, name in ipairs(VALUES) do result[i][v] = f(p, name) end
  end
  return result
end

-- Ties as the kernel takes them: peak.tie[name] = { peak =, factor =, offset = }.
local function add_ties(options, peaks)
  local any = false
  for _, p in ipairs(peaks) do any = any or p.tie end
  if not any then return end
  local place = {}
  for v, name in ipairs(VALUES) do place[name] = v end
  local function of(p, name) return p.tie and p.tie[name] end
  options.tie = matrix(peaks, function(p, name)
    return of(p, name) and 5 * (of(p, name).peak - 1) + place[name] or 0
  end)
  options.factor = matrix(peaks, function(p, name)
    return of(p, name) and of(p, name).factor or 1
  end)
  options.offset = matrix(peaks, function(p, name)
    return of(p, name) and of(p, name).offset or 0
  end)
end

-- Priors as the kernel takes them: peak.prior[name] = { value =, error = }.
local function add_priors(options, peaks)
  local any = false
  for _, p in ipairs(peaks) do any = any or p.prior end
  if not any then return end
  local function of(p, name, field)
    return p.prior and p.prior[name] and p.prior[name][field] or 0
  end
  options.prior = matrix(peaks, function(p, name) return of(p, name, "value") end)
  options.sd = matrix(peaks, function(p, name) return of(p, name, "error") end)
end

-- Rows (area, position, width, mix, skew) of the start and its bounds, from a list of peaks.
local function rows(peaks, shape)
  local start, low, high = {}, {}, {}
  for i, p in ipairs(peaks) do
    start[i] = { p.area, p.position, p.width, p.mix, p.skew or 0.1 }
    low[i], high[i] = bounds(p, shape)
  end
  return start, low, high
end

-- One shape for all peaks, or a list where some have their own.
local function shapes_of(shape, peaks)
  local list, own = {}, false
  for i, p in ipairs(peaks) do
    list[i] = p.shape or shape
    own = own or p.shape ~= nil
  end
  return own and list or shape
end

-- Measured curves of peaks as the kernel takes them: one after the other, over rising losses, each
-- with its own centre at 0.
local function add_curves(options, peaks)
  local array, x, y, n = require "matinf".array, {}, {}, {}
  for i, p in ipairs(peaks) do
    n[i] = 0
    if p.curve then
      local own = (p.curve.x - M.curve_centre(p.curve)) * (options.rising and 1 or -1)
      local order = own:argsort()
      x[#x + 1], y[#y + 1], n[i] = own:select(order), p.curve.y:select(order), #own
    end
  end
  if #x == 0 then return end
  options.curve_x, options.curve_y = array.concatenate(x), array.concatenate(y)
  options.curve_n = n
end

--- Where a measured curve is said to be: at its highest point.
function M.curve_centre(curve) return curve.x[curve.y:argmax()] end

--- Backgrounds that can be held at their ends.
M.HOLDS = { linear = true, shirley = true, tougaard = true }

local function kernel_options(spectrum, model, peaks)
  local options = { shape = shapes_of(model.shape, peaks), background = model.background,
    rising = is_rising(spectrum), noise = model.noise, kernel = model.kernel,
    average = model.average }
  add_curves(options, peaks)
  return options
end

-- What a peak is held by: all but its values.
local function limits_of(p)
  local limits = {}
  for _, name in ipairs { "from", "to", "low", "high", "mix_low", "mix_high", "skew_low",
    "skew_high", "tie", "prior", "component", "line", "shape", "curve" } do
    limits[name] = p[name]
  end
  return limits
end

--- What the kernel takes for peaks of a model: options, start, low, high.
function M.arguments(spectrum, peaks, model)
  local start, low, high = rows(peaks, model.shape)
  local options = kernel_options(spectrum, model, peaks)
  add_ties(options, peaks)
  add_priors(options, peaks)
  return { options = options, start = start, low = low, high = high }
end

--- The kernel's fit of intensities y at the spectrum's energies, as a plain table. Its `limits`
--- are those of the peaks.
function M.raw(spectrum, y, peaks, model, iterations, tolerance)
  local a = M.arguments(spectrum, peaks, model)
  a.options.iterations, a.options.tolerance = iterations, tolerance
  local raw = c.fit_peaks(spectrum.x, y, a.options, a.start, a.low, a.high)
  raw.limits = {}
  for i, p in ipairs(peaks) do raw.limits[i] = limits_of(p) end
  return raw
end

--- The peaks of a fit as a start, with their limits.
function M.start(fit)
  local peaks = {}
  for i = 1, fit.k do
    local peak = {}
    for name, value in pairs(fit.limits[i]) do peak[name] = value end
    for _, name in ipairs(VALUES) do peak[name] = fit[name][i] end
    peaks[i] = peak
  end
  return peaks
end

local COVARIANCES = { "area_covariance", "position_covariance" }

-- Puts the peaks in the order of rising position.
local function order(raw)
  local index = {}
  for i = 1, raw.k do index[i] = i end
  table.sort(index, function(a, b) return raw.position[a] < raw.position[b] end)
  local array = require "matinf".array
  for _, fields in ipairs { raw, raw.errors } do
    for _, name in ipairs { "area", "position", "width", "mix", "skew", "share" } do
      local values = {}
      for i, from in ipairs(index) do values[i] = fields[name][from] end
      fields[name] = array.array(values, { dtype = "f64" })
    end
  end
  for _, name in ipairs(COVARIANCES) do
    raw[name] = raw[name]:select(index, 1):select(index, 2)
  end
  return index
end

-- ---- adequacy -----------------------------------------------------------------------------------

local MOST_ITERATIONS = 500
local SIGMAS = 3 -- beyond which chi^2, or the structure of the residual, is no chance

-- Whether the model explains the data: chi^2 as large as the noise gives, to 3 standard deviations
-- (noise read from the data themselves makes it less certain), and neighbouring residuals that do
-- not agree more than by chance.
local function judge_adequacy(fit)
  local freedom = math.max(1, #fit.spectrum.x - fit.parameters)
  local spread = math.sqrt(2 / freedom) * (fit.noise_source == "scatter" and 2 or 1)
  local x = fit.spectrum.x
  local width = fit.width:mean() * (#x - 1) / (x:max() - x:min())
  fit.misfit = fit.chi2 / freedom
  fit.excess = (fit.misfit - 1) / spread
  fit.structure = c.structure(fit:residual(), math.max(2, math.floor(width)))
  fit.adequate = fit.excess < SIGMAS and fit.structure < SIGMAS
end

-- What a misfit that is no chance adds to the errors of the noise.
local function inflate(raw)
  local factor = raw.adequate and 1 or math.sqrt(math.max(1, raw.misfit))
  for name, value in pairs(raw.errors) do raw.errors[name] = value * factor end
  for _, name in ipairs(COVARIANCES) do raw[name] = raw[name] * factor ^ 2 end
end

-- Limits whose ties name peaks by their new places.
local function moved(limits, new_place)
  if not limits.tie then return limits end
  local copy, ties = {}, {}
  for name, value in pairs(limits) do copy[name] = value end
  for name, tie in pairs(limits.tie) do
    ties[name] = { peak = new_place[tie.peak], factor = tie.factor, offset = tie.offset }
  end
  copy.tie = ties
  return copy
end

--- A Fit from the kernel's table. model: shape, background, noise, noise_source, bounds, seed.
function M.new(spectrum, raw, model, names)
  local n = #spectrum.x
  local index, new_place = order(raw), {}
  for i, from in ipairs(index) do new_place[from] = i end
  raw.bic = raw.deviance + raw.parameters * math.log(n)
  raw.spectrum = spectrum
  for _, name in ipairs { "shape", "background", "noise", "noise_source", "bounds", "seed", "kernel",
    "average" } do
    raw[name] = model[name]
  end
  local limits = raw.limits
  raw.names, raw.flags, raw.roles, raw.limits = {}, {}, {}, {}
  for i, from in ipairs(index) do
    raw.limits[i] = moved(limits[from], new_place)
    raw.names[i], raw.flags[i], raw.roles[i] = names and names[from] or "", {}, "state"
  end
  setmetatable(raw, Fit)
  judge_adequacy(raw)
  inflate(raw)
  return raw
end

-- ---- the model ----------------------------------------------------------------------------------

local function terms_of(fit)
  local terms = { fit.base, fit.slope, fit.step, fit.tail }
  for i = 1, #fit.ramps do terms[4 + i] = fit.ramps[i] end
  return terms
end

local function parts_at(fit, x)
  local peaks, s = {}, fit.spectrum
  for i = 1, fit.k do
    for v, name in ipairs(VALUES) do
      peaks[i] = peaks[i] or {}
      peaks[i][v] = fit[name][i]
    end
  end
  return c.evaluate_peaks(x, kernel_options(s, fit, fit.limits), peaks, terms_of(fit),
    (s.x:min() + s.x:max()) / 2)
end

-- The energies of the data with those of x among them, rising, and where those of x stand there:
-- losses are summed up over all of the data, wherever the model is wanted.
local function merged(data, x)
  local all = {}
  for i = 1, #data do all[i] = data[i] end
  for i = 1, #x do all[#all + 1] = x[i] end
  table.sort(all)
  local grid, place, places = {}, {}, {}
  for _, value in ipairs(all) do
    if value ~= grid[#grid] then
      grid[#grid + 1] = value
      place[value] = #grid
    end
  end
  for i = 1, #x do places[i] = place[x[i]] end
  return grid, places
end

local function energies_of(x)
  local array = require "matinf".array.from(x, { dtype = "f64" })
  local good = #array.shape == 1 and #array > 0 and array:abs():max() < math.huge
  if not good then e.argument("x", "spectra.Fit:evaluate", "finite energies", x) end
  return array
end

--- The model at x: column 1 is the background, then one column a peak.
function Fit:evaluate(x)
  local s = self.spectrum
  if x == nil then return parts_at(self, s.x) end
  local grid, places = merged(s.x, energies_of(x))
  return parts_at(self, grid):select(places, 1)
end

--- Data minus the intensities of a model, in units of the noise of each point.
function M.residual(fit, model)
  return (fit.spectrum.y - model) / (model:clip(fit.noise, math.huge) * fit.noise):sqrt()
end

--- Data minus model, in units of the noise of each point.
function Fit:residual() return M.residual(self, self:evaluate():sum(2)) end

--- The intensities of a model like this fit with the values of the kernel's table.
function M.values(fit, raw)
  local like = { spectrum = fit.spectrum, shape = fit.shape, background = fit.background,
    noise = fit.noise, kernel = fit.kernel }
  for name, value in pairs(raw) do like[name] = value end
  return setmetatable(like, Fit):evaluate():sum(2)
end

local TERMS = { "base", "slope", "step", "tail" }

--- The same model with other values of its peaks (lists of k) or of its background: to draw it, or
--- to make spectra of it. Its errors and misfit are those of the fit that it comes from no longer.
function Fit:with(changes)
  local called, array = "spectra.Fit:with", require "matinf".array
  local valid = table.move(TERMS, 1, #TERMS, #VALUES + 1, { table.unpack(VALUES) })
  local o, copy = e.options(changes, called, valid), {}
  for name, value in pairs(self) do copy[name] = value end
  for name, value in pairs(o) do
    local is_term = type(self[name]) == "number"
    if is_term and (type(value) ~= "number" or not (math.abs(value) < math.huge)) then
      e.argument(name, called, "finite number", value)
    end
    copy[name] = is_term and value or array.from(value, { dtype = "f64" })
    if not is_term and (#copy[name].shape ~= 1 or #copy[name] ~= self.k) then
      e.argument(name, called, ("%d numbers"):format(self.k), value)
    end
  end
  copy.errors, copy.misfit, copy.excess, copy.adequate = nil, nil, nil, nil
  return setmetatable(copy, Fit)
end

--- The same model, with its limits, ties and priors, fitted to another spectrum.
function Fit:refitted(spectrum)
  if getmetatable(spectrum) ~= getmetatable(self.spectrum) then
    e.argument("spectrum", "spectra.Fit:refitted", "spectra.Spectrum", spectrum)
  end
  local noise, source = spectrum:noise()
  if self.noise_source == "given" then noise, source = self.noise, "given" end
  local model = { shape = self.shape, background = self.background, kernel = self.kernel,
    noise = noise, noise_source = source, bounds = self.bounds, seed = self.seed,
    average = self.average }
  local peaks, scale = M.start(self), spectrum.y:sum() / self.spectrum.y:sum()
  for _, p in ipairs(peaks) do p.area = p.area * math.max(scale, 1e-9) end
  local fit = M.new(spectrum, M.raw(spectrum, spectrum.y, peaks, model, MOST_ITERATIONS), model,
    self.names)
  require "matinf.spectra.flag".set(fit)
  return fit
end

-- ---- distances ----------------------------------------------------------------------------------

-- The peak whose position that of peak i follows, at a distance that never changes.
local function leader(fit, i)
  local tie = fit.limits[i].tie
  return tie and tie.position and tie.position.peak or i
end

-- Standard error of the distance between two positions, which vary together.
local function distance_error(fit, i, j)
  if leader(fit, i) == leader(fit, j) then return 0 end
  local c = fit.position_covariance
  return math.sqrt(math.max(0, c[i][i] + c[j][j] - 2 * c[i][j]))
end

-- ---- charge reference -----------------------------------------------------------------------------

local peak_names

-- The number of a peak from its name or number.
local function find_peak(self, peak, called)
  local names = peak_names(self)
  for i, name in ipairs(names) do
    if peak == i or peak == name then return i, name end
  end
  e.argument("peak", called, ("one of %s, or its number"):format(table.concat(names, ", ")), peak)
end

local function shifted_limits(limits, shift)
  local copy = {}
  for name, value in pairs(limits) do copy[name] = value end
  copy.from, copy.to = limits.from + shift, limits.to + shift
  if limits.prior and limits.prior.position then
    copy.prior = {}
    for name, value in pairs(limits.prior) do copy.prior[name] = value end
    local p = limits.prior.position
    copy.prior.position = { value = p.value + shift, error = p.error }
  end
  return copy
end

-- What says in words where peaks are.
local function move_words(fit, shift)
  local flag = require "matinf.spectra.flag"
  if fit.verdict then fit.verdict = flag.moved(fit.verdict, shift) end
  for _, name in ipairs { "candidates", "rivals" } do
    local list = {}
    for i, one in ipairs(fit[name] or {}) do
      list[i] = {}
      for field, value in pairs(one) do list[i][field] = value end
      list[i].defects = flag.moved(one.defects, shift)
    end
    fit[name] = fit[name] and list
  end
end

-- Covariance of positions less that of one peak, from that of the positions.
local function covariance_from(c, at)
  local k = #c
  local own = c[{ {}, at }]:copy()
  return c - own:reshape(k, 1) - own:reshape(1, k) + own[at]
end

--- The same fit on a scale of energies where a peak (its name or number) is at a known energy. The
--- errors of the other positions are then those of their distances from it.
function Fit:referenced(peak, energy)
  local called = "spectra.Fit:referenced"
  local at, name = find_peak(self, peak, called)
  if type(energy) ~= "number" or not (math.abs(energy) < math.huge) then
    e.argument("energy", called, "finite number", energy)
  end
  local shift, own, copy = energy - self.position[at], self.errors.position[at], {}
  for field, value in pairs(self) do copy[field] = value end
  copy.spectrum, copy.position = self.spectrum:calibrate(shift, 0), self.position + shift
  copy.position[at] = energy
  copy.errors, copy.limits = {}, {}
  for field, value in pairs(self.errors) do copy.errors[field] = value end
  copy.errors.position = self.errors.position:copy()
  for i = 1, self.k do copy.errors.position[i] = distance_error(self, i, at) end
  copy.position_covariance = covariance_from(self.position_covariance, at)
  for i, limits in ipairs(self.limits) do copy.limits[i] = shifted_limits(limits, shift) end
  move_words(copy, shift)
  copy.reference = { peak = name, energy = energy, shift = shift, error = own }
  return setmetatable(copy, Fit)
end

--- What the scale of energies refers to, in words; nil where that is the spectrum's own.
function Fit:reference_text()
  local r, unit = self.reference, self.spectrum.x_unit
  if not r then return nil end
  return ("Energies refer to %s at %.2f %s: they are shifted by %+.3f ± %.3f %s."):format(r.peak,
    r.energy, unit, r.shift, r.error, unit)
end

--- Thins the counts into two independent halves, fits each and judges it by the other.
function Fit:held_out_score() return (require "matinf.spectra.choose".held_out(self)) end

--- The peaks and range as CasaXPS keeps them in comments.
function Fit:casa() return require "matinf.spectra.casa".of_fit(self) end

--- Errors and intervals from fits of spectra drawn from the model.
function Fit:bootstrap(options) return require "matinf.spectra.bootstrap".run(self, options) end

-- ---- showing ------------------------------------------------------------------------------------

-- The component of each peak: peaks of one doublet or multiplet have the same.
local function component_of(self, i) return self.limits[i].component or -i end

-- Which state each peak belongs to (lines to the first of their component; none to satellites), and
-- the sum of the areas of all states.
local function states_of(self)
  local first, state, total = {}, {}, 0
  for i = 1, self.k do
    if self.roles[i] == "state" then first[component_of(self, i)] = i end
  end
  for i = 1, self.k do
    state[i] = first[component_of(self, i)]
    if state[i] then total = total + self.area[i] end
  end
  return state, total
end

-- Share and error of state i: areas of states vary together.
local function share_of(self, i, state, total)
  local area, variance = 0, 0
  for a = 1, self.k do
    if state[a] == i then area = area + self.area[a] end
  end
  local share = area / total
  for a = 1, self.k do
    for b = 1, self.k do
      local weight = ((state[a] == i and 1 or 0) - share) * ((state[b] == i and 1 or 0) - share)
      if state[a] and state[b] and weight ~= 0 then
        variance = variance + weight * self.area_covariance[a][b]
      end
    end
  end
  return share, math.sqrt(math.max(variance, 0)) / total
end

--- Shares of the states alone (in their order, nil for satellites), with errors. All lines of a
--- doublet or multiplet are one state; its share stands at the first.
function Fit:state_shares()
  local state, total = states_of(self)
  local shares, errors = {}, {}
  for i = 1, total > 0 and self.k or 0 do
    if self.roles[i] == "state" then
      shares[i], errors[i] = share_of(self, i, state, total)
    end
  end
  return shares, errors
end

--- A table.Table of the components: a doublet or multiplet is one, with the sum of its areas.
function Fit:components()
  local names, order, index, labels = M.peak_names(self), {}, {}, {}
  for i = 1, self.k do
    local key = component_of(self, i)
    if not index[key] then
      order[#order + 1], index[key] = key, {}
      labels[key] = (names[i]:gsub(", line %d+$", ""))
    end
    table.insert(index[key], i)
  end
  local areas, errors, positions, name_list = {}, {}, {}, {}
  for n, key in ipairs(order) do
    local area, variance, strongest = 0, 0, index[key][1]
    for _, i in ipairs(index[key]) do
      area = area + self.area[i]
      if self.area[i] > self.area[strongest] then strongest = i end
      for _, j in ipairs(index[key]) do variance = variance + self.area_covariance[i][j] end
    end
    areas[n], errors[n] = area, math.sqrt(math.max(variance, 0))
    positions[n], name_list[n] = self.position[strongest], labels[key]
  end
  return require "matinf".table.new {
    { name = "component", values = name_list },
    { name = "position", unit = self.spectrum.x_unit, values = positions },
    { name = "area", values = areas, error = "area error" },
    { name = "area error", values = errors } }
end

function peak_names(self)
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

--- Whether two peaks are parts of one component, such as a doublet.
function M.same_component(fit, i, j)
  local a, b = fit.limits[i].component, fit.limits[j].component
  return a ~= nil and a == b
end

-- 0 and infinity are no standard errors: a value at its bound, one that nothing determines.
local function known(errors)
  local list = {}
  for i = 1, #errors do list[i] = errors[i] > 0 and errors[i] < math.huge and errors[i] or 0 / 0 end
  return list
end

-- Those of the distances from one peak: 0 where a tie fixes it.
local function offset_errors(self, from)
  local list = {}
  for i = 1, self.k do list[i] = distance_error(self, i, from) end
  local stated = known(list)
  for i = 1, self.k do
    if leader(self, i) == leader(self, from) then stated[i] = 0 end
  end
  return stated
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
    columns[#columns + 1] = { name = name .. " error", unit = unit, values = errors }
  end
  add("position", s.x_unit, self.position, known(self.errors.position))
  local main = main_peak(self)
  add("offset", s.x_unit, self.position - self.position[main], offset_errors(self, main))
  add("FWHM", s.x_unit, self.width, known(self.errors.width))
  if self.shape == "pseudo-voigt" then add("Lorentz part", nil, self.mix, known(self.errors.mix)) end
  add("area", s.y_unit ~= "" and s.y_unit .. " " .. s.x_unit or nil, self.area,
    known(self.errors.area))
  local shares, spread = percent(self)
  add("share", "%", shares, known(spread))
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
  local head = "%d %s peaks on a %s background%s; chi^2 per degree of freedom %.2f"
  local held = self.average and (" through the means of %d points at its ends"):format(self.average)
  local lines = { head:format(self.k, self.shape, self.background, held or "", self.misfit),
    tostring(self:table()) }
  lines[#lines + 1] = self:reference_text()
  if self.verdict then lines[#lines + 1] = self.verdict end
  return table.concat(lines, "\n")
end

M.Fit = Fit
return M
