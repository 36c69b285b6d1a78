-- Candidates of a selection: many circuits as the kernels take them, and the information criteria
-- that rank their fits.

local M = { RELATIVES = 6 } -- starts of a thorough search from the fit of each other circuit

--- Codes [n x width] of circuits, with zeros behind the shorter ones, and their lengths.
function M.codes(circuits)
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

--- Sets the criteria of a row, { ssr, k }, of n numbers: the variance of the weighted residuals is
--- estimated with the parameters, but not below `floor`, that of the precision.
function M.criteria(row, n, log_weights, floor)
  local s2 = math.max(row.ssr / n, floor)
  local log_likelihood = -0.5 * n * (math.log(2 * math.pi * s2) + 1) + log_weights
  local k = row.k + 1
  row.aic = -2 * log_likelihood + 2 * k
  row.aicc = n - k - 1 > 0 and row.aic + 2 * k * (k + 1) / (n - k - 1) or math.huge
  row.bic = -2 * log_likelihood + k * math.log(n)
  row.log_likelihood = log_likelihood
end

return M
