-- Ctrl-C: every kernel that can run longer than 0.2 s gives the prompt back within 0.2 s, with an
-- error of kind "interrupted", the variables as they were, and nothing left over that interrupts
-- what comes next. This is the list of those kernels. Not on it: eigenvalues and singular values
-- (linalg.eigh, eigen, svd, pinv, condition, lstsq, rank), which are single calls of LAPACK.
--
-- SIGINT is sent by a timer of the process, see probe.c. A try counts when the kernel was still
-- running then; on a machine that is too fast for an input, that kernel is skipped.
local lu = require "luaunit"
local m = require "matinf"
local build = os.getenv "BUILD" or "build"
package.cpath = m.sys.realpath(build) .. "/tests/?.so;" .. package.cpath
local probe = require "probe"
local host = require "matinf.c.host"
local A = m.array

local soak = os.getenv "MATINF_SOAK"
local allowed = soak and 0.2 or 0.5 -- the short form shares two processors with other tests
local sanitized = build:find "sanitize" -- several times as slow
local folder = m.sys.tempdir()

-- ---- inputs -----------------------------------------------------------------------------------

local generator = m.random.generator { seed = 1 }
local made = {}

local function once(name, make)
  made[name] = made[name] or make()
  return made[name]
end

local function vector() return once("vector", function() return generator:uniform(8e6) end) end
local function bytes() return once("bytes", function() return A.ones(3e8, { dtype = "u8" }) end) end
local function text() return once("text", function() return ("x"):rep(3e8) end) end

local function square()
  return once("square", function() return generator:normal { 2000, 2000 } end)
end

local function definite()
  return once("definite", function()
    local a = A.zeros(3500, 3500)
    for i = 1, 3500 do a:set(i, i, 2) end
    return a
  end)
end

local function large_table()
  return once("table", function()
    local x = generator:uniform(5e5)
    return m.table.new { { name = "a", values = x }, { name = "b", values = x } }
  end)
end

local function file(name, write)
  return once(name, function()
    write(folder .. "/" .. name)
    return folder .. "/" .. name
  end)
end

local function csv()
  return file("large.csv", function(path)
    local out <close> = io.open(path, "w")
    out:write "a,b\n"
    local rows = ("1.25,3.5\n-2e-3,7.125\n"):rep(10000)
    for _ = 1, 60 do out:write(rows) end
  end)
end

local function stored(name, options)
  return file(name, function(path)
    local out <close> = m.hdf5.open(path, "w")
    out:write("x", vector(), options)
  end)
end

local function write_hdf5(options)
  local x = vector()
  return function()
    local out <close> = m.hdf5.open(folder .. "/out.h5", "w")
    for i = 1, 20 do out:write("x" .. i, x, options) end
  end
end

local function read_hdf5(name, options)
  local path = stored(name, options)
  return function()
    local input <close> = m.hdf5.open(path, "r")
    for _ = 1, 40 do input:read "x" end
  end
end

-- ---- the kernels: each makes its input and returns what is to be interrupted -----------------------

local kernels = {}

local function on_vector(name, f)
  kernels[name] = function()
    local x = vector()
    return function() f(x) end
  end
end

on_vector("array.sort", A.sort)
on_vector("array.argsort", A.argsort)
on_vector("array.unique", A.unique)
on_vector("array.quantile", A.median)
on_vector("array.gamma", A.gamma)
on_vector("array.power", function(x) for _ = 1, 20 do local _ = x ^ 1.5 end end)
on_vector("array.add", function(x) for _ = 1, 40 do local _ = x + x end end)
on_vector("array.cumsum", A.cumsum)
on_vector("array.cumprod", A.cumprod)
on_vector("array.histogram", function(x) A.histogram(x, 1000) end)
on_vector("array.interp", function(x)
  local knots = A.linspace(0, 1, 1000)
  A.interp(x, knots, knots)
end)
on_vector("array.searchsorted", function(x) A.searchsorted(A.linspace(0, 1, 1000), x) end)
on_vector("array.smooth", function(x) A.smooth(x, { method = "savitzky-golay", window = 101 }) end)
on_vector("array.polyfit", function(x) A.polyfit(x, x, 9) end)
on_vector("array.polyval", function(x) A.polyval(A.ones(60), x) end)
on_vector("array.gradient", function(x) for _ = 1, 8 do A.gradient(x) end end)
on_vector("array.select", function(x) x:select(generator:permutation(#x)) end)
on_vector("array.select by mask", function(x) for _ = 1, 9 do x:select(A.gt(x, 0.5)) end end)
on_vector("array.concatenate", function(x) A.concatenate { x, x, x, x, x, x, x, x, x, x } end)
on_vector("array.copy of a transpose", function(x)
  for _ = 1, 4 do A.copy(x:reshape(2000, 4000):transpose()) end
end)
on_vector("array.covariance", function(x) A.covariance(x:reshape(80, 100000)) end)

for _, name in ipairs { "sum", "var", "argmax", "all", "prod" } do
  kernels["array." .. name] = function()
    local x = bytes()
    return function() A[name](x) end
  end
end

kernels["array.bincount"] = function()
  local x = A.ones(3e7, { dtype = "i64" })
  return function() A.bincount(x) end
end
kernels["array.zeros"] = function() return function() A.zeros(8e8, { dtype = "u8" }) end end
kernels["array.full"] = function() return function() A.full({ 60000000 }, 1.5) end end
kernels["array.arange"] = function() return function() A.arange(6e7) end end
kernels["array.linspace"] = function() return function() A.linspace(0, 1, 60000000) end end
kernels["array.outer"] = function()
  local x = A.arange(8000)
  return function() A.outer(x, x) end
end
kernels["array from a table"] = function()
  local list = {}
  for i = 1, 4e6 do list[i] = i end
  return function() for _ = 1, 20 do A.array(list) end end
end

for name, f in pairs { matmul = function(a) m.linalg.matmul(a, a) end,
  solve = function(a) m.linalg.solve(a, a) end, inverse = m.linalg.inverse,
  triangular_solve = function(a) m.linalg.triangular_solve(a, a) end } do
  kernels["linalg." .. name] = function()
    local a = square()
    return function() f(a) end
  end
end
for name, f in pairs { qr = m.linalg.qr, determinant = m.linalg.determinant } do
  kernels["linalg." .. name] = function()
    local a = square()
    return function() f(a) end
  end
end
kernels["linalg.cholesky"] = function()
  local a = definite()
  return function() m.linalg.cholesky(a) end
end

kernels["fft.forward"] = function()
  local x = generator:normal(4194304)
  return function() m.fft.forward(x) end
end
kernels["fft.forward of a prime length"] = function()
  local x = generator:normal(1048583)
  return function() m.fft.forward(x) end
end
kernels["fft.forward of many lines"] = function()
  local x = generator:normal { 4000, 1024 }
  return function() m.fft.forward(x) end
end
on_vector("fft.real", m.fft.real)
kernels["fft.convolve"] = function()
  local x = generator:normal(2e6)
  return function() m.fft.convolve(x, x) end
end

for name, draw in pairs { uniform = {}, normal = {}, exponential = {}, gamma = { shape = 0.5 },
  poisson = { mean = 100 }, binomial = { trials = 100, p = 0.3 }, integer = { high = 6 } } do
  kernels["random.Generator:" .. name] = function()
    return function() generator[name](generator, 60000000, draw) end
  end
end
kernels["random.Generator:permutation"] = function()
  return function() generator:permutation(20000000) end
end
kernels["random.Generator:shuffle"] = function()
  local x = A.copy(vector())
  return function() generator:shuffle(x) end
end
kernels["random.Generator:choice by weight"] = function()
  local x = vector()
  return function() generator:choice(#x, 10, { weights = x }) end
end
kernels["random.sobol"] = function() return function() m.random.sobol(1000000, 20) end end
kernels["random.latin_hypercube"] = function()
  return function() m.random.latin_hypercube(1000000, 20) end
end

kernels["hash.blake2b"] = function()
  local long = text()
  return function() m.hash.blake2b(long) end
end
on_vector("hash.tree", function(x) m.hash.tree { x, x, x, x } end)
kernels["hash.file"] = function()
  local path = file("text.txt", function(path) m.sys.write_atomic(path, text()) end)
  return function() m.hash.file(path) end
end
kernels["sys.read"] = function()
  local path = file("text.txt", function(path) m.sys.write_atomic(path, text()) end)
  return function() for _ = 1, 5 do m.sys.read(path) end end
end
kernels["sys.spawn"] = function() return function() m.sys.spawn { "sleep", "5" } end end

kernels["table.read"] = function()
  local path = csv()
  return function() m.table.read(path) end
end
kernels["table.Table:write"] = function()
  local t = large_table()
  return function() t:write(folder .. "/out.csv") end
end
kernels["table.Table:sort"] = function()
  local t = large_table()
  return function() t:sort "a" end
end

kernels["yaml.load"] = function()
  local source = ("- {a: 1, b: [1, 2, 3]}\n"):rep(2e5)
  return function() m.yaml.load(source) end
end
kernels["yaml.dump"] = function()
  local list = {}
  for i = 1, 2e5 do list[i] = { a = i } end
  return function() m.yaml.dump(list) end
end

kernels["hdf5.File:write"] = function() return write_hdf5 {} end
kernels["hdf5.File:write, compressed"] = function() return write_hdf5 { compress = 6 } end
kernels["hdf5.File:read"] = function() return read_hdf5("plain.h5", {}) end
kernels["hdf5.File:read, compressed"] = function() return read_hdf5("small.h5", { compress = 1 }) end
kernels["hdf5.File:read, of others"] = function()
  local path = folder .. "/foreign.h5"
  m.sys.write_atomic(path, m.sys.read(stored("plain.h5", {})):sub(1, -49)) -- without its checksum
  return function()
    local input <close> = m.hdf5.open(path, "r")
    for _ = 1, 20 do input:read "x" end
  end
end
kernels["store.write"] = function()
  local list = {}
  for i = 1, 3000 do list[i] = { x = A.array { 1, 2 } } end
  return function() require "matinf.store".write(folder .. "/store.h5", { list = list }) end
end

local function two_peaks(n)
  local x = A.linspace(-10, 10, n)
  return x, (A.exp(-(x * x)) + A.exp(-((x - 3) ^ 2)) + 0.01) * 1000
end

kernels["gmm.fit"] = function()
  local x, y = two_peaks(200000)
  return function() m.gmm.fit(x, y, { k = 4, seed = 1 }) end
end
kernels["gmm.map"] = function()
  local x, y = two_peaks(400)
  local spectra = A.zeros(3000, 400)
  for i = 1, 3000 do spectra[i] = y end
  return function() m.gmm.map(x, spectra, { k = 4, seed = 1 }) end
end
kernels["gmm.sample"] = function()
  local x, y = two_peaks(400)
  return function() m.gmm.sample(x, y, { k = 3, background = true }) end
end
kernels["spectra.fit"] = function()
  local s = m.spectra.read("recipes/xps_peaks/data/PET_C1s.csv"):cut(281, 294)
  return function()
    for _ = 1, 20 do
      m.spectra.fit(s, { shape = "pseudo-voigt", background = "shirley", peaks = "auto", seed = 1 })
    end
  end
end
kernels["spectra.map"] = function()
  local s = m.spectra.read("recipes/xps_peaks/data/PET_C1s.csv"):cut(281, 294)
  local fit = m.spectra.fit(s, { peaks = 4 })
  local stack = m.spectra.stack(s.x, A.broadcast(s.y, { 4000, #s.x }):copy(), { counts_per = 1 })
  return function() m.spectra.map(stack, fit) end
end
kernels["spectra.shirley"] = function()
  local x, y = two_peaks(4000000)
  return function() m.spectra.shirley(x, y, { average = 3 }) end
end
kernels["spectra.tougaard"] = function()
  local x, y = two_peaks(40000)
  return function() m.spectra.tougaard(x, y) end
end
kernels["spectra.read"] = function()
  local path = file("large_spectrum.csv", function(path)
    local out <close> = io.open(path, "w")
    out:write "energy (eV),counts\n"
    for i = 1, 1000000 do out:write(i / 1000, ",", i % 977, "\n") end
  end)
  return function() m.spectra.read(path) end
end
local function silicon(n)
  return once("silicon" .. n, function()
    local basis = { { 0, 0, 0 }, { 0, .5, .5 }, { .5, 0, .5 }, { .5, .5, 0 }, { .25, .25, .25 },
      { .25, .75, .75 }, { .75, .25, .75 }, { .75, .75, .25 } }
    local fractional = {}
    for t = 0, n ^ 3 - 1 do
      local x, y, z = t // (n * n), t // n % n, t % n
      for _, b in ipairs(basis) do
        fractional[#fractional + 1] = { (x + b[1]) / n, (y + b[2]) / n, (z + b[3]) / n }
      end
    end
    return m.atoms.new { symbols = "Si" .. #fractional, cell = 5.431 * n, fractional = fractional }
  end)
end

local function rattled(n, seed)
  local s = silicon(n):copy()
  s.positions = s.positions + m.random.generator { seed = seed }:normal { #s, 3 } * 0.05
  return s
end

local function labelled(count)
  return once("labelled", function()
    local potential, list = m.potentials.stillinger_weber(), {}
    for i = 1, count do
      list[i] = rattled(2, i)
      list[i].energy, list[i].forces = potential:evaluate(list[i])
    end
    return list
  end)
end

local function symmetry_functions()
  return m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 6, radial = 8,
    angular = 18 }
end

for _, method in ipairs { "kalman", "gauss-newton" } do
  kernels["nnp.train, " .. method] = function()
    local list, set = labelled(20), symmetry_functions()
    return function()
      m.nnp.train(list, { descriptors = set, hidden = { 24, 24 }, iterations = 1000,
        method = method })
    end
  end
end
kernels["nnp.train_kernel"] = function()
  local list, set = labelled(20), symmetry_functions()
  return function()
    for _ = 1, 20 do m.nnp.train_kernel(list, { descriptors = set, points = 100 }) end
  end
end
kernels["nnp.Potential:sheet"] = function()
  local list = labelled(20)
  local potential = m.nnp.train(list, { descriptors = symmetry_functions(), hidden = { 24, 24 },
    iterations = 1 })
  return function() for _ = 1, 20 do potential:sheet(list) end end
end
kernels["descriptors.SymmetryFunctions:choose"] = function()
  local set, list = symmetry_functions(), {}
  for i = 1, 30 do list[i] = rattled(4, i) end
  return function() set:choose(list, { keep = 10 }) end
end

kernels["md.neb"] = function()
  local potential = m.potentials.stillinger_weber()
  local a, b = rattled(6, 1), rattled(6, 1)
  b.positions[{ 1, 1 }] = b.positions[{ 1, 1 }] + 1
  return function() m.md.neb(a, b, { potential = potential, images = 9, force = 1e-9 }) end
end
kernels["md.dimer"] = function()
  local potential, s = m.potentials.stillinger_weber(), rattled(10, 1)
  return function() m.md.dimer(s, { potential = potential, force = 1e-9, seed = 1 }) end
end
kernels["md.elastic"] = function()
  local potential, s = m.potentials.stillinger_weber(), silicon(8)
  return function() m.md.elastic(s, { potential = potential }) end
end

kernels["md.run"] = function()
  local s, potential = silicon(10), m.potentials.stillinger_weber()
  return function() m.md.run(s, { potential = potential, steps = 1000, every = 1000 }) end
end
kernels["md.phonons"] = function()
  local s, potential = silicon(2), m.potentials.tersoff()
  return function() m.md.phonons(s, { potential = potential, ["repeat"] = 3 }) end
end
kernels["md.relax"] = function()
  local s, potential = silicon(10), m.potentials.stillinger_weber()
  local rattled = s:copy()
  rattled.positions = s.positions + generator:normal({ #s, 3 }) * 0.1
  return function() m.md.relax(rattled, { potential = potential, force = 1e-9 }) end
end
kernels["potentials.Potential:evaluate with charges"] = function()
  local s = silicon(10):copy()
  s.numbers = s.numbers * 0 + 8
  local potential = m.potentials.buckingham { model = "BKS", cutoff = 9, accuracy = 1e-8 }
  return function() potential:evaluate(s) end
end

local function network()
  return m.nnp.read_n2p2("tests/data/nnp/nnp_Si",
    { length = 1 / 1.8897261328, energy = 1 / 0.0367493254 })
end
kernels["nnp.Potential:evaluate"] = function()
  local s, potential = silicon(24), network()
  return function() potential:evaluate(s) end
end
kernels["nnp.Potential:extrapolation"] = function()
  local s, potential = silicon(24), network()
  return function() potential:extrapolation { s, s } end
end
kernels["descriptors.SymmetryFunctions:compute"] = function()
  local s, set = silicon(24), network().descriptors
  return function() set:compute(s) end
end
kernels["descriptors.SymmetryFunctions:differentiate"] = function()
  local s, set = silicon(10), network().descriptors
  return function() set:differentiate(s) end
end

kernels["plot.Figure:svg"] = function()
  local x = generator:uniform(1000000)
  return function()
    local figure = m.plot.figure {}
    figure:points(x, x)
    figure:svg()
  end
end
local function gas(n, length)
  return m.atoms.new { symbols = "Si" .. n, cell = length,
    positions = generator:uniform({ n, 3 }, { high = length }) }
end
kernels["analysis.rdf"] = function()
  local structure = gas(20000, 60)
  return function() m.analysis.rdf(structure, { r_max = 14 }) end
end
kernels["analysis.Bonds:rings"] = function()
  local bonds = m.analysis.bonds(gas(20000, 74), { cutoff = 3 })
  return function() bonds:rings { criterion = "primitive", largest = 14 } end
end
kernels["analysis.msd"] = function()
  local series, groups = generator:normal { 4000, 3000 }, A.zeros({ 3000 }, { dtype = "i32" })
  local kernel, ones = require "matinf.c.analysis".squared_displacements, A.ones(3000)
  return function() kernel(series, groups, 1, ones) end
end
kernels["analysis.Bonds:angles"] = function()
  local bonds = m.analysis.bonds(gas(30000, 60), { cutoff = 5 })
  return function() bonds:angles "Si-Si-Si" end
end
kernels["analysis.bonds"] = function()
  local structure = gas(200000, 120)
  return function() m.analysis.bonds(structure, { cutoff = 6 }) end
end
kernels["analysis.Rdf:structure_factor"] = function()
  local rdf = m.analysis.rdf(gas(2000, 60), { r_max = 20, bins = 100000 })
  return function() for _ = 1, 20 do rdf:structure_factor() end end
end
kernels["analysis.vacf"] = function()
  local frames = {}
  for i = 1, 3000 do
    frames[i] = m.atoms.new { symbols = "Si64", cell = 20, positions = generator:uniform { 64, 3 } }
    frames[i].velocities = generator:normal { 64, 3 }
  end
  return function() m.analysis.vacf(frames, { dt = 1 }) end
end

kernels["atoms.Structure:neighbours"] = function()
  local structure = gas(30000, 60)
  return function() structure:neighbours { cutoff = 14, overlap = true } end
end
local function large_xyz()
  return file("large.xyz", function(path)
    m.atoms.write(path, gas(1000000, 500), { decimals = 8 })
  end)
end
kernels["atoms.read"] = function()
  local path = large_xyz()
  return function() for _ = 1, 5 do m.atoms.read(path) end end
end
kernels["atoms.write"] = function()
  local structure = gas(1000000, 500)
  return function() m.atoms.write(folder .. "/out.xyz", structure) end
end
local function arcs()
  local f = A.logspace(5, -2, 400)
  local z = m.circuit.parse "R0-p(R1,CPE1)-p(R2,CPE2)":evaluate({ 1, 9, 1e-3, .8, 30, .1, .9 }, f)
  return { frequency = f, impedance = z + generator:normal(400) * 0.1 }
end
kernels["circuit.fit"] = function()
  local s = arcs()
  return function()
    m.circuit.fit("R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)", s, { starts = 20000 })
  end
end
kernels["circuit.kk"] = function()
  local s = arcs()
  return function() for _ = 1, 100 do m.circuit.kk(m.circuit.spectrum(s.frequency, s.impedance)) end end
end
kernels["circuit.drt"] = function()
  local s = arcs()
  s = m.circuit.spectrum(s.frequency, s.impedance)
  return function() for _ = 1, 100 do m.circuit.drt(s) end end
end
kernels["circuit.Fit:profile"] = function()
  local s = arcs()
  local fit = m.circuit.fit("R0-p(R1,CPE1)-p(R2,CPE2)", s)
  return function() for _ = 1, 100 do fit:profile(s, "R1") end end
end
kernels["circuit.select"] = function()
  local s = arcs()
  return function() m.circuit.select(s, { max_elements = 5, starts = 100 }) end
end
kernels["circuit.evidence, modes"] = function()
  local s = arcs()
  return function()
    m.circuit.evidence("R0-p(R1,CPE1)-p(R2,CPE2)", s, { starts = 100000, noise = 0.1 })
  end
end
kernels["circuit.evidence, importance"] = function()
  local s = arcs()
  return function()
    m.circuit.evidence("R0-p(R1,CPE1)-p(R2,CPE2)", s, { starts = 1, noise = 0.1, draws = 1000000 })
  end
end
kernels["circuit.evidence, exchange"] = function()
  local s = arcs()
  return function()
    m.circuit.evidence("R0-p(R1,CPE1)", s, { starts = 1, noise = 0.1, draws = 0, sweeps = 20000 })
  end
end
kernels["circuit.enumerate"] = function()
  return function()
    m.circuit.enumerate { elements = { "R", "C", "L", "CPE", "W" }, max_elements = 6 }
  end
end
kernels["a loop in Lua"] = function() return function() while true do end end end

-- ---- the test -----------------------------------------------------------------------------------

-- Sends SIGINT while f runs: seconds until it was over, nil when f was faster.
local function latency(f, after)
  local canary = { 1, 2, 3 }
  local ok, err, seconds = nil, nil, nil
  collectgarbage()
  host.catch_interrupt()
  pcall(function() -- an interrupt that comes between these lines
    probe.interrupt_after(after)
    ok, err = pcall(f)
    seconds = probe.since_interrupt()
    probe.interrupt_after(0)
  end)
  local late = ok and seconds -- it came when f had just ended
  probe.interrupt_after(0)
  host.catch_interrupt()
  if ok == nil or late or not seconds then
    lu.assertTrue(ok ~= false, "failed before the interrupt: " .. tostring(err))
    return nil
  end
  lu.assertEquals(err.kind, "interrupted", tostring(err))
  lu.assertEquals(canary, { 1, 2, 3 })
  return seconds
end

-- The longest of 20 tries in the long form. The short form shares the processors with other tests:
-- there one try in time of four is enough (a kernel that does not look is late every time).
local function check(name, prepare)
  local f, longest = prepare(), nil
  for i = 1, soak and 20 or 4 do
    local seconds = latency(f, 0.02 + 0.002 * i)
    if seconds and (soak or not longest) then longest = math.max(longest or 0, seconds) end
    if seconds and not soak then longest = math.min(longest, seconds) end
    if not soak and longest and longest < allowed then break end
  end
  if soak then print(("# %-36s %s"):format(name, longest or "too fast")) end
  lu.skipIf(not longest, "too fast for an interrupt")
  lu.skipIf(sanitized, "the sanitizers slow it down")
  lu.assertTrue(longest < allowed, ("%.3f s"):format(longest))
end

TestInterrupt = {}
for name, prepare in pairs(kernels) do
  TestInterrupt["test_" .. name] = function() check(name, prepare) end
end

function TestInterrupt.tearDown() collectgarbage() end

local code = lu.LuaUnit.run()
m.sys.remove_tree(folder)
os.exit(code)
