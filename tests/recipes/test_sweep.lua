-- Sweeps end to end: results, resume, failures, sharing, Ctrl-C, SIGKILL, cluster engines.
-- Study: tests/data/recipes/square, which can fail, hang and crash at one x.
local lu = require "luaunit"
local m = require "matinf"
local support = require "tests.support"
local store = require "matinf.store"

local host = support.host
local in_folder = support.in_folder
local recipe = m.sys.realpath "tests/data/recipes/square"
local soak = os.getenv "MATINF_SOAK"

local function command(...) return { host, "sweep", recipe, "--out", "s", ... } end

local function sweep(folder, ...)
  local argv = command(...)
  argv.folder, argv.timeout = folder, 120
  return m.sys.spawn(argv)
end

local function start(folder, ...)
  local argv = command(...)
  argv.folder = folder
  return m.sys.start(argv)
end

local function rows(folder)
  local lines, text = {}, m.sys.read(folder .. "/s/results.csv")
  for line in text:gmatch "[^\r\n]+" do lines[#lines + 1] = line end
  return lines
end

local function statuses(folder)
  local counts = { finished = 0, failed = 0, open = 0 }
  for i, line in ipairs(rows(folder)) do
    local status = line:match "%a+$"
    if i > 1 then counts[status] = counts[status] + 1 end
  end
  return counts
end

-- How often each point was started, from the journals.
local function starts(folder)
  local count = {}
  for _, name in ipairs(m.sys.list(folder .. "/s/journal")) do
    for id in m.sys.read(folder .. "/s/journal/" .. name):gmatch "start (%x+)" do
      count[id] = (count[id] or 0) + 1
    end
  end
  return count
end

local function wait_until(condition, seconds)
  local deadline = m.sys.time() + (seconds or 30)
  while not condition() do
    if m.sys.time() > deadline then error "waited too long" end
    m.sys.sleep(0.01)
  end
end

-- What must be the same however a point came about: stage files, tables, figures.
local function lasting(folder, below, found)
  found, below = found or {}, below or ""
  for _, name in ipairs(m.sys.list(folder)) do
    local path = folder .. "/" .. name
    if m.sys.exists(path) == "folder" then
      lasting(path, below .. name .. "/", found)
    elseif name:find "%.h5$" or name:find "%.csv$" or name:find "%.svg$" then
      found[below .. name] = m.sys.read(path)
    end
  end
  return found
end

local function points_of(folder) return lasting(folder .. "/s/points") end

TestSweep = {}

TestSweep.test_results = in_folder(function(folder)
  local result = sweep(folder, "model.x=range(1,4)", "seed=1,2,3", "--jobs", "2")
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertStrContains(result.stderr, "9 done, 0 failed, 0 left")
  lu.assertEquals(rows(folder)[1], "point,model.x,seed,square (m²),cutoff (Å),status")
  lu.assertEquals(statuses(folder), { finished = 9, failed = 0, open = 0 })
  local points = store.read(folder .. "/s/results.h5").points
  lu.assertEquals(points:column "model.x":totable(), { 1, 1, 1, 2, 2, 2, 3, 3, 3 })
  local id = points:column "point"[9]
  local stage = require "matinf.recipe.run".read_stage(folder .. "/s/points/" .. id, "model")
  lu.assertEquals(stage.square, points:column "square"[9])
  lu.assertStrContains(m.sys.read(folder .. "/s/figures/summary.svg"), "square (m²)")
end)

TestSweep.test_replicates_have_mean_and_standard_deviation = in_folder(function(folder)
  local result = sweep(folder, "model.x=1,2", "seed=range(1,6)")
  local read = store.read(folder .. "/s/results.h5")
  local points, spread = read.points, read.replicates
  lu.assertEquals(spread:column "replicates":totable(), { 5, 5 })
  local sum, squares = 0, 0
  for i = 6, 10 do sum = sum + points:column "square"[i] end
  for i = 6, 10 do squares = squares + (points:column "square"[i] - sum / 5) ^ 2 end
  lu.assertAlmostEquals(spread:column "square"[2], sum / 5, 1e-12)
  lu.assertAlmostEquals(spread:column "square-sd"[2], math.sqrt(squares / 4), 1e-12)
  lu.assertStrContains(m.sys.read(folder .. "/s/replicates.csv"), "square-sd (m²)")
  lu.assertStrContains(result.stdout, "Mean ± standard deviation over the seeds:")
end)

TestSweep.test_what_a_killed_process_left_of_results_is_removed = in_folder(function(folder)
  sweep(folder, "model.x=1,2")
  local left = folder .. "/s/results.h5.55c923426f306b0800b5.partial"
  m.sys.write_atomic(left, "cut")
  lu.assertEquals(sweep(folder, "model.x=1,2").code, 0)
  lu.assertNil(m.sys.exists(left))
end)

TestSweep.test_map_of_two_parameters = in_folder(function(folder)
  sweep(folder, "model.x=1,2,3", "model.n=1,2")
  lu.assertStrContains(m.sys.read(folder .. "/s/figures/summary.svg"), "model.n")
end)

TestSweep.test_files_are_points_of_the_figure = in_folder(function(folder)
  for _, name in ipairs { "fresh", "aged" } do
    m.sys.write_atomic(("%s/%s.csv"):format(folder, name), name)
  end
  local result = sweep(folder, "sample.file=glob(*.csv)")
  lu.assertStrContains(result.stdout, "/s/figures/summary.svg")
  lu.assertStrContains(m.sys.read(folder .. "/s/figures/summary.svg"), "fresh")
end)

TestSweep.test_dry_run_makes_nothing = in_folder(function(folder)
  local result = sweep(folder, "model.x=1,2", "model.shape=plain,shifted", "--dry-run")
  lu.assertEquals(result.code, 0)
  lu.assertEquals(#m.sys.list(folder), 0)
  lu.assertEquals(select(2, result.stdout:gsub("\n", "")), 4)
  lu.assertStrContains(result.stdout, "model.shape=shifted")
end)

TestSweep.test_the_same_command_continues = in_folder(function(folder)
  sweep(folder, "model.x=range(5)")
  local before = points_of(folder)
  local result = sweep(folder, "model.x=range(7)")
  lu.assertEquals(result.code, 0)
  local after = points_of(folder)
  for name, text in pairs(before) do lu.assertEquals(after[name], text) end
  for _, count in pairs(starts(folder)) do lu.assertEquals(count, 1) end
  lu.assertEquals(statuses(folder).finished, 7)
end)

TestSweep.test_the_folder_continues = in_folder(function(folder)
  local function again(where, ...)
    return m.sys.spawn { folder = where, timeout = 120, host, "sweep", ... }
  end
  sweep(folder, "model.x=3,4", "model.mishap=4")
  local result = again(folder, "s", "--jobs", "2")
  lu.assertEquals(result.code, 1) -- the failed point was tried again
  lu.assertStrContains(result.stderr, "1 done, 1 failed, 0 left")
  lu.assertEquals(again(folder, "s", "model.x=1,2").code, 2)
  lu.assertStrContains(select(3, support.matinf(folder, "run", "s")), "'s' is a sweep")
  result = again(folder .. "/s", folder .. "/s")
  lu.assertEquals(result.code, 2)
  lu.assertStrContains(result.stderr, ("was begun in folder '%s'"):format(folder))
end)

TestSweep.test_two_processes_share_it = in_folder(function(folder)
  local n = soak and 10000 or 100
  local values = ("model.x=range(%d)"):format(n)
  local first, second = start(folder, values), start(folder, values)
  lu.assertEquals(first:wait().code, 0)
  lu.assertEquals(second:wait().code, 0)
  local total = 0
  for _, count in pairs(starts(folder)) do
    lu.assertEquals(count, 1)
    total = total + 1
  end
  lu.assertEquals(total, n)
  lu.assertEquals(statuses(folder).finished, n)
end)

TestFailure = {}

TestFailure.test_a_failing_point_does_not_lose_the_others = in_folder(function(folder)
  local result = sweep(folder, "model.x=range(1,6)", "model.mishap=3")
  lu.assertEquals(result.code, 1)
  lu.assertEquals(statuses(folder), { finished = 4, failed = 1, open = 0 })
  lu.assertStrContains(result.stdout, "unlucky (stage model)")
  result = sweep(folder, "model.x=range(1,6)", "model.mishap=3", "--quiet")
  lu.assertStrContains(result.stderr, "unlucky (stage model)")
end)

TestFailure.test_retry = in_folder(function(folder)
  sweep(folder, "model.x=1,2", "model.mishap=2", "--retry", "2")
  local found = false
  for _, name in ipairs(m.sys.list(folder .. "/s/status")) do
    local result = m.yaml.read(folder .. "/s/status/" .. name)
    if result.status == "failed" then
      lu.assertEquals(result.attempts, 3)
      found = true
    end
  end
  lu.assertTrue(found)
end)

TestFailure.test_a_later_session_tries_again = in_folder(function(folder)
  sweep(folder, "model.x=1,2", "model.mishap=2")
  sweep(folder, "model.x=1,2", "model.mishap=2")
  local counts = {}
  for _, count in pairs(starts(folder)) do counts[#counts + 1] = count end
  table.sort(counts)
  lu.assertEquals(counts, { 1, 2 })
end)

TestFailure.test_stop = in_folder(function(folder)
  local result = sweep(folder, "model.x=range(200)", "model.mishap=3", "--on-failure", "stop")
  lu.assertEquals(result.code, 1)
  lu.assertEquals(statuses(folder).failed, 1)
  lu.assertTrue(statuses(folder).open > 0)
end)

TestFailure.test_timeout = in_folder(function(folder)
  local result = sweep(folder, "model.x=1,2,3", "model.mishap=2", "model.kind=hang",
    "--timeout", "8")
  lu.assertEquals(result.code, 1)
  lu.assertEquals(statuses(folder), { finished = 2, failed = 1, open = 0 })
  lu.assertStrContains(result.stdout, "longer than 8 s")
end)

TestFailure.test_a_crash_loses_only_its_point = in_folder(function(folder)
  local result = sweep(folder, "model.x=range(1,6)", "model.mishap=3", "model.kind=crash",
    "--retry", "1")
  lu.assertEquals(result.code, 1)
  lu.assertEquals(statuses(folder), { finished = 4, failed = 1, open = 0 })
  lu.assertStrContains(result.stdout, "signal 9")
end)

-- The status of the first point is not written yet when its worker dies, and no point follows.
TestFailure.test_a_crash_at_the_last_point = in_folder(function(folder)
  local result = sweep(folder, "model.x=1,2", "model.mishap=2", "model.kind=crash")
  lu.assertEquals(result.code, 1)
  lu.assertEquals(statuses(folder), { finished = 1, failed = 1, open = 0 })
  lu.assertStrContains(result.stderr, "1 done, 1 failed, 0 left")
end)

TestFailure.test_wrong_usage = in_folder(function(folder)
  for _, wrong in ipairs { { "model.x=1,2", "--jobs", "0" }, { "model.x=1,2", "--sampler", "gird" },
    { "model.x=1" }, { "model.x=1,2", "--launcher", "mpi" }, { "model.y=1,2" },
    { "model.x=1,a" } } do
    local result = sweep(folder, table.unpack(wrong))
    lu.assertEquals(result.code, 2, table.concat(wrong, " "))
    lu.assertEquals(#m.sys.list(folder), 0)
  end
end)

TestInterruption = {}

local function is_started(folder) return function()
  return m.sys.exists(folder .. "/s/journal") and next(starts(folder)) ~= nil
end end

TestInterruption.test_ctrl_c = in_folder(function(folder)
  local process = start(folder, "model.x=range(1,5)", "model.mishap=4", "model.kind=hang")
  wait_until(function()
    local count = 0
    for _ in pairs(m.sys.exists(folder .. "/s/journal") and starts(folder) or {}) do
      count = count + 1
    end
    return count == 4
  end)
  local began = m.sys.time()
  process:interrupt()
  local result = process:wait()
  lu.assertEquals(result.code, 130)
  lu.assertTrue(m.sys.time() - began < 30) -- 0.2 s on a quiet machine; the point hangs for 100 s
  -- three on a quiet machine, where a worker has the time to write what it has told
  local done = math.tointeger(tonumber(result.stderr:match(
    "interrupted; (%d) of 4 points done; go on with: matinf sweep s\n")))
  lu.assertEquals(statuses(folder), { finished = done, failed = 0, open = 4 - done })
  result = sweep(folder, "model.x=range(1,5)") -- other points: mishap is a parameter
  lu.assertEquals(result.code, 0)
end)

TestInterruption.test_tables_that_cannot_be_written = in_folder(function(folder)
  local process = start(folder, "model.x=4,5", "model.mishap=4", "model.kind=hang")
  wait_until(is_started(folder))
  m.sys.mkdir(folder .. "/s/results.csv/in the way")
  process:interrupt()
  local result = process:wait()
  lu.assertEquals(result.code, 130)
  lu.assertStrContains(result.stderr, "/s/results.csv': Is a directory")
  lu.assertStrContains(result.stderr, "go on with: matinf sweep s\n")
end)

TestInterruption.test_sigkill_and_resume = in_folder(function(folder)
  m.sys.mkdir(folder .. "/whole")
  local n = "model.x=range(40)"
  sweep(folder .. "/whole", n)
  m.sys.mkdir(folder .. "/killed")
  for i = 1, soak and 50 or 4 do
    local process = start(folder .. "/killed", n, "--jobs", "2")
    process:wait(0.05 + 0.07 * (i % 7))
    process:kill()
  end
  lu.assertEquals(sweep(folder .. "/killed", n).code, 0)
  lu.assertEquals(lasting(folder .. "/killed"), lasting(folder .. "/whole"))
end)

TestInterruption.test_workers_end_with_their_parent = in_folder(function(folder)
  -- Not its group: only the parent itself is killed.
  local process = start(folder, "model.x=4,5", "model.mishap=4", "model.kind=hang")
  wait_until(is_started(folder))
  local parent
  for _, name in ipairs(m.sys.list(folder .. "/s/journal")) do
    parent = name:match "%-(%d+)%-%x+%-%d+%.txt$"
  end
  m.sys.spawn { "sh", "-c", "kill -9 " .. parent }
  process:wait()
  local claims = m.sys.claims(folder .. "/s/claims")
  wait_until(function()
    for id in pairs(starts(folder)) do
      if not claims:take(tonumber(id:sub(1, 15), 16)) then return false end
    end
    return true
  end)
end)

TestCluster = {}

-- The stage files of a point must not depend on what ran it.
TestCluster.test_point_and_run_are_identical = in_folder(function(folder)
  sweep(folder, "model.x=2,3", "--jobs", "2")
  local result = m.sys.spawn { host, "run", recipe, "model.x=3", "--out", folder .. "/r" }
  lu.assertEquals(result.code, 0)
  local run = lasting(folder .. "/r")
  for _, id in ipairs(m.sys.list(folder .. "/s/points")) do
    local point = lasting(folder .. "/s/points/" .. id)
    if point["model.h5"] == run["model.h5"] then return lu.assertEquals(point, run) end
  end
  lu.fail "no point is like the run"
end)

TestCluster.test_ranks_share_the_points = in_folder(function(folder)
  local ranks = {}
  for rank = 0, 2 do
    local argv = command("model.x=range(30)", "--launcher", "mpi")
    argv.folder = folder
    argv.environment = { OMPI_COMM_WORLD_RANK = tostring(rank), OMPI_COMM_WORLD_SIZE = "3" }
    ranks[rank] = m.sys.start(argv)
  end
  for rank = 0, 2 do lu.assertEquals(ranks[rank]:wait().code, 0) end
  for _, count in pairs(starts(folder)) do lu.assertEquals(count, 1) end
  lu.assertEquals(statuses(folder).finished, 30)
end)

TestCluster.test_slurm_script = in_folder(function(folder)
  local argv = command("model.x=range(20)", "--launcher", "slurm", "--tasks", "3", "--slurm",
    "partition=short,time=1:00:00")
  argv.folder, argv.environment = folder, { PATH = "/nowhere" }
  local result = m.sys.spawn(argv)
  lu.assertEquals(result.code, 1)
  lu.assertStrContains(result.stderr, "the job is written")
  local script = m.sys.read(folder .. "/s/slurm.sh")
  lu.assertStrContains(script, "#SBATCH --array=1-3\n")
  lu.assertStrContains(script, "#SBATCH --partition=short\n")
  lu.assertStrContains(script, "#SBATCH --requeue\n")
  for task = 1, 3 do -- what Slurm would do
    local done = m.sys.spawn { "sh", folder .. "/s/slurm.sh",
      environment = { SLURM_ARRAY_TASK_ID = tostring(task), SLURM_CPUS_PER_TASK = "1" } }
    lu.assertEquals(done.code, 0, done.stderr)
  end
  lu.assertEquals(statuses(folder).finished, 20)
  for _, count in pairs(starts(folder)) do lu.assertEquals(count, 1) end
end)

-- ---- the real engines, where they are (make soak) -----------------------------------------------

local function answers(...)
  local result = m.try(m.sys.spawn, { ... })
  return result and result.code == 0
end

local function whole(folder, ...)
  m.sys.mkdir(folder .. "/whole")
  sweep(folder .. "/whole", ...)
  return lasting(folder .. "/whole/s")
end

TestCluster.test_mpirun = in_folder(function(folder)
  if not soak or not answers("mpirun", "--version") then lu.skip "make soak, and mpirun" end
  local argv = command("model.x=range(40)", "--launcher", "mpi")
  for i, word in ipairs { "mpirun", "--allow-run-as-root", "--oversubscribe", "-np", "3" } do
    table.insert(argv, i, word)
  end
  argv.folder = folder
  local result = m.sys.spawn(argv)
  lu.assertEquals(result.code, 0, result.stderr)
  lu.assertEquals(lasting(folder .. "/s"), whole(folder, "model.x=range(40)"))
end)

TestCluster.test_slurm = in_folder(function(folder)
  if not soak or not answers "sinfo" then lu.skip "sh tests/robust/slurm.sh (make soak)" end
  local values = "model.x=range(100)"
  local submitted = sweep(folder, values, "--launcher", "slurm", "--tasks", "4")
  lu.assertEquals(submitted.code, 0, submitted.stderr)
  local job = submitted.stdout:match "Slurm job (%d+)"
  wait_until(is_started(folder), 300)
  m.sys.spawn { "scontrol", "requeue", job .. "_1" }
  wait_until(function()
    return m.sys.exists(folder .. "/s/results.csv") and statuses(folder).finished == 100
  end, 300)
  lu.assertEquals(sweep(folder, values).code, 0)
  m.sys.spawn { "scancel", job } -- the requeued task, should it still wait
  lu.assertEquals(lasting(folder .. "/s"), whole(folder, values))
end)

os.exit(lu.LuaUnit.run())
