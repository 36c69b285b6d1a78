-- What CasaXPS keeps in the comments of a VAMAS block: calibrations, regions, components.
--
--   Calib M = 284.5 A = 284.8 BE ADD         adds A - M; M may be a range, "280,290"
--   CASA region (*name*) (*background*) KE-from KE-to RSF averaged offset offset B C D T0 ...
--   CASA comp (*name*) (*shape*) Area v low high link factor MFWHM ... Position ... RSF r ...
--
-- Energies there are kinetic; here they are binding energies, hv - KE. A link is the index, from 0,
-- of the component that a value is tied to, -1 when it is free.

local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Casa = store.class("spectra.Casa", {})

local NUMBER = "([%+%-]?[%d%.]+[eE]?[%+%-]?%d*)"

-- ---- reading ------------------------------------------------------------------------------------

local function numbers_of(text)
  local list = {}
  for word in text:gmatch "%S+" do
    if word:find "^%(" then break end
    list[#list + 1] = tonumber(word)
  end
  return list
end

local function calibration(line)
  local measured, actual = line:match("^%s*Calib%s+M%s*=%s*(%S+)%s+A%s*=%s*" .. NUMBER)
  if not measured or not line:find "BE%s+ADD" then return nil end
  local from, to = measured:match "^([^,]+),?(.*)$"
  if not (tonumber(from) and tonumber(actual)) then return nil end
  return { measured = tonumber(from), to = tonumber(to), actual = tonumber(actual) }
end

local function region(line, hv)
  local name, background, rest = line:match "^%s*CASA region %(%*(.-)%*%) %(%*(.-)%*%)%s*(.*)$"
  if not name then return nil end
  local v = numbers_of(rest)
  if #v < 4 then return nil end
  return { name = name, background = background, from = hv - math.max(v[1], v[2]),
    to = hv - math.min(v[1], v[2]), rsf = v[3], average = v[4], offsets = { v[5] or 0, v[6] or 0 },
    tougaard = { v[7], v[8], v[9], v[10] }, rest = rest:match "%(%*.*$" }
end

-- "Area v low high link factor"
local function constrained(line, key)
  local found = { line:match(key .. ("%s+" .. NUMBER):rep(5)) }
  if #found < 5 then return nil end
  for i = 1, 5 do found[i] = tonumber(found[i]) end
  for i = 1, 5 do if not found[i] then return nil end end
  return { value = found[1], low = found[2], high = found[3], link = math.tointeger(found[4]) or -1,
    factor = found[5] }
end

local function component(line, hv)
  local name, shape = line:match "^%s*CASA comp %(%*(.-)%*%) %(%*(.-)%*%)"
  if not name then return nil end
  local area, width = constrained(line, "Area"), constrained(line, "MFWHM")
  local position = constrained(line, "Position")
  if not (area and width and position) then return nil end
  local low, high = hv - position.high, hv - position.low
  position.value, position.low, position.high = hv - position.value, low, high
  return { name = name, shape = shape, area = area, width = width, position = position,
    rsf = tonumber(line:match("RSF%s+" .. NUMBER)) or 1, rest = line:match "RSF%s+%S+%s*(.*)$" }
end

local function parse(comments, hv, called)
  local result = setmetatable({ calibrations = {}, regions = {}, components = {}, hv = hv }, Casa)
  for _, line in ipairs(comments) do
    local is_region, is_component = line:find "^%s*CASA region", line:find "^%s*CASA comp"
    local calib = calibration(line)
    local one = is_region and region(line, hv) or is_component and component(line, hv) or nil
    if calib then table.insert(result.calibrations, calib) end
    if is_region and one then table.insert(result.regions, one) end
    if is_component and one then table.insert(result.components, one) end
    if (is_region or is_component) and not one then
      e.fail("data", "%s: this comment of CasaXPS cannot be read: %s", called, line)
    end
  end
  return result
end

--- Calibrations, regions and components in the comments of a block.
function M.parse(comments, hv)
  if type(comments) ~= "table" then
    e.argument("comments", "spectra.casa", "list of comment lines", comments)
  end
  for i, line in ipairs(comments) do
    if type(line) ~= "string" then
      e.argument(("comments[%d]"):format(i), "spectra.casa", "text", line)
    end
  end
  if type(hv) ~= "number" or not (hv > 0 and hv < math.huge) then
    e.argument("hv", "spectra.casa", "photon energy in eV", hv)
  end
  return parse(comments, hv, "spectra.casa")
end

-- The energy that a calibration measured: that of the strongest point where it was a range.
local function measured(calib, spectrum)
  if not calib.to then return calib.measured end
  local low, high = math.min(calib.measured, calib.to), math.max(calib.measured, calib.to)
  local best
  for i = 1, #spectrum.x do
    local inside = spectrum.x[i] >= low and spectrum.x[i] <= high
    if inside and (not best or spectrum.y[i] > spectrum.y[best]) then best = i end
  end
  return best and spectrum.x[best] or (low + high) / 2
end

--- How far all calibrations together move the binding energies of a spectrum.
function M.shift(comments, spectrum)
  local shift = 0
  for _, line in ipairs(comments) do
    local calib = calibration(line)
    if calib then shift = shift + calib.actual - measured(calib, spectrum) end
  end
  return shift
end

-- ---- writing ------------------------------------------------------------------------------------

local function constraint_text(key, v, turn)
  local value, low, high = v.value, v.low, v.high
  if turn then value, low, high = turn - value, turn - v.high, turn - v.low end
  return ("%s %.8g %.8g %.8g %d %.8g"):format(key, value, low, high, v.link, v.factor)
end

local function region_text(r, hv)
  local t = r.tougaard or {}
  return ("CASA region (*%s*) (*%s*) %.8g %.8g %.8g %.8g %.8g %.8g %.8g %.8g %.8g %.8g %s"):format(
    r.name, r.background, hv - r.to, hv - r.from, r.rsf or 1, r.average or 4,
    r.offsets and r.offsets[1] or 0, r.offsets and r.offsets[2] or 0, t[1] or 0, t[2] or 0, t[3] or 0,
    t[4] or 0, r.rest or "(*NoTag*) 0 0 0")
end

local function component_text(k, hv)
  return ("CASA comp (*%s*) (*%s*) %s %s %s RSF %.8g %s"):format(k.name, k.shape,
    constraint_text("Area", k.area), constraint_text("MFWHM", k.width),
    constraint_text("Position", k.position, hv), k.rsf or 1, k.rest or "MASS 0 INDEX -1 (**)")
end

--- The comment lines of regions and components, as CasaXPS writes them.
function Casa:lines()
  local lines = { ("%d"):format(#self.regions) }
  for _, r in ipairs(self.regions) do lines[#lines + 1] = region_text(r, self.hv) end
  lines[#lines + 1] = ("%d"):format(#self.components)
  for _, k in ipairs(self.components) do lines[#lines + 1] = component_text(k, self.hv) end
  return lines
end

--- The components as peaks for spectra.fit, and the fit's as components.
function Casa:peaks(shape) return require "matinf.spectra.casa_peaks".peaks(self, shape) end

function M.of_fit(fit)
  return setmetatable(require "matinf.spectra.casa_peaks".fields(fit), Casa)
end

M.Casa = Casa
return M
