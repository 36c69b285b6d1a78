-- The command line: options, commands (scripts/matinf/command/NAME.lua), exit codes.
--
-- A command module returns { summary = "...", usage = "...", run = function(arguments) ... end };
-- run returns an exit code (nil is 0) and raises errors like any function.

local exit_code = require "matinf.exit_code"

local commands = { "run", "sweep", "check", "list", "new", "doc", "report", "cite", "why", "rerun",
  "demo", "version" }

local help = [[
matinf: materials informatics in one small program

  matinf run RECIPE.yaml [key=value ...]   run a recipe; --help tells all
  matinf run RUN                           continue a run
  matinf sweep RECIPE.yaml key=1,2,3 ...   run it for many values, resumably
  matinf check RECIPE.yaml [key=value ...] every configuration error at once
  matinf list                              the recipes at hand
  matinf new RECIPE FOLDER                 start your own study from one
  matinf why RUN [key=value ...]           what a run would do if continued, and why
  matinf rerun RUN                         run it again: are the results the same?
  matinf report RUN                        write the HTML report of a run again
  matinf cite RUN                          a methods paragraph and BibTeX of what a run used
  matinf doc [NAME]                        documentation of a module, function or recipe
  matinf SCRIPT.lua [arguments]            run a Lua script
  matinf -e 'code'     matinf -i           run code; interactive session
  matinf version       matinf --help

Examples
  matinf run recipes/xps_peaks/recipe.yaml sample.file=mine.csv
  matinf doc spectra.fit
  matinf -e 'print(m.array.linspace(0, 1, 5))'
]]

local function complain(err)
  local where = type(err) == "table" and err.where
  local text = tostring(err)
  if type(err) == "table" and err.script then text = ("%s (%s)"):format(text, err.script) end
  local place = where and os.getenv "MATINF_DEBUG" and (" [" .. where .. "]") or ""
  io.stderr:write("matinf: ", text, place, "\n")
  local fence = package.loaded["matinf.fence"]
  local hint = fence and fence.hint(text)
  if hint then io.stderr:write("matinf: ", hint, "\n") end
end

-- The chunk of the script or code that runs, as debug.getinfo calls its source.
local running

-- Where that script was when the error came up: file:line, or nil.
local function script_line()
  for level = 3, 200 do
    local info = debug.getinfo(level, "Sl")
    if not info then return nil end
    if info.source == running and info.currentline > 0 then
      return ("%s:%d"):format(info.short_src:gsub("[()]", ""), info.currentline)
    end
  end
end

local function traceback(err)
  if type(err) == "table" and not err.script then err.script = running and script_line() end
  if type(err) ~= "string" then return err end
  return (debug.traceback(err, 2):gsub("\n%s*%[C%]: in [^\n]*'pcall'.*$", "")
    :gsub("\n[^\n]*matinf/cli%.lua:.*$", ""))
end

local function execute(chunk, ...)
  _G.m = require "matinf"
  running = debug.getinfo(chunk, "S").source
  chunk(...)
end

local function load_or_fail(loader, ...)
  local chunk, message = loader(...)
  if not chunk then require "matinf.error".raise { kind = "usage", message = message } end
  return chunk
end

local function run_script(script, arguments)
  arg = table.move(arguments, 1, #arguments, 1, { [0] = script })
  execute(load_or_fail(loadfile, script, "t"), table.unpack(arguments))
end

local function run_code(arguments)
  local code = table.remove(arguments, 1)
  if not code then require "matinf.error".fail("usage", "-e: Lua code expected") end
  execute(load_or_fail(load, code, "=(command line)", "t"), table.unpack(arguments))
end

local function run_command(name, arguments)
  local command = require("matinf.command." .. name)
  if arguments[1] ~= "--help" and arguments[1] ~= "-h" then return command.run(arguments) end
  io.write(command.usage)
end

local function show_help() io.write(help) end

local options = { ["--help"] = show_help, ["-h"] = show_help, help = show_help, ["-e"] = run_code,
  ["-i"] = function(arguments) return require "matinf.repl".run(arguments) end,
  ["--version"] = function(arguments) return run_command("version", arguments) end,
  -- what one process of ours asks another one
  ["--answer"] = function(arguments)
    require "matinf.recipe.fenced".answer(table.unpack(arguments))
  end }

local function dispatch(arguments)
  local first = table.remove(arguments, 1)
  if first == nil then first = require "matinf".sys.isatty(0) and "-i" or "--help" end
  if options[first] then return options[first](arguments) end
  for _, name in ipairs(commands) do
    if name == first then return run_command(name, arguments) end
  end
  local e = require "matinf.error"
  local kind = e.attempt(require "matinf".sys.exists, first)
  if kind == "folder" then
    e.fail("usage", "'%s' is a folder: matinf run %s runs the recipe in it (matinf --help)", first,
      require "matinf.recipe.arguments".shell { first })
  elseif kind then
    return run_script(first, arguments)
  end
  e.fail("usage", "no command and no script is called '%s'%s (matinf --help)", first,
    e.hint(first, commands))
end

-- Called by the host; returns the exit code.
return function()
  local ok, result = xpcall(dispatch, traceback, table.move(arg, 1, #arg, 1, {}))
  if ok then return result or exit_code.ok end
  complain(result)
  return exit_code.of(type(result) == "table" and result.kind)
end
