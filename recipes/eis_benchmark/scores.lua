-- Scores of a classification: F1 of each class, their mean, accuracy, a bootstrap interval.

local M = {}

-- F1 by class from lists of labels; classes in the order given.
function M.f1(labels, found, classes)
  local list = {}
  for i, class in ipairs(classes) do
    local both, said, is = 0, 0, 0
    for j = 1, #labels do
      if labels[j] == class then is = is + 1 end
      if found[j] == class then said = said + 1 end
      if labels[j] == class and found[j] == class then both = both + 1 end
    end
    list[i] = said + is > 0 and 2 * both / (said + is) or 0
  end
  return list
end

function M.mean(list)
  local sum = 0
  for _, value in ipairs(list) do sum = sum + value end
  return sum / #list
end

function M.accuracy(labels, found)
  local right = 0
  for j = 1, #labels do right = right + (labels[j] == found[j] and 1 or 0) end
  return right / #labels
end

-- The 5 and 95 % quantiles of the mean F1 over spectra drawn again.
function M.interval(labels, found, classes, rng)
  local n, values = #labels, {}
  for b = 1, 1000 do
    local l, f = {}, {}
    for j = 1, n do
      local k = rng:integer(nil, { low = 1, high = n })
      l[j], f[j] = labels[k], found[k]
    end
    values[b] = M.mean(M.f1(l, f, classes))
  end
  table.sort(values)
  return values[50], values[950]
end

return M
