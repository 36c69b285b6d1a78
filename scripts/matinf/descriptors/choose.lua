-- Fewer symmetry functions: those that say nothing are left out, and of the rest those are kept
-- that tell the atoms of given structures apart best.
--
-- X is the matrix of values (rows: atoms of an element; columns: functions), each column centred
-- and divided by its range. A column whose range is less than `least_range` of its largest value is
-- constant. Two ways to keep k columns (Imbalzano et al., J. Chem. Phys. 148, 241730 (2018)):
--
--   "fps"  the column of the largest norm, then always the one farthest from those kept
--   "cur"  the largest component of the leading right singular vector of X; its column is projected
--          out of the others; again

local e = require "matinf.error"
local symmetry = require "matinf.descriptors.symmetry"

local M = {}
local called = "descriptors.SymmetryFunctions:choose"

-- Values of the functions of each element: list of arrays [atoms x functions].
local function features(set, structures)
  local m = require "matinf"
  local blocks = {}
  for k = 1, #set.elements do blocks[k] = {} end
  for _, structure in ipairs(structures) do
    local values = set:compute(structure)
    for k, number in ipairs(set.numbers:totable()) do
      local count = set.first[k + 1] - set.first[k]
      local own = structure.numbers:eq(number)
      if count > 0 and own:any() then
        blocks[k][#blocks[k] + 1] = values:select(own, 1)[{ {}, { 1, count } }]
      end
    end
  end
  for k, list in ipairs(blocks) do
    blocks[k] = #list > 0 and m.array.concatenate(list, 1) or false
  end
  return blocks
end

local function standardised(x)
  local low, high = x:min(1), x:max(1)
  local range, mean = high - low, x:mean(1)
  return (x - mean) / range:gt(0):where(range, 1), range, high:abs():maximum(low:abs())
end

-- ---- ways to choose -----------------------------------------------------------------------------

local ways = {}

-- Squared norms of the columns.
local function norms(x) return x:square():sum(1) end

function ways.fps(x, k)
  local kept, distance = {}, norms(x)
  for i = 1, k do
    local best = distance:argmax()
    kept[i] = best
    local to = norms(x - x[{ {}, { best, best } }])
    distance = i == 1 and to or distance:minimum(to)
  end
  return kept
end

function ways.cur(x, k)
  local m = require "matinf"
  local gram, kept = m.linalg.matmul(x:T(), x), {}
  for i = 1, k do
    local _, vectors = m.linalg.eigh(gram)
    local leading = vectors[{ {}, gram.shape[2] }]:abs():copy()
    for _, old in ipairs(kept) do leading[old] = -1 end
    local best = leading:argmax()
    kept[i] = best
    local column = gram[{ {}, best }]:copy()
    if column[best] > 0 then gram = gram - m.array.outer(column, column) / column[best] end
  end
  return kept
end

-- ---- the choice ---------------------------------------------------------------------------------

local function read_options(set, structures, options)
  local o = e.options(options, called, { "keep", "method", "least_range" })
  if type(structures) ~= "table" then
    e.argument("structures", called, "list of structures", structures)
  end
  local list = structures.positions and { structures } or structures
  if #list == 0 then e.argument("structures", called, "list of structures", structures) end
  o.keep = o.keep or #set.functions
  if math.type(o.keep) ~= "integer" or o.keep < 1 then
    e.argument("keep", called, "integer >= 1", o.keep)
  end
  o.method, o.least_range = o.method or "cur", o.least_range == nil and 1e-6 or o.least_range
  if type(o.least_range) ~= "number" or not (o.least_range >= 0) then
    e.argument("least_range", called, "number >= 0", o.least_range)
  end
  if not ways[o.method] then e.argument("method", called, '"cur" or "fps"', o.method) end
  return o, list
end

-- Marks in `kept` the functions of element k worth keeping; notes what is constant.
local function choose_of_element(set, k, x, o, kept, messages)
  local scaled, range, size = standardised(x)
  local useful, constant = {}, 0
  for f = 1, x.shape[2] do
    if range[f] > o.least_range * size[f] then useful[#useful + 1] = f
    else constant = constant + 1 end
  end
  if constant > 0 then
    messages[#messages + 1] = ("%s: %d of %d functions are constant in these structures; left out")
      :format(set.elements[k], constant, x.shape[2])
  end
  if #useful == 0 then
    e.fail("data", "%s: no function of %s varies in these structures", called, set.elements[k])
  end
  local columns = scaled:select(useful, 2)
  local chosen = #useful > o.keep and ways[o.method](columns, o.keep)
  for i = 1, chosen and #chosen or #useful do
    kept[set.first[k] + useful[chosen and chosen[i] or i] - 1] = true
  end
end

--- The set with at most `keep` functions an element, without constant ones.
function M.choose(set, structures, options)
  local o, list = read_options(set, structures, options)
  local kept, messages = {}, {}
  for k, x in ipairs(features(set, list)) do
    if x then
      choose_of_element(set, k, x, o, kept, messages)
    else
      for i = set.first[k], set.first[k + 1] - 1 do kept[i] = true end
      messages[#messages + 1] = ("%s: not in these structures; all functions kept")
        :format(set.elements[k])
    end
  end
  local smaller = symmetry.filtered(set, function(i) return kept[i] end)
  smaller.messages = #messages > 0 and messages or nil
  return smaller
end

return M
