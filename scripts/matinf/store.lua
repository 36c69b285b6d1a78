-- Values that can be stored: a tree of arrays, numbers, strings, booleans, lists and maps.
--
-- A result type is a class: `local Fit = store.class("gmm.Fit", { optional fields })` makes a
-- metatable whose instances are plain tables of storable fields. to_store(value) turns instances
-- into plain tables with a `class` field; from_store(tree) turns them back, loading the module
-- named before the dot. A class may define its own Fit.to_store(self) and Fit.from_store(tree).
--
-- write(path, value) and read(path) keep such a tree in an HDF5 file that h5py users read with
-- ease, and that gives back what was written, bit by bit; equal values make equal files.
--   a map       is a group; its numbers, strings and booleans are attributes (h5py: int, float,
--               str, bool), its arrays datasets, its class the attribute `class`
--   a list      is a dataset of one dimension when all elements are integers, floats, strings or
--               booleans, else a group with members "1", "2", ...; matinf_type = "list" marks both
--   bytes       (strings that are not UTF-8 or hold zeros) are u8 datasets marked "bytes"
--   the whole   is /entry, or /entry/data when it is an instance or no map at all
-- A class that says `nxdata = { signal = "y", axes = {"x"}, units = {x = "eV"}, errors = {y =
-- "sigma"} }` (or a method returning that) makes NXdata groups; the first of them is what NeXus
-- readers plot, found from the root by the attributes `default`. Fields of a field have their units
-- in a table, units = { errors = { y = "counts" } }, and stand in a path, errors = { y = "errors/y" }.
-- Without a signal there is nothing to plot: units alone.

local e = require "matinf.error"

local MOST_LEVELS = 64 -- HDF5 looks a path up from its root: depth costs its cube

local M = { classes = {} }

-- A method as users may call it: fit.table() for fit:table() gets a clear refusal.
local function guarded(class, key, method)
  return function(self, ...)
    if getmetatable(self) ~= class then
      local called = class.__name .. ":" .. key
      e.argument("self", called, ("%s (write value:%s(...))"):format(class.__name, key), self)
    end
    return method(self, ...)
  end
end

local function add_method(class, key, value)
  local is_method = type(value) == "function" and not key:find "^__" and key ~= "from_store"
  rawset(class, key, is_method and guarded(class, key, value) or value)
end

--- A new class: methods are its fields; instances are made with setmetatable(fields, class).
function M.class(name, class)
  class = class or {}
  class.__index = class
  class.__name = name
  M.classes[name] = class
  return setmetatable(class, { __newindex = add_method })
end

-- The class of an instance, or nil.
local function class_of(value)
  local class = getmetatable(value)
  if type(class) == "table" and M.classes[class.__name] == class then return class end
end

local function fields_of(value, class)
  return class and class.to_store and class.to_store(value) or value
end

function M.to_store(value)
  if type(value) ~= "table" then return value end
  local class = class_of(value)
  local tree = {}
  for key, field in pairs(fields_of(value, class)) do tree[key] = M.to_store(field) end
  tree.class = class and class.__name or tree.class
  return tree
end

-- "module.Class", when that is what the field `class` says (a crystal class is just text).
local function class_name(tree)
  return type(tree.class) == "string" and tree.class:match "^[%a_][%w_]*%.[%a_][%w_]*$"
end

function M.from_store(tree)
  if type(tree) ~= "table" then return tree end
  local value = {}
  for key, field in pairs(tree) do
    value[key] = M.from_store(field)
  end
  local name = class_name(tree)
  if not name then return value end
  value.class = nil
  local _ = M.classes[name] or require "matinf"[name:match "^[^.]+"] -- defines the class
  local class = M.classes[name]
  if not class then require "matinf.error".fail("data", "no class is called '%s'", name) end
  if class.from_store then return class.from_store(value) end
  return setmetatable(value, class)
end

-- ---- names -------------------------------------------------------------------------------------

-- Keys as names of links: HDF5 takes all but "", "." and "/" (and ".." would confuse a reader).
local function encode(key)
  if key == "" then return "%" end
  if key == "." or key == ".." then return (key:gsub("%.", "%%2E")) end
  return (key:gsub("[%%/%z]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function decode(name)
  if name == "%" then return "" end
  return (name:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local nexus_attributes = { NX_class = true, default = true, signal = true, axes = true }

-- Attributes that are not fields: those of NeXus and our marks. Fields so called are datasets.
local function reserved(key)
  return nexus_attributes[key] or key:find "^matinf_" or key:find "_indices$"
end

-- ---- writing -----------------------------------------------------------------------------------

local c -- matinf.c.hdf5, loaded on first use
local Writer = {}
Writer.__index = Writer

local function refuse(place, what)
  if place == "" then place = "value" end
  require "matinf.error".fail("argument", "cannot store '%s': %s", place, what)
end

local function is_text(value)
  return type(value) == "string" and utf8.len(value) and not value:find("\0", 1, true)
end

-- What a value is in the file.
local function kind_of(value)
  local kind = math.type(value) or type(value)
  if kind == "string" and not is_text(value) then return "bytes" end
  if kind == "userdata" and c.rank(value) then return "array" end
  return kind
end

local simple = { integer = true, float = true, string = true, boolean = true }

-- Number of elements when the keys are 1..n, and whether they are all of one simple kind.
local function list_length(value)
  local count = 0
  for key in pairs(value) do
    if math.type(key) ~= "integer" then return nil end
    count = count + 1
  end
  return count > 0 and count == #value and count or nil
end

local function uniform_list(value)
  local first = kind_of(value[1])
  for i = 2, #value do
    if kind_of(value[i]) ~= first then return false end
  end
  return simple[first]
end

local function sorted_keys(value, place)
  local keys = {}
  for key in pairs(value) do
    if type(key) ~= "string" then
      refuse(place, ("key %s: text keys, or 1 to n, expected"):format(tostring(key)))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function child_place(place, key)
  return place == "" and key or place .. "." .. key
end

function Writer:list(path, value, place)
  if uniform_list(value) then
    self.file:write(path, value, { attributes = { matinf_type = "list" } })
    return
  end
  self.file:group(path)
  self.file:attribute(path, "matinf_type", "list")
  for i, element in ipairs(value) do
    self:value(path .. "/" .. i, element, ("%s[%d]"):format(place, i))
  end
end

-- The datasets of the axes, when they are there and as many as the array has dimensions.
function Writer:scales(path, array, axes)
  local scales = {}
  for i, axis in ipairs(axes or {}) do
    scales[i] = path .. "/" .. axis
    if self.file:exists(scales[i]) ~= "dataset" then return nil end
  end
  return c.rank(array) == #scales and scales
end

-- Attributes of the group first, then what has a place of its own; scales before what they scale.
function Writer:map(path, value, place, nexus)
  local units, first = nexus.units or {}, {}
  for _, axis in ipairs(nexus.axes or {}) do first[axis] = true end
  self.file:group(path)
  local keys = sorted_keys(value, place)
  for pass = 1, 3 do
    for _, key in ipairs(keys) do
      local field = value[key]
      local attribute = simple[kind_of(field)] and not reserved(key) and not units[key]
        and not (nexus.signal and key == "title") -- NeXus has it as a dataset
      if pass == (attribute and 1 or first[key] and 2 or 3) then
        if attribute then self.file:attribute(path, encode(key), field)
        else
          local scales = key == nexus.signal and self:scales(path, field, nexus.axes)
          self:value(path .. "/" .. encode(key), field, child_place(place, key), scales or nil)
        end
      end
    end
  end
end

-- Gives the datasets below path their units.
function Writer:units(path, units)
  for _, field in ipairs(sorted_keys(units, path)) do -- the order shows in the file
    local name, unit = path .. "/" .. encode(field), units[field]
    if type(unit) == "table" then self:units(name, unit)
    elseif self.file:exists(name) == "dataset" then self.file:attribute(name, "units", unit) end
  end
end

-- Turns the group at path into an NXdata group.
function Writer:nxdata(path, nexus)
  local file, axes = self.file, nexus.axes or {}
  local linked = {}
  for field, errors in pairs(nexus.errors or {}) do
    local there = file:exists(path .. "/" .. errors)
    if there and errors ~= field .. "_errors" then linked[#linked + 1] = field end
  end
  table.sort(linked)
  for _, field in ipairs(linked) do
    file:link(path .. "/" .. nexus.errors[field], path .. "/" .. field .. "_errors")
  end
  if #linked > 0 then file:attribute(path, "matinf_linked", linked) end
  file:attribute(path, "signal", nexus.signal)
  if #axes > 0 then file:attribute(path, "axes", axes) end
  for i, axis in ipairs(axes) do file:attribute(path, axis .. "_indices", i - 1) end
  self.default = self.default or path
end

function Writer:table(path, value, place)
  if self.open[value] then refuse(place, "it contains itself") end
  self.open[value] = true
  self.level = self.level + 1
  if self.level > MOST_LEVELS then
    refuse(place:sub(1, 40) .. "...", ("at most %d levels expected"):format(MOST_LEVELS))
  end
  local class = class_of(value)
  local fields = fields_of(value, class)
  if not class and list_length(fields) then
    self:list(path, fields, place)
  else
    local nexus = class and class.nxdata
    if type(nexus) == "function" then nexus = nexus(value) end
    nexus = nexus or {}
    local plotted = nexus.signal and fields[nexus.signal] ~= nil
    if nexus.signal and not plotted then nexus = {} end -- nothing to plot in this one
    self:map(path, fields, place, nexus)
    if class then self.file:attribute(path, "class", class.__name) end
    self:units(path, nexus.units or {})
    if plotted then self:nxdata(path, nexus) end
    self.file:attribute(path, "NX_class", plotted and "NXdata" or "NXcollection")
  end
  self.open[value] = nil
  self.level = self.level - 1
end

function Writer:value(path, value, place, scales)
  local kind = kind_of(value)
  if kind == "table" then
    self:table(path, value, place)
  elseif simple[kind] then
    self.file:write(path, value)
  elseif kind == "array" then
    local mark = c.rank(value) == 0 and { matinf_type = "array" } or nil
    self.file:write(path, value, { attributes = mark, scales = scales })
  elseif kind == "bytes" then
    self.file:write(path, value, { bytes = true, attributes = { matinf_type = "bytes" } })
  else
    refuse(place, "a " .. kind)
  end
end

-- The groups from the root to the default plot name each other.
function Writer:mark_default()
  local parent = "/"
  for child in (self.default or "/entry"):gmatch "[^/]+" do
    self.file:attribute(parent, "default", child)
    parent = parent .. child .. "/"
  end
end

local function write_tree(file, value)
  local writer = setmetatable({ file = file, open = {}, level = 0 }, Writer)
  local map = type(value) == "table" and not class_of(value) and not list_length(value)
  file:attribute("/", "NX_class", "NXroot")
  file:attribute("/", "matinf_value", map and "/entry" or "/entry/data")
  file:group "/entry"
  writer:value(map and "/entry" or "/entry/data", value, "")
  file:attribute("/entry", "NX_class", "NXentry")
  writer:mark_default()
end

local function temporary(path)
  return ("%s.%s%x.partial"):format(path, tostring({}):match "0x(%x+)", os.time())
end

local function write_whole(partial, path, value)
  local file <close> = c.open(partial, "w")
  write_tree(file, value)
  file:close()
  c.commit(partial, path)
end

--- Writes a value to an HDF5 file, whole or not at all.
function M.write(path, value)
  c = require "matinf.c.hdf5"
  if type(path) ~= "string" or path == "" then
    require "matinf.error".argument("path", "store.write", "path", path)
  end
  local partial = temporary(path)
  local ok, err = pcall(write_whole, partial, path, value)
  if ok then return end
  os.remove(partial)
  if type(err) ~= "table" then error(err, 0) end -- out of memory
  local reason = err.message:match "errno = %d+, error message = '([^']+)'" -- of the system
  if reason then err.message = ("cannot write '%s': %s"):format(path, reason) end
  local at, past = err.message:find(partial, 1, true)
  if at then err.message = err.message:sub(1, at - 1) .. path .. err.message:sub(past + 1) end
  error(err, 0)
end

-- ---- reading -----------------------------------------------------------------------------------

local read_object

local function read_list(file, path, level)
  local value = {}
  for i = 1, #file:list(path) do value[i] = read_object(file, path .. "/" .. i, level) end
  return value
end

local function read_map(file, path, attributes, level)
  local value, linked = {}, {}
  for _, name in ipairs(attributes.matinf_linked or {}) do linked[name .. "_errors"] = true end
  for name, field in pairs(attributes) do
    if not reserved(name) then value[decode(name)] = field end
  end
  for _, name in ipairs(file:list(path)) do
    if not linked[name] then value[decode(name)] = read_object(file, path .. "/" .. name, level) end
  end
  return value
end

-- A group may be linked into itself: `level` counts.
function read_object(file, path, level)
  if level > MOST_LEVELS + 2 then
    require "matinf.error".fail("data", "'%s...' is nested endlessly", path:sub(1, 40))
  end
  local attributes = file:attributes(path)
  local mark = attributes.matinf_type
  if file:exists(path) == "group" then
    if mark == "list" then return read_list(file, path, level + 1) end
    return read_map(file, path, attributes, level + 1)
  end
  return file:read(path, nil, { as = mark })
end

--- Reads what store.write wrote, or only one field of a stored map; instances come back as
--- instances.
function M.read(path, field)
  local file <close> = require "matinf.hdf5".open(path)
  local where = file:attribute("/", "matinf_value")
  if not where then
    require "matinf.error".at(path, nil, nil, "no stored value: m.hdf5.open reads other HDF5 files")
  end
  if field then where = where .. "/" .. encode(field) end
  return M.from_store(read_object(file, where, 0))
end

return M
