-- How a table.Table is shown: its columns as texts, values together with their standard errors.

local layout = require "matinf.layout"

local M = {}

--- "position (eV)"
function M.heading(column)
  return column.unit and ("%s (%s)"):format(column.name, column.unit) or column.name
end

-- 284.8 with 0.02 -> "284.800 ± 0.020": two figures of the error decide.
local function with_error(value, err)
  local decimals = math.max(0, 1 - math.floor(math.log(err, 10)))
  if decimals > 12 or err >= 1e6 then return ("%.8g ± %.2g"):format(value, err) end
  return ("%%.%df ± %%.%df"):format(decimals, decimals):format(value, err)
end

--- A value with its standard error, where one is known.
function M.value(value, err)
  if math.type(value) ~= "float" then return tostring(value) end
  if value ~= value then return "–" end
  if err and err > 0 and err < math.huge then return with_error(value, err) end
  return ("%.6g"):format(value)
end

-- The standard errors by the name of their column, and which columns are shown as such.
local function errors_of(columns)
  local values, is_error, errors = {}, {}, {}
  for _, column in ipairs(columns) do values[column.name] = column.values end
  for _, column in ipairs(columns) do
    if column.error then
      errors[column.name], is_error[column.error] = values[column.error], true
    end
  end
  return errors, is_error
end

--- The columns shown, each { heading, cells, numeric }, with the first `rows` rows (default: all).
function M.columns(values, rows)
  local shown, errors, is_error = {}, errors_of(values.columns)
  for _, column in ipairs(values.columns) do
    if not is_error[column.name] then
      local cells, deviation = {}, errors[column.name]
      for i = 1, math.min(#values, rows or #values) do
        cells[i] = M.value(column.values[i], deviation and deviation[i])
      end
      shown[#shown + 1] = { heading = M.heading(column), cells = cells,
        numeric = type(column.values) == "userdata" }
    end
  end
  return shown
end

--- Aligned lines: the heading, at most `most` rows, and how many there are in all when there are
--- more.
function M.lines(values, most)
  local lines = {}
  for j, column in ipairs(M.columns(values, most)) do
    local size = layout.width(column.heading)
    for _, text in ipairs(column.cells) do size = math.max(size, layout.width(text)) end
    for i, text in ipairs { column.heading, table.unpack(column.cells) } do
      text = layout.pad(text, size, column.numeric)
      lines[i] = j == 1 and text or lines[i] .. "  " .. text
    end
  end
  for i, line in ipairs(lines) do lines[i] = line:gsub("%s+$", "") end
  if #values > most then lines[#lines + 1] = ("... %d rows in all"):format(#values) end
  return lines
end

return M
