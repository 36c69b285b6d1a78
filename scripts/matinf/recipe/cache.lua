-- What results depend on, and whether that has changed.
--
-- A stored result carries `depends`: a list of "NAME = VALUE" for all that its code has looked at
-- (recipe/trace.lua). It still holds when each name has the same value now. Values are canonical:
--   parameter   what the stage sees (5 Å in nm), a file as the sum of its content
--   stage       the sum of what that stage's result depends on
--   code        the sum of a file's tokens          kernels   of a module's sources
--   results     of what the laboratory has filled in
-- The number of threads is no part of it: it changes no bit of a result. The level of the kernels
-- is: a run that is continued at another level computes its stages again.

local m = require "matinf"
local schema = require "matinf.recipe.schema"
local sources = require "matinf.recipe.sources"
local tokens = require "matinf.recipe.tokens"

local M = {}
local Cache = {}
Cache.__index = Cache

-- ---- canonical text of a value ------------------------------------------------------------------

local function number_text(value)
  if math.type(value) == "integer" then return tostring(value) end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if tonumber(text) == value then return text end
  end
end

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if math.type(a) ~= math.type(b) then return math.type(a) ~= nil end
    return a < b
  end)
  return keys
end

-- `files` gives the sum of the content for each path that is an input.
local function canonical(value, files)
  if type(value) == "number" then return number_text(value) end
  if type(value) == "string" then
    return files[value] and "file " .. files[value] or ("%q"):format(value):gsub("\n", "n")
  end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, key in ipairs(sorted_keys(value)) do
    local name = math.type(key) ~= "integer" and key .. ": " or ""
    parts[i] = name .. canonical(value[key], files)
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local longest = 300 -- a longer text is told by its sum

local function parameter_text(value, files)
  local text = canonical(value, files)
  return #text <= longest and text or "sum " .. m.hash.blake2b(text)
end

-- The inputs of a study: path -> sum of the content.
local function sums_of(study)
  local sums = {}
  for _, file in ipairs(schema.files(study.leaves)) do
    sums[file.path] = sums[file.path] or m.hash.file(file.path)
  end
  return sums
end

-- ---- values now ---------------------------------------------------------------------------------

--- The state of things for a study in a run folder; keys[stage] is set by the run.
function M.new(study, folder)
  return setmetatable({ study = study, folder = folder, keys = {}, known = {},
    inputs = sums_of(study) }, Cache)
end

local function is_file(path) return m.sys.exists(path) == "file" end

local values = {
  parameter = function(self, key)
    local value = self.study.values
    for _, segment in ipairs(schema.segments(key)) do
      if type(value) == "table" then value = value[segment] else value = nil end
    end
    if value == nil then return "none" end
    return parameter_text(value, self.inputs)
  end,
  code = function(self, name)
    local path = self.study.recipe.folder .. "/" .. name
    return is_file(path) and tokens.hash(path) or "none"
  end,
  kernels = function(_, name) return sources.hash(name) or "none" end,
  isa = function() return m.sys.isa() end,
}

-- What changes while a run goes on.
local passing = {
  stage = function(self, name) return self.keys[name] or "none" end,
  round = function(self) return tostring(self.round) end,
  results = function(self, name)
    local path = self.folder .. "/" .. name
    return is_file(path) and m.hash.file(path) or "none"
  end,
}

--- The value of a name now, as text.
function Cache:value(name)
  local kind, rest = name:match "^(%l+) ?(.*)$"
  if passing[kind] then return passing[kind](self, rest) end
  if not self.known[name] then self.known[name] = values[kind](self, rest) end
  return self.known[name]
end

--- The list that is stored with a result whose code has looked at these names.
function Cache:depends(names)
  local list = {}
  for name in pairs(names) do list[#list + 1] = ("%s = %s"):format(name, self:value(name)) end
  table.sort(list)
  return list
end

--- The name and the value of an entry of a stored list.
function M.split(entry) return entry:match "^(.-) = (.*)$" end

--- What has changed since a list was stored: a list of { name =, old =, new = }, empty if nothing.
function Cache:changes(depends)
  local changes = {}
  for _, entry in ipairs(depends) do
    local name, old = M.split(entry)
    local new = self:value(name)
    if new ~= old then changes[#changes + 1] = { name = name, old = old, new = new } end
  end
  return changes
end

-- ---- words --------------------------------------------------------------------------------------

local words = {
  parameter = function(name, change)
    if change.old:find "^file " and change.new:find "^file " then
      return ("%s: the file's content has changed"):format(name)
    end
    return ("%s: %s -> %s"):format(name, change.old, change.new)
  end,
  stage = function(name) return ("the result of %s has changed"):format(name) end,
  code = function(name) return ("the code of %s has changed"):format(name) end,
  kernels = function(name) return ("the kernels of %s have changed"):format(name) end,
  results = function(name) return ("the results in %s have changed"):format(name) end,
  round = function(_, change) return ("round %s -> %s"):format(change.old, change.new) end,
  isa = function(_, change)
    return ("the level of the kernels: %s -> %s"):format(change.old, change.new)
  end,
}

--- A change in words: "model.k: 3 -> 4".
function M.explain(change)
  local kind, rest = change.name:match "^(%l+) ?(.*)$"
  return words[kind](rest, change)
end

--- The sum of a stored list: what the key `stage NAME` of later stages is.
function M.key(depends) return m.hash.tree(depends) end

--- True for a list that M.depends has made.
function M.is_list(depends)
  for _, entry in ipairs(type(depends) == "table" and depends or { 0 }) do
    local name = type(entry) == "string" and M.split(entry)
    local kind = name and name:match "^%l+"
    if not (values[kind] or passing[kind]) then return false end
  end
  return true
end

return M
