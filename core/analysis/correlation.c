/* Time correlations of a trajectory, see correlation.h. */
#include "core/analysis/correlation.h"

#include <math.h>
#include <string.h>

#include "core/base/fft.h"
#include "core/base/memory.h"

enum { LINES = 64 }; /* series transformed at once */

typedef struct workspace {
  int64_t padded, bins;
  mi_fft_plan *plan;
  double *line;         /* [LINES x padded] */
  mi_complex *spectrum; /* [LINES x bins] */
  double *mean;         /* [count] */
  double *power;        /* [groups x bins] */
} workspace;

static void workspace_free(workspace *w) {
  mi_fft_plan_free(w->plan);
  free(w->line);
  free(w->spectrum);
  free(w->mean);
  free(w->power);
}

static mi_status workspace_init(workspace *w, const mi_series *s, mi_control *control) {
  *w = (workspace){.padded = 1};
  while (w->padded < 2 * s->frames) w->padded *= 2;
  w->bins = w->padded / 2 + 1;
  w->line = MI_NEW_ZERO(double, (size_t)(LINES * w->padded));
  w->spectrum = MI_NEW(mi_complex, (size_t)(LINES * w->bins));
  w->mean = MI_NEW_ZERO(double, (size_t)s->count);
  w->power = MI_NEW_ZERO(double, (size_t)(s->groups * w->bins));
  if (!w->line || !w->spectrum || !w->mean || !w->power)
    return mi_fail(control, MI_ENOMEM, "out of memory");
  return mi_fft_plan_new_real(w->padded, &w->plan, control);
}

static mi_status check(const mi_series *s, mi_control *control) {
  for (int64_t t = 0; t < s->frames; t++) {
    if (mi_cancelled(control)) return mi_fail(control, MI_ECANCEL, "interrupted");
    for (int64_t j = 0; j < s->count; j++)
      if (!isfinite(s->x[t * s->count + j]))
        return mi_fail(control, MI_EINVAL,
                       "frame %lld, series %lld: finite number expected, got %g",
                       (long long)t + 1, (long long)j + 1, s->x[t * s->count + j]);
  }
  return MI_OK;
}

static double weight_of(const mi_series *s, int64_t j) { return s->weight ? s->weight[j] : 1; }

/* ---- sums of power spectra ------------------------------------------------------------------- */

/* Series j, less its mean, as a zero-padded line. */
static void gather(const mi_series *s, int64_t j, double mean, double *line) {
  for (int64_t t = 0; t < s->frames; t++) line[t] = s->x[t * s->count + j] - mean;
}

static mi_status transform_lines(workspace *w, int64_t lines, mi_control *control) {
  mi_array x, y;
  mi_array_init(&x, w->line, MI_F64, 2, (int64_t[]){lines, w->padded});
  mi_array_init(&y, w->spectrum, MI_C128, 2, (int64_t[]){lines, w->bins});
  return mi_fft_real(w->plan, &x, &y, 1, control);
}

static void add_power(workspace *w, int64_t line, int group, double weight) {
  const mi_complex *z = w->spectrum + line * w->bins;
  double *power = w->power + group * w->bins;
  for (int64_t k = 0; k < w->bins; k++)
    power[k] += weight * (z[k].re * z[k].re + z[k].im * z[k].im);
}

static mi_status sum_power(workspace *w, const mi_series *s, mi_control *control) {
  for (int64_t begin = 0; begin < s->count; begin += LINES) {
    const int64_t lines = s->count - begin < LINES ? s->count - begin : LINES;
    for (int64_t i = 0; i < lines; i++)
      gather(s, begin + i, w->mean[begin + i], w->line + i * w->padded);
    const mi_status status = transform_lines(w, lines, control);
    if (status != MI_OK) return status;
    if (mi_cancelled(control)) return mi_fail(control, MI_ECANCEL, "interrupted");
    for (int64_t i = 0; i < lines; i++)
      if (s->group[begin + i] >= 0)
        add_power(w, i, s->group[begin + i], weight_of(s, begin + i));
    mi_progress(control, (double)(begin + lines) / (double)s->count, "time correlation");
  }
  return MI_OK;
}

/* The sum of correlations of a group from its sum of powers, over the number of start times. */
static mi_status correlation_of(workspace *w, const mi_series *s, int group, double *sum,
                                mi_control *control) {
  for (int64_t k = 0; k < w->bins; k++)
    w->spectrum[k] = (mi_complex){w->power[group * w->bins + k], 0};
  mi_array x, y;
  mi_array_init(&x, w->spectrum, MI_C128, 1, &w->bins);
  mi_array_init(&y, w->line, MI_F64, 1, &w->padded);
  const mi_status status = mi_fft_inverse_real(w->plan, &x, &y, 0, control);
  for (int64_t t = 0; t < s->frames && status == MI_OK; t++)
    sum[t] = w->line[t] / (double)(s->frames - t);
  return status;
}

static mi_status correlate(workspace *w, const mi_series *s, double *sum, mi_control *control) {
  mi_status status = sum_power(w, s, control);
  for (int g = 0; g < s->groups && status == MI_OK; g++)
    status = correlation_of(w, s, g, sum + g * s->frames, control);
  return status;
}

mi_status mi_autocorrelate(const mi_series *s, double *sum, mi_control *control) {
  workspace w = {0};
  mi_status status = check(s, control);
  if (status == MI_OK) status = workspace_init(&w, s, control);
  if (status == MI_OK) status = correlate(&w, s, sum, control);
  workspace_free(&w);
  return status;
}

/* ---- squared displacements ------------------------------------------------------------------- */

/* Displacements do not depend on the origin: about the mean the squares stay small, and so does
 * what is lost when they nearly cancel. */
static void set_means(workspace *w, const mi_series *s) {
  for (int64_t t = 0; t < s->frames; t++)
    for (int64_t j = 0; j < s->count; j++)
      w->mean[j] += (s->x[t * s->count + j] - w->mean[j]) / (double)(t + 1);
}

/* squares[g][t]: the weighted sum of squares of group g in frame t. */
static void sum_squares(const workspace *w, const mi_series *s, double *squares) {
  memset(squares, 0, (size_t)(s->groups * s->frames) * sizeof *squares);
  for (int64_t t = 0; t < s->frames; t++) {
    for (int64_t j = 0; j < s->count; j++) {
      const double x = s->x[t * s->count + j] - w->mean[j];
      if (s->group[j] >= 0) squares[s->group[j] * s->frames + t] += weight_of(s, j) * x * x;
    }
  }
}

/* D(t) = (sum of the squares of frames 0 .. T-1-t and t .. T-1) / (T - t) - 2 C(t). */
static void combine(const mi_series *s, const double *squares, double *sum) {
  double both = 0;
  for (int64_t t = 0; t < s->frames; t++) both += 2 * squares[t];
  for (int64_t t = 0; t < s->frames; t++) {
    if (t > 0) both -= squares[t - 1] + squares[s->frames - t];
    sum[t] = t == 0 ? 0 : fmax(both / (double)(s->frames - t) - 2 * sum[t], 0);
  }
}

mi_status mi_squared_displacements(const mi_series *s, double *sum, mi_control *control) {
  workspace w = {0};
  double *squares = MI_NEW(double, (size_t)(s->groups * s->frames));
  mi_status status = squares ? check(s, control) : mi_fail(control, MI_ENOMEM, "out of memory");
  if (status == MI_OK) status = workspace_init(&w, s, control);
  if (status == MI_OK) {
    set_means(&w, s);
    sum_squares(&w, s, squares);
    status = correlate(&w, s, sum, control);
  }
  for (int g = 0; g < s->groups && status == MI_OK; g++)
    combine(s, squares + g * s->frames, sum + g * s->frames);
  free(squares);
  workspace_free(&w);
  return status;
}
