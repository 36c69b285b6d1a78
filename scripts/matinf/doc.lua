-- Documentation: finds and lays out the doc tables scripts/matinf/doc/NAME.lua, one a module.
--
-- A doc table is { name, summary, description, classes = { class ... }, functions = { entry ... }
-- }. A class is { name = "gmm.Fit", summary, fields = { { name, type, meaning } ... } }.
-- An entry is { name = "gmm.fit" or "gmm.Fit:plot", summary, arguments = { { name, type,
-- meaning } ... }, options = { { name, type, meaning, default =, unit = } ... }, returns = {
-- { type, meaning } ... }, errors, reference, example }. The tests run every example.

local e = require "matinf.error"
local layout = require "matinf.layout"

local M = {}

-- ---- finding ----------------------------------------------------------------------------------

--- The doc table of a module, or nil.
function M.module(name)
  local full = "matinf.doc." .. name
  return package.searchpath(full, package.path) and require(full) or nil
end

--- All doc tables, in the order of the list of modules.
function M.modules()
  local docs = {}
  for _, name in ipairs(require "matinf".modules) do docs[#docs + 1] = M.module(name) end
  return docs
end

-- The class called so among those of a module that have methods but no fields to tell of.
local function class_of_methods(module, name)
  local has_methods, maker
  for _, entry in ipairs(module.functions) do
    has_methods = has_methods or entry.name:match "^(.+):" == name
    local gives = entry.returns and entry.returns[1] and entry.returns[1][1]
    maker = maker or gives == name and entry.name
  end
  return has_methods and { name = name, fields = {},
    summary = maker and ("What %s gives."):format(maker) or "An object with methods." }
end

--- The entry of a function ("gmm.fit"), a method ("gmm.Fit:plot"), a class ("gmm.Fit"), a module
--- ("gmm"), or nil.
function M.find(name)
  for _, module in ipairs(M.modules()) do
    if module.name == name then return module end
    for _, list in ipairs { module.classes or {}, module.functions } do
      for _, entry in ipairs(list) do
        if entry.name == name then return entry end
      end
    end
    local class = class_of_methods(module, name)
    if class then return class end
  end
end

-- The only function that ends in a word: "convert" for units.convert.
local function find_by_last_word(word)
  local found
  for _, module in ipairs(M.modules()) do
    for _, entry in ipairs(module.functions) do
      if entry.name:match "[^.:]+$" == word then
        if found then return nil end
        found = entry
      end
    end
  end
  return found
end

--- All words of an entry, in lower case.
function M.words(entry)
  local parts = { entry.name, entry.summary, entry.description or "" }
  for _, list in ipairs { entry.arguments or {}, entry.options or {}, entry.returns or {},
    entry.fields or {} } do
    for _, row in ipairs(list) do parts[#parts + 1] = table.concat(row, " ") end
  end
  return table.concat(parts, " "):lower()
end

--- The entries that contain a word anywhere; those with the word in their name come first.
function M.search(word)
  local named, others = {}, {}
  word = word:lower()
  local function consider(entry)
    local list = entry.name:lower():find(word, 1, true) and named
      or M.words(entry):find(word, 1, true) and others
    if list then list[#list + 1] = entry end
  end
  for _, module in ipairs(M.modules()) do
    consider(module)
    for _, class in ipairs(module.classes or {}) do consider(class) end
    for _, entry in ipairs(module.functions) do consider(entry) end
  end
  return table.move(others, 1, #others, #named + 1, named)
end

-- ---- layout -----------------------------------------------------------------------------------

-- A source paragraph is broken anywhere: join its lines before wrapping.
local function joined(text)
  local lines, runs = {}, false
  for line in (text .. "\n"):gmatch "(.-)\n" do
    local words = line:find "^%S" ~= nil
    if words and runs then lines[#lines] = lines[#lines] .. " " .. line
    else lines[#lines + 1] = line end
    runs = words
  end
  return table.concat(lines, "\n")
end

local function add_paragraph(out, text, width, indent)
  for _, line in ipairs(layout.wrap(joined(text), width - #indent)) do
    out[#out + 1] = line == "" and "" or indent .. line
  end
end

local function column_widths(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i = 1, #row - 1 do
      widths[i] = math.min(math.max(widths[i] or 0, layout.width(row[i])), 28)
    end
  end
  return widths
end

-- Rows in aligned columns under a heading; the last column wraps.
local function add_table(out, heading, rows, width)
  if #rows == 0 then return end
  local widths = column_widths(rows)
  out[#out + 1] = ""
  out[#out + 1] = heading
  for _, row in ipairs(rows) do
    local line = " "
    for i = 1, #row - 1 do line = line .. " " .. layout.pad(row[i], widths[i]) .. " " end
    local left = layout.width(line) + 1
    for i, part in ipairs(layout.wrap(row[#row], math.max(width - left, 24))) do
      out[#out + 1] = (i == 1 and line or (" "):rep(left - 1)) .. " " .. part
    end
  end
end

local function add_section(out, heading, text, width)
  if not text then return end
  out[#out + 1] = ""
  out[#out + 1] = heading
  add_paragraph(out, text, width, "  ")
end

--- "gmm.fit(x, y [, options])"
function M.signature(entry)
  local names = {}
  for _, row in ipairs(entry.arguments or {}) do names[#names + 1] = row[1] end
  local options = ""
  if entry.options and #entry.options > 0 and names[#names] ~= "options" then
    options = #names > 0 and " [, options]" or "[options]"
  end
  return ("%s(%s%s)"):format(entry.name, table.concat(names, ", "), options)
end

--- Name, type and meaning of an option, the meaning with unit and default.
function M.option_row(option)
  local notes = {}
  if option.unit then notes[#notes + 1] = "in " .. option.unit end
  if option.default ~= nil then notes[#notes + 1] = "default " .. tostring(option.default) end
  local note = #notes > 0 and (" (%s)"):format(table.concat(notes, "; ")) or ""
  return { option[1], option[2], option[3] .. note }
end

local function entry_lines(entry, width)
  local out, options = { M.signature(entry) }, {}
  for i, option in ipairs(entry.options or {}) do options[i] = M.option_row(option) end
  add_paragraph(out, entry.summary, width, "  ")
  if entry.description then
    out[#out + 1] = ""
    add_paragraph(out, entry.description, width, "  ")
  end
  add_table(out, "Arguments", entry.arguments or {}, width)
  add_table(out, "Options", options, width)
  add_table(out, "Returns", entry.returns or {}, width)
  add_section(out, "Raises an error", entry.errors, width)
  add_section(out, "Reference", entry.reference, width)
  out[#out + 1] = ""
  out[#out + 1] = "Example"
  for line in entry.example:gmatch "[^\n]+" do out[#out + 1] = "  " .. line end
  return out
end

-- Name and summary of entries.
local function overview(entries)
  local rows = {}
  for i, entry in ipairs(entries or {}) do rows[i] = { entry.name, entry.summary } end
  return rows
end

local function class_lines(class, width)
  local out, methods = { class.name }, {}
  for _, entry in ipairs(M.module(class.name:match "^[^.]+").functions) do
    if entry.name:match "^[^:]+" == class.name then methods[#methods + 1] = entry end
  end
  add_paragraph(out, class.summary, width, "  ")
  add_table(out, "Fields", class.fields, width)
  add_table(out, "Methods", overview(methods), width)
  return out
end

local function module_lines(module, width)
  local out = { module.name }
  add_paragraph(out, module.summary, width, "  ")
  if module.description then
    out[#out + 1] = ""
    add_paragraph(out, module.description, width, "  ")
  end
  add_table(out, "Classes", overview(module.classes), width)
  add_table(out, "Functions", overview(module.functions), width)
  return out
end

-- A parameter's row: its key; what is expected, what it means, what holds when it is not given.
local function parameter_row(parameter)
  local notes, value, default = {}, parameter.value, parameter.default
  if value and value ~= default then notes[1] = "recipe.yaml: " .. value end
  if default then notes[#notes + 1] = "default " .. default end
  if parameter.optional then notes[#notes + 1] = "optional" end
  if #notes == 0 then notes[1] = "must be given" end
  local help = parameter.help and "; " .. parameter.help or ""
  local text = ("%s%s (%s)"):format(parameter.expected, help, table.concat(notes, "; "))
  return { parameter.key, text }
end

local function recipe_lines(recipe, target, width)
  local out, rows = { recipe.name }, {}
  add_paragraph(out, recipe.question, width, "  ")
  for i, parameter in ipairs(recipe.parameters) do rows[i] = parameter_row(parameter) end
  add_table(out, "Parameters", rows, width)
  local more = ("matinf run %s KEY=VALUE ... runs it (matinf run --help); matinf new %s FOLDER "
    .. "copies it"):format(target, target)
  local readme = recipe.folder .. "/README.md"
  local there = require "matinf".sys.exists(readme) == "file"
  add_section(out, "More", more .. (there and ("; %s tells what it does."):format(readme) or "."),
    width)
  return out
end

-- The lines about a recipe by its name, folder or YAML file; nil when nothing is called so.
local function lines_of_recipe(target, width)
  if not e.attempt(require "matinf.recipe.load".find, target) then return nil end
  local recipe = require "matinf.recipe.fenced".ask("matinf.recipe.fenced", "describe", { target })
  return recipe_lines(recipe, target, width)
end

-- Words for which a newcomer asks and that are no function.
local pointers = {
  recipe = "A recipe is a folder with recipe.lua (question, parameters, stages) and recipe.yaml "
    .. "(values). `matinf list` shows those at hand, `matinf doc RECIPE` the parameters of one, "
    .. "`matinf run --help` and `matinf sweep --help` how values are given. recipes/README.md "
    .. "tells how to write one: the kinds of parameters (P.file, P.quantity, ...), the stages, and "
    .. "what `p`, `done` and `run` offer them; recipes/TUTORIAL.md goes through everyday tasks.",
}
for _, word in ipairs { "recipes", "parameter", "parameters", "P", "stage", "stages", "sweep",
  "tutorial" } do
  pointers[word] = pointers.recipe
end
pointers.run = 'In a session, r = run("xps_peaks", "model.shape=voigt", "--out", "runs/mine") does '
  .. "what `matinf run` does; r prints the answer, r.model is the result of the stage model. "
  .. "Molecular dynamics is md.run. The `run` that a recipe's stages are given: " .. pointers.recipe
pointers.who = "who() lists the variables of the session."
pointers.store = [[local store = require "matinf.store"; store.write("a.h5", { fit = fit }) keeps ]]
  .. "numbers, texts, arrays, lists, maps and results in an HDF5 file that h5py reads; "
  .. [[store.read("a.h5").fit is the fit again. The results of a run are such files: ]]
  .. [[store.read("runs/mine/model.h5").]]

local function documented_names()
  local names = {}
  for _, module in ipairs(M.modules()) do
    names[#names + 1] = module.name
    for _, class in ipairs(module.classes or {}) do names[#names + 1] = class.name end
    for _, entry in ipairs(module.functions) do names[#names + 1] = entry.name end
  end
  return names
end

local function lines_about(name, width)
  local entry = M.find(name)
  if not entry then
    local pointer = pointers[name:match "^(P)%.%a+$" or name:match "^(run)[:.][%a_]+$"
      or name:match "^(store)%.%a+$" or name]
    if pointer then return layout.wrap(pointer, width) end
    entry = find_by_last_word(name)
    if not entry then return lines_of_recipe(name, width) end
  end
  local lines_of = entry.functions and module_lines or entry.fields and class_lines or entry_lines
  return lines_of(entry, width)
end

--- What a terminal shows about a name; without a name, all modules.
function M.text(name, width)
  width = math.max(width or 80, 40)
  if not name then
    local out, rows = { "matinf: modules" }, {}
    for i, module in ipairs(M.modules()) do rows[i] = { module.name, module.summary } end
    add_table(out, "`matinf doc NAME` shows a module, function or recipe; "
      .. "`matinf doc -s WORD` searches", rows, width)
    return table.concat(out, "\n") .. "\n"
  end
  local lines = lines_about(name, width)
  if not lines then
    e.fail("usage", "nothing is documented as '%s'%s", name, e.hint(name, documented_names()))
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
