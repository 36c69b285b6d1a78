-- nnp.train: derivatives by differences, a potential that can be learnt, resuming, bad labels.
local lu = require "luaunit"
local m = require "matinf"
local c = require "matinf.c.nnp"
local message = require "tests.support".message

-- Rattled silicon with the energies, forces and stresses of Stillinger and Weber.
local function labelled(count, seed)
  local sw, list = m.potentials.stillinger_weber(), {}
  local fractional = {}
  for _, p in ipairs { { 0, 0, 0 }, { 0, 0.5, 0.5 }, { 0.5, 0, 0.5 }, { 0.5, 0.5, 0 } } do
    for _, shift in ipairs { 0, 0.25 } do
      fractional[#fractional + 1] = { p[1] + shift, p[2] + shift, p[3] + shift }
    end
  end
  for i = 1, count do
    local rng = m.random.generator { seed = seed, item = i }
    local a = 5.431 * (1 + 0.015 * rng:normal())
    local s = m.atoms.new { symbols = "Si8", fractional = fractional, cell = a }
    s.positions = s.positions + rng:normal { 8, 3 } * 0.05
    local energy, forces, virial = sw:evaluate(s)
    s.energy, s.forces, s.stress = energy, forces, virial * (-1 / s:volume())
    list[i] = s
  end
  return list
end

local function functions()
  return m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4.5, radial = 5,
    angular = 8, zeta = { 1, 4 }, nearest = 1.7 }
end

TestDerivatives = {}

-- Of the sum of squares with energies, forces and virials, for two hidden layers and odd widths.
function TestDerivatives.test_gradient()
  local list, set = labelled(3, 1), functions()
  local row = { 0, 3, #set.functions, 5, 3, 1, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0 }
  local t = c.training(set.numbers, set.functions, { m.array(row) }, 2, 1000000)
  for i, s in ipairs(list) do
    c.training_add(t, s, s.energy + 30, s.forces, { 1, -2, 3, 0.5, 0.2, -1 }, i)
  end
  local all = m.array({ 1, 2, 3 }, { dtype = "i64" })
  local _, _, mean, sigma = c.training_ranges(t, all)
  c.training_scale(t, mean, sigma ^ -1, mean * 0)
  local w = m.random.generator { seed = 4 }:normal(#c.training_parameters(t)) * 0.4
  local factors = { 1.5, 0.7, 0.3, 1 }
  c.training_parameters(t, w)
  local _, gradient = c.training_squares(t, all, factors, 0)
  for k = 1, #w, 7 do
    local h, sums = 1e-5, {}
    for sign = -1, 1, 2 do
      local moved = w:copy()
      moved[k] = w[k] + sign * h
      c.training_parameters(t, moved)
      sums[sign] = c.training_squares(t, all, factors, false)
    end
    local expected = -(sums[1] - sums[-1]) / (4 * h)
    lu.assertAlmostEquals(gradient[k], expected, 1e-6 * math.max(1, math.abs(expected)))
  end
end

-- Only J'J is made of a share of the forces.
function TestDerivatives.test_the_gradient_is_that_of_all_forces()
  local list, set = labelled(4, 3), functions()
  local row = { 0, 2, #set.functions, 4, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 }
  local t = c.training(set.numbers, set.functions, { m.array(row) }, 1, 1000000)
  for _, s in ipairs(list) do c.training_add(t, s, s.energy + 34, s.forces, nil, 1) end
  local all = m.array({ 1, 2, 3, 4 }, { dtype = "i64" })
  c.training_parameters(t, m.random.generator { seed = 5 }:normal(#c.training_parameters(t)) * 0.1)
  local sum, whole = c.training_squares(t, all, { 1, 1, 0, 1 }, 0)
  local full = c.training_step(t, whole, 0.1, 1e-3)
  local again, part = c.training_squares(t, all, { 1, 1, 0, 0.5 }, 7)
  lu.assertEquals(again, sum)
  lu.assertTrue(part:equal(whole))
  lu.assertFalse(c.training_step(t, part, 0.1, 1e-3):equal(full))
end

-- Linear in its parameters (no hidden layer): J'J is exact, and so is the first step.
function TestDerivatives.test_a_linear_model_is_solved_at_once()
  local list, set = labelled(6, 2), functions()
  local row = { 0, 1, #set.functions, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  local t = c.training(set.numbers, set.functions, { m.array(row) }, 1, 0)
  for _, s in ipairs(list) do c.training_add(t, s, s.energy + 34, s.forces, nil, 1) end
  local all = m.array({ 1, 2, 3, 4, 5, 6 }, { dtype = "i64" })
  local _, gradient = c.training_squares(t, all, { 1, 1, 0, 1 }, 0)
  c.training_parameters(t, c.training_step(t, gradient, 0, 1e-9))
  local _, rest = c.training_squares(t, all, { 1, 1, 0, 1 }, 0)
  lu.assertTrue(rest:abs():max() < 1e-5 * gradient:abs():max())
end

TestTrain = {}

local options = { hidden = { 8, 8 }, iterations = 12, seed = 3, validation = 0.2 }

local function train(list, more)
  local o = { descriptors = functions() }
  for name, value in pairs(options) do o[name] = value end
  for name, value in pairs(more or {}) do o[name] = value end
  return m.nnp.train(list, o)
end

local function force_error(potential, list)
  local sum, count = 0, 0
  for _, s in ipairs(list) do
    local _, forces = potential:evaluate(s)
    sum, count = sum + (forces - s.forces):square():sum(), count + 3 * #s
  end
  return math.sqrt(sum / count)
end

-- Twelve steps on 26 small cells: forces of structures never seen to a fifth of their spread.
function TestTrain.test_stillinger_weber_is_learnt()
  local potential, unseen = train(labelled(32, 5)), labelled(6, 99)
  local spread = 0
  for _, s in ipairs(unseen) do spread = spread + s.forces:square():mean() / #unseen end
  lu.assertTrue(force_error(potential, unseen) < 0.2 * math.sqrt(spread))
  local rows = potential.training.curves[1].rows
  lu.assertTrue(rows[#rows].force < rows[1].force)
end

-- What training reports is what the potential does.
function TestTrain.test_errors_are_those_of_the_potential()
  local list = labelled(12, 6)
  local potential = train(list, { validation = 0, iterations = 4 })
  local curve = potential.training.curves[1]
  lu.assertAlmostEquals(force_error(potential, list), curve.rows[curve.best_at].force, 1e-6)
  local sum = 0
  for _, s in ipairs(list) do sum = sum + ((potential:evaluate(s) - s.energy) / #s) ^ 2 end
  lu.assertAlmostEquals(math.sqrt(sum / #list), curve.rows[curve.best_at].energy, 1e-10)
end

function TestTrain.test_a_filter_learns_too()
  local list = labelled(20, 7)
  local potential = train(list, { method = "kalman", iterations = 8, kalman = { force_fraction = 0.2 } })
  local rows = potential.training.curves[1].rows
  lu.assertTrue(rows[8].force < 0.5 * rows[1].force)
end

function TestTrain.test_committees_and_files()
  local list, path = labelled(10, 8), m.sys.tempdir() .. "/pot.h5"
  local potential = train(list, { members = 2, iterations = 3 })
  potential:save(path)
  local again = m.nnp.load(path)
  lu.assertEquals((again:evaluate(list[1])), (potential:evaluate(list[1])))
  local _, _, _, _, more = potential:evaluate(list[1], { deviation = true })
  lu.assertTrue(more.energy_deviation > 0)
end

-- Each member holds out other structures, spread over types and energies.
function TestTrain.test_members_hold_out_other_structures()
  local list = labelled(40, 11)
  for i, s in ipairs(list) do s.info.config_type = i <= 20 and "hot" or "cold" end
  table.sort(list, function(a, b) return a.energy < b.energy end)
  local split, seen = require "matinf.nnp.data".split, {}
  for k = 1, 10 do
    local train, validation = split(list, 0.1, 3, k)
    lu.assertEquals({ #train, #validation }, { 36, 4 })
    local kinds = {}
    for _, i in pairs(validation) do
      lu.assertNil(seen[i])
      seen[i] = true
      local kind = list[i].info.config_type
      kinds[kind] = (kinds[kind] or 0) + 1
    end
    lu.assertEquals(kinds, { hot = 2, cold = 2 })
  end
  lu.assertNil(select(2, split(list, 0, 3, 1)))
end

-- Stopped after some iterations and continued: the same bits, for both methods.
function TestTrain.test_an_interrupted_training_goes_on()
  local list = labelled(10, 9)
  for _, method in ipairs { "gauss-newton", "kalman" } do
    local folder = m.sys.tempdir()
    local whole = train(list, { method = method, iterations = 5, checkpoint = folder .. "/a" })
    train(list, { method = method, iterations = 2, checkpoint = folder .. "/b" })
    local resumed = train(list, { method = method, iterations = 5, checkpoint = folder .. "/b" })
    lu.assertTrue(resumed.members[1].parameters.Si:equal(whole.members[1].parameters.Si), method)
  end
end

-- Killed at random moments (kill -9) and started again until it ends: the same bits.
function TestTrain.test_a_killed_training_goes_on()
  local folder = m.sys.tempdir()
  local script = ([[
local m = require "matinf"
local sw, list = m.potentials.stillinger_weber(), {}
for i = 1, 8 do
  list[i] = sw:label(m.atoms.bulk("Si", "diamond", { a = 5.2 + 0.05 * i, cubic = true })
    :rattle { sigma = 0.05, seed = i })
end
m.nnp.train(list, { cutoff = 4.5, hidden = { 8 }, iterations = 25, patience = 100,
  checkpoint = "%s/" .. arg[1] }):save("%s/" .. arg[1] .. ".pot")]]):format(folder, folder)
  m.sys.write_atomic(folder .. "/train.lua", script)
  local function start(name, shell)
    return m.sys.spawn { "/bin/sh", "-c", shell, m.sys.program(), folder .. "/train.lua", name,
      timeout = 300 }.code
  end
  lu.assertEquals(start("whole", '"$0" "$@"'), 0)
  local random = m.random.generator { seed = 1 }
  for _ = 1, 4 do
    local shell = ('"$0" "$@" & p=$!; sleep %.3f; kill -9 $p; wait $p'):format(
      0.05 + 0.4 * random:uniform())
    start("killed", shell)
  end
  lu.assertEquals(start("killed", '"$0" "$@"'), 0)
  lu.assertTrue(m.sys.read(folder .. "/killed.pot") == m.sys.read(folder .. "/whole.pot"))
  m.sys.remove_tree(folder)
end

-- What had come to its end stays as it is, unless it may go on for longer.
function TestTrain.test_a_finished_training_is_not_continued()
  local list, folder = labelled(10, 12), m.sys.tempdir()
  local o = { iterations = 30, patience = 1, checkpoint = folder .. "/c" }
  local once, again = train(list, o), train(list, o)
  lu.assertEquals(#again.training.curves[1].rows, #once.training.curves[1].rows)
  lu.assertTrue(again.members[1].parameters.Si:equal(once.members[1].parameters.Si))
  for _, s in ipairs(list) do s.forces = s.forces * 1.5 end
  lu.assertFalse(train(list, o).members[1].parameters.Si:equal(once.members[1].parameters.Si))
end

-- Memory for descriptions or none, one thread or two: the same bits.
function TestTrain.test_memory_and_threads_do_not_matter()
  local list, seen = labelled(10, 10), {}
  local before = m.sys.threads()
  for _, setting in ipairs { { 1, 300 }, { 2, 300 }, { 2, 0.1 } } do
    m.sys.threads(setting[1])
    local potential = train(list, { iterations = 3, memory = setting[2] })
    seen[#seen + 1] = potential.members[1].parameters.Si
  end
  m.sys.threads(before)
  lu.assertTrue(seen[1]:equal(seen[2]) and seen[1]:equal(seen[3]))
end

TestRefusals = {}

function TestRefusals.test_labels()
  local list = labelled(4, 11)
  list[2].energy = nil
  lu.assertStrContains(message(train, list), "structure 2: an energy is needed")
  list = labelled(4, 11)
  list[3].forces = nil
  lu.assertStrContains(message(train, list), "structure 3: no forces")
  list = labelled(4, 11)
  list[1].forces[{ 5, 2 }] = 0 / 0
  lu.assertStrContains(message(train, list), "structure 1: forces: finite numbers")
  list = labelled(4, 11)
  list[2].info.weight = -1
  lu.assertStrContains(message(train, list), "structure 2: info.weight: positive number")
  local both = m.descriptors.symmetry_functions { elements = { "Si", "O" }, cutoff = 4 }
  lu.assertStrContains(message(train, labelled(4, 11), { descriptors = both }),
    "functions of O, but no structure has it")
  lu.assertStrContains(message(m.nnp.train, {}), "two structures")
  lu.assertStrContains(message(train, labelled(4, 1), { method = "adam" }), "gauss-newton")
  lu.assertStrContains(message(train, labelled(4, 1), { iteration = 3 }), "did you mean 'iterations'")
end

-- n2p2's settings as options; what the filter here does not do is refused.
function TestRefusals.test_settings_of_n2p2()
  local folder = m.sys.tempdir()
  local text = "elements Si\ncutoff_type 6\nglobal_hidden_layers_short 2\n"
    .. "global_nodes_short 4 4\nglobal_activation_short p p l\nepochs 2\nupdater_type 1\n"
    .. "kalman_epsilon 0.02\nforce_weight 5\nsymfunction_short Si 2 Si 0.2 0.0 8.0\n"
    .. "symfunction_short Si 9 Si Si 0.1 1 1 8.0\n"
  m.sys.write_atomic(folder .. "/input.nn", text)
  local o = m.nnp.n2p2_options(folder, { length = "bohr" })
  lu.assertEquals({ o.hidden, o.activation, o.iterations, o.kalman },
    { { 4, 4 }, "softplus", 2, { epsilon = 0.02, force_weight = 5 } })
  lu.assertEquals(#m.nnp.train(labelled(6, 13), o).training.curves[1].rows, 2)
  m.sys.write_atomic(folder .. "/input.nn", text .. "kalman_type 1\n")
  lu.assertStrContains(message(m.nnp.n2p2_options, folder), "kalman_type 0 expected")
  m.sys.remove_tree(folder)
end

os.exit(lu.LuaUnit.run())
