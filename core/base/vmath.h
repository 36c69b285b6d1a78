/* Elementary functions of arrays, compiled per instruction set level.
 *
 * y[i] = f(x[i]) for i < n; y may be x. Within 2 ulp; zero, infinities, NaN and subnormal numbers
 * give what libm gives. `level` is mi_level(control). Kernels that fuse exp or log with other work
 * include core/base/vmath_inline.h instead. */
#ifndef MI_VMATH_H
#define MI_VMATH_H

#include <stddef.h>

#include "core/base/isa.h"

void mi_vexp(mi_isa level, const double *x, double *y, size_t n);
void mi_vlog(mi_isa level, const double *x, double *y, size_t n);
void mi_vtanh(mi_isa level, const double *x, double *y, size_t n);
void mi_vexpm1(mi_isa level, const double *x, double *y, size_t n);
void mi_vlog1p(mi_isa level, const double *x, double *y, size_t n);

/* sine[i] = sin x[i], cosine[i] = cos x[i]; one of the two may be x. */
void mi_vsincos(mi_isa level, const double *x, double *sine, double *cosine, size_t n);

#endif
