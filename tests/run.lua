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

-- Starts a program; its lines are read when its turn comes, so that reports stay in order.
local function start(program)
  local pipe = assert(io.popen(environment .. "MATINF=" .. host .. " " .. program.command .. " 2>&1"))
  return { path = program.path, pipe = pipe }
end

local function finish(running)
  local count, lines = { ok = 0, bad = 0, skipped = 0 }, {}
  for line in running.pipe:lines() do
    lines[#lines + 1] = line
    local kind = line:find "^ok.*# SKIP" and "skipped" or line:find "^ok" and "ok" or line:find "^not ok" and "bad"
    if kind then count[kind] = count[kind] + 1 end
  end
  local fine = running.pipe:close()
  if count.bad == 0 and (not fine or count.ok + count.skipped == 0) then count.bad = 1 end -- died, or ran nothing
  print(("%-44s %4d passed %3d failed%s"):format(running.path, count.ok, count.bad,
    count.skipped > 0 and (" %3d skipped"):format(count.skipped) or ""))
  if count.bad > 0 then print("  " .. table.concat(lines, "\n  ")) end
  return count
end

local AT_ONCE = 3 -- many wait for a child or a terminal most of their time
local list, started, total = programs(), {}, { ok = 0, bad = 0, skipped = 0 }
for i = 1, #list do
  for j = #started + 1, math.min(i + AT_ONCE - 1, #list) do started[j] = start(list[j]) end
  for kind, count in pairs(finish(started[i])) do total[kind] = total[kind] + count end
end
print(("%d passed, %d failed, %d skipped"):format(total.ok, total.bad, total.skipped))
os.exit(total.bad == 0 and 0 or 1)
