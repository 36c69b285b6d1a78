-- Neural-network potentials: forces and virial against differences for every activation function
-- and scaling, files, committees, extrapolation, what is refused.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"

local folder = m.sys.tempdir()

-- ---- a random potential for O and H in n2p2's files ---------------------------------------------

local functions = [[
symfunction_short H 2 H 0.03 0.0 7.0
symfunction_short H 2 O 0.20 1.9 7.0   # a comment
symfunction_short O 2 H 0.05 0.9 7.0
symfunction O 12 0.05 0.5 6.0
symfunction_short H 3 O H 0.05 1.0 1.0 7.0
symfunction_short O 3 H H 0.02 -1.0 4.0 7.0 0.3
symfunction_short O 9 O H 0.01 1.0 2.5 7.0
symfunction_short H 13 0.02 0.0 1.0 2.0 6.5
symfunction_short H 20 O 0.0 6.0 p2
symfunction_short O 21 H H -6.5 6.5 30 140 p2a
symfunction_short O 22 H O 1.0 7.0 -60 60 e
symfunction_short H 25 0.5 7.0 90 270 p3
]]

local function lines_of(list) return table.concat(list, "\n") .. "\n" end

-- Writes files with the given lines of settings; hidden layers 5 and 4.
local function write_potential(name, more, seed)
  local path = folder .. "/" .. name
  local random = m.random.generator { seed = seed or 1 }
  m.sys.mkdir(path)
  m.sys.write_atomic(path .. "/input.nn", "number_of_elements 2\nelements O H\ncutoff_type 6 0.1\n"
    .. "global_hidden_layers_short 2\nglobal_nodes_short 5 4\natom_energy O -75.0\n" .. more .. functions)
  local scaling = {}
  for element = 1, 2 do
    for i = 1, 6 do
      scaling[#scaling + 1] = ("%d %d %.6f %.6f %.6f %.6f"):format(element, i, 0, 2 + i, 0.4, 0.7 + i / 9)
    end
  end
  m.sys.write_atomic(path .. "/scaling.data", lines_of(scaling))
  for _, number in ipairs { 1, 8 } do
    local weights = (random:uniform(64) * 2 - 1):totable()
    for i, w in ipairs(weights) do weights[i] = ("%24.16E a %d"):format(w, i) end
    m.sys.write_atomic(("%s/weights.%03d.data"):format(path, number), lines_of(weights))
  end
  return path
end

local function potential(name, more, seed)
  return m.nnp.read_n2p2(write_potential(name, more or "global_activation_short t t l\n", seed),
    { length = "bohr", energy = "hartree" })
end

local function water()
  return m.atoms.new { symbols = "H4O2", cell = { { 4.1, 0, 0 }, { 0.5, 3.9, 0 }, { -0.3, 0.4, 4.4 } },
    positions = { { 0.1, 0.2, 0.3 }, { 1.5, 0.4, 0.2 }, { 2.4, 2.2, 1.8 }, { 3.6, 2.9, 2.6 },
      { 0.8, 0.7, 0.6 }, { 2.9, 2.9, 2.1 } } }
end

-- ---- derivatives --------------------------------------------------------------------------------

local function moved(s, i, axis, by)
  local t = s:copy()
  t.positions[{ i, axis }] = t.positions[{ i, axis }] + by
  return t
end

local function strained(s, a, b, by)
  local t = s:copy()
  for _, name in ipairs { "positions", "cell" } do
    local x = t[name]
    x[{ {}, b }] = x[{ {}, b }] + s[name][{ {}, a }] * by
  end
  return t
end

-- Differences of fourth order.
local function slope(energy, h)
  return (8 * (energy(h) - energy(-h)) - (energy(2 * h) - energy(-2 * h))) / (12 * h)
end

local function check_derivatives(pot, s, where)
  local _, f, v = pot:evaluate(s)
  for i = 1, 6, 2 do
    for axis = 1, 3 do
      local d = -slope(function(h) return (pot:evaluate(moved(s, i, axis, h))) end, 1e-3)
      lu.assertAlmostEquals(f[{ i, axis }], d, 1e-7 * (1 + math.abs(d)), where)
    end
  end
  for a = 1, 3 do
    for b = 1, 3 do
      local d = -slope(function(h) return (pot:evaluate(strained(s, a, b, h))) end, 3e-4)
      lu.assertAlmostEquals(v[{ a, b }], d, 1e-6 * (1 + math.abs(d)), where)
    end
  end
  lu.assertTrue(f:sum(1):abs():max() < 1e-10, where)
end

TestDerivatives = {}

function TestDerivatives.test_every_activation_function()
  for letter in ("ltsprgcSeh"):gmatch "." do
    local more = ("global_activation_short %s t l\nscale_symmetry_functions\n"):format(letter)
    check_derivatives(potential("activation", more), water(), letter)
  end
end

function TestDerivatives.test_every_scaling_and_normalisation()
  for _, scaling in ipairs { "", "scale_symmetry_functions\n", "center_symmetry_functions\n",
    "scale_symmetry_functions\ncenter_symmetry_functions\nscale_min_short -1\nscale_max_short 2\n",
    "scale_symmetry_functions_sigma\n",
    "normalize_nodes\nmean_energy -3.5\nconv_energy 2.5\nconv_length 1.7\n" } do
    local pot = potential("scaling", "global_activation_short t p l\n" .. scaling)
    check_derivatives(pot, water(), scaling)
  end
end

-- A network of one hidden node, worked out by hand.
function TestDerivatives.test_energy_by_hand()
  local path = folder .. "/hand"
  m.sys.mkdir(path)
  m.sys.write_atomic(path .. "/input.nn", "elements H\ncutoff_type 1\nglobal_hidden_layers_short 1\n"
    .. "global_nodes_short 1\nglobal_activation_short t l\natom_energy H -0.5\nmean_energy 0.25\n"
    .. "conv_energy 2\nconv_length 3\nscale_symmetry_functions\ncenter_symmetry_functions\n"
    .. "symfunction_short H 2 H 0.3 0.5 5.0\n")
  m.sys.write_atomic(path .. "/scaling.data", "1 1 0.1 0.9 0.4 0.2\n")
  m.sys.write_atomic(path .. "/weights.001.data", "1.5\n0.2\n-0.7\n0.1\n")
  local pair = m.atoms.new { symbols = "H2", positions = { { 0, 0, 0 }, { 0, 0, 2 } } }
  local g = math.exp(-0.3 * 1.5 ^ 2) * (math.cos(math.pi * 2 / 5) + 1) / 2
  local x = 1.5 * (g - 0.4) / 0.8 + 0.2
  local t = 1 - 2 / (math.exp(2 * x) + 1)
  local expected = 2 * ((-0.7 * t + 0.1) / 2 + 0.25 - 0.5)
  lu.assertAlmostEquals(m.nnp.read_n2p2(path):evaluate(pair), expected, 1e-14)
end

-- ---- the same on other ways ---------------------------------------------------------------------

TestSame = {}

function TestSame.test_turning_moving_and_exchanging_atoms_changes_nothing()
  local pot, s = potential "same", water()
  local e, f = pot:evaluate(s)
  local t = s:copy()
  local c, w = math.cos(0.7), math.sin(0.7)
  local turn = m.array { { c, w, 0 }, { -w, c, 0 }, { 0, 0, 1 } }
  t.positions = m.linalg.matmul(s.positions + 0.37, turn)
  t.cell = m.linalg.matmul(s.cell, turn)
  local e2, f2 = pot:evaluate(t)
  lu.assertAlmostEquals(e2, e, 1e-9)
  lu.assertTrue((m.linalg.matmul(f, turn) - f2):abs():max() < 1e-10)
  local order = { 5, 3, 1, 6, 2, 4 }
  local u = m.atoms.new { numbers = s.numbers:select(order), cell = s.cell,
    positions = s.positions:select(order) }
  local e3, f3 = pot:evaluate(u)
  lu.assertAlmostEquals(e3, e, 1e-9)
  lu.assertTrue((f:select(order) - f3):abs():max() < 1e-10)
end

function TestSame.test_supercell_has_the_energy_of_its_cells()
  local pot, s = potential "same", water()
  local e, _, v = pot:evaluate(s)
  local positions, symbols = {}, {}
  for a = 0, 1 do
    for b = 0, 2 do
      for i = 1, 6 do
        local x = s.positions[i] + s.cell[1] * a + s.cell[2] * b
        positions[#positions + 1], symbols[#symbols + 1] = x:totable(), i <= 4 and "H" or "O"
      end
    end
  end
  local cell = s.cell:copy()
  cell[1], cell[2] = cell[1] * 2, cell[2] * 3
  local big = m.atoms.new { symbols = symbols, positions = positions, cell = cell }
  local e6, _, v6 = pot:evaluate(big)
  lu.assertAlmostEquals(e6, 6 * e, 1e-8)
  lu.assertTrue((v6 - v * 6):abs():max() < 1e-8)
end

-- Energy and forces of a large random structure as text, in a process of its own.
local function in_process(environment)
  local script = folder .. "/run.lua"
  m.sys.write_atomic(script, ([[
    local m = require "matinf"
    local pot = m.nnp.read_n2p2("%s/same", { length = "bohr", energy = "hartree" })
    local x = m.random.generator { seed = 3 }:uniform(300):reshape(100, 3) * 11
    local symbols = {}
    for i = 1, 100 do symbols[i] = i %% 3 == 0 and "O" or "H" end
    local s = m.atoms.new { symbols = symbols, positions = x, cell = 11 }
    local e, f, v = pot:evaluate(s)
    print(("%%a %%a %%a"):format(e, f:abs():sum(), v:abs():sum()))
    print(m.hash and ("%%.12g"):format(e))]]):format(folder))
  return support.shell(environment .. " " .. (os.getenv "MATINF" or "./matinf") .. " " .. script)
end

function TestSame.test_bits_do_not_depend_on_threads_nor_digits_on_levels()
  local digits
  potential "same"
  for _, level in ipairs { "baseline", "x86-64-v3", "x86-64-v4" } do
    local one = in_process("MATINF_THREADS=1 MATINF_ISA=" .. level)
    local two = in_process("MATINF_THREADS=2 MATINF_ISA=" .. level)
    lu.assertStrContains(one, "0x")
    lu.assertEquals(one, two)
    digits = digits or one:match "\n(.+)"
    lu.assertEquals(one:match "\n(.+)", digits)
  end
end

-- ---- committees ---------------------------------------------------------------------------------

function TestSame.test_committee_is_the_mean_of_its_members()
  local paths, e, f = {}, {}, {}
  local s, units = water(), { length = "bohr", energy = "hartree" }
  for i = 1, 3 do
    paths[i] = write_potential("member" .. i, "global_activation_short t t l\n", i)
    e[i], f[i] = m.nnp.read_n2p2(paths[i], units):evaluate(s)
  end
  local committee = m.nnp.read_n2p2(paths, units)
  local energy, forces, _, _, more = committee:evaluate(s, { deviation = true })
  local mean = (e[1] + e[2] + e[3]) / 3
  local spread = math.sqrt(((e[1] - mean) ^ 2 + (e[2] - mean) ^ 2 + (e[3] - mean) ^ 2) / 3)
  lu.assertAlmostEquals(energy, mean, 1e-9)
  lu.assertAlmostEquals(more.energy_deviation, spread, 1e-9)
  local middle = (f[1] + f[2] + f[3]) / 3
  lu.assertTrue((forces - middle):abs():max() < 1e-10)
  local square = ((f[1] - middle) ^ 2 + (f[2] - middle) ^ 2 + (f[3] - middle) ^ 2) / 3
  lu.assertTrue((more.force_deviation - square:sqrt()):abs():max() < 1e-9)
  local _, plain = committee:evaluate(s)
  lu.assertTrue((plain - forces):abs():max() < 1e-10)
  committee:write_n2p2(folder .. "/committee")
  local again = m.nnp.read_n2p2({ folder .. "/committee/nnp-1", folder .. "/committee/nnp-2",
    folder .. "/committee/nnp-3" }, units)
  lu.assertAlmostEquals(again:evaluate(s), energy, 1e-9)
end

-- ---- a core -------------------------------------------------------------------------------------

TestCore = {}

local function zbl() return m.potentials.zbl { elements = { "H", "O" }, outer = 1.5 } end

function TestCore.test_its_part_is_added_and_has_derivatives()
  local bare, s, core = potential "core", water(), zbl()
  local whole = bare:with_core(core)
  local e, f, v, atoms = bare:evaluate(s)
  local ce, cf, cv, catoms = core:evaluate(s)
  local we, wf, wv, watoms = whole:evaluate(s)
  lu.assertTrue(math.abs(ce) > 1)
  lu.assertAlmostEquals(we, e + ce, 1e-9)
  lu.assertTrue((wf - f - cf):abs():max() < 1e-12)
  lu.assertTrue((wv - v - cv):abs():max() < 1e-11)
  lu.assertTrue((watoms - atoms - catoms):abs():max() < 1e-11)
  check_derivatives(whole, s, "core")
  -- whatever takes a potential has both parts
  local energy, forces = m.potentials.sum { whole }:evaluate(s)
  lu.assertAlmostEquals(energy, we, 1e-9)
  lu.assertTrue((forces - wf):abs():max() < 1e-11)
  lu.assertEquals(whole:with_core(nil):evaluate(s), e)
end

function TestCore.test_files()
  local whole, s = potential("core"):with_core(zbl()), water()
  whole:save(folder .. "/core.nnp.h5")
  lu.assertEquals((m.nnp.load(folder .. "/core.nnp.h5"):evaluate(s)), (whole:evaluate(s)))
  local missing = whole:write_n2p2(folder .. "/core2")
  lu.assertStrContains(missing, "is not in these files")
  lu.assertStrContains(m.sys.read(folder .. "/core2/input.nn"), "# warning: the core (zbl")
  lu.assertNil(whole:with_core(nil):write_n2p2(folder .. "/core2"))
  lu.assertStrContains(tostring(whole), "core: zbl potential (H, O)")
end

-- Labels that are a core and a Stillinger-Weber crystal: the networks learn the crystal alone.
function TestCore.test_training_leaves_the_core_out()
  local core = m.potentials.zbl { elements = { "Si" }, outer = 2.6 }
  local sw, with, without = m.potentials.stillinger_weber(), {}, {}
  for i = 1, 8 do
    local s = m.atoms.bulk("Si", "diamond", { a = 5.1 + 0.05 * i }):rattle { sigma = 0.05, seed = i }
    without[i], with[i] = sw:label(s), (sw + core):label(s)
  end
  local set = m.descriptors.symmetry_functions { elements = { "Si" }, cutoff = 4, radial = 4,
    angular = 6 }
  local options = { descriptors = set, hidden = { 4 }, iterations = 4 }
  local plain = m.nnp.train(without, options)
  options.core = core
  local cored = m.nnp.train(with, options)
  local e, f = plain:evaluate(with[3])
  local e2, f2 = cored:with_core(nil):evaluate(with[3])
  lu.assertAlmostEquals(e2, e, 1e-6 * math.abs(e))
  lu.assertTrue((f2 - f):abs():max() < 1e-5)
  lu.assertTrue(math.abs(cored:evaluate(with[3]) - e) > 0.01)
  options.core = 3
  lu.assertStrContains(support.message(m.nnp.train, with, options), "core")
  options.core = m.potentials.zbl { elements = { "O" }, outer = 1 }
  lu.assertStrContains(support.message(m.nnp.train, with, options), "has no parameters for Si")
end

-- ---- files --------------------------------------------------------------------------------------

TestFiles = {}

function TestFiles.test_round_trips()
  local s = water()
  for _, more in ipairs { "", "normalize_nodes\nmean_energy -3.5\nconv_energy 2.5\nconv_length 1.7\n",
    "scale_symmetry_functions_sigma\nelement_nodes_short O 5 4\n" } do
    local pot = potential("trip", "global_activation_short t p l\n" .. more)
    local e, f = pot:evaluate(s)
    pot:write_n2p2(folder .. "/trip2")
    local twin = m.nnp.read_n2p2(folder .. "/trip2", { length = "bohr", energy = "hartree" })
    local e2, f2 = twin:evaluate(s)
    lu.assertAlmostEquals(e2, e, 1e-12 * math.abs(e))
    lu.assertTrue((f2 - f):abs():max() < 1e-11)
    pot:save(folder .. "/trip.nnp.h5")
    local e3, f3 = m.nnp.load(folder .. "/trip.nnp.h5"):evaluate(s)
    lu.assertEquals(e3, e)
    lu.assertEquals((f3 - f):abs():max(), 0)
  end
end

function TestFiles.test_unknown_keywords_are_listed_and_training_keywords_passed_over()
  local pot = potential("unknown", "global_activation_short t t l\nkalman_epsilon 0.01\nbogus 3\n")
  lu.assertEquals(#pot.unknown, 1)
  lu.assertStrContains(pot.unknown[1], "unknown keyword 'bogus'")
  lu.assertNil(potential("known").unknown)
end

-- The message for files where one line of input.nn is replaced.
local function message(more, change)
  local path = write_potential("broken", more or "global_activation_short t t l\n")
  if change then change(path) end
  return support.message(m.nnp.read_n2p2, path)
end

local function replacing(name, old, new)
  return function(path)
    local text = m.sys.read(path .. "/" .. name)
    local at = assert(text:find(old, 1, true))
    m.sys.write_atomic(path .. "/" .. name, text:sub(1, at - 1) .. new .. text:sub(at + #old))
  end
end

function TestFiles.test_what_is_refused()
  local function check(text, ...) lu.assertStrContains(message(...), text) end
  check("'global_activation_short' expected", "")
  check("3 of the letters l t s p r g c S e h expected, got 'q'", "global_activation_short t q l\n")
  check("nnp_type '4G-HDNNP'", "global_activation_short t t l\nnnp_type 4G-HDNNP\n")
  check("stands twice", "global_activation_short t t l\nglobal_activation_short t t l\n")
  check("all or none expected", "global_activation_short t t l\nconv_energy 2\n")
  check("one of the elements H, O expected, got 'C'", nil,
    replacing("input.nn", "H 2 H", "H 2 C"))
  check("number expected, got 'x'", nil, replacing("input.nn", "0.03 0.0", "x 0.0"))
  check("type 2, 3, 9, 12, 13 or 20 to 25 expected, got '7'", nil,
    replacing("input.nn", "H 2 H", "H 7 H"))
  check("rc: 0 < rc", nil, replacing("input.nn", "0.03 0.0 7.0", "0.03 0.0 0.0"))
  check("no element is called 'Xx'", nil, replacing("input.nn", "elements O H", "elements O Xx"))
  check("that of number 1 is missing", nil, replacing("scaling.data", "1 1 ", "# "))
  check("there is no such function", nil, replacing("scaling.data", "1 1 ", "1 9 "))
  check("number expected in column 3", nil, replacing("scaling.data", "0.000000", "nan"))
  check("64 weights and biases", nil, replacing("weights.001.data", " a 7\n", " a 7\n1.0\n"))
  check("was constant in the training data", "global_activation_short t t l\nscale_symmetry_functions\n",
    replacing("scaling.data", "0.000000 3.000000", "3.000000 3.000000"))
  check("a potential with charges", nil,
    function(path) m.sys.write_atomic(path .. "/weightse.001.data", "1.0\n") end)
end

function TestFiles.test_atoms_that_a_potential_cannot_take()
  local pot, s = potential "atoms", water()
  local carbon = s:copy()
  carbon.numbers[2] = 6
  lu.assertStrContains(support.message(pot.evaluate, pot, carbon), "atom 2")
  local near = s:copy()
  near.positions[2] = near.positions[1]
  lu.assertStrContains(support.message(pot.evaluate, pot, near), "atoms")
  local nan = s:copy()
  nan.positions[{ 3, 1 }] = 0 / 0
  lu.assertStrContains(support.message(pot.evaluate, pot, nan), "atom 3")
  local alone = m.atoms.new { symbols = "O", positions = { { 0, 0, 0 } } }
  local _, f = pot:evaluate(alone)
  lu.assertEquals(f:abs():max(), 0)
end

-- ---- n2p2's own examples (GPL, so not among our files) -------------------------------------------

TestExamples = {}

local examples = (os.getenv "MATINF_EXTRA_DATA" or "../shared/data") .. "/potentials/n2p2/predict_"

local function words_of(line)
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  return words
end

-- The only structure of an example's input.data; its lengths and energies are taken as they are.
local function example_structure(path)
  local cell, positions, symbols = {}, {}, {}
  for line in require "matinf.c.atoms".read_text(path):gmatch "[^\n]+" do
    local w = words_of(line)
    if w[1] == "lattice" then cell[#cell + 1] = { tonumber(w[2]), tonumber(w[3]), tonumber(w[4]) } end
    if w[1] == "atom" then
      positions[#positions + 1] = { tonumber(w[2]), tonumber(w[3]), tonumber(w[4]) }
      symbols[#symbols + 1] = w[5]
    end
  end
  return m.atoms.new { symbols = symbols, positions = positions, cell = cell }
end

-- Column of a file of n2p2's output.
local function rows_of(path, first, last)
  local rows = {}
  for line in require "matinf.c.atoms".read_text(path):gmatch "[^\n]+" do
    local w = words_of(line)
    if w[1]:sub(1, 1) ~= "#" then
      local row = {}
      for k = first, last do row[#row + 1] = tonumber(w[k]) end
      rows[#rows + 1] = row
    end
  end
  return m.array(rows)
end

local function check_example(name)
  local path = examples .. name
  if not m.sys.exists(path) then lu.skip("no n2p2 examples: set MATINF_EXTRA_DATA") end
  local e, f = m.nnp.read_n2p2(path):evaluate(example_structure(path .. "/input.data.gz"))
  local energy = rows_of(path .. "/ref_energy.out.gz", 4, 4)[{ 1, 1 }]
  local forces = rows_of(path .. "/ref_nnforces.out.gz", 6, 8)
  lu.assertTrue(math.abs(e - energy) <= 1e-12 * math.abs(energy))
  lu.assertTrue((f - forces):abs():max() <= 1e-10)
end

function TestExamples.test_water() check_example "H2O_RPBE-D3" end
function TestExamples.test_copper_sulfide() check_example "Cu2S_PBE" end

-- ---- extrapolation ------------------------------------------------------------------------------

TestExtrapolation = {}

function TestExtrapolation.test_report_has_a_row_for_each_function()
  local pot, s = potential "range", water()
  local g, scaling = pot.descriptors:compute(s), pot.members[1].scaling
  for f = 1, 6 do -- the atoms 1 to 4 are H, 5 and 6 are O
    scaling.max[f], scaling.max[6 + f] = g[{ { 1, 4 }, f }]:max(), g[{ { 5, 6 }, f }]:max()
    scaling.min[f], scaling.min[6 + f] = g[{ { 1, 4 }, f }]:min(), g[{ { 5, 6 }, f }]:min()
  end
  pot = require "matinf.nnp.potential".new(pot)
  lu.assertEquals(pot:extrapolation(s).frames, {})
  local near = moved(s, 2, 1, -0.7)
  local report = pot:extrapolation { s, near, near }
  lu.assertEquals(report.frames, { 2, 3 })
  lu.assertEquals(#report:extract { s, near, near }, 2)
  local t = report:table()
  lu.assertTrue(#t >= 1)
  for i = 1, #t do
    local row = t:row(i)
    lu.assertEquals(row.frames, 2)
    lu.assertTrue(row.most > row.to or row.least < row.from)
  end
  lu.assertStrContains(tostring(report), "2 of 3 structures")
  local bad = near:copy()
  bad.positions[{ 2, 1 }] = 0 / 0
  local message = support.message(pot.extrapolation, pot, { s, bad })
  lu.assertStrMatches(message, "structure 2: .*atom 2: finite position expected.*")
  lu.assertStrContains(support.message(pot.extrapolation, pot, { s, 3 }), "list of structures")
  local _, _, _, _, more = pot:evaluate(near, { extrapolation = true })
  lu.assertEquals(#more.extrapolation, #t)
  lu.assertTrue(more.outside:sum() >= #t)
end

local code = lu.LuaUnit.run()
m.sys.remove_tree(folder)
os.exit(code)
