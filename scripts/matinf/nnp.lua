-- Neural-network potentials of Behler and Parrinello.
--
--   nnp/potential.lua      the class Potential       nnp/n2p2.lua      n2p2's files
--   nnp/extrapolation.lua  the class Extrapolation   nnp/settings.lua  input.nn
--   nnp/train.lua, nnp/data.lua, nnp/kalman.lua       training   nnp/rule.lua   descriptors for it
--   nnp/kernel.lua         kernel-ridge and Gaussian-process models in place of networks
--   nnp/core.lua           a core repulsion under the networks
--   nnp/sheet.lua          the class Sheet: validation

local e = require "matinf.error"
local potential = require "matinf.nnp.potential"

local M = { Potential = potential.Potential,
  Extrapolation = require "matinf.nnp.extrapolation".Extrapolation,
  Sheet = require "matinf.nnp.sheet".Sheet }

local eV_of = { eV = 1, hartree = 27.211386245988 }
local angstrom_of = { ["Å"] = 1, angstrom = 1, bohr = 0.529177210903 }

-- The unit in Å or eV: a name or a number.
local function unit_of(value, known, name, called)
  local unit = type(value) == "number" and value or known[value or "Å"] or known[value or "eV"]
  if not unit or not (unit > 0) or unit == math.huge then
    e.argument(name, called, "name of a unit, or number > 0", value)
  end
  return unit + 0.0
end

local function same(a, b)
  if type(a) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  return #a == #b
end

--- Reads n2p2's files: of one folder, or of several (a committee).
function M.read_n2p2(folders, options)
  local called = "nnp.read_n2p2"
  local o = e.options(options, called, { "length", "energy" })
  local list = type(folders) == "string" and { folders } or folders
  if type(list) ~= "table" or #list == 0 then
    e.argument("folders", called, "path of a folder, or a list of them", folders)
  end
  local length = unit_of(o.length, angstrom_of, "length", called)
  local self = { members = {}, length_unit = length, unknown = {},
    energy_unit = unit_of(o.energy, eV_of, "energy", called) }
  for i, folder in ipairs(list) do
    if type(folder) ~= "string" or folder == "" then
      e.argument("folders", called, "path of a folder, or a list of them", folder)
    end
    local s, set, parameters, path = require "matinf.nnp.n2p2".read_folder(folder, length)
    if i == 1 then
      self.descriptors, self.networks, self.fan_in = set, s.networks, s.fan_in
    elseif not (set.functions:equal(self.descriptors.functions)
        and same(s.networks, self.networks)) then
      e.at(path, nil, nil, "the same symmetry functions and networks as in %s expected", list[1])
    end
    self.members[i] = { parameters = parameters, scaling = s.scaling,
      normalisation = s.normalisation, atom_energy = s.atom_energy }
    for _, text in ipairs(s.unknown) do self.unknown[#self.unknown + 1] = path .. ": " .. text end
  end
  if #self.unknown == 0 then self.unknown = nil end
  return potential.new(self)
end

--- Options of nnp.train from n2p2's input.nn.
function M.n2p2_options(folder, options)
  local called = "nnp.n2p2_options"
  local o = e.options(options, called, { "length" })
  if type(folder) ~= "string" or folder == "" then
    e.argument("folder", called, "path of a folder", folder)
  end
  return require "matinf.nnp.n2p2".training_options(folder,
    unit_of(o.length, angstrom_of, "length", called))
end

--- Symmetry functions for structures by rule: see nnp/rule.lua.
function M.descriptors(structures, options)
  return require "matinf.nnp.rule".descriptors(structures, options)
end

-- train(structures, options), where options may have a core.
local function train_with(train, called, structures, options)
  if type(options) ~= "table" or options.core == nil then return train(structures, options) end
  local rest = {}
  for name, value in pairs(options) do rest[name] = value end
  rest.core = nil
  return require "matinf.nnp.core".train(options.core, structures, rest, train, called)
end

--- Trains a potential: see nnp/train.lua, and nnp/core.lua for the option `core`.
function M.train(structures, options)
  return train_with(require "matinf.nnp.train".train, "nnp.train", structures, options)
end

--- Fits a kernel-ridge or Gaussian-process potential: see nnp/kernel.lua, and nnp/core.lua.
function M.train_kernel(structures, options)
  return train_with(require "matinf.nnp.kernel".train, "nnp.train_kernel", structures, options)
end

--- Reads a potential that Potential:save wrote.
function M.load(path)
  local value = require "matinf.store".read(path)
  if getmetatable(value) ~= potential.Potential then
    e.at(path, nil, nil, "a neural-network potential expected")
  end
  return value
end

return M
