/* Butterflies on vectors of LANES complex numbers, re and im side by side: included by fft.isa.c
 * once for the full width of the level and once for single numbers, which finish a row.
 *
 * Before including: VECTOR (the type), LANES, NAME(f) (f with a suffix of its own). */

static inline VECTOR NAME(load)(const mi_complex *p) {
  VECTOR v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* (re, im) -> (im, re) */
static inline VECTOR NAME(exchange)(VECTOR x) {
#if LANES == 4
  return __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
#elif LANES == 2
  return __builtin_shufflevector(x, x, 1, 0, 3, 2);
#else
  return __builtin_shufflevector(x, x, 1, 0);
#endif
}

/* (even, odd, even, odd, ...) */
static inline VECTOR NAME(pairs)(double even, double odd) {
#if LANES == 4
  return (VECTOR){even, odd, even, odd, even, odd, even, odd};
#elif LANES == 2
  return (VECTOR){even, odd, even, odd};
#else
  return (VECTOR){even, odd};
#endif
}

/* -i x */
static inline VECTOR NAME(turn)(VECTOR x) { return NAME(exchange)(x) * NAME(pairs)(1, -1); }

static inline VECTOR NAME(multiply)(VECTOR x, mi_complex w) {
  return x * NAME(pairs)(w.re, w.re) + NAME(exchange)(x) * NAME(pairs)(-w.im, w.im);
}

/* Pairs j and p - j share their cosines and sines. */
static inline __attribute__((always_inline)) void NAME(odd)(int p, const mi_fft_pass *pass,
                                                            VECTOR *a) {
  VECTOR sum[MI_FFT_PRIME / 2 + 1], difference[MI_FFT_PRIME / 2 + 1];
  VECTOR first = a[0];
#pragma GCC unroll 8
  for (int j = 1; j <= p / 2; j++) {
    sum[j] = a[j] + a[p - j];
    difference[j] = NAME(turn)(a[j] - a[p - j]);
    a[0] += sum[j];
  }
#pragma GCC unroll 8
  for (int t = 1; t <= p / 2; t++) {
    VECTOR even = first, odd = first - first;
#pragma GCC unroll 8
    for (int j = 1; j <= p / 2; j++) {
      even += sum[j] * pass->cosine[j * t % p];
      odd += difference[j] * pass->sine[j * t % p];
    }
    a[t] = even + odd;
    a[p - t] = even - odd;
  }
}

static inline __attribute__((always_inline)) void NAME(four)(VECTOR *a) {
  VECTOR s02 = a[0] + a[2], d02 = a[0] - a[2];
  VECTOR s13 = a[1] + a[3], d13 = NAME(turn)(a[1] - a[3]);
  a[0] = s02 + s13;
  a[1] = d02 + d13;
  a[2] = s02 - s13;
  a[3] = d02 - d13;
}

/* Columns k, k + LANES, ... of row q; returns the first column left over. */
static inline __attribute__((always_inline)) int64_t NAME(row)(int p, const mi_fft_pass *pass,
                                                               int64_t q, int64_t k,
                                                               const mi_complex *x, mi_complex *y) {
  const int64_t s = pass->s, m = pass->m;
  const mi_complex *w = pass->twiddle + q * (p - 1);
  for (; k + LANES <= s; k += LANES) {
    VECTOR a[MI_FFT_PRIME];
    a[0] = NAME(load)(x + k + s * q);
#pragma GCC unroll 8
    for (int j = 1; j < p; j++) a[j] = NAME(load)(x + k + s * (q + m * j));
    if (p == 4) {
      NAME(four)(a);
    } else if (p == 2) {
      VECTOR difference = a[0] - a[1];
      a[0] += a[1];
      a[1] = difference;
    } else {
      NAME(odd)(p, pass, a);
    }
    memcpy(y + k + s * p * q, &a[0], sizeof a[0]);
#pragma GCC unroll 8
    for (int t = 1; t < p; t++) {
      VECTOR b = NAME(multiply)(a[t], w[t - 1]);
      memcpy(y + k + s * (p * q + t), &b, sizeof b);
    }
  }
  return k;
}

#undef VECTOR
#undef LANES
#undef NAME
