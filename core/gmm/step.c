/* The data of a fit, and one EM or ECM step on them. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/gmm/fit.h"

#define MOST_X 1e100
#define LEAST_SPACING 1e-100

/* ---- data ------------------------------------------------------------------------------------ */

static mi_status check_points(const double *x, const double *y, size_t n, mi_control *control) {
  if (n < 2) return mi_fail(control, MI_EINVAL, "at least 2 points expected, got %zu", n);
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i]))
      return mi_fail(control, MI_EINVAL, "x: finite number expected, got %g (point %zu)", x[i],
                     i + 1);
    if (!isfinite(y[i]) || y[i] < 0)
      return mi_fail(control, MI_EINVAL, "y: intensity >= 0 expected, got %g (point %zu)", y[i],
                     i + 1);
  }
  return MI_OK;
}

static bool is_monotonic(const double *x, size_t n) {
  const bool up = x[1] > x[0];
  for (size_t i = 1; i < n; i++)
    if (up ? x[i] <= x[i - 1] : x[i] >= x[i - 1]) return false;
  return true;
}

/* Width of the cell of point i; those at the ends are as wide as the first and last step. */
static double cell(const double *x, size_t n, size_t i) {
  const size_t a = i > 0 ? i - 1 : 0, b = i + 1 < n ? i + 1 : n - 1;
  return fabs(x[b] - x[a]) / (double)(b - a);
}

bool mi_gmm_is_uniform(const double *x, size_t n) {
  const double step = (x[n - 1] - x[0]) / (double)(n - 1);
  for (size_t i = 0; i < n; i++)
    if (!(fabs(x[i] - (x[0] + (double)i * step)) <= 1e-10 * fabs(step))) return false;
  return true;
}

static void fill(mi_gmm_data *d, mi_gmm_weight weight, const double *x, const double *y) {
  const size_t n = d->n;
  d->low = HUGE_VAL, d->high = -HUGE_VAL;
  for (size_t i = 0; i < n; i++) {
    d->low = fmin(d->low, x[i]);
    d->high = fmax(d->high, x[i]);
  }
  d->spacing = (d->high - d->low) / (double)(n - 1);
  for (size_t i = 0; i < d->padded; i++) {
    d->x[i] = x[i < n ? i : n - 1];
    d->w[i] = d->cells[i] = 0;
  }
  d->step = (x[n - 1] - x[0]) / (double)(n - 1);
  d->uniform = mi_gmm_is_uniform(x, n);
  for (size_t i = 0; i < n; i++) {
    d->cells[i] = weight == MI_GMM_CELL ? cell(x, n, i) / d->spacing : 1;
    d->w[i] = y[i] * d->cells[i];
    d->total += d->w[i];
  }
}

/* The shapes of the background: 1, x - low, high - x, each of sum 1 over the cells (or, beside
 * Gaussians, which are densities, of integral 1). */
static void fill_bases(mi_gmm_data *d, mi_gmm_shape shape) {
  for (int j = 0; j < d->bases; j++) {
    double *base = d->base + (size_t)j * d->padded, sum = 0;
    for (size_t i = 0; i < d->padded; i++) {
      base[i] = j == 0 ? 1 : j == 1 ? d->x[i] - d->low : d->high - d->x[i];
      sum += d->cells[i] * base[i];
    }
    if (shape == MI_GMM_GAUSS) sum *= d->spacing;
    for (size_t i = 0; i < d->padded; i++) base[i] /= sum;
  }
}

static mi_status check_data(const mi_gmm_options *o, const mi_gmm_data *d, mi_control *control) {
  if (!(d->high > d->low))
    return mi_fail(control, MI_EINVAL, "x: all points are at %g", d->low);
  const double reach = fmax(fabs(d->low), fabs(d->high));
  if (reach > MOST_X || d->spacing < LEAST_SPACING) /* squares must neither overflow nor vanish */
    return mi_fail(control, MI_EINVAL,
                   "x: at most %g, in steps of at least %g expected, got %g in steps of %g",
                   MOST_X, LEAST_SPACING, reach, d->spacing);
  if (!(d->total > 0)) return mi_fail(control, MI_EINVAL, "y: all intensities are zero");
  if (!isfinite(d->total))
    return mi_fail(control, MI_EINVAL, "y: the sum of intensities overflows");
  if (o->weight == MI_GMM_CELL && !is_monotonic(d->x, d->n))
    return mi_fail(control, MI_EINVAL,
                   "x: must rise (or fall) from point to point, to weigh points by their cells");
  return MI_OK;
}

int mi_gmm_bases(mi_gmm_background background) {
  return background == MI_GMM_LINEAR ? 3 : background == MI_GMM_CONSTANT ? 1 : 0;
}

static mi_status check_options(const mi_gmm_options *o, mi_control *control) {
  const int most = MI_GMM_MOST - mi_gmm_bases(o->background);
  if (o->k < 1 || o->k > most)
    return mi_fail(control, MI_EINVAL, "k: integer from 1 to %d expected, got %d", most, o->k);
  if (!(o->sigma_min >= 0)) return mi_fail(control, MI_EINVAL, "sigma_min: number >= 0 expected");
  if (!(o->sigma_max >= 0) || (o->sigma_max > 0 && o->sigma_max < o->sigma_min))
    return mi_fail(control, MI_EINVAL, "sigma_max: number >= sigma_min expected, got %g",
                   o->sigma_max);
  if (!(o->tolerance >= 0) || !(o->tolerance_nats >= 0))
    return mi_fail(control, MI_EINVAL, "tolerance: number >= 0 expected");
  if (o->max_iterations < 1 || o->steps < 0)
    return mi_fail(control, MI_EINVAL, "iterations: integer >= 1 expected");
  if (!isfinite(o->alpha)) return mi_fail(control, MI_EINVAL, "alpha: finite number expected");
  if (!(o->noise > 0)) return mi_fail(control, MI_EINVAL, "noise: number > 0 expected");
  return MI_OK;
}

mi_status mi_gmm_begin(mi_gmm_work *work, const mi_gmm_options *options, const double *x,
                       const double *y, size_t n, mi_control *control) {
  memset(work, 0, sizeof *work);
  mi_status status = check_options(options, control);
  if (status == MI_OK) status = check_points(x, y, n, control);
  if (status != MI_OK) return status;

  mi_gmm_data *d = &work->data;
  work->options = *options;
  work->isa = mi_level(control);
  d->n = n;
  d->padded = (n + MI_GMM_PAD - 1) / MI_GMM_PAD * MI_GMM_PAD;
  d->x = MI_NEW(double, d->padded);
  d->w = MI_NEW(double, d->padded);
  d->cells = MI_NEW(double, d->padded);
  d->bases = mi_gmm_bases(options->background);
  d->base = MI_NEW(double, (size_t)d->bases * d->padded);
  work->all = options->k + d->bases;
  const bool weights = options->shape != MI_GMM_GAUSS || d->bases > 0;
  if (weights) work->weights = MI_NEW(double, (size_t)work->all * d->padded);
  const bool whole = d->x && d->w && d->cells && d->base && (!weights || work->weights);
  status = whole ? MI_OK : mi_fail(control, MI_ENOMEM, "out of memory");
  if (status == MI_OK) {
    fill(d, options->weight, x, y);
    status = check_data(options, d, control);
    if (status == MI_OK) fill_bases(d, options->shape);
  }
  if (!(work->options.sigma_min > 0)) work->options.sigma_min = d->spacing;
  if (!(work->options.sigma_max > 0)) work->options.sigma_max = d->high - d->low;
  if (status != MI_OK) mi_gmm_end(work);
  return status;
}

void mi_gmm_end(mi_gmm_work *work) {
  free(work->data.x);
  free(work->data.w);
  free(work->data.cells);
  free(work->data.base);
  free(work->weights);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

/* An empty component stays where it was, with pi = 0. */
static void gauss_update(const mi_gmm_work *work, const mi_gmm_moments *m,
                         const mi_gmm_component *from, mi_gmm_component *to) {
  *to = *from;
  to->pi = m->weight / work->data.total;
  if (!(m->weight > 0)) return;
  const double shift = m->first / m->weight;
  const double variance = m->second / m->weight - shift * shift;
  to->mu = from->mu + shift;
  to->sigma = clamp(sqrt(fmax(variance, 0)), work->options.sigma_min, work->options.sigma_max);
}

static double gauss_step(const mi_gmm_work *work, const mi_gmm_component *from,
                         mi_gmm_component *to) {
  mi_gmm_moments m[MI_GMM_MOST];
  const int k = work->options.k;
  const double ll = MI_DISPATCH(work->isa, mi_gmm_gauss_sweep)(&work->data, from, k, m);
  for (int j = 0; j < k; j++) gauss_update(work, m + j, from + j, to + j);
  return ll;
}

static double sum_of(const double *v, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += v[i];
  return sum;
}

static mi_gmm_moments moments_of(const mi_gmm_data *d, const double *v, double mu) {
  mi_gmm_moments m = {0};
  for (size_t i = 0; i < d->n; i++) {
    const double t = d->x[i] - mu;
    m.weight += v[i];
    m.first += v[i] * t;
    m.second += v[i] * t * t;
  }
  return m;
}

static void update(const mi_gmm_work *work, const double *v, const mi_gmm_component *from,
                   mi_gmm_component *to) {
  if (work->options.shape == MI_GMM_GAUSS) {
    const mi_gmm_moments m = moments_of(&work->data, v, from->mu);
    gauss_update(work, &m, from, to);
    return;
  }
  const double weight = sum_of(v, work->data.n);
  *to = *from;
  to->pi = weight / work->data.total;
  if (weight > 0) mi_gmm_maximise(work, v, to);
}

static double general_step(const mi_gmm_work *work, const mi_gmm_component *from,
                           mi_gmm_component *to) {
  const mi_gmm_data *d = &work->data;
  const int k = work->options.k;
  const double ll =
      MI_DISPATCH(work->isa, mi_gmm_expect)(d, work->options.shape, from, k, work->weights);
  for (int j = 0; j < work->all; j++) {
    const double *v = work->weights + (size_t)j * d->padded;
    if (j < k) {
      update(work, v, from + j, to + j);
    } else {
      to[j] = from[j];
      to[j].pi = sum_of(v, d->n) / d->total;
    }
  }
  return ll;
}

/* The most probable shares under the prior; left as they are where none would be. */
static void shrink(const mi_gmm_work *work, mi_gmm_component *c) {
  double share[MI_GMM_MOST], sum = 0;
  for (int j = 0; j < work->all; j++) {
    share[j] = fmax(0, c[j].pi * work->data.total + work->options.alpha - 1);
    sum += share[j];
  }
  for (int j = 0; j < work->all && sum > 0; j++) c[j].pi = share[j] / sum;
}

double mi_gmm_step(const mi_gmm_work *work, const mi_gmm_component *from, mi_gmm_component *to) {
  const double ll = (work->weights ? general_step : gauss_step)(work, from, to);
  if (work->options.alpha != 1) shrink(work, to);
  return ll;
}
