-- Neural-network potentials: CPU time an atom for energy and forces, list of neighbours included,
-- against n2p2 2.3.0 (list excluded) on the same machine, an EPYC (Zen 5): 245 us for its example
-- H2O_RPBE-D3, 306 for Cu2S_PBE, 92 for the published network for Si. The examples (GPL) are looked
-- for in $MATINF_EXTRA_DATA, else ../shared/data. Then sizes, and two threads.
local m = require "matinf"

local extra = (os.getenv "MATINF_EXTRA_DATA" or "../shared/data") .. "/potentials/n2p2/predict_"

-- The least time of several tries by a clock: an evaluation's, in seconds.
local function best(clock, tries, f)
  local least = math.huge
  for _ = 1, tries do
    collectgarbage()
    local start = clock()
    f()
    least = math.min(least, clock() - start)
  end
  return least
end

local function microseconds(clock, potential, s, tries)
  return best(clock, tries, function() potential:evaluate(s) end) / #s * 1e6
end

local function line(name, time, baseline)
  print(("%-26s %8.2f us/atom  %7.1f MB  %5.1f x faster than n2p2"):format(name, time,
    m.sys.memory_peak() / 1e6, baseline / time))
end

-- ---- against n2p2 -------------------------------------------------------------------------------

-- The structure of an example, whose numbers are taken for Å and eV as its potential's are.
local function example(name)
  local cell, positions, symbols = {}, {}, {}
  for text in require "matinf.c.atoms".read_text(extra .. name .. "/input.data.gz"):gmatch "[^\n]+" do
    local word, a, b, c, symbol = text:match "^%s*(%a+)%s+(%S+)%s+(%S+)%s+(%S+)%s*(%S*)"
    local x = { tonumber(a), tonumber(b), tonumber(c) }
    if word == "lattice" then cell[#cell + 1] = x end
    if word == "atom" then positions[#positions + 1], symbols[#symbols + 1] = x, symbol end
  end
  return m.atoms.new { symbols = symbols, positions = positions, cell = cell }
end

m.sys.threads(1)
for _, case in ipairs { { "H2O_RPBE-D3", 245, 10 }, { "Cu2S_PBE", 306, 60 } } do
  local name, baseline, tries = table.unpack(case)
  if m.sys.exists(extra .. name) then
    local potential, s = m.nnp.read_n2p2(extra .. name), example(name)
    line(("%s, %d"):format(name, #s), microseconds(os.clock, potential, s, tries), baseline)
  else
    print(name .. ": no such example, set MATINF_EXTRA_DATA")
  end
end

local silicon = m.nnp.read_n2p2("tests/data/nnp/nnp_Si",
  { length = 1 / 1.8897261328, energy = 1 / 0.0367493254 })
local cell = m.atoms.read("recipes/nnp_train/data/Si_test.xyz.gz")[1]
line(("Zuo Si, %d"):format(#cell), microseconds(os.clock, silicon, cell, 300), 92)

-- ---- sizes and threads --------------------------------------------------------------------------

-- Resident now, in bytes: what the process has before the large structures does not count.
local function resident()
  return tonumber(io.open "/proc/self/statm":read "a":match "%d+ (%d+)") * 4096
end

-- One and two threads in turn: the processors' pace changes within seconds. The first of two
-- evaluations, not measured, starts the second thread.
local function on_one_and_two(s)
  local least = { math.huge, math.huge }
  for _ = 1, #s > 50000 and 8 or 30 do
    for threads = 1, 2 do
      m.sys.threads(threads)
      silicon:evaluate(s)
      least[threads] = math.min(least[threads], microseconds(m.sys.time, silicon, s, 1))
    end
  end
  return least[1], least[2]
end

local before = resident()
for _, repeats in ipairs { { 2, 2, 4 }, { 5, 5, 6 }, { 11, 12, 12 } } do
  local s = cell:supercell(repeats)
  local one, two = on_one_and_two(s)
  print(("Zuo Si, %-18d %8.2f us/atom  %7.2f kB/atom at the peak  2 threads %.2f x"):format(#s, one,
    (m.sys.memory_peak() - before) / #s / 1e3, one / two))
end
