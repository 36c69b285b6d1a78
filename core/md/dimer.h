/* The dimer method: from anywhere up to a saddle of first order, without knowing where it leads.
 *
 * N is the direction of least curvature C = N'H N, found by turning a pair of points R and R + d N
 * (Henkelman and Jonsson, J. Chem. Phys. 111, 7010 (1999); angles of Kästner and Sherwood, J. Chem.
 * Phys. 128, 014106 (2008)). R moves by FIRE in the force
 *
 *     f - 2 (f.N) N where C < 0,     -(f.N) N where C > 0 (out of a basin).
 *
 * Translations of all atoms together are taken out of N. */
#ifndef MI_DIMER_H
#define MI_DIMER_H

#include "core/md/evaluator.h"

typedef struct mi_dimer_options {
  double separation; /* Å: d */
  int rotations;     /* the most in a step */
  double angle;      /* radians: no further rotation below */
  double force;      /* eV/Å: converged when C < 0 and no force is longer */
  int iterations;
} mi_dimer_options;

typedef struct mi_dimer_result {
  double *position, *mode; /* [n x 3] Å; of length one; owned */
  double energy;           /* eV */
  double curvature;        /* eV/Å^2 */
  double force;
  int iterations;
  int64_t evaluations;
  bool converged;
} mi_dimer_result;

/* 0.01 Å, 4 rotations, 0.02, 0.001 eV/Å, 1000. */
mi_dimer_options mi_dimer_options_default(void);

/* mode: [n x 3], where to look first; its length does not matter. On failure nothing is left. */
mi_status mi_dimer(const mi_dimer_options *options, const mi_potential *potential,
                   const mi_structure *s, const double *mode, mi_dimer_result *result,
                   mi_control *control);
void mi_dimer_free(mi_dimer_result *result);

#endif
