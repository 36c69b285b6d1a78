/* The forces on a band of images and its relaxation by FIRE: see neb.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/md/neb.h"
#include "core/md/relax.h"

enum { SMALL = 100 }; /* coordinates of an image that is not worth a thread */

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

static double distance(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sqrt(sum);
}

/* ---- tangents -------------------------------------------------------------------------------- */

/* What the steps from the image before, and to the one after, weigh in the tangent. */
static void improved(const mi_band *band, size_t k, double weight[2]) {
  const double before = band->energy[k - 1] - band->energy[k];
  const double after = band->energy[k + 1] - band->energy[k];
  weight[0] = before > after;
  weight[1] = after > before;
  if ((before > 0) != (after > 0)) return;
  const double most = fmax(fabs(before), fabs(after)), least = fmin(fabs(before), fabs(after));
  weight[0] = before > after ? most : least;
  weight[1] = before > after ? least : most;
  if (most == 0) weight[0] = weight[1] = 1;
}

static void tangent_of(const mi_band *band, size_t k, double *t) {
  const size_t n = band->n3;
  const double *here = band->position + k * n, *before = here - n, *after = here + n;
  double weight[2] = {1 / distance(here, before, n), 1 / distance(after, here, n)};
  if (band->options->tangent == MI_TANGENT_IMPROVED) improved(band, k, weight);
  for (size_t i = 0; i < n; i++)
    t[i] = weight[0] * (here[i] - before[i]) + weight[1] * (after[i] - here[i]);
  const double length = sqrt(dot(t, t, n));
  for (size_t i = 0; i < n; i++) t[i] /= length;
}

/* ---- forces ---------------------------------------------------------------------------------- */

static size_t highest_of(const mi_band *band) {
  size_t highest = 1;
  for (size_t k = 2; k + 1 < band->count; k++)
    if (band->energy[k] > band->energy[highest]) highest = k;
  return highest;
}

static void nudge(mi_band *band, size_t k, bool climbs, double *t) {
  const size_t n = band->n3;
  const double *here = band->position + k * n, *f = band->force + k * n;
  double *effective = band->effective + k * n;
  tangent_of(band, k, t);
  const double along = dot(f, t, n);
  const double stretch = distance(here + n, here, n) - distance(here, here - n, n);
  const double add = climbs ? -2 * along : band->options->spring * stretch - along;
  for (size_t i = 0; i < n; i++) effective[i] = f[i] + add * t[i];
}

/* All images between; each has a control of its own, the first failure is reported. */
static mi_status evaluate(mi_band *band, mi_control *control) {
  mi_status status = MI_OK;
  const int threads = band->n3 < SMALL ? 1 : mi_threads(control);
  const bool several = threads > 1;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (size_t k = 1; k < band->count - 1; k++) {
    mi_control own = control ? *control : (mi_control){.threads = 1, .isa = mi_isa_best()};
    own.progress = NULL;
    if (several) own.threads = 1;
    const mi_status mine = band->field(band->context, k, band->position + k * band->n3,
                                       band->energy + k, band->force + k * band->n3, &own);
    if (mine) {
#pragma omp critical(mi_band_status)
      status = mi_fail(control, mine, "image %zu: %s", k, own.error);
    }
  }
  return status;
}

static mi_status forces(mi_band *band, double *t, mi_control *control) {
  const mi_status status = evaluate(band, control);
  if (status) return status;
  const size_t highest = highest_of(band);
  for (size_t k = 1; k + 1 < band->count; k++) nudge(band, k, band->climbing && k == highest, t);
  band->greatest =
      mi_greatest_row(band->effective + band->n3, (band->count - 2) * band->n3 / 3);
  return MI_OK;
}

/* ---- relaxation ------------------------------------------------------------------------------ */

static mi_status iterate(mi_band *band, mi_fire *fire, double *t, double force, int iterations,
                         mi_control *control) {
  const size_t n = band->n3;
  mi_status status = forces(band, t, control);
  for (int k = 0; k < iterations && !status; k++) {
    const bool low = band->greatest <= band->options->climb_at;
    if (band->options->climb && low && !band->climbing) {
      band->climbing = true;
      status = forces(band, t, control);
    }
    if (band->greatest <= force && (band->climbing || !band->options->climb)) break;
    mi_fire_step(fire, band->effective + n, band->position + n);
    band->iterations++;
    mi_progress(control, -1, "elastic band");
    if (!status) status = forces(band, t, control);
  }
  return status;
}

mi_status mi_band_relax(mi_band *band, double force, int iterations, mi_control *control) {
  mi_fire fire;
  double *t = MI_NEW(double, band->n3);
  mi_status status = mi_fire_begin(&fire, (band->count - 2) * band->n3);
  if (!t) status = MI_ENOMEM;
  if (status) mi_fail(control, status, "no memory for an elastic band");
  if (!status) status = iterate(band, &fire, t, force, iterations, control);
  mi_fire_end(&fire);
  free(t);
  return status;
}
