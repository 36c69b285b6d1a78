/* matinf.c.circuit: the Lin-KK test. */
#include "core/circuit/kk.h"

#include <string.h>

#include "bindings/circuit.h"

static mi_kk_options read_options(mi_call *call, int index) {
  static const char *const parts[] = {"real", "imaginary", "complex", NULL};
  static const char *const choices[] = {"mu", "bic", "fixed", NULL};
  mi_kk_options o = mi_kk_default();
  mi_options_begin(call, index);
  o.part = (mi_kk_part)mi_option_choice(call, "part", o.part, parts);
  o.choice = (mi_kk_choice)mi_option_choice(call, "choice", o.choice, choices);
  o.capacitor = mi_option_boolean(call, "capacitor", o.capacitor);
  o.inductor = mi_option_boolean(call, "inductor", o.inductor);
  o.mu = mi_option_number(call, "mu", o.mu);
  o.most = (int)mi_option_integer(call, "most", o.most, 1, 1000);
  mi_options_end(call);
  return o;
}

static void set_complex(lua_State *L, const char *name, const double complex *values, int64_t n) {
  memcpy(mi_push_array(L, MI_C128, 1, &n)->data, values, (size_t)n * sizeof *values);
  lua_setfield(L, -2, name);
}

static void push_result(lua_State *L, const mi_kk_result *r) {
  lua_createtable(L, 0, 16);
  mi_set_integer(L, "elements", r->m);
  mi_set_integer(L, "parameters", r->parameters);
  mi_set_boolean(L, "reached", r->reached);
  mi_set_number(L, "mu", r->mu);
  mi_set_number(L, "resistance", r->resistance);
  mi_set_number(L, "elastance", r->elastance);
  mi_set_number(L, "inductance", r->inductance);
  mi_set_number(L, "rms_real", r->rms_real);
  mi_set_number(L, "rms_imaginary", r->rms_imaginary);
  mi_set_number(L, "noise", r->noise);
  mi_set_number(L, "bic", r->bic);
  mi_push_vector(L, r->tau, r->m);
  lua_setfield(L, -2, "tau");
  mi_push_vector(L, r->r, r->m);
  lua_setfield(L, -2, "r");
  set_complex(L, "fit", r->fit, r->n);
  set_complex(L, "residual", r->residual, r->n);
}

static void release(void *result) { mi_kk_free(result); }

/* kk(frequency, impedance, options) -> the test as a table */
int mi_circuit_kk(lua_State *L) {
  mi_call call;
  mi_begin(&call, L, "circuit.kk");
  const double *f;
  const double complex *z;
  int64_t n;
  mi_arg_points(&call, 1, &f, &z, &n);
  const mi_kk_options o = read_options(&call, 3);
  mi_kk_result *r = mi_push_owned(L, sizeof *r, release);
  mi_check(&call, mi_kk_test(&o, f, z, n, r, &call.control));
  push_result(L, r);
  return 1;
}
