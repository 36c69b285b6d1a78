/* Neural-network potentials behind the interface of potentials. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nnp/nnp.h"

static double cutoff(const void *self) { return ((const mi_nnp *)self)->set.cutoff; }

static bool knows(const void *self, int number) {
  return number > 0 && number < 120 && ((const mi_nnp *)self)->set.slot[number] >= 0;
}

static double largest(const double *x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i += 3)
    most = fmax(most, x[i] * x[i] + x[i + 1] * x[i + 1] + x[i + 2] * x[i + 2]);
  return sqrt(most);
}

static void add(mi_evaluation *to, const mi_nnp_result *r, size_t n) {
  to->energy += r->energy;
  to->energy_deviation = hypot(to->energy_deviation, r->energy_deviation);
  for (size_t i = 0; to->energies && i < n; i++) to->energies[i] += r->energies[i];
  for (size_t i = 0; r->outside && i < n; i++) to->extrapolations += r->outside[i];
  if (!r->forces) return;
  for (size_t i = 0; i < 3 * n; i++) to->forces[i] += r->forces[i];
  for (int a = 0; a < 9; a++) to->virial[a / 3][a % 3] += r->virial[a];
  if (r->force_deviation)
    to->force_deviation = hypot(to->force_deviation, largest(r->force_deviation, 3 * n));
}

static mi_status evaluate(const void *self, const mi_structure *s, const mi_neighbours *list,
                          mi_evaluation *result, mi_control *control) {
  const mi_nnp *nnp = self;
  const size_t n = s->n, numbers = 8 * n; /* energies, forces, deviations, outside */
  double *scratch = mi_evaluation_scratch(result, numbers * sizeof *scratch);
  if (!scratch) return MI_ENOMEM;
  mi_nnp_result r = {.energies = scratch};
  if (nnp->low) r.outside = (uint32_t *)(void *)(scratch + n);
  if (result->forces) r.forces = scratch + 2 * n;
  if (result->forces && nnp->members > 1) r.force_deviation = scratch + 5 * n;
  const mi_status status = mi_nnp_evaluate(nnp, s, list, &r, control);
  if (status == MI_OK) add(result, &r, n);
  return status;
}

static void release(void *self) {
  mi_nnp_free(self);
  free(self);
}

static const mi_potential_class class = {"neural-network", cutoff, knows, evaluate, release};

mi_status mi_nnp_potential(mi_nnp *nnp, mi_potential *potential) {
  mi_nnp *self = MI_NEW(mi_nnp, 1);
  if (!self) {
    mi_nnp_free(nnp);
    return MI_ENOMEM;
  }
  *self = *nnp;
  *nnp = (mi_nnp){0};
  *potential = (mi_potential){&class, self};
  return MI_OK;
}

const mi_nnp *mi_nnp_of(const mi_potential *potential) {
  return potential->class == &class ? potential->self : NULL;
}
