-- `matinf doc`: the documentation of modules and functions in the terminal.
local usage = [[
matinf doc              the modules
matinf doc NAME         a module (gmm), a function (gmm.fit) or a method (gmm.Fit:plot)
matinf doc -s WORD      what mentions a word
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

return {
  summary = "documentation of a module or function",
  usage = usage,
  run = function(arguments)
    local doc = require "matinf.doc"
    local first, second = arguments[1], arguments[2]
    if first == "-s" and second and not arguments[3] then return search(doc, second) end
    if second or first and first:find "^%-" then
      require "matinf.error".fail("usage", "%s", usage:gsub("\n$", ""))
    end
    io.write(doc.text(first, width()))
  end,
}
