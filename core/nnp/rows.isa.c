/* Activation functions over arrays, see rows.h. */
#include "core/nnp/rows.h"

#include "core/nnp/activation.h"

void MI_ISA(mi_activate_rows)(mi_activation kind, double c, size_t n, const double *z, double *y,
                              double *first, double *second) {
  for (size_t i = 0; i < n; i += MI_V) {
    mi_v d1, d2;
    mi_v_store(y + i, activation_at(kind, c * mi_v_load(z + i), &d1, &d2));
    mi_v_store(first + i, c * d1);
    mi_v_store(second + i, c * c * d2);
  }
}
