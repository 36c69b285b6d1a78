-- The points of a sweep: which values its axes take together.
--
--   grid            every combination, the last axis fastest
--   list            the first values, the second values, ... of all axes
--   random          n points; point i depends on the seed and i alone
--   lhs, sobol      n points that fill the space evenly; more Sobol points keep the earlier ones

local m = require "matinf"
local e = require "matinf.error"
local text_of = require "matinf.sweep.axis".text

local M = {}

local MOST_POINTS = 1000000

local function check_count(count)
  if count > MOST_POINTS then
    e.fail("usage", "the sweep has %.0f points; at most %d are possible", count, MOST_POINTS)
  end
end

local function check_lists(axes, sampler)
  for _, axis in ipairs(axes) do
    if not axis.values then
      e.fail("usage", "%s: interval(...) is for --sampler random, lhs and sobol; for %s give "
        .. "values such as linspace(%g, %g, 5)", axis.key, sampler, axis.low, axis.high)
    end
  end
end

local function grid(axes)
  local count = 1
  for _, axis in ipairs(axes) do count = count * #axis.values end
  check_count(count)
  local points = {}
  for number = 0, count - 1 do
    local point, rest = {}, number
    for i = #axes, 1, -1 do
      local values = axes[i].values
      point[i] = values[rest % #values + 1]
      rest = rest // #values
    end
    points[number + 1] = point
  end
  return points
end

local function list(axes)
  local count = 1
  for _, axis in ipairs(axes) do count = math.max(count, #axis.values) end
  local points = {}
  for _, axis in ipairs(axes) do
    if #axis.values ~= count then
      e.fail("usage", "--sampler list: as many values for each parameter expected; %s has %d, "
        .. "not %d", axis.key, #axis.values, count)
    end
    for i, value in ipairs(axis.values) do
      points[i] = points[i] or {}
      table.insert(points[i], value)
    end
  end
  return points
end

-- The value of an axis at u in 0..1.
local function value_at(axis, u)
  local values = axis.values
  if values then return values[math.min(math.floor(u * #values) + 1, #values)] end
  if axis.integer then
    local value = math.floor(axis.low + u * (axis.high - axis.low + 1))
    return text_of(math.min(value, axis.high), axis.unit)
  end
  if axis.log then return text_of(axis.low * (axis.high / axis.low) ^ u, axis.unit) end
  return text_of(axis.low + u * (axis.high - axis.low), axis.unit)
end

local cube = {}

function cube.random(n, d, seed)
  local rows = {}
  for i = 1, n do
    rows[i] = m.random.generator { seed = seed, stage = "sweep", item = i }:uniform(d)
  end
  return rows
end

function cube.lhs(n, d, seed) return m.random.latin_hypercube(n, d, { seed = seed }) end
function cube.sobol(n, d, seed) return m.random.sobol(n, d, { seed = seed }) end

local function drawn(axes, options)
  check_count(options.n)
  local rows, points = cube[options.sampler](options.n, #axes, options.seed), {}
  for i = 1, options.n do
    local row, point = rows[i], {}
    for j, axis in ipairs(axes) do point[j] = value_at(axis, row[j]) end
    points[i] = point
  end
  return points
end

--- The names of the samplers.
M.names = { "grid", "list", "random", "lhs", "sobol" }

--- The points as lists of texts, one for each axis. options: sampler, n, seed (of the sampler).
function M.points(axes, options)
  if cube[options.sampler] then
    if not options.n then
      e.fail("usage", "--sampler %s: the number of points expected (--n 64)", options.sampler)
    end
    return drawn(axes, options)
  end
  if options.n then e.fail("usage", "--n is for --sampler random, lhs and sobol") end
  check_lists(axes, options.sampler)
  return (options.sampler == "list" and list or grid)(axes)
end

return M
