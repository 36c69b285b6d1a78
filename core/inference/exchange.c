/* The sampler of exchange.h. */
#include "core/inference/exchange.h"

#include <math.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

#define ALONG 0.3 /* acceptance that moves along lines aim at */
#define LEAST_REFUSED 0.05 /* of an interval, so that no temperatures are lost where all is well */

#define WORTH_SHARING 1e-3 /* seconds of a sweep */

enum {
  LADDER_DRAWS = 200,
  START_DRAWS = 1000,
  REACH = 5,
  MOST = 64, /* parameters, where they move together */
  FIRST_ROUND = 2 * MI_EXCHANGE_BLOCK
};

mi_exchange_options mi_exchange_default(void) {
  return (mi_exchange_options){.replicas = 30,
                               .burn_in = 5000,
                               .sweeps = 15000,
                               .thin = 10,
                               .acceptance = 0.5,
                               .seed = 1};
}

/* ---- energies -------------------------------------------------------------------------------- */

/* Infinite where the model says "impossible". */
static mi_status energy_of(const mi_exchange *run, void *state, const double *q, int moved,
                           double *energy) {
  const mi_status status = run->model.energy(run->model.context, state, q, moved, energy);
  if (status == MI_ENUMERIC || (status == MI_OK && !isfinite(*energy))) {
    *energy = HUGE_VAL;
    return MI_OK;
  }
  return status;
}

static void accept(const mi_exchange *run, void *state) {
  if (run->model.accept) run->model.accept(run->model.context, state);
}

/* A draw from the prior; with its energy, in the state of the replica. */
static mi_status draw(const mi_exchange *run, mi_replica *r, mi_rng *rng) {
  for (int j = 0; j < run->model.parameters; j++) {
    r->z[j] = mi_prior_draw(run->model.prior + j, rng);
    r->q[j] = mi_prior_parameter(run->model.prior + j, r->z[j]);
  }
  const mi_status status = energy_of(run, r->state, r->q, -1, &r->energy);
  if (status == MI_OK) accept(run, r->state);
  return status;
}

/* The energy anew, so that rounding in the sums that a state keeps does not pile up. */
static mi_status refresh(const mi_exchange *run, mi_replica *r) {
  const mi_status status = energy_of(run, r->state, r->q, -1, &r->energy);
  if (status == MI_OK) accept(run, r->state);
  return status;
}

/* ---- a sweep --------------------------------------------------------------------------------- */

/* One Metropolis move of parameter j; *chance is that of its acceptance. Takes one normal and one
 * uniform number whatever happens. */
static mi_status move(const mi_exchange *run, int l, mi_replica *r, int j, double *chance,
                      bool *moved) {
  const mi_prior *prior = run->model.prior + j;
  mi_rng *rng = run->rng + l;
  const double from = r->z[j], q = r->q[j];
  const double step = run->step[(ptrdiff_t)l * run->model.parameters + j];
  const double to = from + step * mi_rng_normal(rng), u = mi_rng_uniform(rng);
  const double wanted = mi_prior_parameter(prior, to);
  const double rise = mi_prior_rise(prior, from, q, to, wanted);
  *chance = 0;
  *moved = false;
  if (!(rise > -HUGE_VAL)) return MI_OK;

  double energy;
  r->q[j] = wanted;
  const mi_status status = energy_of(run, r->state, r->q, j, &energy);
  if (status == MI_OK) *chance = fmin(1, exp(rise - run->beta[l] * (energy - r->energy)));
  *moved = u < *chance;
  if (*moved) {
    r->z[j] = to;
    r->energy = energy;
    accept(run, r->state);
  } else {
    r->q[j] = q;
  }
  return status;
}

/* Robbins-Monro on the logarithm of the step. */
static double gain_of(const mi_exchange *run) { return 3 / pow(10 + (double)run->done, 0.6); }

static void adapt(mi_exchange *run, int l, int j, double gain, double chance) {
  run->step[(ptrdiff_t)l * run->model.parameters + j] *=
      exp(gain * (chance - run->options.acceptance));
}

/* Metropolis from the last parameters and coordinates to z, q, where ln prior has risen. */
static mi_status jump(const mi_exchange *run, int l, mi_replica *r, const double *z,
                      const double *q, double rise, double u, double *chance) {
  const size_t size = (size_t)run->model.parameters * sizeof *z;
  double energy;
  *chance = 0;
  if (!(rise > -HUGE_VAL)) return MI_OK;
  const mi_status status = energy_of(run, r->state, q, -1, &energy);
  if (status == MI_OK) *chance = fmin(1, exp(rise - run->beta[l] * (energy - r->energy)));
  if (u < *chance) {
    memcpy(r->z, z, size);
    memcpy(r->q, q, size);
    r->energy = energy;
    accept(run, r->state);
  }
  return status;
}

/* Takes one pick and one uniform number whatever happens. */
static mi_status swap(const mi_exchange *run, int l, mi_replica *r) {
  const int p = run->model.parameters;
  double z[MOST], q[MOST], chance, rise = 0;
  const int8_t *from =
      run->model.swap + p * (ptrdiff_t)mi_rng_below(run->rng + l, (uint64_t)run->model.swaps);
  for (int j = 0; j < p; j++) {
    z[j] = r->z[from[j]], q[j] = r->q[from[j]];
    rise += mi_prior_log(run->model.prior + j, z[j]) - mi_prior_log(run->model.prior + j, r->z[j]);
  }
  return jump(run, l, r, z, q, rise, mi_rng_uniform(run->rng + l), &chance);
}

static mi_status sweep_replica(mi_exchange *run, int l, mi_control *control) {
  const bool burning = run->done < run->options.burn_in;
  const int p = run->model.parameters;
  mi_replica *r = run->replica + l;
  if (l == 0) return draw(run, r, run->rng);
  const double gain = burning ? gain_of(run) : 0;
  int accepted = 0;
  for (int j = 0; j < p; j++) {
    double chance;
    bool moved;
    if (mi_cancelled(control)) return MI_ECANCEL;
    const mi_status status = move(run, l, r, j, &chance, &moved);
    if (status != MI_OK) return status;
    accepted += moved;
    if (burning) adapt(run, l, j, gain, chance);
  }
  if (!burning) run->acceptance[l] += (double)accepted / (p * (double)run->options.sweeps);
  return run->model.swaps > 0 ? swap(run, l, r) : MI_OK;
}

/* ---- moves along lines ----------------------------------------------------------------------- */

/* Replicas of the other parity near l, those that draw from the prior left out. */
static int neighbours(const mi_exchange *run, int l, int *list) {
  int count = 0;
  for (int m = l - REACH; m <= l + REACH; m += 2)
    if (m >= 1 && m < run->options.replicas) list[count++] = m;
  return count;
}

/* One Metropolis move along the difference of two neighbours. Takes two picks, one normal and one
 * uniform number whatever happens. */
static mi_status move_along(mi_exchange *run, int l, mi_replica *r, double *work, double *chance) {
  const int p = run->model.parameters;
  int near[REACH + 1];
  const int count = neighbours(run, l, near);
  mi_rng *rng = run->rng + l;
  const int a = (int)mi_rng_below(rng, (uint64_t)count);
  const int b = (a + 1 + (int)mi_rng_below(rng, (uint64_t)count - 1)) % count;
  const double reach = run->reach[l] * mi_rng_normal(rng), u = mi_rng_uniform(rng);
  const double *from = run->replica[near[a]].z, *to = run->replica[near[b]].z;
  double *z = work, *q = work + p, rise = 0;
  for (int j = 0; j < p; j++) {
    const mi_prior *prior = run->model.prior + j;
    z[j] = r->z[j] + reach * (to[j] - from[j]);
    q[j] = mi_prior_parameter(prior, z[j]);
    rise += mi_prior_log(prior, z[j]) - mi_prior_log(prior, r->z[j]);
  }
  return jump(run, l, r, z, q, rise, u, chance);
}

static mi_status move_lines(mi_exchange *run, int l, mi_control *control) {
  const bool burning = run->done < run->options.burn_in;
  const double gain = gain_of(run);
  double work[2 * MOST];
  if (l == 0) return MI_OK;
  for (int i = 0; i < (run->model.parameters + 1) / 2; i++) {
    double chance;
    if (mi_cancelled(control)) return MI_ECANCEL;
    const mi_status status = move_along(run, l, run->replica + l, work, &chance);
    if (status != MI_OK) return status;
    if (burning) run->reach[l] *= exp(gain * (chance - ALONG));
  }
  return MI_OK;
}

/* ---- all replicas ---------------------------------------------------------------------------- */

typedef mi_status task(mi_exchange *run, int l, mi_control *control);

/* The task for replicas first, first + stride, ...; the first failure in their order. */
static mi_status for_replicas(mi_exchange *run, task *f, int first, int stride,
                              mi_control *control) {
  const int count = run->options.replicas, threads = run->threads > 1 ? run->threads : 1;
  mi_status worst = MI_OK;
  int where = count;
#pragma omp parallel for num_threads(threads) schedule(static, 1) if (threads > 1)
  for (int l = first; l < count; l += stride) {
    const mi_status status = f(run, l, control);
    if (status == MI_OK) continue;
#pragma omp critical(mi_exchange_failure)
    if (l < where) {
      where = l;
      worst = status;
    }
  }
  return worst;
}

static mi_status sweep(mi_exchange *run, mi_control *control) {
  mi_status status = for_replicas(run, sweep_replica, 0, 1, control);
  for (int parity = 0; run->model.lines && parity < 2 && status == MI_OK; parity++)
    status = for_replicas(run, move_lines, parity, 2, control);
  return status;
}

/* Neighbours l, l + 1 with l even or odd in turn. In the burn-in run->exchange sums up chances. */
static void exchange(mi_exchange *run) {
  const bool burning = run->done < run->options.burn_in;
  for (int l = (int)(run->done & 1); l + 1 < run->options.replicas; l += 2) {
    mi_replica *a = run->replica + l, *b = a + 1;
    const double u = mi_rng_uniform(run->rng + run->options.replicas);
    const double gain = (run->beta[l + 1] - run->beta[l]) * (b->energy - a->energy);
    const double chance = exp(fmin(0, gain));
    if (burning) run->exchange[l] += chance;
    if (!(u < chance)) continue;
    const mi_replica keep = *a;
    *a = *b;
    *b = keep;
    if (!burning) run->exchange[l] += 2.0 / (double)run->options.sweeps;
  }
}

/* ---- the ladder ------------------------------------------------------------------------------ */

/* The inverse temperature `way` of the intervals up from the l-th, 0 <= way <= 1. */
static double between(const double *beta, int l, double way) {
  return l == 0 ? way * beta[1] : beta[l] * pow(beta[l + 1] / beta[l], way);
}

/* Temperatures between which exchanges are refused equally often: where refusals pile up (a
 * transition) they come to lie closer. `exchange` has the mean chance of each interval. (Syed,
 * Bouchard-Cote, Deligiannidis and Doucet, J. R. Stat. Soc. B 84, 321 (2022).) */
static void respace(mi_exchange *run, double *beta, double *step) {
  const int count = run->options.replicas, p = run->model.parameters;
  double total = 0, below = 0;
  for (int l = 0; l + 1 < count; l++) total += fmax(LEAST_REFUSED, 1 - run->exchange[l]);
  for (int l = 0, to = 1; l + 1 < count; l++) {
    const double refused = fmax(LEAST_REFUSED, 1 - run->exchange[l]);
    for (; to + 1 < count && total * to / (count - 1) <= below + refused; to++) {
      const double way = (total * to / (count - 1) - below) / refused;
      beta[to] = between(run->beta, l, way);
      const int nearest = way > 0.5 || l == 0 ? l + 1 : l;
      memcpy(step + (ptrdiff_t)to * p, run->step + (ptrdiff_t)nearest * p,
             (size_t)p * sizeof *step);
    }
    below += refused;
  }
}

/* After the sweeps 200, 400, 800, ... of the first two thirds of the burn-in. */
static mi_status adapt_ladder(mi_exchange *run, mi_control *control) {
  const int count = run->options.replicas, p = run->model.parameters;
  if (run->done == run->options.burn_in) memset(run->exchange, 0, (size_t)count * sizeof(double));
  const int64_t rounds = run->done / FIRST_ROUND;
  if (run->options.ratio > 0 || 3 * run->done > 2 * run->options.burn_in) return MI_OK;
  if (run->done % FIRST_ROUND || (rounds & (rounds - 1))) return MI_OK;
  double *fresh = MI_NEW(double, (size_t)count * (size_t)(p + 1));
  if (!fresh) return mi_fail(control, MI_ENOMEM, "out of memory");
  const double sweeps = rounds == 1 ? FIRST_ROUND : 0.5 * (double)run->done;
  for (int l = 0; l < count; l++) run->exchange[l] *= 2 / sweeps;
  memcpy(fresh, run->beta, (size_t)count * sizeof *fresh);
  memcpy(fresh + count, run->step, (size_t)(count * p) * sizeof *fresh);
  respace(run, fresh, fresh + count);
  memcpy(run->beta, fresh, (size_t)count * sizeof *fresh);
  memcpy(run->step, fresh + count, (size_t)(count * p) * sizeof *fresh);
  memset(run->exchange, 0, (size_t)count * sizeof *fresh);
  free(fresh);
  return MI_OK;
}

static void record(mi_exchange *run) {
  const int count = run->options.replicas, p = run->model.parameters;
  const int64_t at = run->done - run->options.burn_in;
  if (at < 0) return;
  double *row = run->energies + at * count;
  for (int l = 0; l < count; l++) row[l] = run->replica[l].energy;
  if ((at + 1) % run->options.thin) return;
  memcpy(run->samples + run->kept * p, run->replica[count - 1].q, (size_t)p * sizeof(double));
  run->kept++;
}

/* Threads wait for one another after every sweep; where others use the processors, too, each wait
 * can take a time slice, some ms. Short sweeps are not worth that. */
static int threads_for(double seconds, const mi_control *control) {
  return seconds > WORTH_SHARING ? mi_threads(control) : 1;
}

static mi_status block(mi_exchange *run, mi_control *control) {
  const int64_t total = run->options.burn_in + run->options.sweeps;
  const double began = mi_thread_seconds();
  for (int l = 0; l < run->options.replicas; l++) {
    const mi_status status = refresh(run, run->replica + l);
    if (status != MI_OK) return status;
  }
  for (int i = 0; i < MI_EXCHANGE_BLOCK; i++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    const mi_status status = sweep(run, control);
    if (status != MI_OK) return status;
    exchange(run);
    record(run);
    run->done++;
    mi_progress(control, (double)run->done / (double)total, "exchange Monte Carlo");
  }
  if (run->threads == 0)
    run->threads = threads_for((mi_thread_seconds() - began) / MI_EXCHANGE_BLOCK, control);
  return adapt_ladder(run, control);
}

mi_status mi_exchange_advance(mi_exchange *run, int64_t most, mi_control *control) {
  const int64_t total = run->options.burn_in + run->options.sweeps;
  for (int64_t i = 0; i < most && run->done < total; i += MI_EXCHANGE_BLOCK) {
    const mi_status status = block(run, control);
    if (status != MI_OK) return status;
  }
  return MI_OK;
}

/* ---- beginning ------------------------------------------------------------------------------- */

static mi_status check(const mi_exchange_model *m, const mi_exchange_options *o,
                       mi_control *control) {
  if (m->parameters < 1) return mi_fail(control, MI_EINVAL, "at least one parameter expected");
  if (o->replicas < 3)
    return mi_fail(control, MI_EINVAL, "replicas: integer >= 3 expected, got %d", o->replicas);
  if (!(o->ratio == 0 || o->ratio > 1))
    return mi_fail(control, MI_EINVAL, "ratio: number > 1 expected, got %g", o->ratio);
  if (o->burn_in < 0 || o->burn_in % MI_EXCHANGE_BLOCK)
    return mi_fail(control, MI_EINVAL, "burn_in: a multiple of %d expected, got %lld",
                   MI_EXCHANGE_BLOCK, (long long)o->burn_in);
  if (o->sweeps < 20 * MI_EXCHANGE_BLOCK || o->sweeps % MI_EXCHANGE_BLOCK)
    return mi_fail(control, MI_EINVAL, "sweeps: a multiple of %d, at least %d, expected, got %lld",
                   MI_EXCHANGE_BLOCK, 20 * MI_EXCHANGE_BLOCK, (long long)o->sweeps);
  if (o->thin < 1) return mi_fail(control, MI_EINVAL, "thin: integer >= 1 expected");
  if (!(o->acceptance > 0 && o->acceptance < 1))
    return mi_fail(control, MI_EINVAL, "acceptance: number between 0 and 1 expected, got %g",
                   o->acceptance);
  if ((m->lines || m->swaps) && (m->parameters > MOST || o->replicas < 6))
    return mi_fail(control, MI_EINVAL, "moves of all parameters need at most %d of them and at "
                   "least 6 replicas, got %d and %d", MOST, m->parameters, o->replicas);
  mi_status status = MI_OK;
  for (int j = 0; j < m->parameters && status == MI_OK; j++)
    status = mi_prior_check(m->prior + j, j + 1, control);
  return status;
}

static size_t padded(size_t bytes) {
  return (bytes + MI_ALIGNMENT - 1) / MI_ALIGNMENT * MI_ALIGNMENT;
}

static mi_status allocate(mi_exchange *run, mi_control *control) {
  const size_t count = (size_t)run->options.replicas, p = (size_t)run->model.parameters;
  const size_t sweeps = (size_t)run->options.sweeps, kept = sweeps / (size_t)run->options.thin;
  const size_t state = padded(run->model.state_size);
  double *numbers = MI_NEW_ZERO(double, count * (4 + 3 * p));
  char *states = mi_alloc_zero(count, state);
  run->energies = mi_alloc(sweeps, count * sizeof(double));
  run->samples = mi_alloc(kept, p * sizeof(double));
  run->replica = MI_NEW_ZERO(mi_replica, count);
  run->rng = MI_NEW_ZERO(mi_rng, count + 1);
  run->numbers = numbers, run->states = states;
  if (!(numbers && states && run->energies && run->samples && run->replica && run->rng))
    return mi_fail(control, MI_ENOMEM, "out of memory");
  run->beta = numbers, run->acceptance = numbers + count, run->exchange = numbers + 2 * count;
  run->reach = numbers + 3 * count, run->step = numbers + 4 * count;
  for (size_t l = 0; l < count; l++) {
    run->replica[l].q = run->step + p * (count + 2 * l);
    run->replica[l].z = run->replica[l].q + p;
    run->replica[l].state = state ? states + l * state : NULL;
  }
  return MI_OK;
}

static int ascending(const void *a, const void *b) {
  const double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

/* b_2 is the inverse of the spread (from the quartiles) that the energy has under the prior, so
 * that the first step is as wide as the others; fewer than four possible draws tell nothing. */
static mi_status automatic_ratio(mi_exchange *run, double *ratio) {
  const double steps = run->options.replicas - 2;
  double energy[LADDER_DRAWS];
  int count = 0;
  mi_rng rng = mi_rng_stream(run->options.seed, mi_rng_stage("exchange.ladder"), 0);
  for (int i = 0; i < LADDER_DRAWS; i++) {
    const mi_status status = draw(run, run->replica, &rng);
    if (status != MI_OK) return status;
    if (isfinite(run->replica->energy)) energy[count++] = run->replica->energy;
  }
  qsort(energy, (size_t)count, sizeof *energy, ascending);
  const double spread = count >= 4 ? (energy[3 * count / 4] - energy[count / 4]) / 1.35 : 0;
  *ratio = pow(fmax(spread, 2), 1 / steps);
  return MI_OK;
}

static mi_status make_ladder(mi_exchange *run) {
  const int count = run->options.replicas;
  double ratio = run->options.ratio;
  mi_status status = MI_OK;
  if (ratio == 0) status = automatic_ratio(run, &ratio);
  for (int l = 1; l < count; l++) run->beta[l] = pow(ratio, l + 1 - count);
  return status;
}

/* The start that the model states. */
static mi_status place(mi_exchange *run, mi_replica *r) {
  for (int j = 0; j < run->model.parameters; j++) {
    r->q[j] = run->model.start[j];
    r->z[j] = mi_prior_coordinate(run->model.prior + j, r->q[j]);
  }
  return refresh(run, r);
}

/* A draw that is possible, if one of many is. */
static mi_status start(mi_exchange *run, int l, mi_control *control) {
  if (run->model.start && l >= run->options.replicas / 2) return place(run, run->replica + l);
  for (int i = 0; i < START_DRAWS; i++) {
    if (mi_cancelled(control)) return MI_ECANCEL;
    const mi_status status = draw(run, run->replica + l, run->rng + l);
    if (status != MI_OK) return status;
    if (isfinite(run->replica[l].energy)) return MI_OK;
  }
  return mi_fail(control, MI_ENUMERIC, "none of %d draws from the prior has a finite likelihood",
                 START_DRAWS);
}

mi_status mi_exchange_begin(mi_exchange *run, const mi_exchange_model *model,
                            const mi_exchange_options *options, mi_control *control) {
  memset(run, 0, sizeof *run);
  mi_status status = check(model, options, control);
  if (status != MI_OK) return status;
  run->model = *model;
  run->options = *options;
  status = allocate(run, control);
  if (status == MI_OK) status = make_ladder(run);
  const uint64_t stage = mi_rng_stage("exchange");
  for (int l = 0; l <= options->replicas && status == MI_OK; l++) {
    run->rng[l] = mi_rng_stream(options->seed, stage, (uint64_t)l);
    if (l < options->replicas) status = start(run, l, control);
  }
  if (status != MI_OK) {
    mi_exchange_end(run);
    return status;
  }
  for (int l = 0; l < options->replicas; l++) run->reach[l] = 0.5;
  for (int l = 0; l < options->replicas; l++)
    for (int j = 0; j < model->parameters; j++)
      run->step[(ptrdiff_t)l * model->parameters + j] = mi_prior_spread(model->prior + j);
  return MI_OK;
}

void mi_exchange_end(mi_exchange *run) {
  free(run->numbers);
  free(run->states);
  free(run->energies);
  free(run->samples);
  free(run->replica);
  free(run->rng);
  memset(run, 0, sizeof *run);
}
