/* Values and derivatives of symmetry functions for all atoms of a structure. */
#include <string.h>

#include "core/base/memory.h"
#include "core/descriptors/plan.h"

enum { CHUNK = 16 }; /* atoms a thread takes at a time */

/* What a thread needs. */
typedef struct place {
  mi_symfun_work work;
  mi_neighbourhood h;
  double *weight;  /* [most] */
  uint32_t *block; /* [atoms] which block of the centre at hand an atom has */
} place;

static mi_status place_alloc(place *p, const mi_symfun_set *set, const mi_structure *s,
                             const mi_neighbours *list) {
  p->weight = MI_NEW_ZERO(double, set->most);
  p->block = MI_NEW(uint32_t, s->n);
  if (!p->weight || !p->block) return MI_ENOMEM;
  const mi_status status = mi_symfun_work_alloc(&p->work, set, list);
  return status ? status : mi_neighbourhood_alloc(&p->h, list);
}

static void place_free(place *p) {
  mi_symfun_work_free(&p->work);
  mi_neighbourhood_free(&p->h);
  free(p->weight);
  free(p->block);
}

/* All that the loop over atoms shares; d may be NULL. */
typedef struct job {
  const mi_symfun_set *set;
  const mi_structure *s;
  const mi_neighbours *list;
  double *values;
  mi_symfun_derivatives *d;
  mi_isa level;
} job;

static int element_of(const job *j, size_t i) { return j->set->slot[j->s->number[i]]; }

static void gather_at(const job *j, size_t i, place *p) {
  mi_neighbours_of(j->list, j->s, i, &p->h);
  mi_symfun_gather(&p->work, j->set, j->s, &p->h);
}

/* ---- derivatives of one centre --------------------------------------------------------------- */

/* Where the derivatives of function number k of a block go. */
static double *cell(const mi_symfun_derivatives *d, size_t block, size_t k) {
  return d->value + d->offset[block] + 3 * k;
}

/* Adds the gradient of function f to the blocks of the centre and the strain. */
static void spread(const job *j, size_t i, size_t f, place *p, size_t *felt) {
  const mi_symfun_work *w = &p->work;
  const mi_symfun_derivatives *d = j->d;
  double *strain = d->strain + (i * j->set->most + f) * 6, *own = cell(d, p->block[i], f);
  for (int e = 0; e < j->set->elements; e++) {
    const mi_symfun_felt list = mi_symfun_felt_by(j->set, element_of(j, i), e);
    if (felt[e] >= list.n || list.function[felt[e]] != f) continue;
    for (size_t k = w->begin[e]; k < w->begin[e + 1] && w->index[k] != UINT32_MAX; k++) {
      const double g[] = {w->gx[k], w->gy[k], w->gz[k]};
      double *to = w->index[k] == i ? own : cell(d, p->block[w->index[k]], felt[e]);
      for (int a = 0; a < 3; a++) {
        to[a] += g[a];
        own[a] -= g[a];
      }
      strain[0] += w->x[k] * g[0];
      strain[1] += w->y[k] * g[1];
      strain[2] += w->z[k] * g[2];
      strain[3] += w->y[k] * g[2];
      strain[4] += w->x[k] * g[2];
      strain[5] += w->x[k] * g[1];
    }
    felt[e]++;
  }
}

/* Each centre clears what is its own: all of it at once could take seconds. */
static void clear_at(const job *j, size_t i) {
  const mi_symfun_derivatives *d = j->d;
  const size_t from = d->offset[d->first[i]], to = d->offset[d->first[i + 1]];
  memset(d->value + from, 0, (to - from) * sizeof *d->value);
  memset(d->strain + i * j->set->most * 6, 0, j->set->most * 6 * sizeof *d->strain);
}

static void differentiate_at(const job *j, size_t i, place *p) {
  const int element = element_of(j, i);
  size_t felt[MI_SYMFUN_ELEMENTS] = {0};
  const size_t first = j->d->first[i], n = mi_symfun_count(j->set, element);
  clear_at(j, i);
  for (size_t b = first; b < j->d->first[i + 1]; b++) p->block[j->d->atom[b]] = (uint32_t)b;
  for (size_t f = 0; f < n; f++) {
    p->weight[f] = 1;
    MI_DISPATCH(j->level, mi_symfun_backward)(j->set->plan[element], &p->work, p->weight);
    p->weight[f] = 0;
    spread(j, i, f, p, felt);
  }
}

/* ---- all centres ----------------------------------------------------------------------------- */

static void evaluate_at(const job *j, size_t i, place *p) {
  double *values = j->values + i * j->set->most;
  gather_at(j, i, p);
  memset(values, 0, j->set->most * sizeof *values);
  MI_DISPATCH(j->level, mi_symfun_forward)(j->set->plan[element_of(j, i)], &p->work, j->d != NULL,
                                           values);
  if (j->d) differentiate_at(j, i, p);
}

static mi_status run(const job *j, mi_control *control) {
  mi_status result = MI_OK;
#pragma omp parallel num_threads(mi_threads(control))
  {
    place p = {0};
    const mi_status status = place_alloc(&p, j->set, j->s, j->list);
    if (status) {
#pragma omp atomic write
      result = status;
    }
#pragma omp for schedule(dynamic, CHUNK)
    for (size_t i = 0; i < j->s->n; i++)
      if (status == MI_OK && !mi_cancelled(control)) evaluate_at(j, i, &p);
    place_free(&p);
  }
  return result ? result : mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

mi_status mi_symfun_values(const mi_symfun_set *set, const mi_structure *s,
                           const mi_neighbours *list, double *values, mi_control *control) {
  const job j = {set, s, list, values, NULL, mi_level(control)};
  const mi_status status = mi_symfun_knows(set, s, control);
  return status ? status : run(&j, control);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static int rising(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/* The atoms around centre i and itself, rising, in `atom`; returns how many. */
static size_t atoms_around(const job *j, size_t i, place *p, uint32_t *atom) {
  size_t n = 0, kept = 0;
  gather_at(j, i, p);
  atom[n++] = (uint32_t)i;
  for (size_t k = 0; k < p->work.begin[MI_SYMFUN_ELEMENTS]; k++)
    if (p->work.index[k] != UINT32_MAX) atom[n++] = p->work.index[k];
  qsort(atom, n, sizeof *atom, rising);
  for (size_t k = 0; k < n; k++)
    if (kept == 0 || atom[kept - 1] != atom[k]) atom[kept++] = atom[k];
  return kept;
}

/* Fills first, then (when they are there) atom, column and offset. */
static mi_status lay_out(const job *j, place *p, mi_control *control) {
  mi_symfun_derivatives *d = j->d;
  const mi_symfun_set *set = j->set;
  uint32_t *atom = MI_NEW(uint32_t, j->list->most + 1);
  size_t block = 0, value = 0;
  for (size_t i = 0; atom && i < j->s->n && !mi_cancelled(control); i++) {
    const size_t n = atoms_around(j, i, p, atom);
    d->first[i] = block;
    for (size_t k = 0; k < n; k++, block++) {
      if (!d->atom) continue;
      const int column = atom[k] == i ? set->elements : element_of(j, atom[k]);
      d->atom[block] = atom[k];
      d->column[block] = (uint8_t)column;
      d->offset[block] = value;
      value += 3 * mi_symfun_felt_by(set, element_of(j, i), column).n;
    }
  }
  d->first[j->s->n] = block;
  if (d->atom) d->offset[block] = value;
  free(atom);
  return !atom ? MI_ENOMEM : mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

static mi_status make_blocks(const job *j, mi_control *control) {
  mi_symfun_derivatives *d = j->d;
  place p = {0};
  mi_status status = place_alloc(&p, j->set, j->s, j->list);
  d->n = j->s->n;
  d->first = MI_NEW(size_t, d->n + 1);
  if (!d->first) status = MI_ENOMEM;
  if (status == MI_OK) status = lay_out(j, &p, control);
  if (status == MI_OK) {
    const size_t blocks = d->first[d->n];
    d->atom = MI_NEW(uint32_t, blocks);
    d->column = MI_NEW(uint8_t, blocks);
    d->offset = MI_NEW(size_t, blocks + 1);
    if (!d->atom || !d->column || !d->offset) status = MI_ENOMEM;
    if (status == MI_OK) status = lay_out(j, &p, control);
  }
  place_free(&p);
  return status;
}

mi_status mi_symfun_differentiate(const mi_symfun_set *set, const mi_structure *s,
                                  const mi_neighbours *list, double *values,
                                  mi_symfun_derivatives *d, mi_control *control) {
  const job j = {set, s, list, values, d, mi_level(control)};
  mi_status status = mi_symfun_knows(set, s, control);
  *d = (mi_symfun_derivatives){0};
  if (status == MI_OK) status = make_blocks(&j, control);
  if (status) return status;
  d->value = MI_NEW(double, d->offset[d->first[d->n]]);
  d->strain = MI_NEW(double, d->n * set->most * 6);
  mi_will_fill(d->value, d->offset[d->first[d->n]] * sizeof *d->value);
  return d->value && d->strain ? run(&j, control) : MI_ENOMEM;
}

void mi_symfun_derivatives_free(mi_symfun_derivatives *d) {
  free(d->first);
  free(d->atom);
  free(d->column);
  free(d->offset);
  free(d->value);
  free(d->strain);
  *d = (mi_symfun_derivatives){0};
}
