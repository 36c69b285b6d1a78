/* core/base/fft: against the sum that defines it, and the relations of transforms. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fft.h"
#include "core/base/memory.h"
#include "core/base/rng.h"
#include "tests/core/cmocka_all.h"

static mi_complex *noise(int64_t n, uint64_t item) {
  mi_rng rng = mi_rng_stream(1, 0, item);
  mi_complex *x = MI_NEW(mi_complex, (size_t)n);
  for (int64_t i = 0; i < n; i++) x[i] = (mi_complex){mi_rng_normal(&rng), mi_rng_normal(&rng)};
  return x;
}

static mi_complex sum_at(const mi_complex *x, int64_t n, int64_t k) {
  long double re = 0, im = 0;
  for (int64_t j = 0; j < n; j++) {
    long double turns = (long double)(j * k % n) / (long double)n;
    long double angle = -6.283185307179586476925286766559L * turns;
    long double c = cosl(angle), s = sinl(angle);
    re += x[j].re * c - x[j].im * s;
    im += x[j].re * s + x[j].im * c;
  }
  return (mi_complex){(double)re, (double)im};
}

static double norm(const mi_complex *x, int64_t n) {
  long double sum = 0; /* adding up in double would err more than the transform does */
  for (int64_t i = 0; i < n; i++) sum += x[i].re * x[i].re + x[i].im * x[i].im;
  return (double)sqrtl(sum);
}

static mi_status transform(mi_complex *x, int64_t n, bool inverse, mi_isa level) {
  mi_control control;
  mi_array a;
  mi_control_init(&control);
  control.isa = level;
  mi_array_init(&a, x, MI_C128, 1, &n);
  return mi_fft(NULL, &a, &a, 0, inverse, &control);
}

/* Relative error (rms) of some numbers of the spectrum. */
static double error_of(int64_t n, mi_isa level, int64_t step) {
  mi_complex *x = noise(n, (uint64_t)n), *y = MI_NEW(mi_complex, (size_t)n);
  memcpy(y, x, (size_t)n * sizeof *y);
  assert_int_equal(transform(y, n, false, level), MI_OK);
  double sum = 0, size = 0;
  for (int64_t k = 0; k < n; k += step) {
    mi_complex want = sum_at(x, n, k);
    sum += pow(y[k].re - want.re, 2) + pow(y[k].im - want.im, 2);
    size += want.re * want.re + want.im * want.im;
  }
  free(x);
  free(y);
  return sqrt(sum / size);
}

static void every_length_to_200(void **state) {
  (void)state;
  for (int level = 0; level <= (int)mi_isa_best(); level++) {
    for (int64_t n = 1; n <= 200; n++) {
      double error = error_of(n, (mi_isa)level, 1);
      if (error > 1e-15) fail_msg("n = %d: %g", (int)n, error);
    }
  }
}

static void large_lengths(void **state) {
  (void)state;
  const int64_t lengths[] = {1009, 65537, 99991, 2 * 10007, 5040, 59049, 117649, 46189, 1 << 20};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    int64_t n = lengths[i];
    double error = error_of(n, mi_isa_best(), n / 7 + 1);
    print_message("# n = %d: %.2g\n", (int)n, error);
    assert_true(error < 2e-15);
  }
}

static void round_trip_and_parseval(void **state) {
  (void)state;
  const int64_t lengths[] = {1, 2, 30, 256, 1009, 4096, 46189, 1 << 20};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    int64_t n = lengths[i];
    double bound = 4e-16 * (1 + log2((double)n)), before, after, difference = 0;
    mi_complex *x = noise(n, 3), *y = noise(n, 3);
    before = norm(x, n);
    assert_int_equal(transform(y, n, false, mi_isa_best()), MI_OK);
    after = norm(y, n) / sqrt((double)n);
    assert_true(fabs(after - before) <= bound * before);
    assert_int_equal(transform(y, n, true, mi_isa_best()), MI_OK);
    for (int64_t k = 0; k < n; k++)
      difference += pow(y[k].re - x[k].re, 2) + pow(y[k].im - x[k].im, 2);
    assert_true(sqrt(difference) <= bound * before);
    free(x);
    free(y);
  }
}

static void real_transforms(void **state) {
  (void)state;
  for (int64_t n = 1; n < 130; n++) {
    double real[130], back[130];
    mi_complex full[130], half[66];
    int64_t bins = n / 2 + 1;
    mi_rng rng = mi_rng_stream(2, 0, (uint64_t)n);
    for (int64_t i = 0; i < n; i++) full[i] = (mi_complex){real[i] = mi_rng_normal(&rng), 0};
    mi_array x, y, z;
    mi_array_init(&x, real, MI_F64, 1, &n);
    mi_array_init(&y, half, MI_C128, 1, &bins);
    mi_array_init(&z, back, MI_F64, 1, &n);
    transform(full, n, false, mi_isa_best());
    assert_int_equal(mi_fft_real(NULL, &x, &y, 0, NULL), MI_OK);
    for (int64_t k = 0; k < bins; k++) {
      assert_true(fabs(half[k].re - full[k].re) < 1e-13);
      assert_true(fabs(half[k].im - full[k].im) < 1e-13);
    }
    assert_int_equal(mi_fft_inverse_real(NULL, &y, &z, 0, NULL), MI_OK);
    for (int64_t i = 0; i < n; i++) assert_true(fabs(back[i] - real[i]) < 1e-14);
  }
}

/* Every axis of a transposed view, with one thread and two. */
static void axes_views_and_threads(void **state) {
  (void)state;
  enum { A = 6, B = 35, C = 4 };
  for (int axis = 0; axis < 3; axis++) {
    mi_complex *data = noise(A * B * C, 5), one[A * B * C], two[A * B * C];
    mi_array x, y1, y2;
    mi_array_init(&x, data, MI_C128, 3, (int64_t[]){C, B, A});
    int64_t shape[3] = {A, B, C}, stride[3] = {x.stride[2], x.stride[1], x.stride[0]};
    memcpy(x.shape, shape, sizeof shape);
    memcpy(x.stride, stride, sizeof stride);
    mi_array_init(&y1, one, MI_C128, 3, shape);
    mi_array_init(&y2, two, MI_C128, 3, shape);
    mi_control control;
    mi_control_init(&control);
    assert_int_equal(mi_fft(NULL, &x, &y1, axis, false, &control), MI_OK);
    control.threads = 2;
    assert_int_equal(mi_fft(NULL, &x, &y2, axis, false, &control), MI_OK);
    assert_memory_equal(one, two, sizeof one);
    /* one line by the definition */
    int64_t n = shape[axis], other[3] = {2, 3, 1};
    mi_complex line[B];
    other[axis] = 0;
    int64_t from = other[0] + other[1] * A + other[2] * A * B, step[3] = {1, A, A * B};
    for (int64_t j = 0; j < n; j++) line[j] = data[from + j * step[axis]];
    int64_t to = (other[0] * B + other[1]) * C + other[2], jump[3] = {B * C, C, 1};
    for (int64_t k = 0; k < n; k++) {
      mi_complex want = sum_at(line, n, k), got = one[to + k * jump[axis]];
      assert_true(hypot(got.re - want.re, got.im - want.im) < 1e-13);
    }
    free(data);
  }
}

static void convolution(void **state) {
  (void)state;
  static double a[300], b[200], direct[499], out[499];
  mi_rng rng = mi_rng_stream(9, 0, 0);
  for (int i = 0; i < 300; i++) a[i] = mi_rng_normal(&rng);
  for (int i = 0; i < 200; i++) b[i] = mi_rng_normal(&rng);
  for (int i = 0; i < 300; i++)
    for (int j = 0; j < 200; j++) direct[i + j] += a[i] * b[j];
  assert_int_equal(mi_convolve(a, 300, b, 200, out, NULL), MI_OK);
  for (int i = 0; i < 499; i++) assert_true(fabs(out[i] - direct[i]) < 1e-12);
  assert_int_equal(mi_convolve((const double[]){1, 2, 3}, 3, (const double[]){1, -1}, 2, out, NULL),
                   MI_OK);
  assert_memory_equal(out, ((double[]){1, 1, 1, -3}), 4 * sizeof *out);
}

/* A plan that is used again gives the same bits as one made for the call; others are refused. */
static void given_plans(void **state) {
  (void)state;
  mi_control control;
  mi_control_init(&control);
  for (int64_t n = 96; n < 98; n++) {
    mi_complex *x = noise(97, 7), own[97], given[97];
    mi_array from, real, a, b;
    mi_array_init(&from, x, MI_C128, 1, &n);
    mi_array_init(&real, x, MI_F64, 1, &n);
    mi_array_init(&a, own, MI_C128, 1, &n);
    mi_array_init(&b, given, MI_C128, 1, &n);
    mi_fft_plan *plan, *plan_real;
    assert_int_equal(mi_fft_plan_new(n, &plan, NULL), MI_OK);
    assert_int_equal(mi_fft_plan_new_real(n, &plan_real, NULL), MI_OK);
    assert_int_equal(mi_fft(NULL, &from, &a, 0, true, &control), MI_OK);
    for (int again = 0; again < 2; again++) {
      assert_int_equal(mi_fft(plan, &from, &b, 0, true, &control), MI_OK);
      assert_memory_equal(own, given, (size_t)n * sizeof *own);
    }
    a.shape[0] = b.shape[0] = n / 2 + 1;
    assert_int_equal(mi_fft_real(NULL, &real, &a, 0, &control), MI_OK);
    assert_int_equal(mi_fft_real(plan_real, &real, &b, 0, &control), MI_OK);
    assert_memory_equal(own, given, (size_t)(n / 2 + 1) * sizeof *own);
    from.shape[0] = n - 3;
    assert_int_equal(mi_fft(plan, &from, &b, 0, true, &control), MI_EINVAL);
    assert_true(strstr(control.error, "plan: one for") != NULL);
    mi_fft_plan_free(plan);
    mi_fft_plan_free(plan_real);
    free(x);
  }
}

static void refusals(void **state) {
  (void)state;
  mi_fft_plan *plan;
  assert_int_equal(mi_fft_plan_new(0, &plan, NULL), MI_EINVAL);
  assert_null(plan);
  double y[5];
  mi_complex x[5];
  mi_array from, to;
  mi_control control;
  mi_control_init(&control);
  mi_array_init(&from, x, MI_C128, 1, (int64_t[]){5});
  mi_array_init(&to, y, MI_F64, 1, (int64_t[]){5});
  assert_int_equal(mi_fft_inverse_real(NULL, &from, &to, 0, &control), MI_EINVAL);
  assert_int_equal(mi_convolve(y, 0, y, 1, y, &control), MI_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_length_to_200),    cmocka_unit_test(large_lengths),
      cmocka_unit_test(round_trip_and_parseval), cmocka_unit_test(real_transforms),
      cmocka_unit_test(axes_views_and_threads), cmocka_unit_test(convolution),
      cmocka_unit_test(given_plans),            cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
