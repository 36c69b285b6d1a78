-- Sweeps: what a point costs beside its own work, on one worker. Baseline: the bar of 3 ms a point.
local m = require "matinf"

local BAR = 3 -- ms
local points = math.tointeger(tonumber(os.getenv "MATINF_POINTS" or 10000))
local folder = m.sys.tempdir()

m.sys.mkdir(folder .. "/trivial")
m.sys.write_atomic(folder .. "/trivial/recipe.yaml", "recipe: trivial\n")
m.sys.write_atomic(folder .. "/trivial/recipe.lua", [[
local P = require "matinf.recipe.parameter"
return { name = "trivial", question = "What is x squared?",
  parameters = { model = { x = P.number { default = 1 } } },
  stages = { model = function(p, _, run) run:value("square", p.x ^ 2) end } }
]])

local function sweep()
  local began = m.sys.time()
  local result = m.sys.spawn { m.sys.program(), "sweep", folder .. "/trivial",
    ("model.x=range(%d)"):format(points), "--out", folder .. "/s", "--quiet" }
  if result.code ~= 0 then error(result.stderr) end
  return (m.sys.time() - began) * 1e3 / points
end

local first, again = sweep(), sweep()
m.sys.remove_tree(folder)
print(("sweep of %d trivial points, a point  %.2f ms  -  %.2f of the bar"):format(points, first,
  first / BAR))
print(("the same sweep again, a point        %.2f ms  -  %.2f of the bar"):format(again, again / BAR))
