-- Output of Quantum ESPRESSO's pw.x: every self-consistent calculation with energy, and forces and
-- stress where they were computed.
--
-- A calculation that did not converge is refused. pw.x prints minus the stress, positions with
-- seven decimals of the lattice parameter, energies in Ry and forces in Ry/bohr.

local cursor = require "matinf.atoms.cursor"
local labels = require "matinf.atoms.labels"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

local function convert(value, from, to) return require "matinf".units.convert(value, from, to) end

local function number_in(file, plain, pattern)
  local line = file:find(plain)
  local value = tonumber(line and line:match(pattern))
  if not value then file:fail("'%s' expected", plain) end
  return value
end

-- Numbers in the parentheses of a line: a(1) = ( 1.0 0.0 0.0 ).
local function vector_of(file, line)
  local v = cursor.numbers_of((line or ""):match "=%s*%((.-)%)" or "")
  if #v ~= 3 then file:fail "= ( x y z ) expected" end
  return v
end

-- What the head of the output says: n, alat (Å), cell, names, positions.
local function read_start(file)
  local m, start = require "matinf", {}
  start.n = number_in(file, "number of atoms/cell", "=%s*(%d+)")
  if start.n < 1 or start.n > #file.text then file:fail("%s atoms cannot be", start.n) end
  start.alat = convert(number_in(file, "celldm(1)=", "celldm%(1%)=%s*(%S+)"), "bohr", "Å")
  if not file:find "crystal axes: (cart. coord. in units of alat)" then
    file:fail "crystal axes expected"
  end
  local rows = {}
  for k = 1, 3 do rows[k] = vector_of(file, file:need "crystal axes") end
  start.cell = m.array(rows) * start.alat
  if not file:find "positions (alat units)" then file:fail "positions (alat units) expected" end
  local x, names = {}, {}
  start.line = file:line_number()
  for i = 1, start.n do
    local line = file:need "positions"
    names[i] = line:match "^%s*%d+%s+(%S+)%s+tau%("
    if not names[i] then file:fail "index, species, tau( i) = ( x y z ) expected" end
    x[i] = vector_of(file, line)
  end
  start.names, start.positions = names, m.array(x):reshape { start.n, 3 } * start.alat
  return start
end

-- A new cell and new positions before the next calculation of a relaxation or dynamics.
local function read_move(file, now, limit)
  local m, at = require "matinf", file.at
  local line = file:find("CELL_PARAMETERS", limit)
  if line then
    local alat = tonumber(line:match "alat=%s*([%d.]+)")
    local unit = line:find "angstrom" and 1 or line:find "bohr" and convert(1, "bohr", "Å")
      or alat and convert(alat, "bohr", "Å") or now.alat
    now.cell = file:rows(3, 3, "CELL_PARAMETERS") * unit
  end
  file.at = at
  line = file:find("ATOMIC_POSITIONS", limit)
  if not line then return end
  now.line = file:line_number()
  local x = file:rows(now.n, 3, "ATOMIC_POSITIONS", 1)
  if line:find "crystal" then now.positions = m.linalg.matmul(x, now.cell)
  else
    now.positions = x * (line:find "angstrom" and 1 or line:find "bohr" and convert(1, "bohr", "Å")
      or now.alat)
  end
end

local function check_converged(file, raw, limit)
  local at = file.at
  if file:find("convergence NOT achieved", limit) then
    raw.line = file:line_number()
    labels.fail(raw, "the self-consistent field did not converge")
  end
  file.at = at
end

local function read_results(file, raw, n, limit)
  local at = file.at
  if file:find("Forces acting on atoms", limit) then
    file:need "forces"
    raw.arrays.forces = file:rows(n, 3, "force", 6) * convert(1, "Ry/bohr", "eV/Å")
  end
  file.at = at
  if file:find("total   stress", limit) then
    raw.stress = file:rows(3, 3, "stress")
      * -(convert(1, "Ry", "eV") / convert(1, "bohr", "Å") ^ 3)
  end
end

-- What the next calculation says, of which `now` holds the atoms; nil after the last.
local function read_calculation(file, path, frame, now)
  local limit = file:where "\n!"
  local raw = { file = path, frame = frame, line = now.line, info = {}, arrays = {},
    numbers = now.numbers:copy(), species = now.unknown, periodic = { true, true, true } }
  check_converged(file, raw, limit)
  if not limit then return nil end
  if frame > 1 then read_move(file, now, limit) end
  raw.line, raw.atoms_line = now.line, now.line + 1
  file.at = limit + 1
  raw.info.energy = convert(tonumber((file:line():match "total energy%s*=%s*(%S+)"))
    or file:fail "! total energy = expected", "Ry", "eV")
  raw.positions, raw.cell = now.positions:copy(), now.cell:copy()
  local after = file.at
  read_results(file, raw, now.n, file:where "\n!")
  file.at = after
  return raw
end

function M.read(path, options, first, last, step)
  local file = cursor.open(path)
  local now = read_start(file)
  now.numbers, now.unknown = species.numbers_of(now.names)
  local list = structure.frames(options, first, last, step, function(frame)
    return read_calculation(file, path, frame, now)
  end)
  if #list == 0 and first == 1 then file:ended "total energy" end
  return list
end

return M
