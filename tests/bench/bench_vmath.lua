-- Elementary functions of arrays, random numbers and transforms: time of one element at the level in
-- use, against the stated baseline measured on one core of a Xeon at 2.6 GHz: libm (glibc 2.36)
-- called in a C loop, and numpy 1.24.
local m = require "matinf"

local function best(f)
  local least = math.huge
  for _ = 1, 30 do
    local start = m.sys.time()
    for _ = 1, 20 do f() end
    least = math.min(least, (m.sys.time() - start) / 20)
  end
  return least
end

local function line(name, seconds, baseline, what)
  print(("%-24s %9.3f ns  %6.1f MB  %5.2f x %s"):format(name, seconds * 1e9,
    m.sys.memory_peak() / 1e6, seconds * 1e9 / baseline, what))
end

local n = 4000
local x = m.array.linspace(-20, 19.8, n)
local libm = { exp = 2.92, expm1 = 7.16, tanh = 9.50, log = 3.09, log1p = 4.29 }
for _, name in ipairs { "exp", "expm1", "tanh", "log", "log1p" } do
  local f, argument = m.array[name], name:find "log" and m.array.exp(x) or x
  line("array." .. name .. " " .. m.sys.isa(), best(function() f(argument) end) / n, libm[name], "libm")
end

local g = m.random.generator { seed = 1 }
local numpy = { uniform = 4.8, normal = 13.3, exponential = 6.1 }
for _, name in ipairs { "uniform", "normal", "exponential" } do
  line("random " .. name, best(function() g[name](g, n) end) / n, numpy[name], "numpy (Philox)")
end

-- both keep the plans of short lengths
local lengths = { { 1000, 7535 }, { 1009, 44984 }, { 1024, 6728 }, { 65536, 1101855 } }
for _, entry in ipairs(lengths) do
  local length, baseline = table.unpack(entry)
  local signal = m.fft.forward(g:normal(length))
  line("fft.forward " .. length, best(function() m.fft.forward(signal) end), baseline, "numpy")
end
