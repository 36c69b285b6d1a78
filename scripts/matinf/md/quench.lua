-- The class md.Quench: a structure is melted, cooled at a rate and held, at a constant pressure.
--
-- Every part (the melt, equal steps of temperature, the hold) is an md.Run that starts where the
-- one before ended. Thermostat and barostat have no memory of their own, so that parts in a row are
-- one run. A caller may keep parts: it gives a function that calls, or knows, their results.

local arguments = require "matinf.arguments"
local dynamics = require "matinf.md.run"
local e = require "matinf.error"
local store = require "matinf.store"

local M = {}
local Quench = store.class("md.Quench", {
  nxdata = { signal = "temperature", axes = { "time" }, units = dynamics.Run.nxdata.units } })

local called = "md.quench"
local MOST_PARTS = 99
local series = { "temperature", "potential", "kinetic", "pressure", "volume", "deviation",
  "extrapolations" }
local own = { "hot", "cold", "rate", "melt", "hold", "parts", "frames", "seed", "part", "progress" }
local passed = { "potential", "pressure", "timestep", "stop", "rescue", "thermostat_time",
  "barostat_time", "compressibility", "shape" }

local function known_options()
  local list = table.move(own, 1, #own, 1, {})
  return table.move(passed, 1, #passed, #own + 1, list)
end

local function read(options)
  local given = e.options(options, called, known_options())
  local defaults = { hot = 3000, cold = 300, rate = 1e13, melt = 10000, hold = 5000, timestep = 1 }
  for name, default in pairs(defaults) do
    given[name] = arguments.positive(given[name], name, called, default)
  end
  if given.hot <= given.cold then
    e.argument("cold", called, ("temperature below hot (%g K)"):format(given.hot), given.cold)
  end
  for name, default in pairs { parts = 9, frames = 20 } do
    given[name] = arguments.positive_integer(given[name], name, called, default)
  end
  if given.parts > MOST_PARTS then
    e.argument("parts", called, ("1 to %d"):format(MOST_PARTS), given.parts)
  end
  given.pressure, given.seed = given.pressure or 0, given.seed or 1
  if math.type(given.seed) ~= "integer" then e.argument("seed", called, "integer", given.seed) end
  for _, name in ipairs { "part", "progress" } do
    if given[name] ~= nil and type(given[name]) ~= "function" then
      e.argument(name, called, "function", given[name])
    end
  end
  return given
end

-- { name, temperature (K, one or from and to), time (fs) } of every part.
local function plan(given)
  local step = (given.hot - given.cold) / given.parts
  local list = { { name = "melt", temperature = given.hot, time = given.melt } }
  for k = 1, given.parts do
    list[k + 1] = { name = ("cool-%02d"):format(k), time = step / given.rate * 1e15,
      temperature = { given.hot - (k - 1) * step, given.hot - k * step } }
  end
  list[#list + 1] = { name = "hold", temperature = given.cold, time = given.hold }
  return list
end

-- Options of md.run for part number k.
local function options_of(given, part, k, done, total)
  local steps = math.max(1, math.floor(part.time / given.timestep + 0.5))
  local o = { temperature = part.temperature, steps = steps, every = math.max(1, steps // 50),
    seed = given.seed * (MOST_PARTS + 2) + k, velocities = k == 1 and "draw" or "keep",
    frames_every = part.name == "hold" and math.max(1, steps // given.frames) or nil }
  for _, name in ipairs(passed) do o[name] = given[name] end
  if given.progress then
    o.progress = function(fraction)
      given.progress((done + fraction * part.time) / total, part.name)
    end
  end
  return o
end

-- Adds what a part sampled to the lists; its first sample is the last one of the part before.
local function append(result, run, from)
  for i = from == 0 and 1 or 2, #run.time do
    table.insert(result.time, from + run.time[i])
    for _, name in ipairs(series) do table.insert(result[name], run[name][i]) end
  end
end

local function finished(result, run)
  for _, name in ipairs(series) do result[name] = require "matinf".array(result[name]) end
  result.time = require "matinf".array(result.time)
  result.frames, result.final = run.frames, run.final
  result.reason, result.why = run.reason, run.why
  return setmetatable(result, Quench)
end

--- Melts, cools and holds a structure.
function M.quench(structure, options)
  structure = arguments.structure(structure, "structure", called)
  local given = read(options)
  local parts, total, done = plan(given), 0, 0
  for _, part in ipairs(parts) do total = total + part.time end
  local keep = given.part or function(_, f) return f() end
  local result = { time = {}, hot = given.hot, cold = given.cold, rate = given.rate,
    timestep = given.timestep, atoms = #structure }
  for _, name in ipairs(series) do result[name] = {} end
  local run
  for k, part in ipairs(parts) do
    local start, o = run and run.final or structure, options_of(given, part, k, done, total)
    run = keep(part.name, function() return dynamics.run(start, o) end)
    if getmetatable(run) ~= dynamics.Run then
      e.argument("part", called, "function that returns the md.Run it calls", run)
    end
    append(result, run, done)
    done = done + o.steps * given.timestep
    if part.name == "melt" then result.melt = run.final end
    if run.reason ~= "finished" then break end
  end
  return finished(result, run)
end

--- A figure of a quantity, the temperature by default, over time.
function Quench:plot(name) return dynamics.plot(self, name, "md.Quench:plot") end

function Quench:__tostring()
  local n = #self.time
  return ("%d atoms, %.4g ps in steps of %g fs, %.3g K/s: %s at %.0f K, %.5g Å^3/atom%s"):format(
    self.atoms, self.time[n] / 1000, self.timestep, self.rate, self.reason, self.temperature[n],
    self.volume[n] / self.atoms, self.why == "" and "" or "\n  " .. self.why)
end

M.Quench = Quench
return M
