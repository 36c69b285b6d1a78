-- Loading a study: recipe.lua (the schema and the stages), recipe.yaml and overrides (the values).
--
-- A study is { recipe, file (the YAML), root (the configuration tree, complete), values (what the
-- stages see), leaves (the given parameters in order), problems (error objects, all of them) }.

local m = require "matinf"
local e = require "matinf.error"
local make_error = require "matinf.c.error".make
local tree = require "matinf.recipe.tree"
local schema = require "matinf.recipe.schema"
local override = require "matinf.recipe.override"
local interpolate = require "matinf.recipe.interpolate"
local environment = require "matinf.recipe.environment"
local shell = require "matinf.recipe.arguments".shell
local trace_of = require "matinf.recipe.trace"
local P = require "matinf.recipe.parameter"

local M = {}

-- ---- where recipes are --------------------------------------------------------------------------

local function package_folder()
  local front = package.searchpath("matinf", package.path)
  local root = front:match "^(.*)/[^/]*$" or "."
  local installed = root:match "^(.*)/share/lua/5%.4$"
  return (installed and installed .. "/share/matinf" or root) .. "/recipes"
end

--- The folders that hold recipes: ./recipes and the package's own.
function M.shelves()
  local shelves, seen = {}, {}
  for _, folder in ipairs { "recipes", package_folder() } do
    local real = m.sys.exists(folder) == "folder" and m.sys.realpath(folder)
    if real and not seen[real] then
      seen[real] = true
      shelves[#shelves + 1] = folder
    end
  end
  return shelves
end

--- True for the folder of a recipe that came with matinf.
function M.is_shipped(folder)
  local ours = m.try(m.sys.realpath, package_folder())
  return ours ~= nil and m.sys.realpath(folder):sub(1, #ours + 1) == ours .. "/"
end

--- The recipes at hand: a sorted list of { name = folder's name, folder = }.
function M.available()
  local found, seen = {}, {}
  for _, shelf in ipairs(M.shelves()) do
    for _, name in ipairs(m.sys.list(shelf)) do
      local folder = shelf .. "/" .. name
      if not seen[name] and m.sys.exists(folder .. "/recipe.lua") == "file" then
        seen[name] = true
        found[#found + 1] = { name = name, folder = folder }
      end
    end
  end
  table.sort(found, function(a, b) return a.name < b.name end)
  return found
end

--- The folder of a recipe by its name, or nil and a hint.
function M.folder_of(name)
  local names = {}
  for i, recipe in ipairs(M.available()) do
    if recipe.name == name then return recipe.folder end
    names[i] = recipe.name
  end
  return nil, e.hint(name, names, " (`matinf list` shows those at hand)")
end

--- The YAML file that a user means by a path, a folder, a run or the name of a recipe.
function M.find(target)
  local kind = m.sys.exists(target)
  if kind == "file" then
    if target:find "%.ya?ml$" then return target end
    e.fail("usage", "'%s' is no YAML file: the values of a recipe (recipe.yaml) are expected",
      target)
  elseif kind == "folder" then
    for _, name in ipairs { "recipe.yaml", "run.yaml" } do
      local path = target:gsub("/+$", "") .. "/" .. name
      if m.sys.exists(path) == "file" then return path end
    end
    if m.sys.exists(target .. "/sweep.yaml") == "file" then
      e.fail("usage", "'%s' is a sweep: `matinf sweep %s` goes on with it, and %s/points/ID is a run",
        target, shell { target }, (target:gsub("/+$", "")))
    end
    e.fail("usage", "folder '%s' has neither recipe.yaml nor run.yaml", target)
  end
  if target:find "[/.]" then e.fail("usage", "there is no file '%s'", target) end
  local folder, hint = M.folder_of(target)
  if not folder then e.fail("usage", "no recipe is called '%s'%s", target, hint) end
  return folder .. "/recipe.yaml"
end

-- ---- recipe.lua ---------------------------------------------------------------------------------

-- The line of the recipe's own code that an error came through.
local function recipe_line(files)
  for level = 3, 60 do
    local info = debug.getinfo(level, "Sl")
    if not info then return nil end
    local file = info.source:match "^@(.*)$"
    if files[file] and info.currentline > 0 then return file, info.currentline end
  end
end

-- What a Lua error of a recipe is: an internal error with the place in the recipe and a traceback.
local function internal_error(text, file, line)
  local where, traceback = file and ("%s:%d"):format(file, line), debug.traceback(text, 3)
  local module = text:match "module '([^'\n]+)' not found:"
  if module then
    text = ("module '%s' is neither beside recipe.lua nor on Lua's path"):format(module)
  end
  return make_error { kind = "internal", file = file, line = line, message = text,
    recipe_where = where, traceback = traceback }
end

local function handler(files)
  return function(err)
    local file, line = recipe_line(files)
    if e.is(err) then
      err.recipe_where = file and ("%s:%d"):format(file, line)
      return err
    end
    local text = tostring(err)
    local at, number, message = text:match "^([^\n:]+):(%d+): (.*)$"
    if at and files[at] then return internal_error(message, at, math.tointeger(number)) end
    return internal_error(text, file, line)
  end
end

-- Lua calls no handler when memory runs out.
local function with_error_object(ok, ...)
  if ok or e.is(...) then return ok, ... end
  return false, make_error { kind = "memory", message = tostring((...)) }
end

--- Calls f(...), a function of a recipe. Errors become error objects whose `recipe_where` is the
--- line of the recipe; a plain Lua error is an internal one with that place, and a traceback.
function M.call(files, f, ...)
  return with_error_object(xpcall(f, handler(files), ...))
end

-- Loads a file of a recipe. What it looks at while it is loaded is kept as its unit, and noted for
-- whoever requires it, now or later.
local function load_unit(path, name, env, trace)
  local chunk, message = loadfile(path, "t", env)
  if not chunk then error(message, 0) end
  local unit = { set = { ["code " .. name] = true } }
  local _ <close> = trace:enter(unit.set)
  unit.value = chunk(name, path)
  if unit.value == nil then unit.value = true end
  return unit
end

-- The environment of a recipe's files: `require` finds files beside recipe.lua first.
local function environment_of(folder, files, trace)
  local env, loaded = environment.new(), {}
  local require_module = env.require
  function env.require(name)
    local relative = tostring(name):gsub("%.", "/") .. ".lua"
    local path = folder .. "/" .. relative
    if m.sys.exists(path) ~= "file" then return trace:module(name, require_module(name)) end
    if loaded[path] then
      trace:add(loaded[path].set)
    else
      files[path] = true
      loaded[path] = load_unit(path, relative, env, trace)
    end
    return loaded[path].value
  end
  return env
end

local function invalid(file, format, ...)
  e.raise { kind = "configuration", file = file, message = format:format(...) }
end

-- Refuses the first name of a table (in their order) that is none of the valid ones.
local function check_names(values, valid, file, message, are)
  local known, wrong = {}, {}
  for _, name in ipairs(valid) do known[name] = true end
  for name in pairs(values) do
    if not known[name] then wrong[#wrong + 1] = tostring(name) end
  end
  table.sort(wrong)
  if wrong[1] then
    invalid(file, message, wrong[1], e.hint(wrong[1], valid, are .. table.concat(valid, ", ")))
  end
end

local function check_stages(recipe, file)
  if type(recipe.stages) ~= "table" then invalid(file, "stages: table of functions expected") end
  check_names(recipe.stages, schema.stages, file, "stages: '%s' is no stage%s", "; stages are ")
  for _, name in ipairs(schema.stages) do
    local stage = recipe.stages[name]
    if stage ~= nil and type(stage) ~= "function" then
      invalid(file, "stages: '%s' must be a function (p, done, run)", name)
    end
  end
end

-- loop = { stages = { "model", "predict" }, stop = function(done, round, p) ... end }
local function check_loop(recipe, file)
  local loop = recipe.loop
  if loop == nil then return end
  if type(loop) ~= "table" or type(loop.stages) ~= "table" or type(loop.stop) ~= "function" then
    invalid(file, "loop: { stages = { ... }, stop = function(done, round, p) ... end } expected")
  end
  check_names(loop, { "stages", "stop" }, file, "loop: unknown field '%s'%s", "; fields are ")
  local names, first = schema.of_recipe(recipe), nil
  for i, name in ipairs(names) do
    if name == loop.stages[1] then first = i end
  end
  local fits = first ~= nil
  for i, name in ipairs(loop.stages) do fits = fits and names[first + i - 1] == name end
  if fits then return end
  invalid(file, "loop: stages of the recipe that follow each other expected")
end

local fields = { "name", "question", "parameters", "stages", "loop", "commands" }

local function check_recipe(recipe, file)
  if type(recipe) ~= "table" then
    invalid(file, "a recipe returns a table (name, question, parameters, stages)")
  end
  check_names(recipe, fields, file, "unknown field '%s'%s", "; fields are ")
  for _, name in ipairs { "name", "question" } do
    if type(recipe[name]) ~= "string" then invalid(file, "%s: text expected", name) end
  end
  if not recipe.name:find "^[%w_][%w_.-]*$" then -- run folders are named after it
    invalid(file, "name: letters, digits, - and _ expected, got '%s'", recipe.name)
  end
  if type(recipe.parameters) ~= "table" then invalid(file, "parameters: table expected") end
  for _, name in ipairs(type(recipe.commands) == "table" and recipe.commands or {}) do
    if type(name) ~= "string" or name:find "/" then
      invalid(file, "commands: names of programs in PATH expected, got '%s'", tostring(name))
    end
  end
  check_stages(recipe, file)
  check_loop(recipe, file)
end

--- Loads recipe.lua of a folder: { name, question, record, stages, loop, commands, folder, file,
--- files, trace (what its code looks at), base (what it looked at while it was loaded) }.
function M.recipe(folder)
  local file = folder .. "/recipe.lua"
  local files, trace, base = { [file] = true }, trace_of.new(), { ["code recipe.lua"] = true }
  local chunk, message = loadfile(file, "t", environment_of(folder, files, trace))
  if not chunk then
    local line, text = message:match "^.-:(%d+): (.*)$"
    e.raise { kind = "configuration", file = file, line = math.tointeger(line),
      message = text or message }
  end
  local ok, recipe = M.call(files, function()
    local _ <close> = trace:enter(base)
    local declared = chunk()
    check_recipe(declared, file)
    return { name = declared.name, question = declared.question, stages = declared.stages,
      loop = declared.loop, commands = declared.commands or {},
      record = schema.of(declared.parameters, file), folder = folder, file = file, files = files,
      trace = trace, base = base }
  end)
  if ok then return recipe end
  if recipe.kind == "memory" or recipe.kind == "interrupted" then error(recipe, 0) end
  local line = recipe.recipe_where and recipe.recipe_where:match ":(%d+)$"
  e.raise { kind = "configuration", file = recipe.file or file,
    line = recipe.line or math.tointeger(line), message = recipe.message }
end

-- ---- recipe.yaml --------------------------------------------------------------------------------

-- The configuration tree of a YAML file.
local function read_yaml(file)
  local value, places = m.yaml.read(file, { places = true })
  local root = tree.from_yaml(value, places, { file = file })
  if tree.is_null(root) then return tree.map { file = file } end
  if root.kind ~= "map" then
    e.raise { kind = "configuration", file = file,
      message = "map of values expected, got " .. tree.describe(root) }
  end
  return root
end

--- The error object of a value: where it stands, its key, what is wrong with it.
function M.problem(place, key, message)
  local text = key == "" and message or key .. ": " .. message
  if place.argument then text = "command line: " .. text end
  if place.default then text = text .. " (its default in the recipe)" end
  return make_error { kind = "configuration", file = place.file, line = place.line,
    column = place.column, key = key, message = text }
end

-- The folder that the value `recipe` means when it is a path, seen from the folder of its file.
local function path_of(name, beside)
  name = name:gsub("(.)/+$", "%1")
  return name:sub(1, 1) == "/" and name or beside .. "/" .. name
end

--- The YAML file of a target (M.find), and the folders one of which is its recipe's; runs no code.
function M.places(target)
  local file = M.find(target)
  local beside, folders = file:match "^(.*)/[^/]*$" or ".", {}
  local function add(folder)
    if folder and m.sys.exists(folder .. "/recipe.lua") == "file" then
      folders[#folders + 1] = folder
    end
  end
  local named = read_yaml(file).fields.recipe
  local name = named and type(named.value) == "string" and named.value
  if name and name:find("/", 1, true) then
    add(path_of(name, beside))
  else
    add(beside)
    add(name and M.folder_of(name))
  end
  return file, folders
end

-- Takes the key `recipe` out of the tree; returns the folder of the recipe it names.
local function recipe_folder(root, file)
  local beside, named = file:match "^(.*)/[^/]*$" or ".", root.fields.recipe
  local here = m.sys.exists(beside .. "/recipe.lua") == "file"
  tree.remove(root, "recipe")
  if not named and here then return beside end
  local function wrong(format, ...)
    local place = named and named.place or { file = file }
    error(M.problem(place, "recipe", format:format(...)), 0)
  end
  if not named then wrong "is missing: name of a recipe expected" end
  local name = named.kind == "scalar" and type(named.value) == "string" and named.value
  if not name then wrong("name of a recipe expected, got %s", tree.describe(named)) end
  if name:find("/", 1, true) then
    local folder = path_of(name, beside)
    if m.sys.exists(folder .. "/recipe.lua") ~= "file" then
      wrong("there is no file '%s/recipe.lua'", folder)
    end
    return folder
  end
  if here and M.recipe(beside).name == name then return beside end
  local folder, hint = M.folder_of(name)
  if folder then return folder end
  local near = m.sys.exists(beside .. "/" .. name .. "/recipe.lua") == "file"
  wrong("no recipe is called '%s'%s", name, near and (": did you mean './%s'?"):format(name) or hint)
end

-- ---- all together -------------------------------------------------------------------------------

local function by_place(a, b)
  if (a.file or "~") ~= (b.file or "~") then return (a.file or "~") < (b.file or "~") end
  if (a.line or 0) ~= (b.line or 0) then return (a.line or 0) < (b.line or 0) end
  if (a.column or 0) ~= (b.column or 0) then return (a.column or 0) < (b.column or 0) end
  return a.message < b.message
end

local function apply_overrides(study, arguments, report)
  for _, argument in ipairs(arguments) do
    local parsed, message, key = override.parse(argument)
    if parsed then
      message, key = override.apply(parsed, study.root, study.recipe.record), parsed.key
    end
    if message then report({ argument = argument }, key or ("'%s'"):format(argument), message) end
  end
end

-- Values for a sweep are no part of a study.
local function refuse_sweep(study, report)
  local place = study.root.places.sweep
  if not place or study.recipe.record.fields.sweep then return end
  tree.remove(study.root, "sweep")
  report(place, "sweep", "unknown key: what a sweep runs through stands on the command line, as in "
    .. "matinf sweep RECIPE seed=1,2,3 (matinf sweep --help)")
end

--- Loads the study of a target (M.find) with overrides; what is wrong in it is in `problems`.
--- A file that cannot be read at all raises.
function M.study(target, arguments)
  local file = M.find(target)
  local ok, root = pcall(read_yaml, file)
  if not ok then
    if e.is(root) and root.kind == "data" then root.kind = "configuration" end
    error(root, 0)
  end
  local study = { file = file, root = root, problems = {} }
  local function report(place, key, message)
    table.insert(study.problems, M.problem(place, key, message))
  end
  study.recipe = M.recipe(recipe_folder(root, file))
  refuse_sweep(study, report)
  apply_overrides(study, arguments or {}, report)
  P.fill(study.recipe.record, root)
  interpolate.resolve(root, report)
  study.values = study.recipe.record:read(root, "", report)
  study.leaves = schema.leaves(study.recipe.record, root)
  table.sort(study.problems, by_place)
  return study
end

--- The text that shows all problems, one a line.
function M.complaint(problems)
  local lines = {}
  for i, problem in ipairs(problems) do lines[i] = tostring(problem) end
  return table.concat(lines, "\n")
end

--- Loads a study that can run; raises a configuration error that names every problem.
function M.open(target, arguments)
  local study = M.study(target, arguments)
  local problems = study.problems
  if #problems == 1 then error(problems[1], 0) end
  if #problems > 1 then
    e.raise { kind = "configuration", problems = problems,
      message = ("%d errors in the configuration\n%s"):format(#problems, M.complaint(problems)) }
  end
  return study
end

return M
