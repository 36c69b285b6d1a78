-- The folder of a run: what is where, who may write into it, what is left over in it.
--
--   run.yaml  provenance.yaml  log.txt  report.html  .lock
--   STAGE.h5  figures/  tables/             of the stages that run once
--   round-001/STAGE.h5  figures/  tables/   of a round of the loop
--   steps/STAGE/...                         results of run:step and run:each
--   laboratory/STAGE.csv                    candidates, and the results filled in (run:wait_for)
--   commands/                               where run:command runs programs
--
-- A stage's file is written last and at once, and removed before anything of it is made anew; so
-- the figures and tables that stand beside a stage's file are those that belong to it.

local m = require "matinf"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}

-- ---- names --------------------------------------------------------------------------------------

--- Where the results of a round are, or (without one) those of the stages that run once.
function M.results(folder, round)
  return round and ("%s/round-%03d"):format(folder, round) or folder
end

function M.stage_file(folder, stage, round)
  return ("%s/%s.h5"):format(M.results(folder, round), stage)
end

--- The result and the record of a finished stage of a run folder.
function M.read_stage(folder, stage, round)
  local result = store.read(M.stage_file(folder, stage, round))
  local record = result.run
  result.run = nil
  return result, record
end

-- ---- making and continuing ----------------------------------------------------------------------

-- A new folder, also when another process looks for one in the same second.
local function make_default(name)
  local base = ("runs/%s-%s"):format(name, os.date "%Y%m%d-%H%M%S")
  local folder, count = base, 1
  while not m.sys.mkdir(folder) do
    count = count + 1
    folder = ("%s-%d"):format(base, count)
  end
  return folder
end

local written = { yaml = true, html = true, svg = true, gp = true, dat = true, csv = true }

--- What a process that was killed may have left of a file (store.write, sys.write_atomic).
function M.is_left_over(name)
  return name:find "%.h5%.%x+%.partial$" or written[name:match("%.(%l+)%." .. ("%x"):rep(8) .. "$")]
end

-- The first name in a folder that a run which has only just begun would not have, or nil.
local function foreign(folder)
  for _, name in ipairs(m.sys.list(folder)) do
    local begun = name == ".lock" or name == "log.txt" or name == "laboratory"
    if not begun and not M.is_left_over(name) then return name end
  end
end

-- Refuses a folder that holds anything but a run of the recipe.
local function check_content(folder, name)
  if not foreign(folder) then return end
  if m.sys.exists(folder .. "/run.yaml") ~= "file" then
    e.fail("usage", "--out: folder '%s' is not empty and no run: choose another one or remove it",
      folder)
  end
  local path = folder .. "/provenance.yaml"
  local held = m.sys.exists(path) == "file" and m.yaml.read(path).recipe.name or name
  if held ~= name then
    e.fail("usage", "--out: folder '%s' holds a run of recipe %s, not of %s", folder, held, name)
  end
end

--- Makes the folder of a run: `out`, or one called after the recipe and the time. One that exists
--- must be empty or hold a run of this recipe, which is continued.
function M.make(out, name)
  if not out then return make_default(name) end
  local folder = out:gsub("(.)/+$", "%1")
  local kind = m.sys.exists(folder)
  if kind and kind ~= "folder" then
    e.fail("usage", "--out: '%s' is a file, folder expected", folder)
  end
  if kind then check_content(folder, name) end
  m.sys.mkdir(folder)
  return folder
end

--- The folder of a run that a target means: one with run.yaml, without recipe.yaml; or nil.
function M.of_target(target)
  local function has(name) return m.sys.exists(target .. "/" .. name) == "file" end
  return m.sys.exists(target) == "folder" and has "run.yaml" and not has "recipe.yaml" and target
    or nil
end

--- Takes the folder for this process; the returned lock is released at the end.
function M.lock(folder)
  local lock = m.sys.lock(folder .. "/.lock")
  if lock then return lock end
  e.fail("usage", "another process is working on run '%s'", folder)
end

-- ---- tidying ------------------------------------------------------------------------------------

--- Removes what a killed process has left of files that it was writing.
function M.tidy(folder)
  for _, name in ipairs(m.sys.list(folder)) do
    local path = folder .. "/" .. name
    if m.sys.exists(path) == "folder" then
      if name ~= "commands" then M.tidy(path) end
    elseif M.is_left_over(name) then
      m.sys.remove(path)
    end
  end
end

local function remove_if_there(path)
  if m.sys.exists(path) then m.sys.remove(path) end
end

-- The figures and tables of a record, as paths.
local function outputs(folder, record, round)
  local paths = {}
  for _, figure in ipairs(record.figures or {}) do
    for _, ending in ipairs(figure.drawing and { "svg" } or { "svg", "gp", "dat" }) do
      paths[#paths + 1] = ("%s/figures/%s.%s"):format(M.results(folder, round), figure.name, ending)
    end
  end
  for _, values in ipairs(record.tables or {}) do
    paths[#paths + 1] = ("%s/tables/%s.csv"):format(M.results(folder, round), values.name)
  end
  return paths
end

--- The record of a stage's file; or nil and why there is none that holds.
function M.record(folder, stage, round)
  local path = M.stage_file(folder, stage, round)
  if m.sys.exists(path) ~= "file" then return nil, "it has no result yet" end
  local record, err = e.attempt(store.read, path, "run")
  if not record then return nil, "its file cannot be read: " .. err.message end
  for _, output in ipairs(outputs(folder, record, round)) do
    if m.sys.exists(output) ~= "file" then return nil, output .. " is missing" end
  end
  return record
end

--- Removes a stage's file with its figures and tables: those first, see above.
function M.discard(folder, stage, round)
  local path = M.stage_file(folder, stage, round)
  if m.sys.exists(path) ~= "file" then return end
  local record = e.attempt(store.read, path, "run")
  for _, output in ipairs(outputs(folder, record or {}, round)) do remove_if_there(output) end
  m.sys.remove(path)
end

--- Removes the rounds from `first` on.
function M.discard_rounds(folder, first)
  while m.sys.exists(M.results(folder, first)) == "folder" do
    m.sys.remove_tree(M.results(folder, first))
    first = first + 1
  end
end

return M
