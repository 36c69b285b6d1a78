/* enumerate, screen and rank: many circuits; scripts/matinf/circuit/select.lua ranks them. */
#include <math.h>
#include <string.h>

#include "bindings/circuit.h"
#include "core/circuit/enumerate.h"
#include "core/circuit/screen.h"

static void release_list(void *list) { mi_circuit_list_free(list); }

/* enumerate(kinds, least, most) -> codes [count x 16] and their lengths, i32 */
int mi_circuit_enumerate_binding(lua_State *L) {
  mi_call call;
  int kinds[MI_CIRCUIT_ELEMENTS];
  mi_begin(&call, L, "circuit.enumerate");
  const mi_array *given = mi_arg_contiguous(&call, 1, "elements", MI_I32, 1);
  const int64_t least = mi_arg_integer(&call, 2, "least", 1, MI_CIRCUIT_ENUMERATED);
  const int64_t most = mi_arg_integer(&call, 3, "most", least, MI_CIRCUIT_ENUMERATED);
  const int count = (int)given->shape[0];
  if (count < 1 || count > MI_CIRCUIT_ELEMENTS)
    mi_argument_error(&call, 1, "elements", "list of different elements");
  for (int i = 0; i < count; i++) kinds[i] = ((const int32_t *)(const void *)given->data)[i];
  mi_circuit_list *list = mi_push_owned(L, sizeof *list, release_list);
  mi_check(&call, mi_circuit_enumerate(kinds, count, (int)most, list, &call.control));
  const size_t first = list->first[least], n = list->count - first;
  if (n > 2000000)
    mi_argument_error(&call, 3, "most", "fewer elements: there are millions of circuits");
  const int64_t shape[] = {(int64_t)n, MI_CIRCUIT_CODE};
  int32_t *code = (int32_t *)(void *)mi_push_array(L, MI_I32, 2, shape)->data;
  int32_t *length = (int32_t *)(void *)mi_push_array(L, MI_I32, 1, shape)->data;
  for (size_t i = 0; i < n; i++) {
    const mi_circuit_code *one = &list->entry[first + i];
    length[i] = one->length;
    for (size_t k = 0; k < MI_CIRCUIT_CODE; k++) code[i * MI_CIRCUIT_CODE + k] = one->code[k];
  }
  mi_circuit_list_free(list);
  return 2;
}

mi_circuit *mi_arg_circuits(mi_call *call, int index, size_t *count) {
  const mi_array *code = mi_arg_contiguous(call, index, "codes", MI_I32, 2);
  const mi_array *length = mi_arg_contiguous(call, index + 1, "lengths", MI_I32, 1);
  const int64_t n = length->shape[0], width = code->shape[1];
  if (code->shape[0] != n) mi_argument_error(call, index + 1, "lengths", "one a circuit");
  mi_circuit *circuits = mi_scratch(call->L, (size_t)n, sizeof *circuits);
  for (int64_t i = 0; i < n; i++) {
    const int32_t size = ((const int32_t *)(const void *)length->data)[i];
    if (size < 1 || size > width) mi_argument_error(call, index + 1, "lengths", "lengths of codes");
    mi_check(call, mi_circuit_build((const int32_t *)(const void *)code->data + i * width,
                                    (size_t)size, &circuits[i], &call->control));
  }
  *count = (size_t)n;
  return circuits;
}

int64_t mi_most_parameters(const mi_circuit *circuits, size_t count) {
  int most = 0;
  for (size_t i = 0; i < count; i++)
    if (circuits[i].parameters > most) most = circuits[i].parameters;
  return most;
}

static void natural(const mi_circuit *circuit, const mi_circuit_fit *fit, double *values) {
  mi_circuit_problem problem;
  double p[MI_CIRCUIT_PARAMETERS];
  mi_circuit_problem_make(circuit, &problem);
  mi_circuit_natural(&problem, fit->theta, p);
  memcpy(values, p, (size_t)circuit->parameters * sizeof *p);
}

/* theta from natural values [count x width]. */
static void read_known(mi_call *call, int index, const mi_circuit *circuits, size_t count,
                       mi_circuit_fit *fits) {
  const mi_array *values = mi_arg_contiguous(call, index, "known", MI_F64, 2);
  const int64_t width = mi_most_parameters(circuits, count);
  if (values->shape[0] != (int64_t)count || values->shape[1] != width)
    mi_argument_error(call, index, "known", "one row of parameters a circuit");
  const double *row = (const double *)(const void *)values->data;
  for (size_t i = 0; i < count; i++, row += width)
    for (int k = 0; k < circuits[i].parameters; k++)
      fits[i].theta[k] =
          mi_circuit_parameter_of(&circuits[i], k)->exponent ? row[k] : log(row[k]);
}

/* screen(codes, lengths, frequency, impedance, { weight, sigma, admittance, starts, seed,
 * relatives }, known or nil) ->
 * SSR [n], parameters [n], log_weights, values [n x most parameters] */
int mi_circuit_screen_binding(lua_State *L) {
  mi_call call;
  mi_circuit_data data;
  size_t count;
  mi_begin(&call, L, "circuit.select");
  lua_settop(L, 6);
  const bool known = !lua_isnil(L, 6);
  const mi_circuit *circuits = mi_arg_circuits(&call, 1, &count);
  mi_options_begin(&call, 5);
  const mi_circuit_weight weight = mi_option_weight(&call);
  const bool admittance = mi_option_boolean(&call, "admittance", false);
  const mi_circuit_search_options search = {
      .starts = (int)mi_option_integer(&call, "starts", 10, 0, 1000000),
      .seed = (uint64_t)mi_option_integer(&call, "seed", 1, 0, INT64_MAX),
      .relatives = (int)mi_option_integer(&call, "relatives", 0, 0, 1000)};
  const mi_array *sigma = mi_option_vector(&call, "sigma");
  mi_options_end(&call);
  mi_circuit_fit *fits = mi_scratch(L, count, sizeof *fits);
  if (known) read_known(&call, 6, circuits, count, fits);
  double *ssr = (double *)(void *)mi_push_vector(L, NULL, (int64_t)count)->data;
  double *k = (double *)(void *)mi_push_vector(L, NULL, (int64_t)count)->data;
  const int64_t shape[] = {(int64_t)count, mi_most_parameters(circuits, count)};
  double *values = (double *)(void *)mi_push_array(L, MI_F64, 2, shape)->data;
  const int results = lua_gettop(L);
  mi_arg_spectrum(&call, 3, weight, sigma, &data, admittance);
  const mi_status status =
      mi_circuit_screen(circuits, count, &data, &search, known, fits, &call.control);
  const double log_weights = data.log_weights;
  mi_circuit_data_free(&data);
  mi_check(&call, status);
  for (size_t i = 0; i < count; i++) {
    ssr[i] = fits[i].cost;
    k[i] = circuits[i].parameters;
    natural(&circuits[i], &fits[i], values + (int64_t)i * shape[1]);
  }
  lua_pushvalue(L, results - 2);
  lua_pushvalue(L, results - 1);
  lua_pushnumber(L, log_weights);
  lua_pushvalue(L, results);
  return 4;
}

/* rank(code) -> rank of the Jacobian, number of parameters */
int mi_circuit_rank_binding(lua_State *L) {
  mi_call call;
  mi_circuit circuit;
  int rank = 0;
  mi_begin(&call, L, "circuit.Circuit:rank");
  mi_arg_circuit(&call, 1, &circuit);
  mi_check(&call, mi_circuit_rank(&circuit, &rank, &call.control));
  lua_pushinteger(L, rank);
  lua_pushinteger(L, circuit.parameters);
  return 2;
}
