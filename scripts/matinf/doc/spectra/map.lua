-- Documentation of module spectra: stacks of spectra and their maps.

-- 2 rows of 3 spectra: two peaks on a constant, without noise; the first shifts by 0.1 eV a column.
local data = [[
local x, y = m.array.linspace(280, 294, 141), m.array.zeros(2, 3, 141)
for row = 1, 2 do
  for column = 1, 3 do
    local a, b = (x - 284.8 - 0.1 * column) / 1.1, (x - 288.5) / 1
    y[{ row, column }] = 300 + 4000 * (-2.7726 * a * a):exp() + 500 * row * (-2.7726 * b * b):exp()
  end
end
local stack = m.spectra.stack(x, y, { y_unit = "counts", counts_per = 1 })
]]

local fitted = data .. [[
local fit = m.spectra.fit(stack:mean(), {
  peaks = { { name = "a", position = 285 }, { name = "b", position = 288.5 } },
  background = "constant", shape = "gauss" })
local map = m.spectra.map(stack, fit)
]]

local a_stack = { "spectra.Stack", "the spectra; nothing is read but the axis" }
local a_range = { "range", "{low, high}", "energies to keep", default = "all" }
local energy = { "energy", "string", '"binding", "kinetic" or "other"', default = "binding" }
local unit_of_x = { "x_unit", "string", "unit of x", default = "eV" }
local unit_of_y = { "y_unit", "string", "unit of y", default = "none" }
local counts = { "counts_per", "number", "counts that one unit of y is", default = "unknown" }
local what = { "what", "string",
  '"position", "area", "width", "mix", "skew", "share", one of these with " error", "misfit", "excess", '
  .. '"converged" or "usable"' }
local peak = { "peak", "integer or string", "number or name of a peak; nil where there is none" }

local functions = {}
local function add(entry) functions[#functions + 1] = entry end

-- ---- stacks -------------------------------------------------------------------------------------

add { name = "spectra.stack", summary = "Makes a stack of spectra on one axis from arrays.",
  arguments = { { "x", "array [n]", "energies, rising or falling" },
    { "y", "array", "[rows x columns x n] or [count x n]" } },
  options = { a_range, energy, unit_of_x, unit_of_y, counts,
    { "rows", "integer", "of the map that a list of spectra is", default = 1 },
    { "columns", "integer", "of that map", default = "count / rows" } },
  returns = { a_stack }, errors = "when the shapes do not fit, or the axis turns",
  example = data .. "assert(#stack == 6 and stack.columns == 3)" }
add { name = "spectra.open_stack",
  summary = "Opens the spectra of an HDF5 file, which are read piece by piece.",
  description = [[
The dataset is [rows x columns x n] or [count x n]: energies are its last dimension. Without names it is
the signal of the default NXdata, with the axes that NXdata gives. Memory does not grow with the file.]],
  arguments = { { "path", "string", "of the file" } },
  options = { { "data", "string", "the dataset", default = "the default NXdata" },
    { "axis", "string", "dataset of the energies", default = "by NXdata" },
    { "hv", "number", "photon energy: kinetic energies become binding ones", unit = "eV",
      default = "energies stay as they are" },
    a_range, energy, unit_of_x, unit_of_y, counts,
    { "rows", "integer", "not for files: the dataset has its shape", default = "none" },
    { "columns", "integer", "not for files", default = "none" } },
  returns = { a_stack },
  errors = "when no spectra are found, or the energies are not as many as the last dimension",
  example = data .. [[
do
  local file <close> = m.hdf5.open("map.h5", "w")
  m.hdf5.nxdata(file, "entry/data", {
    signal = { name = "counts", values = stack.y:reshape(2, 3, 141), units = "counts" },
    axes = { { name = "row", values = { 0, 1 } }, { name = "column", values = { 0, 1, 2 } },
      { name = "binding_energy", values = x, units = "eV" } } })
end
local s = m.spectra.open_stack("map.h5", { range = { 282, 291 } })
assert(s.rows == 2 and s.energy == "binding" and s:read(4, 6).shape[2] == #s.x)]] }
add { name = "spectra.Stack:read", summary = "Reads spectra, counted row by row.",
  arguments = { { "first", "integer", "from 1" }, { "last", "integer", "the last of them" } },
  returns = { { "array [last - first + 1 x n]", "their intensities" } },
  example = data .. "assert(stack:read(2, 5).shape[1] == 4)" }
add { name = "spectra.Stack:spectrum", summary = "Reads one spectrum.",
  arguments = { { "i", "integer", "counted row by row, or the row" },
    { "column", "integer", "the column; may be absent" } },
  returns = { { "spectra.Spectrum", "that spectrum" } },
  example = data .. "assert(stack:spectrum(2, 1).y[50] == stack:spectrum(4).y[50])" }
add { name = "spectra.Stack:pieces", summary = "Cuts the stack into pieces to be read one by one.",
  arguments = { { "numbers", "integer", "values that a piece holds, about (default 2e6)" } },
  returns = { { "list of {first, last}", "whole rows where a piece holds more than one" } },
  example = data .. "assert(#stack:pieces(3 * 141) == 2)" }
add { name = "spectra.Stack:spread",
  summary = "Numbers of spectra that can be used and are spread over the stack.",
  arguments = { { "count", "integer", "how many, at most" } },
  returns = { { "list of integers", "rising" } }, errors = "when no spectrum can be used",
  example = data .. "assert(stack:spread(2)[1] == 2)" }
add { name = "spectra.Stack:noise", summary = "Variance over mean of one spectrum's intensities.",
  returns = { { "number", "the median of nine spectra where it is not known" },
    { "string", '"counts" or "scatter": where it is known from' } },
  example = data .. "assert(stack:noise() == 1)" }
add { name = "spectra.Stack:mean",
  summary = "The mean of all spectra but those with negative values, with NaN, or all zero.",
  returns = { { "spectra.Spectrum", "with the noise that a mean has" } },
  errors = "when no spectrum can be used", example = data .. "assert(stack:mean().counts_per == 6)" }

-- ---- maps ---------------------------------------------------------------------------------------

add { name = "spectra.map", summary = "Fits the model of a fit to every spectrum of a stack.",
  description = [[
Each spectrum is fitted from the peaks of the fit, scaled to its intensity, within their limits and with
their ties, priors and background, on all threads; a stack of a file is read piece by piece. Peaks keep their
places because their limits do: give positions that do not overlap, or see spectra.Map:aligned.]],
  arguments = { { "stack", "spectra.Stack", "the spectra" },
    { "fit", "spectra.Fit", "the model, fitted to their mean or to one of them" } },
  options = { { "first", "integer", "the first spectrum", default = 1 },
    { "last", "integer", "the last spectrum", default = "all" },
    { "neighbours", "boolean",
      "start from the spectrum before as well, but for the first of every 64, and keep the better",
      default = false },
    { "noise", "number", "variance of an intensity over its mean", default = "the stack's" } },
  returns = { { "spectra.Map", "peaks with errors, and the misfit, of every spectrum" } },
  errors = "when the model cannot be fitted to any spectrum; one that cannot is marked in usable",
  example = fitted .. [[
assert(math.abs(map:image("position", "a")[{ 2, 3 }] - 285.1) < 1e-3)
assert(math.abs(map.area[{ 4, 2 }] / map.area[{ 1, 2 }] - 2) < 1e-3)]] }
add { name = "spectra.join_maps", summary = "Joins the maps of the parts of one stack.",
  arguments = { { "parts", "list of spectra.Map", "in the order of their spectra" } },
  returns = { { "spectra.Map", "of all of them" } },
  example = fitted .. [[
local both = m.spectra.join_maps { m.spectra.map(stack, fit, { last = 2 }),
  m.spectra.map(stack, fit, { first = 3 }) }
assert(both.position:equal(map.position))]] }
add { name = "spectra.Map:image", summary = "Values of one peak over the map.",
  arguments = { what, peak }, returns = { { "array [rows x columns]", "NaN where not known" } },
  example = fitted .. [[assert(map:image("misfit").shape[2] == 3)]] }
add { name = "spectra.Map:plot", summary = "A figure of an image.",
  arguments = { what, peak },
  options = { { "path", "string", "where to save it", default = "none" },
    { "range", "{low, high}", "of the colours", default = "of the values" } },
  returns = { { "plot.Figure", "as of picture" } },
  example = fitted .. [[assert(map:plot("area", "b"))]] }
add { name = "spectra.Map:picture", summary = "A figure of any values, one a spectrum.",
  arguments = { { "values", "array [m]", "of the spectra, row by row" } },
  options = { { "label", "string", "what they are" }, { "unit", "string", "their unit" },
    { "range", "{low, high}", "of the colours", default = "of the values" },
    { "errors", "array [m]", "standard errors, shown where spectra lie in a line" } },
  returns = { { "plot.Figure", "a heat map; points over the longer axis of a map of one row or column" } },
  errors = "when there are not as many values as spectra",
  example = fitted .. [[assert(map:picture(map.misfit * 2, { label = "Twice the misfit" }))]] }
add { name = "spectra.Map:table",
  summary = "Of each peak the mean over the map, the spread over it, the median error of a spectrum.",
  returns = { { "table.Table", "one row a peak" } }, example = fitted .. "assert(#map:table() == 2)" }
add { name = "spectra.Map:axis", summary = "Label and unit of the map's rows or columns.",
  arguments = { { "i", "integer", "1: rows, 2: columns" } },
  returns = { { "table", "label, unit: an axis of a plot.figure" } },
  example = fitted .. 'assert(map:axis(2).label)' }
add { name = "spectra.Map:figure_size",
  summary = "The size of a figure in which a pixel of the map is as high as it is wide.",
  returns = { { "list", "width and height, cm" } },
  example = fitted .. 'assert(map:figure_size()[1] > 8)' }
add { name = "spectra.Map:referenced",
  summary = "The same map on a scale where one peak is at a known energy in every spectrum.",
  description = [[
For samples that charge differently from place to place. Errors of the other positions are then those of
their distances from that peak; its own are NaN, as are those of peaks tied to it.]],
  arguments = { { "peak", "integer or string", "number or name of the peak" },
    { "energy", "number", "where it is" } },
  returns = { { "spectra.Map", "with field reference: peak, energy, shift [m], error [m]" } },
  errors = "when there is no such peak, or the energy is no finite number",
  example = fitted .. [[
local scaled = map:referenced("a", 284.8)
assert(scaled.position[{ 1, 1 }] == 284.8 and scaled.position[{ 6, 1 }] == 284.8)
assert(math.abs(scaled.position[{ 2, 2 }] - map.position[{ 2, 2 }] + 0.2) < 1e-3)]] }
add { name = "spectra.Map:aligned",
  summary = "Matches the peaks of neighbours, for peaks that are interchangeable.",
  returns = { { "spectra.Map", "a column of every array follows one peak" } },
  example = fitted .. "assert(map:aligned().position:equal(map.position))" }

return {
  functions = functions,
  classes = {
    { name = "spectra.Stack", summary = "Many spectra on one axis, in memory or in a file.",
      fields = {
        { "x", "array [n]", "energies" }, { "count", "integer", "spectra" },
        { "rows", "integer", "of the map they form" }, { "columns", "integer", "of that map" },
        { "axes", "list", "{ label, unit, values } of rows and of columns" },
        { "energy", "string", '"binding", "kinetic" or "other"' },
        { "x_unit", "string", "unit of x" }, { "y_unit", "string", "unit of intensities" },
        { "counts_per", "number", "counts that one unit is; nil when unknown" },
        { "y", "array [count x n]", "intensities; nil of a file" },
        { "file", "string", "path; nil of arrays" },
        { "data", "string", "dataset in the file" },
        { "first", "integer", "place of x[1] in the axis of the file" } } },
    { name = "spectra.Map", summary = "Peaks of every spectrum of a stack; see spectra.map.", fields = {
      { "k", "integer", "number of peaks" }, { "names", "list of strings", "of the peaks" },
      { "roles", "list of strings", '"state", "satellite" or "line", of each peak' },
      { "shape", "string", "of the peaks" }, { "background", "string", "its kind" },
      { "average", "integer", "points whose mean holds it at either end; nil: its levels are fitted" },
      { "position", "array [m x k]", "energies" }, { "area", "array [m x k]", "areas" },
      { "width", "array [m x k]", "full widths at half maximum" },
      { "mix", "array [m x k]", "Lorentzian parts" }, { "skew", "array [m x k]", "asymmetries" },
      { "share", "array [m x k]", "of the sum of areas" },
      { "errors", "table", "standard errors of these, times sqrt(misfit) where the model does not "
        .. "explain the spectrum; NaN where nothing is known" },
      { "position_covariance", "array [m x k x k]", "of the positions of each spectrum" },
      { "terms", "array [m x 9]", "base, slope, step, tail, five ramps of the background" },
      { "misfit", "array [m]", "chi^2 per degree of freedom" },
      { "excess", "array [m]", "of misfit over 1, in its standard deviations" },
      { "converged", "array [m] u8", "whether the fit converged" },
      { "usable", "array [m] u8",
        "0: negative or not finite somewhere, or zero everywhere; all else is NaN" },
      { "noise", "number", "variance over mean" },
      { "noise_source", "string", '"counts", "scatter" or "given"' },
      { "rows", "integer", "of the map" }, { "columns", "integer", "of the map" },
      { "axes", "list", "of rows and columns" }, { "x_unit", "string", "unit of positions" },
      { "y_unit", "string", "unit of intensities" } } },
  },
}
