/* Rings by shortest ways round: King's and Guttman's criteria.
 *
 * Two balls grow from the ends of the way until they touch; every shortest way then passes one of
 * the places where they do, and is traced from there back to both ends. */
#include "core/analysis/ring_finder.h"

typedef struct tracer {
  mi_ring_finder *f;
  const mi_barrier *barrier;
  int base;          /* places of the ring before the way: 1 for King's atom */
  int bonds;         /* of the way */
  mi_place meeting;
} tracer;

/* Traces back from a place to the centre of its ball; from the near centre it turns to the far
 * half, from the far centre the ring is whole. */
static bool trace(const tracer *t, int side, mi_place place) {
  mi_ring_finder *f = t->f;
  const mi_ball *ball = f->ball + side;
  const int d = ball->distance[mi_ball_find(ball, place)];
  f->ring[side == MI_NEAR ? t->base + d : t->base + t->bonds - d] = place;
  if (d == 0) return side == MI_NEAR ? trace(t, MI_FAR, t->meeting) : mi_ring_keep(f);
  const int32_t atom = mi_place_atom(place);
  for (size_t b = f->graph->first[atom]; b < f->graph->first[atom + 1]; b++) {
    const mi_place back = mi_place_along(f->graph, place, b);
    if (mi_barred(t->barrier, place, back)) continue;
    const int at = mi_ball_find(ball, back);
    if (at < 0 || ball->distance[at] != d - 1) continue;
    if (!mi_ring_step(f) || !trace(t, side, back)) return false;
  }
  return true;
}

/* All shortest ways from a to b round a barrier. */
static bool shortest(mi_ring_finder *f, mi_place a, mi_place b, const mi_barrier *barrier,
                     int base) {
  const int bonds = mi_ring_distance(f, a, b, barrier, f->longest - 1 - base);
  if (bonds == -2) f->status = MI_ENOMEM;
  if (bonds < 0) return f->status == MI_OK;
  tracer t = {f, barrier, base, bonds, 0};
  f->length = base + bonds + 1;
  /* The places of either outermost layer that the other ball holds are the same ones only for the
   * ball that grew last; the near ball's places at its radius serve in both cases. */
  const mi_ball *near = f->ball + MI_NEAR, *far = f->ball + MI_FAR;
  for (int i = near->layer; i < near->count; i++) {
    if (mi_ball_find(far, near->place[i]) < 0) continue;
    t.meeting = near->place[i];
    if (!trace(&t, MI_NEAR, t.meeting)) return false;
  }
  return true;
}

bool mi_rings_of_king(mi_ring_finder *f, int32_t atom) {
  const mi_graph *g = f->graph;
  if (f->options->counts && !f->options->counts[atom]) return true;
  const mi_place centre = mi_place_of(atom, 0);
  const mi_barrier barrier = {centre, MI_NO_PLACE, MI_NO_PLACE};
  for (size_t i = g->first[atom]; i < g->first[atom + 1]; i++) {
    for (size_t j = i + 1; j < g->first[atom + 1]; j++) {
      f->ring[0] = centre;
      if (!shortest(f, mi_place_along(g, centre, i), mi_place_along(g, centre, j), &barrier, 1))
        return false;
    }
  }
  return true;
}

bool mi_rings_of_guttman(mi_ring_finder *f, int32_t atom) {
  const mi_graph *g = f->graph;
  const mi_place from = mi_place_of(atom, 0);
  for (size_t b = g->first[atom]; b < g->first[atom + 1]; b++) {
    const mi_place to = mi_place_along(g, from, b);
    if (to < from) continue; /* every bond once */
    const mi_barrier barrier = {MI_NO_PLACE, from, to};
    if (!shortest(f, from, to, &barrier, 0)) return false;
  }
  return true;
}
