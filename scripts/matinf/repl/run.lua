-- run(recipe, "key=value", ...) in the session: what `matinf run` does, in a process of its own
-- behind its fence. The result prints the answer; its fields are the results of the stages (of
-- those in a loop: of the last round).

local m = require "matinf"
local e = require "matinf.error"
local exit_code = require "matinf.exit_code"
local folder_of = require "matinf.recipe.folder"
local schema = require "matinf.recipe.schema"

local Study = {}

-- The last round of the loop that has finished a stage; nil for one that runs once.
local function last_round(folder, stage)
  local round
  while m.sys.exists(folder_of.stage_file(folder, stage, (round or 0) + 1)) == "file" do
    round = (round or 0) + 1
  end
  return round
end

local function finished_stages(folder)
  local names = {}
  for _, stage in ipairs(schema.stages) do
    local round = last_round(folder, stage)
    if round or m.sys.exists(folder_of.stage_file(folder, stage)) == "file" then
      names[#names + 1], names[stage] = stage, true
    end
  end
  return names
end

function Study.__index(self, name)
  local folder = rawget(self, "folder")
  local stages = finished_stages(folder)
  if not stages[name] then
    e.fail("argument", "a run has no '%s'%s; it has folder, summary and the stages %s",
      tostring(name), e.hint(name, stages), table.concat(stages, ", "))
  end
  local result = folder_of.read_stage(folder, name, last_round(folder, name))
  rawset(self, name, result)
  return result
end

function Study.__tostring(self) return rawget(self, "summary") end

return function(recipe, ...)
  if type(recipe) ~= "string" then
    e.argument("recipe", "run", "a recipe's name, folder or file", recipe)
  end
  local result = m.sys.spawn { m.sys.program(), "run", recipe,
    stderr = m.sys.isatty(2) and "/dev/tty" or nil, ... }
  local folder = result.stdout:match "Report: ([^\n]*)/report%.html"
  if result.code ~= 0 or not folder then
    local text = result.stderr and result.stderr:match "matinf: (.-)%s*$"
    e.fail(exit_code.kind(result.code), "%s", text or "the recipe has not finished: see above")
  end
  return setmetatable({ folder = folder, summary = result.stdout:gsub("%s+$", "") }, Study)
end
