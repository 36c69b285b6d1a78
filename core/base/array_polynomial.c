#include "core/base/array_polynomial.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"

/* ---- least squares -----------------------------------------------------------------------------
 *
 * x is mapped to t = (x - center) / scale in [-1, 1]; Householder QR of the Vandermonde matrix in t
 * (columns contiguous), then the polynomial in t is expanded in x. */

typedef struct fit {
  int64_t n;
  int m;          /* coefficients */
  double *a;      /* n x m, column by column; R in its upper triangle after the factorisation */
  double *b;      /* right side, then Q^T of it */
  double *d;      /* diagonal of R */
  double *solved; /* coefficients in t, ascending */
  double *expand; /* m x m: ascending coefficients in x = expand * those in t */
  double *work;   /* m x m */
  double center, scale;
} fit;

static bool fit_alloc(fit *f) {
  size_t m = (size_t)f->m;
  f->a = MI_NEW(double, (size_t)f->n * m);
  f->b = MI_NEW(double, (size_t)f->n);
  f->d = MI_NEW(double, m);
  f->solved = MI_NEW(double, m);
  f->expand = MI_NEW_ZERO(double, m * m);
  f->work = MI_NEW_ZERO(double, m * m);
  return f->a && f->b && f->d && f->solved && f->expand && f->work;
}

static void fit_free(fit *f) {
  free(f->a);
  free(f->b);
  free(f->d);
  free(f->solved);
  free(f->expand);
  free(f->work);
}

static mi_status fill_matrix(fit *f, const double *x, const double *y, const double *weight,
                             mi_control *control) {
  double low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < f->n; i++) {
    low = fmin(low, x[i]);
    high = fmax(high, x[i]);
  }
  f->center = low + (high - low) / 2;
  f->scale = high > low ? (high - low) / 2 : 1;
  for (int64_t i = 0; i < f->n; i++) {
    if (i % 4096 == 0 && mi_cancelled(control)) return MI_ECANCEL;
    double w = weight ? weight[i] : 1, t = (x[i] - f->center) / f->scale;
    f->b[i] = w * y[i];
    for (int j = 0; j < f->m; j++) {
      f->a[j * f->n + i] = w;
      w *= t;
    }
  }
  return MI_OK;
}

/* v -= 2 u (u.v) / (u.u), with tau = 2 / (u.u), from row k on. */
static void reflect(const double *u, double *v, double tau, int64_t k, int64_t n) {
  double dot = 0;
  for (int64_t i = k; i < n; i++) dot += u[i] * v[i];
  for (int64_t i = k; i < n; i++) v[i] -= tau * dot * u[i];
}

static double norm_from(const double *u, int64_t k, int64_t n) {
  double sum = 0;
  for (int64_t i = k; i < n; i++) sum += u[i] * u[i];
  return sqrt(sum);
}

/* MI_ENUMERIC when a column depends on those before it. */
static mi_status factorise(fit *f, mi_control *control) {
  for (int k = 0; k < f->m; k++) {
    double *u = f->a + k * f->n, all = norm_from(u, 0, f->n), norm = norm_from(u, k, f->n);
    if (!(norm > 1e-14 * all)) return MI_ENUMERIC;
    f->d[k] = u[k] > 0 ? -norm : norm;
    u[k] -= f->d[k];
    double length = norm_from(u, k, f->n), tau = 2 / (length * length);
    for (int j = k + 1; j < f->m; j++) {
      if (mi_cancelled(control)) return MI_ECANCEL;
      reflect(u, f->a + j * f->n, tau, k, f->n);
    }
    reflect(u, f->b, tau, k, f->n);
  }
  return MI_OK;
}

/* Solves R s = right side. */
static void back_substitute(const fit *f, const double *right, double *s) {
  for (int k = f->m - 1; k >= 0; k--) {
    double sum = right[k];
    for (int j = k + 1; j < f->m; j++) sum -= f->a[j * f->n + k] * s[j];
    s[k] = sum / f->d[k];
  }
}

/* Column j: ((x - center) / scale)^j in powers of x. */
static void fill_expansion(fit *f) {
  int m = f->m;
  f->expand[0] = 1;
  for (int j = 1; j < m; j++) {
    for (int i = 0; i <= j; i++) {
      double lower = i > 0 ? f->expand[(i - 1) * m + j - 1] : 0;
      f->expand[i * m + j] = (lower - f->center * f->expand[i * m + j - 1]) / f->scale;
    }
  }
}

static void expand_coefficients(const fit *f, double *coefficients) {
  for (int i = 0; i < f->m; i++) {
    double sum = 0;
    for (int j = i; j < f->m; j++) sum += f->expand[i * f->m + j] * f->solved[j];
    coefficients[f->m - 1 - i] = sum;
  }
}

/* G = expand R^-1; the covariance is G G^T, with the powers falling. */
static void fill_covariance(fit *f, double *covariance) {
  int m = f->m;
  for (int k = 0; k < m; k++) {
    memset(f->b, 0, (size_t)m * sizeof *f->b);
    f->b[k] = 1;
    back_substitute(f, f->b, f->solved);
    for (int i = 0; i < m; i++) {
      double sum = 0;
      for (int j = i; j < m; j++) sum += f->expand[i * m + j] * f->solved[j];
      f->work[i * m + k] = sum;
    }
  }
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < m; j++) {
      double sum = 0;
      for (int k = 0; k < m; k++) sum += f->work[i * m + k] * f->work[j * m + k];
      covariance[(m - 1 - i) * m + m - 1 - j] = sum;
    }
  }
}

static mi_status check_points(const double *x, const double *y, const double *weight, int64_t n,
                              mi_control *control) {
  for (int64_t i = 0; i < n; i++) {
    if (!isfinite(x[i]) || !isfinite(y[i]) || (weight && !(isfinite(weight[i]) && weight[i] >= 0)))
      return mi_fail(control, MI_EINVAL,
                     "finite points and weights >= 0 expected, not so at %" PRId64, i + 1);
  }
  return MI_OK;
}

mi_status mi_polyfit(const double *x, const double *y, const double *weight, int64_t n, int degree,
                     double *coefficients, double *covariance, double *rss, mi_control *control) {
  if (n < degree + 1)
    return mi_fail(control, MI_EINVAL, "a polynomial of degree %d needs %d points, got %" PRId64,
                   degree, degree + 1, n);
  mi_status status = check_points(x, y, weight, n, control);
  if (status != MI_OK) return status;
  fit f = {.n = n, .m = degree + 1};
  if (!fit_alloc(&f)) {
    status = mi_fail(control, MI_ENOMEM, "out of memory");
  } else {
    status = fill_matrix(&f, x, y, weight, control);
    if (status == MI_OK) status = factorise(&f, control);
    if (status == MI_ENUMERIC)
      (void)mi_fail(control, status, "too few distinct x for degree %d", degree);
  }
  if (status == MI_OK) {
    double rest = norm_from(f.b, f.m, n);
    *rss = rest * rest;
    back_substitute(&f, f.b, f.solved);
    fill_expansion(&f);
    expand_coefficients(&f, coefficients);
    if (covariance) fill_covariance(&f, covariance);
  }
  fit_free(&f);
  return status;
}

double mi_polyval(const double *coefficients, int64_t count, double x) {
  double sum = 0;
  for (int64_t k = 0; k < count; k++) sum = sum * x + coefficients[k];
  return sum;
}

/* ---- Savitzky and Golay ------------------------------------------------------------------------
 *
 * On the symmetric grid t = -h..h the orthogonal (Gram) polynomials obey
 *   p[k+1](t) = t p[k](t) - b[k] p[k-1](t),  b[k] = <p[k], p[k]> / <p[k-1], p[k-1]>,
 * and the weight of point j for the value at t is sum over k of p[k](t) p[k](j) / <p[k], p[k]>. */

/* Adds the share of p[k]: value holds its derivative at t, p its values on the grid. */
static void add_share(const double *p, double norm, double value, int window, double *weight) {
  for (int j = 0; j < window; j++) weight[j] += value * p[j] / norm;
}

/* scratch: 2 (window + derivative + 1). The derivatives of p[k] and p[k-1] at t, of orders up to
 * derivative, are carried through the recurrence: (t p)^(m) = t p^(m) + m p^(m-1). */
static void gram_weights(int window, int order, int derivative, double t, double *scratch,
                         double *weight) {
  int h = window / 2;
  double *p = scratch, *last = p + window, *at = last + window, *at_last = at + derivative + 1;
  double norm = window, norm_last = 0;
  memset(scratch, 0, (size_t)(2 * (window + derivative + 1)) * sizeof *scratch);
  memset(weight, 0, (size_t)window * sizeof *weight);
  for (int j = 0; j < window; j++) p[j] = 1;
  at[0] = 1;
  for (int k = 0; k <= order; k++) {
    add_share(p, norm, at[derivative], window, weight);
    double b = k > 0 ? norm / norm_last : 0;
    norm_last = norm;
    norm = 0;
    for (int j = 0; j < window; j++) {
      double next = (double)(j - h) * p[j] - b * last[j];
      last[j] = p[j];
      p[j] = next;
      norm += next * next;
    }
    for (int q = derivative; q >= 0; q--) {
      double next = t * at[q] + (q > 0 ? q * at[q - 1] : 0) - b * at_last[q];
      at_last[q] = at[q];
      at[q] = next;
    }
  }
}

static double weighted(const double *weight, const double *y, int window, double factor) {
  double sum = 0;
  for (int j = 0; j < window; j++) sum += weight[j] * y[j];
  return sum * factor;
}

mi_status mi_savitzky_golay(const double *y, int64_t n, int window, int order, int derivative,
                            double step, double *out, mi_control *control) {
  int h = window / 2;
  double *scratch = MI_NEW(double, 2 * (size_t)(window + derivative + 1));
  double *weight = MI_NEW(double, (size_t)window);
  mi_status status = scratch && weight ? MI_OK : mi_fail(control, MI_ENOMEM, "out of memory");
  double factor = pow(step, -derivative);
  for (int i = 0; i < h && status == MI_OK; i++) {
    gram_weights(window, order, derivative, i - h, scratch, weight);
    out[i] = weighted(weight, y, window, factor);
    gram_weights(window, order, derivative, i + 1, scratch, weight);
    out[n - h + i] = weighted(weight, y + n - window, window, factor);
    if (mi_cancelled(control)) status = MI_ECANCEL;
  }
  if (status == MI_OK) gram_weights(window, order, derivative, 0, scratch, weight);
  for (int64_t i = h; i < n - h && status == MI_OK; i++) {
    out[i] = weighted(weight, y + i - h, window, factor);
    if (i % 1024 == 0 && mi_cancelled(control)) status = MI_ECANCEL;
  }
  free(scratch);
  free(weight);
  return status;
}
