/* Lua module matinf.c.sys: this machine and this process (names, clocks, memory, threads, limits).
 *
 * Files are in sys_file.c, child processes in sys_spawn.c, what talks to them in sys_channel.c. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _GNU_SOURCE
#include "bindings/binding.h"
#include "bindings/sys.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80
#define LONGEST_SLEEP 1e9 /* seconds */

/* ---- terminal ------------------------------------------------------------------------------- */

/* isatty(fd) -> true when the descriptor is a terminal */
static int is_terminal(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.isatty");
  lua_pushboolean(L, isatty((int)mi_arg_integer(&call, 1, "fd", 0, INT_MAX)));
  return 1;
}

/* columns() -> width of the terminal, else of $COLUMNS, else 80 */
static int columns(lua_State *L) {
  struct winsize size = {0};
  const char *text = getenv("COLUMNS");
  long width = text ? strtol(text, NULL, 10) : 0;
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
      width = size.ws_col;
      break;
    }
  }
  lua_pushinteger(L, width > 0 && width < 10000 ? width : DEFAULT_COLUMNS);
  return 1;
}

/* ---- clocks and memory ---------------------------------------------------------------------- */

static int push_clock(lua_State *L, clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  lua_pushnumber(L, (double)t.tv_sec + (double)t.tv_nsec * 1e-9);
  return 1;
}

/* time() -> seconds of a clock that never goes back */
static int monotonic_time(lua_State *L) { return push_clock(L, CLOCK_MONOTONIC); }

/* sleep(seconds); Ctrl-C ends it */
static int sleep_for(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.sleep");
  double left = mi_arg_number(&call, 1, "seconds");
  if (!(left >= 0 && left <= LONGEST_SLEEP)) mi_argument_error(&call, 1, "seconds", "number >= 0");
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += (time_t)left;
  end.tv_nsec += (long)((left - floor(left)) * 1e9);
  if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
    if (mi_cancelled(&call.control)) mi_check(&call, MI_ECANCEL);
  return 0;
}

/* cpu_time() -> seconds of processor used, user and system, all threads */
static int cpu_time(lua_State *L) { return push_clock(L, CLOCK_PROCESS_CPUTIME_ID); }

/* Copies what follows "key...:" in a /proc file of such lines; false when there is none. */
static bool proc_field(const char *path, const char *key, char *value, size_t size) {
  char line[512];
  bool found = false;
  FILE *file = fopen(path, "re");
  if (!file) return false;
  while (!found && fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (!colon || strncmp(line, key, strlen(key)) != 0) continue;
    colon += 1 + strspn(colon + 1, " \t");
    (void)snprintf(value, size, "%.*s", (int)strcspn(colon, "\n"), colon);
    found = true;
  }
  (void)fclose(file);
  return found;
}

/* memory_peak() -> most bytes of memory this process has had. ru_maxrss alone will not do: it
 * survives exec, so a child of a large program starts with that program's peak. */
static int memory_peak(lua_State *L) {
  char text[64];
  struct rusage usage = {0};
  if (proc_field("/proc/self/status", "VmHWM", text, sizeof text)) {
    lua_pushinteger(L, strtoll(text, NULL, 10) * 1024);
  } else {
    getrusage(RUSAGE_SELF, &usage);
    lua_pushinteger(L, (lua_Integer)usage.ru_maxrss * 1024);
  }
  return 1;
}

/* ---- settings of the kernels ---------------------------------------------------------------- */

/* threads([n]) -> number of threads kernels use, after setting it to n */
static int threads(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.threads");
  mi_settings *settings = mi_get_settings(L);
  if (!lua_isnoneornil(L, 1)) settings->threads = (int)mi_arg_integer(&call, 1, "n", 1, 1024);
  lua_pushinteger(L, settings->threads);
  return 1;
}

/* isa() -> instruction set level of the kernels */
static int isa(lua_State *L) {
  lua_pushstring(L, mi_isa_name(mi_get_settings(L)->isa));
  return 1;
}

/* durable([flag]) -> whether write_atomic and stored files wait for the disk, after setting it */
static int durable(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.durable");
  mi_settings *settings = mi_get_settings(L);
  if (!lua_isnoneornil(L, 1)) settings->durable = mi_arg_boolean(&call, 1, "flag");
  lua_pushboolean(L, settings->durable);
  return 1;
}

static const struct {
  const char *name;
  __rlimit_resource_t resource;
} limit_names[] = {{"cpu", RLIMIT_CPU},
                   {"memory", RLIMIT_AS},
                   {"files", RLIMIT_NOFILE},
                   {"file_size", RLIMIT_FSIZE}};
enum { LIMITS = sizeof limit_names / sizeof limit_names[0] };

static void set_limit(mi_call *call, int i, int64_t value) {
  struct rlimit limit;
  getrlimit(limit_names[i].resource, &limit);
  limit.rlim_cur = (rlim_t)value;
  /* Writing too much shall be an error of the write, not the end of the process. */
  if (limit_names[i].resource == RLIMIT_FSIZE) signal(SIGXFSZ, SIG_IGN);
  if (setrlimit(limit_names[i].resource, &limit) != 0)
    mi_raise(call->L, "io", "sys.limits: cannot set %s to %lld: %s", limit_names[i].name,
             (long long)value, strerror(errno));
}

/* limits([{cpu=, memory=, files=, file_size=}]) -> table of the limits in force; absent = none */
static int limits(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.limits");
  mi_options_begin(&call, 1);
  for (int i = 0; i < LIMITS; i++) {
    int64_t value = mi_option_integer(&call, limit_names[i].name, 0, 1, INT64_MAX);
    if (value > 0) set_limit(&call, i, value);
  }
  mi_options_end(&call);
  lua_createtable(L, 0, LIMITS);
  for (int i = 0; i < LIMITS; i++) {
    struct rlimit limit;
    getrlimit(limit_names[i].resource, &limit);
    if (limit.rlim_cur != RLIM_INFINITY)
      mi_set_integer(L, limit_names[i].name, (int64_t)limit.rlim_cur);
  }
  return 1;
}

/* ---- names ---------------------------------------------------------------------------------- */

/* program() -> path of the running program. In the tarball (.packages/dist/launcher.c) that is the
 * loader ld.so, which was given the path of the program's launcher as its name. */
static int program(lua_State *L) {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length < 0) mi_raise(L, "io", "cannot read '/proc/self/exe': %s", strerror(errno));
  path[length] = '\0';
  const char *slash = strrchr(path, '/');
  bool loaded = slash && strcmp(slash, "/ld.so") == 0;
  lua_pushstring(L, loaded ? program_invocation_name : path);
  return 1;
}

static int hostname(lua_State *L) {
  struct utsname names;
  uname(&names);
  lua_pushstring(L, names.nodename);
  return 1;
}

/* process() -> number of this process */
static int process(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

/* end_with_parent(process): when that process, which started this one, dies, so does this one */
static int end_with_parent(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.end_with_parent");
  pid_t parent = (pid_t)mi_arg_integer(&call, 1, "process", 1, INT_MAX);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) (void)raise(SIGKILL); /* it died before */
  return 0;
}

/* cpu_name() -> as the processor calls itself, else the architecture */
static int cpu_name(lua_State *L) {
  char name[256];
  struct utsname names;
  if (proc_field("/proc/cpuinfo", "model name", name, sizeof name)) {
    lua_pushstring(L, name);
  } else {
    uname(&names);
    lua_pushstring(L, names.machine);
  }
  return 1;
}

/* user() -> login name, else the number of the user */
static int user(lua_State *L) {
  const struct passwd *entry = getpwuid(geteuid());
  if (entry) lua_pushstring(L, entry->pw_name);
  else lua_pushfstring(L, "%d", (int)geteuid());
  return 1;
}

/* getenv(name) -> text of an environment variable, or nil */
static int environment(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.getenv");
  lua_pushstring(L, getenv(mi_arg_string(&call, 1, "name", NULL))); /* NULL pushes nil */
  return 1;
}

MI_EXPORT int luaopen_matinf_c_sys(lua_State *L);
int luaopen_matinf_c_sys(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"isatty", is_terminal}, {"columns", columns},         {"time", monotonic_time},
      {"cpu_time", cpu_time},  {"memory_peak", memory_peak}, {"threads", threads},
      {"isa", isa},            {"limits", limits},           {"program", program},
      {"hostname", hostname},  {"cpu_name", cpu_name},       {"user", user},
      {"getenv", environment}, {"sleep", sleep_for},         {"durable", durable},
      {"process", process},    {"end_with_parent", end_with_parent}, {NULL, NULL}};
  luaL_newlib(L, functions);
  mi_sys_add_file(L);
  mi_sys_add_spawn(L);
  mi_sys_add_channel(L);
  return 1;
}
