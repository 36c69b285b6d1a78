#include "core/md/neb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

mi_neb_options mi_neb_options_default(void) {
  return (mi_neb_options){.images = 7,
                          .spring = 1,
                          .climb = true,
                          .idpp = true,
                          .climb_at = 0.5,
                          .force = 0.01,
                          .iterations = 1000};
}

/* ---- the band in a potential ----------------------------------------------------------------- */

typedef struct images {
  mi_evaluator *at; /* [count] */
  size_t count;
} images;

static mi_status field(void *context, size_t k, const double *position, double *energy,
                       double *force, mi_control *control) {
  mi_evaluator *at = ((images *)context)->at + k;
  const mi_status status = mi_evaluator_at(at, position, control);
  if (status) return status;
  *energy = at->e.energy;
  memcpy(force, at->e.forces, 3 * at->s.n * sizeof *force);
  return MI_OK;
}

static mi_status images_begin(images *all, size_t count, const mi_potential *potential,
                              const mi_structure *a, mi_control *control) {
  *all = (images){.at = MI_NEW_ZERO(mi_evaluator, count), .count = count};
  if (!all->at) return mi_fail(control, MI_ENOMEM, "no memory for an elastic band");
  mi_status status = MI_OK;
  for (size_t k = 0; k < count && !status; k++)
    status = mi_evaluator_begin(all->at + k, potential, a, control);
  return status;
}

static int64_t images_end(images *all) {
  int64_t count = 0;
  for (size_t k = 0; all->at && k < all->count; k++) {
    count += all->at[k].count;
    mi_evaluator_end(all->at + k);
  }
  free(all->at);
  return count;
}

/* ---- the start ------------------------------------------------------------------------------- */

/* The last end's atoms in the images nearest to those of the first. */
static void nearest_images(const mi_structure *a, const mi_structure *b, double *last) {
  double box[9], inverse[9];
  mi_cell_complete(*a->cell, a->periodic, box);
  mi_cell_inverse(box, inverse);
  for (size_t i = 0; i < a->n; i++) {
    double d[3], f[3];
    for (size_t k = 0; k < 3; k++) d[k] = b->position[3 * i + k] - a->position[3 * i + k];
    mi_row_times(d, inverse, f);
    for (int k = 0; k < 3; k++)
      if (a->periodic[k]) f[k] -= floor(f[k] + 0.5);
    mi_row_times(f, box, d);
    for (size_t k = 0; k < 3; k++) last[3 * i + k] = a->position[3 * i + k] + d[k];
  }
}

static void straight(double *position, size_t count, size_t n3) {
  const double *last = position + (count - 1) * n3;
  for (size_t k = 1; k + 1 < count; k++)
    for (size_t i = 0; i < n3; i++)
      position[k * n3 + i] =
          position[i] + (double)k / (double)(count - 1) * (last[i] - position[i]);
}

static mi_status first_path(mi_band *band, const mi_structure *a, const mi_structure *b,
                            const double *start, mi_control *control) {
  const size_t n = band->n3, last = band->count - 1;
  memcpy(band->position, a->position, n * sizeof(double));
  nearest_images(a, b, band->position + last * n);
  double length = 0;
  for (size_t i = 0; i < n; i++)
    length = fmax(length, fabs(band->position[last * n + i] - band->position[i]));
  if (length < 1e-6) return mi_fail(control, MI_EINVAL, "the two ends are the same");
  if (start) {
    memcpy(band->position + n, start, (band->count - 2) * n * sizeof(double));
    return MI_OK;
  }
  straight(band->position, band->count, n);
  return band->options->idpp ? mi_idpp(band, a, control) : MI_OK;
}

/* ---- the result ------------------------------------------------------------------------------ */

static double distance(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sqrt(sum);
}

/* Distances along the path, slopes by the forces along the chord, and the highest image. */
static void describe(const mi_band *band, mi_neb_result *r) {
  const size_t n = band->n3;
  for (size_t k = 0; k < r->images; k++) {
    const double *x = r->position + k * n, *before = k > 0 ? x - n : x;
    const double *after = k + 1 < r->images ? x + n : x;
    const double chord = distance(before, after, n);
    r->distance[k] = k > 0 ? r->distance[k - 1] + distance(before, x, n) : 0;
    r->slope[k] = 0;
    for (size_t i = 0; i < n; i++)
      r->slope[k] -= band->force[k * n + i] * (after[i] - before[i]) / chord;
    if (r->energy[k] > r->energy[r->highest]) r->highest = k;
  }
  const size_t middle = r->highest > 0 && r->highest + 1 < r->images ? r->highest : 1;
  const double *x = r->position + middle * n;
  const double chord = distance(x - n, x + n, n);
  for (size_t i = 0; i < n; i++) r->tangent[i] = (x[n + i] - x[i - n]) / chord;
  r->force = band->greatest;
  r->iterations = band->iterations;
}

static mi_status check(const mi_neb_options *o, const mi_structure *a, const mi_structure *b,
                       mi_control *control) {
  if (o->images < 1 || o->images > 200)
    return mi_fail(control, MI_EINVAL, "1 to 200 images expected, got %d", o->images);
  if (!(o->spring > 0 && o->force > 0 && o->climb_at > 0))
    return mi_fail(control, MI_EINVAL, "positive spring and forces expected");
  if (a->n != b->n || memcmp(a->number, b->number, a->n * sizeof *a->number) != 0)
    return mi_fail(control, MI_EINVAL, "the ends have different atoms");
  if (memcmp(a->cell, b->cell, sizeof a->cell) != 0)
    return mi_fail(control, MI_EINVAL, "the ends have different cells");
  return MI_OK;
}

static mi_status allocate(mi_neb_result *r, mi_band *band, mi_control *control) {
  const size_t all = band->count * band->n3;
  r->position = band->position = MI_NEW(double, all);
  r->energy = band->energy = MI_NEW(double, band->count);
  r->distance = MI_NEW(double, band->count);
  r->slope = MI_NEW(double, band->count);
  r->tangent = MI_NEW(double, band->n3);
  band->force = MI_NEW(double, all);
  band->effective = MI_NEW(double, all);
  if (r->position && r->energy && r->distance && r->slope && r->tangent && band->force &&
      band->effective)
    return MI_OK;
  return mi_fail(control, MI_ENOMEM, "no memory for an elastic band");
}

/* Both ends once, then the images between. */
static mi_status relax(mi_band *band, const mi_neb_options *o, mi_control *control) {
  mi_status status = MI_OK;
  for (size_t k = 0; k < band->count && !status; k += band->count - 1)
    status = band->field(band->context, k, band->position + k * band->n3, band->energy + k,
                         band->force + k * band->n3, control);
  return status ? status : mi_band_relax(band, o->force, o->iterations, control);
}

mi_status mi_neb(const mi_neb_options *options, const mi_potential *potential,
                 const mi_structure *a, const mi_structure *b, const double *start,
                 mi_neb_result *result, mi_control *control) {
  images all = {0};
  mi_band band = {.options = options, .n3 = 3 * a->n, .count = (size_t)options->images + 2,
                  .field = field, .context = &all};
  *result = (mi_neb_result){.n = a->n, .images = band.count};
  mi_status status = check(options, a, b, control);
  if (!status) status = allocate(result, &band, control);
  if (!status) status = images_begin(&all, band.count, potential, a, control);
  if (!status) status = first_path(&band, a, b, start, control);
  if (!status) status = relax(&band, options, control);
  if (!status) {
    describe(&band, result);
    result->converged = band.greatest <= options->force && (band.climbing || !options->climb);
  }
  result->evaluations = images_end(&all);
  free(band.force);
  free(band.effective);
  if (status) mi_neb_free(result);
  return status;
}

void mi_neb_free(mi_neb_result *result) {
  free(result->position);
  free(result->energy);
  free(result->distance);
  free(result->slope);
  free(result->tangent);
  *result = (mi_neb_result){0};
}
