/* Lua module of the robustness tests: memory that runs out, and a Ctrl-C by the clock.
 *
 * Preloaded into the host (LD_PRELOAD), it stands in front of realloc and aligned_alloc, the two
 * functions by which all memory of ours is had: realloc by Lua's allocator and growing buffers,
 * aligned_alloc by mi_alloc. Only calls made by the host itself and by matinf/c/NAME.so count;
 * other libraries get what they ask for, for several of them end the process without it. Blocks
 * that need not grow are always given: Lua relies on that. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* ---- memory that runs out -------------------------------------------------------------------- */

/* The fail_at-th allocation fails, and with it the `more` that follow: Lua collects garbage after a
 * failure and asks once more. 0 = nothing fails. */
static long fail_at, more;
static _Atomic long count, failed; /* kernels allocate in their threads as well */

static ElfW(Addr) host_begin, host_end;

static int first_object(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  (void)context;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    host_begin = info->dlpi_addr + part->p_vaddr;
    host_end = host_begin + part->p_memsz;
  }
  return 1; /* the program is listed first */
}

static bool is_ours(const void *caller) {
  Dl_info object;
  if ((ElfW(Addr))caller >= host_begin && (ElfW(Addr))caller < host_end) return true;
  return dladdr(caller, &object) && object.dli_fname && strstr(object.dli_fname, "/matinf/c/");
}

static bool fails(const void *caller) {
  if (!fail_at || !is_ours(caller)) return false;
  long k = ++count;
  if (k < fail_at || k > fail_at + more) return false;
  failed++;
  return true;
}

EXPORT void *realloc(void *block, size_t size) {
  static void *(*next)(void *, size_t);
  if (!next) *(void **)&next = dlsym(RTLD_NEXT, "realloc");
  bool grows = size > 0 && (!block || size > malloc_usable_size(block));
  return grows && fails(__builtin_return_address(0)) ? NULL : next(block, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  static void *(*next)(size_t, size_t);
  if (!next) *(void **)&next = dlsym(RTLD_NEXT, "aligned_alloc");
  return fails(__builtin_return_address(0)) ? NULL : next(alignment, size);
}

/* with_failure(k, more, f) -> whether an allocation failed, whether f returned, its error */
static int with_failure(lua_State *L) {
  long k = (long)luaL_checkinteger(L, 1), following = (long)luaL_checkinteger(L, 2);
  luaL_checkstack(L, 8, NULL);
  lua_settop(L, 3);
  if (!host_begin) dl_iterate_phdr(first_object, NULL);
  count = failed = 0;
  more = following;
  fail_at = k;
  int status = lua_pcall(L, 0, 0, 0);
  fail_at = 0;
  if (status == LUA_OK) lua_pushnil(L);
  lua_pushboolean(L, failed > 0);
  lua_pushboolean(L, status == LUA_OK);
  lua_rotate(L, -3, 2);
  return 3;
}

/* Under pcall of a new state: opens the libraries, runs the code with the paths. */
static int open_and_run(lua_State *L) {
  const char *const *text = lua_touserdata(L, 1);
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  lua_pushstring(L, text[0]);
  lua_setfield(L, -2, "path");
  lua_pushstring(L, text[1]);
  lua_setfield(L, -2, "cpath");
  if (luaL_loadstring(L, text[2]) != LUA_OK) return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

/* in_new_state(path, cpath, code): runs code in a Lua state of its own, then closes that; an error
 * is raised here */
static int in_new_state(lua_State *L) {
  const char *text[] = {luaL_checkstring(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3)};
  lua_State *fresh = luaL_newstate();
  if (!fresh) return luaL_error(L, "not enough memory");
  lua_pushcfunction(fresh, open_and_run);
  lua_pushlightuserdata(fresh, text);
  char message[256] = "";
  if (lua_pcall(fresh, 1, 0, 0) != LUA_OK) {
    const char *error = lua_tostring(fresh, -1);
    (void)snprintf(message, sizeof message, "%s", error ? error : "an error object");
  }
  lua_close(fresh);
  return *message ? luaL_error(L, "%s", message) : 0;
}

/* ---- a Ctrl-C by the clock ------------------------------------------------------------------- */

static double interrupted_at;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void on_alarm(int signal_number) {
  (void)signal_number;
  interrupted_at = now();
  kill(getpid(), SIGINT);
}

/* interrupt_after(seconds): SIGINT to this process; 0 calls it off */
static int interrupt_after(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  struct sigaction action = {.sa_handler = on_alarm};
  suseconds_t microseconds = (suseconds_t)(1e6 * (seconds - (double)(time_t)seconds));
  struct itimerval timer = {{0, 0}, {(time_t)seconds, microseconds}};
  interrupted_at = 0;
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &timer, NULL);
  return 0;
}

/* since_interrupt() -> seconds since that SIGINT, nil when it has not been sent */
static int since_interrupt(lua_State *L) {
  if (interrupted_at > 0) lua_pushnumber(L, now() - interrupted_at);
  else lua_pushnil(L);
  return 1;
}

EXPORT int luaopen_probe(lua_State *L);
int luaopen_probe(lua_State *L) {
  static const luaL_Reg functions[] = {{"with_failure", with_failure},
                                       {"in_new_state", in_new_state},
                                       {"interrupt_after", interrupt_after},
                                       {"since_interrupt", since_interrupt},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
