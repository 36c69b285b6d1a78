/* Lua module matinf.c.spectra: what scripts/matinf/spectra.lua is made of. */
#include "core/spectra/spectra.h"

#include "bindings/binding.h"
#include "bindings/spectra.h"

/* shirley(x, y, {average, tolerance, max_iterations}) -> background, iterations, converged */
static int shirley(lua_State *L) {
  mi_call call;
  mi_shirley_options o = mi_shirley_default();
  int iterations;
  mi_begin(&call, L, "spectra.shirley");
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_vector(&call, 2, "y");
  if (x->shape[0] != y->shape[0]) mi_argument_error(&call, 2, "y", "array as long as x");
  mi_options_begin(&call, 3);
  o.average = (int)mi_option_integer(&call, "average", o.average, 1, 1000000);
  o.tolerance = mi_option_number(&call, "tolerance", o.tolerance);
  o.max_iterations = (int)mi_option_integer(&call, "max_iterations", o.max_iterations, 1, 1000000);
  mi_options_end(&call);
  mi_array *background = mi_push_array(L, MI_F64, 1, x->shape);
  mi_check(&call, mi_shirley(&o, (const double *)x->data, (const double *)y->data,
                             (size_t)x->shape[0], (double *)background->data, &iterations,
                             &call.control));
  lua_pushinteger(L, iterations);
  lua_pushboolean(L, iterations <= o.max_iterations);
  return 3;
}

MI_EXPORT int luaopen_matinf_c_spectra(lua_State *L);
int luaopen_matinf_c_spectra(lua_State *L) {
  static const luaL_Reg functions[] = {{"shirley", shirley},
                                       {"fit_peaks", mi_spectra_fit_peaks},
                                       {"evaluate_peaks", mi_spectra_evaluate_peaks},
                                       {"thin", mi_spectra_thin},
                                       {"is_vamas", mi_spectra_is_vamas},
                                       {"read_vamas", mi_spectra_read_vamas},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
