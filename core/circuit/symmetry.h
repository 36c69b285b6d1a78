/* Symmetries of a fit: exchanges of equal branches that leave the impedance and the bounds alone.
 * A posterior has as many copies of every mode; a result is told in one order of them. */
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

/* Puts equal branches into the order in which results are told: nearest to `start` [variables], or,
 * where that is NULL, by rising time constants. A branch has the time constant of its first
 * element that has one (Zarc, Wo, ...), or that at which the impedances of its first two unlike
 * elements are equal in size (R C, (R Q)^(1/a), L / R); branches without one are ordered by their
 * first parameter. */
void mi_circuit_order(const mi_circuit_problem *problem, const double *start, double *theta);

enum { MI_CIRCUIT_SWAPS = 64 };

/* Swaps of like elements of two branches or elements, the first with the first and so on: no
 * symmetries unless the branches are alike, but a way from one mode of a posterior to another.
 * At most MI_CIRCUIT_SWAPS rows of `variables` numbers; returns how many they are. */
int mi_circuit_swaps(const mi_circuit_problem *problem, int8_t *swap);

#endif
