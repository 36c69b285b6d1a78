/* The peak shapes and their derivatives, one point at a time. */
#include <math.h>

#include "core/base/special.h"
#include "core/gmm/gmm.h"

#define SQRT_2LN2 1.17741002251547469101
#define SQRT_2PI 2.50662827463100050242
#define PI 3.14159265358979323846

static double gauss(const mi_gmm_component *c, double x, double *d) {
  const double t = (x - c->mu) / c->sigma, g = exp(-0.5 * t * t) / (SQRT_2PI * c->sigma);
  if (d) {
    d[0] = g * t / c->sigma;
    d[1] = g * (t * t - 1) / c->sigma;
    d[2] = d[3] = 0;
  }
  return g;
}

static double lorentz(const mi_gmm_component *c, double x, double *d) {
  const double half = SQRT_2LN2 * c->sigma, u = (x - c->mu) / half, q = 1 + u * u;
  const double l = 1 / (PI * half * q);
  if (d) {
    d[0] = l * 2 * u / (q * half);
    d[1] = l * (2 * u * u / q - 1) / c->sigma;
    d[2] = d[3] = 0;
  }
  return l;
}

/* See doniach.isa.c. */
static double doniach(const mi_gmm_component *c, double x, double *d) {
  const double h = SQRT_2LN2 * c->sigma, t = x - c->mu, r = hypot(t, h), theta = atan(t / h);
  const double p = 1 - c->skew, psi = PI / 2 * c->skew + p * theta;
  const double size = exp(mi_lgamma(p) - p * log(r)), value = size * cos(psi);
  if (d) {
    d[0] = p * size / r * sin(psi + theta);
    d[1] = -p * size * h / r * cos(psi + theta) / c->sigma;
    d[2] = 0;
    d[3] = value * (log(r) - mi_digamma(p)) - size * sin(psi) * (PI / 2 - theta);
  }
  return value;
}

double mi_gmm_shape_at(mi_gmm_shape shape, const mi_gmm_component *c, double x, double *d) {
  if (shape == MI_GMM_GAUSS) return gauss(c, x, d);
  if (shape == MI_GMM_LORENTZ) return lorentz(c, x, d);
  double dl[4] = {0};
  const double g = gauss(c, x, d), eta = c->eta;
  const double l = (shape == MI_GMM_DONIACH ? doniach : lorentz)(c, x, d ? dl : NULL);
  if (d) {
    d[0] = (1 - eta) * d[0] + eta * dl[0];
    d[1] = (1 - eta) * d[1] + eta * dl[1];
    d[2] = l - g;
    d[3] = eta * dl[3];
  }
  return (1 - eta) * g + eta * l;
}
