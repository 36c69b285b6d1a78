/* What the files of module matinf.c.nnp share. */
#ifndef MI_BINDINGS_NNP_H
#define MI_BINDINGS_NNP_H

#include "bindings/binding.h"
#include "bindings/symfun.h"
#include "core/nnp/nnp.h"

/* The shape of a network from { fan_in, layers, widths ..., activations ... }, the array at place
 * element + 1 of the list on top of the stack. */
mi_network mi_nnp_shape_of(mi_call *call, int element);

/* nnp_train.c: adds its functions to the module on top of the stack. */
void mi_nnp_add_training(lua_State *L);

#endif
