-- Two run folders compared: stage files, tables and figures, byte by byte.

local m = require "matinf"

local M = {}

local compared = { h5 = true, csv = true, svg = true, gp = true, dat = true }
local left_out = { steps = true, commands = true, laboratory = true } -- what results are made from

local function add(folder, below, found)
  for _, name in ipairs(m.sys.list(folder)) do
    local path = folder .. "/" .. name
    if m.sys.exists(path) == "folder" then
      if not left_out[name] then add(path, below .. name .. "/", found) end
    elseif compared[name:match "%.(%w+)$"] then
      found[below .. name] = m.hash.file(path)
    end
  end
  return found
end

--- A sorted list of { file =, verdict = "equal" | "different" | "only in the first" | "only in the
--- second" }, and whether all are equal.
function M.folders(first, second)
  local a, b, list, equal = add(first, "", {}), add(second, "", {}), {}, true
  for file, sum in pairs(a) do
    local verdict = b[file] == sum and "equal" or b[file] and "different" or "only in the first"
    list[#list + 1] = { file = file, verdict = verdict }
  end
  for file in pairs(b) do
    if not a[file] then list[#list + 1] = { file = file, verdict = "only in the second" } end
  end
  table.sort(list, function(x, y) return x.file < y.file end)
  for _, entry in ipairs(list) do equal = equal and entry.verdict == "equal" end
  return list, equal
end

return M
