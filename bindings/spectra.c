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

/* tougaard(x, y, {b, c, d, t0, average, rising}) -> background */
static int tougaard(lua_State *L) {
  mi_call call;
  mi_tougaard_options o = mi_tougaard_default();
  mi_begin(&call, L, "spectra.tougaard");
  const mi_array *x = mi_arg_vector(&call, 1, "x"), *y = mi_arg_vector(&call, 2, "y");
  if (x->shape[0] != y->shape[0]) mi_argument_error(&call, 2, "y", "array as long as x");
  mi_options_begin(&call, 3);
  o.b = mi_option_number(&call, "b", o.b);
  o.c = mi_option_number(&call, "c", o.c);
  o.d = mi_option_number(&call, "d", o.d);
  o.t0 = mi_option_number(&call, "t0", o.t0);
  o.average = (int)mi_option_integer(&call, "average", o.average, 1, 1000000);
  o.rising = mi_option_boolean(&call, "rising", o.rising);
  mi_options_end(&call);
  mi_array *background = mi_push_array(L, MI_F64, 1, x->shape);
  mi_check(&call, mi_tougaard(&o, (const double *)x->data, (const double *)y->data,
                              (size_t)x->shape[0], (double *)background->data, &call.control));
  return 1;
}

/* smooth(y, sd in points) -> array */
static int smooth(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "spectra.smooth");
  const mi_array *y = mi_arg_vector(&call, 1, "y");
  const double sd = mi_arg_number(&call, 2, "sd");
  if (!(sd > 0)) mi_argument_error(&call, 2, "sd", "number > 0");
  mi_array *result = mi_push_array(L, MI_F64, 1, y->shape);
  mi_check(&call, mi_spectra_smooth((const double *)y->data, (size_t)y->shape[0], sd,
                                    (double *)result->data, &call.control));
  return 1;
}

/* structure(residual, reach) -> standard deviations */
static int structure(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "spectra.structure");
  const mi_array *residual = mi_arg_vector(&call, 1, "residual");
  const int reach = (int)mi_arg_integer(&call, 2, "reach", 1, 1000000);
  lua_pushnumber(L, mi_spectra_structure((const double *)residual->data,
                                         (size_t)residual->shape[0], reach));
  return 1;
}

MI_EXPORT int luaopen_matinf_c_spectra(lua_State *L);
int luaopen_matinf_c_spectra(lua_State *L) {
  static const luaL_Reg functions[] = {{"shirley", shirley},
                                       {"tougaard", tougaard},
                                       {"smooth", smooth},
                                       {"structure", structure},
                                       {"fit_peaks", mi_spectra_fit_peaks},
                                       {"fit_map", mi_spectra_fit_map},
                                       {"evaluate_peaks", mi_spectra_evaluate_peaks},
                                       {"thin", mi_spectra_thin},
                                       {"is_vamas", mi_spectra_is_vamas},
                                       {"read_vamas", mi_spectra_read_vamas},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
