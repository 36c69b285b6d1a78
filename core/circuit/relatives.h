/* Starts of one circuit from the fit of another: branches that both have are taken over. */
#ifndef MI_CIRCUIT_RELATIVES_H
#define MI_CIRCUIT_RELATIVES_H

#include "core/base/rng.h"
#include "core/circuit/fit.h"

/* Each branch in series of `circuit` gets the parameters of a branch of `other`, picked at random
 * among those not taken yet that are alike (a capacitor counts as a constant phase element);
 * theta and its companion are those of problems in which every parameter varies. Branches without
 * a partner keep what theta holds. Returns how many were taken over. */
int mi_circuit_take_over(const mi_circuit *circuit, const mi_circuit *other,
                         const double *other_theta, double middle, mi_rng *rng, double *theta);

#endif
