/* matinf.c.atoms: neighbour lists as arrays. */
#include <string.h>

#include "bindings/atoms.h"
#include "bindings/binding.h"
#include "bindings/binding_structure.h"
#include "core/atoms/neighbours.h"

typedef struct guard {
  mi_neighbours list;
  mi_neighbourhood h;
} guard;

static void release(void *p) {
  guard *g = p;
  mi_neighbours_free(&g->list);
  mi_neighbourhood_free(&g->h);
}

/* first[n + 1], from 1: where the neighbours of each atom begin. */
static const int64_t *push_first(mi_call *call, guard *g, const mi_structure *s) {
  const int64_t length = (int64_t)s->n + 1;
  int64_t *first = (int64_t *)(void *)mi_push_array(call->L, MI_I64, 1, &length)->data;
  first[0] = 1;
  for (size_t i = 0; i < s->n; i++) {
    mi_poll(call, (int64_t)i);
    mi_neighbours_of(&g->list, s, i, &g->h);
    first[i + 1] = first[i] + (int64_t)g->h.n;
  }
  return first;
}

/* Fills the table on top of the stack with index, images, vectors and distances. */
static void set_pairs(mi_call *call, guard *g, const mi_structure *s, const int64_t *first) {
  lua_State *L = call->L;
  const int64_t shape[] = {first[s->n] - 1, 3};
  int64_t *index = (int64_t *)(void *)mi_push_array(L, MI_I64, 1, shape)->data;
  lua_setfield(L, -2, "index");
  int32_t *image = (int32_t *)(void *)mi_push_array(L, MI_I32, 2, shape)->data;
  lua_setfield(L, -2, "images");
  double *vector = (double *)(void *)mi_push_array(L, MI_F64, 2, shape)->data;
  lua_setfield(L, -2, "vectors");
  double *distance = (double *)(void *)mi_push_array(L, MI_F64, 1, shape)->data;
  lua_setfield(L, -2, "distances");
  for (size_t i = 0; i < s->n; i++) {
    mi_poll(call, (int64_t)i);
    mi_neighbours_of(&g->list, s, i, &g->h);
    for (size_t k = 0; k < g->h.n; k++) {
      const double d[] = {g->h.x[k], g->h.y[k], g->h.z[k]};
      *index++ = (int64_t)g->h.index[k] + 1;
      *distance++ = g->h.r[k];
      for (int axis = 0; axis < 3; axis++) *image++ = mi_image(g->h.image[k], axis);
      memcpy(vector, d, sizeof d);
      vector += 3;
    }
  }
}

/* neighbours(structure, {cutoff, overlap}) -> { cutoff, first, index, images, vectors,
 * distances } */
int mi_atoms_neighbours(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "atoms.Structure:neighbours");
  mi_arg_structure(&call, 1, "structure", &s);
  mi_options_begin(&call, 2);
  const double cutoff = mi_option_number(&call, "cutoff", 0);
  const bool overlap = mi_option_boolean(&call, "overlap", false);
  mi_options_end(&call);
  lua_newtable(L);
  mi_set_number(L, "cutoff", cutoff);
  guard *g = mi_push_owned(L, sizeof *g, release);
  g->list.cutoff = cutoff;
  g->list.overlap = overlap;
  mi_check_structure(&call, 1, mi_neighbours_update(&g->list, &s, NULL, &call.control));
  mi_check(&call, mi_neighbourhood_alloc(&g->h, &g->list));
  const int64_t *first = push_first(&call, g, &s);
  lua_setfield(L, -3, "first");
  lua_pushvalue(L, -2);
  set_pairs(&call, g, &s, first);
  return 1;
}
