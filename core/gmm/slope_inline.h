/* The derivatives of Q (sweep.h) from those of a shape s, for the kernels of this folder.
 *
 *     Q = sum w log s - W log Z,     Z = sum c s,     W = sum w
 *     Q' = sum w s'/s - W Z'/Z,      Q'' = sum w (s''/s - (s'/s)^2) - W (Z''/Z - (Z'/Z)^2) */
#ifndef MI_GMM_SLOPE_INLINE_H
#define MI_GMM_SLOPE_INLINE_H

#include "core/base/vmath_inline.h"
#include "core/gmm/sweep.h"

#define MI_GMM_TINY 0x1p-1000 /* keeps logarithms finite where a pure Gaussian has underflowed */

/* s, s' and s'' at a vector of points. */
typedef struct mi_gmm_jet {
  mi_v value, first, second;
} mi_gmm_jet;

typedef struct mi_gmm_slope_sums {
  mi_v first, second, total, z, z1, z2;
} mi_gmm_slope_sums;

static inline __attribute__((always_inline)) void mi_gmm_slope_add(mi_gmm_slope_sums *sums, mi_v w,
                                                                   mi_v cell, mi_gmm_jet s) {
  const mi_v over = 1.0 / (s.value + MI_GMM_TINY), r = s.first * over;
  sums->first += w * r;
  sums->second += w * (s.second * over - r * r);
  sums->total += w;
  sums->z += cell * s.value;
  sums->z1 += cell * s.first;
  sums->z2 += cell * s.second;
}

static inline mi_gmm_slope mi_gmm_slope_of(const mi_gmm_slope_sums *sums) {
  const double norm = 1 / (mi_v_sum(sums->z) + MI_GMM_TINY), total = mi_v_sum(sums->total);
  const double a = mi_v_sum(sums->z1) * norm, b = mi_v_sum(sums->z2) * norm;
  return (mi_gmm_slope){mi_v_sum(sums->first) - total * a,
                        mi_v_sum(sums->second) - total * (b - a * a)};
}

#endif
