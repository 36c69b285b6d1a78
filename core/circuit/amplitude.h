/* Starts with the right amplitudes. */
#ifndef MI_CIRCUIT_AMPLITUDE_H
#define MI_CIRCUIT_AMPLITUDE_H

#include "core/circuit/fit.h"

/* The impedances of the branches of a series circuit are multiplied by factors > 0 that fit their
 * sum to the data (linear least squares), each theta moved accordingly. Other circuits, admittances
 * and problems with fixed or tied parameters stay as they are. */
void mi_circuit_amplitudes(const mi_circuit_problem *problem, mi_circuit_engine *engine,
                           double *theta);

#endif
