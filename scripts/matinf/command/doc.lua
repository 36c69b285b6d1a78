-- `matinf doc`: the documentation of modules, functions and recipes in the terminal, as HTML, for
-- editors.
local usage = [[
matinf doc              the modules
matinf doc NAME         a module (gmm), a function (gmm.fit) or a method (gmm.Fit:plot)
matinf doc RECIPE       the question of a recipe and its parameters: what they mean, defaults, units
matinf doc -s WORD      what mentions a word

matinf doc --html FOLDER    writes the reference as HTML pages; begin with index.html
matinf doc --stubs FOLDER   writes matinf.d.lua for Lua language servers (LuaCATS)
]]

local function width()
  local sys = require "matinf".sys
  return sys.isatty(1) and sys.columns() or 80
end

local function search(doc, word)
  local found = doc.search(word)
  if #found == 0 then require "matinf.error".fail("usage", "nothing mentions '%s'", word) end
  for _, entry in ipairs(found) do print(("%-28s %s"):format(entry.name, entry.summary)) end
end

local function write_html(folder)
  local sys = require "matinf".sys
  sys.mkdir(folder)
  for name, text in pairs(require "matinf.doc_html".pages()) do
    sys.write_atomic(folder .. "/" .. name, text)
  end
  print(folder .. "/index.html")
end

local function write_stubs(folder)
  local sys = require "matinf".sys
  sys.mkdir(folder)
  sys.write_atomic(folder .. "/matinf.d.lua", require "matinf.doc_stubs".text())
  print(folder .. "/matinf.d.lua")
end

local actions = { ["--html"] = write_html, ["--stubs"] = write_stubs,
  ["-s"] = function(word) search(require "matinf.doc", word) end }

return {
  summary = "documentation of a module or function",
  usage = usage,
  run = function(arguments)
    local doc = require "matinf.doc"
    local first, second = arguments[1], arguments[2]
    if actions[first] and second and not arguments[3] then return actions[first](second) end
    if second or first and first:find "^%-" then
      require "matinf.error".fail("usage", "%s", usage:gsub("\n$", ""))
    end
    io.write(doc.text(first, width()))
  end,
}
