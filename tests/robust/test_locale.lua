-- A script may set a locale with a decimal comma: files and figures keep their points.
local lu = require "luaunit"
local m = require "matinf"
local sys = m.sys

local folder = sys.tempdir()

local script = [[
assert(os.setlocale "de_DE.UTF-8", "no such locale")
assert(("%.1f"):format(1.5) == "1,5")
assert(tostring(m.array { 1.5, 2.25 }):find "2.25")
m.table.new { { name = "a", values = { 1.5 } } }:write "a.csv"
assert(m.sys.read "a.csv" == "a\r\n1.5\r\n")
assert(m.table.read "a.csv":column "a"[1] == 1.5 and m.yaml.load "1.5" == 1.5)
assert(m.yaml.dump { 1.5 } == "[1.5]\n")
local top, bottom = m.plot.figure {}, m.plot.figure {}
top:line({ 1, 2 }, { 1.5, 2.5 })
bottom:points({ 1, 2 }, { 0.25, 0.75 }, { size = 0.4 })
for _, format in ipairs { "svg", "pdf", "png" } do
  m.plot.panels { top, bottom, heights = { 3, 1 }, size = { 12.5, 10.5 } }:save("f." .. format)
end
]]

TestLocale = {}

function TestLocale.test_decimal_comma()
  local made = sys.spawn { "sh", "-c", "localedef -i de_DE -f UTF-8 ./de_DE.UTF-8", folder = folder }
  lu.skipIf(made.code ~= 0, "localedef cannot make de_DE.UTF-8 here")
  local result = sys.spawn { sys.program(), "-e", script, folder = folder,
    environment = { LOCPATH = folder } }
  lu.assertEquals(result.stderr, "")
  lu.assertEquals(result.code, 0)
end

os.exit(lu.LuaUnit.run())
