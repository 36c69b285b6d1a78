/* Distribution functions and quantiles: normal, chi-square, Student's t, F.
 *
 * The normal quantile is algorithm AS 241 (M. J. Wichura, Appl. Statist. 37 (1988) 477), rational
 * approximations of relative accuracy 1e-16. The others are found from their distribution functions
 * by Ridders' method in log x. */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "core/base/special.h"

/* ---- normal ---------------------------------------------------------------------------------- */

static double ratio(const double *p, const double *q, double x) {
  double above = p[7], below = q[7];
  for (int i = 6; i >= 0; i--) {
    above = above * x + p[i];
    below = below * x + q[i];
  }
  return above / below;
}

/* q = p - 1/2, |q| <= 0.425 */
static double quantile_centre(double q) {
  static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                              1.9715909503065514427e3, 1.3731693765509461125e4,
                              4.5921953931549871457e4, 6.7265770927008700853e4,
                              3.3430575583588128105e4, 2.5090809287301226727e3};
  static const double b[8] = {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
                              5.3941960214247511077e3, 2.1213794301586595867e4,
                              3.9307895800092710610e4, 2.8729085735721942674e4,
                              5.2264952788528545610e3};
  return q * ratio(a, b, 0.180625 - q * q);
}

/* The value above which the chance is tail <= 0.075. */
static double quantile_tail(double tail) {
  static const double c[8] = {1.42343711074968357734e0, 4.63033784615654529590e0,
                              5.76949722146069140550e0, 3.64784832476320460504e0,
                              1.27045825245236838258e0, 2.41780725177450611770e-1,
                              2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static const double d[8] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
                              6.89767334985100004550e-1, 1.48103976427480074590e-1,
                              1.51986665636164571966e-2, 5.47593808499534494600e-4,
                              1.05075007164441684324e-9};
  static const double e[8] = {6.65790464350110377720e0, 5.46378491116411436990e0,
                              1.78482653991729133580e0, 2.96560571828504891230e-1,
                              2.65321895265761230930e-2, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[8] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                              1.48753612908506148525e-2, 7.86869131145613259100e-4,
                              1.84631831751005468180e-5, 1.42151175831644588870e-7,
                              2.04426310338993978564e-15};
  if (tail == 0) return INFINITY;
  double r = sqrt(-log(tail));
  return r <= 5 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5);
}

/* The quantile for p = 1/2 + q, with the smaller of p and 1 - p given as tail. */
static double normal_quantile(double q, double tail) {
  return fabs(q) <= 0.425 ? quantile_centre(q) : copysign(quantile_tail(tail), q);
}

double mi_normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return NAN;
  return normal_quantile(p - 0.5, fmin(p, 1 - p));
}

double mi_erfinv(double x) {
  if (!(fabs(x) <= 1)) return NAN;
  return normal_quantile(0.5 * x, 0.5 * (1 - fabs(x))) * M_SQRT1_2;
}

double mi_normal_cdf(double x) { return 0.5 * erfc(-x * M_SQRT1_2); }

/* ---- chi-square, t, F ------------------------------------------------------------------------ */

double mi_chi2_cdf(double x, double freedom) { return mi_gamma_p(0.5 * freedom, 0.5 * x); }

double mi_chi2_sf(double x, double freedom) { return mi_gamma_q(0.5 * freedom, 0.5 * x); }

double mi_f_cdf(double x, double freedom1, double freedom2) {
  if (isinf(x) && x > 0) return 1;
  double u = freedom1 * x, sum = u + freedom2;
  return mi_beta_xy(0.5 * freedom1, 0.5 * freedom2, u / sum, freedom2 / sum);
}

double mi_f_sf(double x, double freedom1, double freedom2) {
  if (isinf(x) && x > 0) return 0;
  double u = freedom1 * x, sum = u + freedom2;
  return mi_beta_xy(0.5 * freedom2, 0.5 * freedom1, freedom2 / sum, u / sum);
}

double mi_t_cdf(double t, double freedom) { /* t^2 has the F distribution of 1 and freedom */
  double tail = 0.5 * mi_f_sf(t * t, 1, freedom);
  return t > 0 ? 1 - tail : tail;
}

/* ---- quantiles ------------------------------------------------------------------------------- */

/* What is inverted: the smaller of the two chances, so that neither end loses digits. */
typedef struct problem {
  double p, freedom1, freedom2; /* freedom2 = infinity stands for chi-square */
  bool upper;
} problem;

/* Log of the chance at x = exp u over the one asked for, turned so that it grows with u: nearly
 * straight in the tails. */
static double miss(const problem *q, double u) {
  double x = exp(u), a = q->freedom1, b = q->freedom2, chance;
  if (isinf(b)) chance = q->upper ? mi_chi2_sf(x, a) : mi_chi2_cdf(x, a);
  else chance = q->upper ? mi_f_sf(x, a, b) : mi_f_cdf(x, a, b);
  double log_ratio = log(fmax(chance, DBL_TRUE_MIN) / q->p);
  return q->upper ? -log_ratio : log_ratio;
}

/* Ridders' method (IEEE Trans. Circuits Syst. 26 (1979) 979) between low and high. */
static double ridders(const problem *q, double low, double high) {
  double at_low = miss(q, low), at_high = miss(q, high);
  for (;;) {
    double middle = 0.5 * (low + high), at = miss(q, middle);
    double root = sqrt(at * at - at_low * at_high);
    double u = root > 0 ? middle - (middle - low) * at / root : middle;
    double value = miss(q, u), resolution = 4e-16 * fmax(1, fabs(u));
    if (fabs(value) < 1e-15 || high - low <= resolution) return u;
    if ((at < 0) != (value < 0)) { /* the root lies between the two new points */
      low = fmin(u, middle), high = fmax(u, middle);
      at_low = fmin(at, value), at_high = fmax(at, value);
    } else if (value < 0) {
      low = u, at_low = value;
    } else {
      high = u, at_high = value;
    }
  }
}

/* The x that solves the problem; 0 and infinity where it is outside the range of doubles. */
static double solve(const problem *q) {
  double low = -1, high = 1;
  while (miss(q, low) > 0 && low > -745) low = fmax(2 * low, -745);
  while (miss(q, high) < 0 && high < 709) high = fmin(2 * high, 709);
  if (miss(q, low) > 0) return 0;
  if (miss(q, high) < 0) return INFINITY;
  return exp(ridders(q, low, high));
}

/* x with the chance p below it */
static double invert(double p, double freedom1, double freedom2) {
  if (!(p >= 0 && p <= 1) || !(freedom1 > 0) || !(freedom2 > 0) || isinf(freedom1)) return NAN;
  if (p == 0) return 0;
  if (p == 1) return INFINITY;
  return solve(&(problem){p > 0.5 ? 1 - p : p, freedom1, freedom2, p > 0.5});
}

double mi_chi2_quantile(double p, double freedom) { return invert(p, freedom, INFINITY); }

double mi_f_quantile(double p, double freedom1, double freedom2) {
  return isinf(freedom2) ? NAN : invert(p, freedom1, freedom2);
}

double mi_t_quantile(double p, double freedom) { /* t^2 has the F distribution of 1 and freedom */
  if (!(p >= 0 && p <= 1) || !(freedom > 0) || isinf(freedom)) return NAN;
  if (p == 0.5) return 0;
  double tail = fmin(p, 1 - p);
  if (tail == 0) return copysign(INFINITY, p - 0.5);
  /* near the centre the lower chance 1 - 2 tail is the small one */
  problem q = {tail > 0.25 ? fabs(2 * p - 1) : 2 * tail, 1, freedom, tail <= 0.25};
  return copysign(sqrt(solve(&q)), p - 0.5);
}
