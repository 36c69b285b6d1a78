/* Blocked factorisations of column-major matrices that poll for cancel; for linalg.c.
 *
 * They return what the LAPACK function of the same task returns as info. When cancelled they stop
 * early with 0: the caller looks as well. */
#ifndef MI_LINALG_BLOCKS_H
#define MI_LINALG_BLOCKS_H

#include <lapacke.h>

#include "core/base/control.h"

/* dgetrf of an n x n matrix. */
lapack_int mi_lu_blocks(double *a, int64_t n, lapack_int *pivots, mi_control *control);

/* dgetrs: solves a' x = b for the columns of b in place. */
lapack_int mi_lu_solve_blocks(const double *a, int64_t n, const lapack_int *pivots, double *b,
                              int64_t columns, mi_control *control);

/* dgeqrf, and dorgqr of the first k columns; k = min(rows, columns). */
lapack_int mi_qr_blocks(double *a, int64_t rows, int64_t columns, double *tau,
                        mi_control *control);
lapack_int mi_q_blocks(double *a, int64_t rows, int64_t k, const double *tau, mi_control *control);

/* dtpqrt: the upper triangle t [n x n] becomes that of itself with the rows of b [rows x n], which
 * is overwritten. Panels of b that are zero cost nothing. */
lapack_int mi_append_blocks(double *t, int64_t n, double *b, int64_t rows, mi_control *control);

#endif
