/* Vectors of doubles for kernels compiled per level (NAME.isa.c), with exp and log in line.
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

/* f / d for 1 <= d < 4, to within a few ulp. */
static inline mi_v mi_v_quotient(mi_v f, mi_v d) {
#if defined(__AVX512F__)
  mi_v y = (mi_v)_mm512_rcp14_pd((__m512d)d); /* two Newton steps are cheaper than a division */
  y = y + y * (1.0 - d * y);
  y = y + y * (1.0 - d * y);
  return f * y;
#else
  return f / d;
#endif
}

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
  mi_v s = mi_v_quotient(f, 2.0 + f);
  mi_v half = 0.5 * f * f;
  mi_v tail = s * (half + mi_v_artanh_tail(s * s)) + k * MI_LN2_LO;
  return k * MI_LN2_HI - ((half - tail) - f);
}

static inline mi_v mi_v_log(mi_v x) {
  mi_vi usual = (mi_vi)(x >= DBL_MIN) & (mi_vi)(x <= DBL_MAX);
  if (__builtin_expect(!mi_v_all(usual), 0)) return mi_v_lanes(log, x);
  return mi_v_log_normal(x);
}

#endif
