#include "core/base/array_curve.h"

#include <inttypes.h>
#include <math.h>

#include "core/base/memory.h"

mi_status mi_check_monotonic(const double *x, int64_t n, bool *falls, mi_control *control) {
  *falls = n >= 2 && x[1] < x[0];
  for (int64_t i = 0; i < n; i++) {
    if (!isfinite(x[i]))
      return mi_fail(control, MI_EINVAL, "x: finite numbers expected, got %g at %" PRId64, x[i],
                     i + 1);
    if (i > 0 && (*falls ? x[i] >= x[i - 1] : x[i] <= x[i - 1]))
      return mi_fail(control, MI_EINVAL,
                     "x: strictly rising or falling values expected, got %.10g after %.10g at "
                     "%" PRId64, x[i], x[i - 1], i + 1);
  }
  return MI_OK;
}

/* ---- interpolation --------------------------------------------------------------------------- */

/* The one-sided three-point slope at an end, kept monotone. */
static double pchip_end(double h0, double h1, double m0, double m1) {
  double d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1);
  if (d * m0 <= 0) return 0;
  return m0 * m1 < 0 && fabs(d) > 3 * fabs(m0) ? 3 * m0 : d;
}

static void pchip_slopes(const double *h, const double *m, int64_t n, double *slope) {
  for (int64_t k = 1; k < n - 1; k++) {
    double w1 = 2 * h[k] + h[k - 1], w2 = h[k] + 2 * h[k - 1];
    slope[k] = m[k - 1] * m[k] <= 0 ? 0 : (w1 + w2) / (w1 / m[k - 1] + w2 / m[k]);
  }
  slope[0] = pchip_end(h[0], h[1], m[0], m[1]);
  slope[n - 1] = pchip_end(h[n - 2], h[n - 3], m[n - 2], m[n - 3]);
}

/* Row i: lower * slope[i-1] + middle * slope[i] + upper * slope[i+1] = right; c is scratch for the
 * eliminated upper diagonal. */
static void spline_slopes(const double *h, const double *m, int64_t n, double *c, double *slope) {
  double lower, middle, upper, right;
  for (int64_t i = 0; i < n; i++) {
    if (i == 0 && n == 3) { /* one parabola */
      middle = 1, upper = 1, lower = 0, right = 2 * m[0];
    } else if (i == 0) {
      double d = h[0] + h[1];
      middle = h[1], upper = d, lower = 0;
      right = ((h[0] + 2 * d) * h[1] * m[0] + h[0] * h[0] * m[1]) / d;
    } else if (i == n - 1 && n == 3) {
      lower = 1, middle = 1, upper = 0, right = 2 * m[1];
    } else if (i == n - 1) {
      double a = h[n - 2], b = h[n - 3], d = a + b;
      lower = d, middle = b, upper = 0;
      right = (a * a * m[n - 3] + (2 * d + a) * b * m[n - 2]) / d;
    } else {
      lower = h[i], middle = 2 * (h[i - 1] + h[i]), upper = h[i - 1];
      right = 3 * (h[i] * m[i - 1] + h[i - 1] * m[i]);
    }
    double pivot = i > 0 ? middle - lower * c[i - 1] : middle;
    c[i] = upper / pivot;
    slope[i] = (i > 0 ? right - lower * slope[i - 1] : right) / pivot;
  }
  for (int64_t i = n - 2; i >= 0; i--) slope[i] -= c[i] * slope[i + 1];
}

mi_status mi_interpolation_slopes(mi_interpolation kind, const double *x, const double *y,
                                  int64_t n, double *slope, mi_control *control) {
  double *h = MI_NEW(double, (size_t)n), *m = MI_NEW(double, (size_t)n);
  double *c = MI_NEW(double, (size_t)n);
  mi_status status = h && m && c ? MI_OK : mi_fail(control, MI_ENOMEM, "out of memory");
  if (status == MI_OK) {
    for (int64_t i = 0; i < n - 1; i++) {
      h[i] = x[i + 1] - x[i];
      m[i] = (y[i + 1] - y[i]) / h[i];
    }
    if (n == 2) slope[0] = slope[1] = m[0];
    else if (kind == MI_PCHIP) pchip_slopes(h, m, n, slope);
    else spline_slopes(h, m, n, c, slope);
  }
  free(h);
  free(m);
  free(c);
  return status;
}

/* The interval that holds v, or the nearest one. */
static int64_t interval(const double *x, int64_t n, double v) {
  int64_t low = 0, high = n - 1;
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (x[middle] <= v) low = middle;
    else high = middle;
  }
  return low;
}

double mi_interpolate(const double *x, const double *y, const double *slope, int64_t n, double v) {
  if (n == 1) return y[0];
  int64_t k = interval(x, n, v);
  double h = x[k + 1] - x[k], d = v - x[k], m = (y[k + 1] - y[k]) / h;
  if (v == x[k + 1]) return y[k + 1];
  if (!slope) return y[k] + d * m;
  double c = (3 * m - 2 * slope[k] - slope[k + 1]) / h;
  double b = (slope[k] + slope[k + 1] - 2 * m) / (h * h);
  return y[k] + d * (slope[k] + d * (c + d * b));
}

/* A look at the cancel flag every 65536 points. */
static inline bool is_cancelled(int64_t i, const mi_control *control) {
  return (i & 0xffff) == 0 && mi_cancelled(control);
}

/* ---- integrals and derivatives --------------------------------------------------------------- */

static double spacing(const double *x, double step, int64_t i) {
  return x ? x[i + 1] - x[i] : step;
}

double mi_trapezoid(const double *y, const double *x, double step, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i + 1 < n; i++) sum += spacing(x, step, i) * (y[i] + y[i + 1]) / 2;
  return sum;
}

double mi_simpson(const double *y, const double *x, double step, int64_t n) {
  if (n < 3) return mi_trapezoid(y, x, step, n);
  double sum = 0;
  for (int64_t i = 0; i + 2 < n; i += 2) {
    double a = spacing(x, step, i), b = spacing(x, step, i + 1), s = a + b;
    sum += s / 6 * ((2 - b / a) * y[i] + s * s / (a * b) * y[i + 1] + (2 - a / b) * y[i + 2]);
  }
  if (n % 2 == 0) {
    double a = spacing(x, step, n - 3), b = spacing(x, step, n - 2);
    sum += (2 * b * b + 3 * a * b) / (6 * (a + b)) * y[n - 1] +
           (b * b + 3 * a * b) / (6 * a) * y[n - 2] - b * b * b / (6 * a * (a + b)) * y[n - 3];
  }
  return sum;
}

mi_status mi_cumulative_trapezoid(const double *y, const double *x, double step, int64_t n,
                                  double *out, mi_control *control) {
  double sum = 0;
  for (int64_t i = 0; i < n; i++) {
    if (is_cancelled(i, control)) return MI_ECANCEL;
    if (i > 0) sum += spacing(x, step, i - 1) * (y[i - 1] + y[i]) / 2;
    out[i] = sum;
  }
  return MI_OK;
}

mi_status mi_gradient(const double *y, const double *x, double step, int64_t n, double *out,
                      mi_control *control) {
  out[0] = (y[1] - y[0]) / spacing(x, step, 0);
  out[n - 1] = (y[n - 1] - y[n - 2]) / spacing(x, step, n - 2);
  for (int64_t i = 1; i < n - 1; i++) {
    if (is_cancelled(i, control)) return MI_ECANCEL;
    double a = spacing(x, step, i - 1), b = spacing(x, step, i);
    out[i] = (a * a * (y[i + 1] - y[i]) + b * b * (y[i] - y[i - 1])) / (a * b * (a + b));
  }
  return MI_OK;
}

/* ---- running sums ---------------------------------------------------------------------------- */

/* What rounding lost is carried along (Neumaier 1974), unless the sum is no longer finite. */
static mi_status running_real(double *x, int64_t stride, int64_t n, mi_control *control) {
  double sum = 0, lost = 0;
  for (int64_t i = 0; i < n; i++) {
    if (is_cancelled(i, control)) return MI_ECANCEL;
    double v = x[i * stride], t = sum + v;
    lost += fabs(sum) >= fabs(v) ? (sum - t) + v : (v - t) + sum;
    sum = t;
    x[i * stride] = isfinite(sum) ? sum + lost : sum;
  }
  return MI_OK;
}

static mi_status running_integer(uint64_t *v, int64_t n, mi_control *control) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < n; i++) {
    if (is_cancelled(i, control)) return MI_ECANCEL;
    v[i] = sum += v[i];
  }
  return MI_OK;
}

mi_status mi_running_sum(mi_dtype dtype, void *x, int64_t n, mi_control *control) {
  if (dtype == MI_I64) return running_integer(x, n, control);
  if (dtype == MI_F64) return running_real(x, 1, n, control);
  mi_status status = running_real(x, 2, n, control);
  return status == MI_OK ? running_real((double *)x + 1, 2, n, control) : status;
}

mi_status mi_running_product(mi_dtype dtype, void *x, int64_t n, mi_control *control) {
  uint64_t integer = 1, *v = x;
  double re = 1, im = 0, *z = x;
  for (int64_t i = 0; i < n; i++) {
    if (is_cancelled(i, control)) return MI_ECANCEL;
    if (dtype == MI_I64) {
      v[i] = integer *= v[i];
    } else if (dtype == MI_F64) {
      z[i] = re *= z[i];
    } else {
      double next = re * z[2 * i] - im * z[2 * i + 1];
      im = re * z[2 * i + 1] + im * z[2 * i];
      z[2 * i] = re = next;
      z[2 * i + 1] = im;
    }
  }
  return MI_OK;
}
