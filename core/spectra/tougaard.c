/* Tougaard's background of measured intensities. */
#include <math.h>

#include "core/spectra/spectra.h"

mi_tougaard_options mi_tougaard_default(void) {
  return (mi_tougaard_options){.b = 2866, .c = -1643, .d = 0, .t0 = 0, .average = 5,
                               .rising = true};
}

static mi_status check(const mi_tougaard_options *o, const double *x, const double *y, size_t n,
                       mi_control *control) {
  if (n < 3) return mi_fail(control, MI_EINVAL, "at least 3 points expected, got %zu", n);
  if (!isfinite(o->b) || !isfinite(o->c) || !isfinite(o->d) || !isfinite(o->t0))
    return mi_fail(control, MI_EINVAL, "b, c, d and t0: finite numbers expected");
  if (o->average < 1 || (size_t)o->average > n)
    return mi_fail(control, MI_EINVAL, "average: 1 to %zu points expected, got %d", n, o->average);
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i]) || !isfinite(y[i]))
      return mi_fail(control, MI_EINVAL, "finite numbers expected, got %g, %g (point %zu)", x[i],
                     y[i], i + 1);
    if (i > 0 && !((x[i] - x[i - 1]) * (x[n - 1] - x[0]) > 0))
      return mi_fail(control, MI_EINVAL, "x: must rise (or fall) from point to point (point %zu)",
                     i + 1);
  }
  return MI_OK;
}

static double probability(const mi_tougaard_options *o, double t) {
  if (t <= 0 || t < o->t0) return 0;
  const double a = o->c - t * t, below = a * a + o->d * t * t;
  return below > 0 ? o->b * t / below : 0;
}

/* Half the distance to the neighbours: trapezoids. */
static double cell(const double *x, size_t n, size_t i) {
  const double before = i > 0 ? fabs(x[i] - x[i - 1]) : 0;
  return 0.5 * (before + (i + 1 < n ? fabs(x[i + 1] - x[i]) : 0));
}

mi_status mi_tougaard(const mi_tougaard_options *o, const double *x, const double *y, size_t n,
                      double *background, mi_control *control) {
  const mi_status status = check(o, x, y, n, control);
  if (status != MI_OK) return status;
  const bool first_is_low = (x[0] < x[n - 1]) == o->rising;
  double base = 0;
  for (int i = 0; i < o->average; i++)
    base += y[first_is_low ? (size_t)i : n - 1 - (size_t)i] / o->average;
  for (size_t i = 0; i < n; i++) {
    if (i % 256 == 0 && mi_cancelled(control)) return MI_ECANCEL;
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
      const double t = o->rising ? x[i] - x[j] : x[j] - x[i];
      if (t > 0) sum += probability(o, t) * (y[j] - base) * cell(x, n, j);
    }
    background[i] = base + sum;
  }
  return MI_OK;
}
