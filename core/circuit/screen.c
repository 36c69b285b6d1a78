/* Screening in blocks of circuits, so that progress is told from the calling thread. */
#include "core/circuit/screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/rng.h"

enum { BLOCK = 32, ROUNDS = 2 /* of learning from each other */ };

typedef struct screening {
  const mi_circuit *circuits;
  size_t count;
  const mi_circuit_data *data;
  const mi_circuit_search_options *options;
  mi_circuit_fit *fits;
  const mi_circuit_fit *before; /* of all circuits, where they are to learn from each other */
  bool known;
} screening;

static mi_status screen_one(const screening *s, size_t i, mi_control *control) {
  mi_circuit_problem problem;
  mi_circuit_engine engine;
  mi_circuit_search_options options = *s->options;
  mi_circuit_problem_make(&s->circuits[i], &problem);
  const mi_status status =
      mi_circuit_engine_make(s->data, s->circuits[i].parameters, &engine, control);
  if (status) return status;
  if (options.starts == 0) options.starts = mi_circuit_search_default(&problem).starts;
  if (s->known) {
    s->fits[i].cost = mi_circuit_cost(&problem, s->fits[i].theta, &engine);
  } else if (s->before) {
    options.starts = options.relatives;
    mi_circuit_search_relatives(&problem, s->circuits, s->before, s->count, i, &options, &engine,
                                &s->fits[i], control);
  } else {
    mi_circuit_search(&problem, &options, NULL, &engine, &s->fits[i], control);
  }
  mi_circuit_engine_free(&engine);
  return MI_OK;
}

static mi_status screen_all(const screening *s, mi_control *control) {
  const int threads = mi_threads(control);
  int failures = 0;
  for (size_t from = 0; from < s->count && !failures; from += BLOCK) {
    const size_t to = from + BLOCK < s->count ? from + BLOCK : s->count;
#pragma omp parallel for num_threads(threads) schedule(dynamic) reduction(+ : failures)
    for (size_t i = from; i < to; i++) {
      mi_control own = *control;
      own.threads = 1;
      failures += screen_one(s, i, &own) != MI_OK;
    }
    if (mi_cancelled(control)) return mi_fail(control, MI_ECANCEL, "interrupted");
    mi_progress(control, (double)to / (double)s->count, "circuits");
  }
  return failures ? mi_fail(control, MI_ENOMEM, "out of memory") : MI_OK;
}

mi_status mi_circuit_screen(const mi_circuit *circuits, size_t count, const mi_circuit_data *data,
                            const mi_circuit_search_options *options, bool known,
                            mi_circuit_fit *fits, mi_control *control) {
  screening s = {circuits, count, data, options, fits, NULL, known};
  mi_status status = screen_all(&s, control);
  if (options->relatives == 0 || status) return status;
  mi_circuit_fit *before = MI_NEW(mi_circuit_fit, count);
  if (!before) return mi_fail(control, MI_ENOMEM, "out of memory");
  s.before = before;
  s.known = false;
  for (int round = 0; round < ROUNDS && !status; round++) {
    memcpy(before, fits, count * sizeof *before);
    status = screen_all(&s, control);
  }
  free(before);
  return status;
}

/* ---- rank ------------------------------------------------------------------------------------ */

enum { WINDOW = 96 };

/* Parameters near one and frequencies of 1e-4 to 1e4 Hz: every element has its say. */
static mi_status window(mi_circuit_data *data, mi_control *control) {
  double f[WINDOW], one[WINDOW];
  for (int i = 0; i < WINDOW; i++) {
    f[i] = pow(10, -4 + 8.0 * i / (WINDOW - 1));
    one[i] = 1;
  }
  return mi_circuit_data_make(f, one, one, WINDOW, MI_CIRCUIT_UNIT, NULL, false, data, control);
}

/* Weights become 1 / |Z| of the circuit itself. */
static void weigh(const mi_circuit_problem *problem, const double *theta, mi_circuit_data *data,
                  mi_circuit_engine *engine) {
  mi_circuit_cost(problem, theta, engine);
  const size_t padded = data->grid.padded;
  const double *x = engine->work.x + 2 * (size_t)(problem->circuit.nodes - 1) * padded;
  for (size_t i = 0; i < data->grid.n; i++)
    data->weight[i] = data->weight[padded + i] = 1 / hypot(x[i], x[padded + i]);
}

mi_status mi_circuit_rank(const mi_circuit *circuit, int *rank, mi_control *control) {
  mi_circuit_data data;
  mi_circuit_engine engine;
  mi_circuit_problem problem;
  double theta[MI_CIRCUIT_PARAMETERS], covariance[MI_CIRCUIT_PARAMETERS * MI_CIRCUIT_PARAMETERS];
  mi_status status = window(&data, control);
  if (status) return status;
  status = mi_circuit_engine_make(&data, circuit->parameters, &engine, control);
  if (!status) {
    mi_rng rng = mi_rng_stream(1, mi_rng_stage("circuit.rank"), 0);
    mi_circuit_problem_make(circuit, &problem);
    for (int k = 0; k < circuit->parameters; k++) {
      const bool exponent = mi_circuit_parameter_of(circuit, k)->exponent;
      theta[k] = exponent ? 0.55 + 0.35 * mi_rng_uniform(&rng) : 3 * mi_rng_uniform(&rng) - 1.5;
    }
    weigh(&problem, theta, &data, &engine);
    *rank = mi_circuit_covariance(&problem, theta, &engine, covariance);
    mi_circuit_engine_free(&engine);
  }
  mi_circuit_data_free(&data);
  return status;
}
