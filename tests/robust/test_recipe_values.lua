-- Hostile values, YAML files and overrides: `check` answers with messages, never with an internal
-- error, and soon. Random mutations of good input with MATINF_SOAK=1 run longer.
local lu = require "luaunit"
local m = require "matinf"
local load = require "matinf.recipe.load"

local recipes = m.sys.realpath "tests/data/recipes"
local good = "sample: { file: points.txt }\nprepare: { step: 1 Å, window: 1..2 nm }\n"
  .. "model:\n  n: 4\n  peaks: [284.8 +- 0.3 eV, {name: C-O, position: 286 eV, width: 1..2 eV}]\n"
  .. "  weights: {Si: 1, O: 2}\n  limits: {low: 1}\n  grid: [1, 2]\n"

local folder

-- The problems of a YAML text with overrides as one text; an internal error fails the test.
local function check(text, ...)
  m.sys.write_atomic(folder .. "/recipe.yaml", text)
  local study, err = m.try(load.study, folder .. "/recipe.yaml", { ... })
  if study then return load.complaint(study.problems) end
  lu.assertEquals(err.kind, "configuration", tostring(err))
  return tostring(err)
end

TestHostile = {}

function TestHostile:setUp()
  folder = m.sys.tempdir()
  for _, name in ipairs(m.sys.list(recipes .. "/tiny")) do
    m.sys.write_atomic(folder .. "/" .. name, m.sys.read(recipes .. "/tiny/" .. name))
  end
end

function TestHostile:tearDown() m.sys.remove_tree(folder) end

function TestHostile:test_the_good_text_is_good() lu.assertEquals(check(good), "") end

local keys = { "seed", "sample", "sample.file", "sample.label", "prepare", "prepare.step",
  "prepare.window",
  "model", "model.n", "model.noise", "model.shape", "model.peaks", "model.weights", "model.limits",
  "model.limits.low", "model.grid", "model.robust" }

local values = { "null", "true", "[]", "{}", "''", "-0", "1e308", "9223372036854775807", ".inf",
  "-.inf",
  ".nan", "[[[[[[1]]]]]]", "{a: {b: {c: {d: 1}}}}", "${x}", "${", "}", "${seed}${seed}", "\\${",
    "..",
  "1..", "..1", "1..2..3 nm", "+-", "1 +- 2 +- 3 nm", "1e5000 nm", "nm nm", "((((", "1 ((((nm",
    "/", "/etc",
  "/dev/zero", "../../../../../../etc/passwd", "\\0", ("x"):rep(5000), ("["):rep(70)
    .. ("]"):rep(70),
  ("9"):rep(400), ("1."):rep(200), ("${seed}"):rep(300), "0x", "0o8", "é", "\xff\xfe", "%s%d%n",
    "%", "%%" }

-- A soft check: any answer is right as long as it is one.
function TestHostile:test_every_value_for_every_key()
  for _, key in ipairs(keys) do
    for _, value in ipairs(values) do
      for _, sign in ipairs { "", "+", "++" } do
        lu.assertIsString(check(good, sign .. key .. "=" .. value))
      end
    end
  end
end

function TestHostile:test_messages_stay_short()
  lu.assertTrue(#check(good, "model.n=" .. ("x"):rep(100000)) < 200)
  lu.assertTrue(#check(good, "model.shape=[" .. ("1, "):rep(10000) .. "1]") < 400)
end

function TestHostile:test_depth()
  lu.assertStrContains(check("model: " .. ("["):rep(200000)), "recipe.yaml")
  lu.assertStrContains(check("model: " .. ("{a: "):rep(100)), "recipe.yaml")
end

function TestHostile:test_many_references_to_one_value_end_soon()
  local lines = { "sample: { file: points.txt, label: x }", "model:", "  weights:", "    a0: 1" }
  for i = 1, 40 do
    lines[#lines + 1] = ("    a%d: ['${model.weights.a%d}', '${model.weights.a%d}']"):format(i,
      i - 1, i - 1)
  end
  local began = m.sys.cpu_time()
  lu.assertStrContains(check(table.concat(lines, "\n")), "makes the configuration too large")
  lines = { "sample: { file: points.txt }", "model:", "  weights:", "    a0: x" }
  for i = 1, 40 do
    lines[#lines + 1] = ("    a%d: '${..weights.a%d}${.a%d}'"):format(i, i - 1, i - 1)
  end
  lu.assertStrContains(check(table.concat(lines, "\n")), "is too long a text")
  lu.assertTrue(m.sys.cpu_time() - began < 5)
end

function TestHostile:test_mutations()
  local count = os.getenv "MATINF_SOAK" and 20000 or 300
  local state = 12345
  local function random(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n + 1
  end
  local bits = { "", " ", "\n", "\t", ":", "{", "}", "[", "]", "'", '"', "&a ", "*a", "${", "#",
    "-", "\0", "\xc3", "~",
    "9", "..", "!x ", "|\n", "%" }
  for _ = 1, count do
    local text = good
    for _ = 1, random(3) do
      local at = random(#text)
      text = text:sub(1, at - 1) .. bits[random(#bits)] .. text:sub(at + random(3))
    end
    lu.assertIsString(check(text))
  end
end

os.exit(lu.LuaUnit.run())
