/* Searching for the best mixture from starts of its own, by racing.
 *
 * Two starts are read from the data: the strongest minima of the second derivative, smoothed
 * narrowly and broadly. The others are random: positions drawn from the intensity, widths
 * log-uniform. All climb a few steps, the best third goes on for twice as many, and so on; the last
 * four climb to the end. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/rng.h"
#include "core/gmm/fit.h"

enum { FIRST_STEPS = 8, FINALISTS = 4 };

static const double smoothings[] = {3, 8}; /* standard deviations of the smoothing, in points */
enum { FROM_DATA = sizeof smoothings / sizeof *smoothings };

/* ---- starts from the data -------------------------------------------------------------------- */

/* The weights and their second derivative by index, smoothed with a Gaussian of s points. */
static void curvature(const mi_gmm_data *d, double s, double *smooth, double *second,
                      const mi_control *control) {
  const int reach = (int)ceil(4 * s), n = (int)d->n;
  for (int i = 0; i < n; i++) {
    if (i % 4096 == 0 && mi_cancelled(control)) return; /* what follows looks as well */
    double total = 0, level = 0, bend = 0, bend_total = 0;
    for (int j = -reach; j <= reach; j++) {
      const int at = i + j < 0 ? 0 : i + j >= n ? n - 1 : i + j;
      const double t = j / s, g = exp(-0.5 * t * t), b = g * (t * t - 1);
      total += g;
      bend_total += b;
      level += g * d->w[at];
      bend += b * d->w[at];
    }
    smooth[i] = level / total;
    second[i] = (bend - bend_total * smooth[i]) / total / (s * s);
  }
}

/* The deepest minimum of second that is not within a width of the peaks chosen; -1 if none. */
static int deepest(const mi_gmm_data *d, const double *second, const mi_gmm_component *c,
                   int count) {
  int best = -1;
  for (int i = 1; i + 1 < (int)d->n; i++) {
    if (second[i] >= 0 || second[i] > second[i - 1] || second[i] >= second[i + 1]) continue;
    bool taken = false;
    for (int j = 0; j < count && !taken; j++) taken = fabs(d->x[i] - c[j].mu) < c[j].sigma;
    if (!taken && (best < 0 || second[i] < second[best])) best = i;
  }
  return best;
}

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

static mi_gmm_component peak(const mi_gmm_work *work, double mu, double sigma) {
  const mi_gmm_options *o = &work->options;
  static const double eta[] = {[MI_GMM_PSEUDO_VOIGT] = 0.3, [MI_GMM_LORENTZ] = 1,
                               [MI_GMM_DONIACH] = 0.2};
  return (mi_gmm_component){1.0 / work->all, mu, clamp(sigma, o->sigma_min, o->sigma_max),
                            eta[o->shape], o->shape == MI_GMM_DONIACH ? 0.1 : 0};
}

/* Where the running sum of weights passes share * W. */
static double quantile(const mi_gmm_data *d, double share) {
  double sum = 0;
  for (size_t i = 0; i < d->n; i++) {
    sum += d->w[i];
    if (sum >= share * d->total) return d->x[i];
  }
  return d->x[d->n - 1];
}

/* The background's components, each of the share of a peak. */
static void add_bases(const mi_gmm_work *work, mi_gmm_component *c) {
  const mi_gmm_data *d = &work->data;
  for (int j = work->options.k; j < work->all; j++)
    c[j] = (mi_gmm_component){1.0 / work->all, 0.5 * (d->low + d->high), d->high - d->low, 0, 0};
}

/* Peaks at the minima of the second derivative; what is missing goes to quantiles, broad. */
static void read_start(const mi_gmm_work *work, double s, double *scratch, mi_gmm_component *c,
                       const mi_control *control) {
  const mi_gmm_data *d = &work->data;
  double *smooth = scratch, *second = scratch + d->n;
  const int k = work->options.k;
  curvature(d, s, smooth, second, control);
  add_bases(work, c);
  for (int j = 0; j < k && !mi_cancelled(control); j++) {
    const int at = deepest(d, second, c, j);
    if (at >= 0) {
      c[j] = peak(work, d->x[at], d->spacing * sqrt(smooth[at] / -second[at]));
    } else {
      c[j] = peak(work, quantile(d, (j + 0.5) / k), (d->high - d->low) / (2 * k));
    }
  }
}

/* ---- random starts --------------------------------------------------------------------------- */

static void random_start(const mi_gmm_work *work, int item, mi_gmm_component *c) {
  const mi_gmm_data *d = &work->data;
  const double narrow = fmax(2 * d->spacing, work->options.sigma_min);
  const double broad = fmax((d->high - d->low) / 4, narrow);
  mi_rng rng = mi_rng_stream(work->options.seed, mi_rng_stage("gmm.start"), (uint64_t)item);
  double total = 0;
  add_bases(work, c);
  for (int j = 0; j < work->options.k; j++) {
    const double at = quantile(d, mi_rng_uniform(&rng));
    const double sigma = narrow * pow(broad / narrow, mi_rng_uniform(&rng));
    c[j] = peak(work, at + d->spacing * (mi_rng_uniform(&rng) - 0.5), sigma);
    c[j].pi = mi_rng_exponential(&rng) + 1e-3;
    total += c[j].pi;
  }
  const double share = (double)work->options.k / work->all;
  for (int j = 0; j < work->options.k; j++) c[j].pi *= share / total;
}

/* ---- the race -------------------------------------------------------------------------------- */

/* A runner that is nowhere (LL is NaN) comes last. */
static int by_likelihood(const void *a, const void *b) {
  const double p = ((const mi_gmm_climb *)a)->ll, q = ((const mi_gmm_climb *)b)->ll;
  return isnan(p) - isnan(q) + (p < q) - (p > q);
}

static int by_position(const void *a, const void *b) {
  const double p = ((const mi_gmm_component *)a)->mu, q = ((const mi_gmm_component *)b)->mu;
  return (p > q) - (p < q);
}

static mi_status race(const mi_gmm_work *work, mi_gmm_climb *runners, int count,
                      mi_control *control) {
  for (int steps = FIRST_STEPS;; steps *= 2) {
    const bool last = count <= FINALISTS;
    for (int i = 0; i < count; i++) {
      const int most = last ? work->options.max_iterations : steps;
      const mi_status status = mi_gmm_ascend(work, runners + i, most, NULL, control);
      if (status != MI_OK) return status;
    }
    qsort(runners, (size_t)count, sizeof *runners, by_likelihood);
    if (last) return MI_OK;
    count = count / 3 > FINALISTS ? count / 3 : FINALISTS;
  }
}

static mi_status search(const mi_gmm_work *work, mi_gmm_climb *runners, int count,
                        double *scratch, mi_gmm_climb *best, mi_control *control) {
  for (int i = 0; i < FROM_DATA; i++)
    read_start(work, smoothings[i], scratch, runners[i].c, control);
  for (int i = FROM_DATA; i < count; i++) random_start(work, i, runners[i].c);
  if (mi_cancelled(control)) return MI_ECANCEL;
  const mi_status status = race(work, runners, count, control);
  *best = runners[0];
  qsort(best->c, (size_t)work->options.k, sizeof *best->c, by_position);
  return status;
}

mi_status mi_gmm_search(const mi_gmm_work *work, mi_gmm_climb *best, mi_control *control) {
  const int count = FROM_DATA + work->options.starts;
  mi_gmm_climb *runners = MI_NEW_ZERO(mi_gmm_climb, (size_t)count);
  double *scratch = MI_NEW(double, 2 * work->data.n);
  const mi_status status = runners && scratch
                               ? search(work, runners, count, scratch, best, control)
                               : mi_fail(control, MI_ENOMEM, "out of memory");
  free(runners);
  free(scratch);
  return status;
}
