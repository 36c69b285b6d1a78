/* Smoothing, to see where peaks may be, and what a residual still has of structure. */
#include <math.h>

#include "core/base/memory.h"
#include "core/spectra/spectra.h"

mi_status mi_spectra_smooth(const double *y, size_t n, double sd, double *smooth,
                            mi_control *control) {
  const size_t reach = (size_t)fmin(fmax(1, ceil(3 * sd)), (double)n);
  double *kernel = MI_NEW(double, reach + 1);
  if (!kernel) return mi_fail(control, MI_ENOMEM, "out of memory: %zu points", n);
  for (size_t j = 0; j <= reach; j++)
    kernel[j] = exp(-0.5 * (double)j * (double)j / (sd * sd));
  for (size_t i = 0; i < n; i++) {
    double sum = kernel[0] * y[i], total = kernel[0];
    for (size_t j = 1; j <= reach; j++) {
      if (j <= i) sum += kernel[j] * y[i - j], total += kernel[j];
      if (i + j < n) sum += kernel[j] * y[i + j], total += kernel[j];
    }
    smooth[i] = sum / total;
  }
  free(kernel);
  return MI_OK;
}

double mi_spectra_structure(const double *residual, size_t n, int reach) {
  double sum = 0, variance = 0, square = 0;
  for (size_t i = 0; i < n; i++) square += residual[i] * residual[i];
  square = fmax(1, square / (double)n);
  for (int lag = 1; lag < reach && (size_t)lag < n; lag++) {
    const double weight = 1 - (double)lag / reach;
    double product = 0;
    for (size_t i = (size_t)lag; i < n; i++) product += residual[i] * residual[i - (size_t)lag];
    sum += weight * product;
    variance += weight * weight * (double)(n - (size_t)lag);
  }
  return variance > 0 ? sum / (square * sqrt(variance)) : 0;
}
