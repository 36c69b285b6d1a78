#include "core/potentials/tersoff.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"

static double tersoff_cutoff(const void *self) { return ((const mi_tersoff *)self)->cutoff; }

static bool tersoff_knows(const void *self, int number) {
  return mi_species_knows(&((const mi_tersoff *)self)->species, number);
}

static mi_status tersoff_evaluate(const void *self, const mi_structure *s,
                                  const mi_neighbours *list, mi_evaluation *result,
                                  mi_control *control) {
  const mi_tersoff *tersoff = self;
  const mi_local local = {&tersoff->species, MI_DISPATCH(mi_level(control), mi_tersoff_atom),
                          tersoff, MI_TERSOFF_ROWS, false};
  return mi_local_evaluate(&local, s, list, result, control);
}

static mi_status check_entry(const mi_tersoff_entry *e, mi_control *control) {
  const double values[] = {e->gamma, e->lambda3, e->c, e->d, e->h, e->n, e->beta,
                           e->lambda2, e->B, e->R, e->D, e->lambda1, e->A};
  for (size_t k = 0; k < sizeof values / sizeof *values; k++)
    if (!isfinite(values[k])) return mi_fail(control, MI_EINVAL, "a parameter is not finite");
  if (e->m != 1 && e->m != 3)
    return mi_fail(control, MI_EINVAL, "m: 1 or 3 expected, got %g", e->m);
  if (!(e->d != 0 && e->n > 0 && e->beta >= 0))
    return mi_fail(control, MI_EINVAL, "d other than 0, n > 0 and beta >= 0 expected");
  if (!(e->D > 0 && e->R > e->D))
    return mi_fail(control, MI_EINVAL, "R > D > 0 expected, got R = %g and D = %g", e->R, e->D);
  return MI_OK;
}

static mi_status fill(mi_tersoff *tersoff, const mi_tersoff_entry *entry, mi_control *control) {
  const int n = tersoff->species.count;
  for (int t = 0; t < n * n * n; t++) {
    const mi_status status = check_entry(entry + t, control);
    if (status) return status;
    tersoff->entry[t / (n * n)][t / n % n][t % n] = entry[t];
    tersoff->cutoff = fmax(tersoff->cutoff, entry[t].R + entry[t].D);
  }
  return MI_OK;
}

mi_status mi_tersoff_make(const int32_t *number, int count, const mi_tersoff_entry *entry,
                          mi_potential *potential, mi_control *control) {
  static const mi_potential_class class = {"Tersoff", tersoff_cutoff, tersoff_knows,
                                           tersoff_evaluate, free};
  mi_tersoff *tersoff = MI_NEW_ZERO(mi_tersoff, 1);
  if (!tersoff) return mi_fail(control, MI_ENOMEM, "no memory for a potential");
  mi_status status = MI_OK;
  if (!mi_species_set(&tersoff->species, number, count))
    status = mi_fail(control, MI_EINVAL, "1 to %d different elements expected", MI_SPECIES_MOST);
  if (!status) status = fill(tersoff, entry, control);
  if (status) {
    free(tersoff);
    return status;
  }
  *potential = (mi_potential){&class, tersoff};
  return MI_OK;
}
