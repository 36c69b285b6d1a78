-- Tables: named columns with units, of numbers (arrays) or of text (lists), one length for all.
--
-- A column is { name =, unit =, values =, error = }; `error` is the name of the column that holds
-- its standard errors. A table is its list of columns and never changes: sort, select, pick and
-- join make new ones, which share the columns that stay as they are.

local e = require "matinf.error"
local store = require "matinf.store"
local table_text = require "matinf.table_text"
local c = require "matinf.c.table"

local M = {}
local Table = store.class("table.Table", {})

local function array() return require "matinf".array end

-- ---- making ------------------------------------------------------------------------------------

local function is_array(value) return e.is_a(value, "matinf.array") end

-- A list as a column's values: an array of integers or floats, or the list of texts itself.
local function from_list(list, name, called)
  local kind = "float"
  for i = 1, #list do
    local found = math.type(list[i]) or type(list[i])
    if i == 1 then kind = found end
    if found ~= kind and math.type(list[i]) and kind ~= "string" then
      kind = "float"
    elseif found ~= kind or not (math.type(list[i]) or found == "string") then
      e.argument("values of " .. name, called, "numbers or texts", list[i])
    end
  end
  if kind == "string" then return list end
  if #list == 0 then return array().zeros(0) end
  return array().array(list, { dtype = kind == "integer" and "i64" or "f64" })
end

local function check_values(column, called)
  local values, name = column.values, column.name
  if type(values) == "table" then return from_list(values, name, called) end
  if not is_array(values) or values.ndim ~= 1 or values.dtype == "c128" then
    e.argument("values of " .. name, called, "real array of one dimension or list", values)
  end
  if values.dtype == "f64" or values.dtype == "i64" then return values end
  return array().from(values, { dtype = values.dtype == "f32" and "f64" or "i64" })
end

local column_fields = { "name", "unit", "values", "error", "empty" }

local function check_column(column, called)
  e.options(column, called, column_fields)
  if type(column.name) ~= "string" then e.argument("name", called, "text", column.name) end
  local copy = {}
  for _, field in ipairs(column_fields) do copy[field] = column[field] end
  copy.values = check_values(column, called)
  return copy
end

local function make(columns, notes)
  return setmetatable({ columns = columns, notes = notes }, Table)
end

--- A table from its columns.
function M.new(columns)
  local called, list, seen = "table.new", {}, {}
  if type(columns) ~= "table" then e.argument("columns", called, "list of columns", columns) end
  for i, column in ipairs(columns) do
    if type(column) ~= "table" then e.argument("columns", called, "list of columns", column) end
    list[i] = check_column(column, called)
    local name, rows, first = column.name, #list[i].values, #list[1].values
    if seen[name] then e.fail("argument", "table.new: two columns are called '%s'", name) end
    seen[name] = true
    if rows ~= first then
      e.fail("argument", "table.new: column '%s' has %d rows, '%s' has %d", name, rows,
        list[1].name, first)
    end
  end
  for _, column in ipairs(list) do
    if column.error and not seen[column.error] then
      e.fail("argument", "table.new: no column '%s' with the errors of '%s'", column.error,
        column.name)
    end
  end
  return make(list)
end

-- ---- reading -----------------------------------------------------------------------------------

-- What stands for a unit but is none of the units module.
local counted = { counts = true, cps = true, ["a.u."] = true, ["arb. units"] = true,
  ["arb. u."] = true, ["%"] = true, ["at.%"] = true, ["at%"] = true,
  ["wt.%"] = true, ["wt%"] = true, ["-"] = true }

local function is_unit(text)
  return counted[text:lower()] or (e.attempt(require "matinf".units.parse, text)) ~= nil
end

-- "Energy (eV)", "T [K]", "time/s" -> name and unit; what is no unit stays in the name.
local function split_unit(header)
  if header:lower():find "^counts?%s*/" then
    return header:match "^(%a+)", "counts" .. header:match "/.*"
  end
  local name, unit = header:match "^(.-)%s*%[([^%[%]]+)%]$"
  if name and name ~= "" then return name, unit end
  name, unit = header:match "^(.-)%s*%(([^()]*)%)$"
  if not name then name, unit = header:match "^(.-)%s*/%s*([^/]+)$" end
  if name and name ~= "" and is_unit(unit) then return name, unit end
  return header
end

-- Names of the columns: those of the file, made different from each other, or column_1, ...
local function column_names(headers, count)
  local names, units, seen = {}, {}, {}
  for i = 1, count do
    local name, unit = split_unit(headers and headers[i] or "")
    if name == "" then name = "column_" .. i end
    if seen[name] then name = name .. "_" .. i end
    seen[name] = true
    names[i], units[i] = name, unit
  end
  return names, units
end

--- Reads csv and its relatives; the layout is found out.
function M.read(path, options)
  local data = c.read(path, options)
  local columns = {}
  local names, units = column_names(data.names, #data.columns)
  for i, column in ipairs(data.columns) do
    columns[i] = { name = names[i], unit = units[i], values = column.values, empty = column.empty }
  end
  local last = columns[#columns]
  if #columns > 1 and last.empty == data.rows and last.name == "column_" .. #columns then
    columns[#columns] = nil -- a delimiter at the end of every line
  end
  return make(columns, #data.notes > 0 and data.notes or nil)
end

-- ---- columns and rows --------------------------------------------------------------------------

function Table:__len()
  return self.columns[1] and #self.columns[1].values or 0
end

local function find(self, name, called)
  local names = {}
  for i, column in ipairs(self.columns) do
    if column.name == name then return column end
    names[i] = column.name
  end
  e.fail("argument", "%s: no column is called '%s'%s", called, tostring(name),
    e.hint(name, names))
end

--- The values of a column, and the column itself.
function Table:column(name)
  local column = find(self, name, "table.Table:column")
  return column.values, column
end

-- The same columns with the values that f makes of theirs.
local function map_values(self, f)
  local columns = {}
  for i, column in ipairs(self.columns) do
    columns[i] = { name = column.name, unit = column.unit, error = column.error,
      values = f(column.values) }
  end
  return make(columns, self.notes)
end

-- The rows of the list of indices, in its order.
local function take(self, indices)
  local as_array = array().array(indices, { dtype = "i64" })
  return map_values(self, function(values)
    if is_array(values) then return values:select(as_array) end
    local chosen = {}
    for i, index in ipairs(indices) do chosen[i] = values[index] end
    return chosen
  end)
end

local function check_index(index, rows)
  if math.type(index) ~= "integer" or index < 1 or index > rows then
    e.argument("rows", "table.Table:select", ("row numbers from 1 to %d"):format(rows), index)
  end
  return index
end

-- Row numbers from a mask (one boolean, or 0 and 1, a row), row numbers, or a test of a row.
local function chosen_rows(self, rows)
  local chosen, count = {}, #self
  if type(rows) == "function" then
    for i = 1, count do
      if rows(self:row(i)) then chosen[#chosen + 1] = i end
    end
    return chosen
  end
  local is_mask = is_array(rows) and rows.dtype == "u8"
    or type(rows) == "table" and type(rows[1]) == "boolean"
  if not is_array(rows) and type(rows) ~= "table" or is_mask and #rows ~= count then
    e.argument("rows", "table.Table:select", "mask of all rows, row numbers or function", rows)
  end
  for i = 1, #rows do
    if not is_mask then chosen[i] = check_index(rows[i], count)
    elseif rows[i] == true or rows[i] == 1 then chosen[#chosen + 1] = i end
  end
  return chosen
end

--- The rows chosen by a mask, by numbers or by a function of the row.
function Table:select(rows) return take(self, chosen_rows(self, rows)) end

--- Row i as { name = value, ... }.
function Table:row(i)
  local row = {}
  for _, column in ipairs(self.columns) do row[column.name] = column.values[i] end
  return row
end

-- The columns without the names of error columns that are not among them.
local function with_errors_at_hand(columns)
  local here, list = {}, {}
  for _, column in ipairs(columns) do here[column.name] = true end
  for i, column in ipairs(columns) do
    list[i] = { name = column.name, unit = column.unit, values = column.values,
      empty = column.empty, error = here[column.error] and column.error or nil }
  end
  return list
end

--- The named columns, in that order.
function Table:pick(names)
  local columns = {}
  if type(names) ~= "table" then e.argument("names", "table.Table:pick", "list of names", names) end
  for i, name in ipairs(names) do columns[i] = find(self, name, "table.Table:pick") end
  return make(with_errors_at_hand(columns), self.notes)
end

-- Order of row numbers by their values; NaN comes last, equal values stay as they were.
local function order(values, descending)
  local keys, indices = is_array(values) and values:totable() or values, {}
  for i = 1, #keys do indices[i] = i end
  table.sort(indices, function(i, j)
    local a, b = keys[i], keys[j]
    if a == b or a ~= a and b ~= b then return i < j end
    if a ~= a or b ~= b then return b ~= b end
    if descending then return a > b end
    return a < b
  end)
  return indices
end

--- The table sorted by a column.
function Table:sort(name, options)
  options = e.options(options, "table.Table:sort", { "descending" })
  return take(self, order(find(self, name, "table.Table:sort").values, options.descending))
end

-- A new list of the elements of two lists or arrays.
local function concatenated(first, second)
  local all = {}
  for _, values in ipairs { first, second } do
    local list = is_array(values) and values:totable() or values
    table.move(list, 1, #list, #all + 1, all)
  end
  return all
end

--- This table with the rows of another below; columns are matched by name.
function Table:join(other)
  local columns = {}
  if getmetatable(other) ~= Table then
    e.argument("other", "table.Table:join", "table.Table", other)
  end
  if #other.columns ~= #self.columns then
    e.fail("argument", "table.Table:join: %d columns expected, got %d", #self.columns,
      #other.columns)
  end
  for i, column in ipairs(self.columns) do
    local more = find(other, column.name, "table.Table:join")
    if more.unit ~= column.unit or is_array(more.values) ~= is_array(column.values) then
      e.fail("argument", "table.Table:join: column '%s' has another unit or type", column.name)
    end
    columns[i] = { name = column.name, unit = column.unit, error = column.error,
      values = concatenated(column.values, more.values) }
  end
  return M.new(columns)
end

-- ---- writing -----------------------------------------------------------------------------------

--- Writes csv (RFC 4180): numbers are the shortest that read back, NaN is an empty cell.
function Table:write(path)
  local values, headers = {}, {}
  for i, column in ipairs(self.columns) do
    values[i], headers[i] = column.values, { table_text.heading(column) }
  end
  require "matinf".sys.write_atomic(path, c.format(headers, 1) .. c.format(values, #self))
end

-- ---- showing -----------------------------------------------------------------------------------

local SHOWN_ROWS = 40

function Table:__tostring()
  return table.concat(table_text.lines(self, SHOWN_ROWS), "\n")
end

-- ---- storing -----------------------------------------------------------------------------------

-- In the file, columns are datasets called by their names.
function Table.to_store(self)
  local tree = { order = {}, columns = {}, units = {}, errors = {}, empty = {}, notes = self.notes }
  for i, column in ipairs(self.columns) do
    local name = column.name
    tree.order[i], tree.columns[name] = name, column.values
    tree.units[name], tree.errors[name], tree.empty[name] = column.unit, column.error, column.empty
  end
  return tree
end

function Table:nxdata()
  local units = {}
  for _, column in ipairs(self.columns) do units[column.name] = column.unit end
  return { units = { columns = units } }
end

function Table.from_store(tree)
  local columns = {}
  for i, name in ipairs(tree.order) do
    columns[i] = { name = name, unit = tree.units[name], values = tree.columns[name],
      error = tree.errors[name], empty = tree.empty[name] }
  end
  return make(columns, tree.notes)
end

--- The table itself: what prints as a table can ask anything for its table.
function Table:table() return self end

M.Table = Table

return M
