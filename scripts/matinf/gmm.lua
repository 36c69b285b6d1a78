-- Mixtures of peaks: the Lua half of matinf.gmm. Fits are made by the kernel (bindings/gmm.c) and
-- get their class here.
--
-- A Fit has the arrays pi (share of the intensity), mu, sigma, eta (Lorentzian part, 0 for
-- Gaussians) and skew (of Doniach's curve, else 0) of its k components, their standard errors in
-- the table errors (NaN where the data fix nothing: a width at its bound, an empty component), scale
-- (intensity over shape), and the numbers log_likelihood, weight (the sum of the weights), misfit
-- (chi^2 per degree of freedom for the noise stated), iterations, converged and reason ("tolerance",
-- "iterations", "steps").

local c = require "matinf.c.gmm"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Fit = store.class("gmm.Fit", {})

local FWHM = 2 * math.sqrt(2 * math.log(2)) -- of a Gaussian, in sigma

local BASES = { constant = 1, linear = 3 }
local SHAPED = { ["pseudo-voigt"] = 1, doniach = 2 } -- parameters of a shape beside mu and sigma
local VALUES = { "pi", "mu", "sigma", "eta", "skew" }

-- The rows (pi, mu, sigma, eta, skew) of a start, the background's last; what is missing has a
-- plain default.
local function start_rows(call, start, shape, bases)
  if type(start) ~= "table" then
    e.argument("start", call, "table with mu and sigma", start)
  end
  for name in pairs(start) do
    if not ({ mu = 1, sigma = 1, pi = 1, eta = 1, skew = 1, background = 1 })[name] then
      e.argument("start", call, "mu, sigma, pi, eta, skew or background", name)
    end
  end
  local function length_of(value)
    return (type(value) == "table" or type(value) == "userdata") and #value or 0
  end
  if length_of(start.mu) == 0 then e.argument("start.mu", call, "list of numbers", start.mu) end
  local function values(name, default)
    local given = start[name]
    if given == nil and default then return function() return default end end
    if length_of(given) ~= #start.mu then
      e.argument("start." .. name, call, "as many numbers as start.mu", given)
    end
    return function(i) return given[i] end
  end
  local mu = values "mu"
  local sigma = values "sigma"
  local pi = values("pi", 1 / (#start.mu + bases))
  local eta = values("eta", SHAPED[shape] and 0.5 or 0)
  local skew = values("skew", shape == "doniach" and 0.1 or 0)
  local rows = {}
  for i = 1, #start.mu do rows[i] = { pi(i), mu(i), sigma(i), eta(i), skew(i) } end
  local shares = start.background
  if shares ~= nil and length_of(shares) ~= bases then
    e.argument("start.background", call, ("%d numbers"):format(bases), shares)
  end
  for i = 1, bases do
    rows[#rows + 1] = { shares and shares[i] or 1 / (#start.mu + bases), 0, 1, 0, 0 }
  end
  return rows
end

-- Checks what fit and map have in common; returns the options of the kernel and the start.
local function prepare(call, options)
  if options ~= nil and type(options) ~= "table" then
    e.argument("options", call, "table", options)
  end
  local plain, start = {}, nil
  for name, value in pairs(options or {}) do plain[name] = value end
  local bases = BASES[plain.background] or 0
  if plain.start ~= nil then start = start_rows(call, plain.start, plain.shape, bases) end
  if start and plain.k ~= nil and plain.k ~= #start - bases then
    e.argument("k", call, ("the number of peaks in start (%d)"):format(#start - bases), plain.k)
  end
  plain.start = nil
  return plain, start
end

-- Criteria for the number of components: the weights of a fit are counts, and its points the data.
local function add_criteria(fit, n)
  local each = 3 + (SHAPED[fit.shape] or 0)
  local p = each * fit.k + (BASES[fit.background] or 0) - 1 -- shares sum to 1
  fit.parameters = p
  fit.aic = 2 * p - 2 * fit.log_likelihood
  fit.aicc = n - p - 1 > 0 and fit.aic + 2 * p * (p + 1) / (n - p - 1) or math.huge
  fit.bic = p * math.log(n) - 2 * fit.log_likelihood
end

--- Fits a mixture of k peaks to intensities y at x.
function M.fit(x, y, options)
  local plain, start = prepare("gmm.fit", options)
  local trace = plain.trace and true or false
  plain.trace = nil
  local fit = c.fit(x, y, plain, start, trace)
  x = require "matinf".array.from(x)
  fit.range = { x:min(), x:max() }
  add_criteria(fit, #x)
  return setmetatable(fit, Fit)
end

-- The peaks and background of a fit as a start.
local function start_of(fit)
  local start = {}
  for _, name in ipairs(VALUES) do start[name] = fit[name] end
  if fit.background ~= "none" then start.background = fit.background_pi end
  return start
end

--- Most probable shares under a Dirichlet prior, by deterministic annealing.
function M.anneal(x, y, options)
  local called, array = "gmm.anneal", require "matinf".array
  if options ~= nil and type(options) ~= "table" then
    e.argument("options", called, "table", options)
  end
  local o = {}
  for name, value in pairs(options or {}) do o[name] = value end
  local stages, power, nats = o.stages or 5, o.power or 3, o.tolerance_nats or 0
  o.stages, o.power = nil, nil
  if math.type(stages) ~= "integer" or stages < 2 then
    e.argument("stages", called, "integer >= 2", stages)
  end
  if type(nats) ~= "number" then e.argument("tolerance_nats", called, "number", nats) end
  x, y = array.from(x, { dtype = "f64" }), array.from(y, { dtype = "f64" })
  local counts = y:sum()
  if not (counts > 0) then return M.fit(x, y, o) end -- which says what is wrong with y
  if type(power) ~= "number" or not (10 ^ power < counts) then
    e.argument("power", called, ("number below log10 of the counts (%.3g)"):format(
      math.log(counts, 10)), power)
  end
  local fit
  for h = 1, stages do
    local t = power + (math.log(counts, 10) - power) * (h - 1) / (stages - 1)
    local temperature = h == stages and 1 or counts / 10 ^ t
    o.tolerance_nats = nats / temperature
    fit = M.fit(x, y / temperature, o)
    o.start, o.k = start_of(fit), nil
  end
  return fit
end

local MOST = 10 -- peaks that select may split to

--- Fits as many peaks as the evidence supports, by merging and splitting those of a fit of k.
function M.select(x, y, options)
  local array, first, later = require "matinf".array, {}, {}
  local most = MOST
  if options ~= nil and type(options) ~= "table" then
    e.argument("options", "gmm.select", "table", options)
  end
  for name, value in pairs(options or {}) do
    if name == "most" then most = value else first[name] = value end
  end
  if math.type(most) ~= "integer" or most < 1 then
    e.argument("most", "gmm.select", "integer >= 1", most)
  end
  for name, value in pairs(first) do
    if name ~= "k" and name ~= "start" and name ~= "trace" then later[name] = value end
  end
  x, y = array.from(x, { dtype = "f64" }), array.from(y, { dtype = "f64" })
  return require "matinf.gmm.merge".run(M.fit(x, y, first), most, function(start)
    later.start = start
    return M.fit(x, y, later)
  end)
end

--- Intensities [n x k] of the components at x.
function Fit:evaluate(x)
  local rows = {}
  for i = 1, self.k do
    rows[i] = { self.scale[i], self.mu[i], self.sigma[i], self.eta[i], self.skew[i] }
  end
  return c.evaluate(self.shape, rows, x)
end

--- The background's intensity at x (extended as the straight line that it is).
function Fit:background_at(x)
  local m = require "matinf"
  local low, high = self.range[1], self.range[2]
  return (m.array.from(x) - low) * ((self.base[2] - self.base[1]) / (high - low)) + self.base[1]
end

--- A table.Table: one row a component, with standard errors.
function Fit:table()
  local m = require "matinf"
  local columns = {}
  local function add(name, values, errors)
    columns[#columns + 1] = { name = name, values = values, error = name .. " error" }
    columns[#columns + 1] = { name = name .. " error", values = errors }
  end
  add("position", self.mu, self.errors.mu)
  add("FWHM", self.sigma * FWHM, self.errors.sigma * FWHM)
  if SHAPED[self.shape] then add("Lorentz part", self.eta, self.errors.eta) end
  if self.shape == "doniach" then add("skew", self.skew, self.errors.skew) end
  add("share", self.pi, self.errors.pi)
  return m.table.new(columns)
end

--- A figure of the data, the components and their sum.
function Fit:plot(x, y)
  local m = require "matinf"
  local figure = m.plot.figure { x = { label = "x" }, y = { label = "Intensity" } }
  local parts = self:evaluate(x)
  figure:points(x, y, { label = "data" })
  for i = 1, self.k do figure:line(x, parts[{ {}, i }], { label = ("%.4g"):format(self.mu[i]) }) end
  local base = self:background_at(x)
  if self.background ~= "none" then figure:line(x, base, { label = "background" }) end
  figure:line(x, parts:sum(2) + base, { label = "sum" })
  return figure
end

function Fit:__tostring()
  local head = "%d %s components, log-likelihood %.6f, misfit %.3g, %s after %d iterations"
  local lines = { head:format(self.k, self.shape, self.log_likelihood, self.misfit,
    self.converged and "converged" or "stopped", self.iterations),
    ("%14s %14s %12s %10s %10s"):format("position", "FWHM", "Lorentz", "skew", "share") }
  for i = 1, self.k do
    lines[#lines + 1] = ("%14.6f %14.6f %12.4f %10.4f %10.4f"):format(self.mu[i],
      self.sigma[i] * FWHM, self.eta[i], self.skew[i], self.pi[i])
  end
  return table.concat(lines, "\n")
end

-- ---- maps ---------------------------------------------------------------------------------------

local Map = store.class("gmm.Map", {})

--- Fits every row of y [m x n], a spectrum at x, with k peaks.
function M.map(x, y, options)
  local plain, start = prepare("gmm.map", options)
  local warm = plain.warm and true or false
  plain.warm = nil
  local map = c.map(x, y, plain, start, warm)
  for name, value in pairs(map.components) do map[name] = value end
  map.components = nil
  map.converged = map.reason:eq(0)
  map.usable = map.reason:ne(3)
  map.reason = nil
  return setmetatable(map, Map)
end

-- Row i of every column [m x k] in the order given for it.
local function reorder(values, order)
  local m, k = order.shape[1], order.shape[2]
  local to = values:copy()
  for i = 1, m do
    for j = 1, k do to:set(i, j, values[{ i, order[{ i, j }] }]) end
  end
  return to
end

--- The same map with the components of neighbours matched: column j of every array follows one
--- peak. columns: spectra in a row of the map (default: all in one row).
function Map:aligned(columns)
  local order = c.align(self.mu, self.sigma, columns or #self.misfit)
  local map = {}
  for name, value in pairs(self) do map[name] = value end
  for _, name in ipairs(VALUES) do map[name] = reorder(self[name], order) end
  map.scale = reorder(self.scale, order)
  if self.errors then
    map.errors = {}
    for name, value in pairs(self.errors) do map.errors[name] = reorder(value, order) end
  end
  return setmetatable(map, Map)
end

function Map:__tostring()
  return ("map of %d spectra, %d %s components: %d converged, %d unusable, median misfit %.3g")
    :format(#self.misfit, self.k, self.shape, self.converged:sum(),
      #self.misfit - self.usable:sum(), self.misfit:median(nil, { skip_nan = true }))
end

-- ---- sampling -----------------------------------------------------------------------------------

local Posterior = store.class("gmm.Posterior", {})

local KINDS = { uniform = 0, normal = 1, gamma = 2, ["log-uniform"] = 3, ["log-normal"] = 4 }
local PRIORS = { "area", "mu", "sigma", "eta", "base", "noise" }

-- { mu = { "normal", 5, 1 }, ... } as rows (kind, a, b); zeros where nothing is given.
local function prior_rows(priors)
  local rows = {}
  for i, name in ipairs(PRIORS) do
    local p = priors[name]
    if p ~= nil and not (type(p) == "table" and KINDS[p[1]] and type(p[2]) == "number"
      and type(p[3]) == "number") then
      e.argument("priors." .. name, "gmm.sample",
        '{ kind, a, b } with kind "uniform", "normal", "gamma", "log-uniform" or "log-normal"', p)
    end
    rows[i] = p and { KINDS[p[1]], p[2], p[3] } or { 0, 0, 0 }
  end
  for name in pairs(priors) do
    local known = false
    for _, one in ipairs(PRIORS) do known = known or one == name end
    if not known then e.argument("priors", "gmm.sample", table.concat(PRIORS, ", "), name) end
  end
  return rows
end

--- Samples the posterior of k peaks by exchange Monte Carlo and finds their evidence.
function M.sample(x, y, options)
  if options ~= nil and type(options) ~= "table" then
    e.argument("options", "gmm.sample", "table", options)
  end
  local plain = {}
  for name, value in pairs(options or {}) do plain[name] = value end
  local priors = plain.priors or {}
  if type(priors) ~= "table" then e.argument("priors", "gmm.sample", "table", priors) end
  plain.priors = nil
  local array = require "matinf".array
  x, y = array.from(x, { dtype = "f64" }), array.from(y, { dtype = "f64" })
  local p = c.sample(x, y, plain, prior_rows(priors))
  p.waic, p.waic_parameters = require "matinf.gmm.waic".of(p, x, y, plain.noise or 1)
  return setmetatable(p, Posterior)
end

--- Peaks are interchangeable: those of every sample in the order of their positions.
function Posterior:sorted()
  local k, names = self.k, { "area", "mu", "sigma", "eta" }
  local copy = {}
  for name, value in pairs(self) do copy[name] = value end
  local order = self.mu:argsort(2)
  for _, name in ipairs(names) do
    if self[name] and k > 1 then copy[name] = reorder(self[name], order) end
  end
  return setmetatable(copy, Posterior)
end

--- A table.Table: mean and standard deviation of every peak's parameters, by rising position.
function Posterior:table()
  local s, columns = self:sorted(), {}
  for _, name in ipairs { "mu", "sigma", "eta", "area" } do
    if s[name] then
      columns[#columns + 1] = { name = name, values = s[name]:mean(1), error = name .. " error" }
      columns[#columns + 1] = { name = name .. " error", values = s[name]:std(1) }
    end
  end
  return require "matinf".table.new(columns)
end

function Posterior:__tostring()
  local head = "%d %s peaks, log evidence %.2f ± %.2f (by integration %.2f ± %.2f)\n%s"
  return head:format(self.k, self.shape, self.log_evidence, self.log_evidence_error,
    self.log_evidence_integrated, self.log_evidence_integrated_error, tostring(self:table()))
end

M.Fit, M.Map, M.Posterior = Fit, Map, Posterior
return M
