/* Lin-KK: a linear test whether an impedance obeys the Kramers-Kronig relations.
 *
 *   Z(w) ~ R0 + sum_k R_k / (1 + i w tau_k)  [+ 1 / (i w C)]  [+ i w L],    k = 1..M
 *
 * The time constants are fixed: logarithmic from 1 / w_max to 1 / w_min (M = 1: 1 / w_min alone).
 * Such a sum obeys the relations whatever the signs of the R_k, and what it cannot follow does not:
 * drift, nonlinearity, artefacts, noise. The unknowns minimise the residuals over |Z| of
 *   the real part      then L and C from the imaginary part
 *   the imaginary part then R0 as the weighted mean of what is left of the real part
 *   both parts         (complex)
 * by orthogonal transformations (leastsq.h); normal equations lose half of the digits.
 *
 * How many: M grows from 1 until mu = 1 - sum |R_k < 0| / sum |R_k >= 0| falls to a limit: RC
 * elements of alternating sign begin to describe the noise (M. Schönleber, D. Klotz, E.
 * Ivers-Tiffée, Electrochim. Acta 131 (2014) 20; B. A. Boukamp, J. Electrochem. Soc. 142 (1995)
 * 1885). For the level of the noise M minimises the Bayesian information criterion instead: mu
 * stops where physics may still be left in the residuals, which would then pass for noise. */
#ifndef MI_CIRCUIT_KK_H
#define MI_CIRCUIT_KK_H

#include <complex.h>
#include <stdint.h>

#include "core/base/control.h"

typedef enum mi_kk_part { MI_KK_REAL, MI_KK_IMAGINARY, MI_KK_COMPLEX } mi_kk_part;
typedef enum mi_kk_choice { MI_KK_MU, MI_KK_BIC, MI_KK_FIXED } mi_kk_choice;

typedef struct mi_kk_options {
  mi_kk_part part;
  mi_kk_choice choice;
  bool capacitor, inductor;
  double mu; /* limit, for MI_KK_MU */
  int most;  /* the greatest M tried; the M itself for MI_KK_FIXED */
} mi_kk_options;

typedef struct mi_kk_result {
  int64_t n;
  int m, parameters;
  bool reached;   /* MI_KK_MU: false when even the greatest M kept mu above the limit */
  double mu;
  double resistance, elastance, inductance; /* R0 (ohm), 1 / C (1 / F), L (H) */
  double *tau, *r;                          /* [m] s, ohm */
  double complex *fit;                      /* [n] ohm */
  double complex *residual;                 /* [n] (Z - fit) / |Z| */
  double rms_real, rms_imaginary;           /* of the residual */
  double noise; /* sqrt(SSR / (2 n - parameters)): standard deviation of either part over |Z| */
  double bic;   /* 2 n log(SSR / 2 n) + parameters log(2 n) */
} mi_kk_result;

/* Complex, mu 0.85, up to 50 elements, with capacitor and inductor. */
mi_kk_options mi_kk_default(void);

/* Tests n points: frequencies f > 0 (Hz) in any order, z != 0 (ohm). M is at most what leaves a
 * residual to see. The caller frees the result; on failure it holds nothing. */
mi_status mi_kk_test(const mi_kk_options *options, const double *f, const double complex *z,
                     int64_t n, mi_kk_result *result, mi_control *control);

/* The relative standard deviation of either part of z, for judging models: that of the complex test
 * whose M minimises the Bayesian information criterion. */
mi_status mi_kk_noise(const double *f, const double complex *z, int64_t n, double *noise,
                      mi_control *control);

void mi_kk_free(mi_kk_result *result);

#endif
