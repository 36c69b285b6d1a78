/* LAPACK behind row-major matrices: see linalg.h for what is promised.
 *
 * LAPACK is column-major: it sees the transpose of a row-major matrix. Where the transpose serves
 * as well (solve, SVD, symmetric eigenproblem) it is used as it is, elsewhere it is copied. */
#include "core/base/linalg.h"

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/base/linalg_blocks.h"
#include "core/base/linalg_check.h"
#include "core/base/linalg_forecast.h"
#include "core/base/memory.h"

enum { MOST = 20000 }; /* rows or columns: the workspace of LAPACK is counted in int */

/* ---- checks ---------------------------------------------------------------------------------- */

mi_status mi_not_finite(const char *name, int64_t i, int64_t j, double value, mi_control *control) {
  return mi_fail(control, MI_EINVAL, "%s[%lld][%lld]: finite number expected, got %g", name,
                 (long long)i + 1, (long long)j + 1, isnan(value) ? fabs(value) : value);
}

mi_status mi_check_finite(const double *a, int64_t rows, int64_t columns, const char *name,
                          mi_control *control) {
  for (int64_t k = 0; k < rows * columns; k++) {
    if ((k & 0xffff) == 0 && mi_cancelled(control)) return MI_ECANCEL;
    if (!isfinite(a[k])) return mi_not_finite(name, k / columns, k % columns, a[k], control);
  }
  return MI_OK;
}

mi_status mi_check_result(const double *values, int64_t count, mi_control *control) {
  for (int64_t k = 0; k < count; k++) {
    if ((k & 0xffff) == 0 && mi_cancelled(control)) return MI_ECANCEL;
    if (!isfinite(values[k])) return mi_fail(control, MI_ENUMERIC, "the result overflows");
  }
  return MI_OK;
}

static mi_status check_matrix(const double *a, int64_t rows, int64_t columns, const char *name,
                              mi_control *control) {
  if (mi_cancelled(control)) return MI_ECANCEL;
  if (rows > MOST || columns > MOST)
    return mi_fail(control, MI_EINVAL, "%s: at most %d rows and columns expected, got %lld x %lld",
                   name, MOST, (long long)rows, (long long)columns);
  return mi_check_finite(a, rows, columns, name, control);
}

/* What a LAPACKE function returned: negative values are its lack of memory (bad arguments are our
 * bug and end the same way), positive ones depend on the function. */
static mi_status outcome(lapack_int info, const char *failure, mi_control *control) {
  if (info < 0) return mi_fail(control, MI_ENOMEM, "out of memory in LAPACK (%d)", (int)info);
  if (info > 0) return mi_fail(control, MI_ENUMERIC, "%s", failure);
  return mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

static mi_status no_memory(mi_control *control) {
  return mi_fail(control, MI_ENOMEM, "out of memory for a copy of the matrix");
}

/* to [columns x rows] := from [rows x columns]', in blocks that stay in the cache. */
/* Ends early when cancelled: the caller's status says so. */
static void transpose(const double *from, int64_t rows, int64_t columns, double *to,
                      const mi_control *control) {
  enum { BLOCK = 32 };
  for (int64_t i0 = 0; i0 < rows; i0 += BLOCK) {
    for (int64_t j0 = 0; j0 < columns && !mi_cancelled(control); j0 += BLOCK) {
      for (int64_t i = i0; i < i0 + BLOCK && i < rows; i++) {
        for (int64_t j = j0; j < j0 + BLOCK && j < columns; j++)
          to[j * rows + i] = from[i * columns + j];
      }
    }
  }
}

static void transpose_square(double *a, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < i; j++) {
      const double value = a[i * n + j];
      a[i * n + j] = a[j * n + i];
      a[j * n + i] = value;
    }
  }
}

/* ---- LU -------------------------------------------------------------------------------------- */

/* The factors of C a R, C and R diagonal powers of two that make its entries comparable: rows in
 * different units are no singularity. LAPACK sees the transpose R a' C. */
typedef struct lu {
  double *a; /* the caller's, overwritten */
  int64_t n;
  double *r, *c; /* [n] each */
  lapack_int *pivots;
  double rcond;
} lu;

static void lu_free(lu *f) {
  free(f->r);
  free(f->c);
  free(f->pivots);
}

static int64_t smallest_pivot(const lu *f) {
  int64_t smallest = 0;
  for (int64_t i = 1; i < f->n; i++) {
    if (fabs(f->a[i * (f->n + 1)]) < fabs(f->a[smallest * (f->n + 1)])) smallest = i;
  }
  return smallest;
}

static mi_status singular(int64_t pivot, double rcond, mi_control *control) {
  return mi_fail(control, MI_ENUMERIC,
                 "the matrix is singular: pivot %lld vanishes (reciprocal condition number %.2g)",
                 (long long)pivot, rcond);
}

/* Scales a and its record; a zero row or column of a is the pivot that vanishes. */
static mi_status equilibrate(lu *f, mi_control *control) {
  const lapack_int n = (lapack_int)f->n;
  double row_ratio, column_ratio, largest;
  const lapack_int info = LAPACKE_dgeequb(LAPACK_COL_MAJOR, n, n, f->a, n, f->r, f->c, &row_ratio,
                                          &column_ratio, &largest);
  if (info > 0) return singular(info > n ? info - n : info, 0, control);
  if (info < 0) return outcome(info, "", control);
  for (int64_t i = 0; i < f->n; i++) {
    for (int64_t j = 0; j < f->n; j++) f->a[i * f->n + j] *= f->c[i] * f->r[j];
  }
  return MI_OK;
}

static mi_status lu_factor(lu *f, mi_control *control) {
  const lapack_int n = (lapack_int)f->n;
  mi_status status = equilibrate(f, control);
  if (status != MI_OK) return status;
  const double length = LAPACKE_dlange(LAPACK_COL_MAJOR, 'I', n, n, f->a, n);
  lapack_int info = mi_lu_blocks(f->a, f->n, f->pivots, control);
  if (mi_cancelled(control)) return MI_ECANCEL;
  if (info > 0) return singular(info, 0, control);
  if (info == 0) info = LAPACKE_dgecon(LAPACK_COL_MAJOR, 'I', n, f->a, n, length, &f->rcond);
  if (info == 0 && f->rcond < DBL_EPSILON)
    return singular(smallest_pivot(f) + 1, f->rcond, control);
  return outcome(info, "", control);
}

static mi_status lu_open(lu *f, double *a, int64_t n, mi_control *control) {
  *f = (lu){.a = a, .n = n, .r = MI_NEW(double, (size_t)n), .c = MI_NEW(double, (size_t)n),
            .pivots = MI_NEW(lapack_int, (size_t)n), .rcond = 1};
  if (!f->r || !f->c || !f->pivots) return no_memory(control);
  return n > 0 ? lu_factor(f, control) : MI_OK;
}

/* columns [count x n], one right side a row, become solutions. */
static mi_status lu_solve(const lu *f, double *columns, int64_t count, mi_control *control) {
  const lapack_int n = (lapack_int)f->n;
  for (int64_t k = 0; k < count; k++) {
    for (int64_t i = 0; i < n; i++) columns[k * n + i] *= f->c[i];
  }
  const lapack_int info = mi_lu_solve_blocks(f->a, f->n, f->pivots, columns, count, control);
  for (int64_t k = 0; k < count; k++) {
    for (int64_t i = 0; i < n; i++) columns[k * n + i] *= f->r[i];
  }
  return info == 0 ? mi_check_result(columns, count * n, control) : outcome(info, "", control);
}

mi_status mi_solve(double *a, int64_t n, double *b, int64_t columns, double *rcond,
                   mi_control *control) {
  mi_status status = check_matrix(a, n, n, "a", control);
  if (status == MI_OK) status = check_matrix(b, n, columns, "b", control);
  if (status != MI_OK) return status;
  double *work = MI_NEW(double, (size_t)(n * columns));
  lu f = {0};
  status = work ? lu_open(&f, a, n, control) : no_memory(control);
  if (rcond) *rcond = f.rcond;
  if (status == MI_OK && n * columns > 0) {
    transpose(b, n, columns, work, control);
    status = lu_solve(&f, work, columns, control);
    transpose(work, columns, n, b, control);
    if (status == MI_OK) status = outcome(0, "", control);
  }
  lu_free(&f);
  free(work);
  return status;
}

mi_status mi_inverse(double *a, int64_t n, mi_control *control) {
  mi_status status = check_matrix(a, n, n, "a", control);
  if (status != MI_OK) return status;
  double *work = MI_NEW_ZERO(double, (size_t)(n * n));
  lu f = {0};
  status = work ? lu_open(&f, a, n, control) : no_memory(control);
  if (status == MI_OK && n > 0) {
    for (int64_t i = 0; i < n; i++) work[i * n + i] = 1;
    status = lu_solve(&f, work, n, control);
    transpose(work, n, n, a, control);
    if (status == MI_OK) status = outcome(0, "", control);
  }
  lu_free(&f);
  free(work);
  return status;
}

mi_status mi_determinant(double *a, int64_t n, double *sign, double *logabs, mi_control *control) {
  *sign = 1;
  *logabs = 0;
  mi_status status = check_matrix(a, n, n, "a", control);
  if (status != MI_OK || n == 0) return status;
  lapack_int *pivots = MI_NEW(lapack_int, (size_t)n);
  if (!pivots) return no_memory(control);
  const lapack_int info = mi_lu_blocks(a, n, pivots, control);
  for (int64_t i = 0; i < n && info >= 0; i++) {
    const double pivot = a[i * (n + 1)];
    if ((pivot < 0) != (pivots[i] != i + 1)) *sign = -*sign;
    if (pivot == 0) *sign = 0;
    *logabs += log(fabs(pivot));
  }
  free(pivots);
  return outcome(info < 0 ? info : 0, "", control);
}

/* ---- eigenvalues ----------------------------------------------------------------------------- */

mi_status mi_eigh(double *a, int64_t n, double *values, mi_control *control) {
  mi_status status = check_matrix(a, n, n, "a", control);
  if (status != MI_OK || n == 0) return status;
  mi_forecast(MI_DSYEVD, n, n, control);
  const lapack_int info =
      LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', (lapack_int)n, a, (lapack_int)n, values);
  transpose_square(a, n);
  return outcome(info, "the symmetric eigenproblem did not converge", control);
}

typedef struct ranked {
  double re, im;
  int64_t place;
} ranked;

static int by_value(const void *left, const void *right) {
  const ranked *a = left, *b = right;
  if (a->re != b->re) return a->re < b->re ? -1 : 1;
  if (a->im != b->im) return a->im < b->im ? -1 : 1;
  return a->place < b->place ? -1 : 1;
}

/* Column `to` of the complex vectors from LAPACK's: a conjugate pair shares two real columns, the
 * real and the imaginary part of the one with im > 0, which comes first. */
static void unpack_vector(const double *packed, int64_t n, ranked from, int64_t to,
                          double *vectors) {
  const int64_t first = from.im < 0 ? from.place - 1 : from.place;
  const double *re = packed + first * n, *im = re + n;
  for (int64_t i = 0; i < n; i++) {
    double *entry = vectors + 2 * (i * n + to);
    entry[0] = re[i];
    entry[1] = from.im == 0 ? 0 : from.im > 0 ? im[i] : -im[i];
  }
}

static mi_status eigen_sorted(double *a, int64_t n, double *parts, double *packed, ranked *order,
                              double *values, double *vectors, mi_control *control) {
  const lapack_int size = (lapack_int)n;
  mi_forecast(MI_DGEEV, n, n, control);
  transpose_square(a, n);
  const lapack_int info = LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', vectors ? 'V' : 'N', size, a, size,
                                        parts, parts + n, NULL, size, packed, size);
  mi_status status = outcome(info, "the eigenproblem did not converge", control);
  if (status != MI_OK) return status;
  for (int64_t k = 0; k < n; k++) order[k] = (ranked){parts[k], parts[n + k], k};
  qsort(order, (size_t)n, sizeof *order, by_value);
  for (int64_t k = 0; k < n; k++) {
    values[2 * k] = order[k].re;
    values[2 * k + 1] = order[k].im;
    if (vectors) unpack_vector(packed, n, order[k], k, vectors);
  }
  return MI_OK;
}

mi_status mi_eigen(double *a, int64_t n, double *values, double *vectors, mi_control *control) {
  mi_status status = check_matrix(a, n, n, "a", control);
  if (status != MI_OK || n == 0) return status;
  double *parts = MI_NEW(double, (size_t)(2 * n));
  double *packed = MI_NEW(double, vectors ? (size_t)(n * n) : 1);
  ranked *order = MI_NEW(ranked, (size_t)n);
  if (parts && packed && order)
    status = eigen_sorted(a, n, parts, packed, order, values, vectors, control);
  else status = no_memory(control);
  free(parts);
  free(packed);
  free(order);
  return status;
}

/* ---- singular values ------------------------------------------------------------------------- */

/* LAPACK sees a' = V S U': its "u" is our vt and its "vt" is our u, without a transposition. */
static lapack_int divide_and_conquer(double *a, int64_t rows, int64_t columns, double *u, double *s,
                                     double *vt) {
  const lapack_int m = (lapack_int)columns, n = (lapack_int)rows, k = m < n ? m : n;
  return LAPACKE_dgesdd(LAPACK_COL_MAJOR, u ? 'S' : 'N', m, n, a, m, s, vt, m, u, k);
}

static lapack_int qr_iteration(double *a, int64_t rows, int64_t columns, double *u, double *s,
                               double *vt) {
  const lapack_int m = (lapack_int)columns, n = (lapack_int)rows, k = m < n ? m : n;
  const char job = u ? 'S' : 'N';
  double *rest = MI_NEW(double, (size_t)k);
  if (!rest) return LAPACK_WORK_MEMORY_ERROR;
  const lapack_int info = LAPACKE_dgesvd(LAPACK_COL_MAJOR, job, job, m, n, a, m, s, vt, m, u, k,
                                         rest);
  free(rest);
  return info;
}

mi_status mi_svd(double *a, int64_t rows, int64_t columns, double *u, double *s, double *vt,
                 mi_control *control) {
  mi_status status = check_matrix(a, rows, columns, "a", control);
  const size_t bytes = (size_t)(rows * columns) * sizeof *a;
  if (status != MI_OK || bytes == 0) return status;
  double *copy = MI_NEW(double, (size_t)(rows * columns));
  if (!copy) return no_memory(control);
  memcpy(copy, a, bytes);
  mi_forecast(u ? MI_DGESDD : MI_DGESDD_VALUES, rows, columns, control);
  lapack_int info = divide_and_conquer(a, rows, columns, u, s, vt);
  if (info > 0) info = qr_iteration(copy, rows, columns, u, s, vt);
  free(copy);
  return outcome(info, "the singular value decomposition did not converge", control);
}

/* ---- QR and least squares -------------------------------------------------------------------- */

/* From the factors in work (column-major) to r and q, both with the sign that makes R's diagonal
 * not negative. */
static void write_r(const double *work, int64_t rows, int64_t columns, double *r, double *signs,
                    const mi_control *control) {
  const int64_t k = rows < columns ? rows : columns;
  for (int64_t i = 0; i < k && !mi_cancelled(control); i++) {
    signs[i] = work[i * rows + i] < 0 ? -1 : 1;
    for (int64_t j = 0; j < columns; j++)
      r[i * columns + j] = j < i ? 0 : signs[i] * work[j * rows + i];
  }
}

static lapack_int qr_in_place(double *work, int64_t rows, int64_t columns, double *tau, double *q,
                              double *r, double *signs, mi_control *control) {
  const int64_t k = rows < columns ? rows : columns;
  lapack_int info = mi_qr_blocks(work, rows, columns, tau, control);
  if (info != 0) return info;
  write_r(work, rows, columns, r, signs, control);
  info = mi_q_blocks(work, rows, k, tau, control);
  for (int64_t i = 0; i < rows && info == 0 && !mi_cancelled(control); i++) {
    for (int64_t j = 0; j < k; j++) q[i * k + j] = signs[j] * work[j * rows + i];
  }
  return info;
}

mi_status mi_qr(const double *a, int64_t rows, int64_t columns, double *q, double *r,
                mi_control *control) {
  mi_status status = check_matrix(a, rows, columns, "a", control);
  if (status != MI_OK || rows * columns == 0) return status;
  const size_t k = (size_t)(rows < columns ? rows : columns);
  double *work = MI_NEW(double, (size_t)(rows * columns)), *tau = MI_NEW(double, 2 * k);
  if (work && tau) {
    transpose(a, rows, columns, work, control);
    status = outcome(qr_in_place(work, rows, columns, tau, q, r, tau + k, control), "", control);
  } else {
    status = no_memory(control);
  }
  free(work);
  free(tau);
  return status;
}

mi_status mi_triangle_append(double *t, int64_t n, const double *a, int64_t rows, double factor,
                             mi_control *control) {
  enum { CHUNK = 256 };
  mi_status status = check_matrix(a, rows, n, "a", control);
  if (status != MI_OK || rows * n == 0) return status;
  double *work = MI_NEW(double, (size_t)(n * (rows < CHUNK ? rows : CHUNK)));
  if (!work) return no_memory(control);
  for (int64_t i = 0; i < rows && status == MI_OK; i += CHUNK) {
    const int64_t m = rows - i < CHUNK ? rows - i : CHUNK;
    transpose(a + i * n, m, n, work, control);
    for (int64_t k = 0; k < m * n; k++) work[k] *= factor;
    status = outcome(mi_append_blocks(t, n, work, m, control), "", control);
  }
  free(work);
  return status;
}

/* The parts of an SVD, allocated together. */
typedef struct parts {
  int64_t k, rank;
  double *u, *s, *vt;
} parts;

static mi_status decompose(double *a, int64_t rows, int64_t columns, double tolerance, parts *p,
                           mi_control *control) {
  const int64_t k = rows < columns ? rows : columns, longer = rows < columns ? columns : rows;
  *p = (parts){.k = k, .u = MI_NEW(double, (size_t)(rows * k)), .s = MI_NEW(double, (size_t)k),
               .vt = MI_NEW(double, (size_t)(k * columns))};
  if (!p->u || !p->s || !p->vt) return no_memory(control);
  mi_status status = mi_svd(a, rows, columns, p->u, p->s, p->vt, control);
  if (status != MI_OK) return status;
  const double relative = tolerance < 0 ? (double)longer * DBL_EPSILON : tolerance;
  while (p->rank < k && p->s[p->rank] > relative * p->s[0]) p->rank++;
  return MI_OK;
}

static void parts_free(parts *p) {
  free(p->u);
  free(p->s);
  free(p->vt);
}

/* x := V S^+ U' b, over the leading singular values; work is [k x rhs]. */
static mi_status apply_inverse(const parts *p, int64_t rows, int64_t columns, const double *b,
                               int64_t rhs, double *work, double *x, mi_control *control) {
  mi_status status = mi_matmul(true, false, p->k, rhs, rows, p->u, b, work, control);
  for (int64_t i = 0; i < p->k; i++) {
    for (int64_t j = 0; j < rhs; j++)
      work[i * rhs + j] = i < p->rank ? work[i * rhs + j] / p->s[i] : 0;
  }
  if (status == MI_OK)
    status = mi_matmul(true, false, columns, rhs, p->k, p->vt, work, x, control);
  return status == MI_OK ? mi_check_result(x, columns * rhs, control) : status;
}

mi_status mi_lstsq(double *a, int64_t rows, int64_t columns, const double *b, int64_t rhs,
                   double tolerance, double *x, int64_t *rank, mi_control *control) {
  parts p = {0};
  mi_status status = check_matrix(b, rows, rhs, "b", control);
  if (status == MI_OK) status = decompose(a, rows, columns, tolerance, &p, control);
  double *work = MI_NEW(double, (size_t)(p.k * rhs));
  if (!work) status = no_memory(control);
  if (status == MI_OK) status = apply_inverse(&p, rows, columns, b, rhs, work, x, control);
  *rank = p.rank;
  free(work);
  parts_free(&p);
  return status;
}

mi_status mi_pinv(double *a, int64_t rows, int64_t columns, double tolerance, double *inverse,
                  int64_t *rank, mi_control *control) {
  parts p = {0};
  mi_status status = decompose(a, rows, columns, tolerance, &p, control);
  *rank = p.rank;
  if (status == MI_OK) {
    for (int64_t i = 0; i < p.k; i++) {
      for (int64_t j = 0; j < columns; j++)
        p.vt[i * columns + j] = i < p.rank ? p.vt[i * columns + j] / p.s[i] : 0;
    }
    status = mi_matmul(true, true, columns, rows, p.k, p.vt, p.u, inverse, control);
  }
  parts_free(&p);
  return status == MI_OK ? mi_check_result(inverse, columns * rows, control) : status;
}

/* ---- products and norms ---------------------------------------------------------------------- */

/* Rows [row, row + count) of the product. */
static void multiply_rows(bool transpose_a, bool transpose_b, int64_t rows, int64_t columns,
                          int64_t inner, const double *a, const double *b, double *c, int64_t row,
                          int64_t count) {
  const double *part = transpose_a ? a + row : a + row * inner;
  cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
              transpose_b ? CblasTrans : CblasNoTrans, (int)count, (int)columns, (int)inner, 1,
              part, (int)(transpose_a ? rows : inner), b, (int)(transpose_b ? inner : columns), 0,
              c + row * columns, (int)columns);
}

mi_status mi_matmul(bool transpose_a, bool transpose_b, int64_t rows, int64_t columns,
                    int64_t inner, const double *a, const double *b, double *c,
                    mi_control *control) {
  enum { STRIP = 128 }; /* rows that one thread computes between two looks at cancel */
  if (rows > INT_MAX || columns > INT_MAX || inner > INT_MAX)
    return mi_fail(control, MI_EINVAL, "at most %d rows and columns expected", INT_MAX);
  if (rows == 0 || columns == 0) return MI_OK;
  if (inner == 0) {
    memset(c, 0, (size_t)(rows * columns) * sizeof *c);
    return MI_OK;
  }
#pragma omp parallel for schedule(dynamic) num_threads(mi_threads(control)) if (rows > STRIP)
  for (int64_t row = 0; row < rows; row += STRIP) {
    if (!mi_cancelled(control))
      multiply_rows(transpose_a, transpose_b, rows, columns, inner, a, b, c, row,
                    rows - row < STRIP ? rows - row : STRIP);
  }
  return mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

static mi_status spectral_norm(const double *a, int64_t rows, int64_t columns, double *norm,
                               mi_control *control) {
  const int64_t k = rows < columns ? rows : columns;
  double *copy = MI_NEW(double, (size_t)(rows * columns)), *s = MI_NEW(double, (size_t)k);
  mi_status status = MI_ENOMEM;
  if (copy && s) {
    memcpy(copy, a, (size_t)(rows * columns) * sizeof *a);
    status = mi_svd(copy, rows, columns, NULL, s, NULL, control);
    *norm = s[0];
  }
  free(copy);
  free(s);
  return status == MI_ENOMEM ? no_memory(control) : status;
}

mi_status mi_norm(const double *a, int64_t rows, int64_t columns, mi_norm_kind kind, double *norm,
                  mi_control *control) {
  static const char letters[] = {'F', 'I', '1'}; /* of the transpose */
  *norm = 0;
  if (rows > INT_MAX || columns > INT_MAX)
    return mi_fail(control, MI_EINVAL, "a: at most %d rows and columns expected", INT_MAX);
  mi_status status = mi_check_finite(a, rows, columns, "a", control);
  if (status != MI_OK || rows * columns == 0) return status;
  if (kind == MI_NORM_TWO && rows > 1 && columns > 1)
    return spectral_norm(a, rows, columns, norm, control);
  *norm = LAPACKE_dlange(LAPACK_COL_MAJOR, kind == MI_NORM_TWO ? 'F' : letters[kind],
                         (lapack_int)columns, (lapack_int)rows, a, (lapack_int)columns);
  return mi_check_result(norm, 1, control);
}
