-- Lin-KK and relaxation times of exampleData.csv (57 points), against impedance.py 1.7 and pyDRTtools
-- on one core (Zen 5, numpy 1.24: least of five; simple_run: Zen 4).
local m = require "matinf"

m.sys.threads(1)

local s = m.circuit.read "tests/data/impedance/exampleData.csv"
s = s:mask(function(_, z) return z.im >= 0 end):kept()

local function line(name, f, baseline, what)
  local least = math.huge
  for _ = 1, 50 do
    local start = m.sys.time()
    f()
    least = math.min(least, m.sys.time() - start)
  end
  print(("%-42s %8.3f ms  %6.1f MB  %7.1f x faster than %s"):format(name, least * 1e3,
    m.sys.memory_peak() / 1e6, baseline / least, what))
end

line("Lin-KK complex, c 0.5, M = 27", function() m.circuit.kk(s, { mu = 0.5, most = 100 }) end,
  19.6e-3, "impedance.py")
line("Lin-KK real, c 0.85, M = 21", function() m.circuit.kk(s, { part = "real", mu = 0.85 }) end,
  33.9e-3, "impedance.py")
line("Lin-KK complex, all M to 50, least BIC", function() m.circuit.kk(s) end, 34.6e-3,
  "50 fits of impedance.py")
line("DRT, non-negative, lambda 1e-3", function()
  m.circuit.drt(s, { lambda = 1e-3, weight = "unit", tau = 1 / s.frequency })
end, 0.43, "pyDRTtools")
line("DRT, non-negative, cross-validated", function() m.circuit.drt(s, { capacitor = true }) end,
  0.43, "pyDRTtools (fixed lambda)")
