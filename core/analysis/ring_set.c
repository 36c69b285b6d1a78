/* A set of rings, see ring_set.h. */
#include "core/analysis/ring_set.h"

#include <string.h>

#include "core/base/memory.h"

enum { FIRST_RINGS = 256, FIRST_PLACES = 4096 };

mi_status mi_ring_set_init(mi_ring_set *set) {
  *set = (mi_ring_set){.rooms = FIRST_RINGS, .places = FIRST_PLACES, .slots = 4 * FIRST_RINGS};
  set->first = MI_NEW_ZERO(size_t, FIRST_RINGS + 1);
  set->place = MI_NEW(mi_place, FIRST_PLACES);
  set->slot = MI_NEW_ZERO(size_t, 4 * FIRST_RINGS);
  if (set->first && set->place && set->slot) return MI_OK;
  mi_ring_set_free(set);
  return MI_ENOMEM;
}

void mi_ring_set_free(mi_ring_set *set) {
  free(set->first);
  free(set->place);
  free(set->slot);
  *set = (mi_ring_set){0};
}

/* ---- the sequence that stands for a ring ----------------------------------------------------- */

/* The ring from `start` in direction `step`, moved so that it starts in cell 0. */
static void sequence(const mi_place *ring, int length, int start, int step, mi_place *to) {
  const int32_t origin = mi_place_shift(ring[start]);
  for (int i = 0, at = start; i < length; i++, at = (at + step + length) % length)
    to[i] = mi_place_of(mi_place_atom(ring[at]), mi_place_shift(ring[at]) - origin);
}

static int compare(const mi_place *a, const mi_place *b, int length) {
  for (int i = 0; i < length; i++)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

static void canonical(const mi_place *ring, int length, mi_place *best) {
  mi_place trial[MI_RING_MOST];
  int32_t lowest = INT32_MAX;
  for (int i = 0; i < length; i++)
    if (mi_place_atom(ring[i]) < lowest) lowest = mi_place_atom(ring[i]);
  best[0] = MI_NO_PLACE;
  for (int i = 0; i < length; i++) {
    if (mi_place_atom(ring[i]) != lowest) continue;
    for (int step = -1; step <= 1; step += 2) {
      sequence(ring, length, i, step, trial);
      if (compare(trial, best, length) < 0) memcpy(best, trial, (size_t)length * sizeof *best);
    }
  }
}

/* ---- the table ------------------------------------------------------------------------------- */

static uint64_t hash_of(const mi_place *ring, int length) {
  uint64_t h = (uint64_t)length;
  for (int i = 0; i < length; i++) {
    h = (h ^ ring[i]) * 0x9E3779B97F4A7C15u;
    h ^= h >> 29;
  }
  return h;
}

static size_t *slot_of(const mi_ring_set *set, const mi_place *ring, int length) {
  size_t at = hash_of(ring, length) & (set->slots - 1);
  for (; set->slot[at]; at = (at + 1) & (set->slots - 1)) {
    const size_t *first = set->first + set->slot[at] - 1;
    const bool same = (size_t)length == first[1] - first[0];
    if (same && !compare(ring, set->place + first[0], length)) break;
  }
  return set->slot + at;
}

static void *grown(void *old, size_t used, size_t room, size_t size) {
  char *block = mi_alloc(room, size);
  if (block) memcpy(block, old, used * size);
  if (block) free(old);
  return block;
}

static bool more_rings(mi_ring_set *set) {
  size_t *first = grown(set->first, set->count + 1, 2 * set->rooms + 1, sizeof *first);
  if (!first) return false;
  set->first = first;
  set->rooms *= 2;
  size_t *slot = MI_NEW_ZERO(size_t, 4 * set->rooms);
  if (!slot) return false;
  free(set->slot);
  set->slot = slot;
  set->slots = 4 * set->rooms;
  for (size_t i = 0; i < set->count; i++) {
    const int length = (int)(first[i + 1] - first[i]);
    *slot_of(set, set->place + first[i], length) = i + 1;
  }
  return true;
}

static bool more_places(mi_ring_set *set) {
  mi_place *place = grown(set->place, set->first[set->count], 2 * set->places, sizeof *place);
  if (!place) return false;
  set->place = place;
  set->places *= 2;
  return true;
}

static bool insert(mi_ring_set *set, const mi_place *ring, int length) {
  if (*slot_of(set, ring, length)) return true;
  const size_t begin = set->first[set->count];
  if (begin + (size_t)length > set->places && !more_places(set)) return false;
  if (set->count == set->rooms && !more_rings(set)) return false;
  memcpy(set->place + begin, ring, (size_t)length * sizeof *ring);
  *slot_of(set, ring, length) = ++set->count;
  set->first[set->count] = begin + (size_t)length;
  return true;
}

bool mi_ring_set_add(mi_ring_set *set, const mi_place *ring, int length) {
  mi_place best[MI_RING_MOST];
  canonical(ring, length, best);
  return insert(set, best, length);
}

bool mi_ring_set_merge(mi_ring_set *set, const mi_ring_set *other) {
  for (size_t i = 0; i < other->count; i++) {
    const size_t begin = other->first[i];
    if (!insert(set, other->place + begin, (int)(other->first[i + 1] - begin))) return false;
  }
  return true;
}
