/* A set of rings, each kept once.
 *
 * A ring is a closed walk of places. Turning it round, going it backwards and moving it to another
 * cell leave it the same ring: of all these sequences the smallest one stands for it (it begins at
 * an atom of the lowest number, in cell 0). The set is a hash table over an arena of sequences. */
#ifndef MI_ANALYSIS_RING_SET_H
#define MI_ANALYSIS_RING_SET_H

#include "core/analysis/cover.h"

enum { MI_RING_MOST = 128 }; /* places in one ring */

typedef struct mi_ring_set {
  size_t count;
  size_t *first;   /* [count + 1] where a ring begins in place */
  mi_place *place;
  size_t rooms, places;     /* space of first and place */
  size_t *slot, slots;      /* ring number + 1, 0: free */
} mi_ring_set;

mi_status mi_ring_set_init(mi_ring_set *set);
void mi_ring_set_free(mi_ring_set *set);

/* Adds a ring of length places in any of its sequences; false when memory could not be had. */
bool mi_ring_set_add(mi_ring_set *set, const mi_place *ring, int length);

/* Adds all of other; false when memory could not be had. */
bool mi_ring_set_merge(mi_ring_set *set, const mi_ring_set *other);

#endif
