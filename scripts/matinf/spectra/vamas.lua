-- Writing VAMAS (ISO 14976): blocks as spectra.read_vamas gives them, or spectra.
--
-- Every block is written with all of its parts (no inclusion list), numbers in the shortest text
-- that reads back as the same double, so that reading gives the same blocks again. Entries for
-- future versions of the format are not kept.

local c = require "matinf.c.spectra"
local e = require "matinf.error"

local M = {}

local MAGIC = "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4"
local MISSING = "1E+37"
local LIMIT = 256 * 1024 * 1024 -- bytes of a VAMAS file

-- ---- reading ------------------------------------------------------------------------------------

--- All blocks of a VAMAS file with everything that stands in them.
function M.read(file)
  if type(file) ~= "string" then e.argument("file", "spectra.read_vamas", "path", file) end
  return c.read_vamas(require "matinf".sys.read(file, LIMIT), file)
end

-- ---- texts and numbers --------------------------------------------------------------------------

local function number(value)
  if value == nil or value ~= value then return MISSING end
  return require "matinf.c.table".number(value)
end

-- A list of lines with methods to add to it.
local function writer()
  local lines = {}
  local w = { lines = lines }
  function w.text(value)
    lines[#lines + 1] = (tostring(value or ""):gsub("[\r\n]", " "))
  end
  function w.number(value) lines[#lines + 1] = number(value) end
  function w.numbers(values, count)
    for i = 1, count do w.number(values and values[i]) end
  end
  function w.texts(list)
    w.number(#(list or {}))
    for _, one in ipairs(list or {}) do w.text(one) end
  end
  return w
end

local function one_of(text, ...)
  for _, word in ipairs { ... } do
    if text:lower() == word:lower() then return true end
  end
  return false
end

-- ---- the experiment -----------------------------------------------------------------------------

local function write_header(w, first, count)
  w.text(MAGIC)
  for _, name in ipairs { "institution", "instrument", "operator", "experiment" } do
    w.text(first[name])
  end
  w.texts(first.experiment_comments)
  w.text(first.mode)
  w.text(first.scan)
  if one_of(first.mode, "MAP", "MAPDP", "NORM", "SDP") then w.number(first.regions) end
  if one_of(first.mode, "MAP", "MAPDP") then w.numbers(first.map, 3) end
  w.number(#(first.variables or {}))
  for _, variable in ipairs(first.variables or {}) do
    w.text(variable.label)
    w.text(variable.unit)
  end
  w.number(0) -- no inclusion list
  w.texts(first.manual)
  w.number(0)
  w.number(0)
  w.number(count)
end

-- ---- blocks -------------------------------------------------------------------------------------

local function write_source(w, b)
  local mode, technique = b.mode, b.technique or ""
  w.text(b.id)
  w.text(b.sample)
  w.numbers(b.when, 7)
  w.texts(b.comments)
  w.text(technique)
  if one_of(mode, "MAP", "MAPDP") then w.numbers(b.map_position, 2) end
  for _, variable in ipairs(b.variables or {}) do w.number(variable.value) end
  w.text(b.source)
  if one_of(mode, "MAPDP", "MAPSVDP", "SDP", "SDPSV") or one_of(technique, "FABMS",
    "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS", "SNMS energy spec") then
    w.numbers(b.sputter_ion, 3)
  end
  w.number(b.energy)
  w.number(b.strength)
  w.numbers(b.beam_width, 2)
  if one_of(mode, "MAP", "MAPDP", "MAPSV", "MAPSVDP", "SEM") then w.numbers(b.field_of_view, 2) end
  if one_of(mode, "MAPSV", "MAPSVDP", "SEM") then w.numbers(b.linescan, 6) end
  w.numbers(b.source_angles, 2)
end

local function write_analyser(w, b)
  w.text(b.analyser_mode)
  w.number(b.pass_energy)
  if one_of(b.technique or "", "AES diff") then w.number(b.differential_width) end
  w.number(b.magnification)
  w.number(b.work_function)
  w.number(b.target_bias)
  w.numbers(b.analysis_width, 2)
  w.numbers(b.take_off_angles, 2)
  w.text(b.species)
  w.text(b.transition)
  w.number(b.charge)
  if b.scan == "REGULAR" then
    w.text(b.abscissa)
    w.text(b.abscissa_unit)
    w.number(b.start)
    w.number(b.step)
  end
end

local function write_signal(w, b)
  w.number(#b.columns)
  for _, column in ipairs(b.columns) do
    w.text(column.label)
    w.text(column.unit)
  end
  w.text(b.signal_mode)
  w.number(b.dwell)
  w.number(b.scans)
  w.number(b.time_correction)
  if one_of(b.mode, "MAPDP", "MAPSVDP", "SDP", "SDPSV")
    and one_of(b.technique or "", "AES diff", "AES dir", "EDX", "ELS", "UPS", "XPS", "XRF") then
    w.numbers(b.sputter_source, 7)
  end
  w.numbers(b.tilt, 2)
  w.number(b.rotation)
  w.number(#(b.extra or {}))
  for _, item in ipairs(b.extra or {}) do
    w.text(item.label)
    w.text(item.unit)
    w.number(item.value)
  end
end

local function write_values(w, b)
  local points = #b.columns[1].values
  w.number(points * #b.columns)
  for _, column in ipairs(b.columns) do
    w.number(points > 0 and column.values:min() or 0)
    w.number(points > 0 and column.values:max() or 0)
  end
  for i = 1, points do
    for _, column in ipairs(b.columns) do w.number(column.values[i]) end
  end
end

-- Blocks one after another that belong to one experiment.
local function experiments(blocks)
  local list = {}
  for _, block in ipairs(blocks) do
    local last = list[#list]
    local first = last and last[1]
    if first and first.scan == block.scan and first.mode == block.mode
      and first.experiment == block.experiment then
      last[#last + 1] = block
    else
      list[#list + 1] = { block }
    end
  end
  return list
end

--- The text of a VAMAS file with these blocks.
function M.text(blocks)
  local w = writer()
  for _, group in ipairs(experiments(blocks)) do
    write_header(w, group[1], #group)
    for _, block in ipairs(group) do
      write_source(w, block)
      write_analyser(w, block)
      write_signal(w, block)
      write_values(w, block)
    end
    w.text "end of experiment"
  end
  return table.concat(w.lines, "\r\n") .. "\r\n"
end

-- ---- spectra ------------------------------------------------------------------------------------

-- Start and step that give back exactly these energies, or nothing.
local function regular(x)
  local step = x[2] - x[1]
  for _, candidate in ipairs { step, (x[#x] - x[1]) / (#x - 1), math.floor(step * 1e6 + 0.5) / 1e6 } do
    local same = true
    for i = 1, #x do
      same = same and (i - 1) * candidate + x[1] == x[i]
      if not same then break end
    end
    if same then return x[1], candidate end
  end
end

local labels = { binding = "binding energy", kinetic = "kinetic energy", other = "energy" }

--- A spectrum as a block.
function M.block(s, scan)
  local label, unit = labels[s.energy], s.x_unit == "" and "d" or s.x_unit
  local rate = s.y_unit == "counts/s"
  local columns = { { label = rate and "count rate" or s.y_unit ~= "" and s.y_unit or "arbitrary intensity",
    unit = rate and "c/s" or "d", values = s.y } }
  for _, column in ipairs(s.columns or {}) do columns[#columns + 1] = column end
  local start, step = regular(s.x)
  scan = scan or (start and "REGULAR" or "IRREGULAR")
  if scan == "IRREGULAR" then
    table.insert(columns, 1, { label = label, unit = unit, values = s.x })
  end
  return { institution = "", instrument = "", operator = "", experiment = "", mode = "NORM",
    scan = scan, regions = 1, id = s.block or "spectrum", sample = s.sample or "",
    comments = s.comments, technique = "XPS", source = "", energy = s.hv, species = s.block or "",
    transition = "", abscissa = label, abscissa_unit = unit, start = start, step = step,
    columns = columns, signal_mode = "pulse counting", dwell = s.dwell, scans = s.scans or 1 }
end

--- Writes spectra, or blocks as read_vamas gives them, to a VAMAS file.
function M.write(path, what)
  local spectrum = require "matinf.spectra.spectrum".Spectrum
  local list = getmetatable(what) == spectrum and { what } or what
  if type(list) ~= "table" or #list == 0 then
    e.argument("what", "spectra.write_vamas", "spectrum, list of spectra or of VAMAS blocks", what)
  end
  local blocks, scan = {}, nil
  for i, one in ipairs(list) do
    blocks[i] = getmetatable(one) == spectrum and M.block(one) or one
    if type(blocks[i]) ~= "table" or not blocks[i].columns then
      e.argument(("what[%d]"):format(i), "spectra.write_vamas", "spectrum or block", one)
    end
    if getmetatable(one) == spectrum and blocks[i].scan == "IRREGULAR" then scan = "IRREGULAR" end
  end
  for i, one in ipairs(list) do
    if scan and getmetatable(one) == spectrum then blocks[i] = M.block(one, scan) end
  end
  require "matinf".sys.write_atomic(path, M.text(blocks))
end

return M
