-- The names in a table, sorted: an order to show and to compute in, which pairs() has not.
return function(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end
