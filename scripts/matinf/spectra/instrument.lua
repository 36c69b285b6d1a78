-- Text files of instruments: Scienta (SES) and SPECS (SpecsLab Prodigy, xy).
--
-- Both give a list of regions { x, y, energy, y_unit, counts_per, hv, dwell, scans, block, sample,
-- line }. Energies and intensities stand as the file has them; what a count is follows from its
-- words.

local e = require "matinf.error"

local M = {}

-- Numbers of a line; nil and the odd word when there is anything else.
local function numbers_of(text)
  local list = {}
  for word in text:gmatch "[^%s,;]+" do
    local value = tonumber(word)
    if not value then return nil, word end
    list[#list + 1] = value
  end
  return list
end

-- Each line with its number, whatever ends it.
local function lines_of(text)
  local list = {}
  for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch "(.-)\n" do list[#list + 1] = line end
  return list
end

local function kind_of(words)
  local text = words:lower()
  return text:find "binding" and "binding" or text:find "kinetic" and "kinetic" or "other"
end

-- ---- Scienta ------------------------------------------------------------------------------------

-- "Key=value" lines under [Section] lines: section -> { key -> value }, and where its data begin.
local function sections(lines)
  local found, order, current = {}, {}, nil
  for i, line in ipairs(lines) do
    local name = line:match "^%[(.-)%]%s*$"
    if name then
      current = { name = name, first = i + 1, last = i, keys = {} }
      found[name] = current
      order[#order + 1] = current
    elseif current then
      current.last = i
      local key, value = line:match "^([^=]+)=(.*)$"
      if key then current.keys[key] = value end
    end
  end
  return found, order
end

-- The rows of [Data n]: energies, and the sum over what else stands in a row (angles or places).
local function scienta_data(lines, section, file)
  local x, y = {}, {}
  for i = section.first, section.last do
    if lines[i]:find "%S" then
      local row, odd = numbers_of(lines[i])
      if not row then e.at(file, i, nil, "number expected, got \"%s\"", odd:sub(1, 40)) end
      if #row < 2 then e.at(file, i, nil, "energy and intensity expected, got one number") end
      x[#x + 1], y[#y + 1] = row[1], 0
      for j = 2, #row do y[#y] = y[#y] + row[j] end
    end
  end
  return x, y
end

--- The regions of a text file of Scienta's SES.
function M.scienta(text, file)
  local lines, regions = lines_of(text), {}
  local found = sections(lines)
  local n = 1
  while found["Region " .. n] and found["Data " .. n] do
    local region, info = found["Region " .. n].keys, (found["Info " .. n] or { keys = {} }).keys
    local x, y = scienta_data(lines, found["Data " .. n], file)
    local dwell = tonumber(info["Step Time"])
    local name = region["Region Name"] or info["Region Name"]
    regions[n] = { x = x, y = y, line = found["Region " .. n].first,
      energy = kind_of((region["Dimension 1 name"] or "") .. (info["Energy Scale"] or "")),
      y_unit = "counts", counts_per = 1, hv = tonumber(info["Excitation Energy"]),
      dwell = dwell and dwell / 1000, scans = tonumber(info["Number of Sweeps"]),
      block = name and name ~= "" and name or ("region " .. n), sample = info["Sample"] }
    n = n + 1
  end
  if #regions == 0 then e.at(file, nil, nil, "no [Region 1] with [Data 1] in this file of Scienta") end
  return regions
end

-- ---- SPECS --------------------------------------------------------------------------------------

local function start_region(header)
  local rate = (header["count rate"] or ""):lower():find "second"
  local dwell, scans = tonumber(header["dwell time"]), tonumber(header["number of scans"])
  local time = (dwell or 0) * (scans or 1)
  return { x = {}, y = {}, energy = kind_of(header["energy axis"] or ""),
    y_unit = rate and "counts/s" or "counts", counts_per = not rate and 1 or time > 0 and time or nil,
    hv = tonumber(header["excitation energy"]), dwell = dwell, scans = scans,
    block = header["region"] or "region", sample = header["group"] }
end

-- The number of the region that a row of data belongs to, by what the header said since the last.
local function add_row(regions, header, line, i, file)
  local row, odd = numbers_of(line)
  if not row then e.at(file, i, nil, "number expected, got \"%s\"", odd:sub(1, 40)) end
  if #row < 2 then e.at(file, i, nil, "energy and intensity expected, got one number") end
  if header.fresh then
    regions[#regions + 1] = start_region(header)
    regions[#regions].line, header.fresh = i, false
  end
  local region = regions[#regions]
  region.x[#region.x + 1], region.y[#region.y + 1] = row[1], row[2]
end

--- The regions (and curves) of an xy file of SPECS.
function M.specs(text, file)
  local regions, header = {}, { fresh = true }
  for i, line in ipairs(lines_of(text)) do
    local key, value = line:match "^#%s*([^:]-)%s*:%s*(.-)%s*$"
    if line:find "^#" then
      header.fresh = true
      if key then header[key:lower()] = value end
    elseif line:find "%S" then
      add_row(regions, header, line, i, file)
    end
  end
  if #regions == 0 then e.at(file, nil, nil, "no rows of numbers in this file of SPECS") end
  return regions
end

return M
