-- How well potentials predict the test sets of Zuo et al., J. Phys. Chem. A 124, 731 (2020).
--
--   matinf tests/bench/bench_nnp_accuracy.lua train Si FOLDER 1 2 3    one committee for each seed
--   matinf tests/bench/bench_nnp_accuracy.lua judge Si FOLDER 1 2 3    what they predict: once
--
-- Training sees the training file alone. The rule is that of nnp.train for every element, chosen on
-- silicon and copper, on structures held out of their training files, but for the number of
-- networks: four take less than ten minutes of one processor, all that a potential may cost here.
-- Training goes on where it was stopped (its time then is that of the rest). More memory for kept
-- descriptors changes no bit, but saves time. The published network has 6.93 meV/atom and 0.170
-- eV/Å for Si, 1.68 and 0.063 for Cu.

local m = require "matinf"

local MEMBERS = 4

local what, element, folder = arg[1], arg[2], arg[3]
local data = (os.getenv "MATINF_EXTRA_DATA" or "../shared/data") .. "/potentials/zuo2020/"

local function read(part)
  return m.atoms.read(("%s%s_%s.xyz.gz"):format(data, element, part),
    { require = { "energy", "forces" } })
end

local function train(seed)
  local started = os.clock()
  local name = ("%s/%s-%d"):format(folder, element, seed)
  local potential = m.nnp.train(read "train",
    { members = MEMBERS, seed = seed, memory = 1000, checkpoint = name })
  print(("%s seed %d: %.0f CPU s"):format(element, seed, os.clock() - started))
  potential:save(name .. ".h5")
  for k, curve in ipairs(potential.training.curves) do
    local row = curve.rows[curve.best_at]
    print(("  member %d: %d iterations, kept %d: training %.2f meV/atom %.4f eV/Å, "
      .. "held out %.2f meV/atom %.4f eV/Å"):format(k, #curve.rows, curve.best_at,
      1e3 * row.energy, row.force, 1e3 * row.held_energy, row.held_force))
  end
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
