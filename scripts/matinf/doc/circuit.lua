-- Documentation of module circuit.

local spectra = require "matinf.doc.circuit.spectra"

local data = [[
local c, f = m.circuit.parse "R0-p(R1,C1)", m.array.logspace(4, -1, 30)
local s = { frequency = f, impedance = c:evaluate({ R0 = 10, R1 = 100, C1 = 1e-5 }, f) }
]]

local functions = spectra.functions
local function add(entry) functions[#functions + 1] = entry end

add { name = "circuit.elements", summary = "Lists the elements circuits are made of.",
  returns = { { "list", "of { symbol, what, parameters: name, unit, what, lower, upper }" } },
  example = [[assert(m.circuit.elements()[1].symbol == "R")]] }

add { name = "circuit.parse", summary = "Reads a circuit string.",
  arguments = { { "text", "string", "R0-p(R1,CPE1), R(RQ) or R1-[R2,P3]" } },
  options = { { "notation", "string", '"impedance.py", "cdc", "autoeis"; "auto" tells them apart',
    default = "auto" } },
  returns = { { "circuit.Circuit", "the circuit, with the values and limits of a cdc string" } },
  errors = "naming the character where the string stops to make sense",
  reference = "B. A. Boukamp, Solid State Ionics 20, 31 (1986)",
  example = [[
local c = m.circuit.parse "R{R=100/1/1e4f}(RQ{Y=1e-6,n=0.9})"
assert(tostring(c) == "R1-p(R2,CPE1)" and c.names[3] == "CPE1_Q")]] }

add { name = "circuit.Circuit:write", summary = "Writes the circuit as a string.",
  arguments = { { "notation", "string", '"impedance.py", "cdc" or "autoeis"',
    default = "impedance.py" } },
  returns = { { "string", "the circuit; cdc carries values, limits and fixed marks" } },
  errors = "when the notation has no such element",
  example = [[assert(m.circuit.parse "R0-p(R1,CPE1)":write "autoeis" == "R1-[R2,P3]")]] }

add { name = "circuit.Circuit:evaluate", summary = "Impedance of the circuit.",
  arguments = { { "p", "list, array or table by name", "parameters, in their units" },
    { "frequency", "array [n]", "Hz, positive" } },
  returns = { { "array [n]", "c128, ohm" } },
  errors = "when a frequency is not positive, or parameters are missing or too many",
  example = [[
local z = m.circuit.parse "R0-C1":evaluate({ R0 = 10, C1 = 1e-3 }, { 1, 10 })
assert(z[1].re == 10 and math.abs(z[1].im + 1 / (2 * math.pi * 1e-3)) < 1e-9)]] }

add { name = "circuit.fit", summary = "Fits a circuit to a spectrum, without start values.",
  arguments = { { "circuit", "string",
      "or circuit.Circuit; a cdc string may state starts, limits and fixed values" },
    { "spectrum", "table", "frequency (Hz), impedance (c128, ohm), perhaps sigma and masked" } },
  options = {
    { "weight", "string", '"unit"; "modulus": 1/|Z|; "proportional": 1/|Re|, 1/|Im|; "sigma"',
      default = '"modulus"' },
    { "start", "list or table by name", "values of all parameters; then no search is made",
      default = "a search" },
    { "starts", "integer", "random starts of the search", default = "40 a parameter" },
    { "seed", "integer", "of the random starts", default = 1 },
    { "fixed", "table", "values by name: { R0 = 10 }", default = "none" },
    { "bounds", "table", "{ lower, upper } by name", default = "wide; 0 to 1 for exponents" },
    { "tied", "table", '{ R2 = "R1" } or { C2 = { "C1", 0.5 } }: a factor times another',
      default = "none" },
    { "admittance", "boolean", "fit 1/Z instead of Z", default = false } },
  returns = { { "circuit.Fit", "values, errors, ssr, log_likelihood, aic, aicc, bic, ..." } },
  errors = "when a frequency is not positive, an impedance zero or not finite, or a name unknown",
  reference = "B. A. Boukamp, Solid State Ionics 20, 31 (1986)",
  example = data .. [[
local fit = m.circuit.fit("R0-p(R1,C1)", s)
assert(math.abs(fit:get "R1" - 100) < 1e-9)]] }

add { name = "circuit.Fit:get", summary = "A parameter's value, its standard error, and a remark.",
  description = [[
A value that rests on a bound, or that the data do not determine, has no standard error: that is NaN, and
the remark says which. Such a value only says that the curve fits with it.]],
  arguments = { { "name", "string", "such as R0 or CPE1_a" } },
  returns = { { "number", "value" }, { "number", "standard error; NaN where none is known" },
    { "string", '"fixed", "at its lower bound", "at its upper bound", "not determined" (no error, or '
      .. 'one above the value) or ""' } },
  example = data .. [[
local fit = m.circuit.fit(c, s, { fixed = { R0 = 10 } })
local value, err = fit:get "R0"
assert(math.abs(value - 10) < 1e-12 and err == 0)]] }

add { name = "circuit.Fit:text", summary = "A parameter in words, for answers.",
  arguments = { { "name", "string", "such as R0 or CPE1_a" } },
  returns = { { "string", 'such as "R1 = 100.20 ± 0.31 ohm" or "R1 at its upper bound (1e+24 ohm)"' } },
  example = data .. [[
local fit = m.circuit.fit(c, s, { bounds = { R1 = { 1, 50 } } })
assert(fit:text "R1" == "R1 at its upper bound (50 ohm)")]] }

add { name = "circuit.Fit:evaluate", summary = "Impedance of the fitted circuit.",
  arguments = { { "frequency", "array [n]", "Hz" } }, returns = { { "array [n]", "c128, ohm" } },
  example = data .. [[assert(#m.circuit.fit(c, s):evaluate({ 1, 10 }) == 2)]] }

add { name = "circuit.Fit:correlation", summary = "Correlations of the parameters that vary.",
  returns = { { "array [k x k]", "NaN where a parameter is not determined" } },
  example = data .. [[assert(m.circuit.fit(c, s):correlation().shape[1] == 3)]] }

add { name = "circuit.Fit:table", summary = "Parameters with errors, units and remarks.",
  returns = { { "table.Table", "one row a parameter" } },
  example = data .. [[assert(#m.circuit.fit(c, s):table() == 3)]] }

add { name = "circuit.Fit:derived",
  summary = "Time constants and capacitances of the parallel parts, with errors.",
  returns = { { "list", "of { of, name, value, error, unit }" } },
  reference = "G. J. Brug et al., J. Electroanal. Chem. 176, 275 (1984); C. H. Hsu, F. Mansfeld, "
    .. "Corrosion 57, 747 (2001)",
  example = data .. [[
local tau = m.circuit.fit(c, s):derived()[1]
assert(tau.name == "tau" and math.abs(tau.value - 1e-3) < 1e-12)]] }

add { name = "circuit.Fit:profile",
  summary = "The likelihood interval of a parameter, the others fitted anew.",
  arguments = { { "spectrum", "table", "the data of the fit" },
    { "name", "string", "the parameter" } },
  options = { { "sigmas", "number", "half width of the interval were it normal", default = 1 } },
  returns = { { "number", "lower end; 0 where it is open" },
    { "number", "upper end; infinite where it is open" } },
  example = data .. [[
s.impedance = s.impedance + m.random.generator { seed = 1 }:normal(30)
local fit = m.circuit.fit(c, s)
local low, high = fit:profile(s, "R1")
assert(low < fit:get "R1" and fit:get "R1" < high)]] }

add { name = "circuit.Circuit:rank",
  summary = "How many parameters an ideal spectrum determines, and how many there are.",
  returns = { { "integer", "rank" }, { "integer", "parameters" } },
  example = [[
local rank, parameters = m.circuit.parse "R0-p(R1,C1)-p(R2-R3,C2)":rank()
assert(rank == 5 and parameters == 6)]] }

add { name = "circuit.enumerate", summary = "Lists all different circuits of some elements.",
  options = {
    { "elements", "list", "symbols", default = '{ "R", "C", "CPE", "W" }' },
    { "min_elements", "integer", "fewest elements", default = 1 },
    { "max_elements", "integer", "most elements, up to 8", default = 4 },
    { "filters", "string", '"physical", "none" or a list of names', default = '"none"' } },
  returns = { { "list", "of circuit.Circuit, different in more than the order of branches" } },
  example = [[assert(#m.circuit.enumerate { elements = { "R", "C" }, max_elements = 3 } == 8)]] }

add { name = "circuit.indistinguishable",
  summary = "Whether each of two circuits reproduces the other's impedance.",
  arguments = { { "a", "circuit.Circuit", "one" }, { "b", "circuit.Circuit", "another" } },
  returns = { { "boolean", "true: no measurement tells them apart" } },
  example = [[
local a, b = m.circuit.parse "R1-p(R2,C1)", m.circuit.parse "p(R1,R2-C1)"
assert(m.circuit.indistinguishable(a, b))]] }

add { name = "circuit.classes", summary = "Sorts circuits into classes of equivalence.",
  arguments = { { "circuits", "list", "of circuit.Circuit" } },
  returns = { { "list", "of lists" } },
  example = [[
local all = m.circuit.enumerate { elements = { "R", "C" }, min_elements = 2, max_elements = 2 }
assert(#m.circuit.classes(all) == 2)]] }

add { name = "circuit.select",
  summary = "Compares circuits on one spectrum, and says whether any explains it.",
  arguments = { { "spectrum", "table", "frequency (Hz), impedance (c128, ohm), perhaps sigma; or a "
    .. "list of several, each with parameters of its own" } },
  options = {
    { "circuits", "list", "the candidates; otherwise they are enumerated", default = "none" },
    { "elements", "list", "symbols to enumerate", default = '{ "R", "C", "CPE", "W" }' },
    { "min_elements", "integer", "fewest elements", default = 1 },
    { "max_elements", "integer", "most elements, up to 8", default = 4 },
    { "filters", "string", '"physical", "none" or a list of names', default = '"none"' },
    { "weight", "string", "as in circuit.fit", default = '"modulus"' },
    { "admittance", "boolean", "fit 1/Z", default = false },
    { "criterion", "string", '"bic", "aic", "aicc"; with evidence "laplace", "importance", '
      .. '"exchange", "waic", "wbic"', default = '"bic"' },
    { "evidence", "string", '"none", "importance" (some 20 ms a circuit), "exchange" (about 1 s)',
      default = "what the criterion needs" },
    { "starts", "integer", "random starts of every circuit", default = 10 },
    { "thorough", "integer", "how many of the best are searched again and kept", default = 20 },
    { "thorough_starts", "integer", "random starts of those; 0: 40 a parameter", default = 0 },
    { "noise", "number", "of the weighted residuals (modulus: relative)",
      default = "that of the Lin-KK test" },
    { "freedom", "number", "degrees of freedom that the noise is known with",
      default = "as in circuit.evidence" },
    { "precision", "number or array", "half a unit of the last digit of Z (ohm) in data without "
      .. "noise, as circuit.precision gives: instead of weight and noise it tells the standard "
      .. "deviation, and the search goes on until a circuit meets it", default = "none" },
    { "frequency_precision", "number or array", "the same of f, relative", default = 0 },
    { "seed", "integer", "of the random starts", default = 1 },
    { "draws", "integer", "as in circuit.evidence", default = 2000 },
    { "sweeps", "integer", "as in circuit.evidence", default = 0 },
    { "prior", "table", "as in circuit.evidence", default = "as there" } },
  returns = { { "circuit.Selection", "rows, the best first; fit of the winner; prior_text" } },
  errors = "as circuit.fit; when no circuit passes the filters",
  reference = "G. Schwarz, Ann. Stat. 6, 461 (1978)",
  example = data .. [[
local s2 = m.circuit.select(s, { elements = { "R", "C" }, max_elements = 3, thorough = 2 })
assert(s2.rows[1].k == 3 and #s2.equivalents == 1)]] }

add { name = "circuit.evidence",
  summary = "The probability of a spectrum under a circuit, integrated over a prior.",
  arguments = { { "circuit", "string", "or circuit.Circuit" },
    { "spectrum", "table", "frequency (Hz), impedance (c128, ohm), perhaps sigma and masked" } },
  options = {
    { "prior", "table", 'limits { low, high } by name (R0), kind (R, CPE_Q) or "exponent"',
      default = "from the window of the data, 0.3 to 1 for exponents" },
    { "noise", "number", "standard deviation of the weighted residuals (modulus: relative)",
      default = "that of the Lin-KK test" },
    { "freedom", "number", "degrees of freedom that the noise is known with; infinite: exactly",
      default = "10 for the Lin-KK test, infinite for a stated noise" },
    { "weight", "string", "as in circuit.fit", default = '"modulus"' },
    { "admittance", "boolean", "fit 1/Z", default = false },
    { "starts", "integer", "random starts of the search for modes", default = "40 a parameter" },
    { "seed", "integer", "of everything random", default = 1 },
    { "draws", "integer", "of importance sampling: up to four times as many where Laplace's "
      .. "approximation holds; else bridged to draws of a short exchange Monte Carlo",
      default = 2000 },
    { "exchange", "boolean", "exchange Monte Carlo too, about 1 s", default = true },
    { "sweeps", "integer", "of it, multiple of 100; 0: what a second or so gives, 2000 to 6000",
      default = 0 },
    { "burn_in", "integer", "its sweeps that are forgotten, multiple of 100", default = 800 },
    { "replicas", "integer", "its temperatures; 0: as many as a ratio of 2.5 asks for",
      default = 0 } },
  returns = { { "circuit.Evidence", "the estimates with their standard errors" } },
  errors = "as circuit.fit; when the weight is not modulus or sigma and no noise is stated",
  reference = "O. Cappe et al., Stat. Comput. 18, 447 (2008); K. Hukushima, K. Nemoto, J. Phys. "
    .. "Soc. Jpn. 65, 1604 (1996); S. Watanabe, J. Mach. Learn. Res. 14, 867 (2013)",
  example = data .. [[
local e = m.circuit.evidence("R0-p(R1,C1)", s, { noise = 0.01, exchange = false })
assert(math.abs(e.log_evidence - e.laplace) < 0.3 and not e.laplace_fault)]] }

add { name = "circuit.precision",
  summary = "Half a unit of the last digit that each number can have had: none has more decimals nor "
    .. "more significant digits (12 at most) than that of the list which has most of them.",
  arguments = { { "numbers", "array [n]", "f64, or c128: each part by itself" } },
  returns = { { "array [n]", "half units, of the same kind" } },
  example = [[
local half = m.circuit.precision(m.array { 513.6022626, 0.12345678 })
assert(math.abs(half[1] / 5e-8 - 1) < 1e-12 and math.abs(half[2] / 5e-9 - 1) < 1e-12)]] }

add { name = "circuit.Selection:answer", summary = "The result in words.",
  returns = { { "string", "adequacy, winner, its equivalents, what is not determined" } },
  example = data .. [[
local s2 = m.circuit.select(s, { elements = { "R", "C" }, max_elements = 3, thorough = 2 })
assert(s2:answer():find "No measurement tells it from")]] }

add { name = "circuit.Selection:table", summary = "The circuits, the best first.",
  returns = { { "table.Table", "circuit, parameters, SSR, misfit, criteria, probability" } },
  example = data .. [[
local s2 = m.circuit.select(s, { circuits = { "R0-C1", "R0-p(R1,C1)" } })
assert(#s2:table() == 2)]] }

local doc = {
  name = "circuit",
  summary = "Impedance: spectra, validity, relaxation times, equivalent circuits.",
  description = [[
Elements, with w = 2 pi f and (jw)^a by its principal value; the names are those of impedance.py:

  R    R                            W    A (1 - j) / sqrt w
  C    1 / (jw C)                   Wo   Z0 coth(q) / q, q = sqrt(jw tau): reflecting end
  L    jw L                         Ws   Z0 tanh(q) / q: transmitting end
  CPE  1 / (Q (jw)^a)               Woa, Wsa  the same with q = (jw tau)^a
  La   (jw L)^a                     TLMQ Rion coth(q) / q, q = sqrt(Rion Qs (jw)^g)
  K    R / (1 + jw tau)             G    R / sqrt(1 + jw tau)
  Zarc R / (1 + (jw tau)^g)         Ga   R / (1 + jw tau)^n
  H    R / (1 + (jw tau)^a)^b       Gs   R phi coth(q) / q, q = phi sqrt(1 + jw tau)
  T    A coth(q) / q + B / (q sinh q), q = sqrt(a + jw b)

A parameter is called by its element (R0) or by element and parameter (CPE1_Q, CPE1_a).

Equal branches may change places without a change of the impedance. Fits and samples have them by
rising time constants from left to right: that of the branch's first element that has one, else the
one at which its first two unlike elements have impedances of one size (R C, (R Q)^(1/a), L / R);
branches without one by their first parameter. A fit with a start keeps to the order of the start;
bounds, fixed values and ties that tell branches apart are respected.

Evidence. Each parameter is log-uniform between two limits beforehand, an exponent uniform. The
weighted residuals are normal with standard deviation s; either s = noise, or freedom noise^2 / s^2 is
chi-square distributed and s integrated out. Laplace's approximation is exact for a normal
posterior, and laplace_fault says where it is not one; importance sampling from a mixture about all
modes covers these too; exchange Monte Carlo needs no modes: a short run from the prior explores, and a second one goes to the
posterior from normal distributions about its draws. It is the check of the others.]],
  classes = {
    { name = "circuit.Circuit", summary = "A circuit; see circuit.parse.", fields = {
      { "names", "list", "names of the parameters, from left to right" },
      { "units", "list", "their units" },
      { "exponents", "list", "which of them are exponents" },
      { "tree", "table", 'nodes: kind "series" or "parallel", or the symbol of an element' },
      { "code", "list", "the tree in postfix form" } } },
    { name = "circuit.Fit", summary = "A fitted circuit; see circuit.fit.", fields = {
      { "circuit", "circuit.Circuit", "what was fitted" },
      { "values", "array [p]", "parameters" },
      { "errors", "array [p]", "standard errors; NaN at a bound and where nothing is determined" },
      { "remarks", "list", "what is to be said of each parameter, as circuit.Fit:get says it" },
      { "names", "list", "of the parameters" }, { "units", "list", "of the parameters" },
      { "theta", "array [k]", "what varied: logarithms, or exponents themselves" },
      { "covariance", "array [k x k]", "of theta; infinite on the diagonal where nothing is known, 0 "
        .. "where an exponent rests on a bound" },
      { "variables", "list", "number of the theta of each parameter; 0 for fixed ones" },
      { "ssr", "number", "sum of the squared weighted residuals over 2 n numbers" },
      { "scale", "number", "variance of the weighted residuals; 1 where sigma is measured" },
      { "n", "integer", "points" }, { "k", "integer", "parameters that varied" },
      { "weight", "string", "as in circuit.fit" }, { "admittance", "boolean", "1/Z was fitted" },
      { "log_weights", "number", "sum of the logarithms of the weights" },
      { "log_likelihood", "number", "of the data, at the optimum" },
      { "aic", "number", "Akaike's criterion" }, { "aicc", "number", "the same for few data" },
      { "bic", "number", "Schwarz's criterion over the 2 n numbers" },
      { "rank", "integer", "parameters that the data determine" },
      { "at_bound", "list", "names of the parameters that rest on a bound" },
      { "converged", "boolean", "whether the optimum was reached" },
      { "reason", "string", '"converged", "exact", "iterations" or "stalled": why it stopped' },
      { "iterations", "integer", "of the last improvement" },
      { "options", "table", "fixed, bounds and tied as given" } } },
    { name = "circuit.Evidence", summary = "Evidence of a circuit; see circuit.evidence.", fields = {
      { "circuit", "circuit.Circuit", "as given" },
      { "laplace", "number", "log evidence (nats) by Laplace's approximation" },
      { "laplace_fault", "string", "why it does not hold; nil where it does" },
      { "log_evidence", "number", "by importance sampling" },
      { "log_evidence_error", "number", "its standard error" },
      { "effective", "number", "its draws that count; below 100 do not believe it" },
      { "exchange", "number", "by exchange Monte Carlo" },
      { "exchange_error", "number", "its standard error" },
      { "integrated", "number", "by integration over the temperatures of the same run" },
      { "integrated_error", "number", "its standard error" },
      { "waic", "number", "on the scale of -2 log likelihood" },
      { "wbic", "number", "nats, an estimate of -log evidence" },
      { "modes", "integer", "distinct optima found" },
      { "symmetries", "integer", "copies of each by exchange of equal branches" },
      { "values", "array [p]", "parameters at the best" }, { "names", "list", "their names" },
      { "samples", "array [n x p]", "of the posterior, by exchange Monte Carlo" },
      { "ssr", "number", "of the best" }, { "noise", "number", "used" },
      { "freedom", "number", "used" }, { "prior", "table", "limits and unit by kind" } } },
    { name = "circuit.Selection", summary = "Compared circuits; see circuit.select.", fields = {
      { "rows", "list", "circuit, k, ssr, misfit, criteria, probability (probabilities: by "
        .. "criterion), values; best first" },
      { "fit", "circuit.Fit", "of the first" },
      { "equivalents", "list", "kept circuits that no measurement tells from it" },
      { "undetermined", "list", "its parameters that the data do not determine" },
      { "noise", "number", "what misfits are counted in; NaN where unknown" },
      { "freedom", "number", "as in circuit.evidence" },
      { "prior", "table", "limits and unit by kind, where the evidence was estimated" },
      { "parts", "list", "the selections of each spectrum, where there are several" },
      { "compared", "integer", "how many circuits were fitted" },
      { "criterion", "string", "as in circuit.select" }, { "weight", "string", "as given" },
      { "n", "integer", "points" }, { "options", "table", "as given" } } },
  },
  functions = functions,
}

table.move(spectra.classes, 1, #spectra.classes, #doc.classes + 1, doc.classes)
return doc
