/* Lua module matinf.c.fft: discrete Fourier transforms. */
#include "core/base/fft.h"

#include <string.h>

#include "bindings/binding.h"

/* ---- arguments ------------------------------------------------------------------------------- */

/* Argument 1: an array of at least one dimension, converted to contiguous dtype. */
static const mi_array *arg_signal(mi_call *call, mi_dtype dtype) {
  const mi_array *x = mi_arg_contiguous(call, 1, "x", dtype, -1);
  if (x->ndim == 0) mi_argument_error(call, 1, "x", "array of at least 1 dimension");
  return x;
}

/* The axes to transform, zero-based: option axis is one (1 the first, -1 the last) or "all". */
static void option_axes(mi_call *call, const mi_array *x, int *first, int *last) {
  *first = *last = x->ndim - 1;
  if (!mi_option(call, "axis")) return;
  if (lua_type(call->L, -1) == LUA_TSTRING) {
    static const char *const all[] = {"all", NULL};
    mi_arg_choice(call, -1, "axis", all);
    *first = 0;
  } else {
    int64_t axis = mi_arg_integer(call, -1, "axis", -x->ndim, x->ndim);
    if (axis == 0) mi_argument_error(call, -1, "axis", "1, 2, ... or -1, -2, ...");
    *first = *last = (int)(axis < 0 ? axis + x->ndim : axis - 1);
  }
  lua_pop(call->L, 1);
}

static int option_axis(mi_call *call, const mi_array *x) {
  int first, last;
  option_axes(call, x, &first, &last);
  if (first != last) mi_raise(call->L, "argument", "bad argument 'axis' to '%s': one axis expected",
                              call->name);
  return first;
}

static void refuse_empty(mi_call *call, const mi_array *x, int axis) {
  if (x->shape[axis] == 0)
    mi_raise(call->L, "argument", "bad argument 'x' to '%s': axis %d is empty", call->name,
             axis + 1);
}

/* ---- plans ----------------------------------------------------------------------------------- */

/* The plans of the last few lengths: they cost more to make than a short transform. Long ones are
 * made for each call, since they would keep much memory that the collector does not see. */
enum { KEPT = 8, LONGEST_KEPT = 1 << 17 };

typedef struct plan_store {
  struct {
    int64_t n;
    bool real;
    mi_fft_plan *plan;
  } entry[KEPT];
  int next; /* to be replaced */
} plan_store;

static int free_plans(lua_State *L) {
  plan_store *store = lua_touserdata(L, 1);
  for (int i = 0; i < KEPT; i++) mi_fft_plan_free(store->entry[i].plan);
  memset(store, 0, sizeof *store);
  return 0;
}

/* Pushes the store, which is the upvalue of every function. */
static void push_plans(lua_State *L) {
  plan_store *store = lua_newuserdatauv(L, sizeof *store, 0);
  memset(store, 0, sizeof *store);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, free_plans);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
}

/* NULL if the length is not one to keep. */
static const mi_fft_plan *plan_for(mi_call *call, int64_t n, bool real) {
  plan_store *store = lua_touserdata(call->L, lua_upvalueindex(1));
  if (n > LONGEST_KEPT) return NULL;
  for (int i = 0; i < KEPT; i++) {
    if (store->entry[i].n == n && store->entry[i].real == real) return store->entry[i].plan;
  }
  mi_fft_plan *plan = NULL;
  mi_check(call, (real ? mi_fft_plan_new_real : mi_fft_plan_new)(n, &plan, &call->control));
  mi_fft_plan_free(store->entry[store->next].plan);
  store->entry[store->next].n = n;
  store->entry[store->next].real = real;
  store->entry[store->next].plan = plan;
  store->next = (store->next + 1) % KEPT;
  return plan;
}

/* ---- transforms ------------------------------------------------------------------------------ */

static int transform(lua_State *L, const char *name, bool inverse) {
  mi_call call;
  int first, last;
  mi_begin(&call, L, name);
  const mi_array *x = arg_signal(&call, MI_C128);
  mi_options_begin(&call, 2);
  option_axes(&call, x, &first, &last);
  mi_options_end(&call);
  mi_array *y = mi_push_array(L, MI_C128, x->ndim, x->shape);
  for (int axis = first; axis <= last; axis++) {
    refuse_empty(&call, x, axis);
    const mi_fft_plan *plan = plan_for(&call, x->shape[axis], false);
    mi_check(&call, mi_fft(plan, axis == first ? x : y, y, axis, inverse, &call.control));
  }
  return 1;
}

static int forward(lua_State *L) { return transform(L, "fft.forward", false); }

static int inverse(lua_State *L) { return transform(L, "fft.inverse", true); }

static int real(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "fft.real");
  const mi_array *x = arg_signal(&call, MI_F64);
  mi_options_begin(&call, 2);
  int axis = option_axis(&call, x);
  mi_options_end(&call);
  refuse_empty(&call, x, axis);
  int64_t shape[MI_MAX_NDIM];
  memcpy(shape, x->shape, sizeof shape);
  shape[axis] = shape[axis] / 2 + 1;
  mi_array *y = mi_push_array(L, MI_C128, x->ndim, shape);
  const mi_fft_plan *plan = plan_for(&call, x->shape[axis], true);
  mi_check(&call, mi_fft_real(plan, x, y, axis, &call.control));
  return 1;
}

static int inverse_real(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "fft.inverse_real");
  const mi_array *x = arg_signal(&call, MI_C128);
  mi_options_begin(&call, 2);
  int axis = option_axis(&call, x);
  refuse_empty(&call, x, axis);
  int64_t shape[MI_MAX_NDIM], bins = x->shape[axis];
  memcpy(shape, x->shape, sizeof shape);
  int64_t usual = bins > 1 ? 2 * (bins - 1) : 1;
  shape[axis] = mi_option_integer(&call, "n", usual, 1, 2 * bins - 1);
  mi_options_end(&call);
  mi_array *y = mi_push_array(L, MI_F64, x->ndim, shape);
  const mi_fft_plan *plan = plan_for(&call, y->shape[axis], true);
  mi_check(&call, mi_fft_inverse_real(plan, x, y, axis, &call.control));
  return 1;
}

/* ---- order and convolution ------------------------------------------------------------------- */

static int frequencies(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "fft.frequencies");
  int64_t n = mi_arg_integer(&call, 1, "n", 1, INT64_C(1) << 40);
  mi_options_begin(&call, 2);
  double spacing = mi_option_number(&call, "spacing", 1);
  bool half = mi_option_boolean(&call, "real", false);
  mi_options_end(&call);
  if (spacing == 0)
    mi_raise(L, "argument", "bad argument 'spacing' to '%s': it is zero", call.name);
  int64_t count = half ? n / 2 + 1 : n, negative = half ? count : (n + 1) / 2;
  mi_array *y = mi_push_vector(L, NULL, count);
  double *f = (double *)y->data, unit = 1 / ((double)n * spacing);
  for (int64_t k = 0; k < count; k++) f[k] = (double)(k < negative ? k : k - n) * unit;
  return 1;
}

/* Copies count elements along the axis, from x[at_x ...] to y[at_y ...]. */
static void copy_part(mi_call *call, const mi_array *x, int64_t at_x, mi_array *y, int64_t at_y,
                      int axis, int64_t count) {
  mi_array from = *x, to = *y;
  from.shape[axis] = to.shape[axis] = count;
  from.data += at_x * x->stride[axis];
  to.data += at_y * y->stride[axis];
  mi_check(call, mi_array_copy(&to, &from, &call->control));
}

static int shift(lua_State *L) {
  mi_call call;
  int first, last;
  mi_begin(&call, L, "fft.shift");
  const mi_array *x = mi_arg_array(&call, 1, "x");
  if (x->ndim == 0) mi_argument_error(&call, 1, "x", "array of at least 1 dimension");
  mi_options_begin(&call, 2);
  option_axes(&call, x, &first, &last);
  bool back = mi_option_boolean(&call, "inverse", false);
  mi_options_end(&call);
  for (int axis = first; axis <= last; axis++) {
    int64_t n = x->shape[axis], by = back ? n - n / 2 : n / 2;
    mi_array *y = mi_push_array(L, x->dtype, x->ndim, x->shape);
    copy_part(&call, x, 0, y, by, axis, n - by);
    copy_part(&call, x, n - by, y, 0, axis, by);
    x = y;
  }
  return 1;
}

static int convolve(lua_State *L) {
  static const char *const modes[] = {"full", "same", "valid", NULL};
  enum { FULL, SAME, VALID };
  mi_call call;
  mi_begin(&call, L, "fft.convolve");
  const mi_array *a = mi_arg_vector(&call, 1, "a"), *b = mi_arg_vector(&call, 2, "b");
  mi_options_begin(&call, 3);
  int mode = mi_option_choice(&call, "mode", FULL, modes);
  mi_options_end(&call);
  int64_t na = a->shape[0], nb = b->shape[0], n = na + nb - 1;
  if (na == 0) mi_argument_error(&call, 1, "a", "array that is not empty");
  if (nb == 0) mi_argument_error(&call, 2, "b", "array that is not empty");
  if (mode == VALID && nb > na) mi_argument_error(&call, 2, "b", "array no longer than a");
  mi_array *y = mi_push_vector(L, NULL, n);
  mi_check(&call, mi_convolve((const double *)a->data, na, (const double *)b->data, nb,
                              (double *)y->data, &call.control));
  if (mode == FULL) return 1;
  mi_array part = *y;
  part.shape[0] = mode == SAME ? na : na - nb + 1;
  part.data += (mode == SAME ? (nb - 1) / 2 : nb - 1) * part.stride[0];
  mi_push_view(L, -1, &part);
  return 1;
}

MI_EXPORT int luaopen_matinf_c_fft(lua_State *L);
int luaopen_matinf_c_fft(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"forward", forward},           {"inverse", inverse}, {"real", real},
      {"inverse_real", inverse_real}, {"shift", shift},     {"frequencies", frequencies},
      {"convolve", convolve},         {NULL, NULL}};
  luaL_newlibtable(L, functions);
  push_plans(L);
  luaL_setfuncs(L, functions, 1);
  return 1;
}
