/* The peak shapes and their derivatives, one point at a time. */
#include <math.h>

#include "core/gmm/gmm.h"

#define SQRT_2LN2 1.17741002251547469101
#define SQRT_2PI 2.50662827463100050242
#define PI 3.14159265358979323846

static double gauss(const mi_gmm_component *c, double x, double *d) {
  const double t = (x - c->mu) / c->sigma, g = exp(-0.5 * t * t) / (SQRT_2PI * c->sigma);
  if (d) {
    d[0] = g * t / c->sigma;
    d[1] = g * (t * t - 1) / c->sigma;
    d[2] = 0;
  }
  return g;
}

static double lorentz(const mi_gmm_component *c, double x, double *d) {
  const double half = SQRT_2LN2 * c->sigma, u = (x - c->mu) / half, q = 1 + u * u;
  const double l = 1 / (PI * half * q);
  if (d) {
    d[0] = l * 2 * u / (q * half);
    d[1] = l * (2 * u * u / q - 1) / c->sigma;
    d[2] = 0;
  }
  return l;
}

double mi_gmm_shape_at(mi_gmm_shape shape, const mi_gmm_component *c, double x, double *d) {
  if (shape == MI_GMM_GAUSS) return gauss(c, x, d);
  if (shape == MI_GMM_LORENTZ) return lorentz(c, x, d);
  double dl[3] = {0};
  const double g = gauss(c, x, d), l = lorentz(c, x, d ? dl : NULL), eta = c->eta;
  if (d) {
    d[0] = (1 - eta) * d[0] + eta * dl[0];
    d[1] = (1 - eta) * d[1] + eta * dl[1];
    d[2] = l - g;
  }
  return (1 - eta) * g + eta * l;
}
