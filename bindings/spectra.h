/* The functions of module matinf.c.spectra, by file. */
#ifndef MI_BINDINGS_SPECTRA_H
#define MI_BINDINGS_SPECTRA_H

#include <lua.h>

/* spectra_peaks.c */
int mi_spectra_fit_peaks(lua_State *L);
int mi_spectra_fit_map(lua_State *L);
int mi_spectra_evaluate_peaks(lua_State *L);
int mi_spectra_thin(lua_State *L);

/* spectra_vamas.c */
int mi_spectra_is_vamas(lua_State *L);
int mi_spectra_read_vamas(lua_State *L);

#endif
