-- Runs, loops and sweeps killed at random moments and continued: every file that is there can be
-- read, and in the end stage files, tables and figures are those of one that nothing has disturbed,
-- with nothing left over beside them. A full disk. 200 moments with MATINF_SOAK=1.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"
local store = require "matinf.store"

local host = support.host
local recipes = m.sys.realpath "tests/data/recipes"
local soak = os.getenv "MATINF_SOAK"

-- What is killed: the command line without its folder; how often (and in the long form).
local studies = {
  run = { moments = soak and 80 or 12,
    "run", recipes .. "/steps", "--quiet", "seconds=0.02", "model.shift=1" },
  loop = { moments = soak and 60 or 6, "run", recipes .. "/rounds", "--quiet", "seconds=0.02" },
  sweep = { moments = soak and 60 or 6,
    "sweep", recipes .. "/rounds", "seed=1,2,3", "predict.rounds=2,3", "seconds=0.01", "--jobs", "2" },
}

-- Files that must be the same in the end, and what a killed process may leave of them.
local lasting = { "%.h5$", "%.csv$", "%.svg$", "%.gp$", "%.dat$", "%.partial$",
  "%.%l+%.%x%x%x%x%x%x%x%x$" }

local function files(folder)
  local found = {}
  for name, text in pairs(m.sys.exists(folder) and support.files(folder) or {}) do
    for _, pattern in ipairs(lasting) do
      if name:find(pattern) then found[name] = text end
    end
  end
  return found
end

local function complete(study, folder)
  local argv = { host, timeout = 300, table.unpack(study) }
  table.move({ "--out", folder .. "/r" }, 1, 2, #argv + 1, argv)
  return m.sys.spawn(argv)
end

-- Starts it, and kills it (not its workers) after so many seconds; true when it was still running.
local function start_and_kill(study, folder, seconds)
  local words = {}
  for i, word in ipairs(study) do words[i] = "'" .. word .. "'" end
  local script = ("%s %s --out %s/r & p=$!; sleep %.3f; kill -9 $p; wait $p"):format(host,
    table.concat(words, " "), folder, seconds)
  return m.sys.spawn { "bash", "-c", script, timeout = 300 }.code == 137
end

-- Every stage file and every part can be read whole; returns how many there are.
local function check_readable(folder)
  local count = 0
  for name in pairs(files(folder)) do
    if name:find "%.h5$" then
      store.read(folder .. "/" .. name)
      count = count + 1
    end
  end
  return count
end

local function check_equal(found, expected)
  for name, text in pairs(expected) do lu.assertTrue(found[name] == text, name) end
  for name in pairs(found) do lu.assertNotNil(expected[name], name) end
end

local function kill_at_random_moments(folder, study)
  local random = m.random.generator { seed = math.tointeger(os.getenv "MATINF_SEED" or 1) }
  local began = m.sys.time()
  lu.assertEquals(complete(study, folder).code, 0)
  local whole, expected = m.sys.time() - began, files(folder .. "/r")
  local killed, readable, tries = 0, 0, 0
  m.sys.remove_tree(folder .. "/r")
  while killed < study.moments and tries < 3 * study.moments do
    tries = tries + 1
    if start_and_kill(study, folder, whole * random:uniform(1)[1]) then killed = killed + 1
    else whole = 0.9 * whole end -- the machine has become faster
    readable = readable + check_readable(folder .. "/r")
    if tries % 3 == 0 or killed == study.moments then
      local last = complete(study, folder)
      lu.assertEquals(last.code, 0, last.stderr)
      check_equal(files(folder .. "/r"), expected)
      m.sys.remove_tree(folder .. "/r")
    end
  end
  if soak then print(("# %d killed, %d files read"):format(killed, readable)) end
  lu.assertTrue(killed == study.moments and readable > 0,
    ("%d killed, %d files read"):format(killed, readable))
end

TestKill = {}
for name, study in pairs(studies) do
  TestKill["test_" .. name] = support.in_folder(function(folder)
    kill_at_random_moments(folder, study)
  end)
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
  local full = complete(studies.run, self.folder)
  lu.assertEquals(full.code, 1)
  lu.assertStrContains(full.stderr, "No space left on device")
  lu.assertTrue(check_readable(self.folder .. "/r") > 0)
  lu.assertEquals(m.sys.spawn { "mount", "-o", "remount,size=8m", self.folder }.code, 0)
  local rest = complete(studies.run, self.folder)
  lu.assertEquals(rest.code, 0, rest.stderr)
  local other = m.sys.tempdir()
  complete(studies.run, other)
  lu.assertEquals(files(self.folder .. "/r"), files(other .. "/r"))
  m.sys.remove_tree(other)
end

os.exit(lu.LuaUnit.run())
