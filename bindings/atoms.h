/* The functions of module matinf.c.atoms, by file. */
#ifndef MI_BINDINGS_ATOMS_H
#define MI_BINDINGS_ATOMS_H

#include <lua.h>

/* atoms_neighbours.c */
int mi_atoms_neighbours(lua_State *L);

/* atoms_extxyz.c */
int mi_atoms_read_extxyz(lua_State *L);

/* atoms_text.c */
int mi_atoms_read_text(lua_State *L);
int mi_atoms_numbers(lua_State *L);
int mi_atoms_line(lua_State *L);
int mi_atoms_format(lua_State *L);
int mi_atoms_gzip(lua_State *L);

#endif
