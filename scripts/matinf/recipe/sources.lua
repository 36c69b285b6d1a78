-- The source hash of every module: what a module computes can change only when this does.
--
-- `make` writes the table sources.lua beside the built modules (M.write); the engine reads it
-- (M.hash). The sources of a module NAME are its binding (bindings/NAME*.c), the core folders that
-- binding includes, its Lua half (scripts/matinf/NAME*), and all of these for every module that its
-- Lua half names. Lua counts by tokens, C by bytes.

local m = require "matinf"

local M = {}

-- ---- written by make ----------------------------------------------------------------------------

-- Lua that uses modules but is part of none: a change there changes no result of a kernel.
local apart = { recipe = true, command = true, doc = true, cli = true, repl = true, sweep = true }

local function files_in(folder, pattern, found)
  if m.sys.exists(folder) ~= "folder" then return end
  for _, name in ipairs(m.sys.list(folder)) do
    local path = folder .. "/" .. name
    if name:find(pattern) and m.sys.exists(path) == "file" then found[path] = true end
  end
end

-- The folders and headers that a C file includes, and what those include, are added to `found`.
local function add_c(path, found)
  if found[path] or m.sys.exists(path) ~= "file" then return end
  found[path] = true
  for included in m.sys.read(path):gmatch '#include "([^"]+)"' do
    local sources = {}
    if included:find "^core/" then files_in(included:match "^(.*)/", "%.[ch]$", sources) end
    sources[included] = true
    for source in pairs(sources) do add_c(source, found) end
  end
end

local function add_binding(name, found)
  local sources = {}
  files_in("bindings", "^" .. name .. "%.c$", sources)
  if not next(sources) then return end
  files_in("bindings", "^" .. name .. "_.*%.c$", sources)
  files_in("bindings", "^binding[_%w]*%.c$", sources)
  for path in pairs(sources) do add_c(path, found) end
end

-- How Lua text names another module.
local ways = { '"matinf%.c%.([%w_]+)"', '"matinf%.([%w_]+)', '"matinf"%)?%.([%w_]+)',
  "%f[%w_.]m%.([%w_]+)" }

local function add_module(name, found, seen)
  if seen[name] or apart[name] then return end
  seen[name] = true
  add_binding(name, found)
  local halves = {}
  files_in("scripts/matinf", "^" .. name .. "%.lua$", halves)
  files_in("scripts/matinf", "^" .. name .. "_.*%.lua$", halves)
  files_in("scripts/matinf/" .. name, "%.lua$", halves)
  for path in pairs(halves) do
    found[path] = true
    local text = m.sys.read(path)
    for _, way in ipairs(ways) do
      for other in text:gmatch(way) do add_module(other, found, seen) end
    end
  end
end

--- The sorted list of a module's sources; the current folder is that of the Makefile.
function M.files(name)
  local found, list = {}, {}
  add_module(name, found, {})
  for path in pairs(found) do list[#list + 1] = path end
  table.sort(list)
  return list
end

--- Writes the table of the source hashes of all modules to a file.
function M.write(path)
  local tokens, sums, lines = require "matinf.recipe.tokens", {}, {}
  local function sum(file)
    sums[file] = sums[file] or (file:find "%.lua$" and tokens.hash or m.hash.file)(file)
    return sums[file]
  end
  for i, name in ipairs(m.modules) do
    local parts = {}
    for _, file in ipairs(M.files(name)) do parts[file] = sum(file) end
    lines[i] = ("  %s = %q,\n"):format(name, m.hash.tree(parts))
  end
  m.sys.write_atomic(path, "-- The source hash of every module; written by make.\nreturn {\n"
    .. table.concat(lines) .. "}\n")
end

-- ---- read by the engine -------------------------------------------------------------------------

local hashes

--- The source hash of a module, or nil when there is none of that name.
function M.hash(name)
  if not hashes then
    local beside = package.searchpath("matinf.c.sys", package.cpath):match "^(.*)/"
    hashes = assert(loadfile(beside .. "/sources.lua", "t", {}))()
  end
  return hashes[name]
end

return M
