/* One pass of a mixed-radix transform, for fft.isa.c and fft.c.
 *
 * With n = radix * m, stride s, and x as [radix][m][s], y as [m][radix][s]:
 *   y[q][t][k] = exp(-2 pi i q t / n) sum_j exp(-2 pi i j t / radix) x[j][q][k]
 * The next pass has length m and stride radix * s; after the last one y is in order. */
#ifndef MI_FFT_PASS_H
#define MI_FFT_PASS_H

#include "core/base/fft.h"

typedef struct mi_fft_pass {
  int radix;
  int64_t m, s;
  const mi_complex *twiddle; /* [m][radix - 1]: exp(-2 pi i q t / n), t = 1 .. radix - 1 */
  double cosine[MI_FFT_PRIME], sine[MI_FFT_PRIME]; /* of 2 pi j / radix */
} mi_fft_pass;

MI_DECLARE(void, mi_fft_run_pass, (const mi_fft_pass *pass, const mi_complex *x, mi_complex *y));

#endif
