-- The fence around recipes: every way out of it that we know is stopped, with a message; what a
-- recipe may do still works.
--
-- `attempts` run one after the other in one fenced run, each in a pcall: an attempt raises an error
-- whose message has the words, or it has escaped. `runs` are whole runs that must end like that.
-- OUTSIDE is a folder with secret.txt (its text is "swordfish"), HERE the recipe's folder, RUN the
-- run's folder.
local lu = require "luaunit"
local m = require "matinf"
local store = require "matinf.store"
local c = require "matinf.c.fence"

local host = m.sys.realpath(os.getenv "MATINF" or "./matinf")
local denied = "Permission denied"

local attempts = {
  -- files outside
  { "read a file outside", [[return assert(io.open(OUTSIDE .. "/secret.txt")):read "a"]], denied },
  { "io.lines", [[for line in io.lines(OUTSIDE .. "/secret.txt") do return line end]], denied },
  { "io.input", [[io.input(OUTSIDE .. "/secret.txt") return io.read "a"]], denied },
  { "sys.read", [[return m.sys.read(OUTSIDE .. "/secret.txt")]], denied },
  { "yaml.read", [[return m.yaml.read(OUTSIDE .. "/secret.txt")]], denied },
  { "table.read", [[return m.table.read(OUTSIDE .. "/secret.txt")]], denied },
  { "spectra.read", [[return m.spectra.read(OUTSIDE .. "/secret.txt")]], denied },
  { "hdf5.open", [[return m.hdf5.open(OUTSIDE .. "/secret.h5", "r"):read "x"]], denied },
  { "hash of a file", [[return m.hash.file(OUTSIDE .. "/secret.txt")]], denied },
  { "list a folder outside", [[return m.sys.list(OUTSIDE)]], denied },
  { "list the root", [[return m.sys.list "/"]], denied },
  { ".. from the recipe's folder", [[return m.sys.read(HERE .. "/../secret.txt")]], denied },
  { ".. from the run's folder", [[return m.sys.read(RUN .. "/../secret.txt")]], denied },
  { "symbolic link in the recipe's folder", [[return m.sys.read(HERE .. "/link")]], denied },
  { "symbolic link to a folder", [[return m.sys.read(HERE .. "/linked/secret.txt")]], denied },
  { "/etc/passwd", [[return m.sys.read "/etc/passwd"]], denied },
  { "/etc/shadow", [[return m.sys.read "/etc/shadow"]], denied },
  { "the home folder", [[return m.sys.list(os.getenv "HOME" or "/root")]], denied },
  { "a file of another run", [[return m.sys.read(OUTSIDE .. "/other/answer.txt")]], denied },
  -- writing outside
  { "write beside the run", [[assert(io.open(RUN .. "/../new.txt", "w"))]], denied },
  { "write into the recipe's folder", [[assert(io.open(HERE .. "/new.txt", "w"))]], denied },
  { "change recipe.lua", [[assert(io.open(HERE .. "/recipe.lua", "a"))]], denied },
  { "change recipe.yaml", [[m.sys.write_atomic(HERE .. "/recipe.yaml", "x: 1")]], denied },
  { "change an input", [[assert(io.open(p.file, "a"))]], denied },
  { "truncate an input", [[assert(io.open(p.file, "w"))]], denied },
  { "write to /tmp", [[assert(io.open("/tmp/matinf_fence_escape", "w"))]], denied },
  { "write through a symbolic link", [[assert(io.open(HERE .. "/linked/new.txt", "w"))]], denied },
  { "make a folder outside", [[m.sys.mkdir(OUTSIDE .. "/new")]], denied },
  { "remove a file outside", [[assert(os.remove(OUTSIDE .. "/secret.txt"))]], denied },
  { "remove a tree", [[m.sys.remove_tree(OUTSIDE)]], denied },
  { "rename out of the run", [[assert(io.open(RUN .. "/x", "w")):close()
      assert(os.rename(RUN .. "/x", OUTSIDE .. "/x"))]], denied },
  { "rename into the run", [[assert(os.rename(OUTSIDE .. "/secret.txt", RUN .. "/s"))]], denied },
  { "a figure elsewhere", [[m.plot.figure {}:line({ 1, 2 }, { 1, 2 }):save(OUTSIDE .. "/a.svg")]],
    denied },
  { "hdf5 written outside", [[m.hdf5.open(OUTSIDE .. "/new.h5", "w"):close()]], denied },
  { "run.results moved", [[local old = run.results
      run.results = OUTSIDE
      local ok, err = pcall(run.table, run, "t", m.table.new { { name = "x", values = { 1 } } })
      run.results = old
      assert(ok, err)]], denied },
  -- this process
  { "/proc/self/mem", [[assert(io.open("/proc/self/mem", "r+"))]], denied },
  { "/proc/self/maps", [[return assert(io.open "/proc/self/maps"):read "a"]], denied,
    plain = true },
  { "/proc/self/environ", [[return assert(io.open "/proc/self/environ"):read "a"]], denied,
    plain = true },
  { "/proc/1/root", [[return m.sys.read("/proc/1/root" .. OUTSIDE .. "/secret.txt")]], denied },
  { "a key in the environment", [[return assert(os.getenv "FENCE_SECRET_KEY", "no such key")]],
    "no such key" },
  { "the same by sys.getenv", [[return assert(m.sys.getenv "FENCE_SECRET_KEY", "no such key")]],
    "no such key" },
  { "larger limits", [[local before = m.sys.limits().memory
      m.sys.limits { memory = before * 2 }]], "cannot set memory", plain = true },
  { "a device", [[return assert(io.open "/dev/zero"):read(1)]], denied },
  { "the terminal", [[assert(io.open("/dev/tty", "w")):write "typed"]], denied },
  -- Lua's doors
  { "os.execute", [[os.execute "true"]], "os.execute is not open to recipes" },
  { "io.popen", [[return io.popen "id"]], "io.popen is not open to recipes" },
  { "os.exit", [[os.exit(0)]], "os.exit is not open to recipes" },
  { "os.setlocale", [[os.setlocale "C"]], "os.setlocale is not open to recipes" },
  { "package.loadlib", [[package.loadlib("libc.so.6", "system")]], "package is not open" },
  { "package.loaded", [[return package.loaded.os.execute]], "package is not open to recipes" },
  { "require of package", [[return require "package"]], "module 'package' is neither" },
  { "require of a C module", [[return require "matinf.c.fence"]], "module 'matinf.c.fence'" },
  { "require of the engine", [[return require "matinf.recipe.environment"]],
    "module 'matinf.recipe.environment'" },
  { "require of a path", [[return require "../secret"]], "module '../secret'" },
  { "require of os", [[return require "os".execute "true"]], "os.execute is not open" },
  { "_G.os", [[return _G.os.execute "true"]], "os.execute is not open" },
  { "rawget", [[return assert(rawget(os, "execute"), "nothing there")]], "nothing there" },
  { "next through os", [[for name in next, os do assert(name ~= "execute") end
      error "not listed"]], "not listed" },
  { "metatable of the closed library", [[return assert(getmetatable(os), "no metatable")]],
    "no metatable" },
  { "__index of the environment", [[return getmetatable(_G).__index]], "index a boolean" },
  { "debug.sethook", [[debug.sethook(coroutine.create(print), print, "c")]],
    "debug.sethook is not open" },
  { "debug.getregistry", [[return debug.getregistry()]], "debug.getregistry is not open" },
  { "debug.getupvalue", [[return debug.getupvalue(require, 1)]], "debug.getupvalue is not open" },
  { "debug.setmetatable", [[debug.setmetatable(0, {})]], "debug.setmetatable is not open" },
  { "metatable of strings", [[getmetatable("").__index = function() end]],
    "the metatable of strings is not open" },
  { "the string library under the engine", [[string.format = nil
      assert(("x"):format() ~= "x", "the engine's own is untouched")]], "untouched" },
  { "string.dump", [[return string.dump(function() end)]], "string.dump is not open" },
  { "load of bytecode", [[return assert(load "\27Lua\x54\0\x19\x93")]], "binary chunk" },
  { "load of bytecode, mode b", [[return assert(load("\27Lua\x54\0\x19\x93", "x", "b"))]],
    "binary chunk" },
  { "loadfile of bytecode", [[return assert(loadfile(HERE .. "/bytecode.lua"))]], "binary chunk" },
  { "dofile of bytecode", [[return dofile(HERE .. "/bytecode.lua")]], "binary chunk" },
  { "require of bytecode", [[return require "bytecode"]], "binary chunk" },
  { "load in the outer environment", [[return load("return os.execute", "x", "t")()]],
    "os.execute is not open" },
  { "dofile outside", [[return dofile(OUTSIDE .. "/secret.txt")]], denied },
  { "the host's arguments", [[return assert(arg)]], "arg is not open" },
  -- programs
  { "an undeclared command", [[run:command { "id" }]], "'id' is not declared" },
  { "sys.spawn of an undeclared program", [[m.sys.spawn { "id" }]], denied },
  { "sys.spawn of a shell", [[m.sys.spawn { "/bin/sh", "-c", "true" }]], denied },
  { "a program written into the run", [[local f = assert(io.open(RUN .. "/run.sh", "w"))
      f:write "#!/bin/sh\ntrue\n" f:close()
      m.sys.spawn { RUN .. "/run.sh" }]], denied },
  { "a shell given to the loader of programs", [[
      local done = m.sys.spawn { "/lib64/ld-linux-x86-64.so.2", "/bin/sh", "-c", "true" }
      assert(done.code == 0, done.stderr)]], denied },
  -- our own program opens foreign HDF5 files: it runs, behind the same fence
  { "a shell of matinf itself", [[
      local done = m.sys.spawn { m.sys.program(), "-e", "assert(os.execute 'true')" }
      assert(done.code == 0, done.stderr)]], denied },
  { "a file outside by matinf itself", [[local done = m.sys.spawn { m.sys.program(), "-e",
        "print(m.sys.read '" .. OUTSIDE .. "/secret.txt')" }
      assert(done.code == 0, done.stderr)]], denied },
  { "the memory of matinf itself", [[
      local done = m.sys.spawn { m.sys.program(), "-e", "m.sys.limits { memory = 1 << 40 }" }
      assert(done.code == 0, done.stderr)]], "cannot set memory", plain = true },
  { "a foreign HDF5 file outside", [[m.hdf5.open(OUTSIDE .. "/secret.h5")]], denied },
  { "gnuplot's system()", [[local done = m.sys.spawn { "gnuplot",
        stdin = 'x = system("cat ' .. OUTSIDE .. '/secret.txt"); print x' }
      assert((done.stdout .. done.stderr):find "swordfish", "gnuplot has no shell")]],
    "gnuplot has no shell" },
  { "gnuplot's pipe", [[local done = m.sys.spawn { "gnuplot", stdin = 'set print "|touch ' ..
        OUTSIDE .. '/piped"; print 1' }
      assert(m.sys.exists(OUTSIDE .. "/piped"), "gnuplot has no pipe")]], "gnuplot has no pipe" },
  { "gnuplot's output", [[local done = m.sys.spawn { "gnuplot",
        stdin = 'set print "' .. OUTSIDE .. '/printed"; print 1' }
      assert(done.code == 0 and m.sys.exists(OUTSIDE .. "/printed"), done.stderr)]], "printed" },
  { "gnuplot's input", [[local done = m.sys.spawn { "gnuplot", stdin =
        'set terminal dumb; plot "' .. OUTSIDE .. '/secret.txt" using 0:1' }
      assert(done.code == 0, done.stderr)]], "secret.txt" },
  { "backticks in a title", [[
      local figure = m.plot.figure { title = "`touch " .. OUTSIDE .. "/tick`" }
      figure:line({ 1, 2 }, { 1, 2 }) figure:svg()
      assert(m.sys.exists(OUTSIDE .. "/tick"), "only text")]], "only text" },
  { "a title that ends the string", [[local figure = m.plot.figure {
        title = "'; system('touch " .. OUTSIDE .. "/quote'); '", x = { label = '"\nsystem "id"' } }
      figure:line({ 1, 2 }, { 1, 2 }, { label = "'\n!touch " .. OUTSIDE .. "/bang" }) figure:svg()
      assert(m.sys.exists(OUTSIDE .. "/quote") or m.sys.exists(OUTSIDE .. "/bang"), "only text")]],
    "only text" },
  -- YAML is data
  { "a YAML tag that builds an object",
    [[return m.yaml.load "!!python/object/apply:os.system [id]"]], "no tag expected" },
  { "a YAML bomb", [[local text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
      for i = 1, 12 do
        local to, from = string.char(97 + i), string.char(96 + i)
        text = text .. to .. ": &" .. to .. " [" .. ("*" .. from .. ","):rep(10) .. "]\n"
      end
      return m.yaml.load(text)]], "at most 1000000 values" },
  -- hogs that Lua or the kernel stops
  { "string.rep bomb", [[return #("x"):rep(2000000000)]], "not enough memory",
    plain = true },
  { "string.rep overflow", [[return #("x"):rep(math.maxinteger)]], "too large" },
  { "a huge array", [[return m.array.zeros(1 << 40)]], "not enough memory", plain = true },
  { "deep recursion", [[local function f() return 1 + f() end return f()]], "stack overflow" },
  { "deep recursion in C", [[local t = setmetatable({}, { __index = function(s, k)
        return s[k + 1] end })
      return t[1] ]], "C stack overflow" },
  { "deep recursion of a pattern", [[return ("("):rep(300000):find(("("):rep(300000))]],
    "too many captures" },
  { "a huge file", [[local f = assert(io.open(RUN .. "/huge", "w"))
      assert(f:seek("set", 1 << 35)) assert(f:write "x") assert(f:close())]], "too large" },
  { "many open files", [[local list = {}
      for i = 1, 5000 do list[i] = assert(io.open(RUN .. "/x", "w")) end]], "Too many open files" },
}

local recipe_head = [[
local m, P = require "matinf", require "matinf.recipe.parameter"
local OUTSIDE, HERE, RUN = %q, %q, %q
]]

local recipe = recipe_head .. [[
local function try(name, f, p, run)
  local ok, err = pcall(f, p, run)
  local message = ok and "ESCAPED" or tostring(err):gsub("%%s+", " ")
  collectgarbage() -- what was opened is closed
  local file <close> = assert(io.open(RUN .. "/attempts.txt", "a"))
  file:write(name, "\t", message, "\n")
end

return {
  name = "escape", question = "Does anything get out?",
  parameters = { sample = { file = P.file { help = "an input" } } },
  stages = { sample = function(p, done, run)
    local input = m.sys.read(p.file)
%s
    local figure = m.plot.figure {}
    figure:line({ 1, 2 }, { 1, 2 })
    run:figure("works", figure)
    run:answer(input .. m.sys.read(HERE .. "/data.txt") .. require "beside")
    return { x = m.array { 1, 2 } }
  end },
}
]]

-- ---- a study in a folder of its own -------------------------------------------------------------

local function write(path, text) m.sys.write_atomic(path, text) end

-- folder/ = OUTSIDE: secret.txt, input.txt; study/ = HERE; run/ = RUN
local function prepare(folder, lua)
  local here = folder .. "/study"
  m.sys.mkdir(here)
  m.sys.mkdir(folder .. "/other")
  write(folder .. "/secret.txt", "swordfish")
  store.write(folder .. "/secret.h5", { x = 1 })
  write(folder .. "/other/answer.txt", "42")
  write(folder .. "/input.txt", "input ")
  write(here .. "/recipe.lua", lua(folder, here, folder .. "/run"))
  write(here .. "/recipe.yaml", "sample: { file: ../input.txt }\n")
  write(here .. "/data.txt", "data ")
  write(here .. "/beside.lua", "return 'beside'")
  write(here .. "/bytecode.lua", string.dump(function() return 1 end))
  assert(os.execute(("ln -s ../secret.txt %s/link && ln -s .. %s/linked"):format(here, here)))
end

local function matinf(...)
  local result = m.sys.spawn { "env", "FENCE_SECRET_KEY=swordfish", host, timeout = 300, ... }
  return result.code, result.stdout, result.stderr
end

local function in_folder(test)
  return function()
    local folder = m.sys.realpath(m.sys.tempdir())
    local ok, err = pcall(test, folder)
    m.sys.remove_tree(folder)
    if not ok then error(err, 0) end
  end
end

-- Sanitizers need all memory there is and read /proc: it is not closed to them.
local function applies(attempt) return not (attempt.plain and c.sanitized) end

local function all_attempts(outside, here, run)
  local calls = {}
  for _, attempt in ipairs(attempts) do
    if applies(attempt) then
      calls[#calls + 1] = ("    try(%q, function(p, run) %s end, p, run)"):format(attempt[1],
        attempt[2])
    end
  end
  return recipe:format(outside, here, run, table.concat(calls, "\n"))
end

local function one_stage(code, head)
  return function(outside, here, run)
    return (recipe_head .. (head or "") .. [[

return { name = P_name or "escape", commands = P_commands, question = "Does anything get out?",
  parameters = { sample = { file = P.file {} } },
  stages = { sample = function(p, done, run) %s end } }]]):format(outside,
      here, run, code)
  end
end

TestFence = {}

local function has_fence()
  if c.abi() == 0 then lu.skip "this kernel has no Landlock" end
end

-- ---- attempts -----------------------------------------------------------------------------------

local function names_in(folder) return table.concat(m.sys.list(folder), " ") end

TestFence.test_attempts = in_folder(function(folder)
  has_fence()
  prepare(folder, all_attempts)
  local code, out, err = matinf("run", folder .. "/study", "--out", folder .. "/run",
    "--memory", "1500MB")
  lu.assertEquals(code, 0, err)
  lu.assertStrContains(out, "input data beside") -- what is allowed works
  lu.assertEquals(m.sys.exists(folder .. "/run/figures/works.svg"), "file")
  local messages = {}
  for name, message in m.sys.read(folder .. "/run/attempts.txt"):gmatch "([^\t\n]+)\t([^\n]*)" do
    messages[name] = message
  end
  for _, attempt in ipairs(attempts) do
    local message = messages[attempt[1]] or applies(attempt) and "did not run" or attempt[3]
    lu.assertTrue(message ~= "ESCAPED" and message ~= "did not run" and message ~= ""
      and message:find(attempt[3], 1, true) ~= nil, attempt[1] .. ": " .. message)
  end
  lu.assertEquals(names_in(folder), "input.txt other run secret.h5 secret.txt study")
  lu.assertEquals(names_in(folder .. "/study"),
    "beside.lua bytecode.lua data.txt link linked recipe.lua recipe.yaml")
  lu.assertEquals(m.sys.read(folder .. "/secret.txt"), "swordfish")
  lu.assertEquals(m.sys.read(folder .. "/input.txt"), "input ")
end)

TestFence.test_hdf5_files_of_others_open_behind_the_fence = in_folder(function(folder)
  has_fence()
  prepare(folder, one_stage([[
    local file <close> = m.hdf5.open(HERE .. "/theirs.h5")
    run:answer("the sum is " .. file:read "x":sum())]]))
  local ours = folder .. "/study/ours.h5"
  local file = m.hdf5.open(ours, "w")
  file:write("x", m.array { 1, 2, 3.5 })
  file:close()
  m.sys.write_atomic(folder .. "/study/theirs.h5", m.sys.read(ours):sub(1, -49)) -- no checksum
  local code, out, err = matinf("run", folder .. "/study", "--out", folder .. "/run")
  lu.assertEquals(code, 0, err)
  lu.assertStrContains(out, "the sum is 6.5")
end)

function TestFence.test_there_are_enough_attempts() lu.assertTrue(#attempts >= 80) end

-- ---- whole runs ---------------------------------------------------------------------------------

-- name, code of a stage, options, exit code, words on standard error, code above the recipe's table
local runs = {
  { "memory", [[local t = {} for i = 1, 1e12 do t[i] = ("x"):rep(1e6) .. i end]],
    { "--memory", "600MB" }, 1, { "not enough memory", "--memory" } },
  { "memory of arrays", [[local t = {} for i = 1, 1e6 do t[i] = m.array.ones(1e6) end]],
    { "--memory", "600MB" }, 1, { "memory" } },
  { "processor time", [[while true do end]], { "--cpu", "1" }, 1, { "limit of processor time" } },
  { "processor time in a coroutine", [[coroutine.wrap(function() while true do end end)()]],
    { "--cpu", "1" }, 1, { "limit of processor time" } },
  { "processor time behind pcall", [[while true do pcall(function() while true do end end) end]],
    { "--cpu", "1" }, 1, { "limit of processor time" } },
  { "processor time in a pattern", [[(("a"):rep(60)):find(("a-"):rep(60) .. "b")]],
    { "--cpu", "1" }, 1, { "limit of processor time" } },
  { "processor time at the end of the process",
    [[setmetatable({}, { __gc = function() while true do end end })]],
    { "--cpu", "1" }, 1, { "limit of processor time" } },
  { "processor time while loading", "", { "--cpu", "1" }, 2 - 1, { "limit of processor time" },
    "while true do end" },
  { "an error that the user sees explained", [[assert(io.open(OUTSIDE .. "/secret.txt"))]], {}, 1,
    { denied, "--trust opens the fence" } },
  { "a file read while loading", "", {}, 2, { denied },
    [[assert(io.open(OUTSIDE .. "/secret.txt"))]] },
  { "a file written while loading", "", {}, 2, { denied },
    [[assert(io.open(HERE .. "/new.txt", "w"))]] },
  { "os.exit while loading", "", {}, 2, { "os.exit is not open to recipes" }, "os.exit(0)" },
  { "a declaration that the recipe prints", [[m.sys.read(OUTSIDE .. "/secret.txt")]], {}, 1,
    { denied }, [[print("name: escape\ninputs: [" .. OUTSIDE .. "/secret.txt]\ncommands: [sh]")]] },
  { "a folder of runs elsewhere", "", {}, 2, { "name: letters, digits, - and _ expected" },
    "P_name = '../../escape'" },
  { "a command that is a file outside", "", {}, 2, { "names of programs in PATH expected" },
    "P_commands = { OUTSIDE .. '/secret.txt' }" },
  { "an error object that raises", [[error(setmetatable({}, { __tostring = error }))]], {}, 1,
    { "matinf: " } },
}

for _, case in ipairs(runs) do
  local name, code, options, exit, words, head = table.unpack(case, 1, 6)
  TestFence["test_run_" .. name:gsub("[^%w]", "_")] = in_folder(function(folder)
    has_fence()
    if options[1] == "--memory" and c.sanitized then
      lu.skip "sanitizers need all memory there is"
    end
    prepare(folder, one_stage(code, head))
    local got, out, err = matinf("run", folder .. "/study", "--out", folder .. "/run", "--quiet",
      table.unpack(options))
    for _, text in ipairs(words) do lu.assertStrContains(err, text) end
    lu.assertEquals(got, exit, out .. err)
    lu.assertEquals(m.sys.exists(folder .. "/study/new.txt"), nil)
  end)
end

-- A default in recipe.lua names no input outside its folder.
local function default_outside(outside)
  return ([[
local m, P = require "matinf", require "matinf.recipe.parameter"
return { name = "escape", question = "Does anything get out?",
  parameters = { seed = P.integer { default = 1 },
    sample = { file = P.file {}, more = P.file { default = %q },
      list = P.list { P.peak {}, optional = true } } },
  stages = { sample = function(p) return { text = m.sys.read(p.more) } end } }]]):format(
    outside .. "/secret.txt")
end

TestFence.test_a_default_names_no_input = in_folder(function(folder)
  has_fence()
  prepare(folder, default_outside)
  local code, _, err = matinf("run", folder .. "/study", "--out", folder .. "/run", "--quiet")
  lu.assertEquals(code, 1)
  lu.assertStrContains(err, denied)
  code = matinf("run", folder .. "/study", "--out", folder .. "/run2", "--quiet",
    "sample.more=" .. folder .. "/secret.txt")
  lu.assertEquals(code, 0)
end)

TestFence.test_a_default_names_no_input_of_a_sweep = in_folder(function(folder)
  has_fence()
  prepare(folder, default_outside)
  local code, _, err = matinf("sweep", folder .. "/study", "seed=1,2", "--out", folder .. "/sweep",
    "--quiet")
  lu.assertEquals(code, 1)
  lu.assertStrContains(err, denied)
end)

-- ... but a file that the user names is one wherever it stands.
TestFence.test_a_file_in_a_list_of_peaks_is_an_input = in_folder(function(folder)
  has_fence()
  prepare(folder, default_outside)
  local given = ("sample.list=[{ position: 1 eV, curve: %s/secret.txt }]"):format(folder)
  local code, out, err = matinf("run", folder .. "/study", given, "--out", folder .. "/run",
    "--quiet")
  lu.assertEquals(code, 0, out .. err)
  lu.assertStrContains(m.sys.read(folder .. "/run/provenance.yaml"), "key: sample.list[1].curve")
  code, out, err = matinf("sweep", folder .. "/study", given, "seed=1,2", "--out",
    folder .. "/sweep", "--quiet")
  lu.assertEquals(code, 0, out .. err)
end)

-- ---- what opens it, what else is fenced ---------------------------------------------------------

TestFence.test_trust_opens_the_fence = in_folder(function(folder)
  prepare(folder, one_stage [[run:answer(m.sys.read(OUTSIDE .. "/secret.txt"))]])
  local code, out, err = matinf("run", folder .. "/study", "--out", folder .. "/run", "--trust")
  lu.assertEquals(code, 0, err)
  lu.assertStrContains(out, "swordfish")
end)

-- What a declared program says when it tries to get out.
local function complaint_of(folder, program, option, code)
  prepare(folder, function(...)
    local text = one_stage(("run:command { %q, %q, %q }"):format(program, option, code))(...)
    return (text:gsub("P_commands", ("{ %q }"):format(program)))
  end)
  local status, _, err = matinf("run", folder .. "/study", "--out", folder .. "/run", "--quiet")
  lu.assertEquals(status, 1)
  return err
end

TestFence.test_a_declared_command_makes_no_connection = in_folder(function(folder)
  if c.abi() < 4 then lu.skip "Landlock of this kernel knows no network" end
  lu.assertStrContains(complaint_of(folder, "python3", "-c",
    "import socket; socket.create_connection(('127.0.0.1', 9), 2)"), denied)
end)

TestFence.test_a_declared_command_signals_no_stranger = in_folder(function(folder)
  if c.abi() < 6 then lu.skip "Landlock of this kernel knows no signals" end
  lu.assertStrContains(complaint_of(folder, "sh", "-c", "kill -0 1"), "not permitted")
end)

TestFence.test_a_declared_command_runs_behind_the_fence = in_folder(function(folder)
  has_fence()
  prepare(folder, function(outside, here, run)
    local text = one_stage([[run:command { "sh", "-c", "echo hello > said" }
      run:command { "sh", "-c", "cat " .. OUTSIDE .. "/secret.txt" }]])(outside, here, run)
    return (text:gsub("P_commands", '{ "sh" }'))
  end)
  local code, out, err = matinf("run", folder .. "/study", "--out", folder .. "/run")
  lu.assertEquals(code, 1, out)
  lu.assertStrContains(err, denied)
  lu.assertEquals(m.sys.read(folder .. "/run/commands/sample/said"), "hello\n")
end)

TestFence.test_check_and_list_are_fenced = in_folder(function(folder)
  has_fence()
  prepare(folder, one_stage("", [[assert(io.open(OUTSIDE .. "/new.txt", "w"))]]))
  local code, _, err = matinf("check", folder .. "/study")
  lu.assertEquals(code, 2)
  lu.assertStrContains(err, denied)
  assert(os.execute(("cd %s && mkdir recipes && cp -r study recipes"):format(folder)))
  local result = m.sys.spawn { host, "list", folder = folder }
  lu.assertEquals(result.code, 0)
  lu.assertStrContains(result.stdout, denied)
  lu.assertEquals(m.sys.exists(folder .. "/new.txt"), nil)
end)

function TestFence.test_wrong_limits()
  local function complaint(...)
    local code, _, err = matinf("run", "tests/data/recipes/tiny", ...)
    lu.assertEquals(code, 2)
    return err
  end
  lu.assertStrContains(complaint("--memory", "much"), "--memory: a size such as 16GB")
  lu.assertStrContains(complaint("--cpu", "soon"), "--cpu: a number of seconds")
  lu.assertStrContains(complaint("--cpu", "0"), "--cpu: a number of seconds")
end

-- ---- a kernel without Landlock ------------------------------------------------------------------

local ours = "recipes/xps_peaks"

local no_landlock = [[
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
long syscall(long number, ...) {
  if (number == SYS_landlock_create_ruleset) { errno = ENOSYS; return -1; }
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  long (*next)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
]]

TestFence.test_without_kernel_support_strangers_need_trust = in_folder(function(folder)
  if c.sanitized then lu.skip "a sanitizer must be loaded first" end
  write(folder .. "/no.c", no_landlock)
  assert(os.execute(("gcc -shared -fPIC -o %s/no.so %s/no.c -ldl"):format(folder, folder)))
  prepare(folder, one_stage [[run:answer "ran"]])
  assert(os.execute(("cd %s && mkdir recipes && cp -r study recipes"):format(folder)))
  local function run(...)
    local result = m.sys.spawn { "env", "LD_PRELOAD=" .. folder .. "/no.so", host, "run", ... }
    return result.code, result.stdout, result.stderr
  end
  local listed = m.sys.spawn { "env", "LD_PRELOAD=" .. folder .. "/no.so", host, "list",
    folder = folder }
  lu.assertStrContains(listed.stdout, "not looked into")
  local code, _, err = run(folder .. "/study", "--out", folder .. "/run")
  lu.assertEquals(code, 2)
  lu.assertStrContains(err, "no Landlock")
  lu.assertStrContains(err, "--trust")
  lu.assertEquals(m.sys.exists(folder .. "/run"), nil)
  lu.assertEquals((run(folder .. "/study", "--out", folder .. "/run", "--trust")), 0)
  code, _, err = run(ours, "--out", folder .. "/ours", "--quiet")
  lu.assertEquals(code, 0, err)
  lu.assertStrContains(err, "came with matinf runs unfenced")
end)

os.exit(lu.LuaUnit.run())
