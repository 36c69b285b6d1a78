-- Extended XYZ files: what the names in them mean. The grammar is core/atoms/extxyz.c's.

local c = require "matinf.c.atoms"
local e = require "matinf.error"
local labels = require "matinf.atoms.labels"
local structure = require "matinf.atoms.structure"

local M = {}

-- Names of columns that are fields of a structure.
local columns = { velocities = { "velocities", "velo" }, masses = { "masses", "mass" },
  charges = { "charges", "charge" } }

local function take(map, ...)
  for _, name in ipairs { ... } do
    local value = map[name]
    if value ~= nil then
      map[name] = nil
      return value
    end
  end
end

-- ---- reading ------------------------------------------------------------------------------------

local function cell_from(raw)
  local lattice = take(raw.info, "Lattice")
  local flat = e.is_a(lattice, "matinf.array") and lattice:astype "f64"
  if lattice == nil then return require "matinf".array.zeros(3, 3), false end
  if not flat or flat.size ~= 9 then labels.fail(raw, "Lattice: 9 numbers expected") end
  return flat:reshape { 3, 3 }, true
end

local function is_true(value) return value == true or value == 1 end

local function periodic_from(raw, has_cell)
  local pbc = take(raw.info, "pbc")
  if pbc == nil then return { has_cell, has_cell, has_cell } end
  if type(pbc) == "boolean" then return { pbc, pbc, pbc } end
  if type(pbc) ~= "table" and not e.is_a(pbc, "matinf.array") or #pbc ~= 3 then
    labels.fail(raw, 'pbc: 3 of T and F expected, such as "T T F"')
  end
  return { is_true(pbc[1]), is_true(pbc[2]), is_true(pbc[3]) }
end

-- A plain XYZ file: the second line is words. "CUB L" is a cube of that edge, as RMC codes write.
local function comment_from(raw)
  local edge = tonumber(raw.comment:match "^%s*CUB%s+([%d.]+)%s*$")
  if edge then
    raw.info.Lattice = require "matinf".array { edge, 0, 0, 0, edge, 0, 0, 0, edge }
  elseif raw.comment:find "%S" then
    raw.info.comment = raw.comment:match "^%s*(.-)%s*$"
  end
  raw.comment = nil
end

-- Atomic numbers where the file has no symbols.
local function numbers_from(raw)
  local numbers = take(raw.arrays, "Z", "numbers", "species")
  if numbers == nil then labels.fail(raw, "Properties: a column species or Z expected") end
  return numbers:astype "i32"
end

local function positions_from(raw)
  local positions = take(raw.arrays, "pos", "positions")
  if not e.is_a(positions, "matinf.array") or positions.ndim ~= 2 or positions.shape[2] ~= 3
    or positions.dtype ~= "f64" then
    labels.fail(raw, "Properties: a column pos:R:3 expected")
  end
  return positions
end

local function finish(raw, file, options)
  local n = raw.n
  raw.file, raw.atoms_line = file, raw.line + 2
  raw.n, raw.declared = nil, nil
  if raw.comment then comment_from(raw) end
  raw.positions = positions_from(raw)
  raw.numbers = raw.numbers or numbers_from(raw)
  local has_cell
  raw.cell, has_cell = cell_from(raw)
  raw.periodic = periodic_from(raw, has_cell)
  for field, names in pairs(columns) do
    local value = take(raw.arrays, table.unpack(names))
    local right = e.is_a(value, "matinf.array") and value.dtype ~= "u8"
      and value.size == (field == "velocities" and 3 * n or n)
    if value ~= nil and not right then labels.fail(raw, "%s: numbers expected", names[1]) end
    raw[field] = value and value:astype "f64"
  end
  return structure.finish(raw, options)
end

--- The frames first, first + step, ... last of a file.
function M.read(file, options, first, last, step)
  local list = c.read_extxyz(file, first, last, step)
  for i, raw in ipairs(list) do list[i] = finish(raw, file, options) end
  return list
end

-- ---- writing ------------------------------------------------------------------------------------

local plain = "^[%w_.+%-/:;@#$%%&*^~!?|()<>']+$"

local function number_text(value, decimals)
  return c.format(1, math.type(value) == "integer" and -1 or decimals,
    require "matinf".array.full({ 1 }, value, { dtype = math.type(value) == "integer" and "i64"
      or "f64" })):sub(1, -2)
end

local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
end

-- A real keeps its point, so that it is read as one.
local function real(text) return text:find "^-?%d+$" and text .. ".0" or text end

local function looks_like_another_type(text)
  return tonumber(text) ~= nil or text:find "^[TF]$" or text:lower():find "^true$"
    or text:lower():find "^false$" or text:lower():find "^[+-]?nan$"
    or text:lower():find "^[+-]?inf" or text:find "^[%d.+-]+[dD][%d+-]+$"
end

local function scalar_text(value, key)
  local kind = math.type(value) or type(value)
  if kind == "boolean" then return value and "T" or "F" end
  if kind == "integer" then return tostring(value) end
  if kind == "float" then return real(number_text(value, -1)) end
  if kind ~= "string" then
    e.fail("argument", "atoms.write: info.%s: a %s cannot be written to extended XYZ", key, kind)
  end
  if looks_like_another_type(value) then
    e.fail("argument", "atoms.write: info.%s: %q would be read as another type", key, value)
  end
  return value:find(plain) and value or quoted(value)
end

local function array_text(value, key)
  local rows = {}
  if value.ndim == 0 then return scalar_text(value:get(), key) end
  for i = 1, #value do
    rows[i] = value.ndim == 1 and scalar_text(value[i], key) or array_text(value[i], key)
  end
  return "[" .. table.concat(rows, ", ") .. "]"
end

local function info_text(value, key)
  if e.is_a(value, "matinf.array") then return array_text(value, key) end
  if type(value) ~= "table" then return scalar_text(value, key) end
  local parts = {}
  for i, element in ipairs(value) do
    parts[i] = type(element) == "table" and info_text(element, key) or scalar_text(element, key)
    if type(element) == "string" and parts[i]:sub(1, 1) ~= '"' then parts[i] = quoted(element) end
  end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function row_text(values)
  return '"' .. c.format(1, -1, values:reshape { 1, values.size }):sub(1, -2) .. '"'
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local letters = { f64 = "R", f32 = "R", i64 = "I", i32 = "I", u8 = "L" }

-- The columns of a structure: declarations and values.
local function columns_of(s)
  local declared, values = {}, {}
  local function add(name, value)
    local array = e.is_a(value, "matinf.array")
    local letter = array and letters[value.dtype] or "S"
    local width = array and value.ndim == 2 and value.shape[2] or 1
    if name:find "[:%s\"=]" or not array and type(value) ~= "table" then
      e.fail("argument", "atoms.write: arrays.%s cannot be written to extended XYZ", name)
    end
    if array and value.dtype == "f32" then value = value:astype "f64" end
    declared[#declared + 1] = ("%s:%s:%d"):format(name, letter, width)
    values[#values + 1] = value
  end
  add("species", s:symbols())
  add("pos", s.positions)
  local known = { { "velo", s.velocities }, { "masses", s.masses }, { "charges", s.charges },
    { "forces", s.forces } }
  for _, pair in pairs(known) do
    if pair[2] then add(pair[1], pair[2]) end
  end
  for _, name in ipairs(sorted_keys(s.arrays)) do add(name, s.arrays[name]) end
  return table.concat(declared, ":"), values
end

local function header_of(s, properties)
  local parts = {}
  local function add(key, text)
    parts[#parts + 1] = (key:find(plain) and key or quoted(key)) .. "=" .. text
  end
  if s.cell:abs():max() > 0 then add("Lattice", row_text(s.cell)) end
  add("Properties", properties)
  if s.energy then add("energy", real(number_text(s.energy, -1))) end
  if s.stress then add("stress", row_text(s.stress)) end
  for _, key in ipairs(sorted_keys(s.info)) do add(key, info_text(s.info[key], key)) end
  local letter = { [true] = "T", [false] = "F" }
  add("pbc", ('"%s %s %s"'):format(letter[s.periodic[1]], letter[s.periodic[2]],
    letter[s.periodic[3]]))
  return table.concat(parts, " ")
end

--- The text of structures; decimals nil: as many digits as read back exactly.
function M.text(list, options)
  local parts = {}
  for i, s in ipairs(list) do
    local properties, values = columns_of(s)
    local head = ("%d\n%s\n"):format(#s, header_of(s, properties))
    parts[i] = c.format(#s, options.decimals or -1, head, table.unpack(values))
  end
  return parts[2] and table.concat(parts) or parts[1]
end

return M
