-- Arrays: elements, method calls, elementwise functions, reductions, sorting, memory.
-- Baselines: the bars of the project, or the time a copy of the same memory takes.
local m = require "matinf"
local A = m.array

local function line(name, time, unit, memory, ratio, baseline)
  print(("%-28s %10.1f %-3s %8s  %5.2f x %s"):format(name, time, unit, memory, ratio, baseline))
end

-- Seconds of the fastest of three runs.
local function best(f)
  local least = math.huge
  for _ = 1, 3 do
    local start = m.sys.time()
    f()
    least = math.min(least, m.sys.time() - start)
  end
  return least
end

-- ---- calls: the empty loop is taken off ---------------------------------------------------------

local calls = 2000000
local a = A.linspace(0, 1, 1000)
local empty = best(function() for _ = 1, calls do end end)

local function call(name, bar, f)
  local ns = (best(f) - empty) / calls * 1e9
  line(name, ns, "ns", "-", ns / bar, ("bar of %d ns"):format(bar))
end

local function read() local x for k = 1, calls do x = a[k & 511 | 1] end return x end
local function write() for k = 1, calls do a[k & 511 | 1] = 0.5 end end
local function method() local x for k = 1, calls do x = a:get(k & 511 | 1) end return x end

call("a[i]", 70, read)
call("a[i] = x", 70, write)
call("a:get(i)", 90, method)

-- ---- the collector sees the memory --------------------------------------------------------------

local before = m.sys.memory_peak()
local loop = best(function()
  for k = 1, 500 do A.full(524288, k) end
end)
local growth = (m.sys.memory_peak() - before) / 1e6
line("500 arrays of 4 MB", loop * 1e3, "ms", ("+%d MB"):format(growth // 1), growth / 50, "50 MB")

-- ---- 40 MB vectors ------------------------------------------------------------------------------

local n = 5000000
local x, y = A.linspace(-3, 3, n), A.ones(n)
local mega = ("%d MB"):format(n * 8 // 1000000)
local copy = best(function() x:copy() end)

local function vector(name, f)
  local time = best(f)
  line(name, time * 1e3, "ms", mega, time / copy, "copy")
end

vector("copy", function() x:copy() end)
vector("x + y", function() return x + y end)
vector("x * 2", function() return x * 2 end)
vector("sum", function() return x:sum() end)
vector("max", function() return x:max() end)
vector("std", function() return x:std() end)
vector("sum of a column of 5", function() return x:reshape(n // 5, 5):sum(1) end)
vector("sqrt", function() return y:sqrt() end)
vector("exp", function() return x:exp() end)
vector("sin", function() return x:sin() end)
vector("x < y", function() return x:lt(y) end)
vector("cumsum", function() return x:cumsum() end)
vector("histogram 100", function() return x:histogram(100) end)
vector("sort", function() return A.sort(x * 1e6 % 1) end)
vector("median", function() return x:median() end)
