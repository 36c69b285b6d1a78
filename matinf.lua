-- The front door: `local m = require "matinf"`. A module is loaded when it is first used.
--
-- m.NAME is scripts/matinf/NAME.lua where the module has a Lua half, else the binding
-- bindings/NAME.c. This list of the public modules is all that a new one must be added to.

local modules = {
  -- numbers
  "array",
  "linalg",
  "fft",
  "random",
  -- files and the machine
  "table",
  "yaml",
  "hdf5",
  "hash",
  "sys",
  -- what a scientist needs beside them
  "elements",
  "units",
  "plot",
  -- the kernels of the field
  "spectra",
  "gmm",
  "atoms",
  "md",
  "analysis",
  "potentials",
  "descriptors",
  "nnp",
  "circuit",
}

local M = { modules = modules, version = "0.1.0" }

--- Calls f(...): returns its results, or nil and the error object instead of raising it.
function M.try(...) return require "matinf.error".try(...) end

local public = {}
for _, name in ipairs(modules) do public[name] = true end

return setmetatable(M, {
  __index = function(self, name)
    if not public[name] then return nil end
    local full = "matinf." .. name
    local in_lua = package.searchpath(full, package.path)
    local module = require(in_lua and full or "matinf.c." .. name)
    rawset(self, name, module)
    return module
  end,
})
