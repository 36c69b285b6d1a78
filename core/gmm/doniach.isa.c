/* Kernels of the mixture of a Doniach-Sunjic curve and a Gaussian; see gmm.h and sweep.h.
 *
 * With t = x - mu, p = 1 - skew, r e^(i theta) = h + i t and psi = pi skew / 2 + p theta the curve
 * is D = Gamma(p) r^-p cos psi, the real part of Gamma(p) e^(i pi skew / 2) (h - i t)^-p. So its
 * derivatives are, in the units of sweep.h,
 *
 *     by mu      D' = (sigma / r) p S(1),       D'' = -(sigma / r)^2 p (p + 1) C(2)
 *     by sigma   D' = -(h / r) p C(1),          D'' = (h / r)^2 p (p + 1) C(2)
 *     by skew    D' = C(0) a - S(0) b,          D'' = C(0) (a^2 - b^2 + psi1(p)) - S(0) 2 a b
 *
 * with C(j) = Gamma(p) r^-p cos(psi + j theta), S(j) the same with sin, a = log r - psi0(p),
 * b = pi / 2 - theta, and psi0, psi1 the digamma and trigamma functions. */
#include <math.h>

#include "core/base/special.h"
#include "core/gmm/slope_inline.h"

#define INLINE static inline __attribute__((always_inline))
#define SQRT_2LN2 1.17741002251547469101
#define SQRT_2PI 2.50662827463100050242
#define PI 3.14159265358979323846

/* What is the same at all points. */
typedef struct doniach {
  double mu, sigma, half, power, turn; /* turn: pi skew / 2 */
  double log_gamma, psi0, psi1;
  double eta, gauss; /* gauss: 1 / (sqrt(2 pi) sigma) */
} doniach;

static doniach doniach_of(const mi_gmm_component *c) {
  const double p = 1 - c->skew;
  return (doniach){.mu = c->mu, .sigma = c->sigma, .half = SQRT_2LN2 * c->sigma, .power = p,
                   .turn = PI / 2 * c->skew, .log_gamma = mi_lgamma(p), .psi0 = mi_digamma(p),
                   .psi1 = mi_trigamma(p), .eta = c->eta, .gauss = 1 / (SQRT_2PI * c->sigma)};
}

/* The curve at a vector of points in polar form. */
typedef struct polar {
  mi_v theta, log_r, inverse_r, cosine, sine; /* of C(0), S(0) */
} polar;

/* atan(t / h): the angle is halved thrice, which leaves |z| < 0.2 to the power series. */
INLINE mi_v angle(mi_v t, mi_v r, double h) {
  mi_v z = t / (r + h);
  for (int i = 0; i < 2; i++) z /= mi_v_sqrt(z * z + 1.0) + 1.0;
  const mi_v square = -z * z;
  mi_v sum = mi_v_set(1.0 / 23);
  for (int j = 21; j >= 1; j -= 2) sum = sum * square + 1.0 / j;
  return 8.0 * z * sum;
}

INLINE polar polar_at(const doniach *d, mi_v t) {
  const mi_v r = mi_v_sqrt(t * t + d->half * d->half), theta = angle(t, r, d->half);
  polar q = {.theta = theta, .log_r = mi_v_log_normal(r), .inverse_r = 1.0 / r};
  const mi_v size = mi_v_exp(d->log_gamma - q.log_r * d->power);
  mi_v sine, cosine;
  mi_v_sincos(theta * d->power + d->turn, &sine, &cosine);
  q.cosine = size * cosine;
  q.sine = size * sine;
  return q;
}

INLINE mi_v gauss_at(const doniach *d, mi_v tau) { return mi_v_exp(tau * tau * -0.5) * d->gauss; }

INLINE mi_v value_at(const doniach *d, mi_v x) {
  const mi_v t = x - d->mu;
  return polar_at(d, t).cosine * d->eta + gauss_at(d, t * (1 / d->sigma)) * (1 - d->eta);
}

double MI_ISA(mi_gmm_doniach)(const mi_gmm_data *data, const mi_gmm_component *c, double *values) {
  const doniach d = doniach_of(c);
  mi_v sum = {0};
  for (size_t i = 0; i < data->padded; i += MI_V) {
    const mi_v s = value_at(&d, mi_v_load(data->x + i));
    mi_v_store(values + i, s);
    sum += s * mi_v_load(data->cells + i);
  }
  return mi_v_sum(sum);
}

double MI_ISA(mi_gmm_doniach_q)(const mi_gmm_data *data, const double *weights,
                                const mi_gmm_component *c) {
  const doniach d = doniach_of(c);
  mi_v q = {0}, total = {0}, sum = {0};
  for (size_t i = 0; i < data->padded; i += MI_V) {
    const mi_v w = mi_v_load(weights + i), s = value_at(&d, mi_v_load(data->x + i));
    q += w * mi_v_log_normal(s + MI_GMM_TINY);
    total += w;
    sum += s * mi_v_load(data->cells + i);
  }
  return mi_v_sum(q) - mi_v_sum(total) * log(mi_v_sum(sum) + MI_GMM_TINY);
}

/* ---- derivatives ----------------------------------------------------------------------------- */

/* Of D; cosine and sine of theta are h / r and t / r. */
INLINE mi_gmm_jet curve_jet(const doniach *d, mi_v t, mi_gmm_parameter by) {
  const polar q = polar_at(d, t);
  const mi_v c = q.inverse_r * d->half, s = q.inverse_r * t, p = mi_v_set(d->power);
  const mi_v c1 = q.cosine * c - q.sine * s, s1 = q.sine * c + q.cosine * s;
  const mi_v c2 = c1 * c - s1 * s, bend = c2 * (p * (p + 1.0));
  const mi_v unit = q.inverse_r * d->sigma;
  if (by == MI_GMM_MU) return (mi_gmm_jet){q.cosine, unit * p * s1, -unit * unit * bend};
  if (by == MI_GMM_SIGMA) return (mi_gmm_jet){q.cosine, -c * p * c1, c * c * bend};
  const mi_v a = q.log_r - d->psi0, b = PI / 2 - q.theta;
  return (mi_gmm_jet){q.cosine, q.cosine * a - q.sine * b,
               q.cosine * (a * a - b * b + d->psi1) - q.sine * (2.0 * a * b)};
}

INLINE mi_gmm_jet gauss_jet(const doniach *d, mi_v tau, mi_gmm_parameter by) {
  const mi_v g = gauss_at(d, tau), square = tau * tau, rise = square - 1.0;
  if (by == MI_GMM_MU) return (mi_gmm_jet){g, g * tau, g * rise};
  if (by == MI_GMM_SIGMA) return (mi_gmm_jet){g, g * rise, g * (rise * rise - square * 3.0 + 1.0)};
  return (mi_gmm_jet){g, {0}, {0}};
}

INLINE mi_gmm_jet mixed_jet(const doniach *d, mi_v x, mi_gmm_parameter by) {
  const mi_v t = x - d->mu;
  const mi_gmm_jet curve = curve_jet(d, t, by), gauss = gauss_jet(d, t * (1 / d->sigma), by);
  const double rest = 1 - d->eta;
  const mi_v value = curve.value * d->eta + gauss.value * rest;
  if (by == MI_GMM_ETA) return (mi_gmm_jet){value, curve.value - gauss.value, {0}};
  return (mi_gmm_jet){value, curve.first * d->eta + gauss.first * rest,
               curve.second * d->eta + gauss.second * rest};
}

INLINE mi_gmm_slope slope_pass(const mi_gmm_data *data, const double *weights,
                               const mi_gmm_component *c, mi_gmm_parameter by) {
  const doniach d = doniach_of(c);
  mi_gmm_slope_sums at = {.total = {0}};
  for (size_t i = 0; i < data->padded; i += MI_V)
    mi_gmm_slope_add(&at, mi_v_load(weights + i), mi_v_load(data->cells + i),
                     mixed_jet(&d, mi_v_load(data->x + i), by));
  return mi_gmm_slope_of(&at);
}

mi_gmm_slope MI_ISA(mi_gmm_doniach_slope)(const mi_gmm_data *data, const double *v,
                                          const mi_gmm_component *c, mi_gmm_parameter by) {
  switch (by) {
    case MI_GMM_MU: return slope_pass(data, v, c, MI_GMM_MU);
    case MI_GMM_SIGMA: return slope_pass(data, v, c, MI_GMM_SIGMA);
    case MI_GMM_SKEW: return slope_pass(data, v, c, MI_GMM_SKEW);
    default: return slope_pass(data, v, c, MI_GMM_ETA);
  }
}
