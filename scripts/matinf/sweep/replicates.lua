-- Replicates of a sweep: points that differ in their seed alone. Their mean and standard deviation.

local m = require "matinf"

local M = {}

--- Whether a swept parameter only makes replicates.
function M.is_seed(key) return key:match "[^.]+$" == "seed" end

--- Mean and standard deviation of a list of numbers; 0 for a single one.
function M.moments(list)
  local sum, squares = 0, 0
  for _, value in ipairs(list) do sum = sum + value end
  local mean = sum / #list
  for _, value in ipairs(list) do squares = squares + (value - mean) ^ 2 end
  return mean, #list > 1 and math.sqrt(squares / (#list - 1)) or 0
end

-- The columns of the swept parameters other than seeds.
local function parameters_of(plan, values)
  local columns = {}
  for j, one in ipairs(plan.swept) do
    if not M.is_seed(one.key) then columns[#columns + 1] = values.columns[j + 1] end
  end
  return columns
end

-- Rows of the table by equal parameters, in their order: a list of lists of row numbers.
local function groups_of(values, parameters)
  local groups, by_key = {}, {}
  for row = 1, #values do
    local cells = {}
    for j, column in ipairs(parameters) do cells[j] = tostring(column.values[row]) end
    local key = table.concat(cells, "\0")
    if not by_key[key] then
      by_key[key] = {}
      groups[#groups + 1] = by_key[key]
    end
    table.insert(by_key[key], row)
  end
  return groups
end

local function finite(column, rows)
  local list = {}
  for _, row in ipairs(rows) do
    local value = column.values[row]
    if math.abs(value) < math.huge then list[#list + 1] = value end -- false for NaN as well
  end
  return list
end

local function first_of(column, groups)
  local cells = {}
  for i, rows in ipairs(groups) do cells[i] = column.values[rows[1]] end
  return { name = column.name, unit = column.unit, values = cells }
end

local function add_moments(columns, column, groups)
  local mean, deviation = {}, {}
  for i, rows in ipairs(groups) do
    local list = finite(column, rows)
    mean[i], deviation[i] = 0 / 0, 0 / 0
    if #list > 0 then mean[i], deviation[i] = M.moments(list) end
  end
  local name = column.name .. "-sd"
  columns[#columns + 1] = { name = column.name, unit = column.unit, values = mean, error = name }
  columns[#columns + 1] = { name = name, unit = column.unit, values = deviation }
end

--- A row for each combination of the other parameters: how many replicates, then mean and standard
--- deviation (columns NAME and NAME-sd) of each value; nil when no two points are replicates.
--- measured: the names of the columns of values.
function M.table(plan, values, measured)
  local parameters = parameters_of(plan, values)
  local groups, counts, replicated = groups_of(values, parameters), {}, false
  for i, rows in ipairs(groups) do
    counts[i] = #rows
    replicated = replicated or #rows > 1
  end
  if not replicated or #measured == 0 then return nil end
  local columns = {}
  for _, column in ipairs(parameters) do columns[#columns + 1] = first_of(column, groups) end
  columns[#columns + 1] = { name = "replicates", values = counts }
  for _, name in ipairs(measured) do
    local column = select(2, values:column(name))
    if type(column.values) == "userdata" then add_moments(columns, column, groups) end
  end
  return m.table.new(columns)
end

return M
