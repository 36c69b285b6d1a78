-- Files, child processes and the machine: results, and the reason of every failure.
local lu = require "luaunit"
local m = require "matinf"
local fails = require "tests.support".fails
local sys = m.sys
local host = os.getenv "MATINF" or sys.program()
host = sys.realpath(host)

local folder

TestFile = {}

function TestFile.setUp() folder = sys.tempdir() end
function TestFile.tearDown() sys.remove_tree(folder) end

function TestFile.test_kinds()
  lu.assertTrue(sys.mkdir(folder .. "/a//b/c/"))
  lu.assertFalse(sys.mkdir(folder .. "/a/b/c"))
  sys.write_atomic(folder .. "/x", "1")
  lu.assertEquals(sys.exists(folder .. "/a/b/c"), "folder")
  lu.assertEquals(sys.exists(folder .. "/x"), "file")
  lu.assertEquals(sys.exists("/dev/null"), "other")
  lu.assertNil(sys.exists(folder .. "/none"))
  lu.assertNil(sys.exists(folder .. "/x/below"))
  sys.mkdir(folder .. "/a")
  fails("io", "cannot make folder '" .. folder .. "/x'", sys.mkdir, folder .. "/x/y")
end

function TestFile.test_list_is_sorted_by_bytes()
  for _, name in ipairs { "b", "B", "a10", "a2", ".hidden", "ä" } do
    sys.write_atomic(folder .. "/" .. name, "")
  end
  lu.assertEquals(sys.list(folder), { ".hidden", "B", "a10", "a2", "b", "ä" })
  fails("io", "cannot list '/nonesuch': No such file or directory", sys.list, "/nonesuch")
end

function TestFile.test_read_gives_the_bytes()
  for _, n in ipairs { 0, 1, 1023, 1024, 70000, 9 << 20 } do
    local text = ("\0\r\n\255"):rep(n // 4) .. ("x"):rep(n % 4)
    sys.write_atomic(folder .. "/x", text)
    lu.assertTrue(sys.read(folder .. "/x") == text)
    lu.assertEquals(sys.stat(folder .. "/x").size, n)
  end
  lu.assertStrContains(sys.read "/proc/self/status", "VmHWM") -- tells size 0
end

function TestFile.test_read_refuses()
  sys.write_atomic(folder .. "/x", "12345")
  lu.assertEquals(sys.read(folder .. "/x", 5), "12345")
  fails("io", "it has 5 bytes, at most 4 are read", sys.read, folder .. "/x", 4)
  fails("io", "File too large", sys.read, "/dev/zero", 100000)
  fails("io", "Is a directory", sys.read, folder)
  fails("io", "'" .. folder .. "/none': No such file or directory", sys.read, folder .. "/none")
  fails("argument", "path", sys.read, "a\0b")
  fails("argument", "path", sys.read, "")
  fails("argument", "'path' to 'sys.read'", sys.read, 1)
end

function TestFile.test_write_replaces_and_keeps_the_mode()
  local path = folder .. "/x"
  sys.write_atomic(path, "old")
  lu.assertEquals(sys.spawn { "chmod", "640", path }.code, 0)
  sys.write_atomic(path, "new")
  lu.assertEquals(sys.read(path), "new")
  lu.assertEquals(sys.spawn { "stat", "-c", "%a", path }.stdout, "640\n")
  lu.assertEquals(#sys.list(folder), 1)
  fails("io", "Is a directory", sys.write_atomic, folder, "x")
  fails("io", "cannot write '/dev/full'", sys.write_atomic, "/dev/full", "x")
  fails("io", "No such file or directory", sys.write_atomic, folder .. "/no/x", "x")
end

function TestFile.test_disk_full_leaves_the_old_file()
  local path = folder .. "/x"
  sys.write_atomic(path, "old")
  local code = [[m.sys.limits{file_size=4096};
    local _, e = m.try(m.sys.write_atomic, ..., ("x"):rep(9999)); print(e)]]
  lu.assertEquals(sys.spawn { host, "-e", code, path }.stdout,
    "cannot write '" .. path .. "': File too large\n")
  lu.assertEquals(sys.read(path), "old")
  lu.assertEquals(sys.list(folder), { "x" })
end

function TestFile.test_remove()
  sys.mkdir(folder .. "/t/deep/er")
  sys.write_atomic(folder .. "/t/f", "")
  sys.write_atomic(folder .. "/kept", "")
  lu.assertEquals(sys.spawn { "ln", "-s", folder .. "/kept", folder .. "/t/link" }.code, 0)
  fails("io", "Directory not empty", sys.remove, folder .. "/t")
  sys.remove_tree(folder .. "/t")
  sys.remove_tree(folder .. "/t")
  lu.assertEquals(sys.list(folder), { "kept" })
  fails("argument", "other than the root", sys.remove_tree, "/tmp/..")
  fails("io", "No such file or directory", sys.remove, folder .. "/none")
  fails("io", "cannot rename", sys.rename, folder .. "/none", folder .. "/b")
end

function TestFile.test_lock_is_exclusive_between_processes()
  local path = folder .. "/lock"
  local lock = sys.lock(path)
  local code = "print(m.sys.lock(...))"
  lu.assertEquals(sys.spawn { host, "-e", code, path }.stdout, "nil\n")
  lock:release()
  lock:release()
  lu.assertStrContains(sys.spawn { host, "-e", code, path }.stdout, "sys.Lock")
end

TestSpawn = {}

function TestSpawn.test_streams_do_not_deadlock()
  local text = ("0123456789\n"):rep(100000) -- far more than a pipe holds
  local r = sys.spawn { "sh", "-c", "tee /dev/stderr; exit 3", stdin = text }
  lu.assertEquals(r.code, 3)
  lu.assertTrue(r.stdout == text and r.stderr == text)
  lu.assertFalse(r.timed_out)
  lu.assertNil(r.signal)
end

function TestSpawn.test_arguments_are_not_interpreted()
  local odd = { "a b", "$HOME", "`id`", "'", "\"", "*", "" }
  local r = sys.spawn { "printf", "%s|", table.unpack(odd) }
  lu.assertEquals(r.stdout, table.concat(odd, "|") .. "|")
end

function TestSpawn.test_no_input_is_empty_input()
  lu.assertEquals(sys.spawn { "cat" }.stdout, "")
  lu.assertEquals(sys.spawn { "true", stdin = ("x"):rep(1 << 20) }.code, 0) -- never read
end

function TestSpawn.test_an_ignored_signal_of_children_hides_no_failure()
  local code = "trap '' CHLD; exec \"$0\" -e 'print(m.sys.spawn { [[false]] }.code)'"
  lu.assertEquals(sys.spawn { "sh", "-c", code, host }.stdout, "1\n")
end

function TestSpawn.test_files_and_folder()
  local d = sys.tempdir()
  local r = sys.spawn { "sh", "-c", "pwd; echo e >&2", stdout = d .. "/o", stderr = d .. "/e",
    folder = d }
  lu.assertEquals(r.code, 0)
  lu.assertNil(r.stdout)
  lu.assertEquals(sys.read(d .. "/o"), sys.realpath(d) .. "\n")
  lu.assertEquals(sys.read(d .. "/e"), "e\n")
  sys.remove_tree(d)
end

-- True when the process ends soon: to be killed takes a moment.
local function dies(pid)
  local stop = sys.time() + 10
  repeat
    local state = m.try(sys.read, "/proc/" .. pid .. "/stat")
    if not state or state:find "%) [ZX]" then return true end
    sys.sleep(0.01)
  until sys.time() > stop
  return false
end

function TestSpawn.test_environment_is_added_to_ours()
  local r = sys.spawn { "sh", "-c", 'echo "$MI_ONE|$PATH|$HOME"', environment = { MI_ONE = "a b", HOME = "/h" } }
  lu.assertEquals(r.stdout, ("a b|%s|/h\n"):format(os.getenv "PATH"))
end

function TestSpawn.test_timeout_ends_the_whole_group()
  local begin = sys.time()
  local r = sys.spawn { "sh", "-c", "echo begun; sleep 60 & echo $!; wait", timeout = 2 }
  lu.assertTrue(sys.time() - begin < 30)
  lu.assertTrue(r.timed_out)
  lu.assertEquals(r.signal, 15)
  local grandchild = r.stdout:match "begun\n(%d+)"
  lu.assertTrue(dies(grandchild))
  r = sys.spawn { "sh", "-c", "trap '' TERM; while :; do sleep 1; done", timeout = 2 }
  lu.assertEquals(r.signal, 9)
end

function TestSpawn.test_a_signal_is_told()
  local r = sys.spawn { "sh", "-c", "kill -6 $$" }
  lu.assertEquals(r.signal, 6)
  lu.assertNil(r.code)
end

-- The inner host waits for sleep; it is sent Ctrl-C after 0.3 s and shall raise within 0.2 s.
-- A shell starts the inner host, which waits for sleep, and interrupts it.
function TestSpawn.test_interrupt_ends_the_child_and_raises()
  local d = sys.tempdir()
  local code = [[
    local begin = m.sys.time()
    local _, e = m.try(m.sys.spawn, { "sh", "-c", "sleep 60 & echo $! > pid; wait" })
    print(e.kind, m.sys.time() - begin < 30)]]
  local script = '"$0" -e "$1" & p=$!; until [ -s pid ]; do sleep 0.02; done; kill -INT $p; wait $p'
  local r = sys.spawn { "sh", "-c", script, host, code, folder = d, timeout = 120 }
  lu.assertEquals(r.stdout, "interrupted\ttrue\n")
  lu.assertTrue(dies(sys.read(d .. "/pid"):match "%d+"))
  sys.remove_tree(d)
end

-- A shell starts the inner host, which waits for sleep, and kills it.
function TestSpawn.test_a_killed_parent_takes_the_child_along()
  local d = sys.tempdir()
  local code = [[m.sys.spawn { "sh", "-c", "echo $$ > pid; exec sleep 20" }]]
  local script = '"$0" -e "$1" & p=$!; until [ -s pid ]; do sleep 0.02; done; kill -9 $p; wait $p'
  sys.spawn { "sh", "-c", script, host, code, folder = d, timeout = 30 }
  lu.assertTrue(dies(sys.read(d .. "/pid"):match "%d+"))
  sys.remove_tree(d)
end

function TestSpawn.test_refuses()
  fails("io", "cannot start 'no-such-program': No such file or directory", sys.spawn,
    { "no-such-program" })
  fails("io", "cannot start '/etc/passwd': Permission denied", sys.spawn, { "/etc/passwd" })
  fails("io", "cannot open '/nonesuch': No such file", sys.spawn, { "true", folder = "/nonesuch" })
  fails("io", "cannot open '/nonesuch/o': No such file", sys.spawn,
    { "true", stdout = "/nonesuch/o" })
  fails("argument", "unknown option 'time' to 'sys.spawn'", sys.spawn, { "true", time = 1 })
  fails("argument", "did you mean 'timeout'?", sys.spawn, { "true", timeot = 1 })
  fails("argument", "a program expected", sys.spawn, {})
  fails("argument", "without zero bytes", sys.spawn, { "echo", "a\0b" })
  fails("argument", "'timeout'", sys.spawn, { "true", timeout = 0 / 0 })
end

function TestSpawn.test_leaks_no_descriptors()
  local function open_files() return #sys.list "/proc/self/fd" end
  collectgarbage()
  local before = open_files()
  for _ = 1, 20 do
    sys.spawn { "true" }
    m.try(sys.spawn, { "no-such-program" })
    m.try(sys.read, "/proc")
  end
  collectgarbage()
  lu.assertEquals(open_files(), before)
end

TestMachine = {}

function TestMachine.test_clocks_and_memory()
  local t, c = sys.time(), sys.cpu_time()
  local sum = 0
  for i = 1, 1e6 do sum = sum + i end
  lu.assertTrue(sum > 0 and sys.time() > t and sys.cpu_time() > c)
  local before = sys.memory_peak()
  local block = ("x"):rep(30 << 20)
  lu.assertTrue(sys.memory_peak() - before > #block // 2)
end

function TestMachine.test_threads_and_limits()
  local n = sys.threads()
  lu.assertEquals(sys.threads(3), 3)
  lu.assertEquals(sys.threads(), 3)
  sys.threads(n)
  fails("argument", "integer from 1 to 1024", sys.threads, 0)
  fails("argument", "did you mean 'files'", sys.limits, { file = 3 })
  local r = sys.spawn { host, "-e", "m.sys.limits{files=50}; print(m.sys.limits().files)" }
  lu.assertEquals(r.stdout, "50\n")
end

function TestMachine.test_names()
  lu.assertEquals(sys.spawn { "hostname" }.stdout, sys.hostname() .. "\n")
  lu.assertEquals(sys.spawn { "id", "-un" }.stdout, sys.user() .. "\n")
  lu.assertEquals(sys.spawn { "printenv", "PATH" }.stdout, sys.getenv "PATH" .. "\n")
  lu.assertTrue(#sys.cpu_name() > 0 and #sys.isa() > 0)
  lu.assertFalse(sys.isatty(999))
  lu.assertEquals(sys.spawn { "env", "COLUMNS=123", host, "-e", "print(m.sys.columns())" }.stdout,
    "123\n")
end

os.exit(lu.LuaUnit.run())
