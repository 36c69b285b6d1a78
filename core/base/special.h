/* Special functions that libm lacks (it has erf, erfc, tgamma, j0, j1, y0, y1).
 *
 * Arguments outside the domain give NaN. All are pure and thread-safe. */
#ifndef MI_SPECIAL_H
#define MI_SPECIAL_H

#include <complex.h>
#include <stddef.h>

#include "core/base/isa.h"

/* ---- gamma family (special.c) ---------------------------------------------------------------- */

/* log |Gamma(x)| without the global sign of lgamma. */
double mi_lgamma(double x);

/* d/dx log Gamma(x); absolute error about 1e-15 near its zero at 1.46. */
double mi_digamma(double x);

/* Its derivative; x > 0. */
double mi_trigamma(double x);

/* Regularised incomplete gamma functions P(a, x) and Q = 1 - P; a > 0, x >= 0. Steps grow as
 * sqrt(a) near x = a. */
double mi_gamma_p(double a, double x);
double mi_gamma_q(double a, double x);

/* Regularised incomplete beta function I_x(a, b); a, b > 0, 0 <= x <= 1. */
double mi_beta_i(double a, double b, double x);

/* The same where y = 1 - x is known better than that. */
double mi_beta_xy(double a, double b, double x, double y);

/* log Gamma(x + 1) - [(x + 1/2) log x - x + log(2 pi) / 2]; x > 0. */
double mi_stirling_error(double x);

/* x log(x / m) + m - x >= 0 without cancellation near x = m: what a Poisson or binomial probability
 * loses off its mean (C. Loader, Fast and accurate computation of binomial probabilities, 2000). */
double mi_deviance(double x, double m);

/* ---- distributions (distribution.c) ---------------------------------------------------------- */

/* Inverse of erf; -1 < x < 1 (infinite at the ends). */
double mi_erfinv(double x);

/* Chance of a value below x; the quantile is its inverse, 0 <= p <= 1. _sf is the chance above. */
double mi_normal_cdf(double x);
double mi_normal_quantile(double p);
double mi_chi2_cdf(double x, double freedom);
double mi_chi2_sf(double x, double freedom);
double mi_chi2_quantile(double p, double freedom);
double mi_t_cdf(double t, double freedom);
double mi_t_quantile(double p, double freedom);
double mi_f_cdf(double x, double freedom1, double freedom2);
double mi_f_sf(double x, double freedom1, double freedom2);
double mi_f_quantile(double p, double freedom1, double freedom2);

/* ---- complex error function (faddeeva.c) ----------------------------------------------------- */

/* w(z) = exp(-z^2) erfc(-i z), each part to about 1e-15 for Im z >= 0; in the lower half plane to
 * 1e-15 |w|, and infinite where exp(-z^2) overflows. */
double complex mi_faddeeva(double complex z);

/* Re w(x + i y) for y >= 0: the Voigt profile up to its norm. */
double mi_voigt(double x, double y);

#endif
