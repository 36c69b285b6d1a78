-- The class atoms.Structure: atoms in a cell, and what is known of them.
--
-- Fields that every structure has: positions (f64 [n x 3], Å), numbers (i32 [n], atomic numbers; 0
-- for what is no element), cell (f64 [3 x 3], rows a, b, c, Å; zero where there is none), periodic
-- (three booleans). What may be known: energy (eV), forces ([n x 3], eV/Å), stress ([3 x 3],
-- eV/Å^3, positive under tension), velocities ([n x 3], Å/fs), charges ([n], e), masses ([n], u);
-- info (map: further facts of the structure), arrays (map: further values of each atom: arrays [n]
-- or [n x k], or lists of strings); file and frame (where it was read).

local c = require "matinf.c.atoms"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Structure = store.class("atoms.Structure", {})

local options_of_new = { "symbols", "numbers", "positions", "fractional", "cell", "periodic",
  "energy", "forces", "stress", "velocities", "charges", "masses", "info", "arrays", "file",
  "frame" }

local function raise(known, name, expected, got)
  e.argument(name, known.called or "atoms.new", expected, got)
end

-- An array of a dtype from what was given, copied unless it is one already.
local function as_array(value, dtype, name, expected)
  local array, err = e.attempt(require "matinf".array.from, value, { dtype = dtype })
  if not array then raise({}, name, expected, err.message) end
  return array:copy()
end

local function with_shape(value, shape, name)
  local expected = "array [" .. table.concat(shape, " x ") .. "]"
  local kind = type(value)
  if kind ~= "table" and not e.is_a(value, "matinf.array") then raise({}, name, expected, value) end
  local array = as_array(value, "f64", name, expected)
  local right = array.ndim == #shape
  for k, n in ipairs(shape) do right = right and array.shape[k] == n end
  if not right then raise({}, name, expected, value) end
  return array
end

-- ---- what atoms there are -----------------------------------------------------------------------

local function number_of(symbol)
  if symbol == "X" then return 0 end
  return require "matinf".elements.get(symbol).number
end

-- Symbols in the order of a formula: "SiO2" is Si, O, O.
local function symbols_of_text(text)
  local list, plain = {}, text:gsub("%u%l?%d*", "")
  if plain ~= "" or text == "" then
    raise({}, "symbols", 'list of symbols, or text such as "SiO2"', text)
  end
  for symbol, count in text:gmatch "(%u%l?)(%d*)" do
    for _ = 1, tonumber(count) or 1 do list[#list + 1] = symbol end
  end
  return list
end

local function numbers_from(given)
  if given.numbers ~= nil and given.symbols == nil then
    local numbers = as_array(given.numbers, "i32", "numbers", "atomic numbers")
    if numbers.ndim ~= 1 then raise({}, "numbers", "list of atomic numbers", given.numbers) end
    return numbers
  end
  local symbols = given.symbols
  if type(symbols) == "string" then symbols = symbols_of_text(symbols) end
  if type(symbols) ~= "table" or given.numbers ~= nil then
    raise({}, "symbols", "symbols or numbers of the atoms", symbols)
  end
  local numbers = {}
  for i, symbol in ipairs(symbols) do numbers[i] = number_of(symbol) end
  return require "matinf".array(numbers, { dtype = "i32" })
end

-- ---- the cell -----------------------------------------------------------------------------------

--- The cell [3 x 3] from three vectors, three lengths, one length (a cube) or lengths and angles
--- (a, b, c in Å, alpha, beta, gamma in degrees; a along x, b in the xy plane).
function M.cell(value)
  local array = require "matinf".array
  if type(value) == "number" then value = { value, value, value } end
  if type(value) ~= "table" and not e.is_a(value, "matinf.array") then
    raise({}, "cell", "3 vectors, 3 lengths, or 3 lengths and 3 angles", value)
  end
  local flat = as_array(value, "f64", "cell", "numbers")
  if flat.ndim == 2 then return with_shape(flat, { 3, 3 }, "cell") end
  if flat.ndim ~= 1 or (#flat ~= 3 and #flat ~= 6) then
    raise({}, "cell", "3 vectors, 3 lengths, or 3 lengths and 3 angles", value)
  end
  if #flat == 3 then return array.diag(flat) end
  return M.cell_of_parameters(flat[1], flat[2], flat[3], flat[4], flat[5], flat[6])
end

-- Cosine of an angle in degrees, exact for right angles.
local function cosine(degrees)
  return degrees == 90 and 0 or math.cos(math.rad(degrees))
end

function M.cell_of_parameters(a, b, c_, alpha, beta, gamma)
  local ca, cb, cg = cosine(alpha), cosine(beta), cosine(gamma)
  local sg = gamma == 90 and 1 or math.sin(math.rad(gamma))
  local y = (ca - cb * cg) / sg
  local z2 = 1 - cb * cb - y * y
  if not (z2 > 0 and sg > 0) then
    raise({}, "cell", "angles that close a cell", ("%g, %g, %g"):format(alpha, beta, gamma))
  end
  return require "matinf".array { { a, 0, 0 }, { b * cg, b * sg, 0 },
    { c_ * cb, c_ * y, c_ * math.sqrt(z2) } }
end

local function periodic_from(value, has_cell)
  if value == nil then value = has_cell end
  if type(value) == "boolean" then return { value, value, value } end
  if type(value) ~= "table" or #value ~= 3 then
    raise({}, "periodic", "true, false or three of them", value)
  end
  for k = 1, 3 do
    if type(value[k]) ~= "boolean" then
      raise({}, "periodic", "true, false or three of them", value[k])
    end
  end
  return { value[1], value[2], value[3] }
end

-- ---- making -------------------------------------------------------------------------------------

local function positions_from(given, cell)
  local n = #given.numbers
  if given.positions ~= nil and given.fractional == nil then
    return with_shape(given.positions, { n, 3 }, "positions")
  end
  if given.fractional == nil or given.positions ~= nil then
    raise({}, "positions", "positions or fractional coordinates", given.positions)
  end
  return require "matinf".linalg.matmul(with_shape(given.fractional, { n, 3 }, "fractional"), cell)
end

--- A structure from symbols or numbers, positions or fractional coordinates, and a cell.
function M.new(options)
  local given = e.options(options, "atoms.new", options_of_new)
  local array = require "matinf".array
  local self = { energy = given.energy, file = given.file, frame = given.frame }
  given.numbers, given.symbols = numbers_from(given), nil
  self.numbers = given.numbers
  self.cell = given.cell ~= nil and M.cell(given.cell) or array.zeros(3, 3)
  self.periodic = periodic_from(given.periodic, given.cell ~= nil)
  self.positions = positions_from(given, self.cell)
  local n = #self.numbers
  local shapes = { forces = { n, 3 }, velocities = { n, 3 }, stress = { 3, 3 }, charges = { n },
    masses = { n } }
  for name, shape in pairs(shapes) do
    if given[name] ~= nil then self[name] = with_shape(given[name], shape, name) end
  end
  if given.energy ~= nil and type(given.energy) ~= "number" then
    raise({}, "energy", "number", given.energy)
  end
  self.info, self.arrays = given.info or {}, given.arrays or {}
  c.check(setmetatable(self, Structure))
  return self
end

--- Makes a structure of what a reader has found, or raises what is wrong with it. raw has line and
--- atoms_line, the lines where the frame and its atoms begin; species, when they are no symbols.
--- Labels that are no fields yet are looked for in info and arrays.
function M.finish(raw, options)
  local labels = require "matinf.atoms.labels"
  raw.info, raw.arrays = raw.info or {}, raw.arrays or {}
  setmetatable(raw, Structure)
  labels.assign(raw, options)
  labels.check(raw, options)
  c.check(raw)
  raw.line, raw.atoms_line = nil, nil
  if raw.species then raw.arrays.species, raw.species = raw.species, nil end
  return raw
end

--- The structures of the frames that are asked for: read(frame) gives what the next frame of a file
--- says, or nil when there is none.
function M.frames(options, first, last, step, read)
  local list, frame = {}, 0
  while frame < last do
    local raw = read(frame + 1)
    if not raw then break end
    frame = frame + 1
    if frame >= first and (frame - first) % step == 0 then
      list[#list + 1] = M.finish(raw, options)
    end
  end
  return list
end

-- ---- looking ------------------------------------------------------------------------------------

--- The symbols of the atoms; where the atomic number is 0, the name in arrays.species or "X".
function Structure:symbols()
  local all, list, names = require "matinf".elements.list(), {}, self.arrays.species or {}
  for i, number in ipairs(self.numbers:totable()) do
    list[i] = number == 0 and (names[i] or "X") or all[number].symbol
  end
  return list
end

--- The composition in the order of Hill, such as "O2Si".
function Structure:formula()
  local counts, parts = {}, {}
  for _, symbol in ipairs(self:symbols()) do counts[symbol] = (counts[symbol] or 0) + 1 end
  for _, symbol in ipairs(require "matinf.elements.formula".order(counts)) do
    parts[#parts + 1] = symbol .. (counts[symbol] > 1 and counts[symbol] or "")
  end
  return table.concat(parts)
end

--- Volume of the cell in Å^3; nil when a vector is missing.
function Structure:volume()
  local a = self.cell
  local v = a[1][1] * (a[2][2] * a[3][3] - a[2][3] * a[3][2])
    - a[1][2] * (a[2][1] * a[3][3] - a[2][3] * a[3][1])
    + a[1][3] * (a[2][1] * a[3][2] - a[2][2] * a[3][1])
  return v ~= 0 and math.abs(v) or nil
end

--- Fractional coordinates [n x 3].
function Structure:fractional() return c.fractional(self) end

--- The neighbours of all atoms within options.cutoff (Å).
function Structure:neighbours(options)
  return require "matinf.atoms.neighbours".of(self, options)
end

-- A deep copy of tables; arrays too.
local function copied(value)
  if e.is_a(value, "matinf.array") then return value:copy() end
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, field in pairs(value) do copy[key] = copied(field) end
  return copy
end

--- A structure of its own with everything the same.
function Structure:copy() return setmetatable(copied(self), Structure) end

--- The same structure with the atoms moved into the cell along periodic vectors.
function Structure:wrap()
  local wrapped = c.wrap(self)
  local copy = self:copy()
  copy.positions = wrapped
  return copy
end

function Structure:__len() return #self.numbers end

local function length(v) return math.sqrt(v[1] ^ 2 + v[2] ^ 2 + v[3] ^ 2) end

local function angle(u, v)
  local d = (u[1] * v[1] + u[2] * v[2] + u[3] * v[3]) / (length(u) * length(v))
  return math.deg(math.acos(math.max(-1, math.min(1, d))))
end

--- Lengths a, b, c (Å) and angles alpha, beta, gamma (degrees) of the cell.
function Structure:cell_parameters()
  local a, b, c_ = self.cell[1], self.cell[2], self.cell[3]
  return length(a), length(b), length(c_), angle(b, c_), angle(a, c_), angle(a, b)
end

local function describe_cell(self)
  if not self:volume() then return "no cell" end
  local text = ("a, b, c = %.5g, %.5g, %.5g Å; %.5g, %.5g, %.5g degrees"):format(
    self:cell_parameters())
  local along = ""
  for k = 1, 3 do along = along .. (self.periodic[k] and ("abc"):sub(k, k) or "") end
  if along == "abc" then return text end
  return text .. (along == "" and ", not periodic" or ", periodic along " .. along)
end

function Structure:__tostring()
  local lines = { ("%s: %d atoms, %s"):format(self:formula(), #self, describe_cell(self)) }
  local function add(format, ...) lines[#lines + 1] = "  " .. format:format(...) end
  if self.file then add("file: %s%s", self.file, self.frame and ", frame " .. self.frame or "") end
  if self.energy then add("energy: %.8g eV", self.energy) end
  if self.forces then add("largest force component: %.4g eV/Å", self.forces:abs():max()) end
  if self.stress then
    local s = self.stress
    add("stress xx yy zz yz xz xy: %.4g %.4g %.4g %.4g %.4g %.4g eV/Å^3", s[1][1], s[2][2],
      s[3][3], s[2][3], s[1][3], s[1][2])
  end
  for _, name in ipairs { "velocities", "charges", "masses" } do
    if self[name] then add("has %s", name) end
  end
  return table.concat(lines, "\n")
end

M.Structure = Structure
return M
