/* Linear algebra of a few unknowns, where a call of LAPACK would cost more than the arithmetic. */
#ifndef MI_CIRCUIT_SMALL_H
#define MI_CIRCUIT_SMALL_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static inline double mi_small_product(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* L of the lower triangle of h; false when a pivot is not above `least`. */
static inline bool mi_small_cholesky(double *h, int n, double least) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k <= i; k++) {
      const double sum = h[i * n + k] - mi_small_product(h + i * n, h + k * n, (size_t)k);
      if (i == k && !(sum > least)) return false;
      h[i * n + k] = i == k ? sqrt(sum) : sum / h[k * n + k];
    }
  return true;
}

/* x = L^-1 x */
static inline void mi_small_forward(const double *l, int n, double *x) {
  for (int i = 0; i < n; i++)
    x[i] = (x[i] - mi_small_product(l + i * n, x, (size_t)i)) / l[i * n + i];
}

/* x = (L L')^-1 x */
static inline void mi_small_solve(const double *l, int n, double *x) {
  mi_small_forward(l, n, x);
  for (int i = n - 1; i >= 0; i--) {
    for (int k = i + 1; k < n; k++) x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
}

#endif
