/* The potential of Tersoff, Phys. Rev. B 37, 6991 (1988) and 39, 5566 (1989).
 *
 *     E_i     = 1/2 sum_j fc(r_ij) (A exp(-lambda1 r_ij) - b_ij B exp(-lambda2 r_ij))
 *     b_ij    = (1 + (beta zeta_ij)^n)^(-1/(2n))
 *     zeta_ij = sum_{k /= j} fc(r_ik) g(theta_jik) exp((lambda3 (r_ij - r_ik))^m)
 *     g       = gamma (1 + c^2/d^2 - c^2 / (d^2 + (cos theta - h)^2))
 *     fc      = 1 below R - D, 0 above R + D, 1/2 - 1/2 sin(pi/2 (r - R)/D) between.
 *
 * A file has an entry for each triplet (i, j, k), i in the middle. A, lambda1, B, lambda2, beta, n
 * and the fc of the bond i-j are those of the entry (i, j, j); m, gamma, lambda3, c, d, h and the
 * fc of the third atom those of (i, j, k). */
#ifndef MI_TERSOFF_H
#define MI_TERSOFF_H

#include "core/potentials/local.h"
#include "core/potentials/potential.h"

typedef struct mi_tersoff_entry {
  double m, gamma, lambda3, c, d, h, n, beta, lambda2, B, R, D, lambda1, A; /* eV, Å; m: 1 or 3 */
} mi_tersoff_entry;

/* entry[(i * count + j) * count + k] for the elements of those atomic numbers. */
mi_status mi_tersoff_make(const int32_t *number, int count, const mi_tersoff_entry *entry,
                          mi_potential *potential, mi_control *control);

/* ---- for the kernel -------------------------------------------------------------------------- */

typedef struct mi_tersoff {
  mi_species species;
  double cutoff;
  mi_tersoff_entry entry[MI_SPECIES_MOST][MI_SPECIES_MOST][MI_SPECIES_MOST];
} mi_tersoff;

enum { MI_TERSOFF_ROWS = 6 };

MI_DECLARE(double, mi_tersoff_atom, (const void *self, int type, mi_shell *shell));

#endif
