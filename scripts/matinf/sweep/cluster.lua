-- Sweeps on existing cluster engines: a Slurm job array, or the ranks of mpirun.
--
-- Both only start the same program several times on one plan: the claims share the points out, and
-- a task that was requeued, or comes late, does what is left. Each task begins at another place.

local m = require "matinf"
local e = require "matinf.error"
local shell = require "matinf.recipe.arguments".shell

local M = {}

-- ---- Slurm --------------------------------------------------------------------------------------

local function command(plan, options)
  local words = { "exec", shell { m.sys.program(), "sweep", plan.file }, "--share",
    ('"$SLURM_ARRAY_TASK_ID/%d"'):format(options.tasks), "--jobs", tostring(options.jobs),
    "--retry", tostring(options.retry), "--on-failure", options.on_failure, "--quiet" }
  if options.trust then words[#words + 1] = "--trust" end
  if options.timeout then
    words[#words + 1] = ("--timeout %g"):format(options.timeout)
  end
  return table.concat(words, " ")
end

--- The text of the job script. options: tasks, jobs, retry, timeout, on_failure, slurm (more
--- options of sbatch, separated by commas).
function M.script(plan, options)
  local lines = { "#!/bin/sh",
    "#SBATCH --job-name=matinf-" .. plan.recipe,
    ("#SBATCH --array=1-%d"):format(options.tasks),
    ("#SBATCH --cpus-per-task=%d"):format(options.jobs),
    "#SBATCH --requeue",
    "#SBATCH --open-mode=append",
    ("#SBATCH --output=\"%s/slurm/%%A_%%a.txt\""):format(plan.folder) }
  for extra in (options.slurm or ""):gmatch "[^,]+" do lines[#lines + 1] = "#SBATCH --" .. extra end
  lines[#lines + 1] = "export MATINF_THREADS=${SLURM_CPUS_PER_TASK:-1}"
  lines[#lines + 1] = shell { "cd", m.sys.realpath "." } .. " || exit 1"
  lines[#lines + 1] = command(plan, options)
  return table.concat(lines, "\n") .. "\n"
end

--- Writes FOLDER/slurm.sh and submits it; returns the number of the job.
function M.submit(plan, options)
  local path = plan.folder .. "/slurm.sh"
  m.sys.mkdir(plan.folder .. "/slurm")
  m.sys.write_atomic(path, M.script(plan, options))
  local result, err = m.try(m.sys.spawn, { "sbatch", "--parsable", path })
  if not result then
    e.fail("io", "cannot submit: %s; the job is written: sbatch %s", err.message, path)
  end
  if result.code ~= 0 then
    e.fail("io", "sbatch refused %s: %s", path, result.stderr:match "^(.-)%s*$")
  end
  return result.stdout:match "^%s*(%d+)"
end

-- ---- MPI ----------------------------------------------------------------------------------------

local environments = {
  { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" }, -- Open MPI
  { "PMI_RANK", "PMI_SIZE" },                         -- MPICH, Intel MPI
  { "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE" },   -- MVAPICH
  { "SLURM_PROCID", "SLURM_NTASKS" },                 -- srun
}

--- The share of this rank, { task = rank + 1, tasks = size }, from what mpirun tells in the
--- environment: no MPI library is needed, for the points know nothing of each other.
function M.rank()
  for _, names in ipairs(environments) do
    local rank = math.tointeger(tonumber(m.sys.getenv(names[1])))
    local size = math.tointeger(tonumber(m.sys.getenv(names[2])))
    if rank and size then return { task = rank + 1, tasks = size } end
  end
  e.fail("usage", "--launcher mpi: start it with mpirun, such as `mpirun -np 4 matinf sweep ...`")
end

return M
