-- The documented name of what is written in the session: "m.gmm.fit" is "gmm.fit"; and what hangs
-- on one of its variables is found by the variable's class: s:cut is "spectra.Spectrum:cut".

local M = {}

--- The value a dotted path such as "m.gmm" or "fit.table" names, without calling anything.
function M.lookup(path)
  local value = _G
  for name in path:gmatch "[%a_][%w_]*" do
    local ok, field = pcall(function() return value[name] end)
    if not ok or field == nil then return nil end
    value = field
  end
  return value
end

-- "spectra.Spectrum" for a spectrum, "array" for an array, nil for values of no class.
local function class_of(path)
  local meta = getmetatable(M.lookup(path))
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:gsub("^matinf%.", "") or nil
end

function M.name(written)
  local owner, method = written:match "^(.-)[.:]([%w_]+)$"
  local class = owner and class_of(owner)
  if class then return class .. (class:find(".", 1, true) and ":" or ".") .. method end
  return class_of(written) or (written:gsub("^m%.", ""))
end

return M
