-- Series: what a figure holds, made from checked numbers.
--
-- A series is { kind, block = { comment, rows }, label, color, ..., spans }: rows go to the .dat
-- file, `spans` names the columns of x, low and high that tell where it covers the figure.

local e = require "matinf.error"
local axis = require "matinf.plot.axis"
local data = require "matinf.plot.data"
local style = require "matinf.plot.style"

local M = {}

local function check_label(label, called)
  if label ~= nil and type(label) ~= "string" then e.argument("label", called, "string", label) end
  return label
end

local function check_positive(value, name, called, otherwise)
  if value == nil then return otherwise end
  if type(value) ~= "number" or not (value > 0 and value < math.huge) then
    e.argument(name, called, "positive number", value)
  end
  return value
end

-- The parts every series has. Colours and shapes not asked for are given out when it is drawn.
local function series(kind, options, called)
  return { kind = kind, label = check_label(options.label, called),
    chosen_color = options.color and style.color(options.color, called),
    width = check_positive(options.width, "width", called, 1.6),
    dash = style.dash(options.style or "solid", called) }
end

local function finish(self, rows, columns, spans)
  self.block = { comment = ("%s: %s"):format(self.label or self.kind, columns), rows = rows }
  self.spans = spans
  return self
end

--- kind "line" or "step".
function M.line(kind, x, y, options, called)
  options = e.options(options, called, { "label", "style", "width", "color" })
  x = data.vector(x, "x", called)
  y = data.vector(y, "y", called, #x)
  return finish(series(kind, options, called), data.rows(x, y), "x y", { 1, 2, 2 })
end

function M.points(x, y, options, called)
  options = e.options(options, called,
    { "label", "error", "xerror", "width", "color", "shape", "size" })
  x = data.vector(x, "x", called)
  y = data.vector(y, "y", called, #x)
  local self = series("points", options, called)
  self.chosen_shape = options.shape and style.shape(options.shape, called)
  self.size = check_positive(options.size, "size", called, 0.7)
  self.width = options.width and self.width or 1
  local yerror = data.errors(options.error, "error", called, #x)
  local xerror = data.errors(options.xerror, "xerror", called, #x)
  self.errors = (xerror and "x" or "") .. (yerror and "y" or "")
  local columns, names = { x, y }, "x y"
  if xerror then columns[#columns + 1], names = xerror, names .. " error_of_x" end
  if yerror then columns[#columns + 1], names = yerror, names .. " error_of_y" end
  return finish(self, data.rows(table.unpack(columns)), names, { 1, 2, 2, yerror and #columns })
end

function M.fill(x, low, high, options, called)
  options = e.options(options, called, { "label", "color", "opacity" })
  x = data.vector(x, "x", called)
  low, high = data.vector(low, "low", called, #x), data.vector(high, "high", called, #x)
  local self = series("fill", options, called)
  self.opacity = check_positive(options.opacity, "opacity", called, 0.25)
  return finish(self, data.rows(x, low, high), "x low high", { 1, 2, 3 })
end

-- ---- histogram ----------------------------------------------------------------------------------

-- Freedman and Diaconis (1981): width 2 IQR n^(-1/3); Sturges' count where the IQR vanishes.
local function automatic_bins(sorted, low, high)
  local n = #sorted
  local iqr = sorted[math.ceil(0.75 * n)] - sorted[math.ceil(0.25 * n)]
  local bins = math.ceil(math.log(n, 2)) + 1
  if iqr > 0 then bins = math.ceil((high - low) / (2 * iqr * n ^ (-1 / 3))) end
  return math.max(1, math.min(bins, 200))
end

local function finite_sorted(values, name, called)
  local sorted = {}
  for _, value in ipairs(data.vector(values, name, called)) do
    if value == value then sorted[#sorted + 1] = value end
  end
  table.sort(sorted)
  return sorted
end

local function counted(sorted, low, width, bins)
  local counts = {}
  for i = 1, bins do counts[i] = 0 end
  for _, value in ipairs(sorted) do
    local i = math.min(math.floor((value - low) / width) + 1, bins) -- the last bin is closed
    if i >= 1 then counts[i] = counts[i] + 1 end
  end
  return counts
end

function M.histogram(values, options, called)
  options = e.options(options, called, { "bins", "label", "color", "density" })
  local sorted = finite_sorted(values, "values", called)
  local low, high = sorted[1], sorted[#sorted]
  if low == high then low, high = low - 0.5, high + 0.5 end
  local bins = options.bins or automatic_bins(sorted, low, high)
  if math.type(bins) ~= "integer" or bins < 1 or bins > 10000 then
    e.argument("bins", called, "integer from 1 to 10000", bins)
  end
  local width = (high - low) / bins
  local unit = options.density and #sorted * width or 1
  local rows = {}
  for i, count in ipairs(counted(sorted, low, width, bins)) do
    rows[i] = { low + (i - 0.5) * width, count / unit, width, 0.0 }
  end
  return finish(series("histogram", options, called), rows, "centre count width base", { 1, 4, 2 })
end

-- ---- heat map -----------------------------------------------------------------------------------

-- Borders of cells around their centres, midway on the axis as it is drawn.
local edges
function edges(centres, log, name, called)
  if log then
    local exponents = {}
    for i, value in ipairs(centres) do
      if value <= 0 then
        e.fail("argument", "bad argument '%s' to '%s': a logarithmic axis cannot show %g", name,
          called, value)
      end
      exponents[i] = math.log(value, 10)
    end
    local list = edges(exponents)
    for i, exponent in ipairs(list) do list[i] = 10 ^ exponent end
    return list
  end
  local n, list = #centres, {}
  if n == 1 then return { centres[1] - 0.5, centres[1] + 0.5 } end
  for i = 2, n do list[i] = (centres[i - 1] + centres[i]) / 2 end
  list[1], list[n + 1] = 2 * centres[1] - list[2], 2 * centres[n] - list[n]
  return list
end

local function centres(values, name, called, n)
  if values == nil then
    values = {}
    for i = 1, n do values[i] = i end
  end
  local list = data.vector(values, name, called, n)
  local sign = n > 1 and list[2] < list[1] and -1 or 1
  for i = 2, n do
    if not ((list[i] - list[i - 1]) * sign > 0) then
      e.fail("argument", "bad argument '%s' to '%s': values in rising or falling order expected",
        name, called)
    end
  end
  return list
end

local function uniform(list)
  local step = #list > 1 and (list[#list] - list[1]) / (#list - 1) or 1
  for i = 2, #list do
    if math.abs(list[i] - list[i - 1] - step) > 1e-6 * math.abs(step) then return false end
  end
  return true
end

local function cell_rows(z, x, y, ex, ey)
  local rows = {}
  for j = 1, #y do
    for i = 1, #x do
      rows[#rows + 1] = { x[i], y[j], z[j][i], ex[i], ex[i + 1], ey[j], ey[j + 1] }
    end
  end
  return rows
end

function M.heatmap(z, options, called, x_log, y_log)
  options = e.options(options, called, { "x", "y", "label", "unit", "range", "log" })
  z = data.matrix(z, "z", called)
  local x = centres(options.x, "x", called, #z[1])
  local y = centres(options.y, "y", called, #z)
  local self = series("heatmap", {}, called)
  self.uniform = not x_log and not y_log and uniform(x) and uniform(y)
  self.scale = axis.check({ label = options.label, unit = options.unit, range = options.range,
    log = options.log }, "z", called)
  for _, row in ipairs(z) do self.low, self.high = data.extent(row, self.low, self.high) end
  if not self.low then
    e.fail("argument", "bad argument 'z' to '%s': all values are NaN", called)
  end
  if self.scale.log and self.low <= 0 then
    e.fail("argument", "bad argument 'z' to '%s': a logarithmic scale cannot show %g", called,
      self.low)
  end
  local ex, ey = edges(x, x_log, "x", called), edges(y, y_log, "y", called)
  self.extent = { math.min(ex[1], ex[#ex]), math.max(ex[1], ex[#ex]), math.min(ey[1], ey[#ey]),
    math.max(ey[1], ey[#ey]) }
  finish(self, cell_rows(z, x, y, ex, ey), "x y z x_low x_high y_low y_high", nil)
  self.block.keep_nan = true
  return self
end

-- ---- parity -------------------------------------------------------------------------------------

local function statistics(rows)
  local n, absolute, square, sum, sum2 = 0, 0, 0, 0, 0
  for _, row in ipairs(rows) do
    local difference = row[2] - row[1]
    if difference == difference then
      n = n + 1
      absolute, square = absolute + math.abs(difference), square + difference ^ 2
      sum = sum + row[1]
    end
  end
  for _, row in ipairs(rows) do
    if row[1] == row[1] and row[2] == row[2] then sum2 = sum2 + (row[1] - sum / n) ^ 2 end
  end
  local r2 = sum2 > 0 and 1 - square / sum2 or nil
  return { rmse = (square / n) ^ 0.5, mae = absolute / n, r2 = r2 }
end

function M.parity(reference, predicted, options, called)
  options = e.options(options, called, { "unit", "label", "error", "color", "shape", "size" })
  if options.unit ~= nil and type(options.unit) ~= "string" then
    e.argument("unit", called, "string", options.unit)
  end
  reference = data.vector(reference, "reference", called)
  predicted = data.vector(predicted, "predicted", called, #reference)
  local self = M.points(reference, predicted, { label = options.label, error = options.error,
    color = options.color, shape = options.shape, size = options.size }, called)
  local s = statistics(self.block.rows)
  local unit = options.unit and " " .. options.unit or ""
  self.notes = { ("RMSE %.3g%s"):format(s.rmse, unit), ("MAE %.3g%s"):format(s.mae, unit),
    s.r2 and ("R² %.4f"):format(s.r2) }
  self.statistics = s
  return self
end

-- ---- marks --------------------------------------------------------------------------------------

local function finite(value, name, called)
  if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
    e.argument(name, called, "finite number", value)
  end
  return value
end

--- A line across the figure; kind "vline" or "hline".
function M.mark(kind, at, options, called)
  options = e.options(options, called, { "label", "style", "width", "color" })
  local self = series(kind, { label = options.label, width = options.width or 1,
    style = options.style or "dashed", color = options.color or style.reference }, called)
  self.at = finite(at, kind == "vline" and "x" or "y", called)
  return self
end

function M.text(x, y, words, options, called)
  options = e.options(options, called, { "align", "color" })
  local align = options.align or "left"
  if align ~= "left" and align ~= "center" and align ~= "right" then
    e.argument("align", called, "\"left\", \"center\" or \"right\"", align)
  end
  if type(words) ~= "string" then e.argument("text", called, "string", words) end
  return { kind = "text", x = finite(x, "x", called), y = finite(y, "y", called), words = words,
    align = align, chosen_color = style.color(options.color or style.ink, called) }
end

return M
