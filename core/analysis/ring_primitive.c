/* Rings without a shortcut: the primitive criterion.
 *
 * Seen from any of its atoms, a primitive ring is two shortest ways that part at the atom and meet
 * again at the far side: at one place (even length) or across one bond (odd length). So from every
 * atom the ball is grown, and every pair of ways that meets is walked down, both sides at once. A
 * ring is looked for only from its lowest atom that counts. It is primitive if and only if all
 * opposite places are as far apart on the network as along the ring (Yuan and Cormack 2002). */
#include "core/analysis/ring_finder.h"

/* May a ring that is looked for from the ball's centre pass this place? */
static bool allowed(const mi_ring_finder *f, mi_place p) {
  const int32_t atom = mi_place_atom(p);
  return (f->options->counts && !f->options->counts[atom]) ||
         atom >= mi_place_atom(f->ball[MI_ROOT].place[0]);
}

/* Is there no way between two places with fewer bonds than along the ring? */
static bool apart(mi_ring_finder *f, mi_place a, mi_place b, int bonds) {
  const mi_barrier none = {MI_NO_PLACE, MI_NO_PLACE, MI_NO_PLACE};
  const int shorter = mi_ring_distance(f, a, b, &none, bonds - 1);
  if (shorter == -2) f->status = MI_ENOMEM;
  return shorter == -1;
}

/* Checks the opposites that are known once both sides have come down to depth: in a ring of
 * 2 half (+ 1) places, the left one at depth d is opposite to the right one at half - d (and, in an
 * odd ring, at half + 1 - d). */
static bool no_shortcut(mi_ring_finder *f, int depth) {
  const int half = f->length / 2, odd = f->length % 2;
  for (int e = half - depth; e <= half - depth + odd; e++) {
    if (e < depth) continue;
    if (!apart(f, f->ring[depth], f->ring[f->length - e], half)) return false;
    if (e > depth && !apart(f, f->ring[e], f->ring[f->length - depth], half)) return false;
  }
  return true;
}

/* One step down from place: the next bond from b on that leads `down` towards the root. */
static bool next_down(const mi_ring_finder *f, mi_place place, int depth, size_t *b,
                      mi_place *down) {
  const mi_ball *ball = f->ball + MI_ROOT;
  const int32_t atom = mi_place_atom(place);
  for (; *b < f->graph->first[atom + 1]; (*b)++) {
    *down = mi_place_along(f->graph, place, *b);
    const int at = mi_ball_find(ball, *down);
    if (at >= 0 && ball->distance[at] == depth - 1 && allowed(f, *down)) return true;
  }
  return false;
}

/* Walks down from p and q, both at depth, to the root by all pairs of ways without a common place;
 * the ring is written as root, left side up, (top), right side down. */
static bool descend(mi_ring_finder *f, mi_place p, mi_place q, int depth) {
  f->ring[depth] = p;
  f->ring[f->length - depth] = q;
  if (!mi_ring_step(f)) return false;
  if (!no_shortcut(f, depth)) return f->status == MI_OK;
  if (depth == 1) return mi_ring_keep(f);
  mi_place left, right;
  for (size_t i = f->graph->first[mi_place_atom(p)]; next_down(f, p, depth, &i, &left); i++)
    for (size_t j = f->graph->first[mi_place_atom(q)]; next_down(f, q, depth, &j, &right); j++)
      if (left != right && !descend(f, left, right, depth - 1)) return false;
  return true;
}

/* Rings of even length whose far side is the place top. */
static bool even(mi_ring_finder *f, mi_place top, int depth) {
  f->length = 2 * depth;
  if (f->length > f->longest || depth < 2) return true;
  f->ring[depth] = top;
  mi_place left, right;
  const size_t first = f->graph->first[mi_place_atom(top)];
  for (size_t i = first; next_down(f, top, depth, &i, &left); i++) {
    for (size_t j = i + 1; next_down(f, top, depth, &j, &right); j++) {
      if (!descend(f, left, right, depth - 1)) return false;
      f->ring[depth] = top;
    }
  }
  return true;
}

/* Rings of odd length whose far side is a bond of place with another at the same depth. */
static bool odd(mi_ring_finder *f, mi_place place, int depth) {
  const mi_ball *ball = f->ball + MI_ROOT;
  const int32_t atom = mi_place_atom(place);
  f->length = 2 * depth + 1;
  if (f->length > f->longest) return true;
  for (size_t b = f->graph->first[atom]; b < f->graph->first[atom + 1]; b++) {
    const mi_place other = mi_place_along(f->graph, place, b);
    const int at = mi_ball_find(ball, other);
    if (other <= place || at < 0 || ball->distance[at] != depth || !allowed(f, other)) continue;
    if (!descend(f, place, other, depth)) return false;
  }
  return true;
}

bool mi_rings_of_primitive(mi_ring_finder *f, int32_t atom) {
  const mi_barrier none = {MI_NO_PLACE, MI_NO_PLACE, MI_NO_PLACE};
  mi_ball *ball = f->ball + MI_ROOT;
  if (f->options->counts && !f->options->counts[atom]) return true;
  f->ring[0] = mi_place_of(atom, 0);
  mi_ball_begin(ball, f->ring[0], &none);
  while (2 * ball->radius < f->longest && ball->layer < ball->count) {
    if (!mi_ball_grow(ball)) f->status = MI_ENOMEM;
    for (int i = ball->layer; i < ball->count && f->status == MI_OK; i++) {
      if (!allowed(f, ball->place[i])) continue;
      if (!even(f, ball->place[i], ball->radius) || !odd(f, ball->place[i], ball->radius)) break;
    }
    if (f->status != MI_OK) return false;
  }
  return true;
}
