/* The two passes over the neighbours of one atom: see plan.h for what they compute, triplets.h and
 * compact.h for how groups do. */
#include <string.h>

#include "core/descriptors/compact.h"
#include "core/descriptors/triplets.h"

/* ---- tables ---------------------------------------------------------------------------------- */

static void tabulate_cutoff(const mi_cutoff_function *f, const mi_symfun_work *w, size_t begin,
                            size_t end, double *row) {
  for (size_t k = begin; k < end; k += MI_V) {
    mi_v ratio, fc = cutoff_at(f, mi_v_load(w->r + k), &ratio);
    if (f->weighted) fc *= mi_v_load(w->weight + k);
    mi_v_store(row + k, fc);
    mi_v_store(row + w->room + k, ratio);
  }
}

static void tabulate_exponential(const mi_exponential *f, const mi_symfun_work *w, size_t begin,
                                 size_t end, const double *list, double *row) {
  const double *a = list + (size_t)f->a * w->room, *b = list + (size_t)f->b * w->room;
  for (size_t k = begin; k < end; k += MI_V) {
    const mi_v t = mi_v_load(w->r + k) - f->rs;
    mi_v_store(row + k, f->a >= 0 ? mi_v_load(a + k) * mi_v_load(b + k)
                                  : mi_v_exp(-f->eta * (t * t)));
  }
}

static void tabulate_compact(const mi_compact_function *f, const mi_symfun_work *w, size_t begin,
                             size_t end, double *row) {
  for (size_t k = begin; k < end; k += MI_V) {
    mi_v slope;
    mi_v c = compact_at(f, mi_v_load(w->r + k), mi_v_load(w->inverse + k), &slope);
    if (f->weighted) {
      c *= mi_v_load(w->weight + k);
      slope *= mi_v_load(w->weight + k);
    }
    mi_v_store(row + k, c);
    mi_v_store(row + w->room + k, slope);
  }
}

/* What is wanted of the neighbours of one element. */
static void tabulate_run(const mi_symfun_plan *plan, const mi_symfun_work *w, int element,
                         size_t begin, size_t end) {
  const mi_exponential *e = plan->exponential + plan->table.first;
  for (int i = 0; i < plan->cutoffs; i++)
    if (plan->cutoff[i].wanted >> element & 1)
      tabulate_cutoff(plan->cutoff + i, w, begin, end, cutoff_row(w, i));
  for (int i = 0; i < plan->table.count; i++)
    if (e[i].wanted >> element & 1)
      tabulate_exponential(e + i, w, begin, end, exponential_row(plan, w, 0),
                           exponential_row(plan, w, i));
  for (int i = 0; i < plan->compacts; i++)
    if (plan->compact[i].wanted >> element & 1)
      tabulate_compact(plan->compact + i, w, begin, end, compact_row(plan, w, i));
}

static void tabulate(const mi_symfun_plan *plan, const mi_symfun_work *w) {
  for (int e = 0; e < MI_SYMFUN_ELEMENTS; e++)
    if (w->begin[e] < w->begin[e + 1]) tabulate_run(plan, w, e, w->begin[e], w->begin[e + 1]);
}

/* ---- radial functions ------------------------------------------------------------------------ */

/* The factors of a radial function: it is the sum of a b over the neighbours. */
static void factors_of(const mi_symfun_plan *plan, const mi_symfun_work *w,
                       const mi_radial_term *t, const double **a, const double **b) {
  *a = t->compact ? compact_row(plan, w, t->factor) : exponential_row(plan, w, t->factor);
  *b = t->compact ? NULL : cutoff_row(w, t->cutoff);
}

static void radial_forward(const mi_symfun_plan *plan, const mi_symfun_work *w, double *value) {
  for (int i = 0; i < plan->radials; i++) {
    const mi_radial_term *t = plan->radial + i;
    const double *a, *b;
    mi_v sum = {0};
    size_t begin, end;
    factors_of(plan, w, t, &a, &b);
    run_of(w, t->element, &begin, &end);
    for (size_t k = begin; k < end; k += MI_V)
      sum += b ? mi_v_load(a + k) * mi_v_load(b + k) : mi_v_load(a + k);
    value[t->function] = mi_v_sum(sum);
  }
}

/* own += weight (e fc)'/r = weight e fc (fc'/(fc r) - 2 eta + 2 eta rs / r), or weight C'/r */
static void radial_backward(const mi_symfun_plan *plan, const mi_symfun_work *w,
                            const double *weight, double *own) {
  for (int i = 0; i < plan->radials; i++) {
    const mi_radial_term *t = plan->radial + i;
    const double wt = weight[t->function], *a, *b;
    const mi_exponential *e = plan->exponential + plan->table.first + t->factor;
    size_t begin, end;
    if (wt == 0) continue;
    factors_of(plan, w, t, &a, &b);
    run_of(w, t->element, &begin, &end);
    for (size_t k = begin; k < end; k += MI_V) {
      mi_v slope;
      if (b) {
        const mi_v ratio = mi_v_load(b + w->room + k), inverse = mi_v_load(w->inverse + k);
        slope = mi_v_load(a + k) * mi_v_load(b + k) *
                (ratio - 2 * e->eta + (2 * e->eta * e->rs) * inverse);
      } else {
        slope = mi_v_load(a + w->room + k);
      }
      add_to(own + k, wt * slope);
    }
  }
}

/* ---- the passes ------------------------------------------------------------------------------ */

void MI_ISA(mi_symfun_forward)(const mi_symfun_plan *plan, mi_symfun_work *work, bool keep,
                               double *value) {
  for (size_t f = 0; f < plan->functions; f++) value[f] = 0;
  tabulate(plan, work);
  radial_forward(plan, work, value);
  begin_keeping(plan, work, keep);
  for (int i = 0; i < plan->groups; i++) {
    if (plan->group[i].compact) compact_forward(plan, plan->group + i, work, value);
    else if (keep) group_forward(plan, i, work, true, value);
    else group_forward(plan, i, work, false, value);
  }
}

void MI_ISA(mi_symfun_backward)(const mi_symfun_plan *plan, mi_symfun_work *work,
                                const double *weight) {
  const size_t n = work->begin[MI_SYMFUN_ELEMENTS];
  double *own = work->scratch;
  memset(own, 0, n * sizeof *own);
  memset(work->gx, 0, n * sizeof *own);
  memset(work->gy, 0, n * sizeof *own);
  memset(work->gz, 0, n * sizeof *own);
  radial_backward(plan, work, weight, own);
  for (int i = 0; i < plan->groups; i++) {
    if (plan->group[i].compact) compact_backward(plan, plan->group + i, work, weight, own);
    else group_backward(plan, i, work, weight, own);
  }
  for (size_t k = 0; k < n; k += MI_V) {
    const mi_v a = mi_v_load(own + k);
    add_to(work->gx + k, a * mi_v_load(work->x + k));
    add_to(work->gy + k, a * mi_v_load(work->y + k));
    add_to(work->gz + k, a * mi_v_load(work->z + k));
  }
}
