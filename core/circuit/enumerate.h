/* All different circuits of a given number of elements.
 *
 * Two circuits are the same here when they differ in the order of branches only. Twins that would
 * merge into one element (two R, C, L or W in one series or parallel connection) are left out; two
 * CPEs do not merge and are kept, and so are equal branches. */
#ifndef MI_CIRCUIT_ENUMERATE_H
#define MI_CIRCUIT_ENUMERATE_H

#include "core/circuit/circuit.h"

enum { MI_CIRCUIT_ENUMERATED = 8, MI_CIRCUIT_CODE = 16 };

/* Postfix code of a circuit of `size` elements; kind: that of the root, an element's for one. */
typedef struct mi_circuit_code {
  int8_t kind, size, length, code[MI_CIRCUIT_CODE];
} mi_circuit_code;

typedef struct mi_circuit_list {
  size_t count, room;
  mi_circuit_code *entry;              /* by rising size */
  size_t first[MI_CIRCUIT_ENUMERATED + 2]; /* where each size begins */
} mi_circuit_list;

/* Circuits of 1 to `most` (at most MI_CIRCUIT_ENUMERATED) of the kinds of elements; the caller
 * frees the list, also after a failure. */
mi_status mi_circuit_enumerate(const int *kinds, int count, int most, mi_circuit_list *list,
                               mi_control *control);
void mi_circuit_list_free(mi_circuit_list *list);

#endif
