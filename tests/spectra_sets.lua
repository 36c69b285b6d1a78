-- Synthetic spectra of known truth, for scoring how spectra.fit chooses the number of peaks and how
-- far its errors can be believed (tests/robust/test_spectra_choice.lua).
--
-- true     1 to 6 pseudo-Voigts on an active Shirley background, Poisson counts. FWHM 0.8 to 1.3 eV,
--          Lorentzian part 0 to 0.5, neighbours 1 to 2 mean FWHM apart, step 0.05 eV. A peak's height
--          is 20 to 100 times the noise (the root of all intensity) at its place.
-- wrong    1 to 4 lines that spectra.fit's default family cannot be: asymmetric Voigts (a Lorentzian
--          to the power 0.9 to 1.2 on the loss side and 1.6 to 2.4 on the other, convolved with a
--          Gaussian of 0.4 to 0.7 eV) with an inelastic tail (Tougaard's U2). Heights 60 to 200
--          times the noise, neighbours 1.2 to 2.2 FWHM apart.
--
-- Each set depends on (seed, item) alone.

local m = require "matinf"
local c = require "matinf.c.spectra"

local M = {}

local STEP = 0.05 -- eV

local function draw(rng, low, high) return low + (high - low) * rng:uniform() end

-- Positions and widths from 284 eV up.
local function places(rng, k, least, most)
  local peaks, at = {}, 284
  for i = 1, k do
    local width = draw(rng, 0.8, 1.3)
    if i > 1 then at = at + draw(rng, least, most) * (width + peaks[i - 1].width) / 2 end
    peaks[i] = { position = at, width = width }
  end
  return peaks
end

local function axis(peaks)
  local from, to = peaks[1].position - 4, peaks[#peaks].position + 4
  return m.array.arange(0, math.floor((to - from) / STEP + 0.5)) * STEP + from
end

-- The model of the kernel itself, with all terms.
local function intensity(x, peaks, shape, background, terms)
  local rows = {}
  for i, p in ipairs(peaks) do rows[i] = { p.area, p.position, p.width, p.mix, p.skew or 0 } end
  return c.evaluate_peaks(x, { shape = shape, background = background }, rows, terms,
    (x:min() + x:max()) / 2)
end

-- Areas that give each peak the height wanted over the noise where it stands: a few rounds, since
-- the noise there is that of all of them.
local function scale(rng, x, peaks, shape, background, terms, least, most)
  for _, p in ipairs(peaks) do
    p.wanted, p.area = math.exp(draw(rng, math.log(least), math.log(most))), 1000
  end
  for _ = 1, 30 do
    local parts = intensity(x, peaks, shape, background, terms)
    for i, p in ipairs(peaks) do
      local at = (x - p.position):abs():argmin()
      local noise = math.sqrt(parts[{ at, {} }]:sum())
      p.area = p.area * p.wanted * noise / parts[at][i + 1]
    end
  end
end

local function counted(rng, x, model)
  local y = {}
  for i = 1, #x do y[i] = rng:poisson(nil, { mean = model[i] }) end
  return m.spectra.new(x, y, { counts_per = 1, y_unit = "counts" })
end

local function generator(seed, stage, item)
  return m.random.generator { seed = seed, stage = stage, item = item }
end

--- A set of the true family: spectrum, list of peaks { position, width, area, mix }.
function M.right(seed, item)
  local rng = generator(seed, "spectra.sets.true", item)
  local peaks = places(rng, 1 + item % 6, 1, 2)
  for _, p in ipairs(peaks) do p.mix = draw(rng, 0, 0.5) end
  local x, terms = axis(peaks), { draw(rng, 100, 1000), 0, draw(rng, 0, 0.04), 0, 0, 0, 0, 0, 0 }
  scale(rng, x, peaks, "pseudo-voigt", "shirley", terms, 20, 100)
  return counted(rng, x, intensity(x, peaks, "pseudo-voigt", "shirley", terms):sum(2)), peaks
end

--- A set of a family that the default one does not contain.
function M.wrong(seed, item)
  local rng = generator(seed, "spectra.sets.wrong", item)
  local peaks = places(rng, 1 + item % 4, 1.2, 2.2)
  local shape = ("LA(%.3f,%.3f,%.1f)"):format(draw(rng, 0.9, 1.2), draw(rng, 1.6, 2.4),
    draw(rng, 0.4, 0.7) / STEP)
  for _, p in ipairs(peaks) do p.mix, p.width = 0, 0.8 * p.width end
  local x, terms = axis(peaks), { draw(rng, 100, 1000), 0, 0, draw(rng, 300, 1000), 0, 0, 0, 0, 0 }
  scale(rng, x, peaks, shape, "tougaard", terms, 60, 200)
  return counted(rng, x, intensity(x, peaks, shape, "tougaard", terms):sum(2)), peaks
end

return M
