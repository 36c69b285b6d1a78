-- Maps: 10,000 spectra of 400 points from a near start and by a full search, 100,000 streamed from
-- HDF5 (problem T(3), 2e4 counts a spectrum), against EMPeaks' equations in numpy on one core (EPYC
-- Zen 4): 1.38 ms a spectrum from a near start, 8.7 s for one search.
local m = require "matinf"

local POINTS, START = 400, { mu = { 4.3, 10.3, 16.3 }, sigma = { 1, 1, 1 } }
local x = m.array.linspace(0, 20, POINTS)

local function mean()
  local y = m.array.zeros(POINTS)
  for j, mu in ipairs { 4, 10, 16 } do
    y = y + (((x - mu) / 0.9) ^ 2 * -0.5):exp() * (1 + (j - 1) / 2)
  end
  return y * (2e4 / y:sum())
end

local function counts(count)
  return m.random.generator { seed = 1 }:poisson(nil,
    { mean = m.array.broadcast(mean(), { count, POINTS }) })
end

local function line(name, seconds, baseline)
  print(("%-42s %8.3f s  %7.1f MB  %8.1f x faster than numpy"):format(name, seconds,
    m.sys.memory_peak() / 1e6, baseline / seconds))
end

local function timed(f)
  local start = m.sys.time()
  local result = f()
  return m.sys.time() - start, result
end

-- ---- streamed: in a process of its own, whose memory counts ------------------------------------------

local function stream(path)
  local found, stack
  local seconds = timed(function()
    stack, found = m.spectra.open_stack(path, { data = "counts", axis = "energy" }), 0
    for _, piece in ipairs(stack:pieces()) do
      local map = m.gmm.map(stack.x, stack:read(piece[1], piece[2]), { start = START })
      found = found + map.converged:sum()
    end
  end)
  line(("%d from HDF5, near start (%d converged)"):format(#stack, found), seconds, 1.38e-3 * #stack)
  local fit = m.spectra.fit(stack:mean(), { peaks = { 4, 10, 16 }, shape = "gauss",
    background = "constant", width = { 1, 4 } })
  seconds = timed(function() return m.spectra.map(stack, fit) end)
  line(("%d from HDF5, spectra.map with errors"):format(#stack), seconds, 1.38e-3 * #stack)
end

if arg[1] == "stream" then return stream(arg[2]) end

local y = counts(10000):astype "f64"
line("10,000 x 400, near start", timed(function() return m.gmm.map(x, y, { start = START }) end), 13.8)
local seconds, map = timed(function() return m.gmm.map(x, y, { k = 3, starts = 98, seed = 1 }) end)
line("10,000 x 400, search of 100 starts", seconds, 8.7e4)
local off = (map.mu - m.array.array { 4, 10, 16 }):abs():max(2)
print(("%d of 10,000 at the truth"):format(off:lt(0.15):sum()))
y, map = nil, nil
collectgarbage()

local folder = m.sys.tempdir()
for _, count in ipairs { 20000, 100000 } do
  local path = ("%s/%d.h5"):format(folder, count)
  do
    local file <close> = m.hdf5.open(path, "w")
    file:write("energy", x)
    file:write("counts", counts(count):astype "i32")
  end
  collectgarbage()
  local result = m.sys.spawn { m.sys.program(), arg[0], "stream", path, timeout = 600 }
  io.write(result.stdout, result.code == 0 and "" or result.stderr)
  m.sys.remove_tree(path)
end
m.sys.remove_tree(folder)
