/* core/nnp/products: panels of every width and length against sums in double, at every level. */
#include <math.h>
#include <stdint.h>

#include "core/nnp/products.h"
#include "tests/core/cmocka_all.h"

enum { STRIDE = MI_PANEL + 3 };
static float a[MI_BATCH * MI_PANEL], b[MI_BATCH * MI_PANEL];
static double to[MI_PANEL * STRIDE];

static void fill(float *panel, uint64_t state) {
  for (int i = 0; i < MI_BATCH * MI_PANEL; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    panel[i] = (float)((double)(state >> 11) * 0x1p-53 - 0.5);
  }
}

/* 1 + the product where it belongs; elsewhere 1, as before. */
static double expected(size_t count, size_t high, size_t wide, size_t r, size_t c) {
  double sum = 1;
  for (size_t k = 0; k < count && r < high && c < wide; k++)
    sum += (double)a[k * MI_PANEL + r] * (double)b[k * MI_PANEL + c];
  return sum;
}

static void check(int level, size_t count, size_t high, size_t wide) {
  for (size_t i = 0; i < MI_PANEL * STRIDE; i++) to[i] = 1;
  MI_DISPATCH((mi_isa)level, mi_panel_products)(count, a, b, high, wide, to, STRIDE);
  for (size_t r = 0; r < MI_PANEL; r++)
    for (size_t c = 0; c < STRIDE; c++)
      assert_true(fabs(to[r * STRIDE + c] - expected(count, high, wide, r, c)) < 1e-5);
}

static void test_panels(void **state) {
  (void)state;
  static const size_t counts[] = {0, 1, 7, MI_BATCH}, sizes[] = {1, 5, 16, 31, MI_PANEL};
  fill(a, 1);
  fill(b, 2);
  for (int level = 0; level <= (int)mi_isa_best(); level++)
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++)
      for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
          check(level, counts[n], sizes[i], sizes[j]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_panels)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
