-- spectra.fit with its defaults, one thread: background, 1 to 8 peaks, start search, errors, adequacy
-- and rivals, against the 50 ms that are promised.
local m = require "matinf"
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

local function show(name, spectrum)
  local k
  local seconds = best_of(5, function() k = m.spectra.fit(spectrum).k end)
  print(("spectra.fit %-22s %4d points, %d peaks %6.1f ms  %.2f of 50 ms"):format(name, #spectrum, k,
    1e3 * seconds, seconds / 0.05))
end

show("PET C 1s", m.spectra.read("recipes/xps_peaks/data/PET_C1s.csv"):cut(281, 294))
for item = 6, 11 do show("true family", (sets.right(900, item))) end
for item = 4, 7 do show("wrong family", (sets.wrong(900, item))) end
