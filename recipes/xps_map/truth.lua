-- How well a map finds a known truth: deviations in units of the stated errors.

local m = require "matinf"

local M = {}

local EXPECTED = 0.6827 -- within one standard error

-- (found - true) / error of the spectra that have one.
local function deviations(map, known, what, i, from)
  local z = (map[what][{ {}, i }] - known[what][{ {}, from }]) / map.errors[what][{ {}, i }]
  return z:select(z:eq(z):nonzero())
end

-- Each peak of the map with the one of the truth of its name.
local function pairs_of(map, known)
  local list = {}
  for i, name in ipairs(map.names) do
    for from, other in ipairs(known.names) do
      if name == other then list[#list + 1] = { i, from } end
    end
  end
  return list
end

-- The truth on the scale of energies of the map.
local function on_scale_of(map, known)
  local r, copy = map.reference, {}
  if not r then return known end
  for name, value in pairs(known) do copy[name] = value end
  for i, name in ipairs(known.names) do
    if name == r.peak then
      local shift = known.position[{ {}, i }] * -1 + r.energy
      copy.position = known.position + shift:reshape(#shift, 1)
    end
  end
  return copy
end

local function coverage(map, known)
  local rows = { peak = {}, what = {}, within = {}, chance = {}, bias = {} }
  for _, pair in ipairs(pairs_of(map, known)) do
    for _, what in ipairs { "position", "area" } do
      local z = deviations(map, known, what, pair[1], pair[2])
      if #z > 1 then
        table.insert(rows.peak, map.names[pair[1]])
        table.insert(rows.what, what)
        table.insert(rows.within, 100 * z:abs():lt(1):sum() / #z)
        table.insert(rows.chance, 100 * math.sqrt(EXPECTED * (1 - EXPECTED) / #z))
        table.insert(rows.bias, z:mean())
      end
    end
  end
  return rows
end

local function table_of(rows)
  return m.table.new { { name = "peak", values = rows.peak }, { name = "value", values = rows.what },
    { name = "within one error", unit = "%", values = rows.within, error = "chance" },
    { name = "chance", unit = "%", values = rows.chance },
    { name = "mean deviation", unit = "σ", values = rows.bias } }
end

-- Deviations of a peak's positions beside the normal distribution; nil without errors.
local function histogram(map, known, pair)
  local z = deviations(map, known, "position", pair[1], pair[2])
  if #z < 2 then return nil end
  local figure = m.plot.figure { x = { label = "(Found − true) / error", range = { -4, 4 } },
    y = { range = { 0, 0.6 } } } -- room for the legend
  figure:histogram(z:clip(-4, 4), { density = true, label = map.names[pair[1]] .. ": position" })
  local t = m.array.linspace(-4, 4, 161)
  figure:line(t, (t * t * -0.5):exp() / math.sqrt(2 * math.pi),
    { label = "normal distribution", color = "black" })
  return figure
end

-- The kind of number whose stated errors are furthest from what they claim, in words; "" when chance
-- (three of its standard errors) explains all of them.
local function worst_text(rows)
  local worst, most = nil, 3
  for i, value in ipairs(rows.within) do
    local off = math.abs(value - 100 * EXPECTED) / rows.chance[i]
    if off > most then worst, most = i, off end
  end
  if not worst then return "" end
  return (" Not to be trusted are the errors of %s, %s: %.1f %%."):format(rows.peak[worst],
    rows.what[worst], rows.within[worst])
end

--- Table, figure and answer about the truth.
function M.show(run, map, known)
  local pairs_ = pairs_of(map, known)
  if #pairs_ == 0 then
    run:answer("The peaks do not bear the names of the truth, so they are not compared with it.")
    return
  end
  known = on_scale_of(map, known)
  local rows, within = coverage(map, known), 0
  for _, value in ipairs(rows.within) do within = within + value / #rows.within end
  run:table("truth", table_of(rows), ("How many of the true values lie within one stated standard "
    .. "error (%.1f %% expected; ± is what chance allows)."):format(100 * EXPECTED))
  local figure = histogram(map, known, pairs_[1]) or pairs_[2] and histogram(map, known, pairs_[2])
  if figure then
    run:figure("truth", figure, "Deviations from the truth in units of the stated error.")
  end
  run:value("coverage", within, "%")
  run:answer(("The map is generated, its truth known: %.1f %% of the true positions and areas lie "
    .. "within one stated standard error (%.1f %% expected).%s"):format(within, 100 * EXPECTED,
    worst_text(rows)))
end

return M
