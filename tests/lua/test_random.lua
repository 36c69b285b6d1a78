-- random: what the binding adds to core (tests/core/test_rng.c, test_sampler.c): names of streams,
-- shapes, array parameters, bounds, refusals.
local lu = require "luaunit"
local m = require "matinf"
local fails = require "tests.support".fails
local A, random = m.array, m.random

TestRandom = {}

local function generator(item) return random.generator { seed = 11, stage = "test", item = item } end

function TestRandom.test_streams_are_named()
  local x = generator(1):normal(50):totable()
  lu.assertEquals(generator(1):normal(50):totable(), x)
  lu.assertNotEquals(generator(2):normal(50):totable(), x)
  lu.assertNotEquals(random.generator { seed = 12, stage = "test", item = 1 }:normal(50):totable(), x)
  lu.assertNotEquals(random.generator { seed = 11, stage = "text", item = 1 }:normal(50):totable(), x)
end

function TestRandom.test_one_by_one_is_all_at_once()
  local one, all = generator(1), generator(1):normal { 4, 5 }
  for i = 1, 4 do
    for k = 1, 5 do lu.assertEquals(one:normal(), all:get(i, k)) end
  end
end

function TestRandom.test_parameters_may_be_arrays()
  local mean = A.reshape(A.array { 0, 10, 1e4, 1e9 }, { 2, 2 })
  local counts = generator(1):poisson(nil, { mean = mean })
  lu.assertEquals(counts.shape, { 2, 2 })
  lu.assertEquals(counts:get(1, 1), 0)
  lu.assertTrue(A.all(A.abs(counts - mean):le(6 * mean ^ 0.5 + 1)))
  local x = generator(1):normal(nil, { mean = { 1, 2, 3 }, sigma = 0 })
  lu.assertEquals(x:totable(), { 1, 2, 3 })
  local y = generator(1):uniform(nil, { low = { 0, 5 }, high = { 1, 5 } })
  lu.assertEquals(y[2], 5)
end

function TestRandom.test_the_whole_range_of_integers()
  local g = generator(1)
  local seen = { [true] = 0, [false] = 0 }
  for _ = 1, 64 do
    local k = g:integer(nil, { low = math.mininteger, high = math.maxinteger })
    seen[k < 0] = seen[k < 0] + 1
  end
  lu.assertTrue(seen[true] > 10 and seen[false] > 10)
  lu.assertEquals(g:integer(3, { low = -2, high = -2 }):totable(), { -2, -2, -2 })
end

function TestRandom.test_rows_move_together()
  local a = A.reshape(A.arange(1, 20), { 10, 2 })
  local view = generator(1):shuffle(a)
  lu.assertTrue(rawequal(view, a))
  for i = 1, 10 do lu.assertEquals(a:get(i, 2) - a:get(i, 1), 1) end
  lu.assertEquals(A.sort(a[{ {}, 1 }]):totable(), { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 })
  lu.assertNotEquals(a[{ {}, 1 }]:totable(), { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 })
end

function TestRandom.test_samplers_fill_the_bounds()
  local bounds = { { -1, 1 }, { 5, 5 }, { 1e-3, 1e3 } }
  for _, x in ipairs { random.sobol(64, nil, { bounds = bounds }),
    random.latin_hypercube(64, 3, { bounds = bounds }), random.grid({ 4, 1, 3 }, { bounds = bounds }) } do
    for j = 1, 3 do
      local column = x[{ {}, j }]
      lu.assertTrue(A.min(column) >= bounds[j][1] and A.max(column) <= bounds[j][2])
    end
  end
end

function TestRandom.test_a_sobol_sequence_goes_on()
  local all = random.sobol(20, 3, { seed = 4 })
  local rest = random.sobol(12, 3, { seed = 4, first = 9 })
  lu.assertEquals(all[{ { 9, 20 }, {} }]:totable(), rest:totable())
  lu.assertNotEquals(random.sobol(20, 3, { seed = 5 }):totable(), all:totable())
end

function TestRandom.test_refusals()
  local g = generator(1)
  fails("argument", "'seed'", random.generator, { seed = 1.5 })
  fails("argument", "did you mean 'stage'", random.generator, { stge = 1 })
  fails("argument", "Generator", g.normal, 3)
  fails("argument", "'n'", g.normal, g, -1)
  fails("argument", "'n'", g.normal, g, {})
  fails("argument", "'sigma'", g.normal, g, 3, { sigma = -1 })
  fails("argument", "'mean'", g.normal, g, 3, { mean = 0 / 0 })
  fails("argument", "missing option 'mean'", g.poisson, g, 3)
  fails("argument", "element 2", g.poisson, g, nil, { mean = { 1, -1 } })
  fails("argument", "gives the shape", g.poisson, g, 2, { mean = { 1, 1 } })
  fails("argument", "one shape", g.binomial, g, nil, { trials = { 1, 1 }, p = { 0.5 } })
  fails("argument", "'trials'", g.binomial, g, 1, { trials = 1.5, p = 0.5 })
  fails("argument", "'high'", g.integer, g, 1, { low = 3, high = 2 })
  fails("argument", "without replacement", g.choice, g, 3, 4)
  fails("argument", "too few", g.choice, g, 3, 2, { weights = { 1, 0, 0 } })
  fails("argument", "3 numbers expected", g.choice, g, 3, 2, { weights = { 1, 0 } })
  fails("argument", "list", g.shuffle, g, "abc")
  fails("argument", "low <= high", random.sobol, 3, nil, { bounds = { { 1, 0 } } })
  fails("argument", "low <= high", random.sobol, 3, nil, { bounds = { { 0, 0 / 0 } } })
  fails("argument", "2 pairs", random.latin_hypercube, 3, 2, { bounds = { { 0, 1 } } })
  fails("argument", "'d'", random.sobol, 3, 257)
  fails("argument", "'d'", random.sobol, 3)
  fails("argument", "'counts'", random.grid, { 3, 0 })
  fails("memory", "memory", random.grid, { 1 << 40, 1 << 40 })
end

os.exit(lu.LuaUnit.run())
