-- Documentation of module spectra; maps stand in doc/spectra/map.lua.

-- Two peaks on a step, counts without noise.
local data = [[
local x, y = {}, {}
for i = 1, 161 do
  x[i] = 280 + 0.1 * (i - 1)
  local a, b = (x[i] - 285) / 1.1, (x[i] - 288.5) / 1
  y[i] = math.floor(300 + 4000 * math.exp(-2.7726 * a * a) + 1500 * math.exp(-2.7726 * b * b)
    + 60 / (1 + math.exp(-2 * (x[i] - 285))) + 0.5)
end
local s = m.spectra.new(x, y, { y_unit = "counts", counts_per = 1 })
]]

-- A map of twelve spectra that are sums of two curves.
local factors = [[
local x, y = m.array.linspace(0, 10, 60), {}
local a, b = ((x - 4) ^ 2 * -1):exp(), ((x - 6) ^ 2 * -1):exp()
for i = 1, 12 do y[i] = (a * i + b * (i * 7 % 5)):totable() end
]]

local spectrum = { "spectra.Spectrum", "a new one; spectra never change" }
local path = { "path", "string", "where to save the figure; may be absent" }

local maps = require "matinf.doc.spectra.map"

local doc = {
  name = "spectra",
  summary = "Spectra: files of instruments, backgrounds, peak fits with a reasoned number of peaks.",
  description = [[
Energies are binding energies wherever the photon energy is known: BE = hv - KE. The work function in a
VAMAS file is not applied unless asked for. An intensity knows its noise: counts when the file or its
integers say so, else the scatter of neighbouring points.

A fit is a sum of peaks of unit-area shapes times areas, on a background that is part of the fit: the
active Shirley and Tougaard backgrounds grow with the fitted peaks towards their losses. No end points are
picked: the levels at the ends are fitted to all points there, each as its noise allows. With `average` they
are held instead at the means of so many points at either end, as programs do that draw a background from
end to end: strength of the losses (or slope) is then what joins the two, the tails of peaks at the ends
count as background, and the noise of the means is not in the errors. The fit maximises the likelihood of
counts. Its misfit is chi^2 per degree of freedom. A fit is adequate when neither chi^2 nor
the agreement of neighbouring residuals exceeds what the noise gives by 3 standard deviations; only then
are its standard errors the whole truth; else they are enlarged by the root of the misfit.

Shapes: pseudo-voigt (mix: the Lorentzian part of the area), gauss, lorentz, voigt (mix: the Lorentzian's
width over the whole width), doniach (mix: the part of Doniach and Sunjic's curve beside a Gaussian; skew:
alpha), asymmetric (a pseudo-Voigt whose width grows towards the losses by skew), and those of CasaXPS:
SGL(m) and GL(m) (sum and product of Gauss and Lorentz, m in percent), LA(a,b,m) (a Lorentzian to the
power a on the loss side and b on the other, convolved with a Gaussian m points wide). Areas of doniach,
asymmetric, GL and LA are those within the data. LF(a,b,w,m) of CasaXPS, an LA whose tails are damped by w,
is refused: its makers describe what w does but publish no formula, and the public programs that have an LF
damp it in ways of their own. LA(a,b,m) is the nearest.

peaks = "auto" does not leave the number of peaks to a criterion. The number of lowest BIC is believed
when it explains the data with peaks that can be states. Otherwise models with peaks that can be no states
(twins closer than 0.6 of their width, as narrow as allowed, at an edge, weak) rank behind those without,
and held-out counts choose among the best. Asymmetric lines and other backgrounds are fitted as well: when
they explain the data clearly better, the family asked for is not right, and fit.explained is false. So it
is when another shape or background than the usual ones (pseudo-voigt, shirley) was asked for and the usual
ones explain the data with fewer peaks and a lower BIC.
fit.candidates shows what each further peak buys, fit.rivals what else has something for it (more peaks of
a family that is not right have not: they mend its line shape), fit.verdict says why.]],
  classes = {
    { name = "spectra.Spectrum", summary = "Intensities over energies; it never changes.",
      fields = {
      { "x", "array [n]", "energies" }, { "y", "array [n]", "intensities" },
      { "energy", "string", '"binding", "kinetic" or "other"' },
      { "x_unit", "string", "unit of x" }, { "y_unit", "string", "unit of y; may be nil" },
      { "counts_per", "number", "counts that one unit of y is; nil when unknown" },
      { "hv", "number", "photon energy in eV; nil when unknown" },
      { "dwell", "number", "time a point and scan in s; nil when unknown" },
      { "scans", "number", "number of scans; nil when unknown" },
      { "file", "string", "where it comes from; may be nil" },
      { "block", "string", "its name in that file; may be nil" },
      { "sample", "string", "name of the sample; may be nil" },
      { "shift", "number", "eV added to the energies of the file" },
      { "comments", "list of strings", "lines of the file; may be nil" },
      { "columns", "list of table",
        "further columns, each { label, unit, values }; may be nil" } } },
    { name = "spectra.Factors", summary = "A map of spectra as a few curves times scores.", fields = {
      { "kind", "string", '"pca" or "nmf"' }, { "components", "integer", "number of curves, r" },
      { "scores", "array [m x r]", "of each spectrum" },
      { "loadings", "array [r x n]", "the curves; of nmf each of sum 1, the strongest first" },
      { "mean", "array [n]", "mean spectrum; nil for nmf" },
      { "rows", "array [m]", "what mean is times in each spectrum; nil for nmf" },
      { "scale", "string", '"counts", or nil' },
      { "variance", "array [r]", "along each curve, falling; nil for nmf" },
      { "share", "array [r]", "of the whole variance; nil for nmf" },
      { "edge", "number", 'with scale = "counts": variances that noise alone may reach' },
      { "residual", "number", "of nmf: root of the squares left over those of the map" },
      { "iterations", "integer", "of nmf" }, { "seed", "integer", "of nmf" },
      { "converged", "boolean", "of nmf" } } },
    { name = "spectra.Casa", summary = "What CasaXPS keeps in comments; binding energies.", fields = {
      { "calibrations", "list of table", "measured, to (end of a range; or nil), actual" },
      { "regions", "list of table", "name, background, from, to, rsf, average, offsets, tougaard" },
      { "components", "list of table", "name, shape, rsf; area, width and position, each with "
        .. "value, low, high, link (index from 0 of another component, or -1) and factor" },
      { "hv", "number", "photon energy in eV" } } },
    { name = "spectra.Fit", summary = "Peaks on a background; see spectra.fit.", fields = {
      { "spectrum", "spectra.Spectrum", "what was fitted" },
      { "k", "integer", "number of peaks" }, { "shape", "string", "of the peaks" },
      { "background", "string", "its kind" },
      { "average", "integer", "points whose mean holds it at either end; nil: its levels are fitted" },
      { "area", "array [k]", "areas" }, { "position", "array [k]", "positions" },
      { "width", "array [k]", "full widths at half maximum" },
      { "mix", "array [k]", "Lorentzian parts, see the shapes" },
      { "skew", "array [k]", "asymmetries; 0 for shapes that have none" },
      { "share", "array [k]", "areas over their sum" },
      { "errors", "table", "standard errors by the names above, enlarged where not adequate" },
      { "area_covariance", "array [k x k]", "of the areas" },
      { "position_covariance", "array [k x k]", "of the positions, that errors of distances need" },
      { "base", "number", "constant of the background" },
      { "slope", "number", "of a linear background, per unit of x" },
      { "step", "number", "of Shirley's background, per area" },
      { "tail", "number", "B of Tougaard's background, eV^2" },
      { "kernel", "list of numbers", "C, D, T0 of Tougaard's background; nil: the default" },
      { "ramps", "array [5]", "steps of the background \"ramps\"" },
      { "misfit", "number", "chi^2 per degree of freedom" }, { "chi2", "number", "chi^2" },
      { "deviance", "number", "what was minimised" }, { "bic", "number", "information criterion" },
      { "parameters", "integer", "number of free parameters" },
      { "noise", "number", "variance of an intensity over its mean" },
      { "noise_source", "string", '"counts", "scatter" or "given"' },
      { "converged", "boolean", "whether the fit converged" },
      { "excess", "number", "misfit over 1, in its standard deviations" },
      { "structure", "number", "agreement of neighbouring residuals, in standard deviations" },
      { "adequate", "boolean", "whether both are below 3: the model explains the data" },
      { "explained", "boolean", "adequate, no peak a twin, narrow or at an edge, and no other "
        .. "family clearly better; nil unless \"auto\"" },
      { "rivals", "list of table", "other answers with something for them: k, shape, background, "
        .. "misfit, bic, defects, why; nil unless \"auto\"" },
      { "half_choices", "list", "numbers of peaks of lowest BIC in each half of the counts; nil unless "
        .. '"auto"' },
      { "roles", "list of strings",
        '"state", "satellite" or "line" (a further one of a doublet or multiplet), of each peak' },
      { "names", "list of strings", "of the peaks; \"\" where none was given" },
      { "flags", "list of list of strings", "what is doubtful about each peak" },
      { "reference", "table", "peak, energy, shift, error of a charge reference; nil without" },
      { "candidates", "list of table", 'the numbers of peaks that "auto" has tried' },
      { "verdict", "string", 'why "auto" chose this number' } } },
  },
  functions = {
    { name = "spectra.new", summary = "Makes a spectrum from energies and intensities.",
      arguments = { { "x", "array [n]", "energies, rising or falling" }, { "y", "array [n]",
        "intensities" } },
      options = {
        { "energy", "string", '"binding", "kinetic" or "other"', default = "binding" },
        { "x_unit", "string", "unit of x", default = "eV" }, { "y_unit", "string", "unit of y",
          default = "none" },
        { "counts_per", "number", "counts that one unit of y is", default = "unknown" },
        { "hv", "number", "photon energy", unit = "eV" }, { "dwell", "number",
          "time a point and scan", unit = "s" },
        { "scans", "number", "number of scans" }, { "file", "string", "where it comes from" },
        { "block", "string", "name in that file" }, { "sample", "string", "name of the sample" },
        { "columns", "list", "further columns {label, unit, values}" },
        { "shift", "number", "eV added to the energies so far", default = 0 },
        { "comments", "list of strings", "lines of the file" } },
      returns = { { "spectra.Spectrum", "the spectrum" } },
      errors = "when a value is no number, or energies neither rise nor fall from point to point",
      example = data .. [[assert(#s == 161 and s.energy == "binding")]] },
    { name = "spectra.read", summary = "Reads a spectrum from a file.",
      description = [[
VAMAS, NeXus (the default NXdata), PHI .spe, texts of Scienta SES and SPECS Prodigy, and text tables. Angles
or places of a Scienta file, and the scans of PHI, are summed. Energies of a text table are turned into eV.]],
      arguments = { { "file", "string", "path; the format is found out" } },
      options = {
        { "block", "string or integer", "name or number of a block or region; all when absent" },
        { "energy", "string", '"binding" or "kinetic"', default = "binding where hv is known" },
        { "work_function", "boolean", "apply the one a VAMAS file states", default = false },
        { "column", "string", "label of the VAMAS ordinate", default = "the first" },
        { "x", "string", "column of energies in a text table", 
          default = "by its name, else the first of numbers" },
        { "y", "string", "column of intensities", 
          default = "by its name, else the next of numbers" },
        { "hv", "number", "photon energy; turns kinetic energies into binding ones", unit = "eV",
          default = "as the file says" },
        { "given", "string", '"binding" or "kinetic": what the energies of a text table are',
          default = "by the column's name, else binding" },
        { "dwell", "number", "time a point and scan", unit = "s" },
        { "scans", "number", "number of scans" },
        { "calibrated", "boolean", "apply the calibrations of CasaXPS in the comments",
          default = false } },
      returns = { { "spectra.Spectrum", "the spectrum; a list of them for several blocks" } },
      errors = "with file and line: what was expected there",
      example = [[
m.sys.write_atomic("a.csv", "BE/eV,counts\n284,10\n285,30\n286,12\n")
local s = m.spectra.read "a.csv"
assert(#s == 3 and s.energy == "binding" and s.y_unit == "counts")
m.sys.write_atomic("b.csv", "1202.6,10\n1201.6,30\n1200.6,12\n")
s = m.spectra.read("b.csv", { given = "kinetic", hv = 1486.6 })
assert(s.energy == "binding" and math.abs(s.x[1] - 284) < 1e-9)]] },
    { name = "spectra.fit", summary = "Fits peaks on an active background.",
      description = [[
A component is a position, or a table of name; position (a number, or { value =, error = }, a prior of that
standard deviation); width, mix and skew (a number fixes, { low, high } bounds, the name of a component
before shares its value); shape; curve (in place of a shape: a measured spectrum net of its background, or
a file of one, which is moved and scaled); shift = { from = name, by = eV }; ratio = { to = name, of = number } (of
areas); doublet = "p", "d", "f" or a ratio of areas, with splitting = eV; lines = list of { shift =, ratio =,
width = } for a multiplet. Lines of a doublet or multiplet are tied to the first: Fit:components sums them.]],
      arguments = { { "spectrum", "spectra.Spectrum", "the data" } },
      options = {
        { "shape", "string", '"pseudo-voigt", "gauss", "lorentz", "voigt", "doniach", '
          .. '"asymmetric", "SGL(m)", "GL(m)" or "LA(a,b,m)"', default = "pseudo-voigt" },
        { "background", "string", '"shirley", "shirley + linear", "tougaard", '
          .. '"tougaard + linear", "ramps" (rising steps), "linear", "constant" or "none"',
          default = "shirley" },
        { "peaks", "string, integer or list",
          'how many: "auto", a number, or a list of components, see above', default = "auto" },
        { "width", "{low, high}", "full widths at half maximum that are plausible",
          default = "{0.7, 1.4}", unit = "eV" },
        { "tougaard", "table or string", 'kernel { c =, d =, t0 = } of T / ((c - T^2)^2 + d T^2), eV^2 '
          .. 'and eV; "free": c and d from the fit, for a list of peaks',
          default = "c = -1643, d = 0: the universal kernel of two parameters" },
        { "average", "integer", 'points whose mean holds the background at either end: with "linear", '
          .. '"shirley" or "tougaard"', default = "none: its levels are fitted" },
        { "noise", "number", "variance of an intensity over its mean", default = "the spectrum's" },
        { "seed", "integer", "of the random starts and of held-out counts", default = 1 },
        { "max_peaks", "integer", 'most peaks that "auto" tries', default = 8 } },
      returns = { { "spectra.Fit", "peaks with errors, misfit, flags" } },
      errors = "when an intensity is negative or all are zero, or there are too few points",
      example = data .. [[
local fit = m.spectra.fit(s)
assert(fit.k == 2 and math.abs(fit.position[2] - 288.5) < 0.02 and fit.misfit < 1.5)]] },
    { name = "spectra.read_vamas", summary = "Reads all blocks of a VAMAS file as they are.",
      arguments = { { "file", "string", "path" } },
      returns = { { "list of table",
        "blocks with all 40 parts: id, sample, technique, energy (hv), dwell, scans, columns, ..." } },
      errors = "with file and line: what was expected there",
      reference = "ISO 14976:1998",
      example = data .. [[
m.spectra.write_vamas("a.vms", s)
assert(m.spectra.read_vamas("a.vms")[1].columns[1].values[1] == s.y[1])]] },
    { name = "spectra.write_vamas", summary = "Writes spectra or VAMAS blocks to a file.",
      description = [[
Numbers are the shortest texts that read back as the same doubles: reading gives the same blocks again.
Energies of spectra that start and step do not give back exactly are written point by point (IRREGULAR).]],
      arguments = { { "path", "string", "of the file" },
        { "what", "spectra.Spectrum or list", "spectra, or blocks as read_vamas gives them" } },
      errors = "when it is neither, or the file cannot be written",
      reference = "ISO 14976:1998",
      example = data .. [[
m.spectra.write_vamas("a.vms", { s, s })
assert(m.spectra.read("a.vms")[2].y[7] == s.y[7])]] },
    { name = "spectra.pca", summary = "Principal components of a map of spectra, for looking.",
      description = [[
Finds the curves along which spectra vary most. With scale = "counts" Poisson noise is the same everywhere:
components whose variance is above `edge` are more than noise. Components are no chemical states.]],
      arguments = { { "y", "array [m x n]", "intensities, one spectrum a row" } },
      options = { { "components", "integer", "how many", default = "6" },
        { "scale", "string", '"counts"', default = "none" } },
      returns = { { "spectra.Factors", "mean, scores, loadings, variance" } },
      errors = "when there are fewer than two spectra or points, or a value is not finite",
      reference = "Keenan and Kotula, Surf. Interface Anal. 36, 203 (2004)",
      example = factors .. [[
local p = m.spectra.pca(y, { components = 3 })
assert(p.share[1] + p.share[2] > 1 - 1e-12 and p.share[3] < 1e-12)]] },
    { name = "spectra.nmf", summary = "Non-negative factors of a map of spectra, for looking.",
      description = [[
Least squares by hierarchical alternating updates from random curves: another seed may end elsewhere.]],
      arguments = { { "y", "array [m x n]", "intensities >= 0, one spectrum a row" } },
      options = { { "components", "integer", "how many", default = 2 },
        { "seed", "integer", "of the random start", default = 1 },
        { "iterations", "integer", "most rounds", default = 500 },
        { "tolerance", "number", "stop when a round lowers the squares left by less, over those of y",
          default = 1e-7 } },
      returns = { { "spectra.Factors", "scores, loadings, residual" } },
      errors = "when an intensity is negative or not finite, or all are zero",
      reference = "Cichocki and Phan, IEICE Trans. E92-A, 708 (2009)",
      example = factors .. [[
local f = m.spectra.nmf(y, { components = 2 })
assert(f.residual < 0.02 and f.loadings:min() >= 0)]] },
    { name = "spectra.Factors:reconstruct", summary = "The map that the factors describe.",
      returns = { { "array [m x n]", "scores times loadings, and the mean" } },
      example = factors .. [[
local p = m.spectra.pca(y, { components = 2 })
assert((p:reconstruct() - y):abs():max() < 1e-9)]] },
    { name = "spectra.Factors:plot", summary = "The loadings as curves.",
      arguments = { { "x", "array [n] or spectra.Spectrum", "energies" }, path },
      returns = { { "plot.Figure", "a line a component" } },
      example = factors .. [[assert(m.spectra.pca(y, { components = 2 }):plot(x))]] },
    { name = "spectra.casa", summary = "Reads what CasaXPS keeps in the comments of a VAMAS block.",
      arguments = { { "comments", "list of strings", "lines, as a spectrum has them" },
        { "hv", "number", "photon energy", unit = "eV" } },
      returns = { { "spectra.Casa", "calibrations, regions, components" } },
      errors = "when a region or component cannot be read",
      example = [[
local casa = m.spectra.casa({ "Calib M = 284.5 A = 284.8 BE ADD" }, 1486.6)
assert(casa.calibrations[1].actual == 284.8)]] },
    { name = "spectra.Casa:peaks", summary = "Components of CasaXPS as peaks for spectra.fit.",
      description = [[
Links become ties: of positions the distance, of areas the ratio, of widths the width. Bounds of widths are
taken over, those of areas and positions are not. GL, SGL and LA are fitted; other shapes are refused, unless
`shape` stands for all.]],
      arguments = { { "shape", "string", "for all components, instead of their own" } },
      returns = { { "list of table", "for the option peaks; a component stands after those it is tied to" } },
      errors = "when a shape cannot be fitted, or links lead nowhere or in a circle",
      example = [[
local casa = m.spectra.casa({ "CASA comp (*a*) (*GL(30)*) Area 9 0 99 -1 1 MFWHM 1 0.5 2 -1 1 "
  .. "Position 1200 1190 1210 -1 1 RSF 1" }, 1486.6)
assert(math.abs(casa:peaks()[1].position - 286.6) < 1e-9)]] },
    { name = "spectra.Casa:lines", summary = "Regions and components as comments of CasaXPS.",
      returns = { { "list of strings", "the lines, with their counts" } },
      example = [[assert(#m.spectra.casa({}, 1486.6):lines() == 2)]] },
    { name = "spectra.tougaard", summary = "Tougaard's background of measured intensities.",
      description = [[
base + sum over T > t0 of b T / ((c - T^2)^2 + d T^2) (y - base) dT, base the mean of some points at the
end of least loss. The kernel is cut below t0, not moved. c < 0 and d = 0 is the kernel of two parameters.]],
      arguments = { { "x", "array [n]", "energies" }, { "y", "array [n]", "intensities" } },
      options = { { "b", "number", "strength", default = 2866, unit = "eV^2" },
        { "c", "number", "of the kernel", default = -1643, unit = "eV^2" },
        { "d", "number", "of the kernel", default = 0, unit = "eV^2" },
        { "t0", "number", "least loss", default = 0, unit = "eV" },
        { "average", "integer", "points averaged at the end of least loss", default = 5 },
        { "rising", "boolean", "losses are at greater x: binding energies", default = true } },
      returns = { { "array [n]", "the background" } },
      errors = "when energies neither rise nor fall, or a value is no number",
      reference = "S. Tougaard, Surf. Interface Anal. 25, 137 (1997)",
      example = data .. [[assert(m.spectra.tougaard(s.x, s.y)[1] > 0)]] },
    { name = "spectra.write_nexus", summary = "Writes a spectrum as NeXus (NXdata in an NXmpes entry).",
      arguments = { { "path", "string", "of the file" },
        { "spectrum", "spectra.Spectrum", "what to write" } },
      reference = "NeXus, NXmpes and NXdata (manual.nexusformat.org)",
      example = data .. [[
m.spectra.write_nexus("a.nxs", s)
assert(m.spectra.read("a.nxs").y[3] == s.y[3])]] },
    { name = "spectra.quantify", summary = "Atomic per cent from areas, with errors.",
      description = [[
A corrected area is area / (rsf * transmission * imfp); the share is its part of their sum. Errors of the
areas and of all factors are taken as independent.]],
      arguments = { { "areas", "list of table", "each with area; may have name, error, rsf (1), "
        .. "rsf_error, transmission (1), transmission_error, imfp (1) and imfp_error" } },
      returns = { { "table.Table", "name, corrected area, atomic share in %, with errors" } },
      errors = "when an area or a factor is not > 0",
      example = [[
local t = m.spectra.quantify { { name = "C", area = 100, rsf = 1 }, { name = "O", area = 293, rsf = 2.93 } }
local _, share = t:column "atomic share"
assert(math.abs(share.values[2] - 50) < 1e-9)]] },
    { name = "spectra.imfp", summary = "Inelastic mean free path of electrons.",
      arguments = { { "energy", "number", "kinetic energy in eV" },
        { "material", "string or table", '"element", "inorganic" or "organic" (Seah and Dench), or '
          .. "density (g/cm^3), molar_mass (g/mol), valence (electrons) and gap (eV, 0) for TPP-2M" } },
      returns = { { "number", "nm" } }, errors = "when a value is not > 0 or the material unknown",
      reference = "M. P. Seah, W. A. Dench, Surf. Interface Anal. 1, 2 (1979); "
        .. "S. Tanuma, C. J. Powell, D. R. Penn, Surf. Interface Anal. 21, 165 (1994)",
      example = [[assert(math.abs(m.spectra.imfp(1000, "element") - 1.708) < 1e-3)]] },
    { name = "spectra.overlayer", summary = "Thickness of an even layer on a substrate.",
      description = [[
layer / substrate = pure_ratio (1 - exp(-d / a)) / exp(-d / b), a and b the mean free paths of the two lines
in the layer times cos(angle). With one for both, d = a log(1 + (layer / substrate) / pure_ratio).]],
      options = { { "layer", "number", "area of the layer's line" },
        { "substrate", "number", "area of the substrate's line" },
        { "layer_error", "number", "its standard error", default = 0 },
        { "substrate_error", "number", "its standard error", default = 0 },
        { "pure_ratio", "number", "ratio of the lines of thick layer and bare substrate", default = 1 },
        { "pure_ratio_error", "number", "its standard error", default = 0 },
        { "imfp", "number", "mean free path of the layer's line in the layer", unit = "nm" },
        { "imfp_substrate", "number", "that of the substrate's line there", unit = "nm",
          default = "imfp" },
        { "imfp_error", "number", "standard error of imfp; both paths vary together", unit = "nm",
          default = 0 },
        { "angle", "number", "from the normal, in degrees", default = 0 } },
      returns = { { "number", "thickness in nm" }, { "number", "its standard error" } },
      errors = "when an area or the mean free path is not > 0",
      reference = "J. M. Hill et al., Chem. Phys. Lett. 44, 225 (1976)",
      example = [[
local d = m.spectra.overlayer { layer = 100, substrate = 100, imfp = 3 }
assert(math.abs(d - 3 * math.log(2)) < 1e-12)]] },
    { name = "spectra.shirley", summary = "The iterative Shirley background over the whole range.",
      arguments = { { "x", "array [n]", "energies" }, { "y", "array [n]", "intensities" } },
      options = { { "average", "integer", "points averaged at either end", default = 1 },
        { "tolerance", "number", "change to stop at, relative to the largest intensity",
          default = 1e-12 },
        { "max_iterations", "integer", "most iterations", default = 200 } },
      returns = { { "array [n]", "the background" }, { "integer", "iterations" },
        { "boolean", "whether it converged" } },
      reference = "D. A. Shirley, Phys. Rev. B 5, 4709 (1972)",
      example = data .. [[
local b, iterations, converged = m.spectra.shirley(s.x, s.y)
assert(converged and b[1] == s.y[1] and math.abs(b[161] - s.y[161]) < 1e-9)]] },
    { name = "spectra.Spectrum:cut", summary = "The part between two energies.",
      arguments = { { "low", "number or {low, high}", "lower end; all when absent" }, { "high",
        "number", "upper end" } },
      returns = { spectrum }, errors = "when there are no data",
      example = data .. [[assert(s:cut(282, 290).x:min() >= 282)]] },
    { name = "spectra.Spectrum:binned", summary = "Means of neighbouring points.",
      description = [[
For data much finer than their lines: fits take as long as there are points. What is left at the end is
dropped; the noise of the means is known where that of the points is.]],
      arguments = { { "count", "integer", "points in each mean" } },
      returns = { spectrum }, errors = "when fewer than two means would be left",
      example = data .. [[assert(#s:binned(2) == 80 and s:binned(2).counts_per == 2)]] },
    { name = "spectra.Spectrum:calibrate",
      summary = "Shifts the energies so that a line is where it should be.",
      arguments = { { "to", "number", "where the line should be; no shift when absent" },
        { "from", "number", "where it is; the strongest line when absent" } },
      returns = { spectrum },
      example = data .. [[assert(math.abs(s:calibrate(284.8).shift + 0.2) < 0.02)]] },
    { name = "spectra.Spectrum:shirley",
      summary = "The iterative Shirley background of the spectrum.",
      options = { { "average", "integer", "points averaged at either end", default = 1 } },
      returns = { { "array [n]", "the background" } },
      example = data .. [[assert(#s:shirley { average = 3 } == #s)]] },
    { name = "spectra.Spectrum:subtract", summary = "The spectrum without a background.",
      arguments = { { "background", "array [n]", "Shirley's when absent" } },
      returns = { spectrum },
      example = data .. [[assert(math.abs(s:subtract().y[1]) < 1e-9)]] },
    { name = "spectra.Spectrum:noise", summary = "Variance of an intensity over its mean.",
      description = [[
Counting sets a lower limit: points that scatter less than counts can are correlated, not better. When
they scatter more than twice as much, the scatter is believed.]],
      returns = { { "number", "the ratio: 1 for counts" }, { "string",
        '"counts" or "scatter": where from' } },
      example = data .. [[assert(s:noise() == 1)]] },
    { name = "spectra.Spectrum:axis", summary = "The energy axis of a figure.",
      returns = { { "table", "label, unit, reverse, as plot.figure takes them" } },
      example = data .. [[assert(s:axis().reverse)]] },
    { name = "spectra.Spectrum:intensity_axis", summary = "The intensity axis of a figure.",
      returns = { { "table", "label and unit" } },
      example = data .. [[assert(s:intensity_axis().unit == "counts")]] },
    { name = "spectra.Spectrum:plot", summary = "A figure; a binding energy falls to the right.",
      arguments = { path }, returns = { { "plot.Figure", "the figure" } },
      example = data .. [[assert(s:plot().x.reverse)]] },
    { name = "spectra.Spectrum:table", summary = "Energy and intensity as a table.",
      returns = { { "table.Table", "two columns" } },
      example = data .. [[assert(#s:table() == 161)]] },
    { name = "spectra.Fit:evaluate", summary = "The model: background and peaks.",
      arguments = { { "x", "array [m]", "energies; those of the data when absent" } },
      returns = { { "array [m x (1 + k)]", "column 1 is the background, then one column a peak" } },
      example = data .. [[
local parts = m.spectra.fit(s, { peaks = { 285, 288.5 } }):evaluate()
assert(parts.shape[2] == 3 and math.abs(parts:sum(2)[51] / s.y[51] - 1) < 0.05)]] },
    { name = "spectra.Fit:residual", summary = "Data minus model in units of the noise.",
      returns = { { "array [n]", "the residual" } },
      example = data .. [[assert(m.spectra.fit(s,
        { peaks = { 285, 288.5 } }):residual():abs():max() < 5)]] },
    { name = "spectra.Fit:with", summary = "The same model with other values.",
      description = [[
To draw a model, or to make spectra of it: its errors and misfit are left out.]],
      arguments = { { "changes", "table",
        "area, position, width, mix, skew: lists of k; base, slope, step, tail: numbers" } },
      returns = { { "spectra.Fit", "a new one" } },
      errors = "when a list has another length",
      example = data .. [[
local fit = m.spectra.fit(s, { peaks = { 285, 288.5 } })
assert(fit:with { area = { 0, 0 }, base = 7 }:evaluate():sum(2)[5] == 7)]] },
    { name = "spectra.Fit:refitted", summary = "The same model fitted to another spectrum.",
      arguments = { { "spectrum", "spectra.Spectrum", "the data" } },
      returns = { { "spectra.Fit", "from the values of this one, with its limits, ties and priors" } },
      errors = "as spectra.fit",
      example = data .. [[
local fit = m.spectra.fit(s, { peaks = { 285, 288.5 } })
local half = m.spectra.new(x, s.y / 2, { counts_per = 2 })
assert(math.abs(fit:refitted(half).area[1] / fit.area[1] - 0.5) < 1e-4)]] },
    { name = "spectra.Fit:referenced",
      summary = "The same fit on a scale of energies where one peak is at a known energy.",
      description = [[
Spectrum, positions, limits and words move together; fit.reference tells by how much. Errors of the other
positions are then those of their distances from that peak, the peak's own is 0.
Another region of the same sample follows by other:calibrate(fit.reference.shift, 0).]],
      arguments = { { "peak", "string or integer", "its name (of the peaks given, or as in the table), "
        .. "or its number by rising position" },
        { "energy", "number", "where it is, in the unit of the axis" } },
      returns = { { "spectra.Fit", "with field reference: peak, energy, shift, error" } },
      errors = "when there is no such peak, or the energy is no finite number",
      example = data .. [[
local fit = m.spectra.fit(s, { peaks = { { name = "C-C", position = 285 }, 288.5 } })
local scaled = fit:referenced("C-C", 284.8)
assert(scaled.position[1] == 284.8)
assert(math.abs(scaled.position[2] - fit.position[2] - scaled.reference.shift) < 1e-9)
assert(math.abs(scaled:evaluate():sum(2)[50] - fit:evaluate():sum(2)[50]) < 1e-6)]] },
    { name = "spectra.Fit:reference_text",
      summary = "What the scale of energies refers to, in words.",
      returns = { { "string", "nil where the scale is that of the file" } },
      example = data .. [[
local fit = m.spectra.fit(s, { peaks = { 285, 288.5 } }):referenced(1, 284.8)
assert(fit:reference_text():find("284.80 eV", 1, true))]] },
    { name = "spectra.Fit:held_out_score",
      summary = "Judges the model by counts that were held out.",
      description = [[
The counts are thinned into two independent halves; the model is fitted to each and judged by the
other.]],
      returns = { { "table", "log_likelihood, misfit (chi^2 a point), points" } },
      example = data .. [[
local score = m.spectra.fit(s, { peaks = { 285, 288.5 } }):held_out_score()
assert(score.points == 161 and score.misfit > 0.2 and score.misfit < 2)]] },
    { name = "spectra.Fit:state_shares",
      summary = "Area fractions among the states, satellites apart.",
      returns = { { "list", "shares; nothing for satellites" }, { "list",
        "their standard errors" } },
      example = data .. [[
local shares = m.spectra.fit(s, { peaks = { 285, 288.5 } }):state_shares()
assert(math.abs(shares[1] + shares[2] - 1) < 1e-12)]] },
    { name = "spectra.Fit:casa", summary = "The peaks and the range as CasaXPS keeps them.",
      description = [[
Casa:lines of it are the comments to write with the spectrum. A pseudo-Voigt becomes SGL: CasaXPS mixes heights
where mix is that of areas.]],
      returns = { { "spectra.Casa", "a region and its components" } },
      errors = "without binding energies and hv, or when CasaXPS has no such shape or background",
      example = data .. [[
local known = m.spectra.new(s.x, s.y, { hv = 1486.6 })
local casa = m.spectra.fit(known, { peaks = { 285, 288.5 } }):casa()
assert(#casa.components == 2 and #casa:lines() == 5)]] },
    { name = "spectra.Fit:bootstrap", summary = "Errors from fits of spectra drawn from the model.",
      description = [[
Parametric bootstrap: Poisson numbers of the model's mean (times the noise) are fitted from the fit's values
with its limits. Right at bounds and for weak peaks, where `errors` are not; it believes the model as much, and
is not enlarged by the misfit.]],
      options = { { "samples", "integer", "spectra drawn", default = 200 },
        { "seed", "integer", "of their noise", default = "the fit's" } },
      returns = { { "table",
        "samples; errors, low, high: tables of area, position, width, mix, skew, share, arrays [k]; low and "
          .. "high are the interval of 68 %" } },
      errors = "when samples is less than 2",
      reference = "Efron and Tibshirani, An Introduction to the Bootstrap (1993)",
      example = data .. [[
local b = m.spectra.fit(s, { peaks = { 285, 288.5 } }):bootstrap { samples = 20 }
assert(b.errors.position[1] > 0 and b.low.area[1] < b.high.area[1])]] },
    { name = "spectra.Fit:components",
      summary = "Areas of components: a doublet or multiplet counts as one.",
      returns = { { "table.Table", "position of the strongest line, area with its error" } },
      example = data .. [[
local fit = m.spectra.fit(s, { peaks = { { name = "a", position = 285, doublet = 0.4, splitting = 3.5 } } })
assert(#fit:components() == 1 and fit.k == 2)]] },
    { name = "spectra.Fit:table", summary = "Peaks with standard errors.",
      description = [[
Offsets count from the largest peak. Errors of offsets and shares are those of values that vary together:
that of an offset which a tie fixes is 0. NaN where a value stands at its bound or nothing determines it.]],
      returns = { { "table.Table", "position, offset, FWHM, area, share of the states, flags" } },
      example = data .. [[assert(#m.spectra.fit(s, { peaks = { 285, 288.5 } }):table() == 2)]] },
    { name = "spectra.Fit:plot", summary = "Data, peaks, sum and background over the residual.",
      arguments = { path }, returns = { { "plot.Panels", "the two panels" } },
      example = data .. [[assert(#m.spectra.fit(s,
        { peaks = { 285, 288.5 } }):plot().figures == 2)]] },
  },
}

table.move(maps.functions, 1, #maps.functions, #doc.functions + 1, doc.functions)
table.move(maps.classes, 1, #maps.classes, #doc.classes + 1, doc.classes)
return doc
