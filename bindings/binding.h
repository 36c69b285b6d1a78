/* What every Lua binding shares: calls, arguments, options, errors, arrays.
 *
 * A binding only translates. Its shape is always
 *
 *   static int fit(lua_State *L) {
 *     mi_call call;
 *     mi_begin(&call, L, "gmm.fit");                        // the name errors will show
 *     const mi_array *x = mi_arg_vector(&call, 1, "x");     // arguments
 *     mi_options_begin(&call, 3);
 *     double tolerance = mi_option_number(&call, "tolerance", 1e-8);
 *     mi_options_end(&call);                                // refuses unknown options
 *     mi_array *r = mi_push_array(L, MI_F64, 1, x->shape);  // output: userdata before core runs
 *     mi_check(&call, mi_gmm_fit(..., &call.control));      // raises what core reports
 *     return 1;
 *   }
 *
 * Every function here that takes an mi_call raises a Lua error (longjmp) on bad input: hold no
 * memory of core across them. Scratch memory is mi_scratch (a userdata on the stack). Core results
 * that own memory are freed before anything that can raise: copy with mi_call.control only. */
#ifndef MI_BINDING_H
#define MI_BINDING_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/array.h"
#include "core/base/control.h"
#include "core/base/memory.h"

#define MI_EXPORT __attribute__((visibility("default")))

/* ---- settings: one per Lua state, in the registry -------------------------------------------- */

typedef struct mi_settings {
  int threads;
  mi_isa isa;
  bool durable;                  /* files written at once reach the disk before anything follows */
  volatile sig_atomic_t *cancel; /* set by the host's SIGINT handler; NULL under stock Lua */
} mi_settings;

/* The settings of L, made on first use: MATINF_THREADS or all cores, MATINF_ISA or the best. */
mi_settings *mi_get_settings(lua_State *L);

/* ---- calls and errors ------------------------------------------------------------------------ */

typedef struct mi_call {
  lua_State *L;
  const char *name;    /* "module.function", shown in errors */
  int options;         /* stack index of the options table, 0 if none */
  int option_count;
  const char *option_names[32]; /* those asked for so far: the valid ones */
  mi_control control;
} mi_call;

void mi_begin(mi_call *call, lua_State *L, const char *name);

/* Raises the error object that belongs to status; returns when status is MI_OK. */
void mi_check(mi_call *call, mi_status status);

/* For loops of a binding: raises the interruption when i, which counts their turns, is a multiple
 * of 65536 and Ctrl-C has been pressed. */
static inline void mi_poll(mi_call *call, int64_t i) {
  if ((i & 0xffff) == 0 && mi_cancelled(&call->control)) mi_check(call, MI_ECANCEL);
}

/* Takes a noticed Ctrl-C as dealt with: clears the flag and the hook the host set for it, which
 * would otherwise raise once more in whatever comes next. */
void mi_forget_interrupt(lua_State *L);

/* Raises an error object { message, kind, where }. kind: "argument", "io", "numeric", "memory",
 * "interrupted", "configuration". The metatable makes tostring(err) the message. */
int mi_raise(lua_State *L, const char *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));

/* The same about data in a file: { message, kind = "data", file, line, column }; 0 = unknown. */
int mi_raise_at(lua_State *L, const char *file, int64_t line, int64_t column, const char *format,
                ...) __attribute__((format(printf, 5, 6), noreturn));

/* "bad argument 'k' to 'gmm.fit': positive integer expected, got -1"; the value is at index. */
int mi_argument_error(mi_call *call, int index, const char *argument, const char *expected)
    __attribute__((noreturn));

/* Turns the table on top of the stack into an error object (sets its metatable). */
void mi_make_error(lua_State *L);

/* ---- arguments ------------------------------------------------------------------------------- */

double mi_arg_number(mi_call *call, int index, const char *name);
int64_t mi_arg_integer(mi_call *call, int index, const char *name, int64_t least, int64_t most);
const char *mi_arg_string(mi_call *call, int index, const char *name, size_t *length);
/* The path of a file: a string that is not empty and holds no zero byte. */
const char *mi_arg_path(mi_call *call, int index, const char *name);
bool mi_arg_boolean(mi_call *call, int index, const char *name);

/* The index in the NULL-terminated list of the string argument. */
int mi_arg_choice(mi_call *call, int index, const char *name, const char *const *choices);

/* Any array, as it is. Numbers and (nested) tables of numbers become arrays, replacing the value on
 * the stack. */
const mi_array *mi_arg_array(mi_call *call, int index, const char *name);

/* Pushes a new array of the dtype from the (nested) table of real and complex numbers at index. */
mi_array *mi_push_table(mi_call *call, int index, const char *name, mi_dtype dtype);

/* A complex number, the table {re, im} with the metatable MI_COMPLEX_TYPE. */
#define MI_COMPLEX_TYPE "matinf.complex"
bool mi_to_complex(lua_State *L, int index, double *value);

/* A contiguous array of the dtype and number of dimensions (-1: any), converted if necessary (the
 * converted copy replaces the value on the stack). */
const mi_array *mi_arg_contiguous(mi_call *call, int index, const char *name, mi_dtype dtype,
                                  int ndim);

/* A contiguous f64 array of one dimension. */
const mi_array *mi_arg_vector(mi_call *call, int index, const char *name);

/* A contiguous f64 array of two dimensions. */
const mi_array *mi_arg_matrix(mi_call *call, int index, const char *name);

/* ---- options: a trailing table --------------------------------------------------------------- */

/* The options table at index (nil and none are an empty one). */
void mi_options_begin(mi_call *call, int index);

/* Pushes the option's value and returns true; pushes nothing and returns false when it is absent.
 * The other mi_option functions leave the stack as it was. */
bool mi_option(mi_call *call, const char *name);

double mi_option_number(mi_call *call, const char *name, double otherwise);
int64_t mi_option_integer(mi_call *call, const char *name, int64_t otherwise, int64_t least,
                          int64_t most);
bool mi_option_boolean(mi_call *call, const char *name, bool otherwise);
int mi_option_choice(mi_call *call, const char *name, int otherwise, const char *const *choices);

/* Contiguous f64 vector, or NULL when absent. Stays on the stack (one value when present). */
const mi_array *mi_option_vector(mi_call *call, const char *name);

/* Raises "unknown option 'x' to 'f': did you mean 'y'?". */
int mi_unknown_option(mi_call *call, const char *name, const char *const *valid, int count)
    __attribute__((noreturn));

/* Refuses options nobody asked for, naming the nearest valid one. */
void mi_options_end(mi_call *call);

/* ---- results --------------------------------------------------------------------------------- */

#define MI_ARRAY_TYPE "matinf.array"

/* Pushes a new contiguous array; its data are not initialised and live inside the userdata. */
mi_array *mi_push_array(lua_State *L, mi_dtype dtype, int ndim, const int64_t *shape);

/* Sets table.name, the table on top of the stack, to a new array; returns its data. */
void *mi_set_array(lua_State *L, const char *name, mi_dtype dtype, int ndim, const int64_t *shape);

/* Pushes a new f64 vector holding a copy of the n values (values may be NULL: not initialised). */
mi_array *mi_push_vector(lua_State *L, const double *values, int64_t n);

/* Pushes a view onto the array at index owner (which is kept alive); *view is copied. */
mi_array *mi_push_view(lua_State *L, int owner, const mi_array *view);

/* The array at index, or NULL if it is none. */
mi_array *mi_to_array(lua_State *L, int index);

/* Pushes a block of scratch memory that the collector frees. */
void *mi_scratch(lua_State *L, size_t count, size_t size);

/* Pushes size zeroed bytes for a core struct that owns memory. release is called on them when the
 * collector takes the value, so that whatever raises in between loses nothing. */
void *mi_push_owned(lua_State *L, size_t size, void (*release)(void *));

/* table[name] = value, for the table on top of the stack. */
void mi_set_number(lua_State *L, const char *name, double value);
void mi_set_integer(lua_State *L, const char *name, int64_t value);
void mi_set_boolean(lua_State *L, const char *name, bool value);
void mi_set_string(lua_State *L, const char *name, const char *value);

/* The valid name nearest to a mistyped one, or NULL when none is near. */
const char *mi_nearest(const char *name, const char *const *names, int count);

#endif
