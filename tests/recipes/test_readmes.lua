-- The command lines in the README and the YAML of every recipe: their values are fine.
local lu = require "luaunit"
local m = require "matinf"
local load = require "matinf.recipe.load"
local shell = require "tests.support".shell

-- What the shell makes of a command line, without its comment.
local function words_of(line)
  local words = {}
  for word in shell("printf '%s\\n' " .. line):gmatch "[^\n]+" do words[#words + 1] = word end
  return words
end

-- The reader's own files (mine.csv) are not here.
local function problems_of(line)
  local words, list = words_of(line), {}
  for _, problem in ipairs(load.study(words[1], { table.unpack(words, 2) }).problems) do
    if not problem.message:find "there is no file '[^/']+'" then list[#list + 1] = problem.message end
  end
  return list
end

TestReadmes = {}

for _, recipe in ipairs(m.sys.list "recipes") do
  local folder = "recipes/" .. recipe
  if m.sys.exists(folder .. "/recipe.lua") then
    TestReadmes["test_" .. recipe] = function()
      for _, name in ipairs { "README.md", "recipe.yaml" } do
        local text, count = m.sys.read(folder .. "/" .. name):gsub("\\\n#? *", ""), 0
        for line in text:gmatch "\n#? +matinf run (recipes/[^\n]+)" do
          lu.assertEquals(problems_of(line), {}, line)
          count = count + 1
        end
        lu.assertTrue(count > 0, name)
      end
    end
  end
end

os.exit(lu.LuaUnit.run())
