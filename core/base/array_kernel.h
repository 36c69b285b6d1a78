/* Elementwise kernels on contiguous vectors: tables of functions, found by operation and dtype.
 *
 * The hot ones are compiled per instruction set (array_kernel.isa.c); the others call libm
 * (array_libm.c). A lookup gives NULL for what the file does not define. */
#ifndef MI_ARRAY_KERNEL_H
#define MI_ARRAY_KERNEL_H

#include "core/base/array_math.h"

typedef void mi_binary_kernel(size_t n, const void *a, const void *b, void *out);
typedef void mi_unary_kernel(size_t n, const void *a, void *out);

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): types cannot stand in parentheses */
/* Define kernels by an expression of the elements x and y. */
#define MI_BINARY_KERNEL(name, type, result, expression)                                          \
  static void name(size_t n, const void *pa, const void *pb, void *po) {                          \
    const type *a = pa, *b = pb;                                                                  \
    result *out = po;                                                                             \
    for (size_t i = 0; i < n; i++) {                                                              \
      type x = a[i], y = b[i];                                                                    \
      out[i] = (result)(expression);                                                              \
    }                                                                                             \
  }
#define MI_UNARY_KERNEL(name, type, result, expression)                                           \
  static void name(size_t n, const void *pa, void *po) {                                          \
    const type *a = pa;                                                                           \
    result *out = po;                                                                             \
    for (size_t i = 0; i < n; i++) {                                                              \
      type x = a[i];                                                                              \
      out[i] = (result)(expression);                                                              \
    }                                                                                             \
  }
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

MI_DECLARE(mi_binary_kernel *, mi_hot_binary, (mi_binary op, mi_dtype dtype));
MI_DECLARE(mi_unary_kernel *, mi_hot_unary, (mi_unary op, mi_dtype dtype));

mi_binary_kernel *mi_libm_binary(mi_binary op, mi_dtype dtype);
mi_unary_kernel *mi_libm_unary(mi_unary op, mi_dtype dtype);

/* Sum of n values with sixteen partial sums; the least and greatest value, NaN if there is one. */
MI_DECLARE(double, mi_block_sum, (size_t n, const double *x));
MI_DECLARE(double, mi_block_square_sum, (size_t n, const double *x, double shift));
MI_DECLARE(void, mi_block_range, (size_t n, const double *x, double *least, double *greatest));

#endif
