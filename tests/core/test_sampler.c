/* core/base/sampler: what makes the points even, checked on the points. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/sampler.h"
#include "tests/core/cmocka_all.h"

enum { D = MI_SOBOL_DIMENSIONS, N = 256 };
static double points[N * D];

/* Each of the n slices of dimension j holds one of the n points. */
static bool one_in_each_slice(const double *x, int64_t n, int64_t d, int64_t j) {
  bool seen[N] = {false};
  for (int64_t i = 0; i < n; i++) {
    double u = x[i * d + j];
    if (!(u >= 0 && u < 1)) return false;
    int64_t slice = (int64_t)(u * (double)n);
    if (seen[slice]) return false;
    seen[slice] = true;
  }
  return true;
}

static void sobol_is_even_in_every_dimension(void **state) {
  (void)state;
  for (int scramble = 0; scramble < 3; scramble++) {
    for (int64_t first = 0; first <= 3 * N; first += 3 * N) {
      assert_int_equal(mi_sobol(5, (mi_scramble)scramble, first, N, D, points, NULL), MI_OK);
      for (int64_t j = 0; j < D; j++) assert_true(one_in_each_slice(points, N, D, j));
    }
  }
}

/* The first points of the sequence in three dimensions (Joe and Kuo's own program). */
static void sobol_starts_as_published(void **state) {
  (void)state;
  static const double want[8][3] = {{0, 0, 0},
                                    {0.5, 0.5, 0.5},
                                    {0.75, 0.25, 0.25},
                                    {0.25, 0.75, 0.75},
                                    {0.375, 0.375, 0.625},
                                    {0.875, 0.875, 0.125},
                                    {0.625, 0.125, 0.875},
                                    {0.125, 0.625, 0.375}};
  double x[24];
  assert_int_equal(mi_sobol(0, MI_SCRAMBLE_NONE, 0, 8, 3, x, NULL), MI_OK);
  assert_memory_equal(x, want, sizeof x);
}

/* The least t for which 2^k points are a (t, k, 2)-net: every box of 2^(t - k) area, of every
 * shape, holds 2^t points. */
static int net_quality(const double *x, int64_t d, int64_t a, int64_t b, int k) {
  for (int t = 0; t <= k; t++) {
    bool even = true;
    for (int split = 0; split <= k - t && even; split++) {
      int count[N] = {0};
      int64_t na = INT64_C(1) << split, nb = INT64_C(1) << (k - t - split);
      for (int64_t i = 0; i < INT64_C(1) << k; i++)
        count[(int64_t)(x[i * d + a] * (double)na) * nb + (int64_t)(x[i * d + b] * (double)nb)]++;
      for (int64_t c = 0; c < na * nb; c++) even = even && count[c] == 1 << t;
    }
    if (even) return t;
  }
  return k + 1;
}

/* Joe and Kuo chose the numbers for small t in pairs; scrambling keeps it. */
static void sobol_is_even_in_pairs(void **state) {
  (void)state;
  for (int scramble = 0; scramble < 3; scramble++) {
    int worst = 0;
    assert_int_equal(mi_sobol(7, (mi_scramble)scramble, 0, N, D, points, NULL), MI_OK);
    assert_int_equal(net_quality(points, D, 0, 1, 8), 0);
    for (int64_t a = 0; a < 40; a++) {
      for (int64_t b = 0; b < a; b++) {
        int t = net_quality(points, D, a, b, 8);
        if (t > worst) worst = t;
      }
    }
    assert_in_range(worst, 1, 6);
  }
}

/* Independent scramblings estimate an integral without bias, far better than random points. */
static void scrambled_sobol_integrates(void **state) {
  (void)state;
  double mean = 0, square = 0;
  const int seeds = 50;
  for (int seed = 0; seed < seeds; seed++) {
    double sum = 0;
    assert_int_equal(mi_sobol((uint64_t)seed, MI_SCRAMBLE_OWEN, 0, N, 4, points, NULL), MI_OK);
    for (int64_t i = 0; i < N; i++) {
      double product = 1;
      for (int j = 0; j < 4; j++) product *= 3 * pow(points[4 * i + j], 2);
      sum += product / N;
    }
    mean += sum / seeds;
    square += (sum - 1) * (sum - 1) / seeds;
  }
  double random_error = sqrt((pow(1.8, 4) - 1) / N);
  assert_true(sqrt(square) < 0.3 * random_error);
  assert_true(fabs(mean - 1) < 4 * sqrt(square / seeds));
}

static void sobol_refuses(void **state) {
  (void)state;
  mi_control control;
  mi_control_init(&control);
  assert_int_equal(mi_sobol(0, MI_SCRAMBLE_NONE, 0, 1, D + 1, points, &control), MI_EINVAL);
  assert_non_null(strstr(control.error, "256"));
  assert_int_equal(mi_sobol(0, MI_SCRAMBLE_NONE, INT64_C(1) << 52, 1, 1, points, &control),
                   MI_EINVAL);
  assert_int_equal(mi_sobol(0, MI_SCRAMBLE_NONE, (INT64_C(1) << 52) - 1, 1, 1, points, &control),
                   MI_OK);
}

static double closest(const double *x, int64_t n, int64_t d) {
  double least = INFINITY;
  for (int64_t a = 0; a < n; a++) {
    for (int64_t b = 0; b < a; b++) {
      double sum = 0;
      for (int64_t j = 0; j < d; j++) sum += pow(x[a * d + j] - x[b * d + j], 2);
      least = fmin(least, sum);
    }
  }
  return least;
}

static void latin_hypercube(void **state) {
  (void)state;
  static double one[50 * 3], best[50 * 3];
  assert_int_equal(mi_latin_hypercube(3, 50, 3, false, 1, one, NULL), MI_OK);
  assert_int_equal(mi_latin_hypercube(3, 50, 3, false, 100, best, NULL), MI_OK);
  for (int64_t j = 0; j < 3; j++) assert_true(one_in_each_slice(best, 50, 3, j));
  assert_true(closest(best, 50, 3) > 1.5 * closest(one, 50, 3));
  assert_int_equal(mi_latin_hypercube(3, 10, 3, true, 1, one, NULL), MI_OK);
  for (int i = 0; i < 30; i++) assert_true(fmod(one[i] * 10 + 1e-9, 1) - 0.5 < 1e-8);
}

static void grid_and_box(void **state) {
  (void)state;
  double x[18];
  mi_grid((const int64_t[]){3, 1, 2}, 3, x);
  static const double want[18] = {0, .5, 0, 0, .5, 1, .5, .5, 0, .5, .5, 1, 1, .5, 0, 1, .5, 1};
  assert_memory_equal(x, want, sizeof x);
  mi_sampler_stretch((const double[]){-1, 2, 0.1}, (const double[]){1, 4, 0.7}, 6, 3, x);
  assert_true(x[0] == -1 && x[1] == 3 && x[2] == 0.1 && x[5] == 0.7 && x[6] == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sobol_is_even_in_every_dimension),
      cmocka_unit_test(sobol_starts_as_published),
      cmocka_unit_test(sobol_is_even_in_pairs),
      cmocka_unit_test(scrambled_sobol_integrates),
      cmocka_unit_test(sobol_refuses),
      cmocka_unit_test(latin_hypercube),
      cmocka_unit_test(grid_and_box),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
