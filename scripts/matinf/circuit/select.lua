-- Selection: which of many circuits do the data support, and does any explain them at all?
--
-- Every circuit is fitted from a few starts; the best by the criterion are searched again,
-- thoroughly, until the order settles. Criteria come from the likelihood of fit.lua; where the
-- precision of the numbers (or their noise) is stated, a residual below it is worth no more than
-- one that meets it. Probabilities are those of the criterion, exp(-BIC/2) or the Laplace evidence,
-- over the circuits compared, each as probable as the others beforehand.
--
-- Laplace: log of the evidence under priors uniform in theta, at the optimum,
--   log L + (k/2) log 2 pi + (1/2) log det covariance - sum log width of prior.

local c = require "matinf.c.circuit"
local e = require "matinf.error"
local enumerate = require "matinf.circuit.enumerate"
local fits = require "matinf.circuit.fit"
local store = require "matinf.store"
local tree = require "matinf.circuit.tree"

local M = {}
local Selection = store.class("circuit.Selection", {})

local CALLED = "circuit.select"
local EXACT = 1e-16 -- mean square of residuals that counts as none
local LISTED = 20 -- rows that are kept without a thorough search

-- ---- the circuits ------------------------------------------------------------------------------

-- codes [n x width] and lengths of listed circuits
local function codes_of(circuits)
  local width, lengths = 1, {}
  for i, circuit in ipairs(circuits) do
    lengths[i] = #circuit.code
    width = math.max(width, lengths[i])
  end
  local rows = {}
  for i, circuit in ipairs(circuits) do
    rows[i] = {}
    for k = 1, width do rows[i][k] = circuit.code[k] or 0 end
  end
  return rows, lengths
end

local function listed(list)
  if type(list) ~= "table" or #list == 0 then
    e.argument("circuits", CALLED, "list of circuits", list)
  end
  local circuits = {}
  for i, given in ipairs(list) do
    circuits[i] = tree.circuit(given, "circuits[" .. i .. "]", CALLED)
  end
  return circuits
end

-- codes, lengths and a function that gives the i-th circuit, or nil where a filter refuses it
local function candidates(options)
  if options.circuits ~= nil then
    local circuits = listed(options.circuits)
    local codes, lengths = codes_of(circuits)
    return codes, lengths, function(i) return circuits[i] end
  end
  local names = enumerate.filter_names(options.filters, CALLED)
  local codes, lengths = enumerate.codes(options.elements or { "R", "C", "CPE", "W" },
    options.min_elements or 1, options.max_elements or 4, CALLED)
  return codes, lengths, function(i)
    local circuit = tree.from_code(codes[i], lengths[i])
    if not enumerate.refused_by(circuit, names) then return circuit end
  end
end

-- ---- criteria ----------------------------------------------------------------------------------

-- The criteria at a mean square of the weighted residuals; floor: that of the precision.
local function criteria(row, n, log_weights, floor)
  local s2 = math.max(row.ssr / n, floor)
  local log_likelihood = -0.5 * n * (math.log(2 * math.pi * s2) + 1) + log_weights
  local k = row.k + 1
  row.aic = -2 * log_likelihood + 2 * k
  row.aicc = n - k - 1 > 0 and row.aic + 2 * k * (k + 1) / (n - k - 1) or math.huge
  row.bic = -2 * log_likelihood + k * math.log(n)
  row.log_likelihood = log_likelihood
end

-- The prior's width of each theta that varies: log-uniform over the range, exponents over theirs.
local function log_widths(fit, prior)
  local sum = 0
  for k, v in ipairs(fit.variables) do
    if v > 0 then
      sum = sum + math.log(fit.circuit.exponents[k] and prior.exponent[2] - prior.exponent[1]
        or math.log(prior.positive[2] / prior.positive[1]))
    end
  end
  return sum
end

-- Log evidence by Laplace's approximation; -infinity where a parameter is not determined.
local function laplace(fit, prior)
  if fit.rank < fit.k or #fit.at_bound > 0 then return -math.huge end
  local _, log_det, sign = require "matinf".linalg.determinant(fit.covariance)
  if sign <= 0 then return -math.huge end
  return fit.log_likelihood + 0.5 * (fit.k * math.log(2 * math.pi) + log_det)
    - log_widths(fit, prior)
end

local function probabilities(rows, criterion)
  local least, sum = math.huge, 0
  for _, row in ipairs(rows) do least = math.min(least, row[criterion]) end
  for _, row in ipairs(rows) do sum = sum + math.exp(-0.5 * (row[criterion] - least)) end
  for _, row in ipairs(rows) do
    row.probability = math.exp(-0.5 * (row[criterion] - least)) / sum
  end
end

-- ---- the selection -----------------------------------------------------------------------------

local valid = { "circuits", "elements", "min_elements", "max_elements", "filters", "weight",
  "admittance", "criterion", "starts", "thorough", "thorough_starts", "precision", "noise", "seed",
  "prior" }

local function read_prior(given)
  local prior = e.options(given, CALLED .. ", option prior", { "positive", "exponent" })
  for name, default in pairs { positive = { 1e-12, 1e12 }, exponent = { 0, 1 } } do
    local range = prior[name] or default
    local low, high = type(range) == "table" and range[1], type(range) == "table" and range[2]
    local fine = type(low) == "number" and type(high) == "number" and low < high
      and high < math.huge and low >= 0 and (low > 0 or name == "exponent")
    if not fine then e.argument("prior." .. name, CALLED, "{ lower, upper }", prior[name]) end
    prior[name] = { low, high }
  end
  return prior
end

local function read_options(options)
  options = e.options(options, CALLED, valid)
  local known = { aic = true, aicc = true, bic = true }
  options.criterion = options.criterion or "bic"
  if not known[options.criterion] then
    e.argument("criterion", CALLED, '"aic", "aicc" or "bic"', options.criterion)
  end
  for name, default in pairs { starts = 10, thorough = 20, thorough_starts = 0, seed = 1 } do
    if options[name] == nil then options[name] = default end
    if math.type(options[name]) ~= "integer" or options[name] < 0 then
      e.argument(name, CALLED, "integer that is not negative", options[name])
    end
  end
  for _, name in ipairs { "precision", "noise" } do
    local value = options[name]
    if value ~= nil and not (type(value) == "number" and value > 0 and value < math.huge) then
      e.argument(name, CALLED, "positive number", value)
    end
  end
  if options.precision and options.weight ~= "unit" then
    e.argument("precision", CALLED, 'weight = "unit", since it is in ohm', options.precision)
  end
  options.prior = read_prior(options.prior)
  return options
end

local function screen_options(options, starts, sigma)
  return { weight = options.weight, admittance = options.admittance, starts = starts,
    seed = options.seed, sigma = sigma }
end

-- Rows by the criterion, the first `most` of those whose circuit passes the filters.
local function best_rows(rows, circuit_at, criterion, most)
  table.sort(rows, function(a, b)
    if a[criterion] ~= b[criterion] then return a[criterion] < b[criterion] end
    return a.index < b.index
  end)
  local kept = {}
  for _, row in ipairs(rows) do
    if #kept == most then break end
    row.circuit = row.circuit or circuit_at(row.index)
    if row.circuit then kept[#kept + 1] = row end
  end
  return kept
end

local function screened(codes, lengths, f, z, options, starts, sigma)
  local n, rows = 2 * #f, {}
  local floor = options.precision and options.precision ^ 2 or (options.noise or 0) ^ 2
  floor = math.max(floor, 1e-300)
  local ssr, k, log_weights, values = c.screen(codes, lengths, f, z,
    screen_options(options, starts, sigma))
  for i = 1, #lengths do
    rows[i] = { index = i, ssr = ssr[i], k = math.tointeger(k[i]), values = values[i] }
    criteria(rows[i], n, log_weights, floor)
  end
  return rows, floor, log_weights
end

-- The first rows searched again from more starts.
local function thorough(rows, f, z, options, sigma, floor, log_weights)
  local circuits = {}
  for i, row in ipairs(rows) do circuits[i] = row.circuit end
  local codes, lengths = codes_of(circuits)
  local ssr, _, _, values = c.screen(codes, lengths, f, z,
    screen_options(options, options.thorough_starts, sigma))
  for i, row in ipairs(rows) do
    if ssr[i] < row.ssr then row.ssr, row.values = ssr[i], values[i] end
    criteria(row, 2 * #f, log_weights, floor)
  end
end

--- Compares circuits on one spectrum.
function M.select(spectrum, options)
  options = read_options(options)
  local f, z, sigma = fits.unpack(spectrum, CALLED)
  if options.weight == "sigma" and sigma then
    sigma = require "matinf".array.concatenate { sigma, sigma }
  else
    sigma = nil
  end
  local codes, lengths, circuit_at = candidates(options)
  local rows, floor, log_weights = screened(codes, lengths, f, z, options, options.starts, sigma)
  local most = options.thorough > 0 and options.thorough or LISTED
  local best = best_rows(rows, circuit_at, options.criterion, most)
  if options.thorough > 0 and #best > 0 then
    thorough(best, f, z, options, sigma, floor, log_weights)
    best = best_rows(best, circuit_at, options.criterion, #best)
  end
  if #best == 0 then e.fail("argument", "no circuit passes the filters of '%s'", CALLED) end
  probabilities(best, options.criterion)
  local self = setmetatable({ rows = best, n = #f, compared = #lengths, options = options,
    criterion = options.criterion, weight = options.weight or "modulus" }, Selection)
  for _, row in ipairs(best) do
    row.index = nil
    row.values = row.values[{ { 1, row.k } }]:copy()
    row.misfit = math.sqrt(row.ssr / math.max(1, 2 * #f - row.k))
      / (options.noise or options.precision or 0 / 0)
  end
  self:_fit_winner(spectrum)
  return self
end

-- The winner's fit, its probable rivals' equivalents, and what the data leave open.
function Selection:_fit_winner(spectrum)
  local winner = self.rows[1]
  local options = self.options
  self.fit = fits.fit(winner.circuit, spectrum, { weight = options.weight,
    admittance = options.admittance, start = winner.values })
  self.laplace = laplace(self.fit, options.prior)
  self.equivalents, self.undetermined = {}, {}
  for i = 2, #self.rows do
    local row = self.rows[i]
    local close = math.abs(row.ssr - winner.ssr) <= 1e-6 * winner.ssr + EXACT * self.n
    if row.k == winner.k and close and enumerate.indistinguishable(winner.circuit, row.circuit) then
      self.equivalents[#self.equivalents + 1] = tostring(row.circuit)
    end
  end
  for k, name in ipairs(self.fit.names) do
    local err = self.fit.errors[k]
    local unknown = err ~= err or (not self.fit.circuit.exponents[k] and err > self.fit.values[k])
    if unknown then self.undetermined[#self.undetermined + 1] = name end
  end
end

--- The answer in words.
function Selection:answer()
  local winner = self.rows[1]
  local lines = {}
  if winner.misfit == winner.misfit and winner.misfit > 2 then
    lines[1] = ("No candidate explains these data: the best misfit is %.3g times the noise.")
      :format(winner.misfit)
  end
  lines[#lines + 1] = ("%s has probability %.2g among %d circuits (%s)."):format(
    tostring(winner.circuit), winner.probability, self.compared, self.criterion)
  if #self.equivalents > 0 then
    local others = table.concat(self.equivalents, ", ")
    lines[#lines + 1] = "No measurement tells it from " .. others .. "."
  end
  if #self.undetermined > 0 then
    lines[#lines + 1] = "The data do not determine " .. table.concat(self.undetermined, ", ") .. "."
  end
  return table.concat(lines, "\n")
end

--- A table.Table: one row a circuit, the best first.
function Selection:table()
  local columns, text = {}, {}
  for i, row in ipairs(self.rows) do text[i] = tostring(row.circuit) end
  columns[1] = { name = "circuit", values = text }
  for _, name in ipairs { "k", "ssr", "misfit", "aic", "aicc", "bic", "probability" } do
    local values = {}
    for i, row in ipairs(self.rows) do values[i] = row[name] end
    columns[#columns + 1] = { name = name, values = values }
  end
  return require "matinf".table.new(columns)
end

function Selection.to_store(self)
  local plain = {}
  for name, value in pairs(self) do plain[name] = value end
  return plain
end

function Selection:__tostring()
  local lines = { self:answer() }
  for i = 1, math.min(10, #self.rows) do
    local row = self.rows[i]
    lines[#lines + 1] = ("  %-40s %2d  SSR %-11.5g %s %-12.3f p %.3g"):format(
      tostring(row.circuit), row.k, row.ssr, self.criterion, row[self.criterion], row.probability)
  end
  return table.concat(lines, "\n")
end

M.Selection = Selection
return M
