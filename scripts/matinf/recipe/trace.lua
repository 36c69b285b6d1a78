-- What code has looked at: the names of the things that its result depends on.
--
--   parameter model.k      stage prepare      code recipe.lua      kernels spectra
--   results FILE           round              isa
--
-- One set of names is open at a time. Opening another one inside it, for a step or for a file that
-- is loaded, ends with its names in both; so a result depends on all that its parts do.

local sources = require "matinf.recipe.sources"

local M = {}
local Trace = {}
Trace.__index = Trace

function M.new() return setmetatable({}, Trace) end

--- A copy of a set of names.
function M.copy(set)
  local copy = {}
  for name in pairs(set) do copy[name] = true end
  return copy
end

function Trace:note(name) if self.open then self.open[name] = true end end

function Trace:add(set)
  for name in pairs(set) do self:note(name) end
end

local scope = {}
function scope.__close(self)
  self.trace.open = self.outer
  if self.outer then self.trace:add(self.set) end
end

--- Opens a set until the returned value is closed: `local _ <close> = trace:enter(set)`.
function Trace:enter(set)
  local opened = setmetatable({ trace = self, set = set, outer = self.open }, scope)
  self.open = set
  return opened
end

--- What a recipe gets for `require(name)`: using one of matinf's modules is noted.
function Trace:module(name, value)
  local module = name:match "^matinf%.([%w_]+)$"
  if module and sources.hash(module) then self:note("kernels " .. module) end
  if name ~= "matinf" then return value end
  return setmetatable({}, { __index = function(_, key)
    if sources.hash(key) then self:note("kernels " .. key) end
    return value[key]
  end })
end

return M
