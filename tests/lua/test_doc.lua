-- Documentation: every exported function and method has an entry of the required form, every entry
-- names something that exists, and every example runs in an empty folder.
local lu = require "luaunit"
local m = require "matinf"
local doc = require "matinf.doc"
local store = require "matinf.store"

-- ---- what exists --------------------------------------------------------------------------------

local function is_public(name) return type(name) == "string" and not name:find "^_" end

-- Names of the functions in a table: prefix .. separator .. name.
local function add_functions(names, prefix, separator, methods)
  local rest = getmetatable(methods) and getmetatable(methods).__index
  if type(rest) == "table" then add_functions(names, prefix, separator, rest) end
  for name, value in pairs(methods) do
    local method = is_public(name) and type(value) == "function"
    if method then names[prefix .. separator .. name] = true end
  end
end

local storing = { to_store = true, from_store = true, nxdata = true } -- the protocol of the store, not for users

local function add_classes(names, module)
  for full, class in pairs(store.classes) do
    if full:match "^[^.]+" == module then
      local methods = {}
      for name, value in pairs(class) do
        if not storing[name] then methods[name] = value end
      end
      add_functions(names, full, ":", methods)
    end
  end
end

-- Handles made in C: metatables "matinf.module.Class" in the registry.
local function add_handles(names, module)
  for key, metatable in pairs(debug.getregistry()) do
    local class = type(key) == "string" and key:match("^matinf%.(" .. module .. "%..+)$")
    if class and type(metatable) == "table" and type(rawget(metatable, "__index")) == "table" then
      add_functions(names, class, ":", metatable.__index)
    end
  end
end

local function exported(module)
  local names = {}
  add_functions(names, module, ".", m[module])
  add_classes(names, module)
  add_handles(names, module)
  return names
end

-- ---- the form of an entry -----------------------------------------------------------------------

local function check_text(where, text)
  lu.assertIsString(text, where)
  lu.assertTrue(#text > 0, where .. " is empty")
end

local function check_rows(where, rows, columns)
  for i, row in ipairs(rows or {}) do
    for column = 1, columns do check_text(("%s[%d]"):format(where, i), row[column]) end
  end
end

local function check_entry(entry)
  check_text("name", entry.name)
  check_text(entry.name .. ".summary", entry.summary)
  lu.assertTrue(entry.summary:find "%.$" ~= nil, entry.name .. ": the summary has no full stop")
  check_rows(entry.name .. ".arguments", entry.arguments, 3)
  check_rows(entry.name .. ".options", entry.options, 3)
  check_rows(entry.name .. ".returns", entry.returns, 2)
  check_text(entry.name .. ".example", entry.example)
  lu.assertTrue(entry.example:find "assert" ~= nil, entry.name .. ": the example asserts nothing")
end

-- ---- the examples: each in a process and an empty folder of its own -----------------------------

local host = os.getenv "MATINF" or "./matinf"
if host:sub(1, 1) ~= "/" then host = os.getenv "PWD" .. "/" .. host end

-- What goes wrong in an entry's example, "" if nothing does.
local function run_example(entry)
  local folder = os.tmpname()
  local script = io.open(folder .. ".lua", "w")
  script:write(entry.example)
  script:close()
  os.remove(folder)
  local command = "mkdir %s && cd %s && %s %s.lua 2>&1 >/dev/null || echo; rm -rf %s %s.lua"
  local pipe = io.popen(command:format(folder, folder, host, folder, folder, folder))
  local output = pipe:read "a"
  pipe:close()
  return output
end

-- ---- the tests: one of each kind for every module ----------------------------------------------

TestDoc = {}

for _, module in ipairs(m.modules) do
  TestDoc["test_" .. module .. "_is_documented"] = function()
    local table_ = doc.module(module)
    lu.assertNotNil(table_, "scripts/matinf/doc/" .. module .. ".lua is missing")
    lu.assertEquals(table_.name, module)
    check_text(module .. ".summary", table_.summary)
    local names, entries = exported(module), {}
    for _, entry in ipairs(table_.functions) do
      check_entry(entry)
      lu.assertNil(entries[entry.name], entry.name .. " has two entries")
      entries[entry.name] = true
      lu.assertTrue(names[entry.name], entry.name .. " is documented and does not exist")
    end
    for name in pairs(names) do lu.assertTrue(entries[name], name .. " is not documented") end
  end

  TestDoc["test_" .. module .. "_examples_run"] = function()
    local failures = {}
    for _, entry in ipairs(doc.module(module).functions) do
      local output = run_example(entry)
      if output ~= "" then failures[#failures + 1] = entry.name .. ": " .. output end
    end
    lu.assertEquals(table.concat(failures, "\n"), "")
  end
end

-- ---- the renderer -------------------------------------------------------------------------------

TestText = {}

function TestText.test_a_function()
  local text = doc.text "units.convert"
  lu.assertStrContains(text, "units.convert(value, from, to)\n")
  lu.assertStrContains(text, "  value  number or array  the value\n")
  lu.assertStrContains(text, "Example\n  assert(m.units.convert(5.5")
end

function TestText.test_a_module_and_the_list()
  lu.assertStrContains(doc.text "units", "units.Quantity:to")
  lu.assertStrContains(doc.text(), "units")
end

function TestText.test_a_class()
  local text = doc.text "gmm.Fit"
  lu.assertStrContains(text, "mu              array [k]  positions, rising\n")
  lu.assertStrContains(text, "gmm.Fit:plot")
end

function TestText.test_a_class_of_methods()
  local text = doc.text "random.Generator"
  lu.assertStrContains(text, "What random.generator gives.")
  lu.assertStrContains(text, "random.Generator:normal")
end

function TestText.test_words_of_sessions_and_recipes()
  lu.assertStrContains(doc.text "run", "r prints the answer")
  lu.assertStrContains(doc.text "store.write", "h5py")
end

function TestText.test_a_recipe_in_a_folder_without_a_readme()
  local folder = m.sys.tempdir() .. "/mine"
  m.sys.mkdir(folder)
  m.sys.write_atomic(folder .. "/recipe.yaml", "recipe: mine\n")
  m.sys.write_atomic(folder .. "/recipe.lua", [[
return { name = "mine", question = "Why?", parameters = {}, stages = { analyse = print } }]])
  local text = doc.text(folder)
  lu.assertStrContains(text, "Why?")
  lu.assertNil(text:find "README")
end

-- Rows of a table in a description stay rows: nothing runs into them, in no format.
function TestText.test_rows_of_tables_stand_alone()
  for _, module in ipairs(doc.modules()) do
    local shown, before = doc.text(module.name), ""
    for line in ((module.description or "") .. "\n"):gmatch "(.-)\n" do
      local row = line:find "^%s+%S" ~= nil
      if row then lu.assertStrContains(shown, "\n  " .. line .. "\n") end
      local words = before ~= "" and line ~= ""
      lu.assertFalse(words and row ~= (before:find "^%s" ~= nil), module.name .. ": " .. line)
      before = line
    end
  end
end

function TestText.test_lines_fit_the_width()
  for _, width in ipairs { 60, 80, 120 } do
    for line in doc.text("units", width):gmatch "[^\n]+" do
      lu.assertTrue(utf8.len(line) <= width, line)
    end
  end
end

function TestText.test_names_are_found_by_their_last_word()
  lu.assertStrContains(doc.text "equivalent", "units.equivalent(")
  local _, err = m.try(doc.text, "units.convrt")
  lu.assertEquals(err.message,
    "nothing is documented as 'units.convrt': did you mean 'units.convert'?")
end

function TestText.test_search_puts_names_first()
  local found = doc.search "quantity"
  lu.assertEquals(found[1].name, "units.quantity")
  lu.assertTrue(#found > 2)
end

os.exit(lu.LuaUnit.run())
