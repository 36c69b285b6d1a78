#include "core/potentials/stillinger_weber.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"

static double sw_cutoff(const void *self) { return ((const mi_sw *)self)->cutoff; }

static bool sw_knows(const void *self, int number) {
  return mi_species_knows(&((const mi_sw *)self)->species, number);
}

static mi_status sw_evaluate(const void *self, const mi_structure *s, const mi_neighbours *list,
                             mi_evaluation *result, mi_control *control) {
  const mi_sw *sw = self;
  const mi_local local = {&sw->species, MI_DISPATCH(mi_level(control), mi_sw_atom), sw, MI_SW_ROWS,
                          false};
  return mi_local_evaluate(&local, s, list, result, control);
}

static mi_status check_entry(const mi_sw_entry *e, mi_control *control) {
  const double values[] = {e->epsilon, e->sigma, e->a, e->lambda, e->gamma,
                           e->cosine,  e->A,     e->B, e->p,      e->q};
  for (size_t k = 0; k < sizeof values / sizeof *values; k++)
    if (!isfinite(values[k])) return mi_fail(control, MI_EINVAL, "a parameter is not finite");
  if (!(e->sigma > 0 && e->a > 0))
    return mi_fail(control, MI_EINVAL, "sigma > 0 and a > 0 expected, got %g and %g", e->sigma,
                   e->a);
  return MI_OK;
}

static mi_sw_pair pair_of(const mi_sw_entry *e) {
  return (mi_sw_pair){.A = e->A * e->epsilon, .B = e->B, .p = e->p, .q = e->q, .sigma = e->sigma,
                      .gamma = e->gamma * e->sigma, .cut = e->a * e->sigma};
}

static mi_status fill(mi_sw *sw, const mi_sw_entry *entry, mi_control *control) {
  const int n = sw->species.count;
  for (int t = 0; t < n * n * n; t++) {
    const int i = t / (n * n), j = t / n % n, k = t % n;
    const mi_sw_entry *e = entry + t, *mirror = entry + (i * n + k) * n + j;
    const mi_status status = check_entry(e, control);
    if (status) return status;
    if (e->lambda * e->epsilon != mirror->lambda * mirror->epsilon || e->cosine != mirror->cosine)
      return mi_fail(control, MI_EINVAL,
                     "lambda epsilon and costheta0 of a triplet must not depend on the order of "
                     "its second and third element");
    sw->lambda[i][j][k] = e->lambda * e->epsilon;
    sw->cosine[i][j][k] = e->cosine;
    if (j != k) continue;
    sw->pair[i][j] = pair_of(e);
    sw->cutoff = fmax(sw->cutoff, sw->pair[i][j].cut);
  }
  return MI_OK;
}

mi_status mi_sw_make(const int32_t *number, int count, const mi_sw_entry *entry,
                     mi_potential *potential, mi_control *control) {
  static const mi_potential_class class = {"Stillinger-Weber", sw_cutoff, sw_knows, sw_evaluate,
                                           free};
  mi_sw *sw = MI_NEW_ZERO(mi_sw, 1);
  if (!sw) return mi_fail(control, MI_ENOMEM, "no memory for a potential");
  mi_status status = MI_OK;
  if (!mi_species_set(&sw->species, number, count))
    status = mi_fail(control, MI_EINVAL, "1 to %d different elements expected", MI_SPECIES_MOST);
  if (!status) status = fill(sw, entry, control);
  if (status) {
    free(sw);
    return status;
  }
  *potential = (mi_potential){&class, sw};
  return MI_OK;
}
