/* Curves: interpolation, integrals, derivatives, running sums, polynomials, smoothing. */
#include "bindings/array.h"

#include <inttypes.h>
#include <math.h>

#include "core/base/array_curve.h"
#include "core/base/array_polynomial.h"
#include "core/base/array_view.h"

/* ---- curves along an axis -------------------------------------------------------------------- */

/* (y, x or step, axis): the rows of y, and where their points lie. */
typedef struct curve {
  mi_array *rows;
  int axis;
  int64_t n, count;
  const double *x; /* NULL: equally spaced by step */
  double step;
} curve;

static void arg_curve(mi_call *call, curve *c) {
  lua_State *L = call->L;
  const mi_array *y = mi_arg_array(call, 1, "y");
  if (y->ndim == 0) mi_argument_error(call, 1, "y", "array");
  c->axis = mi_arg_axis(call, 3, y);
  if (c->axis < 0) c->axis = y->ndim - 1;
  c->n = y->shape[c->axis];
  c->count = c->n > 0 ? mi_count(y) / c->n : 0;
  c->x = NULL;
  c->step = 1;
  if (lua_type(L, 2) == LUA_TNUMBER) {
    c->step = mi_arg_number(call, 2, "x");
  } else if (!lua_isnoneornil(L, 2)) {
    const mi_array *x = mi_arg_vector(call, 2, "x");
    if (x->shape[0] != c->n)
      mi_raise(L, "argument", "bad argument 'x' to '%s': %" PRId64 " points expected, got %" PRId64,
               call->name, c->n, x->shape[0]);
    c->x = (const double *)x->data;
  }
  c->rows = mi_push_rows(call, y, c->axis, MI_F64);
}

static void need_monotonic(mi_call *call, const curve *c) {
  bool falls;
  if (c->x) mi_check(call, mi_check_monotonic(c->x, c->n, &falls, &call->control));
}

static const double *row(const curve *c, int64_t r) {
  return (const double *)c->rows->data + r * c->n;
}

/* integrate(y, x or step, axis, {rule}) */
static int integrate(lua_State *L) {
  static const char *const rules[] = {"trapezoid", "simpson", NULL};
  mi_call call;
  curve c;
  mi_begin(&call, L, "array.integrate");
  lua_settop(L, 4);
  mi_options_begin(&call, 4);
  bool simpson = mi_option_choice(&call, "rule", 0, rules) == 1;
  mi_options_end(&call);
  arg_curve(&call, &c);
  if (simpson) need_monotonic(&call, &c);
  mi_array *out = mi_push_array(L, MI_F64, c.rows->ndim - 1, c.rows->shape);
  double *sum = (double *)out->data;
  for (int64_t r = 0, n = mi_count(out); r < n; r++)
    sum[r] = (simpson ? mi_simpson : mi_trapezoid)(row(&c, r), c.x, c.step, c.n);
  if (out->ndim == 0) mi_push_element(L, out->data, MI_F64);
  return 1;
}

typedef mi_status curve_function(const double *y, const double *x, double step, int64_t n,
                                 double *out, mi_control *control);

static int map_curve(mi_call *call, const curve *c, curve_function *function) {
  mi_array *out = mi_push_array(call->L, MI_F64, c->rows->ndim, c->rows->shape);
  for (int64_t r = 0; r < c->count; r++)
    mi_check(call, function(row(c, r), c->x, c->step, c->n, (double *)out->data + r * c->n,
                            &call->control));
  mi_push_unrowed(call, out, c->axis);
  return 1;
}

static int cumulative_integrate(lua_State *L) {
  mi_call call;
  curve c;
  mi_begin(&call, L, "array.cumulative_integrate");
  lua_settop(L, 3);
  arg_curve(&call, &c);
  return map_curve(&call, &c, mi_cumulative_trapezoid);
}

static int gradient(lua_State *L) {
  mi_call call;
  curve c;
  mi_begin(&call, L, "array.gradient");
  lua_settop(L, 3);
  arg_curve(&call, &c);
  if (c.n < 2) mi_argument_error(&call, 1, "y", "at least 2 points");
  need_monotonic(&call, &c);
  return map_curve(&call, &c, mi_gradient);
}

/* smooth(y, {method, window, order, derivative, step, axis}) */
static int smooth(lua_State *L) {
  static const char *const methods[] = {"average", "savitzky-golay", NULL};
  mi_call call;
  mi_begin(&call, L, "array.smooth");
  lua_settop(L, 2);
  const mi_array *y = mi_arg_array(&call, 1, "y");
  if (y->ndim == 0) mi_argument_error(&call, 1, "y", "array");
  mi_options_begin(&call, 2);
  bool golay = mi_option_choice(&call, "method", 0, methods) == 1;
  int64_t window = mi_option_integer(&call, "window", 5, 1, 1000001);
  int64_t order = golay ? mi_option_integer(&call, "order", 2, 0, window - 1) : 0;
  int64_t derivative = golay ? mi_option_integer(&call, "derivative", 0, 0, order) : 0;
  double step = golay ? mi_option_number(&call, "step", 1) : 1;
  int axis = y->ndim - 1;
  if (mi_option(&call, "axis")) axis = mi_arg_axis(&call, -1, y);
  mi_options_end(&call);
  int64_t n = y->shape[axis];
  if (window % 2 == 0 || window > n)
    mi_raise(L, "argument", "array.smooth: window: odd number up to %" PRId64 " expected, got %"
             PRId64, n, window);
  const mi_array *rows = mi_push_rows(&call, y, axis, MI_F64);
  mi_array *out = mi_push_array(L, MI_F64, rows->ndim, rows->shape);
  for (int64_t at = 0; at < mi_count(rows); at += n)
    mi_check(&call, mi_savitzky_golay((const double *)rows->data + at, n, (int)window, (int)order,
                                      (int)derivative, step, (double *)out->data + at,
                                      &call.control));
  mi_push_unrowed(&call, out, axis);
  return 1;
}

/* ---- running sums ---------------------------------------------------------------------------- */

typedef mi_status running_function(mi_dtype dtype, void *x, int64_t n, mi_control *control);

static int running(lua_State *L, const char *name, running_function *function) {
  mi_call call;
  mi_begin(&call, L, name);
  const mi_array *a = mi_arg_array(&call, 1, "a");
  if (a->ndim == 0) mi_argument_error(&call, 1, "a", "array");
  int axis = mi_arg_axis(&call, 2, a);
  if (axis < 0 && a->ndim > 1) {
    mi_raise(L, "argument", "%s: an axis expected for an array of %d dimensions", name, a->ndim);
  } else if (axis < 0) {
    axis = 0;
  }
  mi_dtype t = a->dtype;
  t = t == MI_C128 ? MI_C128 : t == MI_F64 || t == MI_F32 ? MI_F64 : MI_I64;
  mi_array *rows = mi_push_rows(&call, a, axis, t);
  int64_t n = rows->shape[rows->ndim - 1], total = mi_count(rows);
  for (int64_t at = 0; at < total; at += n)
    mi_check(&call, function(t, rows->data + at * (int64_t)mi_dtype_size(t), n, &call.control));
  mi_push_unrowed(&call, rows, axis);
  return 1;
}

static int cumsum(lua_State *L) { return running(L, "array.cumsum", mi_running_sum); }
static int cumprod(lua_State *L) { return running(L, "array.cumprod", mi_running_product); }

/* ---- interpolation --------------------------------------------------------------------------- */

/* The vector at index with its elements in rising order of x, as a copy when x falls. */
static const double *rising(mi_call *call, int index, bool falls) {
  const mi_array *a = mi_to_array(call->L, index);
  if (!falls) return (const double *)a->data;
  mi_array view = *a;
  mi_view_slice(&view, 0, a->shape[0] - 1, -1, a->shape[0]);
  mi_array *copy = mi_push_array(call->L, MI_F64, 1, a->shape);
  mi_check(call, mi_array_copy(copy, &view, &call->control));
  return (const double *)copy->data;
}

enum { CLAMP, GIVE_NAN, EXTRAPOLATE, REFUSE };

static double at_outside(mi_call *call, int outside, const double *x, int64_t n, double v,
                         double inside) {
  if (outside == EXTRAPOLATE || (v >= x[0] && v <= x[n - 1])) return inside;
  if (outside == GIVE_NAN || isnan(v)) return NAN;
  if (outside == REFUSE)
    mi_raise(call->L, "argument", "%s: %.10g is outside %.10g..%.10g", call->name, v, x[0],
             x[n - 1]);
  return inside;
}

/* interp(v, x, y, {kind, outside}) -> the curve y(x) at v */
static int interp(lua_State *L) {
  static const char *const kinds[] = {"linear", "pchip", "cubic", NULL};
  static const char *const choices[] = {"clamp", "nan", "extrapolate", "error", NULL};
  mi_call call;
  bool falls;
  double *slope = NULL;
  mi_begin(&call, L, "array.interp");
  lua_settop(L, 4);
  const mi_array *v = mi_arg_contiguous(&call, 1, "v", MI_F64, -1);
  const mi_array *given = mi_arg_vector(&call, 2, "x"), *values = mi_arg_vector(&call, 3, "y");
  mi_options_begin(&call, 4);
  mi_interpolation kind = (mi_interpolation)mi_option_choice(&call, "kind", 0, kinds);
  int outside = mi_option_choice(&call, "outside", CLAMP, choices);
  mi_options_end(&call);
  int64_t n = given->shape[0];
  if (n == 0 || values->shape[0] != n)
    mi_raise(L, "argument", "array.interp: as many y as x expected, got %" PRId64 " and %" PRId64,
             values->shape[0], n);
  mi_check(&call, mi_check_monotonic((const double *)given->data, n, &falls, &call.control));
  const double *x = rising(&call, 2, falls), *y = rising(&call, 3, falls);
  if (kind != MI_LINEAR && n > 1) {
    slope = mi_scratch(L, (size_t)n, sizeof *slope);
    mi_check(&call, mi_interpolation_slopes(kind, x, y, n, slope, &call.control));
  }
  mi_array *out = mi_push_array(L, MI_F64, v->ndim, v->shape);
  for (int64_t i = 0, count = mi_count(v); i < count; i++) {
    mi_poll(&call, i);
    double at = ((const double *)v->data)[i];
    double to = outside == CLAMP ? fmin(fmax(at, x[0]), x[n - 1]) : at;
    double inside = isnan(at) ? NAN : mi_interpolate(x, y, slope, n, to);
    ((double *)out->data)[i] = at_outside(&call, outside, x, n, at, inside);
  }
  if (out->ndim == 0) mi_push_element(L, out->data, MI_F64);
  return 1;
}

/* ---- polynomials ----------------------------------------------------------------------------- */

/* polyfit(x, y, degree, {sigma}) -> coefficients (highest power first), covariance */
static int polyfit(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.polyfit");
  lua_settop(L, 4);
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_vector(&call, 2, "y");
  int64_t degree = mi_arg_integer(&call, 3, "degree", 0, 60), m = degree + 1, n = x->shape[0];
  mi_options_begin(&call, 4);
  const mi_array *sigma = mi_option_vector(&call, "sigma");
  mi_options_end(&call);
  if (y->shape[0] != n || (sigma && sigma->shape[0] != n))
    mi_raise(L, "argument", "array.polyfit: x, y%s of one length expected", sigma ? ", sigma" : "");
  double *weight = sigma ? mi_scratch(L, (size_t)n, sizeof *weight) : NULL, rss;
  for (int64_t i = 0; sigma && i < n; i++) weight[i] = 1 / ((const double *)sigma->data)[i];
  mi_array *c = mi_push_array(L, MI_F64, 1, &m);
  mi_array *covariance = mi_push_array(L, MI_F64, 2, (int64_t[]){m, m});
  double *v = (double *)covariance->data;
  mi_check(&call, mi_polyfit((const double *)x->data, (const double *)y->data, weight, n,
                             (int)degree, (double *)c->data, v, &rss, &call.control));
  /* without sigma the scatter of the points gives the scale; with no spare point there is none */
  double variance = sigma ? 1 : n > m ? rss / (double)(n - m) : NAN;
  for (int64_t k = 0; k < m * m; k++) v[k] *= variance;
  return 2;
}

/* polyval(coefficients, x) */
static int polyval(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "array.polyval");
  const mi_array *c = mi_arg_vector(&call, 1, "coefficients");
  const mi_array *x = mi_arg_contiguous(&call, 2, "x", MI_F64, -1);
  mi_array *out = mi_push_array(L, MI_F64, x->ndim, x->shape);
  for (int64_t i = 0, n = mi_count(x); i < n; i++) {
    mi_poll(&call, i);
    ((double *)out->data)[i] =
        mi_polyval((const double *)c->data, c->shape[0], ((const double *)x->data)[i]);
  }
  if (out->ndim == 0) mi_push_element(L, out->data, MI_F64);
  return 1;
}

void mi_array_open_curve(lua_State *L) {
  static const luaL_Reg functions[] = {{"integrate", integrate},
                                       {"cumulative_integrate", cumulative_integrate},
                                       {"gradient", gradient},
                                       {"smooth", smooth},
                                       {"cumsum", cumsum},
                                       {"cumprod", cumprod},
                                       {"interp", interp},
                                       {"polyfit", polyfit},
                                       {"polyval", polyval},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
