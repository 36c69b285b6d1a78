/* Lua module matinf.c.array: the type itself, its elements and fields, and helpers of its files. */
#include "bindings/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array_loop.h"
#include "core/base/array_view.h"

/* ---- complex numbers ------------------------------------------------------------------------- */

void mi_push_complex(lua_State *L, double re, double im) {
  lua_createtable(L, 0, 2);
  mi_set_number(L, "re", re);
  mi_set_number(L, "im", im);
  luaL_setmetatable(L, MI_COMPLEX_TYPE);
}

/* complex(re, im) -> a complex number; the Lua half gives it arithmetic */
static int complex_new(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.complex");
  double re = mi_arg_number(&call, 1, "re");
  mi_push_complex(L, re, lua_isnoneornil(L, 2) ? 0 : mi_arg_number(&call, 2, "im"));
  return 1;
}

/* ---- elements -------------------------------------------------------------------------------- */

void mi_push_element(lua_State *L, const char *at, mi_dtype dtype) {
  switch (dtype) {
    case MI_F64: lua_pushnumber(L, *(const double *)at); break;
    case MI_F32: lua_pushnumber(L, (double)*(const float *)at); break;
    case MI_I64: lua_pushinteger(L, *(const int64_t *)at); break;
    case MI_I32: lua_pushinteger(L, *(const int32_t *)at); break;
    case MI_U8: lua_pushinteger(L, *(const uint8_t *)at); break;
    case MI_C128: mi_push_complex(L, ((const double *)at)[0], ((const double *)at)[1]); break;
  }
}

/* Zero-based offset of a one-based index that may count from the end; dimension 0: the only one. */
static int64_t offset(lua_State *L, int64_t n, int dimension, int64_t index) {
  int64_t i = index < 0 ? n + index : index - 1;
  if (index != 0 && i >= 0 && i < n) return i;
  char place[32] = "";
  if (dimension > 0) (void)snprintf(place, sizeof place, " of dimension %d", dimension);
  mi_raise(L, "argument", "index %" PRId64 " is outside 1..%" PRId64 "%s", index, n, place);
}

/* The number of a dimension in messages. */
static int dimension(const mi_array *a, int d) { return a->ndim == 1 ? 0 : d + 1; }

/* ---- a[{ ... }] ------------------------------------------------------------------------------ */

/* The integer t[k] of the table on top of the stack. */
static int64_t slice_part(lua_State *L, int k, int64_t otherwise) {
  int exact = 1;
  int64_t value = otherwise;
  if (lua_geti(L, -1, k) != LUA_TNIL) value = lua_tointegerx(L, -1, &exact);
  if (!exact) mi_raise(L, "argument", "a slice is {first, last, step} of integers");
  lua_pop(L, 1);
  return value;
}

/* Applies the slice {first, last, step} on top of the stack to dimension d of the view, which is
 * the dimension `number` of the array. */
static void apply_slice(lua_State *L, mi_array *view, int d, int number) {
  int64_t n = view->shape[d], step = slice_part(L, 3, 1);
  if (step == 0) mi_raise(L, "argument", "the step of a slice is not 0");
  int64_t first = slice_part(L, 1, step > 0 ? 1 : n), last = slice_part(L, 2, step > 0 ? n : 1);
  int64_t a = first < 0 ? n + first + 1 : first, b = last < 0 ? n + last + 1 : last;
  bool empty = step > 0 ? b < a : a < b;
  bool inside = a >= 1 && a <= n && b >= 1 && b <= n;
  if (!inside && !(empty && a >= 0 && a <= n + 1 && b >= 0 && b <= n + 1))
    mi_raise(L, "argument", "slice {%" PRId64 ", %" PRId64 "} is outside 1..%" PRId64
             " of dimension %d", first, last, n, number);
  mi_view_slice(view, d, a - 1, step, empty ? 0 : (b - a) / step + 1);
}

/* Makes *view what the key, a list of integers and slices at index, selects. */
static void select_view(lua_State *L, int key, mi_array *view) {
  int entries = (int)luaL_len(L, key), ndim = view->ndim, d = 0;
  if (entries > view->ndim)
    mi_raise(L, "argument", "%d indices for an array of %d dimension%s", entries, view->ndim,
             view->ndim == 1 ? " (a slice is a[{ {first, last} }])" : "s");
  for (int k = 1; k <= entries; k++) {
    int type = lua_geti(L, key, k);
    int exact = 0;
    int64_t index = type == LUA_TNUMBER ? lua_tointegerx(L, -1, &exact) : 0;
    if (exact) {
      mi_view_at(view, d, offset(L, view->shape[d], ndim == 1 ? 0 : k, index));
    } else if (type == LUA_TTABLE) {
      apply_slice(L, view, d++, k);
    } else {
      mi_raise(L, "argument",
               "index %d of a[{...}]: integer or {first, last, step} expected, got %s", k,
               type == LUA_TNUMBER ? lua_tostring(L, -1) : luaL_typename(L, -1));
    }
    lua_pop(L, 1);
  }
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The array at index 1 of a metamethod whose first upvalue is the metatable. */
static mi_array *self_or_null(lua_State *L) {
  if (!lua_getmetatable(L, 1)) return NULL;
  bool same = lua_topointer(L, -1) == lua_topointer(L, lua_upvalueindex(1));
  lua_pop(L, 1);
  return same ? lua_touserdata(L, 1) : NULL;
}

static mi_array *self(lua_State *L) {
  mi_array *a = self_or_null(L);
  if (!a) luaL_typeerror(L, 1, MI_ARRAY_TYPE);
  return a;
}

static void push_view_or_element(lua_State *L, const mi_array *view) {
  if (view->ndim == 0) mi_push_element(L, view->data, view->dtype);
  else mi_push_view(L, 1, view);
}

static int index_integer(lua_State *L, const mi_array *a, int64_t index) {
  if (a->ndim == 0) mi_raise(L, "argument", "an array without dimensions has no index");
  int64_t i = offset(L, a->shape[0], dimension(a, 0), index);
  if (a->ndim == 1) {
    mi_push_element(L, a->data + i * a->stride[0], a->dtype);
  } else {
    mi_array view = *a;
    mi_view_at(&view, 0, i);
    mi_push_view(L, 1, &view);
  }
  return 1;
}

static int push_shape(lua_State *L, const mi_array *a) {
  lua_createtable(L, a->ndim, 0);
  for (int d = 0; d < a->ndim; d++) {
    lua_pushinteger(L, a->shape[d]);
    lua_rawseti(L, -2, d + 1);
  }
  return 1;
}

/* Fields that are no methods: shape, ndim, size, dtype. */
static int index_field(lua_State *L, const mi_array *a) {
  const char *name = lua_tostring(L, 2);
  if (strcmp(name, "shape") == 0) return push_shape(L, a);
  if (strcmp(name, "ndim") == 0) lua_pushinteger(L, a->ndim);
  else if (strcmp(name, "size") == 0) lua_pushinteger(L, mi_count(a));
  else if (strcmp(name, "dtype") == 0) lua_pushstring(L, mi_dtype_name(a->dtype));
  else lua_pushnil(L);
  return 1;
}

/* Calls select(a, key) of the module: a[mask], a[indices]. */
static int index_array(lua_State *L) {
  lua_getfield(L, lua_upvalueindex(2), "select");
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return 1;
}

int mi_array_index(lua_State *L) {
  const mi_array *a = self(L);
  int exact;
  switch (lua_type(L, 2)) {
    case LUA_TSTRING:
      lua_pushvalue(L, 2);
      if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 1;
      return index_field(L, a);
    case LUA_TNUMBER: {
      int64_t index = lua_tointegerx(L, 2, &exact);
      if (exact) return index_integer(L, a, index);
      break;
    }
    case LUA_TTABLE: {
      mi_array view = *a;
      select_view(L, 2, &view);
      push_view_or_element(L, &view);
      return 1;
    }
    case LUA_TUSERDATA:
      if (mi_to_array(L, 2)) return index_array(L);
      break;
    default: break;
  }
  mi_raise(L, "argument", "an array has no index %s: integer, {slices}, mask or indices expected",
           luaL_tolstring(L, 2, NULL));
}

/* ---- writing --------------------------------------------------------------------------------- */

void mi_assign(mi_call *call, mi_array *to, const mi_array *value) {
  mi_array source;
  mi_check(call, mi_broadcast(value, to->ndim, to->shape, &source, &call->control));
  if (mi_overlap(to, value)) {
    mi_array *copy = mi_push_array(call->L, source.dtype, source.ndim, source.shape);
    mi_check(call, mi_array_copy(copy, &source, &call->control));
    mi_check(call, mi_array_copy(to, copy, &call->control));
    lua_pop(call->L, 1);
  } else {
    mi_check(call, mi_array_copy(to, &source, &call->control));
  }
}

static void assign_operand(lua_State *L, mi_array *to, int value) {
  mi_call call;
  mi_operand operand;
  mi_begin(&call, L, "array assignment");
  mi_arg_operand(&call, value, "value", &operand);
  mi_assign(&call, to, &operand.array);
}

/* Calls put(a, key, value) of the module: a[mask] = x, a[indices] = x. */
static int newindex_array(lua_State *L) {
  lua_getfield(L, lua_upvalueindex(2), "put");
  lua_insert(L, 1);
  lua_call(L, 3, 0);
  return 0;
}

int mi_array_newindex(lua_State *L) {
  mi_array view = *self(L);
  int exact = 0;
  int64_t index = lua_type(L, 2) == LUA_TNUMBER ? lua_tointegerx(L, 2, &exact) : 0;
  if (exact && view.ndim > 0) {
    mi_view_at(&view, 0, offset(L, view.shape[0], dimension(&view, 0), index));
    if (view.ndim == 0 && view.dtype == MI_F64 && lua_type(L, 3) == LUA_TNUMBER) {
      *(double *)view.data = lua_tonumber(L, 3);
      return 0;
    }
  } else if (lua_istable(L, 2)) {
    select_view(L, 2, &view);
  } else if (mi_to_array(L, 2)) {
    return newindex_array(L);
  } else {
    mi_raise(L, "argument", "an array has no field %s to set", luaL_tolstring(L, 2, NULL));
  }
  assign_operand(L, &view, 3);
  return 0;
}

/* get(a, i, j, ...) -> the element; set(a, i, j, ..., x) sets it */
static mi_array *element(lua_State *L, mi_call *call, int indices, char **at) {
  mi_array *a = self_or_null(L);
  if (!a) mi_argument_error(call, 1, "a", "array");
  if (indices != a->ndim)
    mi_raise(L, "argument", "%s: %d indices for an array of %d dimensions", call->name, indices,
             a->ndim);
  *at = a->data;
  for (int d = 0; d < a->ndim; d++) {
    int exact;
    int64_t index = lua_tointegerx(L, d + 2, &exact);
    if (!exact) mi_argument_error(call, d + 2, "index", "integer");
    *at += offset(L, a->shape[d], dimension(a, d), index) * a->stride[d];
  }
  return a;
}

static int get(lua_State *L) {
  mi_call call; /* mi_begin would cost more than the element: only errors read it */
  call.L = L;
  call.name = "array.get";
  char *at;
  const mi_array *a = element(L, &call, lua_gettop(L) - 1, &at);
  mi_push_element(L, at, a->dtype);
  return 1;
}

static int set(lua_State *L) {
  mi_call call;
  call.L = L;
  call.name = "array.set";
  mi_array view;
  char *at;
  int top = lua_gettop(L);
  const mi_array *a = element(L, &call, top - 2, &at);
  mi_array_init(&view, at, a->dtype, 0, NULL);
  assign_operand(L, &view, top);
  return 0;
}

static int length(lua_State *L) {
  const mi_array *a = self(L);
  if (a->ndim == 0) mi_raise(L, "argument", "an array without dimensions has no length");
  lua_pushinteger(L, a->shape[0]);
  return 1;
}

/* ---- arguments ------------------------------------------------------------------------------- */

void mi_arg_operand(mi_call *call, int index, const char *name, mi_operand *operand) {
  lua_State *L = call->L;
  operand->weak = true;
  if (lua_isinteger(L, index)) {
    operand->number.integer = lua_tointeger(L, index);
    mi_array_init(&operand->array, &operand->number, MI_I64, 0, NULL);
  } else if (lua_type(L, index) == LUA_TNUMBER) {
    operand->number.real[0] = lua_tonumber(L, index);
    mi_array_init(&operand->array, &operand->number, MI_F64, 0, NULL);
  } else if (lua_type(L, index) == LUA_TBOOLEAN) {
    operand->number.integer = lua_toboolean(L, index);
    mi_array_init(&operand->array, &operand->number, MI_I64, 0, NULL);
  } else if (mi_to_complex(L, index, operand->number.real)) {
    mi_array_init(&operand->array, &operand->number, MI_C128, 0, NULL);
  } else {
    operand->array = *mi_arg_array(call, index, name);
    operand->weak = false;
  }
}

/* The dtype of a number beside an array of dtype t. */
static mi_dtype weak_dtype(const mi_operand *number, mi_dtype t) {
  mi_dtype own = number->array.dtype;
  if (own == MI_C128 || t == MI_C128) return own;
  if (t == MI_F32) return MI_F32;
  if (own == MI_I64 && t == MI_I32 && number->number.integer == (int32_t)number->number.integer)
    return MI_I32;
  return own;
}

/* Converts a number in place. */
static void retype(mi_operand *number, mi_dtype dtype) {
  mi_operand old = *number;
  mi_gather(&number->number, dtype, (const char *)&old.number, old.array.dtype, 0, 1);
  mi_array_init(&number->array, &number->number, dtype, 0, NULL);
}

void mi_operands_meet(mi_operand *a, mi_operand *b) {
  if (a->weak && !b->weak) retype(a, weak_dtype(a, b->array.dtype));
  if (b->weak && !a->weak) retype(b, weak_dtype(b, a->array.dtype));
}

int mi_arg_axis(mi_call *call, int index, const mi_array *a) {
  if (lua_isnoneornil(call->L, index)) return -1;
  int64_t axis = mi_arg_integer(call, index, "axis", -a->ndim, a->ndim);
  if (axis == 0) mi_argument_error(call, index, "axis", "1, 2, ... or -1, -2, ...");
  return (int)(axis < 0 ? axis + a->ndim : axis - 1);
}

int mi_arg_integers(mi_call *call, int index, const char *name, int64_t least, int64_t *values,
                    int *next) {
  lua_State *L = call->L;
  bool list = lua_istable(L, index);
  int64_t count = 0;
  if (list) count = luaL_len(L, index);
  else while (lua_type(L, index + (int)count) == LUA_TNUMBER) count++;
  if (count > MI_MAX_NDIM || (!list && count == 0))
    mi_argument_error(call, index, name, "one to eight integers, or a table of them,");
  for (int k = 0; k < (int)count; k++) {
    if (list) lua_geti(L, index, k + 1);
    else lua_pushvalue(L, index + k);
    values[k] = mi_arg_integer(call, -1, name, least, INT64_MAX);
    lua_pop(L, 1);
  }
  *next = list ? index + 1 : index + (int)count;
  return (int)count;
}

mi_dtype mi_option_dtype(mi_call *call, mi_dtype otherwise) {
  static const char *const names[] = {"f64", "f32", "i64", "i32", "u8", "c128", NULL};
  return (mi_dtype)mi_option_choice(call, "dtype", (int)otherwise, names);
}

mi_array *mi_push_rows(mi_call *call, const mi_array *a, int axis, mi_dtype dtype) {
  mi_array view = *a;
  mi_view_move(&view, axis, a->ndim - 1);
  mi_array *rows = mi_push_array(call->L, dtype, view.ndim, view.shape);
  mi_check(call, mi_array_copy(rows, &view, &call->control));
  return rows;
}

void mi_push_unrowed(mi_call *call, const mi_array *rows, int axis) {
  mi_array view = *rows;
  if (axis == rows->ndim - 1) {
    lua_pushvalue(call->L, -1);
    return;
  }
  mi_view_move(&view, rows->ndim - 1, axis);
  mi_array *out = mi_push_array(call->L, view.dtype, view.ndim, view.shape);
  mi_check(call, mi_array_copy(out, &view, &call->control));
}

/* ---- the module ------------------------------------------------------------------------------ */

/* tostring(a) is array.tostring(a), which the Lua half defines. */
static int to_text(lua_State *L) {
  lua_settop(L, 1);
  lua_getfield(L, lua_upvalueindex(2), "tostring");
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static void add_metamethod(lua_State *L, const char *name, lua_CFunction function) {
  lua_pushvalue(L, -1); /* methods below the metatable are upvalue 2 */
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, function, 2);
  lua_setfield(L, -2, name);
}

/* An element function of the module: the metatable is its upvalue 1. */
static void add_accessor(lua_State *L, const char *name, lua_CFunction function) {
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, -3, name);
}

static void add_operators(lua_State *L) {
  static const char *const operators[][2] = {
      {"__add", "add"}, {"__sub", "subtract"}, {"__mul", "multiply"},     {"__div", "divide"},
      {"__pow", "pow"}, {"__mod", "mod"},      {"__idiv", "floor_divide"}, {"__unm", "negate"}};
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
    lua_getfield(L, -2, operators[i][1]);
    lua_setfield(L, -2, operators[i][0]);
  }
}

MI_EXPORT int luaopen_matinf_c_array(lua_State *L);
int luaopen_matinf_c_array(lua_State *L) {
  static const luaL_Reg functions[] = {{"complex", complex_new}, {NULL, NULL}};
  luaL_newmetatable(L, MI_COMPLEX_TYPE);
  luaL_newlib(L, functions);
  mi_array_open_make(L);
  mi_array_open_shape(L);
  mi_array_open_select(L);
  mi_array_open_math(L);
  mi_array_open_reduce(L);
  mi_array_open_order(L);
  mi_array_open_curve(L);
  luaL_newmetatable(L, MI_ARRAY_TYPE);
  add_accessor(L, "get", get);
  add_accessor(L, "set", set);
  add_metamethod(L, "__index", mi_array_index);
  add_metamethod(L, "__newindex", mi_array_newindex);
  add_metamethod(L, "__len", length);
  add_metamethod(L, "__tostring", to_text);
  add_operators(L);
  lua_pop(L, 1);
  return 1;
}
