-- Elements of a circuit description code with their values: R{R=100/1/1e4f:name}.
--
-- Some elements have other parameters there than in the definitions of core/circuit/circuit.h:
--   Q{Y,n}     1 / (Y (jw)^n)                 CPE{Q, a}
--   W{Y}       1 / (Y (jw)^0.5)               W: A = 1 / (sqrt 2 Y)
--   La{L,n}    L (jw)^n                       La: L^(1/n)
--   Wo{Y,B,n}  coth((jwB)^n) / (jwY)^n        Wo, or Woa where n is said and is not a fixed 0.5:
--   Ws{Y,B,n}  tanh((jwB)^n) / (jwY)^n          tau = B, Z0 = (B / Y)^n
--   G{Y,k,n}   1 / (Y (k + jw)^n)             G, or Ga likewise: tau = 1 / k, R = 1 / (Y k^n)
-- A limit is converted with the other parameters at their values.

local e = require "matinf.error"
local tree = require "matinf.circuit.tree"

local M = { by_symbol = {} }

local ROOT_TWO = 2 ^ 0.5

-- symbol in the code, its parameters with defaults, the kind of node, to and from its parameters
local special = {
  { "Q", { "Y", "n" }, { 1e-6, 0.95 }, "CPE" },
  { "W", { "Y" }, { 1e-3 }, "W",
    to = function(Y) return 1 / (ROOT_TWO * Y) end,
    from = function(A) return 1 / (ROOT_TWO * A) end },
  { "La", { "L", "n" }, { 1e-6, 0.95 }, "La",
    to = function(L, n) return L ^ (1 / n), n end,
    from = function(L, a) return L ^ a, a end },
  { "Wo", { "Y", "B", "n" }, { 1e-3, 1, 0.5 }, "Woa", short = "Wo",
    to = function(Y, B, n) return (B / Y) ^ n, B, n end,
    from = function(Z0, tau, n) return tau / Z0 ^ (1 / n), tau, n end },
  { "G", { "Y", "k", "n" }, { 1e-3, 1, 0.5 }, "Ga", short = "G",
    to = function(Y, k, n) return 1 / (Y * k ^ n), 1 / k, n end,
    from = function(R, tau, n) return tau ^ n / R, 1 / tau, n end },
}

local function same(...) return ... end

local by_kind = {}

local function add(entry)
  entry.symbol, entry.names, entry.defaults, entry.kind = table.unpack(entry)
  entry.to, entry.from = entry.to or same, entry.from or same
  M.by_symbol[entry.symbol] = entry
  by_kind[entry.kind] = entry
  if entry.short then by_kind[entry.short] = entry end
end

for _, entry in ipairs(special) do add(entry) end
local finite = M.by_symbol.Wo
add { "Ws", finite.names, finite.defaults, "Wsa", short = "Ws", to = finite.to, from = finite.from }

-- All others are written with the names and values of our own table.
local plain_defaults = { R = 1000, C = 1e-6, L = 1e-6 }
for _, element in ipairs(tree.elements) do
  if not by_kind[element.symbol] then
    local parameters, defaults = {}, {}
    for k, p in ipairs(element) do
      parameters[k] = p.name
      defaults[k] = plain_defaults[element.symbol] or (p.exponent and 0.9 or 1)
    end
    add { element.symbol, parameters, defaults, element.symbol }
  end
end

-- ---- values and limits -------------------------------------------------------------------------

-- convert(values) with the k-th replaced by a limit: the k-th of what it gives.
local function convert_limit(convert, values, k, limit)
  if not limit then return nil end
  local others = table.move(values, 1, #values, 1, {})
  others[k] = limit
  local value = select(k, convert(table.unpack(others)))
  return value
end

-- Fills to.values, lower, upper, fixed from those of from, through a conversion.
local function convert_all(convert, from, to, count)
  local converted = { convert(table.unpack(from.values)) }
  for k = 1, count do
    local low = convert_limit(convert, from.values, k, from.lower[k])
    local high = convert_limit(convert, from.values, k, from.upper[k])
    local rising = convert_limit(convert, from.values, k, from.values[k] * 1.1) >= converted[k]
    to.values[k], to.fixed[k] = converted[k], from.fixed[k]
    if not rising then low, high = high, low end
    to.lower[k], to.upper[k] = low, high
  end
end

-- ---- reading -----------------------------------------------------------------------------------

local NUMBER = "([+-]?%d*%.?%d*[eE]?[+-]?%d*)"

local function number(reader)
  local text = reader:take(NUMBER)
  local value = tonumber(text)
  if not value then reader:fail "a number" end
  return value
end

-- value[f][/lower[%][/upper[%]]]; an f may also follow the limits
local function read_value(reader, said, k)
  said.values[k] = number(reader)
  local function mark() if reader:take "[fF]" then said.fixed[k] = true end end
  mark()
  for _, side in ipairs { "lower", "upper" } do
    if not reader:take "/" then break end
    if not reader.text:find("^[/,:}]", reader.at) then
      local limit = number(reader)
      said[side][k] = reader:take "%%" and limit / 100 * said.values[k] or limit
    end
  end
  mark()
end

local function position(entry, name)
  for k, known in ipairs(entry.names) do
    if known == name then return k end
  end
end

local function read_values(reader, entry, said)
  repeat
    local start = reader.at
    local name = reader:take "([%a_][%w_]*)%s*=" or reader:fail "NAME=value"
    local k = position(entry, name)
    if not k or said.values[k] then
      reader.at = start
      reader:fail("one of " .. table.concat(entry.names, ", ") .. ", once")
    end
    read_value(reader, said, k)
  until not reader:take ","
end

-- The braces behind a symbol, if there are any: what they say, and the label.
local function read_braces(reader, entry)
  local said = { values = {}, lower = {}, upper = {}, fixed = {} }
  if not reader:take "{" then return nil end
  if not reader.text:find("^[:}]", reader.at) then read_values(reader, entry, said) end
  local label = reader:take ":%s*([%w_]+)"
  reader:expect("}", "'}'")
  return said, label
end

-- Wo and G without an exponent, or with a fixed 0.5, are the plain elements.
local function is_short(entry, said)
  local n = #entry.names
  if not entry.short then return false end
  return not said or said.values[n] == nil or (said.values[n] == 0.5 and said.fixed[n])
end

function M.read_element(reader, symbol)
  local entry = M.by_symbol[symbol]
  local said, label = read_braces(reader, entry)
  local short = is_short(entry, said)
  local node = tree.element(short and entry.short or entry.kind)
  if label then node.name = label:find("^" .. node.kind .. "_?%d+$") and label or nil end
  if not said or next(said.values) == nil then return node end
  for k, default in ipairs(entry.defaults) do said.values[k] = said.values[k] or default end
  convert_all(entry.to, said, node, #entry.names - (short and 1 or 0))
  return node
end

-- ---- writing -----------------------------------------------------------------------------------

local function format(value)
  local short = ("%.15g"):format(value)
  return tonumber(short) == value and short or ("%.17g"):format(value)
end

local function write_value(name, said, k)
  local text = name .. "=" .. format(said.values[k])
  if said.lower[k] or said.upper[k] then
    text = text .. "/" .. (said.lower[k] and format(said.lower[k]) or "")
    if said.upper[k] then text = text .. "/" .. format(said.upper[k]) end
  end
  return text .. (said.fixed[k] and "f" or "")
end

function M.write_element(node)
  local entry = by_kind[node.kind]
  local label = node.name and ":" .. node.name or ""
  local count = #tree.by_symbol[node.kind]
  if next(node.values) == nil then
    if entry.short and node.kind ~= entry.short then
      e.fail("argument", "the cdc notation needs the values of %s, its exponent", node.kind)
    end
    return entry.symbol .. (label ~= "" and "{" .. label .. "}" or "")
  end
  local from = { values = table.move(node.values, 1, count, 1, {}), lower = node.lower,
    upper = node.upper, fixed = node.fixed }
  if entry.short == node.kind then from.values[count + 1] = 0.5 end
  local said = { values = {}, lower = {}, upper = {}, fixed = {} }
  convert_all(entry.from, from, said, count)
  local parts = {}
  for k = 1, count do parts[k] = write_value(entry.names[k], said, k) end
  return entry.symbol .. "{" .. table.concat(parts, ",") .. label .. "}"
end

return M
