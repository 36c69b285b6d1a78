-- HDF5 files: the binding, the files that others have written, and the NeXus way to say what to
-- plot.
local c = require "matinf.c.hdf5"
local e = require "matinf.error"

local M = {}

--- Opens a file. One that we have written and nobody has changed carries a seal that fits; any
--- other opens in a process of its own.
function M.open(path, mode, options)
  local patience = e.options(options, "hdf5.open", { "patience" }).patience
  if patience ~= nil and not (type(patience) == "number" and patience > 0) then
    e.argument("patience", "hdf5.open", "positive number of seconds", patience)
  end
  if mode ~= nil and mode ~= "r" and mode ~= "a" then return c.open(path, mode) end
  local seal = c.seal(path)
  if seal == "broken" then
    e.fail("io", "cannot open '%s': its bytes are not those that were written (checksum): the file "
      .. "is damaged; take it from a copy or make it again", path)
  end
  if seal == "none" then return require "matinf.hdf5.foreign" (path, mode or "r", patience) end
  return c.open(path, mode)
end

-- Writes one field of an NXdata group: { name =, values =, units =, errors = }.
local function write_field(file, group, field, scales)
  local name = group .. "/" .. field.name
  file:write(name, field.values, { units = field.units, scales = scales })
  if field.errors then
    file:write(name .. "_errors", field.errors, { units = field.units })
  end
end

-- Marks the parents of `path` so that a NeXus reader finds it: each names the next by `default`.
local function mark_parents(file, path)
  local parent, class = "/", "NXroot"
  for child in path:gmatch "[^/]+" do
    file:group(parent .. child)
    if not file:attribute(parent, "NX_class") then file:attribute(parent, "NX_class", class) end
    if not file:attribute(parent, "default") then file:attribute(parent, "default", child) end
    class = parent == "/" and "NXentry" or "NXcollection"
    parent = parent .. child .. "/"
  end
end

local function names(fields)
  local list = {}
  for i, field in ipairs(fields) do list[i] = field.name end
  return list
end

local function is_file(value)
  local metatable = getmetatable(value)
  return type(metatable) == "table" and metatable.__name == "matinf.hdf5.File"
end

local function check_field(field, name, called)
  if type(field) ~= "table" or type(field.name) ~= "string" then
    e.argument(name, called, "table { name =, values =, units =, errors = }", field)
  end
end

--- Writes an NXdata group that h5py, silx and nexpy plot without a hint.
function M.nxdata(file, group, options)
  local called = "hdf5.nxdata"
  if not is_file(file) then
    e.argument("file", called, "file of hdf5.open", file)
  end
  if type(group) ~= "string" then e.argument("group", called, "text", group) end
  options = e.options(options, called, { "signal", "axes", "title" })
  local signal, axes = options.signal, options.axes or {}
  check_field(signal, "signal", called)
  if type(axes) ~= "table" then e.argument("axes", called, "list of fields", axes) end
  for i, axis in ipairs(axes) do check_field(axis, ("axes[%d]"):format(i), called) end
  group = "/" .. group:gsub("^/", "")
  mark_parents(file, group)
  file:attribute(group, "NX_class", "NXdata")
  for _, axis in ipairs(axes) do write_field(file, group, axis) end
  local scales = {}
  for i, name in ipairs(names(axes)) do scales[i] = group .. "/" .. name end
  write_field(file, group, signal, scales)
  file:attribute(group, "signal", signal.name)
  if #axes > 0 then file:attribute(group, "axes", names(axes)) end
  for i, axis in ipairs(axes) do file:attribute(group, axis.name .. "_indices", i - 1) end
  if options.title then file:write(group .. "/title", options.title) end
end

return M
