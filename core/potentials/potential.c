/* The interface of potentials: checks, memory, sums. */
#include "core/potentials/potential.h"

#include <math.h>
#include <string.h>

#include "core/base/elements.h"
#include "core/base/memory.h"

/* ---- evaluation ------------------------------------------------------------------------------ */

mi_status mi_potential_check(const mi_potential *potential, const mi_structure *s,
                             mi_control *control) {
  for (size_t i = 0; i < s->n; i++) {
    if (potential->class->knows(potential->self, s->number[i])) continue;
    const mi_element *element = mi_element_of_number(s->number[i]);
    return mi_fail(control, MI_EINVAL, "atom %zu: the %s potential has no parameters for %s", i + 1,
                   potential->class->name, element ? element->symbol : "an atom of no element");
  }
  return MI_OK;
}

static void clear(mi_evaluation *e) {
  e->energy = e->energy_deviation = e->force_deviation = 0;
  e->extrapolations = 0;
  memset(e->virial, 0, sizeof e->virial);
  if (e->energies) memset(e->energies, 0, e->n * sizeof *e->energies);
  if (e->forces) memset(e->forces, 0, 3 * e->n * sizeof *e->forces);
}

static mi_status check_finite(const mi_potential *potential, const mi_evaluation *e,
                              mi_control *control) {
  const char *name = potential->class->name;
  for (size_t i = 0; e->forces && i < 3 * e->n; i++)
    if (!isfinite(e->forces[i]))
      return mi_fail(control, MI_ENUMERIC, "the force on atom %zu is not finite (%s)", i / 3 + 1,
                     name);
  if (!isfinite(e->energy))
    return mi_fail(control, MI_ENUMERIC, "the energy is not finite (%s)", name);
  return MI_OK;
}

mi_status mi_potential_evaluate(const mi_potential *potential, const mi_structure *s,
                                const mi_neighbours *list, mi_evaluation *result,
                                mi_control *control) {
  clear(result);
  const mi_status status = potential->class->evaluate(potential->self, s, list, result, control);
  return status ? status : check_finite(potential, result, control);
}

mi_status mi_potential_single(const mi_potential *potential, const mi_structure *s,
                              mi_evaluation *result, mi_control *control) {
  mi_neighbours list = {.cutoff = potential->class->cutoff(potential->self)};
  mi_status status = mi_potential_check(potential, s, control);
  if (!status) status = mi_neighbours_update(&list, s, NULL, control);
  if (!status) status = mi_potential_evaluate(potential, s, &list, result, control);
  mi_neighbours_free(&list);
  return status;
}

void mi_potential_free(mi_potential *potential) {
  if (potential->class) potential->class->free(potential->self);
  *potential = (mi_potential){0};
}

/* ---- memory ---------------------------------------------------------------------------------- */

mi_status mi_evaluation_begin(mi_evaluation *result, size_t n) {
  *result = (mi_evaluation){.n = n, .energies = MI_NEW(double, n)};
  result->forces = MI_NEW(double, 3 * n);
  if (result->energies && result->forces) return MI_OK;
  mi_evaluation_end(result);
  return MI_ENOMEM;
}

void mi_evaluation_end(mi_evaluation *result) {
  free(result->energies);
  free(result->forces);
  free(result->scratch);
  *result = (mi_evaluation){0};
}

void *mi_evaluation_scratch(mi_evaluation *result, size_t bytes) {
  if (bytes > result->scratch_bytes) {
    free(result->scratch);
    result->scratch = mi_alloc(bytes, 1);
    result->scratch_bytes = result->scratch ? bytes : 0;
  }
  return result->scratch;
}

/* ---- sums ------------------------------------------------------------------------------------ */

typedef struct sum_self {
  size_t count;
  const mi_potential *term[];
} sum_self;

static double sum_cutoff(const void *self) {
  const sum_self *sum = self;
  double most = 0;
  for (size_t k = 0; k < sum->count; k++)
    most = fmax(most, sum->term[k]->class->cutoff(sum->term[k]->self));
  return most;
}

static bool sum_knows(const void *self, int number) {
  const sum_self *sum = self;
  for (size_t k = 0; k < sum->count; k++)
    if (!sum->term[k]->class->knows(sum->term[k]->self, number)) return false;
  return true;
}

static mi_status sum_evaluate(const void *self, const mi_structure *s, const mi_neighbours *list,
                              mi_evaluation *result, mi_control *control) {
  const sum_self *sum = self;
  mi_status status = MI_OK;
  for (size_t k = 0; k < sum->count && !status; k++)
    status = sum->term[k]->class->evaluate(sum->term[k]->self, s, list, result, control);
  return status;
}

mi_status mi_potential_sum(const mi_potential *const *terms, size_t count, mi_potential *sum,
                           mi_control *control) {
  static const mi_potential_class class = {"sum", sum_cutoff, sum_knows, sum_evaluate, free};
  if (count == 0) return mi_fail(control, MI_EINVAL, "at least one potential expected");
  sum_self *self = mi_alloc(1, sizeof *self + count * sizeof *terms);
  if (!self) return mi_fail(control, MI_ENOMEM, "no memory for a sum of potentials");
  self->count = count;
  memcpy(self->term, terms, count * sizeof *terms);
  *sum = (mi_potential){&class, self};
  return MI_OK;
}
