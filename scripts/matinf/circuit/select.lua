-- Selection: which of many circuits do the data support, and does any explain them at all?
--
-- Every circuit is fitted from a few starts; the best by the criterion are searched again,
-- thoroughly, until the order settles; for these the evidence is estimated where it is asked for.
-- AIC and BIC come from the likelihood of fit.lua; where the precision of the numbers (or their
-- noise) is stated, a residual below it is worth no more than one that meets it. Noise that is not
-- stated is that of the Lin-KK test. Several spectra are judged by the sums of the criteria, each
-- spectrum with parameters of its own.

local c = require "matinf.c.circuit"
local candidates = require "matinf.circuit.candidates"
local e = require "matinf.error"
local enumerate = require "matinf.circuit.enumerate"
local evidence = require "matinf.circuit.evidence"
local exact = require "matinf.circuit.exact"
local fits = require "matinf.circuit.fit"
local priors = require "matinf.circuit.prior"
local selection = require "matinf.circuit.selection"
local tree = require "matinf.circuit.tree"

local M = {}

local CALLED = "circuit.select"
local LISTED = 20 -- rows that are kept without a thorough search

-- ---- the circuits ------------------------------------------------------------------------------

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
local function circuits_of(options)
  if options.circuits ~= nil then
    local circuits = listed(options.circuits)
    local codes, lengths = candidates.codes(circuits)
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

-- ---- the selection -----------------------------------------------------------------------------

local valid = { "circuits", "elements", "min_elements", "max_elements", "filters", "weight",
  "admittance", "criterion", "starts", "thorough", "thorough_starts", "precision", "noise", "seed",
  "prior", "evidence", "freedom", "draws", "sweeps", "frequency_precision" }

local levels = { none = true, importance = true, exchange = true }
local level_of = { laplace = "importance", importance = "importance", exchange = "exchange",
  waic = "exchange", wbic = "exchange" } -- that a criterion needs

local function read_options(options)
  options = e.options(options, CALLED, valid)
  for _, name in ipairs { "weight", "noise", "evidence", "admittance" } do
    if options.precision and options[name] ~= nil then
      e.argument(name, CALLED, "nothing beside precision, which sets it", options[name])
    end
  end
  options.criterion = options.criterion or "bic"
  if not selection.criteria[options.criterion] then
    e.argument("criterion", CALLED, selection.criteria_text, options.criterion)
  end
  options.evidence = options.evidence or level_of[options.criterion] or "none"
  if not levels[options.evidence] then
    e.argument("evidence", CALLED, '"none", "importance" or "exchange"', options.evidence)
  end
  for name, default in pairs { starts = 10, thorough = 20, thorough_starts = 0, seed = 1 } do
    if options[name] == nil then options[name] = default end
    if math.type(options[name]) ~= "integer" or options[name] < 0 then
      e.argument(name, CALLED, "integer that is not negative", options[name])
    end
  end
  for _, name in ipairs { "precision", "noise", "frequency_precision" } do
    local value = options[name]
    local list = name ~= "noise" and type(value) == "userdata"
    if value ~= nil and not list and not (type(value) == "number" and value > 0 and value < math.huge) then
      e.argument(name, CALLED, "positive number", value)
    end
  end
  if level_of[options.criterion] == "exchange" then options.evidence = "exchange" end
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
  local floor = math.max((options.noise or 0) ^ 2, 1e-300)
  local ssr, k, log_weights, values = c.screen(codes, lengths, f, z,
    screen_options(options, starts, sigma))
  for i = 1, #lengths do
    rows[i] = { index = i, ssr = ssr[i], k = math.tointeger(k[i]), values = values[i] }
    candidates.criteria(rows[i], n, log_weights, floor)
  end
  return rows, floor, log_weights
end

-- The first rows searched again from more starts.
local function thorough(rows, f, z, options, sigma, floor, log_weights)
  local circuits = {}
  for i, row in ipairs(rows) do circuits[i] = row.circuit end
  local codes, lengths = candidates.codes(circuits)
  local o = screen_options(options, options.thorough_starts, sigma)
  o.relatives = candidates.RELATIVES
  local ssr, _, _, values = c.screen(codes, lengths, f, z, o)
  for i, row in ipairs(rows) do
    if ssr[i] < row.ssr then row.ssr, row.values = ssr[i], values[i] end
    candidates.criteria(row, 2 * #f, log_weights, floor)
  end
end

-- ---- evidence ----------------------------------------------------------------------------------

-- The estimates of evidence for the rows.
local function weigh(rows, f, z, options, sigma)
  local circuits, width = {}, 1
  for i, row in ipairs(rows) do
    circuits[i] = row.circuit
    width = math.max(width, #row.circuit.names)
  end
  local starts = {}
  for i, row in ipairs(rows) do
    starts[i] = {}
    for k = 1, width do starts[i][k] = k <= row.k and row.values[k] or 0 / 0 end
  end
  local codes, lengths = candidates.codes(circuits)
  local array = require "matinf".array
  local o = { exchange = options.evidence == "exchange", starts = options.thorough_starts }
  for _, name in ipairs { "weight", "admittance", "seed", "draws", "sweeps", "noise", "freedom",
    "prior", "window" } do
    o[name] = options[name]
  end
  local found = evidence.estimate(circuits, array.array(codes, { dtype = "i32" }),
    array.array(lengths, { dtype = "i32" }), f, z, sigma, o, array.array(starts), CALLED)
  for i, row in ipairs(rows) do
    for name, value in pairs(evidence.row(found, i)) do row[name] = value end
  end
  return found
end

-- The standard deviation that a misfit is counted in, NaN where nothing tells it.
local function noise_of(f, z, options)
  if options.noise or options.precision then return options.noise or 1 end
  return e.attempt(evidence.noise, f, z, options, CALLED) or 0 / 0
end

-- The rows to be shown of one spectrum.
local function searched_rows(f, z, sigma, options, codes, lengths, circuit_at)
  if options.precision then
    local circuits = {}
    for i = 1, #lengths do circuits[#circuits + 1] = circuit_at(i) end
    return exact.rows(circuits, f, z, options)
  end
  local cheap = level_of[options.criterion] and "bic" or options.criterion
  local rows, floor, log_weights = screened(codes, lengths, f, z, options, options.starts, sigma)
  local most = options.thorough > 0 and options.thorough or LISTED
  local best = best_rows(rows, circuit_at, cheap, most)
  if options.thorough > 0 and #best > 0 then
    thorough(best, f, z, options, sigma, floor, log_weights)
  end
  for _, row in ipairs(best) do row.values = row.values[{ { 1, row.k } }]:copy() end
  return best
end

-- Of one spectrum; options are checked.
local function select_one(spectrum, options, codes, lengths, circuit_at)
  local f, z, sigma = fits.unpack(spectrum, CALLED)
  if options.weight == "sigma" and sigma then
    sigma = require "matinf".array.concatenate { sigma, sigma }
  else
    sigma = nil
  end
  local rows = searched_rows(f, z, sigma, options, codes, lengths, circuit_at)
  if #rows == 0 then e.fail("argument", "no circuit passes the filters of '%s'", CALLED) end
  local self = { n = #f, compared = #lengths, options = options, criterion = options.criterion,
    weight = options.precision and "sigma" or options.weight or "modulus",
    noise = noise_of(f, z, options), rows = rows }
  if options.evidence ~= "none" then
    local found = weigh(rows, f, z, options, sigma)
    self.prior, self.freedom = found.prior, found.freedom
    self.prior_text = priors.text(found.prior)
  end
  for _, row in ipairs(rows) do
    row.index = nil
    row.misfit = math.sqrt(row.ssr / math.max(1, 2 * #f - row.k)) / self.noise
  end
  return selection.new(self)
end

-- Of all spectra: sums over the selections of each.
local function select_joint(spectra, options)
  local array = require "matinf".array
  if options.circuits == nil then
    e.fail("argument", "'%s' of several spectra needs the option circuits", CALLED)
  end
  local whole = {}
  for i, one in ipairs(spectra) do
    local f, z = fits.unpack(one, CALLED)
    whole[i] = { frequency = f, impedance = z }
  end
  options.window = priors.window(whole)
  options.thorough = math.max(options.thorough, #options.circuits)
  local codes, lengths, circuit_at = circuits_of(options)
  local parts = {}
  for i, one in ipairs(spectra) do
    parts[i] = select_one(one, options, array.array(codes, { dtype = "i32" }),
      array.array(lengths, { dtype = "i32" }), circuit_at)
  end
  return selection.join(parts)
end

--- Compares circuits on one spectrum, or on a list of several.
function M.select(spectrum, options)
  options = read_options(options)
  if type(spectrum) == "table" and spectrum.frequency == nil and #spectrum > 0 then
    return select_joint(spectrum, options)
  end
  local self = select_one(spectrum, options, circuits_of(options))
  self:_fit_winner(spectrum)
  return self
end

M.Selection = selection.Selection
return M
