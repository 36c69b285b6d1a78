/* Many spectra on one axis, each fitted as mi_peaks_fit does.
 *
 * The spectra are cut into chunks of fixed length, which threads take in any order: a start from
 * the spectrum before never reaches over the edge of a chunk, so the results do not depend on the
 * number of threads. */
#include <math.h>
#include <string.h>

#include "core/base/chunks.h"
#include "core/base/memory.h"
#include "core/spectra/peaks.h"

enum { CHUNK = 64 };

typedef struct job {
  const mi_peaks_options *options;
  const double *x, *y;
  size_t n;
  const mi_peak_shape *shape;
  const mi_peak_limits *limits;
  int k;
  bool neighbours;
  mi_peaks_map *map;
} job;

/* ---- starts ---------------------------------------------------------------------------------- */

/* Integral of what exceeds the least intensity. */
static double area_above(const double *x, const double *y, size_t n) {
  double least = HUGE_VAL, area = 0;
  for (size_t i = 0; i < n; i++) least = fmin(least, y[i]);
  for (size_t i = 1; i < n; i++)
    area += fabs(x[i] - x[i - 1]) * (0.5 * (y[i] + y[i - 1]) - least);
  return area;
}

/* The limits with their start scaled to an area in all. */
static void scale_start(const job *j, double area, mi_peak_limits *limits) {
  double total = 0;
  memcpy(limits, j->limits, (size_t)j->k * sizeof *limits);
  for (int i = 0; i < j->k; i++) total += limits[i].start.area;
  if (!(total > 0) || !(area > 0) || !isfinite(area / total)) return;
  for (int i = 0; i < j->k; i++) limits[i].start.area *= area / total;
}

static void start_from(const job *j, const mi_peak *peak, mi_peak_limits *limits) {
  memcpy(limits, j->limits, (size_t)j->k * sizeof *limits);
  for (int i = 0; i < j->k; i++) limits[i].start = peak[i];
}

/* ---- one spectrum, one chunk, all ------------------------------------------------------------ */

static void write_spectrum(const job *j, size_t i, const mi_peaks_result *r) {
  const size_t k = (size_t)j->k;
  const mi_peaks_map *to = j->map;
  const int64_t freedom = (int64_t)j->n - r->parameters;
  memcpy(to->peak + i * k, r->peak, k * sizeof *r->peak);
  memcpy(to->error + i * k, r->error, k * sizeof *r->error);
  memcpy(to->share + i * k, r->share, k * sizeof *r->share);
  memcpy(to->share_error + i * k, r->share_error, k * sizeof *r->share_error);
  memcpy(to->position_covariance + i * k * k, r->position_covariance, k * k * sizeof(double));
  memcpy(to->term + i * MI_TERMS, r->term, sizeof r->term);
  to->freedom[i] = freedom > 1 ? freedom : 1;
  to->misfit[i] = r->chi2 / (double)to->freedom[i];
  to->reason[i] = (uint8_t)r->reason;
}

static void set_unusable(const job *j, mi_peaks_result *r) {
  memset(r, 0, sizeof *r);
  r->chi2 = NAN;
  r->reason = MI_PEAKS_UNUSABLE;
  for (int i = 0; i < j->k; i++) {
    r->peak[i] = r->error[i] = (mi_peak){NAN, NAN, NAN, NAN, NAN};
    r->share[i] = r->share_error[i] = NAN;
  }
  for (int i = 0; i < j->k * j->k; i++) r->position_covariance[i] = NAN;
  for (int t = 0; t < MI_TERMS; t++) r->term[t] = NAN;
}

static mi_status fit_one(const job *j, const double *y, const mi_peak_limits *limits,
                         mi_peaks_result *r, mi_control *control) {
  return mi_peaks_fit(j->options, j->x, y, j->n, j->shape, limits, j->k, r, control);
}

/* before: the peaks of the spectrum before, or NULL. */
static mi_status fit_spectrum(const job *j, const double *y, const mi_peak *before,
                              mi_peaks_result *r, mi_control *control) {
  mi_peak_limits limits[MI_PEAKS_MOST];
  mi_peaks_result other;
  scale_start(j, area_above(j->x, y, j->n), limits);
  mi_status status = fit_one(j, y, limits, r, control);
  if (status != MI_OK || !before) return status;
  start_from(j, before, limits);
  status = fit_one(j, y, limits, &other, control);
  if (status == MI_OK && other.deviance < r->deviance) *r = other;
  return status;
}

static mi_status fit_chunk(const void *context, size_t first, size_t last, mi_control *control) {
  const job *j = context;
  mi_peaks_result r;
  mi_peak before[MI_PEAKS_MOST];
  bool known = false;
  for (size_t i = first; i < last; i++) {
    const mi_status status =
        fit_spectrum(j, j->y + i * j->n, known && j->neighbours ? before : NULL, &r, control);
    if (status == MI_EINVAL || status == MI_ENUMERIC) {
      set_unusable(j, &r);
    } else if (status != MI_OK) {
      return status;
    } else {
      memcpy(before, r.peak, sizeof before);
      known = true;
    }
    write_spectrum(j, i, &r);
  }
  return MI_OK;
}

/* What no spectrum could be fitted with: the axis, the options, the limits. A flat line, fitted in
 * no iterations, stands for the spectra. */
static mi_status check(const job *j, mi_control *control) {
  mi_peaks_options none = *j->options;
  mi_peaks_result r;
  double *flat = MI_NEW(double, j->n);
  if (!flat) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (size_t i = 0; i < j->n; i++) flat[i] = 1;
  none.iterations = 0;
  const mi_status status = mi_peaks_fit(&none, j->x, flat, j->n, j->shape, j->limits, j->k, &r,
                                        control);
  free(flat);
  return status == MI_ENUMERIC ? MI_OK : status;
}

mi_status mi_peaks_fit_map(const mi_peaks_options *options, const double *x, size_t n,
                           const double *y, size_t count, const mi_peak_shape *shape,
                           const mi_peak_limits *limits, int k, bool neighbours, mi_peaks_map *map,
                           mi_control *control) {
  const job j = {options, x, y, n, shape, limits, k, neighbours, map};
  const mi_status status = check(&j, control);
  if (status != MI_OK) return status;
  return mi_for_chunks(count, CHUNK, "spectra", fit_chunk, &j, control);
}
