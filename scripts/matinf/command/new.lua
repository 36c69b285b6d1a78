-- `matinf new`: a copy of a recipe, for one's own study.
local usage = [[
matinf new RECIPE FOLDER

Copies the recipe (a name from `matinf list`, or a folder) with its values and data to FOLDER.
]]

local function copy_tree(m, from, to)
  m.sys.mkdir(to)
  for _, name in ipairs(m.sys.list(from)) do
    local source, target = from .. "/" .. name, to .. "/" .. name
    if m.sys.exists(source) == "folder" then
      copy_tree(m, source, target)
    else
      m.sys.write_atomic(target, m.sys.read(source))
    end
  end
end

return {
  summary = "start your own study from a recipe",
  usage = usage,
  run = function(arguments)
    local m, e = require "matinf", require "matinf.error"
    local load = require "matinf.recipe.load"
    local name, folder = table.unpack(arguments)
    if not folder or folder == "" or arguments[3] then
      e.fail("usage", "new: RECIPE and FOLDER expected (matinf new --help)")
    end
    folder = folder:gsub("(.)/+$", "%1")
    if m.sys.exists(folder) then e.fail("usage", "new: '%s' is there already", folder) end
    local from = load.find(name):match "^(.*)/[^/]*$" or "."
    if m.sys.exists(from .. "/recipe.lua") ~= "file" then
      e.fail("usage", "new: '%s' is no recipe", name)
    end
    copy_tree(m, from, folder)
    local path = folder:find "^%.?%.?/" and folder or "./" .. folder
    print(("%s: your copy of %s. Edit %s/recipe.yaml, then: matinf run %s"):format(folder, name,
      folder, path))
    print(("In another YAML file: recipe: %s (with ./; relative to that file)"):format(path))
  end,
}
