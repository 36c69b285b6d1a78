-- Components of CasaXPS and peaks of spectra.fit, one made from the other.
--
-- Links of CasaXPS become ties: a position linked to another component keeps its distance from it,
-- an area its ratio, a width is shared (or held at its value where the factor is not 1). Bounds of
-- areas and positions are not taken over.

local e = require "matinf.error"

local M = {}

local HELD = 1e-3 -- eV by which a position that CasaXPS holds may move
local PLAIN = { "^GL%(%d+%.?%d*%)$", "^SGL%(%d+%.?%d*%)$", "^LA%([%d%., ]+%)$" }

-- ---- from CasaXPS -------------------------------------------------------------------------------

-- The shape of spectra.fit; those that have none are refused, since another would be another fit.
local function shape_of(one, index)
  local text = one.shape:gsub("%s", "")
  for _, pattern in ipairs(PLAIN) do
    if text:find(pattern) then return text end
  end
  e.fail("data", "spectra.Casa:peaks: component %d ('%s') has the shape %s; GL(m), SGL(m) and "
    .. "LA(a,b,m) can be fitted: give one in option shape%s", index, one.name, one.shape,
    text:find "^LF%(" and " (LA is LF without the damping w, whose law is not published)" or "")
end

-- Names that are all different: components may share theirs.
local function names_of(components)
  local seen, names = {}, {}
  for i, one in ipairs(components) do
    local name = one.name ~= "" and one.name or "peak " .. i
    if seen[name] then name = ("%s (%d)"):format(name, i) end
    seen[name], names[i] = true, name
  end
  return names
end

local function linked(components, i, value)
  local link = components[i][value].link
  if link < 0 then return nil end
  if not components[link + 1] or link + 1 == i then
    e.fail("data", "spectra.Casa:peaks: component %d is linked to component %d, of %d", i, link + 1,
      #components)
  end
  return link + 1
end

local function position_of(components, i, names, peak)
  local own, to = components[i].position, linked(components, i, "position")
  if to then
    peak.shift = { from = names[to], by = own.value - components[to].position.value }
  else
    peak.position = own.low == own.high and { value = own.value, error = HELD } or own.value
  end
end

local function width_of(components, i, names, peak)
  local own, to = components[i].width, linked(components, i, "width")
  if to and math.abs(own.value / components[to].width.value - 1) < 1e-6 then
    peak.width = names[to]
  elseif to or own.low >= own.high then
    peak.width = own.value
  else
    peak.width = { math.max(own.low, 1e-3), own.high }
  end
end

local function area_of(components, i, names, peak)
  local own, to = components[i].area, linked(components, i, "area")
  if to and components[to].area.value > 0 and own.value > 0 then
    peak.ratio = { to = names[to], of = own.value / components[to].area.value }
  end
end

-- Components after those that they are linked to.
local function in_order(components)
  local order, state = {}, {}
  local function visit(i)
    if state[i] == "done" then return end
    if state[i] == "open" then
      e.fail("data", "spectra.Casa:peaks: the links of component %d lead back to itself", i)
    end
    state[i] = "open"
    for _, value in ipairs { "area", "width", "position" } do
      local to = linked(components, i, value)
      if to then visit(to) end
    end
    state[i] = "done"
    order[#order + 1] = i
  end
  for i = 1, #components do visit(i) end
  return order
end

--- The components as peaks for spectra.fit. shape: for all of them, instead of their own.
function M.peaks(casa, shape)
  local components, peaks = casa.components, {}
  if shape ~= nil and type(shape) ~= "string" then
    e.argument("shape", "spectra.Casa:peaks", "name of a shape", shape)
  end
  local names = names_of(components)
  for n, i in ipairs(in_order(components)) do
    local peak = { name = names[i], shape = shape or shape_of(components[i], i) }
    position_of(components, i, names, peak)
    width_of(components, i, names, peak)
    area_of(components, i, names, peak)
    peaks[n] = peak
  end
  return peaks
end

-- ---- to CasaXPS ---------------------------------------------------------------------------------

local BACKGROUNDS = { shirley = "Shirley", tougaard = "U 2 Tougaard", linear = "Linear",
  none = "None" }

local function value_of(fit, name, i, low, high)
  local tie = fit.limits[i].tie and fit.limits[i].tie[name]
  local value = fit[name][i]
  if not tie then return { value = value, low = low, high = high, link = -1, factor = 1 } end
  local factor = name == "position" and -tie.offset or tie.factor -- energies there are kinetic
  return { value = value, low = low, high = high, link = tie.peak - 1, factor = factor }
end

-- SGL mixes heights, a pseudo-Voigt areas.
local function shape_name(fit, i)
  local shape = fit.limits[i].shape or fit.shape
  if shape:find "%(" then return shape end
  if shape == "gauss" then return "SGL(0)" end
  if shape == "lorentz" then return "SGL(100)" end
  if shape ~= "pseudo-voigt" then
    e.fail("data", 'spectra.Fit:casa: shape "%s" has no counterpart in CasaXPS', shape)
  end
  local lorentz = fit.mix[i] / (math.pi / 2)
  local gauss = (1 - fit.mix[i]) * math.sqrt(4 * math.log(2) / math.pi)
  return ("SGL(%.4g)"):format(100 * lorentz / (lorentz + gauss))
end

--- The peaks and the range of a fit as CasaXPS keeps them: fields of a spectra.Casa.
function M.fields(fit)
  local s = fit.spectrum
  local background = BACKGROUNDS[fit.background]
  if s.energy ~= "binding" or not s.hv then
    e.fail("data", "spectra.Fit:casa: binding energies and a photon energy (hv) are needed")
  end
  if not background then
    e.fail("data", 'spectra.Fit:casa: background "%s" has no counterpart in CasaXPS',
      fit.background)
  end
  local components, most = {}, 10 * fit.area:sum()
  for i = 1, fit.k do
    local l = fit.limits[i]
    components[i] = { name = fit.names[i] ~= "" and fit.names[i] or "peak " .. i,
      shape = shape_name(fit, i), rsf = 1, area = value_of(fit, "area", i, 0, most),
      width = value_of(fit, "width", i, l.low, l.high),
      position = value_of(fit, "position", i, l.from, l.to) }
  end
  local region = { name = s.block or s.sample or "region", background = background,
    from = s.x:min(), to = s.x:max(), rsf = 1,
    average = ((fit.average or 1) - 1) // 2 } -- on either side of the end
  return { calibrations = {}, regions = { region }, components = components, hv = s.hv }
end

return M
