-- What a fit varies: fixed, bounded and tied parameters, turned into the kernel's variables.
--
-- Theta is the logarithm of a parameter, or an exponent itself. A tied parameter is a factor times
-- another (exponents: equal), so that its theta is that of the other plus a constant.

local e = require "matinf.error"
local tree = require "matinf.circuit.tree"

local M = {}

local function theta_of(exponent, value) return exponent and value or math.log(value) end
M.theta_of = theta_of

local function index_of(circuit, name, option)
  return circuit:_index(name) or e.fail("argument", "option '%s' of 'circuit.fit': the circuit %s"
    .. " has no parameter '%s'%s", option, tostring(circuit), tostring(name),
    e.hint(name, circuit.names))
end

local function check_value(circuit, k, value, option)
  local exponent = circuit.exponents[k]
  if type(value) ~= "number" or value ~= value or not (exponent or value > 0) then
    e.argument(option .. "." .. circuit.names[k], "circuit.fit",
      exponent and "number" or "positive number", value)
  end
  return value
end

-- Option `name`, a table by names of parameters, as f(k, value) calls.
local function each_named(circuit, options, option, f)
  local given = options[option]
  if given == nil then return end
  if type(given) ~= "table" then e.argument(option, "circuit.fit", "table by parameter", given) end
  for name, value in pairs(given) do f(index_of(circuit, name, option), value) end
end

-- The default bounds, then the string's, then the options'.
local function bounds(circuit, options)
  local lower, upper = {}, {}
  tree.each(circuit.tree, function(node)
    for k, p in ipairs(tree.by_symbol[node.kind]) do
      lower[#lower + 1] = node.lower[k] or p.lower
      upper[#upper + 1] = node.upper[k] or p.upper
    end
  end)
  each_named(circuit, options, "bounds", function(k, range)
    if type(range) ~= "table" or #range ~= 2 then
      e.argument("bounds." .. circuit.names[k], "circuit.fit", "{ lower, upper }", range)
    end
    lower[k], upper[k] = check_value(circuit, k, range[1], "bounds"),
      check_value(circuit, k, range[2], "bounds")
  end)
  for k, name in ipairs(circuit.names) do
    if not (lower[k] <= upper[k]) then
      e.fail("argument", "bounds of %s in 'circuit.fit': lower <= upper expected, got %g and %g",
        name, lower[k], upper[k])
    end
  end
  return lower, upper
end

-- Fixed values by parameter: those the string marks, then option fixed = { R0 = 1 }.
local function fixed_values(circuit, options)
  local fixed = {}
  local values, marks = circuit:_stated "values", circuit:_stated "fixed"
  for k = 1, #circuit.names do
    if marks[k] and values[k] then fixed[k] = values[k] end
  end
  each_named(circuit, options, "fixed", function(k, value)
    fixed[k] = check_value(circuit, k, value, "fixed")
  end)
  return fixed
end

-- tied = { R2 = "R1", C2 = { "C1", 0.5 } }: by parameter { index of the other, theta offset }.
local function ties(circuit, options)
  local tied = {}
  each_named(circuit, options, "tied", function(k, to)
    local other, factor = to, 1
    if type(to) == "table" then other, factor = to[1], to[2] or 1 end
    local j = index_of(circuit, other, "tied")
    if j == k or circuit.exponents[j] ~= circuit.exponents[k] then
      e.argument("tied." .. circuit.names[k], "circuit.fit", "another parameter of its kind", other)
    end
    if type(factor) ~= "number" or not (factor > 0) or (circuit.exponents[k] and factor ~= 1) then
      e.argument("tied." .. circuit.names[k], "circuit.fit", "positive factor (1 for exponents)",
        factor)
    end
    tied[k] = { j, theta_of(false, factor) }
  end)
  for k, tie in pairs(tied) do
    if tied[tie[1]] then
      e.fail("argument", "%s is tied to %s, which is tied itself", circuit.names[k],
        circuit.names[tie[1]])
    end
  end
  return tied
end

--- The kernel's problem: map, offset, lower, upper; variables: the parameter of each variable;
--- fixed: values by parameter.
function M.make(circuit, options)
  local n = #circuit.names
  local low, high = bounds(circuit, options)
  local fixed, tied = fixed_values(circuit, options), ties(circuit, options)
  local p = { map = {}, offset = {}, lower = {}, upper = {}, variables = {},
    fixed = fixed }
  local function theta(k, value) return theta_of(circuit.exponents[k], value) end
  for k = 1, n do
    p.map[k], p.offset[k] = 0, fixed[k] and theta(k, fixed[k]) or 0
    if not fixed[k] and not tied[k] then
      p.variables[#p.variables + 1] = k
      p.map[k] = #p.variables
      p.lower[#p.variables], p.upper[#p.variables] = theta(k, low[k]), theta(k, high[k])
    end
  end
  for k, tie in pairs(tied) do
    local other = tie[1]
    p.map[k], p.offset[k] = p.map[other], p.offset[other] + tie[2]
  end
  return p
end

--- theta of the variables from values of all parameters.
function M.start(circuit, problem, values)
  local theta = {}
  for v, k in ipairs(problem.variables) do
    theta[v] = theta_of(circuit.exponents[k], check_value(circuit, k, values[k], "start"))
  end
  return theta
end

return M
