-- Lists and maps: telling them apart, and the order of a map's keys.
--
-- Loaded lists and maps bear the metatables List and Map, so that empty ones are told apart. The
-- keys of a loaded map are remembered in their order (c.order, weak).

local c = require "matinf.c.yaml"
local e = require "matinf.error"

local M = {}

-- A table without metatable is a list when its keys are 1..n, n > 0.
local function is_sequence(t)
  local n = #t
  if n == 0 then return false end
  local count = 0
  for _ in pairs(t) do count = count + 1 end
  return count == n
end

--- True for a loaded list, or another table whose keys are 1..n (n > 0).
function M.is_list(t)
  if type(t) ~= "table" then return false end
  local kind = getmetatable(t)
  return kind == c.List or kind ~= c.Map and is_sequence(t)
end

--- True for a loaded map, or another table that is no list.
function M.is_map(t)
  return type(t) == "table" and not M.is_list(t)
end

local function check_table(t, name, called)
  if type(t) ~= "table" then e.argument(name, called, "table", t) end
end

--- Marks a table as a list and returns it.
function M.list(t)
  check_table(t, "t", "yaml.list")
  return setmetatable(t, c.List)
end

--- Marks a table as a map, with its keys in an order, and returns it.
function M.map(t, keys)
  check_table(t, "t", "yaml.map")
  if keys ~= nil then check_table(keys, "keys", "yaml.map") end
  c.order[t] = keys
  return setmetatable(t, c.Map)
end

--- The keys of a map: the remembered ones in their order, then new ones sorted.
function M.keys(map)
  check_table(map, "map", "yaml.keys")
  local keys, known, new = {}, {}, {}
  for _, key in ipairs(c.order[map] or {}) do
    if map[key] ~= nil and not known[key] then
      keys[#keys + 1], known[key] = key, true
    end
  end
  for key in pairs(map) do
    if type(key) ~= "string" then e.argument("map", "yaml.keys", "map with text keys", key) end
    if not known[key] then new[#new + 1] = key end
  end
  table.sort(new)
  return table.move(new, 1, #new, #keys + 1, keys)
end

return M
