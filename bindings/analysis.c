/* Lua module matinf.c.analysis: what scripts/matinf/analysis.lua is made of. */
#include "bindings/analysis.h"

#include <string.h>

#include "bindings/binding_structure.h"
#include "core/analysis/pairs.h"

/* pair_histogram(structure, kinds, count, r_max, bins) -> array i64 [count x count x bins]; kinds
 * are numbered from 0 */
static int pair_histogram(lua_State *L) {
  mi_call call;
  mi_structure s;
  mi_begin(&call, L, "analysis.rdf");
  mi_arg_structure(&call, 1, "structure", &s);
  const mi_array *of = mi_arg_contiguous(&call, 2, "kinds", MI_I32, 1);
  if (of->shape[0] != (int64_t)s.n) mi_argument_error(&call, 2, "kinds", "one kind an atom");
  const mi_kinds kinds = {(const int32_t *)(const void *)of->data,
                          (int)mi_arg_integer(&call, 3, "count", 1, 118)};
  const mi_shells shells = {mi_arg_number(&call, 4, "r_max"),
                            mi_arg_integer(&call, 5, "bins", 1, 1000000)};
  const int64_t shape[] = {kinds.count, kinds.count, shells.count};
  int64_t *histogram = (int64_t *)(void *)mi_push_array(L, MI_I64, 3, shape)->data;
  memset(histogram, 0, (size_t)(shape[0] * shape[1] * shape[2]) * sizeof *histogram);
  mi_check_structure(&call, 1, mi_pair_histogram(&s, &kinds, &shells, histogram, &call.control));
  return 1;
}

/* structure_factor(g, r_max, density, q, lorch) -> array [m] */
static int structure_factor(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "analysis.Rdf:structure_factor");
  const mi_array *g = mi_arg_vector(&call, 1, "g");
  const mi_shells shells = {mi_arg_number(&call, 2, "r_max"), g->shape[0]};
  const double density = mi_arg_number(&call, 3, "density");
  const mi_array *q = mi_arg_vector(&call, 4, "q");
  const bool lorch = mi_arg_boolean(&call, 5, "lorch");
  mi_array *factor = mi_push_vector(L, NULL, q->shape[0]);
  mi_check(&call, mi_structure_factor((const double *)(const void *)g->data, &shells, density,
                                      lorch, (const double *)(const void *)q->data, q->shape[0],
                                      (double *)(void *)factor->data, &call.control));
  return 1;
}

MI_EXPORT int luaopen_matinf_c_analysis(lua_State *L);
int luaopen_matinf_c_analysis(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"pair_histogram", pair_histogram},
      {"structure_factor", structure_factor},
      {"bonds", mi_analysis_bonds},
      {"angles", mi_analysis_angles},
      {"rings", mi_analysis_rings},
      {"autocorrelation", mi_analysis_autocorrelation},
      {"squared_displacements", mi_analysis_squared_displacements},
      {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
