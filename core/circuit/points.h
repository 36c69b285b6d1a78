/* The points of a spectrum, as tests and distributions take them. */
#ifndef MI_CIRCUIT_POINTS_H
#define MI_CIRCUIT_POINTS_H

#include <complex.h>
#include <stdint.h>

#include "core/base/control.h"

/* MI_EINVAL names the first point whose frequency is not positive or whose impedance is zero or not
 * finite. */
mi_status mi_circuit_check_points(const double *f, const double complex *z, int64_t n,
                                  mi_control *control);

#endif
