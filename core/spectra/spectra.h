/* Spectra: backgrounds under them, smoothing, residuals. Energies may rise or fall along arrays. */
#ifndef MI_SPECTRA_H
#define MI_SPECTRA_H

#include <stddef.h>

#include "core/base/control.h"

typedef struct mi_shirley_options {
  int average;        /* points averaged for the intensity at either end, >= 1 */
  double tolerance;   /* stop when no point changes by more than tolerance * max |y| */
  int max_iterations;
} mi_shirley_options;

/* 1 point, 1e-12, 200 iterations. */
mi_shirley_options mi_shirley_default(void);

/* The iterative Shirley background of y over its whole range (D. A. Shirley, Phys. Rev. B 5, 4709
 * (1972)): it steps from the intensity at one end to that at the other, and at each point has gone
 * the share of the step that equals the share of the peak area (trapezoids) on that side. So it
 * does not matter whether x is a binding or a kinetic energy, or which way it runs. *iterations is
 * how many it took, max_iterations + 1 when it has not converged. */
mi_status mi_shirley(const mi_shirley_options *options, const double *x, const double *y, size_t n,
                     double *background, int *iterations, mi_control *control);

/* y smoothed with a Gaussian of sd points, cut to the data at the ends. */
mi_status mi_spectra_smooth(const double *y, size_t n, double sd, double *smooth,
                            mi_control *control);

/* How far neighbouring residuals agree: the sum over lags below reach of (1 - lag / reach) times
 * their correlation, in its standard deviations for white noise of variance 1 (or theirs, when that
 * is more). About normal with mean <= 0 where the model explains the data; greater where curves are
 * left in the residual. */
double mi_spectra_structure(const double *residual, size_t n, int reach);

#endif
