/* Free energies from the energies of an exchange Monte Carlo run; see exchange.h.
 *
 * Everything is a function of three sums over sweeps at each temperature, which are kept by blocks
 * of sweeps: of E, of E^2 (both from a reference energy) and of the stones exp(-db (E - least)).
 * The jackknife leaves out one block after the other. */
#include <math.h>

#include "core/base/memory.h"
#include "core/inference/exchange.h"

enum { BLOCKS = 20 };

typedef struct sums {
  double count, first, second, stone;
} sums;

typedef struct temperature {
  double beta, next; /* next: the b above */
  double reference;  /* an energy, that the sums of E and E^2 count from */
  double least;      /* energy */
  sums all, block[BLOCKS];
} temperature;

static void add(sums *s, double e, double stone) {
  s->count += 1;
  s->first += e;
  s->second += e * e;
  s->stone += stone;
}

static sums without(const temperature *t, int block) {
  sums s = t->all;
  if (block < 0) return s;
  s.count -= t->block[block].count;
  s.first -= t->block[block].first;
  s.second -= t->block[block].second;
  s.stone -= t->block[block].stone;
  return s;
}

/* Infinite energies (b = 0 alone) count as stones of weight 0; other sums are not used there. */
static void collect(const mi_exchange *run, int l, int64_t rows, double reference,
                    temperature *t) {
  const int count = run->options.replicas;
  const double *e = run->energies + l;
  *t = (temperature){.beta = run->beta[l], .reference = reference, .least = HUGE_VAL};
  t->next = l + 1 < count ? run->beta[l + 1] : t->beta;
  for (int64_t i = 0; i < rows; i++) t->least = fmin(t->least, e[i * count]);
  for (int64_t i = 0; i < rows; i++) {
    const double stone = exp(-(t->next - t->beta) * (e[i * count] - t->least));
    add(t->block + i * BLOCKS / rows, e[i * count] - reference, stone);
    add(&t->all, e[i * count] - reference, stone);
  }
}

static double log_stone(const temperature *t, int block) {
  const sums s = without(t, block);
  return log(s.stone / s.count) - (t->next - t->beta) * t->least;
}

static double stepping(const temperature *t, int count, int block) {
  double total = 0;
  for (int l = 0; l + 1 < count; l++) total += log_stone(t + l, block);
  return total;
}

/* g = b (<E> - reference) and its derivative by u = log b, dg/du = g - b^2 Var E. */
static void slope(const temperature *t, int block, double *g, double *dg) {
  const sums s = without(t, block);
  const double mean = s.first / s.count, variance = s.second / s.count - mean * mean;
  *g = t->beta * mean;
  *dg = *g - t->beta * t->beta * variance;
}

/* -int <E> db from the second temperature on, over every `stride`-th. */
static double integral(const temperature *t, int count, int stride, int block) {
  double total = -(1 - t[1].beta) * t[1].reference;
  for (int l = 1; l + 1 < count;) {
    const int to = l + stride < count ? l + stride : count - 1;
    const double h = log(t[to].beta / t[l].beta);
    double g0, d0, g1, d1;
    slope(t + l, block, &g0, &d0);
    slope(t + to, block, &g1, &d1);
    total -= 0.5 * h * (g0 + g1) + h * h / 12 * (d0 - d1);
    l = to;
  }
  return total;
}

static double mean_energy(const temperature *t, int count, int block) {
  const sums s = without(t + count - 1, block);
  return s.first / s.count + t[count - 1].reference;
}

static double integration(const temperature *t, int count, int block) {
  return log_stone(t, block) + integral(t, count, 1, block);
}

typedef double estimator(const temperature *t, int count, int block);

static double jackknife(estimator *f, const temperature *t, int count) {
  double value[BLOCKS], mean = 0, square = 0;
  for (int b = 0; b < BLOCKS; b++) mean += (value[b] = f(t, count, b)) / BLOCKS;
  for (int b = 0; b < BLOCKS; b++) square += (value[b] - mean) * (value[b] - mean);
  return sqrt(square * (BLOCKS - 1) / BLOCKS);
}

/* Halving the step of a rule of fourth order leaves 1/15 of the difference; a quarter is said,
 * since a ladder with a transition is not yet in that regime. */
static double rule_error(const temperature *t, int count) {
  return fabs(integral(t, count, 1, -1) - integral(t, count, 2, -1)) / 4;
}

static int64_t rows_of(const mi_exchange *run) {
  return run->done > run->options.burn_in ? run->done - run->options.burn_in : 0;
}

void mi_exchange_evidence(const mi_exchange *run, mi_evidence *evidence) {
  const int count = run->options.replicas;
  const int64_t rows = rows_of(run);
  *evidence = (mi_evidence){NAN, NAN, NAN, NAN, NAN, NAN};
  temperature *t = rows >= BLOCKS ? MI_NEW(temperature, (size_t)count) : NULL;
  if (!t) return;
  const double reference = run->energies[rows * count - 1];
  for (int l = 0; l < count; l++) collect(run, l, rows, reference, t + l);
  evidence->stepping = stepping(t, count, -1);
  evidence->stepping_error = jackknife(stepping, t, count);
  evidence->integration = integration(t, count, -1);
  evidence->integration_error = hypot(jackknife(integration, t, count), rule_error(t, count));
  evidence->energy = mean_energy(t, count, -1);
  evidence->energy_error = jackknife(mean_energy, t, count);
  free(t);
}

double mi_exchange_wbic(const mi_exchange *run, double n) {
  const int count = run->options.replicas;
  const double beta = 1 / log(n);
  const int64_t rows = rows_of(run);
  int l = count - 1;
  while (l > 1 && run->beta[l] > beta) l--;
  double least = HUGE_VAL, weight = 0, total = 0;
  for (int64_t i = 0; i < rows; i++) least = fmin(least, run->energies[i * count + l]);
  for (int64_t i = 0; i < rows; i++) {
    const double e = run->energies[i * count + l] - least;
    const double w = exp(-(beta - run->beta[l]) * e);
    weight += w;
    total += w * e;
  }
  return total / weight + least;
}
