-- LAMMPS data files: a header, Masses, Atoms # atomic|charge|full, Velocities. Units of "metal".

local c = require "matinf.c.atoms"
local cursor = require "matinf.atoms.cursor"
local dump = require "matinf.atoms.lammps_dump"
local structure = require "matinf.atoms.structure"

local M = {}

-- Columns of an atom: where type, charge and position are, and how many there are without images.
local styles = { atomic = { type = 2, x = 3, n = 5 }, charge = { type = 2, q = 3, x = 4, n = 6 },
  molecular = { type = 3, x = 4, n = 6 }, full = { type = 3, q = 4, x = 5, n = 7 } }

local function words(line)
  local list = {}
  for word in line:gsub("#.*", ""):gmatch "%S+" do list[#list + 1] = word end
  return list
end

local function are_three(v) return v[1] and v[2] and v[3] end

local function read_header(file)
  local h = { lo = { -0.5, -0.5, -0.5 }, hi = { 0.5, 0.5, 0.5 }, tilt = { 0.0, 0.0, 0.0 } }
  file:need "a comment"
  for line in function() return file:peek() end do
    local w = words(line)
    local text = table.concat(w, " ")
    if w[1] and not tonumber(w[1]) then break end
    file:line()
    for k, name in ipairs { "xlo xhi", "ylo yhi", "zlo zhi" } do
      if text:find(name, 1, true) then h.lo[k], h.hi[k] = tonumber(w[1]), tonumber(w[2]) end
    end
    if text:find "xy xz yz" then h.tilt = { tonumber(w[1]), tonumber(w[2]), tonumber(w[3]) } end
    if w[2] == "atoms" then h.n = math.tointeger(tonumber(w[1])) end
    if w[3] == "types" and w[2] == "atom" then h.types = math.tointeger(tonumber(w[1])) end
    if not (are_three(h.lo) and are_three(h.hi) and are_three(h.tilt)) then
      file:fail "numbers of the box expected"
    end
  end
  if not h.n or h.n < 1 or h.n > #file.text then file:fail "'N atoms' expected" end
  if not h.types or h.types < 1 or h.types > #file.text then file:fail "'N atom types' expected" end
  return h
end

-- The element of a mass, within 0.05 u.
local function symbol_of_mass(mass)
  local best, nearest = nil, 0.05
  for _, element in ipairs(require "matinf".elements.list()) do
    local difference = math.abs((element.mass or math.huge) - mass)
    if difference < nearest then best, nearest = element.symbol, difference end
  end
  return best
end

local function read_masses(file, h)
  h.masses, h.symbols = {}, {}
  for _ = 1, h.types do
    local line = file:need "masses"
    local id, mass, note = line:match "^%s*(%d+)%s+(%S+)%s*#?%s*(%S*)"
    id, mass = tonumber(id), tonumber(mass)
    if not id or id < 1 or id > h.types or not mass then file:fail "type and mass expected" end
    h.masses[id] = mass
    h.symbols[id] = note ~= "" and note or symbol_of_mass(mass) or "type" .. id
  end
end

local function style_of(file, note, columns)
  local style = styles[note]
  if style then return style end
  if note == "" and (columns == 5 or columns == 8) then return styles.atomic end
  file:fail("Atoms: the style is not known: 'Atoms # atomic', charge, molecular or full expected")
end

local function read_atoms(file, h, note)
  local columns = #words(file:peek() or "")
  local style = style_of(file, note, columns)
  h.atoms_line = file:line_number() + 1
  local rows = file:rows(h.n, style.n, "atom")
  local order = rows[{ {}, 1 }]:argsort()
  rows = rows:select(order)
  h.order = order
  h.type, h.x = rows[{ {}, style.type }]:copy(), rows[{ {}, { style.x, style.x + 2 } }]:copy()
  h.charges = style.q and rows[{ {}, style.q }]:copy()
  if rows[1][1] ~= 1 or rows[h.n][1] ~= h.n then file:fail("ids 1 to %d expected", h.n) end
end

local function read_velocities(file, h)
  local rows = file:rows(h.n, 4, "velocity")
  rows = rows:select(rows[{ {}, 1 }]:argsort())
  h.velocities = rows[{ {}, { 2, 4 } }] * 1e-3
end

local function read_sections(file, h)
  for line in function() return file:line() end do
    local name, note = line:match "^%s*(%a[%w ]-)%s*#%s*(%S*)"
    name = name or line:match "^%s*(%a[%w ]-)%s*$"
    if name == "Masses" or name == "Atoms" or name == "Velocities" then
      file:need "a blank line"
      if name == "Masses" then read_masses(file, h)
      elseif name == "Atoms" then read_atoms(file, h, note or "")
      else read_velocities(file, h) end
    end
  end
  if not h.x then file:fail "the section Atoms is missing" end
end

function M.read(path, options, first)
  if first > 1 then return {} end
  local m, file = require "matinf", cursor.open(path)
  local h = read_header(file)
  read_sections(file, h)
  local o = options.species and options or { species = h.symbols }
  local xy, xz, yz = table.unpack(h.tilt)
  local raw = { file = path, line = 1, atoms_line = h.atoms_line, positions = h.x, info = {},
    arrays = {}, charges = h.charges, velocities = h.velocities, periodic = { true, true, true } }
  raw.cell = m.array { { h.hi[1] - h.lo[1], 0, 0 }, { xy, h.hi[2] - h.lo[2], 0 },
    { xz, yz, h.hi[3] - h.lo[3] } }
  raw.numbers, raw.species = dump.numbers_from(file, nil, h.type, o, h.n)
  if h.lo[1] ~= 0 or h.lo[2] ~= 0 or h.lo[3] ~= 0 then raw.info.origin = m.array(h.lo) end
  return { structure.finish(raw, options) }
end

-- ---- writing ------------------------------------------------------------------------------------

-- Types in the order in which they appear.
local function types_of(s)
  local index, list, types = {}, {}, {}
  for i, symbol in ipairs(s:symbols()) do
    if not index[symbol] then
      list[#list + 1] = symbol
      index[symbol] = #list
    end
    types[i] = index[symbol]
  end
  return list, require "matinf".array(types, { dtype = "i64" })
end

local function mass_of(symbol)
  local element = symbol ~= "X" and require "matinf.error".attempt(require "matinf".elements.get,
    symbol)
  return element and element.mass or 1
end

function M.text(list, options)
  local m, e = require "matinf", require "matinf.error"
  if #list > 1 then e.fail("argument", "atoms.write: one structure a data file expected") end
  local s, decimals = list[1], options.decimals or -1
  dump.check_cell(s, "atoms.write")
  local names, types = types_of(s)
  local o, a = s.info.origin or { 0.0, 0.0, 0.0 }, s.cell
  local parts = { ("%s\n\n%d atoms\n%d atom types\n\n"):format(s:formula(), #s, #names) }
  local function add(format, ...) parts[#parts + 1] = select("#", ...) > 0
    and format:format(...) or format end
  for k, name in ipairs { "xlo xhi", "ylo yhi", "zlo zhi" } do
    add(c.format(1, -1, m.array { { o[k], o[k] + a[k][k] } }, { name }))
  end
  if a[2][1] ~= 0 or a[3][1] ~= 0 or a[3][2] ~= 0 then
    add(c.format(1, -1, m.array { { a[2][1], a[3][1], a[3][2] } }, { "xy xz yz" }))
  end
  add "\nMasses\n\n"
  for k, name in ipairs(names) do add("%d %.6g # %s\n", k, mass_of(name), name) end
  local ids = m.array.arange(1, #s, 1, { dtype = "i64" })
  add("\nAtoms # %s\n\n", s.charges and "charge" or "atomic")
  add(s.charges and c.format(#s, decimals, ids, types, s.charges, s.positions)
    or c.format(#s, decimals, ids, types, s.positions))
  if s.velocities then
    add "\nVelocities\n\n"
    add(c.format(#s, decimals, ids, s.velocities * 1e3))
  end
  return table.concat(parts)
end

return M
