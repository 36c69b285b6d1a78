-- Code compared by what it says (matinf.recipe.tokens), and the source hashes of the modules.
local lu = require "luaunit"
local m = require "matinf"
local tokens = require "matinf.recipe.tokens"
local sources = require "matinf.recipe.sources"

local function same(a, b) return m.hash.tree(tokens.list(a)) == m.hash.tree(tokens.list(b)) end

TestTokens = {}

function TestTokens:test_list()
  lu.assertEquals(tokens.list 'local x = a.b + 0x1p4 -- far\nreturn "it\'s", [=[ ]] ]=]',
    { "local", "x", "=", "a", ".", "b", "+", "0x1p4", "return", '"it\'s"', ",", "[=[ ]] ]=]" })
end

function TestTokens:test_comments_and_white_space_do_not_count()
  local text = "local a = 1\nif a then b = a..c end"
  for _, other in ipairs { "local a=1 if a then b=a..c end", 
    "-- x\nlocal a = 1 -- y\n" .. text:sub(12),
    "local a --[[ = 2\n ]] = 1\r\n\tif a then b = a .. c end --", "#!/usr/bin/matinf\n" .. text,
    "local a = --[==[ ]] ]=] ]==] 1 if a then b = a..c end", text .. "\n\n--[[ open" } do
    lu.assertTrue(same(text, other), other)
  end
end

function TestTokens:test_what_counts()
  local pairs_of_texts = { { "a = 1", "a = 2" }, { "ab = 1", "a b = 1" }, 
    { "x = 'a b'", "x = 'a  b'" },
    { 'x = "--y"', 'x = "--z"' }, { [[x = '\'--y']], [[x = '\'--z']] }, 
    { "x = [[a\nb]]", "x = [[a b]]" },
    { "x = [=[--a]=]", "x = [=[--b]=]" }, { "x = a - -b", "x = a --b" },
    { "return 'a'", 'return "b"' } }
  for _, pair in ipairs(pairs_of_texts) do lu.assertFalse(same(pair[1], pair[2]), pair[1]) end
end

function TestTokens:test_any_text_has_tokens()
  for _, text in ipairs { "", "'", '"\\', "[[", "--[[", "[==", "\0\255", "--" } do
    lu.assertIsTable(tokens.list(text))
  end
end

function TestTokens:test_own_sources_mean_the_same_without_comment_lines()
  for _, path in ipairs { "scripts/matinf/recipe/load.lua", "scripts/matinf/table.lua" } do
    local text = m.sys.read(path)
    local bare = ("\n" .. text):gsub("\n%s*%-%-[^\n]*", "\n")
    lu.assertNotEquals(bare, text)
    lu.assertTrue(same(text, bare), path)
  end
end

TestSources = {}

function TestSources:test_every_module_has_a_hash()
  local seen = {}
  for _, name in ipairs(m.modules) do
    local hash = sources.hash(name)
    lu.assertStrMatches(hash, ("%x"):rep(64))
    lu.assertNil(seen[hash], name)
    seen[hash] = name
  end
  lu.assertNil(sources.hash "no_such_module")
end

function TestSources:test_what_belongs_to_a_module()
  local set = {}
  for _, file in ipairs(sources.files "spectra") do set[file] = true end
  for _, file in ipairs { "bindings/spectra.c", "bindings/binding.c", "core/base/array.c",
    "core/spectra/peaks.c",
    "scripts/matinf/spectra.lua", "scripts/matinf/spectra/fit.lua", "scripts/matinf/plot.lua" } do
    lu.assertTrue(set[file], file)
  end
  lu.assertNil(set["scripts/matinf/recipe/run.lua"])
  lu.assertNil(set["bindings/fft.c"])
end

os.exit(lu.LuaUnit.run())
