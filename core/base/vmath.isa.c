/* Elementary functions of arrays at one level; exp and log are in vmath_inline.h. */
#include "core/base/isa.h"
#include "core/base/vmath_inline.h"

/* ---- expm1, log1p, tanh ---------------------------------------------------------------------- */

/* 2^n (exp r - 1) + (2^n - 1); the scale stays in the range of doubles for |x| <= 700. */
static inline mi_v expm1_usual(mi_v x) {
  mi_v t = x * 0x1.71547652b82fep0 + MI_ROUND, n = t - MI_ROUND;
  mi_v a = x - n * MI_LN2_HI, w = n * MI_LN2_LO;
  mi_v r = a - w, low = (a - r) - w; /* where 2^n - 1 and p nearly cancel, low counts */
  mi_v p = r + ((r * r) * mi_v_exp_tail(r) + low);
  mi_v scale = mi_v_power_of_two(t);
  return scale * p + (scale - 1.0);
}

static inline mi_v v_expm1(mi_v x) {
  if (__builtin_expect(!mi_v_all((mi_vi)(mi_v_abs(x) <= 700)), 0)) return mi_v_lanes(expm1, x);
  /* below 2^-54 it is x itself, with its sign of zero */
  return mi_v_select((mi_vi)(mi_v_abs(x) < 0x1p-54), x, expm1_usual(x));
}

/* log(1 + x) = log u + (x - (u - 1)) / u for u = fl(1 + x): the correction is what rounding
 * lost. */
static inline mi_v v_log1p(mi_v x) {
  mi_vi usual = (mi_vi)(x > -1.0) & (mi_vi)(x <= 0x1p1000);
  if (__builtin_expect(!mi_v_all(usual), 0)) return mi_v_lanes(log1p, x);
  mi_v u = 1.0 + x, d = u - 1.0;
  mi_v lost = mi_v_select((mi_vi)(x < 1.0), x - d, 1.0 - (u - x));
  mi_v y = mi_v_log_normal(u) + lost / u;
  return mi_v_select((mi_vi)(mi_v_abs(x) < 0x1p-54), x, y);
}

/* With t = expm1(2 |x|), tanh |x| = t / (t + 2), taken as t/2 - (t/2) t / (t + 2) where it is small
 * and as 1 - 2 / (t + 2) where it is large, so that the errors of the quotient shrink. It is 1 to
 * the last bit from 22 on. */
static inline mi_v v_tanh(mi_v x) {
  mi_v size = mi_v_abs(x);
  mi_v t = expm1_usual(2.0 * mi_v_min(mi_v_set(22), size)), half = 0.5 * t;
  mi_vi large = (mi_vi)(t > 2.0);
  mi_v q = mi_v_select(large, mi_v_set(2), half * t) / (t + 2.0);
  mi_v y = mi_v_select(large, mi_v_set(1), half) - q;
  y = mi_v_select((mi_vi)(size < 0x1p-28), size, y);
  return (mi_v)((mi_vi)y | ((mi_vi)x & INT64_MIN));
}

/* ---- sine and cosine ------------------------------------------------------------------------- */

/* sin r and cos r for |r| <= pi/4 */
static inline mi_v sine_polynomial(mi_v r, mi_v z) {
  mi_v p = 0x1.5d931cfa56e39p-33 * z + -0x1.ae5e66a646ce2p-26;
  p = p * z + 0x1.71de3578533c4p-19;
  p = p * z + -0x1.a01a019c126d2p-13;
  p = p * z + 0x1.111111110f882p-7;
  p = p * z + -0x1.5555555555549p-3;
  return r + (r * z) * p;
}

static inline mi_v cosine_polynomial(mi_v z) {
  mi_v p = -0x1.8fae9cb4d61a4p-37 * z + 0x1.1ee9ebe9ac1a8p-29;
  p = p * z + -0x1.27e4f809f160bp-22;
  p = p * z + 0x1.a01a019cb1becp-16;
  p = p * z + -0x1.6c16c16c1517ep-10;
  p = p * z + 0x1.555555555554cp-5;
  mi_v half = 0.5 * z, w = 1.0 - half;
  return w + (((1.0 - w) - half) + (z * z) * p);
}

/* Quadrants of pi/2 are taken off in pieces of 33 bits, whose products with n < 2^20 are exact; r
 * and its rounding error `low` together are good to 2^-95, so that lanes with a larger x, or with
 * an r too near zero for that, are left to libm. */
static inline void v_sincos(mi_v x, mi_v *sine, mi_v *cosine) {
  mi_v t = x * 0x1.45f306dc9c883p-1 + MI_ROUND, n = t - MI_ROUND;
  mi_v a = x - n * 0x1.921fb544p0, w = n * 0x1.0b4611a6p-34;
  mi_v b = a - w, lost = (a - b) - w;
  mi_v c = n * 0x1.3198a2e037073p-69 - lost;
  mi_v r = b - c, low = (b - r) - c;
  mi_v size = mi_v_abs(x), near = mi_v_abs(r);
  mi_vi usual = (mi_vi)(size <= 0x1p20) & ((mi_vi)(near > 0x1p-30) | (mi_vi)(size < 0.5));
  if (__builtin_expect(!mi_v_all(usual), 0)) {
    *sine = mi_v_lanes(sin, x);
    *cosine = mi_v_lanes(cos, x);
    return;
  }
  mi_v z = r * r;
  mi_v s = sine_polynomial(r, z) + low * (1.0 - 0.5 * z);
  mi_v k = cosine_polynomial(z) - r * low;
  mi_vu quadrant = (mi_vu)t;
  mi_vi swap = -(mi_vi)(quadrant & 1);
  mi_vu sine_sign = (quadrant & 2) << 62, cosine_sign = ((quadrant + 1) & 2) << 62;
  s = mi_v_select((mi_vi)(size < 0x1p-28), x, s); /* keeps the sign of zero */
  *sine = (mi_v)((mi_vu)mi_v_select(swap, k, s) ^ sine_sign);
  *cosine = (mi_v)((mi_vu)mi_v_select(swap, s, k) ^ cosine_sign);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

#define ARRAY_FUNCTION(name, f)                                                  \
  void MI_ISA(name)(const double *x, double *y, size_t n);                       \
  void MI_ISA(name)(const double *x, double *y, size_t n) {                      \
    size_t i = 0;                                                                \
    for (; i + MI_V <= n; i += MI_V) mi_v_store(y + i, f(mi_v_load(x + i)));     \
    if (i < n) mi_v_store_part(y + i, n - i, f(mi_v_load_part(x + i, n - i, 1))); \
  }

ARRAY_FUNCTION(mi_vexp, mi_v_exp)
ARRAY_FUNCTION(mi_vlog, mi_v_log)
ARRAY_FUNCTION(mi_vtanh, v_tanh)
ARRAY_FUNCTION(mi_vexpm1, v_expm1)
ARRAY_FUNCTION(mi_vlog1p, v_log1p)

void MI_ISA(mi_vsincos)(const double *x, double *sine, double *cosine, size_t n);
void MI_ISA(mi_vsincos)(const double *x, double *sine, double *cosine, size_t n) {
  mi_v s, c;
  size_t i = 0;
  for (; i + MI_V <= n; i += MI_V) {
    v_sincos(mi_v_load(x + i), &s, &c);
    mi_v_store(sine + i, s);
    mi_v_store(cosine + i, c);
  }
  if (i < n) {
    v_sincos(mi_v_load_part(x + i, n - i, 1), &s, &c);
    mi_v_store_part(sine + i, n - i, s);
    mi_v_store_part(cosine + i, n - i, c);
  }
}
