/* Lua module matinf.c.potentials: what scripts/matinf/potentials.lua is made of. */
#include <math.h>
#include <string.h>

#include "bindings/binding.h"
#include "bindings/binding_potential.h"
#include "bindings/binding_structure.h"
#include "core/potentials/pair.h"
#include "core/potentials/stillinger_weber.h"
#include "core/potentials/tersoff.h"
#include "core/potentials/zbl.h"

/* ---- making ---------------------------------------------------------------------------------- */

/* The atomic numbers at index. */
static const int32_t *arg_numbers(mi_call *call, int index, int *count) {
  const mi_array *a = mi_arg_contiguous(call, index, "elements", MI_I32, 1);
  if (a->shape[0] < 1 || a->shape[0] > MI_SPECIES_MOST)
    mi_argument_error(call, index, "elements", "1 to 8 elements");
  *count = (int)a->shape[0];
  return (const int32_t *)(const void *)a->data;
}

/* Rows of numbers, one for each pair or triplet of elements. */
static const void *arg_entries(mi_call *call, int index, int64_t rows, size_t bytes) {
  const mi_array *a = mi_arg_matrix(call, index, "parameters");
  if (a->shape[0] != rows || (size_t)a->shape[1] * sizeof(double) != bytes)
    mi_argument_error(call, index, "parameters", "a row for each group of elements");
  return a->data;
}

/* stillinger_weber(numbers, rows [n^3 x 10]) -> kernel */
static int stillinger_weber(lua_State *L) {
  mi_call call;
  int n;
  mi_begin(&call, L, "potentials.stillinger_weber");
  const int32_t *number = arg_numbers(&call, 1, &n);
  const mi_sw_entry *entry = arg_entries(&call, 2, n * n * n, sizeof *entry);
  mi_check(&call, mi_sw_make(number, n, entry, mi_push_potential(L), &call.control));
  return 1;
}

/* tersoff(numbers, rows [n^3 x 14]) -> kernel */
static int tersoff(lua_State *L) {
  mi_call call;
  int n;
  mi_begin(&call, L, "potentials.tersoff");
  const int32_t *number = arg_numbers(&call, 1, &n);
  const mi_tersoff_entry *entry = arg_entries(&call, 2, n * n * n, sizeof *entry);
  mi_check(&call, mi_tersoff_make(number, n, entry, mi_push_potential(L), &call.control));
  return 1;
}

/* pair(name, numbers, rows [n^2 x 4], charges or nil, options) -> kernel */
static int pair(lua_State *L) {
  static const char *const names[] = {"Lennard-Jones", "Buckingham", NULL};
  static const char *const called[] = {"potentials.lennard_jones", "potentials.buckingham"};
  static const char *const truncations[] = {"cut", "shift", "smooth", NULL};
  mi_call call;
  int n;
  mi_begin(&call, L, "potentials.pair");
  const int name = mi_arg_choice(&call, 1, "name", names);
  call.name = called[name];
  const int32_t *number = arg_numbers(&call, 2, &n);
  const mi_pair_entry *entry = arg_entries(&call, 3, n * n, sizeof *entry);
  const mi_array *charge = lua_isnil(L, 4) ? NULL : mi_arg_vector(&call, 4, "charges");
  if (charge && charge->shape[0] != n) mi_argument_error(&call, 4, "charges", "one an element");
  mi_options_begin(&call, 5);
  const mi_pair_options o = {
      .cutoff = mi_option_number(&call, "cutoff", 10),
      .truncation = (mi_truncation)mi_option_choice(&call, "truncation", MI_SHIFT, truncations),
      .width = mi_option_number(&call, "width", 1),
      .accuracy = mi_option_number(&call, "accuracy", 1e-6)};
  mi_options_end(&call);
  mi_check(&call, mi_pair_make(names[name], number, n, entry,
                               charge ? (const double *)(const void *)charge->data : NULL, &o,
                               mi_push_potential(L), &call.control));
  return 1;
}

/* zbl(numbers, options) -> kernel */
static int zbl(lua_State *L) {
  mi_call call;
  int n;
  mi_begin(&call, L, "potentials.zbl");
  const int32_t *number = arg_numbers(&call, 1, &n);
  mi_options_begin(&call, 2);
  const double inner = mi_option_number(&call, "inner", NAN);
  const double outer = mi_option_number(&call, "outer", NAN);
  mi_options_end(&call);
  mi_check(&call, mi_zbl_make(number, n, inner, outer, mi_push_potential(L), &call.control));
  return 1;
}

/* sum(list of potentials) -> kernel */
static int sum(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "potentials.sum");
  luaL_checktype(L, 1, LUA_TTABLE);
  const size_t count = (size_t)lua_rawlen(L, 1);
  const mi_potential **terms = mi_scratch(L, count + 1, sizeof *terms);
  for (size_t k = 0; k < count; k++) {
    lua_rawgeti(L, 1, (lua_Integer)k + 1);
    terms[k] = mi_arg_potential(&call, lua_gettop(L), "terms");
    lua_pop(L, 1);
  }
  mi_potential *kernel = mi_push_potential(L);
  mi_check(&call, mi_potential_sum(terms, count, kernel, &call.control));
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

/* ---- using ----------------------------------------------------------------------------------- */

/* cutoff(potential) -> Å */
static int cutoff(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "potentials.cutoff");
  const mi_potential *potential = mi_arg_potential(&call, 1, "potential");
  lua_pushnumber(L, potential->class->cutoff(potential->self));
  return 1;
}

/* knows(potential, atomic number) -> boolean */
static int knows(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "potentials.knows");
  const mi_potential *potential = mi_arg_potential(&call, 1, "potential");
  const int number = (int)mi_arg_integer(&call, 2, "number", 0, MI_ELEMENT_COUNT);
  lua_pushboolean(L, potential->class->knows(potential->self, number));
  return 1;
}

static double *push_f64(lua_State *L, int ndim, int64_t rows, int64_t columns) {
  const int64_t shape[] = {rows, columns};
  return (double *)(void *)mi_push_array(L, MI_F64, ndim, shape)->data;
}

/* evaluate(potential, structure) -> energy, forces [n x 3], virial [3 x 3], energies [n] */
static int evaluate(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "potentials.Potential:evaluate");
  const mi_potential *potential = mi_arg_potential(&call, 1, "potential");
  mi_arg_structure(&call, 2, "structure", &s);
  double *forces = push_f64(L, 2, (int64_t)s.n, 3), *virial = push_f64(L, 2, 3, 3);
  mi_evaluation e = {.n = s.n, .forces = forces, .energies = push_f64(L, 1, (int64_t)s.n, 1)};
  const mi_status status = mi_potential_single(potential, &s, &e, &call.control);
  free(e.scratch);
  mi_check_structure(&call, 2, status);
  memcpy(virial, e.virial, sizeof e.virial);
  lua_pushnumber(L, e.energy);
  lua_insert(L, -4);
  return 4;
}

MI_EXPORT int luaopen_matinf_c_potentials(lua_State *L);
int luaopen_matinf_c_potentials(lua_State *L) {
  static const luaL_Reg functions[] = {{"stillinger_weber", stillinger_weber},
                                       {"tersoff", tersoff},
                                       {"pair", pair},
                                       {"zbl", zbl},
                                       {"sum", sum},
                                       {"cutoff", cutoff},
                                       {"knows", knows},
                                       {"evaluate", evaluate},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
