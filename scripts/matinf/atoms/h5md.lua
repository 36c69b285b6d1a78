-- H5MD 1.1 trajectories (HDF5): structures with the same atoms, frame by frame.
--
-- Written are position, box, species (atomic numbers), and where all structures have them velocity,
-- force, mass, charge, the potential energy and the stress, with units (Å, eV, fs, u, e). info and
-- arrays have no place in H5MD and are not written.

local e = require "matinf.error"
local structure = require "matinf.atoms.structure"

local M = {}

local elements = { { "velocity", "velocities", "Angstrom fs-1" }, { "force", "forces",
  "eV Angstrom-1" } }
local fixed = { { "mass", "masses", "u" }, { "charge", "charges", "e" } }

-- ---- writing ------------------------------------------------------------------------------------

local function check_same(list)
  for i, s in ipairs(list) do
    if not s.numbers:equal(list[1].numbers) then
      e.fail("argument", "atoms.write: structure %d has other atoms than the first: H5MD holds "
        .. "trajectories of the same atoms (extended XYZ takes any)", i)
    end
    for k = 1, 3 do
      if s.periodic[k] ~= list[1].periodic[k] then
        e.fail("argument", "atoms.write: structure %d is periodic along other vectors", i)
      end
    end
  end
end

-- Whether all have the field; some is an error.
local function all_have(list, field)
  local first = list[1][field] ~= nil
  for i, s in ipairs(list) do
    if (s[field] ~= nil) ~= first then
      e.fail("argument", "atoms.write: structure %d %s %s, the first %s", i,
        first and "has no" or "has", field, first and "has" or "has not")
    end
  end
  return first
end

local function stacked(list, field)
  local values = {}
  for i, s in ipairs(list) do values[i] = s[field] end
  return require "matinf".array.stack(values)
end

-- A time-dependent element: value and step (the same step for all, by a link).
local function write_element(file, path, value, unit)
  file:write(path .. "/value", value, { attributes = { unit = unit } })
  if path ~= "particles/all/position" then
    file:link("particles/all/position/step", path .. "/step")
  end
end

local function write_head(file)
  local m = require "matinf"
  file:group "h5md"
  file:attribute("h5md", "version", m.array({ 1, 1 }, { dtype = "i32" }))
  file:group "h5md/author"
  file:attribute("h5md/author", "name", "matinf")
  file:group "h5md/creator"
  file:attribute("h5md/creator", "name", "matinf")
  file:attribute("h5md/creator", "version", m.version)
  file:group "h5md/modules/units"
  file:attribute("h5md/modules/units", "version", m.array({ 1, 0 }, { dtype = "i32" }))
end

local function write_box(file, list)
  local boundary, first = {}, list[1]
  for k = 1, 3 do boundary[k] = first.periodic[k] and "periodic" or "none" end
  local box = "particles/all/box"
  file:group(box)
  file:attribute(box, "dimension", 3)
  file:attribute(box, "boundary", boundary)
  write_element(file, box .. "/edges", stacked(list, "cell"), "Angstrom")
end

local function write_all(file, list)
  local m, all = require "matinf", "particles/all/"
  write_head(file)
  local steps = m.array.arange(0, #list - 1, 1, { dtype = "i64" })
  file:write(all .. "position/step", steps)
  write_element(file, all .. "position", stacked(list, "positions"), "Angstrom")
  write_box(file, list)
  file:write(all .. "species", list[1].numbers)
  for _, element in ipairs(elements) do
    if all_have(list, element[2]) then
      write_element(file, all .. element[1], stacked(list, element[2]), element[3])
    end
  end
  for _, element in ipairs(fixed) do
    if all_have(list, element[2]) then
      write_element(file, all .. element[1], stacked(list, element[2]), element[3])
    end
  end
  if all_have(list, "energy") then
    local energies = {}
    for i, s in ipairs(list) do energies[i] = s.energy end
    write_element(file, "observables/potential_energy", m.array(energies), "eV")
  end
  if all_have(list, "stress") then
    write_element(file, "observables/stress", stacked(list, "stress"), "eV Angstrom-3")
  end
end

function M.write(path, list)
  local c = require "matinf.c.hdf5"
  check_same(list)
  local partial = ("%s.%s.partial"):format(path, tostring({}):match "0x(%x+)")
  local ok, err = pcall(function()
    local file <close> = c.open(partial, "w")
    write_all(file, list)
    file:close()
    c.commit(partial, path)
  end)
  if ok then return end
  os.remove(partial)
  error(err, 0)
end

-- ---- reading ------------------------------------------------------------------------------------

local function missing(path, what) e.at(path, nil, nil, "no %s: not an H5MD trajectory", what) end

-- The path of the first group of particles.
local function particles_of(file, path)
  if file:exists "particles" ~= "group" then missing(path, "group /particles") end
  local name = file:list "particles"[1]
  if not name then missing(path, "group in /particles") end
  return "particles/" .. name .. "/"
end

-- One frame of a time-dependent element, or a value that is the same for all; nil without.
local function value_at(file, path, frame)
  local kind = file:exists(path)
  if kind == "dataset" then return file:read(path) end
  if kind ~= "group" or file:exists(path .. "/value") ~= "dataset" then return nil end
  local rank = #file:info(path .. "/value").shape
  local slice = { frame }
  for k = 2, rank do slice[k] = {} end
  return file:read(path .. "/value", slice)
end

local function as(value, path, name, ...)
  if value == nil then return nil end
  local array = require "matinf".array.from(value, { dtype = "f64" })
  local shape = { ... }
  local right = array.ndim == #shape
  for k, n in ipairs(shape) do right = right and array.shape[k] == n end
  if not right then e.at(path, nil, nil, "%s: unexpected shape", name) end
  return array:copy()
end

local function cell_at(file, group, path, frame)
  local m = require "matinf"
  local boundary = file:exists(group .. "box") and file:attribute(group .. "box", "boundary") or {}
  local periodic = {}
  for k = 1, 3 do periodic[k] = boundary[k] == "periodic" end
  local edges = value_at(file, group .. "box/edges", frame)
  if edges == nil then return m.array.zeros(3, 3), { false, false, false } end
  edges = m.array.from(edges, { dtype = "f64" })
  if edges.ndim == 1 and #edges == 3 then edges = m.array.diag(edges) end
  return as(edges, path, "box/edges", 3, 3), periodic
end

local function read_frame(file, path, group, frame)
  local raw = { file = path, frame = frame, info = {}, arrays = {} }
  local x = value_at(file, group .. "position", frame)
  local n = x.shape[1]
  raw.positions = as(x, path, "position", n, 3)
  raw.cell, raw.periodic = cell_at(file, group, path, frame)
  local numbers = value_at(file, group .. "species", frame)
  raw.numbers = numbers and numbers:astype "i32" or require "matinf".array.zeros(n):astype "i32"
  if #raw.numbers ~= n then e.at(path, nil, nil, "species: %d values expected", n) end
  for _, element in ipairs(elements) do
    raw[element[2]] = as(value_at(file, group .. element[1], frame), path, element[1], n, 3)
  end
  for _, element in ipairs(fixed) do
    raw[element[2]] = as(value_at(file, group .. element[1], frame), path, element[1], n)
  end
  raw.energy = value_at(file, "observables/potential_energy", frame)
  raw.stress = as(value_at(file, "observables/stress", frame), path, "stress", 3, 3)
  return raw
end

function M.read(path, options, first, last, step)
  local file <close> = require "matinf".hdf5.open(path)
  local group, list = particles_of(file, path), {}
  local name = group .. "position/value"
  local shape = file:exists(name) and file:info(name).shape
  if not shape or #shape ~= 3 then missing(path, "position/value [frames x atoms x 3]") end
  for frame = first, math.min(last, shape[1]), step do
    list[#list + 1] = structure.finish(read_frame(file, path, group, frame), options)
  end
  return list
end

return M
