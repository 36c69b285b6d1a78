-- The schema of a recipe: its table of parameters, by stage, as one record of records.
--
-- `parameters = { seed = P.integer {}, model = { k = P.integer {} } }` becomes a P.record whose
-- plain tables are groups: records that are always there, whose fields carry the defaults.

local e = require "matinf.error"
local P = require "matinf.recipe.parameter"

local M = {}

--- The stages of a study, in the order in which they run.
M.stages = { "sample", "prepare", "describe", "model", "predict", "analyse" }

local is_stage = {}
for _, name in ipairs(M.stages) do is_stage[name] = true end

--- The names of a recipe's stages, in the order in which they run.
function M.of_recipe(recipe)
  local names = {}
  for _, name in ipairs(M.stages) do
    if recipe.stages[name] then names[#names + 1] = name end
  end
  return names
end

local function check_name(name, file)
  if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" then
    e.at(file, nil, nil, "parameters: '%s' is no name for a parameter", tostring(name))
  end
end

local function group(parameters, file, prefix)
  local fields = {}
  for name, value in pairs(parameters) do
    check_name(name, file)
    if P.is(value) then
      value.file = file
      fields[name] = value
    elseif type(value) == "table" and not getmetatable(value) then
      fields[name] = group(value, file, prefix .. name .. ".")
    else
      e.at(file, nil, nil, "parameters: '%s%s' must be a parameter such as P.number {}", prefix,
        name)
    end
  end
  local record = P.record { fields, group = true }
  record.file = file
  return record
end

local function check_groups(record, file)
  for _, name in ipairs(record.names) do
    if record.fields[name].group and not is_stage[name] then
      e.at(file, nil, nil, "parameters: '%s' is no stage%s", name,
        e.hint(name, M.stages, "; stages are " .. table.concat(M.stages, ", ")))
    end
    if is_stage[name] and not record.fields[name].group then
      e.at(file, nil, nil, "parameters: '%s' is a stage: a table of parameters is expected", name)
    end
  end
end

--- The record of a recipe's parameters; `file` is the recipe.lua that declares them.
function M.of(parameters, file)
  local record = group(parameters, file, "")
  check_groups(record, file)
  return record
end

--- The segments of a key: "model.peaks.1.name", also as messages write it, "model.peaks[1].name".
function M.segments(key)
  local segments, dotted = {}, key:gsub("%[(%d+)%]", ".%1")
  for segment in (dotted .. "."):gmatch "(.-)%." do segments[#segments + 1] = segment end
  return segments
end

--- The parameter with these segments, or nil, how many of them are known, and the valid next ones.
function M.find(record, segments)
  local parameter = record
  for i, segment in ipairs(segments) do
    local child, names = parameter:child(segment)
    if not child then return nil, i - 1, names or {} end
    parameter = child
  end
  return parameter
end

local function collect(record, node, prefix, leaves)
  for _, name in ipairs(node.names) do
    local parameter, child = record.fields[name], node.fields[name]
    if parameter and parameter.group and child.kind == "map" then
      collect(parameter, child, prefix .. name .. ".", leaves)
    elseif parameter then
      leaves[#leaves + 1] = { key = prefix .. name, parameter = parameter, node = child }
    end
  end
end

--- The given parameters as a list of { key, parameter, node }: what all stages share first, then
--- the stages in their order.
function M.leaves(record, node)
  local shared, leaves = { names = {}, fields = node.fields }, {}
  for _, name in ipairs(node.names) do
    if not is_stage[name] then shared.names[#shared.names + 1] = name end
  end
  collect(record, shared, "", leaves)
  for _, stage in ipairs(M.stages) do
    local child = node.fields[stage]
    if record.fields[stage] and child and child.kind == "map" then
      collect(record.fields[stage], child, stage .. ".", leaves)
    end
  end
  return leaves
end

local function add_files(files, node, key)
  if node.written then files[#files + 1] = { key = key, path = node.value, place = node.place } end
  for i, item in ipairs(node.items or {}) do add_files(files, item, ("%s[%d]"):format(key, i)) end
  for _, name in ipairs(node.names or {}) do
    add_files(files, node.fields[name], key .. "." .. name)
  end
end

--- The files that the leaves of a study name, be it in a list or a peak: a list of { key, path (in
--- full), place }.
function M.files(leaves)
  local files = {}
  for _, leaf in ipairs(leaves) do add_files(files, leaf.node, leaf.key) end
  return files
end

local function collect_all(record, prefix, list, wanted)
  for _, name in ipairs(record.names) do
    local parameter, key = record.fields[name], prefix .. name
    if not wanted or wanted(name) then
      if parameter.group then collect_all(parameter, key .. ".", list)
      else list[#list + 1] = { key = key, parameter = parameter } end
    end
  end
  return list
end

--- All parameters as a list of { key, parameter }, in the same order.
function M.parameters(record)
  local list = collect_all(record, "", {}, function(name) return not is_stage[name] end)
  for _, stage in ipairs(M.stages) do
    collect_all(record, "", list, function(name) return name == stage end)
  end
  return list
end

return M
