-- `matinf report`: writes the report of a run again.
local usage = [[
matinf report RUN

Writes RUN/report.html again from what the run has stored; nothing is computed.
]]

return {
  summary = "write the HTML report of a run again",
  usage = usage,
  run = function(arguments)
    if #arguments ~= 1 then
      require "matinf.error".fail("usage",
        "report: the folder of a run expected (matinf report --help)")
    end
    local report, folder = require "matinf.recipe.report", arguments[1]:gsub("(.)/+$", "%1")
    report.write(folder)
    io.write(report.summary(folder))
  end,
}
