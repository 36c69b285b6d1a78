-- Names of species in files: symbols with a suffix (Si_pv, O1, Fe/hash), and lists with counts.

local M = {}

local function known(symbol)
  local number = M.numbers[symbol]
  return number and number > 0 and number
end

-- Atomic numbers by symbol, D and T as hydrogen; made when first needed.
M.numbers = setmetatable({}, { __index = function(self, symbol)
  if next(self) == nil then
    for _, element in ipairs(require "matinf".elements.list()) do
      rawset(self, element.symbol, element.number)
    end
    rawset(self, "D", 1)
    rawset(self, "T", 1)
  end
  return rawget(self, symbol)
end })

--- The atomic number of a name that begins with a symbol; nil when there is none.
function M.number_of(name)
  local two, one = name:match "^%u%l", name:match "^%u"
  return two and known(two) or one and not (two and name:find "^%u%l+$") and known(one) or nil
end

--- numbers (i32 [n]) of names; names that begin with no symbol are 0, and then the list of names
--- is the second value.
function M.numbers_of(names)
  local numbers, all, cache = {}, true, {}
  for i, name in ipairs(names) do
    local number = cache[name]
    if number == nil then
      number = M.number_of(name) or 0
      cache[name] = number
    end
    numbers[i] = number
    all = all and number > 0
  end
  return require "matinf".array(numbers, { dtype = "i32" }), not all and names or nil
end

--- Refuses counts of atoms that cannot be. More atoms than characters are none: this spares the
--- memory of a mad count.
function M.check_counts(file, counts)
  local total = 0
  for _, count in ipairs(counts) do
    if math.type(count) ~= "integer" or count < 0 then file:fail "counts of atoms expected" end
    if count > #file.text then file:fail("%d atoms cannot be", count) end
    total = total + count
  end
  if total == 0 or total > #file.text then file:fail("%d atoms cannot be", total) end
end

--- The list of names in which each is repeated: {"Si", "O"}, {1, 2} is Si, O, O.
function M.repeated(names, counts)
  local list = {}
  for k, name in ipairs(names) do
    for _ = 1, counts[k] do list[#list + 1] = name end
  end
  return list
end

--- Runs of equal names: the names and how long each run is.
function M.runs(names)
  local list, counts = {}, {}
  for _, name in ipairs(names) do
    if list[#list] == name then counts[#counts] = counts[#counts] + 1
    else list[#list + 1], counts[#counts + 1] = name, 1 end
  end
  return list, counts
end

return M
