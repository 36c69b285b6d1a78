-- Stacks of spectra and their maps: truth found again, files as memory, bad spectra, threads.
local lu = require "luaunit"
local m = require "matinf"
local A = m.array
local message = dofile "tests/support.lua".message

local x = A.linspace(280, 292, 121)

-- Two Gaussians of FWHM 1.2 and 1.0, areas a and b, on 50 counts and an active Shirley step.
local function model(position, a, b)
  local g = ((x - position) * (1 / 1.2)) ^ 2 * -2.7725887222
  local h = (x - position - 3) ^ 2 * -2.7725887222
  local peaks = g:exp() * (a * 0.9394372787 / 1.2) + h:exp() * (b * 0.9394372787)
  return peaks + peaks:cumulative_integrate(x) * 0.02 + 50
end

-- rows x columns counts; positions rise by `step` a column, the second peak's area from row to row.
local function drawn(rows, columns, step, seed)
  local mean = A.zeros(rows, columns, #x)
  for r = 1, rows do
    for col = 1, columns do
      mean[{ r, col }] = model(284.5 + step * (col - 1), 2000, 400 + 100 * r)
    end
  end
  return m.random.generator { seed = seed or 1 }:poisson(nil, { mean = mean })
end

local function stack_of(y, options)
  options = options or {}
  options.y_unit, options.counts_per = "counts", 1
  return m.spectra.stack(x, y, options)
end

local peaks = { { name = "a", position = 284.8, width = { 0.8, 1.6 } },
  { name = "b", shift = { from = "a", by = 3 }, width = { 0.7, 1.5 } } }

local function fit_of(stack)
  return m.spectra.fit(stack:mean(), { peaks = peaks, shape = "gauss" })
end

-- ---- stacks -------------------------------------------------------------------------------------

TestStack = {}

function TestStack.test_shapes_and_reading()
  local y = drawn(3, 4, 0.02)
  local s = stack_of(y)
  lu.assertEquals({ s.rows, s.columns, s.count, #s }, { 3, 4, 12, 12 })
  lu.assertTrue(s:read(6, 6):reshape(#x):equal(y[{ 2, 2 }]))
  lu.assertTrue(s:spectrum(2, 2).y:equal(y[{ 2, 2 }]))
  lu.assertAlmostEquals(s:mean().y[30], y[{ {}, {}, 30 }]:mean(), 1e-9)
  lu.assertEquals(s:mean().counts_per, 12)
  lu.assertEquals(s:pieces(9 * #x), { { 1, 8 }, { 9, 12 } }) -- whole rows
  lu.assertEquals(s:pieces(3 * #x), { { 1, 3 }, { 4, 6 }, { 7, 9 }, { 10, 12 } })
  local list = m.spectra.stack(x, y:reshape(12, #x), { columns = 4 })
  lu.assertEquals({ list.rows, list.columns }, { 3, 4 })
  lu.assertEquals(list:noise(), 1) -- integers are counts
end

local function written(y, name)
  local path = os.tmpname() .. ".h5"
  local file <close> = m.hdf5.open(path, "w")
  file:write("entry/data/be", x, { units = "eV" })
  file:write("entry/data/" .. name, y, { units = "counts" })
  return path
end

function TestStack.test_a_file_reads_as_memory_does()
  local y = drawn(5, 4, 0.02)
  local range = { 281, 291 }
  local memory = stack_of(y, { range = range })
  for _, shape in ipairs { { 5, 4, #x }, { 20, #x } } do
    local path = written(y:reshape(table.unpack(shape)):astype "i32", "counts")
    local s = m.spectra.open_stack(path, { data = "entry/data/counts", axis = "entry/data/be",
      range = range, energy = "binding" })
    lu.assertEquals(s.count, 20)
    for _, span in ipairs { { 1, 20 }, { 5, 12 }, { 3, 3 }, { 2, 11 } } do
      lu.assertTrue(s:read(span[1], span[2]):equal(memory:read(span[1], span[2])))
    end
    lu.assertTrue(s:mean().y:equal(memory:mean().y))
    local fit = fit_of(memory)
    lu.assertTrue(m.spectra.map(s, fit).area:equal(m.spectra.map(memory, fit).area))
    os.remove(path)
  end
end

function TestStack.test_bad_stacks_are_refused()
  local y = drawn(2, 2, 0)
  local function refused(text, f, ...) lu.assertStrContains(message(f, ...), text) end
  refused("array [count x 121]", m.spectra.stack, x, y[{ {}, {}, { 1, 100 } }])
  refused("rows times columns = 4", m.spectra.stack, x, y, { rows = 3, columns = 3 })
  refused("no data from 1 to 2", m.spectra.stack, x, y, { range = { 1, 2 } })
  refused("from 1 to 4", stack_of(y).read, stack_of(y), 1, 5)
  refused("no spectrum of the map can be used", function() stack_of(y * -1):mean() end)
  local path = written(y, "counts")
  refused("no NXdata is found", m.spectra.open_stack, path)
  refused("name its dataset (option axis)", m.spectra.open_stack, path, { data = "entry/data/counts" })
  refused("121 energies expected", m.spectra.open_stack, path,
    { data = "entry/data/counts", axis = "entry/data/counts" })
  refused("got 1 dimension", m.spectra.open_stack, path, { data = "entry/data/be" })
  local named = { data = "entry/data/counts", axis = "entry/data/be", energy = "kinetic" }
  named.range = { 1, 2 }
  refused("they span 280 to 292, kinetic energies", m.spectra.open_stack, path, named)
  named.range, named.hv = { 1200, 1205 }, 1486.6
  local binding = m.spectra.open_stack(path, named)
  lu.assertEquals({ binding.energy, #binding.x }, { "binding", 51 })
  lu.assertTrue(binding:read(1, 1):equal(stack_of(y, { range = { 281.55, 286.65 } }):read(1, 1)))
  named.hv = 0
  refused("number > 0", m.spectra.open_stack, path, named)
  os.remove(path)
end

-- ---- maps ---------------------------------------------------------------------------------------

TestMap = {}

function TestMap.test_truth_is_found_within_errors()
  local rows, columns, step = 20, 20, 0.02
  local stack = stack_of(drawn(rows, columns, step))
  local map = m.spectra.map(stack, fit_of(stack))
  local truth = (A.arange(columns) - 1) * step + 284.5
  local z = (map:image("position", "a") - truth) / map:image("position error", "a")
  local within = z:abs():lt(1):sum() / (rows * columns)
  lu.assertTrue(within > 0.61 and within < 0.75, within) -- 0.683 +- 3 standard deviations
  local area = (A.arange(rows) * 100 + 400):reshape(rows, 1)
  z = (map:image("area", "b") - area) / map:image("area error", "b")
  within = z:abs():lt(1):sum() / (rows * columns)
  lu.assertTrue(within > 0.61 and within < 0.75, within)
  lu.assertTrue((map.position[{ {}, 2 }] - map.position[{ {}, 1 }] - 3):abs():max() < 1e-9) -- tied
  lu.assertAlmostEquals(map.misfit:mean(), 1, 0.03)
  lu.assertEquals(map.converged:sum(), rows * columns)
  lu.assertStrContains(tostring(map), "400 spectra (20 x 20)")
end

function TestMap.test_threads_pieces_and_store_give_the_same_bits()
  local stack = stack_of(drawn(10, 20, 0.02))
  local fit = fit_of(stack)
  local threads = m.sys.threads()
  m.sys.threads(1)
  local one = m.spectra.map(stack, fit, { neighbours = true })
  m.sys.threads(2)
  local two = m.spectra.map(stack, fit, { neighbours = true })
  m.sys.threads(threads)
  lu.assertTrue(one.position:equal(two.position) and one.misfit:equal(two.misfit))
  local whole = m.spectra.map(stack, fit)
  local joined = m.spectra.join_maps { m.spectra.map(stack, fit, { last = 63 }),
    m.spectra.map(stack, fit, { first = 64 }) }
  lu.assertTrue(whole.area:equal(joined.area) and whole.errors.area:equal(joined.errors.area))
  local path = os.tmpname() .. ".h5"
  local store = require "matinf.store"
  store.write(path, { map = whole })
  lu.assertEquals(tostring(store.read(path).map), tostring(whole))
  os.remove(path)
end

function TestMap.test_bad_spectra_are_marked_and_leave_the_others_alone()
  local y = drawn(1, 6, 0.02):astype "f64"
  local fit = fit_of(stack_of(y))
  local before = m.spectra.map(stack_of(y), fit)
  y[{ 1, 2, 5 }], y[{ 1, 3 }], y[{ 1, 4, 7 }] = 0 / 0, 0, -1
  local map = m.spectra.map(stack_of(y), fit, { neighbours = true })
  lu.assertEquals(map.usable:totable(), { 1, 0, 0, 0, 1, 1 })
  lu.assertTrue(map.area[{ 3, 1 }] ~= map.area[{ 3, 1 }])
  lu.assertAlmostEquals(map.area[{ 6, 1 }], before.area[{ 6, 1 }], 1e-3)
  lu.assertAlmostEquals(stack_of(y):mean().y[40], (y[{ 1, 1, 40 }] + y[{ 1, 5, 40 }]
    + y[{ 1, 6, 40 }]) / 3, 1e-9)
end

-- A charge that drifts by many widths: the neighbour knows where the peaks are, the model does not.
function TestMap.test_neighbours_follow_what_drifts()
  local y = A.zeros(1, 40, #x)
  for i = 1, 40 do y[{ 1, i }] = model(283 + 0.1 * i, 2000, 500) end
  local stack = stack_of(y)
  local wide = { { position = { value = 283.1, error = 1 }, width = { 0.8, 1.6 } },
    { position = { value = 286.1, error = 1 }, width = { 0.7, 1.5 } } }
  local fit = m.spectra.fit(stack:spectrum(1), { peaks = wide, shape = "gauss" })
  for _, limits in ipairs(fit.limits) do limits.prior, limits.from, limits.to = nil, 280, 292 end
  local function found(options)
    local map = m.spectra.map(stack, fit, options):aligned()
    return (map.position[{ {}, 1 }] - A.arange(40) * 0.1 - 283):abs():lt(0.05):sum()
  end
  lu.assertEquals(found { neighbours = true }, 40)
  lu.assertTrue(found() < 30)
end

function TestMap.test_what_cannot_be_done_is_said()
  local stack = stack_of(drawn(2, 2, 0))
  local fit = fit_of(stack)
  local map = m.spectra.map(stack, fit)
  local function refused(text, f, ...) lu.assertStrContains(message(f, ...), text) end
  refused("spectra.Fit", m.spectra.map, stack, {})
  refused("integer from 1 to 4", m.spectra.map, stack, fit, { first = 5 })
  refused("one of a, b", map.image, map, "position", "c")
  refused('"position", "area"', map.image, map, "positions", "a")
  refused("join its parts first", function() m.spectra.map(stack, fit, { last = 2 }):image "misfit" end)
  local kinetic = m.spectra.stack(x, drawn(2, 2, 0), { energy = "kinetic" })
  refused("fit over the kinetic energy", m.spectra.map, kinetic, fit)
end

-- ---- charge reference -----------------------------------------------------------------------------

TestReference = {}

local function fitted()
  local x = m.array.linspace(280, 292, 121)
  local y = (((x - 285.1) / 0.5) ^ 2 * -0.5):exp() * 900 + (((x - 288) / 0.5) ^ 2 * -0.5):exp() * 500
  return m.spectra.fit(m.spectra.new(x, y + 20, { counts_per = 1 }), { shape = "gauss",
    background = "constant", peaks = { { name = "C-C", position = { value = 285, error = 0.5 } },
      { name = "oxide", shift = { from = "C-C", by = 2.9 } } } })
end

function TestReference.test_the_model_moves_with_its_scale()
  local fit = fitted()
  local scaled = fit:referenced("C-C", 284.8)
  lu.assertEquals(scaled.position[1], 284.8)
  lu.assertEquals(scaled.errors.position[1], 0)
  lu.assertAlmostEquals(scaled.reference.shift, -0.3, 1e-3)
  lu.assertTrue((scaled:evaluate() - fit:evaluate()):abs():max() < 1e-6)
  lu.assertAlmostEquals(scaled.position[2] - scaled.position[1], fit.position[2] - fit.position[1],
    1e-12)
  -- its limits, priors and ties have moved too: a fit of the shifted data stays where it is
  local again = scaled:refitted(scaled.spectrum)
  lu.assertTrue((again.position - scaled.position):abs():max() < 1e-4)
  lu.assertStrContains(tostring(scaled), "C-C at 284.80 eV")
  local store = require "matinf.store"
  lu.assertEquals(store.from_store(store.to_store(scaled)).reference.peak, "C-C")
  lu.assertEquals(fit.reference, nil)
end

function TestReference.test_refusals()
  local fit = fitted()
  for _, case in ipairs { { "C-N", 284.8, "one of C-C, oxide" }, { 3, 284.8, "C-C" },
    { "C-C", 0 / 0, "finite number" } } do
    local _, err = m.try(fit.referenced, fit, case[1], case[2])
    lu.assertStrContains(tostring(err), case[3])
  end
end

function TestReference.test_words_move()
  local moved = require "matinf.spectra.flag".moved
  lu.assertEquals(moved("twins at 288.42 and 288.77 eV; narrow at 288.42 eV: limit of 1.40 eV", 0.1),
    "twins at 288.52 and 288.87 eV; narrow at 288.52 eV: limit of 1.40 eV")
end

os.exit(lu.LuaUnit.run())
