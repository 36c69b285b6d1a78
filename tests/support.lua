-- What several tests need: the error that a call raises, what a command prints, folders.
local lu = require "luaunit"
local m = require "matinf"

local M = {}

local function raised(f, ...)
  local value, err = m.try(f, ...)
  lu.assertNil(value)
  lu.assertNotNil(err, "an error expected")
  return err
end

--- The message of the error that f(...) must raise.
function M.message(f, ...) return raised(f, ...).message end

--- f(...) must raise an error of the kind whose message contains the text.
function M.fails(kind, text, f, ...)
  local err = raised(f, ...)
  lu.assertEquals(err.kind, kind)
  lu.assertStrContains(err.message, text)
end

--- What a shell command prints, errors included, and its exit code.
function M.shell(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  local _, _, code = pipe:close()
  return text, code
end

--- The test function test(folder) in a folder of its own, which is removed afterwards.
function M.in_folder(test)
  return function()
    local folder = m.sys.realpath(m.sys.tempdir())
    local ok, err = pcall(test, folder)
    local _, left = m.try(m.sys.remove_tree, folder)
    if not ok or left then error(not ok and err or left, 0) end
  end
end

M.host = m.sys.realpath(os.getenv "MATINF" or "./matinf")

--- Runs a command of matinf in a folder: its code, output and messages.
function M.matinf(folder, ...)
  local result = m.sys.spawn { folder = folder, timeout = 60, M.host, ... }
  return result.code, result.stdout, result.stderr
end

--- Runs a recipe of ours into a folder: as spawn tells it, the output (whose lines are as wide as
--- the terminal) on one line.
function M.run_recipe(name, folder, settings, threads)
  local command = { "/usr/bin/env", "MATINF_THREADS=" .. (threads or 1), M.host, "run",
    ("recipes/%s/recipe.yaml"):format(name), "--out", folder, timeout = 300 }
  local result = m.sys.spawn(table.move(settings, 1, #settings, #command + 1, command))
  result.stdout = result.stdout:gsub("%s+", " ")
  return result
end

local function add_files(folder, below, found)
  for _, name in ipairs(m.sys.list(folder)) do
    local path = folder .. "/" .. name
    if m.sys.exists(path) == "folder" then add_files(path, below .. name .. "/", found)
    else found[below .. name] = m.sys.read(path) end
  end
end

--- All files in a folder and its folders: name -> content.
function M.files(folder)
  local found = {}
  add_files(folder, "", found)
  return found
end

--- All files of a run but those that hold times.
function M.lasting(folder)
  local found = M.files(folder)
  for _, name in ipairs { "log.txt", "provenance.yaml", "report.html", ".lock" } do
    found[name] = nil
  end
  return found
end

return M
