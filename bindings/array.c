/* Lua module matinf.c.array: the array type. */
#include "bindings/binding.h"

#include <inttypes.h>
#include <stdio.h>

static int array_tostring(lua_State *L) {
  const mi_array *a = mi_to_array(L, 1);
  lua_pushfstring(L, "array %s", mi_dtype_name(a->dtype));
  return 1;
}

static int zeros(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.zeros");
  int64_t n = mi_arg_integer(&call, 1, "n", 0, INT64_MAX);
  mi_array *a = mi_push_array(L, MI_F64, 1, &n);
  for (int64_t i = 0; i < n; i++) ((double *)a->data)[i] = 0;
  return 1;
}

MI_EXPORT int luaopen_matinf_c_array(lua_State *L);
int luaopen_matinf_c_array(lua_State *L) {
  static const luaL_Reg functions[] = {{"zeros", zeros}, {NULL, NULL}};
  luaL_newmetatable(L, MI_ARRAY_TYPE);
  lua_pushcfunction(L, array_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
