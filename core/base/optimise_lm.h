/* Levenberg-Marquardt: nonlinear least squares with box bounds, for small problems.
 *
 *   minimise  cost(p) = 1/2 sum_i r_i(p)^2   subject to  lower <= p <= upper
 *
 * Every iteration solves (J'J + mu D^2) step = -J'r by QR of [J; sqrt(mu) D], never by J'J. D are
 * the greatest column norms of J so far (Marquardt's scaling after Moré): units do not matter.
 * mu follows Nielsen (1999), IMM-REP-1999-05: it shrinks smoothly with the gain ratio and grows
 * ever faster while steps fail. Bounds are an active set: a parameter at a bound that the gradient
 * pushes outward is held; one that the step would carry over its bound is put on it, and the
 * others are solved again. The residual is never evaluated outside the bounds.
 *
 * A residual that is not finite, or a callback that returns MI_ENUMERIC, means "this point does
 * not exist": the step is rejected. At the start point it is the error MI_ENUMERIC. Any other
 * status of a callback ends the fit and is returned as it is. Cancel is polled at each evaluation.
 *
 * No BLAS, no state: the same input gives the same bits. Work is O(m n^2) an iteration, memory
 * O(m n). */
#ifndef MI_OPTIMISE_LM_H
#define MI_OPTIMISE_LM_H

#include <stdint.h>

#include "core/base/control.h"

/* Writes the m residuals, or the row-major m x n Jacobian d r_i / d p_j, at the parameters. */
typedef mi_status mi_lm_function(void *context, const double *parameters, double *values);

typedef struct mi_lm_problem {
  int64_t residuals; /* m >= 1 */
  int parameters;    /* n >= 1 */
  mi_lm_function *residual;
  mi_lm_function *jacobian; /* NULL: differences of second order that stay within the bounds */
  void *context;
  const double *lower, *upper; /* n each; NULL: no bounds; entries may be infinite */
} mi_lm_problem;

typedef struct mi_lm_options {
  int iterations;            /* the most allowed */
  double cost_tolerance;     /* decrease of the cost, relative to it, that drowns in rounding */
  double step_tolerance;     /* |D step| relative to |D p| */
  double gradient_tolerance; /* greatest cosine of the angle between r and a free column of J */
  double damping;            /* mu of the first step, relative to D^2 */
  bool scale_covariance;     /* multiply by cost * 2 / (m - free); false: residuals are in sigmas */
} mi_lm_options;

typedef enum mi_lm_reason {
  MI_LM_GRADIENT,   /* converged: the residual is orthogonal to the free columns of J */
  MI_LM_COST,       /* converged: the cost no longer decreases */
  MI_LM_STEP,       /* converged: the step is negligible */
  MI_LM_ITERATIONS, /* not converged: the iterations allowed are used up */
  MI_LM_STALLED     /* not converged: no step, however short, lowers the cost */
} mi_lm_reason;

typedef struct mi_lm_result {
  int64_t residuals;
  int parameters, free; /* free: those neither held at a bound nor fixed by lower == upper */
  double *p;            /* [n] */
  double *residual;     /* [m] at p */
  double *jacobian;     /* [m x n] row-major at p; columns of parameters fixed by bounds are zero */
  /* [n x n]. Zero for parameters that are held. A parameter that the data do not determine (a
   * null direction of J moves it) has INFINITY on the diagonal and zeros beside it; and so have
   * all, if covariances are to be scaled and m == free. */
  double *covariance;
  double cost;
  int rank; /* of the free columns of J; rank < free: some parameters are not determined */
  int iterations;
  int64_t evaluations; /* calls of residual, those for differences included */
  mi_lm_reason reason;
} mi_lm_result;

/* 500 iterations; tolerances 1e-11 (cost), 1e-12 (step), 1e-13 (gradient); damping 1e-3; scaled. */
mi_lm_options mi_lm_default(void);

/* "gradient", "cost", "step", "iterations", "stalled". */
const char *mi_lm_reason_name(mi_lm_reason reason);
bool mi_lm_converged(mi_lm_reason reason);

/* Fits from start (n values within the bounds). options may be NULL. On success the caller frees
 * the result; on failure it holds nothing. */
mi_status mi_lm_fit(const mi_lm_problem *problem, const mi_lm_options *options,
                    const double *start, mi_lm_result *result, mi_control *control);

void mi_lm_free(mi_lm_result *result);

#endif
