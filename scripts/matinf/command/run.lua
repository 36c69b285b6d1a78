-- `matinf run`: runs a recipe and shows its answer.
local usage = [[
matinf run RECIPE [key=value ...] [--out FOLDER] [--quiet] [--memory SIZE] [--cpu SECONDS] [--trust]

RECIPE is a recipe.yaml, a folder with one, the run.yaml of an earlier run (to run it anew), or the
name of a recipe at hand (matinf list). The folder of a run continues that run: stages that are
finished are skipped unless something that they depend on has changed (matinf why --help).

  key=value       another value for a parameter; the value is YAML: model.shape=voigt;
                  the items of a list count from 1: model.peaks.1='285 eV'
  +key=value      add what is not given yet, such as an entry of a map
  ++key=value     set it, given or not
  ~key            take away what the file gives: the default holds again
  ${key}          inside a value: the value of another key; ${.key}: of a neighbour
  --out FOLDER    where the run is written (default: runs/NAME-DATE-TIME); a run of the same
                  recipe that is there is continued
  --quiet         no progress, only the result
  --memory SIZE   the most memory it may use, such as 16GB (default: 3/4 of the machine's)
  --cpu SECONDS   the most processor time it may use (default: any)
  --trust         run the recipe's code with all your rights

A file named in a recipe.yaml is relative to that file; one named here, to the current folder.
Quantities carry units: 5.5 Å, 282..294 eV, 0.1 Hz..100 kHz, 284.8 +- 0.3 eV.

The code of a recipe runs behind a fence that the kernel keeps (Landlock): it reads its own folder
and the files that its parameters name, writes the run's folder, starts gnuplot and the programs
it declares in `commands`, and uses no network.

Exit code: 0 finished, 1 failed, 2 wrong usage or configuration, 3 waiting for results of the
laboratory, 130 interrupted.

  matinf run xps_peaks sample.file=mine.csv 'prepare.range=282..294 eV'
]]

return {
  summary = "run a recipe",
  usage = usage,
  run = function(arguments)
    local options = require "matinf.recipe.arguments".parse(arguments, "run", { "quiet", "trust" },
      { "out", "memory", "cpu" })
    local commit
    options.out = options.out or require "matinf.recipe.folder".of_target(options.target)
    options.out, commit = require "matinf.recipe.fenced".enter(options)
    local study = require "matinf.recipe.load".open(options.target, options.overrides)
    study.commit = commit
    local folder = require "matinf.recipe.run".execute(study, options)
    io.write(require "matinf.recipe.report".summary(folder))
  end,
}
