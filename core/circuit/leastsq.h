/* Linear least squares on small dense problems, by Householder reflections.
 *
 * Columns are scaled to norm one first, so that units do not matter. The problems here (time
 * constants that crowd) are ill-conditioned, so never the normal equations; and small, so no BLAS:
 * calling it would cost more than the arithmetic. */
#ifndef MI_CIRCUIT_LEASTSQ_H
#define MI_CIRCUIT_LEASTSQ_H

#include <stdint.h>

#include "core/base/control.h"

/* x [columns] minimises |a x - b|; a [columns][rows] holds its columns one after the other, rows >=
 * columns; a column of zeros gets x = 0. a and b [rows] are overwritten. Where the columns are
 * dependent to rounding (1e-14), x is the shortest solution in the scaled unknowns. */
mi_status mi_leastsq(double *a, double *b, int64_t rows, int64_t columns, double *x,
                     mi_control *control);

#endif
