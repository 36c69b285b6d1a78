/* core/base/array_math, array_reduce, array_sort: every level of instructions, dtypes, cancel. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array_math.h"
#include "core/base/array_reduce.h"
#include "core/base/array_sort.h"
#include "core/base/array_view.h"
#include "tests/core/cmocka_all.h"

enum { N = 1003 };

static void fill(double *x, int64_t n, uint64_t seed) {
  for (int64_t i = 0; i < n; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    x[i] = (double)(int64_t)(seed >> 11) * 0x1p-40 - 4096;
  }
}

static void arithmetic_is_the_same_at_every_level(void **state) {
  (void)state;
  static const mi_binary ops[] = {MI_ADD, MI_SUBTRACT, MI_MULTIPLY, MI_DIVIDE, MI_MINIMUM, MI_MAXIMUM};
  static double x[N], y[N], expected[N], got[N];
  mi_array a, b, out;
  mi_control control;
  mi_control_init(&control);
  fill(x, N, 1);
  fill(y, N, 2);
  mi_array_init(&a, x, MI_F64, 1, (int64_t[]){N});
  mi_array_init(&b, y, MI_F64, 1, (int64_t[]){N});
  for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++) {
    for (int level = 0; level <= (int)mi_isa_best(); level++) {
      control.isa = (mi_isa)level;
      mi_array_init(&out, level == 0 ? expected : got, MI_F64, 1, (int64_t[]){N});
      assert_int_equal(mi_binary_apply(ops[k], MI_F64, &a, &b, &out, &control), MI_OK);
      if (level > 0) assert_memory_equal(got, expected, sizeof got);
    }
  }
}

static void nan_goes_through_minimum_and_maximum(void **state) {
  (void)state;
  double x[4] = {NAN, 1, NAN, 2}, y[4] = {1, NAN, NAN, 3}, z[4];
  mi_array a, b, out;
  mi_array_init(&a, x, MI_F64, 1, (int64_t[]){4});
  mi_array_init(&b, y, MI_F64, 1, (int64_t[]){4});
  mi_array_init(&out, z, MI_F64, 1, (int64_t[]){4});
  for (mi_binary op = MI_MINIMUM; op <= MI_MAXIMUM; op++) {
    assert_int_equal(mi_binary_apply(op, MI_F64, &a, &b, &out, NULL), MI_OK);
    assert_true(isnan(z[0]) && isnan(z[1]) && isnan(z[2]));
    assert_true(z[3] == (op == MI_MINIMUM ? 2 : 3));
  }
}

static void sums_at_every_level(void **state) {
  (void)state;
  enum { MANY = 100001 };
  double *x = malloc(MANY * sizeof *x), sum, least;
  mi_reduce_options options = {.skip_nan = false};
  mi_array a;
  mi_control control;
  assert_non_null(x);
  mi_control_init(&control);
  long double exact = 0;
  fill(x, MANY, 3);
  for (int i = 0; i < MANY; i++) exact += (long double)x[i];
  mi_array_init(&a, x, MI_F64, 1, (int64_t[]){MANY});
  for (int level = 0; level <= (int)mi_isa_best(); level++) {
    control.isa = (mi_isa)level;
    assert_int_equal(mi_reduce(MI_SUM, &a, &options, &sum, &control), MI_OK);
    assert_true(fabs(sum - (double)exact) <= 1e-13 * 4096 * MANY);
    x[77777] = NAN;
    assert_int_equal(mi_reduce(MI_MIN, &a, &options, &least, &control), MI_OK);
    assert_true(isnan(least));
    x[77777] = -1e9;
    assert_int_equal(mi_reduce(MI_MIN, &a, &options, &least, &control), MI_OK);
    assert_true(least == -1e9);
    x[77777] = 0;
    exact = 0;
    for (int i = 0; i < MANY; i++) exact += (long double)x[i];
  }
  free(x);
}

static void dtypes_meet(void **state) {
  (void)state;
  assert_int_equal(mi_promote(MI_U8, MI_U8), MI_I64);
  assert_int_equal(mi_promote(MI_U8, MI_I32), MI_I32);
  assert_int_equal(mi_promote(MI_F32, MI_I32), MI_F64);
  assert_int_equal(mi_promote(MI_F32, MI_F32), MI_F32);
  assert_int_equal(mi_promote(MI_I64, MI_C128), MI_C128);
  mi_dtype compute, result;
  assert_int_equal(mi_binary_types(MI_LESS, MI_C128, MI_F64, &compute, &result, NULL), MI_EINVAL);
  assert_int_equal(mi_binary_types(MI_DIVIDE, MI_I64, MI_I64, &compute, &result, NULL), MI_OK);
  assert_int_equal(result, MI_F64);
}

/* Every operation is defined for each dtype or refused in words. */
static void every_operation_answers(void **state) {
  (void)state;
  mi_control control;
  mi_control_init(&control);
  _Alignas(16) char x[64], out[64];
  for (int t = MI_F64; t <= MI_C128; t++) {
    mi_array a, to;
    mi_dtype compute, result;
    memset(x, 1, sizeof x);
    mi_array_init(&a, x, (mi_dtype)t, 1, (int64_t[]){3});
    for (int op = 0; op < MI_UNARY_COUNT; op++) {
      if (mi_unary_types((mi_unary)op, a.dtype, &compute, &result, &control) != MI_OK) continue;
      mi_array_init(&to, out, result, 1, (int64_t[]){3});
      assert_int_equal(mi_unary_apply((mi_unary)op, compute, &a, &to, &control), MI_OK);
    }
    for (int op = 0; op < MI_BINARY_COUNT; op++) {
      if (mi_binary_types((mi_binary)op, a.dtype, a.dtype, &compute, &result, &control) != MI_OK)
        continue;
      mi_array_init(&to, out, result, 1, (int64_t[]){3});
      assert_int_equal(mi_binary_apply((mi_binary)op, compute, &a, &a, &to, &control), MI_OK);
    }
  }
}

static void cancel_stops_sorting(void **state) {
  (void)state;
  static double x[N];
  int64_t order[N];
  volatile sig_atomic_t cancel = 1;
  mi_control control;
  mi_control_init(&control);
  control.cancel = &cancel;
  fill(x, N, 4);
  assert_int_equal(mi_sort(MI_F64, x, N, &control), MI_ECANCEL);
  assert_int_equal(mi_argsort(MI_F64, x, N, order, &control), MI_ECANCEL);
  cancel = 0;
  assert_int_equal(mi_sort(MI_F64, x, N, &control), MI_OK);
  for (int i = 1; i < N; i++) assert_true(x[i - 1] <= x[i]);
}

static void reshape_of_views(void **state) {
  (void)state;
  double x[24];
  mi_array a, out;
  mi_array_init(&a, x, MI_F64, 3, (int64_t[]){2, 3, 4});
  mi_view_slice(&a, 0, 1, -1, 2); /* outermost axis reversed */
  assert_true(mi_view_reshape(&a, 2, (int64_t[]){2, 12}, &out));
  assert_int_equal(out.stride[0], -96);
  assert_true(mi_view_reshape(&a, 4, (int64_t[]){2, 1, 6, 2}, &out));
  assert_int_equal(out.stride[2], 16);
  assert_false(mi_view_reshape(&a, 1, (int64_t[]){24}, &out));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arithmetic_is_the_same_at_every_level),
      cmocka_unit_test(nan_goes_through_minimum_and_maximum),
      cmocka_unit_test(sums_at_every_level),
      cmocka_unit_test(dtypes_meet),
      cmocka_unit_test(every_operation_answers),
      cmocka_unit_test(cancel_stops_sorting),
      cmocka_unit_test(reshape_of_views),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
