-- Spectra: reading, preparing and fitting them.
--
--   spectra/read.lua      csv and VAMAS files       spectra/spectrum.lua  the class Spectrum
--   spectra/fit.lua       the class Fit             spectra/select.lua    how many peaks, and why

local spectrum = require "matinf.spectra.spectrum"
local fit = require "matinf.spectra.fit"

return {
  Spectrum = spectrum.Spectrum,
  Fit = fit.Fit,
  new = spectrum.new,
  read = require "matinf.spectra.read".read,
  fit = require "matinf.spectra.select".fit,
  shirley = require "matinf.c.spectra".shirley,
  tougaard = require "matinf.c.spectra".tougaard,
  read_vamas = require "matinf.spectra.vamas".read,
  write_vamas = require "matinf.spectra.vamas".write,
  casa = require "matinf.spectra.casa".parse,
  Casa = require "matinf.spectra.casa".Casa,
}
