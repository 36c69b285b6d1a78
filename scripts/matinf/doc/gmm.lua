-- Documentation of module gmm.

local data = [[
local x, y = {}, {}
for i = 1, 201 do
  x[i] = 0.5 * (i - 1)
  y[i] = 4000 * math.exp(-(x[i] - 35)^2 / 18) + 2000 * math.exp(-(x[i] - 60)^2 / 18)
end
]]

local common = {
  { "k", "integer", "number of peaks, 1 to 32", default = 1 },
  { "shape", "string", '"gauss", "pseudo-voigt", "lorentz" or "doniach"', default = "gauss" },
  { "background", "string",
    '"none", or in the mixture: "constant", "linear" (uniform and two ramps)',
    default = "none" },
  { "start", "table", "mu, sigma and perhaps pi, eta, skew, background (shares) to start from",
    default = "a search" },
  { "starts", "integer", "random starts that race with two read from the data",
    default = 30 },
  { "seed", "integer", "of the random starts", default = 1 },
  { "weight", "string", '"cell" or "intensity"', default = "cell" },
  { "sigma_min", "number", "least sigma; 0: the mean spacing of x", default = 0 },
  { "sigma_max", "number", "greatest sigma; 0: the range of x", default = 0 },
  { "tolerance", "number", "stop when LL rises by less than this times the sum of weights",
    default = 1e-12 },
  { "tolerance_nats", "number", "stop when LL changes by less than this", default = 0 },
  { "max_iterations", "integer", "most M-steps", default = 20000 },
  { "steps", "integer", "do exactly so many M-steps, without acceleration",
    default = "none" },
  { "accelerate", "boolean", "extrapolate (SQUAREM) where that raises LL", default = true },
  { "alpha", "number", "of a Dirichlet prior on the shares, in counts; below 1 weak peaks vanish",
    default = "1: none" },
  { "noise", "number", "variance of an intensity over its mean; 1 for counts", default = 1 },
  { "errors", "boolean", "standard errors are wanted, which a map does without",
    default = "true; of a map false" },
}

-- The options that fit and map share, and some more.
local function with(...)
  local list = { table.unpack(common) }
  for _, option in ipairs { ... } do list[#list + 1] = option end
  return list
end

return {
  name = "gmm",
  summary = "Mixtures of peaks fitted to intensities: EM for Gaussians, ECM for other shapes.",
  description = [[
The likelihood of a spectrum with intensities y at x is LL = sum w log sum pi f(x), where the weight w
of a point is its intensity, times the width of its cell over the mean width (weight = "cell", right
on every grid) or not (weight = "intensity", as EMPeaks and EMpeaksR do; the same on a uniform grid).

f is a Gaussian density, or a pseudo-Voigt eta L + (1 - eta) G (or L alone) normalised over the grid
points, where the Lorentzian L has the full width at half maximum of the Gaussian G of standard
deviation sigma. Log-likelihoods of densities and of probabilities of points differ by a constant and
must not be compared. "doniach" has the curve of Doniach and Sunjic in the place of L, as EMpeaksR:
with t = x - mu, p = 1 - skew and h the half width of L it is

    gamma(p) cos(pi skew / 2 + p atan(t / h)) / (t^2 + h^2)^(p / 2).

Its slow tail is at low x: x is a kinetic energy (give minus a binding energy). It has no unit area, so
eta is no share of an area there, and its value depends on the unit of x; the fitted curve does not.

The likelihood of a mixture is unbounded: a peak on a single point. So sigma is never less than
sigma_min, by default the mean spacing of x. A width at its bound has NaN for its standard error.]],
  classes = {
    { name = "gmm.Fit", summary = "A fitted mixture; see gmm.fit.", fields = {
      { "k", "integer", "number of components" },
      { "shape", "string", "as asked for" },
      { "pi", "array [k]", "shares of the intensity" },
      { "mu", "array [k]", "positions, rising" },
      { "sigma", "array [k]", "standard deviations" },
      { "eta", "array [k]", "Lorentzian parts, 0 for Gaussians, 1 for Lorentzians" },
      { "skew", "array [k]", "alpha of Doniach's curve, else 0" },
      { "errors", "table",
        "standard errors: arrays pi, mu, sigma, eta, skew; NaN where nothing is known" },
      { "scale", "array [k]", "intensity over shape" },
      { "background", "string", '"none", "constant" or "linear"' },
      { "background_pi", "array", "shares of its components" },
      { "base", "array [2]", "its intensity at the least and the greatest x" },
      { "range", "list", "the least and the greatest x" },
      { "log_likelihood", "number", "LL" },
      { "parameters", "integer", "those of the likelihood: shares count one less, they sum to 1" },
      { "aic", "number", "2 parameters - 2 LL: the weights are taken as counts" },
      { "aicc", "number", "the same for few points; infinite where there are too few" },
      { "bic", "number", "parameters log n - 2 LL, n the number of points" },
      { "weight", "number", "the sum of the weights" },
      { "misfit", "number", "chi^2 per degree of freedom for the noise stated" },
      { "iterations", "integer", "M-steps done" },
      { "converged", "boolean", "whether the tolerance was reached" },
      { "reason", "string", '"tolerance", "iterations" or "steps": why it stopped' } } },
    { name = "gmm.Map", summary = "The fits of many spectra on one axis; see gmm.map.", fields = {
      { "k", "integer", "number of components" },
      { "shape", "string", "as asked for" },
      { "pi", "array [m x k]", "shares of the intensity" },
      { "mu", "array [m x k]", "positions, rising in every spectrum unless a start was given" },
      { "sigma", "array [m x k]", "standard deviations" },
      { "eta", "array [m x k]", "Lorentzian parts, 0 for Gaussians" },
      { "skew", "array [m x k]", "alpha of Doniach's curve, else 0" },
      { "errors", "table", "standard errors: arrays pi, mu, sigma, eta, skew; nil unless asked for" },
      { "scale", "array [m x k]", "intensity over shape" },
      { "log_likelihood", "array [m]", "LL" },
      { "weight", "array [m]", "the sum of the weights" },
      { "misfit", "array [m]", "chi^2 per degree of freedom for the noise stated" },
      { "iterations", "array [m] i64", "M-steps done" },
      { "converged", "array [m] u8", "whether the tolerance was reached" },
      { "usable", "array [m] u8",
        "0: the spectrum is negative or not finite somewhere, or zero; all else of it is NaN" } } },
    { name = "gmm.Posterior", summary = "Samples of the posterior of peaks; see gmm.sample.",
      fields = {
        { "k", "integer", "number of peaks" },
        { "shape", "string", '"gauss" or "pseudo-voigt"' },
        { "likelihood", "string", '"poisson" or "normal"' },
        { "log_evidence", "number", "minus the Bayes free energy, in nats: the mean by their errors of that "
          .. "of the temperatures and of a bridge from the posterior to a normal distribution, where the two "
          .. "overlap" },
        { "log_evidence_error", "number", "its standard error" },
        { "overlap", "number", "of posterior (peaks in order) and normal distribution, 0 to 1; below 0.2 the "
          .. "temperatures alone count" },
        { "log_evidence_ladder", "number", "by Bennett's acceptance ratio between temperatures" },
        { "log_evidence_ladder_error", "number", "its standard error" },
        { "log_evidence_integrated", "number", "by thermodynamic integration over the temperatures" },
        { "log_evidence_integrated_error", "number", "its standard error" },
        { "energy", "number", "mean of -log likelihood over the posterior" },
        { "waic", "number", "on the scale of -2 log likelihood; counts: without their factor 1 / y!" },
        { "waic_parameters", "number", "effective number of parameters in it" },
        { "wbic", "number", "mean of -log likelihood at inverse temperature 1 / log n" },
        { "area", "array [s x k]", "samples of the areas, intensity times x" },
        { "mu", "array [s x k]", "positions" },
        { "sigma", "array [s x k]", "standard deviations" },
        { "eta", "array [s x k]", "Lorentzian parts; nil for Gaussians" },
        { "base", "array [s]", "the background; nil without" },
        { "noise", "array [s]", "its standard deviation, where it is not given" },
        { "beta", "array [r]", "inverse temperatures" },
        { "acceptance", "array [r]", "share of accepted moves at each" },
        { "exchange", "array [r - 1]", "share of accepted exchanges with the next" } } },
  },
  functions = {
    { name = "gmm.fit", summary = "Fits a mixture of k peaks to intensities y at x.",
      arguments = { { "x", "array [n]", "positions, rising or falling" },
        { "y", "array [n]", "intensities, none negative" } },
      options = with { "trace", "boolean", "keep LL of every iterate in fit.trace",
        default = false },
      returns = { { "gmm.Fit", "pi, mu, sigma, eta, their errors; log_likelihood, misfit, ..." } },
      errors = "when an intensity is negative, not finite, or all are zero; when x turns",
      reference = "Matsumura et al., Sci. Technol. Adv. Mater. 20, 733 (2019); STAM-Methods 1, 45 (2021)",
      example = data .. [[
local fit = m.gmm.fit(x, y, { k = 2 })
assert(math.abs(fit.mu[1] - 35) < 1e-6 and math.abs(fit.pi[1] - 2/3) < 1e-6)]] },
    { name = "gmm.select",
      summary = "Fits as many peaks as the evidence supports, by merging and splitting.",
      description = [[
From a fit of k peaks: neighbours are merged, peaks left out or split, each try fitted to the end, as long as
parameters log W - 2 LL falls, W the sum of the weights (counts). Twins go, weak peaks that pay for their
parameters stay. A wrong line shape asks for more peaks here as everywhere: look at misfit.]],
      arguments = { { "x", "array [n]", "positions, rising or falling" },
        { "y", "array [n]", "intensities, none negative" } },
      options = with { "most", "integer", "most peaks that it splits to", default = 10 },
      returns = { { "gmm.Fit", "of the number of peaks found" } },
      errors = "as gmm.fit",
      example = data .. [[
local fit = m.gmm.select(x, y, { k = 4 })
assert(fit.k == 2 and math.abs(fit.mu[1] - 35) < 1e-3)]] },
    { name = "gmm.anneal",
      summary = "Most probable shares under a Dirichlet prior, by deterministic annealing.",
      description = [[
The published method: intensities are divided by temperatures T = W / 10^t, t from `power` to log10 W in
equal steps, so that T ends at 1; each fit starts from the one before, and the prior lets weak peaks vanish
(pi = 0). It can leave twins and lose weak peaks: gmm.select does neither.]],
      arguments = { { "x", "array [n]", "positions, rising or falling" },
        { "y", "array [n]", "intensities, none negative" } },
      options = with({ "stages", "integer", "temperatures", default = 5 },
        { "power", "number", "log10 of the counts that the first stage sees", default = 3 }),
      returns = { { "gmm.Fit", "of all k peaks, some with pi = 0" } },
      errors = "as gmm.fit, or when power is not below log10 of the counts",
      reference = "Matsumura et al., STAM-Methods 4, 2373046 (2024)",
      example = data .. [[
local fit = m.gmm.anneal(x, y, { k = 4, alpha = -10, start = { mu = { 20, 30, 50, 70 },
  sigma = { 5, 5, 5, 5 } } })
assert(fit.pi:sum() > 1 - 1e-12)]] },
    { name = "gmm.map",
      summary = "Fits every row of y, a spectrum at x, with k peaks, on all threads.",
      arguments = { { "x", "array [n]", "positions, rising or falling" },
        { "y", "array [m x n]", "intensities, one spectrum a row" } },
      options = with { "warm", "boolean",
        "start from the fit of the spectrum before, but for the first of every 64",
        default = false },
      returns = { { "gmm.Map", "pi, mu, sigma, eta [m x k], log_likelihood, misfit, ... [m]" } },
      errors = "when x does not rise or fall; a spectrum that cannot be fitted is marked in usable",
      example = data .. [[
local spectra = m.array.zeros(3, #y)
spectra[1], spectra[2] = y, y
local map = m.gmm.map(x, spectra, { k = 2 })
assert(math.abs(map.mu[{ 2, 1 }] - 35) < 1e-6 and map.usable[3] == 0)]] },
    { name = "gmm.Map:aligned",
      summary = "Matches the components of neighbours: a column of the new map follows one peak.",
      arguments = { { "columns", "integer", "spectra in a row of the map", default = "all" } },
      returns = { { "gmm.Map", "with reordered columns" } },
      example = data .. [[
local map = m.gmm.map(x, { y, y }, { k = 2 }):aligned()
assert(math.abs(map.mu[{ 2, 2 }] - 60) < 1e-6)]] },
    { name = "gmm.sample",
      summary = "Samples the posterior of k peaks by exchange Monte Carlo; finds their evidence.",
      arguments = { { "x", "array [n]", "positions, rising or falling" },
        { "y", "array [n]", "counts, or intensities with normal noise" } },
      options = {
        { "k", "integer", "number of peaks, 1 to 32", default = 1 },
        { "shape", "string", '"gauss" or "pseudo-voigt"', default = "gauss" },
        { "background", "boolean", "a constant one is fitted", default = false },
        { "likelihood", "string", '"poisson" or "normal"', default = "poisson" },
        { "noise", "number", "poisson: variance over mean; normal: standard deviation",
          default = "1; normal: sampled" },
        { "priors", "table", [[
of area, mu, sigma, eta, base, noise: { kind, a, b }, kind "uniform" (a, b), "normal" (mean, sd),
"gamma" (shape, scale), "log-uniform" (a, b), "log-normal" (median, sd of log)]],
          default = "wide ones read from the data" },
        { "replicas", "integer", "temperatures", default = 30 },
        { "ratio", "number", "of neighbouring temperatures",
          default = "adapted: exchanges refused equally often" },
        { "burn_in", "integer", "sweeps that adapt the steps, a multiple of 100", default = 5000 },
        { "sweeps", "integer", "sweeps that count, a multiple of 100", default = 15000 },
        { "thin", "integer", "keep the parameters every so many sweeps", default = 10 },
        { "seed", "integer", "of the random numbers", default = 1 } },
      returns = { { "gmm.Posterior", "log_evidence, its error, samples" } },
      errors = "when counts are negative, or no draw from the priors has a finite likelihood",
      reference = "Nagata, Sugita, Okada, Neural Netw. 28, 82 (2012); Meng, Wong, Stat. Sinica 6, 831 (1996)",
      example = data .. [[
local p = m.gmm.sample(x, y, { k = 2, burn_in = 500, sweeps = 2000, replicas = 12 })
assert(math.abs(p:sorted().mu:mean(1)[1] - 35) < 0.2)]] },
    { name = "gmm.Posterior:sorted",
      summary = "The samples with the peaks of each in the order of their positions.",
      returns = { { "gmm.Posterior", "with reordered columns" } },
      example = data .. [[
local p = m.gmm.sample(x, y, { k = 2, burn_in = 500, sweeps = 2000, replicas = 12 }):sorted()
assert(p.mu[{ 1, 1 }] < p.mu[{ 1, 2 }])]] },
    { name = "gmm.Posterior:table", summary = "Mean and standard deviation of every parameter.",
      returns = { { "table.Table", "one row a peak" } },
      example = data .. [[
local p = m.gmm.sample(x, y, { k = 2, burn_in = 500, sweeps = 2000, replicas = 12 })
assert(#p:table() == 2)]] },
    { name = "gmm.Fit:evaluate", summary = "Intensities of the components at x.",
      arguments = { { "x", "array [m]", "where" } },
      returns = { { "array [m x k]", "one column a component" } },
      example = data .. [[
local fit = m.gmm.fit(x, y, { k = 2 })
assert(math.abs(fit:evaluate({ 35 })[{ 1, 1 }] - 4000) < 1e-3)]] },
    { name = "gmm.Fit:background_at", summary = "The background's intensity at x.",
      arguments = { { "x", "array [m]", "where" } },
      returns = { { "array [m]", "a straight line" } },
      example = data .. [[
for i = 1, #y do y[i] = y[i] + 50 end
local fit = m.gmm.fit(x, y, { k = 2, background = "constant" })
assert(math.abs(fit:background_at({ 20 })[1] - 50) < 0.1)]] },
    { name = "gmm.Fit:table", summary = "Position, FWHM, share of each component with errors.",
      returns = { { "table.Table", "one row a component" } },
      example = data .. "local t = m.gmm.fit(x, y, { k = 2 }):table(); assert(#t == 2)" },
    { name = "gmm.Fit:plot", summary = "A figure of data, components and their sum.",
      arguments = { { "x", "array [n]", "positions" }, { "y", "array [n]", "intensities" } },
      returns = { { "plot.Figure", "points, lines and their sum" } },
      example = data .. "local f = m.gmm.fit(x, y, { k = 2 }):plot(x, y); assert(f)" },
  },
}
