-- Spectra: reading, preparing and fitting them.
--
--   spectra/read.lua      what a file is, csv       spectra/spectrum.lua  the class Spectrum
--   spectra/vamas.lua     writing VAMAS             spectra/casa.lua      comments of CasaXPS
--   spectra/nexus.lua     NXmpes, NXdata
--   spectra/phi.lua       PHI .spe                  spectra/instrument.lua  Scienta, SPECS
--   spectra/fit.lua       the class Fit             spectra/flag.lua      doubtful peaks
--   spectra/select.lua    spectra.fit               spectra/component.lua  peaks that are given
--   spectra/ladder.lua    fits of 1, 2, ... peaks   spectra/choose.lua    how many, and why
--   spectra/stack.lua     the class Stack: maps     spectra/map.lua       spectra.map, the class Map
--   spectra/quantify.lua  atomic per cent, mean free paths, overlayers
--   spectra/casa_peaks.lua  components of CasaXPS as peaks of a fit, and back
--   spectra/bootstrap.lua  errors by bootstrap       spectra/kernel.lua    of Tougaard's background
--   spectra/factor.lua    principal components and non-negative factors of maps

local spectrum = require "matinf.spectra.spectrum"
local fit = require "matinf.spectra.fit"

return {
  Spectrum = spectrum.Spectrum,
  Fit = fit.Fit,
  new = spectrum.new,
  read = require "matinf.spectra.read".read,
  fit = require "matinf.spectra.select".fit,
  Stack = require "matinf.spectra.stack".Stack,
  stack = require "matinf.spectra.stack".new,
  open_stack = require "matinf.spectra.stack".open,
  Map = require "matinf.spectra.map".Map,
  map = require "matinf.spectra.map".map,
  join_maps = require "matinf.spectra.map".join,
  shirley = require "matinf.c.spectra".shirley,
  tougaard = require "matinf.c.spectra".tougaard,
  read_vamas = require "matinf.spectra.vamas".read,
  write_vamas = require "matinf.spectra.vamas".write,
  casa = require "matinf.spectra.casa".parse,
  write_nexus = require "matinf.spectra.nexus".write,
  quantify = require "matinf.spectra.quantify".quantify,
  imfp = require "matinf.spectra.quantify".imfp,
  overlayer = require "matinf.spectra.quantify".overlayer,
  pca = require "matinf.spectra.factor".pca,
  nmf = require "matinf.spectra.factor".nmf,
  Factors = require "matinf.spectra.factor".Factors,
  Casa = require "matinf.spectra.casa".Casa,
}
