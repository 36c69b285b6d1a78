-- Override grammar: each line is an argument of `matinf check`; problems are messages, and few.
local load = require "matinf.recipe.load"

return function(text)
  local arguments = {}
  for line in text:gmatch "[^\n]+" do arguments[#arguments + 1] = line end
  local study = load.study("tests/data/recipes/tiny/recipe.yaml", arguments)
  if #study.problems > 0 then load.complaint(study.problems) end
end
