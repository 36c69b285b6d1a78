-- Molecular dynamics: options, the loop over samples, checkpoints, and the class md.Run.
--
-- A run advances in the kernel from one sample to the next. What is sampled are columns of numbers;
-- frames are structures. The state of the kernel and everything sampled so far make a checkpoint;
-- a run that finds one goes on from it with the bits of a run that was never interrupted.

local c = require "matinf.c.md"
local e = require "matinf.error"
local store = require "matinf.store"
local arguments = require "matinf.arguments"
local trajectory = require "matinf.md.trajectory"

local M = {}
local Run = store.class("md.Run", {
  nxdata = { signal = "temperature", axes = { "time" },
    units = { time = "fs", temperature = "K", potential = "eV", kinetic = "eV", total = "eV",
      conserved = "eV", pressure = "GPa", volume = "angstrom^3", deviation = "eV/angstrom" } } })

local GPA = 160.2176634 -- of 1 eV/Å^3
local called = "md.run"

local options_of_run = { "potential", "ensemble", "thermostat", "barostat", "shape", "temperature",
  "pressure", "timestep", "time", "steps", "thermostat_time", "barostat_time", "compressibility",
  "chain", "velocities", "seed", "skin", "every", "frames_every", "frame", "trajectory", "stop",
  "checkpoint", "checkpoint_every", "rescue", "progress", "most_move" }

local columns = { "time", "temperature", "potential", "kinetic", "conserved", "pressure", "volume",
  "deviation", "extrapolations" }

-- ---- options ------------------------------------------------------------------------------------

-- Pairs { time, value } from a number, two numbers (from, to), or pairs.
local function schedule(value, name, duration, scale)
  local function number(x)
    if type(x) ~= "number" then
      e.argument(name, called, "number, { from, to } or list of { time, number }", x)
    end
    return x
  end
  if type(value) ~= "table" or #value == 0 then return { { 0, number(value) * scale } } end
  if type(value[1]) == "table" then
    local pairs_ = {}
    for i, pair in ipairs(value) do
      if type(pair) ~= "table" then number(pair) end
      pairs_[i] = { number(pair[1]), number(pair[2]) * scale }
    end
    return pairs_
  end
  if #value ~= 2 then number(value) end
  return { { 0, number(value[1]) * scale }, { duration, number(value[2]) * scale } }
end

local function positive_integer(given, name, default)
  return arguments.positive_integer(given[name], name, called, default)
end

-- Number of steps from steps or time (fs).
local function steps_of(given, timestep)
  if (given.steps == nil) == (given.time == nil) then
    e.argument("steps", called, "steps or time (fs), one of them", given.steps)
  end
  if given.time == nil then return positive_integer(given, "steps") end
  local steps = arguments.number(given.time, "time", called) / timestep
  if not (steps > 0 and steps < 1e9) then
    e.argument("time", called, "1 to 1e9 steps of time", given.time)
  end
  return math.max(1, math.floor(steps + 0.5))
end

local function choice(given, name, valid, default)
  local value = given[name]
  if value == nil then return default end
  for _, known in ipairs(valid) do
    if value == known then return value end
  end
  e.argument(name, called, '"' .. table.concat(valid, '", "') .. '"', value)
end

-- Thermostat and barostat of the ensemble.
local function ensemble_of(given)
  local ensemble = choice(given, "ensemble", { "nve", "nvt", "npt" },
    given.pressure ~= nil and "npt" or "nvt")
  local barostat = ensemble == "npt" and choice(given, "barostat", { "scr", "mtk" }, "scr")
    or "none"
  local usual = barostat == "mtk" and "nose-hoover" or "csvr"
  local thermostat = ensemble ~= "nve" and
    choice(given, "thermostat", { "csvr", "langevin", "nose-hoover" }, usual) or "none"
  return ensemble, thermostat, barostat
end

local function rules_of(stop)
  local rules = e.options(stop, called .. ": stop", { "deviation", "extrapolations" })
  return rules.deviation or math.huge, rules.extrapolations or math.huge
end

-- The options of the kernel.
local function kernel_options(given, duration)
  local _, thermostat, barostat = ensemble_of(given)
  local deviation, extrapolations = rules_of(given.stop)
  return {
    timestep = given.timestep, thermostat = thermostat, barostat = barostat, shape = given.shape,
    temperature = schedule(given.temperature or 300, "temperature", duration, 1),
    pressure = schedule(given.pressure or 0, "pressure", duration, 1 / GPA),
    thermostat_time = given.thermostat_time, barostat_time = given.barostat_time,
    compressibility = given.compressibility and
      arguments.number(given.compressibility, "compressibility", called) * GPA,
    chain = given.chain, seed = given.seed, skin = given.skin, most_move = given.most_move,
    most_deviation = deviation, most_extrapolations = extrapolations,
    draw = choice(given, "velocities", { "draw", "keep" }, "keep") == "draw",
  }
end

-- ---- frames and samples -------------------------------------------------------------------------

-- The structure with everything as it is now.
local function frame_of(handle, like)
  local now = c.frame(handle)
  local structure = like:copy()
  structure.positions, structure.velocities, structure.forces = now.positions, now.velocities,
    now.forces
  local observed = c.observe(handle)
  structure.energy, structure.info.time = now.energy, observed.time
  if like:volume() then structure.cell, structure.stress = now.cell, observed.stress end
  return structure
end

local function sample(handle, list)
  local now = c.observe(handle)
  now.pressure = now.pressure * GPA
  for _, name in ipairs(columns) do
    list[name] = list[name] or {}
    list[name][#list[name] + 1] = now[name]
  end
  return now
end

-- ---- checkpoints --------------------------------------------------------------------------------

-- What must be the same for a checkpoint to be of this run.
local function identity(structure, given, steps)
  local function sum(value) return require "matinf".hash.tree(store.to_store(value)) end
  local parts = { tostring(steps), sum(structure), sum(given.potential) }
  for _, name in ipairs { "ensemble", "thermostat", "barostat", "shape", "timestep", "seed",
    "every", "frames_every", "trajectory", "velocities", "thermostat_time", "barostat_time",
    "compressibility", "chain" } do
    parts[#parts + 1] = name .. "=" .. tostring(given[name])
  end
  for _, name in ipairs { "temperature", "pressure" } do
    for _, pair in ipairs(schedule(given[name] or 0, name, 1, 1)) do
      parts[#parts + 1] = ("%s=%.17g,%.17g"):format(name, pair[1], pair[2])
    end
  end
  return table.concat(parts, " ")
end

local function read_checkpoint(path, who)
  if not path or not require "matinf".sys.exists(path) then return nil end
  local saved = store.read(path)
  if saved.identity ~= who then
    e.at(path, nil, nil, "the checkpoint is of another run: remove it, or name another file")
  end
  return saved
end

-- Lists become arrays, so that large ones are stored quickly.
local function packed(list)
  local result = {}
  for name, values in pairs(list) do result[name] = require "matinf".array(values) end
  return result
end

local function unpacked(arrays)
  local result = {}
  for name, values in pairs(arrays) do result[name] = values:totable() end
  return result
end

-- ---- the run ------------------------------------------------------------------------------------

-- A run in progress: given options, steps done, lists of samples and frames.
local Loop = {}
Loop.__index = Loop

local function begin(structure, options)
  local given = e.options(options, called, options_of_run)
  given.timestep = arguments.number(given.timestep, "timestep", called, 1)
  if given.timestep <= 0 then
    e.argument("timestep", called, "positive number of fs", given.timestep)
  end
  if given.potential == nil then e.argument("potential", called, "potential", nil) end
  local steps = steps_of(given, given.timestep)
  local who = given.checkpoint and identity(structure, given, steps)
  local saved = read_checkpoint(given.checkpoint, who)
  for _, hook in ipairs { "frame", "progress" } do
    if given[hook] ~= nil and type(given[hook]) ~= "function" then
      e.argument(hook, called, "function", given[hook])
    end
  end
  local loop = setmetatable({ given = given, structure = structure, steps = steps, who = who,
    every = positive_integer(given, "every", 10),
    frames_every = positive_integer(given, "frames_every", steps),
    checkpoint_every = positive_integer(given, "checkpoint_every", 1000),
    done = saved and saved.done or 0, frames = saved and saved.frames or {},
    samples = saved and unpacked(saved.samples) or {} }, Loop)
  loop.handle = c.begin(structure, given.potential, kernel_options(given, steps * given.timestep),
    saved and saved.state)
  if given.trajectory then
    loop.trajectory = trajectory.open(given.trajectory, saved and saved.written, called)
  end
  if not saved then loop:observe() end
  return loop
end

-- The next step at which something is to be done.
function Loop:next()
  local function following(every) return (self.done // every + 1) * every end
  local next_ = math.min(following(self.every), following(self.frames_every), self.steps)
  return self.given.checkpoint and math.min(next_, following(self.checkpoint_every)) or next_
end

function Loop:observe()
  if self.done % self.every == 0 then self.last = sample(self.handle, self.samples) end
  if self.done % self.frames_every == 0 and self.given.frames_every then
    local frame = frame_of(self.handle, self.structure)
    if self.given.frame then self.given.frame(frame, self.done)
    elseif self.trajectory then self.trajectory:append(frame)
    else self.frames[#self.frames + 1] = frame end
  end
end

function Loop:save()
  if not self.given.checkpoint or self.done % self.checkpoint_every ~= 0 then return end
  store.write(self.given.checkpoint, { identity = self.who, done = self.done, frames = self.frames,
    written = self.trajectory and self.trajectory.length, samples = packed(self.samples),
    state = c.state(self.handle) })
end

-- Explodes: the frame is saved and an error says what happened.
function Loop:rescue(why)
  local path = self.given.rescue or "md-stopped.h5"
  store.write(path, frame_of(self.handle, self.structure))
  e.fail("numeric", "the run stopped at step %d: %s; this frame is in '%s'",
    c.observe(self.handle).step, why, path)
end

function Loop:advance()
  local target = self:next()
  local stop, why = c.advance(self.handle, target - self.done)
  self.done = c.observe(self.handle).step
  if stop == "exploded" then self:rescue(why) end
  if not stop then self:observe() end
  if self.given.progress then self.given.progress(self.done / self.steps, "dynamics") end
  return stop, why
end

function Loop:result(stop, why)
  local given, list = self.given, packed(self.samples)
  local ensemble, thermostat, barostat = ensemble_of(given)
  local run = list
  run.total = list.potential + list.kinetic
  run.frames, run.final = self.frames, frame_of(self.handle, self.structure)
  run.ensemble, run.thermostat, run.barostat = ensemble, thermostat, barostat
  run.steps, run.timestep, run.atoms = self.done, given.timestep, #self.structure
  run.reason, run.why = stop or "finished", why or ""
  if stop and not self.trajectory then run.frames[#run.frames + 1] = run.final end
  return setmetatable(run, Run)
end

--- Molecular dynamics of a structure.
function M.run(structure, options)
  local loop = begin(structure, options)
  local stop, why
  while loop.done < loop.steps and not stop do
    stop, why = loop:advance()
    if not stop then loop:save() end
  end
  local result = loop:result(stop, why)
  if loop.trajectory then
    if stop then loop.trajectory:append(result.final) end
    loop.trajectory:close()
  end
  return result
end

-- ---- results ------------------------------------------------------------------------------------

--- A table.Table of what was sampled.
function Run:table()
  local list = {}
  local units = { time = "fs", temperature = "K", potential = "eV", kinetic = "eV",
    conserved = "eV", pressure = "GPa", volume = "Å^3", deviation = "eV/Å" }
  for i, name in ipairs(columns) do
    list[i] = { name = name, unit = units[name], values = self[name] }
  end
  return require "matinf".table.new(list)
end

--- A figure of what a run, or several in a row, sampled.
function M.plot(self, name, who)
  name = name or "temperature"
  local unit = type(name) == "string" and Run.nxdata.units[name]
  if not e.is_a(self[name], "matinf.array") or name == "time" then
    e.argument("name", who, '"temperature", "potential", "pressure", ...', name)
  end
  local figure = require "matinf".plot.figure { x = { label = "Time", unit = "ps" },
    y = { label = name:gsub("^%l", string.upper), unit = unit and unit:gsub("angstrom", "Å") } }
  figure:line(self.time / 1000, self[name])
  return figure
end

--- A figure of a sampled quantity, the temperature by default, over time.
function Run:plot(name) return M.plot(self, name, "md.Run:plot") end

--- Mean and standard error of a sampled quantity from the time `from` (fs) on.
function Run:mean(name, from)
  local values, kept = self[name], {}
  from = arguments.number(from, "from", "md.Run:mean", 0)
  if not e.is_a(values, "matinf.array") or #values ~= #self.time then
    e.argument("name", "md.Run:mean", "name of what is sampled, such as temperature", name)
  end
  for i, time in pairs(self.time) do
    if time >= from then kept[#kept + 1] = values[i] end
  end
  if #kept == 0 then e.argument("from", "md.Run:mean", "time within the run", from) end
  return M.block_mean(kept)
end

-- Mean of a series and its standard error by blocks (Flyvbjerg and Petersen): pairs are averaged
-- until the error no longer grows; the greatest that at least 16 blocks show.
function M.block_mean(list)
  local sum = 0
  for _, x in ipairs(list) do sum = sum + x end
  local mean, error_ = sum / #list, 0 / 0
  while #list >= 16 do
    local square = 0
    for _, x in ipairs(list) do square = square + (x - mean) ^ 2 end
    local this = math.sqrt(square / (#list * (#list - 1)))
    error_ = error_ ~= error_ and this or math.max(error_, this)
    local halves = {}
    for i = 1, #list - 1, 2 do halves[#halves + 1] = (list[i] + list[i + 1]) / 2 end
    list = halves
  end
  return mean, error_
end

function Run:__tostring()
  local lines = { ("%s dynamics of %d atoms: %d steps of %g fs, %s"):format(self.ensemble:upper(),
    self.atoms, self.steps, self.timestep, self.reason) }
  if self.why ~= "" then lines[#lines + 1] = "  " .. self.why end
  local half = self.time[-1] / 2
  for _, row in ipairs { { "temperature", "K" }, { "potential", "eV" }, { "pressure", "GPa" },
    { "volume", "Å^3" } } do
    local mean, error_ = self:mean(row[1], half)
    if mean == mean then
      lines[#lines + 1] = ("  %-12s %12.6g +- %.2g %s (second half)"):format(row[1], mean, error_,
        row[2])
    end
  end
  return table.concat(lines, "\n")
end

M.Run = Run
return M
