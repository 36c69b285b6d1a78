-- Spectra as NeXus: NXdata found from the root, with what NXmpes says of the energy and the beam.
--
--   entry (NXentry, definition NXmpes)
--     data (NXdata)  data over energy; energy has units and type ("binding" or "kinetic")
--     instrument/beam_probe/incident_energy, instrument/detector: dwell time, scans

local e = require "matinf.error"

local M = {}

local BEAM = "entry/instrument/beam_probe"
local DETECTOR = "entry/instrument/detector"

-- ---- writing ------------------------------------------------------------------------------------

local function optional(file, name, value, units)
  if value then file:write(name, value, units and { units = units } or nil) end
end

--- Writes a spectrum as the default data of a new HDF5 file.
function M.write(path, s)
  local hdf5, spectrum = require "matinf".hdf5, require "matinf.spectra.spectrum".Spectrum
  if type(path) ~= "string" then e.argument("path", "spectra.write_nexus", "path", path) end
  if getmetatable(s) ~= spectrum then
    e.argument("spectrum", "spectra.write_nexus", "spectra.Spectrum", s)
  end
  local file <close> = hdf5.open(path, "w")
  local noise = s.counts_per and (s.y:clip(0, math.huge) / s.counts_per):sqrt() or nil
  hdf5.nxdata(file, "entry/data", {
    signal = { name = "data", values = s.y, units = s.y_unit ~= "" and s.y_unit or nil,
      errors = noise },
    axes = { { name = "energy", values = s.x, units = s.x_unit } },
    title = s.block or s.sample })
  file:attribute("entry/data/energy", "type", s.energy)
  file:write("entry/definition", "NXmpes")
  optional(file, BEAM .. "/incident_energy", s.hv, "eV")
  optional(file, DETECTOR .. "/dwell_time", s.dwell, "s")
  optional(file, DETECTOR .. "/scans", s.scans)
  optional(file, DETECTOR .. "/counts_per", s.counts_per)
  optional(file, "entry/sample/name", s.sample)
end

-- ---- reading ------------------------------------------------------------------------------------

local function attribute(file, name, key)
  local ok, value = pcall(file.attribute, file, name, key)
  return ok and value or nil
end

-- The group that NeXus readers plot: along the attributes `default` from the root.
local function default_group(file, path)
  local group = ""
  for _ = 1, 8 do
    local place = group == "" and "/" or group
    if attribute(file, place, "signal") then return group end
    local next_one = attribute(file, place, "default")
    if type(next_one) ~= "string" then break end
    group = group == "" and next_one or group .. "/" .. next_one
  end
  for _, group_ in ipairs { "entry/data", "data", "entry1/data" } do
    if attribute(file, group_, "signal") then return group_ end
  end
  e.at(path, nil, nil, "no NXdata is found from the root by the attributes 'default'")
end

local function known(file, name)
  if not file:exists(name) then return nil end
  local value = file:read(name)
  if type(value) == "userdata" then value = #value > 0 and value[1] or nil end
  return value
end

local function axis_of(file, group, path)
  local axes = attribute(file, group, "axes")
  if type(axes) == "table" then axes = #axes == 1 and axes[1] or nil end
  if type(axes) ~= "string" or not file:exists(group .. "/" .. axes) then
    e.at(path, nil, nil, "%s: one axis with its values expected", group)
  end
  return group .. "/" .. axes, axes
end

local function kind_of(file, axis, name)
  local text = ((attribute(file, axis, "type") or "") .. " " .. name):lower()
  return text:find "binding" and "binding" or text:find "kinetic" and "kinetic" or "other"
end

--- The default data of a NeXus file as a region: see spectra/instrument.lua.
function M.region(path)
  local file <close> = require "matinf".hdf5.open(path)
  local group = default_group(file, path)
  local signal = attribute(file, group, "signal")
  local name = group .. "/" .. tostring(signal)
  if not file:exists(name) then e.at(path, nil, nil, "the signal %s is missing", name) end
  local axis, axis_name = axis_of(file, group, path)
  local y, x = file:read(name), file:read(axis)
  if type(y) ~= "userdata" or type(x) ~= "userdata" or #y.shape ~= 1 or #x.shape ~= 1 then
    e.at(path, nil, nil, "%s: a spectrum (one dimension) expected; spectra.open_stack reads maps",
      name)
  end
  local unit = attribute(file, name, "units") or ""
  local entry = group:match "^([^/]+)/" or "entry"
  local counts = known(file, entry .. "/instrument/detector/counts_per")
  local hv = known(file, entry .. "/instrument/beam_probe/incident_energy")
  return { x = x, y = y, energy = kind_of(file, axis, axis_name), y_unit = unit,
    counts_per = counts or unit == "counts" and 1 or nil, hv = hv,
    dwell = known(file, entry .. "/instrument/detector/dwell_time"),
    scans = known(file, entry .. "/instrument/detector/scans"),
    sample = known(file, entry .. "/sample/name"), x_unit = attribute(file, axis, "units"),
    block = known(file, group .. "/title") or group }
end

-- ---- maps ---------------------------------------------------------------------------------------

-- The name of the signal, and its axes as their datasets (false where there is none), by NXdata.
local function default_signal(file, path)
  local group = default_group(file, path)
  local name = group .. "/" .. attribute(file, group, "signal")
  local axes = attribute(file, group, "axes")
  if type(axes) ~= "table" then axes = { axes } end
  for i = 1, #axes do
    local axis = group .. "/" .. tostring(axes[i])
    axes[i] = file:exists(axis) == "dataset" and axis or false
  end
  return name, axes
end

local function dataset_info(file, path, name)
  if file:exists(name) ~= "dataset" then
    e.at(path, nil, nil, "there is no dataset '%s'", name)
  end
  return file:info(name)
end

-- What is drawn along rows or columns of a map: the values of an axis, or numbers.
local function map_axis(file, axis, label, n)
  local values = axis and file:read(axis)
  local good = type(values) == "userdata" and #values.shape == 1 and #values == n
  return { label = good and axis:match "[^/]+$" or label,
    unit = good and attribute(file, axis, "units") or nil,
    values = good and values:astype "f64" or require "matinf".array.arange(n) }
end

--- The spectra of a file, one dataset [rows x columns x n] or [count x n], as fields of a Stack.
--- data and axis: names of the datasets, else those of the default NXdata.
function M.stack(file, path, data, axis)
  local axes = {}
  if not data then data, axes = default_signal(file, path) end
  local shape = dataset_info(file, path, data).shape
  local ndim = #shape
  if ndim ~= 2 and ndim ~= 3 then
    e.at(path, nil, nil, "%s: [rows x columns x energies] or [spectra x energies] expected, got %d "
      .. "dimension%s", data, ndim, ndim == 1 and "" or "s")
  end
  axis = axis or axes[ndim]
  if not axis then
    e.at(path, nil, nil, "%s: no axis of energies is given by the attribute 'axes': name its "
      .. "dataset (option axis)", data)
  end
  local energies = dataset_info(file, path, axis).shape
  if #energies ~= 1 or energies[1] ~= shape[ndim] then
    e.at(path, nil, nil, "%s: %d energies expected, as the last dimension of %s has", axis,
      shape[ndim], data)
  end
  local rows, columns = ndim == 3 and shape[1] or 1, shape[ndim - 1]
  local unit = attribute(file, data, "units")
  return { data = data, x = file:read(axis):astype "f64", rows = rows, columns = columns,
    axes = { map_axis(file, ndim == 3 and axes[1], "Row", rows),
      map_axis(file, axes[ndim - 1], "Column", columns) },
    energy = kind_of(file, axis, axis:match "[^/]+$"), x_unit = attribute(file, axis, "units"),
    y_unit = unit, counts_per = unit == "counts" and 1 or nil }
end

return M
