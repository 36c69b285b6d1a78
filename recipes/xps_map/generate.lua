-- A map whose truth is known, made of a measured spectrum: its peaks, background and counts, with a
-- charge that varies over the map, an intensity that does, and a spot where the oxidised states
-- lack.

local m = require "matinf"

local M = {}

-- Mixes and the satellite's width are well within the bounds of a fit: the truth is no corner case.
local PEAKS = { { name = "C-C", position = 284.6, mix = 0.2 },
  { name = "C-O", position = 286.15, mix = 0.2 }, { name = "O-C=O", position = 288.6, mix = 0.2 },
  { name = "satellite", position = 291.3, width = 2, mix = 0.2 } }
local RANGE = { 281, 294 }
local SPOT, SPREAD, LOSS = { 0.6, 0.4 }, 0.15, 0.5 -- centre, radius, share of what is lost there
local CHARGE, RIPPLE = 0.3, 0.08                   -- eV
local LENGTH = 1.0                                 -- mm, of the map's side

-- What holds at u, v in 0..1: shift of energies, factor of all counts, and of the oxidised states.
local function fields(u, v)
  local distance = ((u - SPOT[1]) ^ 2 + (v - SPOT[2]) ^ 2) / (2 * SPREAD ^ 2)
  return CHARGE * (u - 0.5) + RIPPLE * math.sin(2 * math.pi * v), 0.7 + 0.6 * v,
    1 - LOSS * math.exp(-distance)
end

local function anchor_of(path)
  local spectrum = m.spectra.read(path):cut(RANGE)
  return m.spectra.fit(spectrum, { peaks = PEAKS })
end

-- The anchor's model at one place, and the true areas and positions of its peaks.
local function model_at(fit, u, v, exposure)
  local shift, bright, oxidised = fields(u, v)
  local scale = bright * exposure
  local factors = m.array.array { 1, oxidised, oxidised, 1 }
  local area, position = fit.area * factors * scale, fit.position + shift
  local model = fit:with { area = area, position = position, base = fit.base * scale }
  return model:evaluate():sum(2), area, position
end

local function write(path, counts, x, rows, columns)
  local file <close> = m.hdf5.open(path, "w")
  local function side(n) return m.array.linspace(0, LENGTH, n) end
  m.hdf5.nxdata(file, "entry/data", {
    signal = { name = "counts", values = counts, units = "counts" },
    axes = { { name = "y", values = side(rows), units = "mm" },
      { name = "x", values = side(columns), units = "mm" },
      { name = "binding_energy", values = x, units = "eV" } },
    title = "generated map, truth known" })
end

--- Where the generated map of a run lies. Results name no folder: they are the same in every run.
function M.path(run) return run.folder .. "/map.h5" end

--- A sample with the path of its file.
function M.placed(sample, run)
  local placed = {}
  for name, value in pairs(sample) do placed[name] = value end
  if sample.generated then placed.file = M.path(run) end
  return placed
end

--- Writes the map and returns its truth: area and position [rows columns x 4], names.
function M.map(p, run)
  if not p.anchor then
    require "matinf.error".fail("configuration",
      "sample.anchor: a measured C 1s spectrum of PET expected, or sample.file")
  end
  local fit, rows, columns = anchor_of(p.anchor), p.rows, p.columns
  local n = #fit.spectrum.x
  local counts = m.array.zeros({ rows, columns, n }, { dtype = "i32" })
  local truth = { area = m.array.zeros(rows * columns, fit.k),
    position = m.array.zeros(rows * columns, fit.k), names = fit.names }
  for r = 1, rows do
    for col = 1, columns do
      local i = (r - 1) * columns + col
      local mean, area, position = model_at(fit, (col - 0.5) / columns, (r - 0.5) / rows, p.exposure)
      truth.area[i], truth.position[i] = area, position
      counts[{ r, col }] = run:generator(i):poisson(nil, { mean = mean })
    end
    run:progress(r / rows, "generating")
  end
  write(M.path(run), counts, fit.spectrum.x, rows, columns)
  return truth
end

return M
