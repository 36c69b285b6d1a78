/* matinf.c.spectra: fitting and evaluating peaks on an active background. */
#include <string.h>

#include "bindings/binding.h"
#include "bindings/spectra.h"
#include "core/spectra/peaks.h"

static const char *const backgrounds[] = {"none", "constant", "linear", "shirley", NULL};

static const double *numbers(const mi_array *a) { return (const double *)a->data; }

static void read_options(mi_call *call, mi_peaks_options *o) {
  const int shape = mi_option_choice(call, "shape", 0, mi_peak_shape_names);
  o->shape = mi_peak_shape_find(mi_peak_shape_names[shape]);
  o->background = (mi_background)mi_option_choice(call, "background", MI_SHIRLEY, backgrounds);
  o->rising = mi_option_boolean(call, "rising", true);
  o->noise = mi_option_number(call, "noise", 1);
  o->iterations = (int)mi_option_integer(call, "iterations", 200, 1, 100000);
  mi_options_end(call);
}

/* [k x 4] rows (area, position, width, mix) */
static const mi_peak *read_peaks(mi_call *call, int index, const char *name, int64_t *k) {
  const mi_array *rows = mi_arg_matrix(call, index, name);
  if (rows->shape[1] != MI_PEAK_PARAMETERS || (*k >= 0 && rows->shape[0] != *k))
    mi_argument_error(call, index, name, "array [k x 4]");
  *k = rows->shape[0];
  return (const mi_peak *)(const void *)rows->data;
}

static void set_member(lua_State *L, const char *name, const mi_peak *peaks, int k, size_t offset) {
  double *to = (double *)mi_push_vector(L, NULL, k)->data;
  for (int j = 0; j < k; j++) memcpy(to + j, (const char *)(peaks + j) + offset, sizeof *to);
  lua_setfield(L, -2, name);
}

static void set_peaks(lua_State *L, const mi_peak *peaks, const double *share, int k) {
  set_member(L, "area", peaks, k, offsetof(mi_peak, area));
  set_member(L, "position", peaks, k, offsetof(mi_peak, position));
  set_member(L, "width", peaks, k, offsetof(mi_peak, width));
  set_member(L, "mix", peaks, k, offsetof(mi_peak, mix));
  mi_push_vector(L, share, k);
  lua_setfield(L, -2, "share");
}

/* fit_peaks(x, y, options, start, low, high) -> table of fields */
int mi_spectra_fit_peaks(lua_State *L) {
  mi_call call;
  mi_peaks_options o;
  mi_peaks_result r;
  int64_t k = -1;
  mi_begin(&call, L, "spectra.fit");
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_vector(&call, 2, "y");
  if (x->shape[0] != y->shape[0]) mi_argument_error(&call, 2, "y", "array as long as x");
  mi_options_begin(&call, 3);
  read_options(&call, &o);
  const mi_peak *start = read_peaks(&call, 4, "start", &k);
  const mi_peak *low = read_peaks(&call, 5, "low", &k), *high = read_peaks(&call, 6, "high", &k);
  mi_check(&call, mi_peaks_fit(&o, numbers(x), numbers(y), (size_t)x->shape[0], start, low, high,
                               (int)k, &r, &call.control));
  lua_createtable(L, 0, 24);
  set_peaks(L, r.peak, r.share, r.k);
  lua_createtable(L, 0, 8);
  set_peaks(L, r.error, r.share_error, r.k);
  mi_set_number(L, "base", r.base_error);
  mi_set_number(L, "slope", r.slope_error);
  lua_setfield(L, -2, "errors");
  mi_set_integer(L, "k", r.k);
  mi_set_integer(L, "parameters", r.parameters);
  mi_set_number(L, "base", r.base);
  mi_set_number(L, "slope", r.slope);
  mi_set_number(L, "deviance", r.deviance);
  mi_set_number(L, "chi2", r.chi2);
  mi_set_integer(L, "iterations", r.iterations);
  mi_set_boolean(L, "converged", mi_lm_converged(r.reason));
  mi_set_string(L, "reason", mi_lm_reason_name(r.reason));
  return 1;
}

/* evaluate_peaks(x, options, peaks [k x 4], base, slope, x_low, middle) -> parts [n x (1 + k)] */
int mi_spectra_evaluate_peaks(lua_State *L) {
  mi_call call;
  mi_peaks_options o;
  mi_peaks_result fit;
  int64_t k = -1;
  mi_begin(&call, L, "spectra.Fit:evaluate");
  const mi_array *x = mi_arg_vector(&call, 1, "x");
  mi_options_begin(&call, 2);
  read_options(&call, &o);
  const mi_peak *peaks = read_peaks(&call, 3, "peaks", &k);
  if (k > MI_PEAKS_MOST) mi_argument_error(&call, 3, "peaks", "at most 24 rows");
  fit.k = (int)k;
  memcpy(fit.peak, peaks, (size_t)k * sizeof *peaks);
  fit.base = mi_arg_number(&call, 4, "base");
  fit.slope = mi_arg_number(&call, 5, "slope");
  const double x_low = mi_arg_number(&call, 6, "x_low"), middle = mi_arg_number(&call, 7, "middle");
  const int64_t shape[] = {x->shape[0], k + 1};
  mi_array *parts = mi_push_array(L, MI_F64, 2, shape);
  mi_peaks_evaluate(&o, &fit, x_low, middle, numbers(x), (size_t)x->shape[0],
                    (double *)parts->data);
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
