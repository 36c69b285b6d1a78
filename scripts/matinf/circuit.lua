-- Equivalent circuits of impedance spectra: the Lua half of matinf.circuit.
--
--   circuit/spectrum.lua  the class Spectrum      circuit/read.lua      files: instrument.lua, mpr.lua
--   circuit/kk.lua        Kramers-Kronig test     circuit/drt.lua       relaxation times
--   circuit/tree.lua      the class Circuit       circuit/notation.lua  circuit strings, cdc.lua
--   circuit/problem.lua   fixed, bounded, tied    circuit/fit.lua       the class Fit
--   circuit/derived.lua   what follows from a fit circuit/enumerate.lua lists and classes of circuits
--   circuit/draw.lua      circuits as SVG         circuit/plot.lua      figures of impedance
--   circuit/select.lua    comparison of circuits   circuit/selection.lua the class Selection
--   circuit/exact.lua     the same without noise
--   circuit/evidence.lua  the class Evidence       circuit/prior.lua     priors

local draw = require "matinf.circuit.draw"
local drt = require "matinf.circuit.drt"
local kk = require "matinf.circuit.kk"
local notation = require "matinf.circuit.notation"
local enumerate = require "matinf.circuit.enumerate"
local exact = require "matinf.circuit.exact"
local evidence = require "matinf.circuit.evidence"
local fit = require "matinf.circuit.fit"
local select = require "matinf.circuit.select"
require "matinf.circuit.derived" -- methods of Fit
local plot = require "matinf.circuit.plot"
local read = require "matinf.circuit.read"
local spectrum = require "matinf.circuit.spectrum"
local tree = require "matinf.circuit.tree"

return {
  Spectrum = spectrum.Spectrum,
  spectrum = spectrum.new,
  read = read.read,
  write = read.write,
  KramersKronig = kk.KramersKronig,
  kk = kk.kk,
  reject = kk.reject,
  Drt = drt.Drt,
  drt = drt.drt,
  Drawing = draw.Drawing,
  draw = draw.draw,
  nyquist = plot.nyquist,
  bode = plot.bode,
  residuals = plot.residuals,
  Circuit = tree.Circuit,
  elements = function() return tree.elements end,
  Fit = fit.Fit,
  parse = notation.parse,
  Selection = select.Selection,
  Evidence = evidence.Evidence,
  evidence = evidence.evidence,
  fit = fit.fit,
  select = select.select,
  precision = exact.precision,
  enumerate = enumerate.enumerate,
  indistinguishable = enumerate.indistinguishable,
  classes = enumerate.classes,
}
