-- Waiting for the laboratory: run:wait_for writes a table of candidates with empty columns, ends
-- the run (exit code 3), and returns the table when the columns are filled in and the run goes on.
--
-- The file, laboratory/STAGE.csv or laboratory/STAGE-round-001.csv, is an input of the stage: when
-- a result in it is corrected later, the stage runs again.

local m = require "matinf"
local e = require "matinf.error"
local shell = require "matinf.recipe.arguments".shell

local M = {}

local function file_of(run)
  local round = run.round and ("-round-%03d"):format(run.round) or ""
  return ("laboratory/%s%s.csv"):format(run.stage, round)
end

-- A table of the candidates' columns and the columns that the function makes.
local function with_results(candidates, results, values_of)
  local columns = table.move(candidates.columns, 1, #candidates.columns, 1, {})
  for _, result in ipairs(results) do
    columns[#columns + 1] = { name = result.name, unit = result.unit,
      values = values_of(result.name) }
  end
  return m.table.new(columns)
end

local function empty(count)
  return function() return m.array.full({ count }, 0 / 0) end
end

-- Equal but for the digits that a spreadsheet may have rounded away.
local function alike(a, b)
  if type(a) ~= "number" or type(b) ~= "number" then return tostring(a) == tostring(b) end
  return math.abs(a - b) <= 1e-9 * math.max(math.abs(a), math.abs(b))
end

local function find(values, name)
  for _, column in ipairs(values.columns) do
    if column.name == name then return values:column(name) end
  end
end

local function same_candidates(candidates, read)
  if #read ~= #candidates then return false end
  for _, column in ipairs(candidates.columns) do
    local there, expected = find(read, column.name), candidates:column(column.name)
    if not there then return false end
    for row = 1, #candidates do
      if not alike(expected[row], there[row]) then return false end
    end
  end
  return true
end

local function is_filled(value) return type(value) == "number" and value == value end

-- How many cells of the result columns are filled in, and which is the first that is not.
local function count_filled(path, read, results)
  local count, missing = 0, nil
  for _, result in ipairs(results) do
    local values = find(read, result.name)
    if not values then e.at(path, 1, nil, "column '%s' expected", result.name) end
    for row = 1, #read do
      if is_filled(values[row]) then count = count + 1
      else missing = missing or ("row %d of column '%s' is empty"):format(row, result.name) end
    end
  end
  return count, missing
end

local function wait(run, path, why)
  e.fail("waiting", "stage %s waits for the laboratory: fill in %s (%s), then: matinf run %s",
    run.stage, path, why, shell { run.folder })
end

local function named(results)
  local list = {}
  for i, result in ipairs(results) do
    list[i] = type(result) == "table" and result or { name = result }
  end
  return list
end

--- Asks the laboratory about candidates, a table.Table; `results` are the columns to be filled in
--- with numbers: names, or { name =, unit = }. Returns the table with those columns.
function M.wait_for(run, candidates, results)
  results = named(results)
  local file = file_of(run)
  local path = run.folder .. "/" .. file
  run.trace:note("results " .. file)
  local read = m.sys.exists(path) == "file" and m.table.read(path)
  local same = read and same_candidates(candidates, read)
  local count, missing = 0, nil
  if read then count, missing = count_filled(path, read, results) end
  if read and not same and count > 0 then
    e.fail("configuration", "%s holds results for other candidates than stage %s asks for: move it "
      .. "away to go on", path, run.stage)
  end
  if not same then
    m.sys.mkdir(run.folder .. "/laboratory")
    with_results(candidates, results, empty(#candidates)):write(path)
    wait(run, path, ("%d candidates"):format(#candidates))
  end
  if missing then wait(run, path, missing) end
  return with_results(candidates, results, function(name) return find(read, name) end)
end

return M
