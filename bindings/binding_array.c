/* Arrays as Lua values: userdata that hold their data inside themselves.
 *
 * The collector sees the memory because it is the userdata (no __gc: with one, collection is put
 * off by a cycle and a loop of large arrays peaks at hundreds of MB). A view keeps the array it
 * looks into alive through its user value. */
#include "bindings/binding.h"

#include <string.h>

/* Sets the array metatable, loading the array module that defines it on first use. */
static void set_array_type(lua_State *L) {
  if (luaL_getmetatable(L, MI_ARRAY_TYPE) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "matinf.c.array");
    lua_call(L, 1, 0);
    luaL_getmetatable(L, MI_ARRAY_TYPE);
  }
  lua_setmetatable(L, -2);
}

mi_array *mi_push_array(lua_State *L, mi_dtype dtype, int ndim, const int64_t *shape) {
  size_t bytes;
  if (!mi_array_bytes(dtype, ndim, shape, &bytes) ||
      bytes > PTRDIFF_MAX - sizeof(mi_array) - MI_ALIGNMENT)
    mi_raise(L, "memory", "out of memory: an array of this shape is too large");
  mi_array *array = lua_newuserdatauv(L, sizeof(mi_array) + MI_ALIGNMENT + bytes, 0);
  uintptr_t data = (uintptr_t)(array + 1);
  data = (data + MI_ALIGNMENT - 1) / MI_ALIGNMENT * MI_ALIGNMENT;
  mi_array_init(array, (void *)data, dtype, ndim, shape);
  set_array_type(L);
  return array;
}

mi_array *mi_push_vector(lua_State *L, const double *values, int64_t n) {
  mi_array *array = mi_push_array(L, MI_F64, 1, &n);
  if (values) memcpy(array->data, values, (size_t)n * sizeof *values);
  return array;
}

mi_array *mi_push_view(lua_State *L, int owner, const mi_array *view) {
  owner = lua_absindex(L, owner);
  mi_array *array = lua_newuserdatauv(L, sizeof *array, 1);
  *array = *view;
  lua_pushvalue(L, owner);
  lua_setiuservalue(L, -2, 1);
  set_array_type(L);
  return array;
}

mi_array *mi_to_array(lua_State *L, int index) { return luaL_testudata(L, index, MI_ARRAY_TYPE); }

/* ---- tables of numbers as arrays --------------------------------------------------------------- */

/* Shape of nested tables, read along their first elements. */
static int table_shape(mi_call *call, int index, const char *name, int64_t *shape) {
  lua_State *L = call->L;
  int ndim = 0;
  lua_pushvalue(L, index);
  while (lua_istable(L, -1)) {
    if (ndim == MI_MAX_NDIM) mi_argument_error(call, index, name, "table nested at most 8 deep");
    shape[ndim++] = luaL_len(L, -1);
    lua_geti(L, -1, 1);
    lua_remove(L, -2);
  }
  lua_pop(L, 1);
  return ndim;
}

/* Fills row-major data from the table on top of the stack. */
static double *fill(mi_call *call, const char *name, int ndim, const int64_t *shape, double *to) {
  lua_State *L = call->L;
  luaL_checkstack(L, 4, "nested table");
  if (!lua_istable(L, -1) || luaL_len(L, -1) != shape[0])
    mi_raise(L, "argument", "bad argument '%s' to '%s': rows of one length expected", name,
             call->name);
  for (int64_t i = 1; i <= shape[0]; i++) {
    lua_geti(L, -1, i);
    if (ndim > 1) {
      to = fill(call, name, ndim - 1, shape + 1, to);
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
      *to++ = lua_tonumber(L, -1);
    } else {
      mi_raise(L, "argument", "bad argument '%s' to '%s': number expected, got a %s (element %lld)",
               name, call->name, luaL_typename(L, -1), (long long)i);
    }
    lua_pop(L, 1);
  }
  return to;
}

static const mi_array *from_table(mi_call *call, int index, const char *name) {
  int64_t shape[MI_MAX_NDIM];
  int ndim = table_shape(call, index, name, shape);
  mi_array *array = mi_push_array(call->L, MI_F64, ndim, shape);
  lua_pushvalue(call->L, index);
  fill(call, name, ndim, shape, (double *)array->data);
  lua_pop(call->L, 1);
  lua_replace(call->L, index);
  return array;
}

const mi_array *mi_arg_array(mi_call *call, int index, const char *name) {
  lua_State *L = call->L;
  index = lua_absindex(L, index);
  const mi_array *array = mi_to_array(L, index);
  if (array) return array;
  if (lua_istable(L, index)) return from_table(call, index, name);
  if (lua_type(L, index) != LUA_TNUMBER)
    mi_argument_error(call, index, name, "array or table of numbers");
  mi_array *scalar = mi_push_array(L, MI_F64, 0, NULL);
  *(double *)scalar->data = lua_tonumber(L, index);
  lua_replace(L, index);
  return scalar;
}

const mi_array *mi_arg_contiguous(mi_call *call, int index, const char *name, mi_dtype dtype,
                                  int ndim) {
  lua_State *L = call->L;
  index = lua_absindex(L, index);
  const mi_array *array = mi_arg_array(call, index, name);
  if (ndim >= 0 && array->ndim != ndim) {
    static const char *const expected[] = {"number", "array of 1 dimension", "array of 2 dimensions",
                                           "array of 3 dimensions"};
    mi_argument_error(call, index, name, ndim < 4 ? expected[ndim] : "array of more dimensions");
  }
  if (array->dtype == dtype && mi_is_contiguous(array)) return array;
  mi_array *copy = mi_push_array(L, dtype, array->ndim, array->shape);
  if (mi_array_copy(copy, array, &call->control) != MI_OK)
    mi_raise(L, "argument", "bad argument '%s' to '%s': %s", name, call->name, call->control.error);
  lua_replace(L, index);
  return copy;
}

const mi_array *mi_arg_vector(mi_call *call, int index, const char *name) {
  return mi_arg_contiguous(call, index, name, MI_F64, 1);
}

const mi_array *mi_arg_matrix(mi_call *call, int index, const char *name) {
  return mi_arg_contiguous(call, index, name, MI_F64, 2);
}
