-- Atoms: structures, their neighbours, and the files that hold them.
--
--   atoms/structure.lua   the class Structure        atoms/neighbours.lua  the class Neighbours
--   atoms/files.lua       reading and writing        atoms/labels.lua      energy, forces, stress
--   atoms/extxyz.lua ...  one file a format

local structure = require "matinf.atoms.structure"
local files = require "matinf.atoms.files"
require "matinf.atoms.change"

return {
  Structure = structure.Structure,
  Neighbours = require "matinf.atoms.neighbours".Neighbours,
  new = structure.new,
  bulk = require "matinf.atoms.build".bulk,
  read = files.read,
  write = files.write,
}
