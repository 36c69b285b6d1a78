-- Numbers on their way into a figure: checks, and the blocks of the .dat file.
--
-- A block is { comment, rows, keep_nan }; a row that holds a NaN becomes an empty line, which
-- gnuplot draws as a gap (but a cell of a heat map keeps its place).

local e = require "matinf.error"
local text = require "matinf.plot.text"

local M = {}

local function as_list(values, name, called)
  if type(values) == "userdata" and values.totable then values = values:totable() end
  if type(values) ~= "table" then e.argument(name, called, "array or list of numbers", values) end
  return values
end

local MOST = 1e300 -- beyond, the span of an axis would overflow

local function check_number(value, i, name, called)
  if type(value) ~= "number" then
    e.fail("argument", "bad argument '%s' to '%s': number expected, got %s (element %d)", name,
      called, type(value) == "table" and "a row" or tostring(value), i)
  elseif math.abs(value) == math.huge then
    e.fail("argument", "bad argument '%s' to '%s': element %d is infinite", name, called, i)
  elseif math.abs(value) > MOST then
    e.fail("argument", "bad argument '%s' to '%s': at most %g in size expected, element %d is %g",
      name, called, MOST, i, value)
  end
end

--- A list of numbers: NaN allowed, infinity not, at least one a number. `n` is the length wanted.
function M.vector(values, name, called, n)
  local list, finite = table.move(as_list(values, name, called), 1, #values, 1, {}), false
  if #list == 0 then e.argument(name, called, "at least one number", nil) end
  for i, value in ipairs(list) do
    check_number(value, i, name, called)
    finite = finite or value == value
  end
  if not finite then
    e.fail("argument", "bad argument '%s' to '%s': all values are NaN", name, called)
  end
  if n and #list ~= n then
    e.fail("argument", "bad argument '%s' to '%s': %d values expected, got %d", name, called, n,
      #list)
  end
  return list
end

--- Standard errors: a number for all or one for each; none may be negative. One that is not known
--- (NaN) makes no bar.
function M.errors(values, name, called, n)
  if values == nil then return nil end
  if type(values) == "number" then
    local same = {}
    for i = 1, n do same[i] = values end
    values = same
  end
  local known = {}
  for i, value in ipairs(as_list(values, name, called)) do
    known[i] = value == value and value or 0
  end
  local list = M.vector(known, name, called, n)
  for i, value in ipairs(list) do
    if value < 0 then
      e.fail("argument", "bad argument '%s' to '%s': element %d is negative", name, called, i)
    end
  end
  return list
end

--- Rows of equal length.
function M.matrix(values, name, called)
  local rows = {}
  for i, row in ipairs(as_list(values, name, called)) do
    if type(row) ~= "table" then e.argument(name, called, "array of 2 dimensions", values) end
    rows[i] = table.move(row, 1, #row, 1, {})
    for j, value in ipairs(row) do check_number(value, j, name, called) end
    if #row ~= #rows[1] or #row == 0 then
      e.fail("argument", "bad argument '%s' to '%s': rows of one length expected", name, called)
    end
  end
  if #rows == 0 then e.argument(name, called, "at least one row", nil) end
  return rows
end

--- Smallest and largest number of a list; nil, nil when there is none.
function M.extent(list, low, high)
  for _, value in ipairs(list) do
    if value == value then
      low, high = math.min(low or value, value), math.max(high or value, value)
    end
  end
  return low, high
end

--- The rows of columns of one length.
function M.rows(...)
  local columns, rows = { ... }, {}
  for i = 1, #columns[1] do
    local row = {}
    for j, column in ipairs(columns) do row[j] = column[i] end
    rows[i] = row
  end
  return rows
end

local function row_text(row, keep_nan)
  local cells = {}
  for i, value in ipairs(row) do
    if value ~= value and not keep_nan then return "" end
    cells[i] = value == value and text.number(value) or "NaN"
  end
  return table.concat(cells, " ")
end

--- The .dat file: blocks parted by two empty lines, so that gnuplot's `index` finds them.
function M.file(blocks)
  local lines = {}
  for i, block in ipairs(blocks) do
    if i > 1 then lines[#lines + 1] = "\n" end
    lines[#lines + 1] = "# " .. block.comment:gsub("%c", " ")
    local previous = ""
    for _, row in ipairs(block.rows) do
      local line = row_text(row, block.keep_nan)
      if line ~= "" or previous ~= "" then lines[#lines + 1] = line end -- two would end the block
      previous = line
    end
    if previous == "" then lines[#lines] = nil end
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
