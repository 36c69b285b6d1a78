/* The child processes of the Lua module matinf.c.sys: run a program and wait for it (spawn), or
 * start it and look after it later (start).
 *
 * No shell: the program gets its arguments as they are. Its standard input is a channel or a file
 * in memory that holds the text given, and its outputs are such files unless they go to one that
 * the caller names: nothing has to be pumped, so nothing can deadlock, and a grandchild that keeps
 * an output open keeps nobody waiting. Waiting means to poll a descriptor of the process, at most
 * 50 ms at a time to see Ctrl-C. The child leads a process group of its own, so that its end ends
 * its children; it ends when this process does, however that ends. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _GNU_SOURCE
#include "bindings/binding.h"
#include "bindings/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_TYPE "matinf.sys.Process"
#define POLL_MS 50
#define GRACE_MS 100 /* between SIGTERM and SIGKILL */

extern char **environ;

enum { IN, OUT, ERR, FOLDER, PROCESS, DESCRIPTORS };

typedef struct child {
  pid_t pid;           /* 0 when there is none to wait for */
  int fd[DESCRIPTORS]; /* -1 when closed */
  int status;          /* of waitpid */
  bool captured[2];    /* output and messages are in memory */
} child;

/* ---- life of a child ------------------------------------------------------------------------ */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* True when the child has ended (and is then reaped) within the time. */
static bool ended(child *c, int milliseconds) {
  struct pollfd wait = {.fd = c->fd[PROCESS], .events = POLLIN};
  (void)poll(&wait, 1, milliseconds);
  if (waitpid(c->pid, &c->status, WNOHANG) == 0) return false;
  c->pid = 0;
  return true;
}

/* Ends the child and its group: politely, then surely. */
static void end_child(child *c) {
  pid_t group = -c->pid;
  kill(group, SIGTERM);
  for (double stop = now() + GRACE_MS * 1e-3; c->pid && now() < stop;) ended(c, 10);
  kill(group, SIGKILL);
  while (c->pid) ended(c, POLL_MS);
}

static int child_gc(lua_State *L) {
  child *c = lua_touserdata(L, 1);
  if (c->pid) end_child(c);
  for (int i = 0; i < DESCRIPTORS; i++) {
    if (c->fd[i] >= 0) close(c->fd[i]);
    c->fd[i] = -1;
  }
  return 0;
}

static child *push_child(lua_State *L) {
  child *c = lua_newuserdatauv(L, sizeof *c, 0);
  *c = (child){.fd = {-1, -1, -1, -1, -1}};
  luaL_setmetatable(L, CHILD_TYPE);
  return c;
}

/* ---- arguments ------------------------------------------------------------------------------ */

/* A text without zero bytes. */
static const char *c_string(mi_call *call, int index, const char *name) {
  size_t length;
  const char *text = mi_arg_string(call, index, name, &length);
  if (strlen(text) != length) mi_argument_error(call, index, name, "text without zero bytes");
  return text;
}

/* The NULL-terminated argv of the list at index 1; pushes it as scratch. */
static char **arguments(mi_call *call) {
  lua_State *L = call->L;
  size_t count = (size_t)luaL_len(L, 1);
  if (count == 0) mi_raise(L, "argument", "%s: name of a program expected first", call->name);
  char **argv = mi_scratch(L, count + 1, sizeof *argv);
  for (size_t i = 0; i < count; i++) {
    lua_geti(L, 1, (lua_Integer)i + 1);
    argv[i] = (char *)(uintptr_t)c_string(call, -1, "argument"); /* the table keeps it alive */
    lua_pop(L, 1);
  }
  argv[count] = NULL;
  return argv;
}

/* Refuses named fields that the function does not know; the list part is argv. */
static void check_names(mi_call *call) {
  lua_State *L = call->L;
  static const char *const valid[] = {"stdin", "stdout", "stderr", "timeout", "folder",
                                      "environment"};
  enum { VALID = sizeof valid / sizeof valid[0] };
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TNUMBER) continue;
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    bool known = false;
    for (int i = 0; i < VALID && !known; i++) known = strcmp(name, valid[i]) == 0;
    if (!known) mi_unknown_option(call, name, valid, VALID);
  }
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static int memory_file(lua_State *L, const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0) mi_raise(L, "io", "sys.spawn: cannot make a file in memory: %s", strerror(errno));
  return fd;
}

static int open_named(mi_call *call, const char *name, int flags) {
  const char *path = c_string(call, -1, name);
  int fd = open(path, flags | O_CLOEXEC, 0666);
  if (fd < 0) mi_raise(call->L, "io", "cannot open '%s': %s", path, strerror(errno));
  return fd;
}

/* Standard input: the text given or the end of a channel, else nothing. */
static void open_input(mi_call *call, child *c) {
  lua_State *L = call->L;
  size_t length = 0;
  bool given = mi_option(call, "stdin");
  int passed = given ? mi_channel_descriptor(L, -1) : -1;
  if (passed >= 0) {
    c->fd[IN] = fcntl(passed, F_DUPFD_CLOEXEC, 0);
    lua_pop(L, 1);
    return;
  }
  c->fd[IN] = memory_file(L, "stdin");
  if (!given) return;
  const char *text = mi_arg_string(call, -1, "stdin", &length);
  while (length > 0) {
    ssize_t put = write(c->fd[IN], text, length);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) mi_raise(L, "io", "sys.spawn: cannot keep stdin: %s", strerror(errno));
    text += put;
    length -= (size_t)put;
  }
  lseek(c->fd[IN], 0, SEEK_SET);
  lua_pop(L, 1);
}

/* An output: the file named by the option, else a file in memory (true). */
static bool open_output(mi_call *call, child *c, int which, const char *name) {
  if (!mi_option(call, name)) {
    c->fd[which] = memory_file(call->L, name);
    return true;
  }
  c->fd[which] = open_named(call, name, O_WRONLY | O_CREAT | O_TRUNC);
  lua_pop(call->L, 1);
  return false;
}

/* ---- environment ---------------------------------------------------------------------------- */

static bool replaced(char **added, size_t count, const char *entry) {
  size_t name = strcspn(entry, "=") + 1;
  for (size_t i = 0; i < count; i++) {
    if (strncmp(added[i], entry, name) == 0) return true;
  }
  return false;
}

/* The environment of the child: ours, with the variables of the option `environment` on top.
 * Leaves the table of new entries on the stack, which keeps them alive. */
static char **environment(mi_call *call) {
  lua_State *L = call->L;
  if (!mi_option(call, "environment")) return environ;
  if (!lua_istable(L, -1)) mi_argument_error(call, -1, "environment", "table of strings");
  size_t ours = 0, added = 0, count = 0;
  while (environ[ours]) ours++;
  int variables = lua_absindex(L, -1);
  for (lua_pushnil(L); lua_next(L, variables); lua_pop(L, 1)) added++;
  lua_createtable(L, (int)added, 0);
  int entries = lua_absindex(L, -1);
  char **list = mi_scratch(L, ours + added + 1, sizeof *list);
  for (lua_pushnil(L); lua_next(L, variables); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) mi_argument_error(call, -2, "environment", "named values");
    list[count] = (char *)(uintptr_t)lua_pushfstring(L, "%s=%s", lua_tostring(L, -2),
                                                     c_string(call, -1, "environment"));
    lua_rawseti(L, entries, (lua_Integer)++count);
  }
  for (size_t i = 0; i < ours; i++) {
    if (!replaced(list, added, environ[i])) list[count++] = environ[i];
  }
  list[count] = NULL;
  return list;
}

/* ---- start, wait, result -------------------------------------------------------------------- */

/* In the child: everything that the program shall find; -1 and errno when something fails. It ends
 * with the process that started it, also when that is killed, and has perhaps been already. */
static int prepare(const child *c, pid_t parent, const sigset_t *mask) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
  if (getppid() != parent) _exit(127);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  if (setpgid(0, 0) != 0 || sigprocmask(SIG_SETMASK, mask, NULL) != 0) return -1;
  for (int i = IN; i <= ERR; i++) {
    if (c->fd[i] == i ? fcntl(i, F_SETFD, 0) != 0 : dup2(c->fd[i], i) < 0) return -1;
  }
  if (c->fd[FOLDER] >= 0 && fchdir(c->fd[FOLDER]) != 0) return -1;
  closefrom(STDERR_FILENO + 1);
  return 0;
}

/* While SIGCHLD is ignored, as a program that started us may have left it, the system keeps no end
 * of a child: every program would seem to have ended well. */
static void keep_ends(void) {
  struct sigaction action;
  if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
    signal(SIGCHLD, SIG_DFL);
}

/* Starts the program; an errno. By vfork, for a fork hangs after a parallel region, and posix_spawn
 * cannot bind the child's life to ours; the memory is shared until the program is loaded, no signal
 * handler may run meanwhile. */
static int start(child *c, char *const *argv, char *const *variables) {
  volatile int reason = 0;
  sigset_t all, mask;
  keep_ends();
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &mask);
  const pid_t parent = getpid();
  /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork) */
  const pid_t pid = vfork();
  if (pid == 0) {
    if (prepare(c, parent, &mask) == 0) execvpe(argv[0], argv, variables);
    reason = errno;
    _exit(127);
  }
  if (pid < 0) reason = errno;
  pthread_sigmask(SIG_SETMASK, &mask, NULL);
  if (pid > 0 && reason != 0) waitpid(pid, NULL, 0);
  c->pid = reason == 0 ? pid : 0;
  return reason;
}

/* Waits for the end; true when the time was up and the child was ended by us. */
static bool wait_for(mi_call *call, child *c, double timeout) {
  double deadline = now() + timeout;
  for (;;) {
    double left = (deadline - now()) * 1e3;
    if (ended(c, left < POLL_MS ? (int)fmax(ceil(left), 0) : POLL_MS)) return false;
    if (mi_cancelled(&call->control) || now() >= deadline) break;
  }
  end_child(c);
  if (mi_cancelled(&call->control)) mi_check(call, MI_ECANCEL);
  return true;
}

/* result[name] = what the child wrote into its file in memory. */
static void set_output(lua_State *L, int fd, const char *name) {
  struct stat s;
  luaL_Buffer text;
  if (fstat(fd, &s) != 0) mi_raise(L, "io", "sys.spawn: cannot read %s: %s", name, strerror(errno));
  char *to = luaL_buffinitsize(L, &text, (size_t)s.st_size);
  int64_t got = 0;
  while (got < s.st_size) {
    ssize_t piece = pread(fd, to + got, (size_t)(s.st_size - got), got);
    if (piece <= 0 && errno != EINTR) break;
    if (piece > 0) got += piece;
  }
  luaL_pushresultsize(&text, (size_t)got);
  lua_setfield(L, -2, name);
}

/* Starts the program that the table at index 1 describes, as the child on top of the stack. */
static child *start_child(mi_call *call) {
  lua_State *L = call->L;
  char **argv = arguments(call);
  child *c = push_child(L);
  int self = lua_gettop(L);
  open_input(call, c);
  c->captured[0] = open_output(call, c, OUT, "stdout");
  c->captured[1] = open_output(call, c, ERR, "stderr");
  if (mi_option(call, "folder")) {
    c->fd[FOLDER] = open_named(call, "folder", O_RDONLY | O_DIRECTORY);
    lua_pop(L, 1);
  }
  int reason = start(c, argv, environment(call));
  if (reason != 0) mi_raise(L, "io", "cannot start '%s': %s", argv[0], strerror(reason));
  close(c->fd[IN]); /* the child's alone now, so that a channel closes when the child ends */
  c->fd[IN] = -1;
  c->fd[PROCESS] = pidfd_open(c->pid, 0);
  lua_settop(L, self);
  return c;
}

/* Pushes { code or signal, stdout, stderr } of a child that has ended. */
static void push_result(lua_State *L, const child *c) {
  lua_createtable(L, 0, 4);
  if (WIFEXITED(c->status)) mi_set_integer(L, "code", WEXITSTATUS(c->status));
  if (WIFSIGNALED(c->status)) mi_set_integer(L, "signal", WTERMSIG(c->status));
  if (c->captured[0]) set_output(L, c->fd[OUT], "stdout");
  if (c->captured[1]) set_output(L, c->fd[ERR], "stderr");
}

/* spawn{ program, argument..., stdin=text, stdout=path, stderr=path, timeout=seconds, folder=path,
 *       environment={ NAME=value } } -> { code or signal, stdout, stderr, timed_out } */
static int spawn(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.spawn");
  if (!lua_istable(L, 1)) mi_argument_error(&call, 1, "argv", "table");
  check_names(&call);
  mi_options_begin(&call, 1);
  double timeout = mi_option_number(&call, "timeout", INFINITY);
  child *c = start_child(&call);
  bool timed_out = wait_for(&call, c, timeout);
  push_result(L, c);
  mi_set_boolean(L, "timed_out", timed_out);
  return 1;
}

/* start{ ... } with the options of spawn but timeout -> Process */
static int start_process(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "sys.start");
  if (!lua_istable(L, 1)) mi_argument_error(&call, 1, "argv", "table");
  check_names(&call);
  mi_options_begin(&call, 1);
  if (mi_option(&call, "timeout")) mi_raise(L, "argument", "sys.start: 'timeout' is for wait");
  start_child(&call);
  return 1;
}

/* The process that a method is called on. */
static child *arg_process(mi_call *call, const char *name) {
  mi_begin(call, call->L, name);
  child *c = luaL_testudata(call->L, 1, CHILD_TYPE);
  if (!c) mi_argument_error(call, 1, "self", "sys.Process");
  return c;
}

/* process:wait([seconds]) -> { code or signal, stdout, stderr }, or nil when it runs still */
static int process_wait(lua_State *L) {
  mi_call call = {.L = L};
  child *c = arg_process(&call, "sys.Process:wait");
  double deadline = now() + (lua_isnoneornil(L, 2) ? INFINITY : mi_arg_number(&call, 2, "seconds"));
  while (c->pid) {
    double left = (deadline - now()) * 1e3;
    if (ended(c, left < POLL_MS ? (int)fmax(ceil(left), 0) : POLL_MS)) break;
    if (mi_cancelled(&call.control)) mi_check(&call, MI_ECANCEL);
    if (now() >= deadline) return 0;
  }
  push_result(L, c);
  return 1;
}

/* process:interrupt(): what Ctrl-C would do */
static int process_interrupt(lua_State *L) {
  mi_call call = {.L = L};
  const child *c = arg_process(&call, "sys.Process:interrupt");
  if (c->pid) kill(c->pid, SIGINT);
  return 0;
}

/* process:kill(): ends it and its children; nothing happens when it has ended */
static int process_kill(lua_State *L) {
  mi_call call = {.L = L};
  child *c = arg_process(&call, "sys.Process:kill");
  if (!c->pid) return 0;
  kill(-c->pid, SIGKILL);
  while (c->pid) ended(c, POLL_MS);
  return 0;
}

void mi_sys_add_spawn(lua_State *L) {
  static const luaL_Reg functions[] = {{"spawn", spawn}, {"start", start_process}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"wait", process_wait},
                                     {"interrupt", process_interrupt},
                                     {"kill", process_kill},
                                     {NULL, NULL}};
  static const luaL_Reg closing[] = {{"__gc", child_gc}, {"__close", child_gc}, {NULL, NULL}};
  luaL_newmetatable(L, CHILD_TYPE);
  luaL_setfuncs(L, closing, 0);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
