-- One point of a sweep: FOLDER/points/ID is its run folder, FOLDER/status/ID.yaml says how it
-- ended.
--
-- A point is open until its status says that it is finished (or has failed often enough), with the
-- token of the plan. Whoever works at it holds its claim, a lock that ends with the process, and
-- looks at the status once more after taking it: so no point is done twice, and what a dead worker
-- left is taken over.

local m = require "matinf"

local M = {}

local Points = {}
Points.__index = Points

--- The points of a plan as one session sees them. session: { id =, began =, retry = }; failures of
--- earlier sessions do not count.
function M.open(plan, session)
  return setmetatable({ plan = plan, session = session,
    claims = m.sys.claims(plan.folder .. "/claims") }, Points)
end

function Points:folder(point) return ("%s/points/%s"):format(self.plan.folder, point.id) end

local function file_of(self, point)
  return ("%s/status/%s.yaml"):format(self.plan.folder, point.id)
end

--- { status = "finished" or "failed", attempts, session, ended, seconds, error, values } or nil.
function Points:result(point)
  local path = file_of(self, point)
  if m.sys.exists(path) ~= "file" then return nil end
  local result = m.try(m.yaml.read, path)
  if type(result) ~= "table" or result.token ~= point.token then return nil end -- outdated
  return result
end

local function of_session(result, session)
  return result.session == session.id or result.ended > session.began
end

--- "finished", "failed" or "open".
function Points:status(point)
  local result = self:result(point)
  if not result then return "open" end
  if result.status == "finished" then return "finished" end
  local tried = of_session(result, self.session) and result.attempts or 0
  return tried > self.session.retry and "failed" or "open"
end

-- 60 bits of the id: the number of its claim.
local function number_of(point) return tonumber(point.id:sub(1, 15), 16) end

--- Takes the claim of an open point; false when it is not open or another one works at it.
function Points:take(point)
  if self:status(point) ~= "open" or not self.claims:take(number_of(point)) then return false end
  if self:status(point) == "open" then return true end
  self:release(point)
  return false
end

function Points:release(point) self.claims:release(number_of(point)) end

local order = { "status", "error", "token", "attempts", "session", "ended", "seconds", "values" }

--- What the status will say; outcome: { error = text or nil, seconds =, values =, tries = }.
function Points:outcome(point, outcome)
  local before = self:result(point)
  local counts = before and before.status == "failed" and of_session(before, self.session)
  local values = {}
  for i, value in ipairs(outcome.values or {}) do values[i] = value end
  return { status = outcome.error and "failed" or "finished", error = outcome.error,
    token = point.token, attempts = (counts and before.attempts or 0) + (outcome.tries or 1),
    session = self.session.id, ended = os.time(),
    seconds = math.floor((outcome.seconds or 0) * 1000 + 0.5) / 1000,
    values = m.yaml.list(values) }
end

--- Writes what M.outcome made; the caller holds the claim.
function Points:write(point, result)
  local keys = {}
  for _, key in ipairs(order) do
    if result[key] ~= nil then keys[#keys + 1] = key end
  end
  m.sys.write_atomic(file_of(self, point), m.yaml.dump(m.yaml.map(result, keys)))
end

return M
