-- The class nnp.Potential: a neural-network potential, or a committee of them.
--
-- Fields: descriptors (a SymmetryFunctions), networks (by symbol: hidden = widths of the hidden
-- layers, activation = letters of n2p2, one a layer; or the model in place of a network, see
-- nnp/kernel.lua: kernel, length, power, points), fan_in (sums divided by the number of
-- inputs), members (list: parameters by symbol, in n2p2's order; scaling = mode, low, high and the
-- arrays min, max, mean, sigma; atom_energy by symbol; normalisation = mean_energy, conv_energy,
-- conv_length or nil), length_unit (Å) and energy_unit (eV): what the numbers of the members are
-- in; lengths of the descriptors are in Å; core (a classical potential whose part is added, or
-- nil), posterior (of a Gaussian process, see nnp/kernel.lua). `network` is the kernel of the
-- networks, `kernel` that of the whole.

local c = require "matinf.c.nnp"
local e = require "matinf.error"
local settings = require "matinf.nnp.settings"
local store = require "matinf.store"

local M = {}
local Potential = store.class("nnp.Potential", {})

local LAYERS = 8 -- of weights, at most: what rows of shapes have room for

-- ---- kernels ------------------------------------------------------------------------------------

-- { fan_in, layers, widths ..., activations ... } of an element's network.
local kernels = { gaussian = 0, polynomial = 1 }

-- { kind, length, power, points } of kernels, or that of a network:
local function shape_row(network, inputs, fan_in)
  if network.kernel then
    return { kernels[network.kernel] or -1, network.length, network.power, network.points }
  end
  local layers = #network.hidden + 1
  local row = { fan_in and 1 or 0, layers, inputs }
  for l = 1, LAYERS do row[3 + l] = network.hidden[l] or (l == layers and 1 or 0) end
  for l = 1, LAYERS do
    row[3 + LAYERS + l] = settings.activation[network.activation[l] or "l"] or -1
  end
  return row
end

--- The rows of shapes of all elements.
function M.shape_rows(set, networks, fan_in)
  local rows = {}
  for i, symbol in ipairs(set.elements) do
    rows[i] = shape_row(networks[symbol], set.first[i + 1] - set.first[i], fan_in)
  end
  return rows
end

-- shift, factor and base of every function: (G - shift) factor + base enters the network.
local function scaling_arrays(s, set)
  local array, n = require "matinf".array, #set.functions
  local zero, one = array.zeros(n), array.ones(n)
  if s.mode == "none" then return zero, one, zero end
  if s.mode == "center" then return s.mean, one, zero end
  local range = s.mode == "sigma" and s.sigma or s.max - s.min
  for i = 1, n do
    if not (range[i] > 0) then
      e.fail("data", "symmetry function %d (%s) was constant in the training data: its values "
        .. "cannot be scaled", i, set:list()[i].center)
    end
  end
  local shift = s.mode == "scale" and s.min or s.mean
  return shift, one * (s.high - s.low) / range, one * s.low
end

local function member_arrays(self, member)
  local set, n = self.descriptors, member.normalisation
  local energies = { (n and n.conv_energy or 1) / self.energy_unit }
  for i, symbol in ipairs(set.elements) do
    energies[i + 1] = ((n and n.mean_energy or 0) + member.atom_energy[symbol]) * self.energy_unit
  end
  local shift, factor, base = scaling_arrays(member.scaling, set)
  local list = { energies, shift, factor, base }
  for i, symbol in ipairs(set.elements) do list[4 + i] = member.parameters[symbol] end
  return list
end

--- The values of symmetry functions that all members have seen in training: arrays low and high.
function Potential:range()
  local low, high = self.members[1].scaling.min, self.members[1].scaling.max
  for i = 2, #self.members do
    local scaling = self.members[i].scaling
    low, high = low:maximum(scaling.min), high:minimum(scaling.max)
  end
  return low, high
end

local function kernel_of(self)
  local set, members = self.descriptors, {}
  local networks = M.shape_rows(set, self.networks, self.fan_in)
  for i, member in ipairs(self.members) do members[i] = member_arrays(self, member) end
  return c.make(set.numbers, set.functions, networks, members,
    { self:range() })
end

--- A potential of those fields.
function M.new(fields)
  setmetatable(fields, Potential)
  fields.network = kernel_of(fields)
  fields.kernel = fields.core
    and require "matinf.c.potentials".sum { fields.network, fields.core.kernel } or fields.network
  return fields
end

-- What to_store leaves out: the kernels.
local function fields_of(self)
  local copy = {}
  for name, value in pairs(self) do copy[name] = value end
  copy.kernel, copy.network = nil, nil
  return copy
end

--- The same potential with a core, whose energies and forces are added; nil takes the core away.
function Potential:with_core(core)
  local copy = fields_of(self)
  copy.core = core ~= nil and require "matinf.nnp.core".check(core, "nnp.Potential:with_core")
    or nil
  return M.new(copy)
end

-- ---- evaluating ---------------------------------------------------------------------------------

local called = "nnp.Potential:evaluate"

local function add_core(core, structure, r)
  local energy, forces, virial, energies = core:evaluate(structure)
  r.energy, r.energies = r.energy + energy, r.energies + energies
  if r.forces then r.forces, r.virial = r.forces + forces, r.virial + virial end
end

--- Energy (eV), forces (eV/Å), virial (eV), energies of the atoms (eV), and a table of these and
--- what was asked for.
function Potential:evaluate(structure, options)
  local o = e.options(options, called, { "forces", "deviation", "extrapolation" })
  for name, value in pairs(o) do
    if type(value) ~= "boolean" then e.argument(name, called, "boolean", value) end
  end
  local r = c.evaluate(self.network, structure, o.forces ~= false, o.deviation, o.extrapolation)
  if self.core then add_core(self.core, structure, r) end
  if self.posterior and o.deviation then
    r.energy_deviation = require "matinf.nnp.kernel".deviation(self, structure)
    r.force_deviation = nil
  end
  return r.energy, r.forces, r.virial, r.energies, r
end

--- Where structures leave the range of the training data: see nnp/extrapolation.lua.
function Potential:extrapolation(structures)
  return require "matinf.nnp.extrapolation".report(self, structures)
end

--- The validation sheet: see nnp/sheet.lua.
function Potential:sheet(structures, options)
  return require "matinf.nnp.sheet".sheet(self, structures, options)
end

-- ---- files --------------------------------------------------------------------------------------

--- Writes the potential in matinf's own format (HDF5).
function Potential:save(path) store.write(path, self) end

--- Writes n2p2's files: into the folder, or for a committee into its folders nnp-1, nnp-2, ... A
--- core is not in them: the text that says so is in input.nn, is printed and returned.
function Potential:write_n2p2(folder)
  local m = require "matinf"
  local n2p2 = require "matinf.nnp.n2p2"
  if type(folder) ~= "string" or folder == "" then
    e.argument("folder", "nnp.Potential:write_n2p2", "path", folder)
  end
  for _, network in pairs(self.networks) do
    if network.kernel then
      e.fail("argument", "nnp.Potential:write_n2p2: n2p2's files have networks, no kernels")
    end
  end
  for i, member in ipairs(self.members) do
    local path = #self.members == 1 and folder or ("%s/nnp-%d"):format(folder, i)
    m.sys.mkdir(path)
    n2p2.write_folder(self, member, path)
  end
  local missing = n2p2.missing(self)
  if missing then io.stderr:write("matinf: ", folder, ": ", missing, "\n") end
  return missing
end

function Potential.to_store(self) return fields_of(self) end

function Potential.from_store(tree) return M.new(tree) end

-- "30-20-20-1", or "500 gaussian kernels of 30".
local function model_text(network, inputs)
  if network.kernel then
    return ("%d %s kernels of %d"):format(network.points, network.kernel, inputs)
  end
  return ("%d-%s-1"):format(inputs, table.concat(network.hidden, "-"))
end

local function kind_text(self)
  local kind = self.posterior and "Gaussian-process potential"
    or self.networks[self.descriptors.elements[1]].kernel and "kernel-ridge potential"
    or "neural-network potential"
  if #self.members == 1 then return kind end
  return ("committee of %d %ss"):format(#self.members, kind)
end

function Potential:__tostring()
  local parts = {}
  for i, symbol in ipairs(self.descriptors.elements) do
    parts[i] = symbol .. " " .. model_text(self.networks[symbol], self.descriptors:count(symbol))
  end
  return ("%s: %s; cutoff %.4g Å%s"):format(kind_text(self), table.concat(parts, ", "),
    self.descriptors.cutoff, self.core and "; core: " .. tostring(self.core) or "")
end

M.Potential = Potential
return M
