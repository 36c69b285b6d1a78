/* The strided array: a view on somebody's memory.
 *
 * Element (i0, i1, ...) is at data + i0 * stride[0] + i1 * stride[1] + ..., strides in bytes, which
 * may be zero (broadcast) or negative (reversed). A view never owns its data. "Contiguous" means
 * row-major without gaps. */
#ifndef MI_ARRAY_H
#define MI_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/control.h"

#define MI_MAX_NDIM 8

typedef enum mi_dtype { MI_F64, MI_F32, MI_I64, MI_I32, MI_U8, MI_C128 } mi_dtype;

typedef struct mi_array {
  char *data;
  mi_dtype dtype;
  int ndim;
  int64_t shape[MI_MAX_NDIM];
  int64_t stride[MI_MAX_NDIM]; /* bytes */
} mi_array;

size_t mi_dtype_size(mi_dtype dtype);

/* "f64", "f32", "i64", "i32", "u8", "c128". */
const char *mi_dtype_name(mi_dtype dtype);

/* Number of elements; 1 for ndim 0. */
int64_t mi_count(const mi_array *a);

/* Bytes a contiguous array of this shape needs; false when that overflows or a length is < 0. */
bool mi_array_bytes(mi_dtype dtype, int ndim, const int64_t *shape, size_t *bytes);

/* Makes *a a contiguous view of data. */
void mi_array_init(mi_array *a, void *data, mi_dtype dtype, int ndim, const int64_t *shape);

bool mi_is_contiguous(const mi_array *a);

/* Same ndim and lengths. */
bool mi_same_shape(const mi_array *a, const mi_array *b);

/* Copies element by element with conversion of the dtype; shapes must be equal. Real to complex is
 * exact; complex to real fails with MI_EINVAL, and so does a value that an integer dtype cannot
 * hold exactly (1.5, NaN, 300 as u8). */
mi_status mi_array_copy(mi_array *to, const mi_array *from, mi_control *control);

#endif
