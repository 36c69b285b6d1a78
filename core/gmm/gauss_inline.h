/* A Gaussian over vectors of points, for the kernels of this folder.
 *
 * On a uniform grid the value at a vector of points is that at the vector before times a ratio, and
 * the ratio of successive ratios is the constant `bend`: two multiplications instead of an exp. The
 * recurrence is anchored anew every MI_GAUSS_BLOCK points, before rounding grows. */
#ifndef MI_GMM_GAUSS_INLINE_H
#define MI_GMM_GAUSS_INLINE_H

#include <math.h>

#include "core/base/vmath_inline.h"

enum { MI_GAUSS_BLOCK = 64 };

/* log value = constant - (x - mu)^2 factor */
typedef struct mi_gauss {
  double mu, factor, constant, bend;
} mi_gauss;

/* step: of the grid; not used on others. */
static inline mi_gauss mi_gauss_of(double mu, double factor, double constant, double step) {
  const double h = MI_V * step;
  return (mi_gauss){mu, factor, constant, exp(-2 * factor * h * h)};
}

static inline mi_v mi_gauss_at(const mi_gauss *g, mi_v x) {
  const mi_v t = x - g->mu;
  return mi_v_exp(g->constant - t * t * g->factor);
}

/* True when the recurrence may run over the block from `first`: nothing underflows or overflows on
 * the way, or all is zero. */
static inline bool mi_gauss_is_tame(const mi_gauss *g, double first, double step) {
  const double a = first - g->mu, b = a + (MI_GAUSS_BLOCK - 1) * step;
  const double far = fmax(a * a, b * b) * g->factor;
  const double near = a * b > 0 ? fmin(a * a, b * b) * g->factor : 0;
  const bool zero = g->constant - near < -1000;
  return zero || (g->constant - far > -300 && g->constant < 300);
}

/* The ratio of the value at the next vector to that at x. */
static inline mi_v mi_gauss_ratio(const mi_gauss *g, mi_v x, double step) {
  const double h = MI_V * step;
  const mi_v exponent = ((x - g->mu) * -2.0 - h) * (h * g->factor);
  return mi_v_exp(mi_v_min(mi_v_set(600), exponent));
}

#endif
