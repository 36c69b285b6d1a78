-- Sets of symmetry functions by rule.
--
-- For every centre and every element, `radial` functions of type 2, and for every pair of elements
-- `angular` functions of type 3 (or 9): all combinations of lambda = -1, 1, the values of zeta, and
-- as many eta as it takes.
--
--   "shifted"    rs evenly from `nearest` to rc - nearest / 2, eta = 1 / (2 d^2) with their distance
--                d; angular eta = 1 / (2 r^2) for r evenly from `nearest` to rc  (Gastegger et al.)
--   "shells"     radial as before, and angular eta and rs by the same rule: each function sees pairs
--                of neighbours in one shell
--   "centered"   rs = 0, eta = 1 / (2 r^2) for such r                            (Gastegger et al.)
--   "imbalzano"  eta_m = (n^(m/n) / rc)^2, m = 0..n, with rs = 0; and rs_m = rc / n^(m/n) with
--                eta = 1 / (rs_(n-m) - rs_(n-m-1))^2
--
-- M. Gastegger et al., J. Chem. Phys. 148, 241709 (2018); G. Imbalzano et al., ibid. 241730.

local e = require "matinf.error"
local symmetry = require "matinf.descriptors.symmetry"

local M = {}
local called = "descriptors.symmetry_functions"

-- n numbers evenly from a to b (their middle for n = 1).
local function evenly(a, b, n)
  local list = {}
  for i = 1, n do list[i] = n == 1 and (a + b) / 2 or a + (b - a) * (i - 1) / (n - 1) end
  return list
end

local function centered(o, n)
  local list = {}
  for i, r in ipairs(evenly(o.nearest, o.cutoff, n)) do list[i] = { 1 / (2 * r * r), 0 } end
  return list
end

local function shells(o, n)
  local list, places = {}, evenly(o.nearest, o.cutoff - o.nearest / 2, n)
  local distance = n > 1 and places[2] - places[1] or o.cutoff / 2
  for i, rs in ipairs(places) do list[i] = { 1 / (2 * distance * distance), rs } end
  return list
end

-- For each scheme the list of (eta, rs) of the radial functions, and a function that gives n of
-- them for the angular ones.
local schemes = {}

function schemes.shifted(o) return shells(o, o.radial), centered end

function schemes.shells(o) return shells(o, o.radial), shells end

function schemes.centered(o) return centered(o, o.radial), centered end

function schemes.imbalzano(o)
  local centered = math.max(1, (o.radial + 1) // 2)
  local n = math.max(1, centered - 1)
  local function eta(m) return (n ^ (m / n) / o.cutoff) ^ 2 end
  local radial = {}
  for m = 0, centered - 1 do radial[m + 1] = { eta(m), 0 } end
  local shifted = o.radial - centered
  local function rs(m) return o.cutoff / shifted ^ (m / shifted) end
  for m = 0, shifted - 1 do
    local width = shifted > 1 and rs(shifted - m - 1) - rs(shifted - m) or o.cutoff / 2
    radial[#radial + 1] = { 1 / width ^ 2, rs(shifted - m) }
  end
  return radial, function(_, count)
    local list, step = {}, math.max(1, count - 1)
    for m = 0, count - 1 do
      list[m + 1] = { (math.max(2, count - 1) ^ (m / step) / o.cutoff) ^ 2, 0 }
    end
    return list
  end
end

local function number_option(o, name, default, least)
  local value = o[name]
  if value == nil then value = default end
  if type(value) ~= "number" or not (value >= least) or value == math.huge then
    e.argument(name, called, ("number >= %g"):format(least), value)
  end
  return value
end

local function count_option(o, name, default)
  local value = number_option(o, name, default, 0)
  if math.type(value) ~= "integer" then e.argument(name, called, "integer >= 0", value) end
  return value
end

local function zetas_of(o)
  local list = o.zeta or { 1, 4, 16 }
  if type(list) == "number" then list = { list } end
  if type(list) ~= "table" or #list == 0 then e.argument("zeta", called, "list of numbers", list) end
  return list
end

local valid = { "elements", "cutoff", "cutoff_function", "alpha", "radial", "angular", "scheme",
  "nearest", "zeta", "angular_type", "functions" }

local function elements_of(o)
  local given = o.elements
  if type(given) == "string" then given = { given } end
  if type(given) ~= "table" or #given == 0 then
    e.argument("elements", called, "list of symbols", given)
  end
  local numbers, symbols = {}, {}
  for i, symbol in ipairs(given) do
    local element = require "matinf".elements.get(symbol)
    numbers[i], symbols[i] = element.number, element.symbol
  end
  return numbers, symbols
end

local function read_rule(o)
  o.cutoff = number_option(o, "cutoff", nil, 0)
  o.nearest = number_option(o, "nearest", 1, 0)
  if o.cutoff <= o.nearest then
    e.argument("cutoff", called, ("more than nearest, %g Å,"):format(o.nearest), o.cutoff)
  end
  o.radial, o.angular = count_option(o, "radial", 8), count_option(o, "angular", 18)
  o.zeta = zetas_of(o)
  local step = 2 * #o.zeta
  if o.angular % step ~= 0 then
    e.argument("angular", called, ("a multiple of %d (lambda x zeta)"):format(step), o.angular)
  end
  local kind = o.angular_type or 3
  if kind ~= 3 and kind ~= 9 then e.argument("angular_type", called, "3 or 9", kind) end
  o.angular_type = kind
  if not schemes[o.scheme or "shifted"] then
    e.argument("scheme", called, '"shifted", "shells", "centered" or "imbalzano"', o.scheme)
  end
  return schemes[o.scheme or "shifted"](o)
end

local function by_rule(o, symbols)
  local radial, angular = read_rule(o)
  local list = {}
  local function add(center, neighbors, kind, more)
    local f = { type = kind, center = center, neighbors = neighbors, rc = o.cutoff,
      cutoff = o.cutoff_function or "poly2", alpha = o.alpha }
    for name, value in pairs(more) do f[name] = value end
    list[#list + 1] = f
  end
  for _, center in ipairs(symbols) do
    for i, first in ipairs(symbols) do
      for _, r in ipairs(radial) do add(center, { first }, 2, { eta = r[1], rs = r[2] }) end
      for k = i, #symbols do
        for _, a in ipairs(angular(o, o.angular // (2 * #o.zeta))) do
          for _, zeta in ipairs(o.zeta) do
            for _, lambda in ipairs { -1, 1 } do
              add(center, { first, symbols[k] }, o.angular_type,
                { eta = a[1], rs = a[2], zeta = zeta, lambda = lambda })
            end
          end
        end
      end
    end
  end
  return list
end

--- A set of symmetry functions, by rule or from a list of functions.
function M.symmetry_functions(options)
  local o = e.options(options, called, valid)
  local numbers, symbols = elements_of(o)
  local list = o.functions or by_rule(o, symbols)
  if type(list) ~= "table" or #list == 0 then
    e.argument("functions", called, "list of functions, at least one", list)
  end
  local rows = {}
  for i, f in ipairs(list) do rows[i] = symmetry.row(f) end
  return symmetry.from_rows(numbers, rows)
end

return M
