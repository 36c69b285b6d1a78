/* The potential of Stillinger and Weber, Phys. Rev. B 31, 5262 (1985).
 *
 *     E_i  = 1/2 sum_j phi(r_ij) + sum_{j<k} lambda epsilon (cos theta_jik - c0)^2 e_ij e_ik
 *     phi  = A epsilon (B (sigma/r)^p - (sigma/r)^q) exp(sigma / (r - a sigma))
 *     e_ij = exp(gamma sigma / (r_ij - a sigma)),        both zero from r = a sigma on.
 *
 * For several elements the parameters of a pair are those of the triplet (i, j, j), and lambda
 * epsilon and c0 those of (i, j, k), which must not depend on the order of j and k (the rules of
 * the files that LAMMPS reads).
 *
 * The three-body sum is done without a loop over pairs of neighbours. With the unit vectors n_j,
 *
 *     sum_{jk} e_j e_k (n_j.n_k - c0)^2 = Q:Q - 2 c0 P.P + c0^2 S^2,
 *     S = sum e_j,    P = sum e_j n_j,    Q = sum e_j n_j n_j',
 *
 * of which the terms j = k, (1 - c0)^2 sum e_j^2, are taken away. */
#ifndef MI_STILLINGER_WEBER_H
#define MI_STILLINGER_WEBER_H

#include "core/potentials/local.h"
#include "core/potentials/potential.h"

/* One entry of a file, for the triplet of the types (i, j, k), i in the middle. */
typedef struct mi_sw_entry {
  double epsilon, sigma, a, lambda, gamma, cosine, A, B, p, q; /* eV, Å, 1 ... */
} mi_sw_entry;

/* entry[(i * count + j) * count + k] for the elements of those atomic numbers. */
mi_status mi_sw_make(const int32_t *number, int count, const mi_sw_entry *entry,
                     mi_potential *potential, mi_control *control);

/* ---- for the kernel -------------------------------------------------------------------------- */

typedef struct mi_sw_pair {
  double A, B, p, q, sigma, gamma, cut; /* eV, 1, 1, 1, Å, Å, Å */
} mi_sw_pair;

typedef struct mi_sw {
  mi_species species;
  double cutoff;
  mi_sw_pair pair[MI_SPECIES_MOST][MI_SPECIES_MOST];
  double lambda[MI_SPECIES_MOST][MI_SPECIES_MOST][MI_SPECIES_MOST]; /* eV */
  double cosine[MI_SPECIES_MOST][MI_SPECIES_MOST][MI_SPECIES_MOST];
} mi_sw;

enum { MI_SW_ROWS = 3 };

MI_DECLARE(double, mi_sw_atom, (const void *self, int type, mi_shell *shell));

#endif
