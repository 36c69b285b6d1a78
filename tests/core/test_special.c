/* core/base/special: values computed with 50 digits, and relations that must hold. */
#include <math.h>
#include <stdio.h>

#include "core/base/special.h"
#include "tests/core/cmocka_all.h"
#include "tests/core/special_values.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void close_to(const char *what, double x, double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance * fabs(want)))
    fail_msg("%s(%.17g) = %.17g, expected %.17g: off by %.2g", what, x, got, want,
             fabs(got - want) / fabs(want));
}

static void faddeeva_part_by_part(void **state) {
  (void)state;
  for (size_t i = 0; i < ROWS(faddeeva_values); i++) {
    const double *v = faddeeva_values[i];
    double complex w = mi_faddeeva(CMPLX(v[0], v[1]));
    double whole = v[1] < 0 ? hypot(v[2], v[3]) : 0; /* below the axis: relative to |w| */
    double real = fabs(creal(w) - v[2]) / fmax(fabs(v[2]), whole);
    double imaginary = v[3] == 0 ? fabs(cimag(w)) : fabs(cimag(w) - v[3]) / fmax(fabs(v[3]), whole);
    if (!(real <= 1e-14 && imaginary <= 1e-14))
      fail_msg("w(%g + %gi): errors %.2g, %.2g", v[0], v[1], real, imaginary);
    if (v[1] >= 0) assert_true(mi_voigt(-v[0], v[1]) == creal(w));
  }
}

static void gamma_family(void **state) {
  (void)state;
  for (size_t i = 0; i < ROWS(digamma_values); i++)
    close_to("digamma", digamma_values[i][0], mi_digamma(digamma_values[i][0]),
             digamma_values[i][1], 4e-14);
  static const double trigamma_values[][2] = { /* 25-digit arithmetic */
      {1e-6, 1000000000001.6449}, {0.1, 101.43329915079276},   {0.5, 4.9348022005446793},
      {0.7, 2.8340491566946106},  {1.5, 0.93480220054467931},  {3, 0.39493406684822644},
      {12, 0.086901872871768391}, {40, 0.025315103841291028}, {1000, 0.0010005001666666333}};
  for (size_t i = 0; i < ROWS(trigamma_values); i++)
    close_to("trigamma", trigamma_values[i][0], mi_trigamma(trigamma_values[i][0]),
             trigamma_values[i][1], 4e-15);
  for (size_t i = 0; i < ROWS(gamma_values); i++) {
    const double *v = gamma_values[i];
    close_to("gamma_p", v[1], mi_gamma_p(v[0], v[1]), v[2], 2e-14);
    close_to("gamma_q", v[1], mi_gamma_q(v[0], v[1]), v[3], 2e-14);
  }
  for (size_t i = 0; i < ROWS(beta_values); i++) {
    const double *v = beta_values[i];
    close_to("beta_i", v[2], mi_beta_i(v[0], v[1], v[2]), v[3], 2e-14);
  }
}

static void normal_quantile_and_erfinv(void **state) {
  (void)state;
  for (size_t i = 0; i < ROWS(erfinv_values); i++)
    close_to("erfinv", erfinv_values[i][0], mi_erfinv(erfinv_values[i][0]), erfinv_values[i][1],
             1e-15);
  for (size_t i = 0; i < ROWS(normal_values); i++)
    close_to("normal_quantile", normal_values[i][0], mi_normal_quantile(normal_values[i][0]),
             normal_values[i][1], 1e-15);
  assert_true(mi_normal_quantile(0) == -INFINITY && mi_normal_quantile(1) == INFINITY);
}

/* As printed in tables, with more digits (computed with 30). */
static void printed_quantiles(void **state) {
  (void)state;
  close_to("chi2", 0.95, mi_chi2_quantile(0.95, 1), 3.841458820694124, 1e-14);
  close_to("chi2", 0.95, mi_chi2_quantile(0.95, 10), 18.307038053275146, 1e-14);
  close_to("t", 0.975, mi_t_quantile(0.975, 1), 12.706204736174704, 1e-13);
  close_to("t", 0.025, mi_t_quantile(0.025, 10), -2.2281388519862735, 1e-13);
  close_to("f", 0.95, mi_f_quantile(0.95, 5, 10), 3.325834530413011, 1e-13);
  close_to("t", 2, mi_t_cdf(2, 5), 0.9490302605850708, 1e-14);
}

static void quantiles_invert(void **state) {
  (void)state;
  const double ps[] = {1e-30, 1e-6, 0.02, 0.3, 0.5, 0.77, 0.999, 1 - 1e-9};
  const double freedoms[] = {0.3, 1, 2, 7.5, 40, 1000, 1e5};
  for (size_t i = 0; i < ROWS(ps); i++) {
    double p = ps[i], tolerance = 2e-11; /* steep for a large k */
    for (size_t j = 0; j < ROWS(freedoms); j++) {
      double k = freedoms[j], x = mi_chi2_quantile(p, k);
      if (x > 1e-290) close_to("chi2", p, mi_chi2_cdf(x, k), p, tolerance);
      double t = mi_t_quantile(p, k);
      if (fabs(t) < 1e100) close_to("t", p, mi_t_cdf(t, k), p, tolerance);
      double f = mi_f_quantile(p, k, 3);
      if (f > 1e-290) close_to("f", p, mi_f_cdf(f, k, 3), p, tolerance);
    }
  }
}

static void outside_the_domain_is_nan(void **state) {
  (void)state;
  assert_true(isnan(mi_gamma_p(-1, 1)) && isnan(mi_gamma_q(1, -1)) && isnan(mi_gamma_p(NAN, 1)));
  assert_true(isnan(mi_beta_i(0, 1, 0.5)) && isnan(mi_beta_i(1, 1, 1.5)) &&
              isnan(mi_beta_i(1, 1, NAN)));
  assert_true(isnan(mi_normal_quantile(1.1)) && isnan(mi_erfinv(-2)) && isnan(mi_erfinv(NAN)));
  assert_true(isnan(mi_chi2_quantile(NAN, 1)) && isnan(mi_chi2_quantile(0.5, -1)));
  assert_true(isnan(mi_t_quantile(0.3, NAN)) && isnan(mi_f_quantile(0.3, 0, 1)));
  assert_true(isnan(mi_digamma(-3)) && isnan(mi_digamma(0)));
  assert_true(isnan(creal(mi_faddeeva(CMPLX(NAN, 1)))));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(faddeeva_part_by_part), cmocka_unit_test(gamma_family),
      cmocka_unit_test(normal_quantile_and_erfinv), cmocka_unit_test(printed_quantiles),
      cmocka_unit_test(quantiles_invert), cmocka_unit_test(outside_the_domain_is_nan),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
