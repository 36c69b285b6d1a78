-- The class spectra.Stack: many spectra on one energy axis, in memory or streamed from an HDF5
-- file.
--
-- Fields: x (array, what `range` leaves of the axis), rows and columns of the map they form (1 row
-- for a list), count, axes (of rows and columns: { label, unit, values }), energy, x_unit, y_unit,
-- counts_per, and either y (array [count x n]) or file, data (name of the dataset [rows x columns x
-- n] or [count x n]) and first (the place of x[1] in it). A file is read piece by piece and never
-- held whole.

local e = require "matinf.error"
local nexus = require "matinf.spectra.nexus"
local spectrum = require "matinf.spectra.spectrum"
local store = require "matinf.store"

local M = {}
local Stack = store.class("spectra.Stack", {})

local PIECE = 2e6 -- numbers that are read at once to add spectra up
local SAMPLES = 9 -- spectra that are asked for their noise

local known = { "energy", "x_unit", "y_unit", "counts_per", "rows", "columns" }

-- ---- making -------------------------------------------------------------------------------------

-- The first and last place of an axis within { low, high }.
local function places_of(x, range, called, file, energy)
  if range == nil then return 1, #x end
  if type(range) ~= "table" or type(range[1]) ~= "number" or type(range[2]) ~= "number"
    or not (range[1] < range[2]) then
    e.argument("range", called, "two energies, low < high", range)
  end
  local first, last
  for i = 1, #x do
    if x[i] >= range[1] and x[i] <= range[2] then first, last = first or i, i end
  end
  if not first or first == last then
    e.raise { kind = "data", file = file, argument = "range",
      message = ("no data from %g to %g: they span %g to %g%s"):format(range[1], range[2], x:min(),
        x:max(), energy == "kinetic" and ", kinetic energies" or "") }
  end
  return first, last
end

local function index_axis(label, n)
  return { label = label, values = require "matinf".array.arange(n) }
end

-- Checks the axis, by the rules of a spectrum, and fills in what was not said.
local function finish(self)
  local flat = self.x * 0 + 1
  local one = spectrum.new(self.x, flat, { energy = self.energy, x_unit = self.x_unit,
    y_unit = self.y_unit, file = self.file })
  self.x, self.energy, self.x_unit, self.y_unit = one.x, one.energy, one.x_unit, one.y_unit
  self.count = self.rows * self.columns
  self.axes = self.axes or { index_axis("Row", self.rows), index_axis("Column", self.columns) }
  return setmetatable(self, Stack)
end

local function check_positive(o, name, called)
  local value = o[name]
  if value ~= nil and not (type(value) == "number" and value > 0 and value < math.huge) then
    e.argument(name, called, "number > 0", value)
  end
end

--- Spectra y [rows x columns x n] or [count x n] at x.
function M.new(x, y, options)
  local called, array = "spectra.stack", require "matinf".array
  local o = e.options(options, called, { "range", table.unpack(known) })
  check_positive(o, "counts_per", called)
  x, y = array.from(x, { dtype = "f64" }), array.from(y, { dtype = "f64" })
  local shape = y.shape
  if #x.shape ~= 1 or #x < 2 then e.argument("x", called, "array [n], n >= 2", x) end
  if (#shape ~= 2 and #shape ~= 3) or shape[#shape] ~= #x then
    e.argument("y", called, ("array [count x %d] or [rows x columns x %d]"):format(#x, #x), y)
  end
  local first, last = places_of(x, o.range, called)
  local self = { rows = 1, columns = shape[1], energy = o.energy, x_unit = o.x_unit,
    y_unit = o.y_unit, counts_per = o.counts_per }
  if #shape == 3 then self.rows, self.columns = shape[1], shape[2] end
  for _, name in ipairs { "rows", "columns" } do
    if o[name] ~= nil and (math.type(o[name]) ~= "integer" or o[name] < 1) then
      e.argument(name, called, "integer >= 1", o[name])
    end
  end
  if o.rows or o.columns then
    self.rows = o.rows or self.rows * self.columns // o.columns
    self.columns = o.columns or shape[1] // o.rows
  end
  local count = #shape == 3 and shape[1] * shape[2] or shape[1]
  if self.rows * self.columns ~= count then
    e.argument("rows", called, ("rows times columns = %d"):format(count), self.rows)
  end
  self.x = x[{ { first, last } }]:copy()
  self.y = y:reshape(count, #x)[{ {}, { first, last } }]:copy()
  return finish(self)
end

--- The spectra of an HDF5 file: those of its NXdata, or of the datasets named.
function M.open(path, options)
  local called = "spectra.open_stack"
  local o = e.options(options, called, { "data", "axis", "range", "hv", table.unpack(known) })
  if type(path) ~= "string" then e.argument("path", called, "path", path) end
  for _, name in ipairs { "data", "axis" } do
    if o[name] ~= nil and type(o[name]) ~= "string" then
      e.argument(name, called, "name of a dataset", o[name])
    end
  end
  check_positive(o, "counts_per", called)
  check_positive(o, "hv", called)
  local file <close> = require "matinf".hdf5.open(path)
  local found = nexus.stack(file, path, o.data, o.axis)
  local energy = o.energy or found.energy
  if energy == "kinetic" and o.hv then found.x, energy = o.hv - found.x, "binding" end
  local first, last = places_of(found.x, o.range, called, path, energy)
  local self = { file = path, data = found.data, first = first, rows = found.rows,
    columns = found.columns, axes = found.axes, x = found.x[{ { first, last } }]:copy(),
    energy = energy }
  for _, name in ipairs { "x_unit", "y_unit", "counts_per" } do
    self[name] = o[name] or found[name]
  end
  if o.rows or o.columns then
    e.argument("rows", called, "none: the dataset has the shape of the map", o.rows or o.columns)
  end
  return finish(self)
end

local function check_integer(value, name, called, most)
  if math.type(value) ~= "integer" or value < 1 or value > most then
    e.argument(name, called, most < math.maxinteger and ("integer from 1 to %d"):format(most)
      or "integer >= 1", value)
  end
end

-- ---- reading ------------------------------------------------------------------------------------

local handles = setmetatable({}, { __mode = "k" }) -- files stay open between reads

local function handle_of(self)
  local file = handles[self]
  if not file then
    file = require "matinf".hdf5.open(self.file)
    handles[self] = file
  end
  return file
end

-- Spectra first to last, which lie in one row of a dataset with rows, or in a list.
local function read_row(self, first, last)
  local points = { self.first, self.first + #self.x - 1 }
  local file = handle_of(self)
  if #file:info(self.data).shape == 2 then
    return file:read(self.data, { { first, last }, points })
  end
  local row = (first - 1) // self.columns
  return file:read(self.data, { row + 1, { first - row * self.columns, last - row * self.columns },
    points })
end

local function read_rows(self, first, last)
  local array, columns = require "matinf".array, self.columns
  local whole = (first - 1) % columns == 0 and last % columns == 0
  if self.rows > 1 and whole then
    local y = handle_of(self):read(self.data, { { (first - 1) // columns + 1, last // columns }, {},
      { self.first, self.first + #self.x - 1 } })
    return y:reshape(last - first + 1, #self.x)
  end
  local parts, at = {}, first
  while at <= last do
    local stop = self.rows > 1 and math.min(last, ((at - 1) // columns + 1) * columns) or last
    parts[#parts + 1] = read_row(self, at, stop)
    at = stop + 1
  end
  return #parts == 1 and parts[1] or array.concatenate(parts, 1)
end

--- Spectra first to last as an array [m x n]; counted row by row.
function Stack:read(first, last)
  local called = "spectra.Stack:read"
  check_integer(first, "first", called, self.count)
  check_integer(last, "last", called, self.count)
  if last < first then e.argument("last", called, "integer >= first", last) end
  if self.y then return self.y[{ { first, last } }]:copy() end
  return read_rows(self, first, last):astype "f64"
end

local function spectrum_of(self, y, counts_per, file)
  return spectrum.new(self.x, y, { energy = self.energy, x_unit = self.x_unit,
    y_unit = self.y_unit, counts_per = counts_per, file = file })
end

--- Spectrum i (counted row by row), or that of a row and a column, as a spectra.Spectrum.
function Stack:spectrum(i, column)
  local called = "spectra.Stack:spectrum"
  if column ~= nil then
    check_integer(i, "i", called, self.rows)
    check_integer(column, "column", called, self.columns)
    i = (i - 1) * self.columns + column
  end
  check_integer(i, "i", called, self.count)
  return spectrum_of(self, self:read(i, i):reshape(#self.x), self.counts_per, self.file)
end

--- Lists { first, last } of pieces that hold about `numbers` values each, whole rows where there
--- are any.
function Stack:pieces(numbers)
  if numbers ~= nil then
    check_integer(numbers, "numbers", "spectra.Stack:pieces", math.maxinteger)
  end
  local step = math.max(1, math.floor((numbers or PIECE) / #self.x))
  if self.rows > 1 and step > self.columns then step = step // self.columns * self.columns end
  local list = {}
  for first = 1, self.count, step do
    list[#list + 1] = { first, math.min(self.count, first + step - 1) }
  end
  return list
end

local function refuse_all(self)
  e.raise { kind = "data", file = self.file,
    message = "no spectrum of the map can be used: all have negative values or values that are no "
      .. "numbers, or are zero" }
end

-- The first of spectra first to last that can be used, or nil.
local function first_usable(self, first, last)
  for i = first, last do
    local y = self:read(i, i)
    local most = y:max()
    if y:min() >= 0 and most > 0 and most < math.huge then return i end
  end
end

--- `count` numbers of spectra that can be used, spread evenly over all.
function Stack:spread(count)
  check_integer(count, "count", "spectra.Stack:spread", math.maxinteger)
  local list, n = {}, math.min(count, self.count)
  local function place(i) return math.floor((i - 0.5) * self.count / n) + 1 end
  for i = 1, n do
    local last = i < n and place(i + 1) - 1 or self.count
    list[#list + 1] = first_usable(self, place(i), last)
  end
  if #list == 0 then list[1] = first_usable(self, 1, self.count) end
  if #list == 0 then refuse_all(self) end
  return list
end

--- Variance over mean of one spectrum's intensities, and where that is known from.
function Stack:noise()
  if self.counts_per then return 1 / self.counts_per, "counts" end
  local values, source = {}, "counts"
  for n, i in ipairs(self:spread(SAMPLES)) do
    local one
    values[n], one = self:spectrum(i):noise()
    if one ~= "counts" then source = one end
  end
  table.sort(values)
  return values[(#values + 1) // 2], source
end

--- The mean of all spectra that can be used: no value negative or not finite, and not all zero.
function Stack:mean()
  local total, used = self.x * 0, 0
  for _, piece in ipairs(self:pieces()) do
    local y = self:read(piece[1], piece[2])
    local least, most = y:min(2), y:max(2)
    local good = least:ge(0) * most:gt(0) * most:lt(math.huge)
    used = used + good:sum()
    if good:sum() < good.shape[1] then y = y:select(good:nonzero(), 1) end
    if #y > 0 then total = total + y:sum(1) end
  end
  if used == 0 then refuse_all(self) end
  return spectrum_of(self, total / used, used / (self:noise()))
end

function Stack:__len() return self.count end

function Stack:__tostring()
  return ("%d spectra (%d x %d) of %d points, %.6g to %.6g %s%s"):format(self.count, self.rows,
    self.columns, #self.x, self.x[1], self.x[#self.x], self.x_unit,
    self.file and ", file " .. self.file or "")
end

M.Stack = Stack
return M
