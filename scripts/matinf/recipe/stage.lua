-- What the function of a stage receives: function(p, done, run).
--
--   p     its parameters (and those all stages share); records which were read
--   done  the results of the finished stages by name; records which were read
--   run   progress, random numbers, figures, tables, the answer, declared commands
--
-- The two records are what the stage depends on: `reads` and `inputs`, sets of names.

local m = require "matinf"
local e = require "matinf.error"

local M = {}

-- ---- parameters and results ---------------------------------------------------------------------

--- A read-only view of a group's values; reads[key] is set for each parameter that is looked at.
--- `shared` (a list of groups above) answers names that the group itself does not have.
function M.parameters(record, values, prefix, reads, shared)
  local function look(_, name)
    local field = record.fields[name]
    if not field then
      if shared and rawget(shared.fields, name) then return shared.values(name) end
      e.raise { kind = "internal", message = ("'%s' has no parameter '%s'%s"):format(
        prefix:sub(1, -2), tostring(name), e.hint(name, record.names)) }
    end
    if field.group then return M.parameters(field, values[name], prefix .. name .. ".", reads) end
    reads[prefix .. name] = true
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
function M.stage_parameters(record, values, stage, reads)
  local shared = { fields = {} }
  for name, field in pairs(record.fields) do
    if not field.group then shared.fields[name] = true end
  end
  function shared.values(name)
    reads[name] = true
    return values[name]
  end
  local group = record.fields[stage] or { fields = {}, names = {} }
  return M.parameters(group, values[stage] or {}, stage .. ".", reads, shared)
end

--- The results of finished stages, loaded when first looked at; inputs[name] is set for each.
function M.results(stage, finished, load, inputs)
  return setmetatable({}, { __index = function(self, name)
    for _, other in ipairs(finished) do
      if other == name then
        inputs[name] = true
        local result = load(name)
        rawset(self, name, result)
        return result
      end
    end
    e.raise { kind = "internal",
      message = ("stage '%s' asks for '%s', which is no finished stage%s"):format(
      stage, tostring(name), e.hint(name, finished)) }
  end })
end

-- ---- run ----------------------------------------------------------------------------------------

local Run = {}

-- The generator of the stage is made when it is first used.
function Run.__index(self, name)
  if name == "rng" then
    self.rng = self:generator()
    return self.rng
  end
  return Run[name]
end

--- { stage, seed, folder, commands, log (function), meter (recipe/progress.lua), call }.
function M.run(context)
  context.outputs = { answers = {}, figures = {}, tables = {}, warnings = {} }
  return setmetatable(context, Run)
end

--- The random numbers of one item of the stage: they depend on no other item and no order.
function Run:generator(item)
  return m.random.generator { seed = self.seed, stage = self.stage, item = item }
end

--- Tells how far the stage is: fraction in 0..1 or nil, and in a few words what it does.
function Run:progress(fraction, what) self.meter:update(fraction, what) end

--- A named part of the stage.
function Run:step(name, f)
  self:progress(nil, name)
  return f()
end

--- Calls f(item, index) for each item; one that fails is recorded, not fatal. Returns the results
--- by index, and the failures as a list of { index =, message = }.
function Run:each(items, f)
  local results, failures = {}, {}
  for i, item in ipairs(items) do
    local ok, result = self.call(f, item, i)
    if ok then
      results[i] = result
    elseif result.kind == "interrupted" then
      error(result, 0)
    else
      failures[#failures + 1] = { index = i, message = tostring(result) }
      self:warn("item %d failed: %s", i, tostring(result))
    end
    self:progress(i / #items, ("%d of %d"):format(i, #items))
  end
  if #items > 0 and #failures == #items then
    e.fail("numeric", "all %d items failed; the first: %s", #items, failures[1].message)
  end
  return results, failures
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
  check_name(name, "figure", self.outputs.figures)
  m.sys.mkdir(self.folder .. "/figures")
  figure:save(("%s/figures/%s.svg"):format(self.folder, name))
  table.insert(self.outputs.figures, { name = name, caption = caption })
end

--- Puts a table into the report: tables/NAME.csv.
function Run:table(name, values, caption)
  check_name(name, "table", self.outputs.tables)
  m.sys.mkdir(self.folder .. "/tables")
  values:write(("%s/tables/%s.csv"):format(self.folder, name))
  table.insert(self.outputs.tables, { name = name, caption = caption, table = values })
end

--- The answer to the recipe's question, in words.
function Run:answer(text) table.insert(self.outputs.answers, text) end

--- A warning that the reader of the report must see.
function Run:warn(format, ...)
  local text = format:format(...)
  table.insert(self.outputs.warnings, text)
  self.log(("stage %s: warning: %s"):format(self.stage, text))
end

local function last_line(text) return text:match "([^\n]+)%s*$" or "no message" end

--- Runs a program that the recipe declares in `commands`, in work/STAGE of the run folder; takes
--- the options of sys.spawn. A program that fails is an error.
function Run:command(argv)
  local declared = false
  for _, name in ipairs(self.commands) do declared = declared or name == argv[1] end
  if not declared then
    e.fail("configuration", "program '%s' is not declared in the recipe's commands%s",
      tostring(argv[1]), e.hint(argv[1], self.commands))
  end
  local copy = {}
  for key, value in pairs(argv) do copy[key] = value end
  if not copy.folder then
    copy.folder = ("%s/work/%s"):format(self.folder, self.stage)
    m.sys.mkdir(copy.folder)
  end
  local result = m.sys.spawn(copy)
  if result.code ~= 0 then
    e.fail("io", "program '%s' ended with %s: %s", argv[1], result.timed_out and "a time-out"
      or result.signal and "signal " .. result.signal or "code " .. result.code,
        last_line(result.stderr or ""))
  end
  return result
end

return M
