/* The extended Kalman filter as an optimiser (Singraber et al., J. Chem. Theory Comput. 15, 3075
 * (2019)). For m streams with errors xi and derivatives H [n x m] of the predictions:
 *
 *     A = H' P H + R,  K = P H A^-1,  w += K xi,  P += q - K H' P,     R = 1/eta, P_0 = 1/epsilon
 *
 * P has n^2/2 numbers, and an update is bound by reading and writing them. So updates of P are put
 * off: P = P_old + sum of q - C C' with the columns C of the last updates, which are multiplied by
 * H where P is, and go into P_old 16 at a time, as one product of matrices. */
#ifndef MI_NNP_KALMAN_H
#define MI_NNP_KALMAN_H

#include <stddef.h>

#include "core/base/control.h"

enum { MI_KALMAN_STREAMS = 16 };

typedef struct mi_kalman {
  size_t n;
  double *p;       /* [n x n] the lower triangle of P_old */
  double *column;  /* [waiting][n] C */
  int waiting;
  double noise;    /* sum of q that waits */
} mi_kalman;

mi_status mi_kalman_make(mi_kalman *k, size_t n, double epsilon, mi_control *control);
void mi_kalman_free(mi_kalman *k);

/* h [m x n] row by row, error [m]; changes the parameters w [n]. MI_ENUMERIC when A is not
 * positive definite. */
mi_status mi_kalman_update(mi_kalman *k, int m, const double *h, const double *error, double r,
                           double q, double *w, mi_control *control);

/* Brings P up to date (for a checkpoint). */
void mi_kalman_settle(mi_kalman *k);

#endif
