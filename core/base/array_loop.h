/* Loops over the elements of several arrays of one shape.
 *
 * mi_loop joins dimensions that lie one behind the other in every array, so that contiguous arrays
 * are a single row, and calls the row function for pieces of at most MI_LOOP_PIECE elements; in
 * between it polls for cancel. Arrays whose shapes differ are broadcast first (mi_broadcast). */
#ifndef MI_ARRAY_LOOP_H
#define MI_ARRAY_LOOP_H

#include "core/base/array.h"

#define MI_LOOP_ARRAYS 4
#define MI_LOOP_PIECE (1 << 18)

/* Element i of array k is at data[k] + i * stride[k]. */
typedef mi_status mi_row_function(void *context, int64_t n, char *const *data,
                                  const int64_t *stride, mi_control *control);

mi_status mi_loop(int count, const mi_array *const *arrays, mi_row_function *row, void *context,
                  mi_control *control);

/* Converts n elements to the dtype `to`, whole numbers and truncation included: the caller has made
 * sure that the values fit. Complex to real takes the real part; to u8 is x != 0. */
void mi_gather(void *out, mi_dtype to, const char *from, mi_dtype from_type, int64_t stride,
               int64_t n);

#endif
