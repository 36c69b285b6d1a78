/* Kernel models: their shape, and how they are packed. */
#include "core/nnp/kernel.h"

#include <math.h>
#include <string.h>

mi_status mi_kernel_check(const mi_kernel *k, mi_control *control) {
  if (k->kind != MI_KERNEL_GAUSSIAN && k->kind != MI_KERNEL_POLYNOMIAL)
    return mi_fail(control, MI_EINVAL, "kernel: gaussian or polynomial expected");
  if (!(k->length > 0) || !isfinite(k->length))
    return mi_fail(control, MI_EINVAL, "kernel: length > 0 expected, got %g", k->length);
  if (k->power < 1 || k->power > MI_KERNEL_POWER)
    return mi_fail(control, MI_EINVAL, "kernel: power from 1 to %d expected, got %d",
                   MI_KERNEL_POWER, k->power);
  if (k->points < 1 || k->points > MI_KERNEL_POINTS)
    return mi_fail(control, MI_EINVAL, "kernel: 1 to %d points expected, got %d",
                   MI_KERNEL_POINTS, k->points);
  if (k->inputs < 1 || k->inputs > MI_NETWORK_WIDTH)
    return mi_fail(control, MI_EINVAL, "kernel: 1 to %d inputs expected, got %d",
                   MI_NETWORK_WIDTH, k->inputs);
  return MI_OK;
}

size_t mi_kernel_packed(const mi_kernel *k) {
  return ((size_t)k->inputs + 2) * mi_kernel_row(k->points);
}

void mi_kernel_pack(const mi_kernel *k, double *to) {
  const size_t n = (size_t)k->points, inputs = (size_t)k->inputs;
  memset(to, 0, mi_kernel_packed(k) * sizeof *to);
  for (size_t m = 0; m < n; m++) {
    double *tile = to + m / MI_KERNEL_TILE * (inputs + 2) * MI_KERNEL_TILE;
    double *lane = tile + m % MI_KERNEL_TILE, *square = lane + inputs * MI_KERNEL_TILE;
    for (size_t f = 0; f < inputs; f++) {
      const double s = k->point[m * inputs + f];
      lane[f * MI_KERNEL_TILE] = s;
      *square += s * s;
    }
    square[MI_KERNEL_TILE] = k->alpha[m];
  }
}

size_t mi_kernel_work(const mi_kernel *k) {
  const size_t rows = 3 * mi_kernel_row(k->points), slopes = 8 * (size_t)k->inputs;
  return rows > slopes ? rows : slopes;
}

/* ---- reference points ------------------------------------------------------------------------ */

static double square_distance(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t f = 0; f < n; f++) {
    const double d = a[f] - (b ? b[f] : 0);
    sum += d * d;
  }
  return sum;
}

static size_t greatest(const double *x, size_t n) {
  size_t best = 0;
  for (size_t i = 1; i < n; i++)
    if (x[i] > x[best]) best = i;
  return best;
}

mi_status mi_farthest(const double *x, size_t n, size_t columns, size_t k, int64_t *chosen,
                      double *distance, mi_control *control) {
  for (size_t i = 0; i < n; i++) distance[i] = square_distance(x + i * columns, NULL, columns);
  for (size_t c = 0; c < k; c++) {
    const size_t best = greatest(distance, n);
    chosen[c] = (int64_t)best;
    for (size_t i = 0; i < n; i++) {
      const double d = square_distance(x + i * columns, x + best * columns, columns);
      distance[i] = c == 0 ? d : fmin(distance[i], d);
    }
    if (mi_cancelled(control)) return MI_ECANCEL;
    mi_progress(control, (double)(c + 1) / (double)k, "reference environments");
  }
  return MI_OK;
}
