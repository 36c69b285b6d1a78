-- VASP's POSCAR and CONTCAR, and the header of XDATCAR.

local c = require "matinf.c.atoms"
local cursor = require "matinf.atoms.cursor"
local e = require "matinf.error"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

-- A negative number is the volume, three scale x, y and z.
local function scaled(file, cell, scale)
  if #scale ~= 1 and #scale ~= 3 then file:fail("1 or 3 scale factors expected") end
  local array = require "matinf".array
  if #scale == 3 then return cell * array(scale), array(scale) end
  local factor = scale[1]
  if factor < 0 then
    local s = setmetatable({ cell = cell }, structure.Structure)
    factor = (-factor / (s:volume() or file:fail "the cell is flat")) ^ (1 / 3)
  end
  if factor == 0 then file:fail("a scale other than 0 expected") end
  return cell * factor, factor
end

-- The line of symbols (VASP 5), or nil and the line of counts (VASP 4).
local function symbols_and_counts(file, comment, options)
  local line = file:need "symbols or counts"
  local names = {}
  if line:find "%a" then
    for word in line:gmatch "%S+" do names[#names + 1] = word end
    line = file:need "counts"
  end
  local counts = cursor.numbers_of(line)
  if #names == 0 then
    for word in comment:gmatch "%S+" do names[#names + 1] = word end
    names = options.species or names
  end
  if #counts == 0 or #names ~= #counts then
    file:fail("%d names for %d counts of atoms%s", #names, #counts,
      line:find "%a" and "" or " (options.species can name them)")
  end
  return names, counts
end

--- Comment, cell, names and counts.
function M.read_header(file, options)
  local comment = file:need "a comment"
  local scale = cursor.numbers_of(file:need "a scale factor")
  local raw = { file = file.file, info = {}, arrays = {}, line = file:line_number() }
  local cell, factor = file:rows(3, 3, "cell vector"), nil
  raw.cell, factor = scaled(file, cell, scale)
  local names, counts = symbols_and_counts(file, comment, options)
  species.check_counts(file, counts)
  raw.numbers, raw.species = species.numbers_of(species.repeated(names, counts))
  raw.periodic = { true, true, true }
  if comment:find "%S" then raw.info.comment = comment:match "^%s*(.-)%s*$" end
  return raw, factor
end

function M.matmul(fractional, cell) return require "matinf".linalg.matmul(fractional, cell) end

local function read_selective(file, n, at)
  local rows, stop = {}, file.at
  file.at = at
  for i = 1, n do
    local line = file:need "atoms"
    local flags = { line:match "^%s*%S+%s+%S+%s+%S+%s+([TF])%S*%s+([TF])%S*%s+([TF])" }
    if #flags ~= 3 then file:fail("3 flags T or F expected") end
    rows[i] = { flags[1] == "T" and 1 or 0, flags[2] == "T" and 1 or 0, flags[3] == "T" and 1 or 0 }
  end
  file.at = stop
  return require "matinf".array(rows, { dtype = "u8" })
end

-- Velocities follow after a line that is blank or says Cartesian; zeros are none.
local function read_velocities(file, raw)
  local line = file:line()
  if not line or not (line:find "^%s*$" or line:find "^%s*[CcKk]") then return end
  if not file:peek() or not file:peek():find "%d" then return end
  local v = file:rows(#raw.numbers, 3, "velocities")
  if v:abs():max() > 0 then raw.velocities = v end
end

local function read_atoms(file, raw, factor)
  local line, n = file:need "Direct or Cartesian", #raw.numbers
  local selective = line:find "^%s*[Ss]"
  if selective then line = file:need "Direct or Cartesian" end
  local cartesian = line:find "^%s*[CcKk]"
  if not cartesian and not line:find "^%s*[Dd]" then
    file:fail("Direct or Cartesian expected, got '%s'", line:sub(1, 40))
  end
  local at = file.at
  raw.atoms_line = file:line_number() + 1
  local x = file:rows(n, 3, "position")
  raw.positions = cartesian and x * factor or M.matmul(x, raw.cell)
  if selective then raw.arrays.selective = read_selective(file, n, at) end
end

function M.read(path, options, first)
  if first > 1 then return {} end
  local file = cursor.open(path)
  local raw, factor = M.read_header(file, options)
  read_atoms(file, raw, factor)
  read_velocities(file, raw)
  return { structure.finish(raw, options) }
end

-- ---- writing ------------------------------------------------------------------------------------

local function check(list)
  if #list > 1 then
    e.fail("argument", "atoms.write: one structure a POSCAR expected, got %d", #list)
  end
  if not list[1]:volume() then
    e.fail("argument", "atoms.write: a POSCAR needs a cell with three vectors")
  end
end

local function flags_of(selective, n)
  local list = {}
  for i = 1, n do
    local row = selective[i]
    list[i] = ("%s %s %s"):format(row[1] ~= 0 and "T" or "F", row[2] ~= 0 and "T" or "F",
      row[3] ~= 0 and "T" or "F")
  end
  return list
end

--- Cartesian coordinates, so that positions come back exactly.
function M.text(list, options)
  check(list)
  local s, decimals = list[1], options.decimals or -1
  local names, counts = species.runs(s:symbols())
  local selective = s.arrays.selective
  local comment = tostring(s.info.comment or s:formula()):gsub("[\n\r]", " ")
  local parts = { comment, "\n1\n", c.format(3, -1, s.cell), table.concat(names, " "), "\n",
    table.concat(counts, " "), selective and "\nSelective dynamics" or "", "\nCartesian\n" }
  parts[#parts + 1] = selective and c.format(#s, decimals, s.positions, flags_of(selective, #s))
    or c.format(#s, decimals, s.positions)
  if s.velocities then parts[#parts + 1] = "\n" .. c.format(#s, decimals, s.velocities) end
  return table.concat(parts)
end

return M
