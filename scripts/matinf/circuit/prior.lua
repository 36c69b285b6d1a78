-- Priors of circuits: a parameter is log-uniform between two limits, an exponent uniform.
--
-- Limits are given by the name of one parameter (R0, CPE1_Q), by kind (R, CPE_Q, Wo_tau), or as
-- "exponent". Where none are given they come from the window of the data: resistances from a
-- hundredth of the least to a hundred times the greatest |Z|, times likewise about 1 / (2 pi f),
-- and what is made of both accordingly. A free energy depends on them, so reports state them.

local e = require "matinf.error"
local tree = require "matinf.circuit.tree"

local M = {}

local EXPONENT = { 0.3, 1 }
local ROOM = 100 -- factor by which the limits go beyond the window

-- The power of an impedance and of a frequency that a unit is made of.
local powers = { ["ohm"] = { 1, 0 }, ["F"] = { -1, -1 }, ["H"] = { 1, -1 }, ["s"] = { 0, -1 },
  ["ohm s^-1/2"] = { 1, 0.5 }, ["ohm^-1 s^a"] = { -1, -1 }, ["ohm^-1 s^g"] = { -1, -1 } }

--- What limits follow from: the least and the greatest |Z| and angular frequency of all spectra.
function M.window(list)
  local window = { z = { math.huge, 0 }, w = { math.huge, 0 } }
  for _, one in ipairs(list) do
    local z, f = one.impedance:abs(), one.frequency
    window.z = { math.min(window.z[1], z:min()), math.max(window.z[2], z:max()) }
    window.w = { math.min(window.w[1], 2 * math.pi * f:min()),
      math.max(window.w[2], 2 * math.pi * f:max()) }
  end
  return window
end

local function from_window(unit, window)
  local power = powers[unit]
  if not power then return { 1e-3, 1e3 } end
  local low, high = 1, 1
  for i, range in ipairs { window.z, window.w } do
    local a, b = range[1] ^ power[i], range[2] ^ power[i]
    low, high = low * math.min(a, b), high * math.max(a, b)
  end
  return { low / ROOM, high * ROOM }
end

-- R1 is R, CPE1_Q is CPE_Q.
local function kind_of(node, p, count)
  return count == 1 and node.kind or node.kind .. "_" .. p.name
end

local function check(name, range, exponent, called)
  local low, high = type(range) == "table" and range[1], type(range) == "table" and range[2]
  local fine = type(low) == "number" and type(high) == "number" and low <= high and high < math.huge
    and (exponent and low >= 0 or low > 0)
  if not fine then e.argument("prior." .. name, called, "{ lower, upper }", range) end
  return range
end

-- The limits of every parameter of the circuit; stated[kind] = limits is filled.
local function limits_of(circuit, given, window, stated, used, called)
  local list = {}
  tree.each(circuit.tree, function(node)
    local element = tree.by_symbol[node.kind]
    for _, p in ipairs(element) do
      local name, kind = circuit.names[#list + 1], kind_of(node, p, #element)
      local range
      for _, key in ipairs { name, kind, p.exponent and "exponent" or nil } do
        if given[key] and not range then range, used[key] = given[key], true end
      end
      range = range and check(name, range, p.exponent, called)
        or p.exponent and EXPONENT or from_window(p.unit, window)
      list[#list + 1] = range
      stated[given[name] and name or kind] = { range[1], range[2], p.unit }
    end
  end)
  return list
end

--- Limits in theta, arrays [circuits x most parameters], and by kind as they are to be stated.
function M.make(circuits, given, window, called)
  given = given or {}
  if type(given) ~= "table" then e.argument("prior", called, "table of { lower, upper }", given) end
  local lower, upper, stated, used, width = {}, {}, {}, {}, 1
  for _, circuit in ipairs(circuits) do width = math.max(width, #circuit.names) end
  for i, circuit in ipairs(circuits) do
    local low, high = {}, {}
    for k, range in ipairs(limits_of(circuit, given, window, stated, used, called)) do
      local exponent = circuit.exponents[k]
      low[k] = exponent and range[1] or math.log(range[1])
      high[k] = exponent and range[2] or math.log(range[2])
    end
    for k = #circuit.names + 1, width do low[k], high[k] = 0, 0 end
    lower[i], upper[i] = low, high
  end
  for key in pairs(given) do
    if not used[key] then
      e.fail("argument", "option prior of '%s': no circuit has a parameter or kind '%s'", called,
        tostring(key))
    end
  end
  local array = require "matinf".array
  return { lower = array.array(lower), upper = array.array(upper), stated = stated }
end

--- The stated limits as text, one line.
function M.text(stated)
  local names, words = {}, {}
  for name in pairs(stated) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local range = stated[name]
    words[i] = ("%s %.3g to %.3g%s"):format(name, range[1], range[2],
      range[3] ~= "" and " " .. range[3] or "")
  end
  return table.concat(words, "; ")
end

return M
