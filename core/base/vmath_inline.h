/* Vectors of doubles for kernels compiled per level (NAME.isa.c), with elementary functions in line.
 *
 * mi_v holds MI_V doubles: 8 at v4, 4 at v3, 2 at baseline. Operators work lane by lane; a
 * comparison gives an mi_vi of 0 and -1. Included in .isa.c files only: everything is static, since
 * each level has its own types.
 *
 * exp:  x = n ln 2 + r with |r| <= (ln 2)/2; exp r = 1 + r + r^2 q(r), q a minimax polynomial of
 *       relative error 2^-58; the result is scaled by 2^n in steps that round only once.
 * log:  x = 2^k (1 + f) with 1 + f in [sqrt 1/2, sqrt 2); with s = f / (2 + f),
 *       log(1 + f) = 2 artanh s = f - f^2/2 + s (f^2/2 + s^2 p(s^2)), p minimax to 2^-58.
 * Both are within 1.1 ulp (tests/core/test_vmath.c). Zero, infinities, NaN and subnormal numbers
 * give what libm gives; log takes such lanes to libm itself. */
#ifndef MI_VMATH_INLINE_H
#define MI_VMATH_INLINE_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define MI_V 8
#elif defined(__AVX2__)
#define MI_V 4
#else
#define MI_V 2
#endif

typedef double mi_v __attribute__((vector_size(MI_V * 8)));
typedef int64_t mi_vi __attribute__((vector_size(MI_V * 8)));
typedef uint64_t mi_vu __attribute__((vector_size(MI_V * 8)));

/* ---- loading, storing, choosing -------------------------------------------------------------- */

static inline mi_v mi_v_set(double x) { return x - (mi_v){0}; }

static inline mi_v mi_v_load(const double *p) {
  mi_v v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline void mi_v_store(double *p, mi_v v) { memcpy(p, &v, sizeof v); }

/* The first n < MI_V lanes from p, the others `rest`: for the tail of an array. */
static inline mi_v mi_v_load_part(const double *p, size_t n, double rest) {
  mi_v v = mi_v_set(rest);
  memcpy(&v, p, n * sizeof *p);
  return v;
}

static inline void mi_v_store_part(double *p, size_t n, mi_v v) { memcpy(p, &v, n * sizeof *p); }

/* mask ? a : b, lane by lane; mask comes from a comparison. */
static inline mi_v mi_v_select(mi_vi mask, mi_v a, mi_v b) {
#if defined(__AVX512DQ__)
  return (mi_v)_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)mask), (__m512d)b, (__m512d)a);
#elif defined(__AVX2__)
  return (mi_v)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)mask);
#else
  return (mi_v)((mask & (mi_vi)a) | (~mask & (mi_vi)b));
#endif
}

/* True when every lane of a comparison holds. */
static inline bool mi_v_all(mi_vi mask) {
#if defined(__AVX512DQ__)
  return _mm512_movepi64_mask((__m512i)mask) == 0xff;
#elif defined(__AVX2__)
  return _mm256_movemask_pd((__m256d)mask) == 0xf;
#else
  return (mask[0] & mask[1]) != 0;
#endif
}

/* The smaller and the larger of a bound and x; a NaN in x stays NaN. */
static inline mi_v mi_v_min(mi_v bound, mi_v x) {
#if defined(__AVX512F__)
  return (mi_v)_mm512_min_pd((__m512d)bound, (__m512d)x);
#elif defined(__AVX2__)
  return (mi_v)_mm256_min_pd((__m256d)bound, (__m256d)x);
#else
  return mi_v_select(bound < x, bound, x);
#endif
}

static inline mi_v mi_v_max(mi_v bound, mi_v x) {
#if defined(__AVX512F__)
  return (mi_v)_mm512_max_pd((__m512d)bound, (__m512d)x);
#elif defined(__AVX2__)
  return (mi_v)_mm256_max_pd((__m256d)bound, (__m256d)x);
#else
  return mi_v_select(bound > x, bound, x);
#endif
}

static inline mi_v mi_v_abs(mi_v x) { return (mi_v)((mi_vi)x & INT64_MAX); }

/* Sum of the lanes, in pairs: the same order on every processor of a level. */
static inline double mi_v_sum(mi_v v) {
#if MI_V == 8
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
#elif MI_V == 4
  return (v[0] + v[2]) + (v[1] + v[3]);
#else
  return v[0] + v[1];
#endif
}

/* f of each lane: the way of the rare lanes that the fast path does not cover. */
static __attribute__((noinline, cold, unused)) mi_v mi_v_lanes(double (*f)(double), mi_v x) {
  mi_v y = x;
  for (int i = 0; i < MI_V; i++) y[i] = f(x[i]);
  return y;
}

/* ---- exp ------------------------------------------------------------------------------------- */

#define MI_LN2_HI 0x1.62e42fee00000p-1 /* 32 bits: products with exponents are exact */
#define MI_LN2_LO 0x1.a39ef35793c76p-33

/* Adding it rounds to an integer, which then stands in the low bits of the sum. */
#define MI_ROUND 0x1.8p52

/* 2^n for n = t - MI_ROUND in [-1022, 1023]. */
static inline mi_v mi_v_power_of_two(mi_v t) {
  return (mi_v)(((mi_vu)t << 52) + UINT64_C(0x3ff0000000000000));
}

/* p 2^n for an integer |n| <= 2000: rounded once, overflowing to infinity and underflowing to
 * subnormal numbers and zero. */
static inline mi_v mi_v_scale(mi_v p, mi_v n) {
#if defined(__AVX512F__)
  return (mi_v)_mm512_scalef_pd((__m512d)p, (__m512d)n);
#else
  mi_v half = n * 0.5 + MI_ROUND;
  mi_v rest = (n - (half - MI_ROUND)) + MI_ROUND;
  return p * mi_v_power_of_two(half) * mi_v_power_of_two(rest);
#endif
}

/* (exp r - 1 - r) / r^2 for |r| <= (ln 2)/2 */
static inline mi_v mi_v_exp_tail(mi_v r) {
  mi_v q = 0x1.af85802d027bfp-26 * r + 0x1.28b0494d127a2p-22;
  q = q * r + 0x1.71dddfd15aa1ep-19;
  q = q * r + 0x1.a019969379251p-16;
  q = q * r + 0x1.a01a01badf7d4p-13;
  q = q * r + 0x1.6c16c185a7727p-10;
  q = q * r + 0x1.111111110d642p-7;
  q = q * r + 0x1.555555555002fp-5;
  q = q * r + 0x1.5555555555561p-3;
  return q * r + 0x1.000000000000bp-1;
}

static inline mi_v mi_v_exp(mi_v x) {
  x = mi_v_min(mi_v_set(710), mi_v_max(mi_v_set(-746), x)); /* beyond: infinity and zero */
  mi_v n = (x * 0x1.71547652b82fep0 + MI_ROUND) - MI_ROUND;
  mi_v r = (x - n * MI_LN2_HI) - n * MI_LN2_LO;
  mi_v p = 1.0 + (r + (r * r) * mi_v_exp_tail(r));
  return mi_v_scale(p, n);
}

/* ---- log ------------------------------------------------------------------------------------- */

/* (2 artanh(s) / s - 2) for z = s^2, |s| <= (sqrt 2 - 1) / (sqrt 2 + 1) */
static inline mi_v mi_v_artanh_tail(mi_v z) {
  mi_v p = 0x1.2ef13d36ebd20p-3 * z + 0x1.39a3e58d1503ep-3;
  p = p * z + 0x1.7466274adbc47p-3;
  p = p * z + 0x1.c71c528a1bee9p-3;
  p = p * z + 0x1.249249413b27cp-2;
  p = p * z + 0x1.9999999980d1ep-2;
  p = p * z + 0x1.555555555558fp-1;
  return p * z;
}

/* log of normal, positive, finite numbers */
static inline mi_v mi_v_log_normal(mi_v x) {
  const uint64_t one = UINT64_C(0x3ff0000000000000), root = UINT64_C(0x3fe6a09e667f3bcd);
  mi_vu biased = (mi_vu)x + (one - root); /* exponent field: k + 1023 with 1 + f >= sqrt 1/2 */
  mi_v k = (mi_v)((biased >> 52) | UINT64_C(0x4330000000000000)) - (0x1p52 + 1023);
  mi_v f = (mi_v)((mi_vu)x - (biased & UINT64_C(0xfff0000000000000)) + one) - 1.0;
  mi_v s = f / (2.0 + f);
  mi_v half = 0.5 * f * f;
  mi_v tail = s * (half + mi_v_artanh_tail(s * s)) + k * MI_LN2_LO;
  return k * MI_LN2_HI - ((half - tail) - f);
}

static inline mi_v mi_v_log(mi_v x) {
  mi_vi usual = (mi_vi)(x >= DBL_MIN) & (mi_vi)(x <= DBL_MAX);
  if (__builtin_expect(!mi_v_all(usual), 0)) return mi_v_lanes(log, x);
  return mi_v_log_normal(x);
}

/* ---- square root ----------------------------------------------------------------------------- */

static inline mi_v mi_v_sqrt(mi_v x) {
#if defined(__AVX512F__)
  return (mi_v)_mm512_sqrt_pd((__m512d)x);
#elif defined(__AVX2__)
  return (mi_v)_mm256_sqrt_pd((__m256d)x);
#else
  for (int i = 0; i < MI_V; i++) x[i] = sqrt(x[i]);
  return x;
#endif
}

/* ---- expm1, log1p, tanh ---------------------------------------------------------------------- */

/* 2^n (exp r - 1) + (2^n - 1); the scale stays in the range of doubles for |x| <= 700. */
static inline mi_v mi_v_expm1_usual(mi_v x) {
  mi_v t = x * 0x1.71547652b82fep0 + MI_ROUND, n = t - MI_ROUND;
  mi_v a = x - n * MI_LN2_HI, w = n * MI_LN2_LO;
  mi_v r = a - w, low = (a - r) - w; /* where 2^n - 1 and p nearly cancel, low counts */
  mi_v p = r + ((r * r) * mi_v_exp_tail(r) + low);
  mi_v scale = mi_v_power_of_two(t);
  return scale * p + (scale - 1.0);
}

static inline mi_v mi_v_expm1(mi_v x) {
  if (__builtin_expect(!mi_v_all((mi_vi)(mi_v_abs(x) <= 700)), 0)) return mi_v_lanes(expm1, x);
  /* below 2^-54 it is x itself, with its sign of zero */
  return mi_v_select((mi_vi)(mi_v_abs(x) < 0x1p-54), x, mi_v_expm1_usual(x));
}

/* log(1 + x) = log u + (x - (u - 1)) / u for u = fl(1 + x): the correction is what rounding
 * lost. */
static inline mi_v mi_v_log1p(mi_v x) {
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
static inline mi_v mi_v_tanh(mi_v x) {
  mi_v size = mi_v_abs(x);
  mi_v t = mi_v_expm1_usual(2.0 * mi_v_min(mi_v_set(22), size)), half = 0.5 * t;
  mi_vi large = (mi_vi)(t > 2.0);
  mi_v q = mi_v_select(large, mi_v_set(2), half * t) / (t + 2.0);
  mi_v y = mi_v_select(large, mi_v_set(1), half) - q;
  y = mi_v_select((mi_vi)(size < 0x1p-28), size, y);
  return (mi_v)((mi_vi)y | ((mi_vi)x & INT64_MIN));
}

/* ---- sine and cosine ------------------------------------------------------------------------- */

/* sin r and cos r for |r| <= pi/4 */
static inline mi_v mi_v_sine_polynomial(mi_v r, mi_v z) {
  mi_v p = 0x1.5d931cfa56e39p-33 * z + -0x1.ae5e66a646ce2p-26;
  p = p * z + 0x1.71de3578533c4p-19;
  p = p * z + -0x1.a01a019c126d2p-13;
  p = p * z + 0x1.111111110f882p-7;
  p = p * z + -0x1.5555555555549p-3;
  return r + (r * z) * p;
}

static inline mi_v mi_v_cosine_polynomial(mi_v z) {
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
static inline void mi_v_sincos(mi_v x, mi_v *sine, mi_v *cosine) {
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
  mi_v s = mi_v_sine_polynomial(r, z) + low * (1.0 - 0.5 * z);
  mi_v k = mi_v_cosine_polynomial(z) - r * low;
  mi_vu quadrant = (mi_vu)t;
  mi_vi swap = -(mi_vi)(quadrant & 1);
  mi_vu sine_sign = (quadrant & 2) << 62, cosine_sign = ((quadrant + 1) & 2) << 62;
  s = mi_v_select((mi_vi)(size < 0x1p-28), x, s); /* keeps the sign of zero */
  *sine = (mi_v)((mi_vu)mi_v_select(swap, k, s) ^ sine_sign);
  *cosine = (mi_v)((mi_vu)mi_v_select(swap, s, k) ^ cosine_sign);
}

#endif
