/* evidence: of many circuits on one spectrum; scripts/matinf/circuit/evidence.lua makes the priors
 * and the result. */
#include <math.h>
#include <string.h>

#include "bindings/circuit.h"
#include "core/circuit/weigh.h"

/* The prior of each circuit: rows of bounds of theta; equal ones fix a parameter. */
static void read_bounds(mi_call *call, mi_circuit_problem *problems, size_t count) {
  const mi_array *lower = mi_arg_contiguous(call, 6, "lower", MI_F64, 2);
  const mi_array *upper = mi_arg_contiguous(call, 7, "upper", MI_F64, 2);
  const int64_t width = lower->shape[1];
  if (lower->shape[0] != (int64_t)count || upper->shape[0] != lower->shape[0] ||
      upper->shape[1] != width)
    mi_argument_error(call, 6, "lower", "one row a circuit");
  for (size_t i = 0; i < count; i++) {
    mi_circuit_problem *p = &problems[i];
    const double *low = (const double *)lower->data + (ptrdiff_t)i * width;
    const double *high = (const double *)upper->data + (ptrdiff_t)i * width;
    if (p->circuit.parameters > width)
      mi_argument_error(call, 6, "lower", "as many columns as parameters");
    p->variables = 0;
    for (int k = 0; k < p->circuit.parameters; k++) {
      const bool fixed = low[k] == high[k];
      p->map[k] = fixed ? -1 : p->variables;
      p->offset[k] = fixed ? low[k] : 0;
      if (fixed) continue;
      p->lower[p->variables] = low[k];
      p->upper[p->variables++] = high[k];
    }
    if (p->variables == 0) mi_argument_error(call, 6, "lower", "a parameter that varies");
  }
}

static void read_options(mi_call *call, mi_circuit_weigh_options *o) {
  o->search.starts = (int)mi_option_integer(call, "starts", 0, 0, 1000000);
  o->search.seed = (uint64_t)mi_option_integer(call, "seed", 1, 0, INT64_MAX);
  o->noise.scale = mi_option_number(call, "noise", 1);
  o->noise.freedom = mi_option_number(call, "freedom", HUGE_VAL);
  o->draws = (int)mi_option_integer(call, "draws", o->draws, 0, 10000000);
  o->exchange = mi_option_boolean(call, "exchange", false);
  o->run.replicas = (int)mi_option_integer(call, "replicas", o->run.replicas, 0, 10000);
  o->run.burn_in = mi_option_integer(call, "burn_in", o->run.burn_in, 0, INT32_MAX);
  o->run.sweeps = mi_option_integer(call, "sweeps", o->run.sweeps, 0, INT32_MAX);
}

typedef double number_of(const mi_circuit_evidence *e);

static double ssr_of(const mi_circuit_evidence *e) { return e->best.cost; }
static double modes_of(const mi_circuit_evidence *e) { return e->modes; }
static double symmetries_of(const mi_circuit_evidence *e) { return e->symmetries; }
static double laplace_of(const mi_circuit_evidence *e) { return e->laplace; }
static double fault_of(const mi_circuit_evidence *e) { return e->fault; }
static double importance_of(const mi_circuit_evidence *e) { return e->importance.log_evidence; }
static double importance_error(const mi_circuit_evidence *e) { return e->importance.error; }
static double effective_of(const mi_circuit_evidence *e) { return e->importance.effective; }
static double exchange_of(const mi_circuit_evidence *e) { return e->exchange.log_evidence; }
static double exchange_error(const mi_circuit_evidence *e) { return e->exchange.error; }
static double integrated_of(const mi_circuit_evidence *e) { return e->exchange.integrated; }
static double integrated_error(const mi_circuit_evidence *e) {
  return e->exchange.integrated_error;
}
static double waic_of(const mi_circuit_evidence *e) { return e->exchange.waic; }
static double wbic_of(const mi_circuit_evidence *e) { return e->exchange.wbic; }
static double replicas_of(const mi_circuit_evidence *e) { return e->exchange.replicas; }

/* A table of arrays, one number a circuit. */
static void push_numbers(lua_State *L, const mi_circuit_evidence *e, size_t count) {
  static const struct {
    const char *name;
    number_of *f;
  } columns[] = {{"ssr", ssr_of}, {"modes", modes_of}, {"symmetries", symmetries_of},
                 {"laplace", laplace_of}, {"fault", fault_of}, {"importance", importance_of},
                 {"importance_error", importance_error}, {"effective", effective_of},
                 {"exchange", exchange_of}, {"exchange_error", exchange_error},
                 {"integrated", integrated_of}, {"integrated_error", integrated_error},
                 {"waic", waic_of}, {"wbic", wbic_of}, {"replicas", replicas_of}};
  lua_createtable(L, 0, 20);
  for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
    double *to = (double *)mi_push_vector(L, NULL, (int64_t)count)->data;
    for (size_t i = 0; i < count; i++) to[i] = columns[c].f(&e[i]);
    lua_setfield(L, -2, columns[c].name);
  }
}

/* values [count x width]: natural parameters of the best optima */
static void push_values(lua_State *L, const mi_circuit_problem *problems,
                        const mi_circuit_evidence *e, size_t count, int64_t width) {
  const int64_t shape[] = {(int64_t)count, width};
  double *to = (double *)mi_push_array(L, MI_F64, 2, shape)->data, p[MI_CIRCUIT_PARAMETERS];
  for (size_t i = 0; i < count; i++) {
    mi_circuit_natural(&problems[i], e[i].best.theta, p);
    memcpy(to + (int64_t)i * width, p, (size_t)problems[i].circuit.parameters * sizeof *p);
  }
  lua_setfield(L, -2, "values");
}

/* Natural parameters of all samples of the one circuit. */
static void push_samples(lua_State *L, const mi_circuit_problem *problem,
                         const mi_circuit_posterior *posterior) {
  const int64_t shape[] = {posterior->kept, problem->circuit.parameters};
  double *to = (double *)mi_push_array(L, MI_F64, 2, shape)->data;
  for (int64_t i = 0; i < shape[0]; i++) {
    double *theta = posterior->samples + i * problem->variables;
    mi_circuit_order(problem, NULL, theta);
    mi_circuit_natural(problem, theta, to + i * shape[1]);
  }
  lua_setfield(L, -2, "samples");
}

/* theta of the variables from natural values [count x width], NaN where there is no start. */
static const double **read_starts(mi_call *call, const mi_circuit_problem *problems, size_t count) {
  if (lua_isnoneornil(call->L, 8)) return NULL;
  const mi_array *values = mi_arg_contiguous(call, 8, "starts", MI_F64, 2);
  const int64_t width = values->shape[1];
  if (values->shape[0] != (int64_t)count) mi_argument_error(call, 8, "starts", "one row a circuit");
  const double **starts = mi_scratch(call->L, count, sizeof *starts);
  double *theta = mi_scratch(call->L, count * MI_CIRCUIT_PARAMETERS, sizeof *theta);
  for (size_t i = 0; i < count; i++, theta += MI_CIRCUIT_PARAMETERS) {
    const mi_circuit_problem *p = &problems[i];
    const double *row = (const double *)values->data + (ptrdiff_t)i * width;
    if (p->circuit.parameters > width)
      mi_argument_error(call, 8, "starts", "as many columns as parameters");
    starts[i] = theta;
    for (int k = 0; k < p->circuit.parameters; k++) {
      if (p->map[k] < 0) continue;
      const bool exponent = mi_circuit_parameter_of(&p->circuit, k)->exponent;
      theta[p->map[k]] = exponent ? row[k] : log(row[k]);
      if (!isfinite(theta[p->map[k]])) starts[i] = NULL;
    }
  }
  return starts;
}

/* evidence(codes, lengths, frequency, impedance, { weight, sigma, admittance, starts, seed, noise,
 * freedom, draws, exchange, replicas, burn_in, sweeps }, lower, upper, starts) -> table of
 * arrays */
int mi_circuit_evidence_binding(lua_State *L) {
  mi_call call;
  mi_circuit_data data;
  size_t count;
  mi_circuit_weigh_options options = mi_circuit_weigh_default();
  mi_begin(&call, L, "circuit.evidence");
  lua_settop(L, 8);
  const mi_circuit *circuits = mi_arg_circuits(&call, 1, &count);
  mi_options_begin(&call, 5);
  const mi_circuit_weight weight = mi_option_weight(&call);
  const bool admittance = mi_option_boolean(&call, "admittance", false);
  const mi_array *sigma = mi_option_vector(&call, "sigma");
  read_options(&call, &options);
  mi_options_end(&call);
  mi_circuit_problem *problems = mi_scratch(L, count, sizeof *problems);
  for (size_t i = 0; i < count; i++) mi_circuit_problem_make(&circuits[i], &problems[i]);
  read_bounds(&call, problems, count);
  const double **starts = read_starts(&call, problems, count);
  mi_circuit_evidence *e = mi_scratch(L, count, sizeof *e);
  memset(e, 0, count * sizeof *e);
  if (options.exchange && count == 1) {
    const int64_t sweeps = options.run.sweeps ? options.run.sweeps : MI_CIRCUIT_MOST_SWEEPS;
    e->exchange.samples = mi_scratch(
        L, (size_t)(sweeps / options.run.thin) * (size_t)problems->variables, sizeof(double));
  }
  mi_arg_spectrum(&call, 3, weight, sigma, &data, admittance);
  const mi_status status =
      mi_circuit_weigh(problems, starts, count, &data, &options, e, &call.control);
  const double log_weights = data.log_weights;
  mi_circuit_data_free(&data);
  mi_check(&call, status);
  push_numbers(L, e, count);
  push_values(L, problems, e, count, mi_most_parameters(circuits, count));
  if (e->exchange.samples) push_samples(L, problems, &e->exchange);
  mi_set_number(L, "log_weights", log_weights);
  return 1;
}
