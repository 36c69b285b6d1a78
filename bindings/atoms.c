/* Lua module matinf.c.atoms: what scripts/matinf/atoms.lua is made of. */
#include <math.h>

#include "bindings/atoms.h"
#include "bindings/binding.h"
#include "bindings/binding_structure.h"
#include "core/atoms/structure.h"

/* check(structure): raises what is wrong with it */
static int check(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "atoms.new");
  mi_arg_structure(&call, 1, "structure", &s);
  return 0;
}

/* fractional(structure) -> array [n x 3] */
static int fractional(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "atoms.Structure:fractional");
  mi_arg_structure(&call, 1, "structure", &s);
  const int64_t shape[] = {(int64_t)s.n, 3};
  mi_structure_fractional(&s, (double *)(void *)mi_push_array(L, MI_F64, 2, shape)->data);
  return 1;
}

/* wrap(structure) -> array [n x 3] */
static int wrap(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "atoms.Structure:wrap");
  mi_arg_structure(&call, 1, "structure", &s);
  const int64_t shape[] = {(int64_t)s.n, 3};
  mi_structure_wrap(&s, (double *)(void *)mi_push_array(L, MI_F64, 2, shape)->data);
  return 1;
}

/* first_not_finite(array of f64, [n] or [n x k]) -> first row with NaN or inf, or nil */
static int first_not_finite(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "atoms.read");
  const mi_array *a = mi_arg_contiguous(&call, 1, "values", MI_F64, -1);
  const int64_t n = mi_count(a), width = a->ndim > 1 && n > 0 ? n / a->shape[0] : 1;
  const double *v = (const double *)(const void *)a->data;
  for (int64_t i = 0; i < n; i++) {
    if (isfinite(v[i])) continue;
    lua_pushinteger(L, i / width + 1);
    return 1;
  }
  lua_pushnil(L);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_atoms(lua_State *L);
int luaopen_matinf_c_atoms(lua_State *L) {
  static const luaL_Reg functions[] = {{"check", check},
                                       {"first_not_finite", first_not_finite},
                                       {"fractional", fractional},
                                       {"wrap", wrap},
                                       {"neighbours", mi_atoms_neighbours},
                                       {"read_extxyz", mi_atoms_read_extxyz},
                                       {"read_text", mi_atoms_read_text},
                                       {"numbers", mi_atoms_numbers},
                                       {"line", mi_atoms_line},
                                       {"format", mi_atoms_format},
                                       {"gzip", mi_atoms_gzip},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
