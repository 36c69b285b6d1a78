/* Saddles: elastic bands and dimers. */
#include <string.h>

#include "bindings/binding_potential.h"
#include "bindings/binding_structure.h"
#include "bindings/md.h"
#include "core/md/dimer.h"
#include "core/md/neb.h"

/* ---- bands ----------------------------------------------------------------------------------- */

static void release_neb(void *result) { mi_neb_free(result); }

static void read_neb_options(mi_call *call, mi_neb_options *o) {
  static const char *const tangents[] = {"improved", "bisection", NULL};
  o->images = (int)mi_option_integer(call, "images", o->images, 1, 200);
  o->spring = mi_option_number(call, "spring", o->spring);
  o->tangent = (mi_tangent)mi_option_choice(call, "tangent", (int)o->tangent, tangents);
  o->climb = mi_option_boolean(call, "climb", o->climb);
  o->climb_at = mi_option_number(call, "climb_at", o->climb_at);
  o->idpp = mi_option_boolean(call, "idpp", o->idpp);
  o->force = mi_option_number(call, "force", o->force);
  o->iterations = (int)mi_option_integer(call, "iterations", o->iterations, 0, 10000000);
}

/* The images between, an array [images x n x 3], or NULL. */
static const double *read_path(mi_call *call, int index, const mi_neb_options *o, int64_t n) {
  if (lua_isnoneornil(call->L, index)) return NULL;
  const mi_array *a = mi_arg_contiguous(call, index, "path", MI_F64, 3);
  if (a->shape[0] != o->images || a->shape[1] != n || a->shape[2] != 3)
    mi_argument_error(call, index, "path", "array [images x n x 3]");
  return (const double *)(const void *)a->data;
}

static void set_vector(lua_State *L, const char *name, const double *values, size_t n) {
  (void)mi_push_vector(L, values, (int64_t)n);
  lua_setfield(L, -2, name);
}

static void push_neb(lua_State *L, const mi_neb_result *r) {
  const int64_t shape[] = {(int64_t)r->images, (int64_t)r->n, 3};
  lua_createtable(L, 0, 10);
  memcpy(mi_push_array(L, MI_F64, 3, shape)->data, r->position,
         3 * r->images * r->n * sizeof(double));
  lua_setfield(L, -2, "positions");
  set_vector(L, "energies", r->energy, r->images);
  set_vector(L, "distances", r->distance, r->images);
  set_vector(L, "slopes", r->slope, r->images);
  mi_set_rows(L, "tangent", r->tangent, r->n);
  mi_set_integer(L, "highest", (int64_t)r->highest + 1);
  mi_set_number(L, "force", r->force);
  mi_set_integer(L, "iterations", r->iterations);
  mi_set_integer(L, "evaluations", r->evaluations);
  mi_set_boolean(L, "converged", r->converged);
}

/* neb(first, last, potential, options, path or nil) -> fields of the result */
static int neb(lua_State *L) {
  mi_call call;
  mi_structure a, b;
  mi_begin(&call, L, "md.neb");
  lua_settop(L, 5);
  mi_arg_structure(&call, 1, "first", &a);
  mi_arg_structure(&call, 2, "last", &b);
  const mi_potential *potential = mi_arg_potential(&call, 3, "potential");
  mi_neb_options o = mi_neb_options_default();
  mi_options_begin(&call, 4);
  read_neb_options(&call, &o);
  mi_options_end(&call);
  const double *path = read_path(&call, 5, &o, (int64_t)a.n);
  mi_neb_result *r = mi_push_owned(L, sizeof *r, release_neb);
  mi_check_structure(&call, 1, mi_neb(&o, potential, &a, &b, path, r, &call.control));
  push_neb(L, r);
  return 1;
}

/* ---- dimers ---------------------------------------------------------------------------------- */

static void release_dimer(void *result) { mi_dimer_free(result); }

/* dimer(structure, potential, options, mode [n x 3]) -> fields of the result */
static int dimer(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "md.dimer");
  lua_settop(L, 4);
  mi_arg_structure(&call, 1, "structure", &s);
  const mi_potential *potential = mi_arg_potential(&call, 2, "potential");
  mi_dimer_options o = mi_dimer_options_default();
  mi_options_begin(&call, 3);
  o.separation = mi_option_number(&call, "separation", o.separation);
  o.force = mi_option_number(&call, "force", o.force);
  o.iterations = (int)mi_option_integer(&call, "iterations", o.iterations, 0, 10000000);
  mi_options_end(&call);
  const mi_array *mode = mi_arg_matrix(&call, 4, "mode");
  if (mode->shape[0] != (int64_t)s.n || mode->shape[1] != 3)
    mi_argument_error(&call, 4, "mode", "array [n x 3]");
  mi_dimer_result *r = mi_push_owned(L, sizeof *r, release_dimer);
  mi_check_structure(&call, 1, mi_dimer(&o, potential, &s, (const double *)(const void *)mode->data,
                                        r, &call.control));
  lua_createtable(L, 0, 8);
  mi_set_rows(L, "positions", r->position, s.n);
  mi_set_rows(L, "mode", r->mode, s.n);
  mi_set_number(L, "energy", r->energy);
  mi_set_number(L, "curvature", r->curvature);
  mi_set_number(L, "force", r->force);
  mi_set_integer(L, "iterations", r->iterations);
  mi_set_integer(L, "evaluations", r->evaluations);
  mi_set_boolean(L, "converged", r->converged);
  return 1;
}

void mi_md_open_saddle(lua_State *L) {
  static const luaL_Reg functions[] = {{"neb", neb}, {"dimer", dimer}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
