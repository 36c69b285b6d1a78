/* The iterative Shirley background. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/spectra/spectra.h"

mi_shirley_options mi_shirley_default(void) { return (mi_shirley_options){1, 1e-12, 200}; }

static mi_status check(const mi_shirley_options *o, const double *x, const double *y, size_t n,
                       mi_control *control) {
  if (n < 3) return mi_fail(control, MI_EINVAL, "at least 3 points expected, got %zu", n);
  if (o->average < 1 || (size_t)o->average > n / 2)
    return mi_fail(control, MI_EINVAL, "average: 1 to %zu points expected, got %d", n / 2,
                   o->average);
  const double direction = x[n - 1] - x[0];
  for (size_t i = 0; i < n; i++) {
    if (!isfinite(x[i]) || !isfinite(y[i]))
      return mi_fail(control, MI_EINVAL, "finite numbers expected, got %g, %g (point %zu)", x[i],
                     y[i], i + 1);
    if (i > 0 && !((x[i] - x[i - 1]) * direction > 0))
      return mi_fail(control, MI_EINVAL, "x: must rise (or fall) from point to point (point %zu)",
                     i + 1);
  }
  return MI_OK;
}

static double mean(const double *y, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += y[i];
  return sum / count;
}

/* area[i] of y - background from the last point to point i; all of one sign. */
static void cumulate(const double *x, const double *y, const double *background, size_t n,
                     double *area) {
  area[n - 1] = 0;
  for (size_t i = n - 1; i-- > 0;) {
    const double a = y[i] - background[i], b = y[i + 1] - background[i + 1];
    area[i] = area[i + 1] + 0.5 * (a + b) * fabs(x[i + 1] - x[i]);
  }
}

/* One iteration; returns the greatest change. */
static double improve(const double *area, size_t n, double first, double last,
                      double *background) {
  const double total = area[0];
  double change = 0;
  for (size_t i = 0; i < n; i++) {
    const double share = total != 0 ? area[i] / total : 0;
    const double value = last + (first - last) * share;
    change = fmax(change, fabs(value - background[i]));
    background[i] = value;
  }
  return change;
}

mi_status mi_shirley(const mi_shirley_options *options, const double *x, const double *y, size_t n,
                     double *background, int *iterations, mi_control *control) {
  mi_status status = check(options, x, y, n, control);
  if (status != MI_OK) return status;
  double *area = MI_NEW(double, n), top = 0;
  if (!area) return mi_fail(control, MI_ENOMEM, "out of memory");
  const double first = mean(y, options->average), last = mean(y + n - options->average,
                                                              options->average);
  for (size_t i = 0; i < n; i++) {
    top = fmax(top, fabs(y[i]));
    background[i] = fmin(first, last);
  }
  const int most = options->max_iterations;
  for (*iterations = 1; *iterations <= most; ++*iterations) {
    cumulate(x, y, background, n, area);
    if (improve(area, n, first, last, background) <= options->tolerance * top) break;
    if (mi_cancelled(control)) {
      status = MI_ECANCEL;
      break;
    }
  }
  free(area);
  return status;
}
