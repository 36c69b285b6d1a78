-- From areas to composition: atomic per cent, mean free paths, thickness of an overlayer.

local e = require "matinf.error"

local M = {}

local function is_positive(v) return type(v) == "number" and v > 0 and v < math.huge end

local function check(value, name, called, expected)
  if not is_positive(value) then e.argument(name, called, expected or "number > 0", value) end
  return value
end

-- A number >= 0, 0 when absent.
local function amount(value, name, called)
  if value == nil then return 0 end
  if type(value) ~= "number" or not (value >= 0 and value < math.huge) then
    e.argument(name, called, "number >= 0", value)
  end
  return value
end

-- ---- atomic per cent ----------------------------------------------------------------------------

local function corrected(one, i)
  local function field(name, otherwise)
    return check(one[name] == nil and otherwise or one[name], ("areas[%d].%s"):format(i, name),
      "spectra.quantify")
  end
  if type(one) ~= "table" then
    e.argument(("areas[%d]"):format(i), "spectra.quantify", "{ name, area, error, rsf, ... }", one)
  end
  local factor = field("rsf", 1) * field("transmission", 1) * field("imfp", 1)
  local function spread(name)
    return amount(one[name], ("areas[%d].%s"):format(i, name), "spectra.quantify")
  end
  local area, variance = field("area"), 0
  variance = (spread "error" / area) ^ 2
  for _, name in ipairs { "rsf", "transmission", "imfp" } do
    variance = variance + (spread(name .. "_error") / field(name, 1)) ^ 2
  end
  return area / factor, area / factor * math.sqrt(variance)
end

--- Atomic per cent from areas: area / (rsf * transmission * imfp), as shares of the sum.
function M.quantify(areas)
  if type(areas) ~= "table" or #areas == 0 then
    e.argument("areas", "spectra.quantify", "list of { name, area, error, rsf, ... }", areas)
  end
  local values, errors, names, total = {}, {}, {}, 0
  for i, one in ipairs(areas) do
    values[i], errors[i] = corrected(one, i)
    names[i] = one.name or ("area " .. i)
    total = total + values[i]
  end
  local percent, spread = {}, {}
  for i, value in ipairs(values) do
    local share, variance = value / total, 0
    for j in ipairs(values) do
      variance = variance + (((i == j and 1 or 0) - share) * errors[j] / total) ^ 2
    end
    percent[i], spread[i] = 100 * share, 100 * math.sqrt(variance)
  end
  return require "matinf".table.new {
    { name = "name", values = names },
    { name = "corrected area", values = values, error = "corrected area error" },
    { name = "corrected area error", values = errors },
    { name = "atomic share", unit = "%", values = percent, error = "atomic share error" },
    { name = "atomic share error", unit = "%", values = spread } }
end

-- ---- mean free paths ----------------------------------------------------------------------------

-- M. P. Seah and W. A. Dench, Surf. Interface Anal. 1, 2 (1979), in nm: a / E^2 + b sqrt(E)
local seah_dench = { element = { 143, 0.054 }, inorganic = { 641, 0.096 }, organic = { 31, 0.087 } }

-- S. Tanuma, C. J. Powell and D. R. Penn, Surf. Interface Anal. 21, 165 (1994): TPP-2M, in nm.
local function tpp2m(energy, o)
  local name = "spectra.imfp"
  local density, mass = check(o.density, "density", name), check(o.molar_mass, "molar_mass", name)
  local valence, gap = check(o.valence, "valence", name), amount(o.gap, "gap", name)
  local u = valence * density / mass
  local plasmon = 28.8 * math.sqrt(u)
  local beta = -0.10 + 0.944 / math.sqrt(plasmon ^ 2 + gap ^ 2) + 0.069 * density ^ 0.1
  local gamma = 0.191 / math.sqrt(density)
  local c, d = 1.97 - 0.91 * u, 53.4 - 20.8 * u
  local loss = plasmon ^ 2 * (beta * math.log(gamma * energy) - c / energy + d / energy ^ 2)
  if not (loss > 0 and loss < math.huge) then
    e.fail("argument", "spectra.imfp: TPP-2M does not hold for %g eV in this material", energy)
  end
  return 0.1 * energy / loss
end

--- Inelastic mean free path (nm) of electrons of a kinetic energy (eV).
function M.imfp(energy, material)
  check(energy, "energy", "spectra.imfp", "kinetic energy > 0")
  if type(material) == "table" then
    local o = e.options(material, "spectra.imfp", { "density", "molar_mass", "valence", "gap" })
    return tpp2m(energy, o)
  end
  local law = seah_dench[material]
  if not law then
    e.argument("material", "spectra.imfp", '"element", "inorganic", "organic" or a table', material)
  end
  return law[1] / energy ^ 2 + law[2] * math.sqrt(energy)
end

-- ---- overlayer ----------------------------------------------------------------------------------

-- The d of (1 - exp(-d / a)) exp(d / b) = ratio, by halving in log d: the logarithm of the left
-- side rises with d. Also its slope by d.
local function thickness(ratio, a, b)
  local log_ratio = math.log(ratio)
  local low, high = -700, math.log(800 * (a + b))
  local function at(d)
    local rest = math.exp(-d / a)
    return math.log(d / a > 1e-8 and 1 - rest or d / a) + d / b - log_ratio,
      1 / a / (math.exp(math.min(d / a, 700)) - 1 + 1e-300) + 1 / b
  end
  for _ = 1, 200 do
    local middle = (low + high) / 2
    if at(math.exp(middle)) < 0 then low = middle else high = middle end
  end
  local d = math.exp((low + high) / 2)
  return d, select(2, at(d))
end

--- Thickness (nm) of an even layer from the areas of layer and substrate, and its error.
function M.overlayer(options)
  local name = "spectra.overlayer"
  local o = e.options(options, name, { "layer", "substrate", "layer_error", "substrate_error",
    "pure_ratio", "pure_ratio_error", "imfp", "imfp_substrate", "imfp_error", "angle" })
  local ratio = check(o.layer, "layer", name) / check(o.substrate, "substrate", name)
  local pure, imfp = check(o.pure_ratio or 1, "pure_ratio", name), check(o.imfp, "imfp", name)
  local other = check(o.imfp_substrate or imfp, "imfp_substrate", name)
  local angle = o.angle or 0
  if type(angle) ~= "number" or not (angle >= 0 and angle < 90) then
    e.argument("angle", name, "degrees from the normal, 0 to 90", angle)
  end
  local function relative(field, of) return amount(o[field], field, name) / of end
  local variance = relative("layer_error", o.layer) ^ 2
    + relative("substrate_error", o.substrate) ^ 2 + relative("pure_ratio_error", pure) ^ 2
  local cosine = math.cos(math.rad(angle))
  local d, slope = thickness(ratio / pure, imfp * cosine, other * cosine)
  return d, math.sqrt(variance / slope ^ 2 + (d * relative("imfp_error", imfp)) ^ 2)
end

return M
