-- Which potential do these DFT calculations give, and how far can it be believed?
--
-- sample    reads structures with energies, forces, perhaps stresses
-- describe  the symmetry functions          model    kernels, or a committee of networks
-- predict   structures that were held out: a test set, or every tenth
-- analyse   errors by configuration type, parity, a crystal, an answer with honest errors

local m, P = require "matinf", require "matinf.recipe.parameter"
local e = require "matinf.error"

local HELD_OUT = 10 -- without a test set every tenth structure is one

local function every(list, n)
  local chosen = {}
  for i = 1, #list, n do chosen[#chosen + 1] = list[i] end
  return chosen
end

local function read(files, p)
  local list = {}
  local stress = p.stress and { p.stress.name, order = p.stress.order, unit = p.stress.unit,
    positive = p.stress.positive }
  for _, file in ipairs(files) do
    local some = m.atoms.read(file, { require = { "energy", "forces" }, stress = stress or nil })
    table.move(some, 1, #some, #list + 1, list)
  end
  return every(list, p.every)
end

local function split(list)
  local train, test = {}, {}
  for i, s in ipairs(list) do table.insert(i % HELD_OUT == 0 and test or train, s) end
  if #test == 0 then
    e.fail("data", "sample.train: at least %d structures expected, got %d", HELD_OUT, #list)
  end
  return { train = train, test = test }
end

-- ---- words --------------------------------------------------------------------------------------

local function with_error(value, error)
  if error ~= error then return ("%.3g"):format(value) end
  return ("%.3g ± %.2g"):format(value, error)
end

local function errors_text(errors)
  return ("On %d structure%s that training did not see the energies are off by %s meV/atom and the "
    .. "force components by %s eV/Å (root mean squares)."):format(errors.structures,
    errors.structures == 1 and "" or "s",
    with_error(1e3 * errors.energy, 1e3 * errors.energy_error),
    with_error(errors.force, errors.force_error))
end

local function range_text(sheet)
  local out, all = #sheet.extrapolation.frames, #sheet.types
  return out == 0 and "All of them lie within the range of the training data." or
    ("%d of these %d leave the range of the training data, where errors say little."):format(out,
    all)
end

-- Whether training had come to rest; best_at is the iteration whose parameters were kept.
local function unfinished(training, iterations)
  for _, curve in ipairs(training.curves) do
    if curve.best_at == #curve.rows and #curve.rows >= iterations then return true end
  end
  return false
end

-- ---- training -----------------------------------------------------------------------------------

local train = {}

function train.kernel(p, structures, functions, run)
  if #structures < HELD_OUT then
    e.fail("data", "sample.train: at least %d structures expected (the kernels are judged by a tenth "
      .. "of them, held out), %d are left: see sample.every", HELD_OUT, #structures)
  end
  return { potential = m.nnp.train_kernel(structures, { descriptors = functions,
    points = p.points, seed = p.seed,
    progress = function(fraction, what) run:progress(fraction, what) end }) }
end

function train.network(p, structures, functions)
  local potential = m.nnp.train(structures, { descriptors = functions, hidden = p.hidden,
    iterations = p.iterations, members = p.members, seed = p.seed, memory = p.memory,
    energy_scale = p.energy_scale, force_scale = p.force_scale })
  return { potential = potential, unfinished = unfinished(potential.training, p.iterations) }
end

-- ---- tables and figures -------------------------------------------------------------------------

local function learning_figure(training)
  local fig = m.plot.figure { x = { label = "Iteration" },
    y = { label = "RMSE of force components", unit = "eV/Å", log = true } }
  for k, curve in ipairs(training.curves) do
    local x, seen, held = {}, {}, {}
    for i, row in ipairs(curve.rows) do x[i], seen[i], held[i] = i, row.force, row.held_force end
    fig:line(x, seen, { label = k == 1 and "training" or nil, color = "blue" })
    if #held > 0 then
      fig:line(x, held, { label = k == 1 and "validation" or nil, color = "vermillion",
        style = "dashed" })
    end
  end
  return fig
end

local function show(run, sheet, training)
  run:figure("energies", sheet:plot "energies", "Held-out energies.")
  run:figure("forces", sheet:plot "forces", "Held-out force components.")
  if training.curves then
    run:figure("learning", learning_figure(training), "Learning curves.")
  end
  run:table("errors", sheet:table(), "Errors on held-out structures by configuration type; an "
    .. "error's own error comes from its differences between structures.")
  if #sheet.extrapolation.rows > 0 then
    run:table("extrapolation", sheet.extrapolation:table(),
      "Symmetry functions in which held-out structures leave the range of the training data.")
  end
  if sheet.solids then
    run:figure("volume", sheet:plot "volume", "Energy of the crystal over its volume.")
    run:table("crystal", sheet:properties(), "The crystal, relaxed with the potential.")
  end
end

return {
  name = "nnp_train",
  question = "Which potential do these DFT calculations give, and how far can it be believed?",

  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the validation split; first weights" },
    sample = {
      train = P.list { P.file {}, min = 1, help = "of any format that atoms.read knows" },
      test = P.list { P.file {}, min = 1, optional = true,
        help = "structures held out; without them every tenth of the others is" },
      every = P.integer { default = 1, min = 1, help = "take every n-th structure" },
      stress = P.record { { name = P.text { help = "its name in the file" },
        order = P.text { default = "xx yy zz yz xz xy" },
        unit = P.text { default = "eV/Å^3" },
        positive = P.choice { "tension", "compression", default = "tension" } }, optional = true,
        help = "where the stress is not under its usual name" },
    },
    describe = {
      cutoff = P.quantity { unit = "Å", min = 0, optional = true,
        help = "without it the radius that holds 32 neighbours" },
      radial = P.integer { default = 10, min = 1, help = "radial functions a neighbour element" },
      angular = P.integer { default = 48, min = 0,
        help = "angular functions a pair of these, a multiple of 8" },
      centered = P.integer { default = 24, min = 0,
        help = "likewise, that see neighbours at all distances at once" },
    },
    model = {
      kind = P.choice { "kernel", "network", default = "kernel",
        help = "kernel: errs less and trains sooner; network: evaluates three times as fast" },
      points = P.integer { default = 2000, min = 1, max = 10000,
        help = "kernel: reference environments, shared by the elements" },
      hidden = P.list { P.integer { min = 1 }, min = 1, default = { 20, 20 },
        help = "network: widths of the hidden layers" },
      iterations = P.integer { default = 40, min = 1, help = "network: of each member" },
      members = P.integer { default = 4, min = 1, help = "network: potentials in the committee" },
      energy_scale = P.quantity { unit = "eV", default = "1e-3 eV", help = "network: an atom" },
      force_scale = P.quantity { unit = "eV/Å", default = "0.1 eV/Å", help = "network" },
      memory = P.number { default = 270, min = 1, help = "network: MB for kept descriptors" },
    },
    predict = {
      crystal = P.file { optional = true, help = "for E(V), elastic constants and phonons" },
    },
  },

  stages = {
    sample = function(p)
      local train = read(p.train, p)
      if not p.test then return split(train) end
      return { train = train, test = read(p.test, p) }
    end,

    describe = function(p, done)
      return { functions = m.nnp.descriptors(done.sample.train,
        { cutoff = p.cutoff, radial = p.radial, angular = p.angular, centered = p.centered }) }
    end,

    model = function(p, done, run)
      return train[p.kind](p, done.sample.train, done.describe.functions, run)
    end,

    predict = function(p, done)
      local crystal = p.crystal and m.atoms.read(p.crystal)[1] or nil
      return { sheet = done.model.potential:sheet(done.sample.test, { crystal = crystal }) }
    end,

    analyse = function(_, done, run)
      local sheet, model = done.predict.sheet, done.model
      local errors = sheet:errors()
      show(run, sheet, model.potential.training)
      run:value("energy_error", errors.energy)
      run:value("force_error", errors.force)
      run:answer(tostring(model.potential) .. ".")
      run:answer(errors_text(errors))
      run:answer(range_text(sheet))
      if errors.force_spread then
        run:answer(("The members of the committee disagree by %.3g eV/Å about these forces.")
          :format(errors.force_spread))
      end
      if model.unfinished then
        run:warn("training was still improving when it stopped: more model.iterations would help")
      end
      if sheet.solids and not sheet.solids[1].converged then
        run:warn("the crystal could not be relaxed with this potential")
      end
    end,
  },
}
