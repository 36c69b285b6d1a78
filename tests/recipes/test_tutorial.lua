-- recipes/TUTORIAL.md: every block is saved or run in order, and prints what the page says.
--
-- A block ```sh is run; one with a file name (```lua mine.lua) is saved; each line of a block
-- ```output must be in what the commands before it have printed, "..." standing for anything.
local lu = require "luaunit"
local m = require "matinf"

local text = m.sys.read "recipes/TUTORIAL.md"

-- The blocks: { kind =, name =, text =, section = }.
local function blocks()
  local list, section, open = {}, nil, nil
  for line in text:gmatch "([^\n]*)\n" do
    local fence, name = line:match "^```(%l*) ?(%S*)$"
    if fence and open then
      open = nil
    elseif fence then
      open = { kind = fence, name = name, text = "", section = section }
      list[#list + 1] = open
    elseif open then
      open.text = open.text .. line .. "\n"
    else
      section = line:match "^## (.*)" or section
    end
  end
  return list
end

-- The project as a user has it, with nothing of ours in it.
local function project()
  local folder = m.sys.tempdir()
  m.sys.spawn { "/bin/ln", "-s", m.sys.realpath "recipes", folder .. "/recipes" }
  local script = ("#!/bin/sh\nexec '%s' \"$@\"\n"):format(m.sys.realpath(m.sys.program()))
  m.sys.write_atomic(folder .. "/matinf", script)
  m.sys.spawn { "/bin/chmod", "+x", folder .. "/matinf" }
  return folder
end

local function squeezed(output) return (output:gsub("%s+", " ")) end

-- A line of an output block as a pattern.
local function pattern(line)
  local escaped = squeezed(line):gsub("^ ", ""):gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0")
  return (escaped:gsub("%%%.%%%.%%%.", ".-"))
end

local actions = {}

function actions.save(folder, block)
  local path = folder .. "/" .. block.name
  m.sys.mkdir(path:match "^(.*)/")
  m.sys.write_atomic(path, block.text)
end

function actions.sh(folder, block)
  local result = m.sys.spawn { folder = folder, timeout = 60, "/bin/sh", "-e", "-c",
    "exec 2>&1\n" .. block.text }
  lu.assertEquals(result.code, 0, block.section .. ":\n" .. result.stdout)
  return squeezed(result.stdout)
end

function actions.output(_, block, printed)
  for line in block.text:gmatch "[^\n]+" do
    lu.assertNotNil(printed:find(pattern(line)), ("%s: '%s' is not in\n%s"):format(block.section,
      line, printed))
  end
end

TestTutorial = {}

function TestTutorial.test_every_block_does_what_the_page_says()
  local folder, printed, checked = project(), "", 0
  local ok, err = pcall(function()
    for _, block in ipairs(blocks()) do
      local kind = block.name ~= "" and "save" or block.kind
      lu.assertNotNil(actions[kind], "a block of kind " .. kind)
      printed = actions[kind](folder, block, printed) or printed
      if kind == "output" then checked = checked + 1 end
    end
  end)
  m.sys.remove_tree(folder)
  if not ok then error(err, 0) end
  lu.assertTrue(checked >= 10, "output blocks that were checked")
end

os.exit(lu.LuaUnit.run())
