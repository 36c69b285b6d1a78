/* Discrete Fourier transforms of any length.
 *
 *   forward   X[k] = sum_j x[j] exp(-2 pi i j k / n)      inverse   x[j] = 1/n sum_k X[k] exp(+...)
 *
 * Lengths whose prime factors are at most MI_FFT_PRIME are done by mixed radices (Stockham's
 * self-sorting form), others by Bluestein's convolution with a chirp; both cost O(n log n). The
 * relative error grows as eps log n. Lines along the axis are shared among the threads; a line's
 * bits do not depend on their number. */
#ifndef MI_FFT_H
#define MI_FFT_H

#include "core/base/array.h"

#define MI_FFT_PRIME 31

typedef struct mi_complex {
  double re, im;
} mi_complex;

/* All that depends on the length alone. */
typedef struct mi_fft_plan mi_fft_plan;

/* For n complex or n real numbers, n >= 1. *plan is freed with mi_fft_plan_free; NULL on failure.
 * Any number of calls and threads may use a plan at once. */
mi_status mi_fft_plan_new(int64_t n, mi_fft_plan **plan, mi_control *control);
mi_status mi_fft_plan_new_real(int64_t n, mi_fft_plan **plan, mi_control *control);
void mi_fft_plan_free(mi_fft_plan *plan);

/* Complex numbers transformed: n, and n / 2 of a plan for real numbers of even n. */
int64_t mi_fft_length(const mi_fft_plan *plan);

/* exp(-2 pi i k / n) for k = 0 .. n/4 of a plan for real numbers of even n, else NULL. */
const mi_complex *mi_fft_twist(const mi_fft_plan *plan);

/* Complex numbers of scratch that mi_fft_execute needs. */
int64_t mi_fft_work(const mi_fft_plan *plan);

/* Forward transform of the n numbers in place. Stops early when cancelled: the caller looks, too. */
void mi_fft_execute(const mi_fft_plan *plan, mi_isa level, mi_complex *x, mi_complex *work,
                    const mi_control *control);

/* Transforms x along the axis (0-based) into y, both c128 of one shape; they may be one array.
 * plan is for the axis's length; if it is NULL, one is made for this call. */
mi_status mi_fft(const mi_fft_plan *plan, const mi_array *x, mi_array *y, int axis, bool inverse,
                 mi_control *control);

/* Real x (f64, n along the axis) to the n/2 + 1 first numbers of its spectrum y (c128), and back:
 * n is y's length along the axis. In mi_fft_inverse_real the imaginary parts of X[0] and, for even
 * n, of X[n/2] are ignored. plan is one for n real numbers, or NULL. */
mi_status mi_fft_real(const mi_fft_plan *plan, const mi_array *x, mi_array *y, int axis,
                      mi_control *control);
mi_status mi_fft_inverse_real(const mi_fft_plan *plan, const mi_array *x, mi_array *y, int axis,
                              mi_control *control);

/* The na + nb - 1 numbers of sum_j a[j] b[k - j]; na, nb >= 1. */
mi_status mi_convolve(const double *a, int64_t na, const double *b, int64_t nb, double *out,
                      mi_control *control);

#endif
