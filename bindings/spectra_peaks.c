/* matinf.c.spectra: fitting and evaluating peaks on an active background. */
#include <math.h>
#include <string.h>

#include "bindings/binding.h"
#include "bindings/spectra.h"
#include "core/spectra/peaks.h"

static const char *const background_names[] = {
    "none", "constant", "linear", "shirley", "tougaard", "ramps", "shirley + linear",
    "tougaard + linear", NULL};
static const int backgrounds[] = {MI_NO_BACKGROUND,
                                  MI_CONSTANT,
                                  MI_CONSTANT | MI_LINEAR,
                                  MI_CONSTANT | MI_SHIRLEY,
                                  MI_CONSTANT | MI_TOUGAARD,
                                  MI_CONSTANT | MI_STEPS,
                                  MI_CONSTANT | MI_SHIRLEY | MI_LINEAR,
                                  MI_CONSTANT | MI_TOUGAARD | MI_LINEAR};

/* Names of the five values, as fields of results. */
static const char *const value_names[] = {"area", "position", "width", "mix", "skew"};

static const double *numbers(const mi_array *a) { return (const double *)a->data; }

/* ---- options --------------------------------------------------------------------------------- */

/* The curves of peaks of shape "curve": curve_n has the number of points of each peak's (0: none),
 * curve_x (rising, its own centre at 0) and curve_y those of all of them, one after the other. */
static void read_curves(mi_call *call, mi_peak_shape *shapes) {
  const mi_array *x = mi_option_vector(call, "curve_x"), *y = mi_option_vector(call, "curve_y");
  const mi_array *n = mi_option_vector(call, "curve_n");
  const bool given = x && y && n && x->shape[0] == y->shape[0];
  int64_t at = 0;
  for (int j = 0; j < MI_PEAKS_MOST; j++) {
    const double length = given && j < n->shape[0] ? numbers(n)[j] : 0;
    const int64_t points = length >= 2 && length <= 1e9 ? (int64_t)length : 0;
    if (shapes[j].kind != MI_CURVE) continue;
    if (points == 0 || at + points > x->shape[0])
      mi_raise(call->L, "argument", "%s: shape \"curve\" needs the points of a curve: "
               "{ curve = spectrum }", call->name);
    shapes[j].curve_x = numbers(x) + at;
    shapes[j].curve_y = numbers(y) + at;
    shapes[j].curve_n = (size_t)points;
    at += points;
  }
}

static mi_peak_shape parse_shape(mi_call *call, const char *name) {
  mi_peak_shape shape;
  if (name && strncmp(name, "LF(", 3) == 0)
    mi_raise(call->L, "argument", "bad argument 'shape' to '%s': the law by which w damps the tails "
             "of %s is not published, so it is refused; LA(a,b,m) is the same without the damping",
             call->name, name);
  if (!name || !mi_peak_shape_parse(name, &shape))
    mi_raise(call->L, "argument", "bad argument 'shape' to '%s': %s expected, got \"%s\"",
             call->name, mi_peak_shape_names, name ? name : "?");
  return shape;
}

/* Option shape: the name for all peaks, or a list of k names. */
static void read_shapes(mi_call *call, mi_peak_shape *shapes) {
  lua_State *L = call->L;
  mi_peak_shape one = parse_shape(call, "pseudo-voigt");
  const bool given = mi_option(call, "shape");
  const bool list = given && lua_istable(L, -1);
  if (given && !list) one = parse_shape(call, lua_tostring(L, -1));
  for (int j = 0; j < MI_PEAKS_MOST; j++) {
    shapes[j] = one;
    if (!list) continue;
    if (lua_rawgeti(L, -1, j + 1) != LUA_TNIL) shapes[j] = parse_shape(call, lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  if (given) lua_pop(L, 1);
}

static void read_kernel(mi_call *call, mi_loss_kernel *kernel) {
  const mi_array *three = mi_option_vector(call, "kernel");
  if (!three) return;
  if (three->shape[0] != 3)
    mi_raise(call->L, "argument", "%s: kernel: 3 numbers expected: C, D, T0", call->name);
  const double *v = numbers(three);
  *kernel = (mi_loss_kernel){v[0], v[1], v[2]};
}

static void read_options(mi_call *call, mi_peaks_options *o, mi_peak_shape *shapes) {
  *o = mi_peaks_default();
  read_shapes(call, shapes);
  read_curves(call, shapes);
  o->background = backgrounds[mi_option_choice(call, "background", 3, background_names)];
  o->rising = mi_option_boolean(call, "rising", true);
  o->noise = mi_option_number(call, "noise", 1);
  o->iterations = (int)mi_option_integer(call, "iterations", o->iterations, 1, 100000);
  o->tolerance = mi_option_number(call, "tolerance", o->tolerance);
  o->average = (int)mi_option_integer(call, "average", 0, 0, 1000000000);
  read_kernel(call, &o->kernel);
}

/* ---- peaks ----------------------------------------------------------------------------------- */

/* A matrix [k x 5] of (area, position, width, mix, skew); *k < 0: any number of rows. */
static const double *rows_at(mi_call *call, int index, const char *name, int64_t *k) {
  const mi_array *rows = mi_arg_matrix(call, index, name);
  if (rows->shape[1] != MI_PEAK_VALUES || (*k >= 0 && rows->shape[0] != *k) ||
      rows->shape[0] > MI_PEAKS_MOST)
    mi_argument_error(call, index, name, "array [k x 5], k <= 24");
  *k = rows->shape[0];
  return numbers(rows);
}

/* The option of that name as such a matrix, or NULL; it stays on the stack. */
static const double *rows_of(mi_call *call, const char *name, int64_t k) {
  if (!mi_option(call, name)) return NULL;
  return rows_at(call, lua_gettop(call->L), name, &k);
}

static void copy_peak(mi_peak *to, const double *rows, int64_t j) {
  if (rows) memcpy(to, rows + j * MI_PEAK_VALUES, sizeof *to);
}

/* start, low and high are arguments 4 to 6; tie, factor, offset, prior and sd are options. */
static int read_limits(mi_call *call, mi_peak_limits *limits) {
  int64_t k = -1;
  const double *start = rows_at(call, 4, "start", &k), *low = rows_at(call, 5, "low", &k);
  const double *high = rows_at(call, 6, "high", &k);
  const double *tie = rows_of(call, "tie", k), *factor = rows_of(call, "factor", k);
  const double *offset = rows_of(call, "offset", k);
  const double *prior = rows_of(call, "prior", k), *sd = rows_of(call, "sd", k);
  memset(limits, 0, (size_t)k * sizeof *limits);
  for (int64_t j = 0; j < k; j++) {
    mi_peak_limits *l = limits + j;
    copy_peak(&l->start, start, j);
    copy_peak(&l->low, low, j);
    copy_peak(&l->high, high, j);
    copy_peak(&l->prior, prior, j);
    copy_peak(&l->sd, sd, j);
    for (int v = 0; v < MI_PEAK_VALUES; v++) {
      const int64_t at = j * MI_PEAK_VALUES + v;
      l->tie[v] = tie && tie[at] >= 1 && tie[at] <= 1e6 ? (int)tie[at] : 0;
      l->factor[v] = factor ? factor[at] : 1;
      l->offset[v] = offset ? offset[at] : 0;
    }
  }
  return (int)k;
}

/* ---- results --------------------------------------------------------------------------------- */

static void set_peaks(lua_State *L, const mi_peak *peaks, const double *share, int k) {
  const double *from = &peaks[0].area;
  for (int v = 0; v < MI_PEAK_VALUES; v++) {
    double *to = (double *)mi_push_vector(L, NULL, k)->data;
    for (int j = 0; j < k; j++) to[j] = from[j * MI_PEAK_VALUES + v];
    lua_setfield(L, -2, value_names[v]);
  }
  mi_push_vector(L, share, k);
  lua_setfield(L, -2, "share");
}

/* The terms of the background: base, slope, step, tail; ramps as an array. */
static void set_terms(lua_State *L, const double *term) {
  mi_set_number(L, "base", term[MI_BASE]);
  mi_set_number(L, "slope", term[MI_SLOPE]);
  mi_set_number(L, "step", term[MI_STEP]);
  mi_set_number(L, "tail", term[MI_TAIL]);
  mi_push_vector(L, term + MI_RAMP, MI_RAMPS);
  lua_setfield(L, -2, "ramps");
}

static void set_square(lua_State *L, const char *name, const double *values, int k) {
  const int64_t shape[] = {k, k};
  memcpy(mi_push_array(L, MI_F64, 2, shape)->data, values, (size_t)k * (size_t)k * sizeof *values);
  lua_setfield(L, -2, name);
}

static void push_result(lua_State *L, const mi_peaks_result *r) {
  static const char *const reasons[] = {"tolerance", "iterations", "stalled"};
  lua_createtable(L, 0, 24);
  set_peaks(L, r->peak, r->share, r->k);
  set_terms(L, r->term);
  lua_createtable(L, 0, 12);
  set_peaks(L, r->error, r->share_error, r->k);
  set_terms(L, r->term_error);
  lua_setfield(L, -2, "errors");
  set_square(L, "area_covariance", r->area_covariance, r->k);
  set_square(L, "position_covariance", r->position_covariance, r->k);
  mi_set_integer(L, "k", r->k);
  mi_set_integer(L, "parameters", r->parameters);
  mi_set_number(L, "deviance", r->deviance);
  mi_set_number(L, "chi2", r->chi2);
  mi_set_integer(L, "iterations", r->iterations);
  mi_set_boolean(L, "converged", r->reason == MI_PEAKS_TOLERANCE);
  mi_set_string(L, "reason", reasons[r->reason]);
}

/* ---- functions ------------------------------------------------------------------------------- */

/* fit_peaks(x, y, options, start, low, high) -> table of fields */
int mi_spectra_fit_peaks(lua_State *L) {
  mi_call call;
  mi_peaks_options o;
  mi_peak_shape shapes[MI_PEAKS_MOST];
  mi_peak_limits limits[MI_PEAKS_MOST];
  mi_peaks_result r;
  mi_begin(&call, L, "spectra.fit");
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_vector(&call, 2, "y");
  if (x->shape[0] != y->shape[0]) mi_argument_error(&call, 2, "y", "array as long as x");
  mi_options_begin(&call, 3);
  read_options(&call, &o, shapes);
  const int k = read_limits(&call, limits);
  mi_options_end(&call);
  mi_check(&call, mi_peaks_fit(&o, numbers(x), numbers(y), (size_t)x->shape[0], shapes, limits, k,
                               &r, &call.control));
  push_result(L, &r);
  return 1;
}

/* table[name] = an array of the result on top of the stack; returns its data */
static void *set_array(lua_State *L, const char *name, mi_dtype dtype, int ndim,
                       const int64_t *shape) {
  mi_array *a = mi_push_array(L, dtype, ndim, shape);
  lua_setfield(L, -2, name);
  return a->data;
}

/* Of count x k peaks, one array [count x k] for each of their values. */
static void set_map_peaks(lua_State *L, const mi_peak *peaks, int64_t count, int k) {
  const int64_t shape[] = {count, k};
  const double *from = &peaks[0].area;
  for (int v = 0; v < MI_PEAK_VALUES; v++) {
    double *to = set_array(L, value_names[v], MI_F64, 2, shape);
    for (int64_t i = 0; i < count * k; i++) to[i] = from[i * MI_PEAK_VALUES + v];
  }
}

/* fit_map(x, y [m x n], options, start, low, high, neighbours) -> table of fields */
int mi_spectra_fit_map(lua_State *L) {
  mi_call call;
  mi_peaks_options o;
  mi_peak_shape shapes[MI_PEAKS_MOST];
  mi_peak_limits limits[MI_PEAKS_MOST];
  mi_begin(&call, L, "spectra.map");
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_matrix(&call, 2, "y");
  if (x->shape[0] != y->shape[1])
    mi_argument_error(&call, 2, "y", "array [m x n], spectra as long as x");
  mi_options_begin(&call, 3);
  read_options(&call, &o, shapes);
  const int k = read_limits(&call, limits);
  mi_options_end(&call);
  const bool neighbours = lua_toboolean(L, 7);
  const int64_t count = y->shape[0], each[] = {count}, peaks[] = {count, k};
  const int64_t terms[] = {count, MI_TERMS}, squares[] = {count, k, k};
  const size_t all = (size_t)count * (size_t)k;
  mi_peaks_map r = {.peak = mi_scratch(L, all, sizeof *r.peak),
                    .error = mi_scratch(L, all, sizeof *r.error)};
  lua_createtable(L, 0, 8); /* errors */
  r.share_error = set_array(L, "share", MI_F64, 2, peaks);
  lua_createtable(L, 0, 16);
  r.share = set_array(L, "share", MI_F64, 2, peaks);
  r.position_covariance = set_array(L, "position_covariance", MI_F64, 3, squares);
  r.term = set_array(L, "terms", MI_F64, 2, terms);
  r.misfit = set_array(L, "misfit", MI_F64, 1, each);
  r.freedom = set_array(L, "freedom", MI_I64, 1, each);
  r.reason = set_array(L, "reason", MI_U8, 1, each);
  mi_check(&call, mi_peaks_fit_map(&o, numbers(x), (size_t)x->shape[0], numbers(y), (size_t)count,
                                   shapes, limits, k, neighbours, &r, &call.control));
  set_map_peaks(L, r.peak, count, k);
  lua_insert(L, -2);
  set_map_peaks(L, r.error, count, k);
  lua_setfield(L, -2, "errors");
  return 1;
}

/* terms(base, slope, step, tail, ramps) as one array of 9 */
static const double *terms_at(mi_call *call, int index) {
  const mi_array *terms = mi_arg_vector(call, index, "terms");
  if (terms->shape[0] != MI_TERMS) mi_argument_error(call, index, "terms", "array [9]");
  return numbers(terms);
}

/* evaluate_peaks(x, options, peaks [k x 5], terms [9], middle) -> parts [n x (1 + k)] */
int mi_spectra_evaluate_peaks(lua_State *L) {
  mi_call call;
  mi_peaks_options o;
  mi_peak_shape shapes[MI_PEAKS_MOST];
  int64_t k = -1;
  mi_begin(&call, L, "spectra.Fit:evaluate");
  const mi_array *x = mi_arg_vector(&call, 1, "x");
  if (x->shape[0] < 1) mi_argument_error(&call, 1, "x", "at least one energy");
  const double *peaks = rows_at(&call, 3, "peaks", &k), *terms = terms_at(&call, 4);
  const double middle = mi_arg_number(&call, 5, "middle");
  mi_options_begin(&call, 2);
  read_options(&call, &o, shapes);
  mi_options_end(&call);
  const int64_t shape[] = {x->shape[0], k + 1};
  mi_array *parts = mi_push_array(L, MI_F64, 2, shape);
  mi_check(&call, mi_peaks_evaluate(&o, numbers(x), (size_t)x->shape[0], middle, shapes,
                                    (const mi_peak *)(const void *)peaks, (int)k, terms,
                                    (double *)parts->data, &call.control));
  return 1;
}

/* thin(y, share, noise, seed) -> two arrays */
int mi_spectra_thin(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "spectra.thin");
  const mi_array *y = mi_arg_vector(&call, 1, "y");
  const double share = mi_arg_number(&call, 2, "share"), noise = mi_arg_number(&call, 3, "noise");
  const int64_t seed = mi_arg_integer(&call, 4, "seed", 0, INT64_MAX);
  if (!(share > 0 && share < 1)) mi_argument_error(&call, 2, "share", "number between 0 and 1");
  if (!(noise > 0)) mi_argument_error(&call, 3, "noise", "number > 0");
  mi_array *first = mi_push_array(L, MI_F64, 1, y->shape);
  mi_array *second = mi_push_array(L, MI_F64, 1, y->shape);
  mi_thin(numbers(y), (size_t)y->shape[0], share, noise, (uint64_t)seed, (double *)first->data,
          (double *)second->data);
  return 2;
}
