-- The reference as files: HTML pages whose links resolve and that need nothing else, and stubs that
-- are Lua, name every function, and use no type that is not declared.
local lu = require "luaunit"
local doc = require "matinf.doc"
local pages = require "matinf.doc_html".pages()
local stubs = require "matinf.doc_stubs"

TestHtml = {}

function TestHtml.test_every_entry_has_a_place_and_a_link()
  for _, module in ipairs(doc.modules()) do
    local page = pages[module.name .. ".html"]
    for _, entry in ipairs(module.functions) do
      local id = entry.name:gsub(":", "-")
      lu.assertStrContains(page, ('id="%s"'):format(id))
      lu.assertStrContains(pages["index.html"], ('href="%s.html#%s"'):format(module.name, id))
    end
  end
end

function TestHtml.test_links_resolve_and_nothing_is_loaded()
  for name, page in pairs(pages) do
    for target in page:gmatch 'href="(.-)"' do
      local file, id = target:match "^([^#]+)#?(.*)$"
      lu.assertNotNil(pages[file], name .. ": " .. target)
      if id ~= "" then lu.assertStrContains(pages[file], ('id="%s"'):format(id)) end
    end
    lu.assertNil(page:find "%ssrc=", name)
    lu.assertNil(page:find "@import", name)
  end
end

function TestHtml.test_elements_are_closed_in_order()
  for name, page in pairs(pages) do
    local open = {}
    page = page:gsub("<script>.-</script>", ""):gsub("<style>.-</style>", "")
    for slash, tag in page:gmatch "<(/?)(%l%w*)" do
      if slash == "/" then lu.assertEquals(table.remove(open), tag, name)
      elseif tag ~= "meta" and tag ~= "input" then open[#open + 1] = tag end
    end
    lu.assertEquals(open, {}, name)
  end
end

function TestHtml.test_code_in_running_text_is_marked()
  lu.assertStrContains(pages["yaml.html"], "<code>No</code>")
  for name, page in pairs(pages) do
    page = page:gsub("<script>.-</script>", ""):gsub("<pre>.-</pre>", ""):gsub("<[^>]*>", "")
    lu.assertNil(page:match "[^\n]*`[^\n]*", name)
  end
end

TestStubs = {}

local text = stubs.text()

function TestStubs.test_it_is_lua_and_names_every_function()
  lu.assertNotNil(load(text, "=matinf.d.lua", "t"))
  for _, module in ipairs(doc.modules()) do
    for _, entry in ipairs(module.functions) do
      local class, method = entry.name:match "^(.+):(.+)$"
      local name = class and class:gsub("%.", "_") .. ":" .. method or entry.name
      lu.assertStrContains(text, ("\nfunction %s("):format(name))
    end
  end
end

function TestStubs.test_types_are_declared_once()
  local declared = {}
  for kind, name in text:gmatch "%-%-%-@(%l+) ([%w_.]+)" do
    if kind == "class" or kind == "alias" then
      lu.assertNil(declared[name], name .. " is declared twice")
      declared[name] = true
    end
  end
  for line in text:gmatch "[^\n]+" do
    local types = line:match "^%-%-%-@param %S+ (%S+)" or line:match "^%-%-%-@return (%S+)"
      or line:match "^%-%-%-@field [%w_]+%?? (%S+)"
    for name in (types or ""):gmatch "%f[%w]%l%w*%.%w+[%w_.]*" do
      lu.assertTrue(declared[name], line)
    end
  end
end

function TestStubs.test_fields_are_those_of_the_values()
  local m, x, y = require "matinf", {}, {}
  for i = 1, 61 do x[i], y[i] = 280 + 0.2 * i, 100 + 1000 * math.exp(-(0.2 * i - 6)^2) end
  local spectrum = m.spectra.new(x, y)
  local values = { ["spectra.Spectrum"] = spectrum, ["elements.Element"] = m.elements.Fe,
    ["gmm.Fit"] = m.gmm.fit(x, y, { steps = 1, starts = 0 }),
    ["spectra.Fit"] = m.spectra.fit(spectrum, { peaks = 1, width = { 0.5, 3 } }),
    ["table.Table"] = spectrum:table() }
  for name, value in pairs(values) do
    local class = doc.find(name)
    for _, row in ipairs(class.fields) do
      local may_be_nil = row[3]:find "nil" or row[3]:find '"auto"'
      lu.assertTrue(value[row[1]] ~= nil or may_be_nil ~= nil, name .. "." .. row[1])
    end
    lu.assertStrContains(text, ("---@class %s\n---@field %s"):format(name, class.fields[1][1]))
  end
end

function TestStubs.test_types()
  local expected = { ["array [n] c128"] = "array.Array", ["array [m] or [m, k]"] = "array.Array",
    ["list of strings"] = "string[]", ["integer or \"all\""] = 'integer|"all"',
    ["number or {low, high}"] = "number|number[]", ["gmm.Fit"] = "gmm.Fit",
    ["array, number, string, boolean or list of strings"] =
      "array.Array|number|string|boolean|string[]" }
  for written, type_ in pairs(expected) do lu.assertEquals(stubs.type(written), type_) end
end

function TestStubs.test_what_an_editor_shows()
  lu.assertStrContains(text, "---@field k? integer number of peaks, 1 to 32 (default 1)\n")
  lu.assertStrContains(text, "---@param x array.Like positions, rising or falling\n")
  lu.assertStrContains(text, "---@param options? gmm.fit.options\n---@return gmm.Fit")
  lu.assertStrContains(text, "function gmm.fit(x, y, options) end\n")
end

os.exit(lu.LuaUnit.run())
