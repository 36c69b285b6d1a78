-- The tokens of a Lua text, so that code can be compared by what it says: comments, white space
-- and line ends do not count.
--
-- Texts in quotes or long brackets are one token as written, and so is a run of letters, digits and
-- underscores; every other character is one of its own. That is finer than Lua's own tokens, but
-- two texts that Lua accepts have the same tokens here only if they have the same ones there.

local m = require "matinf"

local M = {}

-- The end of a long bracket that opens at `from`, or nil when none opens there.
local function long_bracket(text, from)
  local level = text:match("^%[(=*)%[", from)
  if not level then return nil end
  local _, last = text:find("]" .. level .. "]", from, true)
  return last or #text
end

local function comment(text, from)
  if text:sub(from, from + 1) ~= "--" then return nil end
  return long_bracket(text, from + 2) or (text:find("\n", from, true) or #text + 1) - 1
end

local function quoted(text, from)
  local quote = text:match("^[\"']", from)
  if not quote then return nil end
  local at = from
  repeat
    at = text:find("[\\" .. quote .. "]", at + 1)
    local escaped = at and text:sub(at, at) == "\\"
    if escaped then at = at + 1 end
  until not at or not escaped
  return at or #text
end

--- The list of the tokens of a Lua text.
function M.list(text)
  local tokens, at = {}, text:find("^#[^\n]*\n") and text:find("\n", 1, true) or 1
  while true do
    at = text:find("%S", at)
    if not at then return tokens end
    local last = comment(text, at)
    if not last then
      last = quoted(text, at) or long_bracket(text, at) or select(2, text:find("^[%w_]+", at)) or at
      tokens[#tokens + 1] = text:sub(at, last)
    end
    at = last + 1
  end
end

local sums = {} -- by text: a process may run a recipe thousands of times

--- The sum of a Lua file's tokens.
function M.hash(path)
  local text = m.sys.read(path)
  sums[text] = sums[text] or m.hash.tree(M.list(text))
  return sums[text]
end

return M
