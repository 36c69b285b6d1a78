-- spectra.map: one model fitted to every spectrum of a stack, and the class spectra.Map of its
-- results.
--
-- Fields, m spectra (counted row by row), k peaks: arrays [m x k] position, area, width, mix, skew,
-- share (of the sum of areas), errors (the same names), position_covariance [m x k x k], terms
-- [m x 9] (base, slope, step, tail and five ramps of the background), misfit, excess (of misfit
-- over 1, in its standard deviations) [m],
-- converged, usable [m] u8; names of the peaks, roles, shape, background, average, noise, noise_source,
-- rows, columns, axes, x_unit, y_unit, reference (see referenced).
--
-- Errors are those of the noise, times sqrt(misfit) where the model does not explain the spectrum;
-- NaN where the data fix nothing (a value at its bound).

local c = require "matinf.c.spectra"
local e = require "matinf.error"
local fit_of = require "matinf.spectra.fit"
local stack_of = require "matinf.spectra.stack"
local store = require "matinf.store"

local M = {}
local Map = store.class("spectra.Map", {})

local SIGMAS = 3 -- excess beyond which a misfit is no chance
local PEAKS = { "position", "area", "width", "mix", "skew", "share" }
local EACH = { "misfit", "excess", "converged", "usable" }
local WHOLE = { "terms", "position_covariance" } -- that no name of an image asks for

-- ---- fitting ------------------------------------------------------------------------------------

-- NaN for what is no error: 0 of a value at its bound, infinity of one that nothing determines.
local function known(errors)
  local array = require "matinf".array
  return array.where(errors:gt(0) * errors:lt(math.huge), errors, errors * 0 + 0 / 0)
end

-- The kernel's table of one piece as fields of a Map.
local function results_of(raw)
  local array = require "matinf".array
  local freedom = raw.freedom:astype "f64"
  raw.excess = (raw.misfit - 1) / (2 / freedom):sqrt()
  local enlarged = array.where(raw.excess:lt(SIGMAS), raw.misfit * 0 + 1,
    raw.misfit:clip(1, math.huge):sqrt()):reshape(#raw.misfit, 1)
  for name, values in pairs(raw.errors) do raw.errors[name] = known(values) * enlarged end
  raw.position_covariance = raw.position_covariance * (enlarged ^ 2):reshape(#raw.misfit, 1, 1)
  raw.converged, raw.usable = raw.reason:eq(0), raw.reason:ne(3)
  raw.reason, raw.freedom = nil, nil
  return raw
end

local function joined(parts)
  local array, whole = require "matinf".array, { errors = {} }
  local function join(name, field)
    local list = {}
    for i, part in ipairs(parts) do list[i] = field and part[field][name] or part[name] end
    return array.concatenate(list, 1)
  end
  for _, name in ipairs(PEAKS) do
    whole[name], whole.errors[name] = join(name), join(name, "errors")
  end
  for _, name in ipairs(EACH) do whole[name] = join(name) end
  for _, name in ipairs(WHOLE) do whole[name] = join(name) end
  return whole
end

local function check(stack, fit, o)
  if getmetatable(stack) ~= stack_of.Stack then
    e.argument("stack", "spectra.map", "spectra.Stack", stack)
  end
  if getmetatable(fit) ~= fit_of.Fit then
    e.argument("fit", "spectra.map", "spectra.Fit: the model to start from", fit)
  end
  if fit.spectrum.energy ~= stack.energy then
    e.argument("fit", "spectra.map", ("fit over the %s energy of the stack"):format(stack.energy),
      fit.spectrum.energy .. " energy")
  end
  local first, last = o.first or 1, o.last or stack.count
  for name, value in pairs { first = first, last = last } do
    if math.type(value) ~= "integer" or value < 1 or value > stack.count then
      e.argument(name, "spectra.map", ("integer from 1 to %d"):format(stack.count), value)
    end
  end
  if last < first then e.argument("last", "spectra.map", "integer >= first", last) end
  return first, last
end

local function describe(map, stack, fit, model)
  map.k, map.shape, map.background = fit.k, fit.shape, fit.background
  map.names, map.roles = fit_of.peak_names(fit), fit.roles
  map.noise, map.noise_source, map.average = model.noise, model.noise_source, model.average
  for _, name in ipairs { "rows", "columns", "axes", "x_unit", "y_unit" } do
    map[name] = stack[name]
  end
  return setmetatable(map, Map)
end

--- Fits the peaks of a fit, with their limits, ties and priors, to spectra first to last of a
--- stack.
function M.map(stack, fit, options)
  local o = e.options(options, "spectra.map", { "first", "last", "neighbours", "noise" })
  local first, last = check(stack, fit, o)
  local noise, source = stack:noise()
  if o.noise ~= nil then
    if type(o.noise) ~= "number" or not (o.noise > 0) then
      e.argument("noise", "spectra.map", "number > 0", o.noise)
    end
    noise, source = o.noise, "given"
  end
  local model = { shape = fit.shape, background = fit.background, kernel = fit.kernel,
    average = fit.average, noise = noise, noise_source = source }
  local arguments, parts = fit_of.arguments(stack, fit_of.start(fit), model), {}
  for _, piece in ipairs(stack:pieces()) do
    local from, to = math.max(first, piece[1]), math.min(last, piece[2])
    if from <= to then
      parts[#parts + 1] = results_of(c.fit_map(stack.x, stack:read(from, to), arguments.options,
        arguments.start, arguments.low, arguments.high, o.neighbours and true or false))
    end
  end
  return describe(#parts == 1 and parts[1] or joined(parts), stack, fit, model)
end

--- One map of the parts of a stack, in their order.
function M.join(parts)
  if type(parts) ~= "table" or #parts == 0 then
    e.argument("parts", "spectra.join_maps", "list of spectra.Map", parts)
  end
  for i, part in ipairs(parts) do
    if getmetatable(part) ~= Map then
      e.argument(("parts[%d]"):format(i), "spectra.join_maps", "spectra.Map", part)
    end
  end
  local whole = joined(parts)
  for name, value in pairs(parts[1]) do
    if whole[name] == nil then whole[name] = value end
  end
  return setmetatable(whole, Map)
end

-- ---- looking ------------------------------------------------------------------------------------

local function peak_index(self, peak, called)
  for i, name in ipairs(self.names) do
    if peak == i or peak == name then return i end
  end
  e.argument("peak", called, ("number from 1 to %d or one of %s"):format(self.k,
    table.concat(self.names, ", ")), peak)
end

local function values_of(self, what, peak, called)
  local field, errors = what:match "^(%a+) error$", self.errors
  local from = field and errors or self
  local name = field or what
  for _, one in ipairs(EACH) do
    if name == one and not field then return self[name] end
  end
  for _, one in ipairs(PEAKS) do
    if name == one then return from[name][{ {}, peak_index(self, peak, called) }] end
  end
  e.argument("what", called, '"position", "area", "width", "mix", "skew", "share", one of these '
    .. 'with " error", "misfit", "excess", "converged" or "usable"', what)
end

--- Values of one peak (or of each spectrum) as an array [rows x columns].
function Map:image(what, peak)
  if type(what) ~= "string" then
    e.argument("what", "spectra.Map:image", "name such as \"position\"", what)
  end
  local values = values_of(self, what, peak, "spectra.Map:image"):astype "f64"
  if #values ~= self.rows * self.columns then
    e.fail("argument", "spectra.Map:image: the map has %d of the %d spectra of its stack: join its "
      .. "parts first", #values, self.rows * self.columns)
  end
  return values:reshape(self.rows, self.columns)
end

local LABELS = { position = "position", area = "area", width = "FWHM", mix = "Lorentz part",
  skew = "asymmetry", share = "share", misfit = "Chi² over noise", excess = "Excess of chi²",
  converged = "Converged", usable = "Usable" }

local function unit_of(self, what)
  local name = what:match "^%a+"
  if name == "position" or name == "width" then return self.x_unit end
  if name == "excess" then return "σ" end
  if name == "area" and self.y_unit ~= "" then return self.y_unit .. " " .. self.x_unit end
end

local function label_of(self, what, peak)
  local label = what:gsub("^%a+", LABELS)
  if peak == nil then return label end
  return ("%s: %s"):format(self.names[peak_index(self, peak, "spectra.Map:plot")], label)
end

--- Label and unit of the map's rows (1) or columns (2), for figures beside those of plot.
function Map:axis(i)
  if i ~= 1 and i ~= 2 then e.argument("i", "spectra.Map:axis", "1 or 2", i) end
  return { label = self.axes[i].label, unit = self.axes[i].unit }
end

-- The size (cm) of a figure in which a pixel is as high as it is wide, beside its scale of colours.
local WIDTH, MARGINS, LEAST, MOST = 8, { 6, 2.2 }, 2, 20

local function size_of(axes)
  local function length(axis)
    local n = #axis.values
    return n > 1 and math.abs(axis.values[n] - axis.values[1]) * n / (n - 1) or 1
  end
  local height = axes[1].unit == axes[2].unit and WIDTH * length(axes[1]) / length(axes[2]) or WIDTH
  return { WIDTH + MARGINS[1], math.min(math.max(height, LEAST), MOST) + MARGINS[2] }
end

--- The size (cm) of such a figure.
function Map:figure_size() return size_of(self.axes) end

-- A line of spectra as points over its longer axis.
local function profile(self, values, o)
  local along, errors = self.rows > 1 and 1 or 2, o.errors
  if errors and errors:eq(errors):sum() == 0 then errors = nil end -- none is known
  local figure = require "matinf".plot.figure { x = self:axis(along),
    y = { label = o.label, unit = o.unit, range = o.range } }
  return figure:points(self.axes[along].values, values, { error = errors })
end

--- A figure of one value a spectrum: an image, or, of a line of spectra, points with errors.
function Map:picture(values, options)
  local called = "spectra.Map:picture"
  local o = e.options(options, called, { "label", "unit", "range", "errors" })
  values = require "matinf".array.from(values, { dtype = "f64" })
  if #values.shape ~= 1 or #values ~= self.rows * self.columns then
    e.argument("values", called, ("array [%d]"):format(self.rows * self.columns), values)
  end
  if self.rows == 1 or self.columns == 1 then return profile(self, values, o) end
  local figure = require "matinf".plot.figure { x = self:axis(2), y = self:axis(1),
    size = self:figure_size() }
  return figure:heatmap(values:reshape(self.rows, self.columns), { x = self.axes[2].values,
    y = self.axes[1].values, label = o.label, unit = o.unit, range = o.range })
end

--- A figure of `what`.
function Map:plot(what, peak, options)
  local o = e.options(options, "spectra.Map:plot", { "path", "range" })
  local count = self.rows * self.columns
  local errors = self.errors[what]
  if errors then errors = self:image(what .. " error", peak):reshape(count) end
  local figure = self:picture(self:image(what, peak):reshape(count), {
    label = label_of(self, what, peak), unit = unit_of(self, what), range = o.range,
    errors = errors })
  if o.path then figure:save(o.path) end
  return figure
end

-- Mean, standard deviation over the map and median error of the spectra that can be used.
local function statistics(values, errors)
  local good = values:eq(values):nonzero()
  if #good == 0 then return 0 / 0, 0 / 0, 0 / 0 end
  values = values:select(good)
  local stated = errors:select(errors:eq(errors):nonzero())
  return values:mean(), #good > 1 and values:std() or 0 / 0,
    #stated > 0 and stated:median() or 0 / 0
end

-- To the second digit of the error: what a reader can use.
local function rounded(value, error)
  if not (error > 0 and math.abs(value) < math.huge) then return value end
  local step = 10.0 ^ (math.floor(math.log(error, 10)) - 1)
  return tonumber(("%.15g"):format(math.floor(value / step + 0.5) * step))
end

--- A table.Table: of each peak the mean over the map, the spread over it and the typical error of
--- one spectrum, to two digits of that error.
function Map:table()
  local columns = { { name = "peak", values = self.names } }
  for _, name in ipairs { "position", "width", "area", "share" } do
    local mean, spread, typical = {}, {}, {}
    for i = 1, self.k do
      local average, deviation, error = statistics(self[name][{ {}, i }],
        self.errors[name][{ {}, i }])
      mean[i], spread[i], typical[i] = rounded(average, error), rounded(deviation, error),
        rounded(error, error)
    end
    local label, unit = name == "width" and "FWHM" or name, unit_of(self, name)
    columns[#columns + 1] = { name = label, unit = unit, values = mean }
    columns[#columns + 1] = { name = label .. " spread", unit = unit, values = spread }
    columns[#columns + 1] = { name = label .. " error", unit = unit, values = typical }
  end
  return require "matinf".table.new(columns)
end

-- Row i of every column [m x k] in the order given for it.
local function reordered(values, order)
  local m, k = order.shape[1], order.shape[2]
  local flat = order + (require "matinf".array.arange(m) - 1):reshape(m, 1) * k
  return values:reshape(m * k):select(flat:reshape(m * k):astype "i64"):reshape(m, k)
end

-- Rows and columns of every matrix [k x k] of an array [m x k x k] in the order given for it.
local function both_reordered(values, order)
  local m, k = order.shape[1], order.shape[2]
  local cell = (order - 1):reshape(m, k, 1) * k + order:reshape(m, 1, k)
  return reordered(values:reshape(m, k * k), cell:reshape(m, k * k)):reshape(m, k, k)
end

--- The same map with the peaks of neighbours matched: for peaks that are interchangeable.
function Map:aligned()
  local order = require "matinf.c.gmm".align(self.position, self.width, self.columns)
  local map = { errors = {} }
  for name, value in pairs(self) do map[name] = map[name] or value end
  for _, name in ipairs(PEAKS) do
    map[name] = reordered(self[name], order)
    map.errors[name] = reordered(self.errors[name], order)
  end
  map.position_covariance = both_reordered(self.position_covariance, order)
  return setmetatable(map, Map)
end

-- Covariances of positions less that of one peak, from those of the positions.
local function covariance_from(c, at)
  local m, k = c.shape[1], c.shape[2]
  local own = c[{ {}, {}, at }]:copy()
  return c - own:reshape(m, k, 1) - own:reshape(m, 1, k) + own[{ {}, at }]:copy():reshape(m, 1, 1)
end

-- Those that the diagonals of position_covariance hold.
local function position_errors(map)
  local k, list = map.k, {}
  for i = 1, k do list[i] = map.position_covariance[{ {}, i, i }]:reshape(#map.misfit, 1) end
  return known(require "matinf".array.concatenate(list, 2):clip(0, math.huge):sqrt())
end

--- The same map on a scale of energies where one peak is at a known energy in every spectrum: what
--- charging moved, spectrum by spectrum, is taken off. Errors of the other positions are then those
--- of their distances from that peak.
function Map:referenced(peak, energy)
  local called, array = "spectra.Map:referenced", require "matinf".array
  local at = peak_index(self, peak, called)
  if type(energy) ~= "number" or not (math.abs(energy) < math.huge) then
    e.argument("energy", called, "finite number", energy)
  end
  local map, m = { errors = {} }, #self.misfit
  for name, value in pairs(self) do map[name] = map[name] or value end
  for name, value in pairs(self.errors) do map.errors[name] = value end
  local from, own = self.position[{ {}, at }]:copy(), self.errors.position[{ {}, at }]:copy()
  map.position = self.position + (from * -1 + energy):reshape(m, 1)
  map.position_covariance = covariance_from(self.position_covariance, at)
  map.errors.position = position_errors(map)
  map.reference = { peak = self.names[at], energy = energy, shift = from * -1 + energy,
    error = own }
  return setmetatable(map, Map)
end

function Map:__tostring()
  local usable, misfit = self.usable:sum(), self.misfit
  local unexplained = misfit:eq(misfit) * self.excess:ge(SIGMAS)
  return ("map of %d spectra (%d x %d), %d %s peaks on a %s background: %d unusable, %d not "
    .. "converged, %d not explained; median misfit %.3f\n%s"):format(#misfit, self.rows,
    self.columns, self.k, self.shape, self.background, #misfit - usable,
    usable - self.converged:sum(), unexplained:sum(), misfit:median(nil, { skip_nan = true }),
    tostring(self:table()))
end

M.Map = Map
return M
