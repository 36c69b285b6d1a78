-- The class spectra.Spectrum: intensities over an energy, and what is known of their noise.
--
-- Fields: x, y (arrays), energy ("binding", "kinetic" or "other"), x_unit, y_unit, counts_per (how
-- many counts one unit of y is; nil when unknown), hv, dwell, scans, file, block, sample, shift
-- (eV added by calibrations), comments (lines of the file), columns (further columns of the file:
-- list of {label, unit, values}).
-- Spectra never change: cut, calibrate and subtract make new ones.

local c = require "matinf.c.spectra"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Spectrum = store.class("spectra.Spectrum", {})

local labels = { binding = "Binding energy", kinetic = "Kinetic energy", other = "Energy" }

local fields = { "energy", "x_unit", "y_unit", "counts_per", "hv", "dwell", "scans", "file",
  "block",
  "sample", "columns", "shift", "comments" }

function Spectrum:nxdata()
  return { signal = "y", axes = { "x" },
    units = { x = self.x_unit, y = self.y_unit ~= "" and self.y_unit or nil } }
end

local function place(fields_) return fields_.file and fields_.file .. ": " or "" end

-- Position of the first value that is no number, or nil.
local function first_bad(values)
  for i = 1, #values do
    local v = values[i]
    if v ~= v or v == math.huge or v == -math.huge then return i end
  end
end

local function check_values(x, y, known, called)
  if #x ~= #y then e.argument("y", called, ("as many values as x (%d)"):format(#x), #y) end
  if #x < 2 then
    e.raise { kind = "data", file = known.file,
      message = ("a spectrum needs at least 2 points, got %d"):format(#x) }
  end
  local bad = first_bad(x) or first_bad(y)
  if bad then
    e.raise { kind = "data", file = known.file, point = bad,
      message = ("point %d is no number (x = %g, y = %g)"):format(bad, x[bad], y[bad]) }
  end
end

-- x strictly monotonic, or an error that names the first point that is not.
local function check_order(x, known)
  local up = x[2] > x[1]
  for i = 2, #x do
    if x[i] == x[i - 1] or (x[i] > x[i - 1]) ~= up then
      e.raise { kind = "data", file = known.file, point = i, message =
        ("energies must rise or fall from point to point: point %d is %.6g after %.6g"):format(i,
          x[i], x[i - 1]) }
    end
  end
end

--- A spectrum from energies and intensities.
function M.new(x, y, known)
  local array = require "matinf".array
  known = e.options(known, "spectra.new", fields)
  x, y = array.from(x, { dtype = "f64" }), array.from(y, { dtype = "f64" })
  check_values(x, y, known, "spectra.new")
  check_order(x, known)
  local self = { x = x, y = y, energy = "binding", x_unit = "eV", y_unit = "", shift = 0 }
  for name, value in pairs(known) do self[name] = value end
  if not labels[self.energy] then
    e.argument("energy", "spectra.new", '"binding", "kinetic" or "other"', self.energy)
  end
  return setmetatable(self, Spectrum)
end

-- The same spectrum with some fields replaced.
local function with(self, changes)
  local copy = {}
  for name, value in pairs(self) do copy[name] = value end
  for name, value in pairs(changes) do copy[name] = value end
  return setmetatable(copy, Spectrum)
end

--- The part between two energies.
function Spectrum:cut(low, high)
  if low == nil then return self end
  if type(low) == "table" then low, high = low[1], low[2] end
  if type(low) ~= "number" or type(high) ~= "number" or not (low < high) then
    e.argument("range", "spectra.Spectrum:cut", "two energies, low < high", low)
  end
  local keep, rest = {}, {}
  for i = 1, #self.x do
    if self.x[i] >= low and self.x[i] <= high then keep[#keep + 1] = i end
  end
  if #keep < 2 then
    e.raise { kind = "data", file = self.file, argument = "range",
      message = ("no data from %g to %g %s: they span %g to %g%s; without a range all are kept"):format(
        low, high, self.x_unit, self.x:min(), self.x:max(),
        self.energy == "kinetic" and ", kinetic energies" or "") }
  end
  local part = { { keep[1], keep[#keep] } }
  for i, column in ipairs(self.columns or {}) do
    rest[i] = { label = column.label, unit = column.unit, values = column.values[part]:copy() }
  end
  return with(self, { x = self.x[part]:copy(), y = self.y[part]:copy(), columns = rest })
end

local are_integers

--- Means of `count` neighbouring points each; what is left at the end is dropped.
function Spectrum:binned(count)
  local most = #self.x // 2
  if math.type(count) ~= "integer" or count < 1 or count > most then
    e.argument("count", "spectra.Spectrum:binned", ("integer from 1 to %d"):format(most), count)
  end
  if count == 1 then return self end
  local n = #self.x // count
  local function means(values)
    return values[{ { 1, n * count } }]:reshape(n, count):mean(2)
  end
  local rest, per = {}, self.counts_per or are_integers(self.y) and 1 or nil
  for i, column in ipairs(self.columns or {}) do
    rest[i] = { label = column.label, unit = column.unit, values = means(column.values) }
  end
  return with(self, { x = means(self.x), y = means(self.y), columns = rest,
    counts_per = per and per * count })
end

-- Where the strongest line is: the vertex of the parabola through the highest point of the smoothed
-- data and its neighbours.
local function maximum(self)
  local n = #self.x
  local window = math.max(3, math.min(2 * (n // 60) + 3, n - 1 + n % 2))
  local smooth = n > 6 and self.y:smooth { window = window } or self.y
  local at = smooth:argmax()
  if at == 1 or at == n then return self.x[at] end
  local a, b, d = smooth[at - 1], smooth[at], smooth[at + 1]
  local offset = (a - d) / (2 * (a - 2 * b + d))
  return self.x[at] + offset * (self.x[at + 1] - self.x[at - 1]) / 2
end

local function check_energy(value, name)
  if type(value) ~= "number" or not (math.abs(value) < math.huge) then
    e.argument(name, "spectra.Spectrum:calibrate", "finite energy", value)
  end
end

--- Shifts the energies so that the line at `from` (the strongest line when absent) is at `to`.
function Spectrum:calibrate(to, from)
  if to == nil then return self end
  check_energy(to, "to")
  if from ~= nil then check_energy(from, "from") end
  local shift = to - (from or maximum(self))
  return with(self, { x = self.x + shift, shift = self.shift + shift })
end

--- The iterative Shirley background.
function Spectrum:shirley(options) return (c.shirley(self.x, self.y, options)) end

--- The spectrum without a background (by default Shirley's); its noise is then no longer known.
function Spectrum:subtract(background)
  local net = with(self, { y = self.y - (background or self:shirley()) })
  net.counts_per = nil
  return net
end

-- ---- noise --------------------------------------------------------------------------------------

-- Variance over mean, from third differences: a smooth spectrum leaves nothing but noise in them.
-- The median of a chi^2 with one degree of freedom is 0.455.
local function dispersion(y)
  local ratios = {}
  for i = 1, #y - 3 do
    local mean = (y[i] + y[i + 1] + y[i + 2] + y[i + 3]) / 4
    local d = y[i] - 3 * y[i + 1] + 3 * y[i + 2] - y[i + 3]
    if mean > 0 then ratios[#ratios + 1] = d * d / (20 * mean) end
  end
  if #ratios < 8 then return nil end
  table.sort(ratios)
  return ratios[(#ratios + 1) // 2] / 0.4549
end

function are_integers(y)
  for i = 1, #y do
    if y[i] ~= math.floor(y[i]) then return false end
  end
  return true
end

--- Variance of an intensity over its mean, and where that is known from: "counts" or "scatter".
--- Counting sets a lower limit: points that scatter less are correlated (smoothed, interpolated),
--- not better. Points that scatter more than twice as much are believed. Where no intensity is as
--- much as one count, they are no counts, whatever a header says.
function Spectrum:noise()
  local seen = dispersion(self.y)
  local predicted = self.counts_per and 1 / self.counts_per or are_integers(self.y) and 1 or nil
  if predicted and self.y:max() < predicted then predicted = nil end
  if predicted and not (seen and seen > 2 * predicted) then return predicted, "counts" end
  if seen and seen > 0 then return seen, "scatter" end
  return 1, "counts"
end

-- ---- showing ------------------------------------------------------------------------------------

function Spectrum:axis()
  return { label = labels[self.energy], unit = self.x_unit, reverse = self.energy == "binding" }
end

function Spectrum:intensity_axis()
  return { label = "Intensity", unit = self.y_unit ~= "" and self.y_unit or "arb. u." }
end

--- A figure; a binding energy falls to the right. Saved when a path is given.
function Spectrum:plot(path)
  local figure = require "matinf".plot.figure { x = self:axis(), y = self:intensity_axis() }
  figure:line(self.x, self.y)
  if path then figure:save(path) end
  return figure
end

--- A table.Table of energy and intensity.
function Spectrum:table()
  return require "matinf".table.new {
    { name = labels[self.energy], unit = self.x_unit, values = self.x },
    { name = "Intensity", unit = self.y_unit ~= "" and self.y_unit or nil, values = self.y },
  }
end

function Spectrum:__len() return #self.x end

function Spectrum:__tostring()
  local head = "spectrum of %d points, %s %.6g to %.6g %s, intensity %.6g to %.6g %s"
  local lines = { head:format(#self.x, labels[self.energy]:lower(), self.x:min(), self.x:max(),
    self.x_unit, self.y:min(), self.y:max(), self.y_unit) }
  local function add(format, value)
    if value then lines[#lines + 1] = "  " .. format:format(value) end
  end
  add("file: %s", self.file)
  add("block: %s", self.block)
  add("sample: %s", self.sample)
  add("photon energy: %.6g eV", self.hv)
  add("dwell time: %.6g s", self.dwell)
  add("scans: %.6g", self.scans)
  add("shifted by %.4g eV", self.shift ~= 0 and self.shift)
  return table.concat(lines, "\n")
end

M.Spectrum = Spectrum
return M
