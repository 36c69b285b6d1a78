/* Fits without a start: random starts of the data's own scale, improved by a few steps; the most
 * promising are brought to convergence.
 *
 * After the first third, a start is one of the best so far with one branch drawn anew: so a circuit
 * grows branch by branch, where one that describes nothing yet is free to find what is left, and
 * the rest need not be found again.
 *
 * An element is drawn by an impedance z and a frequency w at which it shall have it, both
 * log-uniform in what the spectrum covers: R = z, C = 1 / (w z), tau = 1 / w. Start number i is
 * drawn from its own stream, and ties are broken by number. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/rng.h"
#include "core/circuit/amplitude.h"
#include "core/circuit/fit.h"
#include "core/circuit/relatives.h"
#include "core/circuit/symmetry.h"

enum { KEPT = 64, PARENTS = 3 };
#define SAME 1e-2 /* relative difference of SSR of fits that are on their way to one optimum */

static double between(mi_rng *rng, double low, double high) {
  return low + (high - low) * mi_rng_uniform(rng);
}

/* theta of an element's parameters, from ln z and ln w. */
static void draw_element(mi_circuit_kind kind, double z, double w, mi_rng *rng, double *theta) {
  const double a = between(rng, 0.4, 1), shape = between(rng, -1, 1);
  const double rest[MI_CIRCUIT_MOST_PER_ELEMENT] = {z, -w, a, between(rng, 0.4, 1)};
  memcpy(theta, rest, (size_t)mi_circuit_element_of(kind)->parameters * sizeof *theta);
  switch (kind) {
    case MI_CIRCUIT_C: theta[0] = -w - z; break;
    case MI_CIRCUIT_L: theta[0] = z - w; break;
    case MI_CIRCUIT_W: theta[0] = z + 0.5 * w; break;
    case MI_CIRCUIT_CPE:
      theta[0] = -z - a * w;
      theta[1] = a;
      break;
    case MI_CIRCUIT_LA:
      theta[0] = z / a - w;
      theta[1] = a;
      break;
    case MI_CIRCUIT_GS: theta[2] = shape; break;
    case MI_CIRCUIT_TLMQ: theta[1] = -z - a * w; break;
    case MI_CIRCUIT_WOA:
    case MI_CIRCUIT_WSA: theta[2] = 0.5 * a + 0.1; break;
    case MI_CIRCUIT_T:
      theta[1] = z + shape;
      theta[2] = shape;
      theta[3] = -w;
      break;
    default: break;
  }
}

static bool below(const mi_circuit *c, int i, int top) {
  while (i >= 0 && i != top) i = c->node[i].parent;
  return i == top;
}

/* Draws the elements at and below node `top`. */
static void draw(const mi_circuit_problem *problem, const mi_circuit_data *data, int top,
                 mi_rng *rng, double *theta) {
  const mi_circuit *c = &problem->circuit;
  const double *ln_w = data->grid.log;
  const double first = ln_w[0], last = ln_w[data->grid.n - 1];
  const double low = fmin(first, last) - 1, high = fmax(first, last) + 1;
  double all[MI_CIRCUIT_PARAMETERS];
  for (int i = 0; i < c->nodes; i++) {
    if (c->node[i].kind >= MI_CIRCUIT_SERIES || !below(c, i, top)) continue;
    const double z = between(rng, log(data->low) - 1, log(data->high)), w = between(rng, low, high);
    double *drawn = all + c->node[i].first;
    draw_element(c->node[i].kind, z, w, rng, drawn);
    for (int k = mi_circuit_element_of(c->node[i].kind)->parameters - 1; k >= 0; k--) {
      const int at = c->node[i].first + k, v = problem->map[at];
      if (v >= 0) theta[v] = all[at] - problem->offset[at];
    }
  }
}

/* The best so far, by rising cost. */
typedef struct pool {
  int count, room;
  mi_circuit_fit fit[KEPT];
} pool;

static void keep(pool *p, const mi_circuit_fit *fit) {
  int at = p->count;
  while (at > 0 && p->fit[at - 1].cost > fit->cost) at--;
  if (at > 0 && fit->cost - p->fit[at - 1].cost <= SAME * fit->cost) return;
  if (at == p->room) return;
  if (p->count < p->room) p->count++;
  memmove(p->fit + at + 1, p->fit + at, (size_t)(p->count - 1 - at) * sizeof *fit);
  p->fit[at] = *fit;
}

mi_circuit_search_options mi_circuit_search_default(const mi_circuit_problem *problem) {
  return (mi_circuit_search_options){.starts = 40 * problem->variables, .seed = 1};
}

static void try_start(const mi_circuit_problem *problem, const double *theta, pool *p,
                      mi_circuit_engine *engine, const mi_control *control) {
  const mi_circuit_stop few = {30, 1e-3, false};
  mi_circuit_fit trial;
  memcpy(trial.theta, theta, (size_t)problem->variables * sizeof *theta);
  mi_circuit_improve(problem, &few, engine, &trial, control);
  keep(p, &trial);
}

static int room_for(int starts) {
  const int part = starts / 8;
  return part < 2 ? 2 : part > KEPT ? KEPT : part;
}

/* One of the best so far with one branch or element drawn anew. */
static void redraw(const mi_circuit_problem *problem, const mi_circuit_data *data, const pool *p,
                   mi_rng *rng, double *theta) {
  const int among = p->count < PARENTS ? p->count : PARENTS;
  const mi_circuit_fit *parent = &p->fit[mi_rng_below(rng, (uint64_t)among)];
  const int node = (int)mi_rng_below(rng, (uint64_t)problem->circuit.nodes - 1);
  memcpy(theta, parent->theta, (size_t)problem->variables * sizeof *theta);
  draw(problem, data, node, rng, theta);
}

/* The most promising of all starts. */
static void gather(const mi_circuit_problem *problem, const mi_circuit_search_options *options,
                   const double *start, mi_circuit_engine *engine, pool *p,
                   const mi_control *control) {
  const uint64_t stage = mi_rng_stage("circuit.search");
  const int root = problem->circuit.nodes - 1;
  double theta[MI_CIRCUIT_PARAMETERS];
  p->room = room_for(options->starts);
  if (start) try_start(problem, start, p, engine, control);
  for (int i = 0; i < options->starts && !mi_cancelled(control); i++) {
    if (p->count > 0 && p->fit[0].cost <= options->enough) return;
    mi_rng rng = mi_rng_stream(options->seed, stage, (uint64_t)i);
    if (root == 0 || p->count == 0 || i < (options->starts + 2) / 3)
      draw(problem, engine->data, root, &rng, theta);
    else
      redraw(problem, engine->data, p, &rng, theta);
    if (i % 2 == 0) mi_circuit_amplitudes(problem, engine, theta);
    try_start(problem, theta, p, engine, control);
  }
}

void mi_circuit_search(const mi_circuit_problem *problem, const mi_circuit_search_options *options,
                       const double *start, mi_circuit_engine *engine, mi_circuit_fit *fit,
                       const mi_control *control) {
  const mi_circuit_stop many = {300, 1e-9, false}, last = {1000, 1e-9, true};
  pool p = {0};
  gather(problem, options, start, engine, &p, control);
  *fit = p.fit[0];
  for (int i = 0; i < p.count && fit->cost > options->enough; i++) {
    mi_circuit_improve(problem, &many, engine, &p.fit[i], control);
    if (i == 0 || p.fit[i].cost < fit->cost) *fit = p.fit[i];
  }
  mi_circuit_improve(problem, &last, engine, fit, control);
  mi_circuit_order(problem, start, fit->theta);
}

static int by_cost(const void *a, const void *b) {
  const double p = ((const mi_circuit_fit *)a)->cost, q = ((const mi_circuit_fit *)b)->cost;
  return (p > q) - (p < q);
}

int mi_circuit_optima(const mi_circuit_problem *problem, const mi_circuit_search_options *options,
                      const double *start, mi_circuit_engine *engine, int most,
                      mi_circuit_fit *found, const mi_control *control) {
  const mi_circuit_stop last = {300, 1e-9, true};
  pool p = {0};
  gather(problem, options, start, engine, &p, control);
  const int count = p.count < most ? p.count : most;
  for (int i = 0; i < count; i++) {
    mi_circuit_improve(problem, &last, engine, &p.fit[i], control);
    mi_circuit_order(problem, start, p.fit[i].theta);
  }
  qsort(p.fit, (size_t)count, sizeof *p.fit, by_cost);
  memcpy(found, p.fit, (size_t)count * sizeof *found);
  return count;
}

void mi_circuit_search_relatives(const mi_circuit_problem *problem, const mi_circuit *others,
                                 const mi_circuit_fit *fits, size_t count, size_t self,
                                 const mi_circuit_search_options *options,
                                 mi_circuit_engine *engine, mi_circuit_fit *fit,
                                 const mi_control *control) {
  const mi_circuit_stop many = {300, 1e-9, false}, last = {1000, 1e-9, true};
  const uint64_t stage = mi_rng_stage("circuit.relatives");
  const mi_circuit_grid *grid = &engine->data->grid;
  const double middle = 0.5 * (grid->log[0] + grid->log[grid->n - 1]);
  const int root = problem->circuit.nodes - 1;
  double theta[MI_CIRCUIT_PARAMETERS];
  pool p = {.room = 4};
  for (size_t j = 0; j < count; j++)
    for (int i = 0; i < options->starts && !mi_cancelled(control); i++) {
      mi_rng rng = mi_rng_stream(options->seed, stage,
                                 (self * count + j) * (uint64_t)options->starts + (uint64_t)i);
      draw(problem, engine->data, root, &rng, theta);
      if (j == self || fits[j].cost > 1e4 * fit->cost) continue;
      if (mi_circuit_take_over(&problem->circuit, &others[j], fits[j].theta, middle, &rng, theta) ==
          0)
        continue;
      mi_circuit_amplitudes(problem, engine, theta);
      try_start(problem, theta, &p, engine, control);
    }
  bool better = false;
  for (int i = 0; i < p.count && fit->cost > options->enough; i++) {
    mi_circuit_improve(problem, &many, engine, &p.fit[i], control);
    if (!(p.fit[i].cost < fit->cost)) continue;
    *fit = p.fit[i];
    better = true;
  }
  if (!better) return;
  mi_circuit_improve(problem, &last, engine, fit, control);
  mi_circuit_order(problem, NULL, fit->theta);
}
