/* Sums of products of the rows of a Jacobian, J'J, in batches.
 *
 * Rows wait in single precision, sorted into panels of MI_PANEL columns, until a batch is whole;
 * then its products are summed in single precision and added to the matrix. J'J only says how
 * long a step is and where it turns (the gradient is always exact), so that its rounding, some 1e-6
 * of its diagonal, is far below what damping adds. */
#ifndef MI_NNP_PRODUCTS_H
#define MI_NNP_PRODUCTS_H

#include <stddef.h>

#include "core/base/isa.h"

enum { MI_PANEL = 32, MI_BATCH = 256 };

/* to[r][c] += sum over the rows k of a[k][r] b[k][c], for panels a and b [count x MI_PANEL]; to
 * [MI_PANEL x stride], of which `high` rows and `wide` columns are there. */
MI_DECLARE(void, mi_panel_products,
           (size_t count, const float *a, const float *b, size_t high, size_t wide, double *to,
            size_t stride));

#endif
