/* Brent's methods on an interval: a minimum and a root of a function of one variable.
 *
 * Tolerance is of x: the x returned lies within 4 epsilon |x| + tolerance of a local minimum or
 * of a sign change (two function values of opposite sign, or zero). For a minimum a tolerance
 * below sqrt(epsilon) * |x| buys nothing: f is flat to rounding there.
 *
 * A value that is not finite, or a callback that returns MI_ENUMERIC, is MI_ENUMERIC naming x; any
 * other status of the callback ends the search and is returned. Cancel is polled at each
 * evaluation. Reference: R. P. Brent, Algorithms for Minimization without Derivatives (1973). */
#ifndef MI_OPTIMISE_BRENT_H
#define MI_OPTIMISE_BRENT_H

#include "core/base/control.h"

typedef mi_status mi_scalar_function(void *context, double x, double *value);

typedef struct mi_brent_result {
  double x, value;
  int evaluations;
  bool converged; /* false: the evaluations allowed were used up */
} mi_brent_result;

/* A local minimum of f within [a, b], by golden sections and parabolas; the only one when f is
 * unimodal. The ends themselves are approached, not evaluated. */
mi_status mi_brent_minimum(mi_scalar_function *f, void *context, double a, double b,
                           double tolerance, int evaluations, mi_brent_result *result,
                           mi_control *control);

/* A root of f within [a, b], by bisection, secants and inverse parabolas. f(a) and f(b) of the same
 * sign is MI_EINVAL. */
mi_status mi_brent_root(mi_scalar_function *f, void *context, double a, double b, double tolerance,
                        int evaluations, mi_brent_result *result, mi_control *control);

#endif
