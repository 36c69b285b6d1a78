/* The checks that the files of linalg share; private to them. */
#ifndef MI_LINALG_CHECK_H
#define MI_LINALG_CHECK_H

#include <stdint.h>

#include "core/base/control.h"

/* MI_EINVAL: "a[2][3]: finite number expected, got nan"; i and j count from 0. */
mi_status mi_not_finite(const char *name, int64_t i, int64_t j, double value, mi_control *control);

/* Every entry of a is finite. */
mi_status mi_check_finite(const double *a, int64_t rows, int64_t columns, const char *name,
                          mi_control *control);

/* MI_ENUMERIC when one of the values computed is not finite: it overflowed. */
mi_status mi_check_result(const double *values, int64_t count, mi_control *control);

#endif
