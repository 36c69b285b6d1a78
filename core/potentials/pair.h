/* Sums over pairs of atoms, with charges or without: Lennard-Jones, Buckingham.
 *
 *     phi(r) = A exp(-r / rho) - C / r^6 + D / r^12 + k q_i q_j / r
 *
 * Short-range part: it ends at the cutoff, plainly ("cut", as the literature's lattice constants
 * are often made), lowered by its value there ("shift"), or multiplied by
 *     S(u) = 1 - 10 u^3 + 15 u^4 - 6 u^5,  u = (r - (cutoff - width)) / width
 * in the last `width` Å ("smooth": energy, force and its derivative are continuous).
 *
 * Wall: where C / r^6 wins over the repulsion at short distances, so that hot atoms would fall into
 * each other, phi is continued inwards from its point of inflection by a parabola of curvature
 * MI_PAIR_STIFFNESS (value and slope are continuous). No bonded atom of a solid or of a melt below
 * some 5000 K ever comes that close.
 *
 * Charges: Ewald's sum; its part in real space, k q_i q_j erfc(alpha r) / r, is summed with the
 * pairs, the rest is in ewald.h. alpha and the greatest wave vector follow from the cutoff and the
 * accuracy alone, so that they stay the same when the cell changes. */
#ifndef MI_PAIR_H
#define MI_PAIR_H

#include "core/potentials/local.h"
#include "core/potentials/potential.h"

#define MI_COULOMB 14.3996454784255 /* e^2 / (4 pi epsilon_0), eV Å */
#define MI_PAIR_STIFFNESS 150.0     /* eV/Å^2 */

typedef enum mi_truncation { MI_CUT, MI_SHIFT, MI_SMOOTH } mi_truncation;

typedef struct mi_pair_entry {
  double A, rho, C, D; /* eV, Å, eV Å^6, eV Å^12; A = 0: no exponential */
} mi_pair_entry;

typedef struct mi_pair_options {
  double cutoff; /* Å */
  mi_truncation truncation;
  double width;    /* Å, of MI_SMOOTH */
  double accuracy; /* of a force: root mean square, of that between two unit charges 1 Å apart */
} mi_pair_options;

/* entry[i * count + j] for the elements of those atomic numbers, symmetric; charge[i] in e, NULL:
 * none. name is shown in messages and must live as long as the potential. */
mi_status mi_pair_make(const char *name, const int32_t *number, int count,
                       const mi_pair_entry *entry, const double *charge,
                       const mi_pair_options *options, mi_potential *potential,
                       mi_control *control);

/* ---- for the kernel -------------------------------------------------------------------------- */

typedef struct mi_radial {
  double A, inverse_rho, C, D;
  double charge; /* k q_i q_j */
  double shift;
  double wall, wall_value, wall_slope; /* phi below r = wall; 0: no wall */
} mi_radial;

typedef struct mi_pair {
  mi_species species;
  bool charged;
  double cutoff, inner, alpha, most_k; /* inner: where S begins */
  double charge[MI_SPECIES_MOST];
  mi_radial radial[MI_SPECIES_MOST][MI_SPECIES_MOST];
} mi_pair;

MI_DECLARE(double, mi_pair_atom, (const void *self, int type, mi_shell *shell));

#endif
