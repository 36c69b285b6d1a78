-- The summary figure of a sweep: what run:value gave over the swept parameters.
--
--   one numeric parameter     a panel for each value: the mean over the replicates (seeds) as a
--                             curve, every replicate as a point, the standard deviation as the bar;
--                             a parameter of text beside it makes a curve for each text
--   texts, such as files      points in the order of the table, named where there is room; of two such
--                             parameters the one of fewer texts tells the points apart by colour
--   two numeric parameters    a map of the mean for each value, when they form a grid
--
-- An error of a value is no panel of its own but the value's bar where there are no replicates.

local m = require "matinf"
local sorted_keys = require "matinf.names"
local replicates = require "matinf.sweep.replicates"

local M = {}

local MOST_PANELS, MOST_CURVES = 6, 8
local MOST_LETTERS = 60 -- of the names along an axis

-- ---- which parameters ---------------------------------------------------------------------------

local function distinct(values)
  local seen, list = {}, {}
  for i = 1, #values do
    if not seen[values[i]] then
      seen[values[i]] = true
      list[#list + 1] = values[i]
    end
  end
  return list
end

-- The swept parameters that vary: numeric ones and texts; seeds only make replicates.
local function varying(plan, values)
  local numeric, texts = {}, {}
  for j, one in ipairs(plan.swept) do
    local column = values.columns[j + 1]
    if not replicates.is_seed(one.key) and #distinct(column.values) > 1 then
      table.insert(type(column.values) == "table" and texts or numeric, column)
    end
  end
  return numeric, texts
end

-- The column of the errors of a value, or nil.
local function error_of(values, name)
  local column = select(2, values:column(name))
  return column.error and values:column(column.error)
end

-- The values that are drawn: not those that are the errors of others.
local function drawn_of(values, measured)
  local errors, list = {}, {}
  for _, column in ipairs(values.columns) do
    if column.error then errors[column.error] = true end
  end
  for _, name in ipairs(measured) do
    if not errors[name] then list[#list + 1] = name end
  end
  return list
end

local function unit_of(values, name)
  for _, column in ipairs(values.columns) do
    if column.name == name then return column.unit end
  end
end

-- What is different in paths: without the folder, what all names begin with, and the ending.
local function short_names(texts)
  local names, first, last = {}, nil, nil
  for i, text in ipairs(texts) do
    names[i] = text:match "[^/]+$"
    if not names[i] or not text:find "/" and not text:find "%.%a%w*$" then return texts end
    local head, tail = names[i]:match "^.*[%s_-]" or "", names[i]:match ".(%.%w+)$" or ""
    while first and head:sub(1, #first) ~= first do first = first:match "^(.*[%s_-])." or "" end
    first, last = first or head, (not last or last == tail) and tail or ""
  end
  for i, name in ipairs(names) do
    names[i] = name:sub(#first + 1, #name - #last)
    if names[i] == "" then return texts end
  end
  return #distinct(names) == #names and names or texts
end

-- The names along an axis: numbers when they have no room.
local function labels_of(texts)
  local names, longest = short_names(texts), 0
  for _, name in ipairs(names) do longest = math.max(longest, #name) end
  if #names * (longest + 1) <= MOST_LETTERS then return names end
  for i = 1, #names do names[i] = tostring(i) end
  return names
end

-- A parameter of text as the numbers of its texts, in the order of the table.
local function numbered(column)
  local texts, place, numbers = distinct(column.values), {}, {}
  for i, text in ipairs(texts) do place[text] = i end
  for row = 1, #column.values do numbers[row] = place[column.values[row]] end
  return { name = column.name, values = numbers, names = labels_of(texts) }
end

-- Without a numeric parameter the texts of which there are most take its place.
local function number_texts(numeric, texts)
  if #numeric > 0 or #texts == 0 then return end
  local most = 1
  for i = 2, #texts do
    if #distinct(texts[i].values) > #distinct(texts[most].values) then most = i end
  end
  numeric[1] = numbered(table.remove(texts, most))
end

-- ---- statistics over replicates -----------------------------------------------------------------

-- The finite values of a column by the value of another one, for rows that `accept` takes.
local function grouped(by, column, accept)
  local groups = {}
  for i = 1, #by do
    local value = column[i]
    if accept(i) and value == value and math.abs(value) < math.huge then
      groups[by[i]] = groups[by[i]] or {}
      table.insert(groups[by[i]], value)
    end
  end
  return groups
end

-- ---- one parameter ------------------------------------------------------------------------------

local function is_logarithmic(values)
  local list = distinct(values)
  table.sort(list)
  if #list < 3 or list[1] <= 0 or list[#list] / list[1] < 100 then return false end
  return list[2] / list[1] > 1.5
end

local colors = { "blue", "vermillion", "green", "purple", "orange", "sky", "black", "yellow" }

-- The bars of means: the deviation of replicates, else the error that the recipe gives.
local function bars(x, groups, errors)
  local list, any = {}, false
  for i, at in ipairs(x) do
    local deviation = #groups[at] > 1 and select(2, replicates.moments(groups[at]))
    list[i] = deviation or errors[at] and errors[at][1] or 0
    any = any or list[i] > 0
  end
  return any and list or nil
end

local function add_replicates(figure, x, groups)
  local dots_x, dots_y = {}, {}
  for _, at in ipairs(x) do
    for _, value in ipairs(#groups[at] > 1 and groups[at] or {}) do
      dots_x[#dots_x + 1], dots_y[#dots_y + 1] = at, value
    end
  end
  if #dots_x > 0 then figure:points(dots_x, dots_y, { color = "grey" }) end
end

-- style: { label, color, line (draw one) }.
local function add_curve(figure, groups, errors, style)
  local x, mean = sorted_keys(groups), {}
  if #x == 0 then return false end
  for i, at in ipairs(x) do mean[i] = replicates.moments(groups[at]) end
  add_replicates(figure, x, groups)
  if style.line then figure:line(x, mean, { label = style.label, color = style.color }) end
  figure:points(x, mean, { error = bars(x, groups, errors), color = style.color,
    label = not style.line and style.label or nil })
  return true
end

local function curves(values, parameter, texts, name)
  local column, errors = values:column(name), error_of(values, name)
  local figure = m.plot.figure {
    x = { label = parameter.name, unit = parameter.unit, names = parameter.names,
      log = not parameter.names and is_logarithmic(parameter.values) },
    y = { label = name, unit = unit_of(values, name) } }
  local drawn = false
  local labels = texts and distinct(texts.values) or { false }
  for i, label in ipairs(labels) do
    local function accept(row) return not label or texts.values[row] == label end
    local groups = grouped(parameter.values, column, accept)
    drawn = add_curve(figure, groups, errors and grouped(parameter.values, errors, accept) or {},
      { label = label or nil, color = colors[i], line = not parameter.names }) or drawn
  end
  return drawn and figure
end

-- ---- two parameters -----------------------------------------------------------------------------

-- The mean at every pair of a grid, [y, x], or nil when a pair is missing.
local function map_of(values, first, second, name)
  local column, xs, ys = values:column(name), distinct(first.values), distinct(second.values)
  table.sort(xs)
  table.sort(ys)
  local rows = {}
  for j, y in ipairs(ys) do
    local groups = grouped(first.values, column, function(i) return second.values[i] == y end)
    rows[j] = {}
    for i, x in ipairs(xs) do
      if not groups[x] then return nil end
      rows[j][i] = replicates.moments(groups[x])
    end
  end
  return rows, xs, ys
end

local function heat_map(values, first, second, name)
  local rows, xs, ys = map_of(values, first, second, name)
  if not rows then return nil end
  return m.plot.figure { x = { label = first.name, unit = first.unit },
    y = { label = second.name, unit = second.unit } }
    :heatmap(m.array.array(rows), { x = xs, y = ys, label = name, unit = unit_of(values, name) })
end

-- ---- the figure ---------------------------------------------------------------------------------

local function why_not(numeric, texts, measured)
  if #measured == 0 then return "the recipe gives no value (run:value)" end
  if #numeric == 0 then return "no swept parameter but the seed varies" end
  if #numeric > 2 or #texts > 1 or (#numeric == 2 and #texts > 0) then
    return "it shows one or two parameters; the table has all"
  end
  if texts[1] and #distinct(texts[1].values) > MOST_CURVES then
    return ("it shows at most %d curves; the table has all"):format(MOST_CURVES)
  end
end

--- The figure, or nil and why there is none. measured: the names of the columns of values.
function M.summary(plan, values, measured)
  local numeric, texts = varying(plan, values)
  number_texts(numeric, texts)
  local reason = why_not(numeric, texts, measured)
  if reason then return nil, reason end
  local panels = {}
  for _, name in ipairs(drawn_of(values, measured)) do
    local panel
    if #numeric == 2 then panel = heat_map(values, numeric[1], numeric[2], name)
    else panel = curves(values, numeric[1], texts[1], name) end
    if panel and #panels < MOST_PANELS then panels[#panels + 1] = panel end
  end
  if #panels == 0 then
    return nil, #numeric == 2 and "the two parameters form no complete grid"
      or "no point has a value"
  end
  if #panels == 1 then return panels[1] end
  panels.share_x = true
  return m.plot.panels(panels)
end

return M
