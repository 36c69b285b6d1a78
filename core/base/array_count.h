/* Counting: histograms. */
#ifndef MI_ARRAY_COUNT_H
#define MI_ARRAY_COUNT_H

#include "core/base/control.h"

#include <stdint.h>

/* Adds the weights (1 when weights is NULL) of the n values to the bins between bins + 1 ascending
 * edges; uniform says that the edges are equally spaced. A bin contains its lower edge, the last
 * one its upper edge too; values outside are not counted. NaN fails with MI_EINVAL. */
mi_status mi_histogram(const double *x, const double *weights, int64_t n, const double *edges,
                       int64_t bins, bool uniform, double *counts, mi_control *control);

#endif
