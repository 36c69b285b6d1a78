#include "core/base/array.h"

#include <math.h>
#include <string.h>

static const struct {
  const char *name;
  size_t size;
} dtypes[] = {{"f64", 8}, {"f32", 4}, {"i64", 8}, {"i32", 4}, {"u8", 1}, {"c128", 16}};

size_t mi_dtype_size(mi_dtype dtype) { return dtypes[dtype].size; }

const char *mi_dtype_name(mi_dtype dtype) { return dtypes[dtype].name; }

int64_t mi_count(const mi_array *a) {
  int64_t count = 1;
  for (int d = 0; d < a->ndim; d++) count *= a->shape[d];
  return count;
}

bool mi_array_bytes(mi_dtype dtype, int ndim, const int64_t *shape, size_t *bytes) {
  size_t total = mi_dtype_size(dtype);
  for (int d = 0; d < ndim; d++) {
    if (shape[d] < 0 || __builtin_mul_overflow(total, (size_t)shape[d], &total)) return false;
  }
  *bytes = total;
  return total <= PTRDIFF_MAX;
}

void mi_array_init(mi_array *a, void *data, mi_dtype dtype, int ndim, const int64_t *shape) {
  int64_t stride = (int64_t)mi_dtype_size(dtype);
  a->data = data;
  a->dtype = dtype;
  a->ndim = ndim;
  for (int d = ndim - 1; d >= 0; d--) {
    a->shape[d] = shape[d];
    a->stride[d] = stride;
    stride *= shape[d];
  }
}

bool mi_is_contiguous(const mi_array *a) {
  int64_t stride = (int64_t)mi_dtype_size(a->dtype);
  for (int d = a->ndim - 1; d >= 0; d--) {
    if (a->shape[d] == 0) return true;
    if (a->shape[d] != 1 && a->stride[d] != stride) return false;
    stride *= a->shape[d];
  }
  return true;
}

bool mi_same_shape(const mi_array *a, const mi_array *b) {
  return a->ndim == b->ndim &&
         memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof a->shape[0]) == 0;
}

/* ---- conversion of dtype --------------------------------------------------------------------- */

static double load_real(const char *p, mi_dtype dtype) {
  switch (dtype) {
    case MI_F64: return *(const double *)p;
    case MI_F32: return (double)*(const float *)p;
    case MI_I64: return (double)*(const int64_t *)p;
    case MI_I32: return (double)*(const int32_t *)p;
    case MI_U8: return (double)*(const uint8_t *)p;
    case MI_C128: return *(const double *)p;
  }
  return NAN;
}

/* The integer at p, false when p holds none. */
static bool load_integer(const char *p, mi_dtype dtype, int64_t *value) {
  if (dtype == MI_I64) {
    *value = *(const int64_t *)p;
    return true;
  }
  double real = load_real(p, dtype);
  const double limit = 9223372036854775808.0; /* 2^63 */
  if (!(real >= -limit && real < limit) || real != floor(real)) return false;
  *value = (int64_t)real;
  return true;
}

static bool store_integer(char *p, mi_dtype dtype, int64_t value) {
  switch (dtype) {
    case MI_I64: *(int64_t *)p = value; return true;
    case MI_I32: *(int32_t *)p = (int32_t)value; return value == (int32_t)value;
    default: *(uint8_t *)p = (uint8_t)value; return value == (uint8_t)value;
  }
}

static bool is_integer(mi_dtype dtype) {
  return dtype == MI_I64 || dtype == MI_I32 || dtype == MI_U8;
}

/* Converts one element; false when the target cannot hold it. */
static bool convert(char *to, mi_dtype to_type, const char *from, mi_dtype from_type) {
  if (is_integer(to_type)) {
    int64_t value;
    return load_integer(from, from_type, &value) && store_integer(to, to_type, value);
  }
  double real = load_real(from, from_type);
  if (to_type == MI_F64) {
    *(double *)to = real;
  } else if (to_type == MI_F32) {
    *(float *)to = (float)real;
  } else {
    ((double *)to)[0] = real;
    ((double *)to)[1] = from_type == MI_C128 ? ((const double *)from)[1] : 0.0;
  }
  return true;
}

/* Copies the innermost dimension; false at the first element that does not fit. */
static bool copy_run(char *to, int64_t to_stride, mi_dtype to_type, const char *from,
                     int64_t from_stride, mi_dtype from_type, int64_t n) {
  int64_t size = (int64_t)mi_dtype_size(to_type);
  if (to_type == from_type && to_stride == size && from_stride == size) {
    memcpy(to, from, (size_t)(n * size));
    return true;
  }
  if (to_type == MI_F64 && from_type == MI_F64) { /* a strided column: by far the usual case */
    for (int64_t i = 0; i < n; i++)
      *(double *)(to + i * to_stride) = *(const double *)(from + i * from_stride);
    return true;
  }
  if (to_type == from_type) {
    for (int64_t i = 0; i < n; i++)
      memcpy(to + i * to_stride, from + i * from_stride, (size_t)size);
    return true;
  }
  for (int64_t i = 0; i < n; i++) {
    if (!convert(to + i * to_stride, to_type, from + i * from_stride, from_type)) return false;
  }
  return true;
}

#define PIECE (1 << 18) /* elements between two looks at the cancel flag */

mi_status mi_array_copy(mi_array *to, const mi_array *from, mi_control *control) {
  if (!mi_same_shape(to, from)) return mi_fail(control, MI_EINVAL, "arrays of one shape expected");
  if (from->dtype == MI_C128 && to->dtype != MI_C128)
    return mi_fail(control, MI_EINVAL, "a complex array cannot become %s: take real, imag or abs",
                   mi_dtype_name(to->dtype));
  if (mi_count(to) == 0) return MI_OK;

  int inner = to->ndim - 1;
  int64_t n = inner >= 0 ? to->shape[inner] : 1;
  int64_t to_stride = inner >= 0 ? to->stride[inner] : 0;
  int64_t from_stride = inner >= 0 ? from->stride[inner] : 0;
  int64_t index[MI_MAX_NDIM] = {0};
  char *t = to->data;
  const char *f = from->data;
  for (;;) {
    for (int64_t i = 0; i < n; i += PIECE) {
      if (mi_cancelled(control)) return MI_ECANCEL;
      if (!copy_run(t + i * to_stride, to_stride, to->dtype, f + i * from_stride, from_stride,
                    from->dtype, n - i < PIECE ? n - i : PIECE))
        return mi_fail(control, MI_EINVAL, "a value does not fit the dtype %s",
                       mi_dtype_name(to->dtype));
    }
    int d = inner - 1;
    for (; d >= 0; d--) { /* odometer over the outer dimensions */
      t += to->stride[d];
      f += from->stride[d];
      if (++index[d] < to->shape[d]) break;
      t -= to->stride[d] * to->shape[d];
      f -= from->stride[d] * to->shape[d];
      index[d] = 0;
    }
    if (d < 0) return MI_OK;
  }
}
