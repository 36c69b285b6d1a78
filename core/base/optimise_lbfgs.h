/* L-BFGS with box bounds: a local minimum of a smooth function of many variables.
 *
 *   minimise f(x)  subject to  lower <= x <= upper
 *
 * A projected quasi-Newton method. Variables at a bound that the gradient pushes outward are held;
 * the limited-memory inverse Hessian (Nocedal's two loops), restricted to the others, gives the
 * direction d. The line search follows the projected path P(x + t d), so that one step may reach
 * many bounds, to a point that satisfies the strong Wolfe conditions along it, or, where a kink of
 * the path leaves none, the sufficient decrease alone. f is never evaluated outside the bounds.
 *
 * A value or gradient that is not finite, or a callback that returns MI_ENUMERIC, means "this point
 * does not exist": the step is shortened. At the start point it is the error MI_ENUMERIC. Any other
 * status of the callback ends the search and is returned as it is. Cancel is polled at each
 * evaluation. Work is O(memory n) an iteration, memory O(memory n). The same input gives the same
 * bits.
 *
 * References: Nocedal & Wright, Numerical Optimization (2006), ch. 3 and 7; Bertsekas, SIAM J.
 * Control Optim. 20, 221 (1982), for the projection. */
#ifndef MI_OPTIMISE_LBFGS_H
#define MI_OPTIMISE_LBFGS_H

#include <stdint.h>

#include "core/base/control.h"

/* Writes f(x) and its n derivatives. */
typedef mi_status mi_lbfgs_function(void *context, const double *x, double *value,
                                    double *gradient);

typedef struct mi_lbfgs_problem {
  int64_t n; /* >= 1 */
  mi_lbfgs_function *function;
  void *context;
  const double *lower, *upper; /* n each; NULL: no bounds; entries may be infinite */
} mi_lbfgs_problem;

typedef struct mi_lbfgs_options {
  int memory;                /* pairs kept */
  int iterations;            /* the most allowed */
  double gradient_tolerance; /* greatest entry of the projected gradient */
  double value_tolerance;    /* decrease of f in an iteration, relative to |f| */
} mi_lbfgs_options;

typedef enum mi_lbfgs_reason {
  MI_LBFGS_GRADIENT,   /* converged: the projected gradient vanishes */
  MI_LBFGS_VALUE,      /* converged: f no longer decreases */
  MI_LBFGS_ITERATIONS, /* not converged: the iterations allowed are used up */
  MI_LBFGS_STALLED     /* not converged: no step along steepest descent lowers f */
} mi_lbfgs_reason;

typedef struct mi_lbfgs_result {
  int64_t n;
  double *x, *gradient; /* [n] */
  double value;
  double slope; /* greatest entry of the projected gradient */
  int iterations;
  int64_t evaluations;
  mi_lbfgs_reason reason;
} mi_lbfgs_result;

/* Memory 10, 10000 iterations, tolerances 1e-8 (gradient) and 1e-15 (value). */
mi_lbfgs_options mi_lbfgs_default(void);

/* "gradient", "value", "iterations", "stalled". */
const char *mi_lbfgs_reason_name(mi_lbfgs_reason reason);
bool mi_lbfgs_converged(mi_lbfgs_reason reason);

/* Minimises from start (n values within the bounds). options may be NULL. On success the caller
 * frees the result; on failure it holds nothing. */
mi_status mi_lbfgs_minimise(const mi_lbfgs_problem *problem, const mi_lbfgs_options *options,
                            const double *start, mi_lbfgs_result *result, mi_control *control);

void mi_lbfgs_free(mi_lbfgs_result *result);

#endif
