-- Parameter files of many-body potentials in the format that LAMMPS reads ("metal" units: eV, Å).
--
-- A # starts a comment. An entry is three symbols of elements and a fixed number of numbers, spread
-- over as many lines as one likes. Entries of elements nobody asks for are ignored.

local e = require "matinf.error"

local M = {}

-- The numbers of an entry in their order; LAMMPS' tol (of its neighbour search) is not used.
M.fields = {
  stillinger_weber = { "epsilon", "sigma", "a", "lambda", "gamma", "costheta0", "A", "B", "p", "q",
    "tol" },
  tersoff = { "m", "gamma", "lambda3", "c", "d", "costheta0", "n", "beta", "lambda2", "B", "R", "D",
    "lambda1", "A" },
}

local function words_of(path)
  local words, line = {}, 0
  for text in (require "matinf".sys.read(path) .. "\n"):gmatch "(.-)\n" do
    line = line + 1
    for word in text:gsub("#.*", ""):gmatch "%S+" do
      words[#words + 1] = { text = word, line = line }
    end
  end
  return words
end

--- The entries of a file: a list of { elements = {i, j, k}, name = value, ... }.
function M.read(path, kind)
  local fields, entries = M.fields[kind], {}
  local words = words_of(path)
  for at = 1, #words, 3 + #fields do
    local entry = { elements = {}, line = words[at].line }
    for k = 1, 3 + #fields do
      local word = words[at + k - 1]
      if not word then
        e.at(path, entry.line, nil,
          "3 elements and %d numbers expected, the file ends after %d of them", #fields, k - 1)
      end
      if k <= 3 then
        if tonumber(word.text) then
          e.at(path, word.line, nil,
            "symbol of an element expected, got %s (an entry is 3 symbols and %d numbers)",
            word.text, #fields)
        end
        entry.elements[k] = word.text
      else
        entry[fields[k - 3]] = tonumber(word.text) or
          e.at(path, word.line, nil, "number expected for %s, got '%s'", fields[k - 3], word.text)
      end
    end
    entries[#entries + 1] = entry
  end
  if #entries == 0 then e.at(path, nil, nil, "no entry in the file") end
  return entries
end

--- The elements of the entries, in the order of their first mention in the middle.
function M.elements(entries)
  local list, seen = {}, {}
  for _, entry in ipairs(entries) do
    local symbol = entry.elements[1]
    if not seen[symbol] then list[#list + 1], seen[symbol] = symbol, true end
  end
  return list
end

return M
