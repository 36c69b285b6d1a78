-- HDF5 files: everything in a file is listed and read.
local m = require "matinf"
local path = m.sys.tempdir() .. "/a.h5"

local function visit(file, group, depth)
  m.try(file.attributes, file, group)
  local names = m.try(file.list, file, group)
  for _, name in ipairs(names or {}) do
    local below = (group == "/" and "" or group) .. "/" .. name
    m.try(file.info, file, below)
    m.try(file.read, file, below)
    if depth < 8 then visit(file, below, depth + 1) end
  end
end

return function(bytes)
  local input <close> = io.open(path, "wb")
  input:write(bytes)
  input:flush()
  local file <close> = m.hdf5.open(path, "r")
  visit(file, "/", 1)
end
