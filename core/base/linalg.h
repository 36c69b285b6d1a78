/* Dense linear algebra on row-major contiguous matrices of doubles, over LAPACK.
 *
 * Conventions. Matrices are row-major without gaps; n, rows and columns are >= 0. What a function
 * overwrites is not const in its prototype. Entries that are NaN or infinite are MI_EINVAL naming
 * the element (1-based, as users count); a singular or indefinite matrix is MI_ENUMERIC naming the
 * pivot (1-based). Nothing returns NaN. Memory is O(n^2) beside the arguments.
 *
 * BLAS must run on one thread (openblas_set_num_threads(1): the caller's duty); then results do not
 * depend on control.threads. LAPACK cannot be interrupted: of all these only mi_cholesky, the
 * substitutions and mi_matmul poll cancel while they run, the others before and after. Eigenvalues
 * and singular values that take longer than a second are announced (linalg_forecast.h). */
#ifndef MI_LINALG_H
#define MI_LINALG_H

#include <stdint.h>

#include "core/base/control.h"

/* ---- Cholesky and triangles ------------------------------------------------------------------ */

/* a = L L' for symmetric positive definite a (its lower triangle is read). On return L with zeros
 * above the diagonal. Tiles, control.threads, bit-identical for any number of threads. */
mi_status mi_cholesky(double *a, int64_t n, mi_control *control);

/* b [n x columns] := L^-1 b, or L^-T b when transpose; a zero on the diagonal is MI_ENUMERIC. */
mi_status mi_lower_solve(const double *l, int64_t n, bool transpose, double *b, int64_t columns,
                         mi_control *control);

/* The same for an upper triangle. */
mi_status mi_upper_solve(const double *u, int64_t n, bool transpose, double *b, int64_t columns,
                         mi_control *control);

/* b := (L L')^-1 b. */
mi_status mi_cholesky_solve(const double *l, int64_t n, double *b, int64_t columns,
                            mi_control *control);

/* ---- square matrices ------------------------------------------------------------------------- */

/* b [n x columns] := a^-1 b; a is overwritten. *rcond (may be NULL): the reciprocal condition
 * number of a in the 1-norm. A matrix whose rcond is below the machine epsilon is MI_ENUMERIC. */
mi_status mi_solve(double *a, int64_t n, double *b, int64_t columns, double *rcond,
                   mi_control *control);

/* a := a^-1; singular as for mi_solve. */
mi_status mi_inverse(double *a, int64_t n, mi_control *control);

/* det a = sign * exp(logabs); sign is -1, 0 or 1; a is overwritten. logabs is -INFINITY when the
 * sign is 0. */
mi_status mi_determinant(double *a, int64_t n, double *sign, double *logabs, mi_control *control);

/* Symmetric a = V diag(values) V'; the lower triangle is read, a becomes V (columns are the
 * vectors), values ascend. */
mi_status mi_eigh(double *a, int64_t n, double *values, mi_control *control);

/* General a: values [n] and, unless NULL, right vectors [n x n] in columns of norm one, complex as
 * pairs (re, im). Sorted by real part, then imaginary part. a is overwritten. */
mi_status mi_eigen(double *a, int64_t n, double *values, double *vectors, mi_control *control);

/* ---- rectangles ------------------------------------------------------------------------------ */

/* a = U diag(s) V', k = min(rows, columns): u [rows x k], s [k] descending, vt [k x columns]; u and
 * vt may both be NULL. a is overwritten. Divide and conquer; should that fail to converge, QR
 * iteration. */
mi_status mi_svd(double *a, int64_t rows, int64_t columns, double *u, double *s, double *vt,
                 mi_control *control);

/* a = Q R: q [rows x k], r [k x columns], k = min(rows, columns), diagonal of R not negative. */
mi_status mi_qr(const double *a, int64_t rows, int64_t columns, double *q, double *r,
                mi_control *control);

/* The lower triangle t [n x n] becomes one with t t' + factor^2 a' a in place of t t', for rows
 * a [rows x n]: QR of many rows that come a few at a time. Leading columns of zeros cost nothing,
 * so that adding another triangle's transpose takes a third of what as many rows would. */
mi_status mi_triangle_append(double *t, int64_t n, const double *a, int64_t rows, double factor,
                             mi_control *control);

/* The x [columns x rhs] of least norm among those that minimise |a x - b|, b [rows x rhs]. Singular
 * values up to tolerance * the greatest count as zero; a negative tolerance means
 * max(rows, columns) * epsilon. *rank says how many do not. a is overwritten. */
mi_status mi_lstsq(double *a, int64_t rows, int64_t columns, const double *b, int64_t rhs,
                   double tolerance, double *x, int64_t *rank, mi_control *control);

/* The Moore-Penrose inverse [columns x rows], tolerance as above. a is overwritten. */
mi_status mi_pinv(double *a, int64_t rows, int64_t columns, double tolerance, double *inverse,
                  int64_t *rank, mi_control *control);

/* c [rows x columns] := op(a) op(b); a is rows x inner, or inner x rows when transposed. The one
 * function here that lets NaN and infinity through, as arithmetic does. */
mi_status mi_matmul(bool transpose_a, bool transpose_b, int64_t rows, int64_t columns,
                    int64_t inner, const double *a, const double *b, double *c,
                    mi_control *control);

typedef enum mi_norm_kind { MI_NORM_FROBENIUS, MI_NORM_ONE, MI_NORM_INFINITY, MI_NORM_TWO }
    mi_norm_kind;

/* Frobenius, greatest column sum, greatest row sum, greatest singular value; no overflow on the
 * way. A vector is a matrix of one column. */
mi_status mi_norm(const double *a, int64_t rows, int64_t columns, mi_norm_kind kind,
                  double *norm, mi_control *control);

#endif
