-- The Lua that a recipe is written in: all of the language, of the libraries what stays inside.
--
-- The kernel's fence (matinf.fence) is what holds; this says early and clearly what it would
-- refuse, and keeps the engine's own Lua out of reach: libraries are copies, chunks are text.

local e = require "matinf.error"

local M = { trusted = false }

local language = { "_VERSION", "assert", "collectgarbage", "error", "ipairs", "next", "pairs",
  "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber",
  "tostring", "type", "warn", "xpcall" }

-- What a recipe gets of each library: all, or the names listed.
local libraries = {
  coroutine = "all", math = "all", table = "all", utf8 = "all",
  string = { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack",
    "packsize", "rep", "reverse", "sub", "unpack", "upper" },
  io = { "close", "input", "lines", "open", "output", "read", "stderr", "stdin", "stdout", "type",
    "write" },
  os = { "clock", "date", "difftime", "getenv", "remove", "rename", "time" },
  debug = { "traceback" },
}

-- Modules of matinf that are not m.NAME and yet open to recipes.
local open_modules = { ["matinf"] = true, ["matinf.error"] = true, ["matinf.store"] = true,
  ["matinf.recipe.parameter"] = true }

local function refuse(name)
  e.fail("configuration", "%s is not open to recipes (--trust opens everything)", name)
end

-- Reading a name that Lua has and recipes have not is an error, not nil.
local function closed(prefix, original)
  return { __metatable = false, __index = function(_, name)
    if original[name] ~= nil then refuse(prefix .. tostring(name)) end
  end }
end

local function copy_library(name, allowed)
  local copy, original = {}, _G[name]
  if allowed == "all" then
    for key, value in pairs(original) do copy[key] = value end
  else
    for _, key in ipairs(allowed) do copy[key] = original[key] end
  end
  return setmetatable(copy, closed(name .. ".", original))
end

local function require_in(env)
  return function(name)
    if libraries[name] then return env[name] end
    local public = tostring(name):match "^matinf%.([%w_]+)$"
    for _, module in ipairs(require "matinf".modules) do
      if public == module then return require "matinf"[module] end
    end
    if open_modules[name] then return require(name) end
    e.fail("configuration", "module '%s' is neither beside recipe.lua nor open to recipes "
      .. "(--trust opens everything)", tostring(name))
  end
end

local function add_loaders(env)
  function env.load(chunk, name, _, ...)
    return load(chunk, name, "t", select("#", ...) > 0 and ... or env)
  end
  function env.loadfile(path, _, ...)
    return loadfile(path, "t", select("#", ...) > 0 and ... or env)
  end
  function env.dofile(path) return assert(loadfile(path, "t", env))() end
end

local function restricted()
  local env = {}
  for _, name in ipairs(language) do env[name] = _G[name] end
  for name, allowed in pairs(libraries) do env[name] = copy_library(name, allowed) end
  function env.getmetatable(value)
    if type(value) == "string" then refuse "the metatable of strings" end
    return getmetatable(value)
  end
  env._G, env.require = env, require_in(env)
  add_loaders(env)
  return setmetatable(env, closed("", _G))
end

--- A fresh environment for the files of one recipe; its `require` knows matinf's modules. After
--- --trust (M.trusted) it is a window on everything.
function M.new()
  if M.trusted then return setmetatable({ require = require }, { __index = _G }) end
  return restricted()
end

return M
