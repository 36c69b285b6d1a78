-- Values that can be stored: a tree of arrays, numbers, strings, booleans, lists and maps.
--
-- A result type is a class: `local Fit = store.class("gmm.Fit", { optional fields })` makes a
-- metatable whose instances are plain tables of storable fields. to_store(value) turns instances
-- into plain tables with a `class` field; from_store(tree) turns them back, loading the module
-- named before the dot. A class may define its own Fit.to_store(self) and Fit.from_store(tree).

local M = { classes = {} }

--- A new class: methods are its fields; instances are made with setmetatable(fields, class).
function M.class(name, class)
  class = class or {}
  class.__index = class
  class.__name = name
  M.classes[name] = class
  return class
end

function M.to_store(value)
  if type(value) ~= "table" then return value end
  local class = getmetatable(value)
  local name = class and M.classes[class.__name] == class and class.__name
  local tree = {}
  for key, field in pairs(name and class.to_store and class.to_store(value) or value) do
    tree[key] = M.to_store(field)
  end
  tree.class = name or tree.class
  return tree
end

function M.from_store(tree)
  if type(tree) ~= "table" then return tree end
  local value = {}
  for key, field in pairs(tree) do
    if key ~= "class" then value[key] = M.from_store(field) end
  end
  local name = tree.class
  if not name then return value end
  local _ = require "matinf"[name:match "^[^.]+"] -- defines the class
  local class = M.classes[name]
  if not class then require "matinf.error".fail("data", "no class is called '%s'", name) end
  if class.from_store then return class.from_store(value) end
  return setmetatable(value, class)
end

return M
