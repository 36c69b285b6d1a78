-- A figure as it will be drawn: ranges, ticks and legend for a plot area of known size.
--
-- A panel is { figure, x = {low, high}, y = {low, high}, x_ticks, x_power, y_ticks, y_power, width,
-- height (CSS pixels of the plot area), font, legend }.

local axis = require "matinf.plot.axis"
local data = require "matinf.plot.data"
local legend = require "matinf.plot.legend"
local e = require "matinf.error"

local M = {}

-- ---- extents of the data ------------------------------------------------------------------------

local function refuse(name, value)
  e.fail("argument", "plot: a logarithmic %s axis cannot show %g", name, value)
end

local function extend(extent, value, log, name)
  if value ~= value then return end
  if log and value <= 0 then refuse(name, value) end
  extent[1], extent[2] = math.min(extent[1] or value, value), math.max(extent[2] or value, value)
end

local function extend_by_row(panel, series, row)
  local figure = panel.figure
  local x, low, high, extra = table.unpack(series.spans, 1, 4)
  local error_ = extra and row[extra] or 0
  local sum = error_ + row[x] + row[low] + row[high]
  if sum ~= sum then return end -- a gap
  local half = series.kind == "histogram" and row[3] / 2 or 0
  extend(panel.x, row[x] - half, figure.x.log, "x")
  extend(panel.x, row[x] + half, figure.x.log, "x")
  if series.kind == "histogram" and figure.y.log then
    if row[high] > 0 then extend(panel.y, row[high] / 2, true, "y") end
  elseif not (figure.y.log and row[low] - error_ <= 0 and row[low] > 0) then
    extend(panel.y, row[low] - error_, figure.y.log, "y")
  end
  extend(panel.y, row[high] + error_, figure.y.log, "y")
end

local function extend_by_cells(panel, series)
  for i = 1, 2 do
    extend(panel.x, series.extent[i], panel.figure.x.log, "x")
    extend(panel.y, series.extent[i + 2], panel.figure.y.log, "y")
  end
end

-- Extents in panel.x and panel.y; returns the padding each axis wants. Lines may touch the frame;
-- points need room unless there are many of them along a line.
local function extents(panel)
  local room, y_padding = { lines = false, points = false }, 0
  for _, series in ipairs(panel.figure.series) do
    if series.extent then extend_by_cells(panel, series) end
    if series.spans then
      y_padding = 0.05
      if series.kind ~= "points" then
        room.lines = true
      elseif #series.block.rows <= 50 then
        room.points = true
      end
      for _, row in ipairs(series.block.rows) do extend_by_row(panel, series, row) end
    end
  end
  if not panel.x[1] then
    e.fail("argument",
      "plot: the figure is empty: add a line, points, a fill, a heat map or a histogram")
  end
  return y_padding > 0 and (room.points or not room.lines) and 0.04 or 0, y_padding
end

local function include_marks(panel)
  for _, series in ipairs(panel.figure.series) do
    if series.kind == "vline" then extend(panel.x, series.at, panel.figure.x.log, "x") end
    if series.kind == "hline" then extend(panel.y, series.at, panel.figure.y.log, "y") end
    if series.kind == "text" then
      extend(panel.x, series.x, panel.figure.x.log, "x")
      extend(panel.y, series.y, panel.figure.y.log, "y")
    end
  end
end

local function make_square(panel)
  local low, high = math.min(panel.x[1], panel.y[1]), math.max(panel.x[2], panel.y[2])
  panel.x, panel.y = { low, high }, { low, high }
end

-- ---- the panel ----------------------------------------------------------------------------------

--- A panel with its ranges; the size is given later, when all ranges are known.
function M.new(figure)
  local panel = { figure = figure, x = {}, y = {} }
  local x_padding, y_padding = extents(panel)
  include_marks(panel)
  if figure.diagonal then
    make_square(panel)
    x_padding = y_padding
  end
  panel.x = { axis.range(figure.x, panel.x[1], panel.x[2], x_padding) }
  panel.y = { axis.range(figure.y, panel.y[1], panel.y[2], y_padding) }
  return panel
end

local function make_room(panel, keep)
  local y = panel.y
  if panel.figure.y.log then
    y[2] = 10 ^ (math.log(y[1], 10) + math.log(y[2] / y[1], 10) / keep)
  else
    y[2] = y[1] + (y[2] - y[1]) / keep
  end
end

-- Widens the shorter range so that one unit is as long on x as on y: y upwards, x to both sides, but
-- not below zero.
local function equalise(panel, width, height)
  local x, y = panel.x, panel.y
  local unit = math.max((x[2] - x[1]) / width, (y[2] - y[1]) / height)
  local extra = unit * width - (x[2] - x[1])
  local left = x[1] >= 0 and math.min(extra / 2, x[1]) or extra / 2
  panel.x = { x[1] - left, x[2] + extra - left }
  panel.y = { y[1], y[1] + unit * height }
end

-- Three intervals at the least: with two, the nearest round step may leave a single label.
local function tick_count(pixels, each) return math.max(3, math.floor(pixels / each + 0.5)) end

-- Whether all numbers that an axis shows are whole; name is "x" or "y".
local function is_whole(figure, name)
  local any = false
  for _, series in ipairs(figure.series) do
    local columns = series.kind == "heatmap" and { name == "x" and 1 or 2 }
      or series.spans and (name == "x" and { series.spans[1] } or { series.spans[2], series.spans[3] })
    for _, row in ipairs(columns and series.block.rows or {}) do
      for _, column in ipairs(columns) do
        any = true
        if row[column] % 1 ~= 0 then return false end
      end
    end
  end
  return any
end

--- Gives the plot area its size in CSS pixels.
function M.size(panel, width, height, font)
  local figure = panel.figure
  if figure.square then width, height = math.min(width, height), math.min(width, height) end
  panel.width, panel.height, panel.font = width, height, font
  if figure.equal then equalise(panel, width, height) end
  return panel
end

--- Chooses ticks and the place of the legend for a plot area that has its size.
function M.lay_out(panel)
  local figure, font, keep = panel.figure, panel.font, nil
  if not panel.without_legend then panel.legend, keep = legend.place(panel) end
  if keep then make_room(panel, keep) end
  for name, count in pairs { x = tick_count(panel.width, 7 * font),
    y = tick_count(panel.height, 4.5 * font) } do
    local least = is_whole(figure, name) and 1 or 0
    panel[name .. "_ticks"], panel[name .. "_power"] = axis.ticks(figure[name], panel[name][1],
      panel[name][2], count, least)
  end
  return panel
end

--- The union of the ranges of x, for panels that share it.
function M.share_x(panels)
  local all = {}
  for _, panel in ipairs(panels) do
    all[#all + 1], all[#all + 2] = panel.x[1], panel.x[2]
  end
  local low, high = data.extent(all)
  for _, panel in ipairs(panels) do panel.x = { low, high } end
end

return M
