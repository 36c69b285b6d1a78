/* core/base/array: strided copies and conversions. */
#include <math.h>
#include <string.h>

#include "core/base/array.h"
#include "tests/core/cmocka_all.h"

static void copies_a_transposed_view(void **state) {
  (void)state;
  double source[6] = {1, 2, 3, 4, 5, 6}, target[6];
  mi_array from, to;
  mi_array_init(&from, source, MI_F64, 2, (int64_t[]){3, 2});
  mi_array_init(&to, target, MI_F64, 2, (int64_t[]){2, 3});
  mi_array view = from;
  view.shape[0] = 2, view.shape[1] = 3;
  view.stride[0] = 8, view.stride[1] = 16;
  assert_int_equal(mi_array_copy(&to, &view, NULL), MI_OK);
  assert_memory_equal(target, ((double[]){1, 3, 5, 2, 4, 6}), sizeof target);
}

static void refuses_what_an_integer_cannot_hold(void **state) {
  (void)state;
  const double bad[] = {1.5, NAN, INFINITY, -1, 256};
  for (size_t i = 0; i < 5; i++) {
    double value = bad[i];
    uint8_t byte = 7;
    mi_array from, to;
    mi_control control;
    mi_control_init(&control);
    mi_array_init(&from, &value, MI_F64, 0, NULL);
    mi_array_init(&to, &byte, MI_U8, 0, NULL);
    assert_int_equal(mi_array_copy(&to, &from, &control), MI_EINVAL);
    assert_non_null(strstr(control.error, "u8"));
  }
}

static void overflowing_shapes_are_refused(void **state) {
  (void)state;
  size_t bytes;
  assert_false(mi_array_bytes(MI_F64, 2, (int64_t[]){INT64_C(1) << 40, INT64_C(1) << 40}, &bytes));
  assert_false(mi_array_bytes(MI_F64, 1, (int64_t[]){-1}, &bytes));
  assert_true(mi_array_bytes(MI_F64, 2, (int64_t[]){0, 5}, &bytes));
  assert_int_equal(bytes, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(copies_a_transposed_view),
      cmocka_unit_test(refuses_what_an_integer_cannot_hold),
      cmocka_unit_test(overflowing_shapes_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
