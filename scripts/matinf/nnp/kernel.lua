-- Kernel models in place of networks: kernel-ridge and sparse Gaussian-process potentials.
--
--   E = sum_i sum_m alpha_m k(g_i, s_m)        k as in core/nnp/kernel.h, g scaled to variance one
--
-- The reference environments s of each element are atoms of the training structures, chosen by
-- farthest-point sampling. With rows A of energies (an atom), forces and virials (an atom),
-- residuals of the sizes rho (in units of the amplitude) and K = k(s, s) + jitter,
--
--     minimise  |(y - A alpha) / rho|^2 + alpha' K alpha
--
-- by QR of the rows: those of each kind become one triangle, to which the labels are the last
-- column, so that every choice of rho is exact and costs one QR of triangles. Which rho is best
--
--   "gp"     the likelihood says: labels are a Gaussian process whose energies of atoms have the
--            covariance amplitude^2 k, projected on s (DTC); its amplitude follows from rho
--   "ridge"  the errors of the structures held out say
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
local SMALLEST = 1e-7 -- rho
local BLOCK = 4096 -- rows that are gathered before they enter a triangle; of distances
local kinds = { "energy", "force", "virial" }
local scale = { energy = 2e-3, force = 0.1, virial = 0.02 } -- as nnp.train weighs errors

-- ---- options ------------------------------------------------------------------------------------

local defaults = { kernel = "gaussian", model = "ridge", length = 3, points = 500, power = 4,
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
    "points", "model", "validation", "seed" })
  for name, value in pairs(defaults) do
    if o[name] == nil then o[name] = value end
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
  local scaling = { mode = "sigma", low = 0, high = 1 }
  for name, list in pairs(parts) do scaling[name] = m.array.concatenate(list) end
  return scaling
end

local function scaled(set, scaling, k, x)
  local range = { set.first[k], set.first[k + 1] - 1 }
  return (x - scaling.mean[{ range }]) / scaling.sigma[{ range }]
end

-- Reference environments of each element: scaled, [points x functions].
local function choose_points(set, scaling, lists, most)
  local points = {}
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
    local range = { at, at + points[k].shape[1] - 1 }
    k_all[{ range, range }] = k_all[{ range, range }]
      + kernel_matrix(networks[symbol], points[k], points[k])
    at = at + points[k].shape[1]
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

-- Rows that become one triangle when there are many.
local function gather(t, rows)
  t.list[#t.list + 1], t.count, t.waiting = rows, t.count + rows.shape[1],
    t.waiting + rows.shape[1]
end

local function collapse(t)
  local m = require "matinf"
  local _, r = m.linalg.qr(m.array.concatenate(t.list, 1))
  t.list, t.waiting = { r }, 0
end

local function with_labels(rows, labels)
  return require "matinf".array.concatenate({ rows, labels:reshape(-1, 1) }, 2)
end

-- The rows of structures as triangles by kind, each with list = { triangle } and count; kinds
-- without labels are absent.
local function triangles(blank, structures, subset, known)
  local m, parts = require "matinf", {}
  for _, kind in ipairs(kinds) do
    if kind == "energy" or known[kind] then parts[kind] = { list = {}, count = 0, waiting = 0 } end
  end
  for _, i in pairs(subset) do
    local s = structures[i]
    local energy, forces, virial = c.kernel_rows(blank.network, s, known.force, known.virial)
    local bound, weight = data.bound_energy(known, s), math.sqrt(s.info.weight or 1)
    gather(parts.energy, with_labels(energy, m.array { bound }) * (weight / #s))
    if forces then gather(parts.force, with_labels(forces, s.forces:flatten()) * weight) end
    if virial then
      gather(parts.virial, with_labels(virial, data.virial_of(s, i)) * (weight / #s))
    end
    for _, t in pairs(parts) do
      if t.waiting >= BLOCK then collapse(t) end
    end
  end
  for _, t in pairs(parts) do collapse(t) end
  return parts
end

-- ---- the fit ------------------------------------------------------------------------------------

-- alpha, and what the likelihood needs: the triangle of all, the least sum.
local function solve(parts, prior, rho)
  local m, width = require "matinf", prior.shape[1]
  local list = { with_labels(prior:T(), m.array.zeros(width)) }
  for _, kind in ipairs(kinds) do
    if parts[kind] then list[#list + 1] = parts[kind].list[1] / rho[kind] end
  end
  local _, r = m.linalg.qr(m.array.concatenate(list, 1))
  local triangle = r[{ { 1, width }, { 1, width } }]
  local alpha = m.linalg.triangular_solve(triangle, r[{ { 1, width }, width + 1 }]:copy(),
    { lower = false })
  return alpha, triangle, r[{ width + 1, width + 1 }] ^ 2
end

local function log_sum(triangle) return triangle:diagonal():abs():log():sum() end

-- Minus the logarithm of the likelihood, and the amplitude that makes it greatest.
local function surprise(parts, prior, rho)
  local _, triangle, least = solve(parts, prior, rho)
  local n, noise = 0, 0
  for kind, t in pairs(parts) do
    n, noise = n + t.count, noise + 2 * t.count * math.log(rho[kind])
  end
  local square = least / n
  return 0.5 * (n + n * math.log(2 * math.pi * square) + noise)
    + log_sum(triangle) - log_sum(prior), math.sqrt(square)
end

-- Root mean square errors of rows by kind.
local function errors_of(parts, alpha)
  local m, errors = require "matinf", {}
  local long = m.array.concatenate { alpha, m.array { -1.0 } }
  for kind, t in pairs(parts) do
    local off = m.linalg.matmul(t.list[1], long:reshape(-1, 1))
    errors[kind] = math.sqrt(off:square():sum() / t.count)
  end
  return errors
end

local function held_out(parts, held, prior, rho)
  local sum = 0
  for kind, error in pairs(errors_of(held, (solve(parts, prior, rho)))) do
    sum = sum + (error / scale[kind]) ^ 2
  end
  return sum
end

-- The rho for which f(rho) is least: each in turn is multiplied or divided by a step that shrinks.
local function search(parts, f)
  local rho = { energy = 1e-3, force = 0.03, virial = 3e-3 }
  local best, step = f(rho), 10
  while step > 1.2 do
    local moved = false
    for _, kind in ipairs(kinds) do
      for _, factor in ipairs { step, 1 / step } do
        local old = rho[kind]
        rho[kind] = math.max(old * factor, SMALLEST)
        local now = parts[kind] and rho[kind] ~= old and f(rho) or math.huge
        if now < best then best, moved = now, true else rho[kind] = old end
      end
    end
    if not moved then step = math.sqrt(step) end
  end
  for _, kind in ipairs(kinds) do
    if not parts[kind] then rho[kind] = nil end
  end
  return rho, best
end

local function as_process(parts, prior, rho)
  local surprised, amplitude = surprise(parts, prior, rho)
  local alpha, triangle = solve(parts, prior, rho)
  local noise = {}
  for kind, ratio in pairs(rho) do noise[kind] = ratio * amplitude end
  return alpha, { factor = triangle / amplitude, prior = prior, amplitude = amplitude,
    noise = noise, log_likelihood = -surprised }
end

local function fit(o, parts, held, prior)
  if o.model == "gp" then
    local rho = search(parts, function(rho) return (surprise(parts, prior, rho)) end)
    return as_process(parts, prior, rho)
  end
  local rho = search(parts, function(rho) return held_out(parts, held, prior, rho) end)
  return (solve(parts, prior, rho)), nil, rho
end

-- ---- training -----------------------------------------------------------------------------------

-- By symbol. The root mean square distance of two environments is sqrt(2 functions), as each
-- function is scaled to variance one.
local function networks_of(set, points, o)
  local networks = {}
  for k, symbol in ipairs(set.elements) do
    networks[symbol] = { kernel = o.kernel, power = o.power, points = points[k].shape[1],
      length = o.length * math.sqrt(2 * points[k].shape[2]) }
  end
  return networks
end

local function chosen(structures, subset)
  local list = {}
  for _, i in pairs(subset) do list[#list + 1] = structures[i] end
  return list
end

--- Fits a kernel-ridge or Gaussian-process potential to structures with energies, forces, stresses.
function M.train(structures, options)
  local m, o = require "matinf", read_options(options)
  data.check(structures)
  local known = { force = data.label(structures, "forces"),
    virial = data.label(structures, "stress") }
  local train, validation = data.split(structures, o.validation, o.seed)
  if o.model == "ridge" and not validation then
    e.fail("argument", "%s: model \"ridge\" needs structures held out: validation is %g", called,
      o.validation)
  end
  local rule = require "matinf.nnp.rule"
  local list = chosen(structures, train)
  local set = (o.descriptors or rule.descriptors(structures, { cutoff = o.cutoff })):choose(list)
  known.atom_energy = data.atom_energies(structures, set.elements)
  local lists = environments(set, list)
  local scaling = scaling_of(lists)
  local points = choose_points(set, scaling, lists, o.points)
  local networks = networks_of(set, points, o)
  local prior = prior_factor(set, networks, points)
  local blank = potential_of(set, networks, points, scaling, known.atom_energy,
    m.array.zeros(prior.shape[1]))
  local parts = triangles(blank, structures, train, known)
  local held = validation and triangles(blank, structures, validation, known)
  local alpha, posterior, rho = fit(o, parts, held, prior)
  return potential_of(set, networks, points, scaling, known.atom_energy, alpha,
    { posterior = posterior, training = { structures = #train, regularisation = rho,
      validation = validation and #validation or 0, errors = errors_of(parts, alpha),
      held_errors = held and errors_of(held, alpha), messages = set.messages } })
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
    for from = 1, g and g.shape[1] or 0, BLOCK do
      local part = g[{ { from, math.min(from + BLOCK - 1, g.shape[1]) }, {} }]
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
