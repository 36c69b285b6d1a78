/* Lua module matinf.c.nnp: training; scripts/matinf/nnp/train.lua steers it. */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/binding_structure.h"
#include "bindings/nnp.h"
#include "core/base/memory.h"
#include "core/nnp/kalman.h"
#include "core/nnp/look.h"

#define TRAINING_TYPE "matinf.nnp.training"
#define KALMAN_TYPE "matinf.nnp.kalman"

/* A training set, the look at one of its structures, and J'J with room to factor it. */
typedef struct trainer {
  mi_training training;
  mi_look look;
  double *matrix, *work; /* [n x n], NULL before they are needed */
} trainer;

static int trainer_gc(lua_State *L) {
  trainer *t = lua_touserdata(L, 1);
  mi_look_free(&t->look);
  mi_training_free(&t->training);
  free(t->matrix);
  free(t->work);
  t->matrix = t->work = NULL;
  return 0;
}

static int kalman_gc(lua_State *L) {
  mi_kalman_free(lua_touserdata(L, 1));
  return 0;
}

/* Unlike mi_push_owned's, these have types of their own, which arguments are checked for. */
static void *push_handle(lua_State *L, size_t size, const char *type, lua_CFunction gc) {
  void *handle = lua_newuserdatauv(L, size, 0);
  memset(handle, 0, size);
  if (luaL_newmetatable(L, type)) {
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return handle;
}

static trainer *arg_trainer(lua_State *L) { return luaL_checkudata(L, 1, TRAINING_TYPE); }

static double *numbers_of(const mi_array *a) { return (double *)(void *)a->data; }

/* training(elements, rows, networks, conversion, budget in bytes) -> handle */
static int training(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  const double conversion = mi_arg_number(&call, 4, "conversion");
  const int64_t budget = mi_arg_integer(&call, 5, "memory", 0, INT64_MAX);
  trainer *t = push_handle(L, sizeof *t, TRAINING_TYPE, trainer_gc);
  mi_symfun_set *set = mi_push_set(&call, 1);
  mi_network network[MI_SYMFUN_ELEMENTS];
  lua_pushvalue(L, 3);
  for (int e = 0; e < set->elements; e++) network[e] = mi_nnp_shape_of(&call, e);
  mi_check(&call, mi_training_make(&t->training, set, network, conversion, (size_t)budget,
                                   &call.control));
  mi_check(&call, mi_look_make(&t->look, &t->training, &call.control));
  lua_pushvalue(L, 6);
  return 1;
}

/* training_add(t, structure, energy or nil, forces or nil, virial [6] or nil, weight) */
static int training_add(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_sample *sample;
  mi_begin(&call, L, "nnp.train");
  lua_settop(L, 6);
  trainer *t = arg_trainer(L);
  mi_arg_structure(&call, 2, "structure", &s);
  const mi_array *forces = lua_isnil(L, 4) ? NULL : mi_arg_matrix(&call, 4, "forces");
  if (forces && (forces->shape[0] != (int64_t)s.n || forces->shape[1] != 3))
    mi_argument_error(&call, 4, "forces", "array [n x 3]");
  const mi_array *virial = lua_isnil(L, 5) ? NULL : mi_arg_vector(&call, 5, "virial");
  if (virial && virial->shape[0] != 6) mi_argument_error(&call, 5, "virial", "6 numbers");
  const bool has_energy = !lua_isnil(L, 3);
  const double energy = has_energy ? mi_arg_number(&call, 3, "energy") : 0;
  const double weight = mi_arg_number(&call, 6, "weight");
  mi_check_structure(&call, 2, mi_training_add(&t->training, &s, forces ? numbers_of(forces) : NULL,
                                               &sample, &call.control));
  sample->has_energy = has_energy;
  sample->energy = energy;
  sample->weight = weight;
  sample->has_virial = virial != NULL;
  if (virial) memcpy(sample->virial, numbers_of(virial), sizeof sample->virial);
  return 0;
}

/* Copies the vector at index to `to`, which has n numbers. */
static void copy_vector(mi_call *call, int index, const char *name, double *to, size_t n) {
  const mi_array *a = mi_arg_vector(call, index, name);
  if (a->shape[0] != (int64_t)n) mi_argument_error(call, index, name, "array as long as needed");
  memcpy(to, numbers_of(a), n * sizeof *to);
}

/* training_scale(t, shift, factor, base) */
static int training_scale(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  mi_model *m = &arg_trainer(L)->training.model;
  const size_t n = m->set.first[m->set.elements];
  copy_vector(&call, 2, "shift", m->shift, n);
  copy_vector(&call, 3, "factor", m->factor, n);
  copy_vector(&call, 4, "base", m->base, n);
  return 0;
}

/* training_parameters(t [, parameters]) -> a copy of them, or after setting them nothing */
static int training_parameters(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  mi_training *t = &arg_trainer(L)->training;
  const size_t n = mi_training_parameters(t);
  if (lua_isnoneornil(L, 2)) {
    mi_push_vector(L, t->model.parameter, (int64_t)n);
    return 1;
  }
  copy_vector(&call, 2, "parameters", t->model.parameter, n);
  return 0;
}

/* The structures (from 1) listed at index, counted from 0 in scratch memory. */
static mi_subset arg_subset(mi_call *call, int index) {
  const mi_array *list = mi_arg_contiguous(call, index, "subset", MI_I64, 1);
  const int64_t n = list->shape[0], *from = (const int64_t *)(const void *)list->data;
  int64_t *sample = mi_scratch(call->L, (size_t)n, sizeof *sample);
  for (int64_t i = 0; i < n; i++) sample[i] = from[i] - 1;
  return (mi_subset){sample, (size_t)n};
}

/* training_ranges(t, subset) -> low, high, mean, sigma */
static int training_ranges(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  trainer *t = arg_trainer(L);
  const mi_symfun_set *set = &t->training.model.set;
  const mi_subset subset = arg_subset(&call, 2);
  double *row[4];
  for (int i = 0; i < 4; i++)
    row[i] = numbers_of(mi_push_vector(L, NULL, (int64_t)set->first[set->elements]));
  mi_ranges ranges = {row[0], row[1], row[2], row[3]};
  mi_check(&call, mi_training_ranges(&t->training, &subset, &ranges, &call.control));
  return 4;
}

/* training_predict(t, subset, forces, virial) -> energy [m], forces [atoms x 3], virial [m x 6] */
static int training_predict(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  lua_settop(L, 4);
  trainer *t = arg_trainer(L);
  const bool forces = lua_toboolean(L, 3), virial = lua_toboolean(L, 4);
  const mi_subset subset = arg_subset(&call, 2);
  int64_t atoms = 0;
  for (size_t i = 0; i < subset.count; i++) {
    if (subset.sample[i] < 0 || (size_t)subset.sample[i] >= t->training.count)
      mi_argument_error(&call, 2, "subset", "structures of the set");
    atoms += (int64_t)t->training.sample[subset.sample[i]].s.n;
  }
  const int64_t count = (int64_t)subset.count;
  double *e = numbers_of(mi_push_vector(L, NULL, count)), *f = NULL, *w = NULL;
  if (forces) f = numbers_of(mi_push_array(L, MI_F64, 2, (int64_t[]){atoms, 3}));
  else lua_pushnil(L);
  if (virial) w = numbers_of(mi_push_array(L, MI_F64, 2, (int64_t[]){count, 6}));
  else lua_pushnil(L);
  mi_check(&call, mi_training_predict(&t->training, &subset, e, f, w, &call.control));
  return 3;
}

static bool matrix_room(trainer *t) {
  const size_t n = mi_training_parameters(&t->training);
  if (!t->matrix) t->matrix = MI_NEW(double, n * n);
  if (!t->work) t->work = MI_NEW(double, n * n);
  return t->matrix && t->work;
}

/* training_squares(t, subset, {energy, force, virial, share}, draw or false) -> sum [, gradient]:
 * false for the sum alone; J'J stays in the handle */
static int training_squares(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  lua_settop(L, 4);
  trainer *t = arg_trainer(L);
  double sum, *gradient = NULL;
  const bool derivatives = lua_toboolean(L, 4);
  const mi_array *given = mi_arg_vector(&call, 3, "factors");
  if (given->shape[0] != 4) mi_argument_error(&call, 3, "factors", "4 numbers");
  const double *f = numbers_of(given);
  mi_squares factors = {f[0], f[1], f[2], f[3], 0};
  const mi_subset subset = arg_subset(&call, 2);
  if (derivatives) {
    factors.draw = (uint64_t)mi_arg_integer(&call, 4, "draw", 0, INT64_MAX);
    gradient =
        numbers_of(mi_push_vector(L, NULL, (int64_t)mi_training_parameters(&t->training)));
    if (!matrix_room(t)) mi_check(&call, mi_fail(&call.control, MI_ENOMEM, "out of memory"));
  }
  mi_check(&call, mi_training_squares(&t->training, &subset, &factors,
                                      derivatives ? t->matrix : NULL, gradient, &sum,
                                      &call.control));
  lua_pushnumber(L, sum);
  if (!derivatives) return 1;
  lua_insert(L, -2);
  return 2;
}

/* training_step(t, gradient, lambda, prior) -> step with the handle's J'J, or nil: the damped matrix
 * is not positive definite */
static int training_step(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  trainer *t = arg_trainer(L);
  const size_t n = mi_training_parameters(&t->training);
  const mi_array *gradient = mi_arg_vector(&call, 2, "gradient");
  const double lambda = mi_arg_number(&call, 3, "lambda");
  const double prior = mi_arg_number(&call, 4, "prior");
  if (!t->matrix || gradient->shape[0] != (int64_t)n)
    mi_argument_error(&call, 2, "gradient", "what training_squares gave");
  double *step = numbers_of(mi_push_vector(L, NULL, (int64_t)n));
  const mi_status status = mi_training_step(n, t->matrix, numbers_of(gradient), lambda, prior,
                                            t->work, step, &call.control);
  if (status == MI_ENUMERIC) return 0;
  mi_check(&call, status);
  return 1;
}

/* ---- one structure at a time ----------------------------------------------------------------- */

/* training_look(t, structure) -> what is missing to its energy (nil without a label) */
static int training_look(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  trainer *t = arg_trainer(L);
  const int64_t i = mi_arg_integer(&call, 2, "structure", 1, (int64_t)t->training.count);
  mi_check(&call, mi_look_at(&t->look, (size_t)i - 1, &call.control));
  if (t->look.sample->has_energy)
    lua_pushnumber(L, t->look.sample->energy - mi_pass_energy(t->look.pass));
  else
    lua_pushnil(L);
  return 1;
}

/* The atom (from 1) at index of the structure looked at, which has forces. */
static size_t arg_atom(mi_call *call, const trainer *t, int index) {
  if (!t->look.sample || !t->look.sample->forces)
    mi_argument_error(call, 1, "training", "a look at a structure with forces");
  return (size_t)mi_arg_integer(call, index, "atom", 1, (int64_t)t->look.sample->s.n) - 1;
}

/* training_force(t, atom, x) -> what is missing to that component */
static int training_force(lua_State *L) {
  mi_call call;
  double force[3];
  mi_begin(&call, L, "nnp.train");
  trainer *t = arg_trainer(L);
  const size_t atom = arg_atom(&call, t, 2);
  const int x = (int)mi_arg_integer(&call, 3, "x", 1, 3) - 1;
  mi_pass_force(t->look.pass, atom, force);
  lua_pushnumber(L, t->look.sample->forces[3 * atom + (size_t)x] - force[x]);
  return 1;
}

/* ---- Kalman filter --------------------------------------------------------------------------- */

/* kalman(n, epsilon) -> handle */
static int kalman(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  const int64_t n = mi_arg_integer(&call, 1, "n", 1, 40000);
  const double epsilon = mi_arg_number(&call, 2, "epsilon");
  mi_kalman *k = push_handle(L, sizeof *k, KALMAN_TYPE, kalman_gc);
  mi_check(&call, mi_kalman_make(k, (size_t)n, epsilon, &call.control));
  return 1;
}

/* kalman_update(t, k, atom or nil, x, factor, r, q): learns from the energy of the structure looked
 * at, or from component x of the force on the atom, error and derivatives times factor */
static int kalman_update(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  trainer *t = arg_trainer(L);
  mi_kalman *k = luaL_checkudata(L, 2, KALMAN_TYPE);
  const double factor = mi_arg_number(&call, 5, "factor"), r = mi_arg_number(&call, 6, "r");
  const double q = mi_arg_number(&call, 7, "q");
  double *row = NULL, error;
  if (k->n != mi_training_parameters(&t->training) || !t->look.sample)
    mi_argument_error(&call, 2, "filter", "one for these parameters");
  if (lua_isnil(L, 3)) {
    error = t->look.sample->energy - mi_pass_energy(t->look.pass);
    row = mi_look_energy_row(&t->look);
  } else {
    double force[3];
    const size_t atom = arg_atom(&call, t, 3);
    const int x = (int)mi_arg_integer(&call, 4, "x", 1, 3) - 1;
    mi_pass_force(t->look.pass, atom, force);
    error = t->look.sample->forces[3 * atom + (size_t)x] - force[x];
    mi_check(&call, mi_look_force_row(&t->look, atom, x, &row, &call.control));
  }
  cblas_dscal((int)k->n, factor, row, 1);
  error *= factor;
  mi_check(&call, mi_kalman_update(k, 1, row, &error, r, q, t->training.model.parameter,
                                   &call.control));
  return 0;
}

/* kalman_matrix(k [, matrix]) -> P, or after setting it nothing */
static int kalman_matrix(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "nnp.train");
  mi_kalman *k = luaL_checkudata(L, 1, KALMAN_TYPE);
  const int64_t shape[] = {(int64_t)k->n, (int64_t)k->n};
  mi_kalman_settle(k);
  if (lua_isnoneornil(L, 2)) {
    memcpy(mi_push_array(L, MI_F64, 2, shape)->data, k->p, k->n * k->n * sizeof *k->p);
    return 1;
  }
  const mi_array *matrix = mi_arg_matrix(&call, 2, "matrix");
  if (matrix->shape[0] != shape[0] || matrix->shape[1] != shape[1])
    mi_argument_error(&call, 2, "matrix", "one of the filter's size");
  memcpy(k->p, matrix->data, k->n * k->n * sizeof *k->p);
  return 0;
}

void mi_nnp_add_training(lua_State *L) {
  static const luaL_Reg functions[] = {{"training", training},
                                       {"training_add", training_add},
                                       {"training_scale", training_scale},
                                       {"training_parameters", training_parameters},
                                       {"training_ranges", training_ranges},
                                       {"training_predict", training_predict},
                                       {"training_squares", training_squares},
                                       {"training_step", training_step},
                                       {"training_look", training_look},
                                       {"training_force", training_force},
                                       {"kalman", kalman},
                                       {"kalman_update", kalman_update},
                                       {"kalman_matrix", kalman_matrix},
                                       {NULL, NULL}};
  openblas_set_num_threads(1); /* core shares out matrices itself */
  luaL_setfuncs(L, functions, 0);
}
