-- The chemical elements and chemical formulas.
--
-- m.elements.Fe is the element; its fields are symbol, name, number, group, period, mass (u),
-- covalent_radius and vdw_radius (Å), electronegativity (Pauling). What is not known is nil. D and
-- T are the isotopes of hydrogen.

local formula = require "matinf.elements.formula"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}

local Element = store.class("elements.Element")
local Formula = store.class("elements.Formula")

function Element.__tostring(self)
  return ("%s (%s, Z = %d)"):format(self.symbol, self.name, self.number)
end

-- ---- elements -----------------------------------------------------------------------------------

local list = require "matinf.c.elements".all()
local symbols, names = {}, {}

local function add(element)
  symbols[element.symbol] = setmetatable(element, Element)
  names[element.name] = element
  M[element.symbol] = element
end

for _, element in ipairs(list) do add(element) end

-- Masses: Wang et al., Chinese Phys. C 45, 030003 (2021); an isotope has the radii of its element.
local function add_isotope(symbol, name, mass)
  local copy = {}
  for key, value in pairs(symbols.H) do copy[key] = value end
  copy.symbol, copy.name, copy.mass = symbol, name, mass
  add(copy)
end
add_isotope("D", "deuterium", 2.014101778)
add_isotope("T", "tritium", 3.016049281)

names.aluminum, names.cesium, names.sulphur = symbols.Al, symbols.Cs, symbols.S

local function nearest(text)
  local candidates = {}
  for symbol in pairs(symbols) do
    if symbol:lower() == text:lower() then return symbol end
  end
  for name in pairs(names) do candidates[#candidates + 1] = name end
  table.sort(candidates)
  return e.nearest(text:lower(), candidates)
end

function M.get(key)
  local element = list[math.type(key) == "integer" and key] or symbols[key] or names[key]
  if element then return element end
  local near = type(key) == "string" and nearest(key)
  e.fail("argument", "no element is called '%s'%s", tostring(key),
    near and (": did you mean '%s'?"):format(near) or "")
end

function M.list() return table.move(list, 1, #list, 1, {}) end

-- ---- formulas -----------------------------------------------------------------------------------

function M.formula(text)
  if getmetatable(text) == Formula then return text end
  if type(text) ~= "string" then
    e.argument("text", "elements.formula", "formula such as \"Fe2O3\"", text)
  end
  local counts, charge = formula.parse(text, symbols)
  return setmetatable({ counts = counts, charge = charge }, Formula)
end

function Formula:hill() return formula.hill(self.counts, self.charge) end

function Formula:__tostring() return self:hill() end

function Formula:molar_mass()
  local sum = 0
  for _, symbol in ipairs(formula.order(self.counts)) do
    local mass = symbols[symbol].mass
    if not mass then e.fail("argument", "%s has no standard atomic weight", symbol) end
    sum = sum + mass * self.counts[symbol]
  end
  return sum
end

local function shares(counts, weight)
  local total, parts = 0, {}
  for _, symbol in ipairs(formula.order(counts)) do
    parts[symbol] = counts[symbol] * weight(symbol)
    total = total + parts[symbol]
  end
  for symbol, part in pairs(parts) do parts[symbol] = part / total end
  return parts
end

function Formula:atomic_fractions()
  return shares(self.counts, function() return 1 end)
end

function Formula:mass_fractions()
  self:molar_mass() -- complains when a mass is not known
  return shares(self.counts, function(symbol) return symbols[symbol].mass end)
end

return M
