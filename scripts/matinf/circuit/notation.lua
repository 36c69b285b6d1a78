-- Circuit strings in three notations, read and written.
--
--   impedance.py   R0-p(R1,CPE1)-Wo1        - series, p(a,b) parallel; a name is symbol and digits
--   cdc            R(Q[RW]){...}            () parallel, [] series (Boukamp); an element may carry
--                                           {Y=1e-6/1e-9/1e-3,n=0.9f:label}: value, lower and
--                                           upper limit (a % is of the value), f: fixed
--   autoeis        R1-[C2,R3-[C4,P5]]       - series, [a,b] parallel; numbered through; P is CPE
--
-- Values and limits are those of the notation's own definitions: cdc.lua converts them.

local e = require "matinf.error"
local tree = require "matinf.circuit.tree"
local cdc = require "matinf.circuit.cdc"

local M = {}

local names = { "impedance.py", "cdc", "autoeis" }

-- ---- reading -----------------------------------------------------------------------------------

local DEEPEST = 64

local Reader = {}
Reader.__index = Reader

function Reader:fail(expected)
  local rest = self.text:sub(self.at)
  local found = rest == "" and "the end" or ("'%s'"):format(rest:sub(1, 12))
  e.fail("argument", "circuit '%s' (%s notation), character %d: %s expected, found %s",
    self.text:sub(1, 200), self.notation, self.at, expected, found)
end

-- What the anchored pattern captures at this place, or nil; moves on behind it.
function Reader:take(pattern)
  local from, to, a, b = self.text:find("^%s*" .. pattern, self.at)
  if not from then return nil end
  self.at = to + 1
  while self.text:find("^%s", self.at) do self.at = self.at + 1 end
  return a or true, b
end

function Reader:expect(pattern, what) return self:take(pattern) or self:fail(what) end

function Reader:deeper(f)
  self.depth = self.depth + 1
  if self.depth > DEEPEST then self:fail(("at most %d levels"):format(DEEPEST)) end
  local node = f(self)
  self.depth = self.depth - 1
  return node
end

-- open a, b, ... close
function Reader:branches(read, close)
  local list = {}
  repeat list[#list + 1] = self:deeper(read) until not self:take ","
  self:expect(close, "',' or '" .. close:gsub("%%", "") .. "'")
  if #list < 2 then self:fail "a second branch" end
  return tree.connect("parallel", list)
end

local function series(self, read)
  local list = {}
  repeat list[#list + 1] = read(self) until not self:take "%-"
  return tree.connect("series", list)
end

local read_impedance, read_autoeis

function read_impedance(self)
  return series(self, function()
    if self:take "p%(" then return self:branches(read_impedance, "%)") end
    local start = self.at
    local symbol, digits = self:take "(%a+)(_?%d+)"
    if not symbol then self:fail "an element such as R0, or p(" end
    if not tree.by_symbol[symbol] then
      self.at = start
      self:fail("an element (" .. table.concat(M.symbols, ", ") .. ")")
    end
    return tree.element(symbol, symbol .. digits)
  end)
end

local autoeis_symbols = { R = "R", C = "C", L = "L", P = "CPE" }

function read_autoeis(self)
  return series(self, function()
    if self:take "%[" then return self:branches(read_autoeis, "%]") end
    local symbol, digits = self:take "([RCLP])(%d+)"
    if not symbol then self:fail "R, C, L or P with its number, or [" end
    return tree.element(autoeis_symbols[symbol], autoeis_symbols[symbol] .. digits)
  end)
end

local read_cdc

-- The items up to the closing bracket, as one connection.
local function cdc_items(self, kind, close)
  local list = {}
  while not self:take(close) do
    if self.at > #self.text then self:fail("an element or '" .. close:gsub("%%", "") .. "'") end
    list[#list + 1] = self:deeper(read_cdc)
  end
  if #list == 0 or (kind == "parallel" and #list < 2) then self:fail "more elements" end
  return tree.connect(kind, list)
end

function read_cdc(self)
  if self:take "%(" then return cdc_items(self, "parallel", "%)") end
  if self:take "%[" then return cdc_items(self, "series", "%]") end
  local symbol = self:take "(%u%a?%a?%a?)"
  while symbol and not cdc.by_symbol[symbol] and #symbol > 1 do -- "RC" is R and C
    symbol, self.at = symbol:sub(1, -2), self.at - 1
  end
  if not cdc.by_symbol[symbol] then self:fail "an element, ( or [" end
  return cdc.read_element(self, symbol)
end

local readers = {
  ["impedance.py"] = read_impedance,
  autoeis = read_autoeis,
  cdc = function(self)
    self:take "!V=[%d.]+!"
    local list = {}
    repeat list[#list + 1] = read_cdc(self) until self.at > #self.text
    return tree.connect("series", list)
  end,
}

local function guess(text)
  local plain = text:gsub("%b{}", "")
  if plain:find "p%(" then return "impedance.py" end
  if text:find "{" then return "cdc" end
  if plain:find "%[[^%]]*," or plain:find "P%d" then return "autoeis" end
  if plain:find "%-" or plain:find "^%s*%a+_?%d+%s*$" then return "impedance.py" end
  return "cdc"
end

--- Reads a circuit string.
function M.parse(text, options)
  if type(text) ~= "string" then e.argument("text", "circuit.parse", "circuit string", text) end
  options = e.options(options, "circuit.parse", { "notation" })
  local notation = options.notation or "auto"
  if notation == "auto" then notation = guess(text) end
  if not readers[notation] then
    e.argument("notation", "circuit.parse", '"auto", "impedance.py", "cdc" or "autoeis"', notation)
  end
  local self = setmetatable({ text = text, at = 1, depth = 0, notation = notation }, Reader)
  self:take ""
  local root = readers[notation](self)
  if self.at <= #text then self:fail "the end" end
  return tree.new(root)
end

-- ---- writing -----------------------------------------------------------------------------------

local function join(node, separator, write)
  local parts = {}
  for i, child in ipairs(node) do parts[i] = write(child) end
  return table.concat(parts, separator)
end

local function write_impedance(node)
  if node.kind == "series" then return join(node, "-", write_impedance) end
  if node.kind == "parallel" then return "p(" .. join(node, ",", write_impedance) .. ")" end
  return node.name
end

local function autoeis_writer()
  local count = 0
  local letters = { R = "R", C = "C", L = "L", CPE = "P" }
  local function write(node)
    if node.kind == "series" then return join(node, "-", write) end
    if node.kind == "parallel" then return "[" .. join(node, ",", write) .. "]" end
    if not letters[node.kind] then
      e.fail("argument", "the autoeis notation has only R, C, L and P (CPE): no %s", node.kind)
    end
    count = count + 1
    return letters[node.kind] .. count
  end
  return write
end

local function write_cdc(node)
  if node.kind == "series" then return "[" .. join(node, "", write_cdc) .. "]" end
  if node.kind == "parallel" then return "(" .. join(node, "", write_cdc) .. ")" end
  return cdc.write_element(node)
end

--- The tree as a string.
function M.write(root, notation)
  notation = notation or "impedance.py"
  if notation == "impedance.py" then return write_impedance(root) end
  if notation == "autoeis" then return autoeis_writer()(root) end
  if notation ~= "cdc" then
    e.argument("notation", "circuit.Circuit:write", '"' .. table.concat(names, '", "') .. '"',
      notation)
  end
  return root.kind == "series" and join(root, "", write_cdc) or write_cdc(root)
end

M.symbols = {}
for _, element in ipairs(tree.elements) do M.symbols[#M.symbols + 1] = element.symbol end

return M
