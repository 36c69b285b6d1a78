-- The YAML test suite (tests/data/yaml): 279 documents with a JSON value, 94 that must be refused.
--
-- Documents are loaded with tags = "ignore", as JSON has no tags. The lists below are exact: a case
-- that begins to pass, or to fail, is a failed test.
local lu = require "luaunit"
local m = require "matinf"
local yaml = m.yaml

local not_parsed_by_libyaml = [[
  2LFX 2SXE 4MUZ/00 4MUZ/01 4MUZ/02 58MP 5MUD 5T43 6BCT 6CA3 6LVF 7Z25 8XYN 96NN/00 96NN/01 9SA2
  A2M4 BEC7 DBG4 DK3J DK95/00 DK95/03 DK95/04 FP8R HM87/00 HWV9 K3WX M7A3 MUS6/05 MUS6/06 NJ66 Q5MG
  QT73 R4YG UT92
  VJP3/01 W4TN W5VH Y79Y/001 Y79Y/010]]
local other_value_in_libyaml = [[
  652Z HM87/01 JEF9/02 L24T/01 Y2GN]]
local accepted_by_libyaml = [[
  9C9N 9HCY 9JBA CVW2 DK95/01 EB22 G5U8 MUS6/00 MUS6/01 QB6E RHX7 S98Z SU5Z X4QW Y79Y/003 YJV2]]

local function words_of(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end

-- ---- a reader of JSON, as small as the suite allows ---------------------------------------------

local escapes = { n = "\n", t = "\t", r = "\r", b = "\b", f = "\f", ['"'] = '"', ["\\"] = "\\",
  ["/"] = "/" }

local function json_string(text, at)
  local parts = {}
  while true do
    local plain, stop = text:match('^([^"\\]*)()', at)
    parts[#parts + 1] = plain
    if text:sub(stop, stop) == '"' then return table.concat(parts), stop + 1 end
    local code = text:match("^u(%x%x%x%x)", stop + 1)
    parts[#parts + 1] = code and utf8.char(tonumber(code, 16))
      or assert(escapes[text:sub(stop + 1, stop + 1)])
    at = stop + (code and 6 or 2)
  end
end

local json_value

-- The items between at and the closing bracket; item(at) returns where it ends.
local function json_items(text, at, close, item)
  at = text:match("^%s*()", at)
  if text:sub(at, at) == close then return at + 1 end
  repeat
    local separator
    separator, at = text:match("^%s*([,%]}])%s*()", item(at))
  until separator == close
  return text:match("^()", at)
end

local words = { ["true"] = true, ["false"] = false, null = yaml.null }

function json_value(text, at)
  at = text:match("^%s*()", at)
  local first, result = text:sub(at, at), {}
  if first == '"' then
    return json_string(text, at + 1)
  elseif first == "[" then
    return result, json_items(text, at + 1, "]", function(place)
      local value, stop = json_value(text, place)
      result[#result + 1] = value
      return stop
    end)
  elseif first == "{" then
    return result, json_items(text, at + 1, "}", function(place)
      local key, stop = json_string(text, text:match('^%s*"()', place))
      result[key], stop = json_value(text, text:match("^%s*:()", stop))
      return stop
    end)
  end
  local word, stop = text:match("^([%w.+-]+)()", at)
  if words[word] ~= nil then return words[word], stop end
  return assert(tonumber(word)), stop
end

local function json_all(text)
  local values, at = {}, text:match "^%s*()"
  while at <= #text do
    values[#values + 1], at = json_value(text, at)
    at = text:match("^%s*()", at)
  end
  return values
end

local function equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key in pairs(a) do if not equal(a[key], b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end

-- ---- the cases ----------------------------------------------------------------------------------

local root = m.sys.tempdir()
local archive = "tests/data/yaml/yaml-test-suite-data.tar.gz"
assert(m.sys.spawn { "tar", "xzf", archive, "-C", root }.code == 0)

-- f(id, folder) for each case; some have several in numbered folders.
local function each_case(f)
  local top = root .. "/yaml-test-suite-data"
  local function visit(folder, id)
    if m.sys.exists(folder .. "/in.yaml") then return f(id, folder) end
    for _, name in ipairs(m.sys.list(folder)) do
      local path = folder .. "/" .. name
      if m.sys.exists(path) == "folder" then visit(path, id .. "/" .. name) end
    end
  end
  for _, name in ipairs(m.sys.list(top)) do
    if name:find "^%w%w%w%w$" and name ~= "name" and name ~= "tags" then -- those are indexes
      visit(top .. "/" .. name, name)
    end
  end
end

local function load_all(folder)
  return m.try(yaml.load_all, m.sys.read(folder .. "/in.yaml"), { tags = "ignore", places = true })
end

local function compare_lists(actual, expected)
  table.sort(actual)
  table.sort(expected)
  lu.assertEquals(table.concat(actual, " "), table.concat(expected, " "))
end

TestSuite = {}

function TestSuite.test_values()
  local failures, count = {}, 0
  each_case(function(id, folder)
    if m.sys.exists(folder .. "/error") or not m.sys.exists(folder .. "/in.json") then return end
    count = count + 1
    local values = load_all(folder)
    local expected = json_all(m.sys.read(folder .. "/in.json"))
    if not (values and equal(values, expected)) then failures[#failures + 1] = id end
  end)
  lu.assertEquals(count, 279)
  compare_lists(failures, words_of(not_parsed_by_libyaml .. " " .. other_value_in_libyaml))
  lu.assertTrue(count - #failures >= 230)
end

function TestSuite.test_invalid_documents_are_refused()
  local accepted, count = {}, 0
  each_case(function(id, folder)
    if not m.sys.exists(folder .. "/error") then return end
    count = count + 1
    local values, err = load_all(folder)
    if values then accepted[#accepted + 1] = id else lu.assertEquals(err.kind, "configuration") end
  end)
  lu.assertEquals(count, 94)
  compare_lists(accepted, words_of(accepted_by_libyaml))
  lu.assertTrue(count - #accepted >= 78)
end

-- What was loaded is written and loaded again: the same value, the same text.
function TestSuite.test_round_trip()
  local count = 0
  each_case(function(id, folder)
    for _, value in ipairs((load_all(folder)) or {}) do
      local text = yaml.dump(value)
      local again = yaml.load(text)
      lu.assertTrue(equal(value, again), id .. "\n" .. text)
      lu.assertEquals(yaml.dump(again), text, id)
      count = count + 1
    end
  end)
  lu.assertTrue(count > 250)
end

local code = lu.LuaUnit.run()
m.sys.remove_tree(root)
os.exit(code)
