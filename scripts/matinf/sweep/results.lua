-- What a sweep found: results.csv and results.h5 (a row a point: its id, the swept parameters, what
-- run:value gave, how it ended), replicates.csv (mean and standard deviation over the seeds, where
-- there are several) and figures/summary.svg.
--
-- No times and no machine stand in them: they are the same however often the sweep was interrupted.
-- An interrupt leaves the tables of what is done so far.

local m = require "matinf"
local store = require "matinf.store"
local figure_of = require "matinf.sweep.figure"
local folder_of = require "matinf.recipe.folder"
local replicates = require "matinf.sweep.replicates"

local M = {}

-- ---- the table ----------------------------------------------------------------------------------

-- A column of the cells: of numbers when all are, else of texts.
local function column(name, unit, cells)
  local numeric = true
  for _, cell in ipairs(cells) do numeric = numeric and type(cell) == "number" end
  if not numeric then
    for i, cell in ipairs(cells) do cells[i] = tostring(cell) end
  end
  return { name = name, unit = unit, values = cells }
end

-- The values that points gave, in the order in which they first appear: { name, unit, [id] }.
local function values_of(plan, results)
  local list, by_name = {}, {}
  for _, point in ipairs(plan.points) do
    local result = results[point.id]
    for _, value in ipairs(result and result.values or {}) do
      if not by_name[value.name] then
        by_name[value.name] = { name = value.name, unit = value.unit, by_point = {} }
        list[#list + 1] = by_name[value.name]
      end
      by_name[value.name].by_point[point.id] = value.value
    end
  end
  return list
end

local function free_name(name, taken)
  while taken[name] do name = name .. "_" end
  taken[name] = true
  return name
end

-- NAME-error is the standard error of the value NAME.
local function mark_errors(columns, measured)
  local is_value = {}
  for _, name in ipairs(measured) do is_value[name] = true end
  for _, one in ipairs(columns) do
    local name = one.name .. "-error"
    if is_value[one.name] and is_value[name] then one.error = name end
  end
end

-- The table of a sweep; the names of its columns of values are returned as well.
local function make_table(plan, results)
  local ids, status, columns, taken, measured = {}, {}, {}, {}, {}
  local function add(name, unit, cells)
    columns[#columns + 1] = column(free_name(name, taken), unit, cells)
    return columns[#columns].name
  end
  for i, point in ipairs(plan.points) do
    ids[i] = point.id
    status[i] = results[point.id] and results[point.id].status or "open"
  end
  add("point", nil, ids)
  for j, one in ipairs(plan.swept) do
    local cells = {}
    for i, point in ipairs(plan.points) do cells[i] = point.cells[j] end
    add(one.key, one.unit, cells)
  end
  for _, value in ipairs(values_of(plan, results)) do
    local cells = {}
    for i, id in ipairs(ids) do cells[i] = value.by_point[id] or 0 / 0 end
    measured[#measured + 1] = add(value.name, value.unit, cells)
  end
  mark_errors(columns, measured)
  add("status", nil, status)
  return m.table.new(columns), measured
end

-- ---- files --------------------------------------------------------------------------------------

local function gather(plan, points)
  local results = {}
  for _, point in ipairs(plan.points) do results[point.id] = points:result(point) end
  return results
end

-- Removes what killed processes have left of the files written here.
local function tidy(folder)
  for _, name in ipairs(m.sys.list(folder)) do
    local ours = name:find "^results%." or name:find "^replicates%." or name:find "^summary%."
    if ours and folder_of.is_left_over(name) then m.sys.remove(folder .. "/" .. name) end
  end
end

local function write_tables(plan, points)
  local results = gather(plan, points)
  local values, measured = make_table(plan, results)
  local spread = replicates.table(plan, values, measured)
  tidy(plan.folder)
  values:write(plan.folder .. "/results.csv")
  if spread then spread:write(plan.folder .. "/replicates.csv") end
  store.write(plan.folder .. "/results.h5", { points = values, replicates = spread })
  return { table = values, measured = measured, replicates = spread, results = results }
end

local function write_all(plan, points)
  local written = write_tables(plan, points)
  local figures = plan.folder .. "/figures"
  local figure
  figure, written.reason = figure_of.summary(plan, written.table, written.measured)
  if figure then
    m.sys.mkdir(figures)
    tidy(figures)
    written.figure = figures .. "/summary.svg"
    figure:save(written.figure)
  end
  return written
end

-- Calls write when no other process that shares the sweep writes.
local function alone(write, plan, points)
  local lock = m.sys.lock(plan.folder .. "/.results")
  while not lock do
    m.sys.sleep(0.02)
    lock = m.sys.lock(plan.folder .. "/.results")
  end
  local ok, written = pcall(write, plan, points)
  lock:release()
  if not ok then error(written, 0) end
  return written
end

--- Writes the files; returns { table, measured (names of the columns of values), replicates (a table
--- or nil), results by id, figure = its path or nil, reason = why there is no figure }.
function M.write(plan, points) return alone(write_all, plan, points) end

--- Writes the tables alone, of a sweep that was interrupted: nobody waits for a figure then.
function M.write_tables(plan, points) return alone(write_tables, plan, points) end

-- ---- the terminal -------------------------------------------------------------------------------

local MOST_ROWS = 12

--- A line for each of the first points that failed.
function M.failures(plan, results)
  local lines, more = {}, 0
  for _, point in ipairs(plan.points) do
    local result = results[point.id]
    if result and result.status == "failed" then
      if #lines < 5 then
        lines[#lines + 1] = ("Failed: %s: %s"):format(point.id, result.error)
      else
        more = more + 1
      end
    end
  end
  if more > 0 then lines[#lines + 1] = ("... and %d more"):format(more) end
  return lines
end

local function first_rows(values)
  local rows = {}
  for i = 1, math.min(#values, MOST_ROWS) do rows[i] = i end
  local text = tostring(values:select(rows)):gsub("%s+$", "")
  return #values > #rows and ("%s\n... %d rows more"):format(text, #values - #rows) or text
end

--- The short text for a terminal: the first rows, the first failures, where the files are.
function M.summary(plan, written)
  local lines = { first_rows(written.table), "" }
  if written.replicates then
    table.move({ "Mean ± standard deviation over the seeds:", first_rows(written.replicates), "" }, 1,
      3, #lines + 1, lines)
  end
  for _, line in ipairs(M.failures(plan, written.results)) do lines[#lines + 1] = line end
  lines[#lines + 1] = ("Table:  %s/results.csv (and .h5)"):format(plan.folder)
  if written.replicates then lines[#lines + 1] = ("        %s/replicates.csv"):format(plan.folder) end
  lines[#lines + 1] = written.figure and "Figure: " .. written.figure
    or "No figure: " .. written.reason
  lines[#lines + 1] = ("Points: %s/points/ID"):format(plan.folder)
  return table.concat(lines, "\n") .. "\n"
end

return M
