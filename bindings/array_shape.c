/* Views, copies, and arrays joined to larger ones. */
#include "bindings/array.h"

#include <string.h>

#include "core/base/array_math.h"
#include "core/base/array_view.h"

/* The array that a function begins with. */
static const mi_array *begin(mi_call *call, lua_State *L, const char *name) {
  mi_begin(call, L, name);
  return mi_arg_array(call, 1, "a");
}

static int copy(lua_State *L) {
  mi_call call;
  const mi_array *a = begin(&call, L, "array.copy");
  mi_options_begin(&call, 2);
  mi_dtype dtype = mi_option_dtype(&call, a->dtype);
  mi_options_end(&call);
  mi_array *out = mi_push_array(L, dtype, a->ndim, a->shape);
  mi_check(&call, mi_array_copy(out, a, &call.control));
  return 1;
}

/* astype(a, dtype): floating point to integer truncates nothing: 1.5 is refused */
static int astype(lua_State *L) {
  mi_call call;
  const mi_array *a = begin(&call, L, "array.astype");
  static const char *const names[] = {"f64", "f32", "i64", "i32", "u8", "c128", NULL};
  mi_dtype dtype = (mi_dtype)mi_arg_choice(&call, 2, "dtype", names);
  mi_array *out = mi_push_array(L, dtype, a->ndim, a->shape);
  mi_check(&call, mi_array_copy(out, a, &call.control));
  return 1;
}

/* Finds the length given as -1 and checks the number of elements. */
static void complete_shape(mi_call *call, const mi_array *a, int ndim, int64_t *shape) {
  int64_t count = mi_count(a), known = 1;
  int open = -1;
  for (int d = 0; d < ndim; d++) {
    if (shape[d] < 0 && open >= 0)
      mi_raise(call->L, "argument", "%s: only one length is -1", call->name);
    if (shape[d] < 0) open = d;
    else if (__builtin_mul_overflow(known, shape[d], &known)) known = -1;
  }
  if (open >= 0 && known > 0 && count % known == 0) shape[open] = count / known;
  else if (open >= 0 || known != count)
    mi_raise(call->L, "argument", "%s: %lld elements do not make the shape asked for", call->name,
             (long long)count);
}

/* Pushes a with another shape: a view when possible, else a view of a copy. */
static void push_reshaped(mi_call *call, int index, const mi_array *a, int ndim,
                          const int64_t *shape) {
  mi_array view;
  if (mi_view_reshape(a, ndim, shape, &view)) {
    mi_push_view(call->L, index, &view);
  } else {
    mi_array flat, *out = mi_push_array(call->L, a->dtype, ndim, shape);
    mi_array_init(&flat, out->data, a->dtype, a->ndim, a->shape);
    mi_check(call, mi_array_copy(&flat, a, &call->control));
  }
}

/* reshape(a, n, m, ...) or reshape(a, {n, m}): one length may be -1 */
static int reshape(lua_State *L) {
  mi_call call;
  int64_t shape[MI_MAX_NDIM];
  int next;
  const mi_array *a = begin(&call, L, "array.reshape");
  int ndim = mi_arg_integers(&call, 2, "shape", -1, shape, &next);
  complete_shape(&call, a, ndim, shape);
  push_reshaped(&call, 1, a, ndim, shape);
  return 1;
}

/* flatten(a) -> all elements in one dimension; a view when possible */
static int flatten(lua_State *L) {
  mi_call call;
  const mi_array *a = begin(&call, L, "array.flatten");
  push_reshaped(&call, 1, a, 1, (int64_t[]){mi_count(a)});
  return 1;
}

/* view(a) -> another array on the same memory */
static int view_new(lua_State *L) {
  mi_call call;
  const mi_array *a = begin(&call, L, "array.view");
  mi_push_view(L, 1, a);
  return 1;
}

/* transpose(a, axes): without axes all are reversed */
static int transpose(lua_State *L) {
  mi_call call;
  mi_array view;
  int axes[MI_MAX_NDIM], next;
  const mi_array *a = begin(&call, L, "array.transpose");
  for (int d = 0; d < a->ndim; d++) axes[d] = a->ndim - 1 - d;
  if (!lua_isnoneornil(L, 2)) {
    int64_t given[MI_MAX_NDIM];
    unsigned seen = 0;
    int count = mi_arg_integers(&call, 2, "axes", 1, given, &next);
    for (int d = 0; d < count && given[d] <= a->ndim; d++) {
      axes[d] = (int)given[d] - 1;
      seen |= 1u << axes[d];
    }
    if (count != a->ndim || seen != (1u << a->ndim) - 1)
      mi_raise(L, "argument", "array.transpose: each of the %d axes once expected", a->ndim);
  }
  mi_view_transpose(a, axes, &view);
  mi_push_view(L, 1, &view);
  return 1;
}

/* diagonal(a) -> a view of the main diagonal of a matrix */
static int diagonal(lua_State *L) {
  mi_call call;
  const mi_array *a = begin(&call, L, "array.diagonal");
  if (a->ndim != 2) mi_argument_error(&call, 1, "a", "array of 2 dimensions");
  mi_array view = *a;
  view.ndim = 1;
  view.shape[0] = a->shape[0] < a->shape[1] ? a->shape[0] : a->shape[1];
  view.stride[0] = a->stride[0] + a->stride[1];
  mi_push_view(L, 1, &view);
  return 1;
}

/* broadcast(a, shape) -> a read-only in spirit view that repeats a */
static int broadcast(lua_State *L) {
  mi_call call;
  int64_t shape[MI_MAX_NDIM];
  mi_array view;
  int next;
  const mi_array *a = begin(&call, L, "array.broadcast");
  int ndim = mi_arg_integers(&call, 2, "shape", 0, shape, &next);
  mi_check(&call, mi_broadcast(a, ndim, shape, &view, &call.control));
  mi_push_view(L, 1, &view);
  return 1;
}

/* flip(a, axis) -> a view in reverse order (along the first axis) */
static int flip(lua_State *L) {
  mi_call call;
  const mi_array *a = begin(&call, L, "array.flip");
  int axis = mi_arg_axis(&call, 2, a);
  if (a->ndim == 0) mi_argument_error(&call, 1, "a", "array");
  if (axis < 0) axis = 0;
  mi_array view = *a;
  mi_view_slice(&view, axis, a->shape[axis] - 1, -1, a->shape[axis]);
  mi_push_view(L, 1, &view);
  return 1;
}

/* real(a), imag(a): views of the parts of a complex array */
static int part(lua_State *L, const char *name, int64_t shift) {
  mi_call call;
  const mi_array *a = begin(&call, L, name);
  mi_array view = *a;
  if (a->dtype == MI_C128) {
    view.data += shift;
    view.dtype = MI_F64;
  } else if (shift > 0) { /* a real array has no imaginary part to look at */
    mi_array *zero = mi_push_array(L, MI_F64, a->ndim, a->shape);
    memset(zero->data, 0, (size_t)mi_count(zero) * sizeof(double));
    return 1;
  }
  mi_push_view(L, 1, &view);
  return 1;
}

static int real(lua_State *L) { return part(L, "array.real", 0); }
static int imag(lua_State *L) { return part(L, "array.imag", sizeof(double)); }

/* ---- joining --------------------------------------------------------------------------------- */

/* The arrays of the list at index 1, on the stack from 3 on; *dtype is where they meet. */
static int list_of_arrays(mi_call *call, mi_dtype *dtype) {
  lua_State *L = call->L;
  if (!lua_istable(L, 1)) mi_argument_error(call, 1, "arrays", "table of arrays");
  int64_t count = luaL_len(L, 1);
  if (count < 1 || count > 1000000) mi_argument_error(call, 1, "arrays", "table of arrays");
  lua_settop(L, 2);
  luaL_checkstack(L, (int)count + 8, "too many arrays");
  for (int k = 0; k < (int)count; k++) {
    lua_geti(L, 1, k + 1);
    mi_dtype own = mi_arg_array(call, k + 3, "arrays")->dtype;
    *dtype = k == 0 ? own : own == MI_U8 && *dtype == MI_U8 ? MI_U8 : mi_promote(*dtype, own);
  }
  return (int)count;
}

/* Writes the arrays one behind the other along an axis; each is `view` after its own shaping. */
static void join(mi_call *call, int count, int axis, bool stacked, mi_array *out) {
  int64_t at = 0;
  for (int k = 0; k < count; k++) {
    const mi_array *a = mi_to_array(call->L, k + 3);
    mi_array target = *out;
    int64_t length = stacked ? 1 : a->shape[axis];
    mi_view_slice(&target, axis, at, 1, length);
    if (stacked) mi_view_at(&target, axis, 0);
    mi_check(call, mi_array_copy(&target, a, &call->control));
    at += length;
  }
}

/* concatenate(arrays, axis) */
static int concatenate(lua_State *L) {
  mi_call call;
  mi_dtype dtype = MI_F64;
  mi_begin(&call, L, "array.concatenate");
  int count = list_of_arrays(&call, &dtype);
  const mi_array *first = mi_to_array(L, 3);
  if (first->ndim == 0) mi_raise(L, "argument", "array.concatenate: arrays expected, got numbers");
  int axis = mi_arg_axis(&call, 2, first);
  if (axis < 0) axis = 0;
  mi_array whole = *first;
  whole.shape[axis] = 0;
  for (int k = 0; k < count; k++) {
    const mi_array *a = mi_to_array(L, k + 3);
    for (int d = 0; d < whole.ndim; d++) {
      if (a->ndim != whole.ndim || (d != axis && a->shape[d] != whole.shape[d]))
        mi_raise(L, "argument", "array.concatenate: array %d has another shape than array 1",
                 k + 1);
    }
    whole.shape[axis] += a->shape[axis];
  }
  join(&call, count, axis, false, mi_push_array(L, dtype, whole.ndim, whole.shape));
  return 1;
}

/* stack(arrays, axis): a new axis counts them */
static int stack(lua_State *L) {
  mi_call call;
  mi_dtype dtype = MI_F64;
  mi_begin(&call, L, "array.stack");
  int count = list_of_arrays(&call, &dtype);
  mi_array whole = *mi_to_array(L, 3);
  for (int k = 1; k < count; k++) {
    if (!mi_same_shape(mi_to_array(L, k + 3), &whole))
      mi_raise(L, "argument", "array.stack: array %d has another shape than array 1", k + 1);
  }
  if (whole.ndim == MI_MAX_NDIM) mi_raise(L, "argument", "array.stack: at most 8 dimensions");
  whole.shape[whole.ndim++] = count;
  int axis = mi_arg_axis(&call, 2, &whole);
  if (axis < 0) axis = 0;
  mi_view_move(&whole, whole.ndim - 1, axis);
  join(&call, count, axis, true, mi_push_array(L, dtype, whole.ndim, whole.shape));
  return 1;
}

/* ---- to Lua ---------------------------------------------------------------------------------- */

static void push_table(mi_call *call, const mi_array *a) {
  lua_State *L = call->L;
  if (a->ndim == 0) {
    mi_push_element(L, a->data, a->dtype);
    return;
  }
  luaL_checkstack(L, 4, "nested table");
  lua_createtable(L, a->shape[0] < INT32_MAX ? (int)a->shape[0] : 0, 0);
  for (int64_t i = 0; i < a->shape[0]; i++) {
    mi_array row = *a;
    mi_poll(call, i);
    mi_view_at(&row, 0, i);
    push_table(call, &row);
    lua_rawseti(L, -2, i + 1);
  }
}

/* totable(a) -> nested tables of numbers */
static int totable(lua_State *L) {
  mi_call call;
  const mi_array *a = begin(&call, L, "array.totable");
  push_table(&call, a);
  return 1;
}

void mi_array_open_shape(lua_State *L) {
  static const luaL_Reg functions[] = {{"copy", copy},
                                       {"astype", astype},
                                       {"reshape", reshape},
                                       {"flatten", flatten},
                                       {"view", view_new},
                                       {"transpose", transpose},
                                       {"T", transpose},
                                       {"diagonal", diagonal},
                                       {"broadcast", broadcast},
                                       {"flip", flip},
                                       {"real", real},
                                       {"imag", imag},
                                       {"concatenate", concatenate},
                                       {"stack", stack},
                                       {"totable", totable},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
