-- circuit.kk: does a spectrum obey the Kramers-Kronig relations, and how noisy is it?
--
-- The verdict comes from the residuals of the Lin-KK test (core/circuit/kk.h), relative to |Z|:
--
--   failed    they are systematic (runs of one sign that chance does not give) and above 1 %
--   doubtful  the noise is above 5 %, or single points lie far off
--   passed    none of this; residuals that are systematic but small are said to be so
--
-- Runs: the number of stretches of one sign along the frequency, against its mean and variance for
-- random signs (Wald, Wolfowitz, Ann. Math. Stat. 11 (1940) 147).

local c = require "matinf.c.circuit"
local e = require "matinf.error"
local store = require "matinf.store"
local spectrum_of = require "matinf.circuit.spectrum"

local M = {}
local Test = store.class("circuit.KramersKronig", {})

local SYSTEMATIC = -3  -- standard deviations of the number of runs
local LARGE = 0.01     -- of |Z|
local NOISY = 0.05
local OUTLIER = 5      -- robust standard deviations, and then only beyond LARGE

-- ---- residuals ----------------------------------------------------------------------------------

-- Point numbers by rising frequency.
local function by_frequency(f)
  local order = {}
  for i = 1, #f do order[i] = i end
  table.sort(order, function(a, b) return f[a] < f[b] or f[a] == f[b] and a < b end)
  return order
end

-- Standard score of the number of runs of one sign; 0 when there are too few points to tell.
local function runs_score(values, order)
  local plus, minus, runs, last = 0, 0, 0, nil
  for _, i in ipairs(order) do
    local positive = values[i] >= 0
    if positive then plus = plus + 1 else minus = minus + 1 end
    if positive ~= last then runs, last = runs + 1, positive end
  end
  local n, product = plus + minus, 2 * plus * minus
  if plus < 5 or minus < 5 then return 0 end
  local variance = product * (product - n) / (n * n * (n - 1))
  return (runs - product / n - 1) / math.sqrt(variance)
end

local function median(list)
  table.sort(list)
  local n = #list
  return n % 2 == 1 and list[n // 2 + 1] or (list[n // 2] + list[n // 2 + 1]) / 2
end

-- Standard deviation of values around zero that single points do not sway.
local function robust(values)
  local size = {}
  for i = 1, #values do size[i] = math.abs(values[i]) end
  return 1.4826 * median(size)
end

-- How far off each point is, in robust standard deviations of its worse part.
local function distances(re, im)
  local sd_re, sd_im, off = robust(re), robust(im), {}
  for i = 1, #re do off[i] = math.max(math.abs(re[i]) / sd_re, math.abs(im[i]) / sd_im) end
  return off
end

local function find_outliers(re, im, threshold)
  local off, list = distances(re, im), {}
  for i = 1, #re do
    local size = math.max(math.abs(re[i]), math.abs(im[i]))
    if off[i] > threshold and size > LARGE then list[#list + 1] = i end
  end
  return list
end

-- ---- the verdict --------------------------------------------------------------------------------

-- Where the residuals are greatest: size, part, frequency.
local function greatest(re, im, f)
  local size, part, at = 0, "real", 1
  for name, values in pairs { real = re, imaginary = im } do
    for i = 1, #values do
      local v = math.abs(values[i])
      if v > size or v == size and name == "imaginary" then size, part, at = v, name, i end
    end
  end
  return size, part, f[at]
end

local function frequencies_text(f, list)
  local words = {}
  for i, k in ipairs(list) do words[i] = ("%.4g"):format(f[k]) end
  return table.concat(words, ", ", 1, math.min(#words, 6)) .. (#words > 6 and ", ..." or "")
end

local function judge(self, re, im)
  local f = self.spectrum.frequency
  local size, part, at = greatest(re, im, f)
  local where = ("up to %.2g %% of |Z|, %s part at %.4g Hz"):format(100 * size, part, at)
  local noise = ("noise %.2g %% of |Z|"):format(100 * self.noise)
  if self.runs < SYSTEMATIC and size > LARGE then
    return "failed", ("the residuals are systematic (%s): the data break the Kramers-Kronig "
      .. "relations (drift, nonlinearity, artefacts)"):format(where)
  elseif self.noise > NOISY then
    return "doubtful", noise .. ": hardly anything can be told from these data"
  elseif #self.outliers > 0 then
    return "doubtful", ("%s; points far off at %s Hz: look at them, or mask them"):format(noise,
      frequencies_text(f, self.outliers))
  elseif self.runs < SYSTEMATIC then
    return "passed", ("the residuals are systematic, but small (%s); %s"):format(where, noise)
  end
  return "passed", ("the residuals are random; %s"):format(noise)
end

-- ---- the test -----------------------------------------------------------------------------------

local option_names = { "part", "mu", "elements", "most", "capacitor", "inductor" }

local function core_options(options)
  local choice = options.elements and "fixed" or options.mu and "mu" or "bic"
  if options.elements and (options.mu or options.most) then
    e.fail("argument", "circuit.kk: give either a fixed number of elements, or mu and most")
  end
  return { part = options.part, choice = choice, mu = options.mu,
    most = options.elements or options.most, capacitor = options.capacitor,
    inductor = options.inductor }
end

local function check_spectrum(spectrum, called)
  if getmetatable(spectrum) ~= spectrum_of.Spectrum then
    e.argument("spectrum", called, "circuit.Spectrum", spectrum)
  end
end

--- The Lin-KK test of a spectrum; masked points are left out.
function M.kk(spectrum, options)
  local called = "circuit.kk"
  check_spectrum(spectrum, called)
  options = e.options(options, called, option_names)
  local kept = spectrum:kept()
  local self = c.kk(kept.frequency, kept.impedance, core_options(options))
  self.spectrum, self.part = kept, options.part or "complex"
  local re, im = self.residual:real(), self.residual:imag()
  local order = by_frequency(kept.frequency)
  self.runs = math.min(runs_score(re, order), runs_score(im, order))
  self.outliers = find_outliers(re, im, OUTLIER)
  self.verdict, self.reason = judge(self, re, im)
  return setmetatable(self, Test)
end

--- The spectrum with points masked that lie far off the Lin-KK test: one after the other, the worst
--- first, as long as there are any and fewer than a tenth of all.
function M.reject(spectrum, options)
  check_spectrum(spectrum, "circuit.reject")
  options = e.options(options, "circuit.reject", { "threshold" })
  local threshold = options.threshold or OUTLIER
  if type(threshold) ~= "number" or not (threshold >= 3) then
    e.argument("threshold", "circuit.reject", "number >= 3", threshold)
  end
  local result, numbers = spectrum, {}
  for i = 1, #spectrum do
    if not spectrum.masked or spectrum.masked[i] == 0 then numbers[#numbers + 1] = i end
  end
  for _ = 1, #numbers // 10 do
    local test = M.kk(result)
    local off = distances(test.residual:real(), test.residual:imag())
    local at
    for _, i in ipairs(find_outliers(test.residual:real(), test.residual:imag(), threshold)) do
      if not at or off[i] > off[at] then at = i end
    end
    if not at then break end
    result = result:mask { numbers[at] }
    table.remove(numbers, at)
  end
  return result
end

-- ---- showing ------------------------------------------------------------------------------------

--- A table.Table of the residuals in per cent of |Z|.
function Test:table()
  return require "matinf".table.new {
    { name = "Frequency", unit = "Hz", values = self.spectrum.frequency },
    { name = "real", unit = "%", values = 100 * self.residual:real() },
    { name = "imaginary", unit = "%", values = 100 * self.residual:imag() },
  }
end

--- The residuals over the frequency; saved when a path is given.
function Test:plot(path)
  local figure = require "matinf.circuit.plot".relative(self.spectrum.frequency, self.residual,
    self.noise)
  if path then figure:save(path) end
  return figure
end

function Test:__tostring()
  return ("Kramers-Kronig test (Lin-KK, %s, %d RC elements, mu %.3g): %s\n  %s"):format(self.part,
    self.elements, self.mu, self.verdict, self.reason)
end

M.KramersKronig = Test
return M
