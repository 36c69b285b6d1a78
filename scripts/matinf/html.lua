-- HTML text: elements and escapes.

local M = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  ["'"] = "&#39;" }

--- A value as text that HTML shows as it is.
function M.escape(value)
  return (tostring(value):gsub("[&<>\"']", entities):gsub("[%z\1-\8\11\12\14-\31]", "\u{FFFD}"))
end

--- An element: tag(name, attributes or nil, inner HTML).
function M.tag(name, attributes, inner)
  local parts = {}
  for key, value in pairs(attributes or {}) do
    parts[#parts + 1] = (' %s="%s"'):format(key, M.escape(value))
  end
  table.sort(parts)
  return ("<%s%s>%s</%s>"):format(name, table.concat(parts), inner, name)
end

return M
