/* Polynomials through noisy points: least squares, and the smoothing of Savitzky and Golay. */
#ifndef MI_ARRAY_POLYNOMIAL_H
#define MI_ARRAY_POLYNOMIAL_H

#include <stdint.h>

#include "core/base/control.h"

/* Coefficients, highest power first (degree + 1 of them), of the polynomial that minimises
 * sum (weight (y - p(x)))^2; weight may be NULL. covariance, (degree + 1)^2 or NULL, is
 * (J^T J)^-1: multiply by the variance of the residuals where the weights are not 1 / sigma.
 * *rss is the minimum. MI_ENUMERIC when fewer distinct x than coefficients exist. */
mi_status mi_polyfit(const double *x, const double *y, const double *weight, int64_t n, int degree,
                     double *coefficients, double *covariance, double *rss, mi_control *control);

/* p(x), highest power first. */
double mi_polyval(const double *coefficients, int64_t count, double x);

/* out = the derivative (0 is the value itself), at each point, of the polynomial of the given order
 * fitted to the `window` (odd, <= n) points around it; near the ends, of the one fitted to the
 * first or last window (A. Savitzky, M. J. E. Golay, Anal. Chem. 36 (1964) 1627). Points lie `step`
 * apart. order 0 is the moving average. */
mi_status mi_savitzky_golay(const double *y, int64_t n, int window, int order, int derivative,
                            double step, double *out, mi_control *control);

#endif
