-- `matinf cite`: how to cite a run.
local usage = [[
matinf cite RUN

Prints a methods paragraph, the sums of recipe and input files, and the BibTeX of what the run in
folder RUN used, from what it has stored. Nothing is run.
]]

return {
  summary = "a methods paragraph and BibTeX of what a run used",
  usage = usage,
  run = function(arguments)
    if #arguments ~= 1 then
      require "matinf.error".fail("usage",
        "cite: the folder of a run expected (matinf cite --help)")
    end
    io.write(require "matinf.cite".text((arguments[1]:gsub("(.)/+$", "%1"))))
  end,
}
