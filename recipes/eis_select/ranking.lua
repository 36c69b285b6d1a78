-- How candidates are judged: first whether any explains the data, then which is preferred.
--
-- misfit   root mean square of the residuals over |Z|, per degree of freedom, over the noise that the
--          Kramers-Kronig test leaves: near 1 the circuit explains the data; above 2 it does not
-- weight   exp(-BIC / 2) over its sum for all candidates: their probability, given that one of them
--          is true and all were equally likely before; it means little where none explains the data
-- twins    circuits with as many parameters that fit equally well to 1e-6: these data (or any) cannot
--          tell them apart

local M = {}

M.ADEQUATE = 2
local RIVAL = 10 -- of BIC: odds of 150 to 1
local EQUAL = 1e-6

-- Sum of squared residuals over |Z| of a fit at the points of a spectrum.
function M.squares(fit, spectrum)
  local off = (spectrum.impedance - fit:evaluate(spectrum.frequency)):abs() / spectrum.impedance:abs()
  return (off * off):sum()
end

function M.misfit(fit, spectrum, noise)
  local freedom = 2 * #spectrum - fit.k
  return freedom > 0 and math.sqrt(M.squares(fit, spectrum) / freedom) / noise or 0 / 0
end

-- Names of the parameters that these data do not determine: the error exceeds the value.
function M.undetermined(fit)
  local list = {}
  for i, name in ipairs(fit.names) do
    local held = fit.variables[i] == 0
    for _, at in ipairs(fit.at_bound) do held = held or at == name end
    if not held and not (fit.errors[i] < math.abs(fit.values[i])) then list[#list + 1] = name end
  end
  return list
end

-- Fits sorted by BIC, as { fit, misfit, delta, weight, undetermined, twins }.
function M.rank(fits, spectrum, noise)
  local list, sum = {}, 0
  for _, fit in ipairs(fits) do
    list[#list + 1] = { fit = fit, misfit = M.misfit(fit, spectrum, noise),
      undetermined = M.undetermined(fit), twins = {} }
  end
  table.sort(list, function(a, b)
    if a.fit.bic ~= b.fit.bic then return a.fit.bic < b.fit.bic end
    return tostring(a.fit.circuit) < tostring(b.fit.circuit)
  end)
  for _, one in ipairs(list) do
    one.delta = one.fit.bic - list[1].fit.bic
    one.weight = math.exp(-one.delta / 2)
    sum = sum + one.weight
  end
  for i, one in ipairs(list) do
    one.weight = one.weight / sum
    for j, other in ipairs(list) do
      local equal = math.abs(other.fit.ssr / one.fit.ssr - 1) < EQUAL and other.fit.k == one.fit.k
      if i ~= j and equal then one.twins[#one.twins + 1] = tostring(other.fit.circuit) end
    end
  end
  return list
end

-- Those that the data do not reject against the best, at least two and at most four.
function M.rivals(ranking)
  local list = {}
  for i = 2, #ranking do
    if (ranking[i].delta < RIVAL or i <= 3) and #list < 4 then list[#list + 1] = ranking[i] end
  end
  return list
end

return M
