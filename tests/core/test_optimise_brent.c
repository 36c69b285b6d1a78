/* core/base/optimise_brent: known minima and roots, tolerance, callbacks that fail. */
#include <float.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "core/base/optimise_brent.h"
#include "tests/core/cmocka_all.h"

enum { MOST = 200 };

typedef double plain_function(double x);

static mi_status call(void *context, double x, double *value) {
  *value = (*(plain_function **)context)(x);
  return MI_OK;
}

static double parabola(double x) { return (x - 2) * (x - 2); }
static double slope(double x) { return x; }
static double quartic(double x) { return pow(x - 1, 4); }
static double edge(double x) { return fabs(x - 0.3); }
static double constant(double x) { return 0 * x + 1; }
static double cubic(double x) { return x * x * x - 2 * x - 5; }
static double flat(double x) { return pow(x, 19); }
static double jump(double x) { return x < 0.7 ? -1 : 2; }
static double kepler(double x) { return x - 0.9 * sin(x) - 1; }
static double tiny(double x) { return 1e-200 * (x - 0.5); }
static double line(double x) { return x - 3; }
static double hole(double x) { return sqrt(x) - 2; }

static void finds_minima(void **state) {
  (void)state;
  const struct {
    plain_function *f;
    double a, b, x, tolerance;
  } cases[] = {{cos, 0, 6, M_PI, 1e-7},      {parabola, -10, 10, 2, 1e-7},
               {parabola, 2, 2, 2, 1e-7},    {slope, -1, 1, -1, 1e-6},
               {quartic, -3, 7, 1, 1e-3},    {edge, 0, 1, 0.3, 1e-9},
               {parabola, -1e6, 2, 2, 1e-5}, {lgamma, 0.5, 5, 1.4616321449683623, 3e-8}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    mi_brent_result result;
    plain_function *f = cases[k].f;
    assert_int_equal(mi_brent_minimum(call, &f, cases[k].a, cases[k].b, 1e-9, MOST, &result, NULL),
                     MI_OK);
    if (!result.converged || !(fabs(result.x - cases[k].x) <= cases[k].tolerance))
      fail_msg("case %zu: %.12g after %d evaluations", k, result.x, result.evaluations);
    assert_true(result.value == f(result.x));
    assert_true(result.evaluations < 100);
  }
}

static void a_constant_ends(void **state) {
  (void)state;
  mi_brent_result result;
  plain_function *f = constant;
  assert_int_equal(mi_brent_minimum(call, &f, -1, 1, 1e-6, MOST, &result, NULL), MI_OK);
  assert_true(result.converged && result.value == 1 && fabs(result.x) <= 1);
}

static void finds_roots_to_the_tolerance(void **state) {
  (void)state;
  const struct {
    plain_function *f;
    double a, b, x;
  } cases[] = {{cubic, 2, 3, 2.0945514815423265}, {cos, 0, 3, M_PI / 2},
               {flat, -1, 4, 0},                  {jump, 0, 1, 0.7},
               {kepler, 0, 3, 1.8620866868745323}, {tiny, -1e3, 2e3, 0.5},
               {line, 3, 5, 3},                   {line, -5, 3, 3},
               {slope, -1, 1e300, 0}};
  const double tolerances[] = {1e-3, 1e-9, 0};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (int t = 0; t < 3; t++) {
      mi_brent_result result;
      plain_function *f = cases[k].f;
      const double vanishing = 1e-16; /* below it, x^19 is zero */
      const double allowed = 4 * DBL_EPSILON * fabs(cases[k].x) + tolerances[t] + vanishing;
      assert_int_equal(mi_brent_root(call, &f, cases[k].a, cases[k].b, tolerances[t], 5000,
                                     &result, NULL), MI_OK);
      if (!result.converged || !(fabs(result.x - cases[k].x) <= allowed))
        fail_msg("case %zu, tolerance %g: %.17g, %d evaluations", k, tolerances[t], result.x,
                 result.evaluations);
    }
  }
}

static void bisects_what_interpolation_cannot(void **state) {
  (void)state;
  mi_brent_result result;
  plain_function *f = jump;
  assert_int_equal(mi_brent_root(call, &f, 0, 1, 1e-12, MOST, &result, NULL), MI_OK);
  assert_true(result.evaluations < 90);
}

static void limits_are_kept(void **state) {
  (void)state;
  mi_brent_result result;
  plain_function *f = cubic;
  assert_int_equal(mi_brent_root(call, &f, 2, 3, 0, 4, &result, NULL), MI_OK);
  assert_true(!result.converged && result.evaluations == 4);
  f = cos;
  assert_int_equal(mi_brent_minimum(call, &f, 0, 6, 0, 5, &result, NULL), MI_OK);
  assert_true(!result.converged && result.evaluations == 5);
}

static void bad_input_is_refused(void **state) {
  (void)state;
  const double intervals[][2] = {{1, 0}, {NAN, 1}, {0, INFINITY}, {-DBL_MAX, DBL_MAX}};
  mi_brent_result result;
  mi_control control;
  plain_function *f = cubic;
  mi_control_init(&control);
  for (int k = 0; k < 4; k++) {
    const double a = intervals[k][0], b = intervals[k][1];
    assert_int_equal(mi_brent_root(call, &f, a, b, 0, MOST, &result, &control), MI_EINVAL);
    assert_non_null(strstr(control.error, "finite interval"));
    assert_int_equal(mi_brent_minimum(call, &f, a, b, 0, MOST, &result, NULL), MI_EINVAL);
  }
  assert_int_equal(mi_brent_root(call, &f, 3, 4, 0, MOST, &result, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "no change of sign: f(3) = 16 and f(4) = 51"));
  assert_int_equal(mi_brent_root(call, &f, 2, 3, NAN, MOST, &result, NULL), MI_EINVAL);
}

static void values_that_are_not_finite_are_named(void **state) {
  (void)state;
  mi_brent_result result;
  mi_control control;
  plain_function *f = hole;
  mi_control_init(&control);
  assert_int_equal(mi_brent_root(call, &f, -1, 9, 0, MOST, &result, &control), MI_ENUMERIC);
  assert_non_null(strstr(control.error, "nan at -1"));
  assert_int_equal(mi_brent_minimum(call, &f, -9, 0, 0, MOST, &result, &control), MI_ENUMERIC);
}

static mi_status failing(void *context, double x, double *value) {
  int *calls = context;
  *value = x;
  return ++*calls < 4 ? MI_OK : MI_ECALLBACK;
}

static void callback_failures_and_cancel_end_the_search(void **state) {
  (void)state;
  const volatile sig_atomic_t stop = 1;
  mi_brent_result result;
  mi_control control;
  int calls = 0;
  assert_int_equal(mi_brent_root(failing, &calls, -1, 3, 0, MOST, &result, NULL), MI_OK);
  calls = 2;
  assert_int_equal(mi_brent_root(failing, &calls, -1, 3, 0, MOST, &result, NULL), MI_ECALLBACK);
  calls = 0;
  assert_int_equal(mi_brent_minimum(failing, &calls, -1, 3, 0, MOST, &result, NULL), MI_ECALLBACK);
  mi_control_init(&control);
  control.cancel = &stop;
  assert_int_equal(mi_brent_minimum(failing, &calls, -1, 3, 0, MOST, &result, &control),
                   MI_ECANCEL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_minima),
      cmocka_unit_test(a_constant_ends),
      cmocka_unit_test(finds_roots_to_the_tolerance),
      cmocka_unit_test(bisects_what_interpolation_cannot),
      cmocka_unit_test(limits_are_kept),
      cmocka_unit_test(bad_input_is_refused),
      cmocka_unit_test(values_that_are_not_finite_are_named),
      cmocka_unit_test(callback_failures_and_cancel_end_the_search),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
