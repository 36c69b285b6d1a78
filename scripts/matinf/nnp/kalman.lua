-- Epochs of the Kalman filter, after n2p2 (Singraber et al., J. Chem. Theory Comput. 15, 3075
-- (2019)): energies of all training structures and a fraction of their force components, in an
-- order drawn at random. A force component is taken only when its error exceeds `threshold` times
-- the root mean square of the last epoch, or is the worst of `trials`. Errors count in units of the
-- spreads of energies and forces, as with n2p2's normalised data.

local c = require "matinf.c.nnp"
local data = require "matinf.nnp.data"
local e = require "matinf.error"

local M = {}
local Filter = {}
Filter.__index = Filter

local defaults = { epsilon = 0.01, q0 = 0.01, qtau = 2.302, qmin = 1e-6, eta = 0.01,
  etatau = 2.302, etamax = 1, force_weight = 10, force_fraction = 0.02315, threshold = 1,
  trials = 3 }

--- The filter for a set of training data; kept is what to_store gave.
function M.new(set, options, seed, kept)
  local names = {}
  for name in pairs(defaults) do names[#names + 1] = name end
  local o = e.options(options, "nnp.train", names)
  for name, value in pairs(defaults) do
    if o[name] == nil then o[name] = value end
  end
  local n = #c.training_parameters(set.handle)
  local self = setmetatable({ set = set, o = o, seed = seed, kernel = c.kalman(n, o.epsilon),
    updates = kept and kept.updates or 0 }, Filter)
  if kept then c.kalman_matrix(self.kernel, kept.matrix) end
  return self
end

function Filter:to_store()
  return { updates = self.updates, matrix = c.kalman_matrix(self.kernel) }
end

-- A force component of a training structure: structure, atom, x.
local function draw_component(self, rng)
  local i = self.set.train[rng:integer(nil, { high = #self.set.train })]
  local atom = rng:integer(nil, { high = #self.set.structures[i] })
  return i, atom, rng:integer(nil, { high = 3 })
end

-- Noise falls and the step rises exponentially, by their rates for each epoch.
local function schedule(self, per_epoch)
  local o, epochs = self.o, self.updates / per_epoch
  local q = math.max(o.q0 * math.exp(-o.qtau * epochs), o.qmin)
  local eta = math.min(o.eta * math.exp(o.etatau * epochs), o.etamax)
  return q, 1 / eta
end

local function learn_energy(self, i, q, r)
  c.training_look(self.set.handle, i)
  c.kalman_update(self.set.handle, self.kernel, nil, 0, 1 / self.set.energy_spread,
    r, q)
end

local function learn_force(self, rng, limit, q, r)
  local handle, worst, at, atom, x = self.set.handle, -1, nil, nil, nil
  for _ = 1, self.o.trials do
    local i, a, axis = draw_component(self, rng)
    c.training_look(handle, i)
    local missing = math.abs(c.training_force(handle, a, axis))
    if missing > worst then worst, at, atom, x = missing, i, a, axis end
    if missing > limit then break end
  end
  c.training_look(handle, at)
  c.kalman_update(handle, self.kernel, atom, x,
    self.o.force_weight / self.set.force_spread, r, q)
end

--- One epoch; number counts them from 1.
function Filter:epoch(number)
  local m, set, o = require "matinf", self.set, self.o
  local rng = m.random.generator { seed = self.seed, stage = "nnp.kalman", item = number }
  local components = 0
  for _, i in pairs(set.train) do components = components + 3 * #set.structures[i] end
  local forces = set.has_forces and math.floor(components * o.force_fraction + 0.5) or 0
  local energies = #set.train
  local order = rng:permutation(energies + forces)
  local limit = forces > 0 and o.threshold * data.errors(set, set.train).force or 0
  local sequence, next_energy = rng:permutation(energies), 0
  for _, task in pairs(order) do
    local q, r = schedule(self, energies + forces)
    if task <= energies then
      next_energy = next_energy + 1
      learn_energy(self, set.train[sequence[next_energy]], q, r)
    else
      learn_force(self, rng, limit, q, r)
    end
    self.updates = self.updates + 1
  end
end

return M
