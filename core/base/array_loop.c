#include "core/base/array_loop.h"

#include <string.h>

/* ---- loops ----------------------------------------------------------------------------------- */

typedef struct loop {
  int count, ndim;
  int64_t shape[MI_MAX_NDIM];
  int64_t stride[MI_MAX_NDIM][MI_LOOP_ARRAYS];
} loop;

/* Whether dimension d of all arrays continues the last dimension of the loop. */
static bool continues(const loop *l, const mi_array *const *arrays, int d) {
  for (int k = 0; k < l->count; k++) {
    if (l->stride[l->ndim - 1][k] != arrays[k]->stride[d] * arrays[0]->shape[d]) return false;
  }
  return true;
}

static void build(loop *l, int count, const mi_array *const *arrays) {
  l->count = count;
  l->ndim = 0;
  for (int d = 0; d < arrays[0]->ndim; d++) {
    int64_t length = arrays[0]->shape[d];
    if (length == 1) continue;
    if (l->ndim > 0 && continues(l, arrays, d)) {
      l->shape[l->ndim - 1] *= length;
    } else {
      l->shape[l->ndim++] = length;
    }
    for (int k = 0; k < count; k++) l->stride[l->ndim - 1][k] = arrays[k]->stride[d];
  }
  if (l->ndim == 0) { /* a single element */
    l->ndim = 1;
    l->shape[0] = 1;
    memset(l->stride[0], 0, sizeof l->stride[0]);
  }
}

static mi_status run_row(const loop *l, char *const *start, mi_row_function *row, void *context,
                         mi_control *control) {
  int64_t n = l->shape[l->ndim - 1];
  const int64_t *stride = l->stride[l->ndim - 1];
  for (int64_t done = 0; done < n; done += MI_LOOP_PIECE) {
    char *data[MI_LOOP_ARRAYS] = {NULL};
    for (int k = 0; k < l->count; k++) data[k] = start[k] + done * stride[k];
    if (mi_cancelled(control)) return MI_ECANCEL;
    int64_t piece = n - done < MI_LOOP_PIECE ? n - done : MI_LOOP_PIECE;
    mi_status status = row(context, piece, data, stride, control);
    if (status != MI_OK) return status;
  }
  return MI_OK;
}

/* Moves to the next row; false after the last one. */
static bool next_row(const loop *l, int64_t *index, char **data) {
  for (int d = l->ndim - 2; d >= 0; d--) {
    bool more = ++index[d] < l->shape[d];
    for (int k = 0; k < l->count; k++)
      data[k] += l->stride[d][k] * (more ? 1 : 1 - l->shape[d]);
    if (more) return true;
    index[d] = 0;
  }
  return false;
}

mi_status mi_loop(int count, const mi_array *const *arrays, mi_row_function *row, void *context,
                  mi_control *control) {
  if (mi_count(arrays[0]) == 0) return MI_OK;
  loop l = {0};
  build(&l, count, arrays);
  int64_t index[MI_MAX_NDIM] = {0};
  char *data[MI_LOOP_ARRAYS] = {NULL};
  for (int k = 0; k < count; k++) data[k] = arrays[k]->data;
  do {
    mi_status status = run_row(&l, data, row, context, control);
    if (status != MI_OK) return status;
  } while (next_row(&l, index, data));
  return MI_OK;
}

/* ---- conversion ------------------------------------------------------------------------------ */

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): types cannot stand in parentheses */
#define CONVERT(name, to_t, from_t, store)                                                        \
  static void name(void *out, const char *from, int64_t stride, int64_t n) {                      \
    to_t *y = out;                                                                                 \
    for (int64_t i = 0; i < n; i++) {                                                              \
      from_t x = *(const from_t *)(from + i * stride);                                             \
      store;                                                                                       \
    }                                                                                              \
  }
#define CONVERT_ALL(to_name, to_t, store)      \
  CONVERT(to_name##_f64, to_t, double, store)  \
  CONVERT(to_name##_f32, to_t, float, store)   \
  CONVERT(to_name##_i64, to_t, int64_t, store) \
  CONVERT(to_name##_i32, to_t, int32_t, store) \
  CONVERT(to_name##_u8, to_t, uint8_t, store)
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

CONVERT_ALL(f64, double, y[i] = (double)x)
CONVERT_ALL(f32, float, y[i] = (float)x)
CONVERT_ALL(i64, int64_t, y[i] = (int64_t)x)
CONVERT_ALL(i32, int32_t, y[i] = (int32_t)x)
CONVERT_ALL(u8, uint8_t, y[i] = x != 0)
CONVERT_ALL(c128, double, (y[2 * i] = (double)x, y[2 * i + 1] = 0))

static void c128_c128(void *out, const char *from, int64_t stride, int64_t n) {
  for (int64_t i = 0; i < n; i++) memcpy((char *)out + 16 * i, from + i * stride, 16);
}

static void u8_c128(void *out, const char *from, int64_t stride, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const double *x = (const double *)(from + i * stride);
    ((uint8_t *)out)[i] = x[0] != 0 || x[1] != 0;
  }
}

/* The real part of a complex number is the double at its address. */
typedef void converter(void *out, const char *from, int64_t stride, int64_t n);
static converter *const converters[6][6] = {
    {f64_f64, f64_f32, f64_i64, f64_i32, f64_u8, f64_f64},
    {f32_f64, f32_f32, f32_i64, f32_i32, f32_u8, f32_f64},
    {i64_f64, i64_f32, i64_i64, i64_i32, i64_u8, i64_f64},
    {i32_f64, i32_f32, i32_i64, i32_i32, i32_u8, i32_f64},
    {u8_f64, u8_f32, u8_i64, u8_i32, u8_u8, u8_c128},
    {c128_f64, c128_f32, c128_i64, c128_i32, c128_u8, c128_c128},
};

void mi_gather(void *out, mi_dtype to, const char *from, mi_dtype from_type, int64_t stride,
               int64_t n) {
  converters[to][from_type](out, from, stride, n);
}
