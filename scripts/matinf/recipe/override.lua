-- Overrides on the command line, in a subset of Hydra's grammar:
--
--   key.sub=VALUE    the key must be known         +key=VALUE    adds what is not yet given
--   ~key             takes what is given away      ++key=VALUE   either
--
-- The items of a list are numbered from 1: `model.peaks.1.position`, also `model.peaks[1].position`.
-- VALUE is YAML (so `elem=No` is text and `k=[1, 2]` a list). Several values at once, as in
-- `k=1,2` and `k=range(1,5,1)`, are for sweeps.

local m = require "matinf"
local e = require "matinf.error"
local tree = require "matinf.recipe.tree"
local schema = require "matinf.recipe.schema"
local split = require "matinf.recipe.commas"

local M = {}

local sweeps = { "range", "choice", "interval", "linspace", "logspace", "glob" } -- sweep/axis.lua

local function sweep_form(text)
  local called = text:match "^%s*(%a+)%s*%b()%s*$"
  for _, name in ipairs(sweeps) do
    if called == name then return name .. "(...)" end
  end
  return #split(text) > 1 and "a list of values" or nil
end

-- How `[280, 294] eV` is written as a range.
local function range_meant(text)
  local low, high, unit = text:match "^%s*%[%s*([^%s,]+)%s*,%s*([^%s,]+)%s*%]%s*(%S.-)%s*$"
  local range = low and ("%s..%s %s"):format(low, high, unit)
  return range and e.attempt(m.units.quantity, range) and (": did you mean '%s'?"):format(range) or ""
end

local function parse_value(text, place)
  local form = sweep_form(text)
  if form then
    return nil, ("%s is for `matinf sweep`; one value expected (a list is written [1, 2], "
      .. "text with a comma in quotes)"):format(form)
  end
  local loaded, err = e.attempt(function() return { m.yaml.load(text, { places = true }) } end)
  if not loaded then
    local message = err.message:gsub("did not find expected <document start>", "text behind its end")
    return nil, "value is no YAML: " .. message .. range_meant(text)
  end
  local value, places = loaded[1], loaded[2]
  local written = type(value) ~= "string" and text:match "^%s*(.-)%s*$" or nil
  return tree.from_yaml(value, places, place, written)
end

--- Parses one argument: { action =, key =, segments =, node =, place = }; the action is "set",
--- "add", "force" or "remove"; or returns nil and what is wrong with it.
function M.parse(argument)
  local sign, key, rest = argument:match "^([+~]*)([^=]*)(.*)$"
  local action = ({ [""] = "set", ["+"] = "add", ["++"] = "force", ["~"] = "remove" })[sign]
  if not action then return nil, "key=value, +key=value, ++key=value or ~key expected" end
  if action == "remove" and rest ~= "" then return nil, "~key takes no value" end
  if rest:find "^=%s*$" and key ~= "" then
    return nil, ("a value expected after '=' (%s=null: not given)"):format(key), key
  end
  if action ~= "remove" and rest == "" then
    return nil, ("%skey=value expected, for example %s=1"):format(sign, key == "" and "seed" or key)
  end
  if not key:find "^[^%s.]+$" and not key:find "^[^%s.][^%s]*[^%s.]$"
    or key:find("..", 1, true) then
    return nil, "key such as model.shape expected before '='"
  end
  local parsed = { action = action, key = key, segments = schema.segments(key),
    place = { argument = argument } }
  if action ~= "remove" then
    local node, message = parse_value(rest:sub(2), parsed.place)
    if not node then return nil, message, key end
    parsed.node = node
  end
  return parsed
end

local function nearest_key(segments, known, names)
  local near = e.nearest(segments[known + 1], names)
  if not near then
    return #names > 0 and "; valid here are " .. table.concat(names, ", ") or ""
  end
  local parts = table.move(segments, 1, known, 1, {})
  parts[#parts + 1] = near
  table.move(segments, known + 2, #segments, #parts + 1, parts)
  return (": did you mean '%s'?"):format(table.concat(parts, "."))
end

local function unknown(segments, known, names)
  if known > 0 and #names == 0 then
    return ("unknown key: '%s' has no keys of its own"):format(table.concat(segments, ".", 1,
      known))
  end
  return "unknown key" .. nearest_key(segments, known, names)
end

-- What is wrong with a segment as the number of an item up to `most`, or nil.
local function misnumbered(segment, most)
  local index = math.tointeger(tonumber(segment))
  if index >= 1 and index <= most then return nil end
  if most == 0 then return "the list has no items" end
  return ("number of an item from 1 to %d expected, got %d%s"):format(most, index,
    index < 1 and " (lists count from 1)" or "")
end

-- The node that holds the last segment and its parameter, or nil and what is wrong; groups, records
-- and maps on the way are made.
local function holder(root, parsed, record)
  local node, parameter = root, record
  for i = 1, #parsed.segments - 1 do
    local child = tree.child(node, parsed.segments[i])
    parameter = parameter:child(parsed.segments[i])
    local made = parameter.kind == "record" or parameter.kind == "map"
    if (not child or tree.is_null(child)) and made and node.kind == "map" then
      child = tree.map(parsed.place)
      tree.set(node, parsed.segments[i], child)
    end
    if not child and node.kind == "list" then
      return nil, misnumbered(parsed.segments[i], #node.items)
    end
    if not child or child.kind == "scalar" then
      return nil, ("'%s' is no map or list: give it as a whole"):format(
        table.concat(parsed.segments, ".", 1, i))
    end
    node = child
  end
  return node, parameter
end

local function merge(into, from)
  for _, name in ipairs(from.names) do
    tree.set(into, name, from.fields[name], from.places[name])
  end
end

-- A map given for a group adds to it; any other value takes the old one's place.
local function put(node, name, parsed, parameter)
  local given = tree.child(node, name)
  if parameter.group and given and given.kind == "map" and parsed.node.kind == "map" then
    return merge(given, parsed.node)
  end
  if node.kind == "map" then return tree.set(node, name, parsed.node, parsed.place) end
  local problem = misnumbered(name, #node.items + 1)
  if problem then return problem end
  node.items[math.tointeger(tonumber(name))] = parsed.node
end

local function remove(root, parsed)
  local node = root
  for i = 1, #parsed.segments - 1 do node = node and tree.child(node, parsed.segments[i]) end
  local name = parsed.segments[#parsed.segments]
  if not node or not tree.child(node, name) then
    return "is not given, there is nothing to take away"
  end
  if node.kind == "map" then
    tree.remove(node, name)
  else
    table.remove(node.items, tonumber(name))
  end
end

-- `key=` of an entry that a free map does not hold yet, and `+key=` of one that is given already.
local function check_presence(parsed, node, parameter_of_holder)
  local given = tree.child(node, parsed.segments[#parsed.segments])
  if parsed.action == "add" and given then
    return ("is given already (%s): write %s=... to change it"):format(tree.origin(given.place),
      parsed.key)
  end
  local free = parameter_of_holder and parameter_of_holder.kind == "map"
  if parsed.action == "set" and free and not given then
    local near = e.nearest(parsed.segments[#parsed.segments], node.names)
    near = near and table.concat(parsed.segments, ".", 1, #parsed.segments - 1) .. "." .. near
    local hint = near and (": did you mean '%s'?"):format(near) or ""
    return ("is not given%s (+%s=... adds it)"):format(hint, parsed.key)
  end
end

--- Applies a parsed override to the tree; returns what is wrong, or nil.
function M.apply(parsed, root, record)
  local parameter, known, names = schema.find(record, parsed.segments)
  if not parameter then return unknown(parsed.segments, known, names) end
  if parsed.action == "remove" then return remove(root, parsed) end
  local node, above = holder(root, parsed, record)
  if not node then return above end
  return check_presence(parsed, node, above) or put(node, parsed.segments[#parsed.segments],
    parsed, parameter)
end

return M
