-- The one status line of a sweep on standard error: done, failed, left, and the time that is left.
-- A terminal shows it live; elsewhere a plain line comes now and then.

local m = require "matinf"
local duration = require "matinf.recipe.progress".duration

local M = {}
local Status = {}
Status.__index = Status

local LIVE, PLAIN = 0.2, 30 -- seconds between two lines

--- options: quiet.
function M.new(total, options)
  local live = m.sys.isatty(2) and m.sys.getenv "TERM" ~= "dumb"
  return setmetatable({ total = total, quiet = options.quiet, live = live, began = m.sys.time(),
    drawn = live and -math.huge or m.sys.time() }, Status)
end

local function text(self, counts)
  local left = self.total - counts.done - counts.failed
  local parts = { ("%d done"):format(counts.done), ("%d failed"):format(counts.failed),
    ("%d left"):format(left) }
  local elapsed = m.sys.time() - self.began
  if counts.here > 0 and left > 0 then
    parts[#parts + 1] = ("about %s more"):format(duration(elapsed / counts.here * left))
  end
  return table.concat(parts, ", ")
end

--- Shows the counts { done, failed, here = ended since the start } when it is time to.
function Status:update(counts)
  local now = m.sys.time()
  if self.quiet or now - self.drawn < (self.live and LIVE or PLAIN) then return end
  self.drawn = now
  if self.live then
    io.stderr:write("\r\27[K", text(self, counts):sub(1, m.sys.columns() - 1))
  else
    io.stderr:write(text(self, counts), "\n")
  end
  io.stderr:flush()
end

--- Clears the live line before an error is shown.
function Status:abandon()
  if self.live and not self.quiet then io.stderr:write "\r\27[K" end
end

--- A line that stays, such as a point that failed.
function Status:say(line)
  if self.quiet then return end
  self:abandon()
  io.stderr:write(line, "\n")
end

--- The last line.
function Status:finish(counts)
  self:say(("%s; %s"):format(text(self, counts), duration(m.sys.time() - self.began)))
end

return M
