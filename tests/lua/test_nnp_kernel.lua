-- Kernel models in place of networks: forces and virial against differences, the textbook's
-- Gaussian process, what is learnt, files, what is refused.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

local sw = m.potentials.stillinger_weber()

-- Rattled and strained silicon labelled by Stillinger and Weber.
local function silicon(n, seed)
  local list = {}
  for i = 1, n do
    list[i] = sw:label(m.atoms.bulk("Si", "diamond", { a = 5.2 + 0.4 * i / n })
      :supercell { 1, 1, 2 }:rattle { sigma = 0.1, seed = seed + i })
  end
  return list
end

-- A crystal of two elements, whose energies are a repulsion.
local function carbide(n)
  local zbl, list = m.potentials.zbl { elements = { "C", "Si" }, inner = 2, outer = 3 }, {}
  for i = 1, n do
    list[i] = zbl:label(m.atoms.bulk("SiC", "zincblende", { a = 4.0 + 0.3 * i / n })
      :supercell { 1, 1, 2 }:rattle { sigma = 0.1, seed = i })
  end
  return list
end

local set = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4.2, radial = 4,
  angular = 6 }

local function train(list, more)
  local o = { descriptors = set, points = 25, model = "gp" }
  for name, value in pairs(more or {}) do o[name] = value end
  return m.nnp.train_kernel(list, o)
end

-- ---- derivatives --------------------------------------------------------------------------------

TestDerivatives = {}

local function check_derivatives(potential, s)
  local _, forces, virial = potential:evaluate(s)
  local h = 1e-5
  local function slope(changed)
    return (potential:evaluate(changed(h)) - potential:evaluate(changed(-h))) / (2 * h)
  end
  for i = 1, #s do
    local function moved(d)
      local copy = s:copy()
      copy.positions[{ i, 2 }] = s.positions[{ i, 2 }] + d
      return copy
    end
    lu.assertAlmostEquals(forces[{ i, 2 }], -slope(moved), 1e-6 * forces:abs():max())
  end
  for _, at in ipairs { { 1, 1 }, { 2, 2 } } do
    local function strained(d)
      local strain = m.array.zeros(3, 3)
      strain[at] = d
      return s:strain(strain)
    end
    lu.assertAlmostEquals(virial[at], -slope(strained), 1e-5 * virial:abs():max())
  end
end

function TestDerivatives.test_gaussian()
  local list = silicon(8, 1)
  check_derivatives(train(list), list[2])
end

function TestDerivatives.test_polynomial()
  local list = silicon(8, 2)
  check_derivatives(train(list, { kernel = "polynomial", power = 3, length = 1 }), list[2])
end

function TestDerivatives.test_two_elements()
  local list = carbide(8)
  check_derivatives(m.nnp.train_kernel(list, { points = 20, cutoff = 3.5,
    validation = 0.2 }),
    list[3])
end

-- ---- the textbook's Gaussian process ------------------------------------------------------------

TestProcess = {}

-- Scaled environments of a structure as lists of numbers.
local function environments(potential, s)
  local scaling = potential.members[1].scaling
  return ((potential.descriptors:compute(s) - scaling.mean) / (scaling.max - scaling.min)):totable()
end

-- The covariance of the energies of two structures over amplitude^2: all pairs of their atoms.
local function covariance(network, a, b)
  local sum, square = 0, network.length ^ 2
  for _, x in ipairs(a) do
    for _, y in ipairs(b) do
      local t, p, q = 0, 0, 0
      for f = 1, #x do t, p, q = t + x[f] * y[f], p + x[f] ^ 2, q + y[f] ^ 2 end
      sum = sum + (network.kernel == "gaussian" and math.exp(-(p + q - 2 * t) / (2 * square))
        or ((square + t) / math.sqrt((square + p) * (square + q))) ^ network.power)
    end
  end
  return sum
end

-- Energies alone, and all environments as points: then the sparse process is the full one.
local function check_process(kernel)
  local list = silicon(8, 5)
  for _, s in ipairs(list) do s.forces, s.stress = nil, nil end
  local potential = train(list, { points = 100, kernel = kernel, validation = 0, length = 0.5 })
  local process, network = potential.posterior, potential.networks.Si
  lu.assertEquals(network.points, 32)
  local x, rows, y = {}, {}, {}
  local lone = potential.members[1].atom_energy.Si
  for i, s in ipairs(list) do x[i], y[i] = environments(potential, s), s.energy / #s - lone end
  for i = 1, #list do
    rows[i] = {}
    for k = 1, #list do
      rows[i][k] = process.amplitude ^ 2 * covariance(network, x[i], x[k]) / (#x[i] * #x[k])
        + (i == k and process.noise.energy ^ 2 or 0)
    end
  end
  local l, labels = m.linalg.cholesky(m.array(rows)), m.array(y)
  local seen = m.linalg.cholesky_solve(l, labels)
  lu.assertAlmostEquals(process.log_likelihood, -0.5 * labels:dot(seen)
    - l:diagonal():log():sum() - 0.5 * #list * math.log(2 * math.pi), 1e-4)
  local s = silicon(1, 30)[1]
  local own, to = environments(potential, s), {}
  for i = 1, #list do
    to[i] = process.amplitude ^ 2 * covariance(network, x[i], own) / #x[i]
  end
  local energy, _, _, _, more = potential:evaluate(s, { deviation = true })
  to = m.array(to)
  local variance = process.amplitude ^ 2 * covariance(network, own, own)
    - to:dot(m.linalg.cholesky_solve(l, to))
  lu.assertAlmostEquals(energy, #s * lone + to:dot(seen), 1e-5)
  lu.assertAlmostEquals(more.energy_deviation / math.sqrt(variance), 1, 1e-4)
end

function TestProcess.test_gaussian_kernel() check_process "gaussian" end
function TestProcess.test_polynomial_kernel() check_process "polynomial" end

function TestProcess.test_it_is_less_certain_far_from_what_it_has_seen()
  local list = silicon(10, 7)
  local potential = train(list)
  local function deviation(s)
    local _, _, _, _, more = potential:evaluate(s, { deviation = true })
    lu.assertNil(more.force_deviation)
    return more.energy_deviation
  end
  local far = list[3]:strain(-0.15)
  lu.assertTrue(deviation(far) > 3 * deviation(list[3]))
end

-- ---- what is learnt -----------------------------------------------------------------------------

TestFit = {}

-- Of all the fits with so many points that a model learns held-out forces is the claim.
function TestFit.test_held_out_errors_fall_with_points()
  local list = silicon(24, 40)
  local few, many = train(list, { points = 5 }), train(list, { points = 60 })
  local spread = 0
  for _, s in ipairs(list) do spread = spread + s.forces:square():mean() / #list end
  lu.assertTrue(many.training.held_errors.force < few.training.held_errors.force)
  lu.assertTrue(many.training.held_errors.force < 0.4 * math.sqrt(spread))
end

-- The errors that the fit says are those of the potential that it gives.
function TestFit.test_errors_are_those_of_the_potential()
  local list = silicon(10, 60)
  for _, model in ipairs { "gp", "ridge" } do
    local potential = train(list, { model = model, validation = 0.2 })
    local energy, force, atoms = 0, 0, 0
    for _, s in ipairs(list) do
      local e, f = potential:evaluate(s)
      energy = energy + ((e - s.energy) / #s) ^ 2
      force, atoms = force + (f - s.forces):square():sum(), atoms + #s
    end
    local errors = potential.training.errors
    lu.assertAlmostEquals(errors.energy / math.sqrt(energy / #list), 1, 1e-6)
    lu.assertAlmostEquals(errors.force / math.sqrt(force / (3 * atoms)), 1, 1e-6)
    lu.assertEquals(potential.posterior ~= nil, model == "gp")
  end
end

-- Labels with a core's part and without: the kernels learn the same.
function TestFit.test_a_core_is_taken_off_the_labels()
  local core, with = m.potentials.zbl { elements = { "Si" }, outer = 2.6 }, {}
  local without = silicon(8, 70)
  for i, s in ipairs(without) do with[i] = (sw + core):label(s) end
  local bare, cored = train(without), train(with, { core = core })
  local e, f = bare:evaluate(without[3])
  local e2, f2 = cored:with_core(nil):evaluate(without[3])
  lu.assertAlmostEquals(e, e2, 1e-4)
  lu.assertTrue((f - f2):abs():max() < 1e-3)
  lu.assertAlmostEquals(cored:evaluate(without[3]) - e2, (core:evaluate(without[3])), 1e-9)
end

-- Structures held out choose the regularisation; then they are fitted, too.
function TestFit.test_structures_held_out_are_fitted_too()
  local list = silicon(12, 75)
  local potential = train(list, { model = "ridge", validation = 0.25, points = 100 })
  local training, square, components = potential.training, 0, 0
  local _, held = require "matinf.nnp.data".split(list, 0.25, 1)
  for _, i in pairs(held) do
    local _, forces = potential:evaluate(list[i])
    square = square + (forces - list[i].forces):square():sum()
    components = components + 3 * #list[i]
  end
  lu.assertEquals({ training.structures, training.validation }, { 12, 3 })
  lu.assertTrue(math.sqrt(square / components) < training.held_errors.force)
end

-- A potential like the others: stored, relaxed with, its sheet.
TestFit.test_a_potential_like_the_others = support.in_folder(function(folder)
  local list = silicon(10, 80)
  local potential = train(list)
  potential:save(folder .. "/si.h5")
  local again = m.nnp.load(folder .. "/si.h5")
  local energy, forces, _, _, more = potential:evaluate(list[1], { deviation = true })
  local e, f, _, _, others = again:evaluate(list[1], { deviation = true })
  lu.assertTrue(e == energy and f:equal(forces))
  lu.assertEquals(others.energy_deviation, more.energy_deviation)
  local relaxed = m.md.relax(list[1], { potential = again, force = 1e-3 })
  lu.assertTrue(relaxed.converged and relaxed.energy < energy)
  local sheet = potential:sheet(list)
  lu.assertAlmostEquals(sheet.energy_spread[1], more.energy_deviation / #list[1], 1e-12)
  lu.assertStrContains(tostring(sheet), "energy spread")
  lu.assertStrContains(tostring(potential), "25 gaussian kernels")
  support.fails("argument", "no kernels", potential.write_n2p2, potential, folder .. "/n2p2")
end)

local function digits(environment)
  return support.shell(environment .. " " .. support.host .. [[ -e '
    local m, list = require "matinf", {}
    local sw = m.potentials.stillinger_weber()
    for i = 1, 6 do
      list[i] = sw:label(m.atoms.bulk("Si", "diamond", { a = 5.4 }):supercell { 1, 1, 2 }
        :rattle { sigma = 0.1, seed = i })
    end
    local set = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4, radial = 3,
      angular = 6 }
    local pot = m.nnp.train_kernel(list, { descriptors = set, points = 9, model = "ridge",
      validation = 0.2 })
    local e, f = pot:evaluate(list[1])
    print(("%a %a"):format(e, f:abs():sum()), ("\n%.7f"):format(e))']])
end

function TestFit.test_bits_do_not_depend_on_threads_nor_digits_on_levels()
  local same
  for _, level in ipairs { "baseline", "x86-64-v3", "x86-64-v4" } do
    local one = digits("MATINF_THREADS=1 MATINF_ISA=" .. level)
    lu.assertStrContains(one, "0x")
    lu.assertEquals(digits("MATINF_THREADS=2 MATINF_ISA=" .. level), one)
    same = same or one:match "\n(.+)"
    lu.assertEquals(one:match "\n(.+)", same)
  end
end

-- ---- what is refused ----------------------------------------------------------------------------

TestRefused = {}

function TestRefused.test_options()
  local list = silicon(4, 90)
  for name, value in pairs { kernel = "laplace", model = "tree", points = 0, power = 0.5,
    length = -1, validation = 1, seed = "x", descriptors = {}, bogus = 1 } do
    support.fails("argument", name, train, list, { [name] = value })
  end
  support.fails("argument", "held out", train, list, { model = "ridge", validation = 0 })
  support.fails("argument", "holds out all 4", train, list, { validation = 0.99 })
  support.fails("argument", "progress", train, list, { progress = 1 })
  support.fails("argument", "two structures", train, { list[1] })
end

function TestRefused.test_structures()
  local list = silicon(4, 95)
  list[2].energy = nil
  support.fails("data", "structure 2", train, list)
  list = silicon(4, 96)
  list[3].forces = nil
  support.fails("data", "structure 3", train, list)
  list = silicon(4, 97)
  list[4].forces[{ 2, 1 }] = 0 / 0
  support.fails("data", "structure 4: forces", train, list)
  for i = 1, 4 do list[i] = sw:label(m.atoms.bulk("Si", "diamond", { a = 5.4 })) end
  support.fails("data", "no function of Si varies", train, list)
  support.fails("data", "no symmetry functions of C", train, carbide(4))
end

os.exit(lu.LuaUnit.run())
