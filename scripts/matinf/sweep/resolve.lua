-- Resolving the points of a sweep, which loads the recipe: in a process of its own that is fenced
-- and writes nothing (recipe/fenced.lua). Its input and its answer are trees of YAML.

local m = require "matinf"
local e = require "matinf.error"
local load = require "matinf.recipe.load"
local schema = require "matinf.recipe.schema"
local names_in = require "matinf.names"
local tree = require "matinf.recipe.tree"
local environment = require "matinf.recipe.environment"
local fenced = require "matinf.recipe.fenced"
local provenance = require "matinf.recipe.provenance"
local sampler = require "matinf.sweep.sampler"

local M = {}

local ID_LENGTH = 16 -- hexadecimal digits: 64 bits

-- ---- a point ------------------------------------------------------------------------------------

local function id_of(study)
  return m.hash.tree { recipe = study.recipe.name, values = study.values }:sub(1, ID_LENGTH)
end

-- The value of a swept key as it stands in the table: a number, else text.
local function cell(study, key)
  local value, node = study.values, study.root
  for _, segment in ipairs(schema.segments(key)) do
    value = type(value) == "table" and value[math.tointeger(tonumber(segment)) or segment]
    node = node and tree.child(node, segment)
  end
  if type(value) == "number" then return value end
  if not node then return "" end
  return node.written or tree.text(node)
end

-- Paths of the files that a study names; those that no default names are added to `given`.
local function inputs_of(study, given)
  local paths = {}
  for i, file in ipairs(schema.files(study.leaves)) do
    paths[i] = file.path
    if not file.place.default then given[file.path] = true end
  end
  table.sort(paths)
  return paths
end

local function point_of(study, overrides, axes, given)
  local cells = {}
  for i, axis in ipairs(axes) do cells[i] = cell(study, axis.key) end
  return { id = id_of(study), overrides = m.yaml.list(overrides), cells = m.yaml.list(cells),
    inputs = m.yaml.list(inputs_of(study, given)) }
end

-- ---- all points ---------------------------------------------------------------------------------

-- Kind and unit of the swept parameters, from the recipe's schema.
local function describe(axes, record)
  for _, axis in ipairs(axes) do
    local parameter = schema.find(record, schema.segments(axis.key))
    axis.integer = parameter and parameter.kind == "integer"
    axis.parameter_unit = parameter and parameter.unit
  end
end

local function overrides_of(fixed, axes, texts)
  local overrides = table.move(fixed, 1, #fixed, 1, {})
  for i, axis in ipairs(axes) do overrides[#overrides + 1] = axis.prefix .. texts[i] end
  return overrides
end

-- Every problem of every point, each told once.
local function complain(problems)
  if #problems == 1 then error(problems[1], 0) end
  e.raise { kind = "configuration", problems = problems, message =
    ("%d errors in the configuration\n%s"):format(#problems, load.complaint(problems)) }
end

local function add_new(problems, found, known)
  for _, problem in ipairs(found) do
    local text = tostring(problem)
    if not known[text] then problems[#problems + 1] = problem end
    known[text] = true
  end
end

-- Points with the same parameters are one. The files they name are returned as well.
local function resolve(task)
  local points, problems, known, given = {}, {}, {}, {}
  for _, texts in ipairs(sampler.points(task.axes, task)) do
    local overrides = overrides_of(task.fixed, task.axes, texts)
    local study = load.study(task.target, overrides)
    add_new(problems, study.problems, known)
    if #problems == 0 then
      local point = point_of(study, overrides, task.axes, given)
      if not known[point.id] then points[#points + 1] = point end
      known[point.id] = true
    end
  end
  if #problems > 0 then complain(problems) end
  return points, names_in(given)
end

--- task: target, fixed (overrides), axes (sweep/axis.lua), sampler, n, seed. Returns { name,
--- source = folder of the recipe, commands, points, read = the files that recipe.yaml and the user
--- name, units = of the swept parameters, commit }.
function M.plan(task)
  local recipe = load.study(task.target, task.fixed).recipe
  describe(task.axes, recipe.record)
  local units = {}
  for i, axis in ipairs(task.axes) do units[i] = axis.parameter_unit or "" end
  local points, read = resolve(task)
  return { name = recipe.name, source = recipe.folder, commands = m.yaml.list(recipe.commands),
    units = m.yaml.list(units), points = m.yaml.list(points), read = m.yaml.list(read) }
end

--- The process: fences itself, then answers.
function M.answer()
  local task = m.yaml.load(io.read "a")
  local commits = {}
  if task.open then
    environment.trusted = task.trust
  else
    commits = fenced.look_apart(task.target)
  end
  local plan = M.plan(task)
  plan.commit = commits[plan.source] or task.open and provenance.commit(plan.source) or nil
  return plan
end

return M
