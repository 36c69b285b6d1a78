-- `matinf demo`: runs a recipe as a first look, and says what to try next.
local usage = [[
matinf demo [RECIPE]

Runs the recipe (default: xps_peaks) and shows three commands to try next.
]]

local next_steps = [[

Try next
  PROGRAM run TARGET sample.file=mine.csv
  PROGRAM new xps_peaks my_study
  PROGRAM doc spectra.fit
]]

return {
  summary = "a first look",
  usage = usage,
  run = function(arguments)
    local target = arguments[1] or "xps_peaks"
    require "matinf.command.run".run { target }
    io.write((next_steps:gsub("%u+%f[%U]", { PROGRAM = arg[0], TARGET = target })))
  end,
}
