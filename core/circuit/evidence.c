/* Likelihood, modes and Laplace's approximation; see evidence.h. */
#include "core/circuit/evidence.h"

#include <math.h>
#include <string.h>

#include "core/base/special.h"
#include "core/circuit/small.h"

#define LOG_TWO_PI 1.83787706640934548356
#define FAR 3.0          /* standard deviations that a bound must be off */
#define OTHERS 0.05      /* share of other modes from which on there are several */

/* ---- likelihood ------------------------------------------------------------------------------ */

double mi_circuit_log_likelihood(const mi_circuit_data *data, const mi_circuit_noise *noise,
                                 double ssr) {
  const double n = 2 * (double)data->grid.n, s2 = noise->scale * noise->scale;
  const double nu = noise->freedom;
  if (!(ssr < HUGE_VAL)) return -HUGE_VAL;
  if (isinf(nu)) return data->log_weights - 0.5 * n * (LOG_TWO_PI + log(s2)) - 0.5 * ssr / s2;
  return data->log_weights + mi_lgamma(0.5 * (nu + n)) - mi_lgamma(0.5 * nu) -
         0.5 * n * log(M_PI * nu * s2) - 0.5 * (nu + n) * log1p(ssr / (nu * s2));
}

double mi_circuit_variance(const mi_circuit_data *data, const mi_circuit_noise *noise, double ssr) {
  const double n = 2 * (double)data->grid.n, s2 = noise->scale * noise->scale;
  return isinf(noise->freedom) ? s2 : (noise->freedom * s2 + ssr) / (noise->freedom + n);
}

/* ---- modes ----------------------------------------------------------------------------------- */

static bool same_place(const mi_circuit_symmetry *symmetry, int variables, const double *a,
                       const double *b) {
  for (int i = 0; i < symmetry->count; i++) {
    double most = 0;
    for (int v = 0; v < variables; v++) most = fmax(most, fabs(a[v] - b[symmetry->order[i][v]]));
    if (most < 1e-3) return true;
  }
  return false;
}

void mi_circuit_find_modes(const mi_circuit_problem *problem, const mi_circuit_symmetry *symmetry,
                           const mi_circuit_search_options *options, const double *start,
                           mi_circuit_engine *engine, mi_circuit_modes *modes,
                           const mi_control *control) {
  mi_circuit_fit found[4 * MI_CIRCUIT_MODES];
  const int count = mi_circuit_optima(problem, options, start, engine, 4 * MI_CIRCUIT_MODES, found,
                                      control);
  modes->count = 0;
  for (int i = 0; i < count && modes->count < MI_CIRCUIT_MODES; i++) {
    bool known = false;
    for (int j = 0; j < modes->count && !known; j++)
      known = same_place(symmetry, problem->variables, found[i].theta, modes->fit[j].theta);
    if (!known) modes->fit[modes->count++] = found[i];
  }
}

/* ---- Laplace --------------------------------------------------------------------------------- */

static double log_widths(const mi_circuit_problem *p) {
  double sum = 0;
  for (int v = 0; v < p->variables; v++) sum += log(p->upper[v] - p->lower[v]);
  return sum;
}

/* ln det of a covariance; false where it is singular. */
static bool log_determinant(double *c, int n, double *value) {
  double scale[MI_CIRCUIT_PARAMETERS];
  *value = 0;
  for (int i = 0; i < n; i++) {
    if (!(c[i * (n + 1)] > 0)) return false;
    scale[i] = sqrt(c[i * (n + 1)]);
  }
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++) c[i * n + k] /= scale[i] * scale[k];
  if (!mi_small_cholesky(c, n, 1e-14)) return false;
  for (int i = 0; i < n; i++) *value += 2 * log(scale[i] * c[i * (n + 1)]);
  return true;
}

static bool on_bound(const mi_circuit_problem *p, const double *theta, int v, double reach) {
  return theta[v] - reach <= p->lower[v] || theta[v] + reach >= p->upper[v];
}

/* Whether SSR rises by 9 s^2, to a factor of 2, at three standard deviations of each variable, the
 * others going along. */
static bool is_normal(const mi_circuit_problem *p, const mi_circuit_fit *fit,
                      const double *covariance, double s2, mi_circuit_engine *e) {
  const int n = p->variables;
  double at[MI_CIRCUIT_PARAMETERS];
  for (int v = 0; v < n; v++)
    for (int side = -1; side <= 1; side += 2) {
      const double factor = side * FAR * sqrt(s2 / covariance[v * (n + 1)]);
      for (int k = 0; k < n; k++) at[k] = fit->theta[k] + factor * covariance[v * n + k];
      const double rise = (mi_circuit_cost(p, at, e) - fit->cost) / (FAR * FAR * s2);
      if (!(rise > 0.5 && rise < 2)) return false;
    }
  return true;
}

/* Of one mode, all its copies. */
static double laplace_of(const mi_circuit_problem *p, const mi_circuit_symmetry *symmetry,
                         const mi_circuit_noise *noise, const mi_circuit_fit *fit,
                         mi_circuit_engine *e, mi_circuit_fault *fault) {
  const int n = p->variables;
  double covariance[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS], log_det;
  const double s2 = mi_circuit_variance(e->data, noise, fit->cost);
  double square[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS];
  *fault = MI_CIRCUIT_SOUND;
  const bool full = mi_circuit_covariance(p, fit->theta, e, covariance) == n;
  memcpy(square, covariance, (size_t)(n * n) * sizeof *square);
  if (!full || !log_determinant(square, n, &log_det)) {
    *fault = MI_CIRCUIT_UNDETERMINED;
    for (int v = 0; v < n; v++)
      if (on_bound(p, fit->theta, v, 0)) *fault = MI_CIRCUIT_AT_BOUND;
    return -HUGE_VAL;
  }
  if (!is_normal(p, fit, covariance, s2, e)) *fault = MI_CIRCUIT_NOT_NORMAL;
  for (int v = 0; v < n; v++)
    if (on_bound(p, fit->theta, v, FAR * sqrt(s2 * covariance[v * (n + 1)])))
      *fault = MI_CIRCUIT_AT_BOUND;
  return mi_circuit_log_likelihood(e->data, noise, fit->cost) +
         0.5 * (n * (LOG_TWO_PI + log(s2)) + log_det) - log_widths(p) + log(symmetry->count);
}

double mi_circuit_laplace(const mi_circuit_problem *problem, const mi_circuit_symmetry *symmetry,
                          const mi_circuit_noise *noise, const mi_circuit_modes *modes,
                          mi_circuit_engine *engine, mi_circuit_fault *fault) {
  const double best =
      laplace_of(problem, symmetry, noise, &modes->fit[0], engine, fault);
  double others = 0;
  for (int i = 1; i < modes->count; i++) {
    mi_circuit_fault its;
    const double log_likelihood =
        mi_circuit_log_likelihood(engine->data, noise, modes->fit[i].cost);
    const double value = laplace_of(problem, symmetry, noise, &modes->fit[i], engine, &its);
    /* a mode of unknown width counts by its height */
    const double ratio = isinf(value)
        ? log_likelihood - mi_circuit_log_likelihood(engine->data, noise, modes->fit[0].cost)
        : value - best;
    others += exp(fmin(ratio, 100));
  }
  if (*fault == MI_CIRCUIT_SOUND && others > OTHERS) *fault = MI_CIRCUIT_MULTIMODAL;
  return best;
}
