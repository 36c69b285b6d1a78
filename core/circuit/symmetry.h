/* Symmetries of a fit: exchanges of equal branches that leave the impedance and the bounds alone.
 * A posterior has as many copies of every mode. */
#ifndef MI_CIRCUIT_SYMMETRY_H
#define MI_CIRCUIT_SYMMETRY_H

#include "core/circuit/fit.h"

enum { MI_CIRCUIT_SYMMETRIES = 720 };

/* Permutations of the variables: theta[v] and theta[order[i][v]] may change places. The identity
 * is the first. */
typedef struct mi_circuit_symmetry {
  int count;
  int8_t (*order)[MI_CIRCUIT_PARAMETERS];
} mi_circuit_symmetry;

/* MI_ENUMERIC when there are more than MI_CIRCUIT_SYMMETRIES. */
mi_status mi_circuit_symmetry_make(const mi_circuit_problem *problem, mi_circuit_symmetry *symmetry,
                                   mi_control *control);
void mi_circuit_symmetry_free(mi_circuit_symmetry *symmetry);

#endif
