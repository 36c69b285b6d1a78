-- Ensembles and vibrations of md.run, long enough to tell a few per cent: with MATINF_SOAK only.
-- The short form of the kinetic energies is in tests/core/test_dynamics.c.
--
-- 64 silicon atoms by Stillinger and Weber at 300 K. Kinetic energies must fall into bins of equal
-- chance; volumes must have the variance kT V kappa, where kappa is the slope of the mean volume
-- over the pressure, as the same barostat finds it.
local lu = require "luaunit"
local m = require "matinf"

local KT = 8.617333262e-5 * 300
local GPA = 160.2176634
local STEPS = 500000 -- of 2 fs

local sw = m.potentials.stillinger_weber()
local silicon = m.atoms.bulk("Si", "diamond", { a = 5.4318, cubic = true }):supercell { 2, 2, 2 }

local function run(options, every)
  local o = { potential = sw, temperature = 300, timestep = 2, steps = STEPS, every = every,
    velocities = "draw" }
  for name, value in pairs(options) do o[name] = value end
  return m.md.run(silicon, o)
end

local function after(run_, name) -- a twentieth of it
  local n = #run_.time
  return run_[name][{ { n // 20, n } }]
end

-- Mean of a series and its error from 20 blocks.
local function blocks(values)
  local n, means = #values // 20, {}
  for b = 1, 20 do means[b] = values[{ { (b - 1) * n + 1, b * n } }]:mean() end
  local list = m.array(means)
  return list:mean(), list:std() / math.sqrt(19)
end

local function check_kinetic(thermostat)
  local kinetic = after(run({ thermostat = thermostat, thermostat_time = 20 }, 100), "kinetic")
  local mean, error_ = blocks(kinetic)
  local freedom = 3 * 64 - 3
  lu.assertTrue(math.abs(mean - freedom * KT / 2) < 4 * error_ + 2e-3 * mean,
    ("%s: mean %g +- %g, expected %g"):format(thermostat, mean, error_, freedom * KT / 2))
  local square = (kinetic - mean) ^ 2
  local variance, its_error = blocks(square)
  lu.assertTrue(math.abs(variance / (freedom * KT ^ 2 / 2) - 1) < 0.1
    and math.abs(variance - freedom * KT ^ 2 / 2) < 4 * its_error,
    ("%s: variance %g of the formula"):format(thermostat, variance / (freedom * KT ^ 2 / 2)))
end

local function check_volume(options)
  local function at(pressure, seed)
    options.pressure, options.seed = pressure, seed
    return after(run(options, 5), "volume")
  end
  local still, low, high = at(0, 1), at(-1, 2), at(1, 3)
  local volume = still:mean()
  local kappa = (low:mean() - high:mean()) / (2 / GPA) / volume
  local variance, error_ = blocks((still - volume) ^ 2)
  local ratio, ratio_error = variance / (KT * volume * kappa), error_ / (KT * volume * kappa)
  print(("  # %s: bulk modulus %.2f GPa, variance of the volume %.3f +- %.3f of kT V kappa"):format(
    options.barostat, GPA / kappa, ratio, ratio_error))
  lu.assertTrue(math.abs(ratio - 1) < 3 * ratio_error + 0.02 and ratio_error < 0.06)
end

-- Mean frequencies at 50 K from velocities, and of the modes that the cell holds: 216 atoms. How
-- much energy a mode gets at the start is chance, hence many starts.
local function check_vibrations()
  local cell = m.md.relax(m.atoms.bulk("Si", "diamond", { a = 5.43, cubic = true }),
    { potential = sw, cell = "isotropic", force = 1e-8, stress = 1e-7 }).structure
  local n, q, means = 3, {}, {}
  for i = 0, n ^ 3 - 1 do q[i + 1] = { i // n ^ 2 / n, i // n % n / n, i % n / n } end
  local harmonic = m.md.phonons(cell, { potential = sw, ["repeat"] = n }):frequencies(q)
  local expected = harmonic:sum() / (harmonic.shape[1] * harmonic.shape[2])
  for seed = 1, 40 do
    local run_ = m.md.run(cell:supercell { n, n, n }, { potential = sw, ensemble = "nve",
      temperature = 100, velocities = "draw", seed = seed, time = 6000, frames_every = 6 })
    means[seed] = m.analysis.vacf(run_.frames, { dt = 6 }):dos():mean()
  end
  local list = m.array(means)
  local mean, error_ = list:mean(), list:std() / math.sqrt(#list - 1)
  print(("  # mean frequency %.3f +- %.3f THz from velocities, %.3f of the modes"):format(mean,
    error_, expected))
  lu.assertTrue(math.abs(mean / expected - 1) < 0.01 and error_ / expected < 0.005)
end

TestEnsembles = {}

if os.getenv "MATINF_SOAK" then
  function TestEnsembles.test_nose_hoover() check_kinetic "nose-hoover" end
  function TestEnsembles.test_langevin() check_kinetic "langevin" end
  function TestEnsembles.test_csvr() check_kinetic "csvr" end
  function TestEnsembles.test_scr() check_volume { barostat = "scr", barostat_time = 200 } end
  function TestEnsembles.test_mtk() check_volume { barostat = "mtk", barostat_time = 500 } end
  function TestEnsembles.test_density_of_states() check_vibrations() end
else
  function TestEnsembles.test_nothing() lu.skip "long: runs with MATINF_SOAK" end
end

os.exit(lu.LuaUnit.run())
