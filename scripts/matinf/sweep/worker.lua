-- A worker: a process that claims open points of a plan and runs them until none is left.
--
-- Forcing each file of each point to the disk would cost more than short points themselves. So
-- nothing waits for the disk until a few seconds have passed; then one sync covers all points that
-- ended since, and only after it do their status files say so and their claims end. What a power
-- cut takes away is therefore still open; what a kill leaves is found by the next run of the point.
--
-- The journal, one line an event ("start ID", "done ID", "failed ID"), tells the parent at once.

local m = require "matinf"
local e = require "matinf.error"
local fence = require "matinf.fence"
local fenced = require "matinf.recipe.fenced"
local load = require "matinf.recipe.load"
local run = require "matinf.recipe.run"
local point_of = require "matinf.sweep.point"

local M = {}

local SYNC_INTERVAL = 2 -- seconds

local Worker = {}
Worker.__index = Worker

function Worker:tell(event, point)
  self.journal:write(event, " ", point.id, "\n")
  self.journal:flush()
end

--- Makes what has ended since the last time last, then says so.
function Worker:commit()
  if #self.ended > 0 then
    m.sys.sync(self.points.plan.folder .. "/points")
    for _, one in ipairs(self.ended) do
      self.points:write(one.point, one.result)
      self.points:release(one.point)
    end
    self.ended = {}
  end
  self.committed = m.sys.time()
end

-- Runs a point for the n-th time; returns its outcome (sweep/point.lua).
local function attempt(plan, point, folder, tries)
  local began = m.sys.time()
  local ok, values = pcall(function()
    local study = load.open(plan.target, point.overrides)
    study.commit = plan.commit
    return run.run(study, folder, { quiet = true, brief = true })
  end)
  if not ok and e.is(values) and values.kind == "interrupted" then error(values, 0) end
  return { tries = tries, seconds = m.sys.time() - began,
    error = not ok and tostring(values) or nil, values = ok and values or nil }
end

-- Runs a claimed point, again while it fails and may; false when it failed and that ends the sweep.
function Worker:work(point)
  self:tell("start", point)
  local points, tries, result = self.points, 0, nil
  repeat
    tries = tries + 1
    result = points:outcome(point, attempt(points.plan, point, points:folder(point), tries))
  until result.status == "finished" or result.attempts > points.session.retry
  table.insert(self.ended, { point = point, result = result })
  self:tell(result.status == "finished" and "done" or "failed", point)
  return result.status == "finished" or not self.stop
end

function Worker:pass(first)
  local points = self.points.plan.points
  for i = 1, #points do
    local point = points[(first + i - 2) % #points + 1]
    if self.points:take(point) and not self:work(point) then return end
    if m.sys.time() - self.committed > SYNC_INTERVAL then self:commit() end
  end
end

-- The recipe reads what any point may read, and writes among the points. (What this process has
-- opened before, the claims and its journal, stays open to it.)
local function enter_fence(plan)
  fence.enter { read = table.move(plan.read, 1, #plan.read, 3, { plan.target, plan.source }),
    list = load.shelves(), write = { plan.folder .. "/points", plan.folder .. "/status" },
    programs = { "gnuplot" }, commands = plan.commands }
end

--- The process: task is { plan = file, session, parent, journal, first, stop, trust }
--- (sweep/pool.lua).
function M.main(task)
  m.sys.end_with_parent(task.parent)
  m.sys.durable(false)
  local plan = require "matinf.sweep.plan".read(task.plan)
  local self = setmetatable({ points = point_of.open(plan, task.session), ended = {},
    stop = task.stop, committed = m.sys.time(), journal = assert(io.open(task.journal, "a")) },
    Worker)
  if not fenced.is_open({ plan.source }, task) then enter_fence(plan) end
  local ok, err = pcall(self.pass, self, task.first)
  local saved = pcall(self.commit, self)
  if not saved then self:commit() end -- Ctrl-C came in between, or there is an error to tell
  if not ok then error(err, 0) end
end

return M
