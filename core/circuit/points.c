#include "core/circuit/points.h"

#include <inttypes.h>
#include <math.h>

mi_status mi_circuit_check_points(const double *f, const double complex *z, int64_t n,
                                  mi_control *control) {
  for (int64_t i = 0; i < n; i++) {
    if (!(f[i] > 0) || isinf(f[i]))
      return mi_fail(control, MI_EINVAL, "frequency > 0 expected, got %g (point %" PRId64 ")", f[i],
                     i + 1);
    if (!(cabs(z[i]) > 0) || isinf(cabs(z[i])))
      return mi_fail(control, MI_EINVAL,
                     "finite impedance other than 0 expected, got %g%+gi (point %" PRId64 ")",
                     creal(z[i]), cimag(z[i]), i + 1);
  }
  return MI_OK;
}
