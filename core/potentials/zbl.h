/* The universal repulsion of nuclei of Ziegler, Biersack and Littmark, screened by their electrons:
 *
 *     phi(r) = k Z_i Z_j / r  sum_m c_m exp(-d_m r / a) + S(r)     a = 0.46850 Å / (Z_i^p + Z_j^p)
 *
 * with p = 0.23, k = e^2 / (4 pi epsilon_0). S makes the energy and two of its derivatives zero at
 * `outer`: it is a constant C up to `inner` and C + A/3 (r - inner)^3 + B/4 (r - inner)^4 beyond,
 * as in LAMMPS. */
#ifndef MI_ZBL_H
#define MI_ZBL_H

#include "core/potentials/local.h"
#include "core/potentials/potential.h"

/* The elements of those atomic numbers; 0 < inner < outer, Å. */
mi_status mi_zbl_make(const int32_t *number, int count, double inner, double outer,
                      mi_potential *potential, mi_control *control);

/* ---- for the kernel -------------------------------------------------------------------------- */

enum { MI_ZBL_TERMS = 4 };

typedef struct mi_zbl_pair {
  double charge;              /* k Z_i Z_j, eV Å */
  double decay[MI_ZBL_TERMS]; /* d_m / a */
  double A, B, C;             /* of S: eV/Å^3, eV/Å^4, eV */
} mi_zbl_pair;

typedef struct mi_zbl {
  mi_species species;
  double inner, outer;
  double share[MI_ZBL_TERMS]; /* c_m */
  mi_zbl_pair pair[MI_SPECIES_MOST][MI_SPECIES_MOST];
} mi_zbl;

MI_DECLARE(double, mi_zbl_atom, (const void *self, int type, mi_shell *shell));

#endif
