/* Harmonic vibrations of a crystal, by finite displacements in a supercell.
 *
 *     Phi(ka, lk'b) = -dF(l k' b) / du(0 k a), central differences of the step h
 *     D(q)_ka,k'b   = (m_k m_k')^-1/2 sum_l Phi(ka, lk'b) exp(i q.R_l)        D e = omega^2 e
 *
 * Phi is made symmetric, and translation costs nothing: the block of an atom with itself is minus
 * the sum of its others (acoustic sum rule). R_l is the cell of the image of k' nearest to k; where
 * several are equally near, their phases are averaged. */
#ifndef MI_PHONONS_H
#define MI_PHONONS_H

#include "core/md/evaluator.h"

/* One image of atom `to` in cell (x, y, z), seen from atom `from` in cell 0. */
typedef struct mi_phonon_link {
  uint32_t from, to;
  int cell[3];
  double weight;
  size_t block; /* of constants */
} mi_phonon_link;

typedef struct mi_phonons {
  size_t n, cells;
  int repeat[3];
  double asymmetry;  /* eV/Å^2: the greatest change that symmetry and sum rule made */
  double *mass;      /* [n] u */
  double *constants; /* [n x cells x n] blocks of 9, eV/Å^2; owned, like the rest */
  mi_phonon_link *link;
  size_t links;
} mi_phonons;

/* repeat: cells of the supercell along each vector; mass [n] in u. The structure should be relaxed.
 * On failure nothing is left to free. */
mi_status mi_phonons_begin(mi_phonons *phonons, const mi_potential *potential,
                           const mi_structure *s, const double *mass, const int repeat[3],
                           double step, mi_control *control);
void mi_phonons_end(mi_phonons *phonons);

/* Frequencies [3 n] in THz at q (in reciprocal vectors), rising; imaginary ones are negative. For
 * q = 0, vectors [3 n x 3 n] (may be NULL) gets the normal modes e in columns, mass-weighted. */
mi_status mi_phonons_at(const mi_phonons *phonons, const double q[3], double *frequency,
                        double *vectors, mi_control *control);

#endif
