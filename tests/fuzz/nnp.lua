-- Files of n2p2: an input holds them all, each after a line "@name". A potential that is read gives
-- finite numbers for a small structure, and is the same when it is written and read again.
local m = require "matinf"
local folder = m.sys.tempdir()
m.sys.durable(false) -- waiting for the disk takes nearly all of the time

local function write_files(text)
  m.sys.remove_tree(folder)
  m.sys.mkdir(folder)
  local files, name = {}, nil
  for line in text:gmatch "[^\n]*\n?" do
    name = line:match "^@([%w.]+)\n$" or name
    if name and line:sub(1, 1) ~= "@" then files[name] = (files[name] or "") .. line end
  end
  for path, content in pairs(files) do
    local file <close> = io.open(folder .. "/" .. path, "wb")
    if file then file:write(content) end
  end
end

local function structure(elements)
  local symbols, positions = {}, {}
  for i = 1, 4 do
    symbols[i] = elements[1 + i % #elements]
    positions[i] = { 1.1 * i, 0.3 * i * i, i % 2 }
  end
  return m.atoms.new { symbols = symbols, positions = positions, cell = { 7, 7.5, 8 } }
end

return function(text)
  write_files(text)
  local potential = m.nnp.read_n2p2(folder)
  if potential.descriptors.cutoff > 12 then return end
  local s = structure(potential.descriptors.elements)
  local energy, forces = potential:evaluate(s)
  assert(energy == energy and forces:sum() == forces:sum())
  potential:write_n2p2(folder .. "/again")
  local again = m.nnp.read_n2p2(folder .. "/again"):evaluate(s)
  assert(math.abs(again - energy) <= 1e-6 * (1 + math.abs(energy)))
end
