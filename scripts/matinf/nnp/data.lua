-- Training data of potentials: labelled structures, split, without the energies of lone atoms.
--
-- A set has structures, the subsets all, later train and validation (arrays of numbers),
-- atom_energy (by symbol, eV), energy_spread (eV/atom, root mean square of what is left; networks
-- give energies in this unit), force_spread (eV/Å), has_forces, has_virial, and `handle`, the
-- kernel's copy of it.

local c = require "matinf.c.nnp"
local e = require "matinf.error"

local M = {}

local function refuse(i, structure, format, ...)
  local place = structure.file and (" (%s, frame %s)"):format(structure.file, structure.frame) or ""
  e.raise { kind = "data", file = structure.file,
    message = ("structure %d%s: "):format(i, place) .. format:format(...) }
end

--- Refuses what is no list of structures, of at least so many.
function M.check_list(structures, name, least)
  local Structure = require "matinf".atoms.Structure
  if type(structures) ~= "table" or getmetatable(structures) == Structure
      or #structures < least then
    e.argument("structures", name, least > 1 and "a list of two structures or more"
      or "a list of structures", structures)
  end
  for _, s in ipairs(structures) do
    if getmetatable(s) ~= Structure then
      e.argument("structures", name, "a list of structures", s)
    end
  end
end

local function finite(array) return (array * 0):sum() == 0 end

--- Refuses what is no list of structures with energies, or has numbers that are none.
function M.check(structures, name)
  M.check_list(structures, name, 2)
  for i, s in ipairs(structures) do
    local weight = s.info.weight or 1
    if not s.energy or s.energy ~= s.energy or math.abs(s.energy) == math.huge then
      refuse(i, s, "an energy is needed for training")
    end
    for _, name in ipairs { "positions", "forces", "stress" } do
      if s[name] and not finite(s[name]) then refuse(i, s, "%s: finite numbers expected", name) end
    end
    if type(weight) ~= "number" or not (weight > 0 and weight < math.huge) then
      refuse(i, s, "info.weight: positive number expected, got %s", tostring(weight))
    end
  end
end

-- A label is used when all structures have it; when only some have it, the first without is named.
local function label(structures, name)
  local with, without = 0, nil
  for i, s in ipairs(structures) do
    if s[name] then with = with + 1 else without = without or i end
  end
  if with > 0 and without then
    refuse(without, structures[without], "no %s, which other structures have; take them off, or "
      .. "leave this structure out", name)
  end
  return with > 0
end

--- Lone-atom energies by least squares of the energies over the composition.
local function atom_energies(structures, symbols)
  local m = require "matinf"
  local rows, right, column, seen = {}, {}, {}, {}
  for k, symbol in ipairs(symbols) do column[symbol] = k end
  for i, s in ipairs(structures) do
    local row = {}
    for k = 1, #symbols do row[k] = 0 end
    for _, symbol in ipairs(s:symbols()) do
      if not column[symbol] then refuse(i, s, "no symmetry functions of %s", symbol) end
      row[column[symbol]] = row[column[symbol]] + 1 / #s
      seen[symbol] = true
    end
    rows[i], right[i] = row, s.energy / #s
  end
  for symbol in pairs(column) do
    if not seen[symbol] then
      e.fail("data", "there are symmetry functions of %s, but no structure has it", symbol)
    end
  end
  local x = m.linalg.lstsq(m.array(rows, { dtype = "f64" }), m.array(right, { dtype = "f64" }))
  local energies = {}
  for k, symbol in ipairs(symbols) do energies[symbol] = x[k] end
  return energies
end

-- Energy of a structure without those of its lone atoms.
local function bound_energy(self, s)
  local energy = s.energy
  for _, symbol in ipairs(s:symbols()) do energy = energy - self.atom_energy[symbol] end
  return energy
end

-- Root mean squares of energies per atom and of force components; 1 when all are zero.
local function spreads(self)
  local energy, force, components = 0, 0, 0
  for _, s in ipairs(self.structures) do
    energy = energy + (bound_energy(self, s) / #s) ^ 2 / #self.structures
    if self.has_forces then
      force = force + s.forces:square():sum()
      components = components + 3 * #s
    end
  end
  return energy > 0 and math.sqrt(energy) or 1, force > 0 and math.sqrt(force / components) or 1
end

-- The numbers of the structures by configuration type, then by energy an atom: structures side by
-- side in this order resemble each other.
local function order_of(structures)
  local order = {}
  for i = 1, #structures do order[i] = i end
  table.sort(order, function(i, j)
    local a, b = structures[i], structures[j]
    local kind_a, kind_b = tostring(a.info.config_type), tostring(b.info.config_type)
    if kind_a ~= kind_b then return kind_a < kind_b end
    local energy_a, energy_b = a.energy / #a, b.energy / #b
    if energy_a ~= energy_b then return energy_a < energy_b end
    return i < j
  end)
  return order
end

-- Numbers for training and validation (nil: none) by member k (1) of a committee: every
-- (1 / fraction)-th structure in that order is held out, from a place on that the seed draws for
-- the first member; each next one begins a place later.
local function split(structures, fraction, seed, k)
  local m = require "matinf"
  local shift = m.random.generator { seed = seed, stage = "nnp.split" }:uniform()
    + ((k or 1) - 1) * fraction
  local train, validation = {}, {}
  for place, i in ipairs(order_of(structures)) do
    local held = (place * fraction + shift) // 1 > ((place - 1) * fraction + shift) // 1
    table.insert(held and validation or train, i)
  end
  if #train == 0 then
    e.fail("argument", "validation of %g holds out all %d structures", fraction, #structures)
  end
  table.sort(train)
  table.sort(validation)
  return m.array(train, { dtype = "i64" }), validation[1] and m.array(validation, { dtype = "i64" })
end

-- -V stress: xx yy zz yz xz xy.
local function virial_of(s, i)
  local volume = s:volume() or refuse(i, s, "a stress needs a cell")
  local t = s.stress
  return require "matinf".array { t[1][1], t[2][2], t[3][3], t[2][3], t[1][3], t[1][2] } * -volume
end

M.label, M.atom_energies, M.bound_energy, M.split, M.virial_of =
  label, atom_energies, bound_energy, split, virial_of

--- The set; networks are rows of shapes, memory is in bytes.
function M.make(structures, set, networks, o)
  local self = { structures = structures, has_forces = label(structures, "forces"),
    has_virial = label(structures, "stress"),
    atom_energy = atom_energies(structures, set.elements) }
  self.energy_spread, self.force_spread = spreads(self)
  self.handle = c.training(set.numbers, set.functions, networks, 1 / self.energy_spread, o.memory)
  self.all = require "matinf".array.arange(1, #structures, { dtype = "i64" })
  for i, s in ipairs(structures) do
    c.training_add(self.handle, s, bound_energy(self, s), s.forces,
      self.has_virial and virial_of(s, i) or nil, s.info.weight or 1)
  end
  return self
end

-- Sum of squares of a symmetric matrix whose components off the diagonal stand once.
local function whole(square)
  return square[1] + square[2] + square[3] + 2 * (square[4] + square[5] + square[6])
end

--- Root mean square errors of a subset: energy (eV/atom), force (eV/Å), virial (eV/atom); with
--- factors (of these three) also sum, that of c.training_squares.
function M.errors(self, subset, factors)
  local e_, f, w = c.training_predict(self.handle, subset, self.has_forces, self.has_virial)
  local a, b, v = table.unpack(factors or { 0, 0, 0 })
  local energy, force, virial, components, at, sum = 0, 0, 0, 0, 1, 0
  for k, i in pairs(subset) do
    local s = self.structures[i]
    local n, one, off = #s, 0, ((e_[k] - bound_energy(self, s)) / #s) ^ 2
    energy, one = energy + off, one + a * a * off
    if f then
      off = (f[{ { at, at + n - 1 } }] - s.forces):square():sum()
      force, one, components = force + off, one + b * b * off, components + 3 * n
    end
    if w then
      off = ((w[k] - virial_of(s, i)) / n):square()
      virial, one = virial + off:sum(), one + v * v * whole(off)
    end
    sum, at = sum + one * (s.info.weight or 1), at + n
  end
  return { energy = math.sqrt(energy / #subset), force = f and math.sqrt(force / components),
    virial = w and math.sqrt(virial / (6 * #subset)), sum = sum }
end

return M
