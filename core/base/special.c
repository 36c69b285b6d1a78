/* Gamma and beta functions: digamma, incomplete gamma, incomplete beta.
 *
 * Power series where the argument is below the mean of the distribution, continued fractions
 * (evaluated forwards by Lentz's method) above it. Their common factor is a Poisson or binomial
 * probability, taken in saddle-point form so that large parameters do not cancel. */
#include "core/base/special.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define HALF_LOG_2PI 0.91893853320467274178
#define TWO_PI 6.28318530717958647692

double mi_lgamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

double mi_digamma(double x) {
  if (x <= 0 && x == floor(x)) return NAN;
  if (x < 0) return mi_digamma(1 - x) - M_PI / tan(M_PI * fmod(x, 1));
  double shift = 0;
  while (x < 12) {
    shift -= 1 / x;
    x += 1;
  }
  double z = 1 / (x * x);
  double tail = z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z *
                (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
  return shift + log(x) - 0.5 / x - tail;
}

double mi_trigamma(double x) {
  double shift = 0;
  while (x < 12) {
    shift += 1 / (x * x);
    x += 1;
  }
  double z = 1 / (x * x);
  double tail = z * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66 -
                z * (691.0 / 2730 - z * 7.0 / 6))))));
  return shift + 0.5 * z + (1 + tail) / x;
}

double mi_stirling_error(double x) {
  if (x < 10) return mi_lgamma(x + 1) - (x + 0.5) * log(x) + x - HALF_LOG_2PI;
  double z = 1 / (x * x);
  return (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z *
         (1.0 / 1188 - z * 691.0 / 360360))))) / x;
}

double mi_deviance(double x, double m) {
  if (fabs(x - m) > 0.1 * (x + m)) return x > 0 ? x * log(x / m) + m - x : m;
  double v = (x - m) / (x + m), sum = (x - m) * v, term = 2 * x * v;
  for (int j = 3;; j += 2) { /* 2 x artanh v, less its first term */
    term *= v * v;
    double next = sum + term / j;
    if (next == sum) return sum;
    sum = next;
  }
}

/* ---- incomplete gamma ------------------------------------------------------------------------ */

/* x^a exp(-x) / Gamma(a + 1) */
static double poisson_factor(double a, double x) {
  if (a < 10) return exp(a * log(x) - x - mi_lgamma(a + 1));
  return exp(-mi_deviance(a, x) - mi_stirling_error(a)) / sqrt(TWO_PI * a);
}

/* 1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ... */
static double gamma_series(double a, double x) {
  double sum = 1, term = 1;
  for (int64_t n = 1; term > sum * (DBL_EPSILON / 4); n++) {
    term *= x / (a + (double)n);
    sum += term;
  }
  return sum;
}

/* 1 / (x + 1 - a - (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...))) */
static double gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, h = d;
  for (int64_t n = 1;; n++) {
    double numerator = -(double)n * ((double)n - a);
    b += 2;
    d = numerator * d + b;
    c = b + numerator / c;
    if (d == 0) d = DBL_MIN;
    if (c == 0) c = DBL_MIN;
    d = 1 / d;
    double step = d * c;
    h *= step;
    if (fabs(step - 1) < DBL_EPSILON) return h;
  }
}

double mi_gamma_p(double a, double x) {
  if (!(a > 0) || !(x >= 0) || isinf(a)) return NAN;
  if (x == 0) return 0;
  if (isinf(x)) return 1;
  if (x < a + 1) return poisson_factor(a, x) * gamma_series(a, x);
  return 1 - poisson_factor(a, x) * a * gamma_fraction(a, x);
}

double mi_gamma_q(double a, double x) {
  if (!(a > 0) || !(x >= 0) || isinf(a)) return NAN;
  if (x == 0) return 1;
  if (isinf(x)) return 0;
  if (x < a + 1) return 1 - poisson_factor(a, x) * gamma_series(a, x);
  return poisson_factor(a, x) * a * gamma_fraction(a, x);
}

/* ---- incomplete beta ------------------------------------------------------------------------- */

/* x^a y^b / (a B(a, b)), from the binomial probability of a in a + b. */
static double binomial_factor(double a, double b, double x, double y) {
  double n = a + b;
  double log_p = mi_stirling_error(n) - mi_stirling_error(a) - mi_stirling_error(b) -
                 mi_deviance(a, n * x) - mi_deviance(b, n * y);
  return exp(log_p) * sqrt(b / (TWO_PI * a * n));
}

/* Numerator n of the fraction 1 + d1 / (1 + d2 / (1 + ...)) (DLMF 8.17.22). */
static double beta_numerator(double a, double b, double x, int n) {
  bool even = n % 2 == 0;
  double m = 0.5 * (even ? n : n - 1);
  if (even) return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
  return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
}

static double beta_fraction(double a, double b, double x) {
  double c = 1, d = 0, h = 1;
  for (int n = 1;; n++) {
    double numerator = beta_numerator(a, b, x, n);
    d = 1 + numerator * d;
    c = 1 + numerator / c;
    if (d == 0) d = DBL_MIN;
    if (c == 0) c = DBL_MIN;
    d = 1 / d;
    double step = c * d;
    h *= step;
    if (fabs(step - 1) < DBL_EPSILON) return 1 / h;
  }
}

double mi_beta_xy(double a, double b, double x, double y) {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(y >= 0) || isinf(a) || isinf(b)) return NAN;
  if (x == 0) return 0;
  if (y == 0) return 1;
  if (x * (a + b + 2) > a + 1)
    return 1 - binomial_factor(b, a, y, x) * beta_fraction(b, a, y);
  return binomial_factor(a, b, x, y) * beta_fraction(a, b, x);
}

double mi_beta_i(double a, double b, double x) { return mi_beta_xy(a, b, x, 1 - x); }
