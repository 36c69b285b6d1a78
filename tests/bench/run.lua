-- Runs every benchmark, tests/bench/bench_*.lua, each in a process of its own.
--   matinf tests/bench/run.lua [WORD ...]        only those whose name contains one of the words
local m = require "matinf"

local function wanted(name, words)
  if #words == 0 then return true end
  for _, word in ipairs(words) do
    if name:find(word, 1, true) then return true end
  end
  return false
end

local failed = 0
for _, name in ipairs(m.sys.list "tests/bench") do
  if name:find "^bench_.*%.lua$" and wanted(name, { ... }) then
    local result = m.sys.spawn { m.sys.program(), "tests/bench/" .. name }
    io.write(result.stdout, result.stderr)
    if result.code ~= 0 then failed = failed + 1 end
  end
end
os.exit(failed == 0 and 0 or 1)
