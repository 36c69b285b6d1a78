-- The command line: options, commands (scripts/matinf/command/NAME.lua), exit codes.
--
-- A command module returns { summary = "...", usage = "...", run = function(arguments) ... end };
-- run returns an exit code (nil is 0) and raises errors like any function.

local EXIT = { ok = 0, failed = 1, usage = 2, waiting = 3, interrupted = 130 }

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

-- Exit code for an error that reached the top: wrong usage and configuration are 2.
local function code_of(err)
  local kind = type(err) == "table" and err.kind
  if kind == "interrupted" then return EXIT.interrupted end
  if kind == "waiting" then return EXIT.waiting end
  if kind == "usage" or kind == "configuration" then return EXIT.usage end
  return EXIT.failed
end

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
  return EXIT.ok
end

local function load_or_fail(loader, ...)
  local chunk, message = loader(...)
  if not chunk then require "matinf.error".raise { kind = "usage", message = message } end
  return chunk
end

local function run_script(arguments)
  local script = table.remove(arguments, 1)
  arg = table.move(arguments, 1, #arguments, 1, { [0] = script })
  return execute(load_or_fail(loadfile, script, "t"), table.unpack(arguments))
end

local function run_code(code, arguments)
  return execute(load_or_fail(load, code, "=(command line)", "t"), table.unpack(arguments))
end

local function dispatch(arguments)
  local first = table.remove(arguments, 1)
  if first == nil and require "matinf".sys.isatty(0) then first = "-i" end
  if first == nil or first == "--help" or first == "-h" or first == "help" then
    io.write(help)
    return EXIT.ok
  elseif first == "--version" then
    first = "version"
  elseif first == "-i" then
    return require "matinf.repl".run(arguments)
  elseif first == "-e" then
    local code = table.remove(arguments, 1)
    if not code then require "matinf.error".fail("usage", "-e: Lua code expected") end
    return run_code(code, arguments)
  end
  for _, name in ipairs(commands) do
    if name == first then
      local command = require("matinf.command." .. name)
      if arguments[1] == "--help" or arguments[1] == "-h" then
        io.write(command.usage)
        return EXIT.ok
      end
      return command.run(arguments) or EXIT.ok
    end
  end
  local file = io.open(first, "r")
  if file then
    file:close()
    return run_script { first, table.unpack(arguments) }
  end
  local e = require "matinf.error"
  e.fail("usage", "no command and no script is called '%s'%s (matinf --help)", first,
    e.hint(first, commands))
end

-- Called by the host; returns the exit code.
return function()
  local ok, result = xpcall(dispatch, traceback, table.move(arg, 1, #arg, 1, {}))
  if ok then return result end
  complain(result)
  return code_of(result)
end
