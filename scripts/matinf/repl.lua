-- The interactive session: read, run, print; keeps its variables whatever happens.
--
-- In a terminal it edits lines (bindings/edit.c: history, TAB), elsewhere it reads standard input
-- without prompts or colours. Modules and array functions are at hand by name: gmm.fit, linspace.

local m = require "matinf"
local host = require "matinf.c.host"
local inspect = require "matinf.repl.inspect"

local M = {}

local is_terminal, colours

local function paint(code, text)
  return colours and ("\27[%sm%s\27[0m"):format(code, text) or text
end

-- ---- the session's environment ------------------------------------------------------------------

-- Names that are not set by the user: the modules, then the functions of array.
local function resolve(_, name)
  if type(name) ~= "string" then return nil end
  return m[name] or rawget(m.array, name)
end

--- who(): the session's own variables.
local function who(builtin)
  local names = {}
  for name in pairs(_G) do
    if type(name) == "string" and not builtin[name] and name ~= "_" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do print(("%-16s %s"):format(name, inspect.brief(_G[name]))) end
end

local function prepare_globals()
  _G.m = m
  setmetatable(_G, { __index = resolve })
  _G.run = require "matinf.repl.run"
  local builtin = { who = true }
  for name in pairs(_G) do builtin[name] = true end
  _G.who = function() who(builtin) end
end

-- ---- evaluation ---------------------------------------------------------------------------------

local function show_error(err)
  if type(err) == "table" and err.kind == "interrupted" then
    io.stderr:write(paint("33", tostring(err)), "\n")
  else
    io.stderr:write(paint("31", "error: "), tostring(err), "\n")
  end
end

-- ": did you mean 'plot'?" for a function or method that is not there.
local function near_name(err, text)
  local name = err:match "call a nil value %(%a+ '([%a_][%w_]*)'%)"
  local owner = name and text:match("([%a_][%w_.]*[.:])" .. name .. "%f[^%w_]") or ""
  if not name then return "" end
  local _, names = require "matinf.repl.complete" (owner .. name:sub(1, 1))
  for i, found in ipairs(names) do names[i] = found:sub(#owner + 1) end
  return require "matinf.error".hint(name, names)
end

-- Runtime errors of the session's own code say line and reason; the host's frames do not help.
local function message_of(err, text)
  if type(err) ~= "string" then return err end
  local message = err:gsub("^%(session%):(%d+): ", "line %1: "):gsub("^line 1: ", "")
  return text and message .. near_name(err, text) or message
end

local function show_results(...)
  for i = 1, select("#", ...) do print(inspect.value((select(i, ...)), colours)) end
end

local function finish(silent, started, ok, ...)
  if not ok then return show_error((...)) end
  if select("#", ...) > 0 then
    _G._ = (...)
    if not silent then
      local shown, err = pcall(show_results, ...)
      if not shown then show_error(message_of(err)) end
    end
  end
  local elapsed = m.sys.time() - started
  if elapsed > 0.5 and is_terminal then print(paint("2", ("(%.2f s)"):format(elapsed))) end
end

-- The chunk of an expression, of statements whose last is an expression (x = 1; x + 1), or of
-- statements; nil and the message when it is none.
local function compile(text)
  local bare = text:gsub(";%s*$", "")
  local chunk = load("return " .. bare, "=(session)", "t")
  if chunk then return chunk end
  local head, tail = bare:match "^(.*;)(.*)$"
  chunk = head and load(head .. " return " .. tail, "=(session)", "t")
  if chunk and tail:find "%S" then return chunk end
  return load(text, "=(session)", "t")
end

-- Whether more lines must follow before this is Lua.
local function is_unfinished(text)
  local chunk, message = compile(text)
  return not chunk and message:find "<eof>$" ~= nil
end

local function evaluate(text)
  local silent = text:match ";%s*$" ~= nil
  local chunk, message = compile(text)
  if not chunk then return show_error(message_of(message)) end
  host.catch_interrupt()
  local function explain(err) return message_of(err, text) end
  finish(silent, m.sys.time(), xpcall(chunk, explain))
  host.catch_interrupt()
end

-- Prints a long text by screens, where the system has a pager.
local function page(text)
  if not is_terminal then return print(text) end
  host.ignore_interrupt() -- Ctrl-C belongs to the pager
  local pager <close> = assert(io.popen("${PAGER:-less -FRX} 2>/dev/null || cat", "w"))
  pager:write(text, "\n")
end

local function help(name)
  name = name ~= "" and require "matinf.repl.documented".name(name) or nil
  local text, err = m.try(require "matinf.doc".text, name, is_terminal and m.sys.columns() or 80)
  if not text then return show_error(err) end
  page(text)
  host.catch_interrupt()
end

-- ---- input --------------------------------------------------------------------------------------

local function open_editor()
  local state = os.getenv "XDG_STATE_HOME" or (os.getenv "HOME" or ".") .. "/.local/state"
  local folder = state .. "/matinf"
  m.try(m.sys.mkdir, folder)
  return require "matinf.c.edit".open {
    history = folder .. "/history", complete = require "matinf.repl.complete" }
end

-- Adds input to the history: a block as one line, which comes back whole, unless its line ends mean
-- something.
local function remember(editor, text)
  local bound = text:find "%-%-" or text:find "%[=*%[" or text:find "\\\n"
  local kept = bound and text or text:gsub("%s*\n%s*", " ")
  for line in kept:gmatch "[^\n]+" do editor:add(line) end
end

-- The functions that read a line and that remember what was typed.
local function terminal_input()
  local editor = open_editor()
  local function read(prompt)
    host.catch_interrupt()
    return editor:read(prompt)
  end
  return read, function(text) remember(editor, text) end
end

local function plain_input()
  return function() return io.read "l" end, function() end
end

-- What a newcomer types: "help", or "exit", "quit()"; nil when it is a variable of the session.
local function bare_word(line)
  local word = line:match "^%s*(%a+)%s*$" or line:match "^%s*(%a+)%s*%(%s*%)%s*$"
  return word and rawget(_G, word) == nil and word
end

local leaves = { exit = true, quit = true }

-- Does what is asked for; returns true to leave.
local function obey(text)
  local word = bare_word(text)
  if leaves[word] then return true end
  if word == "help" then
    help ""
  elseif text:match "^%s*?" then
    help(text:match "^%s*%?%s*(.-)%s*$")
  elseif text:find "%S" then
    evaluate(text)
  end
end

local function loop(read, keep)
  local pending
  while true do
    local line = read(pending and ".. " or "> ")
    local text = pending and line and pending .. "\n" .. line or line or pending
    if line and is_unfinished(text) then
      pending = text
    else
      pending = nil
      if text and text:find "%S" then keep(text) end -- before it runs: a killed session keeps it
      local forgotten = line == false -- by Ctrl-C at the prompt
      if text and not forgotten and obey(text) or line == nil then return end
    end
  end
end

--- Runs a session; the optional argument is a script run first. Returns the exit code.
function M.run(arguments)
  is_terminal = m.sys.isatty(0) and m.sys.isatty(1)
  colours = is_terminal and not os.getenv "NO_COLOR" and os.getenv "TERM" ~= "dumb"
  prepare_globals()
  for _, script in ipairs(arguments) do
    local chunk, message = loadfile(script, "t")
    if not chunk then require "matinf.error".fail("usage", "%s", message) end
    chunk()
  end
  if is_terminal then
    print("matinf " .. m.version
      .. "   ?name for help, TAB completes, Ctrl-C stops a kernel, Ctrl-D leaves")
  end
  if is_terminal then loop(terminal_input()) else loop(plain_input()) end
  if is_terminal then print() end
  return 0
end

return M
