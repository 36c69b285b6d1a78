-- Parameters: what each kind makes of a value, units, defaults, interpolation, overrides.
local lu = require "luaunit"
local m = require "matinf"
local P = require "matinf.recipe.parameter"
local tree = require "matinf.recipe.tree"
local schema = require "matinf.recipe.schema"
local override = require "matinf.recipe.override"
local interpolate = require "matinf.recipe.interpolate"

local file = "r.yaml"

local function root_of(text)
  local value, places = m.yaml.load(text, { file = file, places = true })
  return tree.from_yaml(value, places, { file = file })
end

-- The values of a YAML text under parameters, with overrides; fails on any problem.
local function read(parameters, text, ...)
  local record, root = schema.of(parameters, "recipe.lua"), root_of(text)
  local function report(_, key, message) error(key .. ": " .. message, 0) end
  for _, argument in ipairs { ... } do
    local parsed, message = override.parse(argument)
    message = message or override.apply(parsed, root, record)
    if message then report(nil, argument, message) end
  end
  P.fill(record, root)
  interpolate.resolve(root, report)
  return record:read(root, "", report), root, record
end

local function value_of(parameter, text) return read({ x = parameter }, "x: " .. text).x end

TestKinds = {}

function TestKinds.test_numbers()
  lu.assertEquals(value_of(P.integer {}, "010"), 10)
  lu.assertEquals(math.type(value_of(P.integer {}, "3.0")), "integer")
  lu.assertEquals(math.type(value_of(P.number {}, "3")), "float")
  lu.assertEquals(value_of(P.number { min = 0, max = 1 }, "1e-3"), 1e-3)
end

function TestKinds.test_text_is_what_was_written()
  lu.assertEquals(value_of(P.text {}, "010"), "010")
  lu.assertEquals(value_of(P.text {}, "true"), "true")
  lu.assertEquals(value_of(P.text {}, "'a: b'"), "a: b")
end

function TestKinds.test_symbols_are_no_booleans()
  lu.assertEquals(value_of(P.element {}, "No"), "No")
  lu.assertEquals(value_of(P.element {}, "Y"), "Y")
  lu.assertEquals(value_of(P.list { P.element {} }, "[N, Y, No]"), { "N", "Y", "No" })
end

function TestKinds.test_choices_of_text_and_numbers()
  lu.assertEquals(value_of(P.choice { "a", "b" }, "b"), "b")
  lu.assertEquals(value_of(P.choice { 1, 2 }, "2"), 2)
end

function TestKinds.test_quantities_are_converted()
  lu.assertAlmostEquals(value_of(P.quantity { unit = "nm" }, "5.5 Å"), 0.55, 1e-15)
  lu.assertEquals(value_of(P.quantity { unit = "eV" }, "284.8 eV"), 284.8)
  lu.assertEquals(value_of(P.quantity {}, "3"), 3)
  lu.assertEquals(value_of(P.range { unit = "eV" }, "281..294 eV"), { 281, 294 })
  lu.assertEquals(value_of(P.range { unit = "eV" }, "100..200 meV"), { 0.1, 0.2 })
  lu.assertEquals(value_of(P.range { unit = "Hz" }, "0.1 Hz..100 kHz"), { 0.1, 100000 })
  lu.assertEquals(value_of(P.range { unit = "eV" }, "280 eV..294 eV"), { 280, 294 })
  lu.assertAlmostEquals(value_of(P.quantity { unit = "K" }, "25 °C"), 298.15, 1e-12)
end

function TestKinds.test_peaks_have_priors()
  local peaks = value_of(P.list { P.peak {} },
    "[284.8 +- 0.3 eV, {name: C-O, position: 286.3 eV, width: 0.7..1.4 eV}]")
  lu.assertEquals(peaks[1], { position = { value = 284.8, error = 0.3 } })
  lu.assertEquals(peaks[2], { name = "C-O", position = { value = 286.3 }, width = { 0.7, 1.4 } })
end

function TestKinds.test_peaks_have_ties_and_lines()
  local peaks = value_of(P.list { P.peak {} }, [[

- {name: metal, position: 706 eV, doublet: p, splitting: 13 eV, width: 900 meV, mix: 0..0.5}
- {name: oxide, shift: {from: metal, by: 2.5 eV}, ratio: {to: metal, of: 0.5}, width: metal}
- {position: 720 eV, shape: "LA(1.2,3,10)", lines: [{shift: 1 eV, ratio: 0.5, width: 1.2}]}]])
  lu.assertEquals(peaks[1], { name = "metal", position = { value = 706 }, doublet = "p",
    splitting = 13, width = 0.9, mix = { 0, 0.5 } })
  lu.assertEquals(peaks[2], { name = "oxide", shift = { from = "metal", by = 2.5 },
    ratio = { to = "metal", of = 0.5 }, width = "metal" })
  lu.assertEquals(peaks[3].lines, { { shift = 1, ratio = 0.5, width = 1.2 } })
end

function TestKinds.test_either_takes_the_one_that_fits()
  local parameter = P.either { P.choice { "auto" }, P.integer { min = 1 }, P.list { P.integer {} } }
  lu.assertEquals(value_of(parameter, "auto"), "auto")
  lu.assertEquals(value_of(parameter, "4"), 4)
  lu.assertEquals(value_of(parameter, "[1, 2]"), { 1, 2 })
end

function TestKinds.test_maps_and_records()
  lu.assertEquals(value_of(P.map { P.integer {} }, "{Si: 1, No: 2}"), { Si = 1, No = 2 })
  lu.assertEquals(value_of(P.record { { a = P.integer { default = 2 },
    b = P.text { optional = true } } }, "{}"),
    { a = 2 })
end

function TestKinds.test_null_is_not_given()
  lu.assertEquals(read({ x = P.integer { default = 5 } }, "x: null").x, 5)
  lu.assertNil(read({ x = P.integer { optional = true } }, "x: ~").x)
end

TestValues = {}

local parameters = {
  seed = P.integer { default = 1 },
  model = { k = P.integer { default = 2 }, tolerance = P.number { optional = true },
    label = P.text { optional = true }, widths = P.map { P.number {}, optional = true },
    list = P.list { P.integer {}, optional = true } },
}

function TestValues.test_yaml_beats_defaults_and_the_command_line_yaml()
  local values, root, record = read(parameters, "model: {k: 3}", "model.k=4",
    "model.tolerance=1e-3")
  lu.assertEquals(values.model, { k = 4, tolerance = 1e-3 })
  local origin = {}
  for _, leaf in ipairs(schema.leaves(record, root)) do
    origin[leaf.key] = tree.origin(leaf.node.place)
  end
  lu.assertEquals(origin, { seed = "default", ["model.k"] = "command line",
    ["model.tolerance"] = "command line" })
  _, root, record = read(parameters, "model: {k: 3}")
  lu.assertEquals(tree.origin(schema.leaves(record, root)[2].node.place), "r.yaml:1:12")
end

function TestValues.test_override_signs()
  lu.assertEquals(read(parameters, "model: {k: 3}", "~model.k").model.k, 2)
  lu.assertEquals(read(parameters, "model: {}", "+model.widths.Si=1",
    "++model.widths.Si=2").model.widths, { Si = 2 })
  lu.assertEquals(read(parameters, "model: {k: 3}", "model={label: a}").model,
    { k = 3, label = "a" })
  lu.assertEquals(read(parameters, "model: {list: [1, 2]}", "model.list.2=5",
    "model.list.3=6").model.list, { 1, 5, 6 })
  lu.assertEquals(read(parameters, "model: {list: [1, 2]}", "~model.list.1").model.list, { 2 })
end

-- Messages write an item's number in brackets.
function TestValues.test_items_in_brackets_are_the_same()
  lu.assertEquals(read(parameters, "model: {list: [1, 2]}", "model.list[2]=5",
    "+model.list[3]=6").model.list, { 1, 5, 6 })
  local peaks = { model = { peaks = P.list { P.peak {} } } }
  lu.assertEquals(read(peaks, "model: {peaks: [{position: 284 eV}]}",
    "model.peaks[1].position=286 eV").model.peaks, { { position = { value = 286 } } })
  lu.assertEquals(read(parameters, "model: {list: [4], k: '${model.list[1]}'}").model.k, 4)
end

function TestValues.test_override_values_are_yaml()
  lu.assertEquals(read(parameters, "{}", "model.label=No").model.label, "No")
  lu.assertEquals(read(parameters, "{}", "model.label='a, b'").model.label, "a, b")
  lu.assertEquals(read(parameters, "{}", "model.label=a=b").model.label, "a=b")
end

function TestValues.test_interpolation_keeps_types_and_sees_defaults()
  lu.assertEquals(read(parameters, "model: {k: '${seed}'}").model.k, 1)
  lu.assertEquals(read(parameters, "model: {k: 3, label: 'k=${.k}, seed ${seed}'}").model.label,
    "k=3, seed 1")
  lu.assertEquals(read(parameters, "model: {k: '${..seed}'}", "seed=7").model.k, 7)
  lu.assertEquals(read(parameters, "model: {list: [1, '${.1}', '${model.k}']}").model.list,
    { 1, 1, 2 })
  lu.assertEquals(read(parameters, [[model: {label: '\${seed}'}]]).model.label, "${seed}")
  lu.assertEquals(read(parameters, "{}", "model.k=${seed}").model.k, 1)
end

function TestValues.test_a_chain_of_interpolations()
  lu.assertEquals(read(parameters,
    "{seed: '${model.k}', model: {k: '${model.list.1}', list: [9]}}").seed, 9)
end

os.exit(lu.LuaUnit.run())
