/* core/base/linalg: known answers, residuals of random problems, bad input, threads. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/linalg.h"
#include "core/base/linalg_forecast.h"
#include "core/base/memory.h"
#include "tests/core/cmocka_all.h"

static double noise(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (double)(*state >> 11) / 9007199254740992.0 - 0.5;
}

static double *random_matrix(int64_t rows, int64_t columns, uint64_t seed) {
  double *a = MI_NEW(double, (size_t)(rows * columns));
  assert_non_null(a);
  for (int64_t k = 0; k < rows * columns; k++) a[k] = noise(&seed);
  return a;
}

/* B B' / n + I / 10 */
static double *positive_matrix(int64_t n, uint64_t seed) {
  double *b = random_matrix(n, n, seed), *a = MI_NEW(double, (size_t)(n * n));
  assert_int_equal(mi_matmul(false, true, n, n, n, b, b, a, NULL), MI_OK);
  for (int64_t k = 0; k < n * n; k++) a[k] = a[k] / (double)n + (k % (n + 1) == 0 ? 0.1 : 0);
  free(b);
  return a;
}

static double distance(const double *a, const double *b, int64_t count) {
  double worst = 0;
  for (int64_t k = 0; k < count; k++) worst = fmax(worst, fabs(a[k] - b[k]));
  return worst;
}

static double *copy_of(const double *a, int64_t count) {
  double *b = MI_NEW(double, (size_t)count);
  memcpy(b, a, (size_t)count * sizeof *a);
  return b;
}

static void cholesky_reproduces_the_matrix(void **state) {
  (void)state;
  const int64_t sizes[] = {1, 2, 31, 32, 33, 127, 128, 129, 300};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const int64_t n = sizes[i];
    double *a = positive_matrix(n, (uint64_t)n), *l = copy_of(a, n * n), *p = copy_of(a, n * n);
    for (int64_t r = 0; r < n; r++) { /* the upper triangle is not read */
      for (int64_t c = r + 1; c < n; c++) l[r * n + c] = NAN;
    }
    assert_int_equal(mi_cholesky(l, n, NULL), MI_OK);
    assert_int_equal(mi_matmul(false, true, n, n, n, l, l, p, NULL), MI_OK);
    assert_true(distance(p, a, n * n) < 1e-14);
    free(a), free(l), free(p);
  }
}

static void cholesky_is_the_same_on_two_threads(void **state) {
  (void)state;
  const int64_t n = 700;
  double *a = positive_matrix(n, 7), *b = copy_of(a, n * n), *x = random_matrix(n, 90, 8);
  double *y = copy_of(x, n * 90);
  mi_control one, two;
  mi_control_init(&one), mi_control_init(&two);
  two.threads = 2;
  assert_int_equal(mi_cholesky(a, n, &one), MI_OK);
  assert_int_equal(mi_cholesky(b, n, &two), MI_OK);
  assert_memory_equal(a, b, (size_t)(n * n) * sizeof *a);
  assert_int_equal(mi_cholesky_solve(a, n, x, 90, &one), MI_OK);
  assert_int_equal(mi_cholesky_solve(b, n, y, 90, &two), MI_OK);
  assert_memory_equal(x, y, (size_t)(n * 90) * sizeof *x);
  free(a), free(b), free(x), free(y);
}

static void cholesky_names_the_failing_pivot(void **state) {
  (void)state;
  mi_control control;
  const int64_t n = 200, pivots[] = {1, 20, 100, 128, 129, 200};
  for (size_t i = 0; i < sizeof pivots / sizeof *pivots; i++) {
    double *a = positive_matrix(n, 3);
    char text[32];
    a[(pivots[i] - 1) * (n + 1)] = -1;
    mi_control_init(&control);
    assert_int_equal(mi_cholesky(a, n, &control), MI_ENUMERIC);
    (void)snprintf(text, sizeof text, "pivot %d of 200", (int)pivots[i]);
    assert_non_null(strstr(control.error, text));
    free(a);
  }
}

static void cholesky_names_what_is_not_finite(void **state) {
  (void)state;
  mi_control control;
  mi_control_init(&control);
  double a[9] = {4, 0, 0, 1, 4, 0, 1, NAN, 4};
  assert_int_equal(mi_cholesky(a, 3, &control), MI_EINVAL);
  assert_string_equal(control.error, "a[3][2]: finite number expected, got nan");
}

static void cholesky_can_be_cancelled(void **state) {
  (void)state;
  const volatile sig_atomic_t stop = 1;
  double *a = positive_matrix(300, 3);
  mi_control control;
  mi_control_init(&control);
  control.cancel = &stop;
  assert_int_equal(mi_cholesky(a, 300, &control), MI_ECANCEL);
  free(a);
}

static void triangles_solve_in_all_four_ways(void **state) {
  (void)state;
  const int64_t n = 290, columns = 70;
  double *l = positive_matrix(n, 5), *u = MI_NEW(double, (size_t)(n * n));
  assert_int_equal(mi_cholesky(l, n, NULL), MI_OK);
  for (int64_t k = 0; k < n * n; k++) u[k] = l[k % n * n + k / n];
  for (int way = 0; way < 4; way++) {
    const bool upper = way & 1, transpose = way & 2;
    double *x = random_matrix(n, columns, 6), *b = copy_of(x, n * columns);
    const double *t = upper ? u : l;
    assert_int_equal(mi_matmul(transpose, false, n, columns, n, t, x, b, NULL), MI_OK);
    assert_int_equal((upper ? mi_upper_solve : mi_lower_solve)(t, n, transpose, b, columns, NULL),
                     MI_OK);
    assert_true(distance(x, b, n * columns) < 1e-11);
    free(x), free(b);
  }
  free(l), free(u);
}

static void solve_and_inverse_agree(void **state) {
  (void)state;
  double a[9] = {2, 1, 1, 1, 3, 2, 1, 0, 0}, b[6] = {4, 8, 5, 10, 6, 12}, rcond;
  double inverse[9] = {2, 1, 1, 1, 3, 2, 1, 0, 0};
  assert_int_equal(mi_solve(a, 3, b, 2, &rcond, NULL), MI_OK);
  const double x[6] = {6, 12, 15, 30, -23, -46}, expected[9] = {0, 0, 1, -2, 1, 3, 3, -1, -5};
  assert_true(distance(b, x, 6) < 1e-13);
  assert_true(rcond > 0.01 && rcond < 0.2);
  assert_int_equal(mi_inverse(inverse, 3, NULL), MI_OK);
  assert_true(distance(inverse, expected, 9) < 1e-14);
}

static void units_of_the_rows_are_no_singularity(void **state) {
  (void)state;
  double a[4] = {1e-200, 0, 0, 1e200}, b[2] = {3e-200, 5e200};
  assert_int_equal(mi_solve(a, 2, b, 1, NULL, NULL), MI_OK);
  assert_true(fabs(b[0] - 3) < 1e-14 && fabs(b[1] - 5) < 1e-14);
}

static void singular_matrices_are_refused(void **state) {
  (void)state;
  mi_control control;
  double matrices[3][9] = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 2, 4, 6, 1, 1, 1}, {1, 1, 1}};
  for (int k = 0; k < 3; k++) {
    double b[3] = {1, 2, 3}, a[9];
    memcpy(a, matrices[k], sizeof a);
    mi_control_init(&control);
    assert_int_equal(mi_solve(a, 3, b, 1, NULL, &control), MI_ENUMERIC);
    assert_non_null(strstr(control.error, "singular: pivot"));
    memcpy(a, matrices[k], sizeof a);
    assert_int_equal(mi_inverse(a, 3, NULL), MI_ENUMERIC);
  }
}

static void determinants_know_their_sign(void **state) {
  (void)state;
  double a[9] = {0, 1, 0, 1, 0, 0, 0, 0, 3}, b[4] = {1, 2, 2, 4}, sign, logabs;
  assert_int_equal(mi_determinant(a, 3, &sign, &logabs, NULL), MI_OK);
  assert_true(sign == -1 && fabs(logabs - log(3)) < 1e-15);
  assert_int_equal(mi_determinant(b, 2, &sign, &logabs, NULL), MI_OK);
  assert_true(sign == 0 && logabs == -INFINITY);
}

static void symmetric_eigenpairs(void **state) {
  (void)state;
  const int64_t n = 60;
  double *a = positive_matrix(n, 9), *v = copy_of(a, n * n), *av = copy_of(a, n * n), values[60];
  assert_int_equal(mi_eigh(v, n, values, NULL), MI_OK);
  assert_int_equal(mi_matmul(false, false, n, n, n, a, v, av, NULL), MI_OK);
  for (int64_t k = 0; k < n * n; k++)
    assert_true(fabs(av[k] - v[k] * values[k % n]) < 1e-14);
  for (int64_t k = 1; k < n; k++) assert_true(values[k] >= values[k - 1]);
  free(a), free(v), free(av);
}

static void general_eigenpairs(void **state) {
  (void)state;
  /* x^3 - x^2 + x - 1: 1, i, -i */
  double a[9] = {1, -1, 1, 1, 0, 0, 0, 1, 0}, work[9], values[6], vectors[18];
  memcpy(work, a, sizeof a);
  assert_int_equal(mi_eigen(work, 3, values, vectors, NULL), MI_OK);
  assert_true(distance(values, (double[]){0, -1, 0, 1, 1, 0}, 6) < 1e-14);
  for (int k = 0; k < 3; k++) {
    for (int i = 0; i < 3; i++) {
      double re = 0, im = 0;
      for (int j = 0; j < 3; j++) {
        re += a[3 * i + j] * vectors[2 * (3 * j + k)];
        im += a[3 * i + j] * vectors[2 * (3 * j + k) + 1];
      }
      const double *v = vectors + 2 * (3 * i + k), *w = values + 2 * k;
      assert_true(fabs(re - (v[0] * w[0] - v[1] * w[1])) < 1e-14);
      assert_true(fabs(im - (v[0] * w[1] + v[1] * w[0])) < 1e-14);
    }
  }
}

/* u diag(s) vt */
static double *assemble(const double *u, const double *s, const double *vt, int64_t rows,
                        int64_t columns, int64_t k) {
  double *scaled = copy_of(u, rows * k), *product = MI_NEW(double, (size_t)(rows * columns));
  for (int64_t i = 0; i < rows * k; i++) scaled[i] *= s[i % k];
  assert_int_equal(mi_matmul(false, false, rows, columns, k, scaled, vt, product, NULL), MI_OK);
  free(scaled);
  return product;
}

static void svd_and_qr_reproduce_rectangles(void **state) {
  (void)state;
  const int64_t shapes[][2] = {{7, 4}, {4, 7}, {5, 5}, {1, 6}, {6, 1}};
  for (int i = 0; i < 5; i++) {
    const int64_t m = shapes[i][0], n = shapes[i][1], k = m < n ? m : n;
    double *a = random_matrix(m, n, 11), *work = copy_of(a, m * n);
    double u[49], s[7], vt[49], q[49], r[49], *product;
    assert_int_equal(mi_svd(work, m, n, u, s, vt, NULL), MI_OK);
    product = assemble(u, s, vt, m, n, k);
    assert_true(distance(product, a, m * n) < 1e-14);
    assert_int_equal(mi_qr(a, m, n, q, r, NULL), MI_OK);
    assert_int_equal(mi_matmul(false, false, m, n, k, q, r, product, NULL), MI_OK);
    assert_true(distance(product, a, m * n) < 1e-14);
    for (int64_t j = 0; j < k; j++) assert_true(r[j * n + j] >= 0);
    free(a), free(work), free(product);
  }
}

/* Rows, and another triangle, that come in parts: t t' = a'a, whatever the parts. */
static void triangles_take_rows(void **state) {
  (void)state;
  const int64_t m = 700, n = 150;
  double *a = random_matrix(m, n, 12), *want = malloc((size_t)(n * n) * sizeof *want);
  double *t = calloc((size_t)(n * n), sizeof *t), *turned = calloc((size_t)(n * n), sizeof *t);
  double *product = malloc((size_t)(n * n) * sizeof *want);
  assert_int_equal(mi_matmul(true, false, n, n, m, a, a, want, NULL), MI_OK);
  assert_int_equal(mi_triangle_append(t, n, a, 1, 1, NULL), MI_OK);
  assert_int_equal(mi_triangle_append(t, n, a + n, 599, 1, NULL), MI_OK);
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      if (j > i) assert_true(t[i * n + j] == 0);
      turned[i * n + j] = t[j * n + i] * 2;
    }
  memset(t, 0, (size_t)(n * n) * sizeof *t);
  assert_int_equal(mi_triangle_append(t, n, a + 600 * n, 100, 1, NULL), MI_OK);
  assert_int_equal(mi_triangle_append(t, n, turned, n, 0.5, NULL), MI_OK);
  assert_int_equal(mi_matmul(false, true, n, n, n, t, t, product, NULL), MI_OK);
  assert_true(distance(product, want, n * n) < 1e-13);
  a[5] = NAN;
  assert_int_equal(mi_triangle_append(t, n, a, 1, 1, NULL), MI_EINVAL);
  free(a), free(want), free(t), free(turned), free(product);
}

static void least_squares_of_deficient_rank(void **state) {
  (void)state;
  /* columns 1 and 2 are equal: the solution of least norm shares the coefficient */
  double a[12] = {1, 1, 0, 1, 1, 1, 1, 1, 2, 1, 1, 3}, b[4] = {2, 3, 4, 5}, x[3], pinv[12];
  double copy[12];
  int64_t rank;
  memcpy(copy, a, sizeof a);
  assert_int_equal(mi_lstsq(copy, 4, 3, b, 1, -1, x, &rank, NULL), MI_OK);
  assert_int_equal(rank, 2);
  assert_true(distance(x, (double[]){1, 1, 1}, 3) < 1e-14);
  assert_int_equal(mi_pinv(a, 4, 3, -1, pinv, &rank, NULL), MI_OK);
  assert_int_equal(mi_matmul(false, false, 3, 1, 4, pinv, b, x, NULL), MI_OK);
  assert_true(distance(x, (double[]){1, 1, 1}, 3) < 1e-14);
}

static void norms_do_not_overflow(void **state) {
  (void)state;
  const double a[6] = {1, -2, 3, -4, 5, -6}, big[2] = {3e200, 4e200};
  const double expected[] = {sqrt(91), 9, 15, 9.508032000695724};
  double norm;
  for (int kind = 0; kind < 4; kind++) {
    assert_int_equal(mi_norm(a, 2, 3, (mi_norm_kind)kind, &norm, NULL), MI_OK);
    assert_true(fabs(norm - expected[kind]) < 1e-14 * expected[kind]);
  }
  assert_int_equal(mi_norm(big, 2, 1, MI_NORM_TWO, &norm, NULL), MI_OK);
  assert_true(fabs(norm / 5e200 - 1) < 1e-15);
}

static void empty_matrices_are_fine(void **state) {
  (void)state;
  double nothing[1] = {0}, sign, logabs;
  int64_t rank;
  assert_int_equal(mi_cholesky(nothing, 0, NULL), MI_OK);
  assert_int_equal(mi_solve(nothing, 0, nothing, 1, NULL, NULL), MI_OK);
  assert_int_equal(mi_inverse(nothing, 0, NULL), MI_OK);
  assert_int_equal(mi_eigh(nothing, 0, nothing, NULL), MI_OK);
  assert_int_equal(mi_determinant(nothing, 0, &sign, &logabs, NULL), MI_OK);
  assert_true(sign == 1 && logabs == 0);
  assert_int_equal(mi_lstsq(nothing, 0, 1, nothing, 1, -1, &sign, &rank, NULL), MI_OK);
  assert_true(rank == 0 && sign == 0);
}

static double thread_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A wide factor: caches are shared with whatever else runs. */
static void forecasts_come_true(void **state) {
  (void)state;
  const int64_t n = 600;
  double *a = positive_matrix(n, 7), *values = MI_NEW(double, (size_t)n);
  const double began = thread_time();
  assert_int_equal(mi_eigh(a, n, values, NULL), MI_OK);
  const double taken = thread_time() - began, told = mi_lapack_seconds(MI_DSYEVD, n, n);
  assert_true(told > taken / 4 && told < taken * 4);
  free(a);
  free(values);
}

static void keep_warning(void *context, const char *text) {
  (void)snprintf(context, 256, "%s", text);
}

static void long_calls_are_announced(void **state) {
  (void)state;
  char text[256] = "";
  mi_control control;
  mi_control_init(&control);
  control.warn = keep_warning;
  control.warn_context = text;
  mi_forecast(MI_DSYEVD, 300, 300, &control);
  assert_string_equal(text, "");
  mi_forecast(MI_DGESDD, 20000, 10000, &control);
  assert_non_null(strstr(text, "singular values of a 20000 x 10000 matrix take about "));
  assert_non_null(strstr(text, "cannot be interrupted"));
  mi_forecast(MI_DSYEVD, 20000, 20000, NULL); /* nobody to tell */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cholesky_reproduces_the_matrix),
      cmocka_unit_test(cholesky_is_the_same_on_two_threads),
      cmocka_unit_test(cholesky_names_the_failing_pivot),
      cmocka_unit_test(cholesky_names_what_is_not_finite),
      cmocka_unit_test(cholesky_can_be_cancelled),
      cmocka_unit_test(triangles_solve_in_all_four_ways),
      cmocka_unit_test(solve_and_inverse_agree),
      cmocka_unit_test(units_of_the_rows_are_no_singularity),
      cmocka_unit_test(singular_matrices_are_refused),
      cmocka_unit_test(determinants_know_their_sign),
      cmocka_unit_test(symmetric_eigenpairs),
      cmocka_unit_test(general_eigenpairs),
      cmocka_unit_test(svd_and_qr_reproduce_rectangles),
      cmocka_unit_test(triangles_take_rows),
      cmocka_unit_test(least_squares_of_deficient_rank),
      cmocka_unit_test(norms_do_not_overflow),
      cmocka_unit_test(empty_matrices_are_fine),
      cmocka_unit_test(forecasts_come_true),
      cmocka_unit_test(long_calls_are_announced),
  };
  openblas_set_num_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
