-- run(recipe, "key=value", ...) in the session: what `matinf run` does, in a process of its own
-- behind its fence. The result prints the answer; its fields are the results of the stages.

local m = require "matinf"
local e = require "matinf.error"
local folder_of = require "matinf.recipe.folder"

local Study = {}

function Study.__index(self, stage)
  local result = folder_of.read_stage(rawget(self, "folder"), stage)
  rawset(self, stage, result)
  return result
end

function Study.__tostring(self) return rawget(self, "summary") end

local errors = { [2] = "configuration", [130] = "interrupted" }

return function(recipe, ...)
  if type(recipe) ~= "string" then
    e.argument("recipe", "run", "a recipe's name, folder or file", recipe)
  end
  local result = m.sys.spawn { m.sys.program(), "run", recipe,
    stderr = m.sys.isatty(2) and "/dev/tty" or nil, ... }
  local folder = result.stdout:match "Report: ([^\n]*)/report%.html"
  if result.code ~= 0 or not folder then
    local text = result.stderr and result.stderr:match "matinf: (.-)%s*$"
    e.fail(errors[result.code] or "io", "%s", text or "the recipe has not finished: see above")
  end
  return setmetatable({ folder = folder, summary = result.stdout:gsub("%s+$", "") }, Study)
end
