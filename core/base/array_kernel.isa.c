/* The elementwise kernels that run at the speed of memory, and the sums. */
#include <math.h>

#include "core/base/array_kernel.h"

/* The order of the first ten of mi_binary. */
#define FLOATS(t, type)                                              \
  MI_BINARY_KERNEL(t##_add, type, type, x + y)                       \
  MI_BINARY_KERNEL(t##_subtract, type, type, x - y)                  \
  MI_BINARY_KERNEL(t##_multiply, type, type, x *y)                   \
  MI_BINARY_KERNEL(t##_divide, type, type, x / y)                    \
  MI_BINARY_KERNEL(t##_minimum, type, type, x < y || x != x ? x : y) \
  MI_BINARY_KERNEL(t##_maximum, type, type, x > y || x != x ? x : y) \
  MI_UNARY_KERNEL(t##_negate, type, type, -x)                        \
  MI_UNARY_KERNEL(t##_square, type, type, x *x)

/* Integers wrap: the arithmetic is unsigned, where overflow is defined. */
#define INTEGERS(t, type, wide)                                 \
  MI_BINARY_KERNEL(t##_add, type, type, (wide)x + (wide)y)      \
  MI_BINARY_KERNEL(t##_subtract, type, type, (wide)x - (wide)y) \
  MI_BINARY_KERNEL(t##_multiply, type, type, (wide)x *(wide)y)  \
  MI_BINARY_KERNEL(t##_minimum, type, type, x < y ? x : y)      \
  MI_BINARY_KERNEL(t##_maximum, type, type, x > y ? x : y)      \
  MI_UNARY_KERNEL(t##_negate, type, type, (wide)0 - (wide)x)    \
  MI_UNARY_KERNEL(t##_square, type, type, (wide)x *(wide)x)     \
  MI_UNARY_KERNEL(t##_abs, type, type, x < 0 ? (wide)0 - (wide)x : (wide)x)

#define COMPARISONS(t, type)                              \
  MI_BINARY_KERNEL(t##_less, type, uint8_t, x < y)        \
  MI_BINARY_KERNEL(t##_less_equal, type, uint8_t, x <= y) \
  MI_BINARY_KERNEL(t##_equal, type, uint8_t, x == y)      \
  MI_BINARY_KERNEL(t##_not_equal, type, uint8_t, x != y)

FLOATS(f64, double)
FLOATS(f32, float)
INTEGERS(i64, int64_t, uint64_t)
INTEGERS(i32, int32_t, uint32_t)
COMPARISONS(f64, double)
COMPARISONS(f32, float)
COMPARISONS(i64, int64_t)
COMPARISONS(i32, int32_t)
MI_UNARY_KERNEL(f64_abs, double, double, fabs(x))
MI_UNARY_KERNEL(f32_abs, float, float, fabsf(x))
MI_UNARY_KERNEL(f64_sqrt, double, double, sqrt(x))
MI_UNARY_KERNEL(f32_sqrt, float, float, sqrtf(x))
MI_UNARY_KERNEL(f64_floor, double, double, floor(x))
MI_UNARY_KERNEL(f64_ceil, double, double, ceil(x))
MI_UNARY_KERNEL(f64_round, double, double, rint(x))
MI_UNARY_KERNEL(f64_trunc, double, double, trunc(x))
MI_UNARY_KERNEL(f64_isnan, double, uint8_t, x != x)
MI_UNARY_KERNEL(f64_isfinite, double, uint8_t, fabs(x) <= 0x1.fffffffffffffp1023)
MI_BINARY_KERNEL(u8_and, uint8_t, uint8_t, x &y)
MI_BINARY_KERNEL(u8_or, uint8_t, uint8_t, x | y)
MI_BINARY_KERNEL(u8_xor, uint8_t, uint8_t, x ^ y)
MI_UNARY_KERNEL(u8_not, uint8_t, uint8_t, x == 0)

typedef struct complex_number {
  double re, im;
} complex_number;

#define COMPLEX(name, real, imaginary)                                   \
  static void name(size_t n, const void *pa, const void *pb, void *po) { \
    const complex_number *a = pa, *b = pb;                               \
    complex_number *out = po;                                            \
    for (size_t i = 0; i < n; i++) {                                     \
      complex_number x = a[i], y = b[i];                                 \
      out[i] = (complex_number){real, imaginary};                        \
    }                                                                    \
  }

COMPLEX(c128_add, x.re + y.re, x.im + y.im)
COMPLEX(c128_subtract, x.re - y.re, x.im - y.im)
COMPLEX(c128_multiply, x.re *y.re - x.im * y.im, x.re *y.im + x.im * y.re)
MI_BINARY_KERNEL(c128_equal, complex_number, uint8_t, x.re == y.re && x.im == y.im)
MI_BINARY_KERNEL(c128_not_equal, complex_number, uint8_t, x.re != y.re || x.im != y.im)

/* ---- functions of vmath ---------------------------------------------------------------------- */

#define VECTOR(name, function)                                 \
  void MI_ISA(function)(const double *x, double *y, size_t n); \
  static void name(size_t n, const void *a, void *out) {       \
    MI_ISA(function)(a, out, n);                               \
  }

VECTOR(f64_exp, mi_vexp)
VECTOR(f64_log, mi_vlog)
VECTOR(f64_tanh, mi_vtanh)
VECTOR(f64_expm1, mi_vexpm1)
VECTOR(f64_log1p, mi_vlog1p)

void MI_ISA(mi_vsincos)(const double *x, double *sine, double *cosine, size_t n);

/* The other one of sine and cosine goes to a block that nobody reads. */
static void f64_sin(size_t n, const void *a, void *out) {
  double cosine[256];
  for (size_t i = 0; i < n; i += 256)
    MI_ISA(mi_vsincos)((const double *)a + i, (double *)out + i, cosine, n - i < 256 ? n - i : 256);
}

static void f64_cos(size_t n, const void *a, void *out) {
  double sine[256];
  for (size_t i = 0; i < n; i += 256)
    MI_ISA(mi_vsincos)((const double *)a + i, sine, (double *)out + i, n - i < 256 ? n - i : 256);
}

/* ---- tables ---------------------------------------------------------------------------------- */

mi_binary_kernel *MI_ISA(mi_hot_binary)(mi_binary op, mi_dtype dtype) {
  static mi_binary_kernel *const kernels[MI_BINARY_COUNT][6] = {
      [MI_ADD] = {f64_add, f32_add, i64_add, i32_add, NULL, c128_add},
      [MI_SUBTRACT] = {f64_subtract, f32_subtract, i64_subtract, i32_subtract, NULL, c128_subtract},
      [MI_MULTIPLY] = {f64_multiply, f32_multiply, i64_multiply, i32_multiply, NULL, c128_multiply},
      [MI_DIVIDE] = {f64_divide, f32_divide},
      [MI_MINIMUM] = {f64_minimum, f32_minimum, i64_minimum, i32_minimum},
      [MI_MAXIMUM] = {f64_maximum, f32_maximum, i64_maximum, i32_maximum},
      [MI_LESS] = {f64_less, f32_less, i64_less, i32_less},
      [MI_LESS_EQUAL] = {f64_less_equal, f32_less_equal, i64_less_equal, i32_less_equal},
      [MI_EQUAL] = {f64_equal, f32_equal, i64_equal, i32_equal, NULL, c128_equal},
      [MI_NOT_EQUAL] = {f64_not_equal, f32_not_equal, i64_not_equal, i32_not_equal, NULL,
                        c128_not_equal},
      [MI_AND] = {[MI_U8] = u8_and},
      [MI_OR] = {[MI_U8] = u8_or},
      [MI_XOR] = {[MI_U8] = u8_xor},
  };
  return kernels[op][dtype];
}

mi_unary_kernel *MI_ISA(mi_hot_unary)(mi_unary op, mi_dtype dtype) {
  static mi_unary_kernel *const kernels[MI_UNARY_COUNT][6] = {
      [MI_NEGATE] = {f64_negate, f32_negate, i64_negate, i32_negate},
      [MI_ABS] = {f64_abs, f32_abs, i64_abs, i32_abs},
      [MI_SQUARE] = {f64_square, f32_square, i64_square, i32_square},
      [MI_SQRT] = {f64_sqrt, f32_sqrt},
      [MI_FLOOR] = {f64_floor},
      [MI_CEIL] = {f64_ceil},
      [MI_ROUND] = {f64_round},
      [MI_TRUNC] = {f64_trunc},
      [MI_EXP] = {f64_exp},
      [MI_EXPM1] = {f64_expm1},
      [MI_LOG] = {f64_log},
      [MI_LOG1P] = {f64_log1p},
      [MI_SIN] = {f64_sin},
      [MI_COS] = {f64_cos},
      [MI_TANH] = {f64_tanh},
      [MI_ISNAN] = {f64_isnan},
      [MI_ISFINITE] = {f64_isfinite},
      [MI_NOT] = {[MI_U8] = u8_not},
  };
  return kernels[op][dtype];
}

/* ---- sums ------------------------------------------------------------------------------------ */

enum { LANES = 32 }; /* independent partial results: vectors and short chains of additions */

/* Adds the partial sums in a fixed order. */
static double fold(double *s) {
  for (int half = LANES / 2; half > 0; half /= 2) {
    for (int k = 0; k < half; k++) s[k] += s[k + half];
  }
  return s[0];
}

double MI_ISA(mi_block_sum)(size_t n, const double *x) {
  double s[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (size_t k = 0; k < LANES; k++) s[k] += x[i + k];
  }
  for (size_t k = 0; i + k < n; k++) s[k] += x[i + k];
  return fold(s);
}

double MI_ISA(mi_block_square_sum)(size_t n, const double *x, double shift) {
  double s[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (size_t k = 0; k < LANES; k++) s[k] += (x[i + k] - shift) * (x[i + k] - shift);
  }
  for (size_t k = 0; i + k < n; k++) s[k] += (x[i + k] - shift) * (x[i + k] - shift);
  return fold(s);
}

void MI_ISA(mi_block_range)(size_t n, const double *x, double *least, double *greatest) {
  double low[LANES], high[LANES];
  int unordered = 0;
  for (size_t k = 0; k < LANES; k++) low[k] = INFINITY, high[k] = -INFINITY;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    for (size_t k = 0; k < LANES; k++) {
      double v = x[i + k];
      low[k] = v < low[k] ? v : low[k];
      high[k] = v > high[k] ? v : high[k];
      unordered |= v != v;
    }
  }
  for (size_t k = 0; i + k < n; k++) {
    double v = x[i + k];
    low[k] = v < low[k] ? v : low[k];
    high[k] = v > high[k] ? v : high[k];
    unordered |= v != v;
  }
  for (size_t k = 1; k < LANES; k++) {
    if (low[k] < low[0]) low[0] = low[k];
    if (high[k] > high[0]) high[0] = high[k];
  }
  *least = unordered ? NAN : low[0];
  *greatest = unordered ? NAN : high[0];
}
