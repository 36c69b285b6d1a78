-- How closely can a neural network stand for a classical potential?
--
-- sample    silicon cells, strained and rattled, labelled by Stillinger and Weber's potential
-- model     trains on some               predict  the others, and the crystal of both potentials
-- analyse   errors beside the spread of the labels, E(V), elastic constants, phonons

local m, P = require "matinf", require "matinf.recipe.parameter"

-- A cell of eight atoms whose strain and displacements are random; i numbers it.
local function cell(p, i, rng)
  local strain = {}
  for k = 1, 6 do strain[k] = p.strain * (2 * rng:uniform() - 1) end
  local sigma = p.rattle * rng:uniform()
  return m.atoms.bulk("Si", "diamond", { a = p.lattice, cubic = true }):strain(strain)
    :rattle { sigma = math.max(sigma, 1e-3), seed = p.seed * 100000 + i }
end

-- Root mean square of the force components: what a potential that says 0 would be off by.
local function force_scale(sheet)
  local forces = sheet.forces[{ {}, 1 }]:copy()
  return math.sqrt(forces:dot(forces) / #forces)
end

local function answer(sheet)
  local errors, scale = sheet:errors(), force_scale(sheet)
  return ("On %d cells that training did not see the network is off by %.3g ± %.1g meV/atom and "
    .. "%.3g ± %.1g eV/Å (root mean squares); the force components themselves are %.3g eV/Å, "
    .. "so %.2g %% of them is missed."):format(errors.structures, 1e3 * errors.energy,
    1e3 * errors.energy_error, errors.force, errors.force_error, scale, 100 * errors.force / scale)
end

local function solid_text(sheet)
  local own, taught = sheet.solids[1], sheet.solids[2]
  if not own.converged then return "Its crystal does not relax: it is useless for the solid." end
  return ("The crystal's bulk modulus is %.4g GPa, against %.4g GPa of its teacher; "
    .. "its volume differs by %.2g %%."):format(own.bulk, taught.bulk,
    100 * math.abs(own.volume / taught.volume - 1))
end

return {
  name = "nnp_distill",
  question = "How closely can a neural network stand for a classical potential?",

  parameters = {
    seed = P.integer { default = 1, min = 0, help = "of the cells and of the training" },
    sample = {
      cells = P.integer { default = 80, min = 10, help = "of eight atoms" },
      held_out = P.integer { default = 20, min = 2, help = "further cells, to compare on" },
      lattice = P.quantity { unit = "Å", default = "5.431 Å", min = 0 },
      strain = P.number { default = 0.03, min = 0, max = 0.3, help = "of each component, at most" },
      rattle = P.quantity { unit = "Å", default = "0.12 Å", min = 0,
        help = "standard deviation of displacements, at most" },
    },
    describe = {
      cutoff = P.quantity { unit = "Å", default = "4 Å", min = 0,
        help = "the teacher's is 3.77 Å" },
      radial = P.integer { default = 8, min = 1 },
      angular = P.integer { default = 24, min = 0, help = "a multiple of 8" },
    },
    model = {
      hidden = P.list { P.integer { min = 1 }, min = 1, default = { 12 } },
      iterations = P.integer { default = 25, min = 1 },
      energy_scale = P.quantity { unit = "eV", default = "1e-3 eV", help = "an atom" },
      force_scale = P.quantity { unit = "eV/Å", default = "0.05 eV/Å" },
    },
  },

  stages = {
    sample = function(p, _, run)
      local teacher, train, test = m.potentials.stillinger_weber(), {}, {}
      for i = 1, p.cells + p.held_out do
        local list = i <= p.cells and train or test
        list[#list + 1] = teacher:label(cell(p, i, run:generator(i)))
      end
      return { train = train, test = test }
    end,

    describe = function(p, done)
      return { functions = m.nnp.descriptors(done.sample.train,
        { cutoff = p.cutoff, radial = p.radial, angular = p.angular }) }
    end,

    model = function(p, done)
      return { potential = m.nnp.train(done.sample.train, { descriptors = done.describe.functions,
        hidden = p.hidden, iterations = p.iterations, seed = p.seed, energy_scale = p.energy_scale,
        force_scale = p.force_scale }) }
    end,

    predict = function(_, done)
      return { sheet = done.model.potential:sheet(done.sample.test, {
        crystal = m.atoms.bulk("Si", "diamond", { a = 5.431 }),
        reference = m.potentials.stillinger_weber() }) }
    end,

    analyse = function(_, done, run)
      local sheet = done.predict.sheet
      run:figure("forces", sheet:plot "forces", "Force components of the held-out cells.")
      run:figure("energies", sheet:plot "energies", "Energies of the held-out cells.")
      run:figure("volume", sheet:plot "volume", "Energy of the crystal over its volume.")
      run:table("errors", sheet:table(), "Errors on the held-out cells.")
      run:table("crystal", sheet:properties(),
        "The relaxed crystal by the network (potential) and by Stillinger and Weber (reference).")
      run:value("energy_error", sheet:errors().energy)
      run:value("force_error", sheet:errors().force)
      run:answer(tostring(done.model.potential) .. ".")
      run:answer(answer(sheet))
      run:answer(solid_text(sheet))
    end,
  },
}
