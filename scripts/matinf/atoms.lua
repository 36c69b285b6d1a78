-- Atoms: structures, their neighbours, and the files that hold them.
--
--   atoms/structure.lua   the class Structure        atoms/neighbours.lua  the class Neighbours

local structure = require "matinf.atoms.structure"

return {
  Structure = structure.Structure,
  Neighbours = require "matinf.atoms.neighbours".Neighbours,
  new = structure.new,
}
