/* Ewald's sum: the part of the Coulomb energy that is summed in reciprocal space.
 *
 * With S(k) = sum_j q_j exp(i k.r_j) over the k = 2 pi (n1, n2, n3) cell^-T of length up to most_k,
 *
 *     E = sum_{k /= 0} a_k / 2 |S(k)|^2 - c alpha / sqrt(pi) sum_j q_j^2 - c pi Q^2 / (2 V alpha^2)
 *     a_k = 4 pi c / V exp(-k^2 / (4 alpha^2)) / k^2,     Q = sum_j q_j,     c = e^2/(4 pi eps_0):
 *
 * tin foil around the crystal, and a uniform background that neutralises a charged cell. The rest,
 * c q_i q_j erfc(alpha r) / r over pairs, is summed by pair.c.
 *
 * k and -k count once, twice as much. For each (n1, n2) a slot holds n3 and -n3 together: with
 * u + iv = exp(i (k1 + k2).r) and zr + i zi = exp(i n3 b3.r), the four sums of q u zr, q v zi,
 * q u zi and q v zr make both S. The work is n times the number of k: at constant cutoff and
 * accuracy it grows as n^2. */
#ifndef MI_EWALD_H
#define MI_EWALD_H

#include "core/potentials/potential.h"
#include "core/potentials/species.h"

typedef struct mi_ewald {
  const mi_species *species;
  const double *charge; /* e, of each type */
  double alpha, most_k; /* 1/Å */
} mi_ewald;

/* Adds to the result. MI_EINVAL when the cell is not periodic in all directions. */
mi_status mi_ewald_reciprocal(const mi_ewald *ewald, const mi_structure *s, mi_evaluation *result,
                              mi_control *control);

/* ---- for the kernels ------------------------------------------------------------------------- */

enum { MI_EWALD_BLOCK = 64 }; /* atoms worked on together */

/* The k with common n1 and n2. n3 = 0 .. most in slots first .. first + most. */
typedef struct mi_ewald_row {
  int n1, n2, most;
  size_t first;
} mi_ewald_row;

/* exp(i n b.r) of a block of atoms for the n of each direction: [n][MI_EWALD_BLOCK] */
typedef struct mi_ewald_phases {
  int most[3];
  double *re[3], *im[3];
  double charge[MI_EWALD_BLOCK]; /* 0 beyond the last atom */
} mi_ewald_phases;

/* What a row gives an atom: sums over n3 of conj(a S) exp(i k.r), and of n3 times that. */
typedef struct mi_ewald_field {
  double energy[MI_EWALD_BLOCK], force[3][MI_EWALD_BLOCK]; /* per charge; force along n1, n2, n3 */
} mi_ewald_field;

/* The powers of the first phases, which stand at n = 1. */
MI_DECLARE(void, mi_ewald_powers, (mi_ewald_phases *phases));

/* sums[slot][4] += the four sums over the block */
MI_DECLARE(void, mi_ewald_sums,
           (const mi_ewald_row *row, size_t rows, const mi_ewald_phases *phases,
            double (*sums)[4]));

/* The field of S on the block. weight[slot][4]: (a + c, b - d, a - c, b + d), where a + ib is
 * a_k S(n3) and c + id is a_k S(-n3). */
MI_DECLARE(void, mi_ewald_fields,
           (const mi_ewald_row *row, size_t rows, const mi_ewald_phases *phases,
            const double (*weight)[4], mi_ewald_field *field));

#endif
