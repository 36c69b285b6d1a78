-- VASP's vasprun.xml: every ionic step with energy, forces and stress. See outcar.lua for which
-- energy and which sign. Steps that used all NELM electronic steps did not converge: refused.

local cursor = require "matinf.atoms.cursor"
local labels = require "matinf.atoms.labels"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local c = require "matinf.c.atoms"

local M = {}

-- The text between a tag with the attributes and its end, from a position on; its own position.
local function element(text, tag, attributes, from, limit)
  local open, close = "<" .. tag .. attributes, "</" .. tag .. ">"
  local _, start = text:find(open, from, true)
  if not start or limit and start > limit then return nil end
  local stop = text:find(close, start, true)
  if not stop or limit and stop > limit then return nil end
  return text:sub(start + 1, stop - 1), start
end

-- The rows of a <varray>.
local function rows(file, name, n, from, limit)
  local text, at = element(file.text, "varray", (' name="%s"'):format(name), from, limit)
  if not text then return nil end
  local plain = text:gsub("^[^\n]*\n", ""):gsub("</?v>", " ")
  local values = c.numbers(plain, 1, n, 3, 0)
  if not values then
    file.start = at
    file:fail("varray %s: %d rows of 3 numbers expected", name, n)
  end
  return values, at
end

local function names_of(file)
  local text = element(file.text, "array", ' name="atoms"', 1)
  local names = {}
  for name in (text or ""):gmatch "<rc><c>%s*(%S-)%s*</c>" do names[#names + 1] = name end
  if #names == 0 then file:fail 'the array "atoms" is missing' end
  return names
end

local function energy_of(text, name)
  local last
  for value in text:gmatch('<i name="' .. name .. '">%s*(%S+)%s*</i>') do last = tonumber(value) end
  return last
end

local function energies(file, raw, body)
  local scf_end, last_scf = 0, ""
  for scf, stop in body:gmatch "<scstep>(.-)</scstep>()" do
    scf_end, last_scf = stop, scf
    raw.scf_steps = (raw.scf_steps or 0) + 1
  end
  local free = energy_of(body:sub(scf_end + 1), "e_fr_energy")
  local scf_free, scf_zero = energy_of(last_scf, "e_fr_energy"), energy_of(last_scf, "e_0_energy")
  if not (free and scf_free and scf_zero) then
    file:fail("frame %d: the energies are missing", raw.frame)
  end
  raw.info.free_energy, raw.info.energy = free, free + (scf_zero - scf_free)
end

local function read_step(file, raw, start, stop, n)
  local m = require "matinf"
  raw.cell = rows(file, "basis", 3, start, stop)
  local fractional = rows(file, "positions", n, start, stop)
  if not raw.cell or not fractional then
    file:fail("frame %d: basis and positions expected", raw.frame)
  end
  raw.positions = m.linalg.matmul(fractional, raw.cell)
  raw.arrays.forces = rows(file, "forces", n, start, stop)
  local stress = rows(file, "stress", 3, start, stop)
  if stress then raw.stress = stress * -m.units.convert(1, "kbar", "eV/Å^3") end
end

function M.read(path, options, first, last, step)
  local file = cursor.open(path)
  local names = names_of(file)
  local numbers, unknown = species.numbers_of(names)
  local most = tonumber(file.text:match '<i type="int" name="NELM">%s*(%d+)%s*</i>')
  local at = 1
  return structure.frames(options, first, last, step, function(frame)
    local start = file.text:find("<calculation>", at, true)
    if not start then return nil end
    file.start = start
    local stop = file.text:find("</calculation>", start, true)
    if not stop then file:fail("frame %d: the file ends within it", frame) end
    at = stop
    local raw = { file = path, frame = frame, line = file:line_number(), info = {}, arrays = {},
      numbers = numbers:copy(), species = unknown, periodic = { true, true, true } }
    energies(file, raw, file.text:sub(start, stop - 1))
    if most and raw.scf_steps >= most then
      labels.fail(raw, "the electrons did not converge in %s steps", most)
    end
    raw.scf_steps = nil
    read_step(file, raw, start, stop, #names)
    return raw
  end)
end

return M
