-- Equivalent circuits of impedance spectra: the Lua half of matinf.circuit.
--
--   circuit/tree.lua      the class Circuit       circuit/notation.lua  circuit strings, cdc.lua
--   circuit/problem.lua   fixed, bounded, tied    circuit/fit.lua       the class Fit
--   circuit/derived.lua   what follows from a fit circuit/enumerate.lua lists and classes of circuits

local tree = require "matinf.circuit.tree"
local notation = require "matinf.circuit.notation"
local enumerate = require "matinf.circuit.enumerate"
local fit = require "matinf.circuit.fit"
require "matinf.circuit.derived" -- methods of Fit

return {
  Circuit = tree.Circuit,
  elements = function() return tree.elements end,
  Fit = fit.Fit,
  parse = notation.parse,
  fit = fit.fit,
  enumerate = enumerate.enumerate,
  indistinguishable = enumerate.indistinguishable,
  classes = enumerate.classes,
}
