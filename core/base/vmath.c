/* Chooses the level of the array functions. */
#include "core/base/vmath.h"

#define CHOOSE(name)                                              \
  MI_DECLARE(void, name, (const double *x, double *y, size_t n)); \
  void name(mi_isa level, const double *x, double *y, size_t n) { \
    MI_DISPATCH(level, name)(x, y, n);                            \
  }

CHOOSE(mi_vexp)
CHOOSE(mi_vlog)
CHOOSE(mi_vtanh)
CHOOSE(mi_vexpm1)
CHOOSE(mi_vlog1p)

MI_DECLARE(void, mi_vsincos, (const double *x, double *sine, double *cosine, size_t n));
void mi_vsincos(mi_isa level, const double *x, double *sine, double *cosine, size_t n) {
  MI_DISPATCH(level, mi_vsincos)(x, sine, cosine, n);
}
