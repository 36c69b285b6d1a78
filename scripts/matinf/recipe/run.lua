-- Running a study: a folder with run.yaml, provenance.yaml, one HDF5 file a finished stage,
-- figures/, tables/, report.html and log.txt.
--
-- A stage's file is written last and at once (store.write), so that a file that is there belongs to
-- a stage that is finished. Later stages read results from these files, never from memory: what
-- they see is the same whether the run was interrupted in between or not. Field `run` of a file
-- holds what the report needs (answers, figures, tables, warnings) and what the stage depended on.

local m = require "matinf"
local e = require "matinf.error"
local store = require "matinf.store"
local load = require "matinf.recipe.load"
local schema = require "matinf.recipe.schema"
local stage_of = require "matinf.recipe.stage"
local progress = require "matinf.recipe.progress"
local provenance = require "matinf.recipe.provenance"

local M = {}

-- ---- the folder ---------------------------------------------------------------------------------

local function is_empty(folder) return #m.sys.list(folder) == 0 end

local function default_folder(name)
  local base = ("runs/%s-%s"):format(name, os.date "%Y%m%d-%H%M%S")
  local folder, count = base, 1
  while m.sys.exists(folder) do
    count = count + 1
    folder = ("%s-%d"):format(base, count)
  end
  return folder
end

--- Makes the folder of a run, `out` or one named after the recipe; one that exists must be empty.
function M.make_folder(out, name)
  local folder = out and out:gsub("(.)/+$", "%1") or default_folder(name)
  local kind = m.sys.exists(folder)
  if kind and kind ~= "folder" then
    e.fail("usage", "--out: '%s' is a file, folder expected", folder)
  end
  if kind and not is_empty(folder) then
    e.fail("usage", "--out: folder '%s' is not empty: choose another one or remove it", folder)
  end
  m.sys.mkdir(folder)
  return folder
end

-- ---- one stage ----------------------------------------------------------------------------------

local function stage_file(folder, stage) return ("%s/%s.h5"):format(folder, stage) end

--- The result and the record of a finished stage of a run folder.
function M.read_stage(folder, stage)
  local result = store.read(stage_file(folder, stage))
  local record = result.run
  result.run = nil
  return result, record
end

-- The given parameter that an argument of a kernel came from.
local function parameter_behind(study, stage, argument, reads)
  local shared
  for _, leaf in ipairs(study.leaves) do
    if reads[leaf.key] then
      if leaf.key == argument then shared = leaf end
      if leaf.key:sub(1, #stage + 1) == stage .. "." and leaf.key:match "[^.]+$" == argument then
        return leaf
      end
    end
  end
  return shared
end

-- An error of a stage as the user should see it: a wrong argument points at the place that the
-- value came from, any other error at the stage. (An unknown option is the recipe's mistake.)
local function explain(err, study, stage, reads)
  if err.kind == "interrupted" then return err end
  local refused = err.kind == "argument" and err.argument and not err.message:find "^unknown option"
  local leaf = refused and parameter_behind(study, stage, err.argument, reads)
  if leaf then
    local message = ("%s (stage %s)"):format(err.message, stage)
    local problem = load.problem(leaf.node.place, leaf.key, message)
    return problem
  end
  local where = err.recipe_where and not err.file and ", " .. err.recipe_where or ""
  err.message = ("%s (stage %s%s)"):format(err.message, stage, where)
  return err
end

local function sorted_keys(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function non_empty(list) return #list > 0 and list or nil end

local function record_of(run, reads, inputs)
  return { answers = non_empty(run.outputs.answers), figures = non_empty(run.outputs.figures),
    tables = non_empty(run.outputs.tables), warnings = non_empty(run.outputs.warnings),
    reads = non_empty(sorted_keys(reads)), inputs = non_empty(sorted_keys(inputs)) }
end

local function check_result(result, stage)
  if result == nil then result = {} end
  if type(result) ~= "table" or getmetatable(result) or result[1] ~= nil or result.run ~= nil then
    e.fail("internal", "stage '%s' must return a table of named results%s", stage,
      type(result) == "table" and result.run ~= nil and "; the name 'run' is taken" or "")
  end
  return result
end

local function run_stage(self, stage)
  local study, reads, inputs = self.study, {}, {}
  local function call(f, ...) return load.call(study.recipe.files, f, ...) end
  local run = stage_of.run { stage = stage, seed = self.seed, folder = self.folder, log = self.log,
    meter = self.meter, call = call, commands = study.recipe.commands }
  local p = stage_of.stage_parameters(study.recipe.record, study.values, stage, reads)
  local done = stage_of.results(stage, self.finished,
    function(name) return (M.read_stage(self.folder, name)) end,
    inputs)
  local ok, err = call(function()
    local result = check_result(study.recipe.stages[stage](p, done, run), stage)
    local content = {}
    for name, value in pairs(result) do content[name] = value end
    content.run = record_of(run, reads, inputs)
    store.write(stage_file(self.folder, stage), content)
  end)
  if not ok then error(explain(err, study, stage, reads), 0) end
end

-- ---- all stages ---------------------------------------------------------------------------------

local function logger(folder)
  local path = folder .. "/log.txt"
  return function(text)
    local file <close> = assert(io.open(path, "a"))
    file:write(os.date "%Y-%m-%d %H:%M:%S", "  ", text, "\n")
  end
end

local function stages_of(recipe)
  local names = {}
  for _, name in ipairs(schema.stages) do
    if recipe.stages[name] then names[#names + 1] = name end
  end
  return names
end

local function run_stages(self)
  for _, stage in ipairs(self.stages) do
    local began = m.sys.time()
    self.log(("stage %s: started"):format(stage))
    self.meter:start(stage)
    run_stage(self, stage)
    self.meter:finish()
    local seconds = m.sys.time() - began
    self.finished[#self.finished + 1] = stage
    table.insert(self.state.stages,
      { name = stage, seconds = math.floor(seconds * 1000 + 0.5) / 1000 })
    self.log(("stage %s: finished in %.3f s"):format(stage, seconds))
  end
end

local function write_provenance(self)
  m.sys.write_atomic(self.folder .. "/provenance.yaml",
    provenance.yaml(self.record, self.state, self.seed))
end

-- Records how the run ended and writes the report of what there is; returns the error that counts.
local function conclude(self, err)
  self.state.ended = os.time()
  self.state.status = not err and "finished" or err.kind == "interrupted" and "interrupted"
    or "failed"
  if err then
    self.meter:abandon()
    self.state.error = tostring(err)
    local traceback = err.traceback and "\n" .. err.traceback or ""
    self.log(("%s: %s%s"):format(self.state.status, tostring(err), traceback))
  end
  local _, failure = m.try(function()
    write_provenance(self)
    require "matinf.recipe.report".write(self.folder)
  end)
  return err or failure
end

--- Runs a study (load.open). Options: out (the folder), quiet. Returns the folder; raises the
--- error of the stage that failed after the folder has been brought in order.
function M.execute(study, options)
  local folder = M.make_folder(options.out, study.recipe.name)
  local stages = stages_of(study.recipe)
  local self = { study = study, folder = folder, stages = stages, finished = {},
    log = logger(folder),
    seed = study.values.seed or 1, meter = progress.meter(#stages, options),
    record = provenance.begin(study), state = { status = "running", stages = {} } }
  m.sys.write_atomic(folder .. "/run.yaml", provenance.run_yaml(study))
  write_provenance(self)
  local ok, err = load.call(study.recipe.files, run_stages, self)
  local failure = conclude(self, not ok and err or nil)
  if failure then error(failure, 0) end
  return folder
end

return M
