-- Files of structures: which format a file has, and what all formats share.

local c = require "matinf.c.atoms"
local e = require "matinf.error"

local M = {}

-- Formats by name: patterns of file names (in lower case, without .gz) and of the first lines.
local formats = {
  { name = "extxyz", files = { "%.xyz$", "%.extxyz$" }, text = "^%s*%d+%s*\n" },
  { name = "n2p2", files = { "^input%.data$", "%.n2p2$" }, text = "^%s*begin%s*\n" },
  { name = "poscar", files = { "poscar", "contcar", "%.vasp$" }, text = "^[^\n]*\n%s*%-?[%d.]+%s*\n"
    .. "%s*%-?[%d.]+%s+%-?[%d.]+%s+%-?[%d.]+%s*\n" },
  { name = "xdatcar", files = { "xdatcar" } },
  { name = "outcar", files = { "outcar" }, text = "^%s*vasp%.%d" },
  { name = "vasprun", files = { "vasprun.*%.xml$" }, text = "<modeling>" },
  { name = "qe", files = { "%.pwo$" }, text = "Program PWSCF" },
  { name = "cp2k", files = {}, text = "CP2K|" },
  { name = "ml_ab", files = { "^ml_ab" }, text = "^%s*%S+%s+Version" },
  { name = "lammps_dump", files = { "%.lammpstrj$", "%.dump$" }, text = "^ITEM:" },
  { name = "lammps_data", files = { "%.lmp$", "%.data$", "^data%." },
    text = "\n%s*%d+%s+atom types" },
  { name = "cif", files = { "%.cif$" }, text = "%f[^\n%z]data_" },
  { name = "h5md", files = { "%.h5$", "%.h5md$" } },
}

local readers = {}
for _, format in ipairs(formats) do readers[format.name] = format end

local function names()
  local list = {}
  for _, format in ipairs(formats) do list[#list + 1] = format.name end
  return list
end

-- The start of a file, for those whose name says nothing.
local function head_of(file)
  local text = c.read_text(file)
  return text:sub(1, 4096)
end

local function by_name(file)
  local name = file:match "[^/]*$":lower():gsub("%.gz$", "")
  for _, format in ipairs(formats) do
    for _, pattern in ipairs(format.files) do
      if name:find(pattern) then return format.name end
    end
  end
end

local function by_text(file)
  local head = head_of(file)
  for _, format in ipairs(formats) do
    if format.text and head:find(format.text) then return format.name end
  end
  e.at(file, nil, nil, "no known format; the option format says which of %s it is",
    table.concat(names(), ", "))
end

local function check_format(format, called)
  if format ~= nil and not readers[format] then
    e.argument("format", called, "one of " .. table.concat(names(), ", "), format)
  end
end

-- options.frames: a number, or { first, last, step }; negative ones count from the end.
local function frame_range(frames)
  if frames == nil then return 1, math.maxinteger, 1 end
  if math.type(frames) == "integer" and frames ~= 0 then frames = { frames, frames } end
  local first, last, step = 1, math.maxinteger, 1
  if type(frames) == "table" then
    first, last, step = frames[1] or 1, frames[2] or math.maxinteger, frames[3] or 1
  else
    first = nil
  end
  for _, value in ipairs { first or false, last, step } do
    if math.type(value) ~= "integer" or value < 1 then
      e.argument("frames", "atoms.read", "a positive integer or { first, last, step }", frames)
    end
  end
  return first, last, step
end

local read_options = { "format", "frames", "energy", "forces", "stress", "require", "species" }

local function check_label_options(o)
  for _, name in ipairs { "energy", "forces" } do
    if o[name] ~= nil and type(o[name]) ~= "string" then
      e.argument(name, "atoms.read", "the name of a label", o[name])
    end
  end
  if o.require ~= nil and type(o.require) ~= "table" then
    e.argument("require", "atoms.read", "list of labels", o.require)
  end
  for _, label in ipairs(o.require or {}) do
    local known = { "energy", "forces", "stress", "velocities", "charges", "masses" }
    local found = false
    for _, name in ipairs(known) do found = found or name == label end
    if not found then
      e.argument("require", "atoms.read", "labels among " .. table.concat(known, ", "), label)
    end
  end
end

local function check_path(file, called)
  if type(file) ~= "string" or file == "" or file:find("\0", 1, true) then
    e.argument("file", called, "path", file)
  end
end

--- Reads all structures of a file, or those that options.frames selects.
function M.read(file, options)
  check_path(file, "atoms.read")
  local o = e.options(options, "atoms.read", read_options)
  check_format(o.format, "atoms.read")
  check_label_options(o)
  local first, last, step = frame_range(o.frames)
  local format = o.format or by_name(file) or by_text(file)
  local list = require("matinf.atoms." .. format).read(file, o, first, last, step)
  if #list == 0 then
    e.at(file, nil, nil, "no structure was found%s",
      first > 1 and (" from frame %d on"):format(first) or "")
  end
  return list
end

-- ---- writing ------------------------------------------------------------------------------------

local function structures_from(value)
  local class = require "matinf.atoms.structure".Structure
  if getmetatable(value) == class then return { value } end
  local expected = "a structure or a list of structures"
  if type(value) ~= "table" or #value == 0 then
    e.argument("structures", "atoms.write", expected, value)
  end
  for _, s in ipairs(value) do
    if getmetatable(s) ~= class then e.argument("structures", "atoms.write", expected, s) end
    c.check(s)
  end
  return value
end

--- Writes structures to a file, whole or not at all; compressed when its name ends in .gz.
function M.write(file, structures, options)
  check_path(file, "atoms.write")
  local o = e.options(options, "atoms.write", { "format", "decimals" })
  check_format(o.format, "atoms.write")
  if o.decimals ~= nil and (math.type(o.decimals) ~= "integer" or o.decimals < 0
    or o.decimals > 17) then
    e.argument("decimals", "atoms.write", "integer from 0 to 17", o.decimals)
  end
  local format = o.format or by_name(file)
  local module = format and require("matinf.atoms." .. format)
  if not module or not (module.text or module.write) then
    e.fail("argument", "atoms.write: %s; the option format says which to write",
      format and ("files of the format %s are only read"):format(format)
      or ("the name '%s' is of no known format"):format(file))
  end
  local list = structures_from(structures)
  if module.write then return module.write(file, list, o) end
  local text = module.text(list, o)
  if file:lower():find "%.gz$" then text = c.gzip(text) end
  require "matinf".sys.write_atomic(file, text)
end

return M
