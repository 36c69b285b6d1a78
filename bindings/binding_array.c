/* Arrays as Lua values: userdata that hold their data inside themselves.
 *
 * The collector sees the memory because it is the userdata (no __gc: with one, collection is put
 * off by a cycle and a loop of large arrays peaks at hundreds of MB). A view keeps the array it
 * looks into alive through its user value. */
#include "bindings/binding.h"

#include <string.h>

/* Sets the array metatable, loading the array module that defines it on first use. The Lua half
 * (matinf.array) loads the binding. */
static void set_array_type(lua_State *L) {
  if (luaL_getmetatable(L, MI_ARRAY_TYPE) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "matinf.array");
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

void *mi_set_array(lua_State *L, const char *name, mi_dtype dtype, int ndim,
                   const int64_t *shape) {
  void *data = mi_push_array(L, dtype, ndim, shape)->data;
  lua_setfield(L, -2, name);
  return data;
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

/* ---- tables of numbers as arrays ------------------------------------------------------------- */

bool mi_to_complex(lua_State *L, int index, double *value) {
  if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
  luaL_getmetatable(L, MI_COMPLEX_TYPE);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  if (!same) return false;
  index = lua_absindex(L, index);
  lua_getfield(L, index, "re");
  lua_getfield(L, index, "im");
  value[0] = lua_tonumber(L, -2);
  value[1] = lua_tonumber(L, -1);
  lua_pop(L, 2);
  return true;
}

/* Shape of nested tables, read along their first elements; *complex tells whether those end in a
 * complex number. */
static int table_shape(mi_call *call, int index, const char *name, int64_t *shape, bool *complex) {
  lua_State *L = call->L;
  double value[2];
  int ndim = 0;
  lua_pushvalue(L, index);
  while (lua_istable(L, -1) && !mi_to_complex(L, -1, value)) {
    if (ndim == MI_MAX_NDIM) mi_argument_error(call, index, name, "table nested at most 8 deep");
    shape[ndim++] = luaL_len(L, -1);
    lua_geti(L, -1, 1);
    lua_remove(L, -2);
  }
  *complex = lua_istable(L, -1);
  lua_pop(L, 1);
  return ndim;
}

/* What a table is read into, row by row. */
typedef struct filling {
  mi_call *call;
  const char *name;
  mi_array *array;
  char *at;
} filling;

/* Stores the number on top of the stack; i is its place in its row. */
static void fill_element(filling *f, int64_t i) {
  lua_State *L = f->call->L;
  double value[2] = {0, 0};
  int64_t integer = 0;
  int exact = 0;
  bool number = lua_type(L, -1) == LUA_TNUMBER;
  if (number) {
    value[0] = lua_tonumber(L, -1);
    integer = lua_tointegerx(L, -1, &exact);
  } else if (f->array->dtype != MI_C128 || !mi_to_complex(L, -1, value)) {
    mi_raise(L, "argument", "bad argument '%s' to '%s': number expected, got a %s (element %lld)",
             f->name, f->call->name, luaL_typename(L, -1), (long long)i);
  }
  mi_array to, from;
  mi_array_init(&to, f->at, f->array->dtype, 0, NULL);
  if (exact) mi_array_init(&from, &integer, MI_I64, 0, NULL);
  else mi_array_init(&from, value, number ? MI_F64 : MI_C128, 0, NULL);
  mi_status status = mi_array_copy(&to, &from, &f->call->control);
  if (status == MI_ECANCEL) mi_check(f->call, status);
  if (status != MI_OK)
    mi_raise(L, "argument", "bad argument '%s' to '%s': %s (element %lld)", f->name, f->call->name,
             f->call->control.error, (long long)i);
  f->at += mi_dtype_size(to.dtype);
}

/* Fills dimension d from the table on top of the stack. */
static void fill(filling *f, int d) {
  lua_State *L = f->call->L;
  int64_t n = f->array->shape[d];
  luaL_checkstack(L, 4, "nested table");
  if (!lua_istable(L, -1) || luaL_len(L, -1) != n)
    mi_raise(L, "argument", "bad argument '%s' to '%s': rows of one length expected", f->name,
             f->call->name);
  for (int64_t i = 1; i <= n; i++) {
    mi_poll(f->call, i);
    int type = lua_geti(L, -1, i);
    if (d + 1 < f->array->ndim) {
      fill(f, d + 1);
    } else if (type == LUA_TNUMBER && f->array->dtype == MI_F64) { /* by far the usual case */
      *(double *)f->at = lua_tonumber(L, -1);
      f->at += sizeof(double);
    } else {
      fill_element(f, i);
    }
    lua_pop(L, 1);
  }
}

/* dtype F64 becomes C128 where the numbers are complex. */
mi_array *mi_push_table(mi_call *call, int index, const char *name, mi_dtype dtype) {
  int64_t shape[MI_MAX_NDIM];
  bool complex;
  int ndim = table_shape(call, index, name, shape, &complex);
  if (complex && dtype == MI_F64) dtype = MI_C128;
  mi_array *array = mi_push_array(call->L, dtype, ndim, shape);
  filling f = {call, name, array, array->data};
  lua_pushvalue(call->L, index);
  fill(&f, 0);
  lua_pop(call->L, 1);
  return array;
}

static const mi_array *from_table(mi_call *call, int index, const char *name) {
  const mi_array *array = mi_push_table(call, index, name, MI_F64);
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
    static const char *const expected[] = {"number", "array of 1 dimension",
                                           "array of 2 dimensions",
                                           "array of 3 dimensions"};
    mi_argument_error(call, index, name, ndim < 4 ? expected[ndim] : "array of more dimensions");
  }
  if (array->dtype == dtype && mi_is_contiguous(array)) return array;
  mi_array *copy = mi_push_array(L, dtype, array->ndim, array->shape);
  mi_status status = mi_array_copy(copy, array, &call->control);
  if (status == MI_EINVAL)
    mi_raise(L, "argument", "bad argument '%s' to '%s': %s", name, call->name, call->control.error);
  mi_check(call, status);
  lua_replace(L, index);
  return copy;
}

const mi_array *mi_arg_vector(mi_call *call, int index, const char *name) {
  return mi_arg_contiguous(call, index, name, MI_F64, 1);
}

const mi_array *mi_arg_matrix(mi_call *call, int index, const char *name) {
  return mi_arg_contiguous(call, index, name, MI_F64, 2);
}
