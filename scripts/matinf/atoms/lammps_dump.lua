-- LAMMPS dump files (text): ITEM: TIMESTEP, NUMBER OF ATOMS, BOX BOUNDS, ATOMS.
--
-- Atoms are put in the order of their id. The bounds of a tilted box enclose it: its own begin at
-- xlo = bound - min(0, xy, xz, xy + xz). Units are those of "metal": Å, eV/Å, Å/ps.

local cursor = require "matinf.atoms.cursor"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

local text_columns = { element = true, mol_name = true, typelabel = true }

local function item(file, name)
  local line = file:need("ITEM: " .. name)
  local rest = line:match("^ITEM:%s*" .. name .. "(.*)$")
  if not rest then file:fail("ITEM: %s expected, got '%s'", name, line:sub(1, 40)) end
  return rest
end

local function read_box(file)
  local m, words = require "matinf", item(file, "BOX BOUNDS")
  local tilted = words:find "xy%s+xz%s+yz"
  local periodic = {}
  for flags in words:gsub("xy%s+xz%s+yz", ""):gmatch "%S+" do
    periodic[#periodic + 1] = flags:sub(1, 1) == "p"
  end
  for k = #periodic + 1, 3 do periodic[k] = true end
  local b = file:rows(3, tilted and 3 or 2, "BOX BOUNDS")
  local lo, hi, tilt = {}, {}, { 0.0, 0.0, 0.0 }
  for k = 1, 3 do
    lo[k], hi[k] = b[k][1], b[k][2]
    if tilted then tilt[k] = b[k][3] end
  end
  local xy, xz, yz = table.unpack(tilt)
  lo[1], hi[1] = lo[1] - math.min(0, xy, xz, xy + xz), hi[1] - math.max(0, xy, xz, xy + xz)
  lo[2], hi[2] = lo[2] - math.min(0, yz), hi[2] - math.max(0, yz)
  return m.array { { hi[1] - lo[1], 0, 0 }, { xy, hi[2] - lo[2], 0 }, { xz, yz, hi[3] - lo[3] } },
    { periodic[1], periodic[2], periodic[3] }, m.array(lo)
end

-- The columns by name: arrays [n], or lists of words.
local function read_columns(file, n, names)
  local columns, start, stop, k = {}, file.at, file.at, 1
  while k <= #names do
    local from = k
    while k <= #names and not text_columns[names[k]] do k = k + 1 end
    file.at = start
    if k > from then
      local block = file:rows(n, k - from, "atom", from - 1)
      for i = from, k - 1 do columns[names[i]] = block[{ {}, i - from + 1 }]:copy() end
    else
      local list, pattern = {}, "^%s*" .. ("%S+%s+"):rep(k - 1) .. "(%S+)"
      for i = 1, n do
        list[i] = file:need "atoms":match(pattern)
        if not list[i] then file:fail("column %s expected", names[k]) end
      end
      columns[names[k]] = list
      k = k + 1
    end
    stop = file.at
  end
  file.at = stop
  return columns
end

local function three(columns, x, y, z)
  if not (columns[x] and columns[y] and columns[z]) then return nil end
  return require "matinf".array.stack({ columns[x], columns[y], columns[z] }, 2)
end

local function positions_of(file, columns, cell, origin)
  local x = three(columns, "x", "y", "z") or three(columns, "xu", "yu", "zu")
  if x then return x end
  local scaled = three(columns, "xs", "ys", "zs") or three(columns, "xsu", "ysu", "zsu")
  if not scaled then file:fail "columns x y z (or xu, xs, xsu ...) expected" end
  return require "matinf".linalg.matmul(scaled, cell) + origin
end

-- Atomic numbers from elements, or from types by options.species.
function M.numbers_from(file, elements, types, options, n)
  local array = require "matinf".array
  if elements then return species.numbers_of(elements) end
  if not types then return array.zeros(n):astype "i32" end
  local names = {}
  for i, t in ipairs(types:totable()) do
    local number = math.tointeger(t) or file:fail("type %g: an integer expected", t)
    names[i] = not options.species and "type" .. number or options.species[number]
      or file:fail("type %d has no element in options.species", number)
  end
  return species.numbers_of(names)
end

-- Everything in the order of the ids.
local function sort(raw, ids)
  local order = ids:argsort()
  for _, name in ipairs { "positions", "numbers", "forces", "velocities", "charges", "masses" } do
    if raw[name] then raw[name] = raw[name]:select(order) end
  end
  if raw.species then
    local list = {}
    for i, k in ipairs(order:totable()) do list[i] = raw.species[k] end
    raw.species = list
  end
end

local function read_frame(file, options)
  local raw = { file = file.file, line = file:line_number(), info = {}, arrays = {} }
  raw.info.timestep = math.tointeger(tonumber(file:need "a time step"))
    or file:fail "a time step expected"
  item(file, "NUMBER OF ATOMS")
  local n = math.tointeger(tonumber(file:need "a number of atoms"))
  if not n or n < 1 or n > #file.text then file:fail "a number of atoms expected" end
  local origin
  raw.cell, raw.periodic, origin = read_box(file)
  local names = {}
  for name in item(file, "ATOMS"):gmatch "%S+" do names[#names + 1] = name end
  if #names == 0 then file:fail "ITEM: ATOMS with names of columns expected" end
  raw.atoms_line = file:line_number() + 1
  local columns = read_columns(file, n, names)
  raw.positions = positions_of(file, columns, raw.cell, origin)
  raw.numbers, raw.species = M.numbers_from(file, columns.element, columns.type, options, n)
  raw.forces = three(columns, "fx", "fy", "fz")
  local v = three(columns, "vx", "vy", "vz")
  raw.velocities = v and v * 1e-3
  raw.charges, raw.masses = columns.q, columns.mass
  if origin:abs():max() > 0 then raw.info.origin = origin end
  if columns.id then sort(raw, columns.id) end
  return raw
end

function M.read(path, options, first, last, step)
  local file = cursor.open(path)
  return structure.frames(options, first, last, step, function(frame)
    local line = file:line()
    while line and (not line:find "^ITEM" or line:find "^ITEM:%s*UNITS"
      or line:find "^ITEM:%s*TIME%s*$") do line = file:line() end
    if not line then return nil end
    if not line:find "^ITEM:%s*TIMESTEP" then file:fail "ITEM: TIMESTEP expected" end
    local raw = read_frame(file, options)
    raw.frame = frame
    return raw
  end)
end

-- ---- writing ------------------------------------------------------------------------------------

local c = require "matinf.c.atoms"

-- LAMMPS has boxes whose first vector is along x and whose second is in the xy plane.
function M.check_cell(s, called)
  local a = s.cell
  if not s:volume() or a[1][2] ~= 0 or a[1][3] ~= 0 or a[2][3] ~= 0 or a[1][1] <= 0
    or a[2][2] <= 0 or a[3][3] <= 0 then
    require "matinf.error".fail("argument", "%s: LAMMPS needs a cell with a along x, b in the xy "
      .. "plane and positive diagonal: structure:standardize() makes one", called)
  end
end

local function box_text(s)
  local a, o = s.cell, s.info.origin or { 0.0, 0.0, 0.0 }
  local xy, xz, yz = a[2][1], a[3][1], a[3][2]
  local flags = {}
  for k = 1, 3 do flags[k] = s.periodic[k] and "pp" or "ff" end
  local m = require "matinf"
  local low = { o[1] + math.min(0, xy, xz, xy + xz), o[2] + math.min(0, yz), o[3] }
  local high = { o[1] + a[1][1] + math.max(0, xy, xz, xy + xz),
    o[2] + a[2][2] + math.max(0, yz), o[3] + a[3][3] }
  local tilted = xy ~= 0 or xz ~= 0 or yz ~= 0
  local rows = {}
  for k = 1, 3 do rows[k] = { low[k], high[k], tilted and ({ xy, xz, yz })[k] or nil } end
  return ("ITEM: BOX BOUNDS %s%s\n%s"):format(tilted and "xy xz yz " or "",
    table.concat(flags, " "), c.format(3, -1, m.array(rows)))
end

function M.text(list, options)
  local m, parts = require "matinf", {}
  for i, s in ipairs(list) do
    M.check_cell(s, "atoms.write")
    local names, columns = "id element x y z", { m.array.arange(1, #s, 1, { dtype = "i64" }),
      s:symbols(), s.positions }
    local function add(text, value)
      if value then names, columns[#columns + 1] = names .. " " .. text, value end
    end
    add("vx vy vz", s.velocities and s.velocities * 1e3)
    add("fx fy fz", s.forces)
    add("q", s.charges)
    parts[i] = ("ITEM: TIMESTEP\n%d\nITEM: NUMBER OF ATOMS\n%d\n%sITEM: ATOMS %s\n%s"):format(
      s.info.timestep or i - 1, #s, box_text(s), names,
      c.format(#s, options.decimals or -1, table.unpack(columns)))
  end
  return table.concat(parts)
end

return M
