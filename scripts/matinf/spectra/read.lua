-- Reading spectra: VAMAS (ISO 14976), NeXus, PHI .spe, texts of Scienta and SPECS, and text tables
-- (csv and its relatives).
--
-- VAMAS: kinetic energies become binding energies, BE = hv - KE. The file's work function is not
-- applied unless asked for: instruments write it for their own use, and CasaXPS ignores it too.

local c = require "matinf.c.spectra"
local e = require "matinf.error"
local spectrum = require "matinf.spectra.spectrum"

local M = {}

local LIMIT = 256 * 1024 * 1024 -- bytes of a VAMAS file
local MOST_NAMES = 12 -- that a message lists

-- ---- VAMAS --------------------------------------------------------------------------------------

local function energies(block, file)
  local m = require "matinf"
  if block.scan == "REGULAR" then
    if not block.start or not block.step or block.step == 0 then
      e.at(file, block.line, nil, "block '%s' has no abscissa start and increment", block.id)
    end
    return m.array.arange(0, #block.columns[1].values - 1) * block.step + block.start,
      block.abscissa, 1
  elseif block.scan == "IRREGULAR" and #block.columns > 1 then
    return block.columns[1].values, block.columns[1].label, 2
  end
  e.at(file, block.line, nil, "block '%s' is a map or image (scan mode %s), spectrum expected",
    block.id, block.scan)
end

-- The axis wanted: "binding" where hv is known, unless options.energy says otherwise.
local function convert(x, label, block, options, file)
  local hv = options.hv or block.energy
  local is_kinetic, is_binding = label:lower():find "kinetic", label:lower():find "binding"
  if not is_kinetic and not is_binding then return x, "other" end
  local have = is_kinetic and "kinetic" or "binding"
  local want = options.energy or (hv and "binding" or have)
  if want == have then return x, have end
  if not hv then
    e.at(file, block.line, nil, "block '%s': without the photon energy (option hv) no %s energies "
      .. "can be had", block.id, want)
  end
  local work = options.work_function and block.work_function or 0
  return hv - work - x, want
end

-- The column of intensities: the first after the abscissa, or the one asked for.
local function intensity(block, first, options, file)
  if not options.column then return block.columns[first], first end
  local names = {}
  for i = first, #block.columns do
    names[#names + 1] = block.columns[i].label
    if block.columns[i].label == options.column then return block.columns[i], i end
  end
  e.at(file, block.line, nil, "block '%s' has no column '%s': there are %s", block.id,
    options.column,
    table.concat(names, ", "))
end

-- Counts, unless the column itself says that it is a rate.
local function is_rate(column)
  local text = (column.label .. " " .. column.unit):lower()
  return text:find "cps" or text:find "/ ?s" or text:find "per second"
end

local function check_finite(column, block, file)
  for i = 1, #column.values do
    if column.values[i] ~= column.values[i] then
      e.at(file, block.line, nil, "block '%s': value %d of '%s' is missing (1E+37)", block.id, i,
        column.label)
    end
  end
end

local function from_block(block, options, file)
  local x, label, first = energies(block, file)
  local column, index = intensity(block, first, options, file)
  if #column.values < 2 then
    e.at(file, block.line, nil, "block '%s' has %d points, at least 2 expected", block.id,
      #column.values)
  end
  check_finite(column, block, file)
  local energy
  x, energy = convert(x, label, block, options, file)
  local time = (block.dwell or 0) * (block.scans or 1)
  local rate, others = is_rate(column), {}
  for i = first, #block.columns do
    if i ~= index then others[#others + 1] = block.columns[i] end
  end
  local unknown = column.label:lower():find "arbitrary"
  local made = spectrum.new(x, column.values, { energy = energy,
    y_unit = unknown and "" or rate and "counts/s" or "counts",
    counts_per = not unknown and (not rate and 1 or time > 0 and time) or nil,
    hv = options.hv or block.energy, dwell = block.dwell, scans = block.scans, file = file,
    block = block.id, sample = block.sample, columns = others, comments = block.comments })
  if not options.calibrated or energy ~= "binding" then return made end
  return made:calibrate(require "matinf.spectra.casa".shift(block.comments, made), 0)
end

local function block_names(blocks)
  local names = {}
  for i, block in ipairs(blocks) do names[i] = block.id end
  return names
end

-- By name, or by number; a name that stands twice needs a number.
local function find_block(blocks, wanted, file)
  if math.type(wanted) == "integer" then
    if blocks[wanted] then return blocks[wanted] end
    e.at(file, nil, nil, "block %d is asked for, the file has %d", wanted, #blocks)
  end
  local found
  for i, block in ipairs(blocks) do
    local line = block.species and block.species .. " " .. block.transition
    if block.id == wanted or line == wanted then
      if found then
        e.at(file, block.line, nil, "several blocks are called '%s': give a number (%d, ...)",
          wanted, i)
      end
      found = block
    end
  end
  if found then return found end
  local near = e.nearest(tostring(wanted), block_names(blocks))
  e.at(file, nil, nil, "no block is called '%s'%s: there are %s", tostring(wanted),
    near and (" (did you mean '%s'?)"):format(near) or "", table.concat(block_names(blocks), ", "))
end

local function read_vamas(text, file, options)
  local blocks = c.read_vamas(text, file)
  if #blocks == 0 then e.at(file, nil, nil, "the file has no blocks") end
  if options.block ~= nil then
    return from_block(find_block(blocks, options.block, file), options, file)
  end
  local list = {}
  for i, block in ipairs(blocks) do list[i] = from_block(block, options, file) end
  return #list == 1 and list[1] or list
end

-- ---- other instruments ---------------------------------------------------------------------------

-- A region of spectra/instrument.lua or spectra/phi.lua.
local function from_region(region, options, file)
  local x, energy = region.x, region.energy
  local hv = options.hv or region.hv
  local want = options.energy or (energy == "kinetic" and hv and "binding") or energy
  if want ~= energy and energy ~= "other" then
    if not hv then
      e.at(file, region.line, nil, "region '%s': option 'hv' is needed for %s energies", region.block,
        want)
    end
    x = hv - require "matinf".array.from(x, { dtype = "f64" })
    energy = want
  end
  local made, err = e.try(spectrum.new, x, region.y, { energy = energy, y_unit = region.y_unit,
    x_unit = region.x_unit or "eV",
    counts_per = region.counts_per, hv = hv, dwell = region.dwell, scans = region.scans, file = file,
    block = region.block, sample = region.sample })
  if made then return made end
  err.line = err.line or region.line
  error(err, 0)
end

local function read_regions(regions, file, options)
  for _, region in ipairs(regions) do region.id = region.block end
  if options.block ~= nil then
    return from_region(find_block(regions, options.block, file), options, file)
  end
  local list = {}
  for i, region in ipairs(regions) do list[i] = from_region(region, options, file) end
  return #list == 1 and list[1] or list
end

-- The reader of a file that begins like this, or nil.
local function instrument_of(head)
  if head:find "^%s*SOFH" then return require "matinf.spectra.phi".regions end
  if head:find "^\xef?\xbb?\xbf?%[Info%]" then return require "matinf.spectra.instrument".scienta end
  if head:find "^#%s*Created by:%s*SpecsLab" then
    return require "matinf.spectra.instrument".specs
  end
end

-- ---- text tables --------------------------------------------------------------------------------

local function line_of(row, file) return require "matinf.c.table".row_line(file, row) end

-- The first row of a column of text that is no number.
local function odd_row(one)
  for i, text in ipairs(one.values) do
    if text ~= "" and not tonumber((text:gsub(",", "."))) then return i end
  end
  return 1
end

local function sample(one) return one.values[odd_row(one)]:sub(1, 40) end

local function energy_of(name)
  local text = name:lower()
  if text:find "binding" or text:find "^be%f[%A]" or text:find "^b%.e" then return "binding" end
  if text:find "kinetic" or text:find "^ke%f[%A]" or text:find "^k%.e" then return "kinetic" end
end

-- The columns of numbers, at least two of them.
local function numeric_columns(table_, file)
  if #table_ == 0 then e.at(file, nil, nil, "there are no rows of numbers") end
  local numeric, texts = {}, {}
  for _, one in ipairs(table_.columns) do
    local list = type(one.values) == "userdata" and numeric or texts
    list[#list + 1] = one
  end
  if #numeric > 1 then return numeric end
  local text = texts[1] and (", '%s' is text, such as \"%s\""):format(texts[1].name, sample(texts[1])) or ""
  e.at(file, texts[1] and line_of(odd_row(texts[1]), file), nil,
    "columns of numbers for energy and intensity expected, %d found%s", #numeric, text)
end

local function says_energy(one) return energy_of(one.name) or one.name:lower():find "energy" end

local function says_intensity(one)
  local name = one.name:lower()
  return name:find "count" or name:find "intensity" or name:find "^cps%f[%A]" or name:find "signal"
end

-- The first column but `other` that passes one of the tests, the earlier test first.
local function first_column(columns, tests, other)
  for _, test in ipairs(tests) do
    for _, one in ipairs(columns) do
      if one ~= other and test(one) then return one end
    end
  end
end

local function says_binding(one) return energy_of(one.name) == "binding" end
local function any() return true end

-- The column that an option names, or nil without it.
local function named_column(table_, options, option, file)
  local name = options[option]
  if name == nil then return nil end
  local names = {}
  for i, one in ipairs(table_.columns) do
    if one.name == name then return one end
    names[i] = one.name
  end
  local hint = tonumber(name) and ": columns are named, not numbered, here " or ": there are "
  e.raise { kind = "argument", argument = option, file = file,
    message = ("no column is called '%s'%s"):format(tostring(name),
    e.hint(name, names, hint .. table.concat(names, ", ", 1, math.min(#names, MOST_NAMES)))) }
end

-- Energies and intensities: as asked for, else by what the names say, else the first two.
local function columns_of(table_, options, file)
  local x = named_column(table_, options, "x", file)
  local y = named_column(table_, options, "y", file)
  if x and y then return x, y end
  local numeric = numeric_columns(table_, file)
  x = x or first_column(numeric, { says_binding, says_energy, any }, y)
  return x, y or first_column(numeric, { says_intensity, any }, x)
end

-- The energies in eV, and their unit: what is no energy stays as it is.
local function in_electronvolts(one)
  local units = require "matinf".units
  local known, is_energy = pcall(units.compatible, one.unit or "eV", "eV")
  if not (known and is_energy) then return one.values, one.unit end
  local factor = units.convert(1, one.unit or "eV", "eV")
  return factor == 1 and one.values or one.values * factor, "eV"
end

local function unit_of(column_, options)
  local unit, name = (column_.unit or ""):lower(), column_.name:lower()
  if name == "cps" or unit == "cps" or unit == "counts/s" or unit == "c/s" then
    return "counts/s", options.dwell and options.dwell * (options.scans or 1)
  end
  if unit:find "^counts?$" or name:find "^counts?$" then return "counts", 1 end
  return column_.unit or ""
end

local function check_cells(one, file)
  for i = 1, #one.values do
    if one.values[i] ~= one.values[i] then
      e.at(file, line_of(i, file), nil, "column '%s': a number expected, nothing or NaN found", one.name)
    end
  end
end

-- A spectrum of the rows of a file: a point that is refused is shown by its line.
local function from_rows(x, y, fields)
  local made, err = e.try(spectrum.new, x, y, fields)
  if made then return made end
  if err.point then err.line = line_of(err.point, fields.file) end
  error(err, 0)
end

local function read_table(file, options)
  local data = require "matinf".table.read(file)
  local x, y = columns_of(data, options, file)
  check_cells(x, file)
  check_cells(y, file)
  local y_unit, counts_per = unit_of(y, options)
  local values, x_unit = in_electronvolts(x)
  local have = x_unit == "eV" and (options.given or energy_of(x.name))
  local want = options.energy or (have == "kinetic" and options.hv and "binding") or have
  if have and want ~= have then
    if not options.hv then
      e.fail("argument", "spectra.read: option 'hv' is needed to turn %s into %s energies", have,
        want)
    end
    values = options.hv - values
  end
  return from_rows(values, y.values, { energy = want or (x_unit == "eV" and "binding" or "other"),
    x_unit = x_unit,
    y_unit = y_unit, counts_per = counts_per, hv = options.hv, dwell = options.dwell,
    scans = options.scans,
    file = file })
end

-- ---- both ---------------------------------------------------------------------------------------

-- The start of a file; directories and devices give nothing.
local function head_of(file)
  local handle, message = io.open(file, "rb")
  if not handle then e.raise { kind = "io", message = ("cannot read %s"):format(message) } end
  local head = handle:read(4096)
  handle:close()
  return head
end

local function check_options(options)
  for _, name in ipairs { "energy", "given" } do
    local value = options[name]
    if value ~= nil and value ~= "binding" and value ~= "kinetic" then
      e.argument(name, "spectra.read", '"binding" or "kinetic"', value)
    end
  end
  local hv = options.hv
  if hv ~= nil and not (type(hv) == "number" and hv > 0 and hv < math.huge) then
    e.argument("hv", "spectra.read", "photon energy > 0 in eV", hv)
  end
end

--- Reads a spectrum: a VAMAS block, all blocks of a VAMAS file (a list when there are several), or
--- two columns of a text table.
function M.read(file, options)
  if type(file) ~= "string" then e.argument("file", "spectra.read", "path", file) end
  options = e.options(options, "spectra.read", { "block", "energy", "work_function", "column", "x",
    "y", "hv", "dwell", "scans", "calibrated", "given" })
  check_options(options)
  local kind = require "matinf".sys.exists(file)
  if kind == "folder" then
    e.raise { kind = "io", message = ("cannot read %s: it is a folder"):format(file) }
  end
  local head = head_of(file)
  if not head then e.at(file, nil, nil, "the file is empty") end
  if head:find "VAMAS Surface" and c.is_vamas(head) then
    return read_vamas(require "matinf".sys.read(file, LIMIT), file, options)
  end
  if head:find "^\137HDF\r\n\26\n" then
    return read_regions({ require "matinf.spectra.nexus".region(file) }, file, options)
  end
  local instrument = instrument_of(head)
  if instrument then
    local text = require "matinf".sys.read(file, LIMIT)
    return read_regions(instrument(text, file), file, options)
  end
  local packed = head:find "^\31\139" -- gzip, which tables unpack
  if head:find "\0" and not packed then
    e.at(file, nil, nil, "this is a binary file; VAMAS, NeXus, PHI or a text expected")
  end
  if options.block ~= nil then
    e.at(file, nil, nil, "block '%s' is asked for, but this file has no blocks",
      tostring(options.block))
  end
  return read_table(file, options)
end

return M
