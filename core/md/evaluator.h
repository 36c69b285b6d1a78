/* Energy and forces of one set of atoms at many positions: a potential with its neighbour list and
 * its memory. What searches (relax.c, neb.c, ...) evaluates through this. */
#ifndef MI_EVALUATOR_H
#define MI_EVALUATOR_H

#include "core/potentials/potential.h"

typedef struct mi_evaluator {
  const mi_potential *potential; /* borrowed */
  mi_structure s;                /* position: that of the last evaluation */
  mi_neighbours list;
  mi_evaluation e;
  int64_t count; /* evaluations done */
} mi_evaluator;

/* For the atoms and the cell of s, which must outlive it. On failure nothing is left to free. */
mi_status mi_evaluator_begin(mi_evaluator *evaluator, const mi_potential *potential,
                             const mi_structure *s, mi_control *control);
void mi_evaluator_end(mi_evaluator *evaluator);

/* Evaluates at position [n x 3], which must outlive the next use; s.cell may be changed before. */
mi_status mi_evaluator_at(mi_evaluator *evaluator, const double *position, mi_control *control);

/* The greatest length of n rows of three. */
double mi_greatest_row(const double *rows, size_t n);

#endif
