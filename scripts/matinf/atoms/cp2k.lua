-- Output of CP2K: energy, forces and stress of every calculation whose coordinates it prints.
--
-- Calculations that did not converge are refused. CP2K prints minus the stress, in GPa.

local cursor = require "matinf.atoms.cursor"
local labels = require "matinf.atoms.labels"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

local function convert(value, from, to) return require "matinf".units.convert(value, from, to) end

local energy_line, coordinates_line = "ENERGY| Total FORCE_EVAL", "ATOMIC COORDINATES IN"

-- The last cell vectors before a position.
local function read_cell(file, start, limit, previous)
  local rows = {}
  file.at = start
  for line in function() return file:find("CELL| Vector ", limit) end do
    local axis, x, y, z = line:match "Vector ([abc]) %[angstrom%]:?%s+(%S+)%s+(%S+)%s+(%S+)"
    local row = { tonumber(x), tonumber(y), tonumber(z) }
    if not (row[1] and row[2] and row[3]) then file:fail "3 numbers of a cell vector expected" end
    rows[("abc"):find(axis)] = row
  end
  if rows[1] and rows[2] and rows[3] then return require "matinf".array(rows) end
  return previous or file:fail "CELL| Vector a, b, c [angstrom] expected"
end

-- Rows of: atom, kind, element, number, x, y, z, charge, mass.
local function read_coordinates(file, raw, start, limit)
  file.at = start
  local header = file:find(coordinates_line, limit)
  if not header then
    file:fail("the coordinates of calculation %d are not in the file", raw.frame)
  end
  local names = {}
  local line = file:peek()
  while line and not line:find "^%s*%d+%s+%d+%s+%a" do
    file:line()
    line = file:peek()
    if file.at > limit then file:fail "coordinates expected" end
  end
  local first = file.at
  raw.atoms_line = file:line_number() + 1
  while line and line:find "^%s*%d+%s+%d+%s+%a" do
    names[#names + 1] = line:match "^%s*%d+%s+%d+%s+(%a+)"
    file:line()
    line = file:peek()
  end
  file.at = first
  local x = file:rows(#names, 3, "coordinates", 4)
  raw.positions = header:lower():find "bohr" and x * convert(1, "bohr", "Å") or x
  raw.numbers, raw.species = species.numbers_of(names)
end

-- The next line with numbers after `skip` words becomes the next.
local function skip_to(file, pattern)
  local line = file:peek()
  while line and not line:find(pattern) do
    file:line()
    line = file:peek()
  end
end

local function read_forces(file, n, start, limit)
  file.at = start
  local unit = convert(1, "hartree/bohr", "eV/Å")
  if file:find("ATOMIC FORCES in [a.u.]", limit) then
    skip_to(file, "^%s*%d+%s+%d+%s+%a")
    return file:rows(n, 3, "force", 3) * unit
  end
  file.at = start
  if file:find("FORCES| Atomic forces", limit) then
    skip_to(file, "^%s*FORCES|%s+%d")
    return file:rows(n, 3, "force", 2) * unit
  end
end

local function read_stress(file, start, limit)
  file.at = start
  local line, skip = file:find("STRESS TENSOR [", limit), 1
  if not line then
    file.at, skip = start, 2
    line = file:find("stress tensor [", limit)
  end
  if not line then return nil end
  skip_to(file, skip == 1 and "^%s*X%s+%S+%s+%S+%s+%S" or "^%s*STRESS|%s+x%s+%-?%d")
  local unit = line:match "%[(%a+)%]"
  return file:rows(3, 3, "stress", skip) * -convert(1, unit, "eV/Å^3")
end

local function read_calculation(file, path, frame, start, stop, previous)
  local raw = { file = path, frame = frame, info = {}, arrays = {},
    periodic = { true, true, true } }
  file.at = start
  if file:find("SCF run NOT converged", stop) then
    raw.line = file:line_number()
    labels.fail(raw, "the self-consistent field did not converge")
  end
  raw.cell = read_cell(file, start, stop, previous)
  read_coordinates(file, raw, start, stop)
  file.at = stop
  local energy = file:line():match "(%-?%d+%.%d+)%s*$"
  raw.line = file:line_number()
  if not energy then file:fail "an energy expected" end
  raw.info.energy = convert(tonumber(energy), "hartree", "eV")
  local after = file.at
  local limit = file:where(energy_line) or #file.text + 1
  raw.arrays.forces = read_forces(file, #raw.numbers, after, limit)
  raw.stress = read_stress(file, after, limit)
  file.at = after
  return raw
end

function M.read(path, options, first, last, step)
  local file, cell = cursor.open(path), nil
  local list = structure.frames(options, first, last, step, function(frame)
    local start, stop = file.at, file:where(energy_line)
    if not stop then return nil end
    local raw = read_calculation(file, path, frame, start, stop, cell)
    cell = raw.cell:copy()
    return raw
  end)
  if #list == 0 and first == 1 then file:ended "'ENERGY| Total FORCE_EVAL'" end
  return list
end

return M
