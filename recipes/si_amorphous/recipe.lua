-- What does amorphous silicon look like when its forces come from density functional theory?
--
-- sample    reads DFT calculations and the amorphous structure to compare with
-- model     trains a committee of neural-network potentials (symmetry functions by rule)
-- predict   held-out errors; melts a crystal, quenches it, lets it and the known one vibrate
-- analyse   g(r), coordination, angles, rings, vibrations beside the known structure; how far the
--           potential left its training data on the way, and what its members disagree by

local m, P = require "matinf", require "matinf.recipe.parameter"
local e = require "matinf.error"
local glass = require "glass"

local DIFFERENT = 3 -- standard errors from which on a difference is named
local MELTED = 3    -- Å that atoms have gone, root mean square, in a melt

-- What the two forms set where the values do not.
local forms = {
  quick = { every = 2, members = 2, iterations = 15, repeats = 3, rate = 1e14, melt = 4000,
    hold = 2000, vibrate = 3000 },
  full = { every = 1, members = 2, iterations = 30, repeats = 4, rate = 1e13, melt = 10000,
    hold = 5000, vibrate = 6000 },
}

local function chosen(p, name) return p[name] or forms[p.form][name] end

local function read(files, p)
  local list, stress = {}, p.stress
  for _, file in ipairs(files) do
    local some = m.atoms.read(file, { require = { "energy", "forces" }, stress = stress and
      { stress.name, order = stress.order, unit = stress.unit, positive = stress.positive } })
    table.move(some, 1, #some, #list + 1, list)
  end
  return list
end

-- ---- dynamics -----------------------------------------------------------------------------------

-- The relaxed crystal: where the melt starts, and what energies are compared with.
local function crystal_of(potential)
  local relaxed = m.md.relax(m.atoms.bulk("Si", "diamond", { a = 5.43, cubic = true }),
    { potential = potential, cell = "isotropic" })
  if not relaxed.converged then
    e.fail("numeric", "the crystal does not relax with this potential: train it better "
      .. "(model.iterations, model.every)")
  end
  return relaxed.structure
end

local function melt_and_quench(p, start, potential, run)
  return m.md.quench(start, { potential = potential, hot = p.hot,
    cold = p.cold, rate = chosen(p, "rate"), melt = chosen(p, "melt"), hold = chosen(p, "hold"),
    timestep = p.timestep, seed = p.seed, stop = { deviation = p.most_deviation },
    rescue = run.folder .. "/exploded.h5",
    part = function(name, f) return run:step(name, f) end,
    progress = function(fraction, what) run:progress(fraction, what) end })
end

-- How far atoms went, root mean square.
local function travelled(from, to)
  local d = to.positions - from.positions
  return math.sqrt((d * d):sum() / #from)
end

-- A quench that the committee does not agree about is none.
local function check(quench, run)
  if quench.reason == "finished" then return end
  local path = run.folder .. "/stopped.extxyz"
  m.atoms.write(path, { quench.final })
  e.fail("numeric", "the quench stopped at %.0f K: %s. The frame is in '%s': calculate it by DFT "
    .. "and add it to sample.train, or train longer", quench.temperature[-1], quench.why, path)
end

-- The vibrations of a solid at the low temperature: density of states from the velocities.
local function vibrations(p, structure, potential, run, name)
  return run:step(name, function()
    local o = { potential = potential, temperature = p.cold, timestep = p.timestep, seed = p.seed,
      time = 500, ensemble = "nvt", thermostat_time = 50, velocities = "draw",
      progress = function(fraction) run:progress(fraction, "vibrations") end,
      rescue = run.folder .. "/exploded.h5" }
    local start = m.md.run(structure, o).final
    o.ensemble, o.velocities, o.time = "nve", "keep", chosen(p, "vibrate")
    local each = math.max(1, math.floor(6 / p.timestep))
    o.frames_every = each
    local nve = m.md.run(start, o)
    return { drift = (nve.total[-1] - nve.total[1]) / (nve.atoms * nve.time[-1] / 1000),
      dos = m.analysis.vacf(nve.frames, { dt = each * p.timestep }):dos { length = 1500 } }
  end)
end

-- Energy (eV/atom) of the relaxed structure, and what the committee disagrees by.
local function relaxed_energy(structure, potential)
  local relaxed = m.md.relax(structure, { potential = potential, force = 0.01, iterations = 500 })
  local energy, _, _, _, more = potential:evaluate(relaxed.structure, { deviation = true })
  return { energy = energy / #structure, spread = (more.energy_deviation or 0) / #structure,
    converged = relaxed.converged }
end

-- ---- figures ------------------------------------------------------------------------------------

local function rdf_figure(own, known)
  local figure = m.plot.figure { x = { label = "r", unit = "Å" }, y = { label = "g(r)" } }
  figure:line(own.rdf.r, own.rdf.total, { label = "this quench", color = "blue" })
  figure:line(known.rdf.r, known.rdf.total, { label = "known", color = "vermillion",
    style = "dashed" })
  return figure
end

-- Densities of the angles in bins of 3 degrees.
local function angle_figure(own, known)
  local figure = m.plot.figure { x = { label = "Bond angle", unit = "°" },
    y = { label = "Density", unit = "1/°" } }
  for k, one in ipairs { own, known } do
    local counts, x, y = {}, {}, {}
    for _, angle in pairs(one.angles) do
      local bin = math.floor(angle / 3)
      counts[bin] = (counts[bin] or 0) + 1
    end
    for bin = 13, 60 do
      x[#x + 1], y[#y + 1] = 3 * bin + 1.5, (counts[bin] or 0) / (3 * #one.angles)
    end
    figure:line(x, y, { label = k == 1 and "this quench" or "known",
      color = k == 1 and "blue" or "vermillion", style = k == 1 and "solid" or "dashed" })
  end
  return figure
end

local function ring_figure(own, known)
  local figure = m.plot.figure { x = { label = "Ring size (King)" },
    y = { label = "Rings per atom" } }
  local x, range = m.array.arange(3, 10), { { 3, 10 } }
  figure:points(x - 0.1, own.rings[range], { label = "this quench", color = "blue" })
  figure:points(x + 0.1, known.rings[range], { label = "known", color = "vermillion" })
  return figure
end

local function vibration_figure(own, known)
  local figure = m.plot.figure { x = { label = "Frequency", unit = "THz", range = { 0, 20 } },
    y = { label = "States per atom", unit = "1/THz" } }
  for k, dos in ipairs { own, known } do
    local atoms = dos.total:sum() * dos.frequency[2] / 3
    figure:line(dos.frequency, dos.total / atoms, { label = k == 1 and "this quench" or "known",
      color = k == 1 and "blue" or "vermillion", style = k == 1 and "solid" or "dashed" })
  end
  return figure
end

-- Over the temperature: what the members disagree by, and functions out of range.
local function trust_figure(quench, functions)
  local figure = m.plot.figure { x = { label = "Temperature", unit = "K" },
    y = { label = "Deviation", unit = "eV/Å" } }
  figure:points(quench.temperature, quench.deviation, { size = 0.4, color = "blue" })
  local outside = m.plot.figure { x = { label = "Temperature", unit = "K" },
    y = { label = "Out of range", unit = "%" } }
  outside:points(quench.temperature, quench.extrapolations * (100 / (quench.atoms * functions)),
    { size = 0.4, color = "vermillion" })
  return m.plot.panels { figure, outside }
end

-- Mean frequency, whose error is that modes get their energies by chance, and optical peak.
local function add_vibrations(list, dos, atoms)
  local f, step = dos.frequency, dos.frequency[2]
  local spread = math.sqrt((dos.total * (f - dos:mean()) ^ 2):sum() / dos.total:sum())
  local best
  for i = 1, #f do
    if f[i] > 10 and (not best or dos.total[i] > dos.total[best]) then best = i end
  end
  list[#list + 1] = { name = "mean frequency", unit = "THz", value = dos:mean(),
    error = spread * math.sqrt(2 / (3 * atoms)) }
  list[#list + 1] = { name = "optical peak", unit = "THz", value = f[best], error = step }
end

-- ---- words --------------------------------------------------------------------------------------

local function errors_text(errors)
  return ("On %d DFT structures that training did not see it is off by %.3g meV/atom and "
    .. "%.3g eV/Å; its members disagree by %.3g eV/Å there."):format(errors.structures,
    1e3 * errors.energy, errors.force, errors.force_spread or 0)
end

local function quench_text(quench, energies)
  return ("%d atoms, cooled from %.0f to %.0f K at %.3g K/s, became a solid that lies %.3f eV/atom "
    .. "above the crystal (known structure: %.3f; the members disagree by %.3f)."):format(
    quench.atoms, quench.hot, quench.cold, quench.rate,
    energies.own.energy - energies.crystal.energy,
    energies.known.energy - energies.crystal.energy, energies.own.spread)
end

local function difference_text(words)
  if #words == 0 then
    return ("It differs from the known structure in nothing by more than %d standard errors.")
      :format(DIFFERENT)
  end
  return ("Differences from the known structure beyond %d standard errors: %s."):format(DIFFERENT,
    table.concat(words, "; "))
end

-- Means of the greatest deviation and of functions out of range, where the temperature is within.
local function record(quench, functions, from, to)
  local deviation, outside, count = 0, 0, 0
  for i = 1, #quench.time do
    if quench.temperature[i] >= from and quench.temperature[i] < to then
      deviation, count = deviation + quench.deviation[i], count + 1
      outside = outside + quench.extrapolations[i]
    end
  end
  return deviation / count, 100 * outside / (count * quench.atoms * functions)
end

local function record_text(quench, functions)
  local middle = (quench.hot + quench.cold) / 2
  local hot, hot_outside = record(quench, functions, middle, math.huge)
  local cold, cold_outside = record(quench, functions, 0, middle)
  return ("On the way the members' forces deviated by up to %.2g eV/Å at the worst atom (mean "
    .. "above %.0f K; %.2g below), and %.2g %% of the symmetry functions left the range of the "
    .. "training data (%.2g %% below)."):format(hot, middle, cold, hot_outside, cold_outside)
end

local function warn(run, done)
  if done.predict.travelled < MELTED then
    run:warn("atoms went only %.2g Å in the melt: it may not have melted "
      .. "(predict.melt, predict.hot)", done.predict.travelled)
  end
  for name, one in pairs(done.predict.energies) do
    if not one.converged then run:warn("the %s structure was not fully relaxed", name) end
  end
  for _, one in ipairs { done.predict.own, done.predict.known } do
    if math.abs(one.drift) > 1e-3 then
      run:warn("the energy drifts by %.2g eV/atom/ps without a thermostat: a shorter "
        .. "predict.timestep", one.drift)
    end
  end
end

return {
  name = "si_amorphous",
  question = "What does amorphous silicon look like when its forces come from density functional "
    .. "theory?",

  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of training and of dynamics" },
    form = P.choice { "quick", "full", default = "quick",
      help = "sets what is optional below: the README says to what" },
    sample = {
      train = P.list { P.file {}, min = 1, help = "DFT calculations to learn from" },
      test = P.list { P.file {}, min = 1, help = "held out, to judge the potential" },
      stress = P.record { { name = P.text { help = "its name in the file" },
        order = P.text { default = "xx yy zz yz xz xy" }, unit = P.text { default = "eV/Å^3" },
        positive = P.choice { "tension", "compression", default = "tension" } }, optional = true,
        help = "where the stress is not under its usual name" },
      known = P.file { help = "the amorphous structure to compare with" },
    },
    model = {
      every = P.integer { optional = true, min = 1, help = "learn from every n-th structure" },
      members = P.integer { optional = true, min = 2, help = "potentials in the committee" },
      iterations = P.integer { optional = true, min = 1 },
      cutoff = P.quantity { unit = "Å", default = "5.5 Å", min = 2 },
    },
    predict = {
      repeats = P.integer { optional = true, min = 2,
        help = "cubic cells of 8 atoms along a side" },
      hot = P.quantity { unit = "K", default = "3000 K", min = 1 },
      cold = P.quantity { unit = "K", default = "300 K", min = 1 },
      rate = P.quantity { unit = "K/s", optional = true, min = 1e9 },
      melt = P.quantity { unit = "fs", optional = true, min = 1, help = "time at the hot end" },
      hold = P.quantity { unit = "fs", optional = true, min = 1, help = "time at the cold end" },
      vibrate = P.quantity { unit = "fs", optional = true, min = 2000,
        help = "time for the density of states" },
      timestep = P.quantity { unit = "fs", default = "1.5 fs", min = 0.01, max = 10 },
      most_deviation = P.quantity { unit = "eV/Å", default = "20 eV/Å", min = 0 },
    },
    analyse = { bond = P.quantity { unit = "Å", default = "2.85 Å", min = 0 } },
  },

  stages = {
    sample = function(p)
      return { train = read(p.train, p), test = read(p.test, p), known = m.atoms.read(p.known)[1] }
    end,

    model = function(p, done, run)
      local list, every = {}, chosen(p, "every")
      for i = 1, #done.sample.train, every do list[#list + 1] = done.sample.train[i] end
      run:progress(nil, "training")
      return { structures = #list, potential = m.nnp.train(list, { cutoff = p.cutoff,
        members = chosen(p, "members"), iterations = chosen(p, "iterations"), seed = p.seed }) }
    end,

    predict = function(p, done, run)
      local potential, known = done.model.potential, done.sample.known
      local crystal = crystal_of(potential)
      local n = chosen(p, "repeats")
      local start = crystal:supercell { n, n, n }
      local quench = melt_and_quench(p, start, potential, run)
      check(quench, run)
      return { sheet = potential:sheet(done.sample.test), quench = quench,
        travelled = travelled(start, quench.melt),
        own = vibrations(p, quench.final, potential, run, "vibrate"),
        known = vibrations(p, known, potential, run, "vibrate-known"),
        energies = { crystal = relaxed_energy(crystal, potential),
          own = relaxed_energy(quench.final, potential),
          known = relaxed_energy(known, potential) } }
    end,

    analyse = function(p, done, run)
      local r, potential = done.predict, done.model.potential
      local own, known = glass.describe(r.quench.frames, p.bond),
        glass.describe({ done.sample.known }, p.bond)
      local functions = #potential.descriptors.functions
      add_vibrations(own.list, r.own.dos, r.quench.atoms)
      add_vibrations(known.list, r.known.dos, #done.sample.known)
      run:figure("rdf", rdf_figure(own, known), "Radial distribution functions.")
      run:figure("angles", angle_figure(own, known), "Angles between bonds.")
      run:figure("rings", ring_figure(own, known), "Rings by King's criterion.")
      run:figure("vibrations", vibration_figure(r.own.dos, r.known.dos),
        "Vibrational densities of states from velocities, both with this potential.")
      run:figure("quench", r.quench:plot "potential", "Potential energy on the way.")
      run:figure("trust", trust_figure(r.quench, functions),
        "What the potential knew of the way, melt at the right, solid at the left: the greatest "
          .. "deviation of the members' forces, and symmetry functions outside the range of the "
          .. "training data.")
      run:table("comparison", glass.table(own.list, known.list),
        "This quench beside the known structure; errors count atoms, bonds and rings.")
      run:table("errors", r.sheet:table(), "The potential on structures it has not seen.")
      run:answer(("%s, trained on %d structures. %s"):format(tostring(potential),
        done.model.structures, errors_text(r.sheet:errors())))
      run:answer(quench_text(r.quench, r.energies))
      run:answer(difference_text(glass.differences(own.list, known.list, DIFFERENT)))
      run:answer(record_text(r.quench, functions))
      warn(run, done)
    end,
  },
}
