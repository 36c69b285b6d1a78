#include "core/base/array_count.h"

#include <inttypes.h>
#include <math.h>

#include "core/base/array_sort.h"

/* The bin of v, which lies between the first and the last edge. The division finds it but for
 * rounding; the edges decide. */
static int64_t uniform_bin(const double *edges, int64_t bins, double scale, double v) {
  int64_t k = (int64_t)((v - edges[0]) * scale);
  if (k >= bins) k = bins - 1;
  if (v < edges[k]) return k - 1;
  return k + 1 < bins && v >= edges[k + 1] ? k + 1 : k;
}

static int64_t searched_bin(const double *edges, int64_t bins, double v) {
  int64_t k = mi_search_sorted(edges, bins + 1, v, true) - 1;
  return k < bins ? k : bins - 1;
}

mi_status mi_histogram(const double *x, const double *weights, int64_t n, const double *edges,
                       int64_t bins, bool uniform, double *counts, mi_control *control) {
  double scale = (double)bins / (edges[bins] - edges[0]);
  uniform = uniform && isfinite(scale);
  for (int64_t i = 0; i < n; i++) {
    if (i % (1 << 18) == 0 && mi_cancelled(control)) return MI_ECANCEL;
    double v = x[i];
    if (isnan(v)) return mi_fail(control, MI_EINVAL, "element %" PRId64 " is NaN", i + 1);
    if (v < edges[0] || v > edges[bins]) continue;
    int64_t k = uniform ? uniform_bin(edges, bins, scale, v) : searched_bin(edges, bins, v);
    counts[k] += weights ? weights[i] : 1;
  }
  return MI_OK;
}
