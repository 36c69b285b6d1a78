-- The validation sheet of a potential: how far its answers can be believed.
--
-- A Sheet has energies [k x 2] (reference and prediction of each structure, eV/atom), forces
-- [q x 2] (of every component, eV/Å; nil when there are none), components [k] (how many of these
-- belong to each structure), types (list: info.config_type), extrapolation (nnp.Extrapolation),
-- for a committee energy_spread [k] and force_spread [q] (deviations of its members), for a
-- Gaussian process energy_spread (its standard deviations); and when a crystal was given, solids: a
-- list of one for the potential and one for the reference.
--
-- The error of a root mean square error comes from its differences between structures, since the
-- forces in one structure are not independent: with s_i the sum of squares in n_i components,
-- var(mse) = k / (k - 1) sum (s_i - mse n_i)^2 / (sum n_i)^2, and var(rmse) = var(mse) / (4 mse).

local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Sheet = store.class("nnp.Sheet", {})

local called = "nnp.Potential:sheet"
local STRETCH, POINTS = 0.04, 21 -- lengths of E(V): at most so much shorter or longer

-- ---- a crystal ----------------------------------------------------------------------------------

-- Energy per atom over the volume per atom, and how many atoms leave the range of training.
local function curve(potential, crystal, counts)
  local m = require "matinf"
  local n, volume, energy, outside = #crystal.numbers, {}, {}, {}
  for i = 1, POINTS do
    local s = crystal:strain(STRETCH * (2 * (i - 1) / (POINTS - 1) - 1))
    local total, _, _, _, more = potential:evaluate(s, counts and { extrapolation = true } or nil)
    volume[i], energy[i] = s:volume() / n, total / n
    outside[i] = counts and more.outside:gt(0):sum() or 0
  end
  return { volume = m.array(volume), energy = m.array(energy), outside = m.array(outside) }
end

-- The frequencies but for the three nearest to zero, the translations; nil when none is left.
local function optical(frequencies)
  local list = frequencies:flatten():totable()
  table.sort(list, function(a, b) return math.abs(a) < math.abs(b) end)
  return #list > 3 and require "matinf".array(table.move(list, 4, #list, 1, {})) or nil
end

-- What a potential says about a crystal: relaxed cell, E(V), elastic constants, phonons at Γ.
local function solid(potential, crystal, name, counts)
  local m = require "matinf"
  local relaxed = m.md.relax(crystal, { potential = potential, cell = true, force = 1e-5 })
  local s = relaxed.structure
  local one = { name = name, converged = relaxed.converged, atoms = #s.numbers,
    volume = s:volume() / #s.numbers, energy = relaxed.energy / #s.numbers,
    curve = curve(potential, s, counts) }
  if relaxed.converged then
    local elastic = m.md.elastic(s, { potential = potential, force = 1e-5 })
    one.constants, one.bulk, one.shear = elastic.constants, elastic.bulk, elastic.shear
    one.optical = optical(m.md.phonons(s, { potential = potential }):frequencies { { 0, 0, 0 } })
  end
  return one
end

-- ---- structures ---------------------------------------------------------------------------------

local function check(structures)
  if type(structures) ~= "table" or #structures == 0 then
    e.argument("structures", called, "list of structures with energies", structures)
  end
  for i, s in ipairs(structures) do
    if getmetatable(s) ~= require "matinf".atoms.Structure then
      e.argument("structures", called, "list of structures with energies", s)
    end
    if not s.energy or (s.forces == nil) ~= (structures[1].forces == nil) then
      e.fail("data", "%s: structure %d%s has no %s: all must have energies, and all or none forces",
        called, i, s.file and (" (%s, frame %d)"):format(s.file, s.frame) or "",
        s.energy and "forces as the first has them, or they alone" or "energy")
    end
  end
end

local function pair(a, b)
  local m = require "matinf"
  return m.array.concatenate({ a:flatten():reshape(-1, 1), b:flatten():reshape(-1, 1) }, 2)
end

local function predict(potential, structures)
  local m = require "matinf"
  local committee, with_forces = #potential.members > 1, structures[1].forces ~= nil
  local deviates = committee or potential.posterior ~= nil
  local known, predicted, spread, types, components = {}, {}, {}, {}, {}
  local f = { known = {}, predicted = {}, spread = {} }
  for i, s in ipairs(structures) do
    local n = #s.numbers
    local energy, forces, _, _, more = potential:evaluate(s,
      { forces = with_forces, deviation = deviates })
    known[i], predicted[i], components[i] = s.energy / n, energy / n, 3 * n
    types[i] = tostring(s.info and s.info.config_type or "all")
    if with_forces then f.known[i], f.predicted[i] = s.forces:flatten(), forces:flatten() end
    if deviates then spread[i] = more.energy_deviation / n end
    if committee and with_forces then f.spread[i] = more.force_deviation:flatten() end
  end
  local all = m.array.concatenate
  return { energies = pair(m.array(known), m.array(predicted)), types = types,
    components = m.array(components), energy_spread = deviates and m.array(spread) or nil,
    forces = with_forces and pair(all(f.known), all(f.predicted)) or nil,
    force_spread = committee and with_forces and all(f.spread) or nil }
end

--- The sheet of a potential: predictions of labelled structures, and of a crystal.
function M.sheet(potential, structures, options)
  local o = e.options(options, called, { "crystal", "reference" })
  check(structures)
  local self = predict(potential, structures)
  self.extrapolation = potential:extrapolation(structures)
  if o.crystal then
    self.solids = { solid(potential, o.crystal, "potential", true) }
    if o.reference then self.solids[2] = solid(o.reference, o.crystal, "reference", false) end
  end
  return setmetatable(self, Sheet)
end

-- ---- errors -------------------------------------------------------------------------------------

-- Root of the mean of squares over structures, and its error; rows are { sum of squares, number }.
local function rms(rows)
  local squares, count, spread, k = 0, 0, 0, #rows
  for _, row in ipairs(rows) do squares, count = squares + row[1], count + row[2] end
  local mean = squares / count
  for _, row in ipairs(rows) do spread = spread + (row[1] - mean * row[2]) ^ 2 end
  local variance = k > 1 and k / (k - 1) * spread / count ^ 2 or 0 / 0
  return math.sqrt(mean), mean > 0 and math.sqrt(variance / (4 * mean)) or 0 / 0
end

-- Rows for rms of the structures chosen: squared differences of the columns, or squared values.
local function rows_of(values, lengths, chosen)
  local rows, at = {}, 0
  for i = 1, #lengths do
    local n = math.tointeger(lengths[i])
    if chosen(i) then
      local part = values[{ { at + 1, at + n } }]
      rows[#rows + 1] = { part:dot(part), n }
    end
    at = at + n
  end
  return rows
end

local function difference(pairs) return (pairs[{ {}, 2 }] - pairs[{ {}, 1 }]):copy() end

--- Root mean square errors, their errors and spreads: of one configuration type, or of all.
function Sheet:errors(type)
  local one = require "matinf".array.ones(#self.types)
  local function chosen(i) return type == nil or self.types[i] == type end
  local function of(values, lengths)
    if values then return rms(rows_of(values, lengths, chosen)) end
  end
  local r = { structures = #rows_of(one, one, chosen) }
  if r.structures == 0 then
    e.argument("type", "nnp.Sheet:errors", "a configuration type of the structures", type)
  end
  r.energy, r.energy_error = of(difference(self.energies), one)
  r.force, r.force_error = of(self.forces and difference(self.forces), self.components)
  r.energy_spread = of(self.energy_spread, one)
  r.force_spread = of(self.force_spread, self.components)
  return r
end

local function kinds(self)
  local list, seen = {}, {}
  for _, name in ipairs(self.types) do
    if not seen[name] then list[#list + 1] = name end
    seen[name] = true
  end
  table.sort(list)
  return list
end

--- A table.Table: errors by configuration type, then of all.
function Sheet:table()
  local names, rows = kinds(self), {}
  for i, name in ipairs(names) do rows[i] = self:errors(name) end
  if #names > 1 then names[#names + 1], rows[#rows + 1] = "all together", self:errors() end
  local columns = { { name = "configurations", values = names } }
  local function column(name, field, unit, factor, error)
    local values = {}
    for i, row in ipairs(rows) do values[i] = row[field] and row[field] * factor end
    if #values > 0 then
      columns[#columns + 1] = { name = name, unit = unit, values = values, error = error }
    end
  end
  column("structures", "structures", nil, 1)
  column("energy RMSE", "energy", "meV/atom", 1e3, "energy error")
  column("energy error", "energy_error", "meV/atom", 1e3)
  column("force RMSE", "force", "eV/Å", 1, "force error")
  column("force error", "force_error", "eV/Å", 1)
  column("energy spread", "energy_spread", "meV/atom", 1e3)
  column("force spread", "force_spread", "eV/Å", 1)
  return require "matinf".table.new(columns)
end

local function solids_of(self, method)
  return self.solids
    or e.fail("usage", "nnp.Sheet:%s: the sheet was made without a crystal", method)
end

--- A table.Table: volume, energy, elastic constants and Γ frequencies of the crystal.
function Sheet:properties()
  local rows, columns = {}, {}
  local function row(name, unit, f) rows[#rows + 1] = { name = name, unit = unit, f = f } end
  local function constant(i, j) return function(s) return s.constants and s.constants[i][j] end end
  row("volume", "Å³/atom", function(s) return s.volume end)
  row("energy", "eV/atom", function(s) return s.energy end)
  row("bulk modulus", "GPa", function(s) return s.bulk end)
  row("shear modulus", "GPa", function(s) return s.shear end)
  for _, at in ipairs { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 1, 2 }, { 1, 3 }, { 2, 3 }, { 4, 4 },
    { 5, 5 }, { 6, 6 } } do
    row(("C%d%d"):format(at[1], at[2]), "GPa", constant(at[1], at[2]))
  end
  row("lowest optical frequency", "THz", function(s) return s.optical and s.optical:min() end)
  row("highest optical frequency", "THz", function(s) return s.optical and s.optical:max() end)
  local function column(name, f)
    local values = {}
    for i, one in ipairs(rows) do values[i] = f(one) end
    columns[#columns + 1] = { name = name, values = values }
  end
  column("property", function(one) return one.name end)
  column("unit", function(one) return one.unit end)
  for _, s in ipairs(solids_of(self, "properties")) do
    column(s.name, function(one) return one.f(s) or 0 / 0 end)
  end
  return require "matinf".table.new(columns)
end

-- ---- figures ------------------------------------------------------------------------------------

local function parity(pairs, what, unit)
  local fig = require "matinf".plot.figure { square = true, size = { 10, 10 },
    x = { label = what .. ", reference", unit = unit }, y = { label = what .. ", predicted",
      unit = unit } }
  return fig:parity(pairs[{ {}, 1 }]:copy(), pairs[{ {}, 2 }]:copy(), { unit = unit, size = 0.4 })
end

local function volume_figure(self)
  local fig = require "matinf".plot.figure { x = { label = "Volume", unit = "Å³/atom" },
    y = { label = "Energy", unit = "eV/atom" } }
  for k, s in ipairs(solids_of(self, "plot")) do
    local c = s.curve
    fig:line(c.volume, c.energy, { label = s.name, style = k == 1 and "solid" or "dashed" })
    local x, y = {}, {}
    for i = 1, #c.outside do
      if c.outside[i] > 0 then x[#x + 1], y[#y + 1] = c.volume[i], c.energy[i] end
    end
    if #x > 0 then
      fig:points(x, y, { label = "outside the training range", shape = "cross", color = "grey" })
    end
  end
  return fig
end

--- A plot.Figure: "energies" or "forces" (parity), or "volume" (E(V) of the crystal).
function Sheet:plot(kind)
  if kind == "energies" then return parity(self.energies, "Energy", "eV/atom") end
  if kind == "forces" and self.forces then return parity(self.forces, "Force", "eV/Å") end
  if kind == "volume" then return volume_figure(self) end
  e.argument("kind", "nnp.Sheet:plot", self.forces and '"energies", "forces" or "volume"'
    or '"energies" or "volume" (there are no forces)', kind)
end

function Sheet:__tostring()
  local text = tostring(self:table()) .. "\n" .. tostring(self.extrapolation)
  return self.solids and text .. "\n" .. tostring(self:properties()) or text
end

M.Sheet = Sheet
return M
