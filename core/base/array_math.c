/* Elementwise functions: dtypes, and blocks of elements through the kernels.
 *
 * A row of any dtype and stride is worked on in blocks that stay in the first-level cache. Operands
 * that are not already contiguous vectors of the dtype computed in are gathered into a block. */
#include "core/base/array_math.h"

#include <string.h>

#include "core/base/array_kernel.h"
#include "core/base/array_loop.h"
#include "core/base/memory.h"

enum { BLOCK = 512 };

/* ---- dtypes ---------------------------------------------------------------------------------- */

mi_dtype mi_promote(mi_dtype a, mi_dtype b) {
  if (a == b) return a == MI_U8 ? MI_I64 : a;
  if (a == MI_U8) return b;
  if (b == MI_U8) return a;
  if (a == MI_C128 || b == MI_C128) return MI_C128;
  if (a == MI_F64 || b == MI_F64 || a == MI_F32 || b == MI_F32) return MI_F64;
  return MI_I64;
}

static bool is_integer(mi_dtype t) { return t == MI_I64 || t == MI_I32 || t == MI_U8; }

static mi_binary_kernel *binary_kernel(mi_binary op, mi_dtype t, const mi_control *control) {
  mi_binary_kernel *hot = MI_DISPATCH(mi_level(control), mi_hot_binary)(op, t);
  return hot ? hot : mi_libm_binary(op, t);
}

static mi_unary_kernel *unary_kernel(mi_unary op, mi_dtype t, const mi_control *control) {
  mi_unary_kernel *hot = MI_DISPATCH(mi_level(control), mi_hot_unary)(op, t);
  return hot ? hot : mi_libm_unary(op, t);
}

mi_status mi_binary_types(mi_binary op, mi_dtype a, mi_dtype b, mi_dtype *compute,
                          mi_dtype *result, mi_control *control) {
  bool logical = op == MI_AND || op == MI_OR || op == MI_XOR;
  bool comparison = op >= MI_LESS && op <= MI_NOT_EQUAL;
  mi_dtype t = logical ? MI_U8 : mi_promote(a, b);
  if (is_integer(t) && !logical && !binary_kernel(op, t, control)) t = MI_F64;
  if (!binary_kernel(op, t, control))
    return mi_fail(control, MI_EINVAL, "not defined for complex arrays");
  *compute = t;
  *result = comparison ? MI_U8 : t;
  return MI_OK;
}

mi_status mi_unary_types(mi_unary op, mi_dtype a, mi_dtype *compute, mi_dtype *result,
                         mi_control *control) {
  bool test = op == MI_ISNAN || op == MI_ISFINITE || op == MI_ISINF;
  bool part = op == MI_ABS || op == MI_ANGLE;
  mi_dtype t = op == MI_NOT ? MI_U8 : a == MI_U8 ? MI_I64 : a;
  if (op == MI_CONJ) t = MI_C128;
  if (t != MI_C128 && !unary_kernel(op, t, control)) t = MI_F64;
  if (!unary_kernel(op, t, control))
    return mi_fail(control, MI_EINVAL, "not defined for complex arrays");
  *compute = t;
  *result = test ? MI_U8 : part && t == MI_C128 ? MI_F64 : t;
  return MI_OK;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* An operand on its way through a row. Its block is filled only when that is necessary, and only
 * once when the operand repeats one element. */
typedef struct operand {
  const char *data;
  int64_t stride;
  mi_dtype dtype, compute;
  bool direct, repeated;
  _Alignas(MI_ALIGNMENT) char block[BLOCK * 16];
} operand;

static void operand_begin(operand *o, const char *data, int64_t stride, mi_dtype dtype,
                          mi_dtype compute, int64_t n) {
  o->data = data;
  o->stride = stride;
  o->dtype = dtype;
  o->compute = compute;
  o->repeated = stride == 0;
  o->direct = dtype == compute && stride == (int64_t)mi_dtype_size(dtype);
  if (o->repeated) mi_gather(o->block, compute, data, dtype, 0, n < BLOCK ? n : BLOCK);
}

/* The n elements from `at` on, as a contiguous vector of the dtype computed in. */
static const void *operand_block(operand *o, int64_t at, int64_t n) {
  if (o->direct) return o->data + at * o->stride;
  if (!o->repeated)
    mi_gather(o->block, o->compute, o->data + at * o->stride, o->dtype, o->stride, n);
  return o->block;
}

typedef struct apply_context {
  mi_dtype compute, a, b, mask;
  mi_binary_kernel *binary;
  mi_unary_kernel *unary;
  bool divides_integers;
} apply_context;

static bool has_zero(const void *block, mi_dtype t, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    if (t == MI_I64 ? ((const int64_t *)block)[i] == 0 : ((const int32_t *)block)[i] == 0)
      return true;
  }
  return false;
}

static mi_status binary_row(void *context, int64_t n, char *const *data, const int64_t *stride,
                            mi_control *control) {
  const apply_context *c = context;
  operand a, b;
  operand_begin(&a, data[1], stride[1], c->a, c->compute, n);
  operand_begin(&b, data[2], stride[2], c->b, c->compute, n);
  for (int64_t at = 0; at < n; at += BLOCK) {
    int64_t length = n - at < BLOCK ? n - at : BLOCK;
    const void *x = operand_block(&a, at, length), *y = operand_block(&b, at, length);
    if (c->divides_integers && has_zero(y, c->compute, length))
      return mi_fail(control, MI_EINVAL, "division of an integer by zero");
    c->binary((size_t)length, x, y, data[0] + at * stride[0]);
  }
  return MI_OK;
}

mi_status mi_binary_apply(mi_binary op, mi_dtype compute, const mi_array *a, const mi_array *b,
                          mi_array *out, mi_control *control) {
  apply_context c = {.compute = compute, .a = a->dtype, .b = b->dtype};
  c.binary = binary_kernel(op, compute, control);
  c.divides_integers = (op == MI_FLOOR_DIVIDE || op == MI_MODULO) && is_integer(compute);
  return mi_loop(3, (const mi_array *[]){out, a, b}, binary_row, &c, control);
}

static mi_status unary_row(void *context, int64_t n, char *const *data, const int64_t *stride,
                           mi_control *control) {
  (void)control;
  const apply_context *c = context;
  operand a;
  operand_begin(&a, data[1], stride[1], c->a, c->compute, n);
  for (int64_t at = 0; at < n; at += BLOCK) {
    int64_t length = n - at < BLOCK ? n - at : BLOCK;
    c->unary((size_t)length, operand_block(&a, at, length), data[0] + at * stride[0]);
  }
  return MI_OK;
}

mi_status mi_unary_apply(mi_unary op, mi_dtype compute, const mi_array *a, mi_array *out,
                         mi_control *control) {
  apply_context c = {.compute = compute, .a = a->dtype};
  c.unary = unary_kernel(op, compute, control);
  return mi_loop(2, (const mi_array *[]){out, a}, unary_row, &c, control);
}

/* ---- choice by a mask ------------------------------------------------------------------------ */

static void choose(size_t n, size_t size, const uint8_t *mask, const char *a, const char *b,
                   char *out) {
  for (size_t i = 0; i < n; i++)
    memcpy(out + i * size, (mask[i] ? a : b) + i * size, size);
}

/* Here the operands are a and b, and the mask is the third array of the row. */
static mi_status where_row(void *context, int64_t n, char *const *data, const int64_t *stride,
                           mi_control *control) {
  (void)control;
  const apply_context *c = context;
  size_t size = mi_dtype_size(c->compute);
  operand a, b, mask;
  operand_begin(&a, data[1], stride[1], c->a, c->compute, n);
  operand_begin(&b, data[2], stride[2], c->b, c->compute, n);
  operand_begin(&mask, data[3], stride[3], c->mask, MI_U8, n);
  for (int64_t at = 0; at < n; at += BLOCK) {
    int64_t length = n - at < BLOCK ? n - at : BLOCK;
    choose((size_t)length, size, operand_block(&mask, at, length), operand_block(&a, at, length),
           operand_block(&b, at, length), data[0] + at * stride[0]);
  }
  return MI_OK;
}

mi_status mi_where(const mi_array *mask, const mi_array *a, const mi_array *b, mi_array *out,
                   mi_control *control) {
  apply_context c = {.compute = out->dtype, .a = a->dtype, .b = b->dtype, .mask = mask->dtype};
  return mi_loop(4, (const mi_array *[]){out, a, b, mask}, where_row, &c, control);
}

static mi_status truth_row(void *context, int64_t n, char *const *data, const int64_t *stride,
                           mi_control *control) {
  (void)control;
  mi_gather(data[0], MI_U8, data[1], *(const mi_dtype *)context, stride[1], n);
  return MI_OK;
}

mi_status mi_truth(const mi_array *a, mi_array *out, mi_control *control) {
  mi_dtype dtype = a->dtype;
  return mi_loop(2, (const mi_array *[]){out, a}, truth_row, &dtype, control);
}
