#include "bindings/binding_potential.h"

static int collect(lua_State *L) {
  mi_potential_free(luaL_checkudata(L, 1, MI_POTENTIAL_TYPE));
  return 0;
}

mi_potential *mi_push_potential(lua_State *L) {
  mi_potential *potential = lua_newuserdatauv(L, sizeof *potential, 1);
  *potential = (mi_potential){0};
  if (luaL_newmetatable(L, MI_POTENTIAL_TYPE)) {
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return potential;
}

const mi_potential *mi_arg_potential(mi_call *call, int index, const char *name) {
  lua_State *L = call->L;
  const mi_potential *potential = luaL_testudata(L, index, MI_POTENTIAL_TYPE);
  if (!potential && lua_istable(L, index)) {
    lua_getfield(L, index, "kernel");
    potential = luaL_testudata(L, -1, MI_POTENTIAL_TYPE);
    lua_pop(L, 1);
  }
  if (!potential || !potential->class) mi_argument_error(call, index, name, "potential");
  return potential;
}
