-- HDF5 files that others have written: open in a process of their own (hdf5/child.lua).
--
-- The HDF5 library (1.10) crashes or never returns on some damaged files. Then that process ends
-- and this one says so; the next call starts another. A File here has the methods of the binding,
-- each of which asks the process.

local m = require "matinf"
local e = require "matinf.error"
local message = require "matinf.hdf5.message"

local PATIENCE = 10 -- seconds of processor time, and
local RATE = 2e6    -- bytes of the file a second: longer than a read takes that ends at all
local SLOWNESS = 10 -- the most seconds that pass, in one of processor time

local File = { __name = "matinf.hdf5.File" }
File.__index = File

local verbs = { open = "open", write = "write", attribute = "use", group = "write",
  link = "write", remove = "remove", close = "close", list = "list" }

local MEMORY, PROCESSOR = 9, 27 -- signals: SIGKILL of the kernel, SIGPROF of the alarm
local signals = { [6] = "abort", [7] = "bus error", [8] = "arithmetic error",
  [11] = "segmentation fault" }

-- What became of the process that does not answer, in words.
local function fate(self, reason)
  local result = reason == "closed" and self.process:wait(5) or {}
  if result.signal == MEMORY then return "there is not enough memory for it" end
  if not result.code and (not result.signal or result.signal == PROCESSOR) then
    return ("the HDF5 library does not come to an end with it in %.2g s (option patience)"):format(
      self.patience)
  end
  local how = result.signal and (signals[result.signal] or "signal " .. result.signal)
    or result.stderr:match "SUMMARY: ([^\n]+)" or "code " .. result.code
  return ("the HDF5 library crashed on it (%s)"):format(how)
end

local function lost(self, name, reason, argument)
  local object = type(argument) == "string" and name ~= "open" and argument .. ": " or ""
  e.fail("io", "cannot %s '%s': %s%s: it is probably damaged; get it anew from where it came from, "
    .. "or save it again with the program that wrote it", verbs[name] or "read", self.path, object,
    fate(self, reason))
end

local function stop(self)
  if self.process then self.process:kill() end
  self.process, self.channel = nil, nil
end

local function exchange(self, name, ...)
  local seconds = SLOWNESS * self.patience
  local sent, reason = message.send(self.channel, table.pack(name, ...), seconds)
  local reply
  if sent then reply, reason = message.receive(self.channel, seconds) end
  return reply or lost(self, name, reason, (...))
end

-- Sends a request and returns its results. Whatever interrupts the conversation ends the process.
local function converse(self, name, ...)
  local reply, err = e.try(exchange, self, name, ...)
  if not reply then
    stop(self)
    error(err, 0)
  end
  if reply.message then e.raise(reply) end
  return table.unpack(reply, 1, reply.n)
end

local function start(self)
  local near, far <close> = m.sys.channel()
  self.channel = near
  local code = ("require 'matinf.hdf5.child' (%g)"):format(self.patience)
  self.process = m.sys.start { m.sys.program(), "-e", code, stdin = far,
    environment = { LUA_PATH_5_4 = package.path, LUA_CPATH_5_4 = package.cpath } }
  far:close()
  converse(self, "open", self.path, self.mode)
end

local function ask(self, name, ...)
  local called = "hdf5.File:" .. name
  if getmetatable(self) ~= File then e.argument("self", called, "hdf5.File", self) end
  if self.closed then
    e.fail("argument", "%s: the file '%s' is closed", called, self.path)
  end
  if not self.process then start(self) end
  return converse(self, name, ...)
end

for _, name in ipairs { "read", "write", "attribute", "attributes", "info", "group", "exists",
    "list", "remove", "link" } do
  File[name] = function(self, ...) return ask(self, name, ...) end
end

function File:close()
  if self.closed then return end
  if self.process and self.mode == "a" then ask(self, "close") end
  stop(self)
  self.closed = true
end

File.__close, File.__gc = File.close, File.close

function File:__tostring()
  return ("hdf5.File '%s' (%s)"):format(self.path,
    self.closed and "closed" or self.mode == "a" and "writing" or "reading")
end

--- Opens a file for reading ("r") or changing ("a").
return function(path, mode, patience)
  patience = patience or PATIENCE + m.sys.stat(path).size / RATE
  local self = { path = path, mode = mode, patience = patience }
  start(self)
  return setmetatable(self, File) -- after the process: Lua finalizes it before
end
