-- The configuration tree: YAML values that know where they came from.
--
-- A node has a kind and a place:
--   scalar  value (string, number, boolean or yaml.null), text (as written, plain scalars only)
--   list    items: nodes
--   map     names in order, fields[name]: nodes, places[name]: where the key stands
-- A file parameter's node keeps what was written beside its full path (written).
-- Interpolation adds base (where a relative path was written) and failed (told already).
-- A place is { file=, line=, column= }, { argument = "model.k=3" } or { default = true, file= }.
-- Loading, overrides, interpolation and the schema all work on this one tree, so that any of them
-- can say where a wrong value stands.

local yaml = require "matinf".yaml
local names_in = require "matinf.names"

local M = {}

local function scalar(value, text, place)
  return { kind = "scalar", value = value, text = text, place = place }
end

function M.map(place)
  return { kind = "map", names = {}, fields = {}, places = {}, place = place }
end

--- Sets a field of a map node, behind the others when it is new.
function M.set(map, name, node, key_place)
  if not map.fields[name] then map.names[#map.names + 1] = name end
  map.fields[name], map.places[name] = node, key_place or map.places[name] or node.place
end

function M.remove(map, name)
  map.fields[name], map.places[name] = nil, nil
  for i, other in ipairs(map.names) do
    if other == name then return table.remove(map.names, i) end
  end
end

local function place_of(mark, place)
  if not place.file or not mark then return place end
  return { file = place.file, line = mark.line, column = mark.column }
end

--- The node of a value that yaml.load returned with its places; `place` is the whole value's.
function M.from_yaml(value, places, place, text)
  if type(value) ~= "table" or value == yaml.null then return scalar(value, text, place) end
  local marks = places[value] or {}
  local function child(key)
    local mark = marks[key]
    return M.from_yaml(value[key], places, place_of(mark, place), mark and mark.text)
  end
  if yaml.is_list(value) then
    local list = { kind = "list", items = {}, place = place }
    for i = 1, #value do list.items[i] = child(i) end
    return list
  end
  local map = M.map(place)
  for _, name in ipairs(yaml.keys(value)) do
    local mark = marks[name]
    local key = mark and { line = mark.key_line, column = mark.key_column }
    M.set(map, name, child(name), place_of(key, place))
  end
  return map
end

--- The node of a plain Lua value (a default): a table with [1] or without any key is a list.
function M.from_lua(value, place)
  if type(value) ~= "table" then return scalar(value, nil, place) end
  if value[1] ~= nil or next(value) == nil then
    local list = { kind = "list", items = {}, place = place }
    for i, item in ipairs(value) do list.items[i] = M.from_lua(item, place) end
    return list
  end
  local map = M.map(place)
  for _, name in ipairs(names_in(value)) do M.set(map, name, M.from_lua(value[name], place)) end
  return map
end

--- A copy that shares no node, so that one value can stand in two places of the tree.
function M.copy(node)
  local copy = { kind = node.kind, value = node.value, text = node.text, place = node.place,
    base = node.base }
  if node.kind == "list" then
    copy.items = {}
    for i, item in ipairs(node.items) do copy.items[i] = M.copy(item) end
  elseif node.kind == "map" then
    copy.names, copy.fields, copy.places = {}, {}, {}
    for _, name in ipairs(node.names) do
      M.set(copy, name, M.copy(node.fields[name]), node.places[name])
    end
  end
  return copy
end

--- The number of nodes of a tree, counted up to `most`.
function M.size(node, most)
  local count, open = 0, { node }
  while #open > 0 and count < most do
    local next_node = table.remove(open)
    count = count + 1
    for _, item in ipairs(next_node.items or {}) do open[#open + 1] = item end
    for _, name in ipairs(next_node.names or {}) do open[#open + 1] = next_node.fields[name] end
  end
  return count
end

function M.is_null(node) return node.kind == "scalar" and node.value == yaml.null end

--- The child of a node by one segment of a key: a field's name or the number of an item.
function M.child(node, segment)
  if node.kind == "map" then return node.fields[segment] end
  if node.kind == "list" then return node.items[math.tointeger(tonumber(segment))] end
end

--- "file:line:column", "command line" or "default".
function M.origin(place)
  if place.default then return "default" end
  if place.argument then return "command line" end
  local text = place.file
  if place.line then text = ("%s:%d:%d"):format(text, place.line, place.column) end
  return text
end

--- The value as a plain tree that yaml.dump writes; maps keep their order.
function M.plain(node)
  if node.kind == "scalar" then return node.value end
  if node.kind == "list" then
    local list = yaml.list {}
    for i, item in ipairs(node.items) do list[i] = M.plain(item) end
    return list
  end
  local map = {}
  for _, name in ipairs(node.names) do map[name] = M.plain(node.fields[name]) end
  return yaml.map(map, table.move(node.names, 1, #node.names, 1, {}))
end

--- One line of text as YAML would have it: for reports and messages.
function M.text(node)
  if node.kind == "scalar" then
    if node.value == yaml.null then return "null" end
    return node.text or tostring(node.value)
  end
  local parts = {}
  if node.kind == "list" then
    for i, item in ipairs(node.items) do parts[i] = M.text(item) end
    return "[" .. table.concat(parts, ", ") .. "]"
  end
  for i, name in ipairs(node.names) do parts[i] = name .. ": " .. M.text(node.fields[name]) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

--- The text on one line of at most 60 characters.
function M.shorten(text)
  text = text:gsub("%c", " ")
  if utf8.len(text) and utf8.len(text) > 60 then
    return text:sub(1, utf8.offset(text, 58) - 1) .. "..."
  end
  return text
end

--- What a message says that it got: 3, "gaus", nothing, a list, a map.
function M.describe(node)
  if node.kind ~= "scalar" then return "a " .. node.kind .. " " .. M.shorten(M.text(node)) end
  if node.value == yaml.null then return "nothing" end
  if type(node.value) == "string" then return '"' .. M.shorten(node.value) .. '"' end
  return M.shorten(node.text or tostring(node.value))
end

return M
