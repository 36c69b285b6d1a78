-- Circuits as trees: the class Circuit.
--
-- A node is { kind = "series" | "parallel", child, child, ... } or an element { kind = "R",
-- name = "R0", values, lower, upper, fixed }: the last four hold what the string said of each
-- parameter, numbered from 1, and are empty where it said nothing. Series and parallel alternate
-- from level to level: connections of one kind inside each other are merged.

local c = require "matinf.c.circuit"
local e = require "matinf.error"
local store = require "matinf.store"

local M = { elements = c.elements() }

-- By symbol: { index, symbol, what, { name, unit, what, exponent, lower, upper }, ... }
local by_symbol = {}
for _, element in ipairs(M.elements) do by_symbol[element.symbol] = element end
M.by_symbol = by_symbol

--- An element's node; name may be nil.
function M.element(symbol, name)
  return { kind = symbol, name = name, values = {}, lower = {}, upper = {}, fixed = {} }
end

--- A connection of the nodes, merged with those of its own kind; of one node: that node.
function M.connect(kind, children)
  if #children == 1 then return children[1] end
  local node = { kind = kind }
  for _, child in ipairs(children) do
    if child.kind ~= kind then
      node[#node + 1] = child
    else
      table.move(child, 1, #child, #node + 1, node)
    end
  end
  return node
end

--- Calls f(element) from left to right.
function M.each(node, f)
  if by_symbol[node.kind] then f(node) return end
  for _, child in ipairs(node) do M.each(child, f) end
end

-- The postfix code of core/circuit/circuit.h.
local function append_code(code, node)
  if by_symbol[node.kind] then
    code[#code + 1] = by_symbol[node.kind].index
    return
  end
  for _, child in ipairs(node) do append_code(code, child) end
  code[#code + 1] = -2 * #node - (node.kind == "parallel" and 1 or 0)
end

-- Names for the elements that have none, and an error for names that occur twice.
local function name_elements(root)
  local taken, count = {}, {}
  M.each(root, function(node)
    if node.name and taken[node.name] then
      e.fail("argument", "the circuit has two elements called '%s'", node.name)
    end
    if node.name then taken[node.name] = true end
  end)
  M.each(root, function(node)
    while not node.name or (taken[node.name] ~= node and taken[node.name] ~= true) do
      count[node.kind] = (count[node.kind] or 0) + 1
      local name = node.kind .. count[node.kind]
      if not taken[name] then node.name, taken[name] = name, node end
    end
  end)
end

local Circuit = store.class("circuit.Circuit", {})

-- names, units, exponents: of the parameters, from left to right
local function list_parameters(self)
  self.names, self.units, self.exponents = {}, {}, {}
  M.each(self.tree, function(node)
    local element = by_symbol[node.kind]
    for _, p in ipairs(element) do
      self.names[#self.names + 1] = #element == 1 and node.name or node.name .. "_" .. p.name
      self.units[#self.units + 1] = p.unit
      self.exponents[#self.exponents + 1] = p.exponent
    end
  end)
end

--- A Circuit of the tree.
function M.new(root)
  name_elements(root)
  local self = { tree = root, code = {} }
  append_code(self.code, root)
  c.check(self.code)
  list_parameters(self)
  return setmetatable(self, Circuit)
end

-- The tree and its values are in the string: R{R=100f:R0} and so on.
function Circuit.to_store(self) return { string = self:write "cdc" } end

function Circuit.from_store(tree)
  return require "matinf.circuit.notation".parse(tree.string, { notation = "cdc" })
end

--- The circuit as a string in one of the notations.
function Circuit:write(notation)
  return require "matinf.circuit.notation".write(self.tree, notation)
end

function Circuit:__tostring() return self:write "impedance.py" end
function Circuit.__eq(a, b) return tostring(a) == tostring(b) end

-- What the string says of each parameter: values, lower, upper, fixed; false where nothing.
function Circuit:_stated(what)
  local list = {}
  M.each(self.tree, function(node)
    for k = 1, #by_symbol[node.kind] do
      local value = node[what][k]
      list[#list + 1] = value == nil and false or value
    end
  end)
  return list
end

-- p as a list: from a list, an array, or a table by names of parameters.
function Circuit:_parameters(p, called)
  if type(p) ~= "table" or #p > 0 then return p end
  local list = {}
  for i, name in ipairs(self.names) do
    if type(p[name]) ~= "number" then e.argument("p." .. name, called, "number", p[name]) end
    list[i] = p[name]
  end
  for name in pairs(p) do
    if not by_symbol[name] and not self:_index(name) then
      e.fail("argument", "the circuit %s has no parameter '%s'%s", tostring(self), tostring(name),
        e.hint(name, self.names))
    end
  end
  return list
end

-- The number of the parameter called name, or nil.
function Circuit:_index(name)
  for i, known in ipairs(self.names) do
    if known == name then return i end
  end
end

-- The tree of a postfix code: the first `length` numbers of an array or list.
function M.from_code(code, length)
  local stack = {}
  for i = 1, length do
    if code[i] >= 0 then
      stack[#stack + 1] = M.element(M.elements[code[i] + 1].symbol)
    else
      local count = -code[i] // 2
      local children = table.move(stack, #stack - count + 1, #stack, 1, {})
      for _ = 1, count do stack[#stack] = nil end
      stack[#stack + 1] = M.connect(code[i] % 2 == 0 and "series" or "parallel", children)
    end
  end
  return M.new(stack[1])
end

--- The number of parameters that an ideal spectrum determines, and that of all.
function Circuit:rank() return c.rank(self.code) end

--- Impedance at the frequencies: a complex array.
function Circuit:evaluate(p, frequency)
  local called = "circuit.Circuit:evaluate"
  return c.evaluate(self.code, self:_parameters(p, called), frequency)
end

--- The circuit that a string or a Circuit stands for.
function M.circuit(value, argument, called)
  if type(value) == "string" then return require "matinf.circuit.notation".parse(value) end
  if getmetatable(value) ~= Circuit then
    e.argument(argument, called, "circuit string or circuit.Circuit", value)
  end
  return value
end

M.Circuit = Circuit
return M
