-- What frames of an amorphous solid look like, in numbers with their counting errors, and how two
-- solids differ.

local m = require "matinf"

local M = {}

local GRAMS = 1.66053907 -- of 1 u/Å^3, in g/cm^3
local RINGS = { 3, 4, 5, 6, 7, 8 }

-- Bonds, angles and rings of all frames together.
local function collect(frames, bond)
  local all = { coordination = {}, angles = {}, rings = m.array.zeros(12) }
  for _, frame in ipairs(frames) do
    local bonds = m.analysis.bonds(frame, { cutoff = bond })
    for _, count in pairs(bonds:count()) do
      all.coordination[count] = (all.coordination[count] or 0) + 1 / (#frames * #frame)
    end
    local name = frame:symbols()[1]
    all.angles[#all.angles + 1] = bonds:angles(("%s-%s-%s"):format(name, name, name))
    all.rings = all.rings + bonds:rings():counts():astype "f64" / (#frames * #frame)
  end
  all.angles = m.array.concatenate(all.angles)
  return all
end

-- The frames show one solid, so that errors count its atoms once.
local function share(list, name, value, atoms)
  list[#list + 1] = { name = name, unit = "%", value = 100 * value,
    error = 100 * math.sqrt(math.max(value * (1 - value), 1 / atoms) / atoms) }
end

-- Highest value of y between two x: its x and itself.
local function highest(x, y, from, to)
  local best
  for i = 1, #x do
    if x[i] >= from and x[i] <= to and (not best or y[i] > y[best]) then best = i end
  end
  return x[best], y[best]
end

--- { list of { name, unit, value, error }, rdf, angles, rings, coordination } of frames.
function M.describe(frames, bond)
  local n, all = #frames[1], collect(frames, bond)
  local rdf = m.analysis.rdf(frames, { r_max = 10, bins = 250 })
  local list = {}
  local function add(name, unit, value, error) table.insert(list, { name = name, unit = unit,
    value = value, error = error }) end
  local bin, mean, square = rdf.r[2] - rdf.r[1], 0, 0
  for count, part in pairs(all.coordination) do
    mean, square = mean + count * part, square + count ^ 2 * part
  end
  add("density", "g/cm³", rdf.density * m.elements.get(frames[1]:symbols()[1]).mass * GRAMS, 0.005)
  add("mean coordination", "", mean, math.sqrt(math.max(square - mean ^ 2, 1 / n) / n))
  for count = 3, 5 do
    share(list, ("%d-fold atoms"):format(count), all.coordination[count] or 0, n)
  end
  local r, height = rdf:peak()
  add("first peak of g(r)", "Å", r, bin / 2)
  add("its height", "", height, height * math.sqrt(2 / (n * mean)))
  add("second peak of g(r)", "Å", highest(rdf.r, rdf.total, 3.2, 4.5), bin)
  local angles, sd = #all.angles / #frames, all.angles:std()
  add("mean bond angle", "°", all.angles:mean(), sd / math.sqrt(angles))
  add("spread of bond angles", "°", sd, sd / math.sqrt(2 * angles))
  for _, size in ipairs(RINGS) do
    local each = all.rings[size]
    add(("rings of %d per atom"):format(size), "", each, math.sqrt(math.max(each, 1 / n) / n))
  end
  return { list = list, rdf = rdf, angles = all.angles, rings = all.rings }
end

--- How many standard errors lie between quantities number i of two solids.
function M.distance(one, other)
  return (one.value - other.value) / math.sqrt(one.error ^ 2 + other.error ^ 2)
end

--- A table of both solids.
function M.table(own, known)
  local columns = { { name = "quantity" }, { name = "unit" }, { name = "this quench" },
    { name = "its error" }, { name = "known" }, { name = "error of known" },
    { name = "difference / error" } }
  for _, column in ipairs(columns) do column.values = {} end
  for i, one in ipairs(own) do
    local other = known[i]
    for k, value in ipairs { one.name, one.unit, one.value, one.error, other.value, other.error,
      M.distance(one, other) } do
      columns[k].values[i] = value
    end
  end
  return m.table.new(columns)
end

--- The quantities in which they differ by more than so many errors, in words.
function M.differences(own, known, errors)
  local words = {}
  for i, one in ipairs(own) do
    if math.abs(M.distance(one, known[i])) > errors then
      words[#words + 1] = ("%s %.3g%s (known: %.3g)"):format(one.name, one.value,
        one.unit ~= "" and " " .. one.unit or "", known[i].value)
    end
  end
  return words
end

return M
