/* Checkpoints of an exchange Monte Carlo run: a head, then every array that changes. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/inference/exchange.h"

typedef struct head {
  int64_t parameters, replicas, burn_in, sweeps, thin, done, kept;
  uint64_t seed;
} head;

static head head_of(const mi_exchange *run) {
  const mi_exchange_options *o = &run->options;
  return (head){run->model.parameters, o->replicas, o->burn_in, o->sweeps, o->thin,
                run->done, run->kept, o->seed};
}

/* A place in the bytes; copies to it, or from it. */
typedef struct cursor {
  char *at;
  bool writing;
} cursor;

static void pass(cursor *c, void *data, size_t bytes) {
  if (c->writing) {
    memcpy(c->at, data, bytes);
  } else {
    memcpy(data, c->at, bytes);
  }
  c->at += bytes;
}

static void pass_all(cursor *c, mi_exchange *run) {
  const size_t count = (size_t)run->options.replicas, p = (size_t)run->model.parameters;
  const int64_t past = run->done - run->options.burn_in;
  pass(c, run->beta, count * sizeof(double));
  pass(c, run->acceptance, count * sizeof(double));
  pass(c, run->exchange, count * sizeof(double));
  pass(c, run->step, count * p * sizeof(double));
  pass(c, run->reach, count * sizeof(double));
  pass(c, run->rng, (count + 1) * sizeof(mi_rng));
  for (size_t l = 0; l < count; l++) {
    pass(c, run->replica[l].q, p * sizeof(double));
    pass(c, run->replica[l].z, p * sizeof(double));
    pass(c, &run->replica[l].energy, sizeof(double));
  }
  pass(c, run->energies, past > 0 ? (size_t)past * count * sizeof(double) : 0);
  pass(c, run->samples, (size_t)run->kept * p * sizeof(double));
}

size_t mi_exchange_size(const mi_exchange *run) {
  const size_t count = (size_t)run->options.replicas, p = (size_t)run->model.parameters;
  const int64_t past = run->done - run->options.burn_in;
  const size_t rows = past > 0 ? (size_t)past : 0;
  const size_t numbers = count * (5 + 3 * p + rows) + (size_t)run->kept * p;
  return sizeof(head) + (count + 1) * sizeof(mi_rng) + numbers * sizeof(double);
}

void mi_exchange_save(const mi_exchange *run, void *bytes) {
  mi_exchange copy = *run; /* pass_all only reads its arrays when it writes */
  head h = head_of(run);
  cursor c = {bytes, true};
  pass(&c, &h, sizeof h);
  pass_all(&c, &copy);
}

mi_status mi_exchange_restore(mi_exchange *run, const void *bytes, size_t size,
                              mi_control *control) {
  head h, mine = head_of(run);
  if (size < sizeof h) return mi_fail(control, MI_EINVAL, "checkpoint: cut short");
  memcpy(&h, bytes, sizeof h);
  const int64_t total = h.burn_in + h.sweeps;
  const bool whole = h.done >= 0 && h.done <= total && h.done % MI_EXCHANGE_BLOCK == 0 &&
                     h.kept == (h.done > h.burn_in ? (h.done - h.burn_in) / h.thin : 0);
  mine.done = h.done, mine.kept = h.kept;
  if (!whole || memcmp(&mine, &h, sizeof h) != 0)
    return mi_fail(control, MI_EINVAL, "checkpoint: of another run (model, options or seed)");
  mi_exchange trial = *run;
  trial.done = h.done, trial.kept = h.kept;
  if (mi_exchange_size(&trial) != size) return mi_fail(control, MI_EINVAL, "checkpoint: cut short");
  *run = trial;
  char *copy = MI_NEW(char, size);
  if (!copy) return mi_fail(control, MI_ENOMEM, "out of memory");
  memcpy(copy, bytes, size);
  cursor c = {copy + sizeof h, false};
  pass_all(&c, run);
  free(copy);
  return MI_OK;
}
