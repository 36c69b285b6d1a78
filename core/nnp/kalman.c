/* The extended Kalman filter, see kalman.h. */
#include "core/nnp/kalman.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"

enum { WAIT = 16, MOST = WAIT + MI_KALMAN_STREAMS };

mi_status mi_kalman_make(mi_kalman *k, size_t n, double epsilon, mi_control *control) {
  *k = (mi_kalman){.n = n};
  if (n < 1 || n > 40000 || !(epsilon > 0))
    return mi_fail(control, MI_EINVAL, "Kalman filter: up to 40000 parameters and a positive "
                   "epsilon expected");
  k->p = MI_NEW_ZERO(double, n * n);
  k->column = MI_NEW(double, MOST * n);
  if (!k->p || !k->column) {
    mi_kalman_free(k);
    return mi_fail(control, MI_ENOMEM, "out of memory");
  }
  for (size_t i = 0; i < n; i++) k->p[i * n + i] = 1 / epsilon;
  return MI_OK;
}

void mi_kalman_free(mi_kalman *k) {
  free(k->p);
  free(k->column);
  *k = (mi_kalman){0};
}

void mi_kalman_settle(mi_kalman *k) {
  if (k->waiting > 0)
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, (int)k->n, k->waiting, -1, k->column,
                (int)k->n, 1, k->p, (int)k->n);
  for (size_t i = 0; i < k->n; i++) k->p[i * k->n + i] += k->noise;
  k->waiting = 0;
  k->noise = 0;
}

/* x = P h. */
static void times(const mi_kalman *k, const double *h, double *x) {
  const int n = (int)k->n;
  double along[MOST];
  cblas_dsymv(CblasRowMajor, CblasLower, n, 1, k->p, n, h, 1, 0, x, 1);
  cblas_daxpy(n, k->noise, h, 1, x, 1);
  if (k->waiting == 0) return;
  cblas_dgemv(CblasRowMajor, CblasNoTrans, k->waiting, n, 1, k->column, n, h, 1, 0, along, 1);
  cblas_dgemv(CblasRowMajor, CblasTrans, k->waiting, n, -1, k->column, n, along, 1, 1, x, 1);
}

/* A = L L' in place; false when it is not positive definite. */
static bool factor(double *a, int m) {
  for (int i = 0; i < m; i++) {
    for (int j = 0; j <= i; j++) {
      double sum = a[i * m + j];
      for (int l = 0; l < j; l++) sum -= a[i * m + l] * a[j * m + l];
      if (i == j && !(sum > 0)) return false;
      a[i * m + j] = i == j ? sqrt(sum) : sum / a[j * m + j];
    }
  }
  return true;
}

/* The columns x of P H become C = P H L'^-1, and e becomes L^-1 e. */
static void divide(const double *l, int m, size_t n, double *x, double *e) {
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < i; j++) {
      cblas_daxpy((int)n, -l[i * m + j], x + (size_t)j * n, 1, x + (size_t)i * n, 1);
      e[i] -= l[i * m + j] * e[j];
    }
    cblas_dscal((int)n, 1 / l[i * m + i], x + (size_t)i * n, 1);
    e[i] /= l[i * m + i];
  }
}

mi_status mi_kalman_update(mi_kalman *k, int m, const double *h, const double *error, double r,
                           double q, double *w, mi_control *control) {
  const size_t n = k->n;
  double a[MI_KALMAN_STREAMS * MI_KALMAN_STREAMS], e[MI_KALMAN_STREAMS];
  if (m < 1 || m > MI_KALMAN_STREAMS)
    return mi_fail(control, MI_EINVAL, "Kalman filter: 1 to %d streams expected, got %d",
                   MI_KALMAN_STREAMS, m);
  double *x = k->column + (size_t)k->waiting * n;
  for (int i = 0; i < m; i++) times(k, h + (size_t)i * n, x + (size_t)i * n);
  for (int i = 0; i < m; i++) {
    e[i] = error[i];
    for (int j = 0; j < m; j++)
      a[i * m + j] = cblas_ddot((int)n, h + (size_t)i * n, 1, x + (size_t)j * n, 1) +
                     (i == j ? r : 0);
  }
  if (!factor(a, m))
    return mi_fail(control, MI_ENUMERIC, "Kalman filter: the covariance is no longer positive");
  divide(a, m, n, x, e);
  for (int i = 0; i < m; i++) cblas_daxpy((int)n, e[i], x + (size_t)i * n, 1, w, 1);
  k->waiting += m;
  k->noise += q;
  if (k->waiting >= WAIT) mi_kalman_settle(k);
  return MI_OK;
}
