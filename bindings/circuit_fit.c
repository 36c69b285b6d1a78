/* fit: a circuit to a spectrum; scripts/matinf/circuit/fit.lua makes the problem and the result. */
#include "core/circuit/fit.h"

#include <string.h>

#include "bindings/circuit.h"

mi_circuit_weight mi_option_weight(mi_call *call) {
  static const char *const weights[] = {"unit", "modulus", "proportional", "sigma", NULL};
  return (mi_circuit_weight)mi_option_choice(call, "weight", MI_CIRCUIT_MODULUS, weights);
}

void mi_arg_points(mi_call *call, int index, const double **f, const double complex **z,
                   int64_t *n) {
  const mi_array *frequency = mi_arg_vector(call, index, "frequency");
  const mi_array *impedance = mi_arg_contiguous(call, index + 1, "impedance", MI_C128, 1);
  if (impedance->shape[0] != frequency->shape[0])
    mi_argument_error(call, index + 1, "impedance", "as many values as frequencies");
  *f = (const double *)(const void *)frequency->data;
  *z = (const double complex *)(const void *)impedance->data;
  *n = frequency->shape[0];
}

void mi_arg_spectrum(mi_call *call, int index, mi_circuit_weight weight, const mi_array *sigma,
                     mi_circuit_data *data, bool admittance) {
  const double *f;
  const double complex *z;
  int64_t count;
  mi_arg_points(call, index, &f, &z, &count);
  if (weight == MI_CIRCUIT_SIGMA && (!sigma || sigma->shape[0] != 2 * count))
    mi_argument_error(call, index + 1, "sigma", "standard deviations of both parts");
  const size_t n = (size_t)count;
  double *re = mi_scratch(call->L, 2 * n, sizeof *re), *im = re + n;
  for (size_t i = 0; i < n; i++) {
    re[i] = creal(z[i]);
    im[i] = cimag(z[i]);
  }
  mi_check(call, mi_circuit_data_make(f, re, im, n, weight,
                                      sigma ? (const double *)(const void *)sigma->data : NULL,
                                      admittance, data, &call->control));
}

/* The numbers of option `name`, exactly count of them, or NULL. */
static const double *option_numbers(mi_call *call, const char *name, int count) {
  const mi_array *values = mi_option_vector(call, name);
  if (!values) return NULL;
  if (values->shape[0] != count) mi_argument_error(call, -1, name, "as many numbers as expected");
  return (const double *)(const void *)values->data;
}

/* map: variable of each parameter from 1, 0: fixed; offset; lower, upper of the variables */
static void read_problem(mi_call *call, const mi_circuit *circuit, mi_circuit_problem *problem) {
  mi_circuit_problem_make(circuit, problem);
  const double *map = option_numbers(call, "map", circuit->parameters);
  const double *offset = option_numbers(call, "offset", circuit->parameters);
  if (map && offset) {
    problem->variables = 0;
    for (int k = 0; k < circuit->parameters; k++) {
      problem->map[k] = (int)map[k] - 1;
      problem->offset[k] = offset[k];
      if (problem->map[k] >= problem->variables) problem->variables = problem->map[k] + 1;
    }
  }
  const double *lower = option_numbers(call, "lower", problem->variables);
  const double *upper = option_numbers(call, "upper", problem->variables);
  const size_t size = (size_t)problem->variables * sizeof *lower;
  if (lower) memcpy(problem->lower, lower, size);
  if (upper) memcpy(problem->upper, upper, size);
}

static void push_fit(lua_State *L, const mi_circuit_problem *problem, const mi_circuit_fit *fit,
                     const mi_circuit_data *data, const double *covariance, int rank) {
  static const char *const reasons[] = {"converged", "exact", "iterations", "stalled", "cancelled"};
  const int64_t shape[] = {problem->variables, problem->variables};
  double p[MI_CIRCUIT_PARAMETERS];
  mi_circuit_natural(problem, fit->theta, p);
  lua_createtable(L, 0, 24);
  mi_push_vector(L, p, problem->circuit.parameters);
  lua_setfield(L, -2, "values");
  mi_push_vector(L, fit->theta, problem->variables);
  lua_setfield(L, -2, "theta");
  memcpy(mi_push_array(L, MI_F64, 2, shape)->data, covariance,
         (size_t)(shape[0] * shape[1]) * sizeof *covariance);
  lua_setfield(L, -2, "covariance");
  mi_set_number(L, "ssr", fit->cost);
  mi_set_number(L, "log_weights", data->log_weights);
  mi_set_integer(L, "iterations", fit->iterations);
  mi_set_integer(L, "rank", rank);
  mi_set_string(L, "reason", reasons[fit->reason]);
}

static mi_status solve(const mi_circuit_problem *problem, const mi_circuit_data *data,
                       const mi_circuit_search_options *search, const double *start,
                       mi_circuit_fit *fit, double *covariance, int *rank, mi_control *control) {
  const mi_circuit_stop last = {1000, 1e-9, true};
  mi_circuit_engine engine;
  mi_status status = mi_circuit_engine_make(data, problem->circuit.parameters, &engine, control);
  if (status) return status;
  if (start && search->starts == 0) {
    memcpy(fit->theta, start, (size_t)problem->variables * sizeof *start);
    mi_circuit_improve(problem, &last, &engine, fit, control);
  } else
    mi_circuit_search(problem, search, start, &engine, fit, control);
  *rank = mi_circuit_covariance(problem, fit->theta, &engine, covariance);
  mi_circuit_engine_free(&engine);
  return mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

/* fit(code, frequency, impedance, { weight, sigma, admittance, map, offset, lower, upper, start,
 * starts, seed }) -> table of fields */
int mi_circuit_fit_binding(lua_State *L) {
  mi_call call;
  mi_circuit circuit;
  mi_circuit_problem problem;
  mi_circuit_data data;
  mi_circuit_fit fit;
  double covariance[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS];
  int rank = 0;
  mi_begin(&call, L, "circuit.fit");
  lua_settop(L, 4);
  mi_arg_circuit(&call, 1, &circuit);
  mi_options_begin(&call, 4);
  const mi_circuit_weight weight = mi_option_weight(&call);
  const bool admittance = mi_option_boolean(&call, "admittance", false);
  read_problem(&call, &circuit, &problem);
  mi_circuit_search_options search = mi_circuit_search_default(&problem);
  search.seed = (uint64_t)mi_option_integer(&call, "seed", 1, 0, INT64_MAX);
  search.starts = (int)mi_option_integer(&call, "starts", search.starts, 0, 1000000);
  const double *start = option_numbers(&call, "start", problem.variables);
  const mi_array *sigma = mi_option_vector(&call, "sigma");
  mi_options_end(&call);
  if (!start && search.starts == 0) search.starts = 1;
  mi_arg_spectrum(&call, 2, weight, sigma, &data, admittance);
  const mi_status status =
      solve(&problem, &data, &search, start, &fit, covariance, &rank, &call.control);
  const mi_circuit_data kept = data;
  mi_circuit_data_free(&data);
  mi_check(&call, status);
  push_fit(L, &problem, &fit, &kept, covariance, rank);
  return 1;
}
