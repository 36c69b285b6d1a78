-- Kernel models on the silicon of Zuo et al., J. Phys. Chem. A 124, 731 (2020): nnp.train_kernel
-- with its defaults, which were chosen on structures held out of the training file. CPU time of the
-- fit on one thread, errors of the structures held out and of the test file, time of an evaluation.
-- Published there for the test file: a network 6.93 meV/atom and 0.170 eV/Å, qSNAP 5.51 and 0.177.
--   matinf tests/bench/bench_nnp_kernel.lua [POINTS ...]
local m = require "matinf"

local data = "recipes/nnp_train/data/Si_"
local train, test = m.atoms.read(data .. "train.xyz.gz"), m.atoms.read(data .. "test.xyz.gz")
m.sys.threads(1)

local function test_errors(potential)
  local energy, force, components, atoms, start = 0, 0, 0, 0, os.clock()
  for _, s in ipairs(test) do
    local e, f = potential:evaluate(s)
    energy = energy + ((e - s.energy) / #s) ^ 2 / #test
    force, components, atoms = force + (f - s.forces):square():sum(), components + 3 * #s, atoms + #s
  end
  return 1e3 * math.sqrt(energy), math.sqrt(force / components), (os.clock() - start) / atoms * 1e6
end

local function report(model, points)
  local start = os.clock()
  local potential = m.nnp.train_kernel(train, { model = model, points = points })
  local time, held = os.clock() - start, potential.training.held_errors
  local energy, force, each = test_errors(potential)
  print(("%-5s %4d points: %6.1f CPU s, held out %5.2f meV/atom %.4f eV/Å, test %5.2f meV/atom "
    .. "%.4f eV/Å; %5.1f us/atom, %4.0f MB"):format(model, points, time, 1e3 * held.energy,
    held.force, energy, force, each, m.sys.memory_peak() / 1e6))
end

local sizes = #arg > 0 and arg or { 200, 500, 2000 }
for _, points in ipairs(sizes) do
  report("ridge", math.tointeger(tonumber(points)))
end
report("gp", math.tointeger(tonumber(sizes[1])))
