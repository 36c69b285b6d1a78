-- A text file read from the start to the end: what the readers of the text formats share.

local c = require "matinf.c.atoms"
local e = require "matinf.error"

local M = {}
local Cursor = {}
Cursor.__index = Cursor

--- A cursor at the start of a file, or of a text that belongs to it.
function M.open(file, text)
  return setmetatable({ file = file, text = text or c.read_text(file), at = 1, start = 1 }, Cursor)
end

--- The next line, without its end; nil after the last.
function Cursor:line()
  if self.at > #self.text then return nil end
  self.start = self.at
  local stop = self.text:find("\n", self.at, true) or #self.text + 1
  self.at = stop + 1
  return (self.text:sub(self.start, stop - 1):gsub("\r$", ""))
end

--- The next line, which must be there; what says what was expected.
function Cursor:need(what)
  local line = self:line()
  if line then return line end
  self:fail("the file ends where %s was expected", what)
end

--- The next line, which stays the next.
function Cursor:peek()
  local at, start = self.at, self.start
  local line = self:line()
  self.at, self.start = at, start
  return line
end

--- Goes to the line with the plain text, if it comes before position `limit`; returns the line.
function Cursor:find(plain, limit)
  local found
  if limit then -- not a byte beyond: a file of many frames would be searched whole for each
    found = self.text:sub(self.at, limit + #plain - 2):find(plain, 1, true)
    found = found and found + self.at - 1
  else
    found = self.text:find(plain, self.at, true)
  end
  if not found then return nil end
  local start = found
  while start > self.at and self.text:byte(start - 1) ~= 10 do start = start - 1 end
  self.at = start
  return self:line()
end

--- Where the plain text comes next, or nil.
function Cursor:where(plain) return (self.text:find(plain, self.at, true)) end

--- Numbers of the next lines, after the first `skip` words of each: array [rows x columns].
function Cursor:rows(rows, columns, what, skip)
  local values, at = c.numbers(self.text, math.min(self.at, #self.text + 1), rows, columns,
    skip or 0)
  if values then
    self.start, self.at = at, at
    return values
  end
  self.start = at
  self:fail("%s: %d numbers expected", what, columns)
end

--- The numbers of a line as a list.
function M.numbers_of(line)
  local list = {}
  for word in line:gmatch "%S+" do list[#list + 1] = tonumber((word:gsub("[dD]", "e"))) end
  return list
end

--- The line that the cursor has read last, from 1.
function Cursor:line_number()
  local at, line = self.counted_at, self.counted
  if not at or at > self.start then at, line = 1, 1 end
  self.counted_at, self.counted = self.start, c.line(self.text, self.start, at, line)
  return self.counted
end

--- Raises an error about the end of the file, where `what` is missing.
function Cursor:ended(what)
  self.at = #self.text + 1
  self:fail("the file ends before the first %s", what)
end

--- Raises an error about the line that was read last.
function Cursor:fail(format, ...)
  e.at(self.file, self:line_number(), nil, format, ...)
end

return M
