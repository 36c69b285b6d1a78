-- Broken recipes, values and overrides: every case of tests/data/broken/cases.txt gives exactly its
-- message. With the argument --write, the present messages are written into the file instead.
local lu = require "luaunit"
local m = require "matinf"
local load = require "matinf.recipe.load"
local run = require "matinf.recipe.run"

local golden = "tests/data/broken/cases.txt"
local recipes = m.sys.realpath "tests/data/recipes"

-- Each case: { line =, recipe =, yaml, lua, arguments, expected, lead = lists of lines }.
local function read_cases()
  local cases, number = {}, 0
  local function new()
    return { yaml = {}, lua = {}, arguments = {}, expected = {}, lead = {}, recipe = "tiny" }
  end
  local case, kinds = new(), { ["@"] = "yaml", ["%"] = "lua", ["+"] = "arguments",
    [">"] = "expected" }
  for text in (m.sys.read(golden) .. "\n\n"):gmatch "(.-)\n" do
    number = number + 1
    local mark, rest = text:match "^(%S) ?(.*)$"
    if mark == "#" then
      table.insert(case.lead, text)
    elseif mark == "!" then
      case.recipe = rest
    elseif mark then
      case.line = case.line or number
      table.insert(case[kinds[mark]], rest)
    elseif case.line then
      cases[#cases + 1], case = case, new()
    elseif #case.lead > 0 then
      table.insert(case.lead, "")
    end
  end
  return cases
end

local function write(path, lines) m.sys.write_atomic(path, table.concat(lines, "\n") .. "\n") end

-- A folder "case" with the recipe, its data and the files of the case.
local function prepare(case, folder)
  m.sys.mkdir(folder .. "/case")
  for _, name in ipairs(m.sys.list(recipes .. "/" .. case.recipe)) do
    m.sys.write_atomic(folder .. "/case/" .. name,
      m.sys.read(("%s/%s/%s"):format(recipes, case.recipe, name)))
  end
  write(folder .. "/case/notes.txt", { "a: [1, 2" })
  if #case.yaml > 0 then write(folder .. "/case/recipe.yaml", case.yaml) end
  if #case.lua > 0 then write(folder .. "/case/recipe.lua", case.lua) end
end

local function message_of(case, folder)
  local _, err = m.try(function()
    if case.recipe == "tiny" then
      local study = load.study(folder .. "/case/recipe.yaml", case.arguments)
      if #study.problems > 0 then error(load.complaint(study.problems), 0) end
    else
      run.execute(load.open(folder .. "/case/recipe.yaml", case.arguments),
        { out = folder .. "/run", quiet = true })
    end
  end)
  local lines = {}
  local text = err and tostring(err):gsub(folder:gsub("%p", "%%%0") .. "/case/", "") or "no error"
  for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
  return lines
end

local function message(case)
  local folder = m.sys.tempdir()
  prepare(case, folder)
  local lines = message_of(case, folder)
  m.sys.remove_tree(folder)
  return lines
end

local cases = read_cases()

if arg[1] == "--write" then
  local out = {}
  local function add(mark, lines)
    for _, line in ipairs(lines) do out[#out + 1] = mark .. line end
  end
  for _, case in ipairs(cases) do
    add("", case.lead)
    if case.recipe ~= "tiny" then out[#out + 1] = "! " .. case.recipe end
    add("% ", case.lua)
    add("@ ", case.yaml)
    add("+ ", case.arguments)
    add("> ", message(case))
    out[#out + 1] = ""
  end
  m.sys.write_atomic(golden, table.concat(out, "\n"))
  return
end

TestBroken = {}

for _, case in ipairs(cases) do
  TestBroken[("test_line_%d"):format(case.line)] = function()
    lu.assertEquals(table.concat(message(case), "\n"), table.concat(case.expected, "\n"))
  end
end

function TestBroken.test_there_are_enough_cases() lu.assertTrue(#cases >= 120) end

os.exit(lu.LuaUnit.run())
