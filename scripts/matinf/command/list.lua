-- `matinf list`: the recipes at hand and the questions they answer.
return {
  summary = "the recipes at hand",
  usage = "matinf list\n\nShows the recipes in ./recipes and those that came with matinf.\n",
  run = function()
    local load = require "matinf.recipe.load"
    local m = require "matinf"
    local recipes = load.available()
    local may_look = require "matinf.recipe.fenced".look_at_all()
    if #recipes == 0 then print "no recipe in ./recipes and none came with matinf" end
    for _, found in ipairs(recipes) do
      local recipe, err = nil, "not looked into: this kernel cannot fence it (no Landlock)"
      if may_look(found.folder) then recipe, err = m.try(load.recipe, found.folder) end
      print(("%-16s %s\n%-16s %s"):format(found.name, recipe and recipe.question or tostring(err),
        "", found.folder))
    end
  end,
}
