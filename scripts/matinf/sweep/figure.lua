-- The summary figure of a sweep: what run:value gave over the swept parameters.
--
--   one numeric parameter     a panel for each value: the mean over the replicates (seeds) as a
--                             curve, every replicate as a point, the standard deviation as the bar
--                             (without replicates the error that the recipe states as NAME-error);
--                             a parameter of text beside it makes a curve for each text
--   two numeric parameters    a map of the mean for each value, when they form a grid
--
-- A value NAME-error beside NAME is its standard error and has no panel of its own.

local m = require "matinf"
local sorted_keys = require "matinf.names"
local replicates = require "matinf.sweep.replicates"

local M = {}

local MOST_PANELS, MOST_CURVES = 6, 8

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

local function unit_of(values, name)
  for _, column in ipairs(values.columns) do
    if column.name == name then return column.unit end
  end
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

-- errors: the stated ones, grouped as the values are.
local function add_curve(figure, groups, errors, label, color)
  local x, mean, bars, dots_x, dots_y, replicated = sorted_keys(groups), {}, {}, {}, {}, false
  if #x == 0 then return false end
  for _, group in pairs(groups) do replicated = replicated or #group > 1 end
  for i, at in ipairs(x) do
    mean[i], bars[i] = replicates.moments(groups[at])
    if not replicated then bars[i] = errors[at] and errors[at][1] or 0 end
    for _, value in ipairs(groups[at]) do
      dots_x[#dots_x + 1], dots_y[#dots_y + 1] = at, value
    end
  end
  if replicated then figure:points(dots_x, dots_y, { color = "grey" }) end
  figure:line(x, mean, { label = label, color = color })
  local shown = replicated or next(errors) ~= nil
  figure:points(x, mean, { error = shown and bars or nil, color = color })
  return true
end

local function curves(values, parameter, texts, name, error_name)
  local column, errors = values:column(name), error_name and values:column(error_name)
  local figure = m.plot.figure {
    x = { label = parameter.name, unit = parameter.unit, log = is_logarithmic(parameter.values) },
    y = { label = name, unit = unit_of(values, name) } }
  local drawn = false
  local labels = texts and distinct(texts.values) or { false }
  for i, label in ipairs(labels) do
    local function accept(row) return not label or texts.values[row] == label end
    drawn = add_curve(figure, grouped(parameter.values, column, accept),
      errors and grouped(parameter.values, errors, accept) or {}, label or nil, colors[i]) or drawn
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
  if #numeric == 0 then return "no swept parameter but the seed is a number" end
  if #numeric > 2 or #texts > 1 or (#numeric == 2 and #texts > 0) then
    return "it shows one or two numeric parameters; the table has all"
  end
  if texts[1] and #distinct(texts[1].values) > MOST_CURVES then
    return ("it shows at most %d curves; the table has all"):format(MOST_CURVES)
  end
end

local ERROR = "-error"

-- Which names are of values, not of errors beside them, and the name of the error of each.
local function with_errors(measured)
  local here, names, errors = {}, {}, {}
  for _, name in ipairs(measured) do here[name] = true end
  for _, name in ipairs(measured) do
    local of = name:sub(-#ERROR) == ERROR and name:sub(1, -#ERROR - 1)
    if not (of and here[of]) then names[#names + 1] = name end
    if here[name .. ERROR] then errors[name] = name .. ERROR end
  end
  return names, errors
end

--- The figure, or nil and why there is none. measured: the names of the columns of values.
function M.summary(plan, values, measured)
  local numeric, texts = varying(plan, values)
  local reason = why_not(numeric, texts, measured)
  if reason then return nil, reason end
  local names, errors = with_errors(measured)
  local panels = {}
  for _, name in ipairs(names) do
    local panel
    if #numeric == 2 then panel = heat_map(values, numeric[1], numeric[2], name)
    else panel = curves(values, numeric[1], texts[1], name, errors[name]) end
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
