/* Activation functions over arrays: for training, where layers are matrices. */
#ifndef MI_NNP_ROWS_H
#define MI_NNP_ROWS_H

#include "core/nnp/network.h"

/* y = f(c z), first = c f'(c z), second = c^2 f''(c z); n is a multiple of 8 and all arrays are
 * aligned to MI_ALIGNMENT. */
MI_DECLARE(void, mi_activate_rows,
           (mi_activation kind, double c, size_t n, const double *z, double *y, double *first,
            double *second));

#endif
