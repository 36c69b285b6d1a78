-- How well potentials predict the test sets of Zuo et al., J. Phys. Chem. A 124, 731 (2020).
--
--   matinf tests/bench/bench_nnp_accuracy.lua train Si FOLDER 1 2 3    one potential for each seed
--   matinf tests/bench/bench_nnp_accuracy.lua judge Si FOLDER 1 2 3    what they predict: once
--
-- Training sees the training file alone. The rule is nnp.train_kernel with its defaults, the same
-- for every element and in the recipe nnp_train; they were chosen on silicon and copper, on
-- structures held out of their training files. The seed draws which tenth of the structures chooses
-- the regularisation, and nothing else: all structures are fitted, and reference environments are
-- not drawn. So seeds differ little, and what they share no mean of seeds shows: the interval is
-- that of the structures of the test set. Judged twice: by commit
-- 2e1b911, where energies and forces had a rho each, Si 4.07 meV/atom and 0.102 eV/Å, Cu 0.34 and
-- 0.0137; by 8147885, Si 4.06 (2.27 to 5.54) and 0.102 (0.080 to 0.121), Cu 0.37 (0.27 to 0.48) and
-- 0.0139 (0.0094 to 0.0176), in 41 to 99 CPU s of one thread and up to 382 MB each. The published
-- network has 6.93 meV/atom and 0.170 eV/Å for Si, 1.68 and 0.063 for Cu.

local m = require "matinf"

local what, element, folder = arg[1], arg[2], arg[3]
local data = (os.getenv "MATINF_EXTRA_DATA" or "../shared/data") .. "/potentials/zuo2020/"

local function read(part)
  return m.atoms.read(("%s%s_%s.xyz.gz"):format(data, element, part),
    { require = { "energy", "forces" } })
end

local function train(seed)
  local started = os.clock()
  local potential = m.nnp.train_kernel(read "train", { seed = seed })
  local held, all = potential.training.held_errors, potential.training.errors
  print(("%s seed %d: %.0f CPU s, %.0f MB; held out %.2f meV/atom %.4f eV/Å, then all %.2f "
    .. "meV/atom %.4f eV/Å"):format(element, seed, os.clock() - started, m.sys.memory_peak() / 1e6,
    1e3 * held.energy, held.force, 1e3 * all.energy, all.force))
  potential:save(("%s/%s-%d.h5"):format(folder, element, seed))
end

-- Sums of squares of every structure: { energy per atom, forces, force components }.
local function misses(potential, structures)
  local rows = {}
  for i, s in ipairs(structures) do
    local energy, forces = potential:evaluate(s)
    rows[i] = { ((energy - s.energy) / #s) ^ 2, (forces - s.forces):square():sum(), 3 * #s }
  end
  return rows
end

-- Means over the seeds of the root mean squares of the structures chosen.
local function errors(of_seeds, chosen)
  local energy, force = 0, 0
  for _, rows in ipairs(of_seeds) do
    local e, f, n = 0, 0, 0
    for _, i in ipairs(chosen) do e, f, n = e + rows[i][1], f + rows[i][2], n + rows[i][3] end
    energy = energy + 1e3 * math.sqrt(e / #chosen) / #of_seeds
    force = force + math.sqrt(f / n) / #of_seeds
  end
  return energy, force
end

-- The middle 95 % of errors for structures drawn anew with replacement.
local function bootstrap(of_seeds, count)
  local rng, e, f = m.random.generator { seed = 1 }, {}, {}
  for b = 1, 2000 do
    local chosen = {}
    for i = 1, count do chosen[i] = rng:integer(nil, { high = count }) end
    e[b], f[b] = errors(of_seeds, chosen)
  end
  table.sort(e)
  table.sort(f)
  return e[50], e[1950], f[50], f[1950]
end

local function judge(seeds)
  local structures, of_seeds, all = read "test", {}, {}
  for i = 1, #structures do all[i] = i end
  for k, seed in ipairs(seeds) do
    of_seeds[k] = misses(m.nnp.load(("%s/%s-%d.h5"):format(folder, element, seed)), structures)
    print(("%s seed %d: %.2f meV/atom %.4f eV/Å"):format(element, seed,
      errors({ of_seeds[k] }, all)))
  end
  local e, f = errors(of_seeds, all)
  local e_low, e_high, f_low, f_high = bootstrap(of_seeds, #all)
  print(("%s mean of %d: %.2f meV/atom (%.2f to %.2f), %.4f eV/Å (%.4f to %.4f); %d structures")
    :format(element, #seeds, e, e_low, e_high, f, f_low, f_high, #all))
end

local seeds = {}
for i = 4, #arg do seeds[i - 3] = math.tointeger(arg[i]) end
if what == "train" and seeds[1] then
  for _, seed in ipairs(seeds) do train(seed) end
elseif what == "judge" and seeds[1] then
  judge(seeds)
else
  print "usage: bench_nnp_accuracy.lua train|judge Si|Cu FOLDER SEED..."
end
