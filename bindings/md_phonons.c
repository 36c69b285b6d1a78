/* Harmonic vibrations: a handle with the force constants. */
#include <string.h>

#include "bindings/binding_potential.h"
#include "bindings/binding_structure.h"
#include "bindings/md.h"
#include "core/base/elements.h"
#include "core/md/phonons.h"

#define PHONONS_TYPE "matinf.md.phonons"

static int collect(lua_State *L) {
  mi_phonons_end(luaL_checkudata(L, 1, PHONONS_TYPE));
  return 0;
}

static mi_phonons *push_phonons(lua_State *L) {
  mi_phonons *phonons = lua_newuserdatauv(L, sizeof *phonons, 0);
  *phonons = (mi_phonons){0};
  if (luaL_newmetatable(L, PHONONS_TYPE)) {
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return phonons;
}

/* The masses of the structure, or those of its elements. */
static const double *masses_of(mi_call *call, const mi_structure *s) {
  const int64_t n = (int64_t)s->n;
  const double *given = mi_structure_field(call, 1, "structure", "masses", 1, &n);
  if (given) return given;
  double *mass = mi_scratch(call->L, s->n, sizeof *mass);
  for (size_t i = 0; i < s->n; i++) {
    const mi_element *element = mi_element_of_number(s->number[i]);
    if (!element)
      mi_raise(call->L, "argument", "atom %zu has no mass: set structure.masses", i + 1);
    mass[i] = element->mass;
  }
  return mass;
}

/* phonons(structure, potential, {repeat_a, repeat_b, repeat_c, step}) -> handle, asymmetry */
static int phonons(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "md.phonons");
  lua_settop(L, 3);
  mi_arg_structure(&call, 1, "structure", &s);
  const mi_potential *potential = mi_arg_potential(&call, 2, "potential");
  mi_options_begin(&call, 3);
  const int repeat[] = {(int)mi_option_integer(&call, "repeat_a", 1, 1, 64),
                        (int)mi_option_integer(&call, "repeat_b", 1, 1, 64),
                        (int)mi_option_integer(&call, "repeat_c", 1, 1, 64)};
  const double step = mi_option_number(&call, "step", 1e-3);
  mi_options_end(&call);
  const double *mass = masses_of(&call, &s);
  mi_phonons *p = push_phonons(L);
  mi_check_structure(&call, 1, mi_phonons_begin(p, potential, &s, mass, repeat, step,
                                                &call.control));
  lua_pushnumber(L, p->asymmetry);
  return 2;
}

/* frequencies(handle, q [k x 3]) -> THz [k x 3 n] */
static int frequencies(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "md.Phonons:frequencies");
  const mi_phonons *p = luaL_checkudata(L, 1, PHONONS_TYPE);
  const mi_array *q = mi_arg_matrix(&call, 2, "q");
  if (q->shape[1] != 3) mi_argument_error(&call, 2, "q", "array [k x 3]");
  const int64_t modes = 3 * (int64_t)p->n, shape[] = {q->shape[0], modes};
  double *to = (double *)(void *)mi_push_array(L, MI_F64, 2, shape)->data;
  for (int64_t k = 0; k < q->shape[0]; k++) {
    if (mi_cancelled(&call.control)) mi_check(&call, MI_ECANCEL);
    mi_check(&call, mi_phonons_at(p, (const double *)(const void *)q->data + 3 * k,
                                  to + modes * k, NULL, &call.control));
  }
  return 1;
}

/* modes(handle) -> THz [3 n], vectors [3 n x 3 n], at q = 0 */
static int modes(lua_State *L) {
  static const double gamma[3] = {0};
  mi_call call;
  mi_begin(&call, L, "md.Phonons:modes");
  const mi_phonons *p = luaL_checkudata(L, 1, PHONONS_TYPE);
  const int64_t n = 3 * (int64_t)p->n, shape[] = {n, n};
  double *frequency = (double *)(void *)mi_push_array(L, MI_F64, 1, shape)->data;
  double *vectors = (double *)(void *)mi_push_array(L, MI_F64, 2, shape)->data;
  mi_check(&call, mi_phonons_at(p, gamma, frequency, vectors, &call.control));
  return 2;
}

void mi_md_open_phonons(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"phonons", phonons}, {"frequencies", frequencies}, {"modes", modes}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
