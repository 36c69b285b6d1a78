-- `make install`: the installed program and a stock lua5.4 both find the package.
local lu = require "luaunit"
local run = require "tests.support".shell

TestInstall = {}

function TestInstall:setUp()
  self.root = os.tmpname()
  os.remove(self.root)
  local text, code = run("env -u MAKEFLAGS -u MAKELEVEL make -s install BUILD=build HOST=matinf "
    .. "DESTDIR= PREFIX=" .. self.root)
  lu.assertEquals(code, 0, text)
end

function TestInstall:tearDown() os.execute("rm -rf " .. self.root) end

function TestInstall:test_installed_host_runs_from_anywhere()
  local text = run("cd / && " .. self.root .. "/bin/matinf -e 'print(m.array.zeros(7):sum())'")
  lu.assertEquals(text, "0.0\n")
end

function TestInstall:test_stock_lua_requires_matinf()
  local paths = ("LUA_PATH='%s/share/lua/5.4/?.lua;;' LUA_CPATH='%s/lib/lua/5.4/?.so;;'"):format(self.root, self.root)
  local text = run("cd / && " .. paths ..
    [[ lua5.4 -e 'local m = require "matinf"; print(m.array.ones(3):sum(), m.linalg.norm{3, 4})']])
  lu.assertEquals(text, "3.0\t5.0\n")
end

os.exit(lu.LuaUnit.run())
