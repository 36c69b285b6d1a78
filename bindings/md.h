/* What the files of the md binding share: bindings/md.c and md_*.c make one module. */
#ifndef MI_BINDINGS_MD_H
#define MI_BINDINGS_MD_H

#include "bindings/binding.h"

/* Each file adds its functions to the module's table, which is on top of the stack. */
void mi_md_open_relax(lua_State *L);
void mi_md_open_saddle(lua_State *L);
void mi_md_open_phonons(lua_State *L);

/* table[name] = the array [n x 3] with a copy of the rows, for the table on top of the stack. */
void mi_set_rows(lua_State *L, const char *name, const double *rows, size_t n);

#endif
