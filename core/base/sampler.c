/* Grid and Latin hypercube; the Sobol sequence is in sobol.c. */
#include "core/base/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/rng.h"

void mi_grid(const int64_t *counts, int64_t d, double *out) {
  int64_t n = 1;
  for (int64_t j = 0; j < d; j++) n *= counts[j];
  for (int64_t i = 0; i < n; i++) {
    int64_t rest = i;
    for (int64_t j = d - 1; j >= 0; j--) {
      int64_t count = counts[j];
      out[i * d + j] = count == 1 ? 0.5 : (double)(rest % count) / (double)(count - 1);
      rest /= count;
    }
  }
}

void mi_sampler_stretch(const double *low, const double *high, int64_t n, int64_t d, double *x) {
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < d; j++, x++) /* symmetric: exact at both ends */
      *x = *x < 1 ? low[j] + (high[j] - low[j]) * *x : high[j];
  }
}

/* ---- Latin hypercube ------------------------------------------------------------------------- */

/* One coordinate of every point. Looks for a cancel every few thousand points: the first column
 * touches every page of out, which takes far longer than the arithmetic. */
static mi_status fill_column(mi_rng *rng, const int64_t *order, int64_t n, int64_t d, bool centred,
                             double *column, mi_control *control) {
  for (int64_t i = 0; i < n; i++) {
    if (i % 4096 == 0 && mi_cancelled(control)) return MI_ECANCEL;
    double place = centred ? 0.5 : mi_rng_uniform(rng);
    column[i * d] = fmin(((double)order[i] + place) / (double)n, 1 - 0x1p-53);
  }
  return MI_OK;
}

/* Candidate t has a stream of its own. */
static mi_status fill_design(uint64_t seed, int64_t t, int64_t n, int64_t d, bool centred,
                             int64_t *order, double *out, mi_control *control) {
  mi_rng rng = mi_rng_stream(seed, mi_rng_stage("latin hypercube"), (uint64_t)t);
  for (int64_t j = 0; j < d; j++) {
    for (int64_t i = 0; i < n; i++) order[i] = i;
    mi_status status = mi_rng_shuffle(&rng, order, n, control);
    if (status == MI_OK) status = fill_column(&rng, order, n, d, centred, out + j, control);
    if (status != MI_OK) return status;
  }
  return MI_OK;
}

/* Square of the distance between the closest two points. */
static double closest(const double *x, int64_t n, int64_t d, const mi_control *control) {
  double least = INFINITY;
  for (int64_t a = 0; a < n && !mi_cancelled(control); a++) {
    for (int64_t b = a + 1; b < n; b++) {
      double sum = 0;
      for (int64_t j = 0; j < d; j++) {
        double step = x[a * d + j] - x[b * d + j];
        sum += step * step;
      }
      least = fmin(least, sum);
    }
  }
  return least;
}

/* out holds candidate 0 and is left with the best of all. */
static mi_status improve_design(uint64_t seed, int64_t n, int64_t d, bool centred, int64_t tries,
                                int64_t *order, double *candidate, double *out,
                                mi_control *control) {
  double best = closest(out, n, d, control);
  for (int64_t t = 1; t < tries; t++) {
    mi_status status = fill_design(seed, t, n, d, centred, order, candidate, control);
    if (status != MI_OK) return status;
    double distance = closest(candidate, n, d, control);
    if (distance <= best) continue;
    best = distance;
    memcpy(out, candidate, (size_t)(n * d) * sizeof *out);
  }
  return mi_cancelled(control) ? MI_ECANCEL : MI_OK;
}

mi_status mi_latin_hypercube(uint64_t seed, int64_t n, int64_t d, bool centred, int64_t tries,
                             double *out, mi_control *control) {
  int64_t *order = MI_NEW(int64_t, (size_t)n);
  double *candidate = tries > 1 ? MI_NEW(double, (size_t)(n * d)) : NULL;
  mi_status status = MI_ENOMEM;
  if (order && (candidate || tries == 1))
    status = fill_design(seed, 0, n, d, centred, order, out, control);
  if (status == MI_OK && tries > 1)
    status = improve_design(seed, n, d, centred, tries, order, candidate, out, control);
  free(order);
  free(candidate);
  return status;
}
