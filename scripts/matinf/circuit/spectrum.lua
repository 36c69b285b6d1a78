-- The class circuit.Spectrum: impedance over frequency.
--
-- Fields: frequency (array, Hz), impedance (array c128), unit ("ohm", or "ohm cm2" after
-- :specific), area (cm², when known), masked (array u8, 1 where a point is left out; nil when none
-- is), sigma (array, standard deviation of either part, when measured), label, file, format, notes
-- (list of texts: what the reader had to decide). Points stand in the order of the measurement;
-- frequencies may repeat and need not be sorted. Spectra never change: cut, mask and specific make
-- new ones.

local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Spectrum = store.class("circuit.Spectrum", {})

local fields = { "unit", "area", "masked", "sigma", "label", "file", "format", "notes" }

function Spectrum:nxdata()
  return { signal = "impedance", axes = { "frequency" },
    units = { frequency = "Hz", impedance = self.unit, sigma = self.unit } }
end

-- ---- making -------------------------------------------------------------------------------------

local function refuse(known, point, format, ...)
  e.raise { kind = "data", file = known.file, point = point, message = format:format(...) }
end

local function finite(v) return v == v and math.abs(v) < math.huge end

local function check_point(f, z, i, known)
  if not (finite(f) and finite(z.re) and finite(z.im)) then
    refuse(known, i, "point %d is no number (frequency %g Hz, impedance %s)", i, f, tostring(z))
  elseif f <= 0 then
    refuse(known, i, "point %d: frequency > 0 expected, got %g Hz", i, f)
  elseif z.re == 0 and z.im == 0 then
    refuse(known, i, "point %d: the impedance at %g Hz is zero", i, f)
  end
end

local function check_sigma(sigma, n, called)
  for i = 1, #sigma do
    if not (finite(sigma[i]) and sigma[i] > 0) then
      e.argument("sigma", called, "positive numbers", sigma[i])
    end
  end
  if #sigma ~= n then e.argument("sigma", called, ("%d numbers"):format(n), #sigma) end
end

--- A spectrum from frequencies and complex impedances.
function M.new(frequency, impedance, known)
  local called, array = "circuit.spectrum", require "matinf".array
  known = e.options(known, called, fields)
  local f = array.from(frequency, { dtype = "f64" })
  local z = array.from(impedance, { dtype = "c128" })
  if f.ndim ~= 1 or z.ndim ~= 1 or #f ~= #z then
    e.argument("impedance", called, ("as many values as frequencies (%d)"):format(#f), #z)
  end
  if #f == 0 then refuse(known, nil, "a spectrum needs at least one point") end
  for i = 1, #f do check_point(f[i], z[i], i, known) end
  if known.area ~= nil and not (type(known.area) == "number" and known.area > 0) then
    e.argument("area", called, "positive number of cm²", known.area)
  end
  local self = { frequency = f, impedance = z, unit = "ohm" }
  for name, value in pairs(known) do self[name] = value end
  if known.sigma then
    self.sigma = array.from(known.sigma, { dtype = "f64" })
    check_sigma(self.sigma, #f, called)
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

-- ---- parts --------------------------------------------------------------------------------------

-- The spectrum of the points whose numbers are in the list.
local function take(self, indices)
  local at = require "matinf".array.array(indices, { dtype = "i64" })
  local part = { frequency = self.frequency:select(at), impedance = self.impedance:select(at) }
  if self.sigma then part.sigma = self.sigma:select(at) end
  if self.masked then part.masked = self.masked:select(at) end
  return with(self, part)
end

--- The points between two frequencies.
function Spectrum:cut(low, high)
  if low == nil then return self end
  if type(low) == "table" then low, high = low[1], low[2] end
  if type(low) ~= "number" or type(high) ~= "number" or not (low < high) then
    e.argument("range", "circuit.Spectrum:cut", "two frequencies in Hz, low < high", low)
  end
  local f, keep = self.frequency, {}
  for i = 1, #f do
    if f[i] >= low and f[i] <= high then keep[#keep + 1] = i end
  end
  if #keep == 0 then
    refuse(self, nil, "no points from %g to %g Hz: they span %g to %g Hz", low, high, f:min(),
      f:max())
  end
  return take(self, keep)
end

-- Whether each point is chosen by numbers, by a mask of all points, or by a test of f and Z.
local function chosen(self, which)
  local n, list = #self, {}
  for i = 1, n do list[i] = 0 end
  if type(which) == "function" then
    for i = 1, n do list[i] = which(self.frequency[i], self.impedance[i]) and 1 or 0 end
    return list
  end
  local is_mask = e.is_a(which, "matinf.array") and which.dtype == "u8"
  if type(which) ~= "table" and not e.is_a(which, "matinf.array") or is_mask and #which ~= n then
    e.argument("which", "circuit.Spectrum:mask", "point numbers, mask of all points or function",
      which)
  end
  for i = 1, #which do
    local k = which[i]
    if is_mask then list[i] = k ~= 0 and 1 or 0
    elseif math.type(k) == "integer" and k >= 1 and k <= n then list[k] = 1
    else
      e.argument("which", "circuit.Spectrum:mask", ("point numbers from 1 to %d"):format(n), k)
    end
  end
  return list
end

--- The spectrum with further points left out of fits and tests; they stay visible in plots.
function Spectrum:mask(which)
  local list, left = chosen(self, which), 0
  for i = 1, #self do
    if self.masked and self.masked[i] ~= 0 then list[i] = 1 end
    left = left + 1 - list[i]
  end
  if left == 0 then refuse(self, nil, "no point is left: all are masked") end
  if left == #self then return self end
  return with(self, { masked = require "matinf".array.array(list, { dtype = "u8" }) })
end

--- The spectrum without a mask.
function Spectrum:unmask()
  local copy = with(self, {})
  copy.masked = nil
  return copy
end

--- The points that are not masked, as a spectrum.
function Spectrum:kept()
  if not self.masked then return self end
  local keep = {}
  for i = 1, #self do
    if self.masked[i] == 0 then keep[#keep + 1] = i end
  end
  return take(self, keep):unmask()
end

--- The impedance times the area of the electrode (cm²): ohm cm2.
function Spectrum:specific(area)
  area = area or self.area
  if type(area) ~= "number" or not (area > 0 and area < math.huge) then
    e.argument("area", "circuit.Spectrum:specific", "positive number of cm²", area)
  end
  if self.unit ~= "ohm" then
    e.fail("argument", "circuit.Spectrum:specific: the impedance is in %s already", self.unit)
  end
  return with(self, { impedance = self.impedance * area, unit = "ohm cm2", area = area,
    sigma = self.sigma and self.sigma * area })
end

--- The phase in degrees.
function Spectrum:phase() return self.impedance:angle() * (180 / math.pi) end

-- ---- showing ------------------------------------------------------------------------------------

function Spectrum:__len() return #self.frequency end

--- A table.Table of frequency and both parts of the impedance.
function Spectrum:table()
  local columns = {
    { name = "Frequency", unit = "Hz", values = self.frequency },
    { name = "Re(Z)", unit = self.unit, values = self.impedance:real():copy() },
    { name = "Im(Z)", unit = self.unit, values = self.impedance:imag():copy() },
  }
  if self.masked then
    columns[4] = { name = "masked", values = self.masked:astype("i64") }
  end
  return require "matinf".table.new(columns)
end

--- A Nyquist plot; saved when a path is given.
function Spectrum:plot(path)
  local figure = require "matinf.circuit.plot".nyquist(self)
  if path then figure:save(path) end
  return figure
end

--- A Bode plot: modulus and phase over frequency; saved when a path is given.
function Spectrum:bode(path)
  local figure = require "matinf.circuit.plot".bode(self)
  if path then figure:save(path) end
  return figure
end

local function masked_count(self)
  return self.masked and math.tointeger(self.masked:astype("i64"):sum()) or 0
end

function Spectrum:__tostring()
  local f, z = self.frequency, self.impedance:abs()
  local head = "impedance spectrum of %d point%s, %.6g to %.6g Hz, |Z| %.6g to %.6g %s"
  local lines = { head:format(#f, #f == 1 and "" or "s", f:min(), f:max(), z:min(), z:max(),
    self.unit) }
  local function add(format, value)
    if value then lines[#lines + 1] = "  " .. format:format(value) end
  end
  add("label: %s", self.label)
  add("file: %s", self.file)
  add("format: %s", self.format)
  add("area: %.6g cm²", self.area)
  add("%d masked", self.masked and masked_count(self))
  for _, note in ipairs(self.notes or {}) do add("note: %s", note) end
  return table.concat(lines, "\n")
end

M.Spectrum = Spectrum
return M
