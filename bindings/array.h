/* What the files of the array binding share: bindings/array.c and array_*.c make one module. */
#ifndef MI_BINDINGS_ARRAY_H
#define MI_BINDINGS_ARRAY_H

#include "bindings/binding.h"

/* Each file adds its functions to the module's table, which is on top of the stack. */
void mi_array_open_make(lua_State *L);
void mi_array_open_shape(lua_State *L);
void mi_array_open_select(lua_State *L);
void mi_array_open_math(lua_State *L);
void mi_array_open_reduce(lua_State *L);
void mi_array_open_order(lua_State *L);
void mi_array_open_curve(lua_State *L);

/* Metamethods with the metatable as upvalue 1; mi_array_index has the methods as upvalue 2. */
int mi_array_index(lua_State *L);
int mi_array_newindex(lua_State *L);

/* An operand of an elementwise function. A Lua number needs no userdata: it lives in `number` and
 * is weak, that is, it takes the dtype of its partner where that can hold it. */
typedef struct mi_operand {
  mi_array array;
  bool weak;
  union {
    double real[2];
    int64_t integer;
  } number;
} mi_operand;

/* Reads an array, table, number or complex number; what is made from a table replaces it. */
void mi_arg_operand(mi_call *call, int index, const char *name, mi_operand *operand);

/* The dtype two operands meet in, weak numbers considered: the dtypes of a and b are set to it
 * where they are weak. */
void mi_operands_meet(mi_operand *a, mi_operand *b);

/* An axis: 1 is the first, -1 the last; returned zero-based. Absent: -1. */
int mi_arg_axis(mi_call *call, int index, const mi_array *a);

/* Pushes an element: a number, integer, or complex object. */
void mi_push_element(lua_State *L, const char *at, mi_dtype dtype);

/* Pushes the complex number object {re, im}. */
void mi_push_complex(lua_State *L, double re, double im);

/* A list of at most MI_MAX_NDIM integers, as a table or as arguments from index on: a shape or
 * axes. Returns their number; *next is the index of the argument after them. */
int mi_arg_integers(mi_call *call, int index, const char *name, int64_t least, int64_t *values,
                    int *next);

/* The option dtype. */
mi_dtype mi_option_dtype(mi_call *call, mi_dtype otherwise);

/* to = value with broadcasting, raising what core reports. */
void mi_assign(mi_call *call, mi_array *to, const mi_array *value);

/* A contiguous copy of a with the axis moved last, pushed. */
mi_array *mi_push_rows(mi_call *call, const mi_array *a, int axis, mi_dtype dtype);

/* Pushes the rows, which are on top of the stack, with the last axis moved back to its place. */
void mi_push_unrowed(mi_call *call, const mi_array *rows, int axis);

#endif
