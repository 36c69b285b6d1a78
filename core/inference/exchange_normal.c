/* The evidence by a bridge between the posterior and a normal distribution; see exchange.h.
 *
 * With p(z) = prior(z) exp(-E(z)) of evidence Z, g the normal density, w = log g - log p and
 * f(u) = 1 / (1 + e^u) it is the bridge of exchange_evidence.c:
 *
 *     log Z = log < f(w - c) >_g - log < f(c - w) >_posterior - c,   best at c = -log Z
 *
 * for any g, as g is normalised and both means are over its support. Interchangeable parameters are
 * put in order, and p counts all of their orders: a draw that is not in order has p = 0. */
#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/inference/exchange.h"
#include "core/inference/jackknife.h"

#define LOG_SQRT_2PI 0.91893853320467274178
#define LOST 1e300 /* w where p = 0 */

#define ENOUGH 0.2 /* of overlap */

enum { ROUNDS = 30, POLL = 16 };

typedef struct guess {
  const mi_exchange *run;
  int p;
  double *mean, *spread, *factor; /* factor: Cholesky, of the correlations */
  double *q, *z, *u;              /* [p] work */
  void *state;
  double log_top; /* log of the density at the mean */
} guess;

/* ---- densities ------------------------------------------------------------------------------- */

/* log p, where the energy is known */
static double log_target(const guess *g, const double *z, double energy) {
  double sum = g->run->model.log_orders - energy;
  for (int j = 0; j < g->p; j++) sum += mi_prior_log(g->run->model.prior + j, z[j]);
  return sum;
}

/* log g at z; u := the standard normal numbers that z is made of */
static double log_normal(const guess *g, const double *z) {
  double square = 0;
  for (int i = 0; i < g->p; i++) {
    double left = (z[i] - g->mean[i]) / g->spread[i];
    for (int j = 0; j < i; j++) left -= g->factor[i * g->p + j] * g->u[j];
    g->u[i] = left / g->factor[i * g->p + i];
    square += g->u[i] * g->u[i];
  }
  return g->log_top - 0.5 * square;
}

/* w of a draw from g. */
static mi_status draw(const guess *g, mi_rng *rng, double *w) {
  const mi_exchange_model *m = &g->run->model;
  double square = 0, energy, prior = 0;
  for (int i = 0; i < g->p; i++) {
    double sum = 0;
    g->u[i] = mi_rng_normal(rng);
    square += g->u[i] * g->u[i];
    for (int j = 0; j <= i; j++) sum += g->factor[i * g->p + j] * g->u[j];
    g->z[i] = g->mean[i] + g->spread[i] * sum;
    g->q[i] = mi_prior_parameter(m->prior + i, g->z[i]);
    prior += mi_prior_log(m->prior + i, g->z[i]);
  }
  *w = LOST;
  if (!(prior > -HUGE_VAL) || (m->arrange && m->arrange(m->context, g->q))) return MI_OK;
  const mi_status status = m->energy(m->context, g->state, g->q, -1, &energy);
  if (status == MI_OK && isfinite(energy))
    *w = g->log_top - 0.5 * square - log_target(g, g->z, energy);
  return status == MI_ENUMERIC ? MI_OK : status;
}

/* The i-th sample in order, as coordinates. */
static void sample(const guess *g, int64_t i) {
  const mi_exchange_model *m = &g->run->model;
  memcpy(g->q, g->run->samples + i * g->p, (size_t)g->p * sizeof *g->q);
  if (m->arrange) m->arrange(m->context, g->q);
  for (int j = 0; j < g->p; j++) g->z[j] = mi_prior_coordinate(m->prior + j, g->q[j]);
}

static double energy_of(const mi_exchange *run, int64_t i) {
  const int64_t sweep = (i + 1) * run->options.thin - 1;
  return run->energies[(sweep + 1) * run->options.replicas - 1];
}

/* ---- the normal distribution ----------------------------------------------------------------- */

/* From the first `count` samples. */
static mi_status find_normal(guess *g, int64_t count, mi_control *control) {
  const int p = g->p;
  for (int64_t i = 0; i < count; i++) {
    sample(g, i);
    for (int j = 0; j < p; j++) g->mean[j] += g->z[j] / (double)count;
  }
  for (int64_t i = 0; i < count; i++) {
    sample(g, i);
    for (int j = 0; j < p; j++)
      for (int k = 0; k <= j; k++)
        g->factor[j * p + k] += (g->z[j] - g->mean[j]) * (g->z[k] - g->mean[k]) / (double)count;
  }
  for (int j = 0; j < p; j++) g->spread[j] = sqrt(g->factor[j * p + j]);
  for (int j = 0; j < p; j++)
    for (int k = 0; k <= j; k++) g->factor[j * p + k] /= g->spread[j] * g->spread[k];
  for (int j = 0; j < p; j++)
    if (!(g->spread[j] > 0)) return MI_ENUMERIC;
  const mi_status status = mi_cholesky(g->factor, p, control);
  for (int j = 0; status == MI_OK && j < p; j++)
    g->log_top -= LOG_SQRT_2PI + log(g->spread[j] * g->factor[j * p + j]);
  return status;
}

/* ---- the bridge ------------------------------------------------------------------------------ */

static double fermi(double u) { return 1 / (1 + exp(u)); }

/* Mean of f(sign (w - c)) without one of the blocks (-1: none). */
static double mean_fermi(const double *w, int64_t n, double c, double sign, int block) {
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    if (i * MI_BLOCKS / n == block) continue;
    sum += fermi(sign * (w[i] - c));
    count++;
  }
  return sum / (double)count;
}

/* w of n draws and of n samples. */
static void find_bridge(const double *drawn, const double *sampled, int64_t n,
                        mi_normal_bridge *bridge) {
  double without[MI_BLOCKS], c = 0, up = 0, down = 0;
  for (int64_t i = 0; i < n; i++) c += sampled[i] / (double)n;
  for (int round = 0; round < ROUNDS; round++) {
    up = mean_fermi(drawn, n, c, 1, -1), down = mean_fermi(sampled, n, c, -1, -1);
    if (!(up > 0 && down > 0)) return;
    c -= log(up / down);
  }
  for (int b = 0; b < MI_BLOCKS; b++)
    without[b] = log(mean_fermi(drawn, n, c, 1, b) / mean_fermi(sampled, n, c, -1, b)) - c;
  *bridge = (mi_normal_bridge){-c, mi_jackknife(without, MI_BLOCKS), up + down};
}

static mi_status compare(guess *g, int64_t first, int64_t n, double *w, mi_normal_bridge *bridge,
                         mi_control *control) {
  mi_rng rng = mi_rng_stream(g->run->options.seed, mi_rng_stage("exchange.normal"), 0);
  for (int64_t i = 0; i < n; i++) {
    if (i % POLL == 0 && mi_cancelled(control)) return MI_ECANCEL;
    const mi_status status = draw(g, &rng, w + i);
    if (status != MI_OK) return status;
    sample(g, first + i);
    w[n + i] = log_normal(g, g->z) - log_target(g, g->z, energy_of(g->run, first + i));
  }
  find_bridge(w, w + n, n, bridge);
  return MI_OK;
}

mi_status mi_exchange_normal(const mi_exchange *run, mi_normal_bridge *bridge,
                             mi_control *control) {
  const size_t p = (size_t)run->model.parameters;
  const int64_t half = run->kept / 2;
  *bridge = (mi_normal_bridge){NAN, NAN, 0};
  if (half < (int64_t)p + 2 || half < 2 * MI_BLOCKS) return MI_OK;
  double *numbers = MI_NEW_ZERO(double, p * (p + 5) + 2 * (size_t)half);
  guess g = {.run = run, .p = run->model.parameters, .state = mi_alloc_zero(1, run->model.state_size)};
  mi_status status = MI_OK;
  if (numbers && g.state) {
    double **const vectors[] = {&g.mean, &g.spread, &g.q, &g.z, &g.u};
    for (size_t i = 0; i < 5; i++) *vectors[i] = numbers + i * p;
    g.factor = numbers + 5 * p;
    status = find_normal(&g, half, control);
    if (status == MI_OK)
      status = compare(&g, half, half, numbers + p * (p + 5), bridge, control);
    else if (status == MI_ENUMERIC) status = MI_OK; /* samples that all lie in a plane */
  } else {
    status = mi_fail(control, MI_ENOMEM, "out of memory");
  }
  free(numbers);
  free(g.state);
  return status;
}

void mi_evidence_pool(const mi_evidence *evidence, const mi_normal_bridge *normal, double *value,
                      double *error) {
  const double a = evidence->bridge_error, b = normal->error;
  *value = evidence->bridge;
  *error = a;
  if (!(normal->overlap >= ENOUGH && b > 0)) return;
  const double weight = a > 0 ? b * b / (a * a + b * b) : 1;
  *value += (1 - weight) * (normal->value - evidence->bridge);
  *error = hypot(weight * a, (1 - weight) * b);
}
