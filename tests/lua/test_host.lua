-- The host program: exit codes, start-up cost, Ctrl-C.
local lu = require "luaunit"
local support = require "tests.support"

local host = os.getenv "MATINF" or "./matinf"

local function run(arguments) return support.shell(host .. " " .. arguments) end

TestHost = {}

function TestHost.test_exit_codes()
  local function code(arguments) return (select(2, run(arguments))) end
  lu.assertEquals(code "-e ''", 0)
  lu.assertEquals(code "-e 'error(\"no\")'", 1)
  lu.assertEquals(code "-e 'm.array.zeros(-1)'", 1)
  lu.assertEquals(code "nosuchcommand", 2)
  lu.assertEquals(code "-e 'x ='", 2)
  lu.assertEquals(code "-e", 2)
  lu.assertEquals(code "--help", 0)
  lu.assertEquals(code "version", 0)
end

function TestHost.test_paths_of_the_package_are_plain()
  local text, code = support.shell("cd / && " .. support.host .. " check xps_peaks")
  lu.assertEquals(code, 0, text)
  lu.assertStrContains(text, "/recipes/xps_peaks/recipe.yaml: fine")
  lu.assertNotStrContains(text, "/./")
end

function TestHost.test_output_that_cannot_be_written_is_no_success()
  local text, code = support.shell("(" .. host .. " -e 'print(1)' 2>&1 >/dev/full)")
  lu.assertEquals(code, 1)
  lu.assertStrContains(text, "cannot write the output")
end

function TestHost.test_empty_names_of_folders_are_wrong_usage()
  local text, code = run "run xps_peaks --out ''"
  lu.assertEquals({ text, code }, { "matinf: run: a value expected after --out\n", 2 })
  text, code = run "run xps_peaks --out --quiet"
  lu.assertEquals({ text, code }, { "matinf: run: a value expected after --out\n", 2 })
  text, code = run "new xps_peaks ''"
  lu.assertEquals(code, 2)
  lu.assertStrContains(text, "RECIPE and FOLDER expected")
end

function TestHost.test_a_mistyped_command_names_the_nearest()
  lu.assertStrContains(run "chekc", "did you mean 'check'?")
end

function TestHost.test_an_error_of_the_configuration_is_told_as_it_is()
  local text, code = run "run xps_peaks model.peeks=3"
  lu.assertEquals(code, 2)
  lu.assertEquals(text,
    "matinf: command line: model.peeks: unknown key: did you mean 'model.peaks'?\n")
end

function TestHost.test_a_folder_is_no_command()
  local text, code = run "recipes/xps_peaks"
  lu.assertEquals(code, 2)
  lu.assertStrContains(text, "is a folder: matinf run recipes/xps_peaks runs the recipe in it")
end

function TestHost.test_limits_of_memory_that_mean_nothing()
  for _, size in ipairs { "0", "1MB", "much", "99999999999GB", "99999999999999999999GB" } do
    local text, code = run("run xps_peaks --memory " .. size)
    lu.assertEquals(code, 2, size)
    lu.assertStrContains(text, "--memory: a size such as 16GB")
  end
end

function TestHost.test_a_session_says_what_it_leaves_out()
  local code = "t = {} for i = 1, 31 do t[i] = i end\nt\n_G[1] = 2\nwho()\n"
  local text = support.shell(("printf '%s' | %s -i"):format(code, host))
  lu.assertStrContains(text, "30,\n  ...\n}")
  lu.assertStrContains(text, "table, 31 entries")
end

function TestHost.test_script_arguments()
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write "print(arg[0] ~= nil, arg[1], select('#', ...), ...)"
  file:close()
  lu.assertEquals(run(path .. " one two"), "true\tone\t2\tone\ttwo\n")
  os.remove(path)
end

function TestHost.test_an_error_of_the_program_names_the_line_of_the_script()
  local text = run "-e '\n m.plot.figure { ylabel = 1 }'"
  lu.assertStrContains(text, "unknown option 'ylabel' to 'plot.figure' (command line:2)")
  text = run "-e 'm.plot.figur {}'"
  lu.assertStrContains(text, "command line")
  lu.assertNotStrContains(text, "cli.lua")
end

function TestHost.test_error_in_a_script_names_its_line()
  lu.assertStrContains(run "-e 'local t = nil; t.x = 1'", "command line")
end

-- B2: the cost of starting; peak memory in kB and CPU in s, as the kernel accounts them.
function TestHost.test_start_up_cost()
  if host:find "sanitize" then lu.skip "sanitizers cost memory" end
  local script = ([[import resource, subprocess
best = 1
for i in range(5):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["%s", "-e", ""], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
print(best, after.ru_maxrss)]]):format(host)
  local pipe = assert(io.popen("python3 -c '" .. script .. "'"))
  local cpu, memory = pipe:read("n", "n")
  pipe:close()
  lu.assertTrue(cpu <= 0.010, "CPU " .. cpu)
  lu.assertTrue(memory <= 15000, "memory " .. memory)
end

-- timeout's own exit code would hide ours: a shell sends the signal and waits.
local function interrupt(code)
  local text = run(("-e '%s' & pid=$!; sleep 0.3; kill -INT $pid; wait $pid; echo code $?"):format(code))
  return text
end

function TestHost.test_ctrl_c_stops_lua_code_with_130()
  lu.assertStrContains(interrupt "while true do end", "code 130")
end

os.exit(lu.LuaUnit.run())
