/* What every potential looks like to those who use one: dynamics, relaxation, analysis.
 *
 * A potential gives the energy E of the atoms at their positions as a sum of energies of atoms,
 *
 *     E = sum_i E_i          forces F_i = -dE/dr_i          virial W_ab = -dE/d(strain)_ab
 *
 * in eV, eV/Å and eV. W is positive for a repulsion: the stress (tensile positive) is -W / V and
 * the potential's part of the pressure trace W / (3 V).
 *
 * A potential is a table of functions and a `self`, which is only read while it evaluates: one
 * potential may serve several evaluations at a time. The memory that an evaluation needs beside
 * its results is in the mi_evaluation, which grows it once and keeps it. */
#ifndef MI_POTENTIAL_H
#define MI_POTENTIAL_H

#include "core/atoms/neighbours.h"
#include "core/atoms/structure.h"

/* The results of an evaluation, and its scratch memory. Owned by who evaluates; see below. */
typedef struct mi_evaluation {
  size_t n;                /* atoms */
  double energy;           /* eV */
  double *energies;        /* [n] eV; NULL: not wanted */
  double *forces;          /* [n x 3] eV/Å; NULL: neither forces nor virial are wanted */
  double virial[3][3];     /* eV */
  double energy_deviation; /* eV, what a committee disagrees by; 0 where there is none */
  double force_deviation;  /* eV/Å, the greatest of all atoms */
  size_t extrapolations;   /* descriptors outside the range that the potential was trained on */
  void *scratch;
  size_t scratch_bytes;
} mi_evaluation;

typedef struct mi_potential_class {
  const char *name; /* "stillinger-weber" */

  /* Radius in Å within which it needs the neighbours of an atom; > 0. */
  double (*cutoff)(const void *self);

  /* Whether it knows the element of this atomic number. */
  bool (*knows)(const void *self, int number);

  /* Adds its terms to the result, which is zero or holds those of others. The list is up to date
   * for the structure and reaches at least to the cutoff; it may reach farther. */
  mi_status (*evaluate)(const void *self, const mi_structure *s, const mi_neighbours *list,
                        mi_evaluation *result, mi_control *control);

  void (*free)(void *self);
} mi_potential_class;

typedef struct mi_potential {
  const mi_potential_class *class; /* NULL: no potential */
  void *self;
} mi_potential;

/* MI_EINVAL naming the first atom whose element the potential does not know. */
mi_status mi_potential_check(const mi_potential *potential, const mi_structure *s,
                             mi_control *control);

/* Clears the result and evaluates with a list that is up to date. MI_ENUMERIC when the energy or a
 * force is not finite. */
mi_status mi_potential_evaluate(const mi_potential *potential, const mi_structure *s,
                                const mi_neighbours *list, mi_evaluation *result,
                                mi_control *control);

/* One structure on its own: checks the elements, makes a list, evaluates, frees the list. */
mi_status mi_potential_single(const mi_potential *potential, const mi_structure *s,
                              mi_evaluation *result, mi_control *control);

void mi_potential_free(mi_potential *potential);

/* Memory for a result with energies and forces of n atoms; MI_ENOMEM leaves nothing to free. */
mi_status mi_evaluation_begin(mi_evaluation *result, size_t n);
void mi_evaluation_end(mi_evaluation *result);

/* At least so many bytes, aligned to MI_ALIGNMENT, not initialised, valid until the next call on
 * this result; NULL when there is no memory. */
void *mi_evaluation_scratch(mi_evaluation *result, size_t bytes);

/* ---- sums ------------------------------------------------------------------------------------ */

/* The sum of the energies of several potentials, each with the cutoff it has. The terms are
 * borrowed: they must live as long as the sum. */
mi_status mi_potential_sum(const mi_potential *const *terms, size_t count, mi_potential *sum,
                           mi_control *control);

#endif
