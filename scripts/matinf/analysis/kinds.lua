-- Atoms sorted into kinds by their element, and names such as "Si-O" and "O-Si-O" for sets of them.

local e = require "matinf.error"

local M = {}

--- The kinds of a structure: { symbols = {"O", "Si"}, of = array i32 [n] from 0, index = { O = 0 }
--- }, in the order of atomic numbers.
function M.of(structure, called)
  local m = require "matinf"
  if getmetatable(structure) ~= m.atoms.Structure then
    e.argument("structure", called, "atoms.Structure", structure)
  end
  local all, symbols, index = m.elements.list(), {}, {}
  local numbers = structure.numbers
  local present = numbers:unique()
  for k, number in pairs(present) do
    symbols[k] = number == 0 and "X" or all[number].symbol
    index[symbols[k]] = k - 1
  end
  local of = (present:searchsorted(numbers) - 1):astype "i32"
  return { symbols = symbols, of = of, index = index }
end

--- The kinds (from 0) of a name such as "O-Si-O", count of them expected.
function M.parse(kinds, name, count, called)
  local found = {}
  if type(name) == "string" then
    for symbol in (name .. "-"):gmatch "(.-)%-" do found[#found + 1] = kinds.index[symbol] or -1 end
  end
  local fine = #found == count
  for _, kind in ipairs(found) do fine = fine and kind >= 0 end
  if not fine then
    local example = {}
    for k = 1, count do example[k] = kinds.symbols[(k - 1) % #kinds.symbols + 1] end
    local expected = 'elements of the structure, such as "%s"'
    e.argument("name", called, expected:format(table.concat(example, "-")), name)
  end
  return table.unpack(found)
end

return M
