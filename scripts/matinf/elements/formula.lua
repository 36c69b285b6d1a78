-- Chemical formulas: "Fe2O3", "Ca(OH)2", "CuSO4·5H2O", "Li0.5CoO2", "SO4^2-", "Fe₂O₃", "SO₄²⁻".
--
--   formula = part { ("·" | "*") part } [ charge ]        part = [ number ] group { group }
--   group   = ( symbol | "(" group { group } ")" ) [ number ]
--   charge  = "^" [ digits ] ("+" | "-")                  "+" or "-" alone is a single charge
--
-- The text is read as a list of characters, so that errors give the position that people count.

local e = require "matinf.error"

local M = {}

-- ---- characters ---------------------------------------------------------------------------------

local spelling = { ["•"] = "·", ["∙"] = "·", ["⋅"] = "·", ["*"] = "·", ["["] = "(", ["{"] = "(",
  ["]"] = ")", ["}"] = ")", ["−"] = "-", ["–"] = "-" }
local raised = { ["⁺"] = "+", ["⁻"] = "-" }
for i, digit in ipairs { "₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉" } do
  spelling[digit] = tostring(i - 1)
end
for i, digit in ipairs { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" } do
  raised[digit] = tostring(i - 1)
end

local function characters(text)
  local list, high = {}, {}
  for character in text:gmatch(utf8.charpattern) do
    list[#list + 1] = raised[character] or spelling[character] or character
    high[#list] = raised[character] ~= nil or nil
  end
  return list, high
end

local function fail(state, at, format, ...)
  e.fail("argument", "bad formula '%s', position %d: %s", state.text, at, format:format(...))
end

-- What stands at the position, for messages.
local function shown(state)
  local character = state[state.at]
  return character and ("'%s'"):format(character) or "the end"
end

-- ---- numbers, symbols, groups -------------------------------------------------------------------

local function is_digit(state)
  return (state[state.at] or ""):find "^[%d.]$" and not state.high[state.at]
end

-- A number at the position, or `otherwise`.
local function number(state, otherwise)
  local from, digits = state.at, ""
  while is_digit(state) do
    digits = digits .. state[state.at]
    state.at = state.at + 1
  end
  if digits == "" then return otherwise end
  local value = tonumber(digits)
  if not value or value <= 0 or value > 1e9 then
    fail(state, from, "number from above 0 to 1e9 expected, got %s", digits)
  end
  return math.tointeger(value) or value
end

local function near_symbol(symbols, word)
  for _, length in ipairs { 2, 1 } do
    local symbol = word:sub(1, 1):upper() .. word:sub(2, length):lower()
    if #word >= length and symbols[symbol] then return symbol end
  end
end

local function unknown(state, word)
  local near = near_symbol(state.symbols, word)
  fail(state, state.at, "element expected, got %s%s",
    word ~= "" and ("'%s'"):format(word) or shown(state),
    near and (": did you mean '%s'?"):format(near) or "")
end

local function symbol(state)
  local first, second = state[state.at] or "", state[state.at + 1] or ""
  if not first:find "^%a$" then unknown(state, "") end
  local word = first .. (second:find "^%l$" and second or "")
  if #word == 2 and not state.symbols[word] and state.symbols[first] then
    fail(state, state.at, "no element is called '%s'", word)
  end
  if not state.symbols[word] then unknown(state, word) end
  state.at = state.at + #word
  return word
end

local function add(counts, more, times)
  for name, count in pairs(more) do counts[name] = (counts[name] or 0) + count * times end
end

local groups

local function bracket(state)
  local open = state.at
  state.depth = state.depth + 1
  if state.depth > 32 then fail(state, open, "brackets are nested too deeply") end
  state.at = open + 1
  local inner = groups(state)
  if state[state.at] ~= ")" then
    fail(state, state.at, "closing bracket for position %d expected, got %s", open, shown(state))
  end
  state.at = state.at + 1
  state.depth = state.depth - 1
  return inner
end

local function is_end(state)
  local character = state[state.at]
  return character == nil or character:find "^[)+^-]$" or character == "·" or state.high[state.at]
end

function groups(state)
  local counts = {}
  repeat
    local inner = state[state.at] == "(" and bracket(state) or { [symbol(state)] = 1 }
    add(counts, inner, number(state, 1))
  until is_end(state)
  return counts
end

-- ---- charge -------------------------------------------------------------------------------------

local signs = { ["+"] = 1, ["-"] = -1 }

local function check_ambiguous(state, counts)
  local name = next(counts)
  if (state[state.at - 1] or ""):find "%d" and next(counts, name) == nil then
    fail(state, state.at, "is the number a count or a charge? Write %s^%s%s", name,
      state[state.at - 1], state[state.at])
  end
end

local function charge(state, counts)
  local marked = state[state.at] == "^" or state.high[state.at]
  if not marked and not signs[state[state.at]] then return 0 end
  if not marked then check_ambiguous(state, counts) end
  if state[state.at] == "^" then state.at = state.at + 1 end
  local digits = ""
  while (state[state.at] or ""):find "^%d$" do
    digits = digits .. state[state.at]
    state.at = state.at + 1
  end
  local sign = signs[state[state.at]]
  if not sign then fail(state, state.at, "'+' or '-' expected, got %s", shown(state)) end
  state.at = state.at + 1
  return sign * (math.tointeger(tonumber(digits)) or 1)
end

--- Returns the counts { Fe = 2, O = 3 } and the charge; `symbols` holds the known symbols as keys.
function M.parse(text, symbols)
  local state, high = characters(text)
  if not utf8.len(text) then e.fail("argument", "bad formula: not UTF-8") end
  state.text, state.high, state.symbols, state.at, state.depth = text, high, symbols, 1, 0
  local counts = {}
  repeat
    local times = number(state, 1)
    add(counts, groups(state), times)
    local another = state[state.at] == "·"
    if another then state.at = state.at + 1 end
  until not another
  local total = charge(state, counts)
  if state[state.at] then fail(state, state.at, "unexpected %s", shown(state)) end
  return counts, total
end

-- ---- Hill order ---------------------------------------------------------------------------------

local function hill_rank(has_carbon)
  if not has_carbon then return {} end
  return { C = 1, H = 2, D = 3, T = 4 }
end

--- The symbols in Hill's order: carbon, hydrogen, then the alphabet; the alphabet without carbon.
function M.order(counts)
  local names, rank = {}, hill_rank(counts.C)
  for name in pairs(counts) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local ra, rb = rank[a] or 9, rank[b] or 9
    return ra < rb or ra == rb and a < b
  end)
  return names
end

local function charge_text(charge_)
  if charge_ == 0 then return "" end
  local size = math.abs(charge_)
  return "^" .. (size > 1 and size or "") .. (charge_ > 0 and "+" or "-")
end

--- "CuH10O9S", "O4S^2-".
function M.hill(counts, charge_)
  local parts = {}
  for i, name in ipairs(M.order(counts)) do
    parts[i] = name .. (counts[name] == 1 and "" or ("%.10g"):format(counts[name]))
  end
  return table.concat(parts) .. charge_text(charge_)
end

return M
