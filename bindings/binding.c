/* Calls, errors, arguments and options shared by all bindings; arrays are in binding_array.c. */
#include "bindings/binding.h"

#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>

#define ERROR_TYPE "matinf.error"
#define SETTINGS_KEY "matinf.settings"

/* ---- settings -------------------------------------------------------------------------------- */

static int threads_from_environment(void) {
  const char *text = getenv("MATINF_THREADS");
  long n = text ? strtol(text, NULL, 10) : 0;
  return n >= 1 && n <= 1024 ? (int)n : omp_get_num_procs();
}

static mi_isa isa_from_environment(lua_State *L) {
  const char *text = getenv("MATINF_ISA");
  mi_isa isa, best = mi_isa_best();
  if (!text || !*text) return best;
  if (!mi_isa_parse(text, &isa))
    mi_raise(L, "configuration", "MATINF_ISA: baseline, x86-64-v3 or x86-64-v4 expected, got %s",
             text);
  if (isa > best)
    mi_raise(L, "configuration", "MATINF_ISA: this processor runs at most %s, got %s",
             mi_isa_name(best), text);
  return isa;
}

mi_settings *mi_get_settings(lua_State *L) {
  if (lua_getfield(L, LUA_REGISTRYINDEX, SETTINGS_KEY) == LUA_TNIL) {
    lua_pop(L, 1);
    mi_settings *settings = lua_newuserdatauv(L, sizeof *settings, 0);
    memset(settings, 0, sizeof *settings);
    settings->threads = threads_from_environment();
    settings->durable = true;
    settings->isa = isa_from_environment(L);
    lua_getfield(L, LUA_REGISTRYINDEX, "matinf.cancel"); /* the host's; nil under stock Lua */
    settings->cancel = lua_touserdata(L, -1);
    lua_pop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, SETTINGS_KEY);
    return settings;
  }
  mi_settings *settings = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return settings;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* "file:line:column: message", with the parts that are known. */
static int error_tostring(lua_State *L) {
  static const char *const place[] = {"file", "line", "column"};
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  for (int i = 0; i < 3; i++) {
    if (lua_getfield(L, 1, place[i]) == LUA_TNIL) {
      lua_pop(L, 1);
    } else {
      luaL_tolstring(L, -1, NULL);
      lua_remove(L, -2);
      lua_pushstring(L, i < 2 ? ":" : ": ");
    }
  }
  if (lua_gettop(L) > 1 && lua_gettop(L) < 7) lua_pushliteral(L, " ");
  lua_getfield(L, 1, "message");
  luaL_tolstring(L, -1, NULL);
  lua_remove(L, -2);
  lua_concat(L, lua_gettop(L) - 1);
  return 1;
}

void mi_make_error(lua_State *L) {
  if (luaL_newmetatable(L, ERROR_TYPE)) {
    lua_pushcfunction(L, error_tostring);
    lua_setfield(L, -2, "__tostring");
  }
  lua_setmetatable(L, -2);
}

/* The place in a script that called the running function. */
static void set_where(lua_State *L) {
  luaL_where(L, 1);
  size_t length;
  const char *where = lua_tolstring(L, -1, &length);
  if (length > 2) {
    lua_pushlstring(L, where, length - 2); /* without ": " */
    lua_setfield(L, -3, "where");
  }
  lua_pop(L, 1);
}

/* Pushes an error object { message, kind, where }. */
static void push_error(lua_State *L, const char *kind, const char *format, va_list arguments) {
  char text[768];
  (void)vsnprintf(text, sizeof text, format, arguments);
  lua_createtable(L, 0, 4);
  mi_set_string(L, "message", text);
  mi_set_string(L, "kind", kind);
  set_where(L);
  mi_make_error(L);
}

int mi_raise(lua_State *L, const char *kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  push_error(L, kind, format, arguments);
  va_end(arguments);
  lua_error(L);
  abort(); /* lua_error does not return */
}

/* An "argument" error that also names the argument in its field of that name, by which a recipe
 * finds the parameter that the value came from. */
static int raise_argument(lua_State *L, const char *argument, size_t length, const char *format,
                          ...) __attribute__((format(printf, 4, 5), noreturn));

static int raise_argument(lua_State *L, const char *argument, size_t length, const char *format,
                          ...) {
  va_list arguments;
  va_start(arguments, format);
  push_error(L, "argument", format, arguments);
  va_end(arguments);
  lua_pushlstring(L, argument, length);
  lua_setfield(L, -2, "argument");
  lua_error(L);
  abort();
}

int mi_raise_at(lua_State *L, const char *file, int64_t line, int64_t column, const char *format,
                ...) {
  char text[768];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  lua_createtable(L, 0, 6);
  mi_set_string(L, "message", text);
  mi_set_string(L, "kind", "data");
  if (file) mi_set_string(L, "file", file);
  if (line > 0) mi_set_integer(L, "line", line);
  if (column > 0) mi_set_integer(L, "column", column);
  set_where(L);
  mi_make_error(L);
  lua_error(L);
  abort();
}

/* What the value at index looks like in an error: -1, "abc", nil, a table, array [3 x 2] f64. */
static const char *describe(lua_State *L, int index) {
  const mi_array *array = mi_to_array(L, index);
  if (array) {
    luaL_tolstring(L, index, NULL);
    const char *text = lua_tostring(L, -1), *end = strchr(text, '\n');
    return lua_pushlstring(L, text, end ? (size_t)(end - text) : strlen(text));
  }
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return lua_pushliteral(L, "nothing");
    case LUA_TSTRING: return lua_pushfstring(L, "\"%s\"", lua_tostring(L, index));
    case LUA_TTABLE: return lua_pushliteral(L, "a table");
    case LUA_TFUNCTION: return lua_pushliteral(L, "a function");
    case LUA_TUSERDATA: return lua_pushliteral(L, "a userdata");
    default: return luaL_tolstring(L, index, NULL);
  }
}

int mi_argument_error(mi_call *call, int index, const char *argument, const char *expected) {
  const char *got = describe(call->L, lua_absindex(call->L, index));
  raise_argument(call->L, argument, strlen(argument),
                 "bad argument '%s' to '%s': %s expected, got %s", argument, call->name, expected,
                 got);
}

static void warn(void *context, const char *text) { lua_warning(context, text, 0); }

void mi_begin(mi_call *call, lua_State *L, const char *name) {
  const mi_settings *settings = mi_get_settings(L);
  call->L = L;
  call->name = name;
  call->options = 0;
  call->option_count = 0;
  mi_control_init(&call->control);
  call->control.threads = settings->threads;
  call->control.isa = settings->isa;
  call->control.cancel = settings->cancel;
  call->control.warn = warn;
  call->control.warn_context = L;
}

void mi_forget_interrupt(lua_State *L) {
  mi_settings *settings = mi_get_settings(L);
  if (settings->cancel) *settings->cancel = 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_sethook(lua_tothread(L, -1), NULL, 0, 0);
  lua_pop(L, 1);
}

void mi_check(mi_call *call, mi_status status) {
  static const char *const kinds[] = {"ok",      "argument", "memory",  "interrupted",
                                      "numeric", "io",       "callback"};
  lua_State *L = call->L;
  if (status == MI_OK) return;
  if (status == MI_ECALLBACK) lua_error(L); /* the callback's own error is on top of the stack */
  if (status == MI_ENOMEM && !*call->control.error)
    mi_raise(L, "memory", "%s: out of memory", call->name);
  if (status == MI_ECANCEL) {
    mi_forget_interrupt(L);
    mi_raise(L, "interrupted", "interrupted in %s", call->name);
  }
  if (status == MI_EINVAL) { /* core writes "argument: what was expected" */
    const char *text = call->control.error;
    raise_argument(L, text, strcspn(text, ": ["), "%s: %s", call->name,
                   *text ? text : mi_status_name(status));
  }
  mi_raise(L, kinds[status], "%s: %s", call->name,
           *call->control.error ? call->control.error : mi_status_name(status));
}

/* ---- arguments ------------------------------------------------------------------------------- */

double mi_arg_number(mi_call *call, int index, const char *name) {
  if (lua_type(call->L, index) != LUA_TNUMBER)
    mi_argument_error(call, index, name, "number");
  return lua_tonumber(call->L, index);
}

int64_t mi_arg_integer(mi_call *call, int index, const char *name, int64_t least, int64_t most) {
  int is_integer = 0;
  lua_Integer value = 0;
  if (lua_type(call->L, index) == LUA_TNUMBER) value = lua_tointegerx(call->L, index, &is_integer);
  if (is_integer && value >= least && value <= most) return value;

  char expected[96];
  if (least == INT64_MIN && most == INT64_MAX) {
    (void)snprintf(expected, sizeof expected, "integer");
  } else if (most == INT64_MAX) {
    (void)snprintf(expected, sizeof expected, "integer >= %lld", (long long)least);
  } else {
    (void)snprintf(expected, sizeof expected, "integer from %lld to %lld", (long long)least,
                   (long long)most);
  }
  mi_argument_error(call, index, name, expected);
}

const char *mi_arg_string(mi_call *call, int index, const char *name, size_t *length) {
  if (lua_type(call->L, index) != LUA_TSTRING) mi_argument_error(call, index, name, "string");
  return lua_tolstring(call->L, index, length);
}

const char *mi_arg_path(mi_call *call, int index, const char *name) {
  size_t length;
  const char *path = mi_arg_string(call, index, name, &length);
  if (length == 0 || strlen(path) != length)
    mi_argument_error(call, index, name, "path (not empty, no zero byte)");
  return path;
}

bool mi_arg_boolean(mi_call *call, int index, const char *name) {
  if (!lua_isboolean(call->L, index)) mi_argument_error(call, index, name, "true or false");
  return lua_toboolean(call->L, index);
}

int mi_arg_choice(mi_call *call, int index, const char *name, const char *const *choices) {
  lua_State *L = call->L;
  if (lua_type(L, index) == LUA_TSTRING) {
    const char *text = lua_tostring(L, index);
    for (int i = 0; choices[i]; i++) {
      if (strcmp(text, choices[i]) == 0) return i;
    }
  }
  luaL_Buffer b;
  int at = lua_absindex(L, index);
  luaL_buffinit(L, &b);
  for (int i = 0; choices[i]; i++) {
    if (i > 0) luaL_addstring(&b, choices[i + 1] ? ", " : " or ");
    luaL_addchar(&b, '"');
    luaL_addstring(&b, choices[i]);
    luaL_addchar(&b, '"');
  }
  luaL_pushresult(&b);
  mi_argument_error(call, at, name, lua_tostring(L, -1));
}

/* ---- options --------------------------------------------------------------------------------- */

/* Replaces a table that has __pairs (the parameters of a recipe's stage) by a plain copy of what it
 * lists: an option is what the table lists, whatever it answers to names it does not. */
static void copy_listed(lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__pairs") == LUA_TNIL) return;
  lua_newtable(L);
  int copy = lua_gettop(L);
  lua_pushvalue(L, copy - 1);
  lua_pushvalue(L, index);
  lua_call(L, 1, 3); /* next, state, first key */
  for (;;) {
    lua_pushvalue(L, copy + 1);
    lua_pushvalue(L, copy + 2);
    lua_pushvalue(L, copy + 3);
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) break;
    lua_copy(L, -2, copy + 3);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, copy);
    lua_pop(L, 1);
  }
  lua_copy(L, copy, index);
  lua_settop(L, copy - 2);
}

void mi_options_begin(mi_call *call, int index) {
  if (lua_isnoneornil(call->L, index)) {
    call->options = 0;
  } else {
    if (!lua_istable(call->L, index)) mi_argument_error(call, index, "options", "table");
    call->options = lua_absindex(call->L, index);
    copy_listed(call->L, call->options);
  }
}

bool mi_option(mi_call *call, const char *name) {
  const int most = (int)(sizeof call->option_names / sizeof call->option_names[0]);
  if (call->option_count < most) call->option_names[call->option_count++] = name;
  if (!call->options) return false;
  if (lua_getfield(call->L, call->options, name) != LUA_TNIL) return true;
  lua_pop(call->L, 1);
  return false;
}

double mi_option_number(mi_call *call, const char *name, double otherwise) {
  if (!mi_option(call, name)) return otherwise;
  double value = mi_arg_number(call, -1, name);
  if (isnan(value)) mi_argument_error(call, -1, name, "number");
  lua_pop(call->L, 1);
  return value;
}

int64_t mi_option_integer(mi_call *call, const char *name, int64_t otherwise, int64_t least,
                          int64_t most) {
  if (!mi_option(call, name)) return otherwise;
  int64_t value = mi_arg_integer(call, -1, name, least, most);
  lua_pop(call->L, 1);
  return value;
}

bool mi_option_boolean(mi_call *call, const char *name, bool otherwise) {
  if (!mi_option(call, name)) return otherwise;
  bool value = mi_arg_boolean(call, -1, name);
  lua_pop(call->L, 1);
  return value;
}

int mi_option_choice(mi_call *call, const char *name, int otherwise, const char *const *choices) {
  if (!mi_option(call, name)) return otherwise;
  int value = mi_arg_choice(call, -1, name, choices);
  lua_pop(call->L, 1);
  return value;
}

const mi_array *mi_option_vector(mi_call *call, const char *name) {
  return mi_option(call, name) ? mi_arg_vector(call, lua_gettop(call->L), name) : NULL;
}

int mi_unknown_option(mi_call *call, const char *name, const char *const *valid, int count) {
  const char *nearest = mi_nearest(name, valid, count);
  raise_argument(call->L, name, strlen(name), "unknown option '%s' to '%s'%s%s%s", name,
                 call->name, nearest ? ": did you mean '" : "", nearest ? nearest : "",
                 nearest ? "'?" : "");
}

void mi_options_end(mi_call *call) {
  lua_State *L = call->L;
  if (!call->options) return;
  for (lua_pushnil(L); lua_next(L, call->options); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      mi_raise(L, "argument", "bad options to '%s': option names are strings", call->name);
    const char *name = lua_tostring(L, -2);
    bool known = false;
    for (int i = 0; i < call->option_count && !known; i++)
      known = strcmp(name, call->option_names[i]) == 0;
    if (!known) mi_unknown_option(call, name, call->option_names, call->option_count);
  }
}

/* Levenshtein distance with a bound on the length: names are short. */
static int distance(const char *a, const char *b) {
  enum { MOST = 48 };
  size_t la = strlen(a), lb = strlen(b);
  int row[MOST + 1];
  if (la > MOST || lb > MOST) return MOST;
  for (size_t j = 0; j <= lb; j++) row[j] = (int)j;
  for (size_t i = 1; i <= la; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= lb; j++) {
      int best = diagonal + (a[i - 1] != b[j - 1]);
      if (row[j] + 1 < best) best = row[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[lb];
}

const char *mi_nearest(const char *name, const char *const *names, int count) {
  const char *nearest = NULL;
  int least = (int)strlen(name) / 2 + 1;
  for (int i = 0; i < count; i++) {
    int d = distance(name, names[i]);
    if (d <= least && (d < least || !nearest)) {
      least = d;
      nearest = names[i];
    }
  }
  return nearest;
}

/* ---- results --------------------------------------------------------------------------------- */

void *mi_scratch(lua_State *L, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - MI_ALIGNMENT)
    mi_raise(L, "memory", "out of memory");
  uintptr_t block = (uintptr_t)lua_newuserdatauv(L, bytes + MI_ALIGNMENT, 0);
  return (void *)((block + MI_ALIGNMENT - 1) / MI_ALIGNMENT * MI_ALIGNMENT);
}

/* What stands before the bytes of mi_push_owned. */
typedef struct owned {
  void (*release)(void *);
  max_align_t bytes[];
} owned;

static int owned_gc(lua_State *L) {
  owned *o = lua_touserdata(L, 1);
  if (o->release) o->release(o->bytes);
  o->release = NULL;
  return 0;
}

void *mi_push_owned(lua_State *L, size_t size, void (*release)(void *)) {
  owned *o = lua_newuserdatauv(L, sizeof *o + size, 0);
  memset(o, 0, sizeof *o + size);
  if (luaL_newmetatable(L, "matinf.owned")) {
    lua_pushcfunction(L, owned_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  o->release = release;
  return o->bytes;
}

void mi_set_number(lua_State *L, const char *name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

void mi_set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

void mi_set_boolean(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

void mi_set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}
