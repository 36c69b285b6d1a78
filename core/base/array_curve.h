/* Curves y(x) on n points: interpolation, integrals, derivatives, running sums.
 *
 * x is strictly monotonic (mi_check_monotonic); an x of NULL is 0, 1, 2, ... times `step`. */
#ifndef MI_ARRAY_CURVE_H
#define MI_ARRAY_CURVE_H

#include "core/base/array.h"

/* MI_EINVAL unless x rises strictly or falls strictly; *falls tells which (n < 2 rises). */
mi_status mi_check_monotonic(const double *x, int64_t n, bool *falls, mi_control *control);

typedef enum mi_interpolation {
  MI_LINEAR,
  MI_PCHIP, /* monotone cubic: Fritsch, Butland (1984) */
  MI_CUBIC  /* cubic spline, third derivative continuous at the second and last but one point */
} mi_interpolation;

/* Derivatives of the cubic through n >= 2 points with rising x, for mi_interpolate; slope has n
 * elements. MI_LINEAR needs none. */
mi_status mi_interpolation_slopes(mi_interpolation kind, const double *x, const double *y,
                                  int64_t n, double *slope, mi_control *control);

/* The curve at v, continued beyond its ends. slope is NULL for the polygon. */
double mi_interpolate(const double *x, const double *y, const double *slope, int64_t n, double v);

/* The integral by trapezoids; 0 for n < 2. */
double mi_trapezoid(const double *y, const double *x, double step, int64_t n);

/* The integral by parabolas through three points; of an odd interval at the end, by the parabola
 * through the last three (Cartwright, J. Math. Sci. Math. Educ. 11 (2016)). */
double mi_simpson(const double *y, const double *x, double step, int64_t n);

/* out[i] = the trapezoid integral from point 0 to i. */
mi_status mi_cumulative_trapezoid(const double *y, const double *x, double step, int64_t n,
                                  double *out, mi_control *control);

/* Derivative: second order inside for any spacing, first order at the ends. n >= 2. */
mi_status mi_gradient(const double *y, const double *x, double step, int64_t n, double *out,
                      mi_control *control);

/* Running sums or products in place, of f64, i64 or c128. */
mi_status mi_running_sum(mi_dtype dtype, void *x, int64_t n, mi_control *control);
mi_status mi_running_product(mi_dtype dtype, void *x, int64_t n, mi_control *control);

#endif
