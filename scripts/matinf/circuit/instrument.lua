-- Text files of instruments: Gamry .DTA, BioLogic .mpt, ZPlot .z (and Autolab, which writes it),
-- CH Instruments, VersaStudio .par.
--
-- Each format says where its table begins; columns are found by name (names.lua), and from there on
-- all tables are alike. A block of rows is { frequency, real, imaginary, line, notes }: lists with
-- an entry a point. What is missing or odd is an error that names the line and the column.

local e = require "matinf.error"
local names = require "matinf.circuit.names"

local M = {}

-- ---- lines, cells, numbers ----------------------------------------------------------------------

local function lines_of(text)
  local lines = {}
  for line in (text:gsub("\r+\n", "\n"):gsub("\r", "\n") .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  if lines[#lines] == "" then lines[#lines] = nil end
  return lines
end

local function trim(text) return text:match "^%s*(.-)%s*$" end

local function delimiter_of(line)
  return line:find("\t", 1, true) and "\t" or line:find(";", 1, true) and ";"
    or line:find(",", 1, true) and "," or " "
end

local function cells_of(line, delimiter)
  local cells = {}
  if delimiter == " " then
    for cell in line:gmatch "%S+" do cells[#cells + 1] = cell end
    return cells
  end
  for cell in (line .. delimiter):gmatch("([^" .. delimiter .. "]*)" .. delimiter) do
    cells[#cells + 1] = trim(cell)
  end
  return cells
end

-- Decimal commas are read wherever the comma does not separate cells.
local function number(cell, delimiter)
  if delimiter ~= "," then cell = cell:gsub(",", ".") end
  return not cell:find "[^%d%.eE+-]" and tonumber(cell) or nil
end

-- ---- tables -------------------------------------------------------------------------------------

local wanted = { frequency = "frequency", real = "real part", imaginary = "imaginary part" }

-- Which cell holds what; `preferred` are exact headers that win where a kind occurs twice.
local function columns_of(headers, line, file, preferred)
  local columns = { headers = headers }
  for i, header in ipairs(headers) do
    local kind, negated = names.kind(header)
    if kind and (not columns[kind] or preferred and preferred[header]) then
      columns[kind] = i
      if kind == "imaginary" then columns.sign = negated and -1 or 1 end
      if kind ~= "group" and names.is_specific(header) then columns.specific = true end
    end
  end
  for _, kind in ipairs { "frequency", "real", "imaginary" } do
    if not columns[kind] then
      e.at(file, line, nil, "no column with the %s of the impedance: there are %s", wanted[kind],
        table.concat(headers, ", "))
    end
  end
  return columns
end

local function cell_number(cells, at, columns, line, delimiter, file)
  local value = number(cells[at] or "", delimiter)
  if value then return value end
  local name = columns.headers[at] or ("column %d"):format(at)
  if not cells[at] then
    e.at(file, line, nil, "column '%s' is missing: this row has %d of %d cells (is the file cut?)",
      name, #cells, #columns.headers)
  end
  e.at(file, line, nil, "column '%s': a number expected, got \"%s\"", name, cells[at]:sub(1, 40))
end

local function is_row(line, delimiter)
  local cells = cells_of(line, delimiter)
  for i = 1, math.min(#cells, 2) do
    if cells[i] ~= "" then return number(cells[i], delimiter) ~= nil end
  end
  return false
end

-- Reads rows from line `at` on, up to the first that `stop` says is none; returns the next line.
local function take_rows(lines, at, columns, file, stop)
  local rows = { frequency = {}, real = {}, imaginary = {}, line = {}, specific = columns.specific,
    group = columns.group and {} }
  local count
  while at <= #lines and not stop(lines[at]) do
    if lines[at]:find "%S" then
      local delimiter = delimiter_of(lines[at])
      local cells, n = cells_of(lines[at], delimiter), #rows.line + 1
      count = count or #cells
      for _, kind in ipairs { "frequency", "real", "imaginary" } do
        rows[kind][n] = cell_number(cells, columns[kind], columns, at, delimiter, file)
      end
      if #cells ~= count then
        e.at(file, at, nil, "%d cells expected, as in the rows above, found %d (is the file cut?)",
          count, #cells)
      end
      rows.imaginary[n] = columns.sign * rows.imaginary[n]
      if rows.group then rows.group[n] = number(cells[columns.group] or "", delimiter) or 0 end
      rows.line[n] = at
    end
    at = at + 1
  end
  return rows, at
end

local function never() return false end

-- The first line from `from` on that matches the pattern.
local function find_line(lines, pattern, from)
  for i = from or 1, #lines do
    if lines[i]:find(pattern) then return i end
  end
end

-- ---- the formats --------------------------------------------------------------------------------

local drift_corrected = { Zrealdrcor = true, Zimagdrcor = true }

-- Rows are indented by a tab; whatever is not ends the table (EXPERIMENTABORTED, further tables).
local function gamry(lines, file)
  local at = find_line(lines, "^ZCURVE%s+TABLE")
  if not at then
    local tables = {}
    for _, line in ipairs(lines) do tables[#tables + 1] = line:match "^(%w+)%s+TABLE" end
    e.at(file, nil, nil, "no table ZCURVE, which holds the impedance: there are %s",
      #tables > 0 and table.concat(tables, ", ") or "no tables")
  end
  local headers = cells_of(lines[at + 1] or "", "\t")
  local corrected = find_line(lines, "^DRIFTCOR%s+TOGGLE%s+T")
  local columns = columns_of(headers, at + 1, file, corrected and drift_corrected)
  local from = at + 2
  if lines[from] and not is_row(lines[from], "\t") then from = from + 1 end -- units
  local rows = take_rows(lines, from, columns, file, function(line) return not line:find "^\t" end)
  local aborted = find_line(lines, "^EXPERIMENTABORTED", from)
  local announced = tonumber(lines[at]:match "^ZCURVE%s+TABLE%s+(%d+)")
  if announced and announced ~= #rows.line and not aborted then
    e.at(file, at, nil, "%d rows are announced, %d found: the file is cut", announced, #rows.line)
  end
  if aborted then
    rows.notes = { ("the experiment was aborted after %d points (line %d)"):format(#rows.line,
      aborted) }
  end
  return { rows }
end

-- One header a cycle when files were concatenated.
local function biologic(lines, file)
  local blocks, at = {}, 1
  local function begins(line) return line:find "^EC%-Lab ASCII FILE" ~= nil end
  while at <= #lines do
    local count = tonumber((lines[at + 1] or ""):match "^%s*Nb header lines%s*:%s*(%d+)")
    if not count then
      e.at(file, at + 1, nil, "'Nb header lines : N' expected, got \"%s\"",
        (lines[at + 1] or "the end of the file"):sub(1, 40))
    end
    local header = at + count - 1
    if count < 3 or header > #lines then
      e.at(file, at + 1, nil, "%d header lines are announced, the file has %d lines", count, #lines)
    end
    local columns = columns_of(cells_of(lines[header], "\t"), header, file)
    blocks[#blocks + 1], at = take_rows(lines, header + 1, columns, file, begins)
  end
  return blocks
end

-- Names stand in one quoted cell, two blanks apart, where commas part the numbers.
local function zplot_headers(line)
  if line:find "\t" then return cells_of(line, "\t") end
  local headers = {}
  for name in (trim(line:gsub('"', "")) .. "  "):gmatch "(.-)%s%s+" do
    headers[#headers + 1] = name
  end
  return headers
end

local function zplot(lines, file)
  local header, from = find_line(lines, "Freq%s?%(Hz%)"), find_line(lines, "^%s*\"?End Comments")
  if not header and not from then
    e.at(file, nil, nil, "neither 'End Comments' nor a line with 'Freq(Hz)': no data")
  end
  local headers = header and zplot_headers(lines[header])
    or { "Freq(Hz)", "Ampl", "Bias", "Time(Sec)", "Z'(a)", "Z''(b)", "GD", "Err", "Range" }
  local columns = columns_of(headers, header, file)
  return { (take_rows(lines, math.max(header or 0, from or 0) + 1, columns, file, never)) }
end

local function chi(lines, file)
  local header = find_line(lines, "^Freq/Hz")
  local columns = columns_of(cells_of(lines[header], ","), header, file)
  return { (take_rows(lines, header + 1, columns, file, never)) }
end

-- Segments without an AC part have frequency 0 throughout.
local function versastudio(lines, file)
  local blocks, at = {}, 1
  while true do
    at = find_line(lines, "^<Segment%d+>", at)
    if not at then break end
    local number_, last = lines[at]:match "%d+", nil
    last = find_line(lines, "^</Segment" .. number_ .. ">", at)
    if not last then e.at(file, at, nil, "<Segment%s> does not end: the file is cut", number_) end
    local definition = find_line(lines, "^Definition=", at)
    if not definition or definition > last then
      e.at(file, at, nil, "<Segment%s> has no line 'Definition=' with the names of its columns",
        number_)
    end
    local headers = cells_of(lines[definition]:gsub("^Definition=", ""), ",")
    local columns = columns_of(headers, definition, file)
    blocks[#blocks + 1] = take_rows(lines, definition + 1, columns, file, function(line)
      return line:find "^</Segment" ~= nil
    end)
    at = last
  end
  if #blocks == 0 then e.at(file, nil, nil, "no <Segment>: no data") end
  return blocks
end

-- How a file is recognised, in this order, by its text.
M.formats = {
  { name = "Gamry", read = gamry, signs = { "^EXPLAIN", "\nZCURVE%s+TABLE" } },
  { name = "BioLogic", read = biologic, signs = { "^EC%-Lab ASCII FILE" } },
  { name = "VersaStudio", read = versastudio, signs = { "<Segment%d+>", "^<Application>" } },
  { name = "ZPlot", read = zplot, signs = { "^ZPLOT2 ASCII", '^"ZPlotW Data File',
    '^"Z60W Data File', "\n%s*\"?End Comments" } },
  { name = "CH Instruments", read = chi, signs = { "\nFreq/Hz, Z'/ohm" } },
}

--- The format of a text, or nil.
function M.find(text)
  for _, format in ipairs(M.formats) do
    for _, sign in ipairs(format.signs) do
      if text:find(sign) then return format end
    end
  end
end

--- The blocks of rows of a text in that format.
function M.read(format, text, file) return format.read(lines_of(text), file) end

return M
