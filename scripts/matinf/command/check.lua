-- `matinf check`: every error of a configuration at once; nothing is run.
local usage = [[
matinf check RECIPE [key=value ...] [--trust]

Reads recipe and values as `matinf run` would and prints every error, one a line:
file:line:column, the key, what was expected, what stands there. Exit code 0 or 2.
The recipe's code is fenced as in `matinf run`.
]]

return {
  summary = "show every configuration error at once",
  usage = usage,
  run = function(arguments)
    local load = require "matinf.recipe.load"
    local options = require "matinf.recipe.arguments".parse(arguments, "check", { "trust" }, {})
    require "matinf.recipe.fenced".look(options.target, options)
    local study = load.study(options.target, options.overrides)
    if #study.problems > 0 then
      io.write(load.complaint(study.problems), "\n")
      return 2
    end
    print(("%s: fine; %d parameters for recipe %s"):format(study.file, #study.leaves,
      study.recipe.name))
  end,
}
