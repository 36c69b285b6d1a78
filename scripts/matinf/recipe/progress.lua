-- Progress of a run on standard error: one live line with the time left on a terminal, else one
-- plain line for each finished stage.

local m = require "matinf"

local M = {}
local Meter = {}
Meter.__index = Meter

local interval = 0.1 -- seconds between redrawings

--- A meter for `count` stages (nil: not known); options: quiet.
function M.meter(count, options)
  local live = m.sys.isatty(2) and m.sys.getenv "TERM" ~= "dumb"
  local colour = live and (m.sys.getenv "NO_COLOR" or "") == ""
  return setmetatable({ count = count, index = 0, live = live, colour = colour,
    quiet = options and options.quiet }, Meter)
end

--- A time in words: "4.2 s", "3 min 05 s".
function M.duration(seconds)
  if seconds < 60 then return ("%.1f s"):format(seconds) end
  seconds = math.floor(seconds)
  if seconds < 3600 then return ("%d min %02d s"):format(seconds // 60, seconds % 60) end
  return ("%d h %02d min"):format(seconds // 3600, seconds % 3600 // 60)
end

function Meter:emphasise(text) return self.colour and "\27[1m" .. text .. "\27[0m" or text end

-- Writes the line over the last one; what it shows is cut to the width of the terminal.
function Meter:draw(text)
  local width = m.sys.columns() - 1
  if utf8.len(text) and utf8.len(text) > width then
    text = text:sub(1, utf8.offset(text, width) - 1)
  end
  io.stderr:write("\r\27[K", text)
  io.stderr:flush()
end

-- "[2/5] model", or "[2] model" when the count is not known.
function Meter:label(stage)
  local count = self.count and "/" .. self.count or ""
  return ("[%d%s] %s"):format(self.index, count, stage)
end

function Meter:start(stage)
  self.stage, self.index, self.began, self.drawn = stage, self.index + 1, m.sys.time(), -math.huge
  self:update(nil, nil)
end

--- fraction in 0..1 or nil when the length is unknown; what: a few words; left: the seconds left,
--- estimated from the fraction when absent.
function Meter:update(fraction, what, left)
  local now = m.sys.time()
  if self.quiet or not self.live or now - self.drawn < interval then return end
  self.drawn = now
  local parts = { self:label(self.stage) }
  local elapsed = now - self.began
  if fraction then parts[#parts + 1] = ("%3.0f %%"):format(100 * fraction) end
  if what then parts[#parts + 1] = what end
  if not left and fraction and fraction > 0 then left = elapsed * (1 - fraction) / fraction end
  if left and elapsed > 1 then parts[#parts + 1] = M.duration(left) .. " left" end
  self:draw(table.concat(parts, "  "))
end

--- Writes a line that stays.
function Meter:say(text)
  if self.quiet then return end
  self:abandon()
  io.stderr:write(text, "\n")
end

--- The stage is done; `how` takes the place of the time that it took.
function Meter:finish(how)
  self:say(("%s  %s"):format(self:label(self:emphasise(self.stage)),
    how or M.duration(m.sys.time() - self.began)))
end

--- Clears the live line before an error is shown.
function Meter:abandon()
  if self.live and not self.quiet then io.stderr:write "\r\27[K" end
end

return M
