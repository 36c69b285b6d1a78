-- circuit.drt: the distribution of relaxation times of a spectrum (core/circuit/drt.h).
--
-- Its peaks are the arcs of the impedance: time constant, resistance (the area between the minima
-- beside the peak) and capacitance tau / R.

local c = require "matinf.c.circuit"
local e = require "matinf.error"
local store = require "matinf.store"
local spectrum_of = require "matinf.circuit.spectrum"

local M = {}
local Drt = store.class("circuit.Drt", { nxdata = { signal = "gamma", axes = { "tau" },
  units = { tau = "s", gamma = "ohm" } } })

local PER_DECADE = 10
local BEYOND = 10 ^ 0.5  -- of the measured range, at either end
local LEAST_HEIGHT = 0.01 -- of the highest peak

-- Time constants from those of the highest to those of the lowest frequency, and a little beyond.
local function grid(f)
  local low, high = 1 / (2 * math.pi * f:max()) / BEYOND, 1 / (2 * math.pi * f:min()) * BEYOND
  local count = math.ceil(PER_DECADE * math.log(high / low, 10)) + 1
  local tau = {}
  for i = 1, count do tau[i] = low * (high / low) ^ ((i - 1) / (count - 1)) end
  return tau
end

-- Area between two points, by trapezoids over ln tau.
local function area(tau, gamma, from, to)
  local sum = 0
  for i = from, to - 1 do
    sum = sum + math.abs(math.log(tau[i + 1] / tau[i])) * (gamma[i] + gamma[i + 1]) / 2
  end
  return sum
end

-- Maxima inside the grid: { tau, height, resistance, capacitance }, by rising tau when tau rises.
local function find_peaks(tau, gamma)
  local peaks, n, top = {}, #tau, gamma:max()
  local from = 1
  for i = 2, n - 1 do
    if gamma[i] > gamma[i - 1] and gamma[i] >= gamma[i + 1] and gamma[i] > LEAST_HEIGHT * top then
      local low, high = i, i
      while low > from and gamma[low - 1] <= gamma[low] and gamma[low] > 0 do low = low - 1 end
      while high < n and gamma[high + 1] <= gamma[high] and gamma[high] > 0 do high = high + 1 end
      local r = area(tau, gamma, low, high)
      peaks[#peaks + 1] = { tau = tau[i], height = gamma[i], resistance = r,
        capacitance = tau[i] / r }
      from = high
    end
  end
  return peaks
end

local option_names = { "method", "weight", "inductor", "capacitor", "warburg", "derivative",
  "width", "lambda", "tau" }

--- The distribution of relaxation times of a spectrum; masked points are left out.
function M.drt(spectrum, options)
  local called = "circuit.drt"
  if getmetatable(spectrum) ~= spectrum_of.Spectrum then
    e.argument("spectrum", called, "circuit.Spectrum", spectrum)
  end
  options = e.options(options, called, option_names)
  local tau = options.tau
  options.tau = nil
  if options.lambda == "gcv" then options.lambda = nil end
  if options.lambda ~= nil and not (type(options.lambda) == "number" and options.lambda > 0) then
    e.argument("lambda", called, 'positive number or "gcv"', options.lambda)
  end
  local kept = spectrum:kept()
  local self = c.drt(kept.frequency, kept.impedance, tau or grid(kept.frequency), options)
  self.spectrum, self.method = kept, options.method or "non-negative"
  self.peaks = find_peaks(self.tau, self.gamma)
  self.residual = (kept.impedance - self.fit) / kept.impedance:abs()
  return setmetatable(self, Drt)
end

--- A table.Table of the peaks.
function Drt:table()
  local columns = { tau = {}, frequency = {}, resistance = {}, capacitance = {} }
  for i, peak in ipairs(self.peaks) do
    columns.tau[i], columns.resistance[i] = peak.tau, peak.resistance
    columns.capacitance[i], columns.frequency[i] = peak.capacitance, 1 / (2 * math.pi * peak.tau)
  end
  return require "matinf".table.new {
    { name = "tau", unit = "s", values = columns.tau },
    { name = "frequency", unit = "Hz", values = columns.frequency },
    { name = "R", unit = "ohm", values = columns.resistance },
    { name = "C", unit = "F", values = columns.capacitance },
  }
end

--- The distribution over the time constant; saved when a path is given.
function Drt:plot(path)
  local figure = require "matinf.circuit.plot".drt(self)
  if path then figure:save(path) end
  return figure
end

function Drt:__tostring()
  local lines = { ("distribution of relaxation times (%s, lambda %.3g): R %.5g ohm, "
    .. "polarisation %.5g ohm, %d peak%s"):format(self.method, self.lambda, self.resistance,
    self.polarisation, #self.peaks, #self.peaks == 1 and "" or "s") }
  for _, peak in ipairs(self.peaks) do
    lines[#lines + 1] = ("  tau %.4g s (%.4g Hz): %.4g ohm, %.4g F"):format(peak.tau,
      1 / (2 * math.pi * peak.tau), peak.resistance, peak.capacitance)
  end
  return table.concat(lines, "\n")
end

M.Drt = Drt
return M
