/* Making arrays. */
#include "bindings/array.h"

#include <math.h>
#include <string.h>

#include "core/base/array_view.h"

/* array(value, {dtype}) -> a new array; from(value, {dtype}) -> value itself where it is one */
static int convert(mi_call *call, bool always_copy) {
  lua_State *L = call->L;
  double number[2];
  const mi_array *a = mi_to_array(L, 1);
  bool table = lua_istable(L, 1) && !mi_to_complex(L, 1, number);
  mi_options_begin(call, 2);
  mi_dtype dtype = mi_option_dtype(call, a ? a->dtype : MI_F64);
  mi_options_end(call);
  if (table) {
    mi_push_table(call, 1, "value", dtype);
  } else if (a && !always_copy && dtype == a->dtype) {
    lua_pushvalue(L, 1);
  } else {
    if (!a) a = mi_arg_array(call, 1, "value");
    mi_array *copy = mi_push_array(L, dtype, a->ndim, a->shape);
    mi_check(call, mi_array_copy(copy, a, &call->control));
  }
  return 1;
}

static int array_new(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array");
  return convert(&call, true);
}

static int from(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.from");
  return convert(&call, false);
}

/* Pushes an array of the shape at index and of the option dtype behind it. */
static mi_array *push_shaped(mi_call *call, int index, mi_dtype otherwise) {
  int64_t shape[MI_MAX_NDIM];
  int next, ndim = mi_arg_integers(call, index, "shape", 0, shape, &next);
  mi_options_begin(call, next);
  mi_dtype dtype = mi_option_dtype(call, otherwise);
  mi_options_end(call);
  return mi_push_array(call->L, dtype, ndim, shape);
}

static void fill(mi_call *call, mi_array *a, double value) {
  mi_array scalar;
  mi_array_init(&scalar, &value, MI_F64, 0, NULL);
  mi_assign(call, a, &scalar);
}

static void clear(mi_call *call, mi_array *a) {
  const size_t piece = (size_t)1 << 24;
  size_t bytes = (size_t)mi_count(a) * mi_dtype_size(a->dtype);
  for (size_t at = 0; at < bytes; at += piece) {
    mi_poll(call, 0);
    memset(a->data + at, 0, bytes - at < piece ? bytes - at : piece);
  }
}

static int zeros(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.zeros");
  clear(&call, push_shaped(&call, 1, MI_F64));
  return 1;
}

static int ones(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.ones");
  fill(&call, push_shaped(&call, 1, MI_F64), 1);
  return 1;
}

/* full(shape, value, {dtype}) */
static int full(lua_State *L) {
  mi_call call;
  mi_operand value;
  int64_t shape[MI_MAX_NDIM];
  int next;
  mi_begin(&call, L, "array.full");
  lua_settop(L, 3);
  if (lua_isinteger(L, 1)) { /* one number is the length: the next one is the value */
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    lua_replace(L, 1);
  }
  int ndim = mi_arg_integers(&call, 1, "shape", 0, shape, &next);
  mi_arg_operand(&call, 2, "value", &value);
  mi_options_begin(&call, 3);
  mi_dtype natural = value.array.dtype == MI_C128 ? MI_C128 : MI_F64;
  mi_dtype dtype = mi_option_dtype(&call, natural);
  mi_options_end(&call);
  mi_array *a = mi_push_array(L, dtype, ndim, shape);
  mi_assign(&call, a, &value.array);
  return 1;
}

/* arange(first, last, step, {dtype}): inclusive, as Lua's for; arange(last) starts at 1 */
static int arange(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.arange");
  int count = 0;
  double number[3] = {1, 0, 1};
  while (count < 3 && lua_type(L, count + 1) == LUA_TNUMBER) {
    number[count] = lua_tonumber(L, count + 1);
    count++;
  }
  if (count == 0) mi_argument_error(&call, 1, "last", "number");
  if (count == 1) number[1] = number[0], number[0] = 1;
  double first = number[0], last = number[1], step = number[2];
  if (!isfinite(first) || !isfinite(last) || !isfinite(step) || step == 0)
    mi_raise(L, "argument", "array.arange: finite numbers and a step that is not 0 expected");
  mi_options_begin(&call, count + 1);
  mi_dtype dtype = mi_option_dtype(&call, MI_F64);
  mi_options_end(&call);
  /* The last value is kept when rounding moves it by less than 1e-10 steps. */
  double steps = floor((last - first) / step + 1e-10);
  int64_t n = steps < 0 ? 0 : steps > 0x1p60 ? INT64_C(1) << 60 : (int64_t)steps + 1;
  double *x = (double *)mi_push_array(L, MI_F64, 1, &n)->data;
  for (int64_t i = 0; i < n; i++) {
    mi_poll(&call, i);
    x[i] = first + (double)i * step;
  }
  if (dtype == MI_F64) return 1;
  const mi_array *values = mi_to_array(L, -1);
  mi_array *a = mi_push_array(L, dtype, 1, &n);
  mi_check(&call, mi_array_copy(a, values, &call.control));
  return 1;
}

/* linspace(first, last, n) -> n equally spaced numbers, both ends exact */
static int linspace(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.linspace");
  double first = mi_arg_number(&call, 1, "first"), last = mi_arg_number(&call, 2, "last");
  int64_t n = lua_isnoneornil(L, 3) ? 50 : mi_arg_integer(&call, 3, "n", 0, INT64_MAX);
  double *x = (double *)mi_push_array(L, MI_F64, 1, &n)->data;
  for (int64_t i = 0; i < n; i++) {
    mi_poll(&call, i);
    x[i] = first + (last - first) * ((double)i / (double)(n - 1));
  }
  if (n > 0) x[0] = first;
  if (n > 1) x[n - 1] = last;
  return 1;
}

/* eye(n, m) -> ones on the diagonal */
static int eye(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.eye");
  int64_t shape[2] = {mi_arg_integer(&call, 1, "n", 0, INT64_MAX)};
  shape[1] = lua_isnoneornil(L, 2) ? shape[0] : mi_arg_integer(&call, 2, "m", 0, INT64_MAX);
  mi_array *a = mi_push_array(L, MI_F64, 2, shape);
  clear(&call, a);
  for (int64_t i = 0; i < shape[0] && i < shape[1]; i++)
    ((double *)a->data)[i * (shape[1] + 1)] = 1;
  return 1;
}

void mi_array_open_make(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"array", array_new},   {"from", from}, {"zeros", zeros}, {"ones", ones}, {"full", full},
      {"arange", arange},     {"linspace", linspace},           {"eye", eye},   {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
