-- Runs killed at random moments and continued: every file that is there can be read, and in the end
-- stage files, tables and figures are those of a run that nothing has disturbed. A full disk.
-- 200 moments with MATINF_SOAK=1.
local lu = require "luaunit"
local m = require "matinf"
local store = require "matinf.store"

local host = m.sys.realpath(os.getenv "MATINF" or "./matinf")
local recipes = m.sys.realpath "tests/data/recipes"
local moments = os.getenv "MATINF_SOAK" and 200 or 15
local left_alone = { ["log.txt"] = true, ["provenance.yaml"] = true, ["report.html"] = true,
  [".lock"] = true }

local function files_below(folder, below, found)
  for _, name in ipairs(m.sys.list(folder)) do
    local path = folder .. "/" .. name
    if m.sys.exists(path) == "folder" then files_below(path, below .. name .. "/", found)
    elseif not left_alone[name] then found[below .. name] = m.sys.read(path) end
  end
  return found
end

local function start(folder, ...)
  return m.sys.spawn { host, "run", recipes .. "/steps", "--quiet", "--out", folder .. "/r",
    "seconds=0.02", "model.shift=1", timeout = 120, ... }
end

-- Starts the run, and kills it after so many seconds.
local function start_and_kill(folder, seconds)
  local script = ("%s run %s/steps --quiet --out %s/r seconds=0.02 model.shift=1 & p=$!;"
    .. " sleep %.3f; kill -9 $p; wait $p"):format(host, recipes, folder, seconds)
  return m.sys.spawn { "bash", "-c", script, timeout = 120 }.code == 137
end

-- Every stage file and every part can be read whole; returns how many there are.
local function check_readable(folder)
  local count = 0
  for name in pairs(m.sys.exists(folder) and files_below(folder, "", {}) or {}) do
    if name:find "%.h5$" then
      store.read(folder .. "/" .. name)
      count = count + 1
    end
  end
  return count
end

TestKill = {}

function TestKill:setUp() self.folder = m.sys.tempdir() end

function TestKill:tearDown() m.sys.remove_tree(self.folder) end

function TestKill:test_random_moments()
  local random = m.random.generator { seed = math.tointeger(os.getenv "MATINF_SEED" or 1) }
  local began = m.sys.time()
  lu.assertEquals(start(self.folder).code, 0)
  local whole, expected = m.sys.time() - began, files_below(self.folder .. "/r", "", {})
  local killed, readable = 0, 0
  m.sys.remove_tree(self.folder .. "/r")
  for moment = 1, moments do
    if start_and_kill(self.folder, whole * random:uniform(1)[1]) then killed = killed + 1 end
    readable = readable + check_readable(self.folder .. "/r")
    if moment % 3 == 0 or moment == moments then
      local last = start(self.folder)
      lu.assertEquals(last.code, 0, last.stderr)
      local found = files_below(self.folder .. "/r", "", {})
      for name, text in pairs(expected) do lu.assertTrue(found[name] == text, name) end
      for name in pairs(found) do lu.assertNotNil(expected[name], name) end
      m.sys.remove_tree(self.folder .. "/r")
    end
  end
  lu.assertTrue(killed > moments / 2 and readable > 0)
end

TestFullDisk = {}

local function mount(folder, size)
  local result = m.try(m.sys.spawn,
    { "mount", "-t", "tmpfs", "-o", "size=" .. size, "tmpfs", folder })
  return result and result.code == 0
end

function TestFullDisk:setUp() self.folder = m.sys.tempdir() end

function TestFullDisk:tearDown()
  if self.mounted then m.sys.spawn { "umount", self.folder } end
  m.sys.remove_tree(self.folder)
end

function TestFullDisk:test_says_so_and_loses_nothing()
  self.mounted = mount(self.folder, "64k")
  if not self.mounted then return lu.skip "needs root, to mount a small file system" end
  local full = start(self.folder)
  lu.assertEquals(full.code, 1)
  lu.assertStrContains(full.stderr, "No space left on device")
  lu.assertTrue(check_readable(self.folder .. "/r") > 0)
  lu.assertEquals(m.sys.spawn { "mount", "-o", "remount,size=8m", self.folder }.code, 0)
  local rest = start(self.folder)
  lu.assertEquals(rest.code, 0, rest.stderr)
  local other = m.sys.tempdir()
  start(other)
  lu.assertEquals(files_below(self.folder .. "/r", "", {}), files_below(other .. "/r", "", {}))
  m.sys.remove_tree(other)
end

os.exit(lu.LuaUnit.run())
