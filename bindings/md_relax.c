/* Relaxation of positions and cell. */
#include "bindings/binding_potential.h"
#include "bindings/binding_structure.h"
#include "bindings/md.h"
#include "core/md/relax.h"

static const char *const methods[] = {"lbfgs", "fire", NULL};
static const char *const cells[] = {"fixed", "isotropic", "orthorhombic", "triclinic", NULL};

static void release(void *result) { mi_relax_free(result); }

/* One boolean for each atom from an array of numbers, NULL when there is none. */
static const bool *read_fixed(mi_call *call, int64_t n) {
  const mi_array *a = mi_option_vector(call, "fixed");
  if (!a) return NULL;
  if (a->shape[0] != n) mi_argument_error(call, -1, "fixed", "one number for each atom");
  bool *fixed = mi_scratch(call->L, (size_t)n, sizeof *fixed);
  for (int64_t i = 0; i < n; i++) fixed[i] = ((const double *)(const void *)a->data)[i] != 0;
  return fixed;
}

/* relax(structure, potential, options) -> fields of the result */
static int relax(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "md.relax");
  lua_settop(L, 3);
  mi_arg_structure(&call, 1, "structure", &s);
  const mi_potential *potential = mi_arg_potential(&call, 2, "potential");
  mi_relax_options o = mi_relax_options_default();
  mi_options_begin(&call, 3);
  o.method = (mi_relax_method)mi_option_choice(&call, "method", (int)o.method, methods);
  o.cell = (mi_relax_cell)mi_option_choice(&call, "cell", (int)o.cell, cells);
  o.pressure = mi_option_number(&call, "pressure", o.pressure);
  o.force = mi_option_number(&call, "force", o.force);
  o.stress = mi_option_number(&call, "stress", o.stress);
  o.iterations = (int)mi_option_integer(&call, "iterations", o.iterations, 0, 10000000);
  o.fixed = read_fixed(&call, (int64_t)s.n);
  mi_options_end(&call);
  mi_relax_result *r = mi_push_owned(L, sizeof *r, release);
  mi_check_structure(&call, 1, mi_relax(&o, potential, &s, r, &call.control));
  lua_createtable(L, 0, 10);
  mi_set_rows(L, "positions", r->position, s.n);
  mi_set_rows(L, "cell", &r->cell[0][0], 3);
  mi_set_number(L, "energy", r->energy);
  mi_set_number(L, "enthalpy", r->enthalpy);
  mi_set_number(L, "force", r->force);
  mi_set_number(L, "stress", r->stress);
  mi_set_integer(L, "iterations", r->iterations);
  mi_set_integer(L, "evaluations", r->evaluations);
  mi_set_boolean(L, "converged", r->converged);
  return 1;
}

void mi_md_open_relax(lua_State *L) {
  lua_pushcfunction(L, relax);
  lua_setfield(L, -2, "relax");
}
