/* The host program: a Lua state that finds the matinf package, survives Ctrl-C, and runs cli.lua.
 *
 * Everything else the command line does is Lua (scripts/matinf/cli.lua). The package is beside the
 * program (a clone), or in ../share/lua/5.4 and ../lib/lua/5.4 (installed). */
#include <lauxlib.h>
#include <libgen.h>
#include <limits.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static lua_State *host_state;
static volatile sig_atomic_t cancel; /* bindings poll this through the registry */

static void raise_interrupted(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  cancel = 0;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "matinf.error");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "fail");
  lua_pushliteral(L, "interrupted");
  lua_pushliteral(L, "interrupted");
  lua_call(L, 2, 0);
}

/* First Ctrl-C: kernels see the flag, Lua code meets the hook. The second one ends the process,
 * whatever it is doing; the REPL catches Ctrl-C anew before each command. */
static void on_interrupt(int signal_number) {
  signal(signal_number, SIG_DFL);
  cancel = 1;
  /* lua_sethook is made for this: it only stores three fields (Lua manual, lua.c does the same). */
  // NOLINTNEXTLINE(bugprone-signal-handler,cert-sig30-c)
  lua_sethook(host_state, raise_interrupted, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

/* Forgets an old interrupt and catches the next one: at start, and before each REPL command
 * (`require "matinf.c.host".catch_interrupt()`). */
static int catch_interrupt(lua_State *L) {
  lua_sethook(L, NULL, 0, 0);
  cancel = 0;
  struct sigaction action = {.sa_handler = on_interrupt}; /* no SA_RESTART: a wait for input ends */
  sigaction(SIGINT, &action, NULL);
  return 0;
}

/* Ctrl-C is for the program that the session waits for, which inherits this: until
 * catch_interrupt(). */
static int ignore_interrupt(lua_State *L) {
  (void)L;
  struct sigaction action = {.sa_handler = SIG_IGN};
  sigaction(SIGINT, &action, NULL);
  return 0;
}

/* ---- warnings ------------------------------------------------------------------------------- */

/* What `warn` and the kernels say (lua_warning) is printed, and kept for the log of a run. */
static char warnings[4096]; /* lines; what does not fit is printed only */

static void on_warning(void *context, const char *text, int more) {
  static char line[512];
  (void)context;
  size_t length = strlen(line);
  (void)snprintf(line + length, sizeof line - length, "%s", text);
  if (more) return;
  if (*line != '@') { /* else a control message: "@on" */
    (void)fprintf(stderr, "matinf: warning: %s\n", line);
    length = strlen(warnings);
    (void)snprintf(warnings + length, sizeof warnings - length, "%s\n", line);
  }
  *line = '\0';
}

/* take_warnings() -> the lines since the last call */
static int take_warnings(lua_State *L) {
  lua_pushstring(L, warnings);
  *warnings = '\0';
  return 1;
}

static int traceback(lua_State *L) {
  const char *text = lua_tostring(L, 1);
  if (text) luaL_traceback(L, L, text, 1);
  return 1; /* error objects pass as they are */
}

/* Puts directory/suffix in front of package[field]. */
static void prepend(lua_State *L, const char *field, const char *directory, const char *suffix) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, field);
  lua_pushfstring(L, "%s/%s;%s", directory, suffix, lua_tostring(L, -1));
  lua_setfield(L, -3, field);
  lua_pop(L, 2);
}

/* prepend() of root/place, without `.` and `..` where there is such a folder. */
static void prepend_place(lua_State *L, const char *field, const char *root, const char *place,
                          const char *pattern) {
  char joined[2 * PATH_MAX], real[PATH_MAX];
  (void)snprintf(joined, sizeof joined, "%s/%s", root, place);
  prepend(L, field, realpath(joined, real) ? real : joined, pattern);
}

/* Points package.path and cpath at the clone or the installation this program belongs to:
 * the first of these places, relative to the program, that holds matinf.lua. */
static void find_package(lua_State *L) {
  static const struct {
    const char *lua, *scripts, *modules;
  } places[] = {
      {".", "scripts", "build/lib"},                         /* a clone */
      {"../..", "../../scripts", "lib"},                     /* build/KIND/matinf in a clone */
      {"../share/lua/5.4", "../share/lua/5.4", "../lib/lua/5.4"} /* PREFIX/bin/matinf */
  };
  char program[PATH_MAX], probe[PATH_MAX + 64];
  ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  program[length > 0 ? length : 0] = '\0';
  const char *root = dirname(program);
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    (void)snprintf(probe, sizeof probe, "%s/%s/matinf.lua", root, places[i].lua);
    if (access(probe, R_OK) != 0) continue;
    prepend_place(L, "path", root, places[i].scripts, "?.lua");
    if (strcmp(places[i].lua, places[i].scripts) != 0) {
      prepend_place(L, "path", root, places[i].lua, "?.lua");
    }
    prepend_place(L, "cpath", root, places[i].modules, "?.so");
    return;
  }
}

/* main under pcall: arguments are argc and argv; returns the exit code of cli.lua */
static int run(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  luaL_checkversion(L);
  luaL_openlibs(L);
  find_package(L);

  lua_pushlightuserdata(L, (void *)&cancel);
  lua_setfield(L, LUA_REGISTRYINDEX, "matinf.cancel");
  static const luaL_Reg functions[] = {{"catch_interrupt", catch_interrupt},
                                       {"ignore_interrupt", ignore_interrupt},
                                       {"take_warnings", take_warnings},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_insert(L, -2);
  lua_setfield(L, -2, "matinf.c.host");
  lua_pop(L, 1);
  catch_interrupt(L);

  lua_createtable(L, argc, 0);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i);
  }
  lua_setglobal(L, "arg");

  lua_getglobal(L, "require");
  lua_pushliteral(L, "matinf.cli");
  lua_call(L, 1, 1);
  lua_call(L, 0, 1);
  return 1;
}

/* What was printed must arrive: a full disk is no success. */
static int flush_output(int code) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  (void)fputs("matinf: cannot write the output\n", stderr);
  return code == 0 ? 1 : code;
}

int main(int argc, char **argv) {
  (void)setenv("OPENBLAS_NUM_THREADS", "1", 0); /* threads are ours, outside of BLAS */
  lua_State *L = luaL_newstate();
  if (!L) {
    (void)fputs("matinf: out of memory\n", stderr);
    return 1;
  }
  host_state = L;
  lua_setwarnf(L, on_warning, NULL);
  lua_pushcfunction(L, traceback);
  lua_pushcfunction(L, run);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int code = 1;
  if (lua_pcall(L, 2, 1, 1) == LUA_OK) {
    code = (int)lua_tointeger(L, -1);
  } else {
    (void)fprintf(stderr, "matinf: %s\n", luaL_tolstring(L, -1, NULL));
  }
  lua_close(L);
  return flush_output(code);
}
