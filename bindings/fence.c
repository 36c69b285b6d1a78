/* Lua module matinf.c.fence: limits of this process that it and its children cannot lift again.
 *
 * Landlock (Linux 5.13 and newer) forbids all access to files but what the rules name, makes no
 * new TCP connections (Linux 6.7) and reaches no processes outside (6.12); resource limits are set
 * hard. scripts/matinf/fence.lua decides what the rules are. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _GNU_SOURCE
#include "bindings/binding.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* AddressSanitizer maps terabytes and reads /proc/self: memory is not limited, and the Lua half
 * is told. */
#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

extern char **environ;

/* ---- rights that the headers may be too old to name ----------------------------------------- */

typedef struct ruleset_attributes {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
} ruleset_attributes;

#define FS_TRUNCATE (1ULL << 14)  /* ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NETWORK_ALL 3ULL          /* ABI 4: bind and connect, TCP */
#define SCOPES_ALL 3ULL           /* ABI 6: abstract UNIX sockets, signals */

static const uint64_t files_all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* ABI 1 */
static const uint64_t files_read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
/* Devices, sockets, pipes and symbolic links are made nowhere. */
static const uint64_t files_write =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER |
    FS_TRUNCATE;
/* Of these rights a rule for a file, not a folder, may speak. */
static const uint64_t rights_of_a_file = LANDLOCK_ACCESS_FS_EXECUTE |
                                         LANDLOCK_ACCESS_FS_WRITE_FILE |
                                         LANDLOCK_ACCESS_FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;

/* The version of Landlock that the kernel speaks, 0 when it has none. */
static int kernel_abi(void) {
  long version =
      syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? (int)version : 0;
}

static ruleset_attributes handled(int abi) {
  ruleset_attributes all = {.files = files_all};
  if (abi >= 2) all.files |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) all.files |= FS_TRUNCATE;
  if (abi >= 4) all.network = NETWORK_ALL;
  if (abi >= 5) all.files |= FS_IOCTL_DEV;
  if (abi >= 6) all.scopes = SCOPES_ALL;
  return all;
}

/* ---- Landlock ------------------------------------------------------------------------------- */

/* abi() -> version of Landlock in the kernel; 0: none */
static int abi(lua_State *L) {
  lua_pushinteger(L, kernel_abi());
  return 1;
}

/* Allows `rights` on the file, or beneath the folder; an errno. */
static int allow(int ruleset, const char *path, uint64_t rights) {
  struct stat s;
  struct landlock_path_beneath_attr rule = {.allowed_access = rights};
  rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return errno;
  int reason = 0;
  if (fstat(rule.parent_fd, &s) != 0) reason = errno;
  else if (!S_ISDIR(s.st_mode)) rule.allowed_access &= rights_of_a_file;
  if (reason == 0 &&
      syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U) != 0)
    reason = errno;
  close(rule.parent_fd);
  return reason;
}

/* Adds the list of paths in the option `name`, with the rights; an errno and the path it is for. */
static int allow_list(mi_call *call, int ruleset, const char *name, uint64_t rights,
                      const char **path) {
  lua_State *L = call->L;
  int reason = 0;
  lua_getfield(L, 1, name);
  lua_Integer count = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
  for (lua_Integer i = 1; i <= count && reason == 0; i++) {
    lua_rawgeti(L, -1, i);
    *path = lua_tostring(L, -1); /* the table keeps it alive */
    reason = *path ? allow(ruleset, *path, rights) : EINVAL;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return reason;
}

/* Landlock binds the calling thread only: there must be no other. */
static int thread_count(void) {
  int count = 0;
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks) return 1;
  while (readdir(tasks)) count++;
  closedir(tasks);
  return count - 2; /* . and .. */
}

/* Builds the ruleset and binds the process to it; an errno, and the path it is for. */
static int bind_process(mi_call *call, int version, const char **path) {
  ruleset_attributes all = handled(version);
  size_t size = version >= 6 ? sizeof all : version >= 4 ? 16 : 8;
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0U);
  if (ruleset < 0) return errno;
  const struct {
    const char *name;
    uint64_t rights;
  } lists[] = {{"list", LANDLOCK_ACCESS_FS_READ_DIR},
               {"read", files_read},
               {"execute", files_read | LANDLOCK_ACCESS_FS_EXECUTE},
               {"write", files_read | files_write}};
  int reason = 0;
  for (size_t i = 0; i < sizeof lists / sizeof lists[0] && reason == 0; i++)
    reason = allow_list(call, ruleset, lists[i].name, lists[i].rights & all.files, path);
  if (reason == 0) *path = NULL;
  if (reason == 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                      syscall(SYS_landlock_restrict_self, ruleset, 0U) != 0))
    reason = errno;
  close(ruleset);
  return reason;
}

/* restrict{list = paths, read = paths, execute = paths, write = paths}: from now on this process
 * and its children list, read, run and write only these files and what is in these folders. */
static int restrict_process(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "fence.restrict");
  if (!lua_istable(L, 1)) mi_argument_error(&call, 1, "rules", "table");
  int version = kernel_abi();
  if (version == 0) mi_raise(L, "io", "this kernel has no Landlock");
  if (thread_count() > 1) mi_raise(L, "internal", "a process with threads cannot be fenced");
  const char *path = NULL;
  int reason = bind_process(&call, version, &path);
  if (reason != 0)
    mi_raise(L, "io", "cannot fence this process%s%s: %s", path ? " for " : "", path ? path : "",
             strerror(reason));
  return 0;
}

/* ---- limits --------------------------------------------------------------------------------- */

/* The kernel sends the signal when the processor time is used up. Whatever runs then, Lua or a
 * kernel or the collector, cannot be relied upon to stop. */
static void on_cpu_limit(int signal_number) {
  static const char message[] = "\nmatinf: the limit of processor time is reached: stopped\n";
  (void)signal_number;
  ssize_t put = write(STDERR_FILENO, message, sizeof message - 1);
  _exit(put < 0 ? 2 : 1);
}

static void set_limit(mi_call *call, const char *name, __rlimit_resource_t resource) {
  struct rlimit limit;
  int64_t value = mi_option_integer(call, name, -1, 0, INT64_MAX);
  if (value < 0) return;
  getrlimit(resource, &limit);
  if ((rlim_t)value > limit.rlim_max) value = (int64_t)limit.rlim_max;
  limit = (struct rlimit){(rlim_t)value, (rlim_t)value};
  if (resource == RLIMIT_CPU) limit.rlim_max++; /* at the hard limit there is no message */
  if (setrlimit(resource, &limit) != 0)
    mi_raise(call->L, "io", "cannot set the limit of %s: %s", name, strerror(errno));
}

/* limits{memory = bytes, cpu = seconds, file_size = bytes, files = number}: hard limits, and no
 * core files. */
static int limits(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "fence.limits");
  mi_options_begin(&call, 1);
  signal(SIGXFSZ, SIG_IGN); /* writing too much is an error of the write */
  struct sigaction action = {.sa_handler = on_cpu_limit};
  sigaction(SIGXCPU, &action, NULL);
  set_limit(&call, "memory", SANITIZED ? RLIMIT_RSS : RLIMIT_AS); /* Linux ignores RSS */
  set_limit(&call, "cpu", RLIMIT_CPU);
  set_limit(&call, "file_size", RLIMIT_FSIZE);
  set_limit(&call, "files", RLIMIT_NOFILE);
  mi_options_end(&call);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  return 0;
}

/* alarm(seconds): ends this process once it has used so much more processor time, unless it is
 * called again before */
static int cpu_alarm(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "fence.alarm");
  double seconds = fmin(mi_arg_number(&call, 1, "seconds"), 1e9), whole = floor(seconds);
  suseconds_t rest = 1 + (suseconds_t)((seconds - whole) * 999998);
  struct itimerval timer = {.it_value = {(time_t)whole, rest}};
  if (setitimer(ITIMER_PROF, &timer, NULL) != 0)
    mi_raise(L, "io", "cannot set a timer: %s", strerror(errno));
  return 0;
}

/* physical_memory() -> bytes */
static int physical_memory(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
  return 1;
}

/* ---- environment ---------------------------------------------------------------------------- */

/* environment() -> list of the names of the environment variables */
static int environment(lua_State *L) {
  lua_newtable(L);
  for (lua_Integer i = 0; environ && environ[i]; i++) {
    lua_pushlstring(L, environ[i], strcspn(environ[i], "="));
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* setenv(name[, text]): sets the environment variable, or removes it */
static int set_environment(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "fence.setenv");
  const char *name = mi_arg_string(&call, 1, "name", NULL);
  if (lua_isnoneornil(L, 2)) unsetenv(name);
  else setenv(name, mi_arg_string(&call, 2, "text", NULL), 1);
  return 0;
}

MI_EXPORT int luaopen_matinf_c_fence(lua_State *L);
int luaopen_matinf_c_fence(lua_State *L) {
  static const luaL_Reg functions[] = {{"abi", abi},
                                       {"restrict", restrict_process},
                                       {"limits", limits},
                                       {"alarm", cpu_alarm},
                                       {"physical_memory", physical_memory},
                                       {"environment", environment},
                                       {"setenv", set_environment},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  mi_set_boolean(L, "sanitized", SANITIZED);
  return 1;
}
