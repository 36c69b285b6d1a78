-- Reading and writing of numeric csv; the baseline is 100 MB/s.
local m = require "matinf"

local folder = m.sys.tempdir()
local path, n = folder .. "/bench.csv", 500000
local columns = {}
for i, name in ipairs { "a", "b", "c" } do
  columns[i] = { name = name, values = m.array.linspace(0, i, n) }
end

local function report(name, f)
  local begin = m.sys.cpu_time()
  f()
  local seconds, megabytes = m.sys.cpu_time() - begin, m.sys.stat(path).size / 1e6
  print(("%-24s %6.3f s  %4.0f MB peak  %.2f x 100 MB/s"):format(name, seconds,
    m.sys.memory_peak() / 1e6, megabytes / seconds / 100))
end

report("table.write 3 x 500,000", function() m.table.new(columns):write(path) end)
report("table.read 3 x 500,000", function() m.table.read(path) end)
m.sys.remove_tree(folder)
