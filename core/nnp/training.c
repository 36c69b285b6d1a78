/* Training: structures, ranges and predictions, see training.h; the sum of squares is in
 * squares.c. */
#include "core/nnp/training.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nnp/wave.h"

/* ---- making ---------------------------------------------------------------------------------- */

static mi_status allocate(mi_training *t, const mi_network *networks, mi_control *control) {
  mi_model *m = &t->model;
  const size_t elements = (size_t)m->set.elements, functions = m->set.first[elements];
  m->network = MI_NEW(mi_network, elements);
  m->start = MI_NEW_ZERO(size_t, elements + 1);
  if (!m->network || !m->start) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (size_t e = 0; e < elements; e++) {
    m->network[e] = networks[e];
    m->start[e + 1] = m->start[e] + mi_network_parameters(networks + e);
  }
  m->parameter = MI_NEW_ZERO(double, m->start[elements]);
  m->shift = MI_NEW_ZERO(double, functions);
  m->factor = MI_NEW(double, functions);
  m->base = MI_NEW_ZERO(double, functions);
  if (!m->parameter || !m->shift || !m->factor || !m->base)
    return mi_fail(control, MI_ENOMEM, "out of memory");
  for (size_t f = 0; f < functions; f++) m->factor[f] = 1;
  for (size_t e = 0; e < elements; e++) m->network[e].parameter = m->parameter + m->start[e];
  return MI_OK;
}

mi_status mi_training_make(mi_training *t, mi_symfun_set *set, const mi_network *networks,
                           double conversion, size_t budget, mi_control *control) {
  *t = (mi_training){.model = {.set = *set, .conversion = conversion}, .budget = budget};
  *set = (mi_symfun_set){0};
  mi_status status = MI_OK;
  for (int e = 0; e < t->model.set.elements && status == MI_OK; e++) {
    status = mi_network_check(networks + e, control);
    if (status == MI_OK && (size_t)networks[e].width[0] != mi_symfun_count(&t->model.set, e))
      status = mi_fail(control, MI_EINVAL, "network %d: %zu inputs expected, got %d", e + 1,
                       mi_symfun_count(&t->model.set, e), networks[e].width[0]);
  }
  if (status == MI_OK) status = allocate(t, networks, control);
  if (status != MI_OK) mi_training_free(t);
  return status;
}

void mi_training_free(mi_training *t) {
  mi_symfun_set_free(&t->model.set);
  free(t->model.network);
  free(t->model.start);
  free(t->model.parameter);
  free(t->model.shift);
  free(t->model.factor);
  free(t->model.base);
  for (size_t i = 0; i < t->count; i++) mi_sample_free(t->sample + i);
  free(t->sample);
  *t = (mi_training){0};
}

size_t mi_training_parameters(const mi_training *t) {
  return t->model.start[t->model.set.elements];
}

mi_status mi_training_add(mi_training *t, const mi_structure *s, const double *forces,
                          mi_sample **sample, mi_control *control) {
  if (t->count == t->room) {
    const size_t room = t->room ? 2 * t->room : 64;
    mi_sample *more = MI_NEW(mi_sample, room);
    if (!more) return mi_fail(control, MI_ENOMEM, "out of memory");
    if (t->count) memcpy(more, t->sample, t->count * sizeof *more);
    free(t->sample);
    t->sample = more;
    t->room = room;
  }
  *sample = t->sample + t->count;
  const mi_status status = mi_sample_make(*sample, &t->model.set, s, forces, control);
  if (status == MI_OK) t->count++;
  return status;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

typedef struct sums {
  mi_ranges *ranges;
  size_t *count; /* [elements] atoms */
} sums;

/* Mean and sum of squares about it, updated atom by atom (Welford). */
static void add_atom(const mi_model *m, sums *s, int e, const double *value) {
  const double n = (double)++s->count[e];
  for (size_t f = 0; f < mi_symfun_count(&m->set, e); f++) {
    const size_t at = m->set.first[e] + f;
    const double x = value[f], off = x - s->ranges->mean[at];
    s->ranges->low[at] = fmin(s->ranges->low[at], x);
    s->ranges->high[at] = fmax(s->ranges->high[at], x);
    s->ranges->mean[at] += off / n;
    s->ranges->sigma[at] += off * (x - s->ranges->mean[at]);
  }
}

static mi_status add_sample(void *context, size_t i, const mi_sample *sample, mi_pass *pass,
                            const mi_described *d) {
  (void)i;
  (void)pass;
  void **both = context;
  for (size_t a = 0; a < d->n; a++)
    add_atom(both[0], both[1], sample->element[a], d->value + a * d->most);
  return MI_OK;
}

mi_status mi_training_ranges(mi_training *t, const mi_subset *subset, mi_ranges *r,
                             mi_control *control) {
  const mi_symfun_set *set = &t->model.set;
  sums s = {r, MI_NEW_ZERO(size_t, (size_t)set->elements)};
  if (!s.count) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (size_t f = 0; f < set->first[set->elements]; f++) {
    r->low[f] = INFINITY;
    r->high[f] = -INFINITY;
    r->mean[f] = r->sigma[f] = 0;
  }
  void *both[] = {&t->model, &s};
  const mi_status status =
      mi_waves(t, subset, NULL, add_sample, both, "symmetry functions", control);
  for (int e = 0; e < set->elements; e++)
    for (size_t f = set->first[e]; f < set->first[e + 1]; f++)
      r->sigma[f] = s.count[e] ? sqrt(r->sigma[f] / (double)s.count[e]) : NAN;
  free(s.count);
  return status;
}

/* ---- predictions ----------------------------------------------------------------------------- */

typedef struct prediction {
  double *energy, *forces, *virial;
  const size_t *start; /* [count] first atom of each structure */
} prediction;

static mi_status predict(void *context, size_t i, const mi_sample *sample, mi_pass *pass,
                         const mi_described *d) {
  const prediction *p = context;
  (void)d;
  p->energy[i] = mi_pass_energy(pass);
  for (size_t a = 0; p->forces && a < sample->s.n; a++)
    mi_pass_force(pass, a, p->forces + 3 * (p->start[i] + a));
  if (p->virial) mi_pass_virial(pass, p->virial + 6 * i);
  return MI_OK;
}

mi_status mi_training_predict(mi_training *t, const mi_subset *subset, double *energy,
                              double *forces, double *virial, mi_control *control) {
  size_t *start = MI_NEW(size_t, subset->count), atoms = 0;
  if (!start) return mi_fail(control, MI_ENOMEM, "out of memory");
  for (size_t i = 0; i < subset->count; i++) {
    start[i] = atoms;
    atoms += t->sample[subset->sample[i]].s.n;
  }
  prediction p = {energy, forces, virial, start};
  const mi_status status = mi_waves(t, subset, predict, NULL, &p, "prediction", control);
  free(start);
  return status;
}
