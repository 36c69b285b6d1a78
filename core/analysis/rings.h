/* Ring statistics of a network of bonds.
 *
 * A ring is a closed walk on the bonds that does not wind round the periodic cell. Three criteria
 * choose which rings count:
 *
 *     King        for every atom and every pair of its neighbours, all shortest ways between the
 *                 two that avoid the atom (King, Nature 213, 1112 (1967); Franzblau)
 *     Guttman     for every bond, all shortest ways round without that bond
 *                 (Guttman, J. Non-Cryst. Solids 116, 145 (1990))
 *     primitive   all rings without a shortcut: no two of their atoms are nearer on the network
 *                 than along the ring (Yuan and Cormack, Comput. Mater. Sci. 24, 343 (2002))
 *
 * Each ring counts once. Its size is the number of its atoms that count: in a network of silica
 * the silicon atoms, while the walk goes over silicon and oxygen (on silicon alone an oxygen with
 * three silicon neighbours would make a false ring of three). */
#ifndef MI_ANALYSIS_RINGS_H
#define MI_ANALYSIS_RINGS_H

#include "core/analysis/ring_set.h"

typedef enum mi_ring_kind { MI_RINGS_KING, MI_RINGS_GUTTMAN, MI_RINGS_PRIMITIVE } mi_ring_kind;

typedef struct mi_ring_options {
  mi_ring_kind kind;
  int largest;           /* size of the largest rings looked for, 3..64 */
  const uint8_t *counts; /* [n] 1: the atom counts for the size; NULL: all count */
} mi_ring_options;

mi_ring_options mi_ring_options_default(void); /* King, 12, all */

/* The rings of a graph, sorted by length and atoms. Memory grows with the number of rings. */
mi_status mi_rings_find(const mi_graph *graph, const mi_ring_options *options, mi_ring_set *rings,
                        mi_control *control);

/* Number of places of ring i that count. */
int mi_ring_size(const mi_ring_set *rings, size_t i, const mi_ring_options *options);

#endif
