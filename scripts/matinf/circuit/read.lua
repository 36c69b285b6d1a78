-- Reading impedance spectra: instrument files by their text, csv and the like by their columns.
--
-- A file may hold several spectra: a column of cycles (or the like) parts them, or the frequency
-- that returns to where it began. Rows of frequency 0 are direct current (open circuit, rests) and
-- are left out, with a note.

local e = require "matinf.error"
local instrument = require "matinf.circuit.instrument"
local mpr = require "matinf.circuit.mpr"
local names = require "matinf.circuit.names"
local spectrum = require "matinf.circuit.spectrum"

local M = {}

local LIMIT = 256 * 1024 * 1024 -- bytes of a file

-- ---- rows to spectra ----------------------------------------------------------------------------

-- Whether the frequency jumps back to the first of the spectrum: a sweep there and back is one.
local function restarts(f, first, i)
  if i - first < 3 or math.abs(f[i] / f[first] - 1) > 0.01 then return false end
  local most = 0
  for k = first + 1, i - 1 do most = math.max(most, math.abs(math.log(f[k] / f[k - 1]))) end
  return math.abs(math.log(f[i] / f[i - 1])) > 1.5 * most
end

-- A group that changes nearly every row is a measured quantity, no name of a spectrum.
local function is_grouping(group, n)
  local changes = 0
  for i = 2, n do
    if group[i] ~= group[i - 1] then changes = changes + 1 end
  end
  return changes < n / 3
end

local function without_dc(rows)
  local kept = { frequency = {}, real = {}, imaginary = {}, line = {}, group = rows.group and {},
    notes = rows.notes, specific = rows.specific, group_name = rows.group_name }
  for i = 1, #rows.frequency do
    if rows.frequency[i] ~= 0 then
      local n = #kept.frequency + 1
      for _, list in ipairs { "frequency", "real", "imaginary", "line", "group" } do
        if kept[list] then kept[list][n] = rows[list][i] end
      end
    end
  end
  local dropped = #rows.frequency - #kept.frequency
  if dropped > 0 and #kept.frequency > 0 then
    kept.notes = { ("%d rows of frequency 0 (direct current) are left out"):format(dropped),
      table.unpack(rows.notes or {}) }
  end
  return kept
end

local function label_of(rows, at)
  local group = rows.group and rows.group[at]
  if not group then return nil end
  group = math.tointeger(group) or group
  return ("%s %s"):format(rows.group_name or "cycle", tostring(group))
end

local function make(rows, from, to, known)
  local array = require "matinf".array
  local z = {}
  for i = from, to do z[i - from + 1] = array.complex(rows.real[i], rows.imaginary[i]) end
  local f = table.move(rows.frequency, from, to, 1, {})
  local made, err = e.try(spectrum.new, f, z, { file = known.file, format = known.format,
    area = known.area, notes = rows.notes, label = label_of(rows, from),
    unit = rows.specific and "ohm cm2" or nil })
  if made then return made end
  local line = err.point and rows.line[from + err.point - 1]
  if line then err.line = known.line_of and known.line_of(line) or line end
  error(err, 0)
end

local function add_spectra(list, rows, known)
  rows = without_dc(rows)
  local n, first = #rows.frequency, 1
  local grouped = rows.group and is_grouping(rows.group, n)
  if not grouped then rows.group = nil end
  for i = 2, n + 1 do
    local ends = i > n or grouped and rows.group[i] ~= rows.group[i - 1]
      or not grouped and restarts(rows.frequency, first, i)
    if ends and n > 0 then
      list[#list + 1] = make(rows, first, i - 1, known)
      first = i
    end
  end
end

-- ---- text tables --------------------------------------------------------------------------------

local function is_numeric(column) return e.is_a(column.values, "matinf.array") end

local function header_of(column)
  return column.unit and ("%s (%s)"):format(column.name, column.unit) or column.name
end

local function kind_of(column)
  local kind, negated = names.kind(header_of(column))
  if kind then return kind, negated end
  return names.kind(column.name)
end

local function has_names(table_)
  for i, column in ipairs(table_.columns) do
    if column.name ~= "column_" .. i then return true end
  end
  return false
end

-- The columns by kind: those asked for by name, else by what they are called; without names, the
-- first three.
local function find_columns(table_, options, file)
  local found, headers = { sign = 1 }, {}
  for i, column in ipairs(table_.columns) do
    headers[i] = header_of(column)
    local kind, negated = kind_of(column)
    if kind and not found[kind] then
      found[kind] = column
      if kind == "imaginary" and negated then found.sign = -1 end
    end
  end
  for _, kind in ipairs { "frequency", "real", "imaginary" } do
    if options[kind] then found[kind] = select(2, table_:column(options[kind])) end
  end
  if not options.frequency and not found.frequency then found.frequency = found.angular
  else found.angular = nil end
  if not has_names(table_) and #table_.columns >= 3 then
    found.frequency, found.real, found.imaginary = table.unpack(table_.columns)
  end
  for _, kind in ipairs { "frequency", "real", "imaginary" } do
    if not found[kind] then
      e.at(file, nil, nil,
        "no column is known to hold the %s: there are %s (say %s = \"its name\")",
        kind == "frequency" and kind or kind .. " part", table.concat(headers, ", "), kind)
    end
  end
  if options.by then found.group = select(2, table_:column(options.by)) end
  return found
end

local function check_numeric(column, file)
  if is_numeric(column) then return end
  for i, text in ipairs(column.values) do
    if text ~= "" and not tonumber((text:gsub(",", "."))) then
      e.at(file, require "matinf.c.table".row_line(file, i), nil,
        "column '%s': a number expected, got \"%s\"", column.name, text:sub(1, 40))
    end
  end
  e.at(file, nil, nil, "column '%s' is text", column.name)
end

local function read_table(file, options)
  local data = require "matinf".table.read(file)
  if #data == 0 then e.at(file, nil, nil, "there are no rows of numbers") end
  local found = find_columns(data, options, file)
  for _, kind in ipairs { "frequency", "real", "imaginary" } do check_numeric(found[kind], file) end
  local f = found.frequency.values
  if options.angular or found.angular then f = f / (2 * math.pi) end
  local rows = { frequency = f:totable(), real = found.real.values:totable(),
    imaginary = (found.sign * found.imaginary.values):totable(), line = {},
    specific = names.is_specific(header_of(found.real)) }
  for i = 1, #data do rows.line[i] = i end
  if found.group then
    local values = found.group.values
    rows.group = is_numeric(found.group) and values:totable() or values
    rows.group_name = found.group.name
  end
  return { rows }, "table", function(row) return require "matinf.c.table".row_line(file, row) end
end

-- ---- all ----------------------------------------------------------------------------------------

local option_names = { "frequency", "real", "imaginary", "by", "angular", "sign", "area" }

local function check_options(options, called)
  options = e.options(options, called, option_names)
  for _, name in ipairs { "frequency", "real", "imaginary", "by" } do
    if options[name] ~= nil and type(options[name]) ~= "string" then
      e.argument(name, called, "name of a column", options[name])
    end
  end
  if options.sign ~= nil and options.sign ~= 1 and options.sign ~= -1 then
    e.argument("sign", called, "1 or -1", options.sign)
  end
  return options
end

local function as_utf8(text)
  text = text:gsub("^\xEF\xBB\xBF", "")
  if utf8.len(text) then return text end
  return (text:gsub("[\x80-\xff]", function(c) return utf8.char(c:byte()) end))
end

-- Blocks of rows, the format's name, and what turns a point into its line.
local function read_blocks(file, options)
  local text = require "matinf".sys.read(file, LIMIT)
  if text == "" then e.at(file, nil, nil, "the file is empty") end
  if mpr.detect(text) then return mpr.read(text, file), "BioLogic mpr" end
  local plain = not text:find("\0", 1, true) and as_utf8(text)
  local format = plain and instrument.find(plain)
  if format then return instrument.read(format, plain, file), format.name end
  return read_table(file, options)
end

local function note_sign(list, sign)
  for i, one in ipairs(list) do
    local z, upper = one.impedance, 0
    for j = 1, #one do upper = upper + (z[j].im > 0 and 1 or 0) end
    if sign == nil and upper > 0.9 * #one and #one > 2 then
      local notes = { table.unpack(one.notes or {}) }
      notes[#notes + 1] = "Im(Z) is positive: if the file holds -Im(Z), read it with sign = -1"
      local copy = {}
      for name, value in pairs(one) do copy[name] = value end
      copy.notes = notes
      list[i] = setmetatable(copy, spectrum.Spectrum)
    end
  end
end

--- Reads the spectra of a file: one, or a list when there are several.
function M.read(file, options)
  local called = "circuit.read"
  if type(file) ~= "string" then e.argument("file", called, "path", file) end
  options = check_options(options, called)
  if require "matinf".sys.exists(file) == "folder" then
    e.raise { kind = "io", message = ("cannot read %s: it is a folder"):format(file) }
  end
  local blocks, format, line_of = read_blocks(file, options)
  local list, known = {}, { file = file, format = format, area = options.area, line_of = line_of }
  for _, rows in ipairs(blocks) do
    if options.sign == -1 then
      for i, value in ipairs(rows.imaginary) do rows.imaginary[i] = -value end
    end
    add_spectra(list, rows, known)
  end
  if #list == 0 then e.at(file, nil, nil, "no rows with a frequency above 0") end
  note_sign(list, options.sign)
  return #list == 1 and list[1] or list
end

-- ---- writing ------------------------------------------------------------------------------------

local function write_csv(path, list)
  local array = require "matinf".array
  local labels, f, re, im = {}, {}, {}, {}
  for i, one in ipairs(list) do
    for j = 1, #one do
      labels[#labels + 1] = one.label or tostring(i)
      local z = one.impedance[j]
      f[#f + 1], re[#re + 1], im[#im + 1] = one.frequency[j], z.re, z.im
    end
  end
  local unit = list[1].unit
  local columns = { { name = "freq", unit = "Hz", values = array.array(f) },
    { name = "Re(Z)", unit = unit, values = array.array(re) },
    { name = "Im(Z)", unit = unit, values = array.array(im) } }
  if #list > 1 then table.insert(columns, 1, { name = "spectrum", values = labels }) end
  require "matinf".table.new(columns):write(path)
end

--- Writes a spectrum or a list of them: .csv, or .h5 (with all that is known of them).
function M.write(path, spectra)
  local called = "circuit.write"
  local list = getmetatable(spectra) == spectrum.Spectrum and { spectra } or spectra
  for i = 1, type(list) == "table" and math.max(#list, 1) or 1 do
    if type(list) ~= "table" or getmetatable(list[i]) ~= spectrum.Spectrum then
      e.argument("spectra", called, "circuit.Spectrum or list of them", spectra)
    end
    if list[i].unit ~= list[1].unit then
      e.fail("argument", "circuit.write: spectra in %s and in %s", list[1].unit, list[i].unit)
    end
  end
  if type(path) == "string" and path:find "%.csv$" then return write_csv(path, list) end
  if type(path) == "string" and path:find "%.h5$" then
    return require "matinf.store".write(path, #list == 1 and list[1] or list)
  end
  e.argument("path", called, "file name that ends in .csv or .h5", path)
end

return M
