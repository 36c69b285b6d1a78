-- VASP's ML_AB and ML_ABN: configurations with energy, forces and stress. VASP writes minus the
-- stress, in kbar.

local cursor = require "matinf.atoms.cursor"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

-- The first line after the heading that is no line of dashes.
local function after(file, heading, limit)
  if not file:find(heading, limit) then file:fail("'%s' expected", heading) end
  local line = file:peek()
  while line and line:find "^%s*[%-=*]+%s*$" do
    file:line()
    line = file:peek()
  end
  if not line then file:fail("the file ends after '%s'", heading) end
  return line
end

local function read_species(file, limit)
  local names, counts = {}, {}
  local line = after(file, "Atom types and atom numbers", limit)
  while line and not line:find "^%s*[%-=*]+%s*$" do
    local name, count = line:match "^%s*(%S+)%s+(%d+)%s*$"
    file:line()
    if not name or tonumber(count) > #file.text then file:fail "a symbol and a number expected" end
    names[#names + 1], counts[#counts + 1] = name, tonumber(count)
    line = file:peek()
  end
  return species.repeated(names, counts)
end

local function read_configuration(file, path, frame, limit)
  local m = require "matinf"
  local raw = { file = path, frame = frame, line = file:line_number(), info = {}, arrays = {},
    periodic = { true, true, true } }
  local names = read_species(file, limit)
  raw.numbers, raw.species = species.numbers_of(names)
  after(file, "Primitive lattice vectors", limit)
  raw.cell = file:rows(3, 3, "lattice vector")
  after(file, "Atomic positions", limit)
  raw.positions = file:rows(#names, 3, "position")
  raw.info.energy = tonumber(after(file, "Total energy", limit)) or file:fail "an energy expected"
  after(file, "Forces", limit)
  raw.arrays.forces = file:rows(#names, 3, "force")
  after(file, "Stress", limit)
  after(file, "XX YY ZZ", limit)
  local d = file:rows(1, 3, "stress")[1]
  after(file, "XY YZ ZX", limit)
  local o = file:rows(1, 3, "stress")[1]
  raw.stress = m.array { { d[1], o[1], o[3] }, { o[1], d[2], o[2] }, { o[3], o[2], d[3] } }
    * -m.units.convert(1, "kbar", "eV/Å^3")
  return raw
end

function M.read(path, options, first, last, step)
  local file = cursor.open(path)
  return structure.frames(options, first, last, step, function(frame)
    if not file:find "Configuration num." then return nil end
    return read_configuration(file, path, frame, file:where "Configuration num.")
  end)
end

return M
