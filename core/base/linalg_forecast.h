/* How long the calls of LAPACK that nothing can interrupt will take.
 *
 * Each costs about c * max(rows, columns) * min(rows, columns)^2 floating point operations, c
 * fitted to measurements (OpenBLAS 0.3.21, random matrices, n = 300 to 1200), done at the rate of a
 * matrix product on this machine, which is timed. Within a factor of 2 for n >= 600. */
#ifndef MI_LINALG_FORECAST_H
#define MI_LINALG_FORECAST_H

#include <stdint.h>

#include "core/base/control.h"

typedef enum mi_lapack_call { MI_DSYEVD, MI_DGEEV, MI_DGESDD, MI_DGESDD_VALUES } mi_lapack_call;

/* Seconds of one thread; 0 when the rate cannot be measured. */
double mi_lapack_seconds(mi_lapack_call call, int64_t rows, int64_t columns);

/* Tells control.warn before a call that takes longer than a second. */
void mi_forecast(mi_lapack_call call, int64_t rows, int64_t columns, mi_control *control);

#endif
