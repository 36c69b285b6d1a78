-- The parent of a sweep: starts workers, looks after them, and knows how far the sweep is.
--
-- Workers are processes of their own: one that crashes or takes too long loses the point it was at
-- and no other; another worker takes its place. When the parent dies they die with it; what other
-- processes hold is waited for.

local m = require "matinf"
local e = require "matinf.error"
local point_of = require "matinf.sweep.point"
local status_of = require "matinf.sweep.status"

local M = {}

local TICK = 0.02    -- seconds between two looks at the workers
local LOOK = 1       -- ... at what other processes have done
local GRACE = 0.15   -- seconds from an interrupt to the end of a worker
local PATIENCE = 10  -- ... when nobody is waiting

local Pool = {}
Pool.__index = Pool

-- ---- counts -------------------------------------------------------------------------------------

-- Looks at every point that is open as far as we know.
function Pool:scan()
  for id, point in pairs(self.by_id) do
    if not self.ended[id] then
      local status = self.points:status(point)
      if status ~= "open" then self:count(id, status == "finished" and "done" or "failed") end
    end
  end
end

function Pool:count(id, event)
  if self.ended[id] == event then return end
  if self.ended[id] then self.counts[self.ended[id]] = self.counts[self.ended[id]] - 1 end
  self.ended[id] = event
  self.counts[event] = self.counts[event] + 1
end

-- A worker that did not end by itself may have told of points whose status it never wrote: those
-- are open again.
function Pool:take_back(worker)
  for id in pairs(worker.told) do
    local event = self.ended[id]
    if event and self.points:status(self.by_id[id]) == "open" then
      self.ended[id] = nil
      self.counts[event], self.counts.here = self.counts[event] - 1, self.counts.here - 1
    end
  end
end

function Pool:left() return self.total - self.counts.done - self.counts.failed end

-- ---- workers ------------------------------------------------------------------------------------

-- What a worker finds in its environment: its share of the cores, and an allocator that keeps the
-- memory that every point would otherwise take from the system anew.
local function environment(jobs)
  return { MATINF_THREADS = tostring(math.max(1, m.sys.threads() // jobs)),
    MALLOC_TRIM_THRESHOLD_ = "67108864", MALLOC_MMAP_THRESHOLD_ = "33554432" }
end

function Pool:start_worker(number)
  self.started = self.started + 1
  local journal = ("%s/journal/%s-%s.txt"):format(self.plan.folder, self.session.id, self.started)
  local count, share = #self.plan.points, self.options.share
  local place = (share.task - 1 + (number - 1) / self.options.jobs) / share.tasks
  local task = { plan = self.plan.file, session = self.session, parent = m.sys.process(),
    journal = journal, first = math.floor(place * count) + 1,
    stop = self.options.on_failure == "stop", trust = self.options.trust }
  assert(io.open(journal, "a")):close()
  self.workers[number] = { journal = assert(io.open(journal, "r")), number = number, told = {},
    process = m.sys.start { m.sys.program(), "sweep", "--worker", stdin = m.yaml.dump(task),
      environment = environment(self.options.jobs) } }
end

-- Takes in what a worker's journal says since the last time.
function Pool:listen(worker)
  for line in worker.journal:lines() do
    local event, id = line:match "^(%a+) (%x+)$"
    if event == "start" then
      worker.point, worker.began = self.by_id[id], m.sys.time()
    elseif event then
      worker.point, worker.told[id] = nil, true
      if not self.ended[id] then self.counts.here = self.counts.here + 1 end
      self:count(id, event)
      if event == "failed" then self.status:say(("point %s failed"):format(id)) end
    end
  end
  worker.journal:seek("cur", 0) -- forget the end of the file
end

-- Records that a worker's end cost the point it was at.
function Pool:lose(worker, reason)
  self:take_back(worker)
  local point = worker.point
  if not point or not self.points:take(point) then return end
  local result = self.points:outcome(point,
    { error = reason, seconds = m.sys.time() - worker.began })
  self.points:write(point, result)
  self.points:release(point)
  if result.attempts > self.session.retry then
    self:count(point.id, "failed")
    self.status:say(("point %s failed: %s"):format(point.id, reason))
  end
end

local function last_line(text) return text and text:match "([^\n]+)%s*$" end

local function reason_of(result)
  local what = result.signal and "signal " .. result.signal or "code " .. result.code
  local line = last_line(result.stderr)
  return ("its process ended with %s%s"):format(what, line and ": " .. line or "")
end

local function is_failed(worker_result) return worker_result.signal or worker_result.code ~= 0 end

-- Looks at one worker; true while it runs.
function Pool:attend(worker)
  local result = worker.process:wait(0)
  self:listen(worker)
  local timeout = self.options.timeout
  if not result and worker.point and timeout and m.sys.time() - worker.began > timeout then
    worker.process:kill()
    self:listen(worker)
    self:lose(worker, ("it took longer than %g s"):format(timeout))
  elseif not result then
    return true
  elseif is_failed(result) then
    if not worker.point then -- nothing that a point did
      e.fail("internal", "a worker failed: %s", reason_of(result))
    end
    self:lose(worker, reason_of(result))
  end
  worker.journal:close()
  self.workers[worker.number] = nil
  return false, not result or is_failed(result)
end

-- Ends all workers: at once those that do not end by themselves soon.
function Pool:stop(grace)
  for _, worker in pairs(self.workers) do worker.process:interrupt() end
  local deadline = m.sys.time() + grace
  for _, worker in pairs(self.workers) do
    local left = deadline - m.sys.time()
    local killed = not worker.process:wait(math.max(left, 0))
    if killed then worker.process:kill() end
    self:listen(worker)
    if killed then self:take_back(worker) end
  end
end

-- ---- the sweep ----------------------------------------------------------------------------------

-- A failure ends the sweep when the user says so.
function Pool:is_stopped() return self.options.on_failure == "stop" and self.counts.failed > 0 end

-- Whether anything is left that the sweep waits for or works at.
function Pool:goes_on() return not self:is_stopped() and self:left() > 0 end

-- Starts as many workers as there are jobs, or points left.
function Pool:fill()
  for number = 1, math.min(self.options.jobs, self:left()) do
    if not self.workers[number] then self:start_worker(number) end
  end
end

-- Waits for the end of the workers, who write down last what they did; replaces those lost.
function Pool:watch()
  repeat
    local running = false
    for number = 1, self.options.jobs do
      local worker = self.workers[number]
      local runs, lost = false, false
      if worker then runs, lost = self:attend(worker) end
      if lost and self:goes_on() then
        self:start_worker(number)
        runs = true
      end
      running = running or runs
    end
    self.status:update(self.counts)
    m.sys.sleep(TICK)
  until not running or self:is_stopped()
end

function Pool:run()
  self:scan()
  while self:goes_on() do
    self:fill()
    self:watch()
    self:scan()
    if self:goes_on() then
      if not self.options.wait then break end
      m.sys.sleep(LOOK) -- the rest is in the hands of other processes
    end
  end
  self:stop(PATIENCE)
  self.status:finish(self.counts)
end

--- Runs the open points of a plan (written, sweep/plan.lua). options: jobs, retry, timeout,
--- on_failure, quiet, wait (for points that other processes hold), share = { task =, tasks = }
--- (where to begin), again (the command that goes on). Returns { done, failed, here }, the points
--- (sweep/point.lua) and, when it was interrupted, that error.
function M.run(plan, options)
  local session = { began = os.time(), retry = options.retry,
    id = ("%s-%d-%x"):format(m.sys.hostname(), m.sys.process(), os.time()) }
  local self = setmetatable({ plan = plan, options = options, session = session, by_id = {},
    ended = {}, counts = { done = 0, failed = 0, here = 0 }, total = #plan.points, workers = {},
    started = 0, status = status_of.new(#plan.points, options),
    points = point_of.open(plan, session) }, Pool)
  for _, point in ipairs(plan.points) do self.by_id[point.id] = point end
  local ok, err = pcall(self.run, self)
  if not ok then
    self:stop(GRACE)
    self.status:abandon()
    if not (e.is(err) and err.kind == "interrupted") then error(err, 0) end
    err.message = ("interrupted; %d of %d points done; go on with: %s"):format(self.counts.done,
      self.total, options.again)
  end
  return self.counts, self.points, err
end

return M
