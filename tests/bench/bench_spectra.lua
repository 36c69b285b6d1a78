-- spectra.fit with its defaults, one thread: background, 1 to 8 peaks, start search, errors,
-- adequacy and rivals, against the 50 ms that are promised.
local m = require "matinf"
local choose = require "matinf.spectra.choose"
local ladder = require "matinf.spectra.ladder"
local sets = dofile "tests/spectra_sets.lua"
m.sys.threads(1)

local function best_of(n, f)
  local best = math.huge
  for _ = 1, n do
    local begin = m.sys.cpu_time()
    f()
    best = math.min(best, m.sys.cpu_time() - begin)
  end
  return best
end

-- Peaks chosen, numbers tried and milliseconds: with the defaults, which stop when more peaks no
-- longer pay, and with all of 1 to 8 tried.
local function show(name, spectrum)
  local noise, source = spectrum:noise()
  local model = { shape = "pseudo-voigt", background = "shirley", noise = noise,
    noise_source = source, bounds = { 0.7, 1.4 }, seed = 1 }
  local fit, all
  local seconds = best_of(5, function() fit = m.spectra.fit(spectrum) end)
  local longest = best_of(5, function()
    all = choose.best(ladder.climb(spectrum, 8, model, false), model)
  end)
  print(("spectra.fit %-13s %4d points, %d of %d %6.1f ms; all %d: %d %6.1f ms, %.2f of 50 ms"):format(
    name, #spectrum, fit.k, #fit.candidates, 1e3 * seconds, #all.candidates, all.k, 1e3 * longest,
    longest / 0.05))
end

show("PET C 1s", m.spectra.read("recipes/xps_peaks/data/PET_C1s.csv"):cut(281, 294))
for item = 6, 11 do show("true family", (sets.right(900, item))) end
for item = 4, 7 do show("wrong family", (sets.wrong(900, item))) end
