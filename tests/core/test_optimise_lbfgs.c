/* core/base/optimise_lbfgs: functions of Moré, Garbow & Hillstrom, bounded problems of Hock &
 * Schittkowski, obstacle problems by their optimality conditions, callbacks that fail. */
#include <complex.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/optimise_lbfgs.h"
#include "tests/core/cmocka_all.h"
#include "tests/core/gradient.h"

enum { FEW = 6 };

/* Complex, so that a derivative is the imaginary part of a step along i: exact to rounding. */
typedef double complex few_function(const double complex *x);

typedef struct few {
  few_function *f;
  int n;
} few;

static mi_status evaluate_few(void *context, const double *x, double *value, double *gradient) {
  const few *problem = context;
  double complex z[FEW] = {0};
  for (int i = 0; i < problem->n; i++) z[i] = x[i];
  *value = creal(problem->f(z));
  for (int i = 0; i < problem->n; i++) {
    z[i] = x[i] + 1e-30 * I;
    gradient[i] = cimag(problem->f(z)) / 1e-30;
    z[i] = x[i];
  }
  return MI_OK;
}

static double complex square(double complex x) { return x * x; }

static double complex rosenbrock(const double complex *x) {
  return 100 * square(x[1] - x[0] * x[0]) + square(1 - x[0]);
}
static double complex beale(const double complex *x) {
  return square(1.5 - x[0] * (1 - x[1])) + square(2.25 - x[0] * (1 - x[1] * x[1])) +
         square(2.625 - x[0] * (1 - x[1] * x[1] * x[1]));
}
static double complex freudenstein(const double complex *x) {
  return square(-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1]) +
         square(-29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]);
}
static double complex brown_scaled(const double complex *x) {
  return square(x[0] - 1e6) + square(x[1] - 2e-6) + square(x[0] * x[1] - 2);
}
static double complex powell_scaled(const double complex *x) {
  return square(1e4 * x[0] * x[1] - 1) + square(cexp(-x[0]) + cexp(-x[1]) - 1.0001);
}
static double complex powell_singular(const double complex *x) {
  return square(x[0] + 10 * x[1]) + 5 * square(x[2] - x[3]) + square(square(x[1] - 2 * x[2])) +
         10 * square(square(x[0] - x[3]));
}
static double complex wood(const double complex *x) {
  return 100 * square(x[1] - x[0] * x[0]) + square(1 - x[0]) + 90 * square(x[3] - x[2] * x[2]) +
         square(1 - x[2]) + 10 * square(x[1] + x[3] - 2) + 0.1 * square(x[1] - x[3]);
}
static double complex helix(const double complex *x) {
  const double complex turn = catan(x[1] / x[0]) / (2 * M_PI) + (creal(x[0]) < 0 ? 0.5 : 0);
  return 100 * (square(x[2] - 10 * turn) + square(csqrt(x[0] * x[0] + x[1] * x[1]) - 1)) +
         x[2] * x[2];
}
static double complex hs3(const double complex *x) { return x[1] + 1e-5 * square(x[1] - x[0]); }
static double complex hs4(const double complex *x) {
  return (x[0] + 1) * (x[0] + 1) * (x[0] + 1) / 3 + x[1];
}
static double complex hs5(const double complex *x) {
  return csin(x[0] + x[1]) + square(x[0] - x[1]) - 1.5 * x[0] + 2.5 * x[1] + 1;
}
static double complex hs45(const double complex *x) {
  return 2 - x[0] * x[1] * x[2] * x[3] * x[4] / 120;
}

#define FREE {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL}, {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL}

static const struct known {
  const char *name;
  few_function *f;
  int n;
  double start[FEW], lower[FEW], upper[FEW], x[FEW], value, tolerance; /* of x, relative */
} known[] = {
    {"Rosenbrock", rosenbrock, 2, {-1.2, 1}, FREE, {1, 1}, 0, 1e-7},
    {"Beale", beale, 2, {1, 1}, FREE, {3, 0.5}, 0, 1e-7},
    {"Freudenstein-Roth", freudenstein, 2, {0.5, -2}, FREE, {11.41277899, -0.89680525},
     48.98425368, 1e-7},
    {"Brown, badly scaled", brown_scaled, 2, {1, 1}, FREE, {1e6, 2e-6}, 0, 1e-7},
    {"Powell, badly scaled", powell_scaled, 2, {0, 1}, FREE, {1.098159329699e-5, 9.106146739867},
     0, 1e-3},
    {"Powell, singular", powell_singular, 4, {3, -1, 0, 1}, FREE, {0, 0, 0, 0}, 0, 1e-2},
    {"Wood", wood, 4, {-3, -1, -3, -1}, FREE, {1, 1, 1, 1}, 0, 1e-7},
    {"helical valley", helix, 3, {-1, 0, 0}, FREE, {1, 0, 0}, 0, 1e-7},
    {"HS1", rosenbrock, 2, {-2, 1}, {-HUGE_VAL, -1.5}, {HUGE_VAL, HUGE_VAL}, {1, 1}, 0, 1e-7},
    {"HS2", rosenbrock, 2, {3, 1.5}, {-HUGE_VAL, 1.5}, {HUGE_VAL, HUGE_VAL},
     {1.22437074873635, 1.5}, 0.050426187893607, 1e-7},
    {"HS3", hs3, 2, {10, 1}, {-HUGE_VAL, 0}, {HUGE_VAL, HUGE_VAL}, {0, 0}, 0, 1e-2},
    {"HS4", hs4, 2, {1.125, 0.125}, {1, 0}, {HUGE_VAL, HUGE_VAL}, {1, 0}, 8.0 / 3, 1e-12},
    {"HS5", hs5, 2, {0, 0}, {-1.5, -3}, {4, 3}, {0.5 - M_PI / 3, -0.5 - M_PI / 3},
     -1.913222954981037, 1e-7},
    {"HS38", wood, 4, {-3, -1, -3, -1}, {-10, -10, -10, -10}, {10, 10, 10, 10}, {1, 1, 1, 1}, 0,
     1e-7},
    {"HS45", hs45, 5, {1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}, 1,
     1e-12},
    {"one variable, fixed", rosenbrock, 2, {0.5, 2}, {0.5, -9}, {0.5, 9}, {0.5, 0.25}, 0.25, 1e-9},
};

static void reaches_known_minima(void **state) {
  (void)state;
  for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
    const struct known *c = &known[k];
    few context = {c->f, c->n};
    mi_lbfgs_result r;
    const mi_lbfgs_problem problem = {c->n, evaluate_few, &context, c->lower, c->upper};
    assert_int_equal(mi_lbfgs_minimise(&problem, NULL, c->start, &r, NULL), MI_OK);
    bool good = mi_lbfgs_converged(r.reason) && fabs(r.value - c->value) <= 1e-7;
    for (int i = 0; i < c->n; i++) {
      good = good && fabs(r.x[i] - c->x[i]) <= c->tolerance * (c->x[i] == 0 ? 1 : fabs(c->x[i]));
      assert_true(r.x[i] >= c->lower[i] && r.x[i] <= c->upper[i]);
    }
    if (!good)
      fail_msg("%s: (%.12g, %.12g), value %.12g, %s after %d", c->name, r.x[0], r.x[1], r.value,
               mi_lbfgs_reason_name(r.reason), r.iterations);
    if (r.evaluations >= 4 * r.iterations + 20)
      fail_msg("%s: %d evaluations in %d iterations", c->name, (int)r.evaluations, r.iterations);
    mi_lbfgs_free(&r);
  }
}

/* ---- many variables -------------------------------------------------------------------------- */

/* sum 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2 */
static mi_status chain(void *context, const double *x, double *value, double *gradient) {
  const int64_t n = *(const int64_t *)context;
  *value = 0;
  memset(gradient, 0, (size_t)n * sizeof *gradient);
  for (int64_t i = 0; i + 1 < n; i++) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    *value += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return MI_OK;
}

static void rosenbrock_chains_from_2_to_1000(void **state) {
  (void)state;
  const int64_t sizes[] = {2, 3, 10, 100, 1000};
  for (size_t k = 0; k < 5; k++) {
    int64_t n = sizes[k];
    double start[1000];
    mi_lbfgs_result r;
    const mi_lbfgs_problem problem = {.n = n, .function = chain, .context = &n};
    for (int64_t i = 0; i < n; i++) start[i] = 0.9 + 0.05 * (double)(i % 3);
    assert_int_equal(mi_lbfgs_minimise(&problem, NULL, start, &r, NULL), MI_OK);
    assert_int_equal(r.reason, MI_LBFGS_GRADIENT);
    for (int64_t i = 0; i < n; i++) assert_true(fabs(r.x[i] - 1) < 1e-6);
    mi_lbfgs_free(&r);
  }
}

/* The gradient where x is free, what pushes inward where x is at a bound. */
static double violation(const mi_lbfgs_problem *problem, const mi_lbfgs_result *r) {
  double worst = 0;
  for (int64_t i = 0; i < r->n; i++) {
    const double x = r->x[i], low = problem->lower[i], high = problem->upper[i];
    const double moved = fmin(fmax(x - r->gradient[i], low), high);
    assert_true(x >= low && x <= high);
    worst = fmax(worst, fabs(moved - x));
  }
  return worst;
}

static void bounded_chains_meet_their_conditions(void **state) {
  (void)state;
  const int64_t sizes[] = {2, 10, 100, 1000};
  for (size_t k = 0; k < 4; k++) {
    int64_t n = sizes[k];
    double start[1000], low[1000], high[1000];
    mi_lbfgs_result r;
    const mi_lbfgs_problem problem = {n, chain, &n, low, high};
    for (int64_t i = 0; i < n; i++) {
      low[i] = i % 2 ? -1 : 0.2, high[i] = i % 3 ? 2 : 0.8;
      start[i] = 0.5;
    }
    assert_int_equal(mi_lbfgs_minimise(&problem, NULL, start, &r, NULL), MI_OK);
    if (!mi_lbfgs_converged(r.reason) || !(violation(&problem, &r) <= 1e-5))
      fail_msg("n = %d: violation %.1e, %s after %d", (int)n, violation(&problem, &r),
               mi_lbfgs_reason_name(r.reason), r.iterations);
    mi_lbfgs_free(&r);
  }
}

/* A string of n beads pulled down by their weight, over the floor `lower`: 1/2 x'Ax + w sum x with
 * A = tridiag(-1, 2, -1). */
static mi_status string(void *context, const double *x, double *value, double *gradient) {
  const int64_t n = *(const int64_t *)context;
  const double weight = 8.0 / (double)(n * n);
  *value = 0;
  for (int64_t i = 0; i < n; i++) {
    const double left = i > 0 ? x[i - 1] : 0, right = i + 1 < n ? x[i + 1] : 0;
    const double force = 2 * x[i] - left - right;
    gradient[i] = force + weight;
    *value += x[i] * (force / 2 + weight);
  }
  return MI_OK;
}

static void a_string_lies_on_the_floor(void **state) {
  (void)state;
  int64_t n = 300, touching = 0;
  double start[300], low[300], high[300];
  mi_lbfgs_result r;
  mi_lbfgs_options options = mi_lbfgs_default();
  const mi_lbfgs_problem problem = {n, string, &n, low, high};
  for (int64_t i = 0; i < n; i++) low[i] = -0.5, high[i] = HUGE_VAL, start[i] = 0;
  options.value_tolerance = 0;
  assert_int_equal(mi_lbfgs_minimise(&problem, &options, start, &r, NULL), MI_OK);
  assert_true(mi_lbfgs_converged(r.reason));
  assert_true(violation(&problem, &r) <= 1e-8);
  for (int64_t i = 0; i < n; i++) {
    touching += r.x[i] == -0.5;
    assert_true(fabs(r.x[i] - r.x[n - 1 - i]) < 1e-4); /* symmetric */
  }
  /* the free length s at each end solves w s^2 / 2 = 0.5: s = n / sqrt(8) */
  assert_true(llabs(touching - (n - 2 * (int64_t)((double)n / sqrt(8)))) <= 4);
  mi_lbfgs_free(&r);
}

static double chain_value(void *context, const double *x) {
  double value, gradient[10];
  assert_int_equal(chain(context, x, &value, gradient), MI_OK);
  return value;
}

static void the_gradients_of_these_tests_are_right(void **state) {
  (void)state;
  int64_t n = 10;
  double x[10], value, gradient[10];
  for (int i = 0; i < 10; i++) x[i] = sin(i);
  assert_int_equal(chain(&n, x, &value, gradient), MI_OK);
  assert_true(gradient_error(chain_value, &n, x, 10, gradient, 1) < 1e-8);
}

/* ---- failures -------------------------------------------------------------------------------- */

typedef struct trouble {
  mi_status status;
  int calls, first; /* fails from this call on; 0: never */
} trouble;

/* x - log x, which exists for x > 0 only */
static mi_status troubled(void *context, const double *x, double *value, double *gradient) {
  trouble *t = context;
  if (++t->calls >= t->first && t->first > 0) return t->status;
  if (t->status == MI_ENUMERIC && x[0] <= 0) return MI_ENUMERIC;
  *value = x[0] - log(x[0]);
  gradient[0] = 1 - 1 / x[0];
  return MI_OK;
}

static mi_status minimise_troubled(trouble *t, double start, mi_lbfgs_result *r,
                                   mi_control *control) {
  const mi_lbfgs_problem problem = {.n = 1, .function = troubled, .context = t};
  mi_control_init(control);
  return mi_lbfgs_minimise(&problem, NULL, &start, r, control);
}

static void points_that_do_not_exist_are_avoided(void **state) {
  (void)state;
  const double starts[] = {1e-3, 0.5, 50};
  for (int k = 0; k < 6; k++) {
    mi_lbfgs_result r;
    mi_control control;
    trouble t = {k % 2 ? MI_ENUMERIC : MI_OK, 0, 0};
    assert_int_equal(minimise_troubled(&t, starts[k / 2], &r, &control), MI_OK);
    assert_true(fabs(r.x[0] - 1) < 1e-6 && mi_lbfgs_converged(r.reason));
    assert_int_equal(r.evaluations, t.calls);
    mi_lbfgs_free(&r);
  }
}

static void a_bad_start_is_named(void **state) {
  (void)state;
  mi_lbfgs_result r;
  mi_control control;
  trouble t = {MI_OK, 0, 0};
  assert_int_equal(minimise_troubled(&t, -1, &r, &control), MI_ENUMERIC);
  assert_non_null(strstr(control.error, "not finite at the start (variable 1 is -1"));
  assert_int_equal(minimise_troubled(&t, NAN, &r, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "variable 1: finite number expected"));
  assert_null(r.x);
}

static void callback_failures_pass_through(void **state) {
  (void)state;
  mi_lbfgs_result r;
  mi_control control;
  for (int first = 1; first < 5; first++) {
    trouble t = {MI_ECALLBACK, 0, first};
    assert_int_equal(minimise_troubled(&t, 20, &r, &control), MI_ECALLBACK);
    assert_int_equal(t.calls, first);
    assert_null(r.x);
  }
}

static void cancel_and_limits(void **state) {
  (void)state;
  const volatile sig_atomic_t stop = 1;
  int64_t n = 2;
  mi_lbfgs_result r;
  mi_control control;
  mi_lbfgs_options options = mi_lbfgs_default();
  const double start[] = {-1.2, 1};
  const mi_lbfgs_problem problem = {.n = n, .function = chain, .context = &n};
  options.iterations = 3;
  assert_int_equal(mi_lbfgs_minimise(&problem, &options, start, &r, NULL), MI_OK);
  assert_true(r.reason == MI_LBFGS_ITERATIONS && r.iterations == 3 && r.value < 24.2);
  mi_lbfgs_free(&r);
  mi_control_init(&control);
  control.cancel = &stop;
  assert_int_equal(mi_lbfgs_minimise(&problem, NULL, start, &r, &control), MI_ECANCEL);
}

static void bad_bounds_are_refused(void **state) {
  (void)state;
  int64_t n = 2;
  mi_lbfgs_result r;
  mi_control control;
  const double lower[] = {0, 3}, upper[] = {1, 2}, start[] = {0.5, 2};
  const mi_lbfgs_problem problem = {n, chain, &n, lower, upper};
  mi_control_init(&control);
  assert_int_equal(mi_lbfgs_minimise(&problem, NULL, start, &r, &control), MI_EINVAL);
  assert_string_equal(control.error, "bounds: variable 2: lower 3 exceeds upper 2");
}

/* The gradient of the wrong sign: every step rises. */
static mi_status uphill(void *context, const double *x, double *value, double *gradient) {
  mi_status status = chain(context, x, value, gradient);
  for (int i = 0; i < 2; i++) gradient[i] = -gradient[i];
  return status;
}

static void a_wrong_gradient_stalls(void **state) {
  (void)state;
  int64_t n = 2;
  mi_lbfgs_result r;
  const mi_lbfgs_problem problem = {.n = n, .function = uphill, .context = &n};
  assert_int_equal(mi_lbfgs_minimise(&problem, NULL, (double[]){-1.2, 1}, &r, NULL), MI_OK);
  assert_int_equal(r.reason, MI_LBFGS_STALLED);
  mi_lbfgs_free(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reaches_known_minima),
      cmocka_unit_test(rosenbrock_chains_from_2_to_1000),
      cmocka_unit_test(bounded_chains_meet_their_conditions),
      cmocka_unit_test(a_string_lies_on_the_floor),
      cmocka_unit_test(the_gradients_of_these_tests_are_right),
      cmocka_unit_test(points_that_do_not_exist_are_avoided),
      cmocka_unit_test(a_bad_start_is_named),
      cmocka_unit_test(callback_failures_pass_through),
      cmocka_unit_test(cancel_and_limits),
      cmocka_unit_test(bad_bounds_are_refused),
      cmocka_unit_test(a_wrong_gradient_stalls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
