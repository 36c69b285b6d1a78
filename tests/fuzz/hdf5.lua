-- HDF5 files: everything in a file is listed and read, in the process that opens foreign files. The
-- fuzzer's own process must neither crash nor wait; a sanitizer's report from the other one that
-- names our sources is a finding too.
local m = require "matinf"
local folder = m.sys.tempdir()
local path = folder .. "/a.h5"
local program = m.sys.realpath(os.getenv "MATINF" or "build/fuzz/matinf")
function m.sys.program() return program end

local function attempt(f, ...)
  local result, err = m.try(f, ...)
  if not err then return result end
  if err.message:find "bindings/" or err.message:find "core/" then error(err.message) end
  if err.message:find "the HDF5 library" then error(err, 0) end -- enough of this file
end

local function visit(file, group, depth)
  attempt(file.attributes, file, group)
  for _, name in ipairs(attempt(file.list, file, group) or {}) do
    local below = (group == "/" and "" or group) .. "/" .. name
    attempt(file.info, file, below)
    attempt(file.read, file, below)
    if depth < 4 then visit(file, below, depth + 1) end
  end
end

return function(bytes)
  local input <close> = io.open(path, "wb")
  input:write(bytes)
  input:flush()
  local file <close> = m.hdf5.open(path, "r", { patience = 2 })
  visit(file, "/", 1)
end
