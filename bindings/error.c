/* Lua module matinf.c.error: error objects and near names, for the Lua half of the modules. */
#include "bindings/binding.h"

#include <stdlib.h>

/* make(fields) -> the same table as an error object */
static int make(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  mi_make_error(L);
  return 1;
}

/* is(value) -> true when value is an error object */
static int is(lua_State *L) {
  lua_settop(L, 1);
  bool same = false;
  if (lua_istable(L, 1) && lua_getmetatable(L, 1)) {
    luaL_getmetatable(L, "matinf.error");
    same = lua_rawequal(L, -1, -2);
  }
  lua_pushboolean(L, same);
  return 1;
}

/* nearest(name, names) -> the valid name nearest to a mistyped one, or nil */
static int nearest(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer count = luaL_len(L, 2);
  const char **names = mi_scratch(L, (size_t)count, sizeof *names);
  for (lua_Integer i = 0; i < count; i++) {
    lua_geti(L, 2, i + 1);
    names[i] = luaL_checkstring(L, -1);
    lua_pop(L, 1); /* the table keeps the string alive */
  }
  const char *found = mi_nearest(name, names, (int)count);
  if (found) lua_pushstring(L, found);
  else lua_pushnil(L);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_error(lua_State *L);
int luaopen_matinf_c_error(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"make", make}, {"is", is}, {"nearest", nearest}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
