-- n2p2's and RuNNer's input.data: structures with energies and forces for training.
--
--   begin / comment TEXT / lattice x y z (3 times, or never: a cluster)
--   atom x y z SYMBOL charge n fx fy fz / energy E / charge Q / end
--
-- The file says nothing of units: numbers are taken as they are, unless options.units tells.

local c = require "matinf.c.atoms"
local cursor = require "matinf.atoms.cursor"
local e = require "matinf.error"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

local keys = { comment = true, lattice = true, atom = true, energy = true, charge = true }

local function number_after(file, key, line)
  local value = tonumber(line:match "^%s*%a+%s+(%S+)%s*$")
  if not value then file:fail("%s: one number expected", key) end
  return value
end

-- Reads the lines up to end; where the atoms begin and what they are.
local function read_lines(file, raw)
  local first, count, names, lattice, last = nil, 0, {}, {}, nil
  for line in function() return file:need "end" end do
    local key = line:match "^%s*(%a+)"
    if key == "end" then break end
    if not keys[key] then
      file:fail("begin, comment, lattice, atom, energy, charge or end expected, got '%s'",
        line:sub(1, 40))
    end
    if key == "atom" then
      if not first then first = file.start
      elseif last ~= "atom" then file:fail("atoms in lines without others between expected") end
      count = count + 1
      names[count] = line:match "^%s*atom%s+%S+%s+%S+%s+%S+%s+(%S+)"
      if not names[count] then file:fail("atom x y z symbol charge n fx fy fz expected") end
    elseif key == "lattice" then lattice[#lattice + 1] = cursor.numbers_of(line)
    elseif key == "comment" then raw.info.comment = line:match "^%s*comment%s*(.-)%s*$"
    elseif key == "energy" then raw.energy = number_after(file, key, line)
    else raw.info.charge = number_after(file, key, line) end
    last = key
  end
  return first, names, lattice
end

local function cell_from(file, lattice)
  local array = require "matinf".array
  if #lattice == 0 then return array.zeros(3, 3), { false, false, false } end
  for _, row in ipairs(lattice) do
    if #row ~= 3 or #lattice ~= 3 then file:fail("3 lines of lattice with 3 numbers expected") end
  end
  return array(lattice), { true, true, true }
end

local function read_structure(file)
  local raw = { info = {}, arrays = {}, line = file:line_number(), file = file.file }
  local first, names, lattice = read_lines(file, raw)
  if not first then file:fail("the structure has no atoms") end
  local stop = file.at
  raw.cell, raw.periodic = cell_from(file, lattice)
  raw.numbers, raw.species = species.numbers_of(names)
  file.at = first
  raw.positions = file:rows(#names, 3, "atom", 1)
  file.at = first
  local rest = file:rows(#names, 5, "atom", 5)
  file.at = stop
  raw.forces, raw.charges = rest[{ {}, { 3, 5 } }]:copy(), rest[{ {}, 1 }]:copy()
  local n = rest[{ {}, 2 }]
  if n:abs():max() > 0 then raw.arrays.n = n:copy() end
  file.start = first
  raw.atoms_line = file:line_number()
  return raw
end

function M.read(path, options, first, last, step)
  local file = cursor.open(path)
  return structure.frames(options, first, last, step, function(frame)
    for line in function() return file:line() end do
      if line:find "^%s*begin%s*$" then
        local raw = read_structure(file)
        raw.frame = frame
        return raw
      elseif line:find "%S" then file:fail("begin expected, got '%s'", line:sub(1, 40)) end
    end
  end)
end

-- ---- writing ------------------------------------------------------------------------------------

local function check(s, i)
  local m = require "matinf"
  if not (s.energy and s.forces) then
    e.fail("argument", "atoms.write: structure %d: energy and forces expected", i)
  end
  local periodic = s.periodic[1] and s.periodic[2] and s.periodic[3]
  if not periodic and (s.periodic[1] or s.periodic[2] or s.periodic[3]) then
    e.fail("argument", "atoms.write: structure %d: n2p2 knows only structures that are periodic "
      .. "along all vectors or none", i)
  end
  return periodic, m.array.zeros(#s)
end

local function structure_text(s, i, decimals)
  local periodic, zeros = check(s, i)
  local parts = { "begin\n" }
  local function add(text) parts[#parts + 1] = text end
  if s.info.comment then add("comment " .. tostring(s.info.comment):gsub("\n", " ") .. "\n") end
  if periodic then add(c.format(3, -1, { "lattice", "lattice", "lattice" }, s.cell)) end
  local words = species.repeated({ "atom" }, { #s })
  add(c.format(#s, decimals, words, s.positions, s:symbols(), s.charges or zeros,
    s.arrays.n or zeros, s.forces))
  add(c.format(1, -1, { "energy" }, require "matinf".array { s.energy }))
  add(c.format(1, -1, { "charge" }, require "matinf".array { s.info.charge or 0.0 }))
  add "end\n"
  return table.concat(parts)
end

function M.text(list, options)
  local parts = {}
  for i, s in ipairs(list) do parts[i] = structure_text(s, i, options.decimals or -1) end
  return table.concat(parts)
end

return M
