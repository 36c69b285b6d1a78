/* Elementwise kernels that call libm: those of f64 that vmath has are in array_kernel.isa.c. */
#include <complex.h>
#include <math.h>

#include "core/base/array_kernel.h"

/* ---- two arguments --------------------------------------------------------------------------- */

/* fmod has the sign of the dividend. */
static double modulo(double x, double y) {
  double r = fmod(x, y);
  if (r != 0 ? (r < 0) != (y < 0) : 0) r += y;
  return r;
}

/* A zero divisor has been refused; -1 is apart because INT64_MIN / -1 overflows. */
static int64_t integer_divide(int64_t x, int64_t y) {
  if (y == -1) return (int64_t)(0 - (uint64_t)x);
  int64_t q = x / y;
  return q - (x % y != 0 && (x < 0) != (y < 0));
}

static int64_t integer_modulo(int64_t x, int64_t y) {
  if (y == -1) return 0;
  int64_t r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

/* Smith: no overflow where the quotient has none. */
static double complex complex_divide(double complex x, double complex y) {
  double c = creal(y), d = cimag(y), a = creal(x), b = cimag(x);
  if (fabs(c) >= fabs(d)) {
    double r = d / c, t = c + d * r;
    return CMPLX((a + b * r) / t, (b - a * r) / t);
  }
  double r = c / d, t = c * r + d;
  return CMPLX((a * r + b) / t, (b * r - a) / t);
}

MI_BINARY_KERNEL(f64_floor_divide, double, double, floor(x / y))
MI_BINARY_KERNEL(f32_floor_divide, float, float, floorf(x / y))
MI_BINARY_KERNEL(i64_floor_divide, int64_t, int64_t, integer_divide(x, y))
MI_BINARY_KERNEL(i32_floor_divide, int32_t, int32_t, integer_divide(x, y))
MI_BINARY_KERNEL(f64_modulo, double, double, modulo(x, y))
MI_BINARY_KERNEL(f32_modulo, float, float, modulo((double)x, (double)y))
MI_BINARY_KERNEL(i64_modulo, int64_t, int64_t, integer_modulo(x, y))
MI_BINARY_KERNEL(i32_modulo, int32_t, int32_t, integer_modulo(x, y))
MI_BINARY_KERNEL(f64_power, double, double, y == 2 ? x * x : pow(x, y))
MI_BINARY_KERNEL(f32_power, float, float, powf(x, y))
MI_BINARY_KERNEL(c128_power, double complex, double complex, cpow(x, y))
MI_BINARY_KERNEL(c128_divide, double complex, double complex, complex_divide(x, y))
MI_BINARY_KERNEL(f64_atan2, double, double, atan2(x, y))
MI_BINARY_KERNEL(f32_atan2, float, float, atan2f(x, y))
MI_BINARY_KERNEL(f64_hypot, double, double, hypot(x, y))
MI_BINARY_KERNEL(f32_hypot, float, float, hypotf(x, y))

mi_binary_kernel *mi_libm_binary(mi_binary op, mi_dtype dtype) {
  static mi_binary_kernel *const kernels[MI_BINARY_COUNT][6] = {
      [MI_DIVIDE] = {[MI_C128] = c128_divide},
      [MI_FLOOR_DIVIDE] = {f64_floor_divide, f32_floor_divide, i64_floor_divide, i32_floor_divide},
      [MI_MODULO] = {f64_modulo, f32_modulo, i64_modulo, i32_modulo},
      [MI_POWER] = {[MI_F64] = f64_power, [MI_F32] = f32_power, [MI_C128] = c128_power},
      [MI_ATAN2] = {f64_atan2, f32_atan2},
      [MI_HYPOT] = {f64_hypot, f32_hypot},
  };
  return kernels[op][dtype];
}

/* ---- one argument ---------------------------------------------------------------------------- */

#define REAL(name, function)                               \
  MI_UNARY_KERNEL(f64_##name, double, double, function(x)) \
  MI_UNARY_KERNEL(f32_##name, float, float, function##f(x))
#define COMPLEX(name, expression) \
  MI_UNARY_KERNEL(c128_##name, double complex, double complex, expression)

MI_UNARY_KERNEL(f32_exp, float, float, expf(x))
MI_UNARY_KERNEL(f32_expm1, float, float, expm1f(x))
MI_UNARY_KERNEL(f32_log, float, float, logf(x))
MI_UNARY_KERNEL(f32_log1p, float, float, log1pf(x))
REAL(log2, log2)
REAL(log10, log10)
REAL(cbrt, cbrt)
MI_UNARY_KERNEL(f32_sin, float, float, sinf(x))
MI_UNARY_KERNEL(f32_cos, float, float, cosf(x))
REAL(tan, tan)
REAL(asin, asin)
REAL(acos, acos)
REAL(atan, atan)
REAL(sinh, sinh)
REAL(cosh, cosh)
MI_UNARY_KERNEL(f32_tanh, float, float, tanhf(x))
REAL(erf, erf)
REAL(erfc, erfc)
REAL(gamma, tgamma)

/* lgamma writes the global signgam. */
static double log_gamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

MI_UNARY_KERNEL(f64_lgamma, double, double, log_gamma(x))
MI_UNARY_KERNEL(f32_lgamma, float, float, log_gamma((double)x))
MI_UNARY_KERNEL(f64_sign, double, double, x != x ? x : (x > 0) - (x < 0))
MI_UNARY_KERNEL(f32_sign, float, float, x != x ? x : (float)((x > 0) - (x < 0)))
MI_UNARY_KERNEL(i64_sign, int64_t, int64_t, (x > 0) - (x < 0))
MI_UNARY_KERNEL(i32_sign, int32_t, int32_t, (x > 0) - (x < 0))
MI_UNARY_KERNEL(f32_floor, float, float, floorf(x))
MI_UNARY_KERNEL(f32_ceil, float, float, ceilf(x))
MI_UNARY_KERNEL(f32_round, float, float, rintf(x))
MI_UNARY_KERNEL(f32_trunc, float, float, truncf(x))
MI_UNARY_KERNEL(f64_isinf, double, uint8_t, isinf(x) != 0)
MI_UNARY_KERNEL(f64_angle, double, double, atan2(0, x))

COMPLEX(negate, -x)
COMPLEX(square, x *x)
COMPLEX(sqrt, csqrt(x))
COMPLEX(exp, cexp(x))
COMPLEX(log, clog(x))
COMPLEX(log10, clog(x) / 2.302585092994045684)
COMPLEX(sin, csin(x))
COMPLEX(cos, ccos(x))
COMPLEX(tan, ctan(x))
COMPLEX(asin, casin(x))
COMPLEX(acos, cacos(x))
COMPLEX(atan, catan(x))
COMPLEX(sinh, csinh(x))
COMPLEX(cosh, ccosh(x))
COMPLEX(tanh, ctanh(x))
COMPLEX(conj, conj(x))
MI_UNARY_KERNEL(c128_abs, double complex, double, cabs(x))
MI_UNARY_KERNEL(c128_angle, double complex, double, carg(x))
MI_UNARY_KERNEL(c128_isnan, double complex, uint8_t, isnan(creal(x)) || isnan(cimag(x)))
MI_UNARY_KERNEL(c128_isfinite, double complex, uint8_t, isfinite(creal(x)) && isfinite(cimag(x)))
MI_UNARY_KERNEL(c128_isinf, double complex, uint8_t, isinf(creal(x)) || isinf(cimag(x)))

#define BOTH(name) {[MI_F64] = f64_##name, [MI_F32] = f32_##name}
#define ALL(name) {[MI_F64] = f64_##name, [MI_F32] = f32_##name, [MI_C128] = c128_##name}
#define NARROW(name) {[MI_F32] = f32_##name, [MI_C128] = c128_##name}
#define ONLY_COMPLEX(name) {[MI_C128] = c128_##name}

mi_unary_kernel *mi_libm_unary(mi_unary op, mi_dtype dtype) {
  static mi_unary_kernel *const kernels[MI_UNARY_COUNT][6] = {
      [MI_NEGATE] = ONLY_COMPLEX(negate),
      [MI_ABS] = ONLY_COMPLEX(abs),
      [MI_SQUARE] = ONLY_COMPLEX(square),
      [MI_SQRT] = ONLY_COMPLEX(sqrt),
      [MI_FLOOR] = {[MI_F32] = f32_floor},
      [MI_CEIL] = {[MI_F32] = f32_ceil},
      [MI_ROUND] = {[MI_F32] = f32_round},
      [MI_TRUNC] = {[MI_F32] = f32_trunc},
      [MI_SIGN] = {f64_sign, f32_sign, i64_sign, i32_sign},
      [MI_EXP] = NARROW(exp),
      [MI_EXPM1] = {[MI_F32] = f32_expm1},
      [MI_LOG] = NARROW(log),
      [MI_LOG1P] = {[MI_F32] = f32_log1p},
      [MI_LOG2] = BOTH(log2),
      [MI_LOG10] = ALL(log10),
      [MI_CBRT] = BOTH(cbrt),
      [MI_SIN] = NARROW(sin),
      [MI_COS] = NARROW(cos),
      [MI_TAN] = ALL(tan),
      [MI_ASIN] = ALL(asin),
      [MI_ACOS] = ALL(acos),
      [MI_ATAN] = ALL(atan),
      [MI_SINH] = ALL(sinh),
      [MI_COSH] = ALL(cosh),
      [MI_TANH] = NARROW(tanh),
      [MI_ERF] = BOTH(erf),
      [MI_ERFC] = BOTH(erfc),
      [MI_GAMMA] = BOTH(gamma),
      [MI_LGAMMA] = BOTH(lgamma),
      [MI_CONJ] = ONLY_COMPLEX(conj),
      [MI_ANGLE] = {[MI_F64] = f64_angle, [MI_C128] = c128_angle},
      [MI_ISNAN] = ONLY_COMPLEX(isnan),
      [MI_ISFINITE] = ONLY_COMPLEX(isfinite),
      [MI_ISINF] = {[MI_F64] = f64_isinf, [MI_C128] = c128_isinf},
  };
  return kernels[op][dtype];
}
