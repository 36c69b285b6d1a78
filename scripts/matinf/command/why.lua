-- `matinf why`: what a run would do if it were continued, and why.
local usage = [[
matinf why RUN [key=value ...] [--trust]

Tells for each stage of the run in folder RUN whether `matinf run RUN [key=value ...]` would skip it
or run it, and what has changed. Nothing is run and nothing is written.

A stage depends on the values of the parameters that it reads (not on how they are written), the
content of the files they name, the code of recipe.lua and of the files that it requires (not on
comments and white space), the kernels that it uses and their level, and the results of the earlier
stages that it looks at. The number of threads does not matter.

  matinf why runs/xps_peaks-20240102-101500 model.shape=voigt
]]

local function line(entry)
  local name = entry.round and ("%s, round %d"):format(entry.stage, entry.round) or entry.stage
  local what = #entry.why == 0 and "unchanged" or "runs: " .. table.concat(entry.why, "; ")
  return ("%-18s %s"):format(name, what)
end

return {
  summary = "what a run would do, and why",
  usage = usage,
  run = function(arguments)
    local options = require "matinf.recipe.arguments".parse(arguments, "why", { "trust" }, {})
    local folder = require "matinf.recipe.folder".of_target(options.target)
    if not folder then
      require "matinf.error".fail("usage",
        "why: '%s' is no run: a folder with run.yaml expected (matinf why --help)", options.target)
    end
    require "matinf.recipe.fenced".look_at_run(options, folder)
    local study = require "matinf.recipe.load".open(options.target, options.overrides)
    local plan = require "matinf.recipe.run".plan(study, folder)
    for _, entry in ipairs(plan) do print(line(entry)) end
  end,
}
