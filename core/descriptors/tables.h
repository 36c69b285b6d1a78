/* What the kernels read of the neighbours of one atom: rows of the table, runs of places. Included
 * in .isa.c files only. */
#ifndef MI_SYMFUN_TABLES_H
#define MI_SYMFUN_TABLES_H

#include "core/base/vmath_lanes.h"
#include "core/descriptors/functions.h"

/* Row of fc of a cutoff function; the next one is fc'/(fc r). */
INLINE double *cutoff_row(const mi_symfun_work *w, int cutoff) {
  return w->table + 2 * (size_t)cutoff * w->room;
}

/* Row of an exponential of neighbours. */
INLINE double *exponential_row(const mi_symfun_plan *plan, const mi_symfun_work *w, int e) {
  return w->table + (size_t)(2 * plan->cutoffs + e) * w->room;
}

/* Row of C of a compact function; the next one is C'/r. */
INLINE double *compact_row(const mi_symfun_plan *plan, const mi_symfun_work *w, int c) {
  return w->table + (size_t)(2 * plan->cutoffs + plan->table.count + 2 * c) * w->room;
}

/* The places of an element, or of all. */
INLINE void run_of(const mi_symfun_work *w, int element, size_t *begin, size_t *end) {
  *begin = element == MI_SYMFUN_ALL ? 0 : w->begin[element];
  *end = w->begin[element == MI_SYMFUN_ALL ? MI_SYMFUN_ELEMENTS : element + 1];
}

INLINE void add_to(double *p, mi_v v) { mi_v_store(p, mi_v_load(p) + v); }

/* The k of [*k, end) that make a pair with j when both are of one element: those after it. */
INLINE mi_vi after(size_t k, size_t j) {
  return (mi_vi)(mi_v_numbers() + (int64_t)k > (int64_t)j);
}

/* The weights of functions times their norms, from the group's first term; which legs have any,
 * and which angle functions are wanted for them. */
typedef struct weights {
  double *term;
  int legs, *leg;
  int angles, *angle;
} weights;

/* Where a plan's weights stand in scratch. */
static weights weights_at(const mi_symfun_plan *plan, double *place) {
  int *leg = (int *)(void *)(place + plan->most_terms);
  return (weights){.term = place, .leg = leg, .angle = leg + plan->most_legs};
}

static void want_angle(weights *w, int angle) {
  for (int i = 0; i < w->angles; i++)
    if (w->angle[i] == angle) return;
  w->angle[w->angles++] = angle;
}

/* False when no function of the group has a weight. */
static bool weigh(const mi_symfun_plan *plan, const mi_group *g, const double *weight,
                  weights *w) {
  const int first = plan->leg[g->leg].first;
  w->legs = w->angles = 0;
  for (int l = 0; l < g->legs; l++) {
    const mi_leg *leg = plan->leg + g->leg + l;
    bool any = false;
    for (int k = leg->first; k < leg->first + leg->terms; k++) {
      const mi_angular_term *t = plan->term + k;
      w->term[k - first] = t->norm * weight[t->function];
      any = any || w->term[k - first] != 0;
    }
    if (!any) continue;
    w->leg[w->legs++] = l;
    for (int k = leg->first; k < leg->first + leg->terms; k++) want_angle(w, plan->term[k].angle);
  }
  return w->legs > 0;
}

#endif
