/* Breadth-first search in the cover, see cover.h. */
#include "core/analysis/cover.h"

#include <string.h>

#include "core/base/memory.h"

enum { FIRST_ROOM = 512 };

mi_status mi_ball_init(mi_ball *ball, const mi_graph *graph) {
  *ball = (mi_ball){.graph = graph, .room = FIRST_ROOM, .slots = 4 * FIRST_ROOM};
  ball->place = MI_NEW(mi_place, FIRST_ROOM);
  ball->distance = MI_NEW(uint16_t, FIRST_ROOM);
  ball->slot = MI_NEW_ZERO(mi_slot, 4 * FIRST_ROOM);
  if (ball->place && ball->distance && ball->slot) return MI_OK;
  mi_ball_free(ball);
  return MI_ENOMEM;
}

void mi_ball_free(mi_ball *ball) {
  free(ball->place);
  free(ball->distance);
  free(ball->slot);
  *ball = (mi_ball){0};
}

bool mi_barred(const mi_barrier *barrier, mi_place from, mi_place to) {
  return to == barrier->place || (from == barrier->from && to == barrier->to) ||
         (from == barrier->to && to == barrier->from);
}

/* The slot that holds a place, or the free one where it would go. */
static mi_slot *slot_of(const mi_ball *ball, mi_place place) {
  uint32_t at = (uint32_t)((place * 0x9E3779B97F4A7C15u) >> 32) & (ball->slots - 1);
  while (ball->slot[at].epoch == ball->epoch && ball->slot[at].place != place)
    at = (at + 1) & (ball->slots - 1);
  return ball->slot + at;
}

int mi_ball_find(const mi_ball *ball, mi_place place) {
  const mi_slot *slot = slot_of(ball, place);
  return slot->epoch == ball->epoch ? (int)slot->at : -1;
}

/* Twice the room, and the table made anew. */
static bool enlarge(mi_ball *ball) {
  const size_t room = 2 * (size_t)ball->room;
  mi_place *place = MI_NEW(mi_place, room);
  uint16_t *distance = MI_NEW(uint16_t, room);
  mi_slot *slot = MI_NEW_ZERO(mi_slot, 4 * room);
  if (!place || !distance || !slot) {
    free(place);
    free(distance);
    free(slot);
    return false;
  }
  memcpy(place, ball->place, (size_t)ball->count * sizeof *place);
  memcpy(distance, ball->distance, (size_t)ball->count * sizeof *distance);
  free(ball->place);
  free(ball->distance);
  free(ball->slot);
  ball->place = place;
  ball->distance = distance;
  ball->slot = slot;
  ball->room = (int)room;
  ball->slots = (uint32_t)(4 * room);
  ball->epoch = 1;
  for (int i = 0; i < ball->count; i++)
    *slot_of(ball, place[i]) = (mi_slot){place[i], ball->epoch, (uint32_t)i};
  return true;
}

static bool add(mi_ball *ball, mi_place place, int distance) {
  mi_slot *slot = slot_of(ball, place);
  if (slot->epoch == ball->epoch) return true;
  if (ball->count == ball->room) {
    if (!enlarge(ball)) return false;
    slot = slot_of(ball, place);
  }
  *slot = (mi_slot){place, ball->epoch, (uint32_t)ball->count};
  ball->place[ball->count] = place;
  ball->distance[ball->count++] = (uint16_t)distance;
  return true;
}

void mi_ball_begin(mi_ball *ball, mi_place centre, const mi_barrier *barrier) {
  if (++ball->epoch == 0) { /* after 2^32 balls */
    memset(ball->slot, 0, ball->slots * sizeof *ball->slot);
    ball->epoch = 1;
  }
  ball->barrier = *barrier;
  ball->radius = ball->count = ball->layer = 0;
  add(ball, centre, 0);
}

bool mi_ball_grow(mi_ball *ball) {
  const mi_graph *graph = ball->graph;
  const int begin = ball->layer, end = ball->count;
  ball->layer = end;
  ball->radius++;
  for (int i = begin; i < end; i++) {
    const mi_place from = ball->place[i];
    const int32_t atom = mi_place_atom(from);
    for (size_t b = graph->first[atom]; b < graph->first[atom + 1]; b++) {
      const mi_place to = mi_place_along(graph, from, b);
      if (mi_barred(&ball->barrier, from, to)) continue;
      if (!add(ball, to, ball->radius)) return false;
    }
  }
  return true;
}
