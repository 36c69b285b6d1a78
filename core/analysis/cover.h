/* Breadth-first search in the universal cover of a graph with images.
 *
 * A place is an atom in one image of the cell; the cover has every place as a node of its own, so
 * that distances and paths are those of the infinite structure whatever the size of the cell. A
 * ball holds the places within `radius` bonds of its centre, layer by layer, found again by a hash
 * table that is emptied by counting up an epoch. */
#ifndef MI_ANALYSIS_COVER_H
#define MI_ANALYSIS_COVER_H

#include <stdbool.h>

#include "core/analysis/graph.h"

typedef uint64_t mi_place;

#define MI_NO_PLACE UINT64_MAX

static inline mi_place mi_place_of(int32_t atom, int32_t shift) {
  return (uint64_t)(uint32_t)atom << 32 | (uint32_t)(shift + (1 << 30));
}
static inline int32_t mi_place_atom(mi_place p) { return (int32_t)(p >> 32); }
static inline int32_t mi_place_shift(mi_place p) { return (int32_t)(uint32_t)p - (1 << 30); }

/* Where bond b leads from place p. */
static inline mi_place mi_place_along(const mi_graph *graph, mi_place p, size_t b) {
  return mi_place_of(graph->to[b], mi_place_shift(p) + graph->shift[b]);
}

/* What a search must not use: a place, or the bond between two places. */
typedef struct mi_barrier {
  mi_place place, from, to; /* MI_NO_PLACE: none */
} mi_barrier;

typedef struct mi_slot {
  mi_place place;
  uint32_t epoch, at;
} mi_slot;

typedef struct mi_ball {
  const mi_graph *graph;
  mi_barrier barrier;
  int radius;
  int count, room;    /* places held, and space for */
  int layer;          /* the first place of the outermost layer */
  mi_place *place;
  uint16_t *distance; /* bonds from the centre */
  mi_slot *slot;
  uint32_t slots, epoch; /* slots: a power of two */
} mi_ball;

mi_status mi_ball_init(mi_ball *ball, const mi_graph *graph);
void mi_ball_free(mi_ball *ball);

/* Only the centre. */
void mi_ball_begin(mi_ball *ball, mi_place centre, const mi_barrier *barrier);

/* Adds the next layer; false when memory could not be had. A ball without a further layer keeps an
 * empty outermost one (layer == count). */
bool mi_ball_grow(mi_ball *ball);

/* The index of a place, -1 when it is not in the ball. */
int mi_ball_find(const mi_ball *ball, mi_place place);

bool mi_barred(const mi_barrier *barrier, mi_place from, mi_place to);

#endif
