/* Elementary functions of arrays at one level; the functions are in vmath_inline.h. */
#include "core/base/isa.h"
#include "core/base/vmath_inline.h"

/* ---- arrays ---------------------------------------------------------------------------------- */

#define ARRAY_FUNCTION(name, f)                                                  \
  void MI_ISA(name)(const double *x, double *y, size_t n);                       \
  void MI_ISA(name)(const double *x, double *y, size_t n) {                      \
    size_t i = 0;                                                                \
    for (; i + MI_V <= n; i += MI_V) mi_v_store(y + i, f(mi_v_load(x + i)));     \
    if (i < n) mi_v_store_part(y + i, n - i, f(mi_v_load_part(x + i, n - i, 1))); \
  }

ARRAY_FUNCTION(mi_vexp, mi_v_exp)
ARRAY_FUNCTION(mi_vlog, mi_v_log)
ARRAY_FUNCTION(mi_vtanh, mi_v_tanh)
ARRAY_FUNCTION(mi_vexpm1, mi_v_expm1)
ARRAY_FUNCTION(mi_vlog1p, mi_v_log1p)

void MI_ISA(mi_vsincos)(const double *x, double *sine, double *cosine, size_t n);
void MI_ISA(mi_vsincos)(const double *x, double *sine, double *cosine, size_t n) {
  mi_v s, c;
  size_t i = 0;
  for (; i + MI_V <= n; i += MI_V) {
    mi_v_sincos(mi_v_load(x + i), &s, &c);
    mi_v_store(sine + i, s);
    mi_v_store(cosine + i, c);
  }
  if (i < n) {
    mi_v_sincos(mi_v_load_part(x + i, n - i, 1), &s, &c);
    mi_v_store_part(sine + i, n - i, s);
    mi_v_store_part(cosine + i, n - i, c);
  }
}
