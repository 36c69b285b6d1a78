/* The functions of module matinf.c.analysis, by file. */
#ifndef MI_BINDINGS_ANALYSIS_H
#define MI_BINDINGS_ANALYSIS_H

#include <lua.h>

/* analysis_bonds.c */
int mi_analysis_bonds(lua_State *L);
int mi_analysis_angles(lua_State *L);
int mi_analysis_rings(lua_State *L);

/* analysis_series.c */
int mi_analysis_autocorrelation(lua_State *L);
int mi_analysis_squared_displacements(lua_State *L);

#endif
