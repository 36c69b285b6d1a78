-- The relocatable tree of `make dist`: complete, without a trace of where it was built, and it runs
-- from another place than it was made for. (dist_debian11.sh tries it on the oldest system.)
local lu = require "luaunit"
local m = require "matinf"

local host, build = os.getenv "MATINF" or "./matinf", os.getenv "BUILD" or "build"

local function run(...)
  local result = m.sys.spawn { ... }
  lu.assertEquals(result.code, 0, result.stderr)
  return result.stdout
end

TestDist = {}

-- One tree for all tests; made in one place and moved to another, with a blank in its name.
function TestDist:setUp()
  if build:find "sanitize" then lu.skip "the tarball is made of the plain build" end
  if self.root then return end
  TestDist.folder = m.sys.tempdir()
  TestDist.root = self.folder .. "/else where/matinf"
  run(".packages/dist/dist.sh", self.folder .. "/tree", host, build)
  m.sys.mkdir(self.folder .. "/else where")
  m.sys.rename(self.folder .. "/tree", self.root)
end

local function binaries(root)
  local list = {}
  local found = run("find", root .. "/lib", "-type", "f", "(", "-name", "*.so*", "-o",
    "-path", "*/programs/*", ")")
  for path in found:gmatch "[^\n]+" do
    if not path:find "/ld%.so$" then list[#list + 1] = path end
  end
  return list
end

function TestDist:test_every_library_comes_from_the_tree()
  local list = binaries(self.root)
  lu.assertTrue(#list > 40)
  for _, path in ipairs(list) do
    local lib = self.root .. "/lib"
    local text = run(lib .. "/ld.so", "--library-path", lib, "--list", path)
    for line in text:gmatch "[^\n]+" do
      local own = line:find(lib .. "/", 1, true) or line:find "linux%-vdso"
        or line:find "statically linked" or line:find "ld%-linux"
      lu.assertTrue(own ~= nil, path .. ": " .. line)
    end
  end
end

function TestDist:test_no_trace_of_where_it_was_built()
  for _, place in ipairs { m.sys.realpath ".", self.folder .. "/tree" } do
    local found = m.sys.spawn { "grep", "-rlF", place, self.root }
    lu.assertEquals(found.code, 1, found.stdout)
  end
end

function TestDist:test_launchers_need_no_library()
  for _, name in ipairs { "/bin/matinf", "/lib/bin/gnuplot" } do
    lu.assertNil(run("readelf", "-l", self.root .. name):find "INTERP")
  end
end

function TestDist:test_licences_of_all_libraries_come_along()
  for package in m.sys.read(self.root .. "/share/doc/libraries.txt"):gmatch "([^\n ]+) [^\n]*" do
    lu.assertEquals(m.sys.exists(self.root .. "/share/doc/licences/" .. package), "file")
  end
end

-- Without PATH there is no gnuplot but the tree's own.
function TestDist:test_it_runs_a_recipe_with_its_own_gnuplot()
  local program = self.root .. "/bin/matinf"
  local out = run("env", "-i", "PATH=/nowhere", program, "run", "tests/data/recipes/tiny", "--out",
    self.folder .. "/run")
  lu.assertStrContains(out, "The slope is 1.980 per nm.")
  lu.assertEquals(m.sys.exists(self.folder .. "/run/figures/points.svg"), "file")
  local told = run("env", "-i", program, "-e", "io.write(m.sys.program())")
  lu.assertEquals(told, m.sys.realpath(program))
end

local code = lu.LuaUnit.run()
if TestDist.folder then m.sys.remove_tree(TestDist.folder) end
os.exit(code)
