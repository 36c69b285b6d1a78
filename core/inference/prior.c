#include "core/inference/prior.h"

#include <float.h>
#include <math.h>

#include "core/base/special.h"

#define LOG_SQRT_2PI 0.91893853320467274178

mi_status mi_prior_check(const mi_prior *p, int parameter, mi_control *control) {
  const bool finite = isfinite(p->a) && isfinite(p->b);
  bool good = false;
  switch (p->kind) {
    case MI_PRIOR_UNIFORM: good = p->a < p->b && isfinite(p->b - p->a); break;
    case MI_PRIOR_NORMAL: good = p->b > 0; break;
    case MI_PRIOR_LOG_UNIFORM: good = p->a >= DBL_MIN && p->a < p->b; break;
    case MI_PRIOR_GAMMA:
    case MI_PRIOR_LOG_NORMAL: good = p->a >= DBL_MIN && p->b > 0; break;
  }
  if (finite && good) return MI_OK;
  return mi_fail(control, MI_EINVAL, "prior of parameter %d: (%g, %g) is no such distribution",
                 parameter, p->a, p->b);
}

static bool is_log(const mi_prior *p) {
  return p->kind != MI_PRIOR_UNIFORM && p->kind != MI_PRIOR_NORMAL;
}

double mi_prior_parameter(const mi_prior *p, double z) { return is_log(p) ? exp(z) : z; }

double mi_prior_coordinate(const mi_prior *p, double q) { return is_log(p) ? log(q) : q; }

static double log_normal(double z, double mean, double spread) {
  const double t = (z - mean) / spread;
  return -0.5 * t * t - log(spread) - LOG_SQRT_2PI;
}

static double log_uniform(double z, double low, double high) {
  return z >= low && z <= high ? -log(high - low) : -HUGE_VAL;
}

double mi_prior_log(const mi_prior *p, double z) {
  switch (p->kind) {
    case MI_PRIOR_UNIFORM: return log_uniform(z, p->a, p->b);
    case MI_PRIOR_NORMAL: return log_normal(z, p->a, p->b);
    case MI_PRIOR_GAMMA: return p->a * (z - log(p->b)) - exp(z) / p->b - mi_lgamma(p->a);
    case MI_PRIOR_LOG_UNIFORM: return log_uniform(z, log(p->a), log(p->b));
    case MI_PRIOR_LOG_NORMAL: return log_normal(z, log(p->a), p->b);
  }
  return NAN;
}

static double bounded(double q, double low, double high) {
  return q >= low && q <= high ? 0 : -HUGE_VAL;
}

double mi_prior_rise(const mi_prior *p, double from, double q_from, double to, double q_to) {
  switch (p->kind) {
    case MI_PRIOR_UNIFORM:
    case MI_PRIOR_LOG_UNIFORM: return bounded(q_to, p->a, p->b);
    case MI_PRIOR_NORMAL: return 0.5 * (from - to) * (from + to - 2 * p->a) / (p->b * p->b);
    case MI_PRIOR_GAMMA: return p->a * (to - from) - (q_to - q_from) / p->b;
    case MI_PRIOR_LOG_NORMAL: {
      const double middle = log(p->a);
      return 0.5 * (from - to) * (from + to - 2 * middle) / (p->b * p->b);
    }
  }
  return NAN;
}

double mi_prior_draw(const mi_prior *p, mi_rng *rng) {
  switch (p->kind) {
    case MI_PRIOR_UNIFORM: return p->a + (p->b - p->a) * mi_rng_uniform(rng);
    case MI_PRIOR_NORMAL: return p->a + p->b * mi_rng_normal(rng);
    case MI_PRIOR_GAMMA: return log(fmax(p->b * mi_rng_gamma(rng, p->a), DBL_MIN));
    case MI_PRIOR_LOG_UNIFORM: return log(p->a) + log(p->b / p->a) * mi_rng_uniform(rng);
    case MI_PRIOR_LOG_NORMAL: return log(p->a) + p->b * mi_rng_normal(rng);
  }
  return NAN;
}

double mi_prior_spread(const mi_prior *p) {
  switch (p->kind) {
    case MI_PRIOR_UNIFORM: return (p->b - p->a) / sqrt(12);
    case MI_PRIOR_LOG_UNIFORM: return log(p->b / p->a) / sqrt(12);
    case MI_PRIOR_GAMMA: return sqrt((1 + 0.5 / p->a) / p->a); /* trigamma, nearly */
    case MI_PRIOR_NORMAL:
    case MI_PRIOR_LOG_NORMAL: return p->b;
  }
  return NAN;
}
