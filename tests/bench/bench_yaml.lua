-- Loading YAML: a document of 1.4 MB and 260,000 nodes, against the 0.25 s that are promised; with
-- places; writing it; and how fast deep nesting is refused.
local m = require "matinf"

local function best_of(n, f)
  local best = math.huge
  for _ = 1, n do
    collectgarbage()
    local begin = m.sys.cpu_time()
    f()
    best = math.min(best, m.sys.cpu_time() - begin)
  end
  return best
end

local function peak() return m.sys.memory_peak() / 1e6 end

local lines = {}
for i = 1, 52000 do lines[i] = ("- {x: %d, label: s%d}\n"):format(i, i) end -- five nodes each
local text = table.concat(lines)
local seconds = best_of(5, function() m.yaml.load(text) end)
print(("yaml.load %.1f MB, 260,000 nodes  %6.3f s  %4.0f MB  %.2f of 0.25 s"):format(
  #text / 1e6, seconds, peak(), seconds / 0.25))
seconds = best_of(5, function() m.yaml.load(text, { places = true }) end)
print(("yaml.load with places             %6.3f s  %4.0f MB"):format(seconds, peak()))
local value = m.yaml.load(text)
seconds = best_of(3, function() m.yaml.dump(value) end)
print(("yaml.dump                         %6.3f s  %4.0f MB"):format(seconds, peak()))
seconds = best_of(5, function() m.try(m.yaml.load, ("["):rep(200000)) end)
print(("yaml.load 200,000 [               %6.4f s           %.2f of 0.05 s"):format(
  seconds, seconds / 0.05))
