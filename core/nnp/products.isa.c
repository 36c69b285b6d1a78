/* Products of two panels at one level, see products.h: a block of sums stays in registers while
 * the rows pass by. */
#include "core/nnp/products.h"

#include "core/base/memory.h"
#include "core/base/vmath_inline.h"

enum { LANES = 2 * MI_V, WIDE = 2 * LANES, HIGH = MI_V == 8 ? 8 : 4 };

typedef float lanes __attribute__((vector_size(LANES * 4)));
typedef float loose_lanes __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

/* HIGH columns of a, from row on, times WIDE columns of b. */
static void block(size_t count, const float *a, const float *b, float sum[HIGH * WIDE]) {
  lanes left[HIGH], right[HIGH];
  for (int r = 0; r < HIGH; r++) left[r] = right[r] = (lanes){0};
  for (size_t k = 0; k < count; k++, a += MI_PANEL, b += MI_PANEL) {
    const lanes first = *(const loose_lanes *)b, second = *(const loose_lanes *)(b + LANES);
#pragma GCC unroll 8
    for (int r = 0; r < HIGH; r++) {
      left[r] += a[r] * first;
      right[r] += a[r] * second;
    }
  }
  for (int r = 0; r < HIGH; r++) {
    *(loose_lanes *)(sum + r * WIDE) = left[r];
    *(loose_lanes *)(sum + r * WIDE + LANES) = right[r];
  }
}

void MI_ISA(mi_panel_products)(size_t count, const float *a, const float *b, size_t high,
                               size_t wide, double *to, size_t stride) {
  float sum[HIGH * WIDE];
  for (size_t i = 0; i < high; i += HIGH)
    for (size_t j = 0; j < wide; j += WIDE) {
      block(count, a + i, b + j, sum);
      for (size_t r = 0; r < HIGH && i + r < high; r++)
        for (size_t c = 0; c < WIDE && j + c < wide; c++)
          to[(i + r) * stride + j + c] += (double)sum[r * WIDE + c];
    }
}
