-- VASP's XDATCAR: a trajectory in fractional coordinates; the header comes once, or before every
-- frame when the cell changes.

local cursor = require "matinf.atoms.cursor"
local poscar = require "matinf.atoms.poscar"
local structure = require "matinf.atoms.structure"

local M = {}

local function is_start(line) return line and line:find "^%s*[Dd]irect%s+configuration" end

local function frame_from(header, file, frame)
  local raw = { file = header.file, frame = frame, line = file:line_number(),
    atoms_line = file:line_number() + 1, numbers = header.numbers:copy(),
    species = header.species, cell = header.cell:copy(), periodic = { true, true, true },
    info = { comment = header.info.comment }, arrays = {} }
  raw.positions = poscar.matmul(file:rows(#header.numbers, 3, "position"), header.cell)
  return raw
end

function M.read(path, options, first, last, step)
  local file, header = cursor.open(path), nil
  return structure.frames(options, first, last, step, function(frame)
    local line = file:peek()
    while line and not line:find "%S" do file:line(); line = file:peek() end
    if not line then return nil end
    if not is_start(line) then
      header = poscar.read_header(file, options)
      if not is_start(file:peek()) then
        file:need "Direct configuration"
        file:fail "Direct configuration= expected"
      end
    end
    file:line()
    return frame_from(header, file, frame)
  end)
end

return M
