/* Looking at one training structure at a time, see look.h. */
#include "core/nnp/look.h"

#include "core/base/memory.h"

mi_status mi_look_make(mi_look *look, mi_training *t, mi_control *control) {
  *look = (mi_look){.training = t, .rows = MI_NEW(double, 3 * mi_training_parameters(t))};
  const mi_status status = look->rows ? mi_pass_new(&look->pass, &t->model, control)
                                      : mi_fail(control, MI_ENOMEM, "out of memory");
  if (status != MI_OK) mi_look_free(look);
  return status;
}

void mi_look_free(mi_look *look) {
  mi_pass_free(look->pass);
  mi_described_free(&look->made);
  free(look->rows);
  *look = (mi_look){0};
}

mi_status mi_look_at(mi_look *look, size_t i, mi_control *control) {
  mi_training *t = look->training;
  if (i >= t->count)
    return mi_fail(control, MI_EINVAL, "structure from 1 to %zu expected, got %zu", t->count,
                   i + 1);
  const mi_sample *sample = t->sample + i;
  if (!sample->kept && (look->sample != sample || !look->made.value)) {
    mi_described_free(&look->made);
    const mi_status status = mi_describe(&look->made, sample, &t->model.set, control);
    if (status != MI_OK) return status;
  }
  look->sample = sample;
  const mi_status status =
      mi_pass_run(look->pass, sample, sample->kept ? sample->kept : &look->made, control);
  return status == MI_OK ? MI_OK : mi_fail(control, status, "%s", mi_status_name(status));
}

double *mi_look_energy_row(mi_look *look) {
  mi_pass_energy_gradient(look->pass, look->rows);
  return look->rows;
}

mi_status mi_look_force_row(mi_look *look, size_t atom, int x, double **row,
                            mi_control *control) {
  const mi_status status = mi_pass_force_gradient(look->pass, atom, look->rows);
  *row = look->rows + (size_t)x * mi_training_parameters(look->training);
  return status == MI_OK ? MI_OK : mi_fail(control, status, "%s", mi_status_name(status));
}
