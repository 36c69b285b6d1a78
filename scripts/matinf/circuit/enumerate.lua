-- Lists of circuits: enumeration, physical filters, classes of electrical equivalence.
--
-- Two circuits are equivalent when each reproduces the impedance of the other at any of its
-- parameters: no measurement tells them apart. That is tested on a spectrum without noise, over a
-- window that shows every element.

local c = require "matinf.c.circuit"
local e = require "matinf.error"
local tree = require "matinf.circuit.tree"

local M = {}

local function indices(elements, called)
  if type(elements) ~= "table" or #elements == 0 then
    e.argument("elements", called, "list of symbols, such as { \"R\", \"C\", \"CPE\" }", elements)
  end
  local list, seen = {}, {}
  for i, symbol in ipairs(elements) do
    local element = tree.by_symbol[symbol]
    if not element or seen[symbol] then
      e.argument("elements", called, "different symbols of elements", symbol)
    end
    seen[symbol], list[i] = true, element.index
  end
  return list
end

--- Codes [n x 16] and lengths [n] of the circuits of least to most elements.
function M.codes(elements, least, most, called)
  return c.enumerate(indices(elements, called), least, most)
end

-- ---- filters -----------------------------------------------------------------------------------

local function count(node, kind)
  local n = 0
  tree.each(node, function(element) if element.kind == kind then n = n + 1 end end)
  return n
end

-- f of every connection and element
local function any(node, f)
  if f(node) then return true end
  if node.name then return false end
  for _, child in ipairs(node) do if any(child, f) then return true end end
  return false
end

local function children_of(node, ...)
  local n = 0
  for _, child in ipairs(node.name and {} or node) do
    for _, kind in ipairs { ... } do if child.kind == kind then n = n + 1 end end
  end
  return n
end

-- By name: true when a circuit is to be left out. Each is a statement about real cells.
M.filters = {
  ["no series resistance"] = function(root)
    return not (root.kind == "series" and children_of(root, "R") > 0)
  end,
  ["two constant phase elements side by side"] = function(root)
    return any(root, function(node) return children_of(node, "CPE") > 1 end)
  end,
  ["capacitor beside a constant phase element"] = function(root)
    return any(root, function(node)
      return children_of(node, "C") > 0 and children_of(node, "CPE") > 0
    end)
  end,
  ["inductor that is not in series with all"] = function(root)
    local here = root.kind == "series" and children_of(root, "L", "La") or 0
    return count(root, "L") + count(root, "La") > here
  end,
  ["diffusion twice"] = function(root)
    return count(root, "W") + count(root, "Wo") + count(root, "Ws") > 1
  end,
}

--- The names of the filters that leave the circuit out, or nil.
function M.refused_by(circuit, names)
  for _, name in ipairs(names) do
    if M.filters[name](circuit.tree) then return name end
  end
end

function M.filter_names(option, called)
  local all = {}
  for name in pairs(M.filters) do all[#all + 1] = name end
  table.sort(all)
  if option == "physical" then return all end
  if option == nil or option == "none" then return {} end
  if type(option) ~= "table" then
    e.argument("filters", called, '"physical", "none" or a list of names', option)
  end
  for _, name in ipairs(option) do
    if not M.filters[name] then
      e.argument("filters", called, '"' .. table.concat(all, '", "') .. '"', name)
    end
  end
  return option
end

local valid = { "elements", "min_elements", "max_elements", "filters" }

--- The circuits, from left to right by number of elements.
function M.enumerate(options)
  local called = "circuit.enumerate"
  options = e.options(options, called, valid)
  local most = options.max_elements or 4
  local names = M.filter_names(options.filters, called)
  local codes, lengths = M.codes(options.elements or { "R", "C", "CPE", "W" },
    options.min_elements or 1, most, called)
  local list = {}
  for i = 1, #lengths do
    local circuit = tree.from_code(codes[i], lengths[i])
    if not M.refused_by(circuit, names) then list[#list + 1] = circuit end
  end
  return list
end

-- ---- equivalence -------------------------------------------------------------------------------

local EXACT = 1e-16 -- mean square of the relative residual that counts as none

-- A spectrum of the circuit at parameters of no special relation.
local function specimen(circuit, seed)
  local m = require "matinf"
  local generator = m.random.generator { seed = seed }
  local p = {}
  for k, exponent in ipairs(circuit.exponents) do
    local u = generator:uniform()
    p[k] = exponent and 0.55 + 0.35 * u or 10 ^ (1.6 * u - 0.8)
  end
  local f = m.array.logspace(-4, 4, 60)
  return { frequency = f, impedance = circuit:evaluate(p, f) }
end

-- Whether b reproduces a's spectrum.
local function reproduces(b, a, seed)
  local fits = require "matinf.circuit.fit"
  local s = specimen(a, seed)
  return fits.fit(b, s, { seed = seed }).ssr < EXACT * 120
end

local function equivalent(a, b)
  if #a.names ~= #b.names then return false end
  return reproduces(b, a, 1) and reproduces(a, b, 2)
end

--- Whether no measurement tells the two circuits apart.
function M.indistinguishable(a, b)
  local called = "circuit.indistinguishable"
  return equivalent(tree.circuit(a, "a", called), tree.circuit(b, "b", called))
end

--- Classes of equivalent circuits: a list of lists.
function M.classes(circuits)
  if type(circuits) ~= "table" then
    e.argument("circuits", "circuit.classes", "list of circuits", circuits)
  end
  local classes = {}
  for i, given in ipairs(circuits) do
    local circuit = tree.circuit(given, "circuits[" .. i .. "]", "circuit.classes")
    local home
    for _, class in ipairs(classes) do
      if equivalent(class[1], circuit) then home = class break end
    end
    if home then home[#home + 1] = circuit else classes[#classes + 1] = { circuit } end
  end
  return classes
end

return M
