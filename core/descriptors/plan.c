/* Making plans: finding what functions share. */
#include "core/descriptors/plan.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"

#define DEGREE 0.017453292519943295769

static int larger(int a, int b) { return a > b ? a : b; }

/* ---- what a function is made of -------------------------------------------------------------- */

static int shape_of(mi_symfun_core core) { return 4 + ((int)core + 1) / 2; }

static mi_cutoff_function cutoff_of(const mi_symfun *f) {
  const bool tanh_type = f->cutoff == 2 || f->cutoff == 3; /* they take no alpha */
  mi_cutoff_function c = {.weighted = mi_symfun_weighted(f->type), .shape = f->cutoff,
                          .rc = f->rc, .inner = tanh_type ? 0 : f->alpha * f->rc};
  c.scale = 1 / (f->rc - c.inner);
  return c;
}

static bool same_cutoff(const mi_cutoff_function *a, const mi_cutoff_function *b) {
  return a->weighted == b->weighted && a->shape == b->shape && a->rc == b->rc &&
         a->inner == b->inner;
}

static mi_compact_function compact_of(const mi_symfun *f) {
  return (mi_compact_function){.asymmetric = f->core != MI_CORE_E && (int)f->core % 2 == 0,
                               .weighted = mi_symfun_weighted(f->type),
                               .shape = shape_of(f->core), .rl = f->rl, .rc = f->rc,
                               .inner = (f->rl + f->rc) / 2, .scale = 2 / (f->rc - f->rl)};
}

static bool same_compact(const mi_compact_function *a, const mi_compact_function *b) {
  return a->asymmetric == b->asymmetric && a->weighted == b->weighted && a->shape == b->shape &&
         a->rl == b->rl && a->rc == b->rc;
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

/* ---- making ---------------------------------------------------------------------------------- */

enum {
  MOST_MULTIPLE = 64,
  HELPERS = 12, /* an exponential needs no more others than twice the bits of its multiple */
  TABLE = -1, NONE = -2 /* in place of the group whose list a function's exponential is in */
};

typedef struct maker {
  mi_symfun_plan *plan;
  const mi_symfun_set *set;
  const mi_symfun *function;
  size_t n;
  int *factor;   /* [n] exponential or compact function of each function */
  int *owner;    /* [n] narrow group, TABLE or NONE */
  bool *done;    /* [n] functions that are in a group, or need none */
  int *multiple; /* of each exponential: which of the least eta it is, 0 for none */
  int exponentials, legs, angles, terms;
} maker;

static int slot_of(const mi_symfun_set *set, int number) {
  return number == 0 ? MI_SYMFUN_ALL : set->slot[number];
}

static uint32_t bits_of(const mi_symfun_set *set, const mi_symfun *f) {
  if (f->e1 == 0) return (uint32_t)((UINT64_C(1) << set->elements) - 1);
  const uint32_t one = UINT32_C(1) << set->slot[f->e1];
  return f->e2 == 0 ? one : one | UINT32_C(1) << set->slot[f->e2];
}

/* The cutoff function of f, added if it is new. */
static int find_cutoff(maker *m, const mi_symfun *f) {
  mi_symfun_plan *plan = m->plan;
  const mi_cutoff_function c = cutoff_of(f);
  int i = 0;
  while (i < plan->cutoffs && !same_cutoff(plan->cutoff + i, &c)) i++;
  if (i == plan->cutoffs) plan->cutoff[plan->cutoffs++] = c;
  plan->cutoff[i].wanted |= bits_of(m->set, f);
  return i;
}

static int find_compact(maker *m, const mi_symfun *f) {
  mi_symfun_plan *plan = m->plan;
  const mi_compact_function c = compact_of(f);
  int i = 0;
  while (i < plan->compacts && !same_compact(plan->compact + i, &c)) i++;
  if (i == plan->compacts) plan->compact[plan->compacts++] = c;
  plan->compact[i].wanted |= bits_of(m->set, f);
  return i;
}

static int find_angle(maker *m, mi_group *g, const mi_symfun *f) {
  const mi_angle_function a = angle_of(f);
  mi_angle_function *angle = m->plan->angle + g->angle;
  int i = 0;
  while (i < g->angles && !same_angle(angle + i, &a)) i++;
  if (i == g->angles) angle[g->angles++] = a;
  return i;
}

/* ---- exponentials ---------------------------------------------------------------------------- */

static int append(maker *m, mi_exponentials *list, mi_exponential e, int multiple) {
  m->multiple[m->exponentials] = multiple;
  m->plan->exponential[m->exponentials++] = e;
  return list->count++;
}

/* The number in the list of the entry with this rs and multiple, or -1. */
static int find_multiple(const maker *m, const mi_exponentials *list, double rs, int multiple) {
  for (int i = 0; i < list->count; i++) {
    const int k = list->first + i;
    if (m->plan->exponential[k].rs == rs && m->multiple[k] == multiple) return i;
  }
  return -1;
}

/* The entry for a multiple of the least eta, added if it is new: as the product of two that are
 * there, of its halves, or of the least one and the multiple before it. */
static int add_multiple(maker *m, mi_exponentials *list, double least, double rs, int multiple) {
  int a = find_multiple(m, list, rs, multiple), b = -1;
  if (a >= 0) return a;
  for (int less = multiple / 2; less > 0 && b < 0; less--) {
    a = find_multiple(m, list, rs, less);
    if (a >= 0) b = find_multiple(m, list, rs, multiple - less);
  }
  if (b < 0 && multiple > 1) {
    const int half = multiple % 2 == 0 ? multiple / 2 : 1;
    a = add_multiple(m, list, least, rs, half);
    b = add_multiple(m, list, least, rs, multiple - half);
  }
  return append(m, list, (mi_exponential){.eta = multiple * least, .rs = rs, .a = b < 0 ? -1 : a,
                                          .b = b}, multiple);
}

/* The least positive eta with this rs in a list. */
static double least_eta(const maker *m, int owner, double rs) {
  double least = HUGE_VAL;
  for (size_t i = 0; i < m->n; i++) {
    const double eta = m->function[i].eta;
    if (m->owner[i] == owner && m->function[i].rs == rs && eta > 0) least = fmin(least, eta);
  }
  return least;
}

static int add_exponential(maker *m, mi_exponentials *list, int owner, const mi_symfun *f) {
  const double least = least_eta(m, owner, f->rs), ratio = f->eta / least, whole = nearbyint(ratio);
  const bool close = fabs(ratio - whole) <= 16 * DBL_EPSILON * ratio; /* units were converted */
  if (close && whole >= 1 && whole <= MOST_MULTIPLE)
    return add_multiple(m, list, least, f->rs, (int)whole);
  for (int i = 0; i < list->count; i++) {
    const mi_exponential *e = m->plan->exponential + list->first + i;
    if (e->eta == f->eta && e->rs == f->rs) return i;
  }
  return append(m, list, (mi_exponential){.eta = f->eta, .rs = f->rs, .a = -1, .b = -1}, 0);
}

/* The list of an owner, and in factor where each of its functions is in it. */
static mi_exponentials list_exponentials(maker *m, int owner) {
  mi_exponentials list = {.first = m->exponentials};
  for (size_t i = 0; i < m->n; i++)
    if (m->owner[i] == owner) m->factor[i] = add_exponential(m, &list, owner, m->function + i);
  m->plan->most_exponentials = larger(m->plan->most_exponentials, list.count);
  return list;
}

/* Products want what they are made of, which stands before them. */
static void want_table(maker *m) {
  mi_exponential *e = m->plan->exponential + m->plan->table.first;
  for (size_t i = 0; i < m->n; i++)
    if (m->owner[i] == TABLE) e[m->factor[i]].wanted |= bits_of(m->set, m->function + i);
  for (int i = m->plan->table.count - 1; i >= 0; i--) {
    if (e[i].a < 0) continue;
    e[e[i].a].wanted |= e[i].wanted;
    e[e[i].b].wanted |= e[i].wanted;
  }
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* Adds a leg with all functions of the group that have the factor of function `start`. */
static void add_leg(maker *m, mi_group *g, size_t start) {
  mi_leg *leg = m->plan->leg + m->legs++;
  *leg = (mi_leg){.factor = m->factor[start], .first = m->terms};
  for (size_t i = start; i < m->n; i++) {
    const mi_symfun *f = m->function + i;
    if (m->factor[i] != leg->factor || !mi_symfun_angular(f->type) ||
        !same_group(m->function + start, f))
      continue;
    const double norm = mi_symfun_compact(f->type) ? 1 : exp2(1 - f->zeta);
    m->plan->term[m->terms++] = (mi_angular_term){(int)i, find_angle(m, g, f), norm};
    leg->terms++;
    m->done[i] = true;
  }
  g->legs++;
}

/* Adds the group of function `start`, which is in none yet. */
static void add_group(maker *m, size_t start) {
  mi_symfun_plan *plan = m->plan;
  const mi_symfun *f = m->function + start;
  mi_group *g = plan->group + plan->groups;
  *g = (mi_group){.e1 = slot_of(m->set, f->e1), .e2 = slot_of(m->set, f->e2),
                  .narrow = narrow(f->type), .compact = mi_symfun_compact(f->type),
                  .leg = m->legs, .angle = m->angles, .terms = -m->terms};
  if (!g->compact) g->cutoff = find_cutoff(m, f);
  for (size_t i = start; i < m->n; i++) {
    if (!mi_symfun_angular(m->function[i].type) || !same_group(f, m->function + i)) continue;
    g->rc = fmax(g->rc, m->function[i].rc);
    g->shifted = g->shifted || m->function[i].rs != 0;
    if (g->narrow && !g->compact) m->owner[i] = plan->groups;
  }
  g->e = g->narrow && !g->compact ? list_exponentials(m, plan->groups) : plan->table;
  for (size_t i = start; i < m->n; i++)
    if (!m->done[i] && same_group(f, m->function + i)) add_leg(m, g, i);
  g->terms += m->terms;
  m->angles += g->angles;
  plan->groups++;
  plan->most_legs = larger(plan->most_legs, g->legs);
  plan->most_angles = larger(plan->most_angles, g->angles);
  plan->most_terms = larger(plan->most_terms, g->terms);
}

/* Radial functions, and what they and wide groups need of each neighbour. */
static void fill_tables(maker *m) {
  mi_symfun_plan *plan = m->plan;
  for (size_t i = 0; i < m->n; i++) {
    const mi_symfun *f = m->function + i;
    const bool compact = mi_symfun_compact(f->type);
    m->done[i] = !mi_symfun_angular(f->type);
    m->owner[i] = compact || narrow(f->type) ? NONE : TABLE;
    if (compact) m->factor[i] = find_compact(m, f);
  }
  plan->table = list_exponentials(m, TABLE);
  want_table(m);
  for (size_t i = 0; i < m->n; i++) {
    const mi_symfun *f = m->function + i;
    if (!m->done[i]) continue;
    const bool compact = mi_symfun_compact(f->type);
    plan->radial[plan->radials++] =
        (mi_radial_term){.function = (int)i, .element = slot_of(m->set, f->e1), .compact = compact,
                         .factor = m->factor[i], .cutoff = compact ? 0 : find_cutoff(m, f)};
  }
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

static bool plan_alloc(mi_symfun_plan *plan, const mi_symfun_set *set, size_t n) {
  plan->functions = n;
  plan->cutoff = MI_NEW_ZERO(mi_cutoff_function, n);
  plan->exponential = MI_NEW_ZERO(mi_exponential, (1 + HELPERS) * n);
  plan->compact = MI_NEW_ZERO(mi_compact_function, n);
  plan->radial = MI_NEW_ZERO(mi_radial_term, n);
  plan->group = MI_NEW_ZERO(mi_group, n);
  plan->leg = MI_NEW_ZERO(mi_leg, n);
  plan->angle = MI_NEW_ZERO(mi_angle_function, n);
  plan->term = MI_NEW_ZERO(mi_angular_term, n);
  plan->felt = MI_NEW_ZERO(uint32_t, ((size_t)set->elements + 1) * n);
  return plan->cutoff && plan->exponential && plan->compact && plan->radial && plan->group &&
         plan->leg && plan->angle && plan->term && plan->felt;
}

mi_symfun_plan *mi_symfun_plan_make(const mi_symfun_set *set, const mi_symfun *function,
                                    size_t n) {
  mi_symfun_plan *plan = MI_NEW_ZERO(mi_symfun_plan, 1);
  maker m = {.plan = plan, .set = set, .function = function, .n = n,
             .factor = MI_NEW_ZERO(int, n), .owner = MI_NEW(int, n), .done = MI_NEW(bool, n),
             .multiple = MI_NEW(int, (1 + HELPERS) * n)};
  if (plan && m.factor && m.owner && m.done && m.multiple && plan_alloc(plan, set, n)) {
    fill_tables(&m);
    for (size_t i = 0; i < n; i++)
      if (!m.done[i]) add_group(&m, i);
    list_felt(plan, set, function, n);
  } else {
    mi_symfun_plan_free(plan);
    plan = NULL;
  }
  free(m.factor);
  free(m.owner);
  free(m.done);
  free(m.multiple);
  return plan;
}

void mi_symfun_plan_free(mi_symfun_plan *plan) {
  if (!plan) return;
  free(plan->cutoff);
  free(plan->exponential);
  free(plan->compact);
  free(plan->radial);
  free(plan->group);
  free(plan->leg);
  free(plan->angle);
  free(plan->term);
  free(plan->felt);
  free(plan);
}

/* ---- work ------------------------------------------------------------------------------------ */

/* Doubles of scratch: own of every place; the kernel's rows of triplets (factor, square, two
 * distances, five results), of which one segment may have no place among those kept; its tiles; its
 * weights. Compact groups have less. */
static size_t scratch_of(const mi_symfun_plan *plan, size_t room) {
  const size_t legs = (size_t)plan->most_legs, angles = (size_t)plan->most_angles;
  const size_t terms = (size_t)plan->most_terms;
  const size_t row = MI_SYMFUN_SEGMENT + room + 16;
  const size_t tile = MI_SYMFUN_TILE * ((size_t)plan->most_exponentials + 2 * angles);
  return room + (9 + MI_SYMFUN_KEPT_ROWS + legs) * row + MI_SYMFUN_LANES + room + tile +
         8 * (2 * angles + terms) + terms + legs + angles;
}

mi_status mi_symfun_work_alloc(mi_symfun_work *work, const mi_symfun_set *set,
                               const mi_neighbours *list) {
  size_t rows = 0, scratch = 0;
  *work = (mi_symfun_work){.room = (list->most + 7) / 8 * 8 + 8 * (size_t)set->elements};
  const size_t room = work->room;
  for (int e = 0; e < set->elements; e++) {
    const size_t own = scratch_of(set->plan[e], room);
    if (own > scratch) scratch = own;
    if (mi_symfun_rows(set->plan[e]) > rows) rows = mi_symfun_rows(set->plan[e]);
  }
  double *block = MI_NEW(double, (9 + rows) * room + scratch);
  work->index = MI_NEW(uint32_t, room);
  work->kept = MI_NEW(double, MI_SYMFUN_KEEP);
  if (!block || !work->index || !work->kept) {
    free(block);
    mi_symfun_work_free(work);
    return MI_ENOMEM;
  }
  double **row[] = {&work->x, &work->y, &work->z, &work->r, &work->inverse, &work->weight,
                    &work->gx, &work->gy, &work->gz, &work->table};
  for (size_t i = 0; i < sizeof row / sizeof *row; i++) *row[i] = block + i * room;
  work->scratch = work->table + rows * room;
  return MI_OK;
}

void mi_symfun_work_free(mi_symfun_work *work) {
  free(work->x);
  free(work->index);
  free(work->kept);
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
