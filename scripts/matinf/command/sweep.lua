-- `matinf sweep`: runs a recipe for many values, in several processes, resumably.
local usage = [[
matinf sweep RECIPE key=values [key=values ...] [key=value ...] [options]
matinf sweep FOLDER [options]           go on with the sweep in FOLDER

Runs a recipe once for each point. RECIPE and key=value are those of `matinf run`; one key or more
has several values:

  key=1,2,3  key=choice(a,b)         these
  key=range(4,8,1)                   4, 5, 6, 7: the end is left out; range(stop), range(start,stop)
  key=linspace(4 Å, 6 Å, 5)          five from 4 Å to 6 Å
  key=logspace(-6,-2,5)              five from 1e-6 to 1e-2
  key=glob(data/*.csv)               every file that matches, from the current folder
  key=interval(0.5,2)                anything between; interval(1e-6,1e-2,log) for magnitudes
  seed=range(1,11)                   the seed is a parameter as any other: ten replicates; their
                                     mean and standard deviation are shown and in replicates.csv

Which values go together:
  --sampler grid     every combination (default)      list     the first ones, the second ones, ...
            random   --n points                       lhs      --n points, Latin hypercube
            sobol    --n points, and more of them keep the earlier ones
  --n COUNT --seed NUMBER            points and seed of the sampler (seed 1)
  --dry-run                          list the points, run nothing

How they run:
  --jobs N             workers at a time (1); each uses (cores / N) threads
  --on-failure continue|stop         what a failing point means for the others (continue)
  --retry N            try a failing point N more times (0)
  --timeout SECONDS    end a point that takes longer; it has failed
  --out FOLDER         the sweep's folder (sweeps/NAME-HASH, the same for the same command)
  --quiet              no status line
  --trust              run the recipe's code with all your rights (matinf run --help)
  --launcher slurm     write FOLDER/slurm.sh, a job array, and submit it
      --tasks N        of the array (8); --jobs is for each of them
      --slurm OPTIONS  more for sbatch: --slurm partition=short,time=2:00:00
  --launcher mpi       mpirun -np 4 matinf sweep ... --launcher mpi

The same command again continues, and so does FOLDER alone: finished points stay, failed ones are
tried again, more values for a key add points. Several processes and machines that see the folder
share the points.
FOLDER/points/ID is the run of a point, ID the hash of its parameters; FOLDER/results.csv and .h5
have a row for each, with what the recipe gives as run:value (an interrupted sweep, too: those not
done are "open"); FOLDER/figures/summary.svg shows it, FOLDER/replicates.csv has mean and standard
deviation of points that differ in their seed alone.

Exit code: 0 all points finished, 1 some failed, 2 wrong usage or configuration, 130 interrupted.

  matinf sweep xps_peaks model.peaks=1,2,3,4 seed=1,2,3 --jobs 2
  matinf sweep xps_peaks 'sample.file=glob(data/*.csv)' --dry-run
]]

local flags = { "dry-run", "quiet", "trust" }
local named = { "sampler", "n", "seed", "jobs", "on-failure", "retry", "timeout", "out", "launcher",
  "tasks", "slurm", "share" }

local function e() return require "matinf.error" end

-- ---- options ------------------------------------------------------------------------------------

local function number(options, name, least, otherwise)
  if options[name] == nil then return otherwise end
  local value = tonumber(options[name])
  if name ~= "timeout" then value = math.tointeger(value) end
  if not value or not (value >= least) or value == math.huge then
    e().fail("usage", "--%s: %s >= %d expected, got '%s'", name,
      name == "timeout" and "seconds" or "integer", least, options[name])
  end
  return value
end

local function choice(options, name, choices)
  local value = options[name] or choices[1]
  for _, one in ipairs(choices) do
    if one == value then return value end
  end
  e().fail("usage", "--%s: one of %s expected, got '%s'%s", name, table.concat(choices, ", "),
    value, e().hint(value, choices))
end

local function share_of(text)
  local task, tasks = (text or "1/1"):match "^(%d+)/(%d+)$"
  task, tasks = tonumber(task), tonumber(tasks)
  if not task or task < 1 or task > tasks then
    e().fail("usage", "--share: task/tasks such as 3/8 expected, got '%s'", text)
  end
  return { task = task, tasks = tasks }
end

-- The folder of a sweep as a target stands for what was told then.
local function recall(given)
  local told = require "matinf.sweep.plan".command(given.target)
  if not told then return end
  if given.overrides[1] or given.sampler or given.n or given.seed or given.out then
    local shell = require "matinf.recipe.arguments".shell
    e().fail("usage", "sweep: '%s' goes on as it is: other values need the recipe, `matinf sweep "
      .. "%s ... --out %s`", given.target, shell { told.target }, shell { given.target })
  end
  for name, value in pairs(told) do given[name] = value end
end

local function read_options(arguments)
  local given = require "matinf.recipe.arguments".parse(arguments, "sweep", flags, named)
  recall(given)
  local sampler = require "matinf.sweep.sampler"
  return { target = given.target, overrides = given.overrides, out = given.out,
    dry_run = given["dry-run"], quiet = given.quiet, trust = given.trust, slurm = given.slurm,
    sampler = choice(given, "sampler", sampler.names), n = number(given, "n", 1),
    seed = number(given, "seed", 0, 1), jobs = number(given, "jobs", 1, 1),
    tasks = number(given, "tasks", 1, 8), retry = number(given, "retry", 0, 0),
    timeout = number(given, "timeout", 0), share = share_of(given.share),
    on_failure = choice(given, "on-failure", { "continue", "stop" }),
    launcher = choice(given, "launcher", { "local", "slurm", "mpi" }),
    wait = given.share == nil }
end

-- ---- what it does -------------------------------------------------------------------------------

local function list_points(plan)
  for _, point in ipairs(plan.points) do
    local words = {}
    for i, one in ipairs(plan.swept) do
      words[i] = ("%s=%s"):format(one.key, point.cells[i])
    end
    io.write(point.id, "  ", table.concat(words, "  "), "\n")
  end
  io.stderr:write(("%d points of recipe %s, in %s\n"):format(#plan.points, plan.recipe,
    plan.folder))
end

-- The command that goes on with a sweep, as a user would type it.
local function again(plan, options)
  local words = { "matinf", "sweep", plan.folder }
  local function add(name, value, usual)
    if value == usual then return end
    words[#words + 1] = "--" .. name
    if value ~= true then words[#words + 1] = tostring(value) end
  end
  add("jobs", options.jobs, 1)
  add("retry", options.retry, 0)
  add("timeout", options.timeout, nil)
  add("on-failure", options.on_failure, "continue")
  add("trust", options.trust, nil)
  return require "matinf.recipe.arguments".shell(words)
end

-- The tables of what is done; why they cannot be written does not hide how to go on.
local function end_early(plan, points, interrupted)
  local written, reason = pcall(require "matinf.sweep.results".write_tables, plan, points)
  if not written then io.stderr:write("matinf: ", tostring(reason), "\n") end
  error(interrupted, 0)
end

-- Runs what is open; writes and shows the results when nothing is (or another one will).
local function run_points(plan, options)
  local results = require "matinf.sweep.results"
  local counts, points, interrupted = require "matinf.sweep.pool".run(plan, options)
  if interrupted then end_early(plan, points, interrupted) end
  local left = #plan.points - counts.done - counts.failed
  if options.share.task == 1 or left == 0 then
    local written = results.write(plan, points)
    if not options.quiet then
      io.write(results.summary(plan, written))
    elseif counts.failed > 0 then
      io.stderr:write(table.concat(results.failures(plan, written.results), "\n"), "\n")
    end
  end
  return counts.failed > 0 and 1 or 0
end

local function submit(plan, options)
  local cluster = require "matinf.sweep.cluster"
  options.tasks = math.min(options.tasks, #plan.points)
  local job = cluster.submit(plan, options)
  print(("Slurm job %s: %d tasks for %d points; %s/slurm.sh"):format(job, options.tasks,
    #plan.points, plan.folder))
  print "The same command without --launcher slurm helps on, waits, and shows the results."
end

local function sweep(arguments)
  local options = read_options(arguments)
  local plan_of = require "matinf.sweep.plan"
  if options.target:find "/plans/%x+%.yaml$" then
    local plan = plan_of.read(options.target)
    options.again = again(plan, options)
    return run_points(plan, options)
  end
  local plan = plan_of.make(options)
  options.again = again(plan, options)
  if options.dry_run then return list_points(plan) end
  if options.launcher == "mpi" then
    options.share = require "matinf.sweep.cluster".rank()
    options.wait = options.share.task == 1
    options.quiet = options.quiet or options.share.task > 1
  end
  plan_of.write(plan, options)
  if options.launcher == "slurm" then return submit(plan, options) end
  return run_points(plan, options)
end

return {
  summary = "run a recipe for many values",
  usage = usage,
  run = function(arguments)
    if arguments[1] ~= "--worker" then return sweep(arguments) end
    require "matinf.sweep.worker".main(require "matinf".yaml.load(io.read "a"))
  end,
}
