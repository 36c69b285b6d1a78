/* The inner loops of the search for neighbours: atoms near one point, bin by bin, and the order of
 * their codes. */
#ifndef MI_ATOMS_CANDIDATES_H
#define MI_ATOMS_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "core/atoms/bins.h"
#include "core/base/isa.h"

/* Arrays named here have room for MI_BINS_SPARE more than what is said. */

/* How many atoms of the runs, without slot a itself, are nearer to slot a than the root of limit2.
 * With key: their codes, base[slot] + image, and *closest,
 * the least of the squared distances (without key it is not touched). */
MI_DECLARE(size_t, mi_candidates,
           (const mi_bins *bins, size_t a, const mi_bin_run *run, size_t runs, double limit2,
            const uint64_t *base, uint64_t *key, double *closest));

/* Sorts n different keys, all below 2^63, into to; both are overwritten. */
MI_DECLARE(void, mi_sort_keys, (uint64_t *key, size_t n, uint64_t *to));

#endif
