/* Sorting, quantiles, searching and counting. */
#include "bindings/array.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/array_count.h"
#include "core/base/array_sort.h"
#include "core/base/array_view.h"

/* The rows along the axis at index 2 (default: the last), pushed. */
static mi_array *rows_along(mi_call *call, const mi_array *a, mi_dtype dtype, int *axis) {
  if (a->ndim == 0) mi_argument_error(call, 1, "a", "array");
  *axis = mi_arg_axis(call, 2, a);
  if (*axis < 0) *axis = a->ndim - 1;
  return mi_push_rows(call, a, *axis, dtype);
}

static int64_t row_count(const mi_array *rows) {
  int64_t n = rows->shape[rows->ndim - 1];
  return n > 0 ? mi_count(rows) / n : 0;
}

/* sort(a, axis) -> sorted copy */
static int sort(lua_State *L) {
  mi_call call;
  int axis;
  mi_begin(&call, L, "array.sort");
  const mi_array *a = mi_arg_array(&call, 1, "a");
  mi_array *rows = rows_along(&call, a, a->dtype, &axis);
  int64_t n = rows->shape[rows->ndim - 1];
  for (int64_t r = 0; r < row_count(rows); r++) {
    char *row = rows->data + r * n * (int64_t)mi_dtype_size(a->dtype);
    mi_check(&call, mi_sort(a->dtype, row, n, &call.control));
  }
  mi_push_unrowed(&call, rows, axis);
  return 1;
}

/* argsort(a, axis) -> i64 places of the sorted elements */
static int argsort(lua_State *L) {
  mi_call call;
  int axis;
  mi_begin(&call, L, "array.argsort");
  const mi_array *a = mi_arg_array(&call, 1, "a");
  mi_array *rows = rows_along(&call, a, a->dtype, &axis);
  int64_t n = rows->shape[rows->ndim - 1];
  mi_array *order = mi_push_array(L, MI_I64, rows->ndim, rows->shape);
  for (int64_t r = 0; r < row_count(rows); r++) {
    const char *row = rows->data + r * n * (int64_t)mi_dtype_size(a->dtype);
    int64_t *to = (int64_t *)order->data + r * n;
    mi_check(&call, mi_argsort(a->dtype, row, n, to, &call.control));
    for (int64_t k = 0; k < n; k++) to[k]++;
  }
  mi_push_unrowed(&call, order, axis);
  return 1;
}

/* unique(a) -> sorted values, i64 counts */
static int unique(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.unique");
  const mi_array *a = mi_arg_array(&call, 1, "a");
  int64_t n = mi_count(a), bytes = (int64_t)mi_dtype_size(a->dtype);
  mi_array *all = mi_push_array(L, a->dtype, a->ndim, a->shape);
  mi_check(&call, mi_array_copy(all, a, &call.control));
  int64_t *counts = mi_scratch(L, (size_t)n, sizeof *counts);
  mi_check(&call, mi_sort(a->dtype, all->data, n, &call.control));
  int64_t kept = mi_unique_sorted(a->dtype, all->data, n, counts);
  mi_array *values = mi_push_array(L, a->dtype, 1, &kept);
  memcpy(values->data, all->data, (size_t)(kept * bytes));
  mi_array *count = mi_push_array(L, MI_I64, 1, &kept);
  memcpy(count->data, counts, (size_t)kept * sizeof *counts);
  return 2;
}

/* ---- quantiles ------------------------------------------------------------------------------- */

static int64_t without_nan(double *x, int64_t n) {
  int64_t kept = 0;
  for (int64_t i = 0; i < n; i++) {
    if (!isnan(x[i])) x[kept++] = x[i];
  }
  return kept;
}

/* out[k * step] = quantile q[k] of the row, which gets sorted. */
static void row_quantiles(mi_call *call, double *row, int64_t n, const mi_array *q, bool skip_nan,
                          double *out, int64_t step) {
  if (skip_nan) n = without_nan(row, n);
  if (n == 0) mi_raise(call->L, "argument", "%s: no elements", call->name);
  mi_check(call, mi_sort(MI_F64, row, n, &call->control));
  for (int64_t k = 0; k < q->shape[0]; k++)
    out[k * step] = mi_quantile_sorted(row, n, ((const double *)q->data)[k]);
}

/* quantile(a, q, axis, {skip_nan}): q a number or vector; with an axis q's axis comes first */
static int quantile(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.quantile");
  lua_settop(L, 4);
  const mi_array *a = mi_arg_array(&call, 1, "a");
  bool single = lua_type(L, 2) == LUA_TNUMBER;
  const mi_array *given = mi_arg_contiguous(&call, 2, "q", MI_F64, single ? 0 : 1);
  mi_array q = *given;
  if (single) mi_array_init(&q, given->data, MI_F64, 1, (int64_t[]){1});
  for (int64_t k = 0; k < q.shape[0]; k++) {
    double value = ((const double *)q.data)[k];
    if (!(value >= 0 && value <= 1)) mi_argument_error(&call, 2, "q", "numbers from 0 to 1");
  }
  int axis = mi_arg_axis(&call, 3, a);
  mi_options_begin(&call, 4);
  bool skip_nan = mi_option_boolean(&call, "skip_nan", false);
  mi_options_end(&call);
  mi_array flat = *a;
  if (axis < 0) {
    a = mi_arg_contiguous(&call, 1, "a", MI_F64, -1);
    mi_array_init(&flat, a->data, MI_F64, 1, (int64_t[]){mi_count(a)});
    axis = 0;
  }
  mi_array *rows = mi_push_rows(&call, &flat, axis, MI_F64);
  int64_t n = rows->shape[rows->ndim - 1], count = mi_count(rows) / (n > 0 ? n : 1);
  if (rows->ndim == MI_MAX_NDIM) mi_argument_error(&call, 1, "a", "array of fewer dimensions");
  int64_t shape[MI_MAX_NDIM] = {q.shape[0]};
  memcpy(shape + 1, rows->shape, (size_t)(rows->ndim - 1) * sizeof *shape);
  mi_array *out = single ? mi_push_array(L, MI_F64, rows->ndim - 1, shape + 1)
                         : mi_push_array(L, MI_F64, rows->ndim, shape);
  if (n == 0) mi_raise(L, "argument", "array.quantile: no elements");
  for (int64_t r = 0; r < count; r++)
    row_quantiles(&call, (double *)rows->data + r * n, n, &q, skip_nan, (double *)out->data + r,
                  count);
  if (out->ndim == 0) mi_push_element(L, out->data, MI_F64);
  return 1;
}

/* ---- searching and counting ------------------------------------------------------------------ */

/* searchsorted(a, v, {side}) -> place in 1..n + 1 where v keeps ascending a in order */
static int searchsorted(lua_State *L) {
  static const char *const sides[] = {"left", "right", NULL};
  mi_call call;
  mi_begin(&call, L, "array.searchsorted");
  const mi_array *a = mi_arg_vector(&call, 1, "a");
  const mi_array *v = mi_arg_contiguous(&call, 2, "v", MI_F64, -1);
  mi_options_begin(&call, 3);
  bool after = mi_option_choice(&call, "side", 0, sides) == 1;
  mi_options_end(&call);
  mi_array *out = mi_push_array(L, MI_I64, v->ndim, v->shape);
  for (int64_t i = 0, n = mi_count(v); i < n; i++) {
    mi_poll(&call, i);
    ((int64_t *)out->data)[i] = 1 + mi_search_sorted((const double *)a->data, a->shape[0],
                                                     ((const double *)v->data)[i], after);
  }
  if (v->ndim == 0) mi_push_element(L, out->data, MI_I64);
  return 1;
}

static const mi_array *push_uniform_edges(mi_call *call, int64_t bins, const mi_array *x) {
  double low = INFINITY, high = -INFINITY;
  const double *value = (const double *)x->data;
  const mi_array *range = mi_option_vector(call, "range");
  if (range && range->shape[0] != 2)
    mi_raise(call->L, "argument", "%s: range is {low, high}", call->name);
  for (int64_t i = 0; !range && i < x->shape[0]; i++) {
    if (isnan(value[i]))
      mi_raise(call->L, "argument", "%s: element %" PRId64 " is NaN", call->name, i + 1);
    low = fmin(low, value[i]);
    high = fmax(high, value[i]);
  }
  if (range) low = ((const double *)range->data)[0], high = ((const double *)range->data)[1];
  if (!range && x->shape[0] == 0) low = 0, high = 1;
  if (low == high) low -= 0.5, high += 0.5;
  if (!isfinite(low) || !isfinite(high) || low > high)
    mi_raise(call->L, "argument", "%s: a finite range expected, got %g to %g", call->name, low,
             high);
  int64_t n = bins + 1;
  mi_array *edges = mi_push_array(call->L, MI_F64, 1, &n);
  for (int64_t k = 0; k <= bins; k++)
    ((double *)edges->data)[k] = low + (high - low) * ((double)k / (double)bins);
  ((double *)edges->data)[bins] = high;
  return edges;
}

static const mi_array *given_edges(mi_call *call, int index) {
  const mi_array *edges = mi_arg_vector(call, index, "bins");
  const double *e = (const double *)edges->data;
  bool ascending = edges->shape[0] >= 2;
  for (int64_t k = 1; k < edges->shape[0]; k++) ascending = ascending && e[k] > e[k - 1];
  if (!ascending) mi_argument_error(call, index, "bins", "number of bins, or ascending edges,");
  lua_pushvalue(call->L, index);
  return edges;
}

/* histogram(x, bins, {range, weights}) -> counts (i64, or f64 with weights), edges */
static int histogram(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.histogram");
  lua_settop(L, 3);
  const mi_array *x = mi_arg_contiguous(&call, 1, "x", MI_F64, -1);
  mi_array flat;
  mi_array_init(&flat, x->data, MI_F64, 1, (int64_t[]){mi_count(x)});
  mi_options_begin(&call, 3);
  const mi_array *weights = mi_option_vector(&call, "weights");
  if (weights && weights->shape[0] != flat.shape[0])
    mi_raise(L, "argument", "array.histogram: one weight for each value expected");
  bool uniform = lua_type(L, 2) == LUA_TNUMBER || lua_isnil(L, 2);
  int64_t bins = uniform && !lua_isnil(L, 2) ? mi_arg_integer(&call, 2, "bins", 1, 1000000000) : 10;
  const mi_array *edges =
      uniform ? push_uniform_edges(&call, bins, &flat) : given_edges(&call, 2);
  mi_options_end(&call);
  int at = lua_gettop(L);
  bins = edges->shape[0] - 1;
  mi_array *counts = mi_push_array(L, MI_F64, 1, &bins);
  memset(counts->data, 0, (size_t)bins * sizeof(double));
  mi_check(&call, mi_histogram((const double *)x->data,
                               weights ? (const double *)weights->data : NULL, flat.shape[0],
                               (const double *)edges->data, bins, uniform, (double *)counts->data,
                               &call.control));
  if (!weights) {
    mi_array *whole = mi_push_array(L, MI_I64, 1, &bins);
    mi_check(&call, mi_array_copy(whole, counts, &call.control));
  }
  lua_pushvalue(L, at);
  return 2;
}

/* bincount(x, length) -> how often each of 1..length (default: the largest) occurs */
static int bincount(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.bincount");
  const mi_array *x = mi_arg_contiguous(&call, 1, "x", MI_I64, -1);
  const int64_t *v = (const int64_t *)x->data;
  int64_t n = mi_count(x), length = 0;
  bool given = !lua_isnoneornil(L, 2);
  for (int64_t i = 0; i < n; i++) {
    mi_poll(&call, i);
    if (v[i] < 1)
      mi_raise(L, "argument", "array.bincount: integers >= 1 expected, got %" PRId64, v[i]);
    if (v[i] > length) length = v[i];
  }
  if (given) {
    int64_t wanted = mi_arg_integer(&call, 2, "length", 0, INT64_MAX);
    if (wanted < length)
      mi_raise(L, "argument", "array.bincount: %" PRId64 " is outside 1..%" PRId64, length, wanted);
    length = wanted;
  }
  mi_array *counts = mi_push_array(L, MI_I64, 1, &length);
  memset(counts->data, 0, (size_t)length * sizeof(int64_t));
  for (int64_t i = 0; i < n; i++) {
    mi_poll(&call, i);
    ((int64_t *)counts->data)[v[i] - 1]++;
  }
  return 1;
}

void mi_array_open_order(lua_State *L) {
  static const luaL_Reg functions[] = {{"sort", sort},
                                       {"argsort", argsort},
                                       {"unique", unique},
                                       {"quantile", quantile},
                                       {"searchsorted", searchsorted},
                                       {"histogram", histogram},
                                       {"bincount", bincount},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
