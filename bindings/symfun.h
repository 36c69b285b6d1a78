/* Sets of symmetry functions from Lua, for the modules that take them. In line, so that modules
 * that do not take any are not linked with their kernels. */
#ifndef MI_BINDINGS_SYMFUN_H
#define MI_BINDINGS_SYMFUN_H

#include "bindings/binding.h"
#include "core/descriptors/symfun.h"

static inline void mi_release_set(void *set) { mi_symfun_set_free(set); }

/* The set of the elements (array of atomic numbers) at index and the rows after it; owned by the
 * value pushed. */
static inline mi_symfun_set *mi_push_set(mi_call *call, int index) {
  const mi_array *numbers = mi_arg_contiguous(call, index, "elements", MI_I32, 1);
  const mi_array *rows = mi_arg_matrix(call, index + 1, "functions");
  if (rows->shape[1] != MI_SYMFUN_COLUMNS)
    mi_argument_error(call, index + 1, "functions", "rows of 15 numbers");
  const size_t n = (size_t)rows->shape[0];
  const double *row = (const double *)(const void *)rows->data;
  mi_symfun *f = mi_scratch(call->L, n, sizeof *f);
  for (size_t i = 0; i < n; i++) f[i] = mi_symfun_of_row(row + i * MI_SYMFUN_COLUMNS);
  mi_symfun_set *set = mi_push_owned(call->L, sizeof *set, mi_release_set);
  mi_check(call, mi_symfun_set_make(set, (const int32_t *)(void *)numbers->data,
                                    (size_t)numbers->shape[0], f, n, &call->control));
  return set;
}

#endif
