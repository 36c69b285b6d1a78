/* Potentials as Lua values: userdata that hold a mi_potential and free it when collected.
 *
 * Every Lua class of a potential (potentials.Potential, nnp.Potential, ...) keeps this userdata in
 * its field `kernel`; whatever takes a potential takes both. */
#ifndef MI_BINDING_POTENTIAL_H
#define MI_BINDING_POTENTIAL_H

#include "bindings/binding.h"
#include "core/potentials/potential.h"

#define MI_POTENTIAL_TYPE "matinf.potential"

/* Pushes a userdata with no potential in it yet, for a core function to fill. Its user value 1 may
 * keep alive what the potential borrows. */
mi_potential *mi_push_potential(lua_State *L);

/* The potential at index, which must stay on the stack or in a table while it is used. */
const mi_potential *mi_arg_potential(mi_call *call, int index, const char *name);

#endif
