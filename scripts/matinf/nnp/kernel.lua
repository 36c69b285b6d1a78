-- Kernel models in place of networks: kernel-ridge and sparse Gaussian-process potentials.
--
--   E = sum_i sum_m alpha_m k(g_i, s_m)        k as in core/nnp/kernel.h, g over its range
--
-- The reference environments s of each element are atoms of the training structures, chosen by
-- farthest-point sampling. With rows A of energies (an atom), forces and virials (an atom),
-- residuals of the sizes rho (in units of the amplitude) and K = k(s, s) + jitter,
--
--     minimise  |(y - A alpha) / rho|^2 + alpha' K alpha
--
-- by QR of the rows: those of each kind enter one triangle, a few at a time, with the labels as
-- last column, so that every choice of rho is exact and costs one QR of triangles. Which rho is best
--
--   "gp"     the likelihood says, for each kind: labels are a Gaussian process whose energies of
--            atoms have the covariance amplitude^2 k, projected on s (DTC); its amplitude follows
--            from rho
--   "ridge"  the errors of structures held out say, for all kinds together, in the ratios that
--            nnp.train has; then these are fitted, too
--
-- A Gaussian process has `posterior`: factor U (covariance of alpha = (U'U)^-1), prior L (K = L L')
-- and amplitude (eV). The variance of an energy with row phi and prior variance v is
-- |U'^-1 phi|^2 + amplitude^2 (v - |L^-1 phi|^2); the second part is what the environments s cannot
-- express, so that structures far from all of them are uncertain.
-- J. Quinonero-Candela and C. E. Rasmussen, J. Mach. Learn. Res. 6, 1939 (2005); A. P. Bartok and
-- G. Csanyi, Int. J. Quantum Chem. 115, 1051 (2015).

local c = require "matinf.c.nnp"
local data = require "matinf.nnp.data"
local e = require "matinf.error"
local potential = require "matinf.nnp.potential"
local symmetry = require "matinf.descriptors.symmetry"

local M = {}

local called = "nnp.train_kernel"
local JITTER = 1e-10
local START, SMALLEST = 0.1, 1e-8 -- rho: at first, in units of scale; at least
local GAIN = 2e-3 -- less is no reason to go on: smoother potentials are safer
local TINY = 1e-12 -- of errors that are compared
local CENTERED = 24 -- functions by rule that see neighbours at all distances at once
local ROWS = 512 -- that are worked on at once
local kinds = { "energy", "force", "virial" }
local scale = { energy = 1e-3, force = 0.1, virial = 0.02 } -- as nnp.train weighs errors

-- ---- options ------------------------------------------------------------------------------------

local defaults = { kernel = "gaussian", model = "ridge", length = 4, points = 2000, power = 4,
  validation = 0.1, seed = 1 }

local function integer(o, name, most)
  if math.type(o[name]) ~= "integer" or o[name] < 1 or o[name] > most then
    e.argument(name, called, ("integer from 1 to %d"):format(most), o[name])
  end
end

local function choice(o, name, a, b)
  if o[name] ~= a and o[name] ~= b then
    e.argument(name, called, ('"%s" or "%s"'):format(a, b), o[name])
  end
end

local function read_options(options)
  local o = e.options(options, called, { "descriptors", "cutoff", "kernel", "length", "power",
    "points", "model", "validation", "seed", "progress" })
  for name, value in pairs(defaults) do
    if o[name] == nil then o[name] = value end
  end
  if o.progress ~= nil and type(o.progress) ~= "function" then
    e.argument("progress", called, "function", o.progress)
  end
  choice(o, "kernel", "gaussian", "polynomial")
  choice(o, "model", "gp", "ridge")
  integer(o, "points", 10000)
  integer(o, "power", 64)
  if math.type(o.seed) ~= "integer" then e.argument("seed", called, "integer", o.seed) end
  if type(o.length) ~= "number" or not (o.length > 0) or o.length == math.huge then
    e.argument("length", called, "positive number", o.length)
  end
  if type(o.validation) ~= "number" or not (o.validation >= 0 and o.validation < 1) then
    e.argument("validation", called, "fraction from 0 to 1", o.validation)
  end
  if o.descriptors ~= nil and getmetatable(o.descriptors) ~= symmetry.SymmetryFunctions then
    e.argument("descriptors", called, "descriptors.SymmetryFunctions", o.descriptors)
  end
  return o
end

-- ---- environments -------------------------------------------------------------------------------

-- Values of the functions of element k in a structure: array [atoms x functions], or nil.
local function values_of(set, k, structure, values)
  local own = structure.numbers:eq(set.numbers[k])
  return own:any() and values:select(own, 1)[{ {}, { 1, set.first[k + 1] - set.first[k] } }] or nil
end

-- Values of all environments of each element: list of arrays.
local function environments(set, structures)
  local m, lists = require "matinf", {}
  for k = 1, #set.elements do lists[k] = {} end
  for _, s in ipairs(structures) do
    local values = set:compute(s)
    for k = 1, #set.elements do table.insert(lists[k], values_of(set, k, s, values)) end
  end
  for k, list in ipairs(lists) do lists[k] = m.array.concatenate(list, 1) end
  return lists
end

-- min, max, mean and sigma of every function.
local function scaling_of(lists)
  local m, parts = require "matinf", { min = {}, max = {}, mean = {}, sigma = {} }
  for k, x in ipairs(lists) do
    parts.min[k], parts.max[k], parts.mean[k] = x:min(1), x:max(1), x:mean(1)
    parts.sigma[k] = ((x - parts.mean[k]):square():mean(1)):sqrt()
  end
  local scaling = { mode = "scale_center", low = 0, high = 1 }
  for name, list in pairs(parts) do scaling[name] = m.array.concatenate(list) end
  return scaling
end

local function scaled(set, scaling, k, x)
  local own = { { set.first[k], set.first[k + 1] - 1 } }
  return (x - scaling.mean[own]) / (scaling.max[own] - scaling.min[own])
end

-- Root mean square distance of two scaled environments of element k.
local function distance_of(set, scaling, k)
  local own = { { set.first[k], set.first[k + 1] - 1 } }
  local sigma = scaling.sigma[own] / (scaling.max[own] - scaling.min[own])
  return math.sqrt(2 * sigma:square():sum())
end

-- Reference environments of each element: scaled, [points x functions]. All elements may have as
-- many, as far as they have atoms.
local function choose_points(set, scaling, lists, all)
  local points, most = {}, math.max(1, all // #lists)
  for k, x in ipairs(lists) do
    local g = scaled(set, scaling, k, x)
    points[k] = g:select(c.farthest(g, math.min(most, g.shape[1])), 1)
  end
  return points
end

-- ---- kernels ------------------------------------------------------------------------------------

-- k(x, y) of the rows of two arrays.
local function kernel_matrix(network, x, y)
  local m, square = require "matinf", network.length ^ 2
  local t = m.linalg.matmul(x, y:T())
  local q, p = x:square():sum(2):reshape(-1, 1), y:square():sum(2):reshape(1, -1)
  if network.kernel == "gaussian" then
    return ((q + p - t * 2):maximum(0) * (-0.5 / square)):exp()
  end
  return ((t + square) / ((q + square) * (p + square)):sqrt()) ^ network.power
end

-- L with L L' = K, where kernels of different elements are 0.
local function prior_factor(set, networks, points)
  local m, width, at = require "matinf", 0, 1
  for _, x in ipairs(points) do width = width + x.shape[1] end
  local k_all = m.array.eye(width) * JITTER
  for k, symbol in ipairs(set.elements) do
    local n = points[k].shape[1]
    for from = 1, n, ROWS do
      local to = math.min(from + ROWS - 1, n)
      local rows, columns = { at + from - 1, at + to - 1 }, { at, at + n - 1 }
      k_all[{ rows, columns }] = k_all[{ rows, columns }]
        + kernel_matrix(networks[symbol], points[k][{ { from, to }, {} }], points[k])
    end
    at = at + n
  end
  return m.linalg.cholesky(k_all)
end

-- The potential with these weights (array over all points).
local function potential_of(set, networks, points, scaling, atom_energy, alpha, more)
  local m, parameters, at = require "matinf", {}, 1
  for k, symbol in ipairs(set.elements) do
    local n = points[k].shape[1]
    parameters[symbol] = m.array.concatenate { points[k]:flatten(),
      alpha[{ { at, at + n - 1 } }]:copy() }
    at = at + n
  end
  local fields = { descriptors = set, networks = networks, fan_in = false, length_unit = 1,
    energy_unit = 1, members = { { parameters = parameters, scaling = scaling,
      atom_energy = atom_energy } } }
  for name, value in pairs(more or {}) do fields[name] = value end
  return potential.new(fields)
end

-- ---- rows ---------------------------------------------------------------------------------------

-- Rows gathered so far enter the triangle.
local function enter(part)
  local m = require "matinf"
  local all = m.array.concatenate(part.list, 1)
  part.triangle = part.triangle or m.array.zeros(all.shape[2], all.shape[2])
  c.append(part.triangle, all, 1)
  part.list, part.waiting = {}, 0
end

-- Rows [k x points] and labels [k].
local function gather(part, rows, labels, weight)
  rows = require "matinf".array.concatenate({ rows, labels:reshape(-1, 1) }, 2) * weight
  part.list[#part.list + 1] = rows
  part.count, part.waiting = part.count + rows.shape[1], part.waiting + rows.shape[1]
  if part.waiting >= ROWS then enter(part) end
end

-- The rows, or when they were many as many as there are columns, which say the same.
local function finish(part)
  if part.triangle and part.waiting > 0 then enter(part) end
  part.rows = part.triangle and part.triangle:T():copy()
    or require "matinf".array.concatenate(part.list, 1)
  part.list, part.triangle = nil, nil
end

-- The rows of structures, with their labels as last column, by kind: rows, and count, how many they
-- stand for. Kinds without labels are absent.
local function rows_of(blank, structures, subset, known, progress)
  local m, parts = require "matinf", {}
  for _, kind in ipairs(kinds) do
    if kind == "energy" or known[kind] then parts[kind] = { list = {}, count = 0, waiting = 0 } end
  end
  for k, i in pairs(subset) do
    local s = structures[i]
    if progress then progress(k / #subset, "rows of structures") end
    local energy, forces, virial = c.kernel_rows(blank.network, s, known.force, known.virial)
    local weight = math.sqrt(s.info.weight or 1)
    gather(parts.energy, energy, m.array { data.bound_energy(known, s) }, weight / #s)
    if forces then gather(parts.force, forces, s.forces:flatten(), weight) end
    if virial then gather(parts.virial, virial, data.virial_of(s, i), weight / #s) end
  end
  for _, part in pairs(parts) do finish(part) end
  return parts
end

-- ---- the fit ------------------------------------------------------------------------------------

-- The triangle t of the rows of all sets and the prior:
--
--     t t' = sum (rows / rho)' (rows / rho) + prior prior',    t = (T 0; y' r)
--
-- so that T' alpha = y, and r^2 is the least sum of squares.
local function triangle_of(sets, prior, rho)
  collectgarbage() -- of triangles that were tried before: each may have tens of MB
  local width = prior.shape[1]
  local t = require "matinf".array.zeros(width + 1, width + 1)
  t[{ { 1, width }, { 1, width } }] = prior
  for _, parts in ipairs(sets) do
    for _, kind in ipairs(kinds) do
      if parts[kind] then c.append(t, parts[kind].rows, 1 / rho[kind]) end
    end
  end
  return t
end

-- (alpha, -1): what rows are multiplied by to give their errors. The last row of t is changed.
local function solve(sets, prior, rho)
  local m, t = require "matinf", triangle_of(sets, prior, rho)
  local n = t.shape[1]
  local right = m.array.zeros(n)
  t[{ n, n }], right[n] = 1, -1
  return m.linalg.triangular_solve(t, right, { transpose = true })
end

local function log_sum(diagonal) return diagonal:abs():log():sum() end

-- Minus the logarithm of the likelihood, and the amplitude that makes it greatest.
local function surprise(sets, prior, rho)
  local diagonal = triangle_of(sets, prior, rho):diagonal():copy()
  local least, n, noise = diagonal[#diagonal] ^ 2, 0, 0
  for _, parts in ipairs(sets) do
    for _, kind in ipairs(kinds) do
      local count = parts[kind] and parts[kind].count or 0
      n, noise = n + count, noise + 2 * count * math.log(rho[kind] or 1)
    end
  end
  local square = least / n
  return 0.5 * (n + n * math.log(2 * math.pi * square) + noise)
    + log_sum(diagonal[{ { 1, #diagonal - 1 } }]) - log_sum(prior:diagonal()), math.sqrt(square)
end

-- Root mean square errors of the rows of all sets by kind.
local function errors_of(sets, solution)
  local m, sum, count, errors = require "matinf", {}, {}, {}
  for _, parts in ipairs(sets) do
    for kind, part in pairs(parts) do
      sum[kind] = (sum[kind] or 0) + m.linalg.matmul(part.rows, solution):square():sum()
      count[kind] = (count[kind] or 0) + part.count
    end
  end
  for kind in pairs(sum) do errors[kind] = math.sqrt(sum[kind] / count[kind]) end
  return errors
end

-- What a rho is judged by: the errors of the structures held out over those with the first rho that
-- was asked for, their squares summed. So units and elements do not matter; the sum of logarithms
-- would be lured by an energy that a few structures happen to meet.
local function by_held_out(train, held, prior)
  local first
  return function(rho)
    local errors, sum = errors_of({ held }, solve({ train }, prior, rho)), 0
    first = first or errors
    for _, kind in ipairs(kinds) do
      if errors[kind] then sum = sum + (errors[kind] / math.max(first[kind], TINY)) ^ 2 end
    end
    return sum
  end
end

-- rho with those of a group multiplied by a factor; nil when one would be too small.
local function moved_by(rho, group, factor)
  local copy = {}
  for kind, value in pairs(rho) do copy[kind] = value end
  for _, kind in ipairs(group) do
    copy[kind] = copy[kind] and copy[kind] * factor
    if copy[kind] and copy[kind] < SMALLEST then return nil end
  end
  return copy
end

-- The rho for which f(rho) is least: those of each group in turn are multiplied or divided by a
-- step that shrinks.
local function search(parts, f, groups)
  local rho, step = {}, 10
  for kind in pairs(parts) do rho[kind] = START * scale[kind] end
  local best = f(rho)
  while step > 1.2 do
    local moved = false
    for _, group in ipairs(groups) do
      for _, factor in ipairs { step, 1 / step } do
        local trial = moved_by(rho, group, factor)
        local now = trial and f(trial) or math.huge
        if now < best - GAIN then rho, best, moved = trial, now, true end
      end
    end
    if not moved then step = math.sqrt(step) end
  end
  return rho
end

local function as_process(sets, prior, rho)
  local surprised, amplitude = surprise(sets, prior, rho)
  local inner, noise = { 1, prior.shape[1] }, {}
  for kind, ratio in pairs(rho) do noise[kind] = ratio * amplitude end
  local triangle = triangle_of(sets, prior, rho)[{ inner, inner }]
  return { factor = triangle:T() / amplitude, prior = prior, amplitude = amplitude, noise = noise,
    log_likelihood = -surprised }
end

-- The rho of a model; held may be nil for a Gaussian process. Few structures are held out, and few
-- of these err most: they can choose how smooth the potential is, but not what a force is worth in
-- energies.
local function regularisation(o, train, held, prior)
  if o.model == "ridge" then return search(train, by_held_out(train, held, prior), { kinds }) end
  return search(train, function(rho) return (surprise({ train }, prior, rho)) end,
    { { "energy" }, { "force" }, { "virial" } })
end

-- ---- training -----------------------------------------------------------------------------------

-- By symbol.
local function networks_of(set, scaling, points, o)
  local networks = {}
  for k, symbol in ipairs(set.elements) do
    networks[symbol] = { kernel = o.kernel, power = o.power, points = points[k].shape[1],
      length = o.length * distance_of(set, scaling, k) }
  end
  return networks
end

-- Weights from all structures, with what the labels of those held out say of them; the errors of
-- these are from weights without them.
local function fit(o, blank, structures, known, prior)
  local train, validation = data.split(structures, o.validation, o.seed)
  local sets = { rows_of(blank, structures, train, known, o.progress) }
  sets[2] = validation and rows_of(blank, structures, validation, known, o.progress)
  if o.progress then o.progress(nil, "regularisation") end
  local rho = regularisation(o, sets[1], sets[2], prior)
  local held = sets[2] and errors_of({ sets[2] }, solve({ sets[1] }, prior, rho))
  local solution = solve(sets, prior, rho)
  return solution[{ { 1, prior.shape[1] } }], {
    posterior = o.model == "gp" and as_process(sets, prior, rho) or nil,
    training = { structures = #structures, validation = validation and #validation or 0,
      regularisation = rho, errors = errors_of(sets, solution), held_errors = held } }
end

--- Fits a kernel-ridge or Gaussian-process potential to structures with energies, forces, stresses.
function M.train(structures, options)
  local m, o = require "matinf", read_options(options)
  data.check(structures, called)
  local known = { force = data.label(structures, "forces"),
    virial = data.label(structures, "stress") }
  if o.model == "ridge" and o.validation * #structures < 1 then
    e.fail("argument", "%s: model \"ridge\" needs structures held out: validation is %g of %d",
      called, o.validation, #structures)
  end
  local set = o.descriptors or require "matinf.nnp.rule".descriptors(structures,
    { cutoff = o.cutoff, centered = CENTERED })
  known.atom_energy = data.atom_energies(structures, set.elements)
  set = set:choose(structures)
  local lists = environments(set, structures)
  local scaling = scaling_of(lists)
  local points = choose_points(set, scaling, lists, o.points)
  local networks = networks_of(set, scaling, points, o)
  local prior = prior_factor(set, networks, points)
  local blank = potential_of(set, networks, points, scaling, known.atom_energy,
    m.array.zeros(prior.shape[1]))
  local alpha, more = fit(o, blank, structures, known, prior)
  more.training.messages = set.messages
  return potential_of(set, networks, points, scaling, known.atom_energy, alpha, more)
end

-- ---- uncertainty --------------------------------------------------------------------------------

-- The prior variance of the energy of a structure over amplitude^2: the sum of k over all pairs of
-- atoms of one element.
local function prior_variance(self, structure)
  local set, sum = self.descriptors, 0
  local values = set:compute(structure)
  for k, symbol in ipairs(set.elements) do
    local x = values_of(set, k, structure, values)
    local g = x and scaled(set, self.members[1].scaling, k, x)
    for from = 1, g and g.shape[1] or 0, ROWS do
      local part = g[{ { from, math.min(from + ROWS - 1, g.shape[1]) }, {} }]
      sum = sum + kernel_matrix(self.networks[symbol], part, g):sum()
    end
  end
  return sum
end

--- The standard deviation of the energy (eV) that a Gaussian process predicts, without noise.
function M.deviation(self, structure)
  local solve_triangle = require "matinf".linalg.triangular_solve
  local p = self.posterior
  local phi = c.kernel_rows(self.network, structure, false, false):flatten()
  local known = solve_triangle(p.factor, phi, { lower = false, transpose = true })
  local expressed = solve_triangle(p.prior, phi)
  local rest = prior_variance(self, structure) - expressed:dot(expressed)
  return math.sqrt(known:dot(known) + p.amplitude ^ 2 * math.max(rest, 0))
end

return M
