/* Lua module matinf.c.nnp: neural-network potentials; scripts/matinf/nnp.lua gives them their
 * class. */
#include "core/nnp/nnp.h"

#include <string.h>

#include "bindings/binding.h"
#include "bindings/binding_potential.h"
#include "bindings/binding_structure.h"
#include "bindings/nnp.h"
#include "core/base/linalg.h"

/* ---- making ---------------------------------------------------------------------------------- */

static const double *numbers_of(const mi_array *a) { return (const double *)(const void *)a->data; }

/* The array at place `key` of the list on top of the stack. It stays alive as long as that list
 * does, where it replaces what was there. */
static const mi_array *list_vector(mi_call *call, int key, const char *name) {
  lua_State *L = call->L;
  lua_geti(L, -1, key);
  const mi_array *a = mi_arg_vector(call, lua_gettop(L), name);
  lua_seti(L, -2, key);
  return a;
}

/* The same, of n numbers. */
static const double *list_array(mi_call *call, int key, const char *name, int64_t n) {
  const mi_array *a = list_vector(call, key, name);
  if (a->shape[0] != n)
    mi_argument_error(call, lua_gettop(call->L), name, "array of the right length");
  return numbers_of(a);
}

mi_network mi_nnp_shape_of(mi_call *call, int element) {
  const double *v = list_array(call, element + 1, "networks", 2 * MI_NETWORK_LAYERS + 3);
  mi_network n = {.layers = (int)v[1], .fan_in = v[0] != 0};
  for (int l = 0; l <= MI_NETWORK_LAYERS; l++) n.width[l] = (int)v[2 + l];
  for (int l = 0; l < MI_NETWORK_LAYERS; l++)
    n.activation[l] = (mi_activation)v[3 + MI_NETWORK_LAYERS + l];
  mi_check(call, mi_network_check(&n, &call->control));
  return n;
}

/* The model of an element: a network of a shape, or kernels { kind, length, power, points }. */
static mi_nnp_part model_of(mi_call *call, const mi_symfun_set *set, int element) {
  const mi_array *row = list_vector(call, element + 1, "networks");
  const double *v = numbers_of(row);
  if (row->shape[0] != 4) return (mi_nnp_part){.network = mi_nnp_shape_of(call, element)};
  const mi_kernel k = {.kind = (mi_kernel_kind)v[0], .length = v[1], .power = (int)v[2],
                       .points = (int)v[3], .inputs = (int)mi_symfun_count(set, element)};
  mi_check(call, mi_kernel_check(&k, &call->control));
  return (mi_nnp_part){.kernel = k};
}

static void read_parameters(mi_call *call, int key, mi_nnp_part *p) {
  const int64_t points = p->kernel.points, inputs = p->kernel.inputs;
  const int64_t n = points ? points * (inputs + 1) : (int64_t)mi_network_parameters(&p->network);
  const double *numbers = list_array(call, key, "weights", n);
  if (points) {
    p->kernel.point = numbers;
    p->kernel.alpha = numbers + points * inputs;
  } else {
    p->network.parameter = numbers;
  }
}

/* A member is { conversion and the offset of each element, shift, factor, base, parameters of each
 * element ... }, with one entry a function in shift, factor and base. */
static void read_member(mi_call *call, const mi_symfun_set *set, mi_nnp_part *part) {
  const int64_t n = (int64_t)set->first[set->elements];
  const double *energies = list_array(call, 1, "energies", set->elements + 1);
  const double *shift = list_array(call, 2, "scaling", n);
  const double *factor = list_array(call, 3, "scaling", n);
  const double *base = list_array(call, 4, "scaling", n);
  for (int e = 0; e < set->elements; e++) {
    mi_nnp_part *p = part + e;
    p->conversion = energies[0];
    p->offset = energies[e + 1];
    p->shift = shift + set->first[e];
    p->factor = factor + set->first[e];
    p->base = base + set->first[e];
    read_parameters(call, 5 + e, p);
  }
}

/* make(elements, rows, networks, members, range or nil): range is { low, high } */
static int make(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.Potential");
  lua_settop(L, 5);
  mi_potential *potential = mi_push_potential(L);
  mi_nnp nnp;
  mi_symfun_set *set = mi_push_set(&call, 1);
  const int members = (int)luaL_len(L, 4);
  if (members < 1 || members > MI_NNP_MEMBERS)
    mi_argument_error(&call, 4, "members", "1 to 64 members");
  mi_nnp_part *part = mi_scratch(L, (size_t)(members * set->elements), sizeof *part);
  const double *low = NULL, *high = NULL;
  for (int e = 0; e < set->elements; e++) {
    lua_pushvalue(L, 3);
    const mi_nnp_part model = model_of(&call, set, e);
    for (int m = 0; m < members; m++) part[m * set->elements + e] = model;
    lua_pop(L, 1);
  }
  for (int m = 0; m < members; m++) {
    lua_geti(L, 4, m + 1);
    read_member(&call, set, part + m * set->elements);
  }
  if (!lua_isnil(L, 5)) {
    const int64_t n = (int64_t)set->first[set->elements];
    lua_pushvalue(L, 5);
    low = list_array(&call, 1, "range", n);
    high = list_array(&call, 2, "range", n);
  }
  mi_check(&call, mi_nnp_make(&nnp, set, part, members, low, high, &call.control));
  mi_check(&call, mi_nnp_potential(&nnp, potential));
  lua_pushvalue(L, 6);
  return 1;
}

/* ---- evaluating ------------------------------------------------------------------------------ */

static mi_status evaluate_with_list(const mi_nnp *nnp, const mi_structure *s, mi_nnp_result *r,
                                    mi_control *control) {
  mi_neighbours list = {.cutoff = nnp->set.cutoff};
  mi_status status = mi_neighbours_update(&list, s, NULL, control);
  if (status == MI_OK) status = mi_nnp_evaluate(nnp, s, &list, r, control);
  mi_neighbours_free(&list);
  return status;
}

/* The rows (function, count, low, high, atom, excess) of the functions out of their ranges. */
static void push_extrapolation(lua_State *L, const mi_nnp_extrapolation *x, size_t n) {
  int64_t count = 0;
  for (size_t i = 0; i < n; i++) count += x[i].count > 0;
  double *row = (void *)mi_push_array(L, MI_F64, 2, (int64_t[]){count, 6})->data;
  for (size_t i = 0; i < n; i++) {
    if (x[i].count == 0) continue;
    const double values[] = {(double)i + 1, (double)x[i].count, x[i].low, x[i].high,
                             (double)x[i].atom + 1, x[i].excess};
    memcpy(row, values, sizeof values);
    row += 6;
  }
}

static void add_virial(lua_State *L, const double *virial) {
  memcpy(mi_set_array(L, "virial", MI_F64, 2, (int64_t[]){3, 3}), virial, 9 * sizeof *virial);
}

/* evaluate(nnp, structure, forces, deviation, extrapolation) -> table */
static int evaluate(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "nnp.Potential:evaluate");
  lua_settop(L, 5);
  const mi_nnp *nnp = mi_nnp_of(mi_arg_potential(&call, 1, "self"));
  if (!nnp) mi_argument_error(&call, 1, "self", "neural-network potential");
  mi_arg_structure(&call, 2, "structure", &s);
  const bool forces = lua_toboolean(L, 3), deviation = lua_toboolean(L, 4),
             extrapolation = lua_toboolean(L, 5) && nnp->low;
  const size_t functions = nnp->set.first[nnp->set.elements];
  const int64_t shape[] = {(int64_t)s.n, 3};
  mi_nnp_result r = {0};
  if (extrapolation) r.extrapolation = mi_scratch(L, functions, sizeof *r.extrapolation);
  lua_createtable(L, 0, 8);
  r.energies = mi_set_array(L, "energies", MI_F64, 1, shape);
  if (forces) r.forces = mi_set_array(L, "forces", MI_F64, 2, shape);
  if (forces && deviation) r.force_deviation = mi_set_array(L, "force_deviation", MI_F64, 2, shape);
  if (extrapolation) r.outside = mi_set_array(L, "outside", MI_I32, 1, shape);
  mi_check_structure(&call, 2, evaluate_with_list(nnp, &s, &r, &call.control));
  mi_set_number(L, "energy", r.energy);
  if (deviation) mi_set_number(L, "energy_deviation", r.energy_deviation);
  if (forces) add_virial(L, r.virial);
  if (extrapolation) {
    push_extrapolation(L, r.extrapolation, functions);
    lua_setfield(L, -2, "extrapolation");
  }
  return 1;
}

/* ---- fitting kernel models ------------------------------------------------------------------- */

static mi_status rows_with_list(const mi_nnp *nnp, const mi_structure *s, double *rows[3],
                                mi_control *control) {
  mi_neighbours list = {.cutoff = nnp->set.cutoff};
  mi_status status = mi_neighbours_update(&list, s, NULL, control);
  if (status == MI_OK)
    status = mi_nnp_kernel_rows(nnp, s, &list, rows[0], rows[1], rows[2], control);
  mi_neighbours_free(&list);
  return status;
}

/* kernel_rows(nnp, structure, forces, virial) -> energy [1 x m], forces [3 n x m] or nil,
 * virial [6 x m] or nil */
static int kernel_rows(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "nnp.train_kernel");
  lua_settop(L, 4);
  const mi_nnp *nnp = mi_nnp_of(mi_arg_potential(&call, 1, "potential"));
  const int64_t points = nnp ? (int64_t)mi_nnp_kernel_points(nnp) : 0;
  if (points == 0) mi_argument_error(&call, 1, "potential", "kernel model");
  mi_arg_structure(&call, 2, "structure", &s);
  mi_check_structure(&call, 2, mi_symfun_knows(&nnp->set, &s, &call.control));
  const int64_t count[3] = {1, lua_toboolean(L, 3) ? 3 * (int64_t)s.n : 0,
                            lua_toboolean(L, 4) ? 6 : 0};
  double *rows[3] = {NULL};
  for (int i = 0; i < 3; i++) {
    const int64_t shape[] = {count[i], points};
    if (count[i]) rows[i] = (void *)mi_push_array(L, MI_F64, 2, shape)->data;
    else lua_pushnil(L);
  }
  mi_check_structure(&call, 2, rows_with_list(nnp, &s, rows, &call.control));
  return 3;
}

/* farthest(x [n x columns], k) -> indices [k] of rows, each the farthest from those before it */
static int farthest(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train_kernel");
  const mi_array *x = mi_arg_matrix(&call, 1, "x");
  const int64_t k = mi_arg_integer(&call, 2, "points", 1, x->shape[0]);
  double *distance = mi_scratch(L, (size_t)x->shape[0], sizeof *distance);
  int64_t *chosen = (void *)mi_push_array(L, MI_I64, 1, &k)->data;
  mi_check(&call, mi_farthest(numbers_of(x), (size_t)x->shape[0], (size_t)x->shape[1], (size_t)k,
                              chosen, distance, &call.control));
  for (int64_t i = 0; i < k; i++) chosen[i]++;
  return 1;
}

/* append(t [n x n], rows [m x n], factor): t, a lower triangle, becomes that with the rows, too */
static int append(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train_kernel");
  mi_array *t = mi_to_array(L, 1);
  const mi_array *rows = mi_arg_matrix(&call, 2, "rows");
  const int64_t n = rows->shape[1];
  if (!t || t != mi_arg_matrix(&call, 1, "t") || t->shape[0] != n || t->shape[1] != n)
    mi_argument_error(&call, 1, "t", "square matrix with as many columns as rows have");
  mi_check(&call, mi_triangle_append((double *)(void *)t->data, n, numbers_of(rows),
                                     rows->shape[0], luaL_checknumber(L, 3), &call.control));
  return 0;
}

MI_EXPORT int luaopen_matinf_c_nnp(lua_State *L);
int luaopen_matinf_c_nnp(lua_State *L) {
  static const luaL_Reg functions[] = {{"make", make}, {"evaluate", evaluate},
                                       {"kernel_rows", kernel_rows}, {"farthest", farthest},
                                       {"append", append}, {NULL, NULL}};
  luaL_newlib(L, functions);
  mi_nnp_add_training(L);
  return 1;
}
