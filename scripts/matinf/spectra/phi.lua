-- PHI MultiPak .spe: a text between SOFH and EOFH, then the intensities as little-endian floats.
--
--   NoSpectralReg: 2
--   SpectralRegDef: 1 1 C1s 6 201 -0.1000 298.0000 278.0000 ... dwell pass area
--
-- The binary part begins with one integer of 4 bytes and 24 more for each region (and area): number
-- 9 is the number of points, 10 that of scans, 23 the bytes of data and 24 where they begin. Scans
-- are summed: intensities are counts.

local e = require "matinf.error"

local M = {}

local WORDS, WORD = 24, 4

local function header_of(text, file)
  local stop, after = text:find "EOFH\r?\n"
  if not stop then e.at(file, nil, nil, "no line EOFH ends the header of this PHI file") end
  return text:sub(1, stop - 1), text:sub(after + 1)
end

local function definitions(header, file)
  local list, line = {}, 0
  for text in (header:gsub("\r\n?", "\n") .. "\n"):gmatch "(.-)\n" do
    line = line + 1
    local rest = text:match "^SpectralRegDef:%s*(.*)$"
    if rest then
      local words = {}
      for word in rest:gmatch "%S+" do words[#words + 1] = word end
      local one = { name = words[3], points = math.tointeger(tonumber(words[5])),
        step = tonumber(words[6]), start = tonumber(words[7]),
        dwell = tonumber(words[#words - 2] or ""), line = line }
      if not (one.name and one.points and one.step and one.start) or one.points < 1 then
        e.at(file, line, nil, "SpectralRegDef: number, name, points, step and start expected, got %s",
          rest:sub(1, 60))
      end
      list[#list + 1] = one
    end
  end
  return list
end

local function word(data, index, file)
  local at = 1 + WORD * index
  if at + WORD - 1 > #data then e.at(file, nil, nil, "the file ends in its table of regions") end
  return (string.unpack("<I4", data, at))
end

-- The sum of the scans of region i (from 0).
local function intensities(data, i, definition, file)
  local base = 1 + WORDS * i
  local points, scans = word(data, base + 8, file), word(data, base + 9, file)
  local bytes, from = word(data, base + 22, file), word(data, base + 23, file)
  local size = points > 0 and scans > 0 and bytes // (points * scans) or 0
  if points ~= definition.points or (size ~= 4 and size ~= 8) or size * points * scans ~= bytes
    or from + bytes > #data then
    e.at(file, definition.line, nil, "region %s: %d points, %d scans and %d bytes from %d do not go "
      .. "together with %d points and %d bytes of data", definition.name, points, scans, bytes, from,
      definition.points, #data)
  end
  local y = {}
  for p = 1, points do y[p] = 0 end
  for scan = 0, scans - 1 do
    for p = 1, points do
      y[p] = y[p] + string.unpack(size == 4 and "<f" or "<d", data,
        1 + from + size * (scan * points + p - 1))
    end
  end
  return y, scans
end

--- The regions of a .spe file: { x, y, ... } as in spectra/instrument.lua.
function M.regions(text, file)
  local header, data = header_of(text, file)
  local list, hv = {}, tonumber(header:match "XraySource:[^\n]-(%d+%.%d+)")
  for i, definition in ipairs(definitions(header, file)) do
    local y, scans = intensities(data, i - 1, definition, file)
    local x = {}
    for p = 1, definition.points do x[p] = definition.start + (p - 1) * definition.step end
    list[i] = { x = x, y = y, energy = "binding", y_unit = "counts", counts_per = 1, hv = hv,
      dwell = definition.dwell, scans = scans, block = definition.name, line = definition.line }
  end
  if #list == 0 then e.at(file, nil, nil, "no SpectralRegDef in this PHI file") end
  return list
end

return M
