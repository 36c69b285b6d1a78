-- Descriptors: structures as vectors of numbers that do not change under rotation and exchange.
--
--   descriptors/symmetry.lua   the class SymmetryFunctions   descriptors/automatic.lua  sets by rule
--   descriptors/choose.lua     which functions to keep

local symmetry = require "matinf.descriptors.symmetry"

return {
  SymmetryFunctions = symmetry.SymmetryFunctions,
  symmetry_functions = require "matinf.descriptors.automatic".symmetry_functions,
}
