-- HTML text: elements, escapes, whole pages.

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

--- A page that needs no other file: its title, its style sheet, the inner HTML of its body.
function M.page(title, style, body)
  local head = '<meta charset="utf-8">\n'
    .. '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    .. M.tag("title", nil, M.escape(title)) .. "\n" .. M.tag("style", nil, style)
  return "<!DOCTYPE html>\n" .. M.tag("html", { lang = "en" }, "\n" .. M.tag("head", nil, head)
    .. "\n" .. M.tag("body", nil, body) .. "\n") .. "\n"
end

return M
