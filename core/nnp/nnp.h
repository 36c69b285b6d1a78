/* Neural-network potentials of Behler and Parrinello, and committees of them.
 *
 *     E = sum_i (N_e(g_i) / conversion + offset_e)      g_f = (G_f - shift_f) factor_f + base_f
 *
 * with symmetry functions G and a model N_e for each element e: a network, or a kernel model. The
 * members of a committee share the symmetry functions; E and the forces are their means, deviations
 * are root mean squares about the means (divided by the number of members).
 *
 * Forces are made in two passes over the neighbours of an atom (core/descriptors/plan.h): G, then,
 * with dE/dG from the networks, dE/dx of every neighbour; no dG/dx is kept. Atoms are worked on in
 * chunks, whose contributions are added in their order: results have the same bits on any number of
 * threads. */
#ifndef MI_NNP_H
#define MI_NNP_H

#include "core/descriptors/symfun.h"
#include "core/nnp/kernel.h"
#include "core/nnp/network.h"
#include "core/potentials/potential.h"

enum { MI_NNP_MEMBERS = 64 };

/* One member's part for one element; arrays have one entry a symmetry function of the element. */
typedef struct mi_nnp_part {
  mi_network network;
  mi_kernel kernel;     /* takes the place of the network when it has points */
  const double *packed; /* its parameters as evaluation wants them; set by mi_nnp_make */
  const double *shift, *factor, *base;
  double conversion; /* network energies over eV */
  double offset;     /* eV an atom */
} mi_nnp_part;

/* Scales the values of n symmetry functions to input[mi_network_row(n)], which ends with zeros. */
static inline void mi_nnp_scale(const mi_nnp_part *part, size_t n, const double *values,
                                double *input) {
  for (size_t f = 0; f < n; f++)
    input[f] = (values[f] - part->shift[f]) * part->factor[f] + part->base[f];
  for (size_t f = n; f < mi_network_row((int)n); f++) input[f] = 0;
}

typedef struct mi_nnp {
  mi_symfun_set set;
  int members;
  mi_nnp_part *part;  /* [members][set.elements] */
  double *low, *high; /* [functions of the set] range of G in training; NULL: not known */
  double *numbers;    /* what the parts point to */
} mi_nnp;

/* Takes the set over (also when it fails) and copies all else. low and high may be NULL. */
mi_status mi_nnp_make(mi_nnp *nnp, mi_symfun_set *set, const mi_nnp_part *part, int members,
                      const double *low, const double *high, mi_control *control);
void mi_nnp_free(mi_nnp *nnp);

/* How one symmetry function left its range. */
typedef struct mi_nnp_extrapolation {
  size_t count;      /* atoms */
  double low, high;  /* extreme values met */
  size_t atom;       /* the first of those farthest outside */
  double excess;     /* how far, in widths of the range */
} mi_nnp_extrapolation;

/* The caller sets the pointers; NULL: not wanted. Without forces there is no virial. */
typedef struct mi_nnp_result {
  double energy, virial[9];       /* eV; virial = -dE/d strain */
  double energy_deviation;        /* eV; 0 for a single member */
  double *energies;               /* [n] */
  double *forces;                 /* [n x 3] */
  double *force_deviation;        /* [n x 3]; costs a second pass for every member */
  mi_nnp_extrapolation *extrapolation; /* [functions of the set] */
  uint32_t *outside;              /* [n] how many functions of the atom are out of range */
} mi_nnp_result;

/* The list is up to date and reaches at least to nnp->set.cutoff. MI_ENUMERIC when the energy is
 * not finite. */
mi_status mi_nnp_evaluate(const mi_nnp *nnp, const mi_structure *s, const mi_neighbours *list,
                          mi_nnp_result *result, mi_control *control);

/* What the parameters alpha of kernel models are multiplied by, for a potential with one member:
 * energy [m], forces [3 n x m], virial [6 x m] (xx yy zz yz xz xy) with the m points of all
 * elements, one element after the other. forces and virial may be NULL. Lists as above. */
mi_status mi_nnp_kernel_rows(const mi_nnp *nnp, const mi_structure *s, const mi_neighbours *list,
                             double *energy, double *forces, double *virial, mi_control *control);

/* Points of all elements; 0 for networks. */
size_t mi_nnp_kernel_points(const mi_nnp *nnp);

/* The potential of a network, which is taken over; the network of a potential, or NULL. */
mi_status mi_nnp_potential(mi_nnp *nnp, mi_potential *potential);
const mi_nnp *mi_nnp_of(const mi_potential *potential);

#endif
