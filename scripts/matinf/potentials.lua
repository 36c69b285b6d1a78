-- Classical potentials, and what every potential can do.
--
-- A potential is an instance of a class with the field `kernel` (see bindings/binding_potential.h).
-- Those made here are potentials.Potential: `kind` is the function that made it and `parameters`
-- the options it was made with, from which it can be made again.

local c = require "matinf.c.potentials"
local e = require "matinf.error"
local lammps = require "matinf.potentials.lammps"
local models = require "matinf.potentials.models"
local store = require "matinf.store"

local M = {}
local Potential = store.class("potentials.Potential", {})

-- ---- what every potential can do ----------------------------------------------------------------

--- Energy (eV), forces [n x 3] (eV/Å), virial [3 x 3] (eV) and energies of the atoms [n] (eV).
function Potential:evaluate(structure) return c.evaluate(self, structure) end

--- A copy of the structure that carries this potential's energy, forces and stress.
function Potential:label(structure)
  local energy, forces, virial = c.evaluate(self, structure)
  local copy = structure:copy()
  copy.energy, copy.forces = energy, forces
  local volume = structure:volume()
  copy.stress = volume and virial * (-1 / volume) or nil
  return copy
end

--- Radius (Å) within which neighbours matter.
function Potential:cutoff() return c.cutoff(self) end

--- Whether it has parameters for the element.
function Potential:knows(element)
  return c.knows(self, require "matinf".elements.get(element).number)
end

function Potential.__add(a, b) return M.sum { a, b } end

function Potential:__tostring()
  local p = self.parameters
  local what = p.model or p.elements and table.concat(p.elements, ", ") or ""
  return ("%s potential (%s), cutoff %.4g Å"):format(self.kind:gsub("_", "-"), what, self:cutoff())
end

local function make(kind, parameters, kernel)
  return setmetatable({ kind = kind, parameters = parameters, kernel = kernel }, Potential)
end

function Potential:to_store() return { kind = self.kind, parameters = self.parameters } end

function Potential.from_store(tree) return M[tree.kind](tree.parameters) end

-- ---- elements -----------------------------------------------------------------------------------

local function numbers_of(elements, called)
  if type(elements) == "string" then elements = { elements } end
  if type(elements) ~= "table" or #elements == 0 then
    e.argument("elements", called, "list of symbols", elements)
  end
  local numbers, symbols = {}, {}
  for i, symbol in ipairs(elements) do
    local element = require "matinf".elements.get(symbol)
    numbers[i], symbols[i] = element.number, element.symbol
  end
  return require "matinf".array(numbers, { dtype = "i32" }), symbols
end

-- ---- many-body potentials -----------------------------------------------------------------------

-- Entries of a table that a user gave: each has three symbols.
local function check_entries(entries, called)
  local expected = "list of entries such as { elements = { \"Si\", \"Si\", \"Si\" }, ... }"
  if type(entries) ~= "table" or #entries == 0 then
    e.argument("parameters", called, expected, entries)
  end
  for _, entry in ipairs(entries) do
    local elements = type(entry) == "table" and entry.elements
    if type(elements) ~= "table" then e.argument("parameters", called, expected, entry) end
    for k = 1, 3 do
      if type(elements[k]) ~= "string" then
        e.argument("parameters", called, expected, elements[k])
      end
    end
  end
  return entries
end

-- A row of numbers for each triplet of elements.
local function triplet_rows(entries, elements, fields, called)
  local by_triplet, rows = {}, {}
  for _, entry in ipairs(entries) do by_triplet[table.concat(entry.elements, " ")] = entry end
  for _, i in ipairs(elements) do
    for _, j in ipairs(elements) do
      for _, k in ipairs(elements) do
        local triplet = i .. " " .. j .. " " .. k
        local entry, row = by_triplet[triplet], {}
        if not entry then e.argument("parameters", called, "an entry for " .. triplet, nil) end
        for f, name in ipairs(fields) do
          row[f] = tonumber(entry[name]) or
            e.argument("parameters", called, ("number %s for %s"):format(name, triplet),
              entry[name])
        end
        rows[#rows + 1] = row
      end
    end
  end
  return rows
end

local function many_body(kind, count, options)
  local called = "potentials." .. kind
  if type(options) == "string" then options = { model = options } end
  local given = e.options(options, called, { "model", "file", "elements", "parameters" })
  local entries = given.parameters ~= nil and check_entries(given.parameters, called) or nil
  if given.file ~= nil then entries = lammps.read(given.file, kind) end
  if not entries then entries = models.get(kind, given.model, called) end
  local numbers, elements = numbers_of(given.elements or lammps.elements(entries), called)
  local fields = { table.unpack(lammps.fields[kind], 1, count) }
  local kernel = c[kind](numbers, triplet_rows(entries, elements, fields, called))
  return make(kind, { model = given.model, elements = elements, parameters = entries }, kernel)
end

--- Stillinger and Weber's potential: of 1985 for Si, or from a file or a table.
function M.stillinger_weber(options) return many_body("stillinger_weber", 10, options) end

--- Tersoff's potential: Si(B) of 1988, or from a file or a table.
function M.tersoff(options) return many_body("tersoff", 14, options) end

-- ---- sums over pairs ----------------------------------------------------------------------------

-- given["Si-O"] or given["O-Si"]
local function of_pair(given, a, b)
  return given[a .. "-" .. b] or given[b .. "-" .. a]
end

-- Every key of a map of pairs names two of the elements.
local function check_pairs(map, elements, argument, called)
  if type(map) ~= "table" then e.argument(argument, called, "map", map) end
  local known = {}
  for _, a in ipairs(elements) do
    for _, b in ipairs(elements) do known[a .. "-" .. b] = true end
  end
  for key in pairs(map) do
    if not known[key] then
      local example = elements[1] .. "-" .. elements[#elements]
      e.argument(argument, called, ('pairs such as "%s"'):format(example), key)
    end
  end
end

local function pair_rows(elements, row)
  local rows = {}
  for _, a in ipairs(elements) do
    for _, b in ipairs(elements) do rows[#rows + 1] = row(a, b) end
  end
  return rows
end

local function loop_options(given)
  return { cutoff = given.cutoff, truncation = given.truncation, width = given.width,
    accuracy = given.accuracy }
end

-- epsilon or sigma of a pair: stated, or mixed from those of the elements.
local function mixed(given, name, a, b, mix)
  local value = given[name]
  if type(value) == "number" then return value end
  local called = "potentials.lennard_jones"
  if type(value) ~= "table" then e.argument(name, called, "number or map", value) end
  local stated = of_pair(value, a, b)
  if type(stated) == "number" then return stated end
  if type(value[a]) ~= "number" then e.argument(name, called, "number for " .. a, value[a]) end
  if type(value[b]) ~= "number" then e.argument(name, called, "number for " .. b, value[b]) end
  return mix(value[a], value[b])
end

local function geometric(x, y) return math.sqrt(x * y) end
local function arithmetic(x, y) return (x + y) / 2 end

--- 4 epsilon ((sigma/r)^12 - (sigma/r)^6); unlike pairs by the rules of Lorentz and Berthelot.
function M.lennard_jones(options)
  local called = "potentials.lennard_jones"
  local given = e.options(options, called, { "elements", "epsilon", "sigma", "cutoff", "truncation",
    "width" })
  local numbers, elements = numbers_of(given.elements, called)
  local rows = pair_rows(elements, function(a, b)
    local epsilon = mixed(given, "epsilon", a, b, geometric)
    local s6 = mixed(given, "sigma", a, b, arithmetic) ^ 6
    return { 0, 1, 4 * epsilon * s6, 4 * epsilon * s6 * s6 }
  end)
  local kernel = c.pair("Lennard-Jones", numbers, rows, nil, loop_options(given))
  given.elements = elements
  return make("lennard_jones", given, kernel)
end

local function buckingham_row(entry, called)
  if not entry then return { 0, 1, 0, 0 } end
  if type(entry) ~= "table" then e.argument("pairs", called, "numbers A, rho, C, D", entry) end
  for name, value in pairs(entry) do
    if not ({ A = 1, rho = 1, C = 1, D = 1 })[name] or type(value) ~= "number" then
      e.argument("pairs", called, "numbers A, rho, C, D", name)
    end
  end
  return { entry.A or 0, entry.rho or 1, entry.C or 0, entry.D or 0 }
end

local function charges_of(map, elements, called)
  if type(map) ~= "table" then e.argument("charges", called, "map of elements to numbers", map) end
  local charges = {}
  for i, symbol in ipairs(elements) do
    charges[i] = map[symbol]
    if type(charges[i]) ~= "number" then
      e.argument("charges", called, "charge of " .. symbol, charges[i])
    end
  end
  return charges
end

--- A exp(-r/rho) - C/r^6 and the Coulomb energy of charged ions: BKS, TTAM, or a table.
function M.buckingham(options)
  local called = "potentials.buckingham"
  if type(options) == "string" then options = { model = options } end
  local given = e.options(options, called, { "model", "elements", "charges", "pairs", "cutoff",
    "truncation", "width", "accuracy" })
  if given.model or not given.pairs then
    local model = models.get("buckingham", given.model, called)
    given.elements = given.elements or model.elements
    given.charges, given.pairs = given.charges or model.charges, given.pairs or model.pairs
  end
  local numbers, elements = numbers_of(given.elements, called)
  check_pairs(given.pairs, elements, "pairs", called)
  local charges = given.charges ~= nil and charges_of(given.charges, elements, called) or nil
  local rows = pair_rows(elements, function(a, b)
    return buckingham_row(of_pair(given.pairs, a, b), called)
  end)
  local kernel = c.pair("Buckingham", numbers, rows, charges, loop_options(given))
  given.elements = elements
  return make("buckingham", given, kernel)
end

--- The screened repulsion of nuclei (Ziegler, Biersack, Littmark), which ends at `outer`.
function M.zbl(options)
  local called = "potentials.zbl"
  local given = e.options(options, called, { "elements", "inner", "outer" })
  local numbers, elements = numbers_of(given.elements, called)
  given.elements = elements
  if given.inner == nil and type(given.outer) == "number" then given.inner = given.outer / 2 end
  for _, name in ipairs { "outer", "inner" } do
    if type(given[name]) ~= "number" then e.argument(name, called, "number of Å", given[name]) end
  end
  return make("zbl", given, c.zbl(numbers, { inner = given.inner, outer = given.outer }))
end

-- ---- sums ---------------------------------------------------------------------------------------

--- The sum of several potentials; a + b is the same.
function M.sum(terms)
  if type(terms) ~= "table" then
    e.argument("terms", "potentials.sum", "list of potentials", terms)
  end
  terms = terms.terms or terms
  local list = { table.unpack(terms) }
  return make("sum", { terms = list }, c.sum(list))
end

M.Potential = Potential
return M
