-- Dynamics of atoms in a potential, and what stands still in it.
--
--   md/run.lua      molecular dynamics, the class Run
--   md/quench.lua   melts that are cooled at a rate, the class Quench
--   md/relax.lua    minima of energy or enthalpy, the class Relaxed; elastic constants
--   md/saddle.lua   paths and saddles: elastic bands (Band), dimers (Saddle)
--   md/phonons.lua  harmonic vibrations, the class Phonons

local run = require "matinf.md.run"
local quench = require "matinf.md.quench"
local relax = require "matinf.md.relax"
local saddle = require "matinf.md.saddle"
local phonons = require "matinf.md.phonons"

return {
  run = run.run, Run = run.Run, quench = quench.quench, Quench = quench.Quench,
  relax = relax.relax, Relaxed = relax.Relaxed, elastic = relax.elastic, Elastic = relax.Elastic,
  neb = saddle.neb, Band = saddle.Band, dimer = saddle.dimer, Saddle = saddle.Saddle,
  phonons = phonons.phonons, Phonons = phonons.Phonons,
}
