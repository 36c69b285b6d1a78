/* LU and QR in panels: LAPACK factors a panel of columns, the columns behind it are updated in
 * strips on the caller's threads. Panels and strips are fixed and each strip is computed by one
 * thread with one-thread BLAS, so the bits do not depend on the number of threads. */
#include "core/base/linalg_blocks.h"

#include <cblas.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
  PANEL = 128, /* columns of an LU panel */
  BLOCK = 64,  /* reflectors of a QR panel */
  THIN = 32,   /* those where a triangle stands above a few rows */
  STRIP = 128  /* columns updated between two looks at cancel */
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- LU -------------------------------------------------------------------------------------- */

/* Columns [j, j + width) by the panel of `panel` columns at k. */
static void update_lu(double *a, int64_t n, int64_t k, int64_t panel, int64_t j, int64_t width,
                      const lapack_int *pivots) {
  const int ld = (int)n, rest = (int)(n - k - panel);
  double *column = a + j * n;
  (void)LAPACKE_dlaswp_work(LAPACK_COL_MAJOR, (lapack_int)width, column, ld, (lapack_int)k + 1,
                            (lapack_int)(k + panel), pivots, 1);
  if (j < k) return;
  cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasUnit, (int)panel,
              (int)width, 1, a + k * n + k, ld, column + k, ld);
  if (rest > 0)
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, rest, (int)width, (int)panel, -1,
                a + k * n + k + panel, ld, column + k, ld, 1, column + k + panel, ld);
}

lapack_int mi_lu_blocks(double *a, int64_t n, lapack_int *pivots, mi_control *control) {
  lapack_int failed = 0;
  for (int64_t k = 0; k < n; k += PANEL) {
    if (mi_cancelled(control)) return 0;
    const int64_t panel = least(PANEL, n - k);
    const lapack_int info = LAPACKE_dgetrf(LAPACK_COL_MAJOR, (lapack_int)(n - k),
                                           (lapack_int)panel, a + k * n + k, (lapack_int)n,
                                           pivots + k);
    if (info < 0) return info;
    if (info > 0 && !failed) failed = info + (lapack_int)k;
    for (int64_t i = k; i < k + panel; i++) pivots[i] += (lapack_int)k;
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) \
    if (n > 2 * (int64_t)PANEL)
    for (int64_t j = 0; j < n; j += STRIP) {
      const int64_t from = j >= k && j < k + panel ? k + panel : j, end = least(j + STRIP, n);
      if (from < end && !mi_cancelled(control))
        update_lu(a, n, k, panel, from, end - from, pivots);
    }
  }
  return failed;
}

lapack_int mi_lu_solve_blocks(const double *a, int64_t n, const lapack_int *pivots, double *b,
                              int64_t columns, mi_control *control) {
  lapack_int worst = 0;
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) \
    if (columns > STRIP) reduction(min : worst)
  for (int64_t j = 0; j < columns; j += STRIP) {
    if (mi_cancelled(control)) continue;
    const lapack_int info =
        LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'T', (lapack_int)n, (lapack_int)least(STRIP, columns - j),
                       a, (lapack_int)n, pivots, b + j * n, (lapack_int)n);
    if (info < worst) worst = info;
  }
  return worst;
}

/* ---- QR -------------------------------------------------------------------------------------- */

/* Applies the reflectors of the block at i (transposed for Q') to columns [from, columns). */
static lapack_int reflect(double *a, int64_t rows, int64_t i, int64_t block, const double *tau,
                          bool transpose, int64_t from, int64_t columns, mi_control *control) {
  double t[BLOCK * BLOCK] = {0}; /* LAPACKE looks at all of it */
  const lapack_int m = (lapack_int)(rows - i), ld = (lapack_int)rows, k = (lapack_int)block;
  const double *v = a + i * rows + i;
  lapack_int worst = LAPACKE_dlarft(LAPACK_COL_MAJOR, 'F', 'C', m, k, v, ld, tau + i, t, k);
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) \
    if (columns - from > STRIP) reduction(min : worst)
  for (int64_t j = from; j < columns; j += STRIP) {
    if (mi_cancelled(control)) continue;
    const lapack_int info = LAPACKE_dlarfb(
        LAPACK_COL_MAJOR, 'L', transpose ? 'T' : 'N', 'F', 'C', m,
        (lapack_int)least(STRIP, columns - j), k, v, ld, t, k, a + j * rows + i, ld);
    if (info < worst) worst = info;
  }
  return worst;
}

lapack_int mi_qr_blocks(double *a, int64_t rows, int64_t columns, double *tau,
                        mi_control *control) {
  const int64_t k = least(rows, columns);
  lapack_int info = 0;
  for (int64_t i = 0; i < k && info == 0 && !mi_cancelled(control); i += BLOCK) {
    const int64_t block = least(BLOCK, k - i);
    info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, (lapack_int)(rows - i), (lapack_int)block,
                          a + i * rows + i, (lapack_int)rows, tau + i);
    if (info == 0 && i + block < columns)
      info = reflect(a, rows, i, block, tau, true, i + block, columns, control);
  }
  return info;
}

lapack_int mi_q_blocks(double *a, int64_t rows, int64_t k, const double *tau,
                       mi_control *control) {
  lapack_int info = 0;
  for (int64_t i = (k - 1) / BLOCK * BLOCK; i >= 0 && info == 0 && !mi_cancelled(control);
       i -= BLOCK) {
    const int64_t block = least(BLOCK, k - i);
    if (i + block < k) info = reflect(a, rows, i, block, tau, false, i + block, k, control);
    if (info == 0)
      info = LAPACKE_dorgqr(LAPACK_COL_MAJOR, (lapack_int)(rows - i), (lapack_int)block,
                            (lapack_int)block, a + i * rows + i, (lapack_int)rows, tau + i);
    for (int64_t j = i; j < i + block; j++) memset(a + j * rows, 0, (size_t)i * sizeof *a);
  }
  return info;
}

static bool all_zero(const double *x, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (x[i] != 0) return false;
  return true;
}

/* Applies the reflectors that zeroed the panel at i to the columns behind it of t and b. */
static lapack_int reflect_both(double *t, int64_t n, double *b, int64_t rows, int64_t i,
                               int64_t panel, const double *factor, mi_control *control) {
  lapack_int worst = 0;
  const int64_t from = i + panel;
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) \
    if (n - from > STRIP) reduction(min : worst)
  for (int64_t j = from; j < n; j += STRIP) {
    if (mi_cancelled(control)) continue;
    double work[THIN * STRIP];
    const lapack_int info = LAPACKE_dtprfb_work(
        LAPACK_COL_MAJOR, 'L', 'T', 'F', 'C', (lapack_int)rows, (lapack_int)least(STRIP, n - j),
        (lapack_int)panel, 0, b + i * rows, (lapack_int)rows, factor, (lapack_int)panel,
        t + j * n + i, (lapack_int)n, b + j * rows, (lapack_int)rows, work, (lapack_int)panel);
    if (info < worst) worst = info;
  }
  return worst;
}

lapack_int mi_append_blocks(double *t, int64_t n, double *b, int64_t rows, mi_control *control) {
  double factor[THIN * THIN] = {0};
  lapack_int info = 0;
  for (int64_t i = 0; i < n && info == 0 && !mi_cancelled(control); i += THIN) {
    const int64_t panel = least(THIN, n - i);
    if (all_zero(b + i * rows, panel * rows)) continue;
    info = LAPACKE_dtpqrt(LAPACK_COL_MAJOR, (lapack_int)rows, (lapack_int)panel, 0,
                          (lapack_int)panel, t + i * n + i, (lapack_int)n, b + i * rows,
                          (lapack_int)rows, factor, (lapack_int)panel);
    if (info == 0) info = reflect_both(t, n, b, rows, i, panel, factor, control);
  }
  return info;
}
