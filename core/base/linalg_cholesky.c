/* Cholesky and triangular substitution in tiles, on the caller's threads.
 *
 * Left-looking: column k of tiles is first reduced by all columns before it, then its diagonal
 * tile is factored, then the tiles below are divided by it. Tiles are fixed and each is computed by
 * one thread with one-thread BLAS, so the bits do not depend on the number of threads. Cancel is
 * polled before every tile. */
#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/linalg_check.h"

enum {
  TILE = 128,      /* rows and columns of a tile */
  WIDE = 2 * TILE, /* up to here at most one tile is left to divide */
  SMALL = 32,      /* up to here plain loops beat calls of BLAS */
  STRIP = 64       /* columns of right sides that one thread solves for */
};

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* Row by row on the leading n x n of a (leading dimension ld): 0, or the failing pivot from 1. */
static int64_t factor_small(double *a, int64_t n, int64_t ld) {
  for (int64_t i = 0; i < n; i++) {
    double *row = a + i * ld;
    for (int64_t j = 0; j <= i; j++) {
      const double *other = a + j * ld;
      double sum = row[j];
      for (int64_t k = 0; k < j; k++) sum -= row[k] * other[k];
      row[j] = j < i ? sum / other[j] : sum;
    }
    if (!(row[i] > 0) || !isfinite(row[i])) return i + 1;
    row[i] = sqrt(row[i]);
  }
  return 0;
}

/* The same by halves. */
static int64_t factor_tile(double *a, int64_t n, int64_t ld) {
  if (n <= SMALL) return factor_small(a, n, ld);
  const int64_t head = n / 2, tail = n - head;
  double *below = a + head * ld, *rest = below + head;
  int64_t failed = factor_tile(a, head, ld);
  if (failed) return failed;
  cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, (int)tail,
              (int)head, 1, a, (int)ld, below, (int)ld);
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)tail, (int)head, -1, below, (int)ld, 1,
              rest, (int)ld);
  failed = factor_tile(rest, tail, ld);
  return failed ? head + failed : 0;
}

/* Subtracts from column k of tiles (rows from i0) what the columns before it contribute. */
static void reduce_tile(double *a, int64_t n, int64_t row, int64_t column) {
  const int64_t rows = least(TILE, n - row), columns = least(TILE, n - column);
  if (column == 0) return;
  if (row == column)
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)rows, (int)column, -1, a + row * n,
                (int)n, 1, a + row * n + column, (int)n);
  else
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns, (int)column, -1,
                a + row * n, (int)n, a + column * n, (int)n, 1, a + row * n + column, (int)n);
}

static void divide_tile(double *a, int64_t n, int64_t row, int64_t column) {
  const int64_t rows = least(TILE, n - row), columns = least(TILE, n - column);
  cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, (int)rows,
              (int)columns, 1, a + column * n + column, (int)n, a + row * n + column, (int)n);
}

/* Column of tiles starting at k: 0, or the failing pivot from 1. */
static int64_t factor_column(double *a, int64_t n, int64_t k, mi_control *control) {
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) if (n - k > TILE)
  for (int64_t row = k; row < n; row += TILE) {
    if (!mi_cancelled(control)) reduce_tile(a, n, row, k);
  }
  if (mi_cancelled(control)) return 0;
  const int64_t failed = factor_tile(a + k * n + k, least(TILE, n - k), n);
  if (failed) return k + failed;
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) if (n - k > WIDE)
  for (int64_t row = k + TILE; row < n; row += TILE) {
    if (!mi_cancelled(control)) divide_tile(a, n, row, k);
  }
  return 0;
}

static mi_status check_lower(const double *a, int64_t n, const char *name, mi_control *control) {
  for (int64_t i = 0; i < n; i++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    for (int64_t j = 0; j <= i; j++) {
      if (!isfinite(a[i * n + j])) return mi_not_finite(name, i, j, a[i * n + j], control);
    }
  }
  return MI_OK;
}

mi_status mi_cholesky(double *a, int64_t n, mi_control *control) {
  if (n > INT_MAX) return mi_fail(control, MI_EINVAL, "a: at most %d rows expected", INT_MAX);
  mi_status status = check_lower(a, n, "a", control);
  if (status != MI_OK) return status;
  for (int64_t k = 0; k < n; k += TILE) {
    const int64_t failed = n <= SMALL ? factor_small(a, n, n) : factor_column(a, n, k, control);
    if (mi_cancelled(control)) return MI_ECANCEL;
    if (failed)
      return mi_fail(control, MI_ENUMERIC, "a is not positive definite: pivot %lld of %lld is %.6g",
                     (long long)failed, (long long)n, a[(failed - 1) * (n + 1)]);
  }
  for (int64_t i = 0; i < n; i++) memset(a + i * n + i + 1, 0, (size_t)(n - i - 1) * sizeof *a);
  return MI_OK;
}

/* ---- substitution ---------------------------------------------------------------------------- */

typedef struct triangle {
  const double *t;
  int64_t n;
  bool lower, transpose;
} triangle;

/* Rows [row, row + rows) of the strip b: minus what the solved rows [from, to) contribute, divided
 * by the diagonal tile. */
static void solve_rows(const triangle *a, int64_t row, int64_t rows, int64_t from, int64_t to,
                       double *b, int64_t columns, int64_t ld) {
  const int n = (int)a->n;
  const CBLAS_TRANSPOSE trans = a->transpose ? CblasTrans : CblasNoTrans;
  const double *part = a->transpose ? a->t + from * n + row : a->t + row * n + from;
  if (to > from)
    cblas_dgemm(CblasRowMajor, trans, CblasNoTrans, (int)rows, (int)columns, (int)(to - from), -1,
                part, n, b + from * ld, (int)ld, 1, b + row * ld, (int)ld);
  cblas_dtrsm(CblasRowMajor, CblasLeft, a->lower ? CblasLower : CblasUpper, trans, CblasNonUnit,
              (int)rows, (int)columns, 1, a->t + row * n + row, n, b + row * ld, (int)ld);
}

/* A strip of right sides, tile after tile: downward for L and U', upward for U and L'. */
static void solve_strip(const triangle *a, double *b, int64_t columns, int64_t ld,
                        mi_control *control) {
  const int64_t tiles = (a->n + TILE - 1) / TILE;
  const bool down = a->lower != a->transpose;
  for (int64_t k = 0; k < tiles && !mi_cancelled(control); k++) {
    const int64_t row = (down ? k : tiles - 1 - k) * TILE, rows = least(TILE, a->n - row);
    if (down) solve_rows(a, row, rows, 0, row, b, columns, ld);
    else solve_rows(a, row, rows, row + rows, a->n, b, columns, ld);
  }
}

static mi_status check_triangle(const triangle *a, mi_control *control) {
  for (int64_t i = 0; i < a->n; i++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    const int64_t from = a->lower ? 0 : i, to = a->lower ? i + 1 : a->n;
    for (int64_t j = from; j < to; j++) {
      const double value = a->t[i * a->n + j];
      if (!isfinite(value)) return mi_not_finite("a", i, j, value, control);
    }
    if (a->t[i * a->n + i] == 0)
      return mi_fail(control, MI_ENUMERIC, "a is singular: pivot %lld is zero", (long long)i + 1);
  }
  return MI_OK;
}

static mi_status substitute(const triangle *a, double *b, int64_t columns, mi_control *control) {
  if (a->n > INT_MAX || columns > INT_MAX)
    return mi_fail(control, MI_EINVAL, "a: at most %d rows expected", INT_MAX);
  mi_status status = check_triangle(a, control);
  if (status == MI_OK) status = mi_check_finite(b, a->n, columns, "b", control);
  if (status != MI_OK) return status;
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) if (columns > STRIP)
  for (int64_t column = 0; column < columns; column += STRIP)
    solve_strip(a, b + column, least(STRIP, columns - column), columns, control);
  if (mi_cancelled(control)) return MI_ECANCEL;
  return mi_check_result(b, a->n * columns, control);
}

mi_status mi_lower_solve(const double *l, int64_t n, bool transpose, double *b, int64_t columns,
                         mi_control *control) {
  return substitute(&(triangle){l, n, true, transpose}, b, columns, control);
}

mi_status mi_upper_solve(const double *u, int64_t n, bool transpose, double *b, int64_t columns,
                         mi_control *control) {
  return substitute(&(triangle){u, n, false, transpose}, b, columns, control);
}

mi_status mi_cholesky_solve(const double *l, int64_t n, double *b, int64_t columns,
                            mi_control *control) {
  mi_status status = mi_lower_solve(l, n, false, b, columns, control);
  return status == MI_OK ? mi_lower_solve(l, n, true, b, columns, control) : status;
}
