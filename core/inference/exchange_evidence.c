/* Free energies from the energies of an exchange Monte Carlo run; see exchange.h.
 *
 * Everything is a function of sums over sweeps at each temperature, which are kept by blocks of
 * sweeps: of E, of E^2 (both from a reference energy), and of the terms of the bridges. The jackknife
 * leaves out one block after the other.
 *
 * A bridge (C. H. Bennett, J. Comput. Phys. 22, 245 (1976)) joins the temperatures b < b' with
 * evidences Z, Z': with w = (b' - b) E and f(u) = 1 / (1 + e^u),
 *
 *     log Z' / Z = log < f(w - c) > - log < f(c - w) >' - c
 *
 * for any c, of least variance where c = -log Z' / Z. */
#include <math.h>

#include "core/base/memory.h"
#include "core/inference/exchange.h"
#include "core/inference/jackknife.h"

enum { ROUNDS = 4 /* that find c, the error of which is then far below the noise */ };

typedef struct sums {
  double count, first, second;
  double up, down; /* f(w - c) of the bridge to the next temperature, f(c - w) of that before */
} sums;

typedef struct temperature {
  double beta;
  double reference; /* an energy, that the sums of E and E^2 count from */
  double shift;     /* c of the bridge to the next temperature */
  sums all, block[MI_BLOCKS];
} temperature;

/* The energies at one temperature are `count` apart. */
typedef struct series {
  const double *energy;
  int64_t rows;
  int count;
} series;

static series series_of(const mi_exchange *run, int l, int64_t rows) {
  return (series){run->energies + l, rows, run->options.replicas};
}

/* ---- bridges --------------------------------------------------------------------------------- */

static double fermi(double u) { return 1 / (1 + exp(u)); }

/* < f(sign (d E - c)) > */
static double mean_fermi(series s, double d, double c, double sign) {
  double sum = 0;
  for (int64_t i = 0; i < s.rows; i++) sum += fermi(sign * (d * s.energy[i * s.count] - c));
  return sum / (double)s.rows;
}

/* -log < exp(-d E) >: the ratio of evidences by the lower temperature alone, where c begins. */
static double one_sided(series s, double d) {
  double least = HUGE_VAL, sum = 0;
  for (int64_t i = 0; i < s.rows; i++) least = fmin(least, s.energy[i * s.count]);
  for (int64_t i = 0; i < s.rows; i++) sum += exp(-d * (s.energy[i * s.count] - least));
  return d * least - log(sum / (double)s.rows);
}

static double find_shift(series lower, series upper, double d) {
  double c = one_sided(lower, d);
  for (int i = 0; i < ROUNDS; i++) {
    const double up = mean_fermi(lower, d, c, 1), down = mean_fermi(upper, d, c, -1);
    if (up > 0 && down > 0) c -= log(up / down);
  }
  return c;
}

/* ---- sums ------------------------------------------------------------------------------------ */

static void add(sums *s, double e, double up, double down) {
  s->count += 1;
  s->first += e;
  s->second += e * e;
  s->up += up;
  s->down += down;
}

static sums without(const temperature *t, int block) {
  sums s = t->all;
  if (block < 0) return s;
  s.count -= t->block[block].count;
  s.first -= t->block[block].first;
  s.second -= t->block[block].second;
  s.up -= t->block[block].up;
  s.down -= t->block[block].down;
  return s;
}

/* Infinite energies (b = 0 alone) are no part of the next distribution: f is 0 there. Their other
 * sums are not used. */
static void collect(const mi_exchange *run, int l, int64_t rows, temperature *t) {
  const series s = series_of(run, l, rows);
  const double above = l + 1 < s.count ? t[1].beta - t->beta : 0;
  const double below = l > 0 ? t->beta - t[-1].beta : 0;
  for (int64_t i = 0; i < rows; i++) {
    const double e = s.energy[i * s.count];
    const double up = fermi(above * e - t->shift);
    const double down = l > 0 ? fermi(t[-1].shift - below * e) : 0;
    add(t->block + i * MI_BLOCKS / rows, e - t->reference, up, down);
    add(&t->all, e - t->reference, up, down);
  }
}

static void collect_all(const mi_exchange *run, int64_t rows, temperature *t) {
  const int count = run->options.replicas;
  const double reference = run->energies[rows * count - 1];
  for (int l = 0; l < count; l++)
    t[l] = (temperature){.beta = run->beta[l], .reference = reference};
  for (int l = 0; l + 1 < count; l++)
    t[l].shift = find_shift(series_of(run, l, rows), series_of(run, l + 1, rows),
                            t[l + 1].beta - t[l].beta);
  for (int l = 0; l < count; l++) collect(run, l, rows, t + l);
}

/* ---- estimators ------------------------------------------------------------------------------ */

static double log_bridge(const temperature *t, int block) {
  const sums lower = without(t, block), upper = without(t + 1, block);
  return log(lower.up / lower.count) - log(upper.down / upper.count) - t->shift;
}

static double bridges(const temperature *t, int count, int block) {
  double total = 0;
  for (int l = 0; l + 1 < count; l++) total += log_bridge(t + l, block);
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
  return log_bridge(t, block) + integral(t, count, 1, block);
}

/* ---- errors ---------------------------------------------------------------------------------- */

typedef double estimator(const temperature *t, int count, int block);

static double jackknife(estimator *f, const temperature *t, int count) {
  double without_block[MI_BLOCKS];
  for (int b = 0; b < MI_BLOCKS; b++) without_block[b] = f(t, count, b);
  return mi_jackknife(without_block, MI_BLOCKS);
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
  temperature *t = rows >= MI_BLOCKS ? MI_NEW(temperature, (size_t)count) : NULL;
  if (!t) return;
  collect_all(run, rows, t);
  evidence->bridge = bridges(t, count, -1);
  evidence->bridge_error = jackknife(bridges, t, count);
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
