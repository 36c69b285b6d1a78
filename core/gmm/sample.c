#include "core/gmm/sample.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/special.h"
#include "core/gmm/sweep.h"

#define SQRT_2LN2 1.17741002251547469101
#define SQRT_2PI 2.50662827463100050242
#define PI 3.14159265358979323846
#define FLOOR 1e-6  /* of a model intensity, in units of the noise */
#define REACH 36.75 /* -log of the height at which a Gaussian ends: 2^-53 */

enum { OTHERS = 5, LANES = 8 };

mi_gmm_sample_options mi_gmm_sample_default(void) {
  return (mi_gmm_sample_options){.shape = MI_GMM_GAUSS, .k = 1, .noise = 1};
}

int mi_gmm_sample_stride(const mi_gmm_sample *s) {
  return s->options.shape == MI_GMM_GAUSS ? 3 : 4;
}

static bool samples_noise(const mi_gmm_sample *s) {
  return s->options.likelihood == MI_GMM_NORMAL && s->options.noise == 0;
}

/* ---- the energy ------------------------------------------------------------------------------ */

/* The k + 1 columns of a model (the last is the background), their sum, the terms of the likelihood
 * and their sum; and what one proposal would make of them. */
typedef struct columns {
  double *column[MI_GMM_MOST + 1], *model, *term;
  mi_gmm_range support[MI_GMM_MOST + 1]; /* where a column is not 0 */
  double sum, tilt; /* tilt: mi_gmm_sample_tilt */
  double *trial, *next, *next_term, trial_sum, trial_tilt;
  mi_gmm_range range, trial_support;
  int moved; /* the column that trial would replace; NONE: only the sum counts */
} columns;

enum { NONE = -1 };

/* The arrays follow the struct. */
static columns *columns_of(const mi_gmm_sample *s, void *state) {
  columns *c = state;
  if (c->model) return c;
  double *at = (double *)(void *)((char *)state + (sizeof *c + 63) / 64 * 64);
  for (int j = 0; j <= s->options.k; j++, at += s->padded) c->column[j] = at;
  double **const others[] = {&c->model, &c->term, &c->trial, &c->next, &c->next_term};
  for (int j = 0; j < OTHERS; j++, at += s->padded) *others[j] = at;
  return c;
}

static size_t state_size(const mi_gmm_sample *s) {
  const size_t arrays = (size_t)s->options.k + 1 + OTHERS;
  return (sizeof(columns) + 63) / 64 * 64 + arrays * s->padded * sizeof(double);
}

static mi_gmm_curve peak(const mi_gmm_sample *s, const double *q) {
  const double eta = s->options.shape == MI_GMM_GAUSS ? 0 : q[3], half = SQRT_2LN2 * q[2];
  return (mi_gmm_curve){.mu = q[1],
                        .factor = 0.5 / (q[2] * q[2]),
                        .gauss = q[0] * (1 - eta) / (SQRT_2PI * q[2]),
                        .inverse = 1 / (half * half),
                        .lorentz = q[0] * eta / (PI * half)};
}

/* Column j (k: the background) of the parameters. */
static mi_gmm_curve curve_of(const mi_gmm_sample *s, const double *q, int j) {
  const int stride = mi_gmm_sample_stride(s), k = s->options.k;
  if (j < k) return peak(s, q + (ptrdiff_t)j * stride);
  return (mi_gmm_curve){.constant = s->options.background ? q[k * stride] : 0};
}

static double noise_of(const mi_gmm_sample *s, const double *q) {
  return samples_noise(s) ? q[s->model.parameters - 1] : s->options.noise;
}

static double energy_of_sum(const mi_gmm_sample *s, double sum, double noise) {
  if (s->options.likelihood == MI_GMM_POISSON) return sum / noise + s->constant;
  return (double)s->n * log(noise * SQRT_2PI) + 0.5 * sum / (noise * noise);
}

/* Log of the density of log s. */
static double log_density(const mi_prior *p, double s) {
  const double z = mi_prior_coordinate(p, s);
  return mi_prior_log(p, z) + (z == s ? log(s) : 0);
}

double mi_gmm_sample_tilt(const mi_gmm_sample *s, const double *q) {
  if (!samples_noise(s)) return 0;
  const int last = s->model.parameters - 1;
  return log_density(s->prior + last, q[last]) -
         log_density(s->options.prior + MI_PRIOR_NOISE, q[last]);
}

/* Index of the first vector of points at or beyond a place on a uniform grid, in points. */
static size_t index_of(const mi_gmm_sample *s, double place) {
  const double i = floor((place - s->x[0]) / s->step / LANES);
  const double last = (double)(s->padded / LANES);
  return (size_t)fmin(fmax(i, 0), last) * LANES;
}

/* Where the Gaussian part is not 0. */
static mi_gmm_range gauss_support(const mi_gmm_sample *s, const mi_gmm_curve *c) {
  if (!(c->gauss > 0)) return (mi_gmm_range){0, 0};
  if (!s->uniform) return (mi_gmm_range){0, s->padded};
  const double reach = copysign(sqrt(REACH / c->factor), s->step);
  const size_t to = index_of(s, c->mu + reach) + LANES;
  return (mi_gmm_range){index_of(s, c->mu - reach), to < s->padded ? to : s->padded};
}

static mi_gmm_range hull(mi_gmm_range a, mi_gmm_range b) {
  return (mi_gmm_range){a.from < b.from ? a.from : b.from, a.to > b.to ? a.to : b.to};
}

/* Proposes column j of the parameters; returns by how much the sum of terms would rise. */
static double propose(const mi_gmm_sample *s, columns *c, const double *q, int j) {
  const mi_gmm_curve curve = curve_of(s, q, j);
  c->moved = j;
  const mi_gmm_range gauss = gauss_support(s, &curve), all = {0, s->padded};
  c->trial_support = curve.lorentz > 0 || j == s->options.k ? all : gauss;
  c->range = hull(c->support[j], c->trial_support);
  const mi_gmm_move move = {c->range, gauss, c->column[j], c->model, c->term,
                            c->trial, c->next, c->next_term};
  return MI_DISPATCH(s->isa, mi_gmm_propose)(s, &curve, FLOOR * noise_of(s, q), &move);
}

static void take(double *to, const double *from, mi_gmm_range r) {
  memcpy(to + r.from, from + r.from, (r.to - r.from) * sizeof *to);
}

static void accept(void *context, void *state) {
  columns *c = columns_of(context, state);
  c->sum = c->trial_sum;
  c->tilt = c->trial_tilt;
  if (c->moved == NONE) return;
  take(c->column[c->moved], c->trial, c->range);
  take(c->model, c->next, c->range);
  take(c->term, c->next_term, c->range);
  c->support[c->moved] = c->trial_support;
}

/* All columns anew, one after the other; the background, which is everywhere, sets all terms. */
static double rebuild(const mi_gmm_sample *s, columns *c, const double *q) {
  const size_t bytes = s->padded * sizeof(double);
  double sum = 0;
  memset(c->model, 0, bytes);
  memset(c->term, 0, bytes);
  for (int j = 0; j <= s->options.k; j++) {
    memset(c->column[j], 0, bytes);
    c->support[j] = (mi_gmm_range){s->padded, 0};
    sum += propose(s, c, q, j);
    accept((void *)s, c);
  }
  return sum;
}

static mi_status energy(void *context, void *state, const double *q, int moved, double *value) {
  const mi_gmm_sample *s = context;
  columns *c = columns_of(s, state);
  const bool noise_moves = samples_noise(s) && moved == s->model.parameters - 1;
  c->trial_tilt = moved < 0 || noise_moves ? mi_gmm_sample_tilt(s, q) : c->tilt;
  if (moved < 0) {
    c->trial_sum = rebuild(s, c, q);
    c->moved = NONE;
  } else if (noise_moves) {
    c->trial_sum = c->sum;
    c->moved = NONE;
  } else {
    c->trial_sum = c->sum + propose(s, c, q, moved / mi_gmm_sample_stride(s));
  }
  *value = energy_of_sum(s, c->trial_sum, noise_of(s, q)) + c->trial_tilt;
  return MI_OK;
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* Peaks by their positions. */
static bool arrange(void *context, double *q) {
  const mi_gmm_sample *s = context;
  const int stride = mi_gmm_sample_stride(s);
  const size_t bytes = (size_t)stride * sizeof *q;
  bool moved = false;
  for (int j = 1; j < s->options.k; j++) {
    double one[4];
    double *at = q + (ptrdiff_t)j * stride;
    memcpy(one, at, bytes);
    for (; at > q && at[1 - stride] > one[1]; at -= stride, moved = true)
      memcpy(at, at - stride, bytes);
    memcpy(at, one, bytes);
  }
  return moved;
}

/* ---- beginning ------------------------------------------------------------------------------- */

static mi_status check(const mi_gmm_sample_options *o, const double *x, const double *y, size_t n,
                       mi_control *control) {
  if (o->k < 1 || o->k > MI_GMM_MOST)
    return mi_fail(control, MI_EINVAL, "k: integer from 1 to %d expected, got %d", MI_GMM_MOST,
                   o->k);
  if (!(o->noise > 0) && !(o->noise == 0 && o->likelihood == MI_GMM_NORMAL))
    return mi_fail(control, MI_EINVAL, "noise: number > 0 expected, got %g", o->noise);
  if (n < 2) return mi_fail(control, MI_EINVAL, "at least 2 points expected, got %zu", n);
  double total = 0;
  for (size_t i = 0; i < n; i++) {
    const bool good = isfinite(y[i]) && (y[i] >= 0 || o->likelihood == MI_GMM_NORMAL);
    if (!isfinite(x[i]) || !good)
      return mi_fail(control, MI_EINVAL, "point %zu (%g, %g): finite numbers expected%s", i + 1,
                     x[i], y[i], o->likelihood == MI_GMM_POISSON ? ", no negative counts" : "");
    if (i > 0 && !((x[i] - x[i - 1]) * (x[n - 1] - x[0]) > 0))
      return mi_fail(control, MI_EINVAL, "x: must rise (or fall) from point to point (point %zu)",
                     i + 1);
    total += fabs(y[i]);
  }
  if (!(total > 0 && total < 1e100))
    return mi_fail(control, MI_EINVAL, "y: intensities of a sum between 0 and 1e100 expected");
  return MI_OK;
}

static void default_priors(mi_gmm_sample_options *o, const double *x, const double *y, size_t n) {
  const double range = fabs(x[n - 1] - x[0]), spacing = range / (double)(n - 1);
  double sum = 0, low = y[0], high = y[0];
  for (size_t i = 0; i < n; i++) {
    sum += fabs(y[i]);
    low = fmin(low, y[i]);
    high = fmax(high, y[i]);
  }
  const double height = high > low ? high - low : high;
  const mi_prior defaults[] = {
      [MI_PRIOR_AREA] = {MI_PRIOR_GAMMA, 1, sum * spacing},
      [MI_PRIOR_MU] = {MI_PRIOR_UNIFORM, fmin(x[0], x[n - 1]), fmax(x[0], x[n - 1])},
      [MI_PRIOR_SIGMA] = {MI_PRIOR_LOG_UNIFORM, spacing, fmax(range / 4, 2 * spacing)},
      [MI_PRIOR_ETA] = {MI_PRIOR_UNIFORM, 0, 1},
      [MI_PRIOR_BASE] = {MI_PRIOR_GAMMA, 1, sum / (double)n},
      [MI_PRIOR_NOISE] = {MI_PRIOR_LOG_UNIFORM, 1e-4 * height, height}};
  for (int i = 0; i < MI_GMM_PRIORS; i++)
    if (o->prior[i].a == 0 && o->prior[i].b == 0) o->prior[i] = defaults[i];
}

/* The residuals of a fit of k peaks: their standard deviation, the parameters counted. Where the
 * data are no mixture of peaks, that of the data. */
static mi_status residuals(const mi_gmm_sample_options *o, const double *x, const double *y,
                           size_t n, double *deviation, mi_control *control) {
  mi_gmm_options fit = mi_gmm_options_default();
  mi_gmm_result r = {.k = 0};
  double *positive = MI_NEW(double, n), sum = 0, parameters = o->background;
  if (!positive) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (size_t i = 0; i < n; i++) positive[i] = fmax(0, y[i]);
  fit.shape = o->shape;
  fit.k = o->k;
  fit.background = o->background ? MI_GMM_CONSTANT : MI_GMM_NO_BACKGROUND;
  fit.errors = false;
  const mi_status status = mi_gmm_fit(&fit, x, positive, n, NULL, NULL, &r, control);
  free(positive);
  if (status != MI_OK && status != MI_EINVAL) return status;
  for (size_t i = 0; i < n; i++) {
    double off = y[i] - r.base[0];
    for (int j = 0; j < r.k; j++)
      off -= r.scale[j] * mi_gmm_shape_at(o->shape, r.component + j, x[i], NULL);
    sum += off * off;
  }
  for (int j = 0; j < r.k; j++) parameters += o->shape == MI_GMM_GAUSS ? 3 : 4;
  *deviation = sqrt(sum / fmax(1, (double)n - parameters));
  return MI_OK;
}

/* r of sample.h: half as wide again as log s is known from the residuals, in the support of p; p
 * itself where that is narrower still. */
static mi_status make_reference(mi_gmm_sample *s, const double *x, const double *y,
                                mi_control *control) {
  const mi_prior *p = s->options.prior + MI_PRIOR_NOISE;
  const bool bounded = p->kind == MI_PRIOR_UNIFORM || p->kind == MI_PRIOR_LOG_UNIFORM;
  const double width = 1.5 / sqrt(2 * fmax(1, (double)s->n - s->model.parameters));
  const double margin = exp(2 * width);
  const double low = bounded ? fmax(p->a, DBL_MIN) * margin : DBL_MIN;
  const double high = bounded ? p->b / margin : DBL_MAX;
  if (!(low < high)) return MI_OK;
  double deviation;
  const mi_status status = residuals(&s->options, x, y, s->n, &deviation, control);
  if (status == MI_OK)
    s->prior[s->model.parameters - 1] =
        (mi_prior){MI_PRIOR_LOG_NORMAL, fmin(fmax(deviation, low), high), width};
  return status;
}

/* Which prior parameter i has. */
static int prior_of(const mi_gmm_sample *s, int i) {
  const int stride = mi_gmm_sample_stride(s);
  if (i < s->options.k * stride) return i % stride;
  return i == s->options.k * stride && s->options.background ? MI_PRIOR_BASE : MI_PRIOR_NOISE;
}

static void fill(mi_gmm_sample *s, const double *x, const double *y) {
  const double noise = s->options.noise;
  s->uniform = mi_gmm_is_uniform(x, s->n);
  s->step = (x[s->n - 1] - x[0]) / (double)(s->n - 1);
  for (size_t i = 0; i < s->padded; i++) {
    s->x[i] = x[i < s->n ? i : s->n - 1];
    s->y[i] = i < s->n ? y[i] : 0;
    s->unit[i] = i < s->n;
  }
  for (size_t i = 0; i < s->n && s->options.likelihood == MI_GMM_POISSON; i++)
    s->constant += mi_lgamma(y[i] / noise + 1) + y[i] / noise * log(noise);
  for (int i = 0; i < s->model.parameters; i++) s->prior[i] = s->options.prior[prior_of(s, i)];
}

mi_status mi_gmm_sample_begin(mi_gmm_sample *s, const mi_gmm_sample_options *options,
                              const double *x, const double *y, size_t n, mi_control *control) {
  memset(s, 0, sizeof *s);
  mi_status status = check(options, x, y, n, control);
  if (status != MI_OK) return status;
  s->options = *options;
  s->isa = mi_level(control);
  s->n = n;
  s->padded = (n + 7) / 8 * 8;
  default_priors(&s->options, x, y, n);
  const int parameters = options->k * mi_gmm_sample_stride(s) + options->background +
                         samples_noise(s);
  s->prior = MI_NEW(mi_prior, (size_t)parameters);
  s->x = MI_NEW(double, 3 * s->padded);
  if (!s->prior || !s->x) {
    mi_gmm_sample_end(s);
    return mi_fail(control, MI_ENOMEM, "out of memory");
  }
  s->y = s->x + s->padded;
  s->unit = s->y + s->padded;
  s->model = (mi_exchange_model){.parameters = parameters, .prior = s->prior, .energy = energy,
                                 .arrange = arrange, .log_orders = mi_lgamma(options->k + 1.0),
                                 .accept = accept, .context = s, .state_size = state_size(s)};
  fill(s, x, y);
  status = mi_prior_check(s->options.prior + MI_PRIOR_NOISE, parameters, control);
  if (samples_noise(s) && status == MI_OK) status = make_reference(s, x, y, control);
  if (status != MI_OK) mi_gmm_sample_end(s);
  return status;
}

void mi_gmm_sample_end(mi_gmm_sample *s) {
  free(s->prior);
  free(s->x);
  memset(s, 0, sizeof *s);
}
