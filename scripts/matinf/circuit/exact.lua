-- Data without noise: selection where the numbers are rounded, and nothing else is wrong with them.
--
-- Such data are met to the last digit by the true circuit and those that contain it. A rounding
-- error is uniform within half a unit of the last digit; its variance is a third of that squared.

local c = require "matinf.c.circuit"
local candidates = require "matinf.circuit.candidates"
local e = require "matinf.error"
local fits = require "matinf.circuit.fit"

local M = {}

local LESSONS = 3 -- times that fits learn from each other after a stage
local STAGES = { 1, 2 } -- times the random starts
local MET = 1.25 -- mean square over that of rounding up to which numbers are met
local DIGITS = 12 -- more than these are not looked for

-- ---- precision ---------------------------------------------------------------------------------

-- Significant digits and decimals of a number.
local function digits_of(x)
  local mantissa, exponent = ("%." .. DIGITS - 1 .. "e"):format(x):match "^-?(.-)0*e(.+)$"
  local significant = #mantissa - 1
  return math.max(significant, 1), math.max(significant, 1) - 1 - tonumber(exponent)
end

local function half_units(x)
  local digits, decimals, half = 0, -math.huge, {}
  for i = 1, #x do
    if x[i] ~= 0 then
      local s, d = digits_of(x[i])
      digits, decimals = math.max(digits, s), math.max(decimals, d)
    end
  end
  for i = 1, #x do
    local first = x[i] ~= 0 and math.floor(math.log(math.abs(x[i]), 10) + 1e-12) or -math.huge
    half[i] = 0.5 * 10.0 ^ math.max(-decimals, first - digits + 1)
  end
  return require "matinf".array.array(half)
end

--- Half a unit of the last digit that each number can have had, of an array f64 or c128: none has
--- more decimals nor more significant digits than that which has most of them.
function M.precision(numbers)
  numbers = require "matinf".array.from(numbers)
  if #numbers.shape ~= 1 or #numbers > 0 and not (numbers:abs():max() < math.huge) then
    e.argument("numbers", "circuit.precision", "array [n] of finite numbers", numbers)
  end
  if numbers.dtype ~= "c128" then return half_units(numbers) end
  return half_units(numbers:real()) + half_units(numbers:imag())
    * require "matinf".array.complex(0, 1)
end

-- The i-th of an array, or the number itself.
local function at(value, i) return type(value) == "userdata" and value[i] or value or 0 end

-- Standard deviations of both parts at each point: the precision of Z, and that of f (relative)
-- times the slope |dZ / d ln f| between the neighbours.
local function rounding(f, z, options)
  local array = require "matinf".array
  local order, sigma = {}, {}
  for i = 1, #f do order[i] = i end
  table.sort(order, function(a, b) return f[a] < f[b] end)
  for place, i in ipairs(order) do
    local low, high = order[math.max(place - 1, 1)], order[math.min(place + 1, #f)]
    local span, own = math.log(f[high] / f[low]), at(options.precision, i)
    local relative = span > 0 and at(options.frequency_precision, i) / span or 0
    local slope = z[high] - z[low]
    local re, im = type(own) == "number" and own or own.re, type(own) == "number" and own or own.im
    sigma[i] = array.complex(math.sqrt((re ^ 2 + (relative * slope.re) ^ 2) / 3),
      math.sqrt((im ^ 2 + (relative * slope.im) ^ 2) / 3))
  end
  return array.array(sigma)
end

-- ---- search ------------------------------------------------------------------------------------

-- Searches the rows' circuits together with weights 1 / |Z|, and ends with weights 1 / sigma. With
-- `starts` nil the fits of the rows only learn from each other, with weights 1 / sigma.
local function search(rows, spectrum, starts, relatives, seed)
  local circuits, width, known = {}, 1, nil
  for i, row in ipairs(rows) do
    circuits[i], width = row.circuit, math.max(width, row.k)
  end
  if not starts then
    known = require "matinf".array.zeros(#rows, width)
    for i, row in ipairs(rows) do
      for k = 1, row.k do known:set(i, k, row.values[k]) end
    end
  end
  local codes, lengths = candidates.codes(circuits)
  local _, _, _, values = c.screen(codes, lengths, spectrum.frequency, spectrum.impedance,
    { weight = known and "sigma" or "modulus", sigma = known and spectrum.sigmas or nil,
      starts = starts, relatives = relatives, seed = seed }, known)
  for i, row in ipairs(rows) do
    local fit = fits.fit(row.circuit, spectrum, { weight = "sigma",
      start = values[{ i, { 1, row.k } }] })
    if fit.ssr < row.ssr then row.ssr, row.values = fit.ssr, fit.values end
    row.log_weights = fit.log_weights
  end
end

local function check(options, n)
  for _, name in ipairs { "precision", "frequency_precision" } do
    local value = options[name]
    if type(value) == "userdata" and #require "matinf".array.from(value) ~= n then
      e.argument(name, "circuit.select", ("number, or array of %d"):format(n), value)
    end
  end
end

-- All candidates, how far they are, and the fewest parameters of one that meets the data.
local Study = {}
Study.__index = Study

function Study:is_open(row) return row.ssr > MET * self.n and row.k < self.fewest end

function Study:open_rows()
  local list = {}
  for _, row in ipairs(self.rows) do if self:is_open(row) then list[#list + 1] = row end end
  return list
end

-- Searches rows and sees whether they meet the data now.
function Study:search(rows, starts, relatives, seed)
  search(rows, self.spectrum, starts, relatives, seed)
  for _, row in ipairs(rows) do
    if row.ssr <= MET * self.n then self.fewest = math.min(self.fewest, row.k) end
  end
end

-- The rows that were searched learn from each other.
function Study:learn(seed)
  for lesson = 1, LESSONS do
    local known = {}
    for _, row in ipairs(self.rows) do
      if row.ssr < math.huge and row.k <= self.fewest then known[#known + 1] = row end
    end
    if #known < 2 or #self:open_rows() == 0 then return end
    self:search(known, nil, candidates.RELATIVES, seed + lesson)
  end
end

local function new_study(circuits, f, z, options)
  local sigma, rows = rounding(f, z, options), {}
  for i, circuit in ipairs(circuits) do
    rows[i] = { index = i, circuit = circuit, k = #circuit.names, ssr = math.huge, log_weights = 0 }
  end
  table.sort(rows, function(a, b) return a.k < b.k or a.k == b.k and a.index < b.index end)
  return setmetatable({ rows = rows, n = 2 * #f, fewest = math.huge,
    spectrum = { frequency = f, impedance = z, sigma = sigma,
      sigmas = require "matinf".array.concatenate { sigma:real(), sigma:imag() } } }, Study)
end

--- The rows of all candidates. The search goes on, from more starts each time, for circuits that
--- miss the data, but not for those with more parameters than one that meets them; after each stage
--- they learn from each other.
function M.rows(circuits, f, z, options)
  check(options, #f)
  local study, seed = new_study(circuits, f, z, options), options.seed
  for _, row in ipairs(study.rows) do
    if study:is_open(row) then study:search({ row }, options.starts, 0, seed) end
  end
  study:learn(seed)
  for stage, factor in ipairs(STAGES) do
    local active = study:open_rows()
    if #active == 0 or study.fewest < math.huge then break end
    study:search(active, factor * options.starts, candidates.RELATIVES, seed + stage)
    study:learn(seed)
  end
  local first = study.rows[1] -- which is searched whatever happens
  local log_weights = first and first.log_weights
  for _, row in ipairs(study.rows) do candidates.criteria(row, study.n, log_weights, 1) end
  return study.rows
end

return M
