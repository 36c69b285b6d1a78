/* Training structures, see sample.h. */
#include "core/nnp/sample.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"

/* ---- samples --------------------------------------------------------------------------------- */

static mi_status finite_forces(const double *forces, size_t n, mi_control *control) {
  for (size_t i = 0; i < 3 * n; i++)
    if (!isfinite(forces[i]))
      return mi_fail(control, MI_EINVAL, "force on atom %zu: finite numbers expected, got %g",
                     i / 3 + 1, forces[i]);
  return MI_OK;
}

mi_status mi_sample_make(mi_sample *sample, const mi_symfun_set *set, const mi_structure *s,
                         const double *forces, mi_control *control) {
  *sample = (mi_sample){.s = *s, .weight = 1};
  sample->s.position = NULL;
  sample->s.number = NULL;
  mi_status status = mi_symfun_knows(set, s, control);
  if (status == MI_OK && forces) status = finite_forces(forces, s->n, control);
  if (status != MI_OK) return status;
  double *position = MI_NEW(double, 3 * s->n);
  int32_t *number = MI_NEW(int32_t, s->n);
  sample->s.position = position;
  sample->s.number = number;
  sample->element = MI_NEW(int8_t, s->n);
  sample->forces = forces ? MI_NEW(double, 3 * s->n) : NULL;
  if (!position || !number || !sample->element || (forces && !sample->forces)) {
    mi_sample_free(sample);
    return mi_fail(control, MI_ENOMEM, "out of memory");
  }
  memcpy(position, s->position, 3 * s->n * sizeof *position);
  memcpy(number, s->number, s->n * sizeof *number);
  if (forces) memcpy(sample->forces, forces, 3 * s->n * sizeof *forces);
  for (size_t i = 0; i < s->n; i++) sample->element[i] = set->slot[s->number[i]];
  return MI_OK;
}

void mi_sample_free(mi_sample *sample) {
  free((void *)sample->s.position);
  free((void *)sample->s.number);
  free(sample->element);
  free(sample->forces);
  if (sample->kept) mi_described_free(sample->kept);
  free(sample->kept);
  *sample = (mi_sample){0};
}

/* ---- descriptions ---------------------------------------------------------------------------- */

void mi_described_free(mi_described *d) {
  free(d->value);
  mi_symfun_derivatives_free(&d->d);
  free(d->slope);
  free(d->strain);
  free(d->first);
  free(d->block);
  free(d->centre);
  *d = (mi_described){0};
}

/* The blocks sorted by their atom instead of their centre. */
static mi_status sort_blocks(mi_described *d) {
  const mi_symfun_derivatives *by = &d->d;
  const size_t blocks = by->first[d->n];
  d->first = MI_NEW_ZERO(size_t, d->n + 2);
  d->block = MI_NEW(size_t, blocks);
  d->centre = MI_NEW(uint32_t, blocks);
  if (!d->first || !d->block || !d->centre) return MI_ENOMEM;
  for (size_t b = 0; b < blocks; b++) d->first[by->atom[b] + 2]++;
  for (size_t a = 0; a < d->n; a++) d->first[a + 2] += d->first[a + 1];
  for (size_t i = 0; i < d->n; i++) {
    for (size_t b = by->first[i]; b < by->first[i + 1]; b++) {
      const size_t at = d->first[by->atom[b] + 1]++;
      d->block[at] = b;
      d->centre[at] = (uint32_t)i;
    }
  }
  return MI_OK;
}

/* Rounds *from, which is freed; NULL without memory. */
static float *rounded(double **from, size_t n) {
  float *to = MI_NEW(float, n);
  for (size_t i = 0; to && i < n; i++) to[i] = (float)(*from)[i];
  free(*from);
  *from = NULL;
  return to;
}

static mi_status round_derivatives(mi_described *d) {
  d->slope = rounded(&d->d.value, d->d.offset[d->d.first[d->n]]);
  d->strain = rounded(&d->d.strain, d->n * d->most * 6);
  return d->slope && d->strain ? MI_OK : MI_ENOMEM;
}

mi_status mi_describe(mi_described *d, const mi_sample *sample, const mi_symfun_set *set,
                      mi_control *control) {
  mi_neighbours list = {.cutoff = set->cutoff};
  *d = (mi_described){.n = sample->s.n, .most = set->most};
  mi_status status = mi_neighbours_update(&list, &sample->s, NULL, control);
  if (status == MI_OK) {
    d->value = MI_NEW(double, d->n * d->most);
    status = d->value ? mi_symfun_differentiate(set, &sample->s, &list, d->value, &d->d, control)
                      : mi_fail(control, MI_ENOMEM, "out of memory");
  }
  if (status == MI_OK && (round_derivatives(d) != MI_OK || sort_blocks(d) != MI_OK))
    status = mi_fail(control, MI_ENOMEM, "out of memory");
  mi_neighbours_free(&list);
  if (status != MI_OK) mi_described_free(d);
  return status;
}

size_t mi_described_bytes(const mi_described *d) {
  const size_t blocks = d->d.first[d->n];
  const size_t rounded = d->n * d->most * 6 + d->d.offset[blocks];
  return d->n * (d->most * sizeof(double) + 2 * sizeof(size_t)) + rounded * sizeof(float) +
         blocks * (2 * sizeof(size_t) + 2 * sizeof(uint32_t) + 1);
}
