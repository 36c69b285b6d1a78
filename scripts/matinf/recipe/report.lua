-- The report of a run: report.html, which needs no other file, and the short text for a terminal.
--
-- It is made of the run folder alone (provenance.yaml, the stage files, figures/), so that it can
-- be written again at any time.

local m = require "matinf"
local e = require "matinf.error"
local layout = require "matinf.layout"
local shell = require "matinf.recipe.arguments".shell
local store = require "matinf.store"
local folder_of = require "matinf.recipe.folder"
local html = require "matinf.html"
local style = require "matinf.recipe.style"
local table_text = require "matinf.table_text"

local M = {}

-- ---- what is in the run folder ------------------------------------------------------------------

local kinds = { "answers", "figures", "tables", "warnings", "suggestions" }

-- Adds what a stage shows; figures and tables know the folder that they are in.
local function add_stage(shown, stage)
  local record = store.read(folder_of.stage_file(shown.folder, stage.name, stage.round), "run")
  for _, kind in ipairs(kinds) do
    for _, entry in ipairs(record[kind] or {}) do
      if type(entry) == "table" then
        entry.below = stage.round and folder_of.results("", stage.round):sub(2) .. "/" or ""
      end
      table.insert(shown[kind], entry)
    end
  end
end

--- What a run shows (of a loop, its last round): provenance; answers, figures, tables, warnings and
--- suggestions of its stages in order.
function M.read(folder)
  local path = folder .. "/provenance.yaml"
  if m.sys.exists(path) ~= "file" then
    e.fail("usage", "'%s' is no run: it has no provenance.yaml", folder)
  end
  local shown = { folder = folder, provenance = (m.yaml.read(path)), answers = {}, figures = {},
    tables = {}, warnings = {}, suggestions = {} }
  local last = {}
  for _, stage in ipairs(shown.provenance.stages) do last[stage.name] = stage end
  for _, stage in ipairs(shown.provenance.stages) do
    if stage == last[stage.name] then add_stage(shown, stage) end
  end
  return shown
end

-- ---- HTML ---------------------------------------------------------------------------------------

local escape, tag = html.escape, html.tag

local function section(title, inner, class)
  if inner == "" then return "" end
  inner = tag("h2", nil, escape(title)) .. "\n" .. inner
  return tag("section", class and { class = class }, inner) .. "\n"
end

-- The picture's own text, fit to stand among others: ids made unique, declarations dropped.
local function inline_svg(text, prefix)
  local svg = text:match "(<svg.*</svg>)"
  if not svg then return nil end
  local ids = {}
  svg = svg:gsub("(%sid=)([\"'])(.-)%2", function(attribute, quote, id)
    ids[id] = true
    return attribute .. quote .. prefix .. id .. quote
  end)
  svg = svg:gsub("([\"'(])#([^\"')]+)", function(before, id)
    return ids[id] and before .. "#" .. prefix .. id or nil
  end)
  return svg
end

local function caption(word, number, entry, file)
  return tag("b", nil, ("%s %d."):format(word, number)) .. " "
    .. escape(entry.caption or entry.name) .. " "
    .. tag("span", { class = "file" }, escape(entry.below .. file:format(entry.name)))
end

local function figure(shown, entry, number)
  local path = ("%s/%sfigures/%s.svg"):format(shown.folder, entry.below, entry.name)
  local text = e.attempt(m.sys.read, path)
  local svg = text and inline_svg(text, ("f%d-"):format(number))
    or tag("p", { class = "warning" },
      escape(("figures/%s.svg is missing or no SVG"):format(entry.name)))
  return tag("figure", nil, svg .. tag("figcaption", nil,
    caption("Figure", number, entry, "figures/%s.svg"))) .. "\n"
end

-- ---- tables -------------------------------------------------------------------------------------

local function html_rows(columns, count)
  local rows, head = {}, {}
  for i, column in ipairs(columns) do
    head[i] = tag("th", column.numeric and { class = "number" } or nil, escape(column.heading))
  end
  rows[1] = tag("tr", nil, table.concat(head))
  for row = 1, count do
    local cells = {}
    for i, column in ipairs(columns) do
      cells[i] = tag("td", column.numeric and { class = "number" } or nil,
        escape(column.cells[row]))
    end
    rows[#rows + 1] = tag("tr", nil, table.concat(cells))
  end
  return table.concat(rows, "\n")
end

local function result_table(entry, number)
  local rows = html_rows(table_text.columns(entry.table), #entry.table)
  return tag("p", { class = "caption" }, caption("Table", number, entry, "tables/%s.csv"))
    .. tag("div", { class = "wide" }, tag("table", nil, rows)) .. "\n"
end

-- A table of texts with a heading row.
local function text_table(headings, rows)
  local columns = {}
  for i, text in ipairs(headings) do
    columns[i] = { heading = text, cells = {} }
    for row, cells in ipairs(rows) do columns[i].cells[row] = cells[i] or "" end
  end
  return tag("div", { class = "wide" }, tag("table", { class = "text" }, html_rows(columns, #rows)))
end

-- ---- suggestions --------------------------------------------------------------------------------

-- The command that tries the i-th suggestion, in a folder of its own beside the run.
local function command_of(shown, i)
  local words = { "matinf", "run", shown.folder, table.unpack(shown.suggestions[i].values) }
  table.move({ "--out", ("%s-%d"):format(shown.folder, i + 1) }, 1, 2, #words + 1, words)
  return shell(words)
end

-- ---- the parts of the report --------------------------------------------------------------------

local function each(list, make)
  local parts = {}
  for i, entry in ipairs(list) do parts[i] = make(entry, i) end
  return table.concat(parts)
end

local function paragraph(class)
  return function(text) return tag("p", class and { class = class }, escape(text)) .. "\n" end
end

local function parameters(provenance)
  local rows = {}
  for i, row in ipairs(provenance.parameters) do
    local origin = row.origin:match "[^/]*$" -- the folder stands in the provenance
    rows[i] = { row.key, row.value, row.unit or "", origin, row.help or "" }
  end
  return #rows > 0 and text_table({ "parameter", "value", "unit", "from", "meaning" }, rows) or ""
end

local function provenance_rows(provenance)
  local rows, machine = {}, provenance.machine
  local function add(name, value)
    if value ~= nil then rows[#rows + 1] = { name, tostring(value) } end
  end
  add("recipe", ("%s (%s)"):format(provenance.recipe.name, provenance.recipe.folder))
  add("values", provenance.values)
  add("commit", provenance.recipe.commit)
  for _, file in ipairs(provenance.recipe.files) do
    add("hash of " .. file.file:match "[^/]*$", file.blake2b)
  end
  for _, input in ipairs(provenance.inputs) do
    add("hash of " .. input.file:match "[^/]*$", input.blake2b)
  end
  add("program", ("matinf %s, %s"):format(provenance.matinf, provenance.lua))
  add("processor", ("%s; kernels at level %s, %d threads"):format(machine.cpu, machine.isa,
    machine.threads))
  add("BLAS", machine.blas_core)
  add("seed", provenance.seed)
  add("host", ("%s, by %s"):format(machine.host, machine.user))
  add("time", ("%s to %s"):format(provenance.began, provenance.ended or "?"))
  for _, stage in ipairs(provenance.stages) do
    local name = stage.round and ("%s, round %d"):format(stage.name, stage.round) or stage.name
    add("stage " .. name, stage.unchanged and "unchanged" or ("%.3f s"):format(stage.seconds))
  end
  return rows
end

local unfinished = { running = "This run is not finished.", failed = "This run failed: ",
  interrupted = "This run was ", waiting = "This run waits: " }

local function notice(provenance)
  if provenance.status == "finished" then return "" end
  return paragraph "warning"(unfinished[provenance.status] .. (provenance.error or ""))
end

--- The report as one HTML text.
function M.html(shown)
  local provenance = shown.provenance
  local body = tag("header", nil, tag("p", { class = "name" }, escape(provenance.recipe.name))
    .. tag("h1", nil, escape(provenance.recipe.question)))
    .. notice(provenance)
    .. section("Answer", each(shown.answers, paragraph()), "answer")
    .. each(shown.warnings, paragraph "warning")
    .. section("Try next", each(shown.suggestions, function(entry, i)
      return paragraph()(entry.text .. ":") .. tag("pre", nil, escape(command_of(shown, i))) .. "\n"
    end))
    .. section("Figures",
      each(shown.figures, function(entry, i) return figure(shown, entry, i) end))
    .. section("Tables", each(shown.tables, result_table))
    .. section("Parameters", parameters(provenance))
    .. section("Provenance", text_table({ "", "" }, provenance_rows(provenance)), "provenance")
  return html.page(provenance.recipe.name .. ": " .. provenance.recipe.question, style,
    tag("main", nil, "\n" .. body))
end

--- Writes FOLDER/report.html; returns its path.
function M.write(folder)
  local path = folder .. "/report.html"
  m.sys.write_atomic(path, M.html(M.read(folder)))
  return path
end

-- ---- the terminal -------------------------------------------------------------------------------

-- Lines behind two spaces each.
local function indented(lines) return "  " .. table.concat(lines, "\n  ") end

--- The question, the answer, the first table in short, warnings and the path of the report.
function M.summary(folder)
  local shown = M.read(folder)
  local lines = { shown.provenance.recipe.question, "" }
  local columns = math.max(40, math.min(100, m.sys.columns()))
  for _, text in ipairs(shown.answers) do
    lines[#lines + 1] = indented(layout.wrap(text, columns - 2)) .. "\n"
  end
  local first = shown.tables[1]
  if first then lines[#lines + 1] = indented(table_text.lines(first.table, 12)) .. "\n" end
  for _, text in ipairs(shown.warnings) do lines[#lines + 1] = "Warning: " .. text end
  for i, entry in ipairs(shown.suggestions) do
    lines[#lines + 1] = ("Try next: %s:\n  %s"):format(entry.text, command_of(shown, i))
  end
  lines[#lines + 1] = ("Report: %s/report.html"):format(folder)
  return table.concat(lines, "\n") .. "\n"
end

return M
