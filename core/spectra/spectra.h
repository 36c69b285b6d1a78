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

/* Tougaard's background of y (S. Tougaard, Surf. Interface Anal. 25, 137 (1997)):
 *
 *   background(E) = base + integral over T > t0 of B T / ((C - T^2)^2 + D T^2) (y(E') - base) dT
 *
 * by trapezoids, E' the energy of less loss by T, base the mean of `average` points at the end of
 * least loss. The kernel is cut below t0, not moved. rising: losses are at greater x. */
typedef struct mi_tougaard_options {
  double b, c, d, t0; /* eV^2, eV^2, eV^2, eV; c < 0 and d = 0: the kernel of two parameters */
  int average;
  bool rising;
} mi_tougaard_options;

/* The universal kernel of two parameters: B 2866, C -1643; 5 points; rising. */
mi_tougaard_options mi_tougaard_default(void);
mi_status mi_tougaard(const mi_tougaard_options *options, const double *x, const double *y,
                      size_t n, double *background, mi_control *control);

/* y smoothed with a Gaussian of sd points, cut to the data at the ends. */
mi_status mi_spectra_smooth(const double *y, size_t n, double sd, double *smooth,
                            mi_control *control);

/* How far neighbouring residuals agree: the sum over lags below reach of (1 - lag / reach) times
 * their correlation, in its standard deviations for white noise of variance 1 (or theirs, when that
 * is more). About normal with mean <= 0 where the model explains the data; greater where curves are
 * left in the residual. */
double mi_spectra_structure(const double *residual, size_t n, int reach);

#endif
