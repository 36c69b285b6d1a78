-- What was computed for a structure: which of the names in a file means energy, forces, stress.
--
-- Names are tried in the order below; the others stay in info and arrays. A caller who knows better
-- says options.energy = "my_energy" and the like, and options.require = {"forces"} refuses frames
-- without. Stress is positive under tension; a virial is - volume x stress.

local e = require "matinf.error"

local M = {}

M.names = {
  energy = { "energy", "REF_energy", "free_energy", "dft_energy", "DFT_energy" },
  forces = { "forces", "force", "REF_forces", "REF_force", "dft_forces", "dft_force",
    "DFT_forces" },
  stress = { "stress", "REF_stress", "dft_stress", "DFT_stress" },
  virial = { "virial", "virials", "REF_virial", "REF_virials", "dft_virial", "DFT_virial" },
}

local voigt = "xx yy zz yz xz xy" -- ASE's

--- Raises an error about a frame that was read.
function M.fail(raw, format, ...)
  local text = format:format(...)
  if raw.frame then text = ("frame %d: %s"):format(raw.frame, text) end
  e.at(raw.file, raw.line, nil, "%s", text)
end

-- Takes the label out of a map: the first of the names, or the one that was asked for.
local function take(map, names, asked, raw, label)
  for _, name in ipairs(asked and { asked } or names) do
    local value = map[name]
    if value ~= nil then
      map[name] = nil
      return value, name
    end
  end
  if asked then
    local have = {}
    for name in pairs(map) do have[#have + 1] = name end
    M.fail(raw, "no %s called '%s'%s", label, asked, e.hint(asked, have))
  end
end

local function is_array(value, ndim, ...)
  if not e.is_a(value, "matinf.array") or value.ndim ~= ndim then return false end
  for k, n in ipairs { ... } do
    if value.shape[k] ~= n then return false end
  end
  return true
end

-- Numbers in a stated order, such as "xx yy zz xy xz yz", as a symmetric matrix.
local function matrix_of(values, order, raw, name)
  local array = require "matinf".array
  if is_array(values, 2, 3, 3) then return values:astype "f64" end
  if is_array(values, 1, 9) then return values:astype "f64":reshape { 3, 3 } end
  if not is_array(values, 1, 6) then M.fail(raw, "%s: 9 or 6 numbers expected", name) end
  local matrix, k = array.zeros(3, 3), 0
  for a, b in order:gmatch "([xyz])([xyz])" do
    k = k + 1
    local i, j = ("xyz"):find(a, 1, true), ("xyz"):find(b, 1, true)
    matrix:set(i, j, values[k])
    matrix:set(j, i, values[k])
  end
  return matrix
end

-- options.stress is a name or { name, order =, unit =, positive = "tension" or "compression",
-- virial = boolean }.
local function stress_options(given)
  if type(given) == "string" then given = { given } end
  if type(given) ~= "table" or type(given[1]) ~= "string" then
    e.argument("stress", "atoms.read", "a name, or { name, order =, unit =, positive = }", given)
  end
  local o = { name = given[1], order = given.order or voigt, virial = given.virial or false,
    unit = given.unit or "eV/Å^3", positive = given.positive or "tension" }
  if type(o.order) ~= "string" or not (o.order .. " "):find "^([xyz][xyz]%s+)+$"
    and select(2, o.order:gsub("[xyz][xyz]", "")) ~= 6 then
    e.argument("stress.order", "atoms.read", '6 components such as "xx yy zz yz xz xy"', o.order)
  end
  if o.positive ~= "tension" and o.positive ~= "compression" then
    e.argument("stress.positive", "atoms.read", '"tension" or "compression"', o.positive)
  end
  return o
end

local function stress_from(raw, given)
  local m = require "matinf"
  if given then
    local o = stress_options(given)
    local values = take(raw.info, nil, o.name, raw, "stress")
    local stress = matrix_of(values, o.order, raw, o.name)
    if o.virial then return -stress / raw:volume() end
    stress = stress * m.units.convert(1, o.unit, "eV/Å^3")
    return o.positive == "compression" and -stress or stress
  end
  local values, name = take(raw.info, M.names.stress)
  if values ~= nil then return matrix_of(values, voigt, raw, name) end
  values, name = take(raw.info, M.names.virial)
  if values == nil then return nil end
  local volume = raw:volume()
  if not volume then M.fail(raw, "%s: a cell with a volume expected", name) end
  return -matrix_of(values, voigt, raw, name) / volume
end

local function check_number(raw, value, name)
  if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
    M.fail(raw, "%s: finite number expected, got %s", name, tostring(value))
  end
end

--- Finds the labels of a structure that was read, in its info and arrays.
function M.assign(raw, options)
  local name
  if raw.energy == nil then
    raw.energy, name = take(raw.info, M.names.energy, options.energy, raw, "energy")
  end
  if raw.energy ~= nil then check_number(raw, raw.energy, name or "energy") end
  if raw.forces == nil then
    raw.forces, name = take(raw.arrays, M.names.forces, options.forces, raw, "forces")
  end
  if raw.forces ~= nil and not is_array(raw.forces, 2, #raw.numbers, 3) then
    M.fail(raw, "%s: 3 numbers an atom expected", name or "forces")
  end
  if raw.stress == nil then raw.stress = stress_from(raw, options.stress) end
end

--- Refuses labels that are no numbers, and the absence of those that options.require lists.
function M.check(raw, options)
  local c = require "matinf.c.atoms"
  for _, label in ipairs { "forces", "velocities", "charges", "masses", "stress" } do
    local values = raw[label]
    local row = values and c.first_not_finite(values)
    if row and label == "stress" then M.fail(raw, "stress: finite numbers expected")
    elseif row then
      raw.line = raw.line and raw.atoms_line and raw.atoms_line + row - 1 or raw.line
      M.fail(raw, "atom %d: %s: finite numbers expected", row, label)
    end
  end
  for _, label in ipairs(options.require or {}) do
    if raw[label] == nil then
      M.fail(raw, "it has no %s, which was required%s", label,
        M.names[label] and (" (looked for: %s)"):format(table.concat(M.names[label], ", ")) or "")
    end
  end
end

return M
