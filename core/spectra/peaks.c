/* Fitting peaks: checks, free parameters, results. */
#include "core/spectra/peaks.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/spectra/peak_climb.h"

#define MOST_INTENSITY 1e100 /* squares and their sums do not overflow */

enum { AREA, POSITION, WIDTH, MIX, SKEW };

/* The five values of a peak as an array, and back. */
static const double *values_of(const mi_peak *peak) { return &peak->area; }
_Static_assert(sizeof(mi_peak) == MI_PEAK_VALUES * sizeof(double), "a peak is five numbers");

mi_peaks_options mi_peaks_default(void) {
  return (mi_peaks_options){.background = MI_CONSTANT | MI_SHIRLEY, .rising = true, .noise = 1,
                            .iterations = 200, .tolerance = 1e-8,
                            .kernel = {.c = -1643, .d = 0, .t0 = 0}};
}

/* ---- checks ---------------------------------------------------------------------------------- */

static mi_status check_points(const double *x, const double *y, size_t n, mi_control *control) {
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i]))
      return mi_fail(control, MI_EINVAL, "x: finite number expected, got %g (point %zu)", x[i],
                     i + 1);
    if (!isfinite(y[i]) || y[i] < 0)
      return mi_fail(control, MI_EINVAL, "y: intensity >= 0 expected, got %g (point %zu); a "
                     "background need not be taken off, it is fitted", y[i], i + 1);
    if (i > 0 && !((x[i] - x[i - 1]) * (x[n - 1] - x[0]) > 0))
      return mi_fail(control, MI_EINVAL, "x: must rise (or fall) from point to point (point %zu)",
                     i + 1);
    most = fmax(most, y[i]);
  }
  if (!(most > 0)) return mi_fail(control, MI_EINVAL, "y: all intensities are zero");
  if (most > MOST_INTENSITY)
    return mi_fail(control, MI_EINVAL, "y: intensities up to %g expected, got %g", MOST_INTENSITY,
                   most);
  return MI_OK;
}

static mi_status check_limits(const mi_peak_limits *limits, int k, int j, mi_control *control) {
  const mi_peak_limits *l = limits + j;
  for (int v = 0; v < MI_PEAK_VALUES; v++) {
    const int tie = l->tie[v] - 1;
    if (tie >= 0 && (tie >= MI_PEAK_VALUES * k || tie % MI_PEAK_VALUES != v ||
                     limits[tie / MI_PEAK_VALUES].tie[v] != 0))
      return mi_fail(control, MI_EINVAL, "peak %d: a value can be tied to the same value of a peak "
                     "that is not tied itself", j + 1);
    if (tie < 0 && !(values_of(&l->low)[v] <= values_of(&l->high)[v] &&
                     isfinite(values_of(&l->start)[v])))
      return mi_fail(control, MI_EINVAL, "peak %d: empty bounds, or a start that is no number",
                     j + 1);
  }
  if (l->tie[WIDTH] == 0 && !(l->low.width > 0))
    return mi_fail(control, MI_EINVAL, "peak %d: widths > 0 expected", j + 1);
  return MI_OK;
}

static mi_status check_average(const mi_peaks_options *o, size_t n, mi_control *control) {
  const int held = o->background & ~MI_CONSTANT;
  if (o->average == 0) return MI_OK;
  if (o->average < 0 || (size_t)o->average > n / 2)
    return mi_fail(control, MI_EINVAL, "average: 1 to %zu points expected, got %d", n / 2,
                   o->average);
  if (!(o->background & MI_CONSTANT) ||
      (held != MI_LINEAR && held != MI_SHIRLEY && held != MI_TOUGAARD))
    return mi_fail(control, MI_EINVAL, "average: it holds a background at both ends: \"linear\", "
                   "\"shirley\" or \"tougaard\" expected with it");
  return MI_OK;
}

static mi_status check(const mi_peaks_options *o, const double *x, const double *y, size_t n,
                       const mi_peak_limits *limits, int k, mi_control *control) {
  if (k < 1 || k > MI_PEAKS_MOST)
    return mi_fail(control, MI_EINVAL, "1 to %d peaks expected, got %d", MI_PEAKS_MOST, k);
  if (n < (size_t)(4 * k + 2))
    return mi_fail(control, MI_EINVAL, "%d peaks need at least %d points, got %zu", k, 4 * k + 2,
                   n);
  if (!(o->noise > 0)) return mi_fail(control, MI_EINVAL, "noise: number > 0 expected");
  for (int j = 0; j < k; j++) {
    const mi_status status = check_limits(limits, k, j, control);
    if (status != MI_OK) return status;
  }
  const mi_status status = check_average(o, n, control);
  return status == MI_OK ? check_points(x, y, n, control) : status;
}

/* ---- free parameters ------------------------------------------------------------------------- */

typedef struct setup {
  mi_peak_model model;
  double q[MI_COLUMNS_MOST], lower[MI_COLUMNS_MOST], upper[MI_COLUMNS_MOST];
  double prior[MI_COLUMNS_MOST], sd[MI_COLUMNS_MOST];
  double *y;
} setup;

static double clamp(double v, double low, double high) {
  return v < low ? low : v > high ? high : v;
}

/* Whether the shape has this value at all; the others are 0. */
static bool has(const mi_peak_shape *s, int v) {
  return v < MIX || (v == MIX ? mi_peak_has_mix(s) : mi_peak_has_skew(s));
}

static void fix(setup *s, int value, double to) {
  s->model.parameter[value] = -1;
  s->model.factor[value] = 0;
  s->model.offset[value] = to;
}

static void set_free(setup *s, int value, double start, double low, double high) {
  const int p = s->model.count++;
  s->model.parameter[value] = p;
  s->model.factor[value] = 1;
  s->model.offset[value] = 0;
  s->lower[p] = low;
  s->upper[p] = high;
  s->q[p] = clamp(start, low, high);
  s->prior[p] = s->sd[p] = 0;
}

/* Positions live on the grid, where kinetic energies are negative. */
static void set_own_value(setup *s, const mi_peak_limits *l, int j, int v) {
  const int value = MI_PEAK_VALUES * j + v;
  const mi_peak_shape *shape = s->model.shape + j;
  const bool turned = v == POSITION && !s->model.options->rising;
  double low = values_of(&l->low)[v], high = values_of(&l->high)[v], sign = turned ? -1 : 1;
  double start = values_of(&l->start)[v];
  if (turned) {
    const double other = -low;
    low = -high, high = other, start = -start;
  }
  if (!has(shape, v)) fix(s, value, v == MIX && !isnan(shape->mix) ? shape->mix : 0);
  else if (low == high) fix(s, value, low);
  else set_free(s, value, start, low, high);
  const int p = s->model.parameter[value];
  if (p >= 0 && values_of(&l->sd)[v] > 0) {
    s->prior[p] = sign * values_of(&l->prior)[v];
    s->sd[p] = values_of(&l->sd)[v];
  }
}

static void set_tied_value(setup *s, const mi_peak_limits *l, int j, int v) {
  const int value = MI_PEAK_VALUES * j + v, from = l->tie[v] - 1;
  const double sign = v == POSITION && !s->model.options->rising ? -1 : 1;
  s->model.parameter[value] = s->model.parameter[from];
  s->model.factor[value] = l->factor[v] * s->model.factor[from];
  s->model.offset[value] = l->factor[v] * s->model.offset[from] + sign * l->offset[v];
}

static void set_peaks(setup *s, const mi_peak_limits *limits) {
  for (int pass = 0; pass < 2; pass++)
    for (int j = 0; j < s->model.k; j++)
      for (int v = 0; v < MI_PEAK_VALUES; v++) {
        const bool tied = limits[j].tie[v] > 0 && has(s->model.shape + j, v);
        if (pass == 0 && !tied) set_own_value(s, limits + j, j, v);
        if (pass == 1 && tied) set_tied_value(s, limits + j, j, v);
      }
}

static double mean(const double *y, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += y[i];
  return sum / (double)count;
}

/* Through the means of `average` points at either end. */
static void hold_background(setup *s) {
  mi_peak_model *m = &s->model;
  const mi_peak_grid *g = &m->grid;
  const size_t ends = (size_t)m->options->average;
  const int at = MI_PEAK_VALUES * m->k;
  const double first = mean(s->y, ends), last = mean(s->y + g->n - ends, ends);
  const bool linear = m->options->background & MI_LINEAR;
  for (int t = 0; t < MI_TERMS; t++) fix(s, at + t, 0);
  fix(s, at + MI_BASE, linear ? 0.5 * (first + last) : first);
  if (linear) fix(s, at + MI_SLOPE, (last - first) / (g->x[g->n - 1] - g->x[0]));
  m->held = !linear;
  m->rise = last - first;
}

/* The terms asked for, from the levels at the ends and the areas of the peaks. */
static void set_background(setup *s) {
  const mi_peak_grid *g = &s->model.grid;
  const int kind = s->model.options->background, at = MI_PEAK_VALUES * s->model.k;
  const size_t ends = g->n < 10 ? 1 : 5;
  const double first = mean(s->y, ends), last = mean(s->y + g->n - ends, ends);
  const double rise = fmax(0, last - first);
  double values[MI_COLUMNS_MOST], area = 0;
  mi_peak_values(&s->model, s->q, values);
  for (int j = 0; j < s->model.k; j++) area += values[MI_PEAK_VALUES * j];
  for (int t = 0; t < MI_TERMS; t++) fix(s, at + t, 0);
  const bool linear = kind & MI_LINEAR, grows = kind & (MI_SHIRLEY | MI_TOUGAARD | MI_STEPS);
  const double range = g->x[g->n - 1] - g->x[0], level = linear ? 0.5 * (first + last) : first;
  if (kind & MI_CONSTANT)
    set_free(s, at + MI_BASE, grows ? first : linear ? level : fmin(first, last), 0, HUGE_VAL);
  if (linear)
    set_free(s, at + MI_SLOPE, grows ? 0 : (last - first) / range, -HUGE_VAL, HUGE_VAL);
  if (kind & MI_SHIRLEY) set_free(s, at + MI_STEP, area > 0 ? rise / area : 0, 0, HUGE_VAL);
  if (kind & MI_TOUGAARD) set_free(s, at + MI_TAIL, 0, 0, HUGE_VAL);
  for (int r = 0; kind & MI_STEPS && r < MI_RAMPS; r++)
    set_free(s, at + MI_RAMP + r, rise / MI_RAMPS, 0, HUGE_VAL);
}

/* ---- results --------------------------------------------------------------------------------- */

static double covariance_of(const mi_peak_climb *c, int a, int b) {
  const mi_peak_model *m = c->model;
  const int p = m->parameter[a], q = m->parameter[b];
  if (p < 0 || q < 0 || m->factor[a] == 0 || m->factor[b] == 0) return 0;
  return m->factor[a] * m->factor[b] * c->covariance[p * m->count + q];
}

static void fill_shares(mi_peaks_result *r) {
  double total = 0;
  for (int j = 0; j < r->k; j++) total += r->peak[j].area;
  for (int j = 0; j < r->k; j++) {
    double variance = 0;
    r->share[j] = total > 0 ? r->peak[j].area / total : 0;
    for (int a = 0; a < r->k; a++)
      for (int b = 0; b < r->k; b++)
        variance += ((a == j) - r->share[j]) * ((b == j) - r->share[j]) *
                    r->area_covariance[a * r->k + b];
    r->share_error[j] = total > 0 ? sqrt(fmax(variance, 0)) / total : 0;
  }
}

static void fill_values(const mi_peak_climb *climb, mi_peaks_result *r) {
  const mi_peak_model *m = climb->model;
  double v[MI_COLUMNS_MOST], e[MI_COLUMNS_MOST];
  mi_peak_values(m, climb->q, v);
  for (int a = 0; a < m->values; a++) e[a] = sqrt(covariance_of(climb, a, a));
  const double sign = m->options->rising ? 1 : -1;
  for (int j = 0; j < r->k; j++) {
    const double *p = v + (ptrdiff_t)MI_PEAK_VALUES * j, *s = e + (ptrdiff_t)MI_PEAK_VALUES * j;
    r->peak[j] = (mi_peak){p[AREA], sign * p[POSITION], p[WIDTH], p[MIX], p[SKEW]};
    r->error[j] = (mi_peak){s[AREA], s[POSITION], s[WIDTH], s[MIX], s[SKEW]};
    for (int i = 0; i < r->k; i++) {
      const int a = MI_PEAK_VALUES * j, b = MI_PEAK_VALUES * i;
      r->area_covariance[j * r->k + i] = covariance_of(climb, a + AREA, b + AREA);
      r->position_covariance[j * r->k + i] = covariance_of(climb, a + POSITION, b + POSITION);
    }
  }
  const int at = MI_PEAK_VALUES * m->k;
  memcpy(r->term, v + at, sizeof r->term);
  memcpy(r->term_error, e + at, sizeof r->term_error);
  r->term[MI_SLOPE] *= sign;
  if (m->held) r->term[m->options->background & MI_TOUGAARD ? MI_TAIL : MI_STEP] = m->strength;
}

static void fill_result(setup *s, const mi_peak_climb *climb, mi_peaks_result *r) {
  const double noise = s->model.options->noise;
  memset(r, 0, sizeof *r);
  r->k = s->model.k;
  r->parameters = climb->free + (s->model.options->average > 0 ? 2 : 0);
  r->deviance = 2 * climb->half_deviance;
  r->iterations = climb->iterations;
  r->reason = climb->reason;
  mi_peak_model_at(&s->model, climb->q);
  fill_values(climb, r);
  fill_shares(r);
  for (size_t i = 0; i < s->model.grid.n; i++) {
    const double m = s->model.m[i], off = s->y[i] - m;
    r->chi2 += off * off / (noise * fmax(m, noise));
  }
}

/* ---- entry ----------------------------------------------------------------------------------- */

static mi_status fit(setup *s, mi_peaks_result *result, mi_control *control) {
  mi_peak_climb climb = {.model = &s->model, .y = s->y, .lower = s->lower, .upper = s->upper,
                         .prior = s->prior, .sd = s->sd};
  memcpy(climb.q, s->q, sizeof climb.q);
  const mi_status status = mi_peak_climb_run(&climb, control);
  if (status == MI_OK) fill_result(s, &climb, result);
  free(climb.covariance);
  return status;
}

mi_status mi_peaks_fit(const mi_peaks_options *options, const double *x, const double *y, size_t n,
                       const mi_peak_shape *shape, const mi_peak_limits *limits, int k,
                       mi_peaks_result *result, mi_control *control) {
  setup s;
  mi_status status = check(options, x, y, n, limits, k, control);
  if (status != MI_OK) return status;
  status = mi_peak_model_begin(&s.model, options, x, n, shape, k, MI_PEAK_VALUES * k + MI_TERMS,
                               control);
  if (status != MI_OK) return status;
  s.y = MI_NEW(double, s.model.grid.padded);
  if (s.y) {
    for (size_t i = 0; i < s.model.grid.padded; i++) s.y[i] = 1;
    for (size_t i = 0; i < n; i++) s.y[mi_peak_place(&s.model, x, n, i)] = y[i];
    set_peaks(&s, limits);
    if (options->average > 0) hold_background(&s);
    else set_background(&s);
    status = fit(&s, result, control);
  } else {
    status = mi_fail(control, MI_ENOMEM, "out of memory: %zu points", n);
  }
  free(s.y);
  mi_peak_model_end(&s.model);
  return status;
}

/* ---- evaluation ------------------------------------------------------------------------------ */

/* Every value fixed: m->m is then the whole model, m->scratch[AREA] one peak. */
static void fix_all(mi_peak_model *m, const mi_peak *peak, const double *term) {
  const double sign = m->options->rising ? 1 : -1;
  for (int v = 0; v < m->values; v++) m->parameter[v] = -1, m->factor[v] = 0;
  for (int j = 0; j < m->k; j++) {
    double *to = m->offset + (ptrdiff_t)MI_PEAK_VALUES * j;
    memcpy(to, values_of(peak + j), sizeof *peak);
    to[POSITION] *= sign;
  }
  memcpy(m->offset + (ptrdiff_t)MI_PEAK_VALUES * m->k, term, MI_TERMS * sizeof *term);
  m->offset[MI_PEAK_VALUES * m->k + MI_SLOPE] *= sign;
}

mi_status mi_peaks_evaluate(const mi_peaks_options *options, const double *x, size_t n,
                            double middle, const mi_peak_shape *shape, const mi_peak *peak, int k,
                            const double *term, double *parts, mi_control *control) {
  mi_peak_model m;
  const mi_status status = mi_peak_model_begin(&m, options, x, n, shape, k, 0, control);
  if (status != MI_OK) return status;
  fix_all(&m, peak, term);
  m.grid.middle = options->rising ? middle : -middle;
  mi_peak_model_at(&m, NULL);
  double *rows = m.m;
  for (size_t i = 0; i < n; i++) {
    const size_t at = mi_peak_place(&m, x, n, i);
    parts[(size_t)(k + 1) * i] = rows[at] - m.total[at];
  }
  for (int j = 0; j < k; j++) {
    const double *v = m.offset + (ptrdiff_t)MI_PEAK_VALUES * j;
    MI_DISPATCH(m.isa, mi_peak_columns)(&m.grid, shape + j, v, m.scratch);
    for (size_t i = 0; i < n; i++)
      parts[(size_t)(k + 1) * i + (size_t)j + 1] =
          v[AREA] * m.scratch[AREA][mi_peak_place(&m, x, n, i)];
  }
  mi_peak_model_end(&m);
  return MI_OK;
}
