-- Crystallographic information files: cell, symmetry operations, atom sites. Of a file with several
-- data blocks each that has atoms is a structure. Atoms that symmetry puts within 1e-3 of a cell
-- vector of each other are one. Sites that are partly occupied are refused: no single structure has
-- them.

local cursor = require "matinf.atoms.cursor"
local e = require "matinf.error"
local species = require "matinf.atoms.species"
local structure = require "matinf.atoms.structure"

local M = {}

local same = 1e-3

-- ---- words --------------------------------------------------------------------------------------

-- The words of a file: { text, line, quoted }; texts between lines of ; are one word.
local function words_of(file)
  local list = {}
  local function add(text, quoted)
    list[#list + 1] = { text = text, start = file.start, quoted = quoted }
  end
  local function add_line(line)
    local at = 1
    while true do
      at = line:find("%S", at)
      if not at or line:sub(at, at) == "#" then return end
      local quote = line:match("^['\"]", at)
      if quote then
        local stop = line:find(quote .. "%f[%s\0]", at + 1) or file:fail "the quotes are not closed"
        add(line:sub(at + 1, stop - 1), true)
        at = stop + 1
      else
        local word = line:match("^%S+", at)
        add(word)
        at = at + #word
      end
    end
  end
  for line in function() return file:line() end do
    if line:sub(1, 1) == ";" then
      local parts = { line:sub(2) }
      for more in function() return file:need "a closing ;" end do
        if more:sub(1, 1) == ";" then break end
        parts[#parts + 1] = more
      end
      add(table.concat(parts, "\n"), true)
    else add_line(line .. " ") end
  end
  return list
end

local function is_name(word) return word and not word.quoted and word.text:sub(1, 1) == "_" end

local function is_keyword(word)
  local text = word and not word.quoted and word.text:lower()
  return text and (text == "loop_" or text:find "^data_" or text:find "^save_") and text
end

-- Takes a loop: its columns as lists by name. Returns the index after it.
local function take_loop(words, i, block)
  local names = {}
  while is_name(words[i]) do
    names[#names + 1] = words[i].text:lower()
    i = i + 1
  end
  for _, name in ipairs(names) do block[name] = {} end
  local k = 0
  while words[i] and not is_name(words[i]) and not is_keyword(words[i]) do
    if #names == 0 then break end
    local column = block[names[k % #names + 1]]
    column[#column + 1] = words[i]
    k, i = k + 1, i + 1
  end
  if k % math.max(#names, 1) ~= 0 then block.broken = words[i - 1] end
  return i
end

-- The data blocks: values by name in lower case, each a list of words.
local function blocks_of(file)
  local words, blocks, i = words_of(file), {}, 1
  while words[i] do
    local keyword = is_keyword(words[i])
    local block = blocks[#blocks]
    if keyword and keyword:find "^data_" then
      blocks[#blocks + 1] = { name = words[i].text:sub(6) }
    elseif not block then
      file.start = words[i].start
      file:fail("data_NAME expected, got '%s'", words[i].text:sub(1, 40))
    elseif keyword == "loop_" then
      i = take_loop(words, i + 1, block) - 1
    elseif is_name(words[i]) then
      block[words[i].text:lower()] = { words[i + 1] }
      i = i + 1
    end
    i = i + 1
  end
  return blocks
end

-- ---- numbers and operations ---------------------------------------------------------------------

-- "4.9137(2)" is 4.9137.
local function number_of(file, word, name)
  local value = word and tonumber((word.text:gsub("%(%d+%)$", "")))
  if value then return value end
  if word then file.start = word.start end
  file:fail("%s: number expected, got '%s'", name, word and word.text:sub(1, 40) or "nothing")
end

-- "1/2+x" as { 1, 0, 0, 0.5 }: factors of x, y, z and the shift.
local function part_of(file, text)
  local row, plain = { 0, 0, 0, 0 }, text:lower():gsub("%s", "")
  local rest = plain:gsub("([+-]?)([%d./]*)%*?([xyz]?)", function(sign, number, letter)
    if number == "" and letter == "" then return sign end
    local above, below = number:match "^([%d.]+)/?([%d.]*)$"
    local value = (tonumber(above) or 1) / (tonumber(below) or 1)
    local k = letter == "" and 4 or ("xyz"):find(letter, 1, true)
    row[k] = row[k] + (sign == "-" and -value or value)
    return ""
  end)
  if rest ~= "" or plain == "" then file:fail("symmetry operation expected, got '%s'", text) end
  return row
end

local function operation_of(file, word)
  local parts = {}
  file.start = word.start
  for text in (word.text .. ","):gmatch "([^,]*)," do parts[#parts + 1] = part_of(file, text) end
  if #parts ~= 3 then file:fail("three parts of x,y,z expected, got '%s'", word.text) end
  return parts
end

local function operations_of(file, block)
  local words = block._symmetry_equiv_pos_as_xyz or block._space_group_symop_operation_xyz
  local list = {}
  for i, word in ipairs(words or {}) do list[i] = operation_of(file, word) end
  local group = block._symmetry_int_tables_number or block["_space_group_it_number"]
  if #list == 0 and group and tonumber(group[1] and group[1].text) ~= 1 then
    file.start = group[1] and group[1].start or file.start
    file:fail "the symmetry operations are missing (_symmetry_equiv_pos_as_xyz)"
  end
  return #list > 0 and list or { { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 } } }
end

-- ---- atoms --------------------------------------------------------------------------------------

local function apply(operation, x)
  local y = {}
  for k, row in ipairs(operation) do
    y[k] = row[1] * x[1] + row[2] * x[2] + row[3] * x[3] + row[4]
  end
  return y
end

local function is_same(a, b)
  for k = 1, 3 do
    local d = a[k] - b[k]
    if math.abs(d - math.floor(d + 0.5)) > same then return false end
  end
  return true
end

-- The images of a site that are different atoms; the first is the site itself.
local function orbit(operations, x)
  local points = {}
  for i, operation in ipairs(operations) do
    local y, new = apply(operation, x), true
    if i == 1 and is_same(x, y) then y = x end
    for _, other in ipairs(points) do new = new and not is_same(other, y) end
    if new then
      for k = 1, 3 do
        if y ~= x then y[k] = y[k] - math.floor(y[k]) end
      end
      points[#points + 1] = y
    end
  end
  return points
end

local function check_occupancy(file, block, i)
  local word = (block._atom_site_occupancy or {})[i]
  if not word or word.text == "." or word.text == "?" then return end
  if math.abs(number_of(file, word, "_atom_site_occupancy") - 1) > 1e-6 then
    file.start = word.start
    file:fail("atom site %d is occupied to %s: only full sites make a structure", i, word.text)
  end
end

local function atoms_of(file, block)
  local names, points, operations = {}, {}, operations_of(file, block)
  local labels = block._atom_site_type_symbol or block._atom_site_label or {}
  for i, word in ipairs(labels) do
    local x = {}
    for k, axis in ipairs { "x", "y", "z" } do
      local name = "_atom_site_fract_" .. axis
      x[k] = number_of(file, (block[name] or {})[i], name)
    end
    check_occupancy(file, block, i)
    for _, point in ipairs(orbit(operations, x)) do
      points[#points + 1], names[#names + 1] = point, word.text:gsub("^(%u%l?)%d*[+-]%d*$", "%1")
    end
  end
  return names, points
end

local function cell_of(file, block)
  local p = {}
  for _, name in ipairs { "length_a", "length_b", "length_c", "angle_alpha", "angle_beta",
    "angle_gamma" } do
    p[#p + 1] = number_of(file, (block["_cell_" .. name] or {})[1], "_cell_" .. name)
  end
  local cell, err = e.attempt(structure.cell_of_parameters, table.unpack(p))
  return cell or file:fail("%s", err.message)
end

function M.read(path, options, first, last, step)
  local file, list, frame, m = cursor.open(path), {}, 0, require "matinf"
  for _, block in ipairs(blocks_of(file)) do
    if block._atom_site_fract_x then
      frame = frame + 1
      if block.broken then
        file.start = block.broken.start
        file:fail "the loop ends in the middle of a row"
      end
      local raw = { file = path, frame = frame, cell = cell_of(file, block), arrays = {},
        info = { name = block.name ~= "" and block.name or nil }, periodic = { true, true, true } }
      local names, points = atoms_of(file, block)
      raw.numbers, raw.species = species.numbers_of(names)
      raw.positions = m.linalg.matmul(m.array(points):reshape { #points, 3 }, raw.cell)
      if frame >= first and frame <= last and (frame - first) % step == 0 then
        list[#list + 1] = structure.finish(raw, options)
      end
    end
  end
  return list
end

-- ---- writing ------------------------------------------------------------------------------------

--- Without symmetry: every atom of the cell is a site.
function M.text(list, options)
  local c, m, parts = require "matinf.c.atoms", require "matinf", {}
  for i, s in ipairs(list) do
    if not s:volume() then e.fail("argument", "atoms.write: a cif needs a cell") end
    local p = { s:cell_parameters() }
    local names, labels, symbols = { "length_a", "length_b", "length_c", "angle_alpha",
      "angle_beta", "angle_gamma" }, {}, s:symbols()
    local name = tostring(s.info.name or "structure" .. i):gsub("%s", "_")
    parts[#parts + 1] = "data_" .. name .. "\n"
    for k, field in ipairs(names) do
      parts[#parts + 1] = "_cell_" .. field .. " " .. c.format(1, -1, m.array { p[k] })
    end
    for k, symbol in ipairs(symbols) do labels[k] = symbol .. k end
    parts[#parts + 1] = "loop_\n_symmetry_equiv_pos_as_xyz\n'x, y, z'\nloop_\n_atom_site_label\n"
      .. "_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
    parts[#parts + 1] = c.format(#s, options.decimals or -1, labels, symbols, s:fractional())
  end
  return table.concat(parts)
end

return M
