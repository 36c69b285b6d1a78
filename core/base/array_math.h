/* Elementwise functions of one or two arrays.
 *
 * dtypes: c128 dominates, then f64, f32, i64, i32; f32 with i64 or i32 gives f64. u8 (masks, small
 * counts) takes the dtype of its partner, and two u8 give i64. Division, powers and the functions
 * of analysis give floating point for integers; comparisons and logic give u8. Integers wrap around
 * on overflow. Not a number goes through everything: minimum(NaN, 1) is NaN. */
#ifndef MI_ARRAY_MATH_H
#define MI_ARRAY_MATH_H

#include "core/base/array.h"

typedef enum mi_binary {
  MI_ADD,
  MI_SUBTRACT,
  MI_MULTIPLY,
  MI_DIVIDE,
  MI_MINIMUM,
  MI_MAXIMUM,
  MI_LESS,
  MI_LESS_EQUAL,
  MI_EQUAL,
  MI_NOT_EQUAL,
  MI_FLOOR_DIVIDE, /* rounds down, as // of Lua */
  MI_MODULO,       /* sign of the divisor, as % of Lua */
  MI_POWER,
  MI_ATAN2,
  MI_HYPOT,
  MI_AND,
  MI_OR,
  MI_XOR,
  MI_BINARY_COUNT
} mi_binary;

typedef enum mi_unary {
  MI_NEGATE,
  MI_ABS,
  MI_SQUARE,
  MI_SQRT,
  MI_FLOOR,
  MI_CEIL,
  MI_ROUND, /* halves to even */
  MI_TRUNC,
  MI_SIGN,
  MI_EXP,
  MI_EXPM1,
  MI_LOG,
  MI_LOG1P,
  MI_LOG2,
  MI_LOG10,
  MI_CBRT,
  MI_SIN,
  MI_COS,
  MI_TAN,
  MI_ASIN,
  MI_ACOS,
  MI_ATAN,
  MI_SINH,
  MI_COSH,
  MI_TANH,
  MI_ERF,
  MI_ERFC,
  MI_GAMMA,
  MI_LGAMMA,
  MI_CONJ,
  MI_ANGLE,
  MI_NOT,
  MI_ISNAN,
  MI_ISFINITE,
  MI_ISINF,
  MI_UNARY_COUNT
} mi_unary;

/* The dtype that two dtypes meet in. */
mi_dtype mi_promote(mi_dtype a, mi_dtype b);

/* In which dtype an operation computes and what it gives; MI_EINVAL when it is not defined (the
 * order of complex numbers, the gamma function of one). */
mi_status mi_binary_types(mi_binary op, mi_dtype a, mi_dtype b, mi_dtype *compute,
                          mi_dtype *result, mi_control *control);
mi_status mi_unary_types(mi_unary op, mi_dtype a, mi_dtype *compute, mi_dtype *result,
                         mi_control *control);

/* out = op(a, b) and out = op(a): shapes equal (broadcast first), out of the result's dtype and
 * contiguous. out may be a or b itself. */
mi_status mi_binary_apply(mi_binary op, mi_dtype compute, const mi_array *a, const mi_array *b,
                          mi_array *out, mi_control *control);
mi_status mi_unary_apply(mi_unary op, mi_dtype compute, const mi_array *a, mi_array *out,
                         mi_control *control);

/* out = mask ? a : b. A mask of any dtype is true where it is not 0;
 * shapes equal; out has the promoted dtype (u8 when both are u8). */
mi_status mi_where(const mi_array *mask, const mi_array *a, const mi_array *b, mi_array *out,
                   mi_control *control);

/* out (u8, contiguous, same shape) = 1 where a is not 0. */
mi_status mi_truth(const mi_array *a, mi_array *out, mi_control *control);

#endif
