#include "bindings/binding_structure.h"

#include <stdio.h>

/* Raises "bad argument 'structure' to 'f': STRUCTURE.FIELD is to be ..., got ...". */
static void bad_field(mi_call *call, const char *name, const char *field, const char *expected)
    __attribute__((noreturn));

static void bad_field(mi_call *call, const char *name, const char *field, const char *expected) {
  char what[96];
  (void)snprintf(what, sizeof what, "%s.%s", name, field);
  mi_argument_error(call, -1, what, expected);
}

static const mi_array *field_array(mi_call *call, int index, const char *name, const char *field,
                                   mi_dtype dtype, int ndim, const int64_t *shape) {
  char expected[96];
  lua_getfield(call->L, index, field);
  const mi_array *a = lua_isnil(call->L, -1) ? NULL : mi_to_array(call->L, -1);
  bool right = a && a->dtype == dtype && a->ndim == ndim && mi_is_contiguous(a);
  for (int k = 0; right && k < ndim; k++) right = a->shape[k] == shape[k];
  if (!right && !lua_isnil(call->L, -1)) {
    int used = snprintf(expected, sizeof expected, "contiguous %s array [", mi_dtype_name(dtype));
    for (int k = 0; k < ndim; k++)
      used += snprintf(expected + used, sizeof expected - (size_t)used, "%s%lld",
                       k ? " x " : "", (long long)shape[k]);
    (void)snprintf(expected + used, sizeof expected - (size_t)used, "]");
    bad_field(call, name, field, expected);
  }
  lua_pop(call->L, 1);
  return a;
}

const double *mi_structure_field(mi_call *call, int index, const char *name, const char *field,
                                 int ndim, const int64_t *shape) {
  const mi_array *a = field_array(call, index, name, field, MI_F64, ndim, shape);
  return a ? (const double *)(const void *)a->data : NULL;
}

static bool is_structure(lua_State *L, int index) {
  if (!lua_istable(L, index) || luaL_getmetafield(L, index, "__name") != LUA_TSTRING) return false;
  lua_pushliteral(L, "atoms.Structure");
  const bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

static void read_periodic(mi_call *call, int index, const char *name, bool periodic[3]) {
  lua_State *L = call->L;
  if (lua_getfield(L, index, "periodic") != LUA_TTABLE)
    bad_field(call, name, "periodic", "list of 3 booleans");
  for (int k = 0; k < 3; k++) {
    if (lua_rawgeti(L, -1, k + 1) != LUA_TBOOLEAN)
      bad_field(call, name, "periodic", "list of 3 booleans");
    periodic[k] = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Number of rows of the field positions. */
static int64_t count_atoms(mi_call *call, int index, const char *name) {
  lua_getfield(call->L, index, "positions");
  const mi_array *a = mi_to_array(call->L, -1);
  if (!a || a->ndim != 2) bad_field(call, name, "positions", "contiguous f64 array [n x 3]");
  lua_pop(call->L, 1);
  return a->shape[0];
}

void mi_arg_structure(mi_call *call, int index, const char *name, mi_structure *s) {
  static const int64_t three[] = {3, 3};
  luaL_checkstack(call->L, 4, "structure");
  index = lua_absindex(call->L, index);
  if (!is_structure(call->L, index)) mi_argument_error(call, index, name, "structure");
  const int64_t n = count_atoms(call, index, name), shape[] = {n, 3};
  const mi_array *number = field_array(call, index, name, "numbers", MI_I32, 1, shape);
  const double *cell = mi_structure_field(call, index, name, "cell", 2, three);
  if (!number) {
    lua_pushnil(call->L);
    bad_field(call, name, "numbers", "contiguous i32 array [n]");
  }
  s->n = (size_t)n;
  s->position = mi_structure_field(call, index, name, "positions", 2, shape);
  s->number = (const int32_t *)(const void *)number->data;
  for (int k = 0; k < 9; k++) s->cell[k / 3][k % 3] = cell ? cell[k] : 0;
  read_periodic(call, index, name, s->periodic);
  mi_check_structure(call, index, mi_structure_check(s, &call->control));
}

void mi_check_structure(mi_call *call, int index, mi_status status) {
  lua_State *L = call->L;
  if (status != MI_EINVAL) {
    mi_check(call, status);
    return;
  }
  index = lua_absindex(L, index);
  lua_getfield(L, index, "file");
  lua_getfield(L, index, "frame");
  const char *file = lua_tostring(L, -2);
  const long long frame = lua_tointeger(L, -1);
  if (!file) mi_check(call, status);
  if (frame > 0) mi_raise_at(L, file, 0, 0, "frame %lld: %s", frame, call->control.error);
  mi_raise_at(L, file, 0, 0, "%s", call->control.error);
}
