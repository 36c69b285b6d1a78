-- `matinf rerun`: runs a finished run again elsewhere and proves that the results are the same.
local usage = [[
matinf rerun RUN [--quiet] [--trust]

Runs again what RUN/run.yaml says, from the start and in a temporary folder, and compares all stage
files, tables and figures byte by byte; prints which are equal. When all are, the second folder is
removed. Results that the laboratory has filled in (RUN/laboratory) are taken over.

Exit code: 0 all equal, 1 something differs, 2 wrong usage or configuration.
]]

local verdicts = { ["only in the first"] = "only in the run",
  ["only in the second"] = "only in the second run" }

local function check(folder, target)
  local m, e = require "matinf", require "matinf.error"
  if not folder then
    e.fail("usage", "rerun: '%s' is no run: a folder with run.yaml expected", target)
  end
  local status = m.yaml.read(folder .. "/provenance.yaml").status
  if status ~= "finished" then
    e.fail("usage", "rerun: run '%s' is not finished (%s): matinf run %s continues it", folder,
      status, require "matinf.recipe.arguments".shell { folder })
  end
end

-- The new folder, with what the laboratory has filled in.
local function prepare(folder)
  local sys = require "matinf".sys
  local out = sys.tempdir()
  if sys.exists(folder .. "/laboratory") ~= "folder" then return out end
  sys.mkdir(out .. "/laboratory")
  for _, name in ipairs(sys.list(folder .. "/laboratory")) do
    sys.write_atomic(out .. "/laboratory/" .. name, sys.read(folder .. "/laboratory/" .. name))
  end
  return out
end

local function run_again(folder, out, options)
  local argv = { require "matinf".sys.program(), "run", folder .. "/run.yaml", "--out", out }
  for _, flag in ipairs { "quiet", "trust" } do
    if options[flag] then argv[#argv + 1] = "--" .. flag end
  end
  local result = require "matinf".sys.spawn(argv)
  if result.code ~= 0 then
    require "matinf.error".fail(require "matinf.exit_code".kind(result.code),
      "the second run failed: %s", (result.stderr:gsub("%s+$", ""):gsub("^.*matinf: ", "")))
  end
end

return {
  summary = "run again and prove that the results are the same",
  usage = usage,
  run = function(arguments)
    local m = require "matinf"
    local options = require "matinf.recipe.arguments".parse(arguments, "rerun",
      { "quiet", "trust" }, {})
    local folder = require "matinf.recipe.folder".of_target(options.target)
    check(folder, options.target)
    local out = prepare(folder)
    local _, err = m.try(run_again, folder, out, options)
    if err then
      m.sys.remove_tree(out)
      error(err, 0)
    end
    local list, equal = require "matinf.recipe.compare".folders(folder, out)
    for _, entry in ipairs(list) do
      print(("%-40s %s"):format(entry.file, verdicts[entry.verdict] or entry.verdict))
    end
    print(equal and ("all %d files are equal"):format(#list)
      or ("not all files are equal; the second run is in %s"):format(out))
    if equal then m.sys.remove_tree(out) end
    return equal and 0 or 1
  end,
}
