/* The functions that symmetry functions are made of, vector by vector: pair and angle functions of
 * plan.h with their derivatives. Included in .isa.c files only. */
#ifndef MI_SYMFUN_FUNCTIONS_H
#define MI_SYMFUN_FUNCTIONS_H

#include "core/base/vmath_inline.h"
#include "core/descriptors/plan.h"

#define INLINE static inline __attribute__((always_inline))
#define PI_HALF 1.57079632679489661923
#define TANH_1_CUBED 0x1.c458943389cabp-2

/* ---- shapes: f and df/dx for 0 <= x < 1 ------------------------------------------------------ */

INLINE mi_v shape_exp(mi_v x, mi_v *slope) {
  const mi_v inverse = 1.0 / mi_v_max(mi_v_set(1e-3), 1.0 - x * x); /* exp(1 - 1000) = 0 */
  const mi_v f = mi_v_exp(1.0 - inverse);
  *slope = -2.0 * x * inverse * inverse * f;
  return f;
}

/* The polynomials in a form of positive terms: with y = 1 - x,
 *   y^2 (1 + 2x), y^3 (1 + 3x + 6x^2), y^4 (1 + 4x + 10x^2 + 20x^3), y^5 (1 + 5x + ... + 70x^4). */
INLINE mi_v shape_polynomial(int shape, mi_v x, mi_v *slope) {
  const mi_v y = 1.0 - x, xy = x * y, y2 = y * y;
  switch (shape) {
    case 5:
      *slope = -6.0 * xy;
      return y2 * (1.0 + 2.0 * x);
    case 6:
      *slope = -30.0 * (xy * xy);
      return (y2 * y) * (1.0 + x * (3.0 + 6.0 * x));
    case 7:
      *slope = -140.0 * (xy * xy * xy);
      return (y2 * y2) * (1.0 + x * (4.0 + x * (10.0 + 20.0 * x)));
    default:
      *slope = -630.0 * ((xy * xy) * (xy * xy));
      return (y2 * y2 * y) * (1.0 + x * (5.0 + x * (15.0 + x * (35.0 + 70.0 * x))));
  }
}

/* (cos(pi x) + 1)/2 = cos^2(pi x / 2) */
INLINE mi_v shape_cosine(mi_v x, mi_v *slope) {
  mi_v sine, cosine;
  mi_v_sincos(x * PI_HALF, &sine, &cosine);
  *slope = -2.0 * PI_HALF * sine * cosine;
  return cosine * cosine;
}

/* tanh^3(1 - x) */
INLINE mi_v shape_tanh(mi_v x, mi_v *slope) {
  const mi_v t = mi_v_tanh(1.0 - x), t2 = t * t;
  *slope = 3.0 * t2 * (t2 - 1.0);
  return t * t2;
}

INLINE mi_v shape_at(int shape, mi_v x, mi_v *slope) {
  if (shape >= 5) return shape_polynomial(shape, x, slope);
  if (shape == 4) return shape_exp(x, slope);
  if (shape == 1) return shape_cosine(x, slope);
  *slope = (mi_v){0};
  if (shape == 0) return mi_v_set(1);
  const mi_v f = shape_tanh(x, slope);
  if (shape == 2) return f;
  *slope /= TANH_1_CUBED;
  return f / TANH_1_CUBED;
}

/* ---- pair functions -------------------------------------------------------------------------- */

/* fc and fc' at r. */
INLINE mi_v cutoff_at(const mi_pair_function *f, mi_v r, mi_v *slope) {
  const mi_v one = mi_v_set(1), x = (r - f->inner) * f->scale;
  const mi_vi inside = (mi_vi)(r < f->rc), flat = (mi_vi)(x < 0.0);
  mi_v df;
  const mi_v fc = shape_at(f->shape, mi_v_max(mi_v_set(0), mi_v_min(one, x)), &df);
  *slope = mi_v_select(inside & ~flat, df * f->scale, (mi_v){0});
  return mi_v_select(inside, mi_v_select(flat, one, fc), (mi_v){0});
}

/* P of an exponential type and P'/r, given fc, fc' and 1/r. */
INLINE mi_v gauss_at(const mi_pair_function *f, mi_v r, mi_v inverse, mi_v fc, mi_v dfc,
                     mi_v *slope) {
  const mi_v t = r - f->rs, e = mi_v_exp(-f->eta * (t * t));
  *slope = e * (dfc - (2.0 * f->eta) * t * fc) * inverse;
  return e * fc;
}

/* C and C'/r. */
INLINE mi_v compact_at(const mi_pair_function *f, mi_v r, mi_v inverse, mi_v *slope) {
  const mi_vi inside = (mi_vi)(r < f->rc) & (mi_vi)(r > f->rl);
  const mi_v t = r - f->inner;
  mi_v x = mi_v_min(mi_v_set(1), mi_v_abs(t) * f->scale), chain = mi_v_set(f->scale), df;
  if (f->asymmetric) {
    chain *= 2.0 - 2.0 * x;
    x = (2.0 - x) * x;
  }
  const mi_v c = shape_at(f->shape, x, &df);
  df *= mi_v_select((mi_vi)(t < 0.0), -chain, chain);
  *slope = mi_v_select(inside, df * inverse, (mi_v){0});
  return mi_v_select(inside, c, (mi_v){0});
}

INLINE mi_v pair_at(const mi_pair_function *f, mi_v r, mi_v inverse, mi_v *slope) {
  if (f->compact) return compact_at(f, r, inverse, slope);
  mi_v dfc;
  const mi_v fc = cutoff_at(f, r, &dfc);
  return gauss_at(f, r, inverse, fc, dfc, slope);
}

/* ---- angle functions ------------------------------------------------------------------------- */

/* (asin(s)/s - 1)/s^2 for z = s^2 in [0, 1/4], minimax to 2^-59 of asin(s)/s */
INLINE mi_v arcsine_tail(mi_v z) {
  mi_v p = 0x1.0baef049bc737p-5 * z + -0x1.5950432534115p-6;
  p = p * z + 0x1.648ffc9343fe6p-6;
  p = p * z + 0x1.e2c64b7823e64p-9;
  p = p * z + 0x1.6173863269d53p-7;
  p = p * z + 0x1.757b89329f427p-7;
  p = p * z + 0x1.ca20ccd39e6e9p-7;
  p = p * z + 0x1.1c49e2c0d50d6p-6;
  p = p * z + 0x1.6e8bdfa6a6ef8p-6;
  p = p * z + 0x1.f1c71a8dbb65dp-6;
  p = p * z + 0x1.6db6db722634cp-5;
  p = p * z + 0x1.333333332df79p-4;
  return p * z + 0x1.5555555555578p-3;
}

/* acos c = pi/2 - asin c, and 2 asin sqrt((1 - c)/2) for c > 1/2, whose mirror image serves below
 * -1/2. */
INLINE mi_v arccosine(mi_v c) {
  const mi_v size = mi_v_abs(c);
  const mi_vi steep = (mi_vi)(size > 0.5), negative = (mi_vi)(c < 0.0);
  const mi_v z = mi_v_select(steep, 0.5 * (1.0 - size), c * c);
  const mi_v s = mi_v_select(steep, mi_v_sqrt(z), c);
  const mi_v arc = s + s * z * arcsine_tail(z);
  const mi_v far = mi_v_select(negative, 2.0 * (PI_HALF - arc), 2.0 * arc);
  return mi_v_select(steep, far, PI_HALF - arc);
}

/* b^n, n >= 0 */
INLINE mi_v power(mi_v b, int n) {
  mi_v p = n & 1 ? b : mi_v_set(1);
  while (n >>= 1) {
    b *= b;
    if (n & 1) p *= b;
  }
  return p;
}

/* Q and dQ/dcos of the exponential types; zero where 1 + lambda cos is. */
INLINE mi_v behler_at(const mi_angle_function *f, mi_v cosine, mi_v *slope) {
  const mi_v b = mi_v_max(mi_v_set(0), 1.0 + f->lambda * cosine);
  mi_v less; /* b^(zeta - 1) */
  if (f->power > 0) {
    less = power(b, f->power - 1);
    if (f->power == 1) less = mi_v_select((mi_vi)(b > 0.0), less, (mi_v){0});
  } else {
    const mi_v safe = mi_v_max(mi_v_set(DBL_MIN), b);
    less = mi_v_exp((f->zeta - 1) * mi_v_log_normal(safe));
    less = mi_v_select((mi_vi)(b > 0.0), less, (mi_v){0});
  }
  *slope = (f->zeta * f->lambda) * less;
  return less * b;
}

/* C(theta) and dC/dcos. At exactly 0 and 180 degrees, where the chain rule divides by zero, the
 * angle is taken a little inside. */
INLINE mi_v wedge_at(const mi_angle_function *f, mi_v cosine, mi_v *slope) {
  const mi_v most = mi_v_set(1 - 0x1p-50);
  const mi_v c = mi_v_max(-most, mi_v_min(most, cosine));
  const mi_v t = arccosine(c) - f->center;
  const mi_v x = mi_v_abs(t) * f->scale;
  const mi_vi inside = (mi_vi)(x < 1.0);
  mi_v df;
  const mi_v q = shape_at(f->shape, mi_v_min(mi_v_set(1), x), &df);
  df *= f->scale / mi_v_sqrt(1.0 - c * c);
  *slope = mi_v_select(inside, mi_v_select((mi_vi)(t < 0.0), df, -df), (mi_v){0});
  return mi_v_select(inside, q, (mi_v){0});
}

INLINE mi_v angle_at(const mi_angle_function *f, mi_v cosine, mi_v *slope) {
  return f->compact ? wedge_at(f, cosine, slope) : behler_at(f, cosine, slope);
}

#endif
