#include "core/gmm/sample.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/special.h"
#include "core/gmm/sweep.h"

#define SQRT_2LN2 1.17741002251547469101
#define SQRT_2PI 2.50662827463100050242
#define PI 3.14159265358979323846
#define FLOOR 1e-6 /* of a model intensity, in units of the noise */

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

/* The k + 1 columns of a model (the last is the background), their sum, and one proposal. */
typedef struct columns {
  double *column[MI_GMM_MOST + 1], *trial;
  double *model, *next;
  int moved; /* the column that trial would replace */
} columns;

/* The arrays follow the struct. */
static columns *columns_of(const mi_gmm_sample *s, void *state) {
  columns *c = state;
  if (c->model) return c;
  double *at = (double *)(void *)((char *)state + (sizeof *c + 63) / 64 * 64);
  for (int j = 0; j <= s->options.k; j++, at += s->padded) c->column[j] = at;
  c->trial = at;
  c->model = at + s->padded;
  c->next = at + 2 * s->padded;
  return c;
}

static size_t state_size(const mi_gmm_sample *s) {
  const size_t arrays = (size_t)s->options.k + 4;
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

static mi_status energy(void *context, void *state, const double *q, int moved, double *value) {
  const mi_gmm_sample *s = context;
  columns *c = columns_of(s, state);
  const int k = s->options.k, column = moved / mi_gmm_sample_stride(s);
  const double noise = noise_of(s, q), least = FLOOR * noise;
  double sum = 0;
  c->moved = moved < 0 || column > k ? k : column;
  if (moved < 0) {
    memset(c->model, 0, s->padded * sizeof(double));
    memset(c->trial, 0, s->padded * sizeof(double));
    for (int j = 0; j < k; j++) {
      const mi_gmm_curve curve = curve_of(s, q, j);
      (void)MI_DISPATCH(s->isa, mi_gmm_propose)(s, &curve, least, c->trial, c->model, c->column[j],
                                                c->model);
    }
    memset(c->column[k], 0, s->padded * sizeof(double));
  }
  const mi_gmm_curve curve = curve_of(s, q, c->moved);
  sum = MI_DISPATCH(s->isa, mi_gmm_propose)(s, &curve, least, c->column[c->moved], c->model,
                                            c->trial, c->next);
  *value = energy_of_sum(s, sum, noise);
  return MI_OK;
}

static void swap(double **a, double **b) {
  double *keep = *a;
  *a = *b;
  *b = keep;
}

static void accept(void *context, void *state) {
  columns *c = columns_of(context, state);
  swap(&c->column[c->moved], &c->trial);
  swap(&c->model, &c->next);
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
  const mi_status status = check(options, x, y, n, control);
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
                                 .accept = accept, .context = s, .state_size = state_size(s)};
  fill(s, x, y);
  return MI_OK;
}

void mi_gmm_sample_end(mi_gmm_sample *s) {
  free(s->prior);
  free(s->x);
  memset(s, 0, sizeof *s);
}
