-- The reference as HTML: index.html and a page for each module. Every page is one file that needs
-- no other, with a field that filters what it shows.

local doc = require "matinf.doc"
local html = require "matinf.html"

local M = {}

local escape, tag = html.escape, html.tag

local style = [[

:root { color: #1d2429; background: #fff; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 52rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: .2rem 0 .5rem; font-size: 1.6rem; font-weight: 600; }
h2 { margin: 0 0 .3rem; font-size: 1rem; font-family: ui-monospace, monospace; }
a { color: #0072b2; text-decoration: none; }
a:hover { text-decoration: underline; }
nav { font-size: .875rem; line-height: 1.8; }
nav a { margin-right: .9rem; }
input { width: 100%; box-sizing: border-box; margin: 1rem 0; padding: .5rem .7rem; font: inherit;
  border: 1px solid #8d979e; border-radius: 4px; }
section { border-top: 1px solid #d5dadd; padding: 1rem 0; }
p { margin: .3rem 0 .6rem; }
table { border-collapse: collapse; font-size: .875rem; margin-bottom: .6rem; }
caption { text-align: left; font-weight: 600; padding-top: .3rem; }
td { padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #e6e9eb; vertical-align: top; }
td:first-child { font-family: ui-monospace, monospace; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: #f3f7fa; padding: .6rem .9rem; overflow-x: auto; font-size: .8125rem; }
.note { color: #5c6770; font-size: .875rem; }
]]

-- Hides every element with data-words that has not all the words that were typed.
local script = [[

const field = document.querySelector("input");
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/);
  for (const entry of document.querySelectorAll("[data-words]"))
    entry.hidden = !words.every(word => entry.dataset.words.includes(word));
});
]]

local function page(title, body)
  return html.page(title, style, tag("main", nil, "\n" .. body) .. tag("script", nil, script))
end

local search = '<input type="search" placeholder="Search" aria-label="Search" autofocus>\n'

-- ---- an entry -----------------------------------------------------------------------------------

-- Running text, where `...` is code.
local function prose(text) return (escape(text):gsub("`([^`]+)`", "<code>%1</code>")) end

-- Paragraphs are divided by empty lines; indented lines stand as they are.
local function paragraphs(text)
  local parts = {}
  for part in ((text or "") .. "\n\n"):gmatch "(.-)\n\n+" do
    local indented = part:find "^%s"
    if part ~= "" then
      parts[#parts + 1] = (indented and tag("pre", nil, escape(part)) or tag("p", nil, prose(part)))
        .. "\n"
    end
  end
  return table.concat(parts)
end

local function rows(caption, list)
  if not list or #list == 0 then return "" end
  local lines = {}
  for i, row in ipairs(list) do
    local cells = {}
    for column, text in ipairs(row) do cells[column] = tag("td", nil, prose(text)) end
    lines[i] = tag("tr", nil, table.concat(cells))
  end
  return tag("table", nil, tag("caption", nil, caption) .. table.concat(lines, "\n")) .. "\n"
end

local function note(word, text)
  return text and tag("p", { class = "note" }, prose(("%s %s."):format(word, text))) .. "\n" or ""
end

-- "gmm.Fit:plot" -> "gmm.Fit-plot": what a link can point to.
local function anchor(name) return (name:gsub(":", "-")) end

local function option_rows(entry)
  local list = {}
  for i, option in ipairs(entry.options or {}) do list[i] = doc.option_row(option) end
  return list
end

local function entry_section(entry)
  return tag("section", { id = anchor(entry.name), ["data-words"] = doc.words(entry) },
    tag("h2", nil, escape(doc.signature(entry))) .. "\n" .. tag("p", nil, prose(entry.summary))
    .. "\n" .. paragraphs(entry.description) .. rows("Arguments", entry.arguments)
    .. rows("Options", option_rows(entry)) .. rows("Returns", entry.returns)
    .. note("Raises an error", entry.errors) .. note("Reference:", entry.reference)
    .. tag("pre", nil, escape(entry.example))) .. "\n"
end

local function class_section(class)
  return tag("section", { id = anchor(class.name), ["data-words"] = doc.words(class) },
    tag("h2", nil, escape(class.name)) .. "\n" .. tag("p", nil, prose(class.summary)) .. "\n"
    .. rows("Fields", class.fields)) .. "\n"
end

-- ---- the pages ----------------------------------------------------------------------------------

local function links(modules)
  local list = { tag("a", { href = "index.html" }, "matinf") }
  for _, module in ipairs(modules) do
    list[#list + 1] = tag("a", { href = module.name .. ".html" }, escape(module.name))
  end
  return tag("nav", nil, table.concat(list, "\n")) .. "\n"
end

local function module_page(module, modules)
  local sections = {}
  for i, class in ipairs(module.classes or {}) do sections[i] = class_section(class) end
  for _, entry in ipairs(module.functions) do sections[#sections + 1] = entry_section(entry) end
  return page("matinf: " .. module.name, links(modules) .. tag("h1", nil, escape(module.name))
    .. "\n" .. tag("p", nil, prose(module.summary)) .. "\n" .. paragraphs(module.description)
    .. search .. table.concat(sections))
end

local function index_row(module, entry)
  local link = tag("a", { href = ("%s.html#%s"):format(module.name, anchor(entry.name)) },
    escape(entry.name))
  return tag("tr", { ["data-words"] = doc.words(entry) },
    tag("td", nil, link) .. tag("td", nil, prose(entry.summary))) .. "\n"
end

local function index_page(modules)
  local parts = {}
  for i, module in ipairs(modules) do
    local lines = {}
    for j, class in ipairs(module.classes or {}) do lines[j] = index_row(module, class) end
    for _, entry in ipairs(module.functions) do lines[#lines + 1] = index_row(module, entry) end
    local link = tag("a", { href = module.name .. ".html" }, escape(module.name))
    parts[i] = tag("section", nil, tag("h2", nil, link) .. "\n"
      .. tag("p", nil, prose(module.summary)) .. "\n" .. tag("table", nil, table.concat(lines)))
      .. "\n"
  end
  return page("matinf: reference", links(modules) .. tag("h1", nil, "matinf") .. "\n" .. search
    .. table.concat(parts))
end

--- The pages of the reference: file name -> text.
function M.pages()
  local modules = doc.modules()
  local pages = { ["index.html"] = index_page(modules) }
  for _, module in ipairs(modules) do
    pages[module.name .. ".html"] = module_page(module, modules)
  end
  return pages
end

return M
