/* Lanes of vectors as sets of bits, and packing them side by side. Included in .isa.c files
 * only. */
#ifndef MI_VMATH_LANES_H
#define MI_VMATH_LANES_H

#include "core/base/vmath_inline.h"

/* The lanes for which a comparison holds. */
static inline unsigned mi_v_bits(mi_vi mask) {
#if defined(__AVX512DQ__)
  return (unsigned)_mm512_movepi64_mask((__m512i)mask);
#elif defined(__AVX2__)
  return (unsigned)_mm256_movemask_pd((__m256d)mask);
#else
  return (unsigned)(mask[0] & 1) | (unsigned)(mask[1] & 2);
#endif
}

/* Writes the lanes of v in the set side by side; what follows them is overwritten. */
static inline void mi_v_pack(double *to, mi_v v, unsigned lanes) {
#if defined(__AVX512F__)
  mi_v_store(to, (mi_v)_mm512_maskz_compress_pd((__mmask8)lanes, (__m512d)v));
#else
  for (int i = 0; i < MI_V; i++) {
    *to = v[i];
    to += lanes >> i & 1;
  }
#endif
}

/* The reverse: lanes not in the set are zero. */
static inline mi_v mi_v_unpack(const double *from, unsigned lanes) {
#if defined(__AVX512F__)
  return (mi_v)_mm512_maskz_expand_pd((__mmask8)lanes, (__m512d)mi_v_load(from));
#else
  mi_v v = {0};
  for (int i = 0; i < MI_V; i++) {
    if (lanes >> i & 1) v[i] = *from++;
  }
  return v;
#endif
}

/* Lane numbers 0, 1, ... */
static inline mi_vi mi_v_numbers(void) {
#if MI_V == 8
  return (mi_vi){0, 1, 2, 3, 4, 5, 6, 7};
#elif MI_V == 4
  return (mi_vi){0, 1, 2, 3};
#else
  return (mi_vi){0, 1};
#endif
}

#endif
