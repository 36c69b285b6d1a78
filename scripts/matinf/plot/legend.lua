-- Places the legend where it covers no data: in a free corner, else above the data after making
-- room there, else beside the figure. Stacked panels share one legend where theirs would be the same.
--
-- What the data cover is kept as a skyline: lowest and highest height (0 to 1) in columns across
-- the figure.

local text = require "matinf.plot.text"

local M = { OUTSIDE = "outside right top" }

local COLUMNS = 120
local LINE = 1.73 -- height of an entry over the size of the font

-- ---- the skyline --------------------------------------------------------------------------------

local function unit_scale(low, high, log, reverse)
  if log then low, high = math.log(low), math.log(high) end
  return function(value)
    if log then value = math.log(math.max(value, 1e-300)) end
    local u = (value - low) / (high - low)
    return reverse and 1 - u or u
  end
end

local function cover(sky, column, low, high)
  if column < 1 or column > COLUMNS then return end
  sky.low[column] = math.min(sky.low[column] or low, low)
  sky.high[column] = math.max(sky.high[column] or high, high)
end

local function column_of(u) return u == 1 and COLUMNS or math.floor(u * COLUMNS) + 1 end

-- Covers the columns between two samples of a line, each { u, low, high }.
local function cover_between(sky, a, b)
  if a[1] > b[1] then a, b = b, a end
  local first, last = math.max(column_of(a[1]), 1), math.min(column_of(b[1]), COLUMNS)
  for column = first, last do
    local t = b[1] > a[1] and ((column - 0.5) / COLUMNS - a[1]) / (b[1] - a[1]) or 0
    t = math.max(0, math.min(1, t))
    cover(sky, column, a[2] + t * (b[2] - a[2]), a[3] + t * (b[3] - a[3]))
  end
end

local connected = { line = true, step = true, fill = true, histogram = true }

local function cover_series(sky, series, to_u, to_v)
  local x, low, high, extra = table.unpack(series.spans, 1, 4)
  local previous
  for _, row in ipairs(series.block.rows) do
    local error_ = extra and row[extra] or 0
    local sample = { to_u(row[x]), to_v(row[low] - error_), to_v(row[high] + error_) }
    if sample[1] == sample[1] and sample[2] == sample[2] and sample[3] == sample[3] then
      cover(sky, column_of(sample[1]), sample[2], sample[3])
      if previous and connected[series.kind] then cover_between(sky, previous, sample) end
      previous = sample
    else
      previous = nil
    end
  end
end

local function skyline(panel)
  local sky = { low = {}, high = {} }
  local to_u = unit_scale(panel.x[1], panel.x[2], panel.figure.x.log, panel.figure.x.reverse)
  local to_v = unit_scale(panel.y[1], panel.y[2], panel.figure.y.log, panel.figure.y.reverse)
  for _, series in ipairs(panel.figure.series) do
    if series.spans then cover_series(sky, series, to_u, to_v) end
    if series.kind == "text" then
      local v = to_v(series.y)
      cover(sky, column_of(to_u(series.x)), v, v)
    end
  end
  return sky
end

-- ---- the choice ---------------------------------------------------------------------------------

--- The legend's lines of text.
function M.entries(figure)
  local entries = {}
  for _, series in ipairs(figure.series) do
    if series.label then entries[#entries + 1] = series.label end
    for _, note in ipairs(series.notes or {}) do entries[#entries + 1] = note end
  end
  return entries
end

local function longest_of(entries)
  local longest = 0
  for _, entry in ipairs(entries) do longest = math.max(longest, text.length(entry)) end
  return longest
end

-- Width and height of the legend as parts of the panel's plot area, a data point's size around it.
local function box(entries, panel)
  return ((longest_of(entries) + 5) * 0.6 * panel.font + 24) / panel.width,
    (#entries * LINE * panel.font + 22) / panel.height
end

-- Highest and lowest point of the data in the left or right part of the figure.
local function within(sky, side, width)
  local first, last = 1, math.min(COLUMNS, math.ceil(width * COLUMNS) + 1)
  if side == "right" then first, last = COLUMNS + 1 - last, COLUMNS end
  local low, high = 1, 0
  for column = first, last do
    low = math.min(low, sky.low[column] or 1)
    high = math.max(high, sky.high[column] or 0)
  end
  return low, high
end

--- Returns gnuplot's words for the place and, when room must be made, the share of the height that
--- the data may keep.
function M.place(panel)
  local entries = M.entries(panel.figure)
  if #entries == 0 then return nil end
  local sky = skyline(panel)
  local width, height = box(entries, panel)
  local best, keep = nil, 0
  for _, side in ipairs { "right", "left" } do
    local _, high = within(sky, side, width)
    if high <= 1 - height then return "inside " .. side .. " top" end
    if (1 - height) / high > keep then best, keep = side, (1 - height) / high end
  end
  for _, side in ipairs { "right", "left" } do
    if within(sky, side, width) >= height then return "inside " .. side .. " bottom" end
  end
  local figure = panel.figure
  local free = not (figure.y.range or figure.y.reverse or figure.square or figure.equal)
  if free and width < 0.9 and keep > 0.6 then return "inside " .. best .. " top", keep end
  return M.OUTSIDE
end

--- Characters of the right margin that a legend beside the figure takes.
function M.margin(figure) return longest_of(M.entries(figure)) + 8 end

-- ---- stacked panels -----------------------------------------------------------------------------

-- What a legend says and how it looks.
local function signature(figure)
  local parts = {}
  for _, series in ipairs(figure.series) do
    if series.label then
      parts[#parts + 1] = table.concat({ series.label, series.kind, series.color or "",
        tostring(series.shape), tostring(series.dash) }, "|")
    end
    for _, note in ipairs(series.notes or {}) do parts[#parts + 1] = note end
  end
  return table.concat(parts, "\n")
end

-- 1 where it fits as the data are, 2 where they make room, 3 beside them.
local function cost(panel)
  local place, keep = M.place(panel)
  return place == M.OUTSIDE and 3 or keep and 2 or 1
end

--- Sets `without_legend` of all panels but the best among those whose legends are the same.
function M.share(panels)
  local best, least = {}, {}
  for i, panel in ipairs(panels) do
    local name = signature(panel.figure)
    local own = name ~= "" and cost(panel) or nil
    if own and own < (least[name] or 4) then best[name], least[name] = i, own end
  end
  for i, panel in ipairs(panels) do
    panel.without_legend = best[signature(panel.figure)] ~= i
  end
end

return M
