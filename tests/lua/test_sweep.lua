-- Sweeps without running them: what a parameter runs through, which values go together, plans.
local lu = require "luaunit"
local m = require "matinf"
local axis = require "matinf.sweep.axis"
local sampler = require "matinf.sweep.sampler"
local plan = require "matinf.sweep.plan"

local recipe = m.sys.realpath "tests/data/recipes/square"

local function values(argument) return axis.parse(argument).values end

local function points(arguments, options)
  local axes = {}
  for i, argument in ipairs(arguments) do axes[i] = axis.parse(argument) end
  options = options or {}
  options.sampler, options.seed = options.sampler or "grid", options.seed or 1
  return sampler.points(axes, options)
end

local function refused(f, ...)
  local value, err = m.try(f, ...)
  lu.assertNil(value)
  lu.assertEquals(err.kind, "usage")
  return err.message
end

TestAxis = {}

function TestAxis.test_lists()
  lu.assertEquals(values "k=1,2,3", { "1", "2", "3" })
  lu.assertEquals(values "k=[1, 2],[3]", { "[1, 2]", "[3]" })
  lu.assertEquals(values "k='a,b',c", { "'a,b'", "c" })
  lu.assertEquals(values "k=choice(No, Y)", { "No", "Y" })
  lu.assertEquals(values "k=choice(4)", { "4" })
end

function TestAxis.test_one_value_is_no_axis()
  lu.assertNil(axis.parse "k=1")
  lu.assertNil(axis.parse "k=[1, 2]")
  lu.assertNil(axis.parse "k='a, b'")
  lu.assertNil(axis.parse "~k")
  lu.assertNil(axis.parse "k=sin(x)")
end

function TestAxis.test_prefix_is_kept()
  local one = axis.parse "++model.k=1,2"
  lu.assertEquals(one.key, "model.k")
  lu.assertEquals(one.prefix, "++model.k=")
end

function TestAxis.test_range_ends_before_stop()
  lu.assertEquals(values "k=range(4,8,1)", { "4", "5", "6", "7" })
  lu.assertEquals(values "k=range(3)", { "0", "1", "2" })
  lu.assertEquals(values "k=range(0,0.3,0.1)", { "0", "0.1", "0.2" })
  lu.assertEquals(values "k=range(3,0,-1)", { "3", "2", "1" })
  lu.assertStrContains(refused(axis.parse, "k=range(3,1)"), "no value")
  lu.assertStrContains(refused(axis.parse, "k=range(1,2,0)"), "other than 0")
  lu.assertStrContains(refused(axis.parse, "k=range(0,1,1e-9)"), "too many")
end

function TestAxis.test_spacings()
  lu.assertEquals(values "k=linspace(4 Å, 6 Å, 3)", { "4 Å", "5 Å", "6 Å" })
  lu.assertEquals(values "k=linspace(0,1,1)", { "0" })
  lu.assertEquals(values "k=logspace(-6,-4,3)", { "1e-06", "1e-05", "0.0001" })
  lu.assertStrContains(refused(axis.parse, "k=linspace(4 Å, 6 nm, 3)"), "one unit")
  lu.assertStrContains(refused(axis.parse, "k=linspace(1,2)"), "count")
  lu.assertStrContains(refused(axis.parse, "k=linspace(a,2,3)"), "'a'")
  lu.assertStrContains(refused(axis.parse, "k=1,,2"), "empty value")
end

function TestAxis.test_interval()
  local one = axis.parse "k=interval(1e-6 eV,1 eV,log)"
  lu.assertEquals({ one.low, one.high, one.log, one.unit }, { 1e-6, 1, true, "eV" })
  lu.assertStrContains(refused(axis.parse, "k=interval(2,1)"), "low < high")
  lu.assertStrContains(refused(axis.parse, "k=interval(0,1,log)"), "low > 0")
end

function TestAxis.test_glob()
  local folder = m.sys.tempdir()
  for _, name in ipairs { "b.csv", "a.csv", "c.txt", ".d.csv" } do
    m.sys.write_atomic(folder .. "/" .. name, "")
  end
  lu.assertEquals(values(("k=glob(%s/*.csv)"):format(folder)),
    { ('"%s/a.csv"'):format(folder), ('"%s/b.csv"'):format(folder) })
  lu.assertEquals(#values(("k=glob(%s/?.[ct]*)"):format(folder)), 3)
  lu.assertStrContains(refused(axis.parse, ("k=glob(%s/*.xyz)"):format(folder)), "no file")
  m.sys.remove_tree(folder)
end

TestSampler = {}

function TestSampler.test_grid_and_list()
  local list = { sampler = "list" }
  lu.assertEquals(points { "a=1,2", "b=x,y" },
    { { "1", "x" }, { "1", "y" }, { "2", "x" }, { "2", "y" } })
  lu.assertEquals(points({ "a=1,2", "b=x,y" }, list), { { "1", "x" }, { "2", "y" } })
  lu.assertStrContains(refused(points, { "a=1,2", "b=1,2,3" }, list), "as many values")
  lu.assertStrContains(refused(points, { "a=interval(0,1)" }), "interval")
  lu.assertStrContains(refused(points, { "a=range(2000)", "b=range(2000)" }), "at most")
  lu.assertStrContains(refused(points, { "a=1,2" }, { n = 3 }), "--n")
end

function TestSampler.test_drawn_points_stay_inside_and_are_repeatable()
  for _, name in ipairs { "random", "lhs", "sobol" } do
    local function draw(n) return points({ "a=interval(1,3)", "b=x,y", "c=interval(1e-6,1,log)" },
      { sampler = name, n = n, seed = 7 }) end
    local list = draw(64)
    lu.assertEquals(#list, 64)
    lu.assertEquals(list, draw(64))
    local seen = {}
    for _, point in ipairs(list) do
      lu.assertTrue(tonumber(point[1]) >= 1 and tonumber(point[1]) <= 3)
      lu.assertTrue(tonumber(point[3]) >= 1e-6 and tonumber(point[3]) <= 1)
      seen[point[2]] = (seen[point[2]] or 0) + 1
    end
    lu.assertTrue(seen.x > 16 and seen.y > 16)
    lu.assertStrContains(refused(points, { "a=interval(1,3)" }, { sampler = name }), "--n")
  end
end

function TestSampler.test_more_points_keep_the_earlier_ones()
  for _, name in ipairs { "random", "sobol" } do
    local few = points({ "a=interval(0,1)" }, { sampler = name, n = 16 })
    local many = points({ "a=interval(0,1)" }, { sampler = name, n = 32 })
    lu.assertEquals(table.move(many, 1, 16, 1, {}), few)
  end
end

TestPlan = {}

local function make(overrides, options)
  options = options or {}
  options.target, options.overrides = recipe, overrides
  options.sampler, options.seed = options.sampler or "grid", 1
  return plan.make(options)
end

local function ids(made)
  local list = {}
  for i, point in ipairs(made.points) do list[i] = point.id end
  return list
end

function TestPlan.test_adding_a_point_changes_no_other()
  local few, many = ids(make { "model.x=1,3" }), ids(make { "model.x=1,2,3", "seed=1,2" })
  lu.assertEquals({ many[1], many[5] }, few)
  lu.assertEquals(make({ "model.x=1,3" }).folder, make({ "model.x=1,2,3" }).folder)
end

function TestPlan.test_id_is_of_the_resolved_values()
  lu.assertEquals(ids(make { "model.cutoff=50 nm,1 nm" })[2],
    ids(make { "model.cutoff=10 Å,1 Å" })[1])
  lu.assertEquals(ids(make { "model.x=1,2" })[1], ids(make { "seed=1,2" })[1]) -- defaults
  lu.assertEquals(#ids(make { "model.x=1,1.0,2" }), 2)
end

function TestPlan.test_every_point_is_checked_before_any_runs()
  local made, err = m.try(make, { "model.n=1,-2,x" })
  lu.assertNil(made)
  lu.assertEquals(err.kind, "configuration")
  lu.assertStrContains(err.message, "2 errors")
  lu.assertStrContains(refused(make, { "model.x=3" }), "several values")
  lu.assertStrContains(refused(make, { "model.x=1,2", "model.x=3,4" }), "twice")
end

function TestPlan.test_integer_intervals_give_integers()
  local made = make({ "model.n=interval(1,4)" }, { sampler = "random", n = 50 })
  local seen = {}
  for _, point in ipairs(made.points) do seen[point.cells[1]] = true end
  lu.assertEquals(seen, { true, true, true, true })
end

function TestPlan.test_code_and_files_are_in_the_token_not_in_the_id()
  local folder = m.sys.tempdir()
  m.sys.write_atomic(folder .. "/a.csv", "1")
  local overrides = { "model.x=1,2", "sample.file=" .. folder .. "/a.csv" }
  local before = make(overrides).points[1]
  m.sys.write_atomic(folder .. "/a.csv", "2")
  local after = make(overrides).points[1]
  lu.assertEquals(before.id, after.id)
  lu.assertNotEquals(before.token, after.token)
  m.sys.remove_tree(folder)
end

-- ---- the summary figure -------------------------------------------------------------------------

TestFigure = {}

-- The figure of swept columns { name, values } and of measured ones, or nil and why there is none.
local function summary(swept, measured)
  local columns, keys, names = { { name = "point", values = {} } }, {}, {}
  for i = 1, #swept[1].values do columns[1].values[i] = "id" .. i end
  for _, one in ipairs(swept) do
    columns[#columns + 1], keys[#keys + 1] = one, { key = one.name }
  end
  for _, one in ipairs(measured) do
    columns[#columns + 1], names[#names + 1] = one, one.name
  end
  return require "matinf.sweep.figure".summary({ swept = keys }, m.table.new(columns), names)
end

local function files(pattern, n)
  local list = {}
  for i = 1, n do list[i] = pattern:format(i) end
  return { name = "sample.file", values = list }
end

local function squares(n)
  local list = {}
  for i = 1, n do list[i] = i * i + 0.5 end
  return { name = "y", values = list }
end

function TestFigure.test_files_are_named_by_what_differs()
  local figure = summary({ files("/data/C1s_day%d.csv", 3) }, { squares(3) })
  lu.assertEquals(figure.x.names, { "day1", "day2", "day3" })
  lu.assertStrContains(figure:svg(), "day2")
  lu.assertEquals(summary({ files("C1s_day%d.csv", 2) }, { squares(2) }).x.names, { "day1", "day2" })
  lu.assertEquals(summary({ files("a/%d/C1s.csv", 2) }, { squares(2) }).x.names,
    { "a/1/C1s.csv", "a/2/C1s.csv" })
  lu.assertEquals(summary({ { name = "model.shape", values = { "gauss", "voigt" } } },
    { squares(2) }).x.names, { "gauss", "voigt" })
end

function TestFigure.test_many_names_are_numbers()
  local figure = summary({ files("/data/of_a_long_%d_name.csv", 30) }, { squares(30) })
  lu.assertEquals({ figure.x.names[1], figure.x.names[30] }, { "1", "30" })
  lu.assertEquals(figure.series[1].block.rows[30], { 30, 900.5 })
end

function TestFigure.test_an_error_is_a_bar_and_no_panel()
  local y = squares(3)
  y.error = "y-error"
  local figure = summary({ files("/data/%d.csv", 3) },
    { y, { name = "y-error", values = { 0.5, 0 / 0, 0.25 } } })
  lu.assertEquals(figure.y.label, "y")
  lu.assertEquals(figure.series[1].block.rows, { { 1, 1.5, 0.5 }, { 2, 4.5, 0 }, { 3, 9.5, 0.25 } })
end

function TestFigure.test_of_two_texts_the_fewer_are_colours()
  local g, v = "gauss", "voigt"
  local shapes = { name = "model.shape", values = { g, g, g, v, v, v } }
  local three = files("/data/%d.csv", 3).values
  local names = { name = "sample.file", values = table.move(three, 1, 3, 4, { table.unpack(three) }) }
  local figure = summary({ shapes, names }, { squares(6) })
  lu.assertEquals(figure.x.names, { "1", "2", "3" })
  lu.assertEquals({ figure.series[1].label, figure.series[2].label }, { "gauss", "voigt" })
end

function TestFigure.test_seeds_alone_have_no_figure()
  local _, reason = summary({ { name = "seed", values = { 1, 2 } } }, { squares(2) })
  lu.assertEquals(reason, "no swept parameter but the seed varies")
end

os.exit(lu.LuaUnit.run())
