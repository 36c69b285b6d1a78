/* core/base/vmath: accuracy against long double, special values against libm, at every level. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/vmath.h"
#include "tests/core/cmocka_all.h"

enum { N = 200000 };
static double x[N], y[N], z[N];

typedef void array_function(mi_isa level, const double *x, double *y, size_t n);

static void vsin(mi_isa level, const double *a, double *b, size_t n) {
  mi_vsincos(level, a, b, z, n);
}

static void vcos(mi_isa level, const double *a, double *b, size_t n) {
  mi_vsincos(level, a, z, b, n);
}

static const struct {
  const char *name;
  array_function *array;
  long double (*exact)(long double);
  double (*libm)(double);
  double low, high, ulp;
} functions[] = {
    {"exp", mi_vexp, expl, exp, -745, 709.7, 1.1},
    {"log", mi_vlog, logl, log, 0x1p-1022, 0x1p1023, 1.1},
    {"tanh", mi_vtanh, tanhl, tanh, -25, 25, 2.0},
    {"expm1", mi_vexpm1, expm1l, expm1, -745, 709.7, 2.0},
    {"log1p", mi_vlog1p, log1pl, log1p, -1 + 0x1p-53, 1e300, 2.0},
    {"sin", vsin, sinl, sin, -1e6, 1e6, 1.1},
    {"cos", vcos, cosl, cos, -1e6, 1e6, 1.1},
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static double uniform(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*state >> 11) * 0x1p-53;
}

static double error_in_ulp(double value, long double exact) {
  double rounded = (double)exact;
  double ulp = nextafter(fabs(rounded), INFINITY) - fabs(rounded);
  return (double)(fabsl((long double)value - exact) / (long double)ulp);
}

static double worst_error(int f, mi_isa level) {
  double worst = 0;
  functions[f].array(level, x, y, N);
  for (int i = 0; i < N; i++) {
    double error = error_in_ulp(y[i], functions[f].exact((long double)x[i]));
    if (!(error <= worst)) worst = error;
  }
  return worst;
}

/* Fills x with numbers of all magnitudes, then evenly over the range, then near the points where
 * the result is small. */
static void fill(int f, int how) {
  double low = functions[f].low, high = functions[f].high;
  uint64_t state = (uint64_t)(f * 10 + how);
  for (int i = 0; i < N; i++) {
    double u = uniform(&state), sign = low < 0 && (i & 1) ? -1 : 1;
    double top = sign > 0 ? high : -low;
    if (how == 0) x[i] = sign * exp(log(0x1p-1021) + u * (log(top) - log(0x1p-1021)));
    if (how == 1) x[i] = low + u * (high - low);
    if (how == 2) x[i] = sign * 4 * u;
    double quarter = 1.57079632679489662 * (floor(u * 600) - 300);
    if (how == 3) x[i] = low >= 0 ? 1 + 0.5 * (u - 0.5) : quarter;
    x[i] = fmin(fmax(x[i], low), high);
  }
}

static void within_the_stated_ulp(void **state) {
  (void)state;
  for (int f = 0; f < FUNCTIONS; f++) {
    for (int level = 0; level <= (int)mi_isa_best(); level++) {
      double worst = 0;
      for (int how = 0; how < 4; how++) {
        fill(f, how);
        worst = fmax(worst, worst_error(f, (mi_isa)level));
      }
      print_message("# %s %s: %.3f ulp\n", functions[f].name, mi_isa_name((mi_isa)level), worst);
      assert_true(worst <= functions[f].ulp);
    }
  }
}

static bool same(double a, double b) {
  return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static void special_values_are_those_of_libm(void **state) {
  (void)state;
  const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, -1.0, -2.5, 1e308, -1e308, 5e-324,
                            -5e-324, 0x1p-1030, 710.0, 1000.0, -746.0, -1000.0, 1e22};
  const size_t n = sizeof special / sizeof special[0];
  double one[16], got[16];
  for (int f = 0; f < FUNCTIONS; f++) {
    for (int level = 0; level <= (int)mi_isa_best(); level++) {
      for (size_t i = 0; i < 16 * n; i++) { /* each value in each lane, among usual ones */
        for (int j = 0; j < 16; j++) one[j] = 0.7;
        double value = one[i % 16] = special[i / 16];
        functions[f].array((mi_isa)level, one, got, 16);
        double want = functions[f].libm(value), result = got[i % 16];
        bool normal = isfinite(want) && fabs(want) >= DBL_MIN && fabs(want) != 1;
        if (normal ? fabs(result - want) > 4e-16 * fabs(want) : !same(result, want))
          fail_msg("%s(%g) = %g at %s, libm %g", functions[f].name, value, result,
                   mi_isa_name((mi_isa)level), want);
      }
    }
  }
}

static void subnormal_results_of_exp_round_once(void **state) {
  (void)state;
  uint64_t random = 7;
  for (int i = 0; i < N; i++) x[i] = -745.13 + 37 * uniform(&random);
  for (int level = 0; level <= (int)mi_isa_best(); level++) {
    mi_vexp((mi_isa)level, x, y, N);
    for (int i = 0; i < N; i++) assert_true(fabs(y[i] - exp(x[i])) <= 0x1p-1074);
  }
}

/* Every length, in place: the tail is neither skipped nor written past, and a value does not depend
 * on where in the array it stands. */
static void every_length_in_place(void **state) {
  (void)state;
  for (int level = 0; level <= (int)mi_isa_best(); level++) {
    for (size_t n = 0; n < 40; n++) {
      double value[41], expected;
      for (size_t i = 0; i < 41; i++) value[i] = 0.3;
      mi_vexp((mi_isa)level, (const double[]){0.3}, &expected, 1);
      mi_vexp((mi_isa)level, value, value, n);
      for (size_t i = 0; i < 41; i++) assert_true(value[i] == (i < n ? expected : 0.3));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(within_the_stated_ulp),
      cmocka_unit_test(special_values_are_those_of_libm),
      cmocka_unit_test(subnormal_results_of_exp_round_once),
      cmocka_unit_test(every_length_in_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
