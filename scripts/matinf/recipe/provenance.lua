-- The record beside a run: run.yaml (every value, to run it again) and provenance.yaml (where the
-- values come from, which program on which machine, when, and how it ended).

local m = require "matinf"
local e = require "matinf.error"
local names_in = require "matinf.names"
local schema = require "matinf.recipe.schema"
local tree = require "matinf.recipe.tree"

local M = {}

local yaml = m.yaml

-- A map that is written in the order of the pairs; a pair without value is left out.
local function map(pairs_)
  local values, keys = {}, {}
  for i, pair in ipairs(pairs_) do values[pair[1]], keys[i] = pair[2], pair[1] end
  return yaml.map(values, keys)
end

local list = yaml.list

--- The text of run.yaml: the recipe's folder and every value, defaults included; absolute paths.
function M.run_yaml(study)
  local values = tree.plain(study.root)
  local all = { { "recipe", m.sys.realpath(study.recipe.folder) } }
  for _, name in ipairs(yaml.keys(values)) do all[#all + 1] = { name, values[name] } end
  return yaml.dump(map(all))
end

local function parameters(study)
  local rows = {}
  for i, leaf in ipairs(study.leaves) do
    rows[i] = map { { "key", leaf.key }, { "value", leaf.node.written or tree.text(leaf.node) },
      { "unit", leaf.parameter.unit },
      { "origin", tree.origin(leaf.node.place) }, { "help", leaf.parameter.help } }
  end
  return list(rows)
end

-- The inputs: the path as the stages see it and the hash of the content.
local function inputs(study, sums)
  local rows = {}
  for i, file in ipairs(schema.files(study.leaves)) do
    rows[i] = map { { "key", file.key }, { "file", file.path }, { "blake2b", sums[file.path] } }
  end
  return list(rows)
end

local function recipe_files(recipe)
  local rows = {}
  for i, file in ipairs(names_in(recipe.files)) do
    rows[i] = map { { "file", m.sys.realpath(file) }, { "blake2b", m.hash.file(file) } }
  end
  return list(rows)
end

-- The commit of the recipe's folder, marked when files differ from it; false without git.
local function find_commit(folder)
  local function git(...)
    local result = e.attempt(m.sys.spawn, { "git", "-C", folder, ... })
    return result and result.code == 0 and result.stdout:match "^(.-)%s*$" or nil
  end
  local head = git("rev-parse", "HEAD")
  if not head then return false end
  return git("status", "--porcelain", "--", ".") == "" and head or head .. " (changed)"
end

local commits = {} -- by folder: git is asked once in a process, which may run thousands of studies

--- The commit of the recipe's folder, marked when files differ from it; nil without git.
function M.commit(folder)
  if commits[folder] == nil then commits[folder] = find_commit(folder) end
  return commits[folder] or nil
end

-- The name of BLAS's kernel, when a kernel of this run has loaded BLAS.
local function blas_core()
  local linalg = package.loaded["matinf.c.linalg"]
  return linalg and linalg.blas_core() or nil
end

local cpu, user -- looked up once: a sweep's worker asks for every point, and the system is slow

local function machine()
  cpu, user = cpu or m.sys.cpu_name(), user or m.sys.user()
  return map { { "host", m.sys.hostname() }, { "user", user }, { "cpu", cpu },
    { "isa", m.sys.isa() }, { "threads", m.sys.threads() }, { "blas_core", blas_core() } }
end

local function stamp(time) return time and os.date("!%Y-%m-%dT%H:%M:%SZ", time) end

--- What stays the same during a run; `sums` are those of the inputs by path.
function M.begin(study, sums)
  local recipe = study.recipe
  return { began = os.time(),
    recipe = map { { "name", recipe.name }, { "question", recipe.question },
      { "folder", m.sys.realpath(recipe.folder) },
      { "commit", study.commit or M.commit(recipe.folder) },
      { "files", recipe_files(recipe) } },
    values = study.file, inputs = inputs(study, sums), parameters = parameters(study) }
end

--- The text of provenance.yaml. state: { status = "running"|"finished"|"failed"|"interrupted"|
--- "waiting", error = text, stages = { { name =, round =, seconds =, unchanged = }, ... } in the
--- order in which they run; `unchanged` ones were there already }.
function M.yaml(record, state, seed)
  local stages = {}
  for i, stage in ipairs(state.stages) do
    stages[i] = map { { "name", stage.name }, { "round", stage.round },
      { "seconds", stage.seconds }, { "unchanged", stage.unchanged } }
  end
  return yaml.dump(map { { "status", state.status }, { "error", state.error },
    { "began", stamp(record.began) }, { "ended", stamp(state.ended) },
    { "matinf", m.version }, { "lua", _VERSION }, { "seed", seed },
    { "machine", machine() }, { "recipe", record.recipe }, { "values", record.values },
    { "inputs", record.inputs }, { "stages", list(stages) }, { "parameters", record.parameters } })
end

return M
