/* Lua module matinf.c.analysis: bonds as a graph, angles and rings. */
#include <string.h>

#include "bindings/analysis.h"
#include "bindings/binding_structure.h"
#include "core/analysis/rings.h"

/* ---- bonds ----------------------------------------------------------------------------------- */

static void release_graph(void *graph) { mi_graph_free(graph); }

/* The shift -512..511 in each direction that a packed one stands for. */
static void unpack(int32_t shift, int32_t image[3]) {
  for (int k = 0; k < 3; k++) {
    image[k] = ((shift + 512) & 1023) - 512;
    shift = (shift - image[k]) / 1024;
  }
}

/* Sets first, index (from 1), images and vectors in the table at index -2 of the stack. */
static void set_bonds(mi_call *call, const mi_graph *graph) {
  lua_State *L = call->L;
  const int64_t n1 = (int64_t)graph->n + 1, shape[] = {(int64_t)graph->first[graph->n], 3};
  int64_t *first = (int64_t *)(void *)mi_push_array(L, MI_I64, 1, &n1)->data;
  for (int64_t i = 0; i < n1; i++) first[i] = (int64_t)graph->first[i] + 1;
  lua_setfield(L, -3, "first");
  int64_t *index = (int64_t *)(void *)mi_push_array(L, MI_I64, 1, shape)->data;
  for (int64_t b = 0; b < shape[0]; b++) {
    mi_poll(call, b);
    index[b] = (int64_t)graph->to[b] + 1;
  }
  lua_setfield(L, -3, "index");
  int32_t *image = (int32_t *)(void *)mi_push_array(L, MI_I32, 2, shape)->data;
  for (int64_t b = 0; b < shape[0]; b++) {
    mi_poll(call, b);
    unpack(graph->shift[b], image + 3 * b);
  }
  lua_setfield(L, -3, "images");
  double(*vector)[3] = (double(*)[3])(void *)mi_push_array(L, MI_F64, 2, shape)->data;
  for (int64_t b = 0; b < shape[0]; b++) {
    mi_poll(call, b);
    memcpy(vector[b], graph->vector[b], sizeof vector[b]);
  }
  lua_setfield(L, -3, "vectors");
}

/* bonds(structure, kinds from 0 [n], cutoff [k x k]) -> { first, index, images, vectors } */
int mi_analysis_bonds(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "analysis.bonds");
  mi_arg_structure(&call, 1, "structure", &s);
  const mi_array *of = mi_arg_contiguous(&call, 2, "kinds", MI_I32, 1);
  if (of->shape[0] != (int64_t)s.n) mi_argument_error(&call, 2, "kinds", "one kind an atom");
  const mi_array *cutoff = mi_arg_matrix(&call, 3, "cutoff");
  if (cutoff->shape[0] != cutoff->shape[1] || cutoff->shape[0] < 1 || cutoff->shape[0] > 118)
    mi_argument_error(&call, 3, "cutoff", "square array");
  const mi_kinds kinds = {(const int32_t *)(const void *)of->data, (int)cutoff->shape[0]};
  lua_newtable(L);
  mi_graph *graph = mi_push_owned(L, sizeof *graph, release_graph);
  mi_check_structure(&call, 1,
                     mi_graph_build(graph, &s, &kinds,
                                    (const double *)(const void *)cutoff->data, &call.control));
  set_bonds(&call, graph);
  lua_pop(L, 1);
  return 1;
}

/* The contiguous field of the table at index 1, which keeps it alive. */
static const mi_array *field(mi_call *call, const char *name, mi_dtype dtype, int ndim) {
  lua_getfield(call->L, 1, name);
  const mi_array *array = mi_arg_contiguous(call, lua_gettop(call->L), name, dtype, ndim);
  if (ndim == 2 && array->shape[1] != 3)
    mi_argument_error(call, lua_gettop(call->L), name, "three columns");
  return array;
}

/* Turns first and index, which count from 1, into those of a graph in scratch memory. */
static void arg_graph(mi_call *call, mi_graph *graph) {
  luaL_checktype(call->L, 1, LUA_TTABLE);
  const mi_array *first = field(call, "first", MI_I64, 1), *index = field(call, "index", MI_I64, 1);
  const int64_t *f = (const int64_t *)(const void *)first->data, bonds = index->shape[0];
  const int64_t n = first->shape[0] - 1;
  *graph = (mi_graph){.n = (size_t)n};
  graph->first = mi_scratch(call->L, (size_t)n + 1, sizeof *graph->first);
  graph->to = mi_scratch(call->L, (size_t)bonds, sizeof *graph->to);
  if (n < 1 || f[0] != 1 || f[n] != bonds + 1)
    mi_argument_error(call, 1, "bonds", "bonds that belong together");
  for (int64_t i = 0; i <= n; i++) {
    if (i > 0 && f[i] < f[i - 1]) mi_argument_error(call, 1, "bonds", "rising first");
    graph->first[i] = (size_t)f[i] - 1;
  }
  for (int64_t b = 0; b < bonds; b++) {
    mi_poll(call, b);
    const int64_t to = ((const int64_t *)(const void *)index->data)[b];
    if (to < 1 || to > n) mi_argument_error(call, 1, "bonds", "atoms from 1 to n");
    graph->to[b] = (int32_t)(to - 1);
  }
}

/* angles(bonds, kinds from 0, a, b, c) -> array of the angles a-b-c in degrees */
int mi_analysis_angles(lua_State *L) {
  mi_call call;
  mi_graph graph;
  mi_begin(&call, L, "analysis.Bonds:angles");
  const mi_array *of = mi_arg_contiguous(&call, 2, "kinds", MI_I32, 1);
  const int a = (int)mi_arg_integer(&call, 3, "a", 0, 117);
  const int b = (int)mi_arg_integer(&call, 4, "b", 0, 117);
  const int c = (int)mi_arg_integer(&call, 5, "c", 0, 117);
  arg_graph(&call, &graph);
  const mi_array *vector = field(&call, "vectors", MI_F64, 2);
  if (of->shape[0] != (int64_t)graph.n || vector->shape[0] != (int64_t)graph.first[graph.n])
    mi_argument_error(&call, 1, "bonds", "bonds that belong together");
  graph.vector = (double(*)[3])(void *)vector->data;
  const mi_kinds kinds = {(const int32_t *)(const void *)of->data, 118};
  const int64_t count = (int64_t)mi_bond_angles(&graph, &kinds, a, b, c, NULL, &call.control);
  mi_array *angle = mi_push_vector(L, NULL, count);
  mi_bond_angles(&graph, &kinds, a, b, c, (double *)(void *)angle->data, &call.control);
  if (mi_cancelled(&call.control)) mi_check(&call, MI_ECANCEL);
  return 1;
}

/* ---- rings ----------------------------------------------------------------------------------- */

static const char *const criteria[] = {"king", "guttman", "primitive", NULL};

static void release_rings(void *rings) { mi_ring_set_free(rings); }

/* Pushes { first, atoms, sizes } of the rings. */
static void push_members(lua_State *L, const mi_ring_set *rings, const mi_ring_options *o) {
  const int64_t count = (int64_t)rings->count, n1 = count + 1;
  const int64_t places = (int64_t)rings->first[count];
  lua_createtable(L, 0, 3);
  int64_t *first = (int64_t *)(void *)mi_push_array(L, MI_I64, 1, &n1)->data;
  for (int64_t i = 0; i < n1; i++) first[i] = (int64_t)rings->first[i] + 1;
  lua_setfield(L, -2, "first");
  int64_t *atom = (int64_t *)(void *)mi_push_array(L, MI_I64, 1, &places)->data;
  for (int64_t i = 0; i < places; i++) atom[i] = mi_place_atom(rings->place[i]) + 1;
  lua_setfield(L, -2, "atoms");
  int64_t *size = (int64_t *)(void *)mi_push_array(L, MI_I64, 1, &count)->data;
  for (int64_t i = 0; i < count; i++) size[i] = mi_ring_size(rings, (size_t)i, o);
  lua_setfield(L, -2, "sizes");
}

/* rings(bonds, counts u8 [n] or nil, {criterion, largest}) -> { first, atoms, sizes } */
int mi_analysis_rings(lua_State *L) {
  mi_call call;
  mi_graph graph;
  mi_ring_options o = mi_ring_options_default();
  mi_begin(&call, L, "analysis.Bonds:rings");
  if (!lua_isnoneornil(L, 2)) {
    const mi_array *counts = mi_arg_contiguous(&call, 2, "counts", MI_U8, 1);
    o.counts = (const uint8_t *)(const void *)counts->data;
    lua_pushinteger(L, counts->shape[0]);
  } else {
    lua_pushinteger(L, -1);
  }
  const int64_t counted = lua_tointeger(L, -1);
  lua_pop(L, 1);
  mi_options_begin(&call, 3);
  o.kind = (mi_ring_kind)mi_option_choice(&call, "criterion", (int)o.kind, criteria);
  o.largest = (int)mi_option_integer(&call, "largest", o.largest, 3, MI_RING_MOST / 2);
  mi_options_end(&call);
  arg_graph(&call, &graph);
  if (counted >= 0 && counted != (int64_t)graph.n)
    mi_argument_error(&call, 2, "counts", "one number an atom");
  const mi_array *images = field(&call, "images", MI_I32, 2);
  const int64_t bonds = (int64_t)graph.first[graph.n];
  if (images->shape[0] != bonds) mi_argument_error(&call, 1, "bonds", "bonds that belong together");
  graph.shift = mi_scratch(L, (size_t)bonds, sizeof *graph.shift);
  const int32_t *image = (const int32_t *)(const void *)images->data;
  for (int64_t b = 0; b < bonds; b++, image += 3) {
    mi_poll(&call, b);
    graph.shift[b] = mi_graph_pack(image[0], image[1], image[2]);
  }
  mi_ring_set *rings = mi_push_owned(L, sizeof *rings, release_rings);
  mi_check(&call, mi_rings_find(&graph, &o, rings, &call.control));
  push_members(L, rings, &o);
  return 1;
}
