/* matinf.c.circuit: the distribution of relaxation times. */
#include "core/circuit/drt.h"

#include <string.h>

#include "bindings/circuit.h"

static mi_drt_options read_options(mi_call *call, int index) {
  static const char *const methods[] = {"ridge", "non-negative", NULL};
  static const char *const weights[] = {"unit", "modulus", NULL};
  mi_drt_options o = mi_drt_default();
  mi_options_begin(call, index);
  o.nonnegative = mi_option_choice(call, "method", o.nonnegative, methods);
  o.modulus = mi_option_choice(call, "weight", o.modulus, weights);
  o.inductor = mi_option_boolean(call, "inductor", o.inductor);
  o.capacitor = mi_option_boolean(call, "capacitor", o.capacitor);
  o.warburg = mi_option_boolean(call, "warburg", o.warburg);
  o.derivative = (int)mi_option_integer(call, "derivative", o.derivative, 1, 2);
  o.width = mi_option_number(call, "width", o.width);
  o.lambda = mi_option_number(call, "lambda", o.lambda);
  mi_options_end(call);
  return o;
}

static void push_result(lua_State *L, const mi_drt_result *r) {
  lua_createtable(L, 0, 16);
  mi_set_number(L, "resistance", r->resistance);
  mi_set_number(L, "inductance", r->inductance);
  mi_set_number(L, "elastance", r->elastance);
  mi_set_number(L, "warburg", r->warburg);
  mi_set_number(L, "polarisation", r->polarisation);
  mi_set_number(L, "lambda", r->lambda);
  mi_set_number(L, "gcv", r->gcv);
  mi_set_number(L, "freedom", r->freedom);
  mi_set_number(L, "squares", r->squares);
  mi_push_vector(L, r->tau, r->k);
  lua_setfield(L, -2, "tau");
  mi_push_vector(L, r->gamma, r->k);
  lua_setfield(L, -2, "gamma");
  memcpy(mi_push_array(L, MI_C128, 1, &r->n)->data, r->fit, (size_t)r->n * sizeof *r->fit);
  lua_setfield(L, -2, "fit");
}

static void release(void *result) { mi_drt_free(result); }

/* drt(frequency, impedance, tau, options) -> the distribution as a table */
int mi_circuit_drt(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "circuit.drt");
  const double *f;
  const double complex *z;
  int64_t n;
  mi_arg_points(&call, 1, &f, &z, &n);
  const mi_array *tau = mi_arg_vector(&call, 3, "tau");
  const mi_drt_options o = read_options(&call, 4);
  mi_drt_result *r = mi_push_owned(L, sizeof *r, release);
  mi_check(&call, mi_drt_fit(&o, f, z, n, (const double *)(const void *)tau->data, tau->shape[0], r,
                             &call.control));
  push_result(L, r);
  return 1;
}
