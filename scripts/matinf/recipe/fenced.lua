-- Where a recipe's code runs: in a process fenced before the first line of recipe.lua is loaded.
--
-- What the fence must let through (the inputs, the declared programs, the run folder named after
-- the recipe) only the recipe itself can say. So a process of its own, which may write nothing,
-- loads it and declares (M.declare); then this process fences itself accordingly and loads it
-- again. A default in recipe.lua names no input outside its folder: recipe.yaml and the user do.

local m = require "matinf"
local e = require "matinf.error"
local exit_code = require "matinf.exit_code"
local fence = require "matinf.fence"
local load = require "matinf.recipe.load"
local schema = require "matinf.recipe.schema"
local tree = require "matinf.recipe.tree"
local environment = require "matinf.recipe.environment"
local provenance = require "matinf.recipe.provenance"

local M = {}

local function folder_of(path) return path:match "^(.*)/[^/]*$" or "." end

-- ---- may it run at all? -------------------------------------------------------------------------

--- True when the recipes in these folders run without a fence: the user trusts them, or the kernel
--- has none and they came with matinf.
function M.is_open(folders, options)
  if options.trust then
    environment.trusted = true
    return true
  end
  if fence.available() then return false end
  for _, folder in ipairs(folders) do
    if not load.is_shipped(folder) then
      e.fail("usage", "this kernel cannot fence a recipe (it has no Landlock), and '%s' did not "
        .. "come with matinf: --trust runs it with all your rights", folder)
    end
  end
  io.stderr:write("matinf: this kernel has no Landlock: ",
    "a recipe that came with matinf runs unfenced\n")
  return true
end

-- ---- loading only -------------------------------------------------------------------------------

local function enter_to_look(file, folders)
  local list = load.shelves()
  table.move({ ".", folder_of(file) }, 1, 2, #list + 1, list) -- for "did you mean"
  fence.enter { read = { file, table.unpack(folders) }, list = list }
end

--- Fences this process to load the recipe of a target (load.find) and write nothing.
function M.look(target, options)
  local file, folders = load.places(target)
  if not M.is_open(folders, options) then enter_to_look(file, folders) end
end

--- The same in a process of its own, after git has looked at the recipe's folders behind a fence of
--- its own. Returns the commits by folder.
function M.look_apart(target)
  local file, folders = load.places(target)
  fence.enter { read = { "/" }, programs = { "git" } }
  local commits = {}
  for _, folder in ipairs(folders) do commits[folder] = provenance.commit(folder) end
  enter_to_look(file, folders)
  return commits
end

--- Fences this process to load all recipes at hand. Returns which folders may then be looked into.
function M.look_at_all()
  if not fence.available() then return load.is_shipped end
  fence.enter { read = load.shelves() }
  return function() return true end
end

-- ---- declaring ----------------------------------------------------------------------------------

local function declaration(study)
  local inputs = {}
  for _, file in ipairs(schema.files(study.leaves)) do
    if not file.place.default then inputs[#inputs + 1] = file.path end
  end
  return { name = study.recipe.name, folder = study.recipe.folder, file = study.file,
    inputs = m.yaml.list(inputs), commands = m.yaml.list(study.recipe.commands) }
end

--- In a process of its own: what the study needs.
function M.declare(target, ...)
  local commits = M.look_apart(target)
  local declared = declaration(load.open(target, { ... }))
  declared.commit = commits[declared.folder]
  return declared
end

-- What a user is told of a parameter: `value` as the YAML file gives it, else `default`.
local function describe(key, parameter, node)
  local described = { key = key, expected = parameter:expected(), help = parameter.help,
    choices = m.yaml.list(parameter.kind == "choice" and parameter.listed or {}),
    optional = parameter.optional }
  if parameter.default ~= nil then
    described.default = tree.text(tree.from_lua(parameter.default, {}))
  end
  if node and not node.place.default then described.value = node.written or tree.text(node) end
  return described
end

--- In a process of its own: { name, question, folder, parameters = list of { key, expected, help,
--- choices, optional, default, value } }.
function M.describe(target)
  M.look(target, {})
  local study, nodes, list = load.study(target), {}, {}
  for _, leaf in ipairs(study.leaves) do nodes[leaf.key] = leaf.node end
  for i, one in ipairs(schema.parameters(study.recipe.record)) do
    list[i] = describe(one.key, one.parameter, nodes[one.key])
  end
  local recipe = study.recipe
  return { name = recipe.name, question = recipe.question, folder = recipe.folder,
    parameters = m.yaml.list(list) }
end

-- The error object of what the declaring process complained about.
local function failed(result)
  local text = result.stderr:gsub("^matinf: ", ""):gsub("%s+$", "")
  e.raise { kind = exit_code.kind(result.code),
    message = text ~= "" and text or "the recipe could not be loaded" }
end

--- In a process of its own: prints what a function of a module returns, between two lines that are
--- the token (the recipe may print as well).
function M.answer(token, module, name, ...)
  local answer = require(module)[name](...)
  io.write("\n", token, "\n", m.yaml.dump(answer), token, "\n")
end

--- What a function of a module returns in a process of its own, which gets the text as its input.
function M.ask(module, name, arguments, input)
  local token = m.hash.blake2b(("%p %s %s"):format({}, m.sys.time(), os.time()))
  local result, err = m.try(m.sys.spawn, { stdin = input, m.sys.program(), "--answer", token,
    module, name, table.unpack(arguments) })
  if not result then
    if err.kind == "interrupted" then err.message = "interrupted while the recipe was read" end
    error(err, 0)
  end
  local text = result.code == 0 and result.stdout:match(token .. "\n(.-)" .. token)
  return text and m.yaml.load(text) or failed(result)
end

-- What the study of a command line needs.
local function declared_by(options)
  return M.ask("matinf.recipe.fenced", "declare",
    { options.target, table.unpack(options.overrides) })
end

--- Fences this process to look at a run's folder with its inputs and write nothing.
function M.look_at_run(options, folder)
  local _, folders = load.places(options.target)
  if M.is_open(folders, options) then return end
  local declared = declared_by(options)
  fence.enter { read = { folder, declared.file, declared.folder, table.unpack(declared.inputs) },
    list = load.shelves() }
end

-- ---- running ------------------------------------------------------------------------------------

local units = { [""] = 1, KB = 0x1p10, MB = 0x1p20, GB = 0x1p30 }
local LEAST_MEMORY = 256 << 20 -- below it our own libraries cannot be loaded

-- The limits that the options --memory and --cpu set.
local function limits_of(options)
  local number, unit = (options.memory or ""):match "^(%d+) ?(%a*)$"
  local size = units[number and unit:upper()]
  local bytes = size and math.tointeger(tonumber(number) * size)
  local seconds = options.cpu and math.tointeger(tonumber(options.cpu))
  if options.memory and not (bytes and bytes >= LEAST_MEMORY) then
    e.fail("usage", "--memory: a size such as 16GB, at least 256MB, expected, got '%s'",
      options.memory)
  end
  if options.cpu and not (seconds and seconds > 0) then
    e.fail("usage", "--cpu: a number of seconds expected, got '%s'", options.cpu)
  end
  return { memory = bytes, cpu = seconds }
end

--- Fences this process for `matinf run`. Returns the run folder, which it has made, and the commit
--- of the recipe's folder; when the recipe runs open, only the folder asked for.
function M.enter(options)
  local limits, _, folders = limits_of(options), load.places(options.target)
  fence.limit(limits)
  if M.is_open(folders, options) then return options.out end
  local declared = declared_by(options)
  local out = require "matinf.recipe.run".make_folder(options.out, declared.name)
  fence.enter { read = { declared.file, declared.folder, table.unpack(declared.inputs) },
    list = load.shelves(), write = { out }, programs = { "gnuplot" },
    commands = declared.commands, memory = limits.memory, cpu = limits.cpu }
  return out, declared.commit
end

return M
