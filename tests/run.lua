-- Runs every test program and prints "N passed, N failed" last.
--   matinf tests/run.lua [--soak] [WORD ...]     only files whose name contains one of the words
-- Each program speaks TAP: cmocka binaries (tests/core), Lua files under our own host (tests/lua,
-- tests/recipes, tests/robust), Python files (tests/python: an independent reader of our files).

local host = os.getenv "MATINF" or "./matinf"
local build = os.getenv "BUILD" or "build"
local words, environment = {}, ""
for _, word in ipairs { ... } do
  if word == "--soak" then environment = "MATINF_SOAK=1 " else words[#words + 1] = word end
end

local function lines_of(command)
  local pipe, lines = assert(io.popen(command)), {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  return lines, pipe:close()
end

local function wanted(path)
  if #words == 0 then return true end
  for _, word in ipairs(words) do
    if path:find(word, 1, true) then return true end
  end
  return false
end

local function programs()
  local list = {}
  local function add(pattern, command)
    for _, path in ipairs((lines_of("ls -1 " .. pattern .. " 2>/dev/null"))) do
      if wanted(path) then list[#list + 1] = { path = path, command = command:format(path) } end
    end
  end
  add("tests/core/*.c | sed 's#tests/core/#" .. build .. "/tests/#; s#[.]c$##'", "CMOCKA_MESSAGE_OUTPUT=TAP %s")
  for _, folder in ipairs { "lua", "recipes", "robust" } do
    add("tests/" .. folder .. "/test_*.lua", host .. " %s -o tap")
  end
  add("tests/python/test_*.py", "/usr/bin/python3 %s")
  return list
end

local passed, failed = 0, 0
for _, program in ipairs(programs()) do
  local lines, fine = lines_of(environment .. "MATINF=" .. host .. " " .. program.command .. " 2>&1")
  local ok, bad = 0, 0
  for _, line in ipairs(lines) do
    if line:find "^ok" then ok = ok + 1 elseif line:find "^not ok" then bad = bad + 1 end
  end
  if bad == 0 and (not fine or ok == 0) then bad = 1 end -- died, or ran nothing
  print(("%-44s %4d passed %3d failed"):format(program.path, ok, bad))
  if bad > 0 then print("  " .. table.concat(lines, "\n  ")) end
  passed, failed = passed + ok, failed + bad
end
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
