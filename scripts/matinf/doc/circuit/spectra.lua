-- Documentation of module circuit: spectra, files, validity, relaxation times.

-- R0-p(R1,C1)-p(R2,C2) at 41 frequencies, without noise.
local data = [[
local f, z = {}, {}
for i = 1, 41 do
  f[i] = 10 ^ (5 - 0.2 * (i - 1))
  local w = 2 * math.pi * f[i]
  z[i] = 10 + 20 / m.array.complex(1, w * 1e-4) + 30 / m.array.complex(1, w * 0.1)
end
local s = m.circuit.spectrum(f, z)
]]

local a_spectrum = { "spectrum", "circuit.Spectrum", "the data; masked points are left out" }
local a_new_one = { "circuit.Spectrum", "a new one; spectra never change" }
local path = { "path", "string", "where to save the figure; may be absent" }
local a_figure = { "plot.Figure", "the figure" }

local functions = {}
local function add(entry) functions[#functions + 1] = entry end

-- ---- spectra ------------------------------------------------------------------------------------

add { name = "circuit.spectrum", summary = "Makes a spectrum from frequencies and impedances.",
  arguments = { { "frequency", "array [n]", "Hz, above 0, in any order; may repeat" },
    { "impedance", "array [n]", "c128, ohm; capacitive is Im < 0" } },
  options = { { "unit", "string", '"ohm" or "ohm cm2"', default = "ohm" },
    { "area", "number", "of the electrode", unit = "cm²" },
    { "sigma", "array [n]", "measured standard deviation of either part", unit = "ohm" },
    { "masked", "array [n]", "u8, 1 where a point is left out" },
    { "label", "string", "what tells it from others: a cycle, a temperature" },
    { "file", "string", "where it comes from" }, { "format", "string", "of that file" },
    { "notes", "list of strings", "what a reader of it should know" } },
  returns = { { "circuit.Spectrum", "the spectrum" } },
  errors = "when a frequency is not above 0, an impedance is 0 or no number, naming the point",
  example = data .. "assert(#s == 41 and s.impedance[1].im < 0)" }

add { name = "circuit.read", summary = "Reads the spectra of a file.",
  description = [[
The format is found by the text, not by the name: Gamry .DTA, BioLogic .mpt and .mpr, ZPlot .z,
Autolab, CH Instruments, VersaStudio .par; all else is a table (csv, PowerSuite, Parstat, ...) whose
columns are known by their headers (freq, f, Hz, omega; Z', Zre, Re(Z); Z'', Zim, Im(Z)), a minus sign
before the imaginary part included, or are the first three when there are none. A column of cycles
(or spectrum, id, temperature), or a frequency that returns to the first one, begins a new spectrum.
Rows of frequency 0 are direct current and left out, with a note.]],
  arguments = { { "file", "string", "path" } },
  options = { { "frequency", "string", "name of its column in a table" },
    { "real", "string", "column of the real part" },
    { "imaginary", "string", "column of the imaginary part" },
    { "by", "string", "column whose changes begin a new spectrum" },
    { "angular", "boolean", "the frequencies are angular, in rad/s", default = false },
    { "sign", "integer", "-1 when the file holds -Im(Z) and its headers do not say so", default = 1 },
    { "area", "number", "of the electrode; see circuit.Spectrum:specific", unit = "cm²" } },
  returns = { { "circuit.Spectrum", "the spectrum; a list of them when the file holds several" } },
  errors = "with file and line: the column that is missing, the number that is none, where it is cut",
  example = [[
m.sys.write_atomic("a.csv", "f/Hz;Z';-Z''\n1000;10,5;1,5\n100;12;4\n10;20;1\n")
local s = m.circuit.read "a.csv"
assert(#s == 3 and s.impedance[1].re == 10.5 and s.impedance[1].im == -1.5)]] }

add { name = "circuit.write", summary = "Writes spectra to a file.",
  arguments = { { "path", "string", "ends in .csv (frequency and both parts) or .h5 (all)" },
    { "spectra", "circuit.Spectrum or list", "what to write" } },
  returns = {}, errors = "when spectra of different units are to share a file",
  example = data .. [[
m.circuit.write("a.csv", s)
assert(m.circuit.read "a.csv".impedance[7] == s.impedance[7])]] }

add { name = "circuit.Spectrum:cut", summary = "The points between two frequencies.",
  arguments = { { "low", "number", "Hz; or {low, high}; nil: all" }, { "high", "number", "Hz" } },
  returns = { a_new_one }, errors = "when no point is left",
  example = data .. "assert(#s:cut(1, 100) == 11)" }
add { name = "circuit.Spectrum:mask", summary = "Leaves points out of fits and tests.",
  description = "They stay in the spectrum and are shown as crosses.",
  arguments = { { "which", "list, array or function",
    "point numbers, a mask of all points (u8), or a test of frequency and impedance" } },
  returns = { a_new_one }, errors = "when no point is left",
  example = data .. [[
assert(#s:mask { 1, 2 }:kept() == 39)
assert(#s:mask(function(f, z) return z.im >= 0 or f > 1e4 end):kept() == 36)]] }
add { name = "circuit.Spectrum:unmask", summary = "The spectrum without its mask.", arguments = {},
  returns = { a_new_one }, example = data .. "assert(#s:mask { 1 }:unmask():kept() == 41)" }
add { name = "circuit.Spectrum:kept", summary = "The points that are not masked.", arguments = {},
  returns = { a_new_one }, example = data .. "assert(#s:mask { 1 }:kept() == 40)" }
add { name = "circuit.Spectrum:specific", summary = "The impedance times the area of the electrode.",
  arguments = { { "area", "number", "cm²; when absent, that of the spectrum" } },
  returns = { a_new_one }, errors = "when no area is known, or it is applied already",
  example = data .. 'assert(s:specific(2).unit == "ohm cm2" and s:specific(2).impedance[1].re > 20)' }
add { name = "circuit.Spectrum:phase", summary = "The phase.", arguments = {},
  returns = { { "array [n]", "degrees; negative when capacitive" } },
  example = data .. "assert(s:phase():max() < 0)" }
add { name = "circuit.Spectrum:table", summary = "Frequency and both parts as a table.",
  arguments = {}, returns = { { "table.Table", "one row a point" } },
  example = data .. "assert(#s:table() == 41)" }
add { name = "circuit.Spectrum:plot", summary = "A Nyquist plot: equal axes, capacitive arcs up.",
  arguments = { path }, returns = { a_figure },
  example = data .. 'assert(s:plot():svg():find "−Im Z")' }
add { name = "circuit.Spectrum:bode", summary = "Modulus and phase over the frequency.",
  arguments = { path }, returns = { { "plot.Panels", "both figures" } },
  example = data .. 'assert(s:bode():svg():find "Phase")' }

-- ---- validity -----------------------------------------------------------------------------------

add { name = "circuit.kk", summary = "Tests whether a spectrum obeys the Kramers-Kronig relations.",
  description = [[
Lin-KK: a resistor, M RC elements of fixed time constants and, unless told otherwise, a capacitor and
an inductor are fitted to the data (linear least squares of the residuals over |Z|). M is the one with
the least Bayesian information criterion; with `mu` the first for which mu = 1 - sum |R_k < 0| /
sum |R_k >= 0| is at most that, as impedance.py does; with `elements` the one given.

verdict: "failed" when the residuals are systematic (runs of one sign) and exceed 1 % of |Z|;
"doubtful" when the noise exceeds 5 %, or points lie off by more than 5 robust standard deviations and
1 %; else "passed". reason says why, with numbers. noise is the standard deviation of either part over
|Z| that the residuals leave.]],
  arguments = { a_spectrum },
  options = { { "part", "string", 'what is fitted: "real", "imaginary" or "complex"',
      default = "complex" },
    { "mu", "number", "choose M by this limit of mu (0.85 is usual)", default = "by the criterion" },
    { "elements", "integer", "M itself" }, { "most", "integer", "the greatest M tried", default = 50 },
    { "capacitor", "boolean", "with a series capacitor", default = true },
    { "inductor", "boolean", "with a series inductor", default = true } },
  returns = { { "circuit.KramersKronig", "the test" } },
  errors = "when there are too few points",
  reference = "M. Schönleber, D. Klotz, E. Ivers-Tiffée, Electrochim. Acta 131, 20 (2014)",
  example = data .. [[
local test = m.circuit.kk(s)
assert(test.verdict == "passed" and test.noise < 1e-3)
assert(m.circuit.kk(s, { part = "real", mu = 0.85 }).mu <= 0.85)]] }
add { name = "circuit.reject", summary = "Masks points that lie far off the Kramers-Kronig test.",
  description = "The worst first, one after the other, at most a tenth of all.",
  arguments = { a_spectrum },
  options = { { "threshold", "number",
    "robust standard deviations (and more than 1 % of |Z|), at least 3", default = 5 } },
  returns = { a_new_one },
  example = data .. [[
s.impedance[20] = 1.2 * s.impedance[20]
local clean = m.circuit.reject(s)
assert(clean.masked[20] == 1 and #clean:kept() >= 37)]] }
add { name = "circuit.KramersKronig:table", summary = "The residuals as a table.", arguments = {},
  returns = { { "table.Table", "one row a point, per cent of |Z|" } },
  example = data .. "assert(#m.circuit.kk(s):table() == 41)" }
add { name = "circuit.KramersKronig:plot", summary = "The residuals over the frequency.",
  arguments = { path }, returns = { a_figure },
  example = data .. 'assert(m.circuit.kk(s):plot():svg():find "Residual")' }

-- ---- relaxation times ---------------------------------------------------------------------------

add { name = "circuit.drt", summary = "The distribution of relaxation times of a spectrum.",
  description = [[
Z = R + i w L + 1 / (i w C) + A (1 - i) / sqrt w + int gamma(ln tau) / (1 + i w tau) d ln tau, where
gamma is a sum of Gaussians on a grid of time constants and int (gamma')^2 is penalised by lambda.
R is always there; L, C (blocking) and A (diffusion) as asked for. peaks lists the maxima of gamma:
tau, height, resistance (area), capacitance (tau / R).]],
  arguments = { a_spectrum },
  options = { { "method", "string", '"non-negative" or "ridge" (linear, may dip below zero)',
      default = "non-negative" },
    { "lambda", 'number or "gcv"', "strength of the penalty", default = "cross-validation" },
    { "weight", "string", '"modulus" (residuals over |Z|) or "unit"', default = "modulus" },
    { "inductor", "boolean", "with L", default = true },
    { "capacitor", "boolean", "with C", default = false },
    { "warburg", "boolean", "with A", default = false },
    { "derivative", "integer", "that is penalised: 1 or 2", default = 1 },
    { "width", "number", "spacing of the grid over the full width of a Gaussian", default = 0.5 },
    { "tau", "array [k]", "grid of time constants, log-spaced",
      default = "10 a decade, half a decade beyond the data", unit = "s" } },
  returns = { { "circuit.Drt", "the distribution" } },
  errors = "when there are too few points or time constants",
  reference = "T. H. Wan et al., Electrochim. Acta 184, 483 (2015)",
  example = data .. [[
local d = m.circuit.drt(s)
assert(#d.peaks == 2 and math.abs(d.peaks[2].resistance - 30) < 0.5)]] }
add { name = "circuit.Drt:table", summary = "The peaks as a table.", arguments = {},
  returns = { { "table.Table", "one row a peak" } },
  example = data .. "assert(#m.circuit.drt(s):table() == 2)" }
add { name = "circuit.Drt:plot", summary = "The distribution over the time constant.",
  arguments = { path }, returns = { a_figure },
  example = data .. 'assert(m.circuit.drt(s):plot():svg():find "Time constant")' }

-- ---- figures ------------------------------------------------------------------------------------

local curves = { "curves", "circuit.Spectrum, table or list",
  "a spectrum; a curve { spectrum =, fit = (circuit.Fit), label =, color = }; or a list of spectra, fits "
    .. "(each of the spectrum before it) and curves" }
local its_fit = { "fit", "circuit.Fit", "of the spectrum, where curves is one; may be left out" }

add { name = "circuit.nyquist", summary = "A Nyquist plot of spectra and fits.",
  arguments = { curves, its_fit }, returns = { a_figure }, errors = "when a curve has no spectrum",
  example = data .. [[
local fit = m.circuit.fit("R0-p(R1,C1)-p(R2,C2)", s)
assert(m.circuit.nyquist(s, fit):svg():find "p%(R1,C1%)")
m.circuit.nyquist { s, fit } -- the same
m.circuit.nyquist { { spectrum = s, fit = fit, label = "cell 1" }, { spectrum = s, color = "green" } }]] }
add { name = "circuit.bode", summary = "Modulus and phase of spectra and fits over the frequency.",
  arguments = { curves, its_fit }, returns = { { "plot.Panels", "both figures" } },
  errors = "when a curve has no spectrum",
  example = data .. 'assert(m.circuit.bode(s):svg():find "Phase")' }
add { name = "circuit.residuals", summary = "What fits leave of spectra, relative to |Z|.",
  arguments = { curves, its_fit },
  options = { { "noise", "number", "standard deviation of either part over |Z|: a band of twice it",
    default = "no band" } },
  returns = { a_figure }, errors = "when a curve has no spectrum or no fit",
  example = data .. [[
local fit = m.circuit.fit("R0-p(R1,C1)", s)
assert(m.circuit.residuals(s, fit, { noise = 0.01 }):svg():find "imaginary")
m.circuit.residuals({ s, fit }, { noise = 0.01 }) -- the same]] }

-- ---- drawing ------------------------------------------------------------------------------------

add { name = "circuit.draw", summary = "Draws a circuit as SVG.",
  arguments = { { "circuit", "circuit.Circuit", "the circuit" },
    { "parameters", "list, array or table", "values to write below the elements; may be absent" } },
  returns = { { "circuit.Drawing", "saved and shown like a figure" } },
  errors = "when there are too few or too many parameters",
  example = [[
local c = m.circuit.parse "R0-p(R1,C1)"
assert(m.circuit.draw(c, { 10, 2200, 1e-6 }):svg():find "2.2 kΩ")]] }
add { name = "circuit.Drawing:svg", summary = "The drawing as SVG text.", arguments = {},
  returns = { { "string", "<svg ...> ... </svg>" } },
  example = [[assert(m.circuit.draw(m.circuit.parse "R0-C1"):svg():find "^<svg")]] }
add { name = "circuit.Drawing:save", summary = "Saves the drawing.",
  arguments = { { "path", "string", "file that ends in .svg" } },
  returns = { { "string", "the path" } }, errors = "when the path ends in anything else",
  example = [[assert(m.circuit.draw(m.circuit.parse "R0-C1"):save "a.svg" == "a.svg")]] }

local classes = {
  { name = "circuit.Spectrum", summary = "Impedance over frequency; it never changes.", fields = {
    { "frequency", "array [n]", "Hz, in the order of the measurement" },
    { "impedance", "array [n]", "c128, in `unit`" }, { "unit", "string", '"ohm" or "ohm cm2"' },
    { "area", "number", "of the electrode in cm²; nil when unknown" },
    { "masked", "array [n]", "u8, 1 where a point is left out; nil when none is" },
    { "sigma", "array [n]", "measured standard deviation of either part; nil when unknown" },
    { "label", "string", "a cycle, a temperature; may be nil" },
    { "file", "string", "where it comes from; may be nil" },
    { "format", "string", "of that file; may be nil" },
    { "notes", "list of strings", "what the reader had to decide; may be nil" } } },
  { name = "circuit.KramersKronig", summary = "A Kramers-Kronig test; see circuit.kk.", fields = {
    { "verdict", "string", '"passed", "doubtful" or "failed"' }, { "reason", "string", "why" },
    { "noise", "number", "standard deviation of either part over |Z|" },
    { "spectrum", "circuit.Spectrum", "the points tested" }, { "part", "string", "what was fitted" },
    { "elements", "integer", "M" }, { "parameters", "integer", "number of unknowns" },
    { "mu", "number", "1 - sum |R_k < 0| / sum |R_k >= 0|" },
    { "reached", "boolean", "whether the criterion was met before the greatest M" },
    { "bic", "number", "information criterion" },
    { "tau", "array [M]", "time constants in s" }, { "r", "array [M]", "resistances in ohm" },
    { "resistance", "number", "R0 in ohm" }, { "elastance", "number", "1 / C in 1/F" },
    { "inductance", "number", "L in H" },
    { "fit", "array [n]", "c128, ohm" }, { "residual", "array [n]", "c128, (Z - fit) / |Z|" },
    { "rms_real", "number", "of the residual's real part" },
    { "rms_imaginary", "number", "of its imaginary part" },
    { "runs", "number", "standard score of the number of sign changes, the lower of both parts" },
    { "outliers", "list of integers", "points far off" } } },
  { name = "circuit.Drawing", summary = "A drawn circuit; see circuit.draw.", fields = {
    { "text", "string", "SVG" } } },
  { name = "circuit.Drt", summary = "A distribution of relaxation times; see circuit.drt.", fields = {
    { "tau", "array [k]", "s, four points from one grid point to the next" },
    { "gamma", "array [k]", "ohm" },
    { "peaks", "list of table", "tau, height, resistance, capacitance of each" },
    { "resistance", "number", "R in ohm" }, { "inductance", "number", "L in H" },
    { "elastance", "number", "1 / C in 1/F" }, { "warburg", "number", "A in ohm s^-1/2" },
    { "polarisation", "number", "integral of gamma, ohm" },
    { "lambda", "number", "the penalty" }, { "gcv", "number", "its cross-validation score" },
    { "freedom", "number", "effective number of parameters of the ridge" },
    { "squares", "number", "weighted sum of squares" },
    { "method", "string", '"non-negative" or "ridge"' },
    { "spectrum", "circuit.Spectrum", "the points used" },
    { "fit", "array [n]", "c128, ohm" }, { "residual", "array [n]", "c128, (Z - fit) / |Z|" } } },
}

return { functions = functions, classes = classes }
