/* Time correlations of a trajectory.
 *
 * The series are the columns of x [frames x series]; all start times are used:
 *
 *     C(t) = sum over series of w / (T - t) sum_s x(s) x(s + t)
 *     D(t) = sum over series of w / (T - t) sum_s (x(s + t) - x(s))^2
 *
 * both in O(T log T) a series: the power spectra of the zero-padded series add up, and one inverse
 * transform a group gives the sum of their correlations (Calandrini et al., Collection SFN 12, 201
 * (2011)). */
#ifndef MI_ANALYSIS_CORRELATION_H
#define MI_ANALYSIS_CORRELATION_H

#include "core/base/array.h"

/* A series belongs to group[series] of 0 .. groups - 1, or to none (negative). */
typedef struct mi_series {
  const double *x; /* [frames x count], row-major */
  int64_t frames, count;
  const double *weight; /* [count]; NULL: 1 */
  const int32_t *group; /* [count] */
  int groups;
} mi_series;

/* sum [groups x frames]. */
mi_status mi_autocorrelate(const mi_series *series, double *sum, mi_control *control);
mi_status mi_squared_displacements(const mi_series *series, double *sum, mi_control *control);

#endif
