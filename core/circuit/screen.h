/* Many circuits against one spectrum. */
#ifndef MI_CIRCUIT_SCREEN_H
#define MI_CIRCUIT_SCREEN_H

#include "core/circuit/fit.h"

/* fits[i]: the best of options->starts starts of circuit i, in parallel over circuits; the same on
 * any number of threads. starts 0 stands for the default of each circuit. With `known`
 * fits[i].theta are fits already, which only learn from each other. */
mi_status mi_circuit_screen(const mi_circuit *circuits, size_t count, const mi_circuit_data *data,
                            const mi_circuit_search_options *options, bool known,
                            mi_circuit_fit *fits, mi_control *control);

/* The rank of the Jacobian at random parameters over a window so wide that every element shows:
 * parameters that no spectrum could determine are missing in it. */
mi_status mi_circuit_rank(const mi_circuit *circuit, int *rank, mi_control *control);

#endif
