/* Pair distances, see pairs.h. */
#include "core/analysis/pairs.h"

#include <math.h>

#include "core/atoms/neighbours.h"

static mi_status check(const mi_shells *shells, mi_control *control) {
  if (!(shells->longest > 0) || !isfinite(shells->longest))
    return mi_fail(control, MI_EINVAL, "r_max: positive length expected, got %g", shells->longest);
  if (shells->count < 1)
    return mi_fail(control, MI_EINVAL, "bins: positive integer expected, got %lld",
                   (long long)shells->count);
  return MI_OK;
}

static mi_status count_pairs(const mi_neighbours *list, mi_neighbourhood *near,
                             const mi_structure *s, const mi_kinds *kinds,
                             const mi_shells *shells, int64_t *histogram, mi_control *control) {
  const double scale = (double)shells->count / shells->longest;
  for (size_t i = 0; i < s->n; i++) {
    if (i % 1024 == 0 && mi_cancelled(control)) return mi_fail(control, MI_ECANCEL, "interrupted");
    mi_neighbours_of(list, s, i, near);
    int64_t *row = histogram + (int64_t)kinds->of[i] * kinds->count * shells->count;
    for (size_t k = 0; k < near->n; k++) {
      const int64_t shell = (int64_t)(near->r[k] * scale); /* r < longest may round up to it */
      row[kinds->of[near->index[k]] * shells->count +
          (shell < shells->count ? shell : shells->count - 1)]++;
    }
  }
  return MI_OK;
}

mi_status mi_pair_histogram(const mi_structure *s, const mi_kinds *kinds, const mi_shells *shells,
                            int64_t *histogram, mi_control *control) {
  mi_neighbours list = {.cutoff = shells->longest};
  mi_neighbourhood near = {0};
  mi_status status = check(shells, control);
  if (status == MI_OK) status = mi_kinds_check(kinds, s->n, control);
  if (status == MI_OK) status = mi_neighbours_update(&list, s, NULL, control);
  if (status == MI_OK && (status = mi_neighbourhood_alloc(&near, &list)) != MI_OK)
    mi_fail(control, status, "out of memory");
  if (status == MI_OK) status = count_pairs(&list, &near, s, kinds, shells, histogram, control);
  mi_neighbourhood_free(&near);
  mi_neighbours_free(&list);
  return status;
}

static double sinc(double x) { return fabs(x) < 1e-8 ? 1 : sin(x) / x; }

mi_status mi_structure_factor(const double *g, const mi_shells *shells, double density, bool lorch,
                              const double *q, int64_t m, double *factor, mi_control *control) {
  const mi_status status = check(shells, control);
  if (status != MI_OK) return status;
  const double width = shells->longest / (double)shells->count;
  for (int64_t j = 0; j < m; j++) {
    double sum = 0;
    if (mi_cancelled(control)) return mi_fail(control, MI_ECANCEL, "interrupted");
    for (int64_t k = 0; k < shells->count; k++) {
      const double r = ((double)k + 0.5) * width;
      const double window = lorch ? sinc(M_PI * r / shells->longest) : 1;
      sum += r * r * (g[k] - 1) * sinc(q[j] * r) * window;
    }
    factor[j] = 1 + 4 * M_PI * density * width * sum;
  }
  return MI_OK;
}
