-- `matinf run`: runs a recipe and shows its answer.
local usage = [[
matinf run RECIPE [key=value ...] [--out FOLDER] [--quiet]

RECIPE is a recipe.yaml, a folder with one, the run.yaml of an earlier run, or the name of a
recipe at hand (matinf list).

  key=value       another value for a parameter; the value is YAML: model.shape=voigt
  +key=value      add what is not given yet, such as an entry of a map
  ++key=value     set it, given or not
  ~key            take away what the file gives: the default holds again
  ${key}          inside a value: the value of another key; ${.key}: of a neighbour
  --out FOLDER    where the run is written (default: runs/NAME-DATE-TIME)
  --quiet         no progress, only the result

A file named in a recipe.yaml is relative to that file; one named here, to the current folder.
Quantities carry units: 5.5 Å, 282..294 eV, 284.8 +- 0.3 eV.

Exit code: 0 finished, 1 failed, 2 wrong usage or configuration, 130 interrupted.

  matinf run xps_peaks sample.file=mine.csv 'prepare.range=282..294 eV'
]]

return {
  summary = "run a recipe",
  usage = usage,
  run = function(arguments)
    local options = require "matinf.recipe.arguments".parse(arguments, "run", { "quiet" },
      { "out" })
    local study = require "matinf.recipe.load".open(options.target, options.overrides)
    local folder = require "matinf.recipe.run".execute(study, options)
    io.write(require "matinf.recipe.report".summary(folder))
  end,
}
