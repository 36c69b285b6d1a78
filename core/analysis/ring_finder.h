/* What the three ring criteria share: one thread's search. */
#ifndef MI_ANALYSIS_RING_FINDER_H
#define MI_ANALYSIS_RING_FINDER_H

#include "core/analysis/rings.h"

enum { MI_NEAR, MI_FAR, MI_ROOT };

typedef struct mi_ring_finder {
  const mi_graph *graph;
  const mi_ring_options *options;
  int longest;               /* places in the longest ring looked for */
  mi_ball ball[3];
  mi_place ring[MI_RING_MOST];
  int length;
  mi_ring_set found;
  int64_t work;              /* ways tried from the present atom */
  mi_status status;
  int32_t atom;              /* where status came about */
  const mi_control *control;
} mi_ring_finder;

/* Bonds between two places, at most `limit` of them: -1 when they are further apart. Leaves the two
 * balls (near round a, far round b) so that every shortest way leads through a place of the near
 * ball's outermost layer that the far ball holds as well; -2 without memory. */
int mi_ring_distance(mi_ring_finder *f, mi_place a, mi_place b, const mi_barrier *barrier,
                     int limit);

/* Keeps f->ring if its size is within bounds; false when the search must stop (f->status). */
bool mi_ring_keep(mi_ring_finder *f);

/* Counts one step of enumeration; false when the search must stop (f->status). */
bool mi_ring_step(mi_ring_finder *f);

/* All rings of one criterion that belong to an atom; false when the search must stop. */
bool mi_rings_of_king(mi_ring_finder *f, int32_t atom);
bool mi_rings_of_guttman(mi_ring_finder *f, int32_t atom);
bool mi_rings_of_primitive(mi_ring_finder *f, int32_t atom);

#endif
