/* Making plans: finding what functions share. */
#include "core/descriptors/plan.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

#define DEGREE 0.017453292519943295769

/* ---- what a function is made of -------------------------------------------------------------- */

static int shape_of(mi_symfun_core core) { return 4 + ((int)core + 1) / 2; }

static mi_pair_function pair_of(const mi_symfun *f) {
  mi_pair_function p = {.compact = mi_symfun_compact(f->type),
                        .weighted = mi_symfun_weighted(f->type), .rc = f->rc};
  if (p.compact) {
    p.shape = shape_of(f->core);
    p.asymmetric = f->core != MI_CORE_E && (int)f->core % 2 == 0;
    p.rl = f->rl;
    p.inner = (f->rl + f->rc) / 2;
    p.scale = 2 / (f->rc - f->rl);
  } else {
    const bool tanh_type = f->cutoff == 2 || f->cutoff == 3; /* they take no alpha */
    p.shape = f->cutoff;
    p.eta = f->eta;
    p.rs = f->rs;
    p.rl = -HUGE_VAL;
    p.inner = tanh_type ? 0 : f->alpha * f->rc;
    p.scale = 1 / (f->rc - p.inner);
  }
  return p;
}

static bool same_pair(const mi_pair_function *a, const mi_pair_function *b) {
  return a->compact == b->compact && a->asymmetric == b->asymmetric &&
         a->weighted == b->weighted && a->shape == b->shape && a->eta == b->eta &&
         a->rs == b->rs && a->rl == b->rl && a->rc == b->rc && a->inner == b->inner;
}

static mi_angle_function angle_of(const mi_symfun *f) {
  mi_angle_function a = {.compact = mi_symfun_compact(f->type)};
  if (a.compact) {
    a.shape = shape_of(f->core);
    a.center = (f->left + f->right) / 2 * DEGREE;
    a.scale = 2 / ((f->right - f->left) * DEGREE);
  } else {
    a.lambda = f->lambda;
    a.zeta = f->zeta;
    a.power = f->zeta == floor(f->zeta) && f->zeta <= 256 ? (int)f->zeta : 0;
  }
  return a;
}

static bool same_angle(const mi_angle_function *a, const mi_angle_function *b) {
  return a->compact == b->compact && a->shape == b->shape && a->lambda == b->lambda &&
         a->zeta == b->zeta && a->center == b->center && a->scale == b->scale;
}

static bool narrow(int type) { return type == 3 || type == 13 || type == 21 || type == 24; }

/* Whether the triplets of two functions are those of one group. Compact functions differ in their
 * supports, which their own P takes care of. */
static bool same_group(const mi_symfun *a, const mi_symfun *b) {
  if (narrow(a->type) != narrow(b->type) || a->e1 != b->e1 || a->e2 != b->e2) return false;
  if (mi_symfun_weighted(a->type) != mi_symfun_weighted(b->type)) return false;
  if (mi_symfun_compact(a->type)) return mi_symfun_compact(b->type);
  return !mi_symfun_compact(b->type) && a->rc == b->rc && a->cutoff == b->cutoff &&
         a->alpha == b->alpha;
}

/* ---- putting them together ------------------------------------------------------------------- */

static int slot_of(const mi_symfun_set *set, int number) {
  return number == 0 ? MI_SYMFUN_ALL : set->slot[number];
}

static uint32_t bits_of(const mi_symfun_set *set, const mi_symfun *f) {
  if (f->e1 == 0) return (uint32_t)((UINT64_C(1) << set->elements) - 1);
  const uint32_t one = UINT32_C(1) << set->slot[f->e1];
  return f->e2 == 0 ? one : one | UINT32_C(1) << set->slot[f->e2];
}

/* The pair function of f, added if it is new. */
static int find_pair(mi_symfun_plan *plan, const mi_symfun_set *set, const mi_symfun *f) {
  const mi_pair_function p = pair_of(f);
  int i = 0;
  while (i < plan->pairs && !same_pair(plan->pair + i, &p)) i++;
  if (i == plan->pairs) plan->pair[plan->pairs++] = p;
  plan->pair[i].wanted |= bits_of(set, f);
  return i;
}

static int find_angle(mi_symfun_plan *plan, mi_group *g, const mi_symfun *f) {
  const mi_angle_function a = angle_of(f);
  int i = 0;
  while (i < g->angles && !same_angle(plan->angle + g->angle + i, &a)) i++;
  if (i == g->angles) plan->angle[g->angle + g->angles++] = a;
  return i;
}

/* Adds a leg with all functions of the group that use the pair function; terms are in one row, leg
 * after leg. */
static void add_leg(mi_symfun_plan *plan, mi_group *g, const mi_symfun *function, size_t n,
                    size_t start, const int *pair, int *terms) {
  mi_leg *leg = plan->leg + g->leg + g->legs++;
  *leg = (mi_leg){.pair = pair[start], .first = *terms};
  for (size_t i = start; i < n; i++) {
    const mi_symfun *f = function + i;
    if (pair[i] != pair[start] || !mi_symfun_angular(f->type) || !same_group(function + start, f))
      continue;
    const double norm = mi_symfun_compact(f->type) ? 1 : exp2(1 - f->zeta);
    plan->term[(*terms)++] = (mi_angular_term){(int)i, find_angle(plan, g, f), norm};
    leg->terms++;
  }
}

static int round_up(int n) { return (n + 7) / 8 * 8; }

static int larger(int a, int b) { return a > b ? a : b; }

/* Adds the group of function `start`, which is in none yet; marks its members as done. */
static void add_group(mi_symfun_plan *plan, const mi_symfun_set *set, const mi_symfun *function,
                      size_t n, size_t start, const int *pair, bool *done, int *legs,
                      int *angles, int *terms) {
  const mi_symfun *f = function + start;
  const int first = *terms;
  mi_group *g = plan->group + plan->groups++;
  *g = (mi_group){.e1 = slot_of(set, f->e1), .e2 = slot_of(set, f->e2), .narrow = narrow(f->type),
                  .compact = mi_symfun_compact(f->type), .leg = *legs, .angle = *angles};
  for (size_t i = start; i < n; i++) {
    if (done[i] || !same_group(f, function + i)) continue;
    g->rc = fmax(g->rc, function[i].rc);
    bool old = false;
    for (int l = 0; l < g->legs; l++) old = old || plan->leg[g->leg + l].pair == pair[i];
    if (!old) add_leg(plan, g, function, n, i, pair, terms);
    done[i] = true;
  }
  *legs += g->legs;
  *angles += g->angles;
  plan->most_legs = larger(plan->most_legs, round_up(g->legs));
  plan->most_angles = larger(plan->most_angles, round_up(g->angles));
  plan->most_terms = larger(plan->most_terms, round_up(*terms - first));
}

static void list_felt(mi_symfun_plan *plan, const mi_symfun_set *set, const mi_symfun *function,
                      size_t n) {
  for (int e = 0; e <= set->elements; e++) {
    uint32_t *list = plan->felt + (size_t)e * n;
    for (size_t i = 0; i < n; i++)
      if (e == set->elements || bits_of(set, function + i) >> e & 1)
        list[plan->felt_count[e]++] = (uint32_t)i;
  }
}

mi_symfun_felt mi_symfun_felt_by(const mi_symfun_set *set, int element, int column) {
  const mi_symfun_plan *plan = set->plan[element];
  return (mi_symfun_felt){plan->felt_count[column],
                          plan->felt + (size_t)column * plan->functions};
}

static void fill(mi_symfun_plan *plan, const mi_symfun_set *set, const mi_symfun *function,
                 size_t n, int *pair, bool *done) {
  int legs = 0, angles = 0, terms = 0;
  for (size_t i = 0; i < n; i++) {
    const mi_symfun *f = function + i;
    pair[i] = find_pair(plan, set, f);
    done[i] = !mi_symfun_angular(f->type);
    if (done[i])
      plan->radial[plan->radials++] = (mi_radial_term){(int)i, pair[i], slot_of(set, f->e1)};
  }
  for (size_t i = 0; i < n; i++)
    if (!done[i]) add_group(plan, set, function, n, i, pair, done, &legs, &angles, &terms);
}

mi_symfun_plan *mi_symfun_plan_make(const mi_symfun_set *set, const mi_symfun *function,
                                    size_t n) {
  mi_symfun_plan *plan = MI_NEW_ZERO(mi_symfun_plan, 1);
  int *pair = MI_NEW(int, n);
  bool *done = MI_NEW(bool, n);
  if (plan) {
    plan->functions = n;
    plan->pair = MI_NEW_ZERO(mi_pair_function, n);
    plan->radial = MI_NEW_ZERO(mi_radial_term, n);
    plan->group = MI_NEW_ZERO(mi_group, n);
    plan->leg = MI_NEW_ZERO(mi_leg, n);
    plan->angle = MI_NEW_ZERO(mi_angle_function, n);
    plan->term = MI_NEW_ZERO(mi_angular_term, n);
    plan->felt = MI_NEW_ZERO(uint32_t, ((size_t)set->elements + 1) * n);
  }
  if (plan && pair && done && plan->pair && plan->radial && plan->group && plan->leg &&
      plan->angle && plan->term && plan->felt) {
    fill(plan, set, function, n, pair, done);
    list_felt(plan, set, function, n);
  } else {
    mi_symfun_plan_free(plan);
    plan = NULL;
  }
  free(pair);
  free(done);
  return plan;
}

void mi_symfun_plan_free(mi_symfun_plan *plan) {
  if (!plan) return;
  free(plan->pair);
  free(plan->radial);
  free(plan->group);
  free(plan->leg);
  free(plan->angle);
  free(plan->term);
  free(plan->felt);
  free(plan);
}

/* ---- work ------------------------------------------------------------------------------------ */

size_t mi_symfun_scratch(const mi_symfun_plan *plan, size_t room) {
  const size_t legs = (size_t)plan->most_legs, angles = (size_t)plan->most_angles,
               terms = (size_t)plan->most_terms, vector = 8;
  const size_t rows = 1 + 6 + 2 * legs;      /* own; those of triplets_in */
  const size_t forward = legs + vector * (angles + terms);
  const size_t backward = 2 * legs + vector * 2 * angles + terms + legs;
  return rows * (room + 8) + forward + backward;
}

mi_status mi_symfun_work_alloc(mi_symfun_work *work, const mi_symfun_set *set,
                               const mi_neighbours *list, const mi_symfun_work *other) {
  size_t pairs = 0, scratch = 0;
  *work = (mi_symfun_work){.room = (list->most + 7) / 8 * 8 + 8 * (size_t)set->elements};
  const size_t room = work->room;
  for (int e = 0; e < set->elements; e++) {
    const size_t own = mi_symfun_scratch(set->plan[e], room);
    if (own > scratch) scratch = own;
    if ((size_t)set->plan[e]->pairs > pairs) pairs = (size_t)set->plan[e]->pairs;
  }
  double *block = MI_NEW(double, (9 + 2 * pairs) * room + (other ? 0 : scratch));
  work->index = MI_NEW(uint32_t, room);
  if (!block || !work->index) {
    free(block);
    free(work->index);
    *work = (mi_symfun_work){0};
    return MI_ENOMEM;
  }
  double **rows[] = {&work->x, &work->y, &work->z, &work->r, &work->inverse, &work->weight,
                     &work->gx, &work->gy, &work->gz, &work->table};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) *rows[i] = block + i * room;
  work->scratch = other ? other->scratch : work->table + 2 * pairs * room;
  return MI_OK;
}

void mi_symfun_work_free(mi_symfun_work *work) {
  free(work->x);
  free(work->index);
  *work = (mi_symfun_work){0};
}

#define FAR 1e6

static void leave_over(mi_symfun_work *w, size_t k) {
  w->index[k] = UINT32_MAX;
  w->x[k] = w->r[k] = FAR;
  w->y[k] = w->z[k] = w->weight[k] = 0;
  w->inverse[k] = 1 / FAR;
}

void mi_symfun_gather(mi_symfun_work *w, const mi_symfun_set *set, const mi_structure *s,
                      const mi_neighbourhood *h) {
  size_t at = 0, k = 0;
  for (int e = 0; e < MI_SYMFUN_ELEMENTS; e++) {
    w->begin[e] = at;
    if (e >= set->elements) continue;
    for (; k < h->n && s->number[h->index[k]] == set->number[e]; k++) {
      if (!(h->r[k] < set->cutoff)) continue;
      w->index[at] = h->index[k];
      w->x[at] = h->x[k];
      w->y[at] = h->y[k];
      w->z[at] = h->z[k];
      w->r[at] = h->r[k];
      w->inverse[at] = 1 / h->r[k];
      w->weight[at++] = set->number[e];
    }
    while (at % 8) leave_over(w, at++);
  }
  w->begin[MI_SYMFUN_ELEMENTS] = at;
}
