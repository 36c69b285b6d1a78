/* Gamma, Poisson and binomial numbers by rejection.
 *
 * The discrete ones compare with the exact probability, taken in Loader's saddle-point form (C.
 * Loader, "Fast and accurate computation of binomial probabilities", 2000): log k! is split into
 * Stirling's formula and its error, so that nothing cancels for a large mean. */
#include <math.h>

#include "core/base/rng.h"
#include "core/base/special.h"

/* Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000) 363. */
double mi_rng_gamma(mi_rng *rng, double shape) {
  if (shape < 1) { /* a number of shape + 1 shrinks to one of shape */
    double x = mi_rng_gamma(rng, shape + 1);
    return x * exp(-mi_rng_exponential(rng) / shape);
  }
  double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double x = mi_rng_normal(rng), v = 1 + c * x;
    if (v <= 0) continue;
    v = v * v * v;
    if (log(mi_rng_uniform_open(rng)) < 0.5 * x * x + d - d * v + d * log(v)) return d * v;
  }
}

/* ---- probabilities --------------------------------------------------------------------------- */

static double log_poisson(double k, double mean) {
  if (k == 0) return -mean;
  return -mi_stirling_error(k) - mi_deviance(k, mean) - 0.5 * log(6.28318530717958647692 * k);
}

static double log_binomial(double k, double n, double p) {
  if (k == 0) return n * log1p(-p);
  if (k == n) return n * log(p);
  return mi_stirling_error(n) - mi_stirling_error(k) - mi_stirling_error(n - k) -
         mi_deviance(k, n * p) - mi_deviance(n - k, n * (1 - p))
         - 0.5 * log(6.28318530717958647692 * k * ((n - k) / n));
}

/* ---- Poisson --------------------------------------------------------------------------------- */

/* Arrivals in the time `mean`. */
static int64_t poisson_by_waiting(mi_rng *rng, double mean) {
  double limit = exp(-mean), product = mi_rng_uniform_open(rng);
  int64_t k = 0;
  for (; product > limit; k++) product *= mi_rng_uniform_open(rng);
  return k;
}

/* Transformed rejection PTRS (Hoermann, Insurance: Math. Econ. 12 (1993) 39); mean >= 10. */
static int64_t poisson_by_rejection(mi_rng *rng, double mean) {
  double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
  double alpha = 1.1239 + 1.1328 / (b - 3.4), sure = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    double u = mi_rng_uniform_open(rng) - 0.5, v = mi_rng_uniform_open(rng);
    double us = 0.5 - fabs(u), k = floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= sure) return (int64_t)k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (log(v * alpha / (a / (us * us) + b)) <= log_poisson(k, mean)) return (int64_t)k;
  }
}

int64_t mi_rng_poisson(mi_rng *rng, double mean) {
  return mean < 10 ? poisson_by_waiting(rng, mean) : poisson_by_rejection(rng, mean);
}

/* ---- binomial -------------------------------------------------------------------------------- */

/* Gaps between successes are geometric; n p is small. */
static int64_t binomial_by_gaps(mi_rng *rng, int64_t n, double p) {
  double scale = -1 / log1p(-p), trials = 0;
  for (int64_t k = 0;; k++) {
    trials += floor(mi_rng_exponential(rng) * scale) + 1;
    if (trials > (double)n) return k;
  }
}

/* Transformed rejection BTRS (Hoermann, J. Stat. Comput. Simul. 46 (1993) 101); n p >= 10. */
static int64_t binomial_by_rejection(mi_rng *rng, int64_t trials, double p) {
  double n = (double)trials, spread = sqrt(n * p * (1 - p));
  double b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
  double sure = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * spread;
  double top = log_binomial(floor((n + 1) * p), n, p);
  for (;;) {
    double u = mi_rng_uniform_open(rng) - 0.5, v = mi_rng_uniform_open(rng);
    double us = 0.5 - fabs(u), k = floor((2 * a / us + b) * u + n * p + 0.5);
    if (us >= 0.07 && v <= sure) return (int64_t)k;
    if (k < 0 || k > n) continue;
    if (log(v * alpha / (a / (us * us) + b)) <= log_binomial(k, n, p) - top) return (int64_t)k;
  }
}

int64_t mi_rng_binomial(mi_rng *rng, int64_t n, double p) {
  if (p > 0.5) return n - mi_rng_binomial(rng, n, 1 - p);
  if (p == 0) return 0;
  return (double)n * p < 10 ? binomial_by_gaps(rng, n, p) : binomial_by_rejection(rng, n, p);
}
