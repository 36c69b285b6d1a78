/* Views: other ways to look at the memory of an array. None of these copies an element. */
#ifndef MI_ARRAY_VIEW_H
#define MI_ARRAY_VIEW_H

#include "core/base/array.h"

/* The shape that arrays of the shapes of a and b broadcast to: aligned at the last dimension, equal
 * lengths, or one of them 1. */
mi_status mi_broadcast_shape(const mi_array *a, const mi_array *b, int *ndim, int64_t *shape,
                             mi_control *control);

/* *out is a seen with the given shape, stride 0 where it repeats. */
mi_status mi_broadcast(const mi_array *a, int ndim, const int64_t *shape, mi_array *out,
                       mi_control *control);

/* Keeps elements first, first + step, ... of dimension d, count of them (zero-based, in range). */
void mi_view_slice(mi_array *a, int d, int64_t first, int64_t step, int64_t count);

/* Fixes dimension d at the zero-based index and drops it. */
void mi_view_at(mi_array *a, int d, int64_t index);

/* Dimension k of the result is dimension axes[k] of a. */
void mi_view_transpose(const mi_array *a, const int *axes, mi_array *out);

/* Moves dimension `from` to the place `to`, the others keep their order. */
void mi_view_move(mi_array *a, int from, int to);

/* Sees a with another shape of as many elements; false when that takes a copy. */
bool mi_view_reshape(const mi_array *a, int ndim, const int64_t *shape, mi_array *out);

/* Whether two arrays may share memory. */
bool mi_overlap(const mi_array *a, const mi_array *b);

#endif
