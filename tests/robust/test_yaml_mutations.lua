-- Damaged YAML: random mutations of the documents of the test suite give a value or an error object
-- with a place in the text; what loads can be written, and reads back as the same text.
local lu = require "luaunit"
local m = require "matinf"
local yaml = m.yaml

local rounds = os.getenv "MATINF_SOAK" and 200 or 8
math.randomseed(20240229, 7)

local function documents()
  local root, list = m.sys.tempdir(), {}
  local archive = "tests/data/yaml/yaml-test-suite-data.tar.gz"
  assert(m.sys.spawn { "tar", "xzf", archive, "-C", root }.code == 0)
  local function visit(folder)
    for _, name in ipairs(m.sys.list(folder)) do
      local path = folder .. "/" .. name
      local indexes = name == "name" or name == "tags"
      if name == "in.yaml" then list[#list + 1] = m.sys.read(path)
      elseif not indexes and m.sys.exists(path) == "folder" then visit(path) end
    end
  end
  visit(root .. "/yaml-test-suite-data")
  m.sys.remove_tree(root)
  return list
end

local all = documents()
local pieces = { "[", "]", "{", "}", ": ", "- ", "\n", "&a ", "*a", "!!int ", "!x ", "? ", "|\n",
  ">\n", "'", '"', "#", "\t",
  "\0", "\xff", "\xe2\x80", "\xef\xbb\xbf", "---\n", "...\n", "%YAML 1.2\n", "<<: ", "1e999",
    "99999999999999999999", "\\x", "@" }

local mutate = {
  -- delete
  function(text, at) return text:sub(1, at - 1) .. text:sub(at + math.random(8)) end,
  -- insert
  function(text, at) return text:sub(1, at) .. pieces[math.random(#pieces)] .. text:sub(at + 1) end,
  -- change
  function(text, at)
    return text:sub(1, at - 1) .. string.char(math.random(0, 255)) .. text:sub(at + 1)
  end,
  -- truncate
  function(text, at) return text:sub(1, at) end,
  -- splice
  function(text, at) return text:sub(1, at) .. all[math.random(#all)] end,
  -- repeat
  function(text, at) return text:sub(1, at) .. text:sub(at, at + 20):rep(3) .. text:sub(at + 1) end,
}

local function damaged(text)
  for _ = 1, math.random(4) do text = mutate[math.random(#mutate)](text, math.random(0, #text)) end
  return text
end

local function line_count(text)
  local _, feeds = text:gsub("\n", "")
  local _, returns = text:gsub("\r", "")
  return feeds + returns + 2
end

local function check(text)
  local values, err = m.try(yaml.load_all, text,
    { tags = math.random(2) == 1 and "ignore" or "reject", places = true })
  if not values then
    lu.assertEquals(err.kind, "configuration", tostring(err))
    lu.assertTrue(err.line >= 1 and err.column >= 1)
    return false
  end
  for _, value in ipairs(values) do
    local written = yaml.dump(value)
    lu.assertEquals(yaml.dump(yaml.load(written)), written)
  end
  return true
end

TestMutations = {}

function TestMutations.test_value_or_error_with_a_place()
  local loaded, refused = 0, 0
  for _ = 1, rounds do
    for _, text in ipairs(all) do
      if check(damaged(text)) then loaded = loaded + 1 else refused = refused + 1 end
    end
  end
  lu.assertTrue(loaded > rounds * 50 and refused > rounds * 50)
end

function TestMutations.test_places_lie_within_the_text()
  for _, text in ipairs(all) do
    local broken = damaged(text)
    local _, err = m.try(yaml.load_all, broken)
    if err then lu.assertTrue(err.line <= line_count(broken), tostring(err) .. "\n" .. broken) end
  end
end

os.exit(lu.LuaUnit.run())
