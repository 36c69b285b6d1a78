/* Reductions: an array to one number, or along an axis.
 *
 * Sums of integers are exact in i64 (they wrap beyond); sums of floating point numbers add pairs of
 * blocks, so that the error grows with the logarithm of the length. NaN goes through: the minimum
 * of numbers and a NaN is NaN, its argmin is the place of the first NaN. With skip_nan, NaN
 * elements do not take part. */
#ifndef MI_ARRAY_REDUCE_H
#define MI_ARRAY_REDUCE_H

#include "core/base/array.h"

typedef enum mi_reduction {
  MI_SUM,
  MI_MEAN,
  MI_PRODUCT,
  MI_VARIANCE, /* divided by n - ddof */
  MI_DEVIATION,
  MI_MIN,
  MI_MAX,
  MI_ARGMIN, /* zero-based */
  MI_ARGMAX,
  MI_ANY,
  MI_ALL,
  MI_COUNT /* elements that are not zero */
} mi_reduction;

typedef struct mi_reduce_options {
  bool skip_nan;
  int64_t ddof; /* of variance and deviation */
} mi_reduce_options;

/* The dtype of the result; MI_EINVAL for the order of complex numbers. */
mi_status mi_reduce_type(mi_reduction op, mi_dtype dtype, mi_dtype *result, mi_control *control);

/* Reduces all elements to *out (of the result's dtype). MI_EINVAL when an empty array has no result
 * (mean, variance, min, max and their places). */
mi_status mi_reduce(mi_reduction op, const mi_array *a, const mi_reduce_options *options, void *out,
                    mi_control *control);

/* Reduces along an axis; out is contiguous with the shape of a without that axis. */
mi_status mi_reduce_axis(mi_reduction op, const mi_array *a, int axis,
                         const mi_reduce_options *options, mi_array *out, mi_control *control);

#endif
