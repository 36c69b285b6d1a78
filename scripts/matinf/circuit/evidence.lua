-- Evidence of circuits: the class Evidence, and the estimates for a list that select.lua shows.
--
-- The residuals are normal with standard deviation noise times 1 / weight (modulus: noise is
-- relative). It is known, or freedom noise^2 / s^2 is chi-square distributed with `freedom` degrees
-- of freedom beforehand; without a stated noise it is that of the Lin-KK test, with FREEDOM.

local c = require "matinf.c.circuit"
local e = require "matinf.error"
local fits = require "matinf.circuit.fit"
local priors = require "matinf.circuit.prior"
local store = require "matinf.store"
local tree = require "matinf.circuit.tree"

local M = {}
local Evidence = store.class("circuit.Evidence", {})

local FREEDOM = 10

-- Of core/circuit/evidence.h, from 0.
local faults = { [0] = "sound", "a parameter is not determined", "a parameter is near a bound",
  "not normal", "several modes" }

-- ---- what is assumed ---------------------------------------------------------------------------

local function positive(options, name, called, infinite)
  local value = options[name]
  if value == nil then return end
  local fine = type(value) == "number" and value > 0 and (infinite or value < math.huge)
  if not fine then e.argument(name, called, "positive number", value) end
  return value
end

--- Noise and freedom of the weighted residuals, from options of these names or the Lin-KK test.
function M.noise(f, z, options, called)
  local noise = positive(options, "noise", called)
  local freedom = positive(options, "freedom", called, true)
  if noise then return noise, freedom or math.huge end
  if options.weight == "sigma" then return 1, freedom or math.huge end
  if options.admittance or (options.weight or "modulus") ~= "modulus" then
    e.fail("argument", "'%s' needs the option noise with weight = \"%s\"%s: the standard deviation"
      .. " of the weighted residuals", called, options.weight or "modulus",
      options.admittance and " of the admittance" or "")
  end
  return c.kk(f, z, { choice = "bic" }).noise, freedom or FREEDOM
end

local kernel = { "weight", "admittance", "starts", "seed", "draws", "exchange", "replicas",
  "burn_in", "sweeps" }

--- The kernel's table of arrays for circuits (with codes and lengths), with the prior and noise.
--- values: starts [n x width], NaN where there is none.
function M.estimate(circuits, codes, lengths, f, z, sigma, options, values, called)
  local prior = priors.make(circuits, options.prior,
    options.window or priors.window { { frequency = f, impedance = z } }, called)
  local noise, freedom = M.noise(f, z, options, called)
  local o = { noise = noise, freedom = freedom, sigma = sigma }
  for _, name in ipairs(kernel) do o[name] = options[name] end
  local found = c.evidence(codes, lengths, f, z, o, prior.lower, prior.upper, values)
  found.noise, found.freedom, found.prior = noise, freedom, prior.stated
  return found
end

-- A number of an estimate, or nil where it was not made.
local function number(array, i)
  local value = array[i]
  if value == value then return value end
end

--- The estimates of circuit number i by name.
function M.row(found, i)
  local fault = faults[math.tointeger(found.fault[i])]
  return { laplace = number(found.laplace, i), laplace_fault = fault ~= "sound" and fault or nil,
    log_evidence = number(found.importance, i),
    log_evidence_error = number(found.importance_error, i),
    effective = number(found.effective, i), exchange = number(found.exchange, i),
    exchange_error = number(found.exchange_error, i), integrated = number(found.integrated, i),
    integrated_error = number(found.integrated_error, i), waic = number(found.waic, i),
    wbic = number(found.wbic, i), modes = math.tointeger(found.modes[i]),
    symmetries = math.tointeger(found.symmetries[i]) }
end

-- ---- one circuit -------------------------------------------------------------------------------

local valid = { "weight", "admittance", "starts", "seed", "draws", "exchange", "replicas",
  "burn_in", "sweeps", "noise", "freedom", "prior" }

--- The evidence of a circuit, by Laplace's approximation, importance sampling and, unless
--- exchange = false, exchange Monte Carlo.
function M.evidence(circuit, spectrum, options)
  local called = "circuit.evidence"
  circuit = tree.circuit(circuit, "circuit", called)
  options = e.options(options, called, valid)
  if options.exchange == nil then options.exchange = true end
  local array = require "matinf".array
  local f, z, sigma = fits.unpack(spectrum, called)
  sigma = options.weight == "sigma" and sigma and array.concatenate { sigma, sigma } or nil
  local found = M.estimate({ circuit }, array.array({ circuit.code }, { dtype = "i32" }),
    array.array({ #circuit.code }, { dtype = "i32" }), f, z, sigma, options, nil, called)
  local self = M.row(found, 1)
  self.circuit, self.values, self.ssr = circuit, found.values[{ 1 }]:copy(), found.ssr[1]
  self.names, self.samples = circuit.names, found.samples
  self.noise, self.freedom, self.prior = found.noise, found.freedom, found.prior
  return setmetatable(self, Evidence)
end

function Evidence.to_store(self)
  local plain = {}
  for name, value in pairs(self) do plain[name] = value end
  return plain
end

function Evidence:__tostring()
  local lines = { ("%s: log evidence"):format(tostring(self.circuit)) }
  local function add(label, value, err, note)
    if not value then return end
    lines[#lines + 1] = ("  %-22s %.3f%s%s"):format(label, value,
      err and (" +- %.3f"):format(err) or "", note and "  (" .. note .. ")" or "")
  end
  add("Laplace", self.laplace, nil, self.laplace_fault and "not to be used: " .. self.laplace_fault)
  add("importance sampling", self.log_evidence, self.log_evidence_error)
  add("exchange Monte Carlo", self.exchange, self.exchange_error)
  add("  integrated", self.integrated, self.integrated_error)
  if self.waic then lines[#lines + 1] = ("  WAIC %.2f, WBIC %.2f"):format(self.waic, self.wbic) end
  lines[#lines + 1] = ("  noise %.3g%s"):format(self.noise,
    self.freedom < math.huge and (", with %g degrees of freedom"):format(self.freedom) or ", known")
  lines[#lines + 1] = "  prior: " .. priors.text(self.prior)
  return table.concat(lines, "\n")
end

M.Evidence = Evidence
return M
