/* The distribution of relaxation times: what an impedance is made of, without a circuit.
 *
 *   Z(w) = R + i w L + 1 / (i w C) + A (1 - i) / sqrt w + int gamma(y) / (1 + i w e^y) dy,
 *   gamma(y) = sum_m x_m exp(-(e (y - y_m))^2),                       y = ln(tau / s)
 *
 * L, C and A are there as far as they are asked for. An ill-posed problem: x minimises
 *
 *   |W (Z - model)|^2 + lambda int (gamma^(d))^2 dy,                  d = 1 or 2
 *
 * either freely (ridge: a linear estimate, which may oscillate below zero) or with all unknowns
 * >= 0 (Lawson and Hanson's active set in Bro and de Jong's form, J. Chemometrics 11 (1997) 393).
 * lambda is given, or minimises the modified generalised cross-validation of the ridge,
 * |W (Z - model)|^2 / (1 - 2 trace / 2 n)^2 (A. Maradesa, B. Py, T. H. Wan, M. B. Effat, F. Ciucci,
 * J. Electrochem. Soc. 170 (2023) 030502). Basis and penalty are those of T. H. Wan, M.
 * Saccoccio, C. Chen, F. Ciucci, Electrochim. Acta 184 (2015) 483. */
#ifndef MI_CIRCUIT_DRT_H
#define MI_CIRCUIT_DRT_H

#include <complex.h>
#include <stdint.h>

#include "core/base/control.h"

typedef struct mi_drt_options {
  bool nonnegative;
  bool modulus; /* W = 1 / |Z|, else 1 */
  bool inductor, capacitor, warburg;
  int derivative;  /* d */
  double width;    /* full width at half maximum of a basis function: grid spacing over it */
  double lambda;   /* <= 0: by cross-validation */
} mi_drt_options;

typedef struct mi_drt_result {
  int64_t n, k;
  double *tau, *gamma;       /* [k] s, ohm: MI_DRT_FINE points from one grid point to the next */
  double complex *fit;       /* [n] ohm */
  double resistance, inductance, elastance, warburg;
  double polarisation;       /* int gamma dy, ohm */
  double lambda, gcv;
  double freedom;            /* effective number of parameters of the ridge */
  double squares;            /* |W (Z - fit)|^2 */
} mi_drt_result;

/* Non-negative, 1 / |Z|, inductor, first derivative, width 0.5, lambda by cross-validation. */
mi_drt_options mi_drt_default(void);

enum { MI_DRT_FINE = 4 };

/* n points (f > 0 in Hz, z in ohm) on a grid of k >= 4 time constants tau > 0 (s), rising or
 * falling. The caller frees the result; on failure it holds nothing. */
mi_status mi_drt_fit(const mi_drt_options *options, const double *f, const double complex *z,
                     int64_t n, const double *tau, int64_t k, mi_drt_result *result,
                     mi_control *control);

void mi_drt_free(mi_drt_result *result);

#endif
