-- What the function of a stage receives: function(p, done, run).
--
--   p     its parameters (and those all stages share); the trace is told which are read
--   done  the results of the finished stages by name
--   run   progress, random numbers, figures, tables, the answer, declared commands

local m = require "matinf"
local e = require "matinf.error"
local names_in = require "matinf.names"
local parts = require "matinf.recipe.parts"
local laboratory = require "matinf.recipe.laboratory"

local M = {}

-- ---- parameters and results ---------------------------------------------------------------------

--- A read-only view of a group's values; the trace is told of each parameter that is looked at.
--- `shared` (a list of groups above) answers names that the group itself does not have.
function M.parameters(record, values, prefix, trace, shared)
  local function look(_, name)
    local field = record.fields[name]
    if not field then
      if shared and rawget(shared.fields, name) then return shared.values(name) end
      e.raise { kind = "internal", message = ("'%s' has no parameter '%s'%s"):format(
        prefix:sub(1, -2), tostring(name), e.hint(name, record.names)) }
    end
    if field.group then return M.parameters(field, values[name], prefix .. name .. ".", trace) end
    trace:note("parameter " .. prefix .. name)
    return values[name]
  end
  local function each() -- in the order of the names
    local i = 0
    return function()
      repeat i = i + 1 until not record.names[i] or look(nil, record.names[i]) ~= nil
      if record.names[i] then return record.names[i], look(nil, record.names[i]) end
    end
  end
  return setmetatable({}, { __index = look, __pairs = each,
    __newindex = function(_, name)
      e.raise { kind = "internal",
        message = ("parameter '%s' is read-only in a stage"):format(tostring(name)) }
    end })
end

--- The parameters of a stage and, behind them, the shared ones at the top of the record.
function M.stage_parameters(record, values, stage, trace)
  local shared = { fields = {} }
  for name, field in pairs(record.fields) do
    if not field.group then shared.fields[name] = true end
  end
  function shared.values(name)
    trace:note("parameter " .. name)
    return values[name]
  end
  local group = record.fields[stage] or { fields = {}, names = {} }
  return M.parameters(group, values[stage] or {}, stage .. ".", trace, shared)
end

--- The results of finished stages (the keys of a table), loaded when first looked at. A stage of a
--- loop may ask for one that runs later in the round: `later` has these; nil in the first round.
function M.results(stage, finished, later, trace, load)
  local loaded = {}
  return setmetatable({}, { __index = function(_, name)
    if not finished[name] and not later[name] then
      e.raise { kind = "internal",
        message = ("stage '%s' asks for '%s', which is no finished stage%s"):format(
        stage, tostring(name), e.hint(name, names_in(finished))) }
    end
    trace:note("stage " .. name)
    if finished[name] and not loaded[name] then loaded[name] = load(name) end
    return loaded[name]
  end })
end

-- ---- run ----------------------------------------------------------------------------------------

local Run = {}

-- The generator is made when it is first used.
function Run.__index(self, name)
  if name == "rng" then
    self.rng = self:generator()
    return self.rng
  end
  return Run[name]
end

--- { stage, round, seed, seeded (the seed is a parameter), folder, results (where figures and
--- tables go), commands, cache, trace, log (function), meter (recipe/progress.lua), call }.
function M.run(context)
  context.outputs = { answers = {}, figures = {}, tables = {}, warnings = {}, values = {},
    suggestions = {} }
  context.place = context.stage
  context.stream = context.stage .. (context.round and " round " .. context.round or "")
  return setmetatable(context, Run)
end

--- The random numbers of one item of the stage: they depend on no other item and no order.
function Run:generator(item)
  if self.seeded then self.trace:note "parameter seed" end
  return m.random.generator { seed = self.seed, stage = self.stream, item = item }
end

--- Tells how far the stage is: fraction in 0..1 or nil, in a few words what it does, and how many
--- seconds are left (estimated when absent).
function Run:progress(fraction, what, left) self.meter:update(fraction, what, left) end

Run.step, Run.each = parts.step, parts.each

-- Figures, tables and answers are a stage's own: those of a part that is skipped would be lost.
local function check_whole(self, what)
  if self.place == self.stage then return end
  e.fail("configuration", "run:%s stands in a part (run:step or run:each): it belongs behind it, "
    .. "into the stage itself", what)
end

local function check_name(name, what, list)
  if type(name) ~= "string" or not name:find "^[%w_][%w_-]*$" then
    e.argument("name", "run:" .. what, "letters, digits, - and _", name)
  end
  for _, entry in ipairs(list) do
    if entry.name == name then
      e.fail("argument", "run:%s: there is a %s '%s' already", what, what, name)
    end
  end
end

--- Puts a figure into the report: figures/NAME.svg.
function Run:figure(name, figure, caption)
  check_whole(self, "figure")
  check_name(name, "figure", self.outputs.figures)
  m.sys.mkdir(self.results .. "/figures")
  local path = ("%s/figures/%s.svg"):format(self.results, name)
  figure:save(path)
  local drawing = not m.sys.exists(path:gsub("svg$", "gp")) or nil -- not by gnuplot: SVG alone
  table.insert(self.outputs.figures, { name = name, caption = caption, drawing = drawing })
end

--- Puts a table into the report: tables/NAME.csv.
function Run:table(name, values, caption)
  check_whole(self, "table")
  check_name(name, "table", self.outputs.tables)
  if getmetatable(values) ~= m.table.Table then
    e.argument("table", "run:table", "table.Table (m.table.new { ... })", values)
  end
  m.sys.mkdir(self.results .. "/tables")
  values:write(("%s/tables/%s.csv"):format(self.results, name))
  table.insert(self.outputs.tables, { name = name, caption = caption, table = values })
end

--- Writes a table of candidates and waits for their results: recipe/laboratory.lua.
function Run:wait_for(candidates, results)
  check_whole(self, "wait_for")
  return laboratory.wait_for(self, candidates, results)
end

--- The answer to the recipe's question, in words.
function Run:answer(text)
  check_whole(self, "answer")
  table.insert(self.outputs.answers, text)
end

--- What the reader may try next: why, and values of parameters, such as "model.shape=voigt".
function Run:suggest(text, ...)
  check_whole(self, "suggest")
  if type(text) ~= "string" then e.argument("text", "run:suggest", "text", text) end
  table.insert(self.outputs.suggestions, { text = text, values = { ... } })
end

--- A number that this run is compared by with others: a column in the table of a sweep.
function Run:value(name, number, unit)
  check_whole(self, "value")
  check_name(name, "value", self.outputs.values)
  if type(number) ~= "number" then e.argument("number", "run:value", "number", number) end
  if unit ~= nil and type(unit) ~= "string" then
    e.argument("unit", "run:value", "text such as \"eV\"", unit)
  end
  table.insert(self.outputs.values, { name = name, value = number + 0.0, unit = unit })
end

--- A warning that the reader of the report must see.
function Run:warn(format, ...)
  local text = format:format(...)
  table.insert(self.outputs.warnings, text)
  self.log(("stage %s: warning: %s"):format(self.stage, text))
end

local function last_line(text) return text:match "([^\n]+)%s*$" or "no message" end

-- Where the programs of a stage or of a part of it run: empty at first, so that a part that was
-- interrupted begins as any other does.
local function command_folder(self)
  local folder = ("%s/commands/%s"):format(self.folder, self.place)
  if self.worked ~= folder then m.sys.remove_tree(folder) end
  self.worked = folder
  m.sys.mkdir(folder)
  return folder
end

--- Runs a program that the recipe declares in `commands`, in a folder of the stage or of the step
--- below commands/; takes the options of sys.spawn. A program that fails is an error.
function Run:command(argv)
  local declared = false
  for _, name in ipairs(self.commands) do declared = declared or name == argv[1] end
  if not declared then
    e.fail("configuration", "program '%s' is not declared in the recipe's commands%s",
      tostring(argv[1]), e.hint(argv[1], self.commands))
  end
  local copy = {}
  for key, value in pairs(argv) do copy[key] = value end
  copy.folder = copy.folder or command_folder(self)
  local result = m.sys.spawn(copy)
  if result.code ~= 0 then
    e.fail("io", "program '%s' ended with %s: %s", argv[1], result.timed_out and "a time-out"
      or result.signal and "signal " .. result.signal or "code " .. result.code,
        last_line(result.stderr or ""))
  end
  return result
end

return M
