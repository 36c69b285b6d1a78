-- Does slower cooling of molten silica make a better network of rings?
--
-- sample    reads the glass to compare with      model    a pair potential with charges
-- predict   melts beta-cristobalite and cools it at every rate
-- analyse   broken bonds, angles and rings of each glass beside the known one; whether slower
--           cooling brought them nearer, by more than chance

local m, P = require "matinf", require "matinf.recipe.parameter"
local e = require "matinf.error"

local LARGEST = 12 -- rings looked for
local MELTED = 3   -- Å that atoms have gone, root mean square, in a melt
local SURE = 2     -- standard errors from which on a change counts

-- ---- dynamics -----------------------------------------------------------------------------------

local function glass_at(p, rate, number, potential, run)
  local n = p.repeats
  local start = m.atoms.bulk("SiO2", "beta-cristobalite", { a = 7.16 }):supercell { n, n, n }
  local quench = m.md.quench(start, { potential = potential, hot = p.hot, cold = p.cold,
    rate = rate, melt = p.melt, hold = p.hold, timestep = p.timestep, seed = p.seed, frames = 10,
    rescue = run.folder .. "/exploded.h5",
    part = function(name, f) return run:step(("rate-%d-%s"):format(number, name), f) end,
    progress = function(fraction, what)
      run:progress((number - 1 + fraction) / #p.rates, ("%.0e K/s, %s"):format(rate, what))
    end })
  local d = quench.melt.positions - start.positions
  return { quench = quench, travelled = math.sqrt((d * d):sum() / #start) }
end

-- ---- what a glass is like -----------------------------------------------------------------------

-- Shares, angles and rings of frames of one glass, with counting errors of its atoms.
local function describe(frames, bond)
  local r = { rings = m.array.zeros(LARGEST), defects = 0, angles = {} }
  for _, frame in ipairs(frames) do
    local bonds = m.analysis.bonds(frame, { cutoff = { ["Si-O"] = bond } })
    local numbers = frame.numbers
    for i, count in pairs(bonds:count()) do
      local right = numbers[i] == 14 and 4 or 2
      if count ~= right then r.defects = r.defects + 1 / (#frames * #frame) end
    end
    local rings = bonds:rings { count = "Si", largest = LARGEST }
    r.silicon = rings.nodes
    r.rings = r.rings + rings:counts():astype "f64" / (#frames * rings.nodes)
    r.angles[#r.angles + 1] = bonds:angles "Si-O-Si"
  end
  r.angles = m.array.concatenate(r.angles)
  r.angle, r.spread = r.angles:mean(), r.angles:std()
  local n = #frames[1]
  r.defects_error = math.sqrt(math.max(r.defects * (1 - r.defects), 1 / n) / n)
  r.density = #frames[1] / frames[1]:volume()
  return r
end

-- How far the rings of a glass are from those of the known one, rings per Si over all sizes, and
-- its counting error.
local function distance(one, known)
  local sum, variance = 0, 0
  for size = 3, LARGEST do
    sum = sum + math.abs(one.rings[size] - known.rings[size])
    variance = variance + one.rings[size] / one.silicon
  end
  return sum, math.sqrt(variance)
end

-- ---- tables and figures -------------------------------------------------------------------------

local function names_of(list)
  local names = {}
  for i, one in ipairs(list) do names[i] = one.name end
  return names
end

local function table_of(list, known)
  local columns = { { name = "glass", values = names_of(list) } }
  local function add(name, unit, f)
    local values = {}
    for i, one in ipairs(list) do values[i] = f(one) end
    columns[#columns + 1] = { name = name, unit = unit, values = values }
  end
  add("wrongly bonded", "%", function(one) return 100 * one.defects end)
  add("its error", "%", function(one) return 100 * one.defects_error end)
  add("Si-O-Si", "°", function(one) return one.angle end)
  add("its spread", "°", function(one) return one.spread end)
  add("distance of rings", nil, function(one) return (distance(one, known)) end)
  add("error of distance", nil, function(one) return select(2, distance(one, known)) end)
  add("density", "1/Å^3", function(one) return one.density end)
  return m.table.new(columns)
end

local function ring_table(list)
  local columns = { { name = "size", values = m.array.arange(3, LARGEST) } }
  for _, one in ipairs(list) do
    columns[#columns + 1] = { name = one.name, values = one.rings[{ { 3, LARGEST } }] }
  end
  return m.table.new(columns)
end

local function ring_figure(list)
  local figure = m.plot.figure { x = { label = "Ring size, Si atoms (King)" },
    y = { label = "Rings per Si" } }
  for i, one in ipairs(list) do
    figure:line(m.array.arange(3, LARGEST), one.rings[{ { 3, LARGEST } }], { label = one.name,
      style = i == #list and "dashed" or "solid" })
  end
  return figure
end

-- ---- words --------------------------------------------------------------------------------------

local function change_text(what, fast, slow, error)
  local change = slow - fast
  if math.abs(change) < SURE * error then
    return ("%s: %.3g against %.3g, no change beyond %d counting errors of %.2g"):format(what,
      slow, fast, SURE, error)
  end
  return ("%s: %.3g against %.3g (± %.2g), %s"):format(what, slow, fast, error,
    change < 0 and "better" or "worse")
end

-- Says so when the crystal did not melt: then there is no glass to talk of.
local function unmolten(list)
  for _, one in ipairs(list) do
    if one.travelled and one.travelled < MELTED then
      return ("No answer: before the cooling at %s atoms went only %.2g Å, the crystal has not "
        .. "melted (a higher predict.hot, a longer predict.melt)."):format(one.name, one.travelled)
    end
  end
end

local function verdict(list, known)
  local fast, slow = list[1], list[#list - 1]
  local d_fast, e_fast = distance(fast, known)
  local d_slow, e_slow = distance(slow, known)
  local changes = {
    { "wrongly bonded atoms in %", 100 * fast.defects, 100 * slow.defects,
      100 * math.sqrt(fast.defects_error ^ 2 + slow.defects_error ^ 2) },
    { "rings of three per Si", fast.rings[3], slow.rings[3],
      math.sqrt(math.max(fast.rings[3] + slow.rings[3], 1 / fast.silicon) / fast.silicon) },
    { "distance of the rings from the known glass", d_fast, d_slow,
      math.sqrt(e_fast ^ 2 + e_slow ^ 2) } }
  local words, better = {}, 0
  for i, change in ipairs(changes) do
    words[i] = change_text(table.unpack(change))
    if change[3] < change[2] - SURE * change[4] then better = better + 1 end
  end
  local says = ({ "In part", "In part", "Yes" })[better] or "Not beyond chance in this cell"
  return ("%s. At %s, against %s: %s."):format(says, slow.name, fast.name,
    table.concat(words, "; "))
end

return {
  name = "sio2_quench",
  question = "Does slower cooling of molten silica make a better network of rings?",

  parameters = {
    seed = P.integer { default = 1, min = 0 },
    sample = { known = P.file { help = "the glass to compare with" } },
    model = {
      model = P.choice { "TTAM", "BKS", default = "TTAM" },
      cutoff = P.quantity { unit = "Å", default = "8 Å", min = 5.5 },
      accuracy = P.number { default = 1e-5, min = 1e-12, help = "of Ewald's forces" },
    },
    predict = {
      repeats = P.integer { default = 2, min = 1, help = "cells of 24 atoms along a side" },
      rates = P.list { P.quantity { unit = "K/s", min = 1e9 }, min = 2,
        default = { "1e15 K/s", "1e14 K/s" }, help = "from fast to slow" },
      hot = P.quantity { unit = "K", default = "7000 K", min = 1 },
      cold = P.quantity { unit = "K", default = "300 K", min = 1 },
      melt = P.quantity { unit = "fs", default = "5 ps", min = 1 },
      hold = P.quantity { unit = "fs", default = "1 ps", min = 1 },
      timestep = P.quantity { unit = "fs", default = "1 fs", min = 0.01, max = 10 },
    },
    analyse = { bond = P.quantity { unit = "Å", default = "2.2 Å", min = 0 } },
  },

  stages = {
    sample = function(p) return { known = m.atoms.read(p.known)[1] } end,

    model = function(p)
      return { potential = m.potentials.buckingham { model = p.model, cutoff = p.cutoff,
        accuracy = p.accuracy, truncation = "smooth" } }
    end,

    predict = function(p, done, run)
      local glasses = {}
      for number, rate in ipairs(p.rates) do
        if number > 1 and rate >= p.rates[number - 1] then
          e.fail("configuration", "predict.rates: falling rates expected, got %g after %g K/s",
            rate, p.rates[number - 1])
        end
        glasses[number] = glass_at(p, rate, number, done.model.potential, run)
      end
      return { glasses = glasses }
    end,

    analyse = function(p, done, run)
      local list = {}
      for i, glass in ipairs(done.predict.glasses) do
        list[i] = describe(glass.quench.frames, p.bond)
        list[i].name = ("%.0e K/s"):format(glass.quench.rate)
        list[i].travelled = glass.travelled
      end
      local known = describe({ done.sample.known }, p.bond)
      known.name = "known"
      list[#list + 1] = known
      run:figure("rings", ring_figure(list), "Rings per silicon atom.")
      run:figure("cooling", done.predict.glasses[#list - 1].quench:plot "potential",
        "Potential energy of the slowest run.")
      run:table("glasses", table_of(list, known), "Each glass, the known one last.")
      run:table("rings", ring_table(list), "Rings per silicon atom by size (King).")
      run:value("defects", list[#list - 1].defects)
      run:answer(unmolten(list) or verdict(list, known))
    end,
  },
}
