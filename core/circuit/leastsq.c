/* Small dense least squares: scaling, reflections, back substitution. */
#include "core/circuit/leastsq.h"

#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"

#define DEPENDENT 1e-14 /* |r_kk| below which a column counts as a combination of those before */

typedef double pair __attribute__((vector_size(16), aligned(8)));

/* Eight running sums: the compiler may not reorder additions, so we do. */
static double dot(const double *a, const double *b, int64_t n) {
  pair s[4] = {{0}};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 4; j++)
      s[j] += *(const pair *)(a + i + 2 * j) * *(const pair *)(b + i + 2 * j);
  const pair sum = (s[0] + s[1]) + (s[2] + s[3]);
  double total = sum[0] + sum[1];
  for (; i < n; i++) total += a[i] * b[i];
  return total;
}

static void add(double *a, double factor, const double *b, int64_t n) {
  for (int64_t i = 0; i < n; i++) a[i] += factor * b[i];
}

/* Columns to norm one; scale[k] = 1 / norm, 0 for a column of zeros. */
static void scale_columns(double *a, int64_t rows, int64_t columns, double *scale) {
  for (int64_t k = 0; k < columns; k++) {
    const double norm = sqrt(dot(a + k * rows, a + k * rows, rows));
    scale[k] = norm > 0 ? 1 / norm : 0;
    for (int64_t i = 0; i < rows; i++) a[k * rows + i] *= scale[k];
  }
}

/* a = Q R in place and b = Q' b: R's strict upper triangle stays in a, its diagonal is diag. */
static void reflect(double *a, double *b, int64_t rows, int64_t columns, double *diag) {
  for (int64_t k = 0; k < columns; k++) {
    const int64_t rest = rows - k;
    double *v = a + k * rows + k;
    const double norm = sqrt(dot(v, v, rest)), alpha = v[0] > 0 ? -norm : norm;
    diag[k] = alpha;
    if (norm == 0) continue;
    v[0] -= alpha;
    const double beta = -1 / (alpha * v[0]); /* 2 / v'v */
    for (int64_t j = k + 1; j < columns; j++) {
      double *c = a + j * rows + k;
      add(c, -beta * dot(v, c, rest), v, rest);
    }
    add(b + k, -beta * dot(v, b + k, rest), v, rest);
  }
}

static void substitute(const double *a, const double *b, const double *diag, int64_t rows,
                       int64_t columns, double *x) {
  for (int64_t k = columns; k-- > 0;) {
    double sum = b[k];
    for (int64_t j = k + 1; j < columns; j++) sum -= a[j * rows + k] * x[j];
    x[k] = sum / diag[k];
  }
}

/* The shortest x for a triangle without full rank. */
static mi_status shortest(const double *a, const double *b, const double *diag, int64_t rows,
                          int64_t columns, double *x, mi_control *control) {
  int64_t rank;
  double *r = MI_NEW_ZERO(double, (size_t)(columns * columns));
  if (!r) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (int64_t k = 0; k < columns; k++) {
    r[k * columns + k] = diag[k];
    for (int64_t j = k + 1; j < columns; j++) r[k * columns + j] = a[j * rows + k];
  }
  const mi_status status = mi_lstsq(r, columns, columns, b, 1, DEPENDENT, x, &rank, control);
  free(r);
  return status;
}

mi_status mi_leastsq(double *a, double *b, int64_t rows, int64_t columns, double *x,
                     mi_control *control) {
  double *scale = MI_NEW(double, 2 * (size_t)columns), *diag = scale + columns;
  if (!scale) return mi_fail(control, MI_ENOMEM, "out of memory");
  mi_status status = MI_OK;
  double least = INFINITY;
  scale_columns(a, rows, columns, scale);
  reflect(a, b, rows, columns, diag);
  for (int64_t k = 0; k < columns; k++) least = fmin(least, fabs(diag[k]));
  if (least > DEPENDENT) substitute(a, b, diag, rows, columns, x);
  else status = shortest(a, b, diag, rows, columns, x, control);
  for (int64_t k = 0; status == MI_OK && k < columns; k++) x[k] *= scale[k];
  free(scale);
  return status;
}
