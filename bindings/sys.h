/* The parts of the module sys: each adds its functions to the table on top of the stack. */
#ifndef MI_BINDINGS_SYS_H
#define MI_BINDINGS_SYS_H

#include <lua.h>

void mi_sys_add_file(lua_State *L);    /* files and folders, sys_file.c */
void mi_sys_add_spawn(lua_State *L);   /* child processes, sys_spawn.c */
void mi_sys_add_channel(lua_State *L); /* talking to them, sys_channel.c */

/* The descriptor of the channel at index, -1 when the value is none or closed. */
int mi_channel_descriptor(lua_State *L, int index);

#endif
