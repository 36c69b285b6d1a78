#include "core/circuit/weigh.h"

#include <math.h>

#include "core/base/memory.h"

mi_circuit_weigh_options mi_circuit_weigh_default(void) {
  return (mi_circuit_weigh_options){.search = {.seed = 1},
                                    .noise = {NAN, HUGE_VAL},
                                    .draws = 2000,
                                    .run = mi_circuit_exchange_default()};
}

/* Where Laplace's approximation does not hold, with draws of the posterior to start from. */
static mi_status draw(const mi_circuit_problem *problem, const mi_circuit_symmetry *symmetry,
                      const mi_circuit_modes *modes, const mi_circuit_weigh_options *o,
                      mi_circuit_engine *engine, mi_circuit_evidence *e, mi_control *control) {
  const mi_rng rng = mi_rng_stream(o->search.seed, mi_rng_stage("circuit.importance"), 0);
  const size_t rows = MI_CIRCUIT_LEARN + MI_CIRCUIT_JUDGE;
  double *theta = MI_NEW(double, rows * (size_t)problem->variables);
  mi_circuit_samples samples = {0, 0, theta};
  if (!theta) return mi_fail(control, MI_ENOMEM, "out of memory");
  mi_status status = MI_OK;
  if (e->fault != MI_CIRCUIT_SOUND) {
    status = mi_circuit_explore(problem, &o->noise, &e->best, o->search.seed, engine, theta,
                                control);
    samples.learn = MI_CIRCUIT_LEARN;
    samples.judge = MI_CIRCUIT_JUDGE;
  }
  if (status == MI_OK)
    status = mi_circuit_importance_sample(problem, symmetry, &o->noise, modes, &samples, o->draws,
                                          rng, engine, &e->importance, control);
  free(theta);
  return status == MI_ENUMERIC ? MI_OK : status; /* no mode: stays NaN */
}

/* With the engine and the symmetries made. */
static mi_status estimate(const mi_circuit_problem *problem, const mi_circuit_symmetry *symmetry,
                          const double *start, const mi_circuit_weigh_options *o,
                          mi_circuit_engine *engine, mi_circuit_evidence *e, mi_control *control) {
  mi_circuit_modes modes;
  mi_circuit_find_modes(problem, symmetry, &o->search, start, engine, &modes, control);
  if (mi_cancelled(control)) return MI_ECANCEL;
  e->best = modes.fit[0];
  e->modes = modes.count;
  e->symmetries = symmetry->count;
  e->laplace = mi_circuit_laplace(problem, symmetry, &o->noise, &modes, engine, &e->fault);
  mi_status status = MI_OK;
  if (o->draws > 0) status = draw(problem, symmetry, &modes, o, engine, e, control);
  if (status == MI_OK && o->exchange)
    status = mi_circuit_exchange(problem, symmetry, &o->noise, &e->best, &o->run, engine,
                                 &e->exchange, control);
  return status;
}

static mi_status weigh_one(const mi_circuit_problem *problem, const double *start,
                           const mi_circuit_data *data, mi_circuit_weigh_options o,
                           mi_circuit_evidence *e, mi_control *control) {
  mi_circuit_engine engine;
  mi_circuit_symmetry symmetry;
  double *samples = e->exchange.samples;
  *e = (mi_circuit_evidence){.importance = {NAN, NAN, 0},
                             .exchange = {.log_evidence = NAN, .error = NAN, .integrated = NAN,
                                          .integrated_error = NAN, .waic = NAN, .wbic = NAN,
                                          .samples = samples}};
  o.run.seed = o.search.seed;
  if (o.search.starts == 0) o.search.starts = mi_circuit_search_default(problem).starts;
  mi_status status = mi_circuit_symmetry_make(problem, &symmetry, control);
  if (status) return status;
  status = mi_circuit_engine_make(data, problem->circuit.parameters, &engine, control);
  if (!status) {
    status = estimate(problem, &symmetry, start, &o, &engine, e, control);
    mi_circuit_engine_free(&engine);
  }
  mi_circuit_symmetry_free(&symmetry);
  return status;
}

mi_status mi_circuit_weigh(const mi_circuit_problem *problems, const double *const *starts,
                           size_t count, const mi_circuit_data *data,
                           const mi_circuit_weigh_options *options, mi_circuit_evidence *evidence,
                           mi_control *control) {
  const size_t threads = (size_t)mi_threads(control);
  mi_control first = *control;
  mi_status worst = MI_OK;
  for (size_t from = 0; from < count && worst == MI_OK; from += threads) {
    const size_t to = from + threads < count ? from + threads : count;
    size_t where = to;
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
    for (size_t i = from; i < to; i++) {
      mi_control own = *control;
      own.threads = 1;
      own.progress = NULL;
      const mi_status status =
          weigh_one(&problems[i], starts ? starts[i] : NULL, data, *options, &evidence[i], &own);
      if (status == MI_OK) continue;
#pragma omp critical(mi_circuit_weigh_failure)
      if (i < where) {
        where = i;
        worst = status;
        first = own;
      }
    }
    mi_progress(control, (double)to / (double)count, "evidence");
  }
  if (worst == MI_ECANCEL) return mi_fail(control, MI_ECANCEL, "interrupted");
  if (worst != MI_OK) *control = first;
  return worst;
}
