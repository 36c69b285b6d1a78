-- The process in which a foreign HDF5 file is open: it does what hdf5/foreign.lua asks for on the
-- channel that is its standard input, until that is closed. The HDF5 library may crash here.

local m = require "matinf"
local c = require "matinf.c.hdf5"
local e = require "matinf.error"
local limits = require "matinf.c.fence"
local message = require "matinf.hdf5.message"

local file

local function do_request(name, ...)
  if name ~= "open" then return file[name](file, ...) end
  file = c.open(...)
end

local function reply(result, err)
  if result then return result end
  return { kind = err.kind, message = err.message, argument = err.argument }
end

--- `patience`: the processor time, in seconds, that a request may take.
return function(patience)
  limits.limits { memory = limits.physical_memory() // 2 }
  local channel = m.sys.channel "stdin"
  for request in function() return message.receive(channel) end do
    limits.alarm(patience)
    message.send(channel, reply(e.try(function()
      return table.pack(do_request(table.unpack(request, 1, request.n)))
    end)))
  end
end
