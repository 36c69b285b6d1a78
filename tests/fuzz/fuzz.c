/* The libFuzzer program of every target: feeds its bytes to the Lua function that
 * tests/fuzz/TARGET.lua returns (TARGET from the environment; run in the root of the sources).
 *
 * Bad bytes must end in an error object that is not of kind "internal"; a plain Lua error, a crash
 * or a hang is a finding. libFuzzer sees the edges of the C modules, which are compiled for it,
 * and through the extra counters below the pairs of lines that the Lua half runs through.
 *
 * The HDF5 library itself crashes on damaged files. With CHILD=1 each input runs in a child process
 * (which shares the extra counters); a child that dies is a finding when the sanitizer's summary
 * names a source file of ours. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTERS (1u << 16)

__attribute__((section("__libfuzzer_extra_counters"), aligned(65536))) static uint8_t
    counters[COUNTERS];

static lua_State *state;
static char report[] = "/tmp/fuzz-XXXXXX"; /* what a dying child writes */
static int in_child;

static void on_line(lua_State *L, lua_Debug *ar) {
  static uint32_t last;
  lua_getinfo(L, "S", ar);
  uint32_t here = (uint32_t)((uintptr_t)ar->source >> 4) * 2654435761u;
  here = (here ^ (uint32_t)ar->currentline) * 2654435761u;
  counters[(here ^ last) >> 16]++;
  last = here >> 1;
}

static void die(const char *what) {
  (void)fprintf(stderr, "fuzz: %s: %s\n", what, luaL_tolstring(state, -1, NULL));
  abort();
}

/* Whether the error on top of the stack is one that bad input may bring about. */
static int is_expected(void) {
  const char *text = lua_tostring(state, -1);
  if (text) return strcmp(text, "not enough memory") == 0;
  return lua_istable(state, -1) && lua_getfield(state, -1, "kind") == LUA_TSTRING &&
         strcmp(lua_tostring(state, -1), "internal") != 0;
}

static void prepend(const char *field, const char *pattern) {
  lua_getglobal(state, "package");
  lua_getfield(state, -1, field);
  lua_pushfstring(state, "%s;%s", pattern, lua_tostring(state, -1));
  lua_setfield(state, -3, field);
  lua_pop(state, 2);
}

/* Each input in a child of its own, under a name for its report; children share the counters. */
static void use_children(void) {
  int fd = mkstemp(report);
  void *shared = mmap(counters, sizeof counters, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (fd < 0 || shared == MAP_FAILED) abort();
  close(fd);
  in_child = 1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  const char *target = getenv("TARGET");
  state = luaL_newstate();
  luaL_openlibs(state);
  prepend("path", "./?.lua;scripts/?.lua");
  prepend("cpath", "build/fuzz/lib/?.so");
  lua_pushfstring(state, "tests/fuzz/%s.lua", target ? target : "");
  if (luaL_loadfile(state, lua_tostring(state, -1)) != LUA_OK) die("cannot load the target");
  if (lua_pcall(state, 0, 1, 0) != LUA_OK) die("cannot run the target");
  lua_setfield(state, LUA_REGISTRYINDEX, "target");
  lua_sethook(state, on_line, LUA_MASKLINE, 0);
  if (getenv("CHILD")) use_children();
  return 0;
}

static void run_input(const uint8_t *bytes, size_t size) {
  lua_settop(state, 0);
  lua_getfield(state, LUA_REGISTRYINDEX, "target");
  lua_pushlstring(state, (const char *)bytes, size);
  if (lua_pcall(state, 1, 0, 0) != LUA_OK && !is_expected()) {
    lua_settop(state, 1);
    die("an error that should not be");
  }
}

/* Whether the report of a dead child blames us: a Lua error, or a summary that names our sources. */
static int is_ours(void) {
  char line[1024];
  int ours = 0;
  FILE *file = fopen(report, "r");
  while (file && !ours && fgets(line, sizeof line, file)) {
    if (strncmp(line, "fuzz:", 5) == 0) ours = 1;
    if (strncmp(line, "SUMMARY:", 8) == 0) ours = strstr(line, "bindings/") || strstr(line, "core/");
  }
  if (file) (void)fclose(file);
  return ours;
}

static void run_in_child(const uint8_t *bytes, size_t size) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    int fd = open(report, O_WRONLY | O_TRUNC);
    if (fd < 0 || dup2(fd, 2) < 0) _exit(0);
    alarm(10);
    run_input(bytes, size);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) < 0) return;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) abort(); /* a hang */
  if (status != 0 && is_ours()) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (in_child) run_in_child(bytes, size);
  else run_input(bytes, size);
  return 0;
}
