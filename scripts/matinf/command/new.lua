-- `matinf new`: a copy of a recipe, for one's own study.
local usage = [[
matinf new RECIPE FOLDER

Copies the recipe (a name from `matinf list`, or a folder) with its values and data to FOLDER.
]]

-- What is in a folder and below, folders (with a slash behind) before what is in them.
local function contents(sys, folder, below, found)
  for _, name in ipairs(sys.list(folder .. "/" .. below)) do
    local path = below .. name
    local is_folder = sys.exists(folder .. "/" .. path) == "folder"
    found[#found + 1] = is_folder and path .. "/" or path
    if is_folder then contents(sys, folder, path .. "/", found) end
  end
  return found
end

-- All is listed before the first is written: the copy may stand in what is copied.
local function copy_tree(sys, from, to)
  local found = contents(sys, from, "", {})
  sys.mkdir(to)
  for _, path in ipairs(found) do
    local target = to .. "/" .. path
    if path:sub(-1) == "/" then sys.mkdir(target)
    else sys.write_atomic(target, sys.read(from .. "/" .. path)) end
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
    copy_tree(m.sys, from, folder)
    local path = folder:find "^%.?%.?/" and folder or "./" .. folder
    print(("%s: your copy of %s. Edit %s/recipe.yaml, then: matinf run %s"):format(folder, name,
      folder, require "matinf.recipe.arguments".shell { path }))
    print(("In another YAML file: recipe: %s (with ./; relative to that file)"):format(path))
  end,
}
