-- What atoms do in time: mean squared displacement and diffusion, velocity autocorrelation and the
-- vibrational density of states.
--
-- analysis.Msd   time (fs), total (Å^2, all atoms), partial (map element -> Å^2), blocks (list of
--                the same from parts of the trajectory, for errors), symbols, atoms (map)
-- analysis.Vacf  time (fs), total and partial: sum over atoms of m v(0) v(t), u Å^2/fs^2; atoms
-- analysis.Dos   frequency (THz), total and partial: states per THz, their integral is 3 N

local c = require "matinf.c.analysis"
local arguments = require "matinf.arguments"
local e = require "matinf.error"
local frames_of = require "matinf.analysis.frames"
local kinds_of = require "matinf.analysis.kinds"
local store = require "matinf.store"

local M = {}
local Msd = store.class("analysis.Msd", {})
local Vacf = store.class("analysis.Vacf", {})
local Dos = store.class("analysis.Dos", {})

-- ---- what both need -----------------------------------------------------------------------------

local function check_dt(given, called)
  if not arguments.positive(given.dt, "dt", called) then
    e.argument("dt", called, "time between frames in fs", given.dt)
  end
end

-- Groups [3 n] by element for the series of x, y, z of every atom, and how many atoms are in each.
local function groups_of(known)
  local m, n, atoms = require "matinf", #known.of, {}
  local groups = m.array.zeros({ n, 3 }, { dtype = "i32" })
  for axis = 1, 3 do groups[{ {}, axis }] = known.of end
  local counts = known.of:astype("i64"):add(1):bincount(#known.symbols)
  for k, symbol in ipairs(known.symbols) do atoms[symbol] = counts[k] end
  return groups:reshape(3 * n), atoms
end

-- The sums of a correlation [kinds x frames] as a map by element.
local function by_element(kernel, x, known, weights)
  local frames, n = x.shape[1], x.shape[2]
  local groups = groups_of(known)
  local sums = kernel(x:reshape(frames, 3 * n), groups, #known.symbols, weights)
  local map = {}
  for k, symbol in ipairs(known.symbols) do map[symbol] = sums[k]:copy() end
  return map
end

local function check_frames(list, least, called)
  if #list < least then
    e.argument("structures", called, ("a trajectory of %d frames or more"):format(least), #list)
  end
end

-- ---- displacement and diffusion -----------------------------------------------------------------

local function displacement(x, known, atoms)
  local ones = require "matinf".array.ones(3 * x.shape[2])
  local partial, total, n = by_element(c.squared_displacements, x, known, ones), nil, 0
  for symbol, sum in pairs(partial) do
    n = n + atoms[symbol]
    total = total and total + sum or sum
    partial[symbol] = sum / atoms[symbol]
  end
  return { total = total / n, partial = partial }
end

--- Mean squared displacement of a trajectory.
function M.msd(structures, options)
  local m, called = require "matinf", "analysis.msd"
  local given = e.options(options, called, { "dt", "blocks", "drift" })
  local list = frames_of.of_same_atoms(structures, called)
  local blocks = arguments.positive_integer(given.blocks, "blocks", called, 5)
  check_dt(given, called)
  check_frames(list, 2, called)
  local known = kinds_of.of(list[1], called)
  local _, atoms = groups_of(known)
  local x = frames_of.unwrapped(list)
  if not given.drift then x = frames_of.without_drift(x, frames_of.masses(list[1])) end
  local self = displacement(x, known, atoms)
  self.time = m.array.arange(0, #list - 1) * given.dt
  self.symbols, self.atoms, self.blocks = known.symbols, atoms, {}
  local length = #list // blocks
  for b = 1, length >= 4 and blocks or 0 do
    local part = x[{ { (b - 1) * length + 1, b * length } }]:copy()
    self.blocks[b] = displacement(part, known, atoms)
  end
  return setmetatable(self, Msd)
end

-- Least-squares slope of y over t.
local function slope(t, y)
  local tm, ym = t:mean(), y:mean()
  return ((t - tm) * (y - ym)):sum() / ((t - tm):square():sum())
end

local function window(self, given, length)
  local dt = self.time[2]
  local last = (length - 1) * dt
  local from, to = given.from or 0.1 * last, given.to or 0.5 * last
  local i, j = math.ceil(from / dt) + 1, math.min(math.floor(to / dt) + 1, length)
  return i, j
end

local function slope_of(self, curve, given)
  local i, j = window(self, given, #curve)
  if j - i < 1 then return nil end
  return slope(self.time[{ { i, j } }], curve[{ { i, j } }]) / 6
end

--- The diffusion coefficient of an element (or of all atoms), from the slope of the displacement
--- between options.from and options.to (fs): value and standard error from the blocks, in cm^2/s.
function Msd:diffusion(options)
  local called = "analysis.Msd:diffusion"
  local given = e.options(options, called, { "element", "from", "to" })
  arguments.number(given.from, "from", called)
  arguments.number(given.to, "to", called)
  local function pick(part) return given.element and part.partial[given.element] or part.total end
  if given.element and not self.partial[given.element] then
    e.argument("element", called, "one of " .. table.concat(self.symbols, ", "), given.element)
  end
  local value = slope_of(self, pick(self), given)
  if not value then e.argument("from", called, "a window of two frames or more", given.from) end
  local values = {}
  for _, block in ipairs(self.blocks) do
    local part = pick(block)
    values[#values + 1] = slope_of(self, part, { from = given.from, to = given.to })
  end
  local unit = 0.1 -- Å^2/fs to cm^2/s
  if #values < 2 then return value * unit, nil end
  local all = require "matinf".array(values, { dtype = "f64" })
  local spread = math.sqrt((all - all:mean()):square():sum() / (#values - 1) / #values)
  return value * unit, spread * unit
end

function Msd:plot()
  local m = require "matinf"
  local figure = m.plot.figure { x = { label = "Time", unit = "ps" },
    y = { label = "Mean squared displacement", unit = "Å²" } }
  for _, symbol in ipairs(self.symbols) do
    figure:line(self.time * 1e-3, self.partial[symbol], { label = symbol })
  end
  return figure
end

function Msd:__tostring()
  local lines = { ("mean squared displacement over %d frames, %.4g ps"):format(#self.time,
    self.time[#self.time] * 1e-3) }
  for _, symbol in ipairs(self.symbols) do
    local d, err = self:diffusion { element = symbol }
    lines[#lines + 1] = ("  %-2s D = %.4g %s cm²/s (slope from 10 %% to 50 %% of the time)"):format(
      symbol, d, err and ("+- %.2g"):format(err) or "")
  end
  return table.concat(lines, "\n")
end

-- ---- vibrations ---------------------------------------------------------------------------------

--- The mass-weighted velocity autocorrelation of a trajectory.
function M.vacf(structures, options)
  local m, called = require "matinf", "analysis.vacf"
  local given = e.options(options, called, { "dt", "drift" })
  local list = frames_of.of_same_atoms(structures, called)
  check_dt(given, called)
  check_frames(list, 2, called)
  local known, masses = kinds_of.of(list[1], called), frames_of.masses(list[1])
  local _, atoms = groups_of(known)
  local v = frames_of.velocities(list, called)
  if not given.drift then v = frames_of.without_drift(v, masses) end
  local weights = m.array.zeros(#masses, 3)
  for axis = 1, 3 do weights[{ {}, axis }] = masses end
  local self = { partial = by_element(c.autocorrelation, v, known, weights:reshape(3 * #masses)),
    time = m.array.arange(0, #list - 1) * given.dt, symbols = known.symbols, atoms = atoms }
  for _, symbol in ipairs(known.symbols) do
    self.total = self.total and self.total + self.partial[symbol] or self.partial[symbol]
  end
  return setmetatable(self, Vacf)
end

-- Weights of the correlation from 1 at time 0 to 0 (or nearly) at the last.
local windows = {
  hann = function(s) return ((s * math.pi):cos() + 1) * 0.5 end,
  gauss = function(s) return (s:square() * -4.5):exp() end,
  none = function(s) return s * 0 + 1 end,
}

-- The cosine transform of a correlation, in units per THz, at 0, df, 2 df, ... df = 1 / (2 T).
local function spectrum(curve, weight, dt)
  local m, n = require "matinf", #curve
  local x = m.array.zeros(2 * (n - 1))
  x[{ { 1, n } }] = curve * weight
  x[{ { n + 1, 2 * n - 2 } }] = (curve * weight)[{ { 2, n - 1 } }]:flip(1)
  return m.fft.real(x):real() * (dt * 1e-3)
end

--- The vibrational density of states: Fourier transform of the correlation up to options.length
--- (fs; half of the trajectory), damped by a window.
function Vacf:dos(options)
  local m, called = require "matinf", "analysis.Vacf:dos"
  local given = e.options(options, called, { "length", "window" })
  local name, dt = given.window or "hann", self.time[2]
  if not windows[name] then e.argument("window", called, '"hann", "gauss" or "none"', name) end
  local length = arguments.positive(given.length, "length", called, self.time[#self.time] / 2)
  local n = math.floor(length / dt) + 1
  if n < 3 or n > #self.time then
    e.argument("length", called, ("time up to %g fs"):format(self.time[#self.time]), given.length)
  end
  local weight = windows[name](m.array.linspace(0, 1, n))
  local result = { partial = {}, symbols = self.symbols, window = name,
    frequency = m.array.arange(0, n - 1) * (1e3 / (2 * (n - 1) * dt)) }
  local atoms, step = 0, result.frequency[2]
  for symbol, curve in pairs(self.partial) do
    atoms = atoms + self.atoms[symbol]
    result.partial[symbol] = spectrum(curve[{ { 1, n } }], weight, dt)
  end
  local sum = 0
  for _, part in pairs(result.partial) do sum = sum + part:sum() * step end
  for symbol, part in pairs(result.partial) do
    result.partial[symbol] = part * (3 * atoms / sum)
    result.total = result.total and result.total + result.partial[symbol]
      or result.partial[symbol]
  end
  return setmetatable(result, Dos)
end

--- The mean frequency, in THz.
function Dos:mean() return (self.frequency * self.total):sum() / self.total:sum() end

--- The frequencies in another unit: "THz", "cm-1" or "meV".
function Dos:axis(unit)
  local factors = { THz = 1, ["cm-1"] = 33.35640951981521, meV = 4.135667696923859 }
  if not factors[unit] then
    e.argument("unit", "analysis.Dos:axis", '"THz", "cm-1" or "meV"', unit)
  end
  return self.frequency * factors[unit]
end

function Dos:plot()
  local m = require "matinf"
  local figure = m.plot.figure { x = { label = "Frequency", unit = "THz" },
    y = { label = "Density of states", unit = "1/THz" } }
  for _, symbol in ipairs(self.symbols) do
    figure:line(self.frequency, self.partial[symbol], { label = symbol })
  end
  return figure
end

function Dos:__tostring()
  return ("density of states up to %.4g THz in steps of %.3g, mean %.4f THz, %s window"):format(
    self.frequency[#self.frequency], self.frequency[2], self:mean(), self.window)
end

M.Msd, M.Vacf, M.Dos = Msd, Vacf, Dos
return M
