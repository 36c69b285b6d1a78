-- The house's one rule: recipes -> scripts -> bindings -> core -> libraries, and core is pure.
local lu = require "luaunit"

local build = os.getenv "BUILD" or "build"

local function lines_of(command)
  local pipe, lines = assert(io.popen(command)), {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

-- Which core folders may include which, beside themselves and base.
local allowed = { inference = {}, nnp = { "descriptors", "potentials", "atoms" }, md = { "potentials", "atoms" },
  descriptors = { "atoms" }, analysis = { "atoms" }, potentials = { "atoms" } }
local shared = { base = true, inference = true }

local function may_include(from, to)
  if from == to or (shared[to] and from ~= "base") then return true end
  for _, folder in ipairs(allowed[from] or {}) do
    if folder == to then return true end
  end
  return false
end

TestLayering = {}

function TestLayering.test_core_includes_only_core_and_numeric_libraries()
  local system = { "lua", "lauxlib", "yaml", "hdf5", "H5", "editline", "histedit", "blake2" }
  for _, line in ipairs(lines_of "grep -n '^#include' core/*/*.[ch]") do
    local folder, header = line:match "^core/([^/]+)/.-#include%s+[\"<]([^\">]+)"
    local target = header:match "^core/([^/]+)/"
    if target then
      lu.assertTrue(may_include(folder, target), line)
    else
      lu.assertFalse(header:find "^bindings/" ~= nil, line)
      for _, name in ipairs(system) do lu.assertFalse(header:find("^" .. name) ~= nil, line) end
    end
  end
end

function TestLayering.test_bindings_include_core_and_their_own_headers_only()
  for _, line in ipairs(lines_of "grep -n '^#include \"' bindings/*.[ch]") do
    local header = line:match '#include "([^"]+)"'
    lu.assertTrue(header:find "^core/" ~= nil or header:find "^bindings/" ~= nil, line)
  end
end

-- Symbols the library must not need: other layers, printing, exiting.
function TestLayering.test_core_needs_no_lua_and_never_prints_or_exits()
  local forbidden = { "^lua_", "^luaL_", "^yaml_", "^H5", "^printf$", "^puts$", "^putchar$", "^fprintf$", "^fputs$",
    "^__printf_chk$", "^__fprintf_chk$", "^perror$", "^exit$", "^_exit$", "^abort$", "^std[eo][ru][rt]" }
  local symbols = lines_of("nm -u " .. build .. "/libmatinf.a 2>/dev/null")
  lu.assertTrue(#symbols > 10)
  for _, line in ipairs(symbols) do
    local symbol = line:match "U%s+(%S+)"
    for _, pattern in ipairs(forbidden) do
      if symbol then lu.assertNil(symbol:match(pattern), symbol) end
    end
  end
end

-- Under a sanitizer the compiler adds its own data; the plain build tells.
function TestLayering.test_core_has_no_mutable_globals()
  if build:find "sanitize" then lu.skip "sanitizers add data of their own" end
  local sections = lines_of("size -A " .. build .. "/libmatinf.a")
  lu.assertTrue(#sections > 10)
  for _, line in ipairs(sections) do
    local name, size = line:match "^(%.%S+)%s+(%d+)"
    if name and (name:find "^%.bss" or name:find "^%.tbss" or name:find "^%.data" and not name:find "rel%.ro") then
      lu.assertEquals(size, "0", line)
    end
  end
end

function TestLayering.test_scripts_do_not_know_recipes()
  lu.assertEquals(lines_of [[grep -rnE 'require *\(? *"recipes' scripts matinf.lua]], {})
end

os.exit(lu.LuaUnit.run())
