-- The recipe engine end to end: the run folder, repetition, failure, interruption, the report, the
-- commands. Studies: tests/data/recipes/tiny and refused.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"
local load = require "matinf.recipe.load"
local run = require "matinf.recipe.run"
local report = require "matinf.recipe.report"

local host = support.host
local in_folder, matinf, lasting = support.in_folder, support.matinf, support.lasting
local recipes = m.sys.realpath "tests/data/recipes"

local function execute(folder, recipe, name, ...)
  return run.execute(load.open(recipes .. "/" .. recipe, { ... }),
    { out = folder .. "/" .. name, quiet = true })
end

local function names(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

TestRun = {}

TestRun.test_folder = in_folder(function(folder)
  execute(folder, "tiny", "r")
  local files = names(support.files(folder .. "/r"))
  lu.assertEquals(files, { ".lock", "analyse.h5", "figures/points.dat", "figures/points.gp",
    "figures/points.svg", "log.txt",
    "model.h5", "prepare.h5", "provenance.yaml", "report.html", "run.yaml", "sample.h5",
      "tables/points.csv" })
  lu.assertAlmostEquals(run.read_stage(folder .. "/r", "model").slope, 1.98, 1e-12)
end)

TestRun.test_two_runs_are_identical = in_folder(function(folder)
  execute(folder, "tiny", "a")
  execute(folder, "tiny", "b")
  lu.assertEquals(lasting(folder .. "/a"), lasting(folder .. "/b"))
end)

TestRun.test_random_numbers_belong_to_seed_and_stage = in_folder(function(folder)
  local function slope(name, ...)
    return run.read_stage(execute(folder, "tiny", name, "model.noise=0.1", ...), "model").slope
  end
  lu.assertEquals(slope "a", slope "b")
  lu.assertNotEquals(slope("c", "seed=2"), slope "d")
end)

TestRun.test_run_yaml_runs_again = in_folder(function(folder)
  execute(folder, "tiny", "a", "model.n=7", "prepare.window=1..2 nm",
    "model.peaks=[1 eV, {position: 2 +- 1 eV}]")
  run.execute(load.open(folder .. "/a"), { out = folder .. "/b", quiet = true })
  lu.assertEquals(lasting(folder .. "/a"), lasting(folder .. "/b"))
end)

TestRun.test_stage_file_says_what_the_stage_depended_on = in_folder(function(folder)
  execute(folder, "tiny", "r")
  local _, record = run.read_stage(folder .. "/r", "model")
  local names = {}
  for i, entry in ipairs(record.depends) do names[i] = entry:match "^(.-) = " end
  lu.assertEquals(names, { "code line.lua", "code recipe.lua", "isa", "parameter model.n",
    "parameter model.noise", "stage prepare", "stage sample" })
end)

TestRun.test_provenance = in_folder(function(folder)
  execute(folder, "tiny", "r", "seed=5")
  local p = m.yaml.read(folder .. "/r/provenance.yaml")
  lu.assertEquals({ p.status, p.seed, p.matinf, p.machine.isa, p.machine.threads },
    { "finished", 5, m.version, m.sys.isa(), m.sys.threads() })
  lu.assertEquals(p.inputs[1].blake2b, m.hash.file(recipes .. "/tiny/points.txt"))
  lu.assertEquals(#p.recipe.files, 2) -- line.lua, which recipe.lua requires, counts
  lu.assertEquals(p.parameters[1].origin, "command line")
  lu.assertStrMatches(p.parameters[2].origin, ".*recipe.yaml:2:18")
end)

TestRun.test_folder_in_use_is_refused = in_folder(function(folder)
  m.sys.mkdir(folder .. "/r")
  m.sys.write_atomic(folder .. "/r/mine.txt", "mine")
  local _, err = m.try(execute, folder, "tiny", "r")
  lu.assertEquals(err.kind, "usage")
  lu.assertStrContains(err.message, "not empty")
end)

TestRun.test_failure_keeps_finished_stages = in_folder(function(folder)
  local _, err = m.try(execute, folder, "tiny", "r", "model.n=-1")
  lu.assertEquals(err.kind, "configuration")
  local r = folder .. "/r"
  lu.assertEquals({ m.sys.exists(r .. "/prepare.h5"), m.sys.exists(r .. "/model.h5") },
    { "file", nil })
  local provenance = m.yaml.read(r .. "/provenance.yaml")
  lu.assertEquals(provenance.status, "failed")
  lu.assertStrContains(provenance.error, "model.n")
  lu.assertStrContains(m.sys.read(r .. "/report.html"), "This run failed: ")
end)

TestCommands = {}

local function code_of(folder, ...) return (matinf(folder, ...)) end

TestCommands.test_exit_codes = in_folder(function(folder)
  local tiny = recipes .. "/tiny"
  lu.assertEquals(code_of(folder, "run", tiny), 0)
  lu.assertEquals(code_of(folder, "run", recipes .. "/refused", "model.kernel=bug"), 1)
  lu.assertEquals(code_of(folder, "run", tiny, "model.n=x"), 2)
  lu.assertEquals(code_of(folder, "run"), 2)
  lu.assertEquals(code_of(folder, "run", tiny, "--quite"), 2)
  lu.assertEquals(code_of(folder, "check", tiny), 0)
  lu.assertEquals(code_of(folder, "check", tiny, "model.n=x"), 2)
end)

TestCommands.test_run_says_the_answer_and_where_the_report_is = in_folder(function(folder)
  local code, out, err = matinf(folder, "run", recipes .. "/tiny", "--out", "r")
  lu.assertEquals(code, 0)
  lu.assertStrContains(out, "The slope is 1.980 per nm.")
  lu.assertStrContains(out, "Report: r/report.html\n")
  lu.assertStrMatches(err, "%[1/4%] sample  [%d.]+ s\n.*%[4/4%] analyse  [%d.]+ s\n")
  lu.assertNil(err:find "\27")
  local _, again = matinf(folder, "report", "r")
  lu.assertEquals(again, out)
end)

TestCommands.test_check_prints_every_error = in_folder(function(folder)
  local _, out = matinf(folder, "check", recipes .. "/tiny", "model.n=x", "seed=-1", "model.shpe=1")
  lu.assertEquals(out, [[
command line: model.n: integer expected, got "x"
command line: model.shpe: unknown key: did you mean 'model.shape'?
command line: seed: integer >= 0 expected, got -1
]])
end)

TestCommands.test_interrupted = in_folder(function(folder)
  local script = ([[%s run %s model.kernel=sleep --out r & p=$!
    while [ ! -f r/sample.h5 ]; do sleep 0.02; done; sleep 0.1
    kill -INT $p; wait $p; echo code $?; cat r/report.html]])
    :format(host, recipes .. "/refused")
  local result = m.sys.spawn { "bash", "-m", "-c", script, folder = folder, timeout = 60 }
  lu.assertStrContains(result.stdout, "code 130")
  lu.assertStrContains(result.stderr, "matinf: interrupted; go on with: matinf run r\n")
  lu.assertStrContains(result.stdout, "This run was interrupted; go on with: matinf run r")
  lu.assertEquals(m.yaml.read(folder .. "/r/provenance.yaml").status, "interrupted")
  lu.assertNotStrContains(m.sys.read(folder .. "/r/log.txt"), "interrupted: interrupted")
  lu.assertEquals({ m.sys.exists(folder .. "/r/sample.h5"),
    m.sys.exists(folder .. "/r/model.h5") }, { "file", nil })
end)

TestCommands.test_suggestions_are_commands = in_folder(function(folder)
  local _, text = matinf(folder, "run", recipes .. "/tiny", "--out", "r")
  local command = "matinf run r 'prepare.step=0.2 nm' model.n=4 --out r-2"
  lu.assertStrContains(text, "Try next: wider steps:\n  " .. command .. "\n")
  lu.assertStrContains(m.sys.read(folder .. "/r/report.html"), "model.n=4 --out r-2")
end)

TestCommands.test_doc_of_a_recipe = in_folder(function(folder)
  local code, text = matinf(folder, "doc", recipes .. "/tiny")
  lu.assertEquals(code, 0)
  text = text:gsub("%s+", " ")
  for _, words in ipairs { "How steep is the line", 'model.shape "linear" or "constant" (default',
    "prepare.step quantity >= 0 (unit: nm); distance of the points (",
    "sample.file file; one y a line (recipe.yaml: points.txt)", "sample.label text (optional)" } do
    lu.assertStrContains(text, words)
  end
  lu.assertStrContains(select(2, matinf(folder, "doc", "recipe")), "recipes/README.md")
  lu.assertEquals(code_of(folder, "doc", "tyni"), 2)
end)

TestCommands.test_runs_of_one_second_have_folders_of_their_own = in_folder(function(folder)
  local runs = {}
  for i = 1, 2 do
    runs[i] = m.sys.start { host, "run", recipes .. "/tiny", "--quiet", folder = folder }
  end
  for _, one in ipairs(runs) do lu.assertEquals(one:wait().code, 0) end
  lu.assertEquals(#m.sys.list(folder .. "/runs"), 2)
end)

TestCommands.test_new_copies_a_recipe_that_runs = in_folder(function(folder)
  m.sys.mkdir(folder .. "/recipes")
  lu.assertEquals(code_of(folder, "new", recipes .. "/tiny", "recipes/mine"), 0)
  lu.assertEquals(code_of(folder, "new", "mine", "study"), 0)
  lu.assertEquals(code_of(folder, "run", "study/recipe.yaml", "--out", "r"), 0)
  lu.assertEquals(code_of(folder, "new", "./study", "study/copy"), 0) -- in what is copied
  lu.assertEquals(m.sys.list(folder .. "/study/copy"), { "line.lua", "points.txt", "recipe.lua",
    "recipe.yaml" })
  lu.assertEquals(code_of(folder, "new", "mine", "study"), 2)
  local _, out = matinf(folder, "list")
  lu.assertStrContains(out, "How steep is the line through these points?")
  m.sys.write_atomic(folder .. "/other.yaml", "recipe: study\n")
  local other, _, hint = matinf(folder, "run", "other.yaml")
  lu.assertEquals(other, 2)
  lu.assertStrContains(hint, "did you mean './study'?")
  local code, _, err = matinf(folder, "run", "mime")
  lu.assertEquals(code, 2)
  lu.assertStrContains(err, "did you mean 'mine'?")
end)

TestCommands.test_a_plain_table_is_no_table_of_a_report = in_folder(function(folder)
  m.sys.mkdir(folder .. "/plain")
  m.sys.write_atomic(folder .. "/plain/recipe.yaml", "{}")
  m.sys.write_atomic(folder .. "/plain/recipe.lua", [[return { name = "plain", question = "?",
    parameters = {}, stages = { analyse = function(_, _, run) run:table("x", { mean = 1 }) end } }]])
  local code, _, err = matinf(folder, "run", "plain")
  lu.assertEquals(code, 1)
  lu.assertStrContains(err, "'run:table': table.Table (m.table.new { ... }) expected, got a table")
end)

TestCommands.test_files_are_relative_to_the_yaml_or_here = in_folder(function(folder)
  m.sys.mkdir(folder .. "/data")
  m.sys.write_atomic(folder .. "/data/p.txt", "0 1 2")
  m.sys.write_atomic(folder .. "/data/mine.yaml",
    ("recipe: %s/tiny\nsample: { file: p.txt }\n"):format(recipes))
  lu.assertEquals(code_of(folder, "run", "data/mine.yaml", "--out", "a"), 0)
  lu.assertEquals(code_of(folder, "run", "data/mine.yaml", "--out", "b", "sample.file=p.txt"), 2)
  lu.assertEquals(code_of(folder, "run", "data/mine.yaml", "--out", "b", "sample.file=data/p.txt"),
    0)
  lu.assertEquals(m.sys.read(folder .. "/a/sample.h5"), m.sys.read(folder .. "/b/sample.h5"))
end)

TestReport = {}

TestReport.test_needs_no_other_file = in_folder(function(folder)
  local html = m.sys.read(execute(folder, "tiny", "r") .. "/report.html")
  for _, word in ipairs { "<script", "<link", "src=", "@import", "url(http" } do
    lu.assertNotStrContains(html, word)
  end
  lu.assertStrContains(html, "<svg")
  lu.assertStrContains(html, "How steep is the line through these points?")
  lu.assertStrContains(html, "The slope is 1.980 per nm.")
  lu.assertStrContains(html, "recipe.yaml:3:18")
  lu.assertStrContains(html, "1 Å")
end)

TestReport.test_escapes = in_folder(function(folder)
  local nasty = [[<b onclick="x">&'</b>]]
  local html = m.sys.read(execute(folder, "tiny", "r", ("sample.label=%q"):format(nasty))
    .. "/report.html")
  lu.assertNotStrContains(html, "<b onclick")
  lu.assertStrContains(html, "&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;&lt;/b&gt;")
end)

TestReport.test_errors_stand_beside_values = in_folder(function(folder)
  local text = report.summary(execute(folder, "tiny", "r"))
  lu.assertStrContains(text, "1.000 ± 0.050")
end)

TestXpsPeaks = {}

-- The answer of the recipe to a spectrum given as a function of the energy.
local function answer_to(y)
  local work = m.sys.tempdir()
  local x = m.array.linspace(280, 295, 151)
  m.table.new { { name = "BE", unit = "eV", values = x }, { name = "counts", values = y(x) } }
    :write(work .. "/mine.csv")
  local result = m.sys.spawn { m.sys.program(), "run", "recipes/xps_peaks", "--quiet", "--out",
    work .. "/run", "sample.file=" .. work .. "/mine.csv" }
  m.sys.remove_tree(work)
  lu.assertEquals(result.stderr, "")
  return result.stdout
end

function TestXpsPeaks.test_noise_and_a_constant_show_no_state()
  local rng = m.random.generator { seed = 1 }
  local noise = answer_to(function(x) return rng:poisson(#x, { mean = 300 }) * 1.0 end)
  lu.assertStrContains(noise, "No state: no peak stands out")
  lu.assertStrContains(answer_to(function(x) return x * 0 + 500 end), "No state: no peak stands out")
end

os.exit(lu.LuaUnit.run())
