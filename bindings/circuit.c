/* Lua module matinf.c.circuit: equivalent circuits; their strings are read in Lua. */
#include "core/circuit/circuit.h"

#include "bindings/binding.h"
#include "bindings/circuit.h"

static void push_parameter(lua_State *L, const mi_circuit_parameter *p) {
  lua_createtable(L, 0, 6);
  mi_set_string(L, "name", p->name);
  mi_set_string(L, "unit", p->unit);
  mi_set_string(L, "what", p->what);
  mi_set_boolean(L, "exponent", p->exponent);
  mi_set_number(L, "lower", p->lower);
  mi_set_number(L, "upper", p->upper);
}

/* elements() -> list of { index, symbol, what, parameter, ... } */
static int elements(lua_State *L) {
  lua_createtable(L, MI_CIRCUIT_ELEMENTS, 0);
  for (int i = 0; i < MI_CIRCUIT_ELEMENTS; i++) {
    const mi_circuit_element *element = mi_circuit_element_of((mi_circuit_kind)i);
    lua_createtable(L, element->parameters, 3);
    mi_set_integer(L, "index", i);
    mi_set_string(L, "symbol", element->symbol);
    mi_set_string(L, "what", element->what);
    for (int k = 0; k < element->parameters; k++) {
      push_parameter(L, &element->parameter[k]);
      lua_rawseti(L, -2, k + 1);
    }
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

void mi_arg_circuit(mi_call *call, int index, mi_circuit *circuit) {
  const mi_array *code = mi_arg_contiguous(call, index, "code", MI_I32, 1);
  mi_check(call, mi_circuit_build((const int32_t *)(const void *)code->data,
                                  (size_t)code->shape[0], circuit, &call->control));
}

/* check(code): raises an error when it is no circuit. */
static int check(lua_State *L) {
  mi_call call;
  mi_circuit circuit;
  mi_begin(&call, L, "circuit.parse");
  mi_arg_circuit(&call, 1, &circuit);
  return 0;
}

/* evaluate(code, p, frequency) -> c128 array */
static int evaluate(lua_State *L) {
  mi_call call;
  mi_circuit circuit;
  mi_begin(&call, L, "circuit.Circuit:evaluate");
  mi_arg_circuit(&call, 1, &circuit);
  const mi_array *p = mi_arg_vector(&call, 2, "p"), *f = mi_arg_vector(&call, 3, "frequency");
  if (p->shape[0] != circuit.parameters)
    mi_argument_error(&call, 2, "p", "as many numbers as the circuit has parameters");
  const size_t n = (size_t)f->shape[0];
  double *re = mi_scratch(L, 2 * n, sizeof *re), *im = re + n;
  mi_check(&call, mi_circuit_evaluate(&circuit, (const double *)(const void *)p->data,
                                      (const double *)(const void *)f->data, n, re, im, NULL,
                                      &call.control));
  double *z = (double *)(void *)mi_push_array(L, MI_C128, 1, f->shape)->data;
  for (size_t i = 0; i < n; i++) {
    z[2 * i] = re[i];
    z[2 * i + 1] = im[i];
  }
  return 1;
}

MI_EXPORT int luaopen_matinf_c_circuit(lua_State *L);
int luaopen_matinf_c_circuit(lua_State *L) {
  static const luaL_Reg functions[] = {{"elements", elements},
                                       {"check", check},
                                       {"evaluate", evaluate},
                                       {"fit", mi_circuit_fit_binding},
                                       {"enumerate", mi_circuit_enumerate_binding},
                                       {"screen", mi_circuit_screen_binding},
                                       {"evidence", mi_circuit_evidence_binding},
                                       {"rank", mi_circuit_rank_binding},
                                       {"kk", mi_circuit_kk},
                                       {"drt", mi_circuit_drt},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
