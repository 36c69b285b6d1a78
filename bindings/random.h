/* What the files of the random binding share: random.c and random_sampler.c make one module. */
#ifndef MI_BINDINGS_RANDOM_H
#define MI_BINDINGS_RANDOM_H

#include <lua.h>

/* Adds the samplers to the module's table, which is on top of the stack. */
void mi_random_open_samplers(lua_State *L);

#endif
