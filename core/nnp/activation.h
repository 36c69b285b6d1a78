/* Activation functions, vector by vector: f with f' and f''. Included in .isa.c files only. */
#ifndef MI_ACTIVATION_H
#define MI_ACTIVATION_H

#include "core/base/vmath_inline.h"
#include "core/nnp/network.h"

/* 1 / (1 + exp(-x)) */
static inline mi_v logistic(mi_v x) { return 1.0 / (1.0 + mi_v_exp(-x)); }

static inline __attribute__((always_inline)) mi_v activation_at(mi_activation kind, mi_v x,
                                                                mi_v *slope, mi_v *curvature) {
  const mi_v zero = {0}, one = mi_v_set(1);
  mi_v f, g;
  switch (kind) {
    case MI_TANH:
      f = mi_v_tanh(x);
      *slope = 1.0 - f * f;
      *curvature = -2.0 * f * *slope;
      return f;
    case MI_LOGISTIC:
    case MI_REVLOGISTIC:
      f = logistic(x);
      g = f * (1.0 - f);
      if (kind == MI_REVLOGISTIC) g = -g;
      *slope = g;
      *curvature = g * (1.0 - 2.0 * f);
      return kind == MI_LOGISTIC ? f : 1.0 - f;
    case MI_SOFTPLUS:
      f = logistic(x);
      *slope = f;
      *curvature = f * (1.0 - f);
      return mi_v_max(zero, x) + mi_v_log1p(mi_v_exp(-mi_v_abs(x)));
    case MI_RELU:
      *slope = mi_v_select((mi_vi)(x > 0.0), one, zero);
      *curvature = zero;
      return mi_v_max(zero, x);
    case MI_GAUSSIAN:
      f = mi_v_exp(-0.5 * x * x);
      *slope = -x * f;
      *curvature = (x * x - 1.0) * f;
      return f;
    case MI_COSINE:
      mi_v_sincos(x, &g, &f);
      *slope = -g;
      *curvature = -f;
      return f;
    case MI_EXPONENTIAL:
      f = mi_v_exp(-x);
      *slope = -f;
      *curvature = f;
      return f;
    case MI_HARMONIC:
      *slope = 2.0 * x;
      *curvature = mi_v_set(2);
      return x * x;
    default:
      *slope = one;
      *curvature = zero;
      return x;
  }
}

#endif
