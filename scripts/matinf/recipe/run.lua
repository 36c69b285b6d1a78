-- Running a study: the stages in their order, each skipped when its result still holds.
--
-- A stage's result is a file (recipe/folder.lua), written last and at once, so that a file that is
-- there belongs to a stage that is finished. Later stages read results from these files, never from
-- memory: what they see is the same whether the run was interrupted in between or not. Field `run`
-- of a file holds what the report needs (answers, figures, tables, warnings) and `depends`, what
-- the result depends on (recipe/cache.lua).
--
-- A recipe with a loop runs the stages of the loop in rounds until its `stop` says so, each round
-- in a folder of its own.

local m = require "matinf"
local e = require "matinf.error"
local store = require "matinf.store"
local load = require "matinf.recipe.load"
local schema = require "matinf.recipe.schema"
local folder_of = require "matinf.recipe.folder"
local cache = require "matinf.recipe.cache"
local trace = require "matinf.recipe.trace"
local stage_of = require "matinf.recipe.stage"
local progress = require "matinf.recipe.progress"
local provenance = require "matinf.recipe.provenance"
local shell = require "matinf.recipe.arguments".shell

local M = { read_stage = folder_of.read_stage, make_folder = folder_of.make }

-- ---- errors of a stage --------------------------------------------------------------------------

-- The given parameter that an argument of a kernel came from.
local function parameter_behind(study, stage, argument, reads)
  local shared
  for _, leaf in ipairs(study.leaves) do
    if reads["parameter " .. leaf.key] then
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
  if err.kind == "interrupted" or err.kind == "waiting" then return err end
  local refused = (err.kind == "argument" or err.kind == "data") and err.argument
    and not err.message:find "^unknown option"
  local leaf = refused and parameter_behind(study, stage, err.argument, reads)
  if leaf then
    local data = err.file and (" in '%s'"):format(err.file) or ""
    local message = ("%s%s (stage %s)"):format(err.message, data, stage)
    return load.problem(leaf.node.place, leaf.key, message)
  end
  local where = err.recipe_where and not err.file and ", " .. err.recipe_where or ""
  err.message = ("%s (stage %s%s)"):format(err.message, stage, where)
  return err
end

-- ---- one stage ----------------------------------------------------------------------------------

local function non_empty(list) return #list > 0 and list or nil end

local function record_of(outputs, depends)
  return { answers = non_empty(outputs.answers), figures = non_empty(outputs.figures),
    tables = non_empty(outputs.tables), warnings = non_empty(outputs.warnings),
    values = non_empty(outputs.values), suggestions = non_empty(outputs.suggestions),
    depends = depends }
end

local function check_result(result, stage)
  if result == nil then result = {} end
  if type(result) ~= "table" or getmetatable(result) or result[1] ~= nil or result.run ~= nil then
    e.fail("internal", "stage '%s' must return a table of named results%s", stage,
      type(result) == "table" and result.run ~= nil and "; the name 'run' is taken" or "")
  end
  return result
end

local function results_for(self, stage)
  return stage_of.results(stage, self.finished, self.later, self.study.recipe.trace,
    function(name) return (M.read_stage(self.folder, name, self.finished[name].round)) end)
end

local function run_context(self, stage, round)
  local recipe = self.study.recipe
  return stage_of.run { stage = stage, round = round, seed = self.seed, folder = self.folder,
    results = folder_of.results(self.folder, round), log = self.log, meter = self.meter,
    call = function(f, ...) return load.call(recipe.files, f, ...) end, trace = recipe.trace,
    cache = self.cache, seeded = self.study.values.seed ~= nil, commands = recipe.commands,
    recipe_folder = recipe.folder }
end

local function run_stage(self, stage, round)
  local recipe, set = self.study.recipe, trace.copy(self.study.recipe.base)
  local run, done = run_context(self, stage, round), results_for(self, stage)
  local p = stage_of.stage_parameters(recipe.record, self.study.values, stage, recipe.trace)
  set.isa, set.round = true, round and true
  folder_of.discard(self.folder, stage, round)
  m.sys.mkdir(folder_of.results(self.folder, round))
  local content = {}
  local ok, err = load.call(recipe.files, function()
    local _ <close> = recipe.trace:enter(set)
    for name, value in pairs(check_result(recipe.stages[stage](p, done, run), stage)) do
      content[name] = value
    end
    content.run = record_of(run.outputs, self.cache:depends(set))
    store.write(folder_of.stage_file(self.folder, stage, round), content)
  end)
  if not ok then error(explain(err, self.study, stage, set), 0) end
  return content.run
end

-- ---- whether it must run ------------------------------------------------------------------------

--- Why a stage must run: a list of texts, empty when its result still holds; and its record.
local function reasons(self, stage, round)
  self.cache.round = round
  local record, problem = folder_of.record(self.folder, stage, round)
  if not record then return { problem } end
  if not cache.is_list(record.depends) then return { "its file is of another version" } end
  local texts = {}
  for i, change in ipairs(self.cache:changes(record.depends)) do
    texts[i] = cache.explain(change)
  end
  return texts, record
end

-- The stage's result is there: later stages may look at it.
local function settle(self, stage, round, record)
  self.cache.keys[stage] = cache.key(record.depends)
  self.finished[stage] = { round = round }
end

-- Keeps what run:value gave; a later round of a loop has the last word.
local function add_values(self, values)
  for _, value in ipairs(values or {}) do
    local at = #self.values + 1
    for i, other in ipairs(self.values) do
      if other.name == value.name then at = i end
    end
    self.values[at] = value
  end
end

local function in_words(stage, round)
  return round and ("%s of round %d"):format(stage, round) or stage
end

-- What kernels have warned of (it has been printed): no part of the result, since it may depend on
-- the machine.
local function log_warnings(self, name)
  for line in require "matinf.c.host".take_warnings():gmatch "[^\n]+" do
    self.log(("stage %s: warning: %s"):format(name, line), true)
  end
end

-- Runs a stage unless its result holds; the first result of a new run needs no reason.
local function do_stage(self, stage, round)
  local began, name = m.sys.time(), in_words(stage, round)
  local why, record = reasons(self, stage, round)
  local entry = { name = stage, round = round, unchanged = #why == 0 or nil }
  self.meter:start(name)
  if #why == 0 then
    self.log(("stage %s: unchanged"):format(name), true)
    self.meter:finish "unchanged"
  else
    local reason = table.concat(why, "; ")
    self.log(("stage %s: started: %s"):format(name, reason), true)
    if record then self.meter:say(("%s runs again: %s"):format(name, reason)) end
    record = run_stage(self, stage, round)
    self.meter:finish()
    log_warnings(self, name)
    entry.seconds = math.floor((m.sys.time() - began) * 1000 + 0.5) / 1000
    self.log(("stage %s: finished in %.3f s"):format(name, entry.seconds), true)
  end
  add_values(self, record.values)
  settle(self, stage, round, record)
  table.insert(self.state.stages, entry)
end

-- ---- all stages ---------------------------------------------------------------------------------

local function logger(folder, options)
  local path = folder .. "/log.txt"
  return function(text, routine)
    if routine and options.brief then return end
    local file <close> = assert(io.open(path, "a"))
    file:write(os.date "%Y-%m-%d %H:%M:%S", "  ", text, "\n")
  end
end

-- The stages before the loop, in it, and after it.
local function parts_of(recipe)
  local parts = { before = {}, loop = recipe.loop and recipe.loop.stages or {}, after = {} }
  local part = parts.before
  for _, name in ipairs(schema.of_recipe(recipe)) do
    if name == parts.loop[1] then part = parts.after end
    local in_loop = false
    for _, other in ipairs(parts.loop) do in_loop = in_loop or other == name end
    if not in_loop then part[#part + 1] = name end
  end
  return parts
end

-- Whether the loop ends after a round; asked anew each time, so what it reads need not be kept.
local function is_over(self, round)
  local recipe = self.study.recipe
  local last = recipe.loop.stages[#recipe.loop.stages]
  local p = stage_of.stage_parameters(recipe.record, self.study.values, last, recipe.trace)
  local ok, answer = load.call(recipe.files, recipe.loop.stop, results_for(self, "loop.stop"), round,
    p)
  if not ok then error(explain(answer, self.study, "loop.stop", {}), 0) end
  return answer
end

local function run_loop(self, stages)
  local round = 0
  for _, name in ipairs(stages) do self.later[name] = true end
  repeat
    round = round + 1
    for _, stage in ipairs(stages) do do_stage(self, stage, round) end
  until is_over(self, round)
  folder_of.discard_rounds(self.folder, round + 1)
end

local function run_stages(self)
  for _, stage in ipairs(self.parts.before) do do_stage(self, stage) end
  if #self.parts.loop > 0 then run_loop(self, self.parts.loop) end
  for _, stage in ipairs(self.parts.after) do do_stage(self, stage) end
end

-- Removes what belongs to stages that the recipe no longer has.
local function discard_strangers(self)
  local once = {}
  for _, list in ipairs { self.parts.before, self.parts.after } do
    for _, name in ipairs(list) do once[name] = true end
  end
  for _, name in ipairs(schema.stages) do
    if not once[name] then folder_of.discard(self.folder, name) end
  end
  if #self.parts.loop == 0 then folder_of.discard_rounds(self.folder, 1) end
end

local function write_provenance(self)
  m.sys.write_atomic(self.folder .. "/provenance.yaml",
    provenance.yaml(self.record, self.state, self.seed))
end

-- What an interrupted run tells the user to type.
local function advise(err, folder, options)
  local words = { "matinf", "run", folder, options.trust and "--trust" or nil }
  err.message = "interrupted; go on with: " .. shell(words)
end

-- Records how the run ended and writes the report of what there is; returns the error that counts.
local function conclude(self, err)
  self.state.ended = os.time()
  local kept = err and (err.kind == "interrupted" or err.kind == "waiting")
  self.state.status = not err and "finished" or kept and err.kind or "failed"
  if err then
    self.meter:abandon()
    if err.kind == "interrupted" and not self.options.brief then
      advise(err, self.folder, self.options)
    end
    self.state.error = tostring(err)
    local traceback = err.traceback and "\n" .. err.traceback or ""
    local status = err.kind == "interrupted" and "" or self.state.status .. ": " -- its message says so
    self.log(status .. tostring(err) .. traceback)
  end
  local _, failure = m.try(function()
    write_provenance(self)
    if not self.options.brief then require "matinf.recipe.report".write(self.folder) end
  end)
  return err or failure
end

-- The state of a run of a study in a folder.
local function new_run(study, folder, options)
  local stages = schema.of_recipe(study.recipe)
  return { study = study, folder = folder, options = options, parts = parts_of(study.recipe),
    finished = {}, later = {}, cache = cache.new(study, folder), seed = study.values.seed or 1,
    meter = progress.meter(not study.recipe.loop and #stages or nil, options), values = {},
    log = logger(folder, options), state = { status = "running", stages = {} } }
end

--- Runs a study (load.open) in a folder: stages whose results hold are skipped. Options: quiet; and
--- brief, for a caller who runs thousands and sees to it that each folder has one process: no lock,
--- no report, nothing in the log but what went wrong. Returns what run:value gave, a list of { name
--- =, value =, unit = }. Raises the error of the stage that failed after the folder has
--- been brought in order; raises kind "waiting" when the laboratory must fill in results.
function M.run(study, folder, options)
  folder = folder_of.make(folder, study.recipe.name)
  options = options or {}
  local _ <close> = not options.brief and folder_of.lock(folder)
  local self = new_run(study, folder, options)
  folder_of.tidy(folder)
  discard_strangers(self)
  self.record = provenance.begin(study, self.cache.inputs)
  m.sys.write_atomic(folder .. "/run.yaml", provenance.run_yaml(study))
  if not options.brief then write_provenance(self) end
  local ok, err = load.call(study.recipe.files, run_stages, self)
  local failure = conclude(self, not ok and err or nil)
  if failure then error(failure, 0) end
  return self.values
end

--- Runs a study in the folder options.out, or in a new one; returns the folder.
function M.execute(study, options)
  local folder = folder_of.make(options.out, study.recipe.name)
  M.run(study, folder, options)
  return folder
end

-- ---- what would run -----------------------------------------------------------------------------

-- A stage would run because an earlier one that it has looked at would.
local function follows(record, running)
  for _, entry in ipairs(record and record.depends or {}) do
    local earlier = cache.split(entry):match "^stage (.*)$"
    if earlier and running[earlier] then return ("%s runs before"):format(earlier) end
  end
end

local function plan_stage(self, plan, running, stage, round)
  local why = reasons(self, stage, round)
  local record = folder_of.record(self.folder, stage, round)
  local follow = follows(record, running)
  if follow then table.insert(why, follow) end
  if #why > 0 then running[stage] = true else settle(self, stage, round, record) end
  if record and #why > 0 then self.cache.keys[stage] = cache.key(record.depends) end
  table.insert(plan, { stage = stage, round = round, why = why })
end

-- Rounds whose results hold are followed to the last one; what comes after others is not known.
local function plan_loop(self, plan, running)
  local round, stop = 0, nil
  repeat
    round = round + 1
    for _, stage in ipairs(self.parts.loop) do plan_stage(self, plan, running, stage, round) end
    stop = next(running) or is_over(self, round)
  until stop
end

--- What M.run would do in a folder: a list of { stage =, round =, why = list of texts }; a stage
--- without reasons would be skipped.
function M.plan(study, folder)
  local self, plan, running = new_run(study, folder, { quiet = true }), {}, {}
  for _, stage in ipairs(self.parts.before) do plan_stage(self, plan, running, stage) end
  if #self.parts.loop > 0 then plan_loop(self, plan, running) end
  for _, stage in ipairs(self.parts.after) do plan_stage(self, plan, running, stage) end
  return plan
end

return M
