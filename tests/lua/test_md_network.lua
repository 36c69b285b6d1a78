-- Dynamics and bands with a neural network: the one that Zuo et al. (2020) published for silicon.
-- With MATINF_SOAK only.
local lu = require "luaunit"
local m = require "matinf"

local constants = { length = 1 / 1.8897261328, energy = 1 / 0.0367493254 }

local function network()
  if not os.getenv "MATINF_SOAK" then lu.skip "long: runs with MATINF_SOAK" end
  return m.nnp.read_n2p2("tests/data/nnp/nnp_Si", constants)
end

local function silicon(potential)
  local cell = m.md.relax(m.atoms.bulk("Si", "diamond", { a = 5.47, cubic = true }),
    { potential = potential, cell = "isotropic", force = 1e-5 })
  lu.assertTrue(cell.converged)
  return cell.structure:supercell { 4, 4, 4 }
end

-- The slope of a straight line through the samples.
local function slope(x, y)
  local dx = x - x:mean()
  return dx:dot(y - y:mean()) / dx:dot(dx)
end

TestNetwork = {}

-- 512 atoms, 300 K, 1 fs, 50 ps. The first ps, in which energy goes from one half to the other,
-- counts as well.
function TestNetwork.test_energy_does_not_drift()
  local potential = network()
  local run = m.md.run(silicon(potential), { potential = potential, ensemble = "nve",
    temperature = 600, velocities = "draw", timestep = 1, time = 50000, every = 50 })
  local drift = slope(run.time / 1000, run.total / 512)
  print(("  # %.1f K; drift %.2g eV/atom/ps"):format(run:mean("temperature", 5000), drift))
  lu.assertTrue(math.abs(drift) < 1e-6)
end

-- A vacancy hops: 511 atoms, 7 images.
function TestNetwork.test_band_within_a_minute()
  local potential = network()
  local crystal = silicon(potential)
  local sites, length = crystal.positions:totable(), crystal.cell[1][1]
  local function distance(p, q)
    local sum = 0
    for k = 1, 3 do
      local d = p[k] - q[k]
      sum = sum + (d - length * math.floor(d / length + 0.5)) ^ 2
    end
    return math.sqrt(sum)
  end
  local neighbour = 2
  while distance(sites[1], sites[neighbour]) > 2.6 do neighbour = neighbour + 1 end
  local function vacancy(hopped)
    local kept = table.move(sites, 2, #sites, 1, {})
    if hopped then kept[neighbour - 1] = sites[1] end
    local hole = m.atoms.new { symbols = "Si511", positions = kept, cell = crystal.cell }
    local relaxed = m.md.relax(hole:rattle { sigma = 0.02, seed = 1 },
      { potential = potential, force = 0.005 })
    lu.assertTrue(relaxed.converged)
    return relaxed.structure
  end
  local first, last = vacancy(false), vacancy(true)
  local start, cpu = m.sys.time(), m.sys.cpu_time()
  local band = m.md.neb(first, last, { potential = potential, images = 7, force = 0.02 })
  print(("  # barrier %.4f and %.4f eV, %d iterations, %.1f s (%.1f s of processors)"):format(
    band.barrier, band.barrier_back, band.iterations, m.sys.time() - start,
    m.sys.cpu_time() - cpu))
  lu.assertTrue(band.converged)
  lu.assertTrue(math.abs(band.barrier - band.barrier_back) < 0.01)
end

os.exit(lu.LuaUnit.run())
