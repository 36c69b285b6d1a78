/* Splitting a spectrum into two independent ones, to fit the first and be judged by the second. */
#include <math.h>

#include "core/base/rng.h"
#include "core/spectra/peaks.h"

static bool are_counts(const double *y, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (y[i] != floor(y[i]) || y[i] > 1e15) return false;
  return true;
}

void mi_thin(const double *y, size_t n, double share, double noise, uint64_t seed, double *first,
             double *second) {
  mi_rng rng = mi_rng_stream(seed, mi_rng_stage("spectra.thin"), 0);
  const bool exact = noise == 1 && are_counts(y, n);
  for (size_t i = 0; i < n; i++) {
    if (exact) {
      first[i] = (double)mi_rng_binomial(&rng, (int64_t)y[i], share);
    } else {
      const double sd = sqrt(noise * y[i] * share * (1 - share));
      first[i] = fmin(y[i], fmax(0, share * y[i] + sd * mi_rng_normal(&rng)));
    }
    second[i] = y[i] - first[i];
  }
}
