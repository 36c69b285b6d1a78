/* What the files of the Lua module matinf.c.gmm share. */
#ifndef MI_BINDING_GMM_H
#define MI_BINDING_GMM_H

#include <lua.h>

/* sample(x, y, options, priors) -> table: exchange Monte Carlo of peaks, in gmm_sample.c */
int mi_gmm_sample_call(lua_State *L);

#endif
