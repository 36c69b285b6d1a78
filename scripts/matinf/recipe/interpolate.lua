-- Interpolation: `${a.b}` stands for the value of another key, `${.b}` for a neighbour's.
--
-- A scalar that is nothing but `${key}` becomes a copy of that value, whatever its type; inside a
-- longer text the value's text is put in. One leading dot means the map or list that holds the
-- scalar, each further dot one level above. `\${` is a plain `${`. Nothing is evaluated, and what
-- references add is bounded, for they can double at every step.

local tree = require "matinf.recipe.tree"
local schema = require "matinf.recipe.schema"
local e = require "matinf.error"

local M = {}

local most_values = 100000 -- that references may add to a configuration
local most_text = 1 << 20  -- bytes of a text with references

-- The segments that a reference means, seen from the scalar with the given segments.
local function absolute(reference, from)
  local dots, rest = reference:match "^(%.*)(.*)$"
  if dots == "" then return schema.segments(rest) end
  if #dots > #from then return nil end
  local segments = table.move(from, 1, #from - #dots, 1, {})
  for _, segment in ipairs(schema.segments(rest)) do segments[#segments + 1] = segment end
  return segments
end

-- What is wrong with a reference whose segment i does not exist below the node.
local function missing(node, segments, i, reference)
  local near = e.nearest(segments[i], node.kind == "map" and node.names or {})
  if not near then return ("'${%s}' refers to nothing that is given"):format(reference) end
  local meant = table.move(segments, 1, #segments, 1, {})
  meant[i] = near
  return ("'${%s}' refers to nothing: did you mean '${%s}'?"):format(reference,
    table.concat(meant, "."))
end

local resolve

-- The resolved node that a reference means, or nil and what is wrong.
local function look_up(state, reference, from)
  if not reference:find "^%.*[^.%s][^%s]*$" then
    return nil, ("'${%s}': key expected"):format(reference)
  end
  local segments = absolute(reference, from)
  if not segments then
    return nil, ("'${%s}' has more dots than there are levels"):format(reference)
  end
  local node = state.root
  for i, segment in ipairs(segments) do
    local child = tree.child(node, segment)
    if not child then return nil, missing(node, segments, i, reference) end
    resolve(state, child, table.move(segments, 1, i, 1, {}), i == #segments)
    if child.failed then return nil, nil end -- told where it stands
    node = child
  end
  return node
end

local function cycle(state, node)
  local keys = {}
  for i = state.depth[node], #state.stack do keys[#keys + 1] = state.stack[i] end
  keys[#keys + 1] = keys[1]
  return "goes round in a circle: " .. table.concat(keys, " -> ")
end

-- Puts the text of each reference into a longer text.
local function splice(state, node, segments)
  local problem
  local text = node.value:gsub("\\%${", "\0"):gsub("%${(.-)}", function(reference)
    local target, message = look_up(state, reference, segments)
    if target and target.kind == "scalar" then return tree.text(target) end
    if target then
      message = ("'${%s}' is a %s: only one value fits into a text"):format(reference, target.kind)
    end
    problem = problem or message or ""
  end)
  if problem then return problem end
  if text:find("${", 1, true) then return "'${' is never closed by '}'" end
  if #text > most_text then return "is too long a text" end
  node.value, node.text = text:gsub("%z", "${"), nil
end

local function replace(state, node, reference, segments)
  local target, message = look_up(state, reference, segments)
  if not target then return message or "" end
  state.left = state.left - tree.size(target, state.left + 1)
  if state.left < 0 then return ("'${%s}' makes the configuration too large"):format(reference) end
  local copy, place = tree.copy(target), node.place
  for field in pairs(node) do node[field] = nil end
  for field, value in pairs(copy) do node[field] = value end
  node.place = place
  node.base = copy.base or copy.place -- a relative path stays where it was written
end

local function interpolate(state, node, segments)
  local whole = node.value:match "^%s*%${([^{}]*)}%s*$"
  if whole then return replace(state, node, whole, segments) end
  return splice(state, node, segments)
end

local function each_child(node, visit)
  if node.kind == "list" then
    for i, item in ipairs(node.items) do visit(item, tostring(i)) end
  elseif node.kind == "map" then
    for _, name in ipairs(node.names) do visit(node.fields[name], name) end
  end
end

-- Resolves a node, and what is below it when deep; a failed node is told once and marked.
function resolve(state, node, segments, deep)
  if node.kind == "scalar" then
    if node.failed or type(node.value) ~= "string" or not node.value:find("${", 1, true) then
      return
    end
    local key, problem = table.concat(segments, "."), nil
    if state.depth[node] then
      problem = cycle(state, node)
    else
      state.stack[#state.stack + 1] = key
      state.depth[node] = #state.stack
      problem = interpolate(state, node, segments)
      state.depth[node] = nil
      state.stack[#state.stack] = nil
    end
    if problem and not node.failed then
      node.failed = true
      if problem ~= "" then state.report(node.place, key, problem) end
    end
  elseif deep then
    each_child(node, function(child, name)
      local below = table.move(segments, 1, #segments, 1, {})
      below[#below + 1] = name
      resolve(state, child, below, true)
    end)
  end
end

--- Resolves every interpolation below `root`; report(place, key, message) hears of wrong ones.
function M.resolve(root, report)
  local state = { root = root, report = report, stack = {}, depth = {}, left = most_values }
  resolve(state, root, {}, true)
end

return M
