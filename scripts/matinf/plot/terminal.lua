-- Pictures made of characters, for a terminal: curves of Braille dots (2 x 4 in a cell), points as
-- signs, areas shaded, ticks and labels in the margins, the legend below. Colours if asked for.

local axis = require "matinf.plot.axis"
local style = require "matinf.plot.style"
local text = require "matinf.plot.text"

local M = {}

local DOTS = { { 0x01, 0x02, 0x04, 0x40 }, { 0x08, 0x10, 0x20, 0x80 } } -- [column][row] of a cell
local SHADES = { "·", "░", "▒", "▓", "█" }
local FILLS = { "░", "▒", "▓", "╱", "╲", "·", "┼" } -- of the areas of a panel, in turn
local SIGNS = { [7] = "•", [5] = "■", [9] = "▲", [13] = "◆", [11] = "▼", [6] = "o", [4] = "□",
  [2] = "×", [1] = "+" } -- by gnuplot's number of the shape

-- ---- the canvas: cells of a plot area -----------------------------------------------------------

local Canvas = {}
Canvas.__index = Canvas

-- `dots` (bits) and `signs` by cell (row * columns + column, from 0), and which of them came last;
-- `shades` are below both. `colors` of each.
local function new_canvas(columns, rows)
  return setmetatable({ columns = columns, rows = rows, dots = {}, signs = {}, shades = {},
    last = {}, colors = { dots = {}, signs = {}, shades = {} } }, Canvas)
end

-- The cell of a point; x and y are parts of the width and of the height (from the top).
function Canvas:cell(x, y)
  local column, row = x * self.columns // 1 | 0, y * self.rows // 1 | 0
  if x == 1 then column = self.columns - 1 end
  if y == 1 then row = self.rows - 1 end
  if column < 0 or row < 0 or column >= self.columns or row >= self.rows then return nil end
  return row * self.columns + column
end

function Canvas:put(layer, cell, value, color)
  if not cell then return end
  self[layer][cell], self.colors[layer][cell] = value, color
  if layer ~= "shades" then self.last[cell] = layer end
end

function Canvas:dot(x, y, color)
  local cell = self:cell(x, y)
  if not cell then return end
  local right = x * self.columns * 2 // 1 % 2 | 0
  local down = math.min(y * self.rows * 4 // 1 | 0, 4 * self.rows - 1) % 4
  self:put("dots", cell, (self.dots[cell] or 0) | DOTS[right + 1][down + 1], color)
end

-- The part of a segment inside the unit square is drawn; its ends may be far outside.
function Canvas:line(x1, y1, x2, y2, color)
  local steps = math.max(math.abs(x2 - x1) * self.columns * 2, math.abs(y2 - y1) * self.rows * 4)
  steps = math.min(math.ceil(steps), 4000)
  for i = 0, steps do
    local part = steps > 0 and i / steps or 0
    self:dot(x1 + (x2 - x1) * part, y1 + (y2 - y1) * part, color)
  end
end

-- ---- series -------------------------------------------------------------------------------------

-- The part of an axis that a value is at: 0 at its low end, not a number for a gap.
local function place(options, limits, value)
  local low, high = limits[1], limits[2]
  if options.log then
    if value <= 0 then return options.reverse and 1 or 0 end
    low, high, value = math.log(low), math.log(high), math.log(value)
  end
  local part = (value - low) / (high - low)
  return options.reverse and 1 - part or part
end

local function at(panel, x, y)
  return place(panel.figure.x, panel.x, x), 1 - place(panel.figure.y, panel.y, y)
end

local draw = {}

local function polyline(canvas, panel, series, corners)
  local last_x, last_y
  for _, row in ipairs(series.block.rows) do
    local x, y = at(panel, row[1], row[2])
    if x ~= x or y ~= y then
      last_x = nil
    else
      if last_x and corners then
        canvas:line(last_x, last_y, x, last_y, series.color)
        canvas:line(x, last_y, x, y, series.color)
      else
        canvas:line(last_x or x, last_y or y, x, y, series.color)
      end
      last_x, last_y = x, y
    end
  end
end

function draw.line(canvas, panel, series) polyline(canvas, panel, series) end

function draw.step(canvas, panel, series) polyline(canvas, panel, series, true) end

function draw.points(canvas, panel, series)
  local error_column = series.errors:find "y" and 2 + #series.errors
  for _, row in ipairs(series.block.rows) do
    local x, y = at(panel, row[1], row[2])
    if x == x and y == y then
      local spread = error_column and row[error_column] or 0
      if spread > 0 then
        local _, low = at(panel, row[1], row[2] - spread)
        local _, high = at(panel, row[1], row[2] + spread)
        canvas:line(x, low, x, high, series.color)
      end
      canvas:put("signs", canvas:cell(x, y), SIGNS[series.shape] or "•", series.color)
    end
  end
end

local function fill_of(panel, series)
  local count = 0
  for _, one in ipairs(panel.figure.series) do
    if one.kind == "fill" then count = count + 1 end
    if one == series then return FILLS[(count - 1) % #FILLS + 1] end
  end
end

local function shade_between(canvas, x, low, high, sign, color)
  for row = 0, canvas.rows - 1 do
    local y = (row + 0.5) / canvas.rows
    if y >= math.min(low, high) and y <= math.max(low, high) then
      canvas:put("shades", canvas:cell(x, y), sign, color)
    end
  end
end

function draw.fill(canvas, panel, series)
  local sign = fill_of(panel, series)
  for _, row in ipairs(series.block.rows) do
    local x, low = at(panel, row[1], row[2])
    local _, high = at(panel, row[1], row[3])
    if low == low and high == high then
      shade_between(canvas, x, low, high, sign, series.color)
    end
  end
end

function draw.histogram(canvas, panel, series)
  for _, row in ipairs(series.block.rows) do
    local left, base = at(panel, row[1] - row[3] / 2, panel.figure.y.log and panel.y[1] or 0)
    local right, top = at(panel, row[1] + row[3] / 2, row[2])
    base = math.min(base, 1)
    canvas:line(left, base, left, top, series.color)
    canvas:line(left, top, right, top, series.color)
    canvas:line(right, top, right, base, series.color)
  end
end

local function shade_of(series, value)
  local low, high = table.unpack(series.scale.range or { series.low, series.high })
  if series.scale.log then low, high, value = math.log(low), math.log(high), math.log(value) end
  local part = high > low and math.max(0, math.min((value - low) / (high - low), 1)) or 0.5
  local color = style.viridis[math.min(part * #style.viridis // 1 | 0, #style.viridis - 1) + 1]
  return SHADES[math.min(part * #SHADES // 1 | 0, #SHADES - 1) + 1], color
end

function draw.heatmap(canvas, panel, series)
  for _, row in ipairs(series.block.rows) do
    local left, low = at(panel, row[4], row[6])
    local right, high = at(panel, row[5], row[7])
    local value = row[3]
    for column = 0, value == value and canvas.columns - 1 or -1 do
      local x = (column + 0.5) / canvas.columns
      for line = 0, x >= math.min(left, right) and x <= math.max(left, right)
          and canvas.rows - 1 or -1 do
        local y = (line + 0.5) / canvas.rows
        if y >= math.min(low, high) and y <= math.max(low, high) then
          canvas:put("shades", canvas:cell(x, y), shade_of(series, value))
        end
      end
    end
  end
end

function draw.vline(canvas, panel, series)
  local x = at(panel, series.at, panel.y[1])
  local count = 4 * canvas.rows
  for i = 0, count - 1, 2 do canvas:dot(x, (i + 0.5) / count, series.color) end
end

function draw.hline(canvas, panel, series)
  local _, y = at(panel, panel.x[1], series.at)
  local count = 2 * canvas.columns
  for i = 0, count - 1, 2 do canvas:dot((i + 0.5) / count, y, series.color) end
end

function draw.text(canvas, panel, series)
  local x, y = at(panel, series.x, series.y)
  local shift = series.align == "left" and 0 or text.length(series.words)
    // (series.align == "right" and 1 or 2)
  local i = 0
  for _, code in utf8.codes(text.repaired(series.words)) do
    local cell = canvas:cell(x + (i - shift) / canvas.columns, y)
    canvas:put("signs", cell, utf8.char(code), series.color)
    i = i + 1
  end
end

local function draw_diagonal(canvas, panel)
  if not panel.figure.diagonal then return end
  local x1, y1 = at(panel, panel.x[1], panel.x[1])
  local x2, y2 = at(panel, panel.x[2], panel.x[2])
  canvas:line(x1, y1, x2, y2, style.reference)
end

-- ---- text ---------------------------------------------------------------------------------------

-- The nearest of the 216 colours that terminals share; black and dark ink are the terminal's own.
local function paint(color, words)
  if not color then return words end
  local r, g, b = color:match "^#(%x%x)(%x%x)(%x%x)$"
  r, g, b = tonumber(r, 16), tonumber(g, 16), tonumber(b, 16)
  if r + g + b < 150 then return words end
  local function level(value) return (value * 5 + 127) // 255 end
  return ("\27[38;5;%dm%s\27[0m"):format(16 + 36 * level(r) + 6 * level(g) + level(b), words)
end

local RAISED = { ["−"] = "⁻", ["0"] = "⁰", ["1"] = "¹", ["2"] = "²", ["3"] = "³", ["4"] = "⁴",
  ["5"] = "⁵", ["6"] = "⁶", ["7"] = "⁷", ["8"] = "⁸", ["9"] = "⁹" }

-- gnuplot's markup as plain text: 10^{−3} is 10⁻³.
local function plain(enhanced)
  local words = enhanced:gsub("%^{(.-)}", function(power)
    return (power:gsub(utf8.charpattern, RAISED))
  end)
  return (words:gsub("[{}]", ""):gsub("\\(.)", "%1"))
end

local function centred(words, width)
  return (" "):rep(math.max((width - text.length(words)) // 2, 0)) .. words
end

local function cut(words, width)
  if text.length(words) <= width then return words end
  return words:sub(1, utf8.offset(words, width) - 1) .. "…"
end

-- Rows of the plot area.
local function canvas_lines(canvas, colored)
  local lines = {}
  for row = 0, canvas.rows - 1 do
    local parts = {}
    for cell = row * canvas.columns, (row + 1) * canvas.columns - 1 do
      local layer = canvas.last[cell] or "shades"
      local shown = canvas[layer][cell] or " "
      if layer == "dots" then shown = utf8.char(0x2800 + shown) end
      parts[#parts + 1] = paint(colored and canvas.colors[layer][cell], shown)
    end
    lines[row + 1] = table.concat(parts)
  end
  return lines
end

-- Labels of the ticks of y by row; those that meet an earlier one are left out.
local function labels_by_row(panel, rows)
  local labels = {}
  for _, tick in ipairs(panel.y_ticks) do
    local _, y = at(panel, panel.x[1], tick.at)
    local row = math.min(y * rows // 1 | 0, rows - 1) + 1
    if tick.label ~= "" and row >= 1 and not labels[row] then labels[row] = plain(tick.label) end
  end
  return labels
end

-- The line of the axis of x and the line of its labels.
local function x_axis(panel, margin, columns)
  local marks, labels, last = {}, (" "):rep(margin), -1
  for i = 1, columns do marks[i] = "─" end
  for _, tick in ipairs(panel.x_ticks) do
    local x = at(panel, tick.at, panel.y[1])
    local column = math.min(x * columns // 1 | 0, columns - 1)
    if column >= 0 and tick.major then marks[column + 1] = "┬" end
    tick.column = column
  end
  local shown = table.move(panel.x_ticks, 1, #panel.x_ticks, 1, {})
  table.sort(shown, function(a, b) return a.column < b.column end)
  for _, tick in ipairs(shown) do
    local words = plain(tick.label)
    local start = margin + 1 + tick.column - text.length(words) // 2
    if words ~= "" and start > last + 1 and start + text.length(words) <= margin + 1 + columns then
      labels = labels .. (" "):rep(start - text.length(labels)) .. words
      last = start + text.length(words) - 1
    end
  end
  return (" "):rep(margin) .. "└" .. table.concat(marks), labels
end

local function sample(panel, series)
  if series.kind == "points" then return SIGNS[series.shape] or "•" end
  return series.kind == "fill" and fill_of(panel, series):rep(2) or "⠒⠒"
end

-- Lines of the legend: what each kind of line means, and the notes.
local function legend(panels, columns, colored)
  local lines, width, seen = { "" }, 0, {}
  local function add(shown, length)
    if width > 0 and width + 3 + length > columns then
      lines[#lines + 1], width = "", 0
    end
    local gap = width > 0 and 3 or 0
    lines[#lines] = lines[#lines] .. (" "):rep(gap) .. shown
    width = width + gap + length
  end
  for _, panel in ipairs(panels) do
    for _, series in ipairs(panel.figure.series) do
      if series.label and not seen[series.label] then
        seen[series.label] = true
        local mark, words = sample(panel, series), cut(text.repaired(series.label), columns - 4)
        add(paint(colored and series.color, mark) .. " " .. words,
          text.length(mark) + 1 + text.length(words))
      end
      for _, note in ipairs(series.notes or {}) do add(note, text.length(note)) end
    end
  end
  return lines[1] ~= "" and lines or {}
end

-- ---- panels -------------------------------------------------------------------------------------

local kinds = { "heatmap", "fill", "histogram", "hline", "vline", "points", "step", "line", "text" }

local function plot_area(panel, columns, rows)
  local canvas = new_canvas(columns, rows)
  draw_diagonal(canvas, panel)
  for _, kind in ipairs(kinds) do
    for _, series in ipairs(panel.figure.series) do
      if series.kind == kind then draw[kind](canvas, panel, series) end
    end
  end
  return canvas
end

local function add_panel(lines, panel, margin, columns, rows, colored)
  local figure = panel.figure
  if figure.title and not panel.hide_title then
    lines[#lines + 1] = centred(cut(text.repaired(figure.title), columns), columns + margin)
  end
  lines[#lines + 1] = cut(plain(axis.label(figure.y, panel.y_power)), columns + margin)
  local labels = labels_by_row(panel, rows)
  for row, line in ipairs(canvas_lines(plot_area(panel, columns, rows), colored)) do
    local label = labels[row] or ""
    lines[#lines + 1] = (" "):rep(margin - text.length(label)) .. label
      .. (labels[row] and "┤" or "│") .. line
  end
  local marks, ticks = x_axis(panel, margin, columns)
  lines[#lines + 1] = marks
  if panel.hide_x then return end
  lines[#lines + 1] = ticks
  local label = plain(axis.label(figure.x, panel.x_power))
  if label ~= "" then lines[#lines + 1] = centred(cut(label, columns), columns + 2 * margin) end
end

-- Lines of a panel that are not its plot area.
local function overhead(panel)
  local figure = panel.figure
  local count = 2 + (figure.title and not panel.hide_title and 1 or 0)
  if panel.hide_x then return count end
  return count + 1 + (axis.label(figure.x, panel.x_power) ~= "" and 1 or 0)
end

--- The lines of panels in so many columns and rows (more when they are too few).
function M.draw(panels, columns, rows, colored)
  local margin, free, height = 0, rows, 0
  local key = legend(panels, columns, colored)
  for _, panel in ipairs(panels) do
    margin = math.max(margin, axis.label_width(panel.y_ticks))
    free, height = free - overhead(panel), height + panel.height
  end
  free = free - #key
  local lines = {}
  for _, panel in ipairs(panels) do
    local part = math.max(free * panel.height // height | 0, 3)
    add_panel(lines, panel, margin, math.max(columns - margin - 1, 5), part, colored)
  end
  table.move(key, 1, #key, #lines + 1, lines)
  for i, line in ipairs(lines) do lines[i] = line:gsub(" +$", "") end
  return table.concat(lines, "\n")
end

return M
