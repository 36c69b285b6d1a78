-- Training of potentials.
--
--   gauss-newton   all residuals at once: (J'J + lambda diag J'J + prior) step = J'r, with lambda
--                  raised until the sum of squares falls (Levenberg and Marquardt)
--   kalman         one energy or force component after the other, as n2p2 does (nnp/kalman.lua)
--
-- A residual counts in units of energy_scale (eV/atom), force_scale (eV/Å), stress_scale (eV/atom
-- of the virial). The parameters with the lowest sum of squares on the validation structures are
-- kept; each member of a committee has others of these, so that none is lost to all. With
-- `checkpoint` every iteration is stored, and training that was interrupted goes on with the same
-- bits.

local c = require "matinf.c.nnp"
local data = require "matinf.nnp.data"
local e = require "matinf.error"
local names = require "matinf.names"
local potential = require "matinf.nnp.potential"
local store = require "matinf.store"
local symmetry = require "matinf.descriptors.symmetry"

local M = {}

local ROWS = 12 -- rows of J that enter J'J, for each parameter
local EASE, HARDEN = 0.3, 4 -- of the damping, after steps that went well or not
local LEAST = 0.04 -- with less, early steps wander, and every second one must be taken again

local called = "nnp.train"
local options_of_train = { "descriptors", "cutoff", "hidden", "activation", "validation", "seed",
  "members", "method", "iterations", "patience", "energy_scale", "force_scale", "stress_scale",
  "prior", "memory", "checkpoint", "kalman" }

-- ---- options ------------------------------------------------------------------------------------

local defaults = { validation = 0.1, seed = 1, members = 1, method = "gauss-newton", patience = 10,
  energy_scale = 1e-3, force_scale = 0.1, stress_scale = 0.02, prior = 1, memory = 270,
  activation = "tanh" }
local iterations_of = { ["gauss-newton"] = 40, kalman = 20 }
local letters = { tanh = "t", softplus = "p", logistic = "s", gaussian = "g" }

local function positive(o, name)
  if type(o[name]) ~= "number" or not (o[name] > 0) or o[name] == math.huge then
    e.argument(name, called, "positive number", o[name])
  end
end

local function count(o, name, most)
  if math.type(o[name]) ~= "integer" or o[name] < 1 or o[name] > most then
    e.argument(name, called, ("integer from 1 to %d"):format(most), o[name])
  end
end

local function read_options(options)
  local o = e.options(options, called, options_of_train)
  for name, value in pairs(defaults) do
    if o[name] == nil then o[name] = value end
  end
  if not iterations_of[o.method] then
    e.argument("method", called, '"gauss-newton" or "kalman"', o.method)
  end
  o.iterations = o.iterations or iterations_of[o.method]
  for _, name in ipairs { "energy_scale", "force_scale", "stress_scale", "prior" } do
    positive(o, name)
  end
  count(o, "iterations", 1000000)
  count(o, "patience", 1000000)
  count(o, "members", 64)
  if math.type(o.seed) ~= "integer" then e.argument("seed", called, "integer", o.seed) end
  if type(o.memory) ~= "number" or not (o.memory >= 0 and o.memory <= 1e9) then
    e.argument("memory", called, "MB from 0 to 1e9", o.memory)
  end
  if o.checkpoint ~= nil and type(o.checkpoint) ~= "string" then
    e.argument("checkpoint", called, "path", o.checkpoint)
  end
  if type(o.validation) ~= "number" or not (o.validation >= 0 and o.validation < 1) then
    e.argument("validation", called, "fraction from 0 to 1", o.validation)
  end
  if not letters[o.activation] then
    e.argument("activation", called, '"tanh", "softplus", "logistic" or "gaussian"', o.activation)
  end
  local set = o.descriptors
  if set ~= nil and getmetatable(set) ~= symmetry.SymmetryFunctions then
    e.argument("descriptors", called, "descriptors.SymmetryFunctions", set)
  end
  o.hidden = o.hidden or { 20, 20 }
  if type(o.hidden) ~= "table" then e.argument("hidden", called, "list of widths", o.hidden) end
  for _, width in ipairs(o.hidden) do
    if math.type(width) ~= "integer" or width < 1 then
      e.argument("hidden", called, "list of positive integers", width)
    end
  end
  o.memory = math.floor(o.memory * 1e6)
  return o
end

-- ---- what is trained ----------------------------------------------------------------------------

-- The functions whose values differ in the data; the others carry nothing and cannot be scaled.
local function pruned(structures, set, o)
  local networks = potential.shape_rows(set, M.networks_of(set, o), false)
  local all = data.make(structures, set, networks, o)
  local low, high, mean, sigma = c.training_ranges(all.handle, all.all)
  local keep = {}
  local function varies(k)
    return high[k] - low[k] > 1e-6 * math.max(math.abs(high[k]), math.abs(low[k]))
  end
  for k = 1, #low do
    if varies(k) then keep[#keep + 1] = k end
  end
  if #keep == 0 then
    e.fail("data", "nnp.train: no symmetry function varies in these structures")
  end
  if #keep == #low then
    return set, all, { min = low, max = high, mean = mean, sigma = sigma }, 0
  end
  local smaller = symmetry.filtered(set, varies)
  local again = potential.shape_rows(smaller, M.networks_of(smaller, o), false)
  return smaller, data.make(structures, smaller, again, o), { min = low:select(keep),
    max = high:select(keep), mean = mean:select(keep), sigma = sigma:select(keep) }, #low - #keep
end

--- Hidden layers and letters of activation for every element.
function M.networks_of(set, o)
  local networks = {}
  for _, symbol in ipairs(set.elements) do
    local activation = {}
    for l = 1, #o.hidden do activation[l] = letters[o.activation] end
    activation[#o.hidden + 1] = "l"
    networks[symbol] = { hidden = o.hidden, activation = activation }
  end
  return networks
end

-- Weights of member k drawn with variance 1 / inputs, biases 0.
local function first_parameters(set, networks, seed, k)
  local m = require "matinf"
  local rng, parts = m.random.generator { seed = seed, stage = "nnp.weights", item = k }, {}
  for i, symbol in ipairs(set.elements) do
    local widths = { set.first[i + 1] - set.first[i] }
    for l, width in ipairs(networks[symbol].hidden) do widths[l + 1] = width end
    widths[#widths + 1] = 1
    for l = 1, #widths - 1 do
      parts[#parts + 1] = rng:normal(widths[l] * widths[l + 1]) * (1 / math.sqrt(widths[l]))
      parts[#parts + 1] = m.array.zeros(widths[l + 1])
    end
  end
  return m.array.concatenate(parts)
end

-- ---- Gauss-Newton -------------------------------------------------------------------------------

-- What residuals of energies, forces and virials are multiplied by.
local function factors_of(set, o)
  return { 1 / o.energy_scale, set.has_forces and 1 / o.force_scale or 0,
    set.has_virial and 1 / o.stress_scale or 0 }
end

-- The share of atoms whose forces enter J'J: it is drawn anew for every step and needs a few times
-- more rows than there are parameters, while the gradient is always that of all forces.
local function share_of(set, parameters)
  local atoms = 0
  for _, i in pairs(set.train) do atoms = atoms + #set.structures[i] end
  return math.min(1, ROWS * parameters / (3 * atoms))
end

-- One step that lowers the sum of squares; returns the errors then, nil when no damping helps.
local function gauss_newton(set, o, state)
  local w = state.parameters
  local factors = factors_of(set, o)
  factors[4] = share_of(set, #w)
  c.training_parameters(set.handle, w)
  local sum, gradient = c.training_squares(set.handle, set.train, factors, state.iteration)
  sum = sum + o.prior * w:dot(w)
  gradient = gradient - w * o.prior
  for _ = 1, 12 do
    local step = c.training_step(set.handle, gradient, state.lambda, o.prior)
    local trial = step and w + step
    c.training_parameters(set.handle, trial or w)
    local errors = trial and data.errors(set, set.train, factors)
    if errors and errors.sum + o.prior * trial:dot(trial) < sum then
      state.lambda = math.max(state.lambda * EASE, LEAST)
      state.parameters = trial
      return errors
    end
    state.lambda = state.lambda * HARDEN
  end
  c.training_parameters(set.handle, w)
end

-- ---- the loop -----------------------------------------------------------------------------------

local function note(state, train, held)
  local row = { energy = train.energy, force = train.force, virial = train.virial }
  if held then
    row.held_energy, row.held_force, row.held_virial = held.energy, held.force, held.virial
  end
  state.curve[#state.curve + 1] = row
end

-- Errors after an iteration; the best parameters so far are remembered.
local function judge(set, o, state, train)
  local held = set.validation and data.errors(set, set.validation, factors_of(set, o))
  note(state, train, held)
  local now = (held or train).sum
  if now ~= now then e.fail("numeric", "nnp.train: the errors are no longer numbers") end
  if now < state.best then
    state.best, state.best_at = now, state.iteration
    state.best_parameters = c.training_parameters(set.handle)
  end
end

-- What a checkpoint must agree with to be continued.
local function key_of(structures, set, o)
  local function numbers(array) return table.concat(array:flatten():totable(), " ") end
  local parts = { numbers(set.functions) }
  for _, s in ipairs(structures) do
    for _, name in ipairs { "positions", "cell", "forces", "stress" } do
      if s[name] then parts[#parts + 1] = name .. numbers(s[name]) end
    end
    parts[#parts + 1] = ("%.17g %s"):format(s.energy, tostring(s.info.weight))
  end
  for _, name in ipairs { "method", "validation", "energy_scale", "force_scale", "stress_scale",
    "prior", "activation" } do
    parts[#parts + 1] = name .. "=" .. tostring(o[name])
  end
  for _, name in ipairs(names(o.kalman or {})) do
    parts[#parts + 1] = name .. "=" .. tostring(o.kalman[name])
  end
  parts[#parts + 1] = table.concat(o.hidden, "-")
  return require "matinf".hash.blake2b(table.concat(parts, "\n"))
end

local function start(networks, functions, o, k)
  return { iteration = 0, lambda = LEAST, best = math.huge, best_at = 0, curve = {},
    parameters = first_parameters(functions, networks, o.seed, k), stuck = false }
end

local function advance(set, o, state, filter)
  state.iteration = state.iteration + 1
  local errors
  if filter then
    filter:epoch(state.iteration)
    state.parameters = c.training_parameters(set.handle)
  else
    errors = gauss_newton(set, o, state)
    state.stuck = not errors
  end
  judge(set, o, state, errors or data.errors(set, set.train, factors_of(set, o)))
end

local function over(state, o)
  return state.stuck or state.iteration >= o.iterations
    or state.iteration - state.best_at >= o.patience
end

-- Member k of a committee.
local function train_member(structures, functions, networks, set, o, k)
  local seed = o.seed + k - 1
  local path = o.checkpoint and ("%s.%d.h5"):format(o.checkpoint, seed)
  local key = path and key_of(structures, functions, o) .. ("-%d-%d"):format(o.seed, k)
  local kept = path and require "matinf".sys.exists(path) and store.read(path)
  local state = kept and kept.key == key and kept.state or start(networks, functions, o, k)
  set.train, set.validation = data.split(structures, o.validation, o.seed, k)
  c.training_parameters(set.handle, state.parameters)
  local filter = o.method == "kalman"
    and require "matinf.nnp.kalman".new(set, o.kalman, seed, state.filter)
  while not over(state, o) do
    advance(set, o, state, filter)
    if path then
      state.filter = filter and filter:to_store()
      store.write(path, { key = key, state = state })
    end
  end
  return state
end

-- The parameters as a map by symbol.
local function by_symbol(set, networks, parameters)
  local map, at = {}, 1
  for i, symbol in ipairs(set.elements) do
    local n, inputs = 0, set.first[i + 1] - set.first[i]
    for _, width in ipairs(networks[symbol].hidden) do
      n, inputs = n + (inputs + 1) * width, width
    end
    n = n + inputs + 1
    map[symbol] = parameters[{ { at, at + n - 1 } }]:copy()
    at = at + n
  end
  return map
end

--- Trains a potential, or a committee, on structures with energies, forces and stresses.
function M.train(structures, options)
  local o = read_options(options)
  data.check(structures, called)
  local functions, set, ranges, dropped = pruned(structures,
    o.descriptors or require "matinf.nnp.rule".descriptors(structures, { cutoff = o.cutoff }), o)
  local networks = M.networks_of(functions, o)
  c.training_scale(set.handle, ranges.mean, ranges.sigma ^ -1, ranges.mean * 0)
  local members, curves = {}, {}
  for k = 1, o.members do
    local state = train_member(structures, functions, networks, set, o, k)
    local scaling = { mode = "sigma", low = 0, high = 1 }
    for name, values in pairs(ranges) do scaling[name] = values end
    members[k] = { parameters = by_symbol(functions, networks, state.best_parameters),
      scaling = scaling, atom_energy = set.atom_energy,
      normalisation = { mean_energy = 0, conv_energy = 1 / set.energy_spread, conv_length = 1 } }
    curves[k] = { best_at = state.best_at, rows = state.curve }
  end
  return potential.new { descriptors = functions, networks = networks, members = members,
    fan_in = false, length_unit = 1, energy_unit = 1,
    training = { curves = curves, pruned = dropped, structures = #set.train,
      validation = set.validation and #set.validation or 0 } }
end

return M
