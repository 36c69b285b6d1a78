/* The functions that symmetry functions are made of, vector by vector: cutoff, compact and angle
 * functions of plan.h with their derivatives. Included in .isa.c files only. */
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

/* sin(pi y / 2) and cos(pi y / 2) for y in [0, 1], within 2^-54 of 1 */
INLINE mi_v quarter_sine(mi_v y, mi_v z) {
  mi_v p = 0x1.9d462020fcc78p-38 * z + -0x1.6f7acdb8f6580p-31;
  p = p * z + 0x1.e8f3675ee37ddp-25;
  p = p * z + -0x1.e3074dfaf87afp-19;
  p = p * z + 0x1.5078348551854p-13;
  p = p * z + -0x1.32d2cce627c86p-8;
  p = p * z + 0x1.466bc6775aa7dp-4;
  p = p * z + -0x1.4abbce625be52p-1;
  return y * (p * z + PI_HALF);
}

INLINE mi_v quarter_cosine(mi_v z) {
  mi_v p = 0x1.1f94ce943d27ap-41 * z + -0x1.1e560aad98474p-34;
  p = p * z + 0x1.b267f6e69eed9p-28;
  p = p * z + -0x1.f309e72a40936p-22;
  p = p * z + 0x1.9f05cafefd16ep-16;
  p = p * z + -0x1.d4fcd831141f3p-11;
  p = p * z + 0x1.472be12243485p-6;
  p = p * z + -0x1.de9e64df22ef3p-3;
  return (1.0 - z) * (p * z + 1.0);
}

/* (cos(pi x) + 1)/2 = sin^2(pi (1 - x) / 2) */
INLINE mi_v shape_cosine(mi_v x, mi_v *slope) {
  const mi_v y = 1.0 - x, z = y * y, sine = quarter_sine(y, z);
  *slope = (-2.0 * PI_HALF) * (sine * quarter_cosine(z));
  return sine * sine;
}

/* tanh y for y in [0, 1] as a polynomial of error 2^-59, before rounding */
INLINE mi_v tanh_below_one(mi_v y) {
  const mi_v z = y * y;
  mi_v p = 0x1.69edf43a81237p-26 * z + -0x1.f02da278bca1cp-23;
  p = p * z + 0x1.534ce0b79b4edp-20;
  p = p * z + -0x1.3e3409ecbd1b4p-18;
  p = p * z + 0x1.de54b3b8a3e44p-17;
  p = p * z + -0x1.3f16484ca08f4p-15;
  p = p * z + 0x1.9386d6901b677p-14;
  p = p * z + -0x1.f4d8bb60ecad9p-13;
  p = p * z + 0x1.354aabe3ad25cp-11;
  p = p * z + -0x1.7da1c1d5bb71dp-10;
  p = p * z + 0x1.d6d3ac196c2fbp-9;
  p = p * z + -0x1.226e343d4ab27p-7;
  p = p * z + 0x1.664f4876ff05dp-6;
  p = p * z + -0x1.ba1ba1b9d119fp-5;
  p = p * z + 0x1.1111111110946p-3;
  p = p * z + -0x1.555555555554bp-2;
  return y + y * (z * p);
}

/* tanh^3(1 - x) */
INLINE mi_v shape_tanh(mi_v x, mi_v *slope) {
  const mi_v t = tanh_below_one(1.0 - x), t2 = t * t;
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

/* ---- functions of a distance ----------------------------------------------------------------- */

/* fc and fc'/(fc r); the latter is 0 where fc is. */
INLINE mi_v cutoff_at(const mi_cutoff_function *f, mi_v r, mi_v *ratio) {
  const mi_v one = mi_v_set(1), x = (r - f->inner) * f->scale;
  const mi_vi inside = (mi_vi)(r < f->rc), flat = (mi_vi)(x < 0.0);
  mi_v df;
  mi_v fc = shape_at(f->shape, mi_v_max(mi_v_set(0), mi_v_min(one, x)), &df);
  fc = mi_v_select(inside, mi_v_select(flat, one, fc), (mi_v){0});
  df = mi_v_select(inside & ~flat, df * f->scale, (mi_v){0});
  *ratio = df / mi_v_max(mi_v_set(DBL_MIN), fc * r);
  return fc;
}

/* C and C'/r. */
INLINE mi_v compact_at(const mi_compact_function *f, mi_v r, mi_v inverse, mi_v *slope) {
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

/* (1 + lambda cos)^zeta and its derivative; zero where 1 + lambda cos is. */
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

#endif
