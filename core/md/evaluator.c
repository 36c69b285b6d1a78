#include "core/md/evaluator.h"

#include <math.h>

mi_status mi_evaluator_begin(mi_evaluator *evaluator, const mi_potential *potential,
                             const mi_structure *s, mi_control *control) {
  *evaluator = (mi_evaluator){.potential = potential, .s = *s};
  evaluator->list.cutoff = potential->class->cutoff(potential->self);
  evaluator->list.skin = 0.5;
  const mi_status status = mi_potential_check(potential, s, control);
  if (status) return status;
  if (mi_evaluation_begin(&evaluator->e, s->n))
    return mi_fail(control, MI_ENOMEM, "no memory for the forces of %zu atoms", s->n);
  return MI_OK;
}

void mi_evaluator_end(mi_evaluator *evaluator) {
  mi_neighbours_free(&evaluator->list);
  mi_evaluation_end(&evaluator->e);
  *evaluator = (mi_evaluator){0};
}

mi_status mi_evaluator_at(mi_evaluator *evaluator, const double *position, mi_control *control) {
  if (mi_cancelled(control)) return MI_ECANCEL;
  evaluator->s.position = position;
  evaluator->count++;
  const mi_status status = mi_neighbours_update(&evaluator->list, &evaluator->s, NULL, control);
  if (status) return status;
  return mi_potential_evaluate(evaluator->potential, &evaluator->s, &evaluator->list,
                               &evaluator->e, control);
}

double mi_greatest_row(const double *rows, size_t n) {
  double most = 0;
  for (const double *r = rows; r < rows + 3 * n; r += 3)
    most = fmax(most, r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
  return sqrt(most);
}
