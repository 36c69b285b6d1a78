-- The fence around this process: what it may still read, run, write and use up once code of
-- strangers is to run in it. It holds for child processes, and nothing opens it again.
--
-- The kernel keeps it (Landlock and resource limits, bindings/fence.c); here is what every fenced
-- process needs beside its own files: the package, the system's libraries, gnuplot and its fonts.

local m = require "matinf"
local c = require "matinf.c.fence"

local M = { active = false }

local GB = 1 << 30

local libraries = { "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib",
  "/etc/ld.so.cache" }
local shared = { "/usr/share/gnuplot", "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts",
  "/usr/share/fontconfig", "/var/cache/fontconfig", "/usr/share/locale", "/usr/share/zoneinfo",
  "/etc/localtime" }
local machine = { "/proc/self/status", "/proc/cpuinfo", "/proc/meminfo", "/dev/urandom",
  "/sys/devices/system/cpu" }
-- What starts programs that are linked dynamically.
local loaders = { "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1" }
-- What a declared program may need beside itself: other programs, and what they share.
local programs = { "/bin", "/sbin", "/usr", "/opt", "/lib", "/lib64" }

-- Environment variables that stay; the others (keys, tokens) are not a recipe's business.
local kept = { "^PATH$", "^HOME$", "^USER$", "^LOGNAME$", "^LANG$", "^LANGUAGE$", "^LC_", "^TZ$",
  "^FONTCONFIG_FILE$",
  "^TERM$", "^COLUMNS$", "^LINES$", "^NO_COLOR$", "^LD_", "^OMP_", "^OPENBLAS_", "^MATINF_",
  "SAN_OPTIONS$", "^SLURM_", "^OMPI_", "^PMIX_" }

local function add(list, more)
  for _, path in ipairs(more or {}) do list[#list + 1] = path end
  return list
end

local function that_exist(paths)
  local found = {}
  for _, path in ipairs(paths) do
    if m.sys.exists(path) then found[#found + 1] = path end
  end
  return found
end

local function parent(path) return path:match "^(.*)/[^/]+$" or "." end

-- The folder of the modules, and the folder lib of an installation that they are in.
local function module_folders()
  local modules = parent(package.searchpath("matinf.c.fence", package.cpath))
  return modules, modules:match "^(.*/lib)/lua/5%.4/matinf/c$"
end

-- The package: the front door, the scripts, the modules; when installed, the libraries and the
-- fonts that came with them.
local function package_files()
  local modules, installed = module_folders()
  local files = { package.searchpath("matinf", package.path),
    parent(package.searchpath("matinf.fence", package.path)), modules }
  if installed then add(files, that_exist { installed, installed .. "/../share/matinf" }) end
  return files
end

-- The file of a program in PATH, or nil.
local function find_program(name)
  for folder in (m.sys.getenv "PATH" or "/usr/bin:/bin"):gmatch "[^:]+" do
    local path = folder .. "/" .. name
    if m.sys.exists(path) == "file" then return m.sys.realpath(path) end
  end
end

-- Our own program is among them, no less fenced: it opens foreign HDF5 files.
local function executables(rules)
  local list, _, installed = that_exist(loaders), module_folders()
  list[#list + 1] = m.sys.program()
  if installed then add(list, that_exist { installed .. "/ld.so" }) end -- of the tarball
  for _, name in ipairs(add(add({}, rules.programs), rules.commands)) do
    list[#list + 1] = find_program(name)
  end
  if #(rules.commands or {}) > 0 then add(list, that_exist(programs)) end
  return list
end

--- Limits what this process and its children use up: `memory` in bytes (default: three quarters of
--- the machine's), `cpu` in seconds (default: no limit).
function M.limit(options)
  c.limits { memory = options.memory or c.physical_memory() // 4 * 3, cpu = options.cpu,
    file_size = 16 * GB, files = 256 }
end

local function clean_environment(folder)
  for _, name in ipairs(c.environment()) do
    local keep = false
    for _, pattern in ipairs(kept) do keep = keep or name:find(pattern) end
    if not keep then c.setenv(name) end
  end
  c.setenv("TMPDIR", folder)
end

--- True when the kernel can fence a process.
function M.available() return c.abi() > 0 end

--- Fences this process. rules: lists of paths to `read`, `list` (names in folders only) and `write`
--- (temporary files go to the first of them), `programs` in PATH that may be run, `commands` that
--- may be run with the rest of the system's programs; the options of M.limit.
function M.enter(rules)
  local user = m.sys.user()
  function m.sys.user() return user end -- the list of users is outside
  local write = add({}, rules.write)
  clean_environment(write[1])
  M.limit(rules)
  local read = add(package_files(), that_exist(libraries))
  add(add(read, that_exist(shared)), that_exist(machine))
  if c.sanitized then add(read, { "/proc" }) end
  c.restrict { list = rules.list, read = add(read, rules.read), execute = executables(rules),
    write = add(write, { "/dev/null" }) }
  M.active = true
end

--- For an error message of a fenced process that the fence explains: what to say below it.
function M.hint(message)
  if not M.active then return nil end
  if message:find("not enough memory", 1, true) then
    return "the memory of a fenced recipe is limited: --memory 16GB allows more"
  elseif message:find("Permission denied", 1, true) then
    return "a fenced recipe reads its own folder and its declared inputs, writes its run folder, "
      .. "and starts only programs it declares; --trust opens the fence"
  end
end

return M
