-- Training by the Kalman filter: n2p2's example Cu2S_PBE (20 structures, 3,227 weights) with the
-- settings of its input.nn, 10 epochs. CPU time of one thread for all of it, descriptors and errors
-- of every epoch included, and the errors of the last epoch. n2p2 2.3.0 on the same machine, an
-- EPYC (Zen 5), one process, its own split: 199 CPU s, 95 ms an update, 2.14e-4 / 2.75e-4 eV/atom,
-- 3.68e-2 / 4.44e-2 eV/Å (training / test).
-- The example (GPL) is looked for in $MATINF_EXTRA_DATA, else ../shared/data.
--   matinf tests/bench/bench_nnp_train.lua [SEEDS]        5 seeds unless said otherwise
local m = require "matinf"

local folder = (os.getenv "MATINF_EXTRA_DATA" or "../shared/data")
  .. "/potentials/n2p2/train_Cu2S_PBE"
if not m.sys.exists(folder) then
  print "train_Cu2S_PBE: no such example, set MATINF_EXTRA_DATA"
  return
end

local structures = m.atoms.read(folder .. "/input.data.gz", { format = "n2p2" })
local options = m.nnp.n2p2_options(folder)
options.patience = options.iterations
m.sys.threads(1)

local function report(name, time, row)
  print(("%-7s %6.2f CPU s, %5.2f ms an update, energy %.2e / %.2e eV/atom, force %.2e / %.2e eV/Å")
    :format(name, time, 1e3 * time / row.updates, row.energy, row.held_energy, row.force,
      row.held_force))
end

-- What training all of the seed's epochs costs, and the errors after the last.
local function train(seed)
  options.seed = seed
  local start = os.clock()
  local training = m.nnp.train(structures, options).training
  local time, row = os.clock() - start, training.curves[1].rows[options.iterations]
  local forces = 3 * 144 * training.structures * options.kalman.force_fraction
  row.updates = options.iterations * (training.structures + math.floor(forces + 0.5))
  return time, row
end

local seeds, mean, total = math.tointeger(tonumber(... or 5)), {}, 0
for seed = 1, seeds do
  local time, row = train(seed)
  report("seed " .. seed, time, row)
  total = total + time / seeds
  for name, value in pairs(row) do mean[name] = (mean[name] or 0) + value / seeds end
end
report("mean", total, mean)
print(("memory %.0f MB at the peak"):format(m.sys.memory_peak() / 1e6))
