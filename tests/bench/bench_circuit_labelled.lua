-- The labelled set of nine circuits (QuantumScape, 8 spectra a class): macro-F1 of the rule in
-- labelled_circuits.lua with its bootstrap interval (90 %, 2000 draws of spectra, seed 1). Its
-- "freq" is an angular frequency. Published best, trained on 7,400 spectra: 0.54.
package.path = "tests/bench/?.lua;" .. package.path
local m = require "matinf"
local labelled = require "labelled_circuits"

local path = "../shared/data/impedance/quantumscape_ecm_dev72.csv"
if not m.sys.exists(path) then
  print "labelled circuits: no data"
  os.exit(0)
end

local spectra, order = {}, {}
for line in io.lines(path) do
  local id, class, w, re, im = line:match "^(%d+),([^,]+),([^,]+),([^,]+),([^,]+)$"
  if id then
    if not spectra[id] then
      spectra[id] = { class = class, frequency = {}, impedance = {} }
      order[#order + 1] = id
    end
    local s = spectra[id]
    s.frequency[#s.frequency + 1] = tonumber(w) / (2 * math.pi)
    s.impedance[#s.impedance + 1] = m.array.complex(tonumber(re), tonumber(im))
  end
end

m.sys.threads(1)
local truth, given, from = {}, {}, os.clock()
for i, id in ipairs(order) do
  truth[i], given[i] = spectra[id].class, (labelled.classify(spectra[id]))
end
local seconds = (os.clock() - from) / #order

local generator, draws = m.random.generator { seed = 1 }, {}
for draw = 1, 2000 do
  local t, g = {}, {}
  for i = 1, #order do
    local k = 1 + math.floor(generator:uniform() * #order)
    t[i], g[i] = truth[k], given[k]
  end
  draws[draw] = labelled.macro_f1(t, g)
end
table.sort(draws)
print(("macro-F1 %.3f (90 %% of bootstraps %.3f to %.3f), %d spectra, %.3f s each")
  :format(labelled.macro_f1(truth, given), draws[100], draws[1900], #order, seconds))
for _, name in ipairs(labelled.names) do
  local said = {}
  for i = 1, #truth do
    if truth[i] == name and given[i] ~= name then said[#said + 1] = given[i] end
  end
  print(("  %-22s missed %d: %s"):format(name, #said, table.concat(said, ", ")))
end
