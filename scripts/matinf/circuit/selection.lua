-- The result of a selection: the class Selection, and its words.

local enumerate = require "matinf.circuit.enumerate"
local fits = require "matinf.circuit.fit"
local store = require "matinf.store"

local M = {}
local Selection = store.class("circuit.Selection", {})

local EXACT = 1e-16 -- mean square of residuals that counts as none
local ADEQUATE = 2 -- misfit up to which a circuit explains the data

-- ---- criteria ----------------------------------------------------------------------------------

-- By name: f(row) on the scale of -2 log likelihood, nil where the row lacks it.
M.criteria = {
  aic = function(row) return row.aic end,
  aicc = function(row) return row.aicc end,
  bic = function(row) return row.bic end,
  waic = function(row) return row.waic end,
  wbic = function(row) return row.wbic and 2 * row.wbic end,
  laplace = function(row) return row.laplace and -2 * row.laplace end,
  importance = function(row) return row.log_evidence and -2 * row.log_evidence end,
  exchange = function(row) return row.exchange and -2 * row.exchange end,
}

local order = { "aic", "aicc", "bic", "waic", "wbic", "laplace", "importance", "exchange" }
M.criteria_text = '"' .. table.concat(order, '", "') .. '"'

local function score(row, criterion) return M.criteria[criterion](row) or math.huge end

-- The probability of each row by the criterion, the rows equally probable beforehand; nil where no
-- row has it.
local function probabilities(rows, criterion)
  local least, sum, list = math.huge, 0, {}
  for _, row in ipairs(rows) do least = math.min(least, score(row, criterion)) end
  if least == math.huge then return end
  for i, row in ipairs(rows) do
    list[i] = math.exp(-0.5 * (score(row, criterion) - least))
    sum = sum + list[i]
  end
  for i = 1, #list do list[i] = list[i] / sum end
  return list
end

-- ---- making ------------------------------------------------------------------------------------

--- A Selection of the fields; rows are sorted by its criterion and given their probabilities.
function M.new(self)
  table.sort(self.rows, function(a, b)
    local p, q = score(a, self.criterion), score(b, self.criterion)
    if p ~= q then return p < q end
    if a.k ~= b.k then return a.k < b.k end
    return tostring(a.circuit) < tostring(b.circuit)
  end)
  for _, row in ipairs(self.rows) do row.probabilities = {} end
  for _, criterion in ipairs(order) do
    for i, p in ipairs(probabilities(self.rows, criterion) or {}) do
      self.rows[i].probabilities[criterion] = p
    end
  end
  for _, row in ipairs(self.rows) do row.probability = row.probabilities[self.criterion] end
  self.equivalents, self.undetermined = {}, {}
  return setmetatable(self, Selection)
end

local summed = { "k", "ssr", "aic", "aicc", "bic", "waic", "wbic", "laplace", "log_evidence",
  "exchange" }
local errors = { "log_evidence_error", "exchange_error" }

-- One circuit over all parts.
local function joined(rows)
  local all, squares = { circuit = rows[1].circuit, values = {} }, 0
  for _, name in ipairs(summed) do
    all[name] = 0
    for _, row in ipairs(rows) do all[name] = all[name] and row[name] and all[name] + row[name] end
  end
  for _, name in ipairs(errors) do
    local square = 0
    for _, row in ipairs(rows) do square = square and row[name] and square + row[name] ^ 2 end
    all[name] = square and math.sqrt(square)
  end
  for i, row in ipairs(rows) do
    squares = squares + row.misfit ^ 2
    all.values[i] = row.values
    all.laplace_fault = all.laplace_fault or row.laplace_fault
  end
  all.misfit = math.sqrt(squares / #rows)
  return all
end

--- The joint Selection of several spectra, from those of each.
function M.join(parts)
  local by_circuit, names = {}, {}
  for _, part in ipairs(parts) do
    for _, row in ipairs(part.rows) do
      local name = tostring(row.circuit)
      if not by_circuit[name] then by_circuit[name], names[#names + 1] = {}, name end
      table.insert(by_circuit[name], row)
    end
  end
  local rows = {}
  for i, name in ipairs(names) do rows[i] = joined(by_circuit[name]) end
  local first = parts[1]
  return M.new { rows = rows, parts = parts, n = first.n, compared = first.compared,
    options = first.options, criterion = first.criterion, weight = first.weight,
    prior = first.prior, prior_text = first.prior_text, freedom = first.freedom, noise = first.noise }
end

--- The winner's fit, its probable rivals' equivalents, and what the data leave open.
function Selection:_fit_winner(spectrum)
  local winner, options = self.rows[1], self.options
  self.fit = fits.fit(winner.circuit, spectrum, { weight = options.weight,
    admittance = options.admittance, start = winner.values })
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

-- ---- showing -----------------------------------------------------------------------------------

local function noise_text(self)
  local stated = self.options.noise or self.options.precision
  if stated then return "the noise" end
  return self.parts and "the noise of the Kramers-Kronig tests"
    or ("the noise of the Kramers-Kronig test (%.2g)"):format(self.noise)
end

--- The answer in words.
function Selection:answer()
  local winner, lines = self.rows[1], {}
  if winner.misfit > ADEQUATE then
    lines[1] = ("No candidate explains these data: the best misfit is %.3g times %s."):format(
      winner.misfit, noise_text(self))
  end
  lines[#lines + 1] = ("%s has probability %.2g among %d circuits (%s%s)."):format(
    tostring(winner.circuit), winner.probability, self.compared, self.criterion,
    self.parts and (", %d spectra"):format(#self.parts) or "")
  if #self.equivalents > 0 then
    local others = table.concat(self.equivalents, ", ")
    lines[#lines + 1] = "No measurement tells it from " .. others .. "."
  end
  if #self.undetermined > 0 then
    lines[#lines + 1] = "The data do not determine " .. table.concat(self.undetermined, ", ") .. "."
  end
  if self.prior then lines[#lines + 1] = "Prior: " .. self.prior_text .. "." end
  return table.concat(lines, "\n")
end

local fields = { "k", "ssr", "misfit", "aic", "aicc", "bic", "waic", "wbic", "laplace",
  "log_evidence", "log_evidence_error", "exchange", "exchange_error" }

-- A column of the rows; nil where no row has it, NaN where one lacks it.
local function column(rows, name, value_of)
  local values, any = {}, false
  for i, row in ipairs(rows) do
    local value = value_of(row)
    values[i], any = value or 0 / 0, any or value ~= nil
  end
  return any and { name = name, values = values } or nil
end

--- A table.Table: one row a circuit, the best first.
function Selection:table()
  local columns, text = {}, {}
  for i, row in ipairs(self.rows) do text[i] = tostring(row.circuit) end
  columns[1] = { name = "circuit", values = text }
  for _, name in ipairs(fields) do
    columns[#columns + 1] = column(self.rows, name, function(row) return row[name] end)
  end
  for _, name in ipairs(order) do
    columns[#columns + 1] = column(self.rows, "p " .. name,
      function(row) return row.probabilities[name] end)
  end
  columns[#columns + 1] = column(self.rows, "probability", function(row) return row.probability end)
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
      tostring(row.circuit), row.k, row.ssr, self.criterion, M.criteria[self.criterion](row)
      or 0 / 0, row.probability)
  end
  return table.concat(lines, "\n")
end

M.Selection = Selection
return M
