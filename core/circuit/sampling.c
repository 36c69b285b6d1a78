/* The exchange model of a circuit, and what its samples say; see sampling.h. */
#include "core/circuit/sampling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

#define RATIO 2.5 /* of neighbouring inverse temperatures */
#define WIDER 2.0 /* is the reference than the posterior */
enum {
  LEAST_REPLICAS = 6, /* that moves along lines need */
  DRAWS = 200,
  BLOCKS = 20,
  EVALUATIONS = 900000 /* with the exploring before take about a second */
};

typedef struct model {
  const mi_circuit_problem *problem;
  const mi_circuit_data *data;
  mi_isa isa;
  double half;                     /* 1 / (2 s^2) */
  double log_constant;             /* ln likelihood at SSR = 0 */
  int node[MI_CIRCUIT_PARAMETERS]; /* of a variable, -1 where it is in several */
  mi_prior prior[MI_CIRCUIT_PARAMETERS]; /* of the run: the circuit's, or a reference */
  const mi_circuit_symmetry *symmetry; /* where the run has a reference, else NULL */
  double center[MI_CIRCUIT_PARAMETERS];
  double log_prior; /* of the circuit, all copies of a place together */
  int8_t swap[MI_CIRCUIT_SWAPS * MI_CIRCUIT_PARAMETERS];
} model;

/* ---- energy ---------------------------------------------------------------------------------- */

/* The state of a replica: x of all nodes as accepted and as tried, the node that was tried (-1:
 * all), and room for a residual. */
typedef struct state_view {
  int *node;
  double *x, *trial, *residual;
} state_view;

enum { HEAD = MI_ALIGNMENT / sizeof(double) };

static size_t one_node(const model *m) { return 2 * m->data->grid.padded; }
static size_t all_nodes(const model *m) { return one_node(m) * (size_t)m->problem->circuit.nodes; }

static size_t state_size(const model *m) {
  return (HEAD + 2 * all_nodes(m) + one_node(m)) * sizeof(double);
}

static state_view view(const model *m, void *state) {
  double *x = (double *)state + HEAD;
  return (state_view){state, x, x + all_nodes(m), x + 2 * all_nodes(m)};
}

/* Natural parameters of one element. */
static void natural_of(const mi_circuit_problem *problem, int node, const double *theta,
                       double *p) {
  const mi_circuit_element *element = mi_circuit_element_of(problem->circuit.node[node].kind);
  for (int k = 0; k < element->parameters; k++) {
    const int at = problem->circuit.node[node].first + k, v = problem->map[at];
    const double value = problem->offset[at] + (v < 0 ? 0 : theta[v]);
    p[at] = element->parameter[k].exponent ? value : exp(value);
  }
}

/* Whether no exchange of equal branches brings theta nearer to the centre. */
static bool is_nearest(const model *m, const double *theta) {
  const int n = m->problem->variables;
  for (int i = 1; i < m->symmetry->count; i++) {
    const int8_t *order = m->symmetry->order[i];
    double sum = 0;
    for (int v = 0; v < n; v++) sum += (theta[order[v]] - theta[v]) * m->center[v];
    if (sum > 0) return false;
  }
  return true;
}

/* ln of the reference's density at theta, infinite where the run does not go. */
static double log_reference(const model *m, const double *theta) {
  double sum = 0;
  for (int v = 0; v < m->problem->variables; v++) {
    if (!(theta[v] >= m->problem->lower[v] && theta[v] <= m->problem->upper[v])) return HUGE_VAL;
    sum += mi_prior_log(&m->prior[v], theta[v]);
  }
  return is_nearest(m, theta) ? sum : HUGE_VAL;
}

static mi_status energy(void *context, void *state, const double *theta, int moved, double *value) {
  const model *m = context;
  const mi_circuit_problem *problem = m->problem;
  const mi_circuit_grid *grid = &m->data->grid;
  const state_view at = view(m, state);
  const double *x;
  double p[MI_CIRCUIT_PARAMETERS];
  mi_circuit_work work;
  work.x = at.trial;
  *at.node = moved < 0 ? -1 : m->node[moved];
  if (*at.node < 0) {
    mi_circuit_natural(problem, theta, p);
    x = MI_DISPATCH(m->isa, mi_circuit_forward)(&problem->circuit, m->data->admittance, grid, p,
                                                false, &work);
  } else {
    natural_of(problem, *at.node, theta, p);
    x = MI_DISPATCH(m->isa, mi_circuit_forward_from)(&problem->circuit, m->data->admittance, grid,
                                                     p, *at.node, at.x, &work);
  }
  const double ssr = MI_DISPATCH(m->isa, mi_circuit_residual)(
      m->data->value, m->data->weight, x, 2 * grid->padded, at.residual);
  *value = m->half * ssr - m->log_constant;
  if (m->symmetry) *value += log_reference(m, theta) - m->log_prior;
  return MI_OK;
}

static void accept(void *context, void *state) {
  const model *m = context;
  const state_view at = view(m, state);
  const size_t one = one_node(m);
  if (*at.node < 0) memcpy(at.x, at.trial, all_nodes(m) * sizeof(double));
  for (int i = *at.node; i >= 0; i = m->problem->circuit.node[i].parent)
    memcpy(at.x + (size_t)i * one, at.trial + (size_t)i * one, one * sizeof(double));
}

/* ---- the run --------------------------------------------------------------------------------- */

static int node_of(const mi_circuit_problem *problem, int variable) {
  int node = -1;
  for (int i = 0; i < problem->circuit.nodes; i++) {
    const mi_circuit_node *n = &problem->circuit.node[i];
    if (n->kind >= MI_CIRCUIT_SERIES) continue;
    for (int k = 0; k < mi_circuit_element_of(n->kind)->parameters; k++) {
      if (problem->map[n->first + k] != variable) continue;
      if (node >= 0 && node != i) return -1;
      node = i;
    }
  }
  return node;
}

static mi_exchange_model set_up(model *m, const mi_circuit_problem *problem,
                                const mi_circuit_noise *noise, const mi_circuit_fit *best,
                                const mi_circuit_engine *engine) {
  const double s2 = mi_circuit_variance(engine->data, noise, best->cost);
  *m = (model){.problem = problem, .data = engine->data, .isa = engine->isa, .half = 0.5 / s2};
  const mi_circuit_noise known = {sqrt(s2), HUGE_VAL};
  m->log_constant = mi_circuit_log_likelihood(engine->data, &known, 0);
  for (int v = 0; v < problem->variables; v++) {
    m->node[v] = node_of(problem, v);
    m->prior[v] = (mi_prior){MI_PRIOR_UNIFORM, problem->lower[v], problem->upper[v]};
  }
  return (mi_exchange_model){.parameters = problem->variables, .prior = m->prior, .energy = energy,
                             .accept = accept, .context = m, .state_size = state_size(m),
                             .lines = true, .start = best->theta, .swap = m->swap,
                             .swaps = mi_circuit_swaps(problem, m->swap)};
}

static int ascending(const void *a, const void *b) {
  const double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/* Replicas from the least temperature at which the first is hardly changed: there b times the
 * spread of the energy is one. */
static int replicas_for(const model *m, mi_circuit_engine *engine, uint64_t seed) {
  double theta[MI_CIRCUIT_PARAMETERS], value[DRAWS];
  mi_rng rng = mi_rng_stream(seed, mi_rng_stage("circuit.ladder"), 0);
  for (int i = 0; i < DRAWS; i++) {
    for (int v = 0; v < m->problem->variables; v++) theta[v] = mi_prior_draw(&m->prior[v], &rng);
    value[i] = m->half * mi_circuit_cost(m->problem, theta, engine);
    if (m->symmetry) value[i] += log_reference(m, theta);
  }
  qsort(value, DRAWS, sizeof *value, ascending);
  const double spread = fmax((value[3 * DRAWS / 4] - value[DRAWS / 4]) / 1.35, 2);
  return 3 + (int)ceil(log(fmin(spread, 1e60)) / log(RATIO));
}

static int64_t sweeps_for(const model *m, const mi_exchange_options *o) {
  const int steps = m->problem->variables + (m->problem->variables + 1) / 2 + 1;
  const int64_t all = EVALUATIONS / ((int64_t)steps * o->replicas), rest = all - o->burn_in;
  if (rest < MI_CIRCUIT_LEAST_SWEEPS) return MI_CIRCUIT_LEAST_SWEEPS;
  if (rest > MI_CIRCUIT_MOST_SWEEPS) return MI_CIRCUIT_MOST_SWEEPS;
  return rest / MI_EXCHANGE_BLOCK * MI_EXCHANGE_BLOCK;
}

mi_exchange_options mi_circuit_exchange_default(void) {
  mi_exchange_options o = mi_exchange_default();
  o.replicas = 0;
  o.burn_in = 800;
  o.sweeps = 0;
  return o;
}

/* ---- what the samples say -------------------------------------------------------------------- */

/* From the known s of the run to the likelihood of the noise. */
static void last_step(const mi_exchange *run, const model *m, const mi_circuit_noise *noise,
                      mi_circuit_engine *engine, mi_circuit_posterior *p) {
  const int64_t n = run->kept;
  double most = -HUGE_VAL, sum = 0, block[BLOCKS] = {0};
  double *log_w = isinf(noise->freedom) ? NULL : MI_NEW(double, (size_t)n);
  if (!log_w) return;
  for (int64_t i = 0; i < n; i++) {
    const double *theta = run->samples + i * m->problem->variables;
    const double ssr = mi_circuit_cost(m->problem, theta, engine);
    log_w[i] = mi_circuit_log_likelihood(m->data, noise, ssr) + m->half * ssr - m->log_constant;
    most = fmax(most, log_w[i]);
  }
  for (int64_t i = 0; i < n; i++) {
    const double w = exp(log_w[i] - most);
    sum += w;
    block[i * BLOCKS / n] += w;
  }
  free(log_w);
  double variance = 0;
  for (int b = 0; b < BLOCKS; b++)
    variance += (block[b] / sum - 1.0 / BLOCKS) * (block[b] / sum - 1.0 / BLOCKS);
  const double step = most + log(sum / (double)n);
  const double error = sqrt(variance * BLOCKS / (BLOCKS - 1));
  p->log_evidence += step;
  p->integrated += step;
  p->error = hypot(p->error, error);
  p->integrated_error = hypot(p->integrated_error, error);
}

/* WAIC over the 2 n numbers; each counts from its density at the optimum. */
static mi_status predictive(const mi_exchange *run, const model *m, const mi_circuit_fit *best,
                            mi_circuit_engine *engine, double *waic, mi_control *control) {
  const size_t rows = 2 * m->data->grid.padded, n = m->data->grid.n;
  const double *r = engine->column[m->problem->circuit.parameters];
  double *memory = mi_alloc_zero(4 * rows, sizeof *memory), total = 0;
  if (!memory) return mi_fail(control, MI_ENOMEM, "out of memory");
  double *from = memory, *density = from + rows, *first = density + rows, *second = first + rows;
  mi_circuit_cost(m->problem, best->theta, engine);
  for (size_t i = 0; i < rows; i++) from[i] = -m->half * r[i] * r[i];
  for (int64_t s = 0; s < run->kept; s++) {
    mi_circuit_cost(m->problem, run->samples + s * m->problem->variables, engine);
    for (size_t i = 0; i < rows; i++) {
      const double l = -m->half * r[i] * r[i] - from[i];
      density[i] += exp(l);
      first[i] += l;
      second[i] += l * l;
    }
  }
  const double count = (double)run->kept;
  for (size_t i = 0; i < 2 * n; i++) {
    const size_t at = i < n ? i : rows / 2 + i - n;
    const double mean = first[at] / count;
    total += from[at] + log(density[at] / count) - (second[at] / count - mean * mean);
  }
  *waic = -2 * (total + m->log_constant);
  free(memory);
  return MI_OK;
}

/* ---- exploring ------------------------------------------------------------------------------- */

/* wbic may be NULL. */
static mi_status explore(const mi_circuit_problem *problem, const mi_circuit_noise *noise,
                         const mi_circuit_fit *best, uint64_t seed, mi_circuit_engine *engine,
                         double *theta, double *wbic, mi_control *control) {
  model m;
  mi_exchange run;
  mi_exchange_options o = mi_exchange_default();
  const mi_exchange_model exchange = set_up(&m, problem, noise, best, engine);
  const int n = problem->variables, rows = MI_CIRCUIT_LEARN + MI_CIRCUIT_JUDGE;
  o.seed = seed;
  o.replicas = replicas_for(&m, engine, seed);
  if (o.replicas < LEAST_REPLICAS) o.replicas = LEAST_REPLICAS;
  o.burn_in = 4 * MI_EXCHANGE_BLOCK;
  o.sweeps = 20 * MI_EXCHANGE_BLOCK;
  o.thin = 1;
  mi_status status = mi_exchange_begin(&run, &exchange, &o, control);
  if (status != MI_OK) return status;
  status = mi_exchange_advance(&run, o.burn_in + rows, control);
  if (status == MI_OK) memcpy(theta, run.samples, (size_t)(rows * n) * sizeof *theta);
  if (status == MI_OK && wbic) *wbic = mi_exchange_wbic(&run, 2 * (double)m.data->grid.n);
  mi_exchange_end(&run);
  return status;
}

mi_status mi_circuit_explore(const mi_circuit_problem *problem, const mi_circuit_noise *noise,
                             const mi_circuit_fit *best, uint64_t seed, mi_circuit_engine *engine,
                             double *theta, mi_control *control) {
  return explore(problem, noise, best, seed, engine, theta, NULL, control);
}

/* Gives the run a reference: normal distributions, somewhat wider than the draws of a short run.
 * Of the copies that equal branches make of every place it is that of the optimum. */
static mi_status explored(model *m, const mi_circuit_problem *problem,
                          const mi_circuit_symmetry *symmetry, const mi_circuit_noise *noise,
                          const mi_circuit_fit *best,
                          mi_circuit_engine *engine, uint64_t seed, double *wbic,
                          mi_control *control) {
  const int rows = MI_CIRCUIT_LEARN + MI_CIRCUIT_JUDGE, n = problem->variables;
  double *theta = MI_NEW(double, (size_t)(rows * n));
  if (!theta) return mi_fail(control, MI_ENOMEM, "out of memory");
  const mi_status status =
      explore(problem, noise, best, seed, engine, theta, wbic, control);
  for (int i = 0; status == MI_OK && i < rows; i++)
    mi_circuit_order(problem, best->theta, theta + i * n);
  for (int v = 0; status == MI_OK && v < n; v++) {
    const double width = problem->upper[v] - problem->lower[v];
    double mean = 0, square = 0;
    for (int i = 0; i < rows; i++) mean += theta[i * n + v] / rows;
    for (int i = 0; i < rows; i++) square += pow(theta[i * n + v] - mean, 2) / rows;
    m->prior[v] = (mi_prior){MI_PRIOR_NORMAL, mean, fmax(WIDER * sqrt(square), 1e-9 * width)};
    m->log_prior -= log(width);
    m->center[v] = best->theta[v] + 1e-6 * v; /* never the same in two branches */
  }
  m->symmetry = symmetry;
  m->log_prior += log(symmetry->count);
  free(theta);
  return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

mi_status mi_circuit_exchange(const mi_circuit_problem *problem,
                              const mi_circuit_symmetry *symmetry, const mi_circuit_noise *noise,
                              const mi_circuit_fit *best, const mi_exchange_options *options,
                              mi_circuit_engine *engine, mi_circuit_posterior *p,
                              mi_control *control) {
  model m;
  mi_exchange run;
  mi_evidence evidence;
  mi_exchange_options o = *options;
  const mi_exchange_model exchange = set_up(&m, problem, noise, best, engine);
  const mi_status begun = explored(&m, problem, symmetry, noise, best, engine, o.seed + 1, &p->wbic,
                                   control);
  if (begun != MI_OK) return begun;
  if (o.replicas == 0) o.replicas = replicas_for(&m, engine, o.seed);
  if (o.replicas < LEAST_REPLICAS) o.replicas = LEAST_REPLICAS;
  if (o.sweeps == 0) o.sweeps = sweeps_for(&m, &o);
  mi_status status = mi_exchange_begin(&run, &exchange, &o, control);
  if (status != MI_OK) return status;
  status = mi_exchange_advance(&run, INT64_MAX, control);
  if (status == MI_OK) status = predictive(&run, &m, best, engine, &p->waic, control);
  if (status == MI_OK) {
    mi_exchange_evidence(&run, &evidence);
    p->log_evidence = evidence.bridge, p->error = evidence.bridge_error;
    p->integrated = evidence.integration, p->integrated_error = evidence.integration_error;
    last_step(&run, &m, noise, engine, p);
    p->replicas = o.replicas, p->sweeps = o.sweeps;
    p->kept = run.kept;
    if (p->samples)
      memcpy(p->samples, run.samples,
             (size_t)(run.kept * problem->variables) * sizeof *run.samples);
  }
  mi_exchange_end(&run);
  return status;
}
