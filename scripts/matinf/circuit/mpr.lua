-- BioLogic's binary files (.mpr), whose layout is known from the work of others who looked at many.
--
-- After a signature of 52 bytes come modules: "MODULE", name [10], long name [25], length u32,
-- version u32, date [8]; since EC-Lab 11.50 a u32 of ones before the length and one more u32 after
-- the version. Numbers are little-endian. The module "VMP data" holds the number of points u32, of
-- columns u8, the types of the columns, zeros, and then the points, one after the other:
--
--   version 0, old   types u8           points from byte 100
--   version 0, new   types u16, big     points from byte 1007
--   version 2, 3     types u16          points from byte 405, 406
--
-- A type tells name and size. Most are floats of 4 bytes; the list names the others. Flags share
-- one byte, at the first of them. That sizes and number of points fill the module is checked.

local e = require "matinf.error"

local M = {}

local SIGNATURE = "BIO-LOGIC MODULAR FILE\x1a"
local FIRST_MODULE = 53

local sizes = {}
for _, id in ipairs { 4, 7, 11, 13, 23, 24, 74, 123, 124, 125, 126, 211, 438, 467, 498, 499, 500,
  501, 502 } do sizes[id] = 8 end
for _, id in ipairs { 39, 131 } do sizes[id] = 2 end
sizes[509] = 1

local flags = { [1] = true, [2] = true, [3] = true, [21] = true, [31] = true, [65] = true }

local FREQUENCY, REAL, IMAGINARY, CYCLE = 32, 37, 38, 24

local needed = { [FREQUENCY] = "freq/Hz", [REAL] = "Re(Z)/Ohm", [IMAGINARY] = "-Im(Z)/Ohm" }

--- Whether a text is such a file.
function M.detect(text) return text:sub(1, #SIGNATURE) == SIGNATURE end

-- ---- modules ------------------------------------------------------------------------------------

local function unpack(format, text, at, file, what)
  if at + string.packsize(format) - 1 > #text then
    e.at(file, nil, nil, "the file is cut: it ends at byte %d, in %s", #text, what)
  end
  return string.unpack(format, text, at)
end

-- Position and length of the data of the module with that short name, and its version.
local function find_module(text, wanted, file)
  local at = FIRST_MODULE
  while at <= #text do
    local magic, name, _, length, version = unpack("<c6c10c25I4I4", text, at, file,
      "a module's head")
    if magic ~= "MODULE" then
      e.at(file, nil, nil, "a module expected at byte %d: the file is damaged", at)
    end
    local start = at + 57
    if length == 0xffffffff then
      length, version = string.unpack("<I4I4", text .. ("\0"):rep(16), at + 45)
      start = at + 65
    end
    if start + length - 1 > #text then
      e.at(file, nil, nil, "the file is cut: its module '%s' has %d of %d bytes",
        name:match "^(.-)%s*$", math.max(0, #text - start + 1), length)
    end
    if name:find(wanted, 1, true) == 1 then return start, length, version end
    at = start + length
  end
  e.at(file, nil, nil, "the file has no module '%s'", wanted)
end

-- ---- columns ------------------------------------------------------------------------------------

-- The types of the columns and where the points begin.
local function layout(text, start, version, count, file)
  local format, points
  if version == 0 and text:byte(start + 5) ~= 0 then format, points = "B", 100
  elseif version == 0 then format, points = ">I2", 1007
  elseif version == 2 or version == 3 then format, points = "<I2", 403 + version
  else
    e.at(file, nil, nil, "version %d of the data module is not known (0, 2 and 3 are)", version)
  end
  local types, at = {}, start + 5
  for i = 1, count do types[i], at = unpack(format, text, at, file, "the types of its columns") end
  return types, points
end

-- Byte offsets of the columns in a point, by type, and the size of a point.
local function offsets(types)
  local at, size, flagged = {}, 0, false
  for _, id in ipairs(types) do
    if not (flags[id] and flagged) then
      at[id] = at[id] or size
      size = size + (flags[id] and 1 or sizes[id] or 4)
    end
    flagged = flagged or flags[id]
  end
  return at, size
end

--- The points of a file as blocks of rows (instrument.lua).
function M.read(text, file)
  local start, length, version = find_module(text, "VMP data", file)
  local n, count = unpack("<I4B", text, start, file, "the head of its data")
  local types, points = layout(text, start, version, count, file)
  local at, size = offsets(types)
  for id, name in pairs(needed) do
    if not at[id] then
      e.at(file, nil, nil, "no column '%s' (type %d): this is no impedance measurement", name, id)
    end
  end
  if n * size ~= length - points then
    e.at(file, nil, nil,
      "%d points of %d bytes expected, found %d bytes: a column's type is not known",
      n, size, length - points)
  end
  local rows = { frequency = {}, real = {}, imaginary = {}, line = {}, group = at[CYCLE] and {} }
  for i = 1, n do
    local point = start + points + (i - 1) * size
    rows.frequency[i] = string.unpack("<f", text, point + at[FREQUENCY])
    rows.real[i] = string.unpack("<f", text, point + at[REAL])
    rows.imaginary[i] = -string.unpack("<f", text, point + at[IMAGINARY])
    if rows.group then rows.group[i] = string.unpack("<d", text, point + at[CYCLE]) end
  end
  return { rows }
end

return M
