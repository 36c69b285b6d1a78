-- The plan of a sweep: its points, checked before anything runs, and the folder they live in.
--
-- A plan is { recipe = name, target = YAML, source = folder of the recipe, commands, commit,
-- read = files that the fence lets through, folder, swept = { { key =, unit = } ... },
-- points = { { id, token, overrides, cells, inputs } ... } }. A point's id is the hash of its
-- resolved parameters, so adding a point changes no other; its token is the hash of what else it
-- depends on (the recipe's code, the content of its inputs). cells are the values of the swept
-- parameters, for the table. The plan is kept as FOLDER/plans/HASH.yaml: that file is all that a
-- worker, a Slurm task or another machine needs. FOLDER/sweep.yaml is the command that the user
-- gave last: `matinf sweep FOLDER` repeats it.

local m = require "matinf"
local e = require "matinf.error"
local load = require "matinf.recipe.load"
local fenced = require "matinf.recipe.fenced"
local axis = require "matinf.sweep.axis"

local M = {}

local HASH_LENGTH = 16 -- hexadecimal digits: 64 bits

local function short_hash(tree) return m.hash.tree(tree):sub(1, HASH_LENGTH) end

-- ---- tokens -------------------------------------------------------------------------------------

-- The Lua files in a folder and below, not behind links to folders: these may lead anywhere, also in
-- a circle. A link that leads nowhere is no file (an editor's mark beside recipe.lua).
local function lua_files(folder, found)
  for _, name in ipairs(m.sys.list(folder)) do
    local path = folder .. "/" .. name
    local kind = m.sys.exists(path)
    if kind == "file" and name:find "%.lua$" then
      found[#found + 1] = path
    elseif kind == "folder" and m.sys.realpath(path) == path then
      lua_files(path, found)
    end
  end
  return found
end

-- Gives every point its token; each file is read once.
local function add_tokens(plan)
  local hashes, code = {}, { m.version }
  local function hash_of(path)
    hashes[path] = hashes[path] or m.hash.file(path)
    return hashes[path]
  end
  for _, path in ipairs(lua_files(m.sys.realpath(plan.source), {})) do
    code[#code + 1] = hash_of(path)
  end
  for _, point in ipairs(plan.points) do
    local parts = table.move(code, 1, #code, 1, {})
    for _, path in ipairs(point.inputs) do parts[#parts + 1] = hash_of(path) end
    point.token = short_hash(parts)
  end
end

-- ---- making -------------------------------------------------------------------------------------

-- An argument key=PATTERN as it must be written for each of the files.
local function with_glob(arguments)
  for _, argument in ipairs(arguments) do
    local key, pattern = argument:match "^([^=]+)=([^%[{].*[*?].*)$"
    if key then return ("'%s=glob(%s)'"):format(key, pattern) end
  end
end

local function split_arguments(arguments)
  local fixed, axes, seen = {}, {}, {}
  for _, argument in ipairs(arguments) do
    local swept = axis.parse(argument)
    if not swept then
      fixed[#fixed + 1] = argument
    elseif seen[swept.key] then
      e.fail("usage", "%s is swept twice", swept.key)
    else
      seen[swept.key] = true
      axes[#axes + 1] = swept
    end
  end
  if #axes == 0 then
    e.fail("usage", "sweep: a parameter with several values expected, such as %s "
      .. "(matinf sweep --help)", with_glob(fixed) or "seed=1,2,3")
  end
  return fixed, axes
end

-- The folder when the user names none: the same for the same recipe, fixed values and swept keys,
-- so that more values continue the sweep.
local function default_folder(name, target, fixed, swept)
  local keys = {}
  for i, one in ipairs(swept) do keys[i] = one.key end
  table.sort(keys)
  return ("sweeps/%s-%s"):format(name, m.hash.tree { target, fixed, keys }:sub(1, 8))
end

-- The plan as the fenced process makes it (sweep/resolve.lua).
local function ask(target, fixed, axes, options)
  local lists = {}
  for i, one in ipairs(axes) do
    lists[i] = one
    if one.values then one.values = m.yaml.list(one.values) end
  end
  local _, folders = load.places(target)
  return fenced.ask("matinf.sweep.resolve", "answer", {}, m.yaml.dump { target = target,
    fixed = m.yaml.list(fixed), axes = m.yaml.list(lists), sampler = options.sampler,
    n = options.n, seed = options.seed, trust = options.trust,
    open = fenced.is_open(folders, options) })
end

--- The plan of `matinf sweep`: options target, overrides, sampler, n, seed, out, trust.
function M.make(options)
  local target = m.sys.realpath(load.find(options.target))
  local fixed, axes = split_arguments(options.overrides)
  local plan = ask(target, fixed, axes, options)
  plan.recipe, plan.name, plan.target, plan.swept = plan.name, nil, target, {}
  for i, one in ipairs(axes) do
    plan.swept[i] = { key = one.key, unit = plan.units[i] ~= "" and plan.units[i] or nil }
  end
  plan.units = nil
  add_tokens(plan)
  plan.folder = options.out and options.out:gsub("(.)/+$", "%1")
    or default_folder(plan.recipe, target, fixed, plan.swept)
  return plan
end

-- ---- its files ----------------------------------------------------------------------------------

local function write_once(path, text)
  local same = m.sys.exists(path) == "file" and m.sys.read(path) == text
  if not same then m.sys.write_atomic(path, text) end
end

local order = { "target", "overrides", "sampler", "n", "seed", "from" }

-- The command as it stands in FOLDER/sweep.yaml; values may name files relative to `from`.
local function command_of(plan, options)
  local command = { target = plan.target, overrides = m.yaml.list(options.overrides),
    sampler = options.sampler, n = options.n, seed = options.seed, from = m.sys.realpath "." }
  local keys = {}
  for _, key in ipairs(order) do
    if command[key] ~= nil then keys[#keys + 1] = key end
  end
  return m.yaml.map(command, keys)
end

--- What `matinf sweep` was told last for a sweep in this folder, as options of M.make; nil when
--- none is there.
function M.command(folder)
  folder = folder:gsub("(.)/+$", "%1")
  local path = folder .. "/sweep.yaml"
  if m.sys.exists(path) ~= "file" or m.sys.exists(folder .. "/recipe.yaml") then return nil end
  local command = m.yaml.read(path)
  if command.from ~= m.sys.realpath "." then
    e.fail("usage", "sweep: '%s' was begun in folder '%s', and its values may name files from "
      .. "there: go there first, or give recipe and values again (with --out)", folder, command.from)
  end
  command.from, command.out = nil, folder
  return command
end

--- Makes the sweep's folder and writes the plan and the command (options of M.make) into it; sets
--- plan.folder (absolute) and plan.file.
function M.write(plan, options)
  local kind = m.sys.exists(plan.folder)
  if kind and kind ~= "folder" then
    e.fail("usage", "--out: '%s' is a file, folder expected", plan.folder)
  end
  for _, name in ipairs { "plans", "points", "status", "journal" } do
    m.sys.mkdir(plan.folder .. "/" .. name)
  end
  plan.folder = m.sys.realpath(plan.folder)
  local text = m.yaml.dump(plan)
  plan.file = ("%s/plans/%s.yaml"):format(plan.folder, m.hash.blake2b(text):sub(1, HASH_LENGTH))
  write_once(plan.file, text)
  write_once(plan.folder .. "/sweep.yaml", m.yaml.dump(command_of(plan, options)))
end

--- The plan of a file that M.write made.
function M.read(file)
  local plan = m.yaml.read(file)
  plan.file = file
  return plan
end

return M
