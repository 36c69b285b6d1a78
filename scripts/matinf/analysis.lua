-- Analysis of atomic structures and trajectories.
--
--   analysis/bonds.lua   who is bonded to whom, angles      analysis/rings.lua   ring statistics
--   analysis/rdf.lua     pair distances, structure factor   analysis/kinds.lua   elements as kinds
--   analysis/motion.lua  diffusion, velocity correlation, vibrational density of states
--   analysis/frames.lua  trajectories as arrays

local motion = require "matinf.analysis.motion"
local rdf = require "matinf.analysis.rdf"

return {
  Bonds = require "matinf.analysis.bonds".Bonds,
  Rings = require "matinf.analysis.rings".Rings,
  Rdf = rdf.Rdf,
  Msd = motion.Msd,
  Vacf = motion.Vacf,
  Dos = motion.Dos,
  bonds = require "matinf.analysis.bonds".of,
  rdf = rdf.of,
  msd = motion.msd,
  vacf = motion.vacf,
  arrhenius = require "matinf.analysis.arrhenius".fit,
  profile = require "matinf.analysis.profile".of,
}
