-- `matinf demo`: runs a recipe as a first look, and says what to try next.
local usage = [[
matinf demo [RECIPE]

Runs the recipe (default: xps_peaks) and shows three commands to try next.
]]

return {
  summary = "a first look",
  usage = usage,
  run = function(arguments)
    local target = arguments[1] or "xps_peaks"
    require "matinf.command.run".run { target }
    print(([[

Try next
  matinf run %s sample.file=mine.csv     your own file
  matinf new xps_peaks my_study     your own copy of the recipe
  matinf doc spectra.fit     what the fit can do]]):format(target))
  end,
}
