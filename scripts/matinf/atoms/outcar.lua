-- VASP's OUTCAR: every ionic step with energy, forces and stress.
--
-- A step whose electrons did not converge is refused: its forces are no reference. The energy is
-- the one extrapolated to sigma -> 0; info.free_energy is the one that the forces belong to.
-- VASP prints minus the stress (in kB, order xx yy zz xy yz zx).

local cursor = require "matinf.atoms.cursor"
local labels = require "matinf.atoms.labels"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

local forces_line = "TOTAL-FORCE (eV/Angst)"

-- "TITEL  = PAW_PBE Si_pv 05Jan2001", once for every species; with NWRITE = 0 only
-- "POTCAR:    PAW_PBE Si_pv 05Jan2001", several times the whole list.
local function names_of(text)
  for _, pattern in ipairs { "TITEL%s*=%s*([^\n]*)", "POTCAR:%s*([^\n]*)" } do
    local names = {}
    for title in text:gmatch(pattern) do
      names[#names + 1] = title:match "^%S+%s+(%S+)" or title:match "%S+"
    end
    if #names > 0 then return names end
  end
  return {}
end

local function header_of(file)
  local line = file:find "ions per type ="
  if not line then file:fail "'ions per type' expected" end
  local counts = cursor.numbers_of(line:match "=(.*)$")
  local names = names_of(file.text)
  if #names < #counts or #counts == 0 then
    file:fail("%d species for %d counts of ions", #names, #counts)
  end
  species.check_counts(file, counts)
  local list = table.move(names, 1, #counts, 1, {})
  return species.numbers_of(species.repeated(list, counts))
end

-- The last line with the text before a position; the cursor stays where it is otherwise.
local function last_before(file, plain, limit)
  local last
  for line in function() return file:find(plain, limit) end do last = { line, file.at } end
  return last
end

local function cell_before(file, start, limit, previous)
  file.at = start
  local found = last_before(file, "direct lattice vectors", limit)
  if not found then return previous or file:fail "direct lattice vectors expected" end
  file.at = found[2]
  return file:rows(3, 3, "lattice vector")
end

local function stress_before(file, start, limit)
  file.at = start
  local found = last_before(file, "in kB ", limit)
  if not found then return nil end
  local s = cursor.numbers_of(found[1])
  if #s ~= 6 then file:fail "in kB: 6 numbers expected" end
  local m = require "matinf"
  return m.array { { s[1], s[4], s[6] }, { s[4], s[2], s[5] }, { s[6], s[5], s[3] } }
    * -m.units.convert(1, "kbar", "eV/Å^3")
end

-- VASP 5 says "EDIFF is reached" even where it stopped after NELM steps.
local function check_converged(file, raw, start, limit, most)
  file.at = start
  local missed = file:find("EDIFF was not reached", limit)
  file.at = start
  local reached = file:find("EDIFF is reached", limit)
  file.at = start
  local last = last_before(file, " Iteration ", limit)
  local steps = tonumber(last and last[1]:match "%(%s*(%d+)%)") or 0
  if missed or not reached or most and steps >= most then
    file.at = limit
    file:line()
    raw.line = file:line_number()
    labels.fail(raw, "the electrons did not converge (%s steps)", steps)
  end
end

local function energies(file, raw)
  local line = file:find "free  energy   TOTEN"
  raw.info.free_energy = tonumber(line and line:match "=%s*(%S+)")
  line = file:find "energy(sigma->0)"
  raw.info.energy = tonumber(line and line:match "sigma%->0%)%s*=%s*(%S+)")
  if not raw.info.free_energy or not raw.info.energy then
    file:fail "the file ends before the energies of the step"
  end
end

function M.read(path, options, first, last, step)
  local file, cell = cursor.open(path), nil
  local numbers, names = header_of(file)
  local most = tonumber(file.text:match "NELM%s*=%s*(%d+)")
  return structure.frames(options, first, last, step, function(frame)
    local start, limit = file.at, file:where(forces_line)
    if not limit then return nil end
    local raw = { file = path, frame = frame, info = {}, arrays = {}, species = names,
      numbers = numbers:copy(), periodic = { true, true, true } }
    check_converged(file, raw, start, limit, most)
    cell = cell_before(file, start, limit, cell)
    raw.cell, raw.stress = cell:copy(), stress_before(file, start, limit)
    file.at = limit
    raw.line = (file:line() and file:line_number())
    file:need "a line of dashes"
    raw.atoms_line = raw.line + 2
    local rows = file:rows(#numbers, 6, "position and force")
    raw.positions, raw.forces = rows[{ {}, { 1, 3 } }]:copy(), rows[{ {}, { 4, 6 } }]:copy()
    energies(file, raw)
    return raw
  end)
end

return M
