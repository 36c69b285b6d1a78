/* The libFuzzer program of every target: feeds its bytes to the Lua function that
 * tests/fuzz/TARGET.lua returns (TARGET from the environment; run in the root of the sources).
 *
 * Bad bytes must end in an error object that is not of kind "internal"; a plain Lua error, a crash
 * or a hang is a finding. libFuzzer sees the edges of the C modules, which are compiled for it,
 * and through the extra counters below the pairs of lines that the Lua half runs through. */
#define _GNU_SOURCE
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTERS (1u << 16)

__attribute__((section("__libfuzzer_extra_counters"), aligned(65536))) static uint8_t
    counters[COUNTERS];

static lua_State *state;

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  run_input(bytes, size);
  return 0;
}
